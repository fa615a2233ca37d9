"""Counterexamples: exact, as small as there is one, and at models of the hypotheses."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from derive import (
    at_most,
    commute,
    differs,
    dims,
    equal,
    eye,
    family,
    fixed,
    indicator,
    indices,
    inner,
    inv,
    matrix,
    member,
    norm2,
    orthogonal,
    size,
    sqrt,
    subset,
    symmetric,
    total,
    tr,
)
from derive.crosscheck.instances import holds, relation_holds
from derive.evaluate import Evaluator, Instance, array, evaluate
from derive.judges import Subject
from derive.language.derivation import Assumption
from derive.language.statements import Sequent
from derive.refute import counterexample_instance, find_counterexample

D, d, T = dims("D d T")
A, B, S, R, X = matrix("A", D, d), matrix("B", d, D), matrix("S", D, D), matrix("R", D, D), matrix("X", D, T)
Q, P = matrix("Q", D, D), matrix("P", D, D)
lam = family("λ", D)
i, j = indices("i j", D)
f, g = fixed("f g", D)
chosen = subset("I", D, d)


def subject_of(goal, given, seed=0):
    return Subject(Sequent((), goal), tuple(Assumption(h, str(h)) for h in given), None, 50, seed)


FALSE = {
    "a factor": (equal(tr(S), 2 * tr(S)), [], {"D": 1}),
    "a transpose of a scalar is no transpose": (equal(tr(S @ R), tr(S @ R.T)), [], {"D": 2}),
    "swapped factors": (equal(S @ R, R @ S), [], {"D": 2}),
    "a product of rectangles": (equal(tr(A @ B), tr(A @ B @ A @ B)), [], {"D": 1, "d": 1}),
    "below another dimension": (equal(tr(A @ B), tr(A @ B @ A @ B)), [d < D], {"D": 2, "d": 1}),
    "free indices": (equal(S[i, j], S[j, i]), [], {"D": 2}),
    "a size": (equal(size(D), 1), [], {"D": 2}),
    "orthogonal is not symmetric": (equal(Q.T, Q), [orthogonal(Q)], {"D": 2}),
    "symmetric factors do not commute": (equal(S @ R, R @ S), [symmetric(S), symmetric(R)], {"D": 2}),
    "commuting is not equal": (equal(S, R), [commute(S, R)], {"D": 1}),
    "members": (equal(indicator(g, chosen), 1), [member(f, chosen)], {"D": 2, "d": 1}),
    "different members": (equal(lam[f], lam[g]), [differs(f, g)], {"D": 2}),
    "an inverse of a sum": (equal(inv(S + R), inv(S) + inv(R)), [], {"D": 1}),
    "a root": (equal(sqrt(tr(S) ** 2), tr(S)), [], {"D": 1}),
    "an order": (at_most(norm2(S), inner(S, R)), [], {"D": 1}),
    "a bound that is passed by 10⁻²⁰ where it is met": (
        at_most((1 + Fraction(1, 10**20)) * tr(S), tr(R)), [at_most(tr(S), tr(R))], {"D": 1},
    ),
    "a sum": (equal(total(i, lam[i] ** 2), total(i, lam[i]) ** 2), [], {"D": 2}),
    "rows and columns": (equal(norm2(A.T @ A), norm2(A) ** 2), [], {"D": 2, "d": 2}),
}  # fmt: skip


def read(text):
    """The value that a counterexample prints: a number, or a matrix by rows."""
    if not text.startswith("["):
        return Fraction(text)
    return array([[Fraction(entry) for entry in row.split()] for row in text[1:-1].split(";")])


def rebuilt(found):
    """The instance that the printed counterexample describes."""
    values, sets, places = {}, {}, {}
    for name, text in found.values.items():
        if text.startswith("{"):
            sets[name] = tuple(int(member) - 1 for member in text[1:-1].split(",") if member.strip())
        elif name in "fg":
            places[name] = int(text) - 1
        else:
            values[name] = read(text)
    return Instance(dict(found.sizes), values, sets, places)


def shown(value):
    return (
        [str(Fraction(entry)) for entry in value.ravel().tolist()]
        if hasattr(value, "ravel")
        else [str(Fraction(value))]
    )


def test_a_brief_search_sees_a_bound_that_is_passed_by_next_to_nothing():
    """Where it is met, among the smallest models: floating numbers do not tell."""
    goal, given, _ = FALSE["a bound that is passed by 10⁻²⁰ where it is met"]
    instance = counterexample_instance(subject_of(goal, given, 0), brief=True)
    assert instance is not None
    assert not relation_holds(goal, Evaluator(instance))
    assert counterexample_instance(subject_of(at_most(tr(S), tr(R)), given, 0), brief=True) is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FALSE)
def test_a_false_statement_has_a_counterexample_at_its_smallest_size(name, seed):
    goal, given, sizes = FALSE[name]
    found = find_counterexample(subject_of(goal, given, seed))
    assert found is not None
    assert dict(found.sizes) == sizes


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", FALSE)
def test_what_is_printed_is_enough_to_see_that_the_statement_is_false(name, seed):
    """Read back from the text alone: the hypotheses hold there, exactly, and the two sides are the ones printed."""
    goal, given, _ = FALSE[name]
    found = find_counterexample(subject_of(goal, given, seed))
    made = rebuilt(found)
    assert all(holds(hypothesis, Evaluator(made)) for hypothesis in given)
    assert found.left != found.right
    if not any(not index.fixed for index in goal.left.free | goal.right.free):
        assert re.findall(r"-?\d+(?:/\d+)?", found.left) == shown(evaluate(goal.left, made))
        assert re.findall(r"-?\d+(?:/\d+)?", found.right) == shown(evaluate(goal.right, made))


@pytest.mark.parametrize("name", FALSE)
def test_every_number_of_a_counterexample_is_exact(name):
    goal, given, _ = FALSE[name]
    found = find_counterexample(subject_of(goal, given))
    for text in (found.left, found.right, *found.values.values()):
        assert "." not in text
        assert "e+" not in text


@pytest.mark.parametrize("name", ["swapped factors", "free indices", "a size", "an order"])
def test_the_numbers_of_a_counterexample_are_small(name):
    goal, given, _ = FALSE[name]
    found = find_counterexample(subject_of(goal, given))
    assert all(abs(int(number)) <= 3 for value in found.values.values() for number in re.findall(r"-?\d+", value))


TRUE = {
    "cyclic": (equal(tr(A @ B), tr(B @ A)), []),
    "orthogonal": (equal(norm2(Q @ A), norm2(A)), [orthogonal(Q)]),
    "members": (equal(indicator(f, chosen), 1), [member(f, chosen)]),
    "a square": (at_most(0, norm2(S)), []),
    "an inverse": (equal(inv(S) @ S, eye(D)), []),
    "under contradictory hypotheses": (equal(S, R), [equal(tr(S), 1), equal(tr(S), 2)]),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_statement_that_follows_has_none(name):
    assert find_counterexample(subject_of(*TRUE[name])) is None


def test_the_same_seed_finds_the_same_counterexample():
    goal, given, _ = FALSE["orthogonal is not symmetric"]
    assert find_counterexample(subject_of(goal, given, 3)) == find_counterexample(subject_of(goal, given, 3))


def test_a_model_of_the_author_is_used_for_the_hypotheses():
    def maker(sizes, random):
        return {"S": array([[int(a == b) * (a + 1) for b in range(sizes["D"])] for a in range(sizes["D"])])}

    goal = equal(S @ S, S)
    plain = Subject(Sequent((), goal), (Assumption(equal(S @ R, R @ S), "commute"),), maker, 50, 0)
    found = find_counterexample(plain)
    assert found is not None
    assert dict(found.sizes) in ({"D": 1}, {"D": 2})
