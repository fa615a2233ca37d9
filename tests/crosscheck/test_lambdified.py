"""Lambdified expressions: right in every number system, exact where the numbers are, printers' defects noticed."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from sympy.polys.rings import ring

from derive import (
    binomial,
    diag,
    dims,
    eye,
    family,
    gradient,
    index,
    indices,
    inner,
    inv,
    matrix,
    norm2,
    number,
    relu,
    scalar,
    size,
    sqrt,
    total,
    tr,
)
from derive.crosscheck import lambdified
from derive.crosscheck.lambdified import ExactPrinter, Lambdified
from derive.errors import DeriveError, InputError, NonFiniteError, ShapeError, UndefinedError
from derive.language import nodes as n
from tests.replay.examples import CASES, SETS, SIZES, A, B, S, W, X, energy, instance, loss, oracle

SCALARS = {
    "loss": (loss, (A, B, X)),
    "energy": (energy, (W,)),
    "traces": (tr(S) * tr(S @ A @ B) - 3 * tr(2 * S @ S), (A, B, S)),
    "inner": (inner(S, A @ B) / 7, (A, S)),
    "inverse": (tr(inv(S) @ A @ B), (A, S)),
    "root": (sqrt(norm2(S) ** 2), (S,)),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", CASES)
def test_has_the_value_of_the_tree_at_random_integers(name, seed):
    expr = CASES[name]
    values, places = instance(expr, seed)
    found = Lambdified(expr)({**values, **SETS}, SIZES, places)
    expected = oracle(expr, values, places)
    assert np.shape(found) == np.shape(expected)
    assert np.all(found == expected)
    assert {type(entry) for entry in np.ravel(np.array(found, dtype=object))} <= {int, Fraction}


@pytest.mark.parametrize("name", SCALARS)
def test_gradients_are_exact_and_those_of_the_tree(name):
    expr, variables = SCALARS[name]
    values, places = instance(expr, 5)
    for variable in variables:
        found = Lambdified(expr).gradient(values, variable.name, SIZES)
        symbolic = gradient(expr, variable)
        assert (found == oracle(symbolic, values, places)).all(), variable.name
        assert {type(entry) for entry in found.flat} <= {int, Fraction}


@pytest.mark.parametrize("name", SCALARS)
def test_float_gradients_agree_with_exact_ones(name):
    expr, variables = SCALARS[name]
    values, _ = instance(expr, 6)
    floats = {key: np.array(value, dtype=float) for key, value in values.items()}
    for variable in variables:
        found = Lambdified(expr).gradient(floats, variable.name, SIZES, rational=lambda p, q: p / q)
        exact = Lambdified(expr).gradient(values, variable.name, SIZES).astype(float)
        assert found.dtype == np.float64
        assert np.allclose(found, exact, rtol=1e-9, atol=1e-9 * np.abs(exact).max())


def test_one_function_serves_fifty_digits():
    expr = norm2(S) * Fraction(2, 3) + 1 / (1 + scalar("c") ** 2)
    values, _ = instance(expr, 7)
    with mpmath.workdps(60):
        high = {key: np.vectorize(mpmath.mpf, otypes=[object])(value) for key, value in values.items()}
        found = Lambdified(expr)(high, SIZES, rational=lambda p, q: mpmath.mpf(p) / q)
        exact = Lambdified(expr)(values, SIZES)
        assert mpmath.almosteq(found, mpmath.mpf(exact.numerator) / exact.denominator, rel_eps=mpmath.mpf(10) ** -58)


def test_one_function_serves_polynomials():
    values, _ = instance(loss, 8)
    _, h = ring("h", sp.QQ)
    moved = {key: np.array(value, dtype=object) for key, value in values.items()}
    moved["B"] = moved["B"] + np.full(moved["B"].shape, h, dtype=object)
    found = Lambdified(loss)(moved, SIZES, rational=sp.QQ)
    assert found.degree() == 2
    slope = Lambdified(loss).gradient(values, "B", SIZES).sum()
    assert found.coeff(h) == slope
    assert found.coeff(1) == Lambdified(loss)(values, SIZES)


def test_a_loss_a_column_at_a_time_is_evaluated_in_whole_matrices():
    assert Lambdified(loss).whole
    assert not Lambdified(gradient(loss, B)).whole


def test_integers_beyond_float64_stay_exact():
    draw = random.Random(1)
    rows = [[draw.randrange(2**200) for _ in range(4)] for _ in range(4)]
    wanted = sum(rows[r][c] * rows[c][r] for r in range(4) for c in range(4))
    assert Lambdified(tr(S @ S))({"S": rows}, SIZES) == wanted


# Planted defects ----------------------------------------------------------------------------------------------------


class DotPrinter(ExactPrinter):
    """Prints products as SymPy's stock printer does."""

    def _print_MatMul(self, expr):
        return f"({').dot('.join(self._print(arg) for arg in expr.args)})"


class FloatPrinter(ExactPrinter):
    """Prints rationals as SymPy's stock printer does."""

    def _print_Rational(self, expr):
        return f"{expr.p}/{expr.q}"

    _print_Half = _print_Rational


def test_the_stock_product_gives_a_wrong_gradient_and_ours_does_not():
    expr, values = norm2(X + A @ B @ X), instance(loss, 9)[0]

    class Stock(Lambdified):
        printer = DotPrinter

    expected = oracle(gradient(expr, B), values, {})
    assert (Lambdified(expr).gradient(values, "B", SIZES) == expected).all()
    try:
        wrong = Stock(expr).gradient(values, "B", SIZES)
    except (DeriveError, TypeError, ValueError, AttributeError):
        return
    assert not (np.asarray(wrong) == expected).all()


def test_a_rational_printed_as_a_float_is_noticed():
    class Stock(Lambdified):
        printer = FloatPrinter

    expr = Fraction(2, 3) * norm2(S)
    values, _ = instance(expr, 10)
    with pytest.raises(DeriveError, match="among exact numbers"):
        Stock(expr)(values, SIZES)
    with pytest.raises(DeriveError, match="among exact numbers"):
        Stock(expr).gradient(values, "S", SIZES)


# Dimensions as numbers ----------------------------------------------------------------------------------------------

D, d = dims("D d")
c = scalar("c")
COUNTED = {
    "powers": (c ** (size(D) - 1) + c ** (size(D) - 3), lambda D, d: 7 ** (D - 1) + 7 ** (D - 3)),
    "power of a difference": (c ** (size(D) - size(d) + 1), lambda D, d: 7 ** (D - d + 1)),
    "binomial": (binomial(size(D) + 1, size(d) - 1) * c, lambda D, d: 7 * math.comb(D + 1, d - 1)),
    "binomial of a number": (binomial(size(D) - 1, 2) - binomial(size(d), 0), lambda D, d: math.comb(D - 1, 2) - 1),
    "none": (n.Binomial(D, 0, d, -9), lambda D, d: 0),
}


@pytest.mark.parametrize("sizes", [(3, 2), (5, 2), (4, 4), (6, 3)])
@pytest.mark.parametrize("name", COUNTED)
def test_dimensions_count(name, sizes):
    expr, plain = COUNTED[name]
    found = Lambdified(expr)({"c": 7}, dict(zip("Dd", sizes, strict=True)))
    assert found == plain(*sizes)
    assert type(np.ravel(np.array(found, dtype=object))[0]) in {int, Fraction}


def test_a_power_with_a_negative_exponent_has_no_value():
    with pytest.raises(UndefinedError, match="the exponent -1"):
        Lambdified(c ** (size(D) - 3))({"c": 7}, {"D": 2})


# Refusals -----------------------------------------------------------------------------------------------------------

VALUES = {"A": np.ones((4, 2)), "B": np.ones((2, 4))}


@pytest.mark.parametrize(
    ("expr", "values", "places", "error", "says"),
    [
        (A @ B, {"A": np.ones((4, 2))}, {}, InputError, "no value is given for B"),
        (A @ B, {**VALUES, "A": np.ones((2, 4))}, {}, ShapeError, "A is D×d"),
        (A[index("i", D), index("m", d)], VALUES, {"i": 4, "m": 0}, InputError, "counts from 0"),
        (A[index("i", D), index("m", d)], VALUES, {"i": 3}, InputError, "the index m is None"),
        (A @ B, {**VALUES, "A": np.full((4, 2), np.inf)}, {}, NonFiniteError, "inf"),
        (inv(S), {"S": np.array([[1] * 4] * 4, dtype=object)}, {}, UndefinedError, "singular"),
        (1 / tr(S - eye(D)), {"S": np.eye(4, dtype=int)}, {}, UndefinedError, "division by zero"),
        (sqrt(tr(S)), {"S": np.array([[2] * 4, [0] * 4, [0] * 4, [0] * 4])}, {}, UndefinedError, "no rational"),
    ],
)
def test_refuses_what_it_cannot_evaluate(expr, values, places, error, says):
    with pytest.raises(error, match=says):
        Lambdified(expr)(values, SIZES, places)


def test_refuses_a_gradient_of_a_matrix_and_by_a_stranger():
    with pytest.raises(InputError, match="no scalar"):
        Lambdified(A @ B).gradient(VALUES, "A", SIZES)
    with pytest.raises(InputError, match="differentiated by Q"):
        Lambdified(tr(A @ B)).gradient(VALUES, "Q", SIZES)


def test_a_variable_that_does_not_occur_in_the_result_has_gradient_zero():
    M = matrix("M", D, d)
    expr = tr(A @ B) + 0 * M[index("i", D), index("m", d)]
    values = {name: np.ones((4, 2), dtype=int) for name in ("A", "M")} | {"B": np.ones((2, 4), dtype=int)}
    found = Lambdified(expr).gradient(values, "M", SIZES, {"i": 0, "m": 0})
    assert found.shape == (4, 2)
    assert not found.any()


D, T = S.shape[0], X.shape[1]

# What is computed once ----------------------------------------------------------------------------------------------


def test_what_may_have_no_value_stays_in_a_sum_of_nothing():
    """Also where it is a part of what always has one."""
    x, t = family("x", D), index("t", T)
    for inside in (x.T @ inv(S) @ x, tr(inv(S) @ S), norm2(inv(S)), 1 / tr(S), sqrt(tr(S) - 1) * tr(S)):
        function = Lambdified(total(t, inside * norm2(X[:, t])))
        values = {"X": np.zeros((2, 0), dtype=object), "S": [[0, 0], [0, 0]], "x": [[1], [1]]}
        assert function({name: values[name] for name in function.symbols}, {"D": 2, "T": 0}) == 0
        values["X"] = np.ones((2, 1), dtype=object)
        with pytest.raises(UndefinedError):
            function({name: values[name] for name in function.symbols}, {"D": 2, "T": 1})


def test_what_depends_on_no_summed_index_is_computed_once(monkeypatch):
    i, j = indices("i j", D)
    counted, product = [], lambdified.NAMESPACE["product"]
    monkeypatch.setitem(lambdified.NAMESPACE, "product", lambda *given: counted.append(1) or product(*given))
    rows = [[1, 2, 3], [4, 5, 6], [7, 8, 10]]
    assert Lambdified(total((i, j), (S @ S)[i, j] ** 2))({"S": rows}, {"D": 3}) == (np.dot(rows, rows) ** 2).sum()
    assert len(counted) == 1


def test_names_of_indices_that_look_like_the_programs_own_are_others():
    k, k1 = index("k", D), index("k_1", D)
    rows = np.array([[1, 2], [3, 5]], dtype=object)
    expr = total(k, S[k1, k] * (S @ S)[k, k1])
    found = [Lambdified(expr)({"S": rows}, {"D": 2}, {"k_1": at}) for at in range(2)]
    assert found == np.diag(rows @ rows @ rows).tolist()


def test_a_scalar_among_the_factors_of_a_matrix_is_no_entry_of_its_column():
    q, h, x = index("q", D), family("h", D), family("x", D)
    loss = total(q, tr(diag(x) + h[q] * eye(D)))
    found = Lambdified(gradient(loss, h))({"h": [1, 2, 3], "x": [4, 5, 6]}, {"D": 3})
    assert found.tolist() == [[3], [3], [3]]


def test_a_dimension_is_a_whole_number_in_a_quotient():
    assert Lambdified(1 / relu(size(D) - 5))({}, {"D": 8}) == Fraction(1, 3)


def test_the_root_of_a_negative_number_has_no_value():
    with pytest.raises(UndefinedError, match="no real number"):
        Lambdified(sqrt(number(-2)) * tr(S))
