"""What has to hold of the parameters of laws, so that there are such laws: a probability is none at 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from derive.language import nodes as n
from derive.language.statements import Relation


@dataclass(frozen=True, slots=True)
class Asked:
    """What one law asks of its parameters.

    Attributes:
        surely_met: whether it is seen at sight that there are parameters that fit.
        looked_at: whether the law has to be one, wherever what it stands in has a value; a sum may leave terms out.
    """

    conditions: tuple[Relation, ...]
    surely_met: bool
    looked_at: bool = True


@dataclass(frozen=True, slots=True)
class Lawful:
    """What the laws in some expressions ask of their parameters.

    Attributes:
        conditions: all of it, and that no law is of one point only where that is what its moments would have to say.
        told: what there is to know of the parameters wherever the expressions have values.
        surely_met: whether it is seen at sight that it can be met.
    """

    conditions: tuple[Relation, ...]
    told: tuple[Relation, ...]
    surely_met: bool

    @property
    def necessary(self) -> tuple[Relation, ...]:
        """What holds of every law: the moments of a number that is no random one are some as well."""
        return tuple(map(_weak, self.conditions))


def lawful(exprs: Sequence[n.Expr]) -> Lawful:
    """What the laws in the expressions ask of their parameters, where these have other values at those."""
    found = [one for expr in exprs for one in _of(expr)]
    every = dict.fromkeys(relation for one in found for relation in one.conditions)
    told = dict.fromkeys(_weak(relation) for one in found if one.looked_at for relation in one.conditions)
    return Lawful(tuple(every), tuple(told), all(one.surely_met for one in found))


def _weak(relation: Relation) -> Relation:
    return Relation(relation.left, relation.right, "≤")


def _of(expr: n.Expr) -> Iterator[Asked]:
    """What each law asks; without what it asks of letters that vary inside."""
    if not any(isinstance(node, n.Expectation) for node in expr.walk()):
        return
    if isinstance(expr, n.Expectation):
        for law in expr.laws:
            yield Asked(tuple(Relation(*condition) for condition in law.conditions), law.surely_some)
    left_out = isinstance(expr, n.SizePower | n.Integral)
    left_out |= isinstance(expr, n.Total) and bool(expr.apart or expr.within)
    for place, child in enumerate(expr.children):
        for one in _of(child):
            conditions = one.conditions
            if isinstance(expr, n.At) and place == 0:
                conditions = tuple(_at(relation, expr) for relation in conditions)
            elif isinstance(expr, n.Expectation) and place == 0:
                names = {variable.name for variable in expr.variables}
                conditions = tuple(relation for relation in conditions if not _speaks(relation, names))
            met = one.surely_met and (conditions == one.conditions or not isinstance(expr, n.At))
            yield Asked(conditions, met, one.looked_at and not left_out)


def _at(relation: Relation, there: n.At) -> Relation:
    if not _speaks(relation, {variable.name for variable in there.variables}):
        return relation
    left, right = (replace(there, body=side) for side in (relation.left, relation.right))
    return Relation(left, right, relation.sign)


def _speaks(relation: Relation, names: set[str]) -> bool:
    return not names.isdisjoint(n.symbols_of(relation.left).keys() | n.symbols_of(relation.right).keys())
