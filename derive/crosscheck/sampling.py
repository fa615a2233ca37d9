"""Expectations against the average of samples, with a bound on how often a right one would be called wrong.

By Hoeffding's inequality the average of N independent numbers between a and b is further than
(b − a)·√(ln(2/δ) / 2N) from their expectation with probability at most δ. The bounds a, b come from interval
arithmetic, and both sides of a statement are then computed with intervals in place of its expectations: they have to
meet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache, partial
from itertools import count
from typing import Any

import numpy as np

from derive.crosscheck.calculus import Calculator, split
from derive.crosscheck.intervals import Interval, interval
from derive.errors import DeriveError, InputError
from derive.evaluate import Evaluator, Instance, array
from derive.language import nodes as n
from derive.language.indices import Index
from derive.language.laws import Law, Part

SAMPLES = 100_000
AT_ONCE = 20_000
"""Samples that are computed with at once: so many fit into a processor's own memory."""
FALSE_ALARM = 1e-6
"""At most how often a right statement is called wrong."""
SLACK = 1e-9
"""Of the range: more than rounding errors in an average of float64 come to."""


class Samples:
    """Many samples of one number, added and multiplied sample by sample."""

    __slots__ = ("values",)

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def part(self, start: int) -> Samples:
        return Samples(self.values[start : start + AT_ONCE])

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented  # of samples of a whole matrix NumPy takes entry by entry
        return Samples(operation(self.values, other.values if isinstance(other, Samples) else float(other)))

    def __add__(self, other: Any) -> Any:
        return self._with(other, np.add)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, np.multiply)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, np.subtract)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __neg__(self) -> Samples:
        return Samples(-self.values)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._with(other, np.divide)


# Laws ---------------------------------------------------------------------------------------------------------------


def _support(part: Part) -> tuple[Fraction, Fraction]:
    if part.kind == "moments":
        raise InputError(f"{part}: moments alone cannot be sampled from")
    if part.kind == "bernoulli":
        return Fraction(0), Fraction(1)
    low, high = (end.value for end in part.values if isinstance(end, n.Number))
    return low, high


def _range(law: Law) -> Interval:
    product = Interval(1)
    for ends in map(_support, law.parts):
        product = product * Interval(*ends)
    return product


def _drawn(law: Law, evaluator: Evaluator, seed: int, entry: int) -> Samples:
    ends = tuple(
        (float(evaluator(part.values[0])),) if part.kind == "bernoulli" else tuple(map(float, _support(part)))
        for part in law.parts
    )
    return Samples(_numbers(ends, SAMPLES, seed, entry))


@lru_cache(maxsize=32)
def _numbers(ends: tuple[tuple[float, ...], ...], length: int, seed: int, entry: int) -> np.ndarray:
    """Products of numbers between two ends, or of ones and zeros where there is one: a probability.

    They are kept, as the same entry is asked for in one expectation after the other. That these then share their
    samples does no harm: the bounds on their errors are added up, whether or not they are independent.
    """
    random = np.random.default_rng([seed, entry])
    values = np.ones(length)
    for part in ends:
        values *= random.uniform(*part, length) if len(part) == 2 else random.random(length) < part[0]
    values.setflags(write=False)
    return values


def improbable(expr: n.Expr, instance: Instance) -> str:
    """A parameter that is no probability at this instance; empty where all are."""
    for node in expr.walk():
        if isinstance(node, n.Expectation):
            for part in (part for law in node.laws for part in law.parts if part.kind == "bernoulli"):
                if not 0 <= Evaluator(instance)(part.values[0]) <= 1:
                    return f"{part.values[0]} is no probability"
    return ""


# An expectation -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sampler:
    """Gives an interval for each expectation of a statement at one instance.

    Args:
        share: which part of ``FALSE_ALARM`` one expectation may use up.
    """

    instance: Instance
    seed: int
    share: float
    drawn: dict[n.Expectation, tuple[list[Instance], Instance]] = field(default_factory=dict)
    """The samples of each expectation, which are the same for all of its entries, and their ranges."""

    def interval(self, node: n.Expectation, place: Mapping[Index, int]) -> Any:
        """An interval that holds the expectation, but for a probability of ``share``; of a matrix, one an entry."""
        if node not in self.drawn:
            self.drawn[node] = list(self._drawn(node)), self._intervals(self._filled(node, _range))
        instances, ranges = self.drawn[node]
        parts = [_each(Evaluator(instance)(node.body, place), _average) for instance in instances]
        averaged = sum(parts[1:], parts[0]) / len(parts)
        bounds = Evaluator(ranges)(node.body, place)
        if not isinstance(averaged, np.ndarray):
            return self._around(averaged, bounds, self.share)
        share = self.share / averaged.size
        rows = zip(averaged.tolist(), bounds.tolist(), strict=True)
        return array([[self._around(a, b, share) for a, b in zip(*row, strict=True)] for row in rows])

    def _drawn(self, node: n.Expectation) -> Iterator[Instance]:
        """The random entries as samples, so many at once."""
        plain = Evaluator(self._floats({}))
        entries = count()
        drawn = self._filled(node, lambda law: _drawn(law, plain, self.seed, next(entries)))
        for start in range(0, SAMPLES, AT_ONCE):
            some = {name: _each(value, partial(Samples.part, start=start)) for name, value in drawn.items()}
            yield replace(plain.instance, values={**plain.instance.values, **some})

    def _around(self, average: float, bounds: Interval, share: float) -> Interval:
        bounds = interval(bounds)
        width = float(bounds.high - bounds.low)
        reach = width * (math.sqrt(math.log(2 / share) / (2 * SAMPLES)) + SLACK)
        return Interval(average - reach, average + reach)

    def _filled(self, node: n.Expectation, value: Callable[[Law], Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for variable, law in zip(node.variables, node.laws, strict=True):
            rows, cols = (self.instance.size(dim.name) for dim in variable.shape) if variable.shape else (1, 1)
            block = array([[value(law) for _ in range(cols)] for _ in range(rows)])
            found[variable.name] = block if variable.shape else block[0, 0]
        return found

    def _floats(self, drawn: Mapping[str, Any]) -> Instance:
        values = {name: _each(value, float) for name, value in self.instance.values.items()} | dict(drawn)
        return Instance(self.instance.sizes, values, self.instance.sets, self.instance.indices, float)

    def _intervals(self, ranges: Mapping[str, Any]) -> Instance:
        values = {name: _each(value, Interval) for name, value in self.instance.values.items()} | dict(ranges)
        sets, indices = self.instance.sets, self.instance.indices
        return Instance(self.instance.sizes, values, sets, indices, Interval, quotient=_ratio)

    def calculator(self) -> Calculator:
        """A calculator over intervals that samples every expectation."""
        exact = self._intervals({})
        values = {**exact.values, **self.instance.sets}

        def apply(calculator: Calculator, node: Any, place: Mapping[Index, int]) -> Any:
            return self.interval(node, place)

        return Calculator(self.instance.sizes, values, self.instance.indices, _ratio, apply)


def _ratio(top: Any, bottom: Any) -> Interval:
    found: Interval = interval(top) / bottom
    return found


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    if not isinstance(value, np.ndarray):
        return change(value)
    return array([[change(entry) for entry in row] for row in value.tolist()])


def _average(value: Any) -> float:
    return float(np.mean(value.values)) if isinstance(value, Samples) else float(value)


def sampled(*sides: n.Expr) -> list[n.Expectation]:
    """The expectations of the sides.

    Raises:
        DeriveError: another derivative stands beside or around one, or an inverse, which intervals have none of.
    """
    inverse = next((node for side in sides for node in side.walk() if isinstance(node, n.Inverse)), None)
    if inverse is not None:
        raise DeriveError(f"{inverse} is not sampled")
    found: dict[n.Expectation, None] = {}
    for side in sides:
        for _, node in split(side)[1]:
            if not isinstance(node, n.Expectation) or split(node.body)[1]:
                raise DeriveError(f"{node} is not sampled")
            for part in (part for law in node.laws for part in law.parts):
                _support(part)
            found[node] = None
    return list(found)
