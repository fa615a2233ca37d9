"""How much of the ReLU model's loss lies on each face of the cube: on Q_l, where l coordinates are not 0.

Given l, the average loss L_l does not depend on S, and the loss is Σ_l μ(Q_l) L_l. L_0, L_1 and L_2 are exact but for
rounding: the loss at the origin, and ``one_sparse`` and ``two_sparse``, averaged. The others are sampled.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, log

import numpy as np

from derive.corpora.toy_autoencoders import one_sparse, two_sparse
from derive.errors import InputError, ShapeError

Floats = np.ndarray
NEVER = 1e-6
"""How likely it is at most that any of the bounds on what was sampled does not hold."""


@dataclass(frozen=True, slots=True)
class FaceLosses:
    """The average loss on Q_0, …, Q_D, and how far from it the true one may be: 0 where it is not sampled."""

    means: Floats
    errors: Floats

    def parts(self, sparsity: float) -> tuple[Floats, Floats]:
        """What each Q_l adds to the loss at this S, and how far from the truth that may be.

        Raises:
            InputError: S is no number between 0 and 1.
        """
        weights = measures(len(self.means) - 1, sparsity)
        return weights * self.means, weights * self.errors

    def left_out(self, sparsity: float) -> tuple[float, float]:
        """The share of the loss at this S that lies where l ≥ 2: at least, and at most.

        Raises:
            InputError: S is no number between 0 and 1.
            ZeroDivisionError: the loss may be 0.
        """
        parts, errors = self.parts(sparsity)
        kept, beyond, error = parts[:2].sum(), parts[2:].sum(), errors.sum()
        least = max(beyond - error, 0.0)
        return float(least / (kept + least)), float((beyond + error) / (kept + beyond + error))


def measures(D: int, sparsity: float) -> Floats:
    """μ(Q_0), …, μ(Q_D), by (3c-measure).

    Raises:
        InputError: S is no number between 0 and 1.

    >>> measures(2, 0.5)
    array([0.25, 0.5 , 0.25])
    """
    if not 0 <= sparsity <= 1:
        raise InputError(f"S is {sparsity}: it is a probability, so between 0 and 1")
    return np.array([comb(D, l) * (1 - sparsity) ** l * sparsity ** (D - l) for l in range(D + 1)])


def origin(b: Floats) -> Floats:
    """L_0, the loss at x = 0, by (3d-origin)."""
    found: Floats = (np.maximum(-b, 0) ** 2).sum(axis=-1)
    return found


def losses(W: Floats, b: Floats, samples: int = 100_000, seed: int = 0) -> FaceLosses:
    """The average loss on each Q_l.

    The bound on a sampled average is Maurer and Pontil's (2009): with n samples of variance v, in a range of length m,
    it is √(2 v log(2/δ)/n) + 7 m log(2/δ)/(3(n − 1)), above and below, but for a chance of δ each. Here the δ of all
    add up to ``NEVER``.

    Args:
        W, b: a matrix of d rows and D columns, and D thresholds.
        samples: of x, for each l from 3 on.

    Raises:
        ShapeError: b has not one entry for each column of W.
        InputError: there are fewer than two samples.
    """
    G, b = one_sparse.gram(W, b)
    if b.ndim != 1:
        raise ShapeError(f"W is {W.shape}: one model at a time")
    if samples < 2:
        raise InputError(f"{samples} samples: a variance needs two")
    D, random = len(b), np.random.default_rng(seed)
    exact = [origin(b), one_sparse.loss(W, b) / D, *([two_sparse.loss(W, b) / comb(D, 2)] if D > 1 else [])]
    means, errors = np.zeros((2, D + 1))
    means[: len(exact)] = exact
    spare = log(4 * (D - 2) / NEVER) if D > 2 else 0.0
    for l in range(3, D + 1):
        each = sampled(G, b, l, samples, random)
        means[l] = each.mean()
        errors[l] = (2 * each.var(ddof=1) * spare / samples) ** 0.5 + 7 * largest(G, b, l) * spare / (3 * (samples - 1))
    return FaceLosses(means, errors)


def sampled(G: Floats, b: Floats, l: int, samples: int, random: np.random.Generator) -> Floats:
    """The loss at points of which l coordinates, at random, are uniform in [0, 1], and the others 0."""
    x = random.random((samples, len(b)))
    if l < len(b):
        # The l smallest of D independent numbers are a random set, whatever their order.
        order = random.random((samples, len(b)), dtype=np.float32)
        x[np.arange(samples)[:, None], np.argpartition(order, l, axis=1)[:, l:]] = 0
    found: Floats = ((x - np.maximum(x @ G.T - b, 0)) ** 2).sum(axis=1)
    return found


def largest(G: Floats, b: Floats, l: int) -> float:
    """No loss on Q_l is larger: an output is at most the sum of the l largest slopes that are positive, less b."""
    slopes = np.sort(np.maximum(G, 0), axis=1)[:, len(b) - l :].sum(axis=1)
    return float((np.maximum(slopes - b, 1) ** 2).sum())
