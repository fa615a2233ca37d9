"""The two-sparse part of the ReLU loss in floating numbers: exact but for rounding, by integration over polygons.

The loss at x = u e_f + v e_h, averaged over u and v in [0, 1] and summed over the pairs f < h. The ReLU of output m is
on at one side of the line g_mf u + g_mh v = b_m, which cuts the square in two polygons, and on each the integrand is a
polynomial of degree two. Between the places where the line meets v = 0 and v = 1 its integral over v is a cubic in u,
and the rule of Gauss and Legendre with two points, which integrates every cubic exactly, is all that is needed.

``two_exact`` has the same as rational numbers, and ``relu_pairs`` in closed form.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from derive.corpora.toy_autoencoders.one_sparse import gram, refuse_kinks, weighted

Floats = np.ndarray
GAUSS = (0.5 - 0.75**0.5 / 3, 0.5 + 0.75**0.5 / 3)
"""The two points of the rule in [0, 1]; the weight of each is ½."""


def loss(W: Floats, b: Floats, importance: Floats | None = None) -> Floats | float:
    """The loss; the arguments are those of ``one_sparse.loss``.

    Raises:
        ShapeError: b has not one entry for each column of W.

    >>> round(loss(np.zeros((2, 5)), np.zeros(5)), 9)  # ∫∫ u² + v² du dv for each of 10 pairs
    6.666666667
    """
    G, b = gram(W, b)
    own, other, pairs = _targets(b.shape[-1])
    found = np.zeros((*G.shape, G.shape[-1]))
    for u, v, weight, before in _points(G, b):
        found += weight * (own * u + other * v - np.maximum(before, 0)) ** 2
    return weighted((found * pairs).sum(axis=(-1, -2)) / 2, importance)


def gradient(W: Floats, b: Floats, importance: Floats | None = None) -> tuple[Floats, Floats]:
    """The gradient of the loss by W and by b.

    Raises:
        ShapeError: b has not one entry for each column of W.
        UndefinedError: a column of W and its threshold are 0: there is a kink there.
    """
    G, b = gram(W, b)
    refuse_kinks(G, b)
    own, other, pairs = _targets(b.shape[-1])
    by_g, by_b = np.zeros((2, *G.shape, G.shape[-1]))
    for u, v, weight, before in _points(G, b):
        slope = weight * np.where(before > 0, before - own * u - other * v, 0)
        by_g += 2 * u * slope  # every pair occurs twice, once with f first
        by_b -= slope
    weights = np.ones(b.shape[-1]) if importance is None else importance
    by_G, by_b = ((values * pairs).sum(axis=-1) * weights[..., None] for values in (by_g, by_b))
    return W @ (by_G + by_G.swapaxes(-1, -2)), by_b.sum(axis=-1)


def _targets(size: int) -> tuple[Floats, Floats, Floats]:
    """For m, f and h: 1 where m = f, where m = h, and where f and h are two."""
    same = np.eye(size)
    return same[:, :, None], same[:, None, :], 1 - same


def _points(G: Floats, b: Floats) -> Iterator[tuple[Floats, Floats, Floats, Floats]]:
    """u, v, the weight, and what the ReLU is of, for every m, f and h: at the points of the rule in each polygon."""
    first, second, bias = np.broadcast_arrays(G[..., :, None], G[..., None, :], b[..., None, None])
    zero = np.zeros(first.shape)
    cuts = [zero, *np.sort([_inside(bias, first), _inside(bias - second, first)], axis=0), zero + 1]
    for low, high in pairwise(cuts):
        for at in GAUSS:
            u = low + (high - low) * at
            kink = _inside(bias - first * u, second)
            for start, end in ((zero, kink), (kink, zero + 1)):
                for at_v in GAUSS:
                    v = start + (end - start) * at_v
                    yield u, v, (high - low) * (end - start) / 4, first * u + second * v - bias


def _inside(top: Floats, bottom: Floats) -> Floats:
    """The quotient, or the end of [0, 1] next to it; 0 where there is none."""
    with np.errstate(over="ignore"):
        found = np.divide(top, bottom, out=np.zeros(top.shape), where=bottom != 0)
    return np.clip(found, 0, 1)
