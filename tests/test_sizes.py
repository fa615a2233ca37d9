"""Equations that hold at some sizes only: judges that look at one of these support them, and they are refuted."""

from __future__ import annotations

import pytest

from derive import (
    Derivation,
    bernoulli,
    delta,
    dims,
    equal,
    expectation,
    eye,
    family,
    gradient,
    indices,
    matrix,
    norm2,
    scalar,
    size,
    total,
    tr,
)
from derive.checker import check_claim

D = dims("D")[0]
i, j = indices("i j", D)
A, q, x = matrix("A", D, D), scalar("q"), family("x", D)
COUNT = total(i, x[i]) - size(D) * q


def product_of_gaps(*numbers):
    """(D − a)(D − b)… tr A."""
    found = tr(A)
    for number in numbers:
        found = (size(D) - number) * found
    return found


HOLD_AT = {
    "a trace, D times": (lambda: equal(size(D) * tr(A), 3 * tr(A)), {3}),
    "at two dimensions": (lambda: equal(product_of_gaps(3, 2), 0 * tr(A)), {2, 3}),
    "at four": (lambda: equal(product_of_gaps(1, 2, 3, 4), 0 * tr(A)), {1, 2, 3, 4}),
    "at three, as a trace": (
        lambda: equal((tr(eye(D)) - 3) * (tr(eye(D)) - 2) * (tr(eye(D)) - 1), 0), {1, 2, 3},
    ),
    "the trace of I": (lambda: equal(tr(eye(D)), 3), {3}),
    "the norm of I": (lambda: equal(norm2(eye(D)), 2), {2}),
    "beside another": (lambda: equal(tr(A) * tr(eye(D)), 3 * tr(A)), {3}),
    "a sum of ones": (lambda: equal(total(i, q), 3 * q), {3}),
    "a sum of deltas": (lambda: equal(total(i, total(j, delta(i, j) * x[i] * 0 + delta(i, j))), 2), {2}),
    "a gradient": (lambda: equal(gradient(tr(A @ A), A), 2 * A.T * size(D) / 3), {3}),
    "a fourth moment": (
        lambda: equal(
            expectation({x: bernoulli(q)})(COUNT**4), size(D) * q * (1 - q) * (1 + 3 * q * (1 - q))
        ),
        {3},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOLD_AT)
def test_it_is_refuted_at_a_size_at_which_it_fails(name):
    statement, holds = HOLD_AT[name]
    claim = Derivation("sizes").have("claim", statement(), expect="refuted")
    report = check_claim(claim)
    assert (report.verdict, report.planted.escaped) == ("refuted", ())
    assert report.planted.tried == report.planted.caught > 0
    found = report.steps[0].counterexample.sizes
    assert found["D"] not in holds


@pytest.mark.parametrize("expect", ["proved", "refuted"])
def test_what_holds_at_all_sizes_is_proved(expect):
    claim = Derivation("sizes").have("claim", equal(size(D) * total(i, q), size(D) ** 2 * q), expect=expect)
    report = check_claim(claim)
    assert (report.verdict, report.ok) == ("proved", expect == "proved")


def test_a_broken_judge_is_not_taken_for_one_that_looked_elsewhere(monkeypatch):
    """One that supports what is false at its own size contradicts the counterexample."""
    from derive.judges import entries

    monkeypatch.setattr(entries.SymbolicPoint, "is_zero", lambda *_: True)
    claim = Derivation("sizes").have("claim", equal(norm2(A), 2 * norm2(A)), expect="refuted")
    report = check_claim(claim)
    assert any("entrywise does not object" in told for told in report.planted.escaped)


def test_a_size_without_a_value_there_tells_nothing():
    """Where the judges looked there is no exact value: nothing says that the equation holds there."""
    from derive.checker import _holds_where_looked
    from derive.errors import UndefinedError
    from derive.report import Evidence

    class Result:
        evidence = (Evidence("numeric", True, "", sizes=({"D": 3},)),)

        class subject:  # noqa: N801
            goal = equal(tr(A), tr(A))

            @staticmethod
            def evaluator(sizes):
                raise UndefinedError(f"√2 at {sizes}")

    assert not _holds_where_looked(Result)
