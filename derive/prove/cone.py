"""Non-negative combinations: which of several vectors, scaled by numbers that are not negative, add up to another.

This is what shows that one linear inequality follows from others (Farkas). The first phase of the simplex method, over
the rationals, with Bland's rule, by which it ends.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction

Vector = Mapping[Hashable, Fraction]


def nonnegative_combination(vectors: Sequence[Vector], wanted: Vector) -> list[Fraction] | None:
    """Numbers, none negative, with Σ number · vector = wanted; None where there are none.

    >>> found = nonnegative_combination([{"x": Fraction(1)}, {"x": Fraction(-1), "y": Fraction(2)}], {"y": Fraction(1)})
    >>> [str(value) for value in found]
    ['1/2', '1/2']
    >>> nonnegative_combination([{"x": Fraction(1)}], {"x": Fraction(-1)})
    """
    keys = list(dict.fromkeys(key for vector in (wanted, *vectors) for key in vector))
    zero = Fraction(0)
    table = []
    for key in keys:
        row = [*(vector.get(key, zero) for vector in vectors), wanted.get(key, zero)]
        table.append([-value for value in row] if row[-1] < 0 else row)
    basis: list[int] = [-1] * len(table)  # −1 is what is still missing, which has to come down to 0
    while True:
        entering = next((col for col in range(len(vectors)) if _missing(table, basis, col) > 0), None)
        if entering is None:
            break
        ratios = ((row[-1] / row[entering], basis[at], at) for at, row in enumerate(table) if row[entering] > 0)
        _pivot(table, basis, min(ratios)[2], entering)
    if _missing(table, basis, -1) != 0:
        return None
    found = [zero] * len(vectors)
    for at, col in enumerate(basis):
        if col >= 0:
            found[col] = table[at][-1]
    return found


def _missing(table: Sequence[Sequence[Fraction]], basis: Sequence[int], col: int) -> Fraction:
    """How much of what is missing a column makes up for; of the last one, all that is missing."""
    return sum((row[col] for row, own in zip(table, basis, strict=True) if own < 0), Fraction(0))


def _pivot(table: list[list[Fraction]], basis: list[int], at: int, col: int) -> None:
    table[at] = [value / table[at][col] for value in table[at]]
    for other, row in enumerate(table):
        if other != at and row[col]:
            table[other] = [value - row[col] * own for value, own in zip(row, table[at], strict=True)]
    basis[at] = col
