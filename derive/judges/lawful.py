"""What has to hold of the parameters of laws, so that there are such laws: a probability is none at 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.language import nodes as n
from derive.language.statements import Relation


@dataclass(frozen=True, slots=True)
class Lawful:
    """Conditions on the parameters of laws, and whether it is seen at sight that they can be met."""

    conditions: tuple[Relation, ...]
    surely_some: bool


def lawful(exprs: Sequence[n.Expr]) -> Lawful:
    """What the laws in the expressions ask of their parameters, where these have other values at those."""
    found = [one for expr in exprs for one in _of(expr)]
    conditions = dict.fromkeys(relation for relations, _ in found for relation in relations)
    return Lawful(tuple(conditions), all(surely for _, surely in found))


def _of(expr: n.Expr) -> Iterator[tuple[tuple[Relation, ...], bool]]:
    """The conditions of each law, and whether they can surely be met; those on what varies inside are left out."""
    if not any(isinstance(node, n.Expectation) for node in expr.walk()):
        return
    if isinstance(expr, n.Expectation):
        for law in expr.laws:
            yield tuple(Relation(*condition) for condition in law.conditions), law.surely_some
    for place, child in enumerate(expr.children):
        for relations, surely in _of(child):
            if isinstance(expr, n.At) and place == 0:
                there = tuple(_at(relation, expr) for relation in relations)
                yield there, surely and there == relations
            elif isinstance(expr, n.Expectation) and place == 0:
                names = {variable.name for variable in expr.variables}
                yield tuple(one for one in relations if not _speaks(one, names)), surely
            else:
                yield relations, surely


def _at(relation: Relation, there: n.At) -> Relation:
    if not _speaks(relation, {variable.name for variable in there.variables}):
        return relation
    left, right = (replace(there, body=side) for side in (relation.left, relation.right))
    return Relation(left, right, relation.sign)


def _speaks(relation: Relation, names: set[str]) -> bool:
    return not names.isdisjoint(n.symbols_of(relation.left).keys() | n.symbols_of(relation.right).keys())
