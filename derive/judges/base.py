"""What every judge is: it computed the sides of a step in its own way, and compares damaged copies with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import mpmath
import numpy as np

from derive.errors import IrrationalError, NonFiniteError, UndefinedError
from derive.evaluate import stacked
from derive.judges.subject import Sides
from derive.language.indices import Index
from derive.language.statements import Relation
from derive.report import Evidence


class Judge(Protocol):
    method: str
    resolution: float

    def false_alarm(self) -> str:
        """What the judge holds against the step itself, which it found right."""

    def objection(self, damaged: Relation) -> str:
        """How the judge sees that the damaged copy is wrong; empty where it does not."""

    def further_objection(self, damaged: Relation) -> str:
        """The same, of a copy that it saw nothing wrong with, at more points than it looks at itself."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a method found, and the judge that it makes, if it applies."""

    evidence: Evidence
    judge: Judge | None = None


@dataclass(slots=True)
class ValueJudge:
    """Compares a damaged side with the other side, which the method computed."""

    method: str
    reference: Relation
    over: list[Index]
    sides: list[Sides]
    compare: Callable[[Sequence[Any], Sequence[Any]], str]
    resolution: float = 0.0
    precision: int = 15
    more: Callable[[], Iterable[Sides]] = tuple
    forget: Callable[[], object] = tuple

    def verdict(self) -> str:
        """How the two sides of the step itself differ; empty where they agree."""
        for sides in self.sides:
            difference = self._compared(sides.left, sides.right)
            if difference:
                return difference
        return ""

    def _compared(self, left: Sequence[Any], right: Sequence[Any]) -> str:
        if self.reference.sign != "=":
            strict = self.reference.sign == "<"
            pairs = zip(left, right, strict=True)
            against = ((a, b) for a, b in pairs if self._exceeds(a, b, strict))
            return next((f"{shortened(a)} {'≥' if strict else '>'} {shortened(b)}" for a, b in against), "")
        return self.compare(left, right)

    def _exceeds(self, one: Any, bound: Any, strict: bool) -> bool:
        """Whether a bound is passed, by more than rounding; met, it is passed for certain only by exact numbers."""
        if not self.resolution:
            with suppress(UndefinedError):  # of numbers that are known by intervals it may not be known
                return bool(one > bound or (strict and one == bound))
            return False
        return bool(one - bound > self.resolution * max(1, abs(one), abs(bound)))

    def false_alarm(self) -> str:
        """What the judge holds against the step itself when it is put before it as a copy: nothing, if it is sound."""
        with mpmath.workdps(self.precision):
            for sides in self.sides:
                difference = self._compared(sides.left, stacked(self.reference.right, sides.evaluator, self.over))
                if difference:
                    return difference
        return ""

    def objection(self, damaged: Relation) -> str:
        """The difference at the judge's own points."""
        return self._seen(self.sides, damaged)

    def further_objection(self, damaged: Relation) -> str:
        """The difference at one of the points ``more``, which are made only for copies that need them."""
        return self._seen(self.more(), damaged)

    def _seen(self, points: Iterable[Sides], damaged: Relation) -> str:
        """``forget`` is called first: what an earlier copy brought along is not needed for this one."""
        self.forget()
        with mpmath.workdps(self.precision):
            return next(filter(None, (self._difference(sides, damaged) for sides in points)), "")

    def _difference(self, sides: Sides, damaged: Relation) -> str:
        try:
            with sides.evaluator.forgetting():
                if damaged.right != self.reference.right:
                    return self._compared(sides.left, stacked(damaged.right, sides.evaluator, self.over))
                return self._compared(stacked(damaged.left, sides.evaluator, self.over), sides.right)
        except IrrationalError:
            raise
        except UndefinedError as error:
            return f"the step has a value here, the copy has none: {error}"


def finished(
    judge: ValueJudge, started: float, sizes: Sequence[Mapping[str, int]], detail: str, **extra: Any
) -> Judged:
    """What the judge finds of the step itself."""
    difference = judge.verdict()
    evidence = Evidence(
        judge.method, not difference, difference or detail, sizes=tuple(sizes),
        seconds=time.perf_counter() - started, **extra,
    )  # fmt: skip
    return Judged(evidence, judge)


def not_applicable(method: str, why: str, started: float) -> Judged:
    return Judged(Evidence(method, None, why, seconds=time.perf_counter() - started))


def exact_difference(left: Sequence[Any], right: Sequence[Any]) -> str:
    """The first place at which exact values differ; empty where they all agree."""
    for number, (a, b) in enumerate(zip(left, right, strict=True)):
        _check_exact(a, b)
        if a != b:
            return f"entry {number}: {shortened(a)} against {shortened(b)}"
    return ""


def _check_exact(*values: Any) -> None:
    for value in values:
        if isinstance(value, float | np.floating | mpmath.mpf):
            raise NonFiniteError(f"a float, {value}, among exact numbers")


def shortened(value: Any) -> str:
    shown = str(value)
    return shown if len(shown) <= 60 else f"{shown[:40]}… ({len(shown)} characters)"


def _real(value: Any) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def agreeing_digits(left: Sequence[Any], right: Sequence[Any], most: float) -> float:
    """To how many digits two lists of numbers agree, against the largest of them, up to ``most``.

    Raises:
        NonFiniteError: a number is infinite or not a number.
    """
    left, right = [_real(value) for value in left], [_real(value) for value in right]
    for value in (*left, *right):
        if not mpmath.isfinite(value):
            raise NonFiniteError(f"a value that is not finite: {value}")
    scale = max((abs(value) for value in (*left, *right)), default=0)
    gap = max((abs(a - b) for a, b in zip(left, right, strict=True)), default=0)
    if gap == 0:
        return most
    # The points have entries of about one: where both sides are as small as this, they are zero and rounding.
    scale = scale if scale > 10.0 ** (-most / 2) else 1
    return min(most, float(-mpmath.log10(mpmath.mpf(gap) / mpmath.mpf(scale))))
