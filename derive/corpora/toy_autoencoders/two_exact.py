"""The two-sparse part of the ReLU loss and its gradient as exact rational numbers, for rational W and b.

The loss at x = u e_f + v e_h, averaged over u and v in [0, 1] and summed over the pairs f < h. The ReLU of output m is
on in the part of the square where g_mf u + g_mh v ≥ b_m: a polygon with rational corners, over which a polynomial of
degree two is integrated by Green's theorem, corner by corner. There is no quadrature in this, and no rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, permutations
from math import comb, factorial

import numpy as np

from derive.corpora.toy_autoencoders.one_sparse import gram, refuse_kinks
from derive.errors import TypingError, UndefinedError

Point = tuple[Fraction, Fraction]
Moments = dict[tuple[int, int], Fraction]
"""∫∫ u^i v^j over a polygon, by (i, j), for i + j ≤ 2."""
SQUARE: tuple[Point, ...] = tuple((Fraction(u), Fraction(v)) for u, v in ((0, 0), (1, 0), (1, 1), (0, 1)))


def loss(W: np.ndarray, b: np.ndarray, importance: Sequence[Fraction] | None = None) -> Fraction:
    """The loss, for a matrix W of d rows and D columns and a vector b of D thresholds.

    Args:
        W, b: arrays of ints and Fractions.
        importance: a weight for each of the D outputs; 1 where none is given.

    Raises:
        ShapeError: b has not one entry for each column of W.
        TypingError: an entry is no int and no Fraction.

    >>> print(loss(np.array([[1, -1]]), np.array([0, 0])))
    1/3
    """
    G, b, weights = _given(W, b, importance)
    size = len(b)
    parts = (
        weights[m] * output(G[m, f], G[m, h], b[m], int(m == f), int(m == h))
        for f, h in combinations(range(size), 2)
        for m in range(size)
    )
    return sum(parts, Fraction(0))


def gradient(
    W: np.ndarray, b: np.ndarray, importance: Sequence[Fraction] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of the loss by W and by b.

    Raises:
        ShapeError: b has not one entry for each column of W.
        TypingError: an entry is no int and no Fraction.
        UndefinedError: a column of W and its threshold are 0: there is a kink there.
    """
    G, b, weights = _given(W, b, importance)
    refuse_kinks(G, b)
    size = len(b)
    by_G, by_b = G * Fraction(0), b * Fraction(0)
    for f, h in permutations(range(size), 2):  # each pair occurs twice, once with f first
        for m in range(size):
            by_g, _, by_bias = slopes(G[m, f], G[m, h], b[m], int(m == f), int(m == h))
            by_G[m, f] += weights[m] * by_g
            by_b[m] += weights[m] * by_bias / 2
    return W @ (by_G + by_G.T), by_b


def output(g: Fraction, h: Fraction, b: Fraction, c: Fraction | int, e: Fraction | int) -> Fraction:
    """∫∫ (c u + e v − ReLU(g u + h v − b))² over the square: that of the target's square, and what the ReLU changes.

    >>> print(output(Fraction(1), Fraction(-1), Fraction(0), 0, 0))
    1/12
    """
    on = moments(clipped(SQUARE, g, h, -b))
    target, before = (Fraction(c), Fraction(e), Fraction(0)), (Fraction(g), Fraction(h), -Fraction(b))
    return _product(target, target, WHOLE) - 2 * _product(target, before, on) + _product(before, before, on)


def slopes(
    g: Fraction, h: Fraction, b: Fraction, c: Fraction | int, e: Fraction | int
) -> tuple[Fraction, Fraction, Fraction]:
    """The derivatives of ``output`` by g, h and b: 2∫∫ (ReLU's argument − target) times u, v and −1 where it is on.

    That the line moves adds nothing, since on the line the ReLU is 0.

    Raises:
        UndefinedError: g, h and b are 0, and the target is not: the ReLU turns on everywhere at once.
    """
    if not (g or h or b) and (c or e):
        raise UndefinedError("there is no derivative where g, h and b are 0")
    on = moments(clipped(SQUARE, g, h, -b))
    error = (Fraction(g) - c, Fraction(h) - e, -Fraction(b))
    u, v, one = (tuple(Fraction(int(place == other)) for other in range(3)) for place in range(3))
    return 2 * _product(error, u, on), 2 * _product(error, v, on), -2 * _product(error, one, on)


def clipped(polygon: Sequence[Point], g: Fraction, h: Fraction, start: Fraction) -> list[Point]:
    """The part of a convex polygon in which g u + h v + start ≥ 0, by the corners of it, in order."""
    found: list[Point] = []
    for one, other in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        here, there = (g * u + h * v + start for u, v in (one, other))
        if here >= 0:
            found.append(one)
        if here * there < 0:
            share = Fraction(here) / (here - there)
            found.append((one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])))
    return found


def moments(polygon: Sequence[Point]) -> Moments:
    """∫∫ u^i v^j, as a sum over triangles from the origin to each edge: on the triangle with corners 0, p and q,

    ∫∫ u^i v^j = (p × q) Σ C(i, k) C(j, l) p_u^k q_u^(i−k) p_v^l q_v^(j−l) (k + l)! (i + j − k − l)! / (i + j + 2)!
    """
    found = {(i, j): Fraction(0) for i in range(3) for j in range(3 - i)}
    for p, q in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        area = p[0] * q[1] - p[1] * q[0]
        for i, j in found:
            found[i, j] += area * sum((
                comb(i, k) * comb(j, l) * p[0] ** k * q[0] ** (i - k) * p[1] ** l * q[1] ** (j - l)
                * factorial(k + l) * factorial(i + j - k - l)
                for k in range(i + 1) for l in range(j + 1)
            ), Fraction(0)) / factorial(i + j + 2)  # fmt: skip
    return found


WHOLE = moments(SQUARE)


def _product(one: tuple[Fraction, ...], other: tuple[Fraction, ...], over: Moments) -> Fraction:
    """∫∫ of the product of two linear functions, each given by its slopes in u and v and its value at 0."""
    powers = ((1, 0), (0, 1), (0, 0))
    terms = (
        a * z * over[i + k, j + l]
        for a, (i, j) in zip(one, powers, strict=True)
        for z, (k, l) in zip(other, powers, strict=True)
    )
    return sum(terms, Fraction(0))


def _given(
    W: np.ndarray, b: np.ndarray, importance: Sequence[Fraction] | None
) -> tuple[np.ndarray, np.ndarray, Sequence[Fraction]]:
    """G = WᵀW, b, and the weights, all exact."""
    weights = [Fraction(1)] * b.shape[-1] if importance is None else importance
    for value in (*W.ravel().tolist(), *b.ravel().tolist(), *weights):
        if not isinstance(value, int | Fraction):
            raise TypingError(f"{value!r} is no int and no Fraction: this is exact, and takes no rounded number")
    G, b = gram(W.astype(object), b.astype(object))
    return G, b, weights
