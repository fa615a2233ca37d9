"""Numbers with roots, equal or not greater, proved by their squares; what is false stays unproved."""

from __future__ import annotations

import pytest

from derive import (
    Derivation,
    at_most,
    dims,
    equal,
    family,
    gradient,
    implies,
    index,
    inner,
    less_than,
    matrix,
    norm2,
    scalar,
    sqrt,
)
from derive.checker import Options, check_claim
from derive.judges.subject import Subject
from derive.language.statements import sequents
from derive.prove.attempt import Attempt, attempted
from derive.prove.lower import distance
from derive.replay import entrywise

D, d = dims("D d")
i = index("i", D)
a, b, c = (scalar(name) for name in "abc")
x, y = family("x", D), family("y", D)
X, Y = matrix("X", D, d), matrix("Y", D, d)
POSITIVE = (less_than(0, a), less_than(0, b))
NEITHER_NEGATIVE = (at_most(0, a), at_most(0, b))


def given(goal, *premises):
    return implies(list(premises), goal)


def norm(expr):
    return sqrt(norm2(expr))


EQUATIONS = {
    "a product": given(equal(sqrt(a) * sqrt(b), sqrt(a * b)), *POSITIVE),
    "of what may be 0": given(equal(sqrt(a) * sqrt(b), sqrt(a * b)), *NEITHER_NEGATIVE),
    "a quotient": given(equal(sqrt(a / b), sqrt(a) / sqrt(b)), *POSITIVE),
    "a square number": given(equal(sqrt(4 * a), 2 * sqrt(a)), at_most(0, a)),
    "a square": given(equal(sqrt(a**2 * b), a * sqrt(b)), *NEITHER_NEGATIVE),
    "of a square": given(equal(sqrt(a**2), a), at_most(0, a)),
    "of the square of what is negative": given(equal(sqrt(a**2), -a), at_most(a, 0)),
    "a root of a root": given(equal(sqrt(sqrt(a)) * sqrt(sqrt(b)), sqrt(sqrt(a * b))), *POSITIVE),
    "a sum of roots": given(equal(sqrt(a) + sqrt(b), sqrt(a + b + 2 * sqrt(a * b))), *NEITHER_NEGATIVE),
    "a norm": given(equal(norm(a * X), a * norm(X)), at_most(0, a)),
}
BOUNDS = {
    "the means": given(at_most(sqrt(a * b), (a + b) / 2), *NEITHER_NEGATIVE),
    "of squares": at_most((a + b) / 2, sqrt((a**2 + b**2) / 2)),
    "it grows": given(at_most(sqrt(a), sqrt(b)), at_most(0, a), at_most(a, b)),
    "its sums": given(at_most(sqrt(a + b), sqrt(a) + sqrt(b)), *NEITHER_NEGATIVE),
    "a tangent": given(at_most(sqrt(1 + a), 1 + a / 2), at_most(-1, a)),
    "at least one": at_most(1, sqrt(1 + a**2)),
    "a side": at_most(a, sqrt(a**2 + b**2)),
    "without roots": given(at_most(a, b), at_most(a**2, b**2), at_most(0, b)),
    "of families, Cauchy and Schwarz": at_most(inner(x, y), norm(x) * norm(y)),
    "of matrices": at_most(inner(X, Y), norm(X) * norm(Y)),
}
FALSE = {
    "a sign forgotten": equal(sqrt(a**2), a),
    "a factor": given(equal(sqrt(4 * a), 4 * sqrt(a)), at_most(0, a)),
    "a sum": given(equal(sqrt(a + b), sqrt(a) + sqrt(b)), *NEITHER_NEGATIVE),
    "the means the other way": given(at_most((a + b) / 2, sqrt(a * b)), *NEITHER_NEGATIVE),
    "it does not shrink": given(at_most(sqrt(b), sqrt(a)), at_most(0, a), at_most(a, b)),
    "below one": given(at_most(sqrt(a), a), at_most(0, a)),
    "squares of what may be negative": given(at_most(a, b), at_most(a**2, b**2)),
    "half of Cauchy and Schwarz": at_most(inner(X, Y), norm(X) * norm(Y) / 2),
    "a triangle with one side": at_most(norm(X + Y), norm(X) + norm(Y) / 2),
}


def checked(relation, **options):
    return check_claim(Derivation("Roots").have("1", relation), Options(**options))


@pytest.mark.parametrize("name", [*EQUATIONS, *BOUNDS])
def test_what_is_true_is_proved(name):
    report = checked({**EQUATIONS, **BOUNDS}[name])
    assert report.verdict == "proved"
    assert report.planted.escaped == ()
    assert "split" in report.steps[0].rules or name in {"a side", "a norm"}


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("name", EQUATIONS)
def test_a_damaged_copy_does_not_agree_by_the_numbers_at_hand(name, seed):
    """√(a² b) = a where b is 1."""
    assert checked(EQUATIONS[name], seed=seed).planted.escaped == ()


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_refuted(name):
    assert checked(FALSE[name], plant=False).verdict == "refuted"


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_not_proved(name):
    """Nor by a search that asks nobody else."""
    (sequent,) = sequents(FALSE[name])
    assert attempted(sequent, Attempt((), frozenset()))[1] is None


def test_roots_of_roots_of_roots_are_squared_twice():
    roots = [sqrt(sqrt(sqrt(value))) for value in (a, b, a * b)]
    (sequent,) = sequents(given(equal(roots[0] * roots[1], roots[2]), *POSITIVE))
    assert attempted(sequent, Attempt((), frozenset()))[1] is not None


def distance_of(relation):
    (sequent,) = sequents(relation)
    return distance(sequent)


def test_a_letter_for_the_distance_is_made_only_where_a_proof_may_need_it():
    assert str(distance_of(at_most(sqrt(a), b))) == "√((b − √a)²)"
    assert distance_of(given(at_most(a, b), at_most(a**2, b**2))) is not None
    assert distance_of(at_most(a, b)) is None
    assert distance_of(at_most(0, sqrt(a))) is None
    assert distance_of(at_most(sqrt(x[i] ** 2), x[i])) is None
    assert distance_of(equal(sqrt(a), b)) is None
    assert distance_of(less_than(sqrt(a), b)) is None


def test_what_moves_is_not_tied_by_that_letter():
    assert checked(at_most(gradient(a**2 * b, a), 2 * a * sqrt(b) * sqrt(b))).verdict == "proved"


def test_what_a_root_is_tied_to_is_said_in_the_words_of_the_page():
    report = checked(given(at_most(gradient(sqrt(a), a), 1 / (2 * sqrt(a))), less_than(0, a)))
    assert "a hypothesis ties (√a) to a" in report.reason


@pytest.mark.parametrize("seed", range(8))
def test_a_model_with_roots_is_no_special_one_where_another_is_found(seed):
    (sequent,) = sequents(given(equal(sqrt(a**2 * b), a * sqrt(b)), *NEITHER_NEGATIVE))
    values = Subject(sequent, (), None, 50, seed).instance({}).values.values()
    assert len({0, 1, *values}) == 4


def test_many_roots_are_no_reason_to_object(monkeypatch):
    monkeypatch.setattr(entrywise, "MOST_ROOTS", 2)
    report = checked(equal(sqrt(a) + sqrt(b), sqrt(a + b + 2 * sqrt(a * b))), plant=False)
    assert [row.ok for row in report.evidence if row.method == "entrywise"] == [None]
    assert report.verdict == "proved"


def test_the_triangle_follows_from_what_was_shown():
    page = Derivation("Norms")
    shown = page.have("1", BOUNDS["of matrices"])
    report = check_claim(page.have("2", at_most(norm(X + Y), norm(X) + norm(Y)), using=[shown]))
    assert [row.ok for row in report.evidence if row.method == "kernel"] == [True]
    assert "split" in report.steps[0].rules


def test_what_holds_for_every_index_is_not_tried_by_squares():
    """The kernel would refuse it: a case is one of a single index."""
    page = Derivation("Roots")
    page.assume(at_most(0, x[i]))
    report = check_claim(page.have("1", equal(sqrt(x[i] ** 2), x[i])), Options(plant=False))
    assert report.verdict != "proved"
    assert "no combination of the hypotheses was found" in report.reason
