"""Where something changes its sign a statement may fail, however far from 0 that is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derive import (
    Derivation,
    at_most,
    dims,
    equal,
    family,
    implies,
    index,
    less_than,
    relu,
    scalar,
    sqrt,
)
from derive.checker import Options, check_claim
from derive.crosscheck.critical import critical, turning
from derive.evaluate import Instance

(D,) = dims("D")
i, x = index("i", D), family("x", D)
a, b = scalar("a"), scalar("b")


def given(goal, *premises):
    return implies(list(premises), goal)


FAR = {
    "a number": (at_most(a, 3), {"a": "4"}),
    "a large number": (at_most(a, 10**6), {"a": "1000001"}),
    "under a hypothesis": (given(at_most(a, 100), at_most(0, a)), {"a": "101"}),
    "beside another letter": (given(at_most(a, 100), at_most(b, a), at_most(0, b)), {"a": "101"}),
    "a square that vanishes": (less_than(0, (2 * a - 7) ** 2), {"a": "7/2"}),
    "a root that vanishes": (less_than(0, sqrt(a)), {"a": "0"}),
    "a sum of roots": (less_than(sqrt(a + b), sqrt(a) + sqrt(b)), {"b": "0"}),
    "a kink": (equal(relu(10 - a), 10 - a), {"a": "11"}),
    "a kink far away": (equal(relu(a - 10**6), 0), {"a": "1000001"}),
}


@pytest.mark.parametrize("name", FAR)
def test_what_fails_only_far_from_zero_is_refuted_there(name):
    relation, values = FAR[name]
    report = check_claim(Derivation("Far").have("1", relation, expect="refuted"))
    assert (report.verdict, report.ok) == ("refuted", True), report.reason
    assert values.items() <= report.steps[0].counterexample.values.items()


def test_a_case_that_is_left_out_at_one_point_far_away_is_shown_with_that_point():
    page = Derivation("Cases")
    claim = page.cases("1", relu(a - 50), (a - 50, [less_than(50, a)]), (0, [less_than(a, 50)]))
    report = check_claim(claim, Options(plant=False))
    assert report.verdict == "refuted"
    assert report.steps[-1].counterexample.values == {"a": "50"}


def test_where_a_judge_saw_it_fail_is_a_counterexample_if_no_smaller_one_is_found():
    report = check_claim(Derivation("Far").have("1", at_most(x[i], 5), expect="refuted"), Options(plant=False))
    assert report.ok
    assert report.steps[0].counterexample is not None


def test_a_copy_is_looked_at_beyond_a_border_far_away():
    """ReLU(a − 10⁶) + b is b wherever numbers are small."""
    report = check_claim(Derivation("Far").have("1", equal(relu(a - 10**6) + b, b + relu(a - 10**6))))
    assert (report.verdict, report.planted.escaped) == ("proved", ())


def test_zeros_of_what_is_affine_in_a_letter_and_the_points_beside_them():
    found = list(critical([at_most(2 * a, b)], Instance({}, {"a": Fraction(0), "b": Fraction(5)})))
    assert [one.values["a"] for one in found if one.values["b"] == 5] == [
        Fraction(5, 2),
        Fraction(7, 2),
        Fraction(3, 2),
    ]
    assert [one.values["b"] for one in found if one.values["a"] == 0] == [0, 1, -1]


def test_what_is_not_affine_or_has_no_value_is_passed_over():
    at = Instance({}, {"a": Fraction(0), "b": Fraction(5)})
    assert list(critical([at_most(a * a, 5)], at)) == []
    assert [one.values["a"] for one in critical([at_most(1 / a, 2)], at)] == [0, 1, -1]
    assert turning([at_most(x[i], 1)]) == []


def test_a_bound_that_holds_is_not_refuted():
    for relation in (
        at_most(0, (2 * a - 7) ** 2),
        given(at_most(a, 100), at_most(a, 99)),
        at_most(relu(a), relu(a) + 1),
    ):
        assert check_claim(Derivation("True").have("1", relation), Options(plant=False)).verdict == "proved"


def test_where_a_hypothesis_fails_nothing_is_looked_at():
    """From a⁴ + a ≤ 5 and from a⁵ + a = 34 it is not found to follow that a is small."""
    for goal, premise in ((at_most(a, 100), at_most(a**4 + a, 5)), (equal(relu(a - 10), 0), equal(a**5 + a, 34))):
        report = check_claim(Derivation("True").have("1", given(goal, premise)), Options(plant=False))
        assert (report.verdict, [row.ok for row in report.evidence if row.ok is False]) == ("undecided", [])
