"""What a ``model`` of one's own hypotheses is made of: exact random matrices.

A model gives values for some letters, by name, and leaves the others to the program, which checks every hypothesis at
what comes of it:

>>> from random import Random
>>> U = orthogonal(3, Random(1))
>>> (U.T @ U).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
True
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from derive.crosscheck.kinds import diagonal_of, random_invertible, random_orthogonal, random_projection
from derive.evaluate import array, inverse

__all__ = ["array", "diagonal", "inverse", "invertible", "orthogonal", "projection"]


def orthogonal(size: int, random: Random) -> np.ndarray:
    """A rational orthogonal matrix, by the Cayley transform."""
    return random_orthogonal(size, random)


def diagonal(entries: Sequence[Any]) -> np.ndarray:
    """The diagonal matrix of exact entries."""
    return diagonal_of(entries)


def projection(size: int, rank: int, random: Random) -> np.ndarray:
    """The orthogonal projection on ``rank`` random orthonormal columns."""
    return random_projection(size, random, rank)


def invertible(size: int, random: Random) -> np.ndarray:
    """A random integer matrix that has an inverse."""
    return random_invertible(size, random)
