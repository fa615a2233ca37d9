"""What the judges of values make of roots whose signs they cannot see, and of quotients under derivatives and means."""

from __future__ import annotations

import pytest

from derive import (
    Derivation,
    at,
    at_most,
    bernoulli,
    dims,
    equal,
    expectation,
    family,
    gradient,
    indices,
    scalar,
    size,
    sqrt,
    total,
)
from derive.checker import check_claim

D = dims("D")[0]
(i,) = indices("i", D)
a, b, q, y, z = (scalar(name) for name in ["a", "b", "q", "y", "z"])
x = family("x", D)
E = expectation({x: bernoulli(q)})
SUM = total(i, x[i])

TRUE = {
    "roots and their product": (equal(sqrt(a) * sqrt(b), sqrt(a * b)), "proved"),
    "squares of roots": (equal(sqrt(a * b) ** 2, sqrt(a) ** 2 * sqrt(b) ** 2), "proved"),
    "a root, nothing times": (at_most(0, a + 0 * sqrt(a)), "agrees"),
    "a quotient that stays, at another letter": (
        equal(gradient(at(1 / (1 + z), {y: z}), z), -1 / (1 + z) ** 2), "proved",
    ),
    "a quotient that stays, beside a square": (
        equal(gradient(at(1 / (1 + z) + y**2, {y: z}), z), 2 * z - 1 / (1 + z) ** 2), "proved",
    ),
    "the mean of a quotient": (equal(E(SUM / z), size(D) * q / z), "proved"),
    "of one that is multiplied": (equal(E(total(i, x[i] ** 2) / (3 * z) * y), size(D) * (q / 3) * (y / z)), "proved"),
    "of one that is nothing": (equal(E(SUM / z * 0), 0), "proved"),
    "of one with a root": (equal(E(SUM * sqrt(z) / z), size(D) * q / sqrt(z)), "proved"),
    "as a bound": (at_most(E(SUM / z), size(D) * q / z), "proved"),
    "differentiated": (equal(gradient(E(SUM / z), z), -size(D) * q / z**2), "proved"),
}  # fmt: skip
FALSE = {
    "a root of a square": equal(sqrt(a * a), a),
    "a quotient held constant": equal(gradient(at(1 / (1 + z), {y: z}), z), 0 * z),
    "a mean, by 10⁻³⁰": equal(E(SUM / z * y), size(D) * q / z * y + (y / z) / 10**30),
    "a mean of two": equal(E(SUM / z + 1 / z), (size(D) * q + 2) / z),
}


@pytest.mark.parametrize("name", TRUE)
def test_no_judge_objects_to_what_is_true(name):
    statement, verdict = TRUE[name]
    report = check_claim(Derivation("true").have("claim", statement, expect=verdict))
    assert (report.verdict, [row.method for row in report.evidence if row.ok is False]) == (verdict, [])
    assert report.planted.escaped == ()


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_refuted(name):
    report = check_claim(Derivation("false").have("claim", FALSE[name], expect="refuted"))
    assert (report.verdict, report.planted.escaped) == ("refuted", ())


def test_a_wrong_factor_of_roots_is_seen_entry_by_entry():
    statement = equal(sqrt(a) * sqrt(b), 2 * sqrt(a * b))
    report = check_claim(Derivation("false").have("claim", statement, expect="refuted"))
    assert report.verdict == "refuted"
    assert [row.ok for row in report.evidence if row.method == "entrywise"] == [False]


def test_derivatives_inside_one_another_are_taken_entry_by_entry():
    report = check_claim(Derivation("true").have("claim", equal(gradient(at(y * z**2, {y: z}), z), 3 * z**2)))
    assert [row.ok for row in report.evidence if row.method == "entrywise"] == [True]


def test_the_sides_of_an_inequality_have_no_digits_in_common():
    report = check_claim(Derivation("true").have("claim", at_most(0, a + 0 * sqrt(a)), expect="agrees"))
    assert [(row.ok, row.digits) for row in report.evidence if row.method == "numeric"] == [(True, None)]
