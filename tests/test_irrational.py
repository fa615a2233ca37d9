"""Mistakes with roots are refuted wherever they show, be the values there rational or not."""

from __future__ import annotations

import pytest

from derive import (
    Derivation,
    at_most,
    dims,
    equal,
    expectation,
    family,
    gradient,
    implies,
    index,
    integral,
    less_than,
    matrix,
    norm2,
    relu,
    scalar,
    sqrt,
    total,
    uniform,
)
from derive.checker import Options, check_claim

m, n = dims("m n")
i = index("i", m)
a, b, c, u, x = (scalar(name) for name in "abcux")
B, C, f = matrix("B", m, n), matrix("C", m, n), family("f", m)
MEAN = expectation({x: uniform(0, 1)})

FALSE = {
    "a sum": equal(sqrt(a) + sqrt(b), sqrt(a + b)),
    "of three": equal(sqrt(a + b + c), sqrt(a) + sqrt(b) + sqrt(c)),
    "of five": equal(sqrt(a + b + c + u + x), sqrt(a) + sqrt(b) + sqrt(c) + sqrt(u) + sqrt(x)),
    "a difference": equal(sqrt(a) - sqrt(b), sqrt(a - b)),
    "squares": equal(sqrt(a**2 + b**2), a + b),
    "one and a root": equal(sqrt(1 + a), 1 + sqrt(a)),
    "a half": equal(sqrt(a + b) / 2, sqrt((a + b) / 2)),
    "reciprocals": equal(1 / sqrt(a + b), 1 / sqrt(a) + 1 / sqrt(b)),
    "a quotient": equal(1 / (sqrt(1 + a) - 1), 1 / sqrt(a)),
    "a root of a root": equal(sqrt(a + sqrt(b)), sqrt(a) + sqrt(sqrt(b))),
    "norms": equal(sqrt(norm2(B + C)), sqrt(norm2(B)) + sqrt(norm2(C))),
    "a slope": equal(gradient(sqrt(1 + a), a), 1 / sqrt(1 + a)),
    "a slope of a slope": equal(gradient(gradient(sqrt(1 + a), a), a), sqrt(1 + a)),
    "a mean": equal(MEAN(sqrt(1 + a) * x), sqrt(1 + a)),
    "an integral": equal(integral(u, u, 0, sqrt(1 + a)), 1 + a),
    "a ReLU": equal(relu(sqrt(1 + a) - 1), sqrt(a)),
    "a sum over an index": equal(total(i, sqrt(1 + f[i] ** 2)), sqrt(total(i, 1 + f[i] ** 2))),
    "a power": equal(sqrt(1 + a) ** 3, 1 + a),
    "a factor": equal(sqrt(a) * sqrt(b), 2 * sqrt(a * b)),
    "a bound": at_most(sqrt(a) + sqrt(b), sqrt(a + b)),
    "a strict bound": less_than(sqrt(a**2 + 1), a + 1),
    "a bound that holds at most points": at_most(sqrt(a**2 + 1), a + 1),
    "a bound between whole numbers": at_most(a, a**2),
    "a bound from one on": at_most(sqrt(a), a),
    "a bound under a hypothesis": implies(less_than(0, a), at_most(sqrt(a), a)),
    "under a hypothesis": implies(less_than(1, a), equal(sqrt(1 + a), 1 + sqrt(a))),
    "a bound under one": implies(less_than(1, a), less_than(a, sqrt(a))),
}
TRUE = {
    "a product": (equal(sqrt(a * b), sqrt(a) * sqrt(b)), "agrees"),
    "a bound": (at_most(sqrt(a + b), sqrt(a) + sqrt(b)), "agrees"),
    "a square": (equal(sqrt(1 + a) ** 2, 1 + a), "proved"),
    "the triangle": (at_most(sqrt(norm2(B + C)), sqrt(norm2(B)) + sqrt(norm2(C))), "agrees"),
    "a root of a root": (equal(sqrt(sqrt(a)) ** 2, sqrt(a)), "proved"),
    "a conjugate": (equal(1 / (sqrt(1 + a) + 1), (sqrt(1 + a) - 1) / a), "proved"),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_refuted_and_no_planted_error_escapes(name):
    report = check_claim(Derivation("false").have("claim", FALSE[name], expect="refuted"))
    assert (report.verdict, report.reason) == ("refuted", "")
    assert report.planted.escaped == ()
    assert report.ok
    step = report.steps[0]
    assert step.counterexample.left != step.counterexample.right


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_not(name):
    statement, verdict = TRUE[name]
    report = check_claim(Derivation("true").have("claim", statement, expect=verdict))
    assert (report.verdict, report.ok) == (verdict, True), report.reason


@pytest.mark.parametrize("name", FALSE)
def test_what_its_author_holds_to_be_true_is_refuted_as_well(name):
    """A repair is then looked for, which needs a point with a value."""
    report = check_claim(Derivation("false").have("claim", FALSE[name]), Options(plant=False))
    assert (report.verdict, report.reason) == ("refuted", "")


def test_an_irrational_value_is_shown_by_its_first_digits():
    report = check_claim(Derivation("false").have("claim", FALSE["one and a root"], expect="refuted"))
    found = report.steps[0].counterexample
    assert (found.values, found.left, found.right) == ({"a": "1"}, "1.414213562…", "2")


def test_what_has_a_value_nowhere_is_not_refuted():
    nothing = 1 / (sqrt(1 + a) * sqrt(1 + a) - 1 - a)
    report = check_claim(Derivation("undefined").have("claim", equal(nothing, a)))
    assert report.verdict == "undecided"


def test_a_reason_speaks_of_roots_as_the_page_does():
    report = check_claim(Derivation("true").have("claim", equal(sqrt(a) * sqrt(b), sqrt(a * b)), expect="agrees"))
    assert "no combination of the hypotheses was found for (√a)*(√b) - 1*(√(a b))" in report.reason
    assert "#" not in report.reason
