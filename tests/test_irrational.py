"""Mistakes with roots are refuted wherever they show, be the values there rational or not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derive import (
    Derivation,
    at_most,
    differs,
    dims,
    equal,
    expectation,
    family,
    fixed,
    gradient,
    implies,
    index,
    integral,
    less_than,
    matrix,
    norm2,
    number,
    relu,
    scalar,
    sqrt,
    total,
    uniform,
)
from derive.checker import Options, check_claim
from derive.crosscheck.intervals import Interval
from derive.judges.digits import numeric
from derive.judges.subject import Subject
from derive.language.statements import Sequent
from derive.refute import _number_text

m, n = dims("m n")
i = index("i", m)
p, q = fixed("p q", m)
a, b, c, u, x = (scalar(name) for name in "abcux")
B, C, f = matrix("B", m, n), matrix("C", m, n), family("f", m)
MEAN = expectation({x: uniform(0, 1)})

PRODUCTS = sqrt(a * b) + sqrt(b * c) + sqrt(a * c)

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
    "an entry of several": equal(sqrt(2 + f[i] ** 2), sqrt(2) + 0 * f[i]),
    "a bound on entries": at_most(sqrt(2 + f[i] ** 2), sqrt(2) + 0 * f[i]),
    "a power": equal(sqrt(1 + a) ** 3, 1 + a),
    "a factor": equal(sqrt(a) * sqrt(b), 2 * sqrt(a * b)),
    "a sum with a number": implies([less_than(0, a), less_than(0, b)], equal(sqrt(a + b) + 1, sqrt(a + b + 1))),
    "a slope by another letter": equal(gradient(a * sqrt(2 + b * b), a), 2 * sqrt(2 + b * b)),
    "numbers": equal(sqrt(number(2)) + sqrt(number(3)), sqrt(number(10))),
    "a mean of a product": equal(MEAN(sqrt(2 + a * a) * x), sqrt(2 + a * a)),
    "one side of a border": equal(sqrt((a - 30) ** 2 * (2 + b * b)), (30 - a) * sqrt(2 + b * b)),
    "a border at two": equal(sqrt((a - 2) ** 2) * sqrt(b + a), (2 - a) * sqrt(b + a)),
    "a kink far away": equal(relu(sqrt(2 + b * b) - a - 15), 0 * a),
    "two entries of many": implies(
        differs(p, q), equal(sqrt(2 + total(i, f[i] ** 2)), sqrt(2 + f[p] ** 2 + f[q] ** 2))
    ),
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
    "a product": (equal(sqrt(a * b), sqrt(a) * sqrt(b)), "proved"),
    "a bound": (at_most(sqrt(a + b), sqrt(a) + sqrt(b)), "proved"),
    "of three": (equal(sqrt(a) + sqrt(b) + sqrt(c), sqrt(a + b + c + 2 * PRODUCTS)), "agrees"),
    "a square": (equal(sqrt(1 + a) ** 2, 1 + a), "proved"),
    "the triangle": (at_most(sqrt(norm2(B + C)), sqrt(norm2(B)) + sqrt(norm2(C))), "agrees"),
    "a root of a root": (equal(sqrt(sqrt(a)) ** 2, sqrt(a)), "proved"),
    "a conjugate": (equal(1 / (sqrt(1 + a) + 1), (sqrt(1 + a) - 1) / a), "proved"),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_refuted_and_no_planted_error_escapes(name, seed):
    report = check_claim(Derivation("false").have("claim", FALSE[name], expect="refuted"), Options(seed=seed))
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


DIFFERENCE = (sqrt(2 + a**2) + sqrt(2 + b**2)) * (sqrt(2 + a**2) - sqrt(2 + b**2))


@pytest.mark.parametrize("seed", range(4))
def test_rounding_is_no_objection_to_a_bound(seed):
    """The sides are equal: at 65 digits they are not."""
    for bound in (at_most(a**2 - b**2, DIFFERENCE), at_most(DIFFERENCE, a**2 - b**2)):
        report = check_claim(Derivation("equal").have("claim", bound), Options(plant=False, seed=seed))
        assert report.verdict in {"proved", "agrees", "undecided"}


@pytest.mark.parametrize("seed", range(6))
def test_many_digits_alone_are_asked_on_both_sides_of_a_border(seed):
    """No rational model is found, so that one judge is asked: of a ReLU that is off at small numbers."""
    for far in (9, 15):
        relation = equal(relu(sqrt(2 + b * b) - a - far), 0 * a)
        assert numeric(Subject(Sequent((), relation), (), None, 50, seed)).evidence.ok is False


def test_of_a_strict_bound_between_equal_sides_digits_say_nothing():
    strict = less_than((a + 1) ** 2 + sqrt(2 + b * b), a * a + 2 * a + 1 + sqrt(2 + b * b))
    report = check_claim(Derivation("equal").have("claim", strict), Options(plant=False))
    assert report.verdict not in {"agrees", "proved", "error"}
    assert {row.method: row.ok for row in report.evidence}["numeric"] is None


def test_a_number_of_which_not_even_the_sign_is_known_begins_with_zeros():
    nothing = (sqrt(a) - sqrt(b)) * (sqrt(a) + sqrt(b))
    claim = Derivation("false").have("claim", implies([less_than(0, a), less_than(0, b)], equal(nothing, a + b)))
    found = check_claim(claim, Options(plant=False)).steps[0].counterexample
    assert (found.left, found.right) == ("0.000000000…", "1")


@pytest.mark.parametrize(
    ("ends", "shown"),
    [
        ((Fraction(1, 3), Fraction(1, 2)), "0.333333333…"),
        ((-2, Fraction(-3, 2)), "-1.500000000…"),
        ((-1, 1), "0.000000000…"),
    ],
)
def test_the_end_that_is_nearer_to_zero_is_shown(ends, shown):
    assert _number_text(Interval(*ends)) == shown
    assert _number_text(Interval(2)) == "2"


def test_an_irrational_value_is_shown_by_its_first_digits():
    report = check_claim(Derivation("false").have("claim", FALSE["one and a root"], expect="refuted"))
    found = report.steps[0].counterexample
    assert (found.values, found.left, found.right) == ({"a": "1"}, "1.414213562…", "2")


def test_what_has_a_value_nowhere_is_not_refuted():
    nothing = 1 / (sqrt(1 + a) * sqrt(1 + a) - 1 - a)
    report = check_claim(Derivation("undefined").have("claim", equal(nothing, a)))
    assert report.verdict == "undecided"


def test_a_reason_speaks_of_roots_as_the_page_does():
    relation, verdict = TRUE["of three"]
    report = check_claim(Derivation("true").have("claim", relation, expect=verdict))
    assert "no combination of the hypotheses was found for (√a) + (√b) + (√c) - 1*(√(a + b + c + 2" in report.reason
    assert "#" not in report.reason
