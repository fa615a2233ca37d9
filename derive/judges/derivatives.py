"""Gradients by exact differences, by automatic differentiation and by differences at many digits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from derive.crosscheck import differences
from derive.crosscheck.calculus import Calculator, gradients, lambdified
from derive.evaluate import Evaluator, Instance, array
from derive.judges.base import (
    Judged,
    ValueJudge,
    agreeing_digits,
    exact_difference,
    finished,
    not_applicable,
)
from derive.judges.subject import Sides, Subject
from derive.language import nodes as n
from derive.language.indices import Index

FLOAT_DIGITS = 10
"""Digits to which a float64 derivative has to agree; it usually does to 13 to 15."""


Take = Callable[[Calculator, n.Gradient, Mapping[Index, int]], Any]


def _gradient_judge(
    subject: Subject, method: str, instance: Instance, take: Take, compare: Callable[..., str],
    rational: Callable[[int, int], Any], resolution: float = 0.0, precision: int = 15,
) -> ValueJudge:  # fmt: skip
    def derivative(calculator: Calculator, node: Any, place: Mapping[Index, int]) -> Any:
        return take(calculator, node, place)

    values = {**instance.values, **instance.sets}
    calculator = Calculator(instance.sizes, values, instance.indices, rational, derivative)
    left, right = (calculator.stacked(side, subject.over) for side in (subject.goal.left, subject.goal.right))
    sides = [Sides(Evaluator(instance), left, right)]
    return ValueJudge(method, subject.goal, subject.over, sides, compare, resolution, precision)


def _bodies(subject: Subject) -> list[n.Gradient]:
    return [g for side in (subject.goal.left, subject.goal.right) for g in gradients(side) or ()]


def exact_differences(subject: Subject) -> Judged:
    """The gradient by central differences of integers, exact because the degree is known."""
    started = time.perf_counter()
    degrees = [differences.degree(g.body, g.variable.name) for g in _bodies(subject)]
    if not degrees or any(d is None for d in degrees):
        return not_applicable("exact-difference", "the differentiated expression is no polynomial", started)
    top = max(d for d in degrees if d is not None)
    sizes = subject.usual_sizes()

    def take(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Any:
        function = _function(calculator, node, place)
        along = lambda f, at, unit: differences.exact_directional(f, at, unit, top)  # noqa: E731
        return differences.gradient_by(along, function, calculator.values[node.variable.name])

    judge = _gradient_judge(subject, "exact-difference", subject.instance(sizes), take, exact_difference, Fraction)
    bound = _degree_of_goal(subject) / 2**32
    return finished(judge, started, [sizes], f"degree {top}; every entry; false at most {bound:.0e}", bound=bound)


def _degree_of_goal(subject: Subject) -> int:
    names = subject.signature.symbols
    parts = [differences.degree(side, name) or 0 for side in _flat(subject) for name in names]
    return max(1, sum(parts))


def _flat(subject: Subject) -> list[n.Expr]:
    return [*(g.body for g in _bodies(subject)), subject.goal.right]


def _function(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Callable[[Any], Any]:
    return lambda value: calculator.changed({node.variable.name: value}).value(node.body, place)


def autograd_exact(subject: Subject) -> Judged:
    """The gradient by reverse-mode differentiation on Python integers."""
    started = time.perf_counter()
    if any(differences.degree(g.body, g.variable.name) is None for g in _bodies(subject)):
        return not_applicable("autograd-exact", "the differentiated expression is no polynomial", started)
    sizes = subject.usual_sizes()
    judge = _gradient_judge(subject, "autograd-exact", subject.instance(sizes), _reverse, exact_difference, Fraction)
    return finished(judge, started, [sizes], "reverse mode on integers; every entry")


def _reverse(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Any:
    indices = {**calculator.indices, **{index.name: value for index, value in place.items()}}
    function = lambdified(node.body)
    variable, rational = node.variable.name, calculator.rational
    return function.gradient(calculator.values, variable, calculator.sizes, indices, rational=rational)


def converted(instance: Instance, number: Callable[[Any], Any], constant: Callable[[Fraction], Any]) -> Instance:
    """The instance over other numbers: what an entry becomes, and what a constant of a formula becomes."""

    def convert(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return number(value)
        return array([[number(entry) for entry in row] for row in value.tolist()])

    values = {name: convert(value) for name, value in instance.values.items()}
    return replace(instance, values=values, field=constant)


def autograd_float(subject: Subject) -> Judged:
    """The gradient by reverse-mode differentiation in float64."""
    started = time.perf_counter()
    sizes = subject.usual_sizes()
    scale = 1 if subject.conditional or subject.signature.rooted else 2**31
    instance = converted(subject.instance(sizes), lambda value: float(Fraction(value) / scale), float)
    floats = {name: np.asarray(value, dtype=float) for name, value in instance.values.items()}

    def take(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Any:
        gradient = _reverse(replace_values(calculator, floats), node, place)
        return gradient.astype(object) if isinstance(gradient, np.ndarray) else gradient

    def compare(left: Sequence[Any], right: Sequence[Any]) -> str:
        digits = agreeing_digits(left, right, 16)
        return "" if digits >= FLOAT_DIGITS else f"agree to {max(digits, 0):.1f} digits only"

    judge = _gradient_judge(subject, "autograd", instance, take, compare, lambda p, q: p / q, 10.0**-FLOAT_DIGITS)
    digits = agreeing_digits(judge.sides[0].left, judge.sides[0].right, 16)
    shown = math.floor(digits * 10) / 10
    return finished(judge, started, [sizes], "reverse mode in float64; every entry", digits=shown)


def replace_values(calculator: Calculator, values: Mapping[str, Any]) -> Calculator:
    return calculator.changed(values)


def finite_difference(subject: Subject) -> Judged:
    """The gradient by central differences in mpmath, to the digits asked for."""
    started = time.perf_counter()
    sizes, digits = subject.usual_sizes(), subject.digits
    with mpmath.workdps(2 * digits + 20):
        scale = 1 if subject.conditional or subject.signature.rooted else 2**31
        instance = converted(subject.instance(sizes), lambda value: to_mpf(Fraction(value) / scale), to_mpf)

        def take(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Any:
            function = _function(calculator, node, place)
            along = lambda f, at, unit: differences.directional(f, at, unit, digits)  # noqa: E731
            return differences.gradient_by(along, function, calculator.values[node.variable.name])

        judge = _gradient_judge(
            subject, "finite-difference", instance, take, lambda a, b: digit_difference(a, b, digits), rational_mpf,
            10.0**-digits, 2 * digits + 20,
        )  # fmt: skip
        found = agreeing_digits(judge.sides[0].left, judge.sides[0].right, digits)
    return finished(judge, started, [sizes], "central differences; every entry", digits=math.floor(found))


def digit_difference(left: Sequence[Any], right: Sequence[Any], digits: int) -> str:
    with mpmath.workdps(2 * digits + 20):
        found = agreeing_digits(left, right, digits)
    return "" if found >= digits else f"agree to {max(found, 0):.1f} of {digits} digits only"


def to_mpf(value: Fraction) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator


def rational_mpf(top: int, bottom: int) -> Any:
    return mpmath.mpf(top) / bottom
