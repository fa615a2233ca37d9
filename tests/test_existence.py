"""What an earlier claim says where something exists does not say that it exists."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derive import (
    Derivation,
    at,
    at_most,
    delta,
    dims,
    equal,
    exists,
    eye,
    family,
    full_column_rank,
    gradient,
    implies,
    index,
    indicator,
    indices,
    integral,
    inv,
    invertible,
    less_than,
    matrix,
    members_of,
    number,
    orthogonal,
    relu,
    scalar,
    size,
    sqrt,
    subset,
    total,
    total_in,
    total_pairs,
    tr,
)
from derive.checker import Options, check_all
from derive.errors import InputError
from derive.existence import taken_by_pieces
from derive.language.statements import Relation

n, p = dims("n p")
A, U, X = matrix("A", n, n), matrix("U", n, n), matrix("X", n, p)
x, b = family("x", n), family("b", p)
s, t = scalar("s"), scalar("t")

LEAKS = {
    "an inverse": (equal(inv(A) @ A, eye(n)), implies(equal(A @ x, 0), equal(x, 0)), invertible(A)),
    "the inverse on the other side": (equal(A @ inv(A), eye(n)), implies(equal(A @ x, 0), equal(x, 0)), invertible(A)),
    "a pseudoinverse": (
        equal(inv(X.T @ X) @ X.T @ X, eye(p)), implies(equal(X @ b, 0), equal(b, 0)), full_column_rank(X),
    ),
    "a root": (equal(sqrt(s) ** 2, s), at_most(0, s), at_most(0, s)),
    "a quotient": (equal(s / s, 1), implies(equal(s * t, 0), equal(t, 0)), less_than(0, s)),
}  # fmt: skip


def verdicts(page: Derivation) -> dict[str, str]:
    report = check_all([page], Options(plant=False, needed=False))
    return {claim.label: claim.verdict for claim in report.claims}


@pytest.mark.parametrize("name", LEAKS)
def test_a_fact_does_not_bring_along_that_something_exists(name):
    fact, goal, _ = LEAKS[name]
    page = Derivation(name)
    first = page.have("fact", fact, using=[])
    page.have("goal", goal, using=[first])
    assert verdicts(page) == {"fact": "proved", "goal": "undecided"}


@pytest.mark.parametrize("name", LEAKS)
def test_the_report_says_what_would_have_to_exist(name):
    fact, goal, _ = LEAKS[name]
    page = Derivation(name)
    page.have("goal", goal, using=[page.have("fact", fact, using=[])])
    report = check_all([page], Options(plant=False, needed=False)).claims[1]
    assert "exists, which the claim neither mentions nor assumes" in report.reason


@pytest.mark.parametrize("name", LEAKS)
def test_it_can_be_assumed(name):
    fact, goal, existence = LEAKS[name]
    page = Derivation(name)
    given = page.assume(existence, "it exists")
    first = page.have("fact", fact, using=[])
    page.have("goal", goal, using=[first, given])
    assert verdicts(page) == {"fact": "proved", "goal": "proved"}


@pytest.mark.parametrize("name", LEAKS)
def test_a_step_before_brings_it_along_no_more_than_a_claim_does(name):
    fact, goal, _ = LEAKS[name]
    page = Derivation(name)
    page.have("both", fact, goal, using=[])
    assert verdicts(page)["both"] in {"undecided", "refuted"}


m, k, q = dims("m k q")
POWERS = {  # a fact, what it seems to say, and orders under which the power in it exists
    "D − 2": (equal(s ** (size(n) - 2) * s, s ** (size(n) - 1)), s ** (size(n) - 1), [p < n]),
    "D − 3": (equal(s ** (size(n) - 3) * s**2, s ** (size(n) - 1)), s ** (size(n) - 1), [p < k, k < n]),
    "D − l − 1": (equal(s ** (size(n) - size(p) - 1) * s, s ** (size(n) - size(p))), s ** (size(n) - size(p)), [p < n]),
    "D − l − 2": (
        equal(s ** (size(n) - size(p) - 2) * s, s ** (size(n) - size(p) - 1)), s ** (size(n) - size(p) - 1),
        [p < k, k < n],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", POWERS)
def test_a_power_with_a_negative_exponent_does_not_exist(name):
    fact, power, orders = POWERS[name]
    assert vanishing(fact, power, orders) == {"fact": "proved", "goal": "proved"}
    for fewer in (orders[1:], [], [n < q], [p < k, n < q]):
        assert vanishing(fact, power, fewer) == {"fact": "proved", "goal": "undecided"}


def vanishing(fact, power, orders) -> dict[str, str]:
    """The verdicts that the fact holds, and that by the fact the power of 0 is 0."""
    page = Derivation("powers")
    for order in orders:
        page.assume(order)
    page.have("goal", implies(equal(s, 0), equal(power, 0)), using=[page.have("fact", fact, using=[])])
    return verdicts(page)


def test_a_case_is_not_told_by_a_power_that_need_not_exist():
    for power, stands in ((s ** (size(n) - 1), True), (s ** (size(n) - 2), False), (s ** (size(n) - size(p)), False)):
        page = Derivation("cases")
        told = [(t, [less_than(power, 1)]), (t, [at_most(1, power)])]
        if stands:
            page.cases("cases", t, *told)
        else:
            with pytest.raises(InputError, match=r"tells no case where s.* does not exist"):
                page.cases("cases", t, *told)


def test_what_stands_inside_has_to_exist_too():
    page = Derivation("inside")
    inner = (1 / s) * A
    first = page.have("fact", equal(inv(inner) @ inner, eye(n)), using=[])
    regular = page.assume(invertible(A), "A invertible")
    page.have("goal", implies(equal(A @ x, 0), equal(x, 0)), using=[first])
    page.have("other", implies(equal(s * t, 0), equal(A @ A * t, 0)), using=[first, regular])
    found = verdicts(page)
    assert found["fact"] == "proved"
    assert "proved" not in {found["goal"], found["other"]}


def test_a_quotient_that_the_claim_mentions_may_be_taken_to_exist():
    page = Derivation("quotients")
    first = page.have("fact", equal(2 * s / s, 2), using=[])
    page.have("goal", equal(t * s / s, t), using=[first])
    assert set(verdicts(page).values()) == {"proved"}


def test_what_the_claim_mentions_itself_may_be_taken_to_exist():
    page = Derivation("mentioned")
    first = page.have("fact", equal(inv(A) @ A, eye(n)), using=[])
    page.have("goal", equal(inv(A) @ A @ x, x), using=[first])
    assert verdicts(page)["goal"] == "proved"


def test_an_inverse_that_is_shown_to_be_one_may_be_used():
    page = Derivation("shown")
    rotation, regular = page.assume(orthogonal(U), "U orthogonal"), page.assume(invertible(A), "A invertible")
    first = page.have("fact", equal(inv(U @ A) @ U @ A, eye(n)), using=[])
    turned = page.have("turned", equal(inv(A @ U.T) @ A, U), using=[rotation, regular])
    page.have("goal", implies(equal(U @ A @ x, 0), equal(x, 0)), using=[first, turned, rotation, regular])
    assert set(verdicts(page).values()) == {"proved"}


def test_a_sum_of_squares_and_a_positive_number_has_a_root_and_a_reciprocal():
    page = Derivation("positive")
    first = page.have("root", equal(sqrt(1 + s**2) ** 2 / (1 + s**2), 1), using=[])
    page.have("goal", equal(s * 2 * Fraction(1, 2), s), using=[first])
    assert set(verdicts(page).values()) == {"proved"}


def test_a_copy_that_loses_an_index_beside_a_zero_is_no_error():
    a, i = family("a", n), index("i", n)
    page = Derivation("zero")
    zero = page.assume(equal(s, 0), "s = 0")
    page.have("c", equal(a[i] * s, 0), using=[zero])
    report = check_all([page], Options()).claims[0]
    assert (report.verdict, report.reason) == ("proved", "")


def test_a_letter_tied_to_the_variable_cannot_be_held_constant_however_the_facts_are_named():
    B = matrix("B", n, n)
    page = Derivation("tied")
    tie = page.assume(equal(A @ B, eye(n)), "B inverts A")
    other = page.have("other", equal(tr(U.T), tr(U)))
    slope = equal(gradient(tr(A @ A) + tr(B), A), 2 * A.T)
    page.have("through another claim", slope, using=[other])
    page.have("named", slope, using=[other, tie])
    page.have("alone", slope, using=[])
    found = verdicts(page)
    assert "proved" not in {found["through another claim"], found["named"]}
    assert found["alone"] == "proved"


far = inv(A - 12345 * eye(n))
ELSEWHERE = {
    "an inverse": at(far - far, {A: eye(n)}),
    "an inverse in a value of another": at(s * eye(n) - at(s * eye(n) + far - far, {A: eye(n)}), {s: number(0)}),
    "an inverse of a product": at(inv(A @ A - 12345 * A) - inv(A @ A - 12345 * A), {A: eye(n)}),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_exists_at_another_point_need_not_at_this_one(name):
    """At A = I the inverse exists, which says nothing of A: for A = 12345 I the premise holds, and A is not 0."""
    page = Derivation(name)
    page.have("goal", implies(equal((A - 12345 * eye(n)) @ A, 0), equal(A + ELSEWHERE[name], 0)), using=[])
    report = check_all([page], Options(plant=False, needed=False)).claims[0]
    assert report.verdict in {"undecided", "refuted"}, report.reason
    assert report.certificates == ()


def test_a_value_does_not_change_what_exists_of_the_other_letters():
    page = Derivation("kept")
    page.have("goal", implies(equal(A @ x, 0), equal(at(s * (inv(A) @ A @ x), {s: number(2)}), 0)), using=[])
    page.have("root", implies(equal(s * t, 0), equal(at(b / s * t, {b: 0 * b}), 0)), using=[])
    assert set(verdicts(page).values()) == {"proved"}


i, j = indices("i j", n)
(few,) = dims("m")
chosen = subset("I", n, few)
off_diagonal = 1 / (1 - delta(i, j) + delta(i, j) * (size(n) - 50))
outside = 1 / (indicator(i, chosen) + (1 - indicator(i, chosen)) * (size(n) - 50))
no_terms = total_pairs(i, j, 1 / s)
no_inverses = total_pairs(i, j, tr(inv(A)))
SKIPPED = {
    "no terms at n = 1": implies(equal(s * t, 0), equal(t + no_terms, no_terms)),
    "no inverse at n = 1": implies(equal(A @ x, 0), equal(x + no_inverses * x, no_inverses * x)),
    "terms on the diagonal": implies(
        equal((size(n) - 50) * t, 0), equal(t * total_pairs(i, j, off_diagonal), 0)
    ),
    "terms outside a set": implies(
        equal((size(n) - 50) * t, 0), equal(t * (size(n) - size(few)) * total_in(i, chosen, outside), 0)
    ),
    "the base of a power": implies(equal(s * t, 0), equal(t * (1 / s) ** (size(n) - 1), 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", SKIPPED)
def test_a_divisor_that_is_never_looked_at_need_not_differ_from_zero(name):
    """Each is false: s = 0 and t = 1 at n = 1, or n = 50."""
    page = Derivation(name)
    page.have("goal", SKIPPED[name], using=[])
    crit = page.assume(SKIPPED[name].premises[0], "crit")
    page.have("assumed", SKIPPED[name].conclusion, using=[crit])
    for report in check_all([page], Options(plant=False, needed=False)).claims:
        assert report.verdict != "proved"
        assert report.certificates == ()


def test_a_divisor_that_is_looked_at_elsewhere_or_is_assumed_not_to_be_zero_exists():
    page = Derivation("kept")
    page.have("beside", implies(equal(s * t, 0), equal(t + no_terms + 1 / s, no_terms + 1 / s)), using=[])
    page.have("every term", implies(equal(s * t, 0), equal(t * total(i, 1 / s), 0)), using=[])
    page.have("not zero", implies([less_than(0, s), equal(s * t, 0)], equal(t + no_terms, no_terms)), using=[])
    page.have("not used", equal(2 * no_terms - no_terms, no_terms), using=[])
    assert set(verdicts(page).values()) == {"proved"}


def test_a_divisor_with_a_name_is_looked_at_no_more_than_one_without():
    page = Derivation("named")
    q = page.define("q", s * s)
    terms = page.define("T", total_pairs(i, j, 1 / q))
    for name, part in {
        "divisor": total_pairs(i, j, 1 / q),
        "sum": terms,
        "written": total_pairs(i, j, 1 / (s * s)),
    }.items():
        page.have(name, implies(equal(q * t, 0), equal(t + part, part)), using=[])
    report = check_all([page], Options(plant=False, needed=False))
    assert [claim.certificates for claim in report.claims] == [()] * 3


def test_ends_of_pieces_are_not_vouched_for_by_terms_that_may_not_be_there():
    inside = integral(relu(s * t), t, 0, 1, pieces=[(1 / s, False), (1, True)])
    assert taken_by_pieces(Relation(inside + no_terms, number(0), "=")) == [1 / s]
    assert taken_by_pieces(Relation(inside + 1 / s, number(0), "=")) == []


@pytest.mark.parametrize("name", ["definition of F", "recip#1 (s − 1000003) = 1", "inverse#1 is a right inverse of A"])
def test_an_assumption_may_be_called_as_what_the_program_supposes(name):
    """It is told by where it comes from what an author assumes, and not by its name."""
    page = Derivation("page")
    far = s - 1000003
    fraction = page.define("F", A / far)
    facts = [
        page.have("fact", equal(far * fraction, A), using=[]),
        page.have("one", equal((1 / far) * far, 1), using=[]),
        page.have("inverse", equal(inv(A) @ A, eye(n)), using=[]),
    ]
    named = page.assume(equal(t, t), name)
    page.have("scalar", implies(equal(far * t, 0), equal(t, 0)), using=[*facts, named])
    page.have("sign", less_than(0, far**2), using=[*facts, named])
    page.have("matrix", implies(equal(A @ x, 0), equal(x, 0)), using=[*facts, named])
    assert {verdicts(page)[label] for label in ("scalar", "sign", "matrix")} <= {"undecided", "refuted"}


FAR = relu(s - 10**6)
MOVED = {
    "a root": lambda page: sqrt(page.define("r", FAR + 1)),
    "a ReLU": lambda page: relu(page.define("r", FAR + 1)),
    "an inverse": lambda page: tr(inv(page.define("M", FAR * A + eye(n)))),
    "a reciprocal": lambda page: 1 / page.define("r", FAR + 1),
    "a power": lambda page: page.define("r", FAR + 1) ** size(n),
}


@pytest.mark.parametrize("name", MOVED)
@pytest.mark.parametrize("how", ["gradient", "at"])
def test_what_is_made_of_a_definition_is_not_held_constant_where_its_letters_move(name, how):
    """ReLU(s − 10⁶) + 1 is 1 where anyone looks, and has a slope and other values beyond."""
    page = Derivation("page")
    value = MOVED[name](page)
    moved, claimed = (gradient(value, s), 0) if how == "gradient" else (at(value, {s: number(2 * 10**6)}), t)
    u = scalar("u")
    dummy = page.have("dummy", equal(u, u), using=[])
    page.have("1", implies([equal(value, t), equal(moved, u)], equal(u, claimed)), using=[dummy])
    assert verdicts(page)["1"] != "proved"


def test_that_some_set_exists_is_no_fact_about_every_set():
    d = dims("d")[0]
    i, S = index("i", n), subset("S", n, d)
    p = family("p", n)
    relation = equal(total_in(i, S, (1 - p[i]) * relu(s - 10**6)), 0)
    page = Derivation("page")
    given = [page.assume(equal(p[i] ** 2, p[i])), page.assume(equal(total(i, p[i]), size(d)))]
    page.have("1", exists(members_of(S, i, p[i]), relation), relation, using=given)
    assert verdicts(page)["1"] in {"undecided", "refuted"}
