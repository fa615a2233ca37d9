"""Relations as affine functions of one letter, read off in one evaluation.

The letter's entries are put in as forms x_j, and every number that comes up is a form c + Σ_j s_j x_j. A product of two
forms, a root of one or a quotient by one is ``BEYOND``, which says nothing more; where it drops out again, as from the
slope of a quadratic, what is left is still affine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from derive.chance import Chance
from derive.errors import UndefinedError
from derive.evaluate import Dual, Evaluator, Instance, array, free_indices, quotient, stacked
from derive.language import nodes as n
from derive.language.statements import Relation


class Form:
    """constant + Σ_j slopes[j] x_j; ``slopes`` is None where it is not affine, and never empty."""

    __slots__ = ("constant", "slopes")

    def __init__(self, constant: Any, slopes: Mapping[int, Any] | None) -> None:
        self.constant, self.slopes = constant, slopes

    def __add__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray | Dual | Chance):
            return NotImplemented
        if not isinstance(other, Form):
            return Form(self.constant + other, self.slopes)
        if self.slopes is None or other.slopes is None:
            return BEYOND
        slopes = dict(self.slopes)
        for place, slope in other.slopes.items():
            slopes[place] = slopes[place] + slope if place in slopes else slope
        return _form(self.constant + other.constant, slopes)

    __radd__ = __add__

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray | Dual | Chance) else self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray | Dual | Chance) else -self + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray | Dual | Chance):
            return NotImplemented
        if isinstance(other, Form) or self.slopes is None:
            return BEYOND if isinstance(other, Form) or other else 0
        return _form(self.constant * other, {place: slope * other for place, slope in self.slopes.items()})

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray | Dual | Chance):
            return NotImplemented
        return BEYOND if isinstance(other, Form) else self * quotient(1, other)

    def __rtruediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray | Dual | Chance) else BEYOND

    def _unordered(self, other: Any) -> bool:
        """Where it is positive depends on what is solved for: what has kinks is not affine."""
        raise UndefinedError("a form has no sign")

    __lt__ = __le__ = __gt__ = __ge__ = _unordered

    def sqrt(self) -> Form:
        """It has no affine root."""
        return BEYOND


BEYOND = Form(0, None)
"""What is no affine function, or is not seen to be one."""


def _form(constant: Any, slopes: dict[int, Any]) -> Any:
    """The form without slopes that are zero; a plain number where that leaves none."""
    kept = {place: slope for place, slope in slopes.items() if slope}
    return Form(constant, kept) if kept else constant


@dataclass(frozen=True, slots=True)
class Affine:
    """left − right of a relation as an affine function of one letter, entry by entry: base + Σ_j x_j column_j."""

    shape: tuple[int, ...]
    base: list[Any]
    columns: list[list[Any]]

    @classmethod
    def of(cls, instance: Instance, relation: Relation, letter: n.Symbol) -> Affine | None:
        """None where it is not affine, or has no value somewhere."""
        shape = np.shape(instance.values[letter.name])
        count = int(np.prod(shape)) if shape else 1
        forms = [Form(0, {place: 1}) for place in range(count)]
        try:
            values = {**instance.values, letter.name: shaped(forms, shape)}
            entries = residual(replace(instance, values=values), relation)
        except UndefinedError:
            return None
        if any(isinstance(entry, Form) and entry.slopes is None for entry in entries):
            return None
        base = [entry.constant if isinstance(entry, Form) else entry for entry in entries]
        slopes: list[Mapping[int, Any]] = [entry.slopes or {} if isinstance(entry, Form) else {} for entry in entries]
        return cls(shape, base, [[row.get(place, 0) for row in slopes] for place in range(count)])


def residual(instance: Instance, relation: Relation) -> list[Any]:
    """Every entry of left − right, for every value of the free indices."""
    evaluator, over = Evaluator(instance), free_indices(relation.left, relation.right)
    pairs = zip(stacked(relation.left, evaluator, over), stacked(relation.right, evaluator, over), strict=True)
    return [a - b for a, b in pairs]


def shaped(flat: list[Any], shape: tuple[int, ...]) -> Any:
    """A number, or the entries row by row."""
    if not shape:
        return flat[0]
    return array([flat[row * shape[1] : (row + 1) * shape[1]] for row in range(shape[0])])


def solve(columns: list[list[Any]], target: list[Any], start: list[Any]) -> list[Any] | None:
    """A solution of Σ x_j column_j = target whose free unknowns are those of ``start``; None if there is none."""
    count = len(columns)
    rows = [[*(col[r] for col in columns), target[r]] for r in range(len(target))]
    pivots: list[int] = []
    for col in range(count):
        place = len(pivots)
        pivot = next((r for r in range(place, len(rows)) if rows[r][col] != 0), None)
        if pivot is None:
            continue
        rows[place], rows[pivot] = rows[pivot], rows[place]
        if rows[place][col] != 1:
            rows[place] = [plain(quotient(entry, rows[place][col])) if entry else 0 for entry in rows[place]]
        filled = [(k, entry) for k, entry in enumerate(rows[place]) if entry]
        for other in range(len(rows)):
            if other != place and rows[other][col] != 0:
                scale = rows[other][col]
                for k, entry in filled:
                    rows[other][k] -= scale * entry
        pivots.append(col)
    if any(row[count] != 0 for row in rows[len(pivots) :]):
        return None
    solution = list(start)
    for row, col in zip(rows, pivots, strict=False):
        solution[col] = plain(row[count] - sum(row[j] * solution[j] for j in range(count) if j != col and row[j]))
    return solution


def plain(value: Any) -> Any:
    """An int where a fraction is one: ints are many times as fast."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value
