"""Many instances at once: each entry of each letter is a vector of numbers, one for every instance.

Floating numbers, so what is found here is a suggestion, to be confirmed exactly. No number is ever taken to be zero in
an elimination, so an inverse that needs rows swapped has no value here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from derive.chance import Chance
from derive.errors import UndefinedError
from derive.evaluate import Dual, Evaluator, Instance, array, free_indices, main, stacked
from derive.language import nodes as n
from derive.language.degree import kinked
from derive.language.indices import DimOrder, Index
from derive.language.statements import Choice, Condition, Hypothesis, Property, Relation, expressions

TINY = 1e-9
Floats = np.ndarray
"""Numbers, the last axis one for each instance."""


class Batch:
    """The value of one entry at every instance."""

    __slots__ = ("values",)

    def __init__(self, values: Floats) -> None:
        self.values = values

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, np.ndarray | Dual | Chance):
            return NotImplemented
        return Batch(operation(self.values, plain(other)))

    def __add__(self, other: Any) -> Any:
        return self._with(other, np.add)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        return self._with(other, np.multiply)

    __rmul__ = __mul__

    def __sub__(self, other: Any) -> Any:
        return self._with(other, np.subtract)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __neg__(self) -> Batch:
        return Batch(-self.values)

    def __truediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray | Dual | Chance) else quotient(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray | Dual | Chance) else quotient(other, self)

    def __ne__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def plain(value: Any) -> Any:
    """The floating numbers of a value."""
    if isinstance(value, Batch):
        return value.values
    return float(value) if isinstance(value, Fraction) else value


def quotient(top: Any, bottom: Any) -> Any:
    """The quotient, not a number where the divisor is zero."""
    if isinstance(top, Dual | Chance) or isinstance(bottom, Dual | Chance):
        return top / bottom
    above, below = np.broadcast_arrays(np.asarray(plain(top), dtype=float), np.asarray(plain(bottom), dtype=float))
    safe = np.where(below == 0, np.nan, below)
    return Batch(above / safe)


def root(value: Any) -> Any:
    """The square root, not a number where there is none."""
    if isinstance(value, Dual):
        top = root(value.main)
        return Dual(value.level, top, quotient(value.slope, 2 * top))
    return Batch(np.sqrt(np.asarray(plain(value), dtype=float)))


def rectified(value: Any) -> Any:
    """The value where it is positive, else 0; its slope is not a number where it is 0."""
    if isinstance(value, Dual):
        sign = np.sign(np.asarray(plain(main(value)), dtype=float))
        on = Batch(np.where(sign == 0, np.nan, sign > 0))
        return Dual(value.level, rectified(value.main), value.slope * on)
    return Batch(np.maximum(plain(value), 0.0))


def step(value: Any) -> Any:
    """1 where the value is at least 0, else 0."""
    return Batch(np.asarray(plain(value) >= 0, dtype=float))


def instances(
    sizes: Mapping[str, int], letters: Mapping[str, Floats], sets: Mapping[str, tuple[int, ...]],
    indices: Mapping[str, int],
) -> Evaluator:  # fmt: skip
    """An evaluator at many instances; each letter's array has the instances along its first axis."""
    values = {name: _entries(rows) for name, rows in letters.items()}
    return Evaluator(Instance(dict(sizes), values, sets, indices, float, root, quotient, rectified, step))


def _entries(rows: Floats) -> Any:
    if rows.ndim == 1:
        return Batch(rows)
    return array([[Batch(rows[:, i, j]) for j in range(rows.shape[2])] for i in range(rows.shape[1])])


def numbers(expr: n.Expr, evaluator: Evaluator, over: Sequence[Index], count: int) -> Floats:
    """Every entry of the expression for every value of the indices ``over``, at every instance; not a number where the
    dimensions alone say that there is none."""
    try:
        rows = [np.broadcast_to(plain(entry), (count,)) for entry in stacked(expr, evaluator, over)]
    except UndefinedError:
        shape = evaluator.shape(expr) if expr.shape else ()
        return np.full((prod([*shape, *(evaluator.instance.size(index.dim.name) for index in over)]), count), np.nan)
    return np.array(rows, dtype=float).reshape(len(rows), count)


# Truth --------------------------------------------------------------------------------------------------------------


def truth(hypothesis: Hypothesis, evaluator: Evaluator, count: int) -> Floats:
    """At which instances the hypothesis is true; where it has no value it is not."""
    with np.errstate(all="ignore"):
        if isinstance(hypothesis, DimOrder | Condition) or bends(hypothesis):
            return np.ones(count, dtype=bool)
        if isinstance(hypothesis, Choice):
            return _chosen(hypothesis, evaluator, count)
        found = np.ones(count, dtype=bool)
        for relation in hypothesis.equalities:
            found &= compared(relation, evaluator, count)[0]
        return found & _said_to_exist(hypothesis, evaluator, count) if isinstance(hypothesis, Property) else found


def bends(statement: Hypothesis) -> bool:
    """Whether something is integrated that has kinks, which lie elsewhere for each instance."""
    given = () if isinstance(statement, DimOrder) else expressions(statement)
    return any(isinstance(node, n.Integral) and kinked(node) for expr in given for node in expr.walk())


def compared(relation: Relation, evaluator: Evaluator, count: int) -> tuple[Floats, Floats]:
    """At which instances the relation is true, and at which both sides have a value."""
    with np.errstate(all="ignore"):
        gap, close = _gap(relation, evaluator, count)
        holds = close if relation.sign == "=" else gap > TINY if relation.sign == "<" else close | (gap > 0)
        return np.all(holds, axis=0), np.all(np.isfinite(gap), axis=0)


def nearly_equal(relation: Relation, evaluator: Evaluator, count: int) -> Floats:
    """At which instances some entry of the two sides is the same, as far as floating numbers tell."""
    with np.errstate(all="ignore"):
        close: Floats = np.any(_gap(relation, evaluator, count)[1], axis=0)
    return close


def _gap(relation: Relation, evaluator: Evaluator, count: int) -> tuple[Floats, Floats]:
    """right − left, and where that is next to nothing."""
    over = free_indices(relation.left, relation.right)
    left, right = (numbers(side, evaluator, over, count) for side in (relation.left, relation.right))
    gap: Floats = right - left
    return gap, np.asarray(np.abs(gap) <= TINY * (1 + np.abs(left)))


def _chosen(choice: Choice, evaluator: Evaluator, count: int) -> Floats:
    members = evaluator.instance.sets[choice.subset.name]
    values = numbers(choice.member, evaluator, [choice.index], count)
    wanted = np.array([[float(i in members)] for i in range(len(values))])
    found: Floats = (np.abs(values - wanted) <= TINY).all(axis=0)
    return found


def _said_to_exist(hypothesis: Property, evaluator: Evaluator, count: int) -> Floats:
    found = np.ones(count, dtype=bool)
    for matrix in hypothesis.inverses:
        size = evaluator.instance.size(matrix.shape[0].name)
        entries = numbers(matrix, evaluator, [], count).reshape(size, size, count)
        found &= np.abs(np.linalg.det(np.moveaxis(entries, 2, 0))) > TINY
    for gap, where in hypothesis.gaps:
        over = free_indices(gap, where)
        apart, wanted = (numbers(side, evaluator, over, count) for side in (gap, where))
        found &= ((np.abs(apart) > TINY) | (wanted == 0)).all(axis=0)
    return found
