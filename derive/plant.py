"""Planted errors: copies of a relation damaged at one place, every one of which every judge must see.

A damage is a row of a table: what kind of node it applies to, and the nodes that it puts there. Only copies that are
well typed count. Definitions are left alone: a copy says something else, it does not rename things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from random import Random

from derive.errors import DeriveError, TypingError
from derive.language import nodes as n
from derive.language.indices import Index
from derive.language.statements import Relation

TINY = Fraction(1, 10**20)
LEAST_COPIES = 20
"""Damaged copies of a claim, or every distinct one where there are fewer."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged copy: what was done, to which part, and the relation that came of it."""

    kind: str
    where: object
    relation: Relation

    @property
    def tiny(self) -> bool:
        return self.kind == "1e-20"

    def __str__(self) -> str:
        return f"{self.kind} at {self.where}: {self.relation}"


Copy = Callable[[], n.Expr]
Row = Callable[[n.Expr, Sequence[Index]], Iterator[Copy]]
"""A row of the table gives what makes its copies, since a copy that does not fit cannot be made."""


def _at_each_term(node: n.Expr, change: Callable[[n.Expr], n.Expr]) -> Iterator[Copy]:
    """A sum with one term changed, its sign kept in front of it."""
    for place, term in enumerate(node.terms if isinstance(node, n.Add) else ()):
        new = n.Neg(change(term.arg)) if isinstance(term, n.Neg) else change(term)
        yield partial(_with_part, node, place, new)


def _with_part(node: n.Expr, place: int, new: n.Expr) -> n.Expr:
    return node.with_children((*node.children[:place], new, *node.children[place + 1 :]))


def _negated(term: n.Expr) -> n.Expr:
    return term.arg if isinstance(term, n.Neg) else n.Neg(term)


def _doubled(term: n.Expr) -> n.Expr:
    return n.Number(Fraction(2)) * term


def _nudged(term: n.Expr) -> n.Expr:
    return n.Number(1 + TINY) * term


def _sign(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    for place, term in enumerate(node.terms if isinstance(node, n.Add) else ()):
        yield partial(_with_part, node, place, _negated(term))


def _double(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    yield from _at_each_term(node, _doubled)


def _tiny(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    if isinstance(node, n.Number):
        yield partial(n.Number, node.value + TINY)
    yield from _at_each_term(node, _nudged)


def _number(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    if isinstance(node, n.Number):
        yield from (partial(n.Number, value) for value in (node.value * 2, node.value + 1, -node.value))
    elif isinstance(node, n.Power):
        yield partial(n.Power, node.base, node.exponent + 1)
    elif isinstance(node, n.SizePower):
        yield partial(replace, node, shift=node.shift + 1)
    elif isinstance(node, n.Binomial):
        yield from (partial(replace, node, shift=node.shift + 1), partial(replace, node, less=node.less + 1))


def _transpose(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    if isinstance(node, n.Transpose):
        yield lambda: node.arg
    elif isinstance(node, n.Symbol | n.Defined) and len(node.shape) == 2:
        yield partial(n.Transpose, node)


def _swap(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    if isinstance(node, n.MatMul):
        yield from (partial(n.MatMul, factors) for factors in exchanged(node.factors))


def exchanged(factors: tuple[n.Expr, ...]) -> Iterator[tuple[n.Expr, ...]]:
    """Every order in which two neighbouring blocks of factors have changed places."""
    count = len(factors)
    for start in range(count):
        for middle in range(start + 1, count):
            for end in range(middle + 1, count + 1):
                yield factors[:start] + factors[middle:end] + factors[start:middle] + factors[end:]


def _drop(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    parts = node.children if isinstance(node, n.Add | n.Mul | n.MatMul) else ()
    for place in range(len(parts)):
        rest = parts[:place] + parts[place + 1 :]
        yield partial(_with_parts, type(node), rest)


def _with_parts(kind: type[n.Expr], parts: tuple[n.Expr, ...]) -> n.Expr:
    return parts[0] if len(parts) == 1 else kind(parts)  # type: ignore[call-arg]


INDEX_FIELDS: dict[type[n.Expr], tuple[str, ...]] = {
    n.Entry: ("row", "col"),
    n.Delta: ("col",),
    n.Precedes: ("row", "col"),
    n.Indicator: ("index",),
}


def _index(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    for name in INDEX_FIELDS.get(type(node), ()):
        own = getattr(node, name)
        others = [other for other in near if own is not None and other.dim == own.dim and other != own]
        yield from (partial(replace, node, **{name: other}) for other in others)


def _delta(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    if isinstance(node, n.Delta):
        yield partial(n.Number, Fraction(1))
        yield partial(n.Number(Fraction(1)).__sub__, node)


def _apart(node: n.Expr, near: Sequence[Index]) -> Iterator[Copy]:
    if isinstance(node, n.Total) and node.apart:
        yield partial(replace, node, apart=node.apart[1:])
    if isinstance(node, n.Total) and node.within:
        yield partial(replace, node, within=node.within[1:])


KINDS: dict[str, Row] = {
    "sign": _sign, "factor 2": _double, "1e-20": _tiny, "number": _number, "transpose": _transpose, "swap": _swap,
    "dropped": _drop, "index": _index, "delta": _delta, "k ≠ j": _apart,
}  # fmt: skip
WHOLE: dict[str, Callable[[n.Expr], n.Expr]] = {
    "sign": n.Neg,
    "factor 2": _doubled,
    "1e-20": _nudged,
}


def damaged_copies(expr: n.Expr, near: Sequence[Index] = ()) -> Iterator[tuple[str, n.Expr, n.Expr, n.Expr]]:
    """Every well-typed single-place damage below ``expr``: its kind, the node it hit, what stands there now, and the
    damaged expression."""
    reach = (*near, *sorted((i for i in expr.free if i not in near), key=lambda i: i.name))
    if isinstance(expr, n.Total):
        reach = (*reach, *(index for index in expr.indices if index not in reach))
    for kind, row in KINDS.items():
        for changed in _built(row, expr, reach):
            if changed.shape == expr.shape:
                yield kind, expr, changed, changed
    if isinstance(expr, n.Defined):
        return
    # The values that are substituted, and the pieces of an integral, are the setting of a line, not the line.
    given = len(expr.values) if isinstance(expr, n.At | n.Along) else 0
    given += len(expr.children) - 3 if isinstance(expr, n.Integral) else 0
    for place in range(len(expr.children) - given):
        for kind, node, now, changed in damaged_copies(expr.children[place], reach):
            try:
                yield kind, node, now, _with_part(expr, place, changed)
            except DeriveError:
                continue


def _built(row: Row, expr: n.Expr, near: Sequence[Index]) -> Iterator[n.Expr]:
    """The copies of a row that can be made."""
    for copy in row(expr, near):
        try:
            yield copy()
        except DeriveError:
            continue


def damages(relation: Relation, side: str = "right") -> Iterator[Damage]:
    """Every distinct well-typed copy of the relation with one side damaged at one place."""
    seen: set[n.Expr] = {getattr(relation, side)}
    expr: n.Expr = getattr(relation, side)
    whole = ((kind, expr, expr, change(expr)) for kind, change in WHOLE.items())
    outer = sorted(relation.left.free | relation.right.free, key=lambda index: index.name)
    for kind, node, _, changed in (*whole, *damaged_copies(expr, outer)):
        if changed in seen:
            continue
        seen.add(changed)
        try:
            copy = replace(relation, left=changed) if side == "left" else replace(relation, right=changed)
            yield Damage(kind, node, copy)
        except TypingError:
            continue


def trivial(expr: n.Expr) -> bool:
    """Whether the expression is a plain zero, of which no copy is damaged: two times zero is zero."""
    return isinstance(expr, n.Zeros) or expr == n.Number(Fraction(0))


def chosen(found: Sequence[Damage], count: int, seed: int) -> list[Damage]:
    """``count`` of the copies, in turn from every kind, at random within a kind."""
    random = Random(f"{seed} plant")
    kinds: dict[str, list[Damage]] = {}
    for damage in found:
        kinds.setdefault(damage.kind, []).append(damage)
    for rows in kinds.values():
        random.shuffle(rows)
    picked: list[Damage] = []
    while len(picked) < count and any(kinds.values()):
        picked += [rows.pop() for rows in kinds.values() if rows]
    return picked[:count]
