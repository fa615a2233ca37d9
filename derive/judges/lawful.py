"""What has to hold of the parameters of laws, so that there are such laws: a probability is none at 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from derive.errors import IrrationalError
from derive.evaluate import Evaluator
from derive.language import nodes as n
from derive.language.laws import are_moments
from derive.language.statements import Relation


@dataclass(frozen=True, slots=True)
class Asked:
    """What one law asks of its parameters.

    Attributes:
        moments: the parameters of each part of it of which moments alone are given.
        surely_met: whether it is seen at sight that there are parameters that fit.
        looked_at: whether the law has to be one, wherever what it stands in has a value; a sum may leave terms out.
    """

    conditions: tuple[Relation, ...]
    moments: tuple[tuple[n.Expr, ...], ...]
    surely_met: bool
    looked_at: bool = True


@dataclass(frozen=True, slots=True)
class Lawful:
    """What the laws in some expressions ask of their parameters.

    Attributes:
        conditions: all of it that inequalities say.
        told: of these what there is to know of the parameters wherever the expressions have values.
        moments: what has moreover to be moments of some law.
        surely_met: whether it is seen at sight that it can be met.
    """

    conditions: tuple[Relation, ...]
    told: tuple[Relation, ...]
    moments: tuple[tuple[n.Expr, ...], ...]
    surely_met: bool

    def are_some(self, evaluator: Evaluator) -> bool:
        """Whether there are laws with such moments: what inequalities do not say is asked where one is an equation."""
        for parameters in self.moments:
            with suppress(IrrationalError):
                if not are_moments([Fraction(1), *(Fraction(evaluator(one)) for one in parameters)]):
                    return False
        return True


def lawful(exprs: Sequence[n.Expr]) -> Lawful:
    """What the laws in the expressions ask of their parameters, where these have other values at those."""
    found = [one for expr in exprs for one in _asked(expr)]
    if not found:
        return NOTHING
    every = dict.fromkeys(relation for one in found for relation in one.conditions)
    told = dict.fromkeys(relation for one in found if one.looked_at for relation in one.conditions)
    moments = dict.fromkeys(parameters for one in found for parameters in one.moments)
    return Lawful(tuple(every), tuple(told), tuple(moments), all(one.surely_met for one in found))


NOTHING = Lawful((), (), (), True)


@lru_cache(maxsize=4096)
def _asked(expr: n.Expr) -> tuple[Asked, ...]:
    return tuple(_of(expr))


def _of(expr: n.Expr) -> Iterator[Asked]:
    """What each law asks; without what it asks of letters that vary inside."""
    if not any(isinstance(node, n.Expectation) for node in expr.walk()):
        return
    if isinstance(expr, n.Expectation):
        for law in expr.laws:
            conditions = tuple(Relation(left, right, "≤") for left, right in law.conditions)
            yield Asked(conditions, law.given_moments, law.surely_some)
    left_out = isinstance(expr, n.SizePower | n.Integral)
    left_out |= isinstance(expr, n.Total) and bool(expr.apart or expr.within)
    for place, child in enumerate(expr.children):
        for one in _asked(child):
            conditions, moments = one.conditions, one.moments
            if isinstance(expr, n.At) and place == 0:
                conditions = tuple(_at(relation, expr) for relation in conditions)
                moments = tuple(tuple(replace(expr, body=value) for value in values) for values in moments)
            elif isinstance(expr, n.Expectation) and place == 0:
                names = {variable.name for variable in expr.variables}
                conditions = tuple(relation for relation in conditions if not _speaks(relation, names))
                moments = tuple(values for values in moments if not any(names & n.symbols_of(v).keys() for v in values))
            met = one.surely_met and (conditions == one.conditions or not isinstance(expr, n.At))
            yield Asked(conditions, moments, met, one.looked_at and not left_out)


def _at(relation: Relation, there: n.At) -> Relation:
    if not _speaks(relation, {variable.name for variable in there.variables}):
        return relation
    left, right = (replace(there, body=side) for side in (relation.left, relation.right))
    return Relation(left, right, relation.sign)


def _speaks(relation: Relation, names: set[str]) -> bool:
    return not names.isdisjoint(n.symbols_of(relation.left).keys() | n.symbols_of(relation.right).keys())
