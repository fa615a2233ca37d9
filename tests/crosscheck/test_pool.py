"""Models that claims share: the same for each, whoever asks first, and checked against what is not solved for."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction

import numpy as np
import pytest

from derive import dims, equal, eye, family, full_column_rank, invertible, matrix, orthogonal, scalar, sqrt, subset, tr
from derive.crosscheck import pool
from derive.crosscheck.instances import broken_hypothesis, signature
from derive.crosscheck.pool import pool_of, shared_models
from derive.evaluate import Evaluator
from derive.language.nodes import Diag, Select
from derive.outcomes import Outcomes

D, d = dims("D d")
A, S, R, U = matrix("A", D, d), matrix("S", D, D), matrix("R", D, D), matrix("U", D, D)
c = scalar("c")
chosen = subset("I", D, d)
BASE = (orthogonal(U), equal(S @ U, U @ R), d < D)
SIZES = {"D": 4, "d": 2}


@pytest.fixture(autouse=True)
def _fresh():
    pool_of.cache_clear()
    yield
    pool_of.cache_clear()


def found(exprs, facts=(), base=BASE, tries=4, sizes=SIZES, maker=None, seed=0, outcomes=None, spread=9):
    sign = signature(exprs, (*base, *facts))
    return list(shared_models(sign, base, facts, sizes, spread, maker, seed, tries, outcomes))


@pytest.mark.parametrize("seed", range(3))
def test_each_is_a_model_with_a_value_for_every_letter(seed):
    models = found([tr(S) + c, A, Select(chosen)], seed=seed)
    assert models
    for model in models:
        assert broken_hypothesis(BASE, model.instance) is None
        assert model.instance.values.keys() >= {"S", "R", "U", "A", "c"}
        assert len(model.instance.sets["I"]) == 2
        assert model.evaluator(A).shape == (4, 2)


def test_two_claims_get_the_very_same_model_and_evaluator():
    one, other = found([tr(S)]), found([tr(R @ U)])
    assert [id(model) for model in one] == [id(model) for model in other]


def test_who_asks_first_makes_no_difference():
    one = [model.instance.values["S"].tolist() for model in found([tr(S)], tries=3)]
    pool_of.cache_clear()
    found([norm_of_letters := tr(A.T @ S @ A) + c], tries=1)
    other = [model.instance.values["S"].tolist() for model in found([norm_of_letters], tries=3)]
    assert one == other


def test_other_seeds_and_other_sizes_give_other_models():
    asked = [(seed, sizes) for seed in (0, 1) for sizes in (SIZES, {"D": 3, "d": 2})]
    assert len({str(found([tr(S)], seed=seed, sizes=sizes)[0].instance) for seed, sizes in asked}) == 4


def test_facts_that_follow_cost_no_model():
    fact = equal(U.T @ S @ U, R)
    assert [id(model) for model in found([tr(S)], (fact,))] == [id(model) for model in found([tr(S)])]


def test_facts_that_do_not_follow_are_solved_for():
    fact = equal(tr(S), 3)
    models = found([tr(S)], (fact,))
    assert models
    assert all(model.evaluator(tr(S)) == 3 for model in models)
    assert any(model.evaluator(tr(S)) != 3 for model in found([tr(S)]))


def test_facts_that_contradict_what_is_assumed_have_no_model():
    assert found([tr(S)], (equal(U.T @ U, 2 * eye(D)),)) == []


def test_an_authors_model_sees_every_size():
    seen = []

    def maker(sizes, random):
        seen.append(dict(sizes))
        return {}

    found([tr(S), A], base=(invertible(S),), maker=maker, sizes={"D": 3, "d": 2})
    assert {"D": 3, "d": 2} in seen


def test_hopeless_hypotheses_are_given_up():
    none = (full_column_rank(A), equal(A, 0))
    assert found([A], base=none, tries=40) == []
    (attempts,) = pool_of(none, 0, False).attempts.values()
    assert len(attempts.made) == 12


def test_what_a_copy_brings_along_is_forgotten():
    evaluator = Evaluator(found([tr(S)])[0].instance)
    evaluator(tr(S))
    before = dict(evaluator.known)
    with evaluator.forgetting():
        evaluator(tr(S @ S) + Fraction(1, 3))
        assert len(evaluator.known) > len(before)
    assert evaluator.known == before


def test_a_gram_matrix_of_few_samples_has_models():
    X, lam = matrix("X", D, d), family("λ", D)
    base = (orthogonal(U), equal(X @ X.T, U @ Diag(lam) @ U.T))
    models = found([X], base=base, sizes={"D": 4, "d": 2})
    assert len(models) == 4
    assert all(sum(entry != 0 for entry in model.instance.values["λ"].ravel()) == 2 for model in models)


# Kept from one run to another ---------------------------------------------------------------------------------------


def values(models):
    return [{name: str(value) for name, value in model.instance.values.items()} for model in models]


def kept(exprs, tries, **options):
    """What a run keeps of so many attempts; the next one begins with no models."""
    outcomes = Outcomes()
    found(exprs, tries=tries, outcomes=outcomes, **options)
    pool_of.cache_clear()
    return outcomes


def unmade(*_):
    raise AssertionError("made again")


def test_what_was_made_is_not_made_again(monkeypatch):
    outcomes, fresh = kept([tr(S)], 4), values(found([tr(S)]))
    pool_of.cache_clear()
    monkeypatch.setattr(pool, "attempted_model", unmade)
    assert values(found([tr(S)], outcomes=outcomes)) == fresh


def test_that_none_was_found_is_kept_too(monkeypatch):
    hopeless = (equal(U.T @ U, 2 * eye(D)), orthogonal(U))
    outcomes = kept([tr(U)], 4, base=hopeless)
    monkeypatch.setattr(pool, "attempted_model", unmade)
    assert found([tr(U)], base=hopeless, outcomes=outcomes) == []


def test_further_attempts_go_on_where_those_before_ended():
    """Attempts share their random numbers: the second is what it is after the first, though that was kept."""
    fresh = values(found([tr(S)], tries=3))
    pool_of.cache_clear()
    assert len({str(one) for one in fresh}) == 3
    assert values(found([tr(S)], tries=3, outcomes=kept([tr(S)], 1))) == fresh


def test_models_that_another_claim_asked_for_are_kept_for_each():
    first, second = Outcomes(), Outcomes()
    found([tr(S)], outcomes=first)
    found([tr(S)], outcomes=second)
    assert first.found == second.found != {}


@pytest.mark.parametrize("entry", ["values", "sets", "indices"])
def test_what_is_kept_is_looked_at(entry):
    """Damaged, or no model of the hypotheses: it is made again."""
    fresh = values(found([tr(S)]))
    pool_of.cache_clear()
    outcomes = kept([tr(S)], 4)
    for reason, data in outcomes.found.values():
        assert reason == ""
        data[entry] = {} if entry == "values" else {"no such": 0}
    assert values(found([tr(S)], outcomes=outcomes)) == fresh


def test_what_is_no_model_is_not_taken_for_one():
    fresh = values(found([tr(S)]))
    pool_of.cache_clear()
    outcomes = kept([tr(S)], 4)
    before = deepcopy(outcomes.found)
    for _, data in outcomes.found.values():
        data["values"]["S"][0][0] = 10**6
    assert values(found([tr(S)], outcomes=outcomes)) == fresh
    assert outcomes.found == before  # and what was made instead is kept


def test_numbers_that_are_too_long_are_not_kept():
    long = lambda sizes, random: {"U": np.eye(4, dtype=int), "S": np.diag([3**9000, 1, 1, Fraction(1, 3**9000)])}  # noqa: E731
    outcomes = Outcomes()
    models = found([tr(S)], base=(orthogonal(U), equal(S, S.T)), maker=long, sizes={"D": 4}, outcomes=outcomes)
    assert any(model.instance.values["S"][0, 0] == 3**9000 for model in models)
    assert len(outcomes.found) < 4


def own(sizes, random):
    return {"U": np.eye(sizes["D"], dtype=int)}


LOOSE = (orthogonal(U), equal(S, S.T), equal(c * c, 4 * tr(R)))
ASKED = [
    {"base": LOOSE}, {"base": LOOSE[:2]}, {"base": LOOSE, "spread": 1}, {"base": LOOSE, "maker": own},
    {"base": LOOSE, "exprs": [sqrt(tr(S)) + c]}, {"base": LOOSE, "sizes": {"D": 3}},
]  # fmt: skip


def test_each_way_to_ask_has_what_is_kept_of_it(monkeypatch):
    fresh = [values(found(**{"exprs": [tr(S) + c], "tries": 2, "sizes": {"D": 4}} | asked)) for asked in ASKED]
    pool_of.cache_clear()
    outcomes = Outcomes()
    first = [
        values(found(**{"exprs": [tr(S) + c], "tries": 2, "sizes": {"D": 4}, "outcomes": outcomes} | asked))
        for asked in ASKED
    ]
    assert first == fresh
    assert len({str(one) for one in fresh}) == len(ASKED)
    pool_of.cache_clear()
    monkeypatch.setattr(pool, "attempted_model", unmade)
    assert [
        values(found(**{"exprs": [tr(S) + c], "tries": 2, "sizes": {"D": 4}, "outcomes": outcomes} | asked))
        for asked in ASKED
    ] == fresh
