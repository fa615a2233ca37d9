"""What SymPy has symbolic work to do on."""

from __future__ import annotations

from collections.abc import Iterable

from derive.language import nodes as n
from derive.language.statements import Relation


def statable(relation: Relation) -> bool:
    """Whether SymPy has symbolic work to do: a gradient to take, or sums and deltas to simplify."""
    nodes = [node for side in (relation.left, relation.right) for node in side.walk()]
    if any(isinstance(node, UNSTATABLE) or _nested(node) for node in nodes):
        return False
    outer = [node for side in (relation.left, relation.right) for node in _visible(side)]
    return any(isinstance(node, n.Gradient | n.Delta) for node in outer) or (
        any(isinstance(node, n.Total) for node in outer) and not any(isinstance(node, n.Defined) for node in outer)
    )


UNSTATABLE = (
    n.At, n.Inverse, n.Sqrt, n.Select, n.Expectation, n.Integral, n.Relu, n.AtLeastZero, n.SizePower, n.Binomial,
)  # fmt: skip


def _nested(node: n.Expr) -> bool:
    """Whether the node is a rate of change of more than a letter, or one whose rates are derivatives themselves."""
    if not isinstance(node, n.Along):
        return False
    return not isinstance(node.body, n.Symbol) or any(isinstance(inner, n.Gradient) for inner in node.walk())


def _visible(expr: n.Expr) -> Iterable[n.Expr]:
    yield expr
    if not isinstance(expr, n.Defined | n.Gradient):
        for child in expr.children:
            yield from _visible(child)
