"""Linear systems with some unknowns that may not be negative, solved exactly by the simplex method.

Rows are kept sparse. By Bland's rule, the first column that helps and of rows that tie the one whose variable comes
first, it ends whatever the system is.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction

Equation = dict[int, Fraction]
"""Coefficients of the unknowns, by number, and the right side at ``RIGHT``."""
RIGHT = -1
MOST_PIVOTS = 300


def solved(equations: Sequence[Mapping[int, Fraction]], free: frozenset[int]) -> dict[int, Fraction] | None:
    """A solution in which every unknown that is not ``free`` is at least 0; those that are 0 are left out.

    None where there is none, or after too many pivots.

    >>> solved([{0: Fraction(1), 1: Fraction(-2), RIGHT: Fraction(-4)}], frozenset())
    {1: Fraction(2, 1)}
    """
    rest = [dict(equation) for equation in equations]
    settled: list[tuple[int, Equation]] = []
    while (place := next((at for at, row in enumerate(rest) if free & row.keys()), None)) is not None:
        row = rest.pop(place)
        unknown = min(free & row.keys())
        row = _scaled(row, 1 / row[unknown])
        for other in rest:
            _eliminate(other, unknown, row)
        settled.append((unknown, row))
    found = _feasible([row for row in rest if row])
    if found is None:
        return None
    for unknown, row in reversed(settled):  # whatever is free and still open is 0
        value = row.get(RIGHT, Fraction(0)) - sum(row[k] * found[k] for k in row if k in found)
        if value:
            found[unknown] = value
    return found


def nonnegative_combination(
    vectors: Sequence[Mapping[Hashable, Fraction]], wanted: Mapping[Hashable, Fraction]
) -> list[Fraction] | None:
    """Numbers, none negative, with Σ number · vector = wanted; None where there are none: so one linear inequality
    follows from others (Farkas).

    >>> found = nonnegative_combination([{"x": Fraction(1)}, {"x": Fraction(-1), "y": Fraction(2)}], {"y": Fraction(1)})
    >>> [str(value) for value in found]
    ['1/2', '1/2']
    >>> nonnegative_combination([{"x": Fraction(1)}], {"x": Fraction(-1)})
    """
    equations: dict[Hashable, Equation] = {}
    for number, vector in ((RIGHT, wanted), *enumerate(vectors)):
        for key, value in vector.items():
            if value:
                equations.setdefault(key, {})[number] = value
    found = solved(list(equations.values()), frozenset())
    return None if found is None else [found.get(number, Fraction(0)) for number in range(len(vectors))]


def _scaled(row: Equation, by: Fraction) -> Equation:
    return {unknown: value * by for unknown, value in row.items()}


def _eliminate(row: Equation, unknown: int, by: Equation) -> None:
    """Subtract the multiple of a row in which the unknown has the coefficient 1."""
    factor = row.get(unknown)
    if factor is None:
        return
    for other, value in by.items():
        left = row.get(other, Fraction(0)) - factor * value
        if left:
            row[other] = left
        else:
            row.pop(other, None)


def _feasible(rows: list[Equation]) -> dict[int, Fraction] | None:
    """A solution in numbers that are at least 0, by driving out of the basis an artificial unknown of each row."""
    rows = [_scaled(row, Fraction(-1)) if row.get(RIGHT, 0) < 0 else row for row in rows]
    basis: list[int | None] = [None] * len(rows)
    for _ in range(MOST_PIVOTS):
        artificial = [row for row, unknown in zip(rows, basis, strict=True) if unknown is None]
        if not any(row.get(RIGHT) for row in artificial):
            held = zip(basis, rows, strict=True)
            return {unknown: row[RIGHT] for unknown, row in held if unknown is not None and row.get(RIGHT)}
        gains: dict[int, Fraction] = {}
        for row in artificial:
            for unknown, value in row.items():
                gains[unknown] = gains.get(unknown, Fraction(0)) + value
        entering = min((unknown for unknown, gain in gains.items() if gain > 0 and unknown != RIGHT), default=None)
        if entering is None:
            return None
        ratios = [
            (row.get(RIGHT, Fraction(0)) / row[entering], -1 if held is None else held, place)
            for place, (row, held) in enumerate(zip(rows, basis, strict=True))
            if row.get(entering, 0) > 0
        ]
        _, _, place = min(ratios)
        rows[place] = _scaled(rows[place], 1 / rows[place][entering])
        for other, row in enumerate(rows):
            if other != place:
                _eliminate(row, entering, rows[place])
        basis[place] = entering
    return None
