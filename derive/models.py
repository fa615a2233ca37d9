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

from derive.crosscheck.instances import random_orthogonal
from derive.errors import UndefinedError
from derive.evaluate import array, inverse

__all__ = ["array", "diagonal", "inverse", "invertible", "orthogonal"]


def orthogonal(size: int, random: Random) -> np.ndarray:
    """A rational orthogonal matrix, by the Cayley transform."""
    return random_orthogonal(size, random)


def diagonal(entries: Sequence[Any]) -> np.ndarray:
    """The diagonal matrix of exact entries."""
    return array([[entry if i == j else 0 for j in range(len(entries))] for i, entry in enumerate(entries)])


def invertible(size: int, random: Random) -> np.ndarray:
    """A random integer matrix that has an inverse."""
    while True:
        found = array([[random.randint(-3, 3) for _ in range(size)] for _ in range(size)])
        try:
            inverse(found)
        except UndefinedError:
            continue
        return found
