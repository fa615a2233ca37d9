"""Models that claims share: the same for each, whoever asks first, and checked against what is not solved for."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derive import dims, equal, eye, family, full_column_rank, invertible, matrix, orthogonal, scalar, subset, tr
from derive.crosscheck.instances import broken_hypothesis, signature
from derive.crosscheck.pool import pool_of, shared_models
from derive.evaluate import Evaluator
from derive.language.nodes import Diag, Select

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


def found(exprs, facts=(), base=BASE, tries=4, sizes=SIZES, maker=None, seed=0):
    return list(shared_models(signature(exprs, (*base, *facts)), base, facts, sizes, 9, maker, seed, tries))


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
