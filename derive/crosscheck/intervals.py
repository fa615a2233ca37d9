"""Intervals with rational ends: what is known of a number that is not known exactly, and known for certain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derive.errors import IrrationalError, UndefinedError
from derive.evaluate import Dual, Evaluator, Instance, free_indices, quotient, root, stacked
from derive.language.statements import Relation

ROOTS = 10**20
"""What roots are known to, one part of."""


class Interval:
    """All numbers between two rationals; sums and products hold every sum and product of their members."""

    __slots__ = ("high", "low")

    def __init__(self, low: Any, high: Any | None = None) -> None:
        self.low, self.high = _exact(low), _exact(low if high is None else high)

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, NUMBERS):
            return NotImplemented
        other = interval(other)
        return Interval(self.low + other.low, self.high + other.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __sub__(self, other: Any) -> Any:
        return self + -interval(other) if isinstance(other, NUMBERS) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, NUMBERS):
            return NotImplemented
        other = interval(other)
        if self.low >= 0 and other.low >= 0:
            return Interval(self.low * other.low, self.high * other.high)
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Any:
        if not isinstance(other, NUMBERS):
            return NotImplemented
        other = interval(other)
        if other.low <= 0 <= other.high:
            raise UndefinedError("division by what may be zero")
        return self * Interval(Fraction(1) / other.high, Fraction(1) / other.low)

    def __rtruediv__(self, other: Any) -> Any:
        return interval(other) / self

    def sqrt(self) -> Interval:
        """From below the root of the lower end to above that of the upper one.

        Raises:
            UndefinedError: some of the numbers are negative.
        """
        if self.low < 0:
            raise UndefinedError(f"√({self}) may be no real number")
        low, high = (math.isqrt(int(end * ROOTS**2)) for end in (self.low, self.high))
        return Interval(Fraction(low, ROOTS), Fraction(high + 1, ROOTS))

    def __eq__(self, other: object) -> bool:
        """Whether it is certain: only of single numbers it can be."""
        return isinstance(other, int | Fraction) and self.low == self.high == other

    __hash__ = None  # type: ignore[assignment]

    def __ge__(self, other: Any) -> bool:
        """Whether it is certainly so, or certainly not.

        Raises:
            UndefinedError: it is neither.
        """
        other = interval(other)
        if self.low < other.high and self.high >= other.low:
            raise UndefinedError(f"whether {self} is at least {other} is not known")
        return bool(self.low >= other.high)

    def __gt__(self, other: Any) -> bool:
        return not -self >= -interval(other)

    def __lt__(self, other: Any) -> bool:
        return not self >= other

    def __le__(self, other: Any) -> bool:
        return not self > other

    def meets(self, other: Interval) -> bool:
        return self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        middle, reach = float(self.low + self.high) / 2, float(self.high - self.low) / 2
        return f"{middle:.4g} ± {reach:.1g}" if reach else f"{middle:.6g}"


def _exact(end: Any) -> int | Fraction:
    """The end as it is if it is whole: ints are many times as fast."""
    return end if type(end) is int else Fraction(end)


NUMBERS = (int, float, Fraction, Interval)
"""What an interval is added to and multiplied by; of all else, as polynomials and arrays, it may be a part."""


def interval(value: Any) -> Interval:
    return value if isinstance(value, Interval) else Interval(value)


# Values with irrational roots in them -------------------------------------------------------------------------------


def enclosed_root(value: Any) -> Any:
    """The square root, exact where it is rational, else the interval that it lies in.

    >>> enclosed_root(4), str(enclosed_root(2))
    (Fraction(2, 1), '1.414 ± 5e-21')
    """
    if isinstance(value, Dual):
        top = enclosed_root(value.main)
        return Dual(value.level, top, quotient(value.slope, 2 * top))
    try:
        return root(value)
    except IrrationalError:
        return Interval(value).sqrt()


def enclosing(instance: Instance) -> Evaluator:
    """An evaluator at an exact instance, which goes on where a root is irrational."""
    return Evaluator(replace(instance, root=enclosed_root))


def certainly_fails(relation: Relation, instance: Instance) -> bool:
    """Whether the relation is false at the instance, whatever the roots are in their intervals.

    Raises:
        UndefinedError: a side has no value there, or it is not known whether it has one.
    """
    over, evaluator = free_indices(relation.left, relation.right), enclosing(instance)
    left, right = (_intervals(stacked(side, evaluator, over)) for side in (relation.left, relation.right))
    pairs = zip(left, right, strict=True)
    if relation.sign == "=":
        return any(not a.meets(b) for a, b in pairs)
    return any(a.low > b.high if relation.sign == "≤" else a.low >= b.high for a, b in pairs)


def certain_difference(left: Sequence[Any], right: Sequence[Any]) -> str:
    """The first place at which values certainly differ; empty where all are the same rational numbers.

    Raises:
        IrrationalError: they are not told apart, nor known to be the same.
    """
    pairs = [*zip(_intervals(left), _intervals(right), strict=True)]
    apart = next((f"entry {number}: {a} against {b}" for number, (a, b) in enumerate(pairs) if not a.meets(b)), "")
    unsure = next(((a, b) for a, b in pairs if a.low != a.high or b.low != b.high), None)
    if not apart and unsure is not None:
        raise IrrationalError(f"{unsure[0]} and {unsure[1]} are not told apart")
    return apart


def _intervals(values: Sequence[Any]) -> list[Interval]:
    return [interval(value) for value in values]
