"""Inequalities and equations from products of hypotheses and squares: by the kernel, or not at all."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from random import Random

import pytest

from derive import (
    Derivation,
    at_most,
    dims,
    equal,
    family,
    fixed,
    implies,
    indices,
    inner,
    less_than,
    matrix,
    norm2,
    relu,
    scalar,
    size,
    total,
    tr,
)
from derive.checker import Options, check_claim
from derive.kernel.rules import Fact
from derive.kernel.terms import atom, multiply
from derive.prove import cone

D, d = dims("D d")
i, j = indices("i j", D)
(p,) = fixed("p", D)
a, b, c, s = (scalar(name) for name in "abcs")
A, B, C = matrix("A", D, D), matrix("B", D, d), matrix("C", D, d)
x, y = family("x", D), family("y", D)

TRUE = {
    "a ReLU that is off": implies(at_most(a, 0), equal(relu(a), 0)),
    "a ReLU that is on": implies(at_most(0, a), equal(relu(a), a)),
    "a ReLU that is off, at an index": implies(at_most(x[p], 0), equal(relu(x[p]), 0)),
    "both parts": equal(relu(a) - relu(-a), a),
    "not both on": equal(relu(a) * relu(-a), 0),
    "squares of both parts, for every index": equal(relu(x[i]) ** 2 + relu(-x[i]) ** 2, x[i] ** 2),
    "a positive factor": implies(at_most(0, s), equal(relu(s * a), s * relu(a))),
    "a larger argument": implies(at_most(a, b), at_most(relu(a), relu(b))),
    "a ReLU of a sum, from above": at_most(relu(a + b), relu(a) + relu(b)),
    "Lipschitz": at_most((relu(a) - relu(b)) ** 2, (a - b) ** 2),
    "by cases": implies([equal(a * b, 0), at_most(a, 0), at_most(0, c)], at_most(a * c, b**2)),
    "neither factor": implies([equal(a * b, 0), equal(a * c, c), equal(b * c, c)], equal(c, 0)),
    "skew, on the diagonal": implies(equal(A.T, -A), equal(A[i, i], 0)),
    "skew, at an entry": implies(equal(A.T, -A), equal(A[p, p], 0)),
    "antisymmetry": implies([at_most(a, b), at_most(b, a)], equal(a, b)),
    "a sum that vanishes": implies([at_most(0, a), at_most(0, b), equal(a + b, 0)], equal(a, 0)),
    "transitivity": implies([at_most(a, b), at_most(b, c)], at_most(a, c)),
    "two means": at_most(a * b, (a**2 + b**2) / 2),
    "three squares": at_most(a * b + b * c + c * a, a**2 + b**2 + c**2),
    "a form": at_most(0, 2 * a**2 - 3 * a * b + 2 * b**2),
    "a form with weights": at_most(3 * a * b, Fraction(9, 4) * a**2 + b**2),
    "weights, and an index": at_most(3 * x[p] * b, Fraction(9, 4) * x[p] ** 2 + b**2),
    "entries and sums": at_most(3 * tr(A) * A[p, p], Fraction(9, 4) * tr(A) ** 2 + A[p, p] ** 2),
    "of degree four": at_most(2 * a**2 * b, a**4 + b**2),
    "a number and its reciprocal": implies(less_than(0, a), at_most(2, a + 1 / a)),
    "a tangent": implies(less_than(0, a), at_most(2 - a, 1 / a)),
    "a quotient and its reciprocal": implies([less_than(0, a), less_than(0, b)], at_most(2, a / b + b / a)),
    "two means of two": implies([less_than(0, a), less_than(0, b)], at_most(4, (1 / a + 1 / b) * (a + b))),
    "cubes": implies([at_most(0, a), at_most(0, b)], at_most(a**2 * b + a * b**2, a**3 + b**3)),
    "what saturates grows": implies([at_most(0, a), at_most(a, b)], at_most(a / (1 + a), b / (1 + b))),
    "in the unit square": implies(
        [at_most(0, a), at_most(a, 1), at_most(0, b), at_most(b, 1)], at_most(a + b - 1, a * b)
    ),
    "in the unit interval": implies([at_most(0, a), at_most(a, 1)], at_most(a**2, a)),
    "Cauchy and Schwarz": at_most(inner(B, C) ** 2, norm2(B) * norm2(C)),
    "Cauchy and Schwarz, of one": at_most(inner(A, A.T) ** 2, norm2(A) ** 2),
    "Cauchy and Schwarz, of families": at_most(total(i, x[i] * y[i]) ** 2, total(i, x[i] ** 2) * total(i, y[i] ** 2)),
    "a mean of squares": at_most(total(i, x[i]) ** 2, size(D) * total(i, x[i] ** 2)),
    "Young": at_most(2 * inner(B, C), 4 * norm2(B) + norm2(C) / 4),
    "a transpose": at_most(inner(A, A.T), norm2(A)),
    "a symmetric part": at_most(norm2(A + A.T), 4 * norm2(A)),
    "the norm of a product": at_most(norm2(A @ B), norm2(A) * norm2(B)),
    "norms as numbers": at_most(2 * norm2(B) * norm2(C), norm2(B) ** 2 + norm2(C) ** 2),
}
FALSE = {
    "a ReLU that may be on": implies(at_most(a, 1), equal(relu(a), 0)),
    "a ReLU of a sum": equal(relu(a) + relu(b), relu(a + b)),
    "any factor": equal(relu(s * a), s * relu(a)),
    "a form with a negative value": at_most(0, 2 * a**2 - 5 * a * b + 2 * b**2),
    "too small a bound": at_most(a * b, (a**2 + b**2) / 3),
    "outside the unit square": implies([at_most(a, 1), at_most(b, 1)], at_most(a * b, a + b - 1)),
    "symmetric, on the diagonal": implies(equal(A.T, A), equal(A[i, i], 0)),
    "the other way": at_most(norm2(B) * norm2(C), inner(B, C) ** 2),
    "less than Young": at_most(2 * inner(B, C), 4 * norm2(B) + norm2(C) / 5),
}


def verdict(statement):
    page = Derivation("A page")
    return check_claim(page.have("claim", statement, using=[]), Options(plant=True))


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_proved_and_its_damaged_copies_are_caught(name):
    report = verdict(TRUE[name])
    assert report.verdict == "proved", report.reason
    assert report.planted.escaped == ()


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_refuted(name):
    assert verdict(FALSE[name]).verdict == "refuted"


def test_a_hypothesis_for_every_index_is_used_at_one():
    page = Derivation("Off everywhere")
    off = page.assume(at_most(x[i], 0), "off")
    assert check_claim(page.have("all", equal(relu(x[j]), 0), using=[off]), Options()).verdict == "proved"


def test_hypotheses_that_are_not_to_be_used_are_not():
    one, other = atom("a", ()), atom("b", ())
    facts = [Fact("one", (), one, "≤"), Fact("other", (), other, "≤")]
    asked = cone.Asked(multiply(one, other), "≤", (), (), set())
    assert cone.certificate(asked, facts) is not None
    assert cone.certificate(asked._replace(ignored={1}), facts) is None


LIMITS = {
    "MOST_TERMS": at_most(a * b, (a**2 + b**2) / 2),
    "MOST_ATOMS": at_most(a * b, (a**2 + b**2) / 2),
    "MOST_COLUMNS": at_most(a * b + b * c + c * a, a**2 + b**2 + c**2 + relu(a) * relu(b)),
    "MOST_TURNED": at_most(inner(B, C) ** 2, norm2(B) * norm2(C)),
    "MOST_INSTANCES": implies(at_most(0, a), equal(relu(a), a)),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_past_a_limit_is_left_alone(monkeypatch, limit):
    assert verdict(LIMITS[limit]).verdict == "proved"
    monkeypatch.setattr(cone, limit, 1)
    assert verdict(LIMITS[limit]).verdict in {"agrees", "undecided"}


def test_a_trace_is_no_entry():
    """What is summed is not put at the place of a fixed index."""
    assert verdict(implies(at_most(0, tr(A)), at_most(0, A[p, p]))).verdict == "refuted"


LETTERS = (a, b, c)


def combination(random):
    """Hypotheses that hold at 0, and a sum of products of them and of squares: it is at least 0 where they hold."""
    signs = (-2, -1, 1, 2)
    hypotheses = [sum(random.choice(signs) * z for z in LETTERS) + random.randint(0, 2) for _ in range(3)]
    chosen = random.sample(list(combinations(hypotheses, 2)), 2)
    one, other = random.sample([*LETTERS, 1], 2)
    square = (one - other) ** 2
    rows = [random.randint(1, 3) * one * other for one, other in chosen]
    return hypotheses, sum(rows) + random.randint(0, 2) * square + random.choice(hypotheses)


@pytest.mark.parametrize("seed", range(30))
def test_random_combinations_are_found(seed):
    hypotheses, value = combination(Random(seed))
    report = verdict(implies([at_most(0, hypothesis) for hypothesis in hypotheses], at_most(0, value)))
    assert report.verdict == "proved", report.reason
