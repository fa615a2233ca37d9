"""Derivatives by differences: exact for polynomials, to the digits asked for otherwise."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import mpmath
import numpy as np
import pytest

from derive import at, dims, family, gradient, indices, inner, inv, matrix, norm2, rate, scalar, sqrt, total, tr
from derive.crosscheck.differences import central_weights, degree, directional, exact_directional, gradient_by
from derive.evaluate import array

D, d = dims("D d")
A, B, S = matrix("A", D, d), matrix("B", d, D), matrix("S", D, D)
lam, c = family("λ", D), scalar("c")
i, j = indices("i j", D)

DEGREES = {
    "constant": (norm2(A), "B", 0),
    "linear": (tr(A @ B), "B", 1),
    "square": (norm2(A @ B), "B", 2),
    "product of two": (inner(A, A) * tr(A @ B), "A", 3),
    "fourth": (norm2(A.T @ A), "A", 4),
    "power": ((1 - norm2(A)) ** 3, "A", 6),
    "sum of powers": (total(i, lam[i] ** 5 + lam[i]), "λ", 5),
    "over a number": (norm2(A) / 3, "A", 2),
    "over another letter": (norm2(A) / (1 + c**2), "A", 2),
    "in the divisor": (norm2(A) / (1 + c**2), "c", None),
    "under a root": (sqrt(1 + norm2(A)), "A", None),
    "another under a root": (sqrt(1 + c**2) * norm2(A), "A", 2),
    "in an inverse": (tr(inv(S)), "S", None),
    "beside an inverse": (tr(inv(S) @ A @ B), "A", 1),
    "in a gradient": (norm2(gradient(norm2(A), A)), "A", None),
    "in a rate": (norm2(rate(A, {A: A})), "A", None),
    "where a value is put in": (at(norm2(A), {A: B.T}), "B", None),
}


@pytest.mark.parametrize("name", DEGREES)
def test_the_degree_is_bounded_or_there_is_none(name):
    expr, letter, expected = DEGREES[name]
    assert degree(expr, letter) == expected


@pytest.mark.parametrize("most", range(1, 13))
def test_central_weights_are_exact_for_every_power_up_to_the_degree(most):
    weights = central_weights(most)
    assert len(weights) == (most + 1) // 2
    for power in range(most + 1):
        found = sum(w * (k**power - (-k) ** power) for k, w in enumerate(weights, start=1))
        assert found == (1 if power == 1 else 0)


@pytest.mark.parametrize("odd", [3, 5, 7])
def test_central_weights_for_too_low_a_degree_are_wrong(odd):
    weights = central_weights(odd - 2)
    assert sum(w * (k**odd - (-k) ** odd) for k, w in enumerate(weights, start=1)) != 0


def polynomial(most, seed):
    """A polynomial of this degree in two entries, and its derivative by hand."""
    draw = Random(seed)
    rows = {(p, most - p): draw.randint(1, 9) for p in range(most + 1)} | {(0, 0): draw.randint(1, 9)}

    def value(x):
        return sum(a * x[0, 0] ** p * x[0, 1] ** q for (p, q), a in rows.items())

    def slope(x, v):
        by_0 = sum(a * p * x[0, 0] ** (p - 1) * x[0, 1] ** q for (p, q), a in rows.items() if p)
        by_1 = sum(a * q * x[0, 0] ** p * x[0, 1] ** (q - 1) for (p, q), a in rows.items() if q)
        return by_0 * v[0, 0] + by_1 * v[0, 1]

    return value, slope


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most", range(1, 7))
def test_a_directional_derivative_is_exact_on_large_integers(most, seed):
    value, slope = polynomial(most, seed)
    draw = Random(seed + 100)
    at_point, along = (array([[draw.randint(-(2**31), 2**31) for _ in range(2)]]) for _ in range(2))
    found = exact_directional(value, at_point, along, most)
    assert found == slope(at_point, along)
    assert type(found) in (int, Fraction)


@pytest.mark.parametrize("most", [3, 4, 5, 6])
def test_a_directional_derivative_with_too_low_a_degree_is_not_exact(most):
    value, slope = polynomial(most, 1)
    point, along = array([[2, 3]]), array([[1, -2]])
    assert exact_directional(value, point, along, most - 2) != slope(point, along)


FUNCTIONS = {
    "root": (lambda x: mpmath.sqrt(1 + x[0, 0] ** 2), lambda x: x[0, 0] / mpmath.sqrt(1 + x[0, 0] ** 2)),
    "quotient": (lambda x: 1 / (3 + x[0, 0]), lambda x: -1 / (3 + x[0, 0]) ** 2),
    "exponential": (lambda x: mpmath.exp(x[0, 0]), lambda x: mpmath.exp(x[0, 0])),
}


@pytest.mark.parametrize("digits", [15, 50, 120])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_difference_has_the_digits_that_are_asked_for(name, digits):
    value, slope = FUNCTIONS[name]
    with mpmath.workdps(2 * digits + 20):
        point, unit = array([[mpmath.mpf(2) / 3]]), array([[1]])
        found, exact = directional(value, point, unit, digits), slope(point)
        assert abs(found - exact) < abs(exact) * mpmath.mpf(10) ** -digits


@pytest.mark.parametrize("name", FUNCTIONS)
def test_two_precisions_agree_to_the_lower_one(name):
    value, _ = FUNCTIONS[name]
    with mpmath.workdps(200):
        point, unit = array([[mpmath.mpf(5) / 7]]), array([[1]])
        low, high = (directional(value, point, unit, digits) for digits in (30, 80))
        assert abs(low - high) < abs(high) * mpmath.mpf(10) ** -30
        assert low != high


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_global_precision_is_left_as_it_was(name):
    value, _ = FUNCTIONS[name]
    before = mpmath.mp.prec
    directional(value, array([[mpmath.mpf(1)]]), array([[1]]), 60)
    assert mpmath.mp.prec == before


def test_the_global_precision_is_left_as_it_was_after_a_failure():
    def fails(x):
        raise ValueError("no value here")

    before = mpmath.mp.prec
    with pytest.raises(ValueError, match="no value here"):
        directional(fails, array([[mpmath.mpf(1)]]), array([[1]]), 60)
    assert mpmath.mp.prec == before


def test_a_gradient_is_a_derivative_along_every_unit():
    point = array([[1, 2, 3], [4, 5, 6]])

    def along(function, at_point, unit):
        return exact_directional(function, at_point, unit, 3)

    found = gradient_by(along, lambda x: sum(entry**3 for entry in x.ravel().tolist()), point)
    assert found.tolist() == [[3 * entry**2 for entry in row] for row in point.tolist()]
    assert point.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert gradient_by(along, lambda x: x**3, 7) == 147
    assert np.shape(found) == (2, 3)
