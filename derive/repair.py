"""What would make a false statement true: the table of planted errors read backwards.

One rational coefficient is solved for exactly, at every place that has one; then one transpose, swap, sign, index or
condition is tried. Only the suspect definition varies, or the right side if none is suspected. What is offered is
proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

from derive.errors import DeriveError
from derive.evaluate import Evaluator, Instance, free_indices, stacked
from derive.language import nodes as n
from derive.language.statements import Relation
from derive.plant import damaged_copies
from derive.report import Repair

STRUCTURAL = ("sign", "transpose", "swap", "index", "delta", "k ≠ j", "dropped")
MOST_CANDIDATES = 400


@dataclass(frozen=True, slots=True)
class Candidate:
    """A changed relation, and what was put in place of what."""

    was: str
    now: str
    relation: Relation
    shown: str


def find_repair(
    relation: Relation, suspect: n.Defined | None, instances: Sequence[Instance], prove: Callable[[Relation], bool]
) -> Repair | None:
    """The least repair that ``prove`` accepts, with all others of the same size; None if there is none.

    Args:
        instances: exact instances of the hypotheses; what fails at one of them is not tried further.
    """
    seen: dict[str, Candidate] = {}
    for candidate in _candidates(relation, suspect, instances):
        if candidate.relation.left == candidate.relation.right:
            continue  # true of everything, and so no repair
        if candidate.shown not in seen and _holds(candidate.relation, instances) and prove(candidate.relation):
            seen[candidate.shown] = candidate
    if not seen:
        return None
    first, *others = seen.values()
    return Repair(first.was, first.now, first.shown, tuple(f"{c.shown} ({c.was} → {c.now})" for c in others))


def _candidates(relation: Relation, suspect: n.Defined | None, instances: Sequence[Instance]) -> Iterator[Candidate]:
    target = suspect.body if suspect else relation.right

    def rebuilt(body: n.Expr) -> tuple[Relation, str]:
        if suspect is None:
            changed = replace(relation, right=body)
            return changed, str(changed)
        new = replace(suspect, body=body)
        left, right = (_exchanged(side, suspect, new) for side in (relation.left, relation.right))
        return Relation(left, right, relation.sign), f"{suspect.name} = {body}"

    yield from _coefficients(target, rebuilt, instances)
    for number, (kind, node, now, body) in enumerate(damaged_copies(target, _near(relation))):
        if kind in STRUCTURAL and number < MOST_CANDIDATES:
            try:
                yield Candidate(str(node), str(now), *rebuilt(body))
            except DeriveError:
                continue


def _exchanged(expr: n.Expr, old: n.Expr, new: n.Expr) -> n.Expr:
    return n.rebuild(expr, lambda node: new if node == old else None)


def _near(relation: Relation) -> list[Any]:
    return sorted(relation.left.free | relation.right.free, key=lambda index: index.name)


def _coefficients(
    target: n.Expr, rebuilt: Callable[[n.Expr], tuple[Relation, str]], instances: Sequence[Instance]
) -> Iterator[Candidate]:
    """One coefficient at a time, solved for: the residual is affine in it."""
    for was, put in coefficient_places(target):
        try:
            value = _solved(lambda c, put=put: rebuilt(put(c))[0], instances[0])  # type: ignore[misc]
        except DeriveError:
            continue
        if value is not None and value != was:
            yield Candidate(_fraction_text(was), _fraction_text(value), *rebuilt(put(value)))


def _fraction_text(value: Fraction) -> str:
    return str(value)


def coefficient_places(expr: n.Expr, whole: bool = True) -> Iterator[tuple[Fraction, Callable[[Fraction], n.Expr]]]:
    """Every rational coefficient of the expression: its value, and how another is put there.

    Written ones stand anywhere; an understood 1 stands before the whole and before each term of a sum.
    """
    if isinstance(expr, n.Number):
        yield expr.value, n.Number
        return
    if whole and not (isinstance(expr, n.Mul | n.Neg) and _has_number(expr)):
        yield Fraction(1), partial(_scaled, expr=expr)
    if isinstance(expr, n.Defined):
        return
    given = len(expr.values) if isinstance(expr, n.At | n.Along) else 0
    for place in range(len(expr.children) - given):
        for was, put in coefficient_places(expr.children[place], isinstance(expr, n.Add)):
            yield was, _through(expr, place, put)


def _has_number(expr: n.Expr) -> bool:
    parts = expr.children
    return any(isinstance(part, n.Number) or (isinstance(part, n.Mul) and _has_number(part)) for part in parts)


def _scaled(value: Fraction, expr: n.Expr) -> n.Expr:
    return expr if value == 1 else n.Mul((n.Number(value), *(expr.factors if isinstance(expr, n.Mul) else (expr,))))


def _through(expr: n.Expr, place: int, put: Callable[[Fraction], n.Expr]) -> Callable[[Fraction], n.Expr]:
    def rebuilt(value: Fraction) -> n.Expr:
        return expr.with_children((*expr.children[:place], put(value), *expr.children[place + 1 :]))

    return rebuilt


def _solved(changed: Callable[[Fraction], Relation], instance: Instance) -> Fraction | None:
    """The coefficient at which the residual vanishes, if it is affine in the coefficient and one value does for all."""
    rows = [_residual(changed(Fraction(value)), instance) for value in (0, 1, 3)]
    found: set[Fraction] = set()
    for at_0, at_1, at_3 in zip(*rows, strict=True):
        slope = at_1 - at_0
        if at_3 - at_0 != 3 * slope:
            return None
        if slope == 0:
            if at_0 != 0:
                return None
            continue
        found.add(Fraction(-at_0) / slope)
    return found.pop() if len(found) == 1 else None


def _residual(relation: Relation, instance: Instance) -> list[Any]:
    evaluator = Evaluator(instance)
    over = free_indices(relation.left, relation.right)
    left, right = (stacked(side, evaluator, over) for side in (relation.left, relation.right))
    return [a - b for a, b in zip(left, right, strict=True)]


def _holds(relation: Relation, instances: Sequence[Instance]) -> bool:
    try:
        return all(not any(_residual(relation, instance)) for instance in instances)
    except DeriveError:
        return False
