"""Completion in words: what is a word and what is not, identities that nobody tuned it to, and that it proves nothing
false."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from functools import partial
from random import Random

import numpy as np
import pytest

from derive import (
    commute,
    delta,
    diag,
    differs,
    dims,
    distinct,
    equal,
    eye,
    family,
    fixed,
    index,
    indices,
    inner,
    inv,
    invertible,
    matrix,
    member,
    norm2,
    not_member,
    orthogonal,
    projection,
    same,
    scalar,
    size,
    subset,
    symmetric,
    total,
    tr,
)
from derive.crosscheck.instances import relation_holds
from derive.errors import CertificateError
from derive.evaluate import Evaluator, Instance, array, inverse
from derive.kernel import Theorem, check
from derive.kernel.rules import Fact
from derive.kernel.statement import Scope, expand
from derive.kernel.terms import Free, add, collect, normal, scale
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.statements import Sequent
from derive.prove import wordproofs
from derive.prove.attempt import rules_in
from derive.prove.lower import lower
from derive.prove.rewrite import canonical_poly
from derive.prove.search import QUICK, contradiction, find_certificate
from derive.prove.shared import Shared
from derive.prove.words import Alphabet, read_fact
from derive.prove.writing import written
from tests.prove.propositions import CHAIN, IDENTITIES

D, d, p = dims("D d p")
A, B, X = matrix("A", D, d), matrix("B", d, D), matrix("X", D, p)
S, R, Q, P = matrix("S", D, D), matrix("R", D, D), matrix("Q", D, D), matrix("P", D, D)
M = matrix("M", d, d)
lam, mu, c, e = family("λ", D), family("μ", D), scalar("c"), scalar("e")
i, j, k = indices("i j k", D)
f, g = fixed("f g", D)
chosen = subset("I", D, d)


def searched(given, goal, folded=frozenset()):
    assumptions = tuple(Assumption(hypothesis, str(hypothesis)) for hypothesis in given)
    statement, _ = lower(Sequent((), goal), assumptions, folded)
    return statement, find_certificate(statement)


def proved(given, goal, folded=frozenset()):
    statement, found = searched(given, goal, folded)
    assert found.certificate is not None, found.reason
    assert isinstance(check(statement, found.certificate), Theorem)
    return found.certificate


def cofactors_in(certificate):
    inside = sum(cofactors_in(part) for part in certificate.values() if isinstance(part, dict))
    return inside + len(certificate.get("cofactors", ()))


# Words --------------------------------------------------------------------------------------------------------------

ROW, COL = Free("i", "D"), Free("j", "D")
ELSEWHERE = [Free("f", "D"), Free("g", "D")]


def random_term(draw):
    """A product of a few letters with few indices, so that chains, rings, loops and hyperedges all turn up."""
    bound = ("D",) * draw.randint(0, 4)
    at = [*range(len(bound)), *draw.choices([ROW, COL, *ELSEWHERE], k=draw.randint(0, 2)), ROW, COL]
    kinds = [("A", 2), ("B", 2), ("A", 2), ("l", 1), ("in:I", 1), ("delta", 2), ("T", 3), ("c", 0)]
    factors = [(name, tuple(draw.choice(at) for _ in range(slots))) for name, slots in draw.choices(kinds, k=4)]
    return normal(factors, bound)


@pytest.mark.parametrize("ends", [(ROW, COL), (ROW, None), (None, None)], ids=["matrix", "column", "scalar"])
@pytest.mark.parametrize("seed", range(40))
def test_what_is_read_as_words_is_written_as_it_was(seed, ends):
    draw = Random(f"words {seed}")
    for _ in range(20):
        poly = collect([(random_term(draw), Fraction(draw.randint(1, 5))) for _ in range(3)])
        alphabet = Alphabet()
        words = alphabet.read(poly, *ends)
        assert words is not None or ends != (None, None)
        assert words is None or written(alphabet, words, *ends) == canonical_poly(poly)


SAME_WORD = {
    "a trace turned": (tr(A @ B @ S), tr(S @ A @ B)),
    "a trace transposed": (tr(A @ B @ S), tr(S.T @ B.T @ A.T)),
    "a norm": (norm2(A @ B), tr(A @ B @ B.T @ A.T)),
    "an inner product": (inner(lam, S @ mu), inner(S.T @ lam, mu)),
    "a diagonal": (tr(diag(lam) @ S @ diag(mu)), total(k, lam[k] * S[k, k] * mu[k])),
}


@pytest.mark.parametrize("name", SAME_WORD)
def test_scalars_that_are_equal_by_form_are_read_as_one(name):
    left, right = SAME_WORD[name]
    statement, _ = lower(Sequent((), equal(left - right, 0)))
    assert find_certificate(statement).certificate["cofactors"] == []


CHAINS = {
    "products": (equal(S @ R, R @ S), True),
    "entries that are chains": (equal(S[i, j] * lam[j], lam[i] * S[i, j]), True),
    "a row of a matrix": (equal(S[f, j], 0), True),
    "entrywise products": (equal(S[i, j] * R[i, j], 0), False),
    "three indices": (equal(S[i, j] * R[j, k], P[i, k] * lam[j]), False),
}


@pytest.mark.parametrize("name", CHAINS)
def test_only_hypotheses_that_are_chains_are_completed(name):
    hypothesis, is_chain = CHAINS[name]
    statement, _ = lower(Sequent((), equal(c, c)), (Assumption(hypothesis, "h"),))
    (stated,) = statement.hypotheses
    scope = Scope(statement).within(stated.each)
    poly = add(expand(stated.left, scope), scale(Fraction(-1), expand(stated.right, scope)))
    assert (read_fact(Alphabet(), Fact("h", stated.each, poly)) is not None) == is_chain


# What is proved -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_that_nobody_tuned_it_to(name):
    given, goal = IDENTITIES[name]
    proved(given, goal)


@pytest.mark.parametrize("form", CHAIN)
def test_the_chain_at_critical_points(form):
    folded, claims = CHAIN[form]
    for given, goal in claims.values():
        assert cofactors_in(proved(given, goal, folded)) <= 32


def test_a_folded_square_is_symmetric_by_itself():
    """Σ = X Xᵀ, and its transpose, overlap in X Xᵀ."""
    sigma = n.Defined("Σ", X @ X.T, "σ")
    certificate = proved([], equal(sigma.T, sigma), frozenset([sigma]))
    assert cofactors_in(certificate) == 2


def test_rules_of_a_completion_are_lemmas_for_a_goal_that_is_no_word():
    """Y = Z needs completion, and a sum of cubes of entries is no chain."""
    given, _ = IDENTITIES["Moore–Penrose inverses are unique"]
    Y, Z = matrix("Y", d, D), matrix("Z", d, D)
    a = index("a", d)
    certificate = proved(given, equal(total((a, i), Y[a, i] ** 3), total((a, i), Z[a, i] ** 3)))
    assert "lemma" in rules_in(certificate)


def test_a_certificate_that_would_be_too_long_goes_by_lemmas(monkeypatch):
    monkeypatch.setattr(wordproofs, "MOST_COFACTORS", 3)
    for name in ("Moore–Penrose inverses are unique", "Woodbury", "Sherman–Morrison"):
        assert "lemma" in rules_in(proved(*IDENTITIES[name]))


SQUARES = {
    "two norms": ([equal(norm2(A) + norm2(B), 0)], equal(A, 0)),
    "with weights": ([equal(2 * norm2(A @ B) + 3 * norm2(M), 0)], equal(M, 0)),
    "Gram matrices": ([equal(A @ A.T + B.T @ B, 0)], equal(B, 0)),
    "the other sign": ([equal(-norm2(A) - norm2(S @ A), 0)], equal(A, 0)),
    "a square": ([equal(c**2, 0)], equal(c, 0)),
    "a fourth power beside a norm": ([equal(c**4 + norm2(A), 0)], equal(c, 0)),
    "numbers with indices": ([equal(total(k, lam[k] ** 2 * mu[k] ** 2), 0)], equal(lam[i] * mu[i], 0)),
    "members of a set": ([equal(total(k, n.Indicator(k, chosen) * lam[k] ** 2), 0), member(f, chosen)],
                         equal(lam[f], 0)),
    "a product of norms": ([equal(norm2(A) * norm2(S), 0)], equal(norm2(A) * S, 0)),
    "and then more": ([equal(norm2(S @ A) + c**2, 0), invertible(S)], equal(A, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", SQUARES)
def test_every_square_of_a_vanishing_sum_vanishes(name):
    assert "squares" in rules_in(proved(*SQUARES[name]))


gap = matrix("gap", D, D)
FOR_EACH = {
    "distinct numbers": (
        [equal(P[i, j] * lam[j], lam[i] * P[i, j]), distinct(lam)],
        equal(P[i, j], delta(i, j) * P[j, j]),
    ),
    "commuting with a diagonal": ([commute(P, diag(lam)), distinct(lam)], equal(P[i, j], delta(i, j) * P[j, j])),
    "a letter that is recognised by its form": (
        [commute(P, diag(lam)), equal(gap[i, j] * (lam[i] - lam[j]), 1 - delta(i, j))],
        equal((1 - delta(i, j)) * P[i, j], 0),
    ),
    "0 or 1 by hypothesis": (
        [equal(P[i, j] ** 2, P[i, j]), equal(P[f, g] * c**2, c), equal((1 - P[f, g]) * c**3, c)],
        equal(c**4 * P[f, g], c**3 * P[f, g]),
    ),
    "reciprocals along an index": ([equal(lam[i] * mu[i], 1), equal(lam[i] * P[i, j], 0)], equal(P[i, j], 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", FOR_EACH)
def test_divisors_and_cases_at_the_indices_of_the_goal(name):
    proved(*FOR_EACH[name])


# Contradictions -----------------------------------------------------------------------------------------------------

CONTRADICTORY = {
    "two numbers": [equal(c, 1), equal(c, 2)],
    "an inverse of zero": [equal(S, 0), invertible(S)],
    "an entry": [equal(S, eye(D)), equal(S[f, f], 2)],
    "an entry off the diagonal": [equal(S, eye(D)), equal(S[f, g], 1), differs(f, g)],
    "a sum of squares": [equal(norm2(A) + 1, 0)],
    "a member": [member(f, chosen), not_member(f, chosen)],
    "equal and different": [same(f, g), differs(f, g)],
    "members of a family": [equal(lam[i], 1), equal(lam[f], 2)],
    "a reciprocal of zero": [equal(c * e, 1), equal(c, 0)],
    "a multiple of the identity": [equal(S @ S, eye(D)), equal(S, 2 * eye(D))],
    "a commutator": [equal(S @ R - R @ S, eye(D))],
    "an idempotent with an inverse": [equal(P @ P, P), invertible(P), equal(P[f, f], 2)],
}


@pytest.mark.parametrize("name", CONTRADICTORY)
def test_hypotheses_that_contradict_one_another_are_named(name):
    given = CONTRADICTORY[name]
    statement, _ = searched(given, equal(e, 5))
    found = contradiction(statement)
    assert found is not None
    assert check(found.statement, found.certificate).used == found.names
    assert set(found.names) <= {hypothesis.name for hypothesis in statement.hypotheses}
    assert str(found).startswith("the hypotheses contradict one another: ")


CONSISTENT = {
    "orthogonal and symmetric": [orthogonal(Q), symmetric(Q)],
    "a spectrum": [orthogonal(Q), equal(S, Q @ diag(lam) @ Q.T), distinct(lam), member(f, chosen), equal(S[f, f], 3)],
    "projections": [projection(P), projection(Q), commute(P, Q)],
    "critical points": CHAIN["a letter"][1]["7c"][0],
}


@pytest.mark.parametrize("name", CONSISTENT)
def test_hypotheses_that_have_a_model_do_not_contradict_one_another(name):
    statement, _ = searched(CONSISTENT[name], equal(e, 5))
    assert contradiction(statement) is None


def test_a_goal_that_follows_from_a_contradiction_says_so():
    _, found = searched([equal(c, 1), equal(c, 2)], equal(e, 5))
    assert found.contradiction is not None
    assert str(found.contradiction) == "the hypotheses contradict one another: c = 1; c = 2"


# Random consequences, and what is none ------------------------------------------------------------------------------

RANDOM = {
    "a product of symmetric": [symmetric(S), equal(S @ R, P)],
    "rotated": [orthogonal(Q), equal(S, Q @ R @ Q.T)],
    "projection": [projection(P), equal(P @ A, A)],
    "critical points": [symmetric(S), equal(A.T @ S, A.T @ A @ B @ S), equal(S @ B.T, A @ B @ S @ B.T)],
    "Moore–Penrose": [equal(A @ B @ A, A), equal(B @ A @ B, B), symmetric(A @ B), symmetric(B @ A)],
    "inverses": [equal(S @ R, eye(D)), equal(R @ S, eye(D)), equal(M @ B, B @ S)],
    "at random": [equal(S @ R @ S, 2 * R @ P + S), equal(A @ M @ B, S @ P - R), equal(R @ A, A @ M)],
}
LETTERS = [letter for one in (S, R, P, Q, A, B, M) for letter in (one, one.T)]


def random_word(draw, row, col, most=2):
    """Letters that lead from one dimension to the other; none may be needed."""
    while True:
        letters, here = [], row
        for _ in range(draw.randint(0, most)):
            letters.append(draw.choice([letter for letter in LETTERS if letter.shape[0] == here]))
            here = letters[-1].shape[1]
        if here == col:
            return letters


def random_consequence(draw, given):
    """Σ c · left · (hypothesis, or its transpose) · right."""
    relations = [relation for hypothesis in given for relation in hypothesis.equalities]
    row, col = draw.choice([(D, D), (D, d), (d, D), (d, d)])
    terms = []
    for _ in range(draw.randint(1, 3)):
        relation = draw.choice(relations)
        zero = relation.left - relation.right
        zero = draw.choice([zero, zero.T])
        word = [*random_word(draw, row, zero.shape[0]), zero, *random_word(draw, zero.shape[1], col)]
        terms.append(draw.choice([1, -1, 2, -3]) * (word[0] if len(word) == 1 else n.MatMul(tuple(word))))
    return equal(sum(terms[1:], terms[0]), 0)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", RANDOM)
def test_a_random_combination_of_hypotheses_is_proved(name, seed):
    proved(RANDOM[name], random_consequence(Random(f"{name} {seed}"), RANDOM[name]))


def rational(draw, rows, cols):
    return array([[Fraction(draw.randint(-9, 9)) for _ in range(cols)] for _ in range(rows)])


def critical_point(draw):
    """Σ with orthogonal eigenvectors, some of them the columns of A up to a change of basis."""
    rotation = np.array([[3, 4, 0], [-4, 3, 0], [0, 0, 5]], dtype=object) * Fraction(1, 5)
    spectrum = np.diag([Fraction(value) for value in draw.sample(range(1, 30), 3)])
    change = rational(draw, 2, 2) + 20 * np.diag([Fraction(1)] * 2)
    U_I = rotation[:, sorted(draw.sample(range(3), 2))]
    return {"S": rotation @ spectrum @ rotation.T, "A": U_I @ change, "B": inverse(change) @ U_I.T}


def penrose(draw):
    A_value = rational(draw, 3, 2) + 20 * np.eye(3, 2, dtype=object)
    return {"A": A_value, "B": inverse(A_value.T @ A_value) @ A_value.T}


def onto_a_plane(draw):
    pair = penrose(draw)
    return {"A": pair["A"], "P": pair["A"] @ pair["B"]}


MODELS = {"critical points": critical_point, "Moore–Penrose": penrose, "projection": onto_a_plane}


def model_at_random(draw, name):
    others = {"S": (3, 3), "R": (3, 3), "P": (3, 3), "Q": (3, 3), "A": (3, 2), "B": (2, 3), "M": (2, 2)}
    values = {letter: rational(draw, *shape) for letter, shape in others.items()}
    return Instance({"D": 3, "d": 2}, {**values, **MODELS[name](draw)})


@pytest.mark.parametrize("name", MODELS)
def test_models_satisfy_their_hypotheses(name):
    evaluator = Evaluator(model_at_random(Random(name), name))
    assert all(relation_holds(relation, evaluator) for given in RANDOM[name] for relation in given.equalities)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", MODELS)
def test_what_a_model_refutes_is_not_proved(name, seed):
    """Random equations of words, and consequences with one coefficient changed."""
    draw = Random(f"{name} {seed}")
    true = random_consequence(draw, RANDOM[name])
    row, col = true.left.shape
    words = [random_word(draw, row, col, 4) for _ in range(2)]
    one, other = (n.MatMul(tuple(word)) if len(word) > 1 else (word or [eye(row)])[0] for word in words)
    evaluator = Evaluator(model_at_random(draw, name))
    for goal in (equal(one, other), equal(true.left + one, 0), equal(true.left + one, other)):
        _, found = searched(RANDOM[name], goal)
        assert found.certificate is None or relation_holds(goal, evaluator)


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_combination_is_refused(seed):
    draw = Random(f"damage {seed}")
    given = RANDOM["critical points"]
    goal = random_consequence(draw, given)
    statement, found = searched(given, goal)
    rows = found.certificate["cofactors"]
    place = draw.randrange(len(rows))
    changed = {**rows[place], "coefficient": str(Fraction(rows[place]["coefficient"]) + 1)}
    with pytest.raises(CertificateError):
        check(statement, {**found.certificate, "cofactors": [*rows[:place], changed, *rows[place + 1 :]]})


# Failing ------------------------------------------------------------------------------------------------------------

UNPROVABLE = {
    "an inverse on the wrong side": ([], equal(A @ inv(A.T @ A) @ A.T, eye(D))),
    "critical points need rank": (CHAIN["a letter"][1]["AB symmetric"][0][:-1], equal(S @ A @ B, A @ B @ S)),
    "two equations of Penrose": ([equal(A @ B @ A, A), equal(B @ A @ B, B)], equal((A @ B).T, A @ B)),
    "nothing to complete": ([symmetric(S)], equal(S @ R, R @ S)),
}


@pytest.mark.parametrize("name", UNPROVABLE)
def test_a_search_that_fails_says_how_far_it_came(name):
    _, found = searched(*UNPROVABLE[name])
    assert found.certificate is None
    assert "completion made" in found.reason
    assert "steps, and left" in found.reason


def test_indices_of_hypotheses_and_of_the_goal_may_have_one_name():
    given = [equal(total(k, S[i, k] * R[k, j]), P[i, j]), equal(total(k, P[k, i] * P[k, j]), delta(i, j))]
    proved(given, equal(total(k, (S @ R)[k, j] * (S @ R @ Q)[k, i]), Q[j, i]))


@pytest.mark.parametrize("name", IDENTITIES)
def test_every_two_heads_that_overlap_are_met(name):
    """As they are found by what they begin and end with, and as every end is tried at every beginning."""
    given, goal = IDENTITIES[name]
    statement = lower(Sequent((), goal), tuple(Assumption(h, str(h)) for h in given))[0]
    shared = Shared()
    find_certificate(statement, effort=QUICK, shared=shared)
    completion = shared.known(shared.facts(statement)).words.completion
    for rule in completion.rules:
        found = {(row, turn, at) for row, turn, at, _ in completion._chained(rule)}
        pairs = [(other.row, 0, rule.word, other.word) for other in completion.rules]
        pairs += [(other.row, 1, other.word, rule.word) for other in completion.rules if other is not rule]
        assert found == {
            (row, turn, at)
            for row, turn, one, other in pairs
            for at in range(max(1, len(one) - len(other) + 1), len(one))
            if other.startswith(one[at:])
        }


IDENTITIES_IN_ORDER = """
from derive.prove.completion import identities
from derive.prove.words import Alphabet, Letter
alphabet, known = Alphabet(), {}
for name in "abcdefgh":
    alphabet.code(Letter("diagonal", name, "D", "D"))
    alphabet.code(Letter("unit", name, "D", ""))
    print(*identities(alphabet, known))
"""


def test_letters_are_gone_through_in_one_order_in_every_run():
    """What a budget buys hangs on it: hashes of texts, and so the order of a set, are others in each process."""
    run = partial(subprocess.run, [sys.executable, "-c", IDENTITIES_IN_ORDER], check=True, capture_output=True)
    printed = {run(env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert len(printed) == 1
    assert printed != {b""}


def test_the_trace_of_a_hypothesis_is_used():
    proved([equal(S @ R - R @ S, c * eye(D))], equal(c * size(D), 0))
