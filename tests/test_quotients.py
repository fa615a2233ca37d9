"""Derivatives of quotients: what is true of them is proved where no divisor is 0, and what is false never is."""

from __future__ import annotations

import pytest

from derive import (
    Derivation,
    at,
    delta,
    dims,
    equal,
    eye,
    family,
    gradient,
    implies,
    indices,
    inner,
    inv,
    less_than,
    matrix,
    norm2,
    number,
    rate,
    relu,
    scalar,
    sqrt,
    total,
    tr,
)
from derive.checker import Options, check_all, check_claim

n, p = dims("n p")
A, B, X, H = matrix("A", n, n), matrix("B", n, n), matrix("X", n, p), matrix("H", n, p)
v, w = family("v", n), family("w", n)
x, y, z = scalar("x"), scalar("y"), scalar("z")
i, j, k = indices("i j k", n)

f, g = norm2(A @ w), 1 + inner(v, w) ** 2
rayleigh = inner(w, A @ w) / norm2(w)

TRUE = {
    "x/(x² + 1)": equal(gradient(x / (x**2 + 1), x), (1 - x**2) / (x**2 + 1) ** 2),
    "the quotient rule": equal(gradient(f / g, w), (g * gradient(f, w) - f * gradient(g, w)) / g**2),
    "the quotient rule along a direction": equal(
        rate(f / g, {w: v}), (g * rate(f, {w: v}) - f * rate(g, {w: v})) / g**2
    ),
    "a divisor that is a slope": equal(
        gradient(1 / gradient(1 / x + x**2, x), x), -(2 + 2 / x**3) / (2 * x - 1 / x**2) ** 2
    ),
    "Rayleigh quotient": equal(gradient(rayleigh, w), ((A + A.T) @ w - 2 * rayleigh * w) / norm2(w)),
    "Rayleigh quotient, for several columns": equal(
        gradient(tr(X.T @ A @ X) / tr(X.T @ X), X),
        (A + A.T) @ X / tr(X.T @ X) - 2 * tr(X.T @ A @ X) / tr(X.T @ X) ** 2 * X,
    ),
    "Rayleigh quotient along its own vector": equal(rate(rayleigh, {w: w}), 0),
    "w/‖w‖²": equal(rate(w / norm2(w), {w: v}), v / norm2(w) - 2 * inner(v, w) / norm2(w) ** 2 * w),
    "traces": equal(gradient(tr(A) / tr(B), B), -tr(A) / tr(B) ** 2 * eye(n)),
    "traces of products": equal(
        rate(tr(A) / tr(A @ B), {A: B}), tr(B) / tr(A @ B) - tr(A) * tr(B @ B) / tr(A @ B) ** 2
    ),
    "weights that sum to 1": equal(
        gradient(w[i] / total(k, w[k]), w)[j], (delta(i, j) - w[i] / total(k, w[k])) / total(k, w[k])
    ),
    "a quotient for each": equal(
        gradient(total(i, v[i] / (1 + w[i] ** 2)), w)[j], -2 * w[j] * v[j] / (1 + w[j] ** 2) ** 2
    ),
    "two divisors that move together": equal(
        gradient(1 / x + 1 / (1 - x), x), (2 * x - 1) / (x**2 * (1 - x) ** 2)
    ),
    "a continued fraction": equal(gradient(1 / (x + 1 / (x + 1 / x)), x),
                                  -(x**4 + x**2 + 2) / (x**3 + 2 * x) ** 2),
    "the second derivative": equal(gradient(gradient(1 / x, x), x), 2 / x**3),
    "mixed derivatives": equal(gradient(gradient(x / (x + y), x), y), (x - y) / (x + y) ** 3),
    "the Hessian of 1/‖w‖²": equal(
        rate(gradient(1 / norm2(w), w), {w: v}), 8 * inner(v, w) / norm2(w) ** 3 * w - 2 / norm2(w) ** 2 * v
    ),
    "Newton's step for 1/y": equal(x - (1 / x - y) / gradient(1 / x - y, x), x * (2 - x * y)),
    "a quotient that is 1": equal(gradient((x + y) / (x + y), x), 0),
    "along a flow": equal(rate(x / y, {x: y, y: x}), 1 - x**2 / y**2),
    "at other values of the other letters": equal(at(gradient(y / x, x), {y: z**2}), -(z**2) / x**2),
    "implied": implies(equal(gradient(y / x + x, x), 0), equal(y, x**2)),
}  # fmt: skip


def claimed(statement):
    return Derivation("Quotients").have("1", statement)


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_of_a_quotient_is_proved_and_no_planted_error_escapes(name):
    report = check_claim(claimed(TRUE[name]), Options())
    assert report.verdict == "proved", report.reason
    assert {row.method: row.ok for row in report.evidence}["faithful"] is True
    assert report.planted.escaped == ()
    assert report.planted.tried > 0


FALSE = {
    "a sign": equal(gradient(1 / x, x), 1 / x**2),
    "a factor": equal(gradient(y / x**2, x), -y / x**3),
    "a power": equal(gradient(1 / x, x), -1 / x),
    "held constant": equal(gradient(1 / (1 + x**2), x), 0),
    "as if only the top moved": equal(gradient(x / (x + y), x), 1 / (x + y)),
    "the top forgotten": equal(gradient(x / (x + y), x), -x / (x + y) ** 2),
    "the second derivative's sign": equal(gradient(gradient(1 / x, x), x), -2 / x**3),
    "the second derivative's factor": equal(gradient(gradient(1 / x, x), x), 1 / x**3),
    "an index": equal(gradient(v[i] / w[i], w)[j], -v[j] / w[i] ** 2),
    "w/‖w‖² without its second term": equal(rate(w / norm2(w), {w: v}), v / norm2(w)),
    "Rayleigh quotient of what is not symmetric": equal(
        gradient(rayleigh, w), 2 * (A @ w - rayleigh * w) / norm2(w)
    ),
    "transposed": equal(gradient(1 / tr(A @ B), A), -B / tr(A @ B) ** 2),
    "along another direction": equal(rate(1 / norm2(w), {w: v}), -2 / norm2(w)),
    "at another point, at this one": equal(at(gradient(1 / x, x), {x: y}), -1 / x**2),
    "a slope at a point for one of the value": equal(at(gradient(1 / x, x), {x: y}), gradient(at(1 / x, {x: y}), x)),
    "another divisor's": equal(gradient(1 / (1 + x), x) * (1 + x) ** 2, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_of_a_quotient_is_refuted(name):
    report = check_claim(claimed(FALSE[name]), Options(plant=False))
    assert report.verdict in {"refuted", "error"}, report.reason
    assert report.certificates == ()


# Divisors that are zero ---------------------------------------------------------------------------------------------

NOWHERE = {
    "1/(x − x)": gradient(1 / (x - x), x),
    "(x − x)/(x − x)": gradient((x - x) / (x - x), x),
    "0/(y − y)": gradient(0 / (y - y) + x, x),
    "1/(tr A − tr Aᵀ)": gradient(x / (tr(A) - tr(A.T)), x),
    "1/(1/x − 1/x)": gradient(1 / (1 / x - 1 / x), x),
    "along": rate(y / (x - x), {x: y}),
    "1/0 after all": gradient(1 / (1 - x / x), x),
}


@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize("name", NOWHERE)
def test_nothing_is_proved_of_what_exists_nowhere(name, value):
    """From p · 0 = 1 everything follows; but nothing of it can be compared with what was written."""
    report = check_claim(claimed(equal(NOWHERE[name], value)), Options())
    assert report.verdict in {"undecided", "undefined"}, report.reason


AT_ZERO = {
    "a slope": implies(equal(x, 0), equal(gradient(y / x, x), 0)),
    "a slope that cancels": implies(equal(x, 0), equal(gradient(x / x, x), 0)),
    "along": implies(equal(x, 0), equal(rate(y / x, {y: z}), z)),
    "at a value": equal(at(gradient(1 / x, x), {x: number(0)}), 0),
    "at a value, of what cancels": equal(at(gradient(x / x, x), {x: x - x}), 0),
}


@pytest.mark.parametrize("name", AT_ZERO)
def test_nothing_is_proved_of_a_slope_where_the_divisor_is_zero(name):
    report = check_claim(claimed(AT_ZERO[name]), Options())
    assert report.verdict not in {"proved", "proved-at", "agrees"}, report.reason


def test_a_slope_does_not_bring_along_that_its_quotient_exists():
    page = Derivation("exists")
    fact = page.have("fact", equal(x**2 * gradient(1 / x, x), -1), using=[])
    page.have("goal", implies(equal(x * y, 0), equal(y, 0)), using=[fact])
    positive = page.assume(less_than(0, x), "0 < x")
    page.have("where", implies(equal(x * y, 0), equal(y, 0)), using=[fact, positive])
    report = check_all([page], Options(plant=False, needed=False))
    assert [claim.verdict for claim in report.claims] == ["proved", "undecided", "proved"]
    assert "1/x exists, which the claim neither mentions nor assumes" in report.claims[1].reason


# What moves, and what does not --------------------------------------------------------------------------------------

OPEN = {
    "at another point": equal(at(1 / x, {x: y}), 1 / y),
    "the slope of a value": equal(gradient(at(1 / (1 + y), {y: z}), z), -1 / (1 + z) ** 2),
    "a slope at another point": equal(at(gradient(1 / x, x), {x: y}), -1 / y**2),
    "a root in the divisor": equal(gradient(1 / (1 + sqrt(1 + x**2)) + 1, x), gradient(1 / (1 + sqrt(1 + x**2)), x)),
    "an inverse in the divisor": equal(gradient(1 / tr(inv(A)) + 1, A), gradient(1 / tr(inv(A)), A)),
    "a ReLU in the divisor": equal(gradient(1 / (1 + relu(x)) + 1, x), gradient(1 / (1 + relu(x)), x)),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_the_kernel_does_not_move_agrees_only(name):
    report = check_claim(claimed(OPEN[name]), Options(plant=False))
    assert report.verdict in {"agrees", "proved-at"}
    assert "cannot be held constant" in report.reason


def test_an_equation_of_the_authors_makes_no_reciprocal():
    """Where x y = 1 is assumed, ∂(x y)/∂y is x, as everywhere, and not 0; and it is not asked what x is elsewhere."""
    page = Derivation("tied")
    tie = page.assume(equal(x * y, 1), "x y = 1")
    for label, value in (("zero", 0), ("x", x), ("−x", -x)):
        page.calc(label, gradient(x * y, y), value, using=[tie])
    page.calc("quotient", gradient(1 / y, y), -1 / y**2, using=[])
    found = {claim.label: claim.verdict for claim in check_all([page], Options(plant=False, needed=False)).claims}
    assert found["quotient"] == "proved"
    assert "proved" not in {found[label] for label in ("zero", "x", "−x")}


def test_what_is_assumed_of_a_quotient_ties_its_letters():
    """With 1/(x y) = 2 assumed, y changes as x does; where nothing is assumed, it does not."""
    page = Derivation("tied")
    page.calc("free", gradient(x * y / (1 + x * y), x), y / (1 + x * y) ** 2, using=[])
    tie = page.assume(equal(1 / (x * y), 2), "1/(x y) = 2")
    page.calc("tied", gradient(x * y, x), y, using=[tie])
    found = [claim.verdict for claim in check_all([page], Options(plant=False, needed=False)).claims]
    assert found == ["proved", "undecided"]
