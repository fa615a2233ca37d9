"""Linear systems and non-negative combinations: solved where there is a solution, and by no wrong one."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from random import Random

import pytest
import sympy as sp

from derive.prove.simplex import RIGHT, nonnegative_combination, solved


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


def equations(matrix, right):
    rows = [{k: value for k, value in enumerate(row) if value} for row in matrix]
    return [{**row, RIGHT: value} if value else row for row, value in zip(rows, right, strict=True)]


@pytest.mark.parametrize("seed", range(60))
def test_a_system_that_has_a_solution_is_solved(seed):
    random = Random(seed)
    wanted = [Fraction(random.choice([0, 0, 1, 2, 3])) for _ in range(6)]
    free = frozenset(k for k in range(6) if random.random() < 0.3)
    wanted = [Fraction(random.randint(-3, 3)) if k in free else value for k, value in enumerate(wanted)]
    matrix = [[Fraction(random.randint(-2, 2)) for _ in range(6)] for _ in range(4)]
    system = equations(matrix, [sum(v * w for v, w in zip(row, wanted, strict=True)) for row in matrix])
    found = solved(system, free)
    for row in system:
        assert sum(value * found.get(k, 0) for k, value in row.items() if k != RIGHT) == row.get(RIGHT, 0)
    assert all(value > 0 for k, value in found.items() if k not in free)


@pytest.mark.parametrize("seed", range(60))
def test_a_system_that_is_said_to_have_none_has_none(seed):
    """Farkas: either there is a solution, or numbers y with yA ≤ 0 and yb > 0, looked for among small ones."""
    random = Random(seed)
    matrix = [[Fraction(random.randint(-2, 2)) for _ in range(3)] for _ in range(2)]
    right = [Fraction(random.randint(-3, 3)) for _ in range(2)]
    found = solved(equations(matrix, right), frozenset())
    ys = product([Fraction(n, 4) for n in range(-16, 17)], repeat=2)
    separates = any(
        sum(y * r for y, r in zip(numbers, right, strict=True)) > 0
        and all(sum(y * row[k] for y, row in zip(numbers, matrix, strict=True)) <= 0 for k in range(3))
        for numbers in ys
    )
    assert (found is None) == separates
