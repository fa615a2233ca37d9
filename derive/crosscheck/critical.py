"""Instances on both sides of where something in a statement changes its sign, however far from 0 that is.

Small numbers show nothing of ReLU(a − 10⁶), of a ≤ 1000 and of 0 < (2a − 7)²: what tells are the zeros of a − 10⁶,
1000 − a and 2a − 7, and the points beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derive.errors import UndefinedError
from derive.evaluate import Evaluator, Instance
from derive.language import nodes as n
from derive.language.statements import Relation

BESIDE = (0, 1, -1)
"""From a zero."""
MOST_TURNS = 24
"""Expressions whose zeros are looked for."""


def turning(relations: Sequence[Relation]) -> list[n.Expr]:
    """Numbers in the relations on whose sign something depends: what stands in a ReLU, under a root, below a fraction
    bar or in a power, and the differences that are said not to be negative."""
    found: dict[n.Expr, None] = {}
    for relation in relations:
        if relation.sign != "=" and not relation.left.shape:
            found[n.Add((relation.right, n.Neg(relation.left)))] = None
        for node in (node for side in (relation.left, relation.right) for node in side.walk()):
            if isinstance(node, n.Relu | n.AtLeastZero | n.Sqrt):
                found[node.arg] = None
            elif isinstance(node, n.Power):
                found[node.base] = None
            elif isinstance(node, n.Div):
                found[node.bottom] = None
    closed = (expr for expr in found if not expr.shape and all(index.fixed for index in expr.free))
    return list(closed)[:MOST_TURNS]


def critical(relations: Sequence[Relation], instance: Instance) -> Iterator[Instance]:
    """The instance with one number changed, such that one of ``turning`` is 0, or nearly."""
    seen: set[tuple[str, Fraction]] = set()
    for expr in turning(relations):
        for name, symbol in n.symbols_of(expr).items():
            zero = None if symbol.shape or name not in instance.values else _zero(expr, name, instance)
            for value in () if zero is None else (zero + beside for beside in BESIDE):
                if (name, value) not in seen:
                    seen.add((name, value))
                    yield _with(instance, name, value)


def _zero(expr: n.Expr, name: str, instance: Instance) -> Fraction | None:
    """Where the expression vanishes, if it is affine in this letter near 0."""
    try:
        first, second, third = (Fraction(Evaluator(_with(instance, name, at))(expr)) for at in (0, 1, 2))
    except (UndefinedError, TypeError):  # no value, or one that is no fraction
        return None
    slope = second - first
    return -first / slope if slope and third - second == slope else None


def _with(instance: Instance, name: str, value: Any) -> Instance:
    return replace(instance, values={**instance.values, name: value})
