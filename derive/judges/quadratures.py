"""Integrals at many digits, by quadrature between the kinks."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from fractions import Fraction
from itertools import count
from typing import Any

import mpmath

from derive.crosscheck.calculus import Calculator, split
from derive.evaluate import Evaluator
from derive.judges.base import Judged, ValueJudge, agreeing_digits, finished, not_applicable
from derive.judges.derivatives import converted, digit_difference, rational_mpf, to_mpf
from derive.judges.subject import Sides, Subject
from derive.language import nodes as n
from derive.language.degree import piecewise_degree
from derive.language.indices import Index
from derive.language.kinks import breaks

GUARD = 15
"""Digits beyond those asked for."""


def quadrature(subject: Subject) -> Judged:
    """Both sides with every integral by mpmath's quadrature, split where the body has a kink."""
    started = time.perf_counter()
    sides = (subject.goal.left, subject.goal.right)
    if not all(_only_integrals(side) for side in sides):
        return not_applicable("quadrature", "another derivative stands beside or inside an integral", started)
    digits, sizes = subject.digits, subject.usual_sizes()
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


def _only_integrals(expr: n.Expr) -> bool:
    """Whether an expression has integrals in it, also inside one another, and no other derivative."""
    return all(isinstance(node, n.Integral) and _only_integrals(node.body) for _, node in split(expr)[1])


def _integrated(calculator: Calculator, node: Any, place: Mapping[Index, int]) -> Any:
    """One integral, by Gauss and Legendre's rule on each piece: on a polynomial that is exact."""

    def at(expr: n.Expr, values: Mapping[str, Any]) -> Any:
        return _number((calculator.changed(values) if values else calculator).value(expr, place))

    name = node.variable.name
    low, high = at(node.low, {}), at(node.high, {})
    kinks = (-start / slope for start, slope in breaks(node, at) if slope)
    inside = sorted((kink for kink in kinks if (kink - low) * (kink - high) < 0), reverse=bool(high < low))
    places = [low, *inside, high]
    return mpmath.quad(
        lambda value: at(node.body, {name: value}), places, method="gauss-legendre", maxdegree=_refined(node)
    )


def _refined(node: n.Integral) -> int:
    """How often the rule is refined: it has 3 points, then 6, and with m is exact up to the degree 2m − 1."""
    degree = piecewise_degree(node.body, node.variable.name) or 0
    return next(times for times in count(1) if 6 * 2 ** (times - 1) > degree)


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
