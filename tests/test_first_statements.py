"""Small statements that a newcomer writes first: none of them may break a check."""

from __future__ import annotations

import pytest

from derive import Derivation, at_most, dims, equal, family, gradient, index, matrix, norm2, scalar, size, sqrt, tr
from derive.checker import Options, check_all
from derive.errors import InputError


def test_a_derivative_by_what_does_not_occur_is_zero_for_every_judge():
    page = Derivation("constant")
    s, t = scalar("s"), scalar("t")
    page.have("zero", equal(gradient(s, t), 0), using=[])
    page.have("one", equal(gradient(s, t), 1), using=[], expect="refuted")
    report = check_all([page], Options())
    assert report.ok, [claim.reason for claim in report.claims]


def test_a_root_is_looked_at_where_it_is_real():
    page = Derivation("roots")
    page.have("root", at_most(0, sqrt(scalar("s"))), using=[])
    (claim,) = check_all([page], Options()).claims
    assert (claim.verdict, claim.reason) == ("proved", "")


def test_what_prints_alike_is_refused():
    (n,) = dims("n")
    page = Derivation("alike")
    with pytest.raises(InputError, match="n is a symbol and a dimension"):
        page.have("dimension", equal(scalar("n") * size(n), size(n) * scalar("n")))
    x, y = family("x", n, entry="y"), family("y", n)
    i = index("i", n)
    with pytest.raises(InputError, match="entries of x and of y both print as y"):
        page.have("entries", equal(x[i] * y[i], y[i] * x[i]))


def test_squares_are_at_least_zero_however_long_they_are():
    (n,) = dims("n")
    A, x = matrix("A", n, n), family("x", n)
    page = Derivation("squares")
    page.have("norms", at_most(0, norm2(A @ x)), at_most(0, norm2(A @ A @ x)), at_most(0, norm2(A @ A @ A.T)), using=[])
    page.have("traces", at_most(0, tr(A.T @ A)), at_most(0, tr(A @ A.T)), using=[])
    page.have("no square", at_most(0, tr(A @ A)), using=[], expect="refuted")
    assert {claim.label: claim.verdict for claim in check_all([page], Options()).claims} == {
        "norms": "proved", "traces": "proved", "no square": "refuted",
    }  # fmt: skip
