"""Derivatives by differences: exact for polynomials over the integers, and at any number of digits for the rest."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial
from typing import Any

import mpmath
import numpy as np

from derive.evaluate import array
from derive.language.degree import degree

__all__ = ["central_weights", "degree", "directional", "exact_directional", "gradient_by"]

Function = Callable[[Any], Any]
"""A number for an array."""

GUARD_BITS = 40
"""Bits beyond doubled precision: without them a difference loses up to five digits of fifty."""


def central_weights(degree: int) -> list[Fraction]:
    """Weights w_1 … w_m with f′(0) = Σ_k w_k (f(k) − f(−k)), exact for polynomials up to ``degree``.

    >>> central_weights(4)
    [Fraction(2, 3), Fraction(-1, 12)]
    """
    m = max((degree + 1) // 2, 1)
    square = factorial(m) ** 2
    return [Fraction((-1) ** (k + 1) * square, k * factorial(m - k) * factorial(m + k)) for k in range(1, m + 1)]


def exact_directional(function: Function, at: np.ndarray, direction: np.ndarray, degree: int) -> Any:
    """The derivative along ``direction`` of a polynomial of at most ``degree``, as an equality of exact numbers."""
    rows = zip(central_weights(degree), range(1, degree + 2), strict=False)
    return sum(w * (function(at + k * direction) - function(at - k * direction)) for w, k in rows)


def directional(function: Function, at: np.ndarray, direction: np.ndarray, digits: int) -> Any:
    """The derivative along ``direction`` to ``digits`` digits, by a central difference at doubled precision."""
    with mpmath.workdps(digits):
        precision = mpmath.mp.prec
    with mpmath.workprec(2 * precision + GUARD_BITS):
        step = mpmath.mpf(2) ** -(precision + 10)
        return (function(at + step * direction) - function(at - step * direction)) / (2 * step)


def gradient_by(along: Callable[[Function, np.ndarray, np.ndarray], Any], function: Function, at: Any) -> Any:
    """Every entry of a gradient, from derivatives along the unit directions."""
    if not isinstance(at, np.ndarray):
        return along(lambda value: function(value[0, 0]), array([[at]]), array([[1]]))
    result = np.empty(at.shape, dtype=object)
    for place in np.ndindex(*at.shape):
        unit = array([[0] * at.shape[1] for _ in range(at.shape[0])])
        unit[place] = 1
        result[place] = along(function, at, unit)
    return result
