"""Non-negative combinations: right where they are found, and where none is, a direction that shows it."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from random import Random

import pytest
import sympy as sp

from derive.prove.cone import nonnegative_combination


def drawn(seed):
    random = Random(seed)
    size, count = random.randint(1, 3), random.randint(1, 5)
    vectors = [[random.randint(-3, 3) for _ in range(size)] for _ in range(count)]
    return vectors, [random.randint(-3, 3) for _ in range(size)]


def named(vector):
    return {place: Fraction(value) for place, value in enumerate(vector) if value}


def in_some_cone(vectors, wanted):
    """Carathéodory: if in the cone, then in that of some vectors that are independent."""
    if not any(wanted):
        return True
    for count in range(1, len(wanted) + 1):
        for some in combinations(vectors, count):
            matrix = sp.Matrix(some).T
            if matrix.rank() == count:
                solution = (matrix.T * matrix).inv() * matrix.T * sp.Matrix(wanted)
                if matrix * solution == sp.Matrix(wanted) and min(solution) >= 0:
                    return True
    return False


@pytest.mark.parametrize("seed", range(120))
def test_a_combination_is_found_where_there_is_one(seed):
    vectors, wanted = drawn(seed)
    found = nonnegative_combination([*map(named, vectors)], named(wanted))
    assert (found is not None) == in_some_cone(vectors, wanted)
    if found is not None:
        assert min(found) >= 0
        sums = [sum(x * one[place] for x, one in zip(found, vectors, strict=True)) for place in range(len(wanted))]
        assert sums == wanted
