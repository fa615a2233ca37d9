"""Integrals at many digits, by quadrature between the kinks."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import mpmath

from derive.crosscheck.calculus import Calculator, split
from derive.evaluate import Evaluator
from derive.judges.base import Judged, ValueJudge, agreeing_digits, finished, not_applicable
from derive.judges.derivatives import converted, digit_difference, rational_mpf, to_mpf
from derive.judges.subject import Sides, Subject
from derive.language import nodes as n
from derive.language.degree import kinked
from derive.language.indices import Index

GUARD = 15
"""Digits beyond those asked for."""
REFINED = 4
"""How often the rule is refined: 24 points, exact up to degree 47. Left to itself, mpmath refines it until an absolute
error is small, which that of large numbers never is."""


def quadrature(subject: Subject) -> Judged:
    """Both sides with every integral by mpmath's quadrature, split where the body has a kink."""
    started = time.perf_counter()
    sides = (subject.goal.left, subject.goal.right)
    if any(not isinstance(node, n.Integral) or split(node.body)[1] for side in sides for _, node in split(side)[1]):
        return not_applicable("quadrature", "another derivative stands beside or inside an integral", started)
    digits, sizes = subject.digits, subject.sizes(1)[0]
    with mpmath.workdps(digits + GUARD):
        instance = converted(subject.instance(sizes), lambda value: to_mpf(Fraction(value)), to_mpf)
        values = {**instance.values, **instance.sets}
        calculator = Calculator(instance.sizes, values, instance.indices, rational_mpf, _integrated)
        left, right = (calculator.stacked(side, subject.over) for side in sides)
        found = agreeing_digits(left, right, digits)
    judge = ValueJudge(
        "quadrature", subject.goal, subject.over, [Sides(Evaluator(instance), left, right)],
        lambda a, b: digit_difference(a, b, digits), 10.0**-digits, digits + GUARD, subject.more_sides,
    )  # fmt: skip
    return finished(judge, started, [sizes], "split at the kinks", digits=math.floor(found))


def _integrated(calculator: Calculator, node: Any, place: Mapping[Index, int]) -> Any:
    """One integral, by Gauss and Legendre's rule on each piece: on a polynomial that is exact."""

    def at(expr: n.Expr, value: Any) -> Any:
        return _number(calculator.changed({node.variable.name: value}).value(expr, place))

    low, high = (_number(calculator.value(end, place)) for end in (node.low, node.high))
    kinks = []
    for relu in kinked(node):
        start, end = at(relu.arg, low), at(relu.arg, high)
        if start * end < 0:
            kinks.append(low + (high - low) * start / (start - end))
    places = [low, *sorted(kinks, reverse=bool(high < low)), high]
    return mpmath.quad(lambda value: at(node.body, value), places, method="gauss-legendre", maxdegree=REFINED)


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
