"""What a proof takes to exist that its claim does not speak of.

A statement with an inverse, a quotient or a root in it speaks of the values where that exists. So does what an earlier
claim states: ``A⁻¹A = I`` is proved of every A, and says nothing of a singular one. A proof that cites it of a claim in
which A⁻¹ does not occur holds for invertible A only. Such an expression has to be shown to exist, by what the claim
assumes; else the claim is not proved.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import product

from derive.kernel import Statement
from derive.kernel import statement as k
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.indices import Dim, DimOrder
from derive.language.statements import Property, Relation, Sequent, expressions
from derive.prove.attempt import Proof
from derive.prove.lower import Lowering, kernel_name

PARTIAL = (n.Inverse, n.Div, n.Sqrt, n.SizePower)
"""What does not exist everywhere."""
ZERO = n.Number(Fraction(0))


def taken_to_exist(
    sequent: Sequent, proof: Proof, assumptions: Sequence[Assumption], steps: Sequence[Assumption]
) -> list[n.Expr]:
    """The partial expressions that cited hypotheses mention, and neither the sequent nor what is assumed does.

    Args:
        assumptions: what is assumed, and what earlier claims state.
        steps: what earlier steps of the claim state.
    """
    statement, low = proof.theorem.statement, proof.lowering
    stated = {a.name for a in (*assumptions, *steps) if a.origin or a.known or a in steps}
    assumed = {a.name for a in assumptions} | {str(premise) for premise in sequent.premises}
    chosen = () if sequent.chosen is None else (sequent.chosen.member,)
    sides = (sequent.goal.left, sequent.goal.right, *chosen)
    given = [*sequent.premises, *(a.statement for a in assumptions if a.name in assumed - stated)]
    skipped = _skipped([*sides, *(expr for one in given if not isinstance(one, DimOrder) for expr in expressions(one))])
    spoken_of = _spoken_of(statement, low) | _mentioned(statement, assumed - stated, low, low.stated)
    spoken_of -= {letter for expr, letter in low.made.items() if _written_out(expr) in skipped}
    cited = _mentioned(statement, set(proof.theorem.used), low) - spoken_of
    known = {part for side in sides for part in partial_parts(side, surely=True)}
    known |= {expr for expr, letter in low.made.items() if letter in spoken_of}
    taken = (expr for expr, letter in low.made.items() if letter in cited and isinstance(expr, PARTIAL))
    return [part for part in dict.fromkeys(one for e in taken for one in partial_parts(e)) if part not in known]


@lru_cache(maxsize=4096)
def partial_parts(expr: n.Expr, surely: bool = False) -> tuple[n.Expr, ...]:
    """What has to exist for the expression to, once each: of a quotient the reciprocal, which is all that may not.

    Where letters have other values, 1/g at g = 2 say, it has to exist there, which says nothing of g.

    Args:
        surely: without what may never be looked at: terms that a sum leaves out, or all of them where none are left;
            the base of a power that may be the 0th.
    """
    found: dict[n.Expr, None] = {}
    if isinstance(expr, n.Div) and not isinstance(expr.bottom, n.Number):
        found[n.Div(n.Number(Fraction(1)), expr.bottom)] = None
    elif isinstance(expr, n.Inverse | n.Sqrt) or (isinstance(expr, n.SizePower) and not expr.everywhere):
        found[expr] = None
    if surely and (isinstance(expr, n.SizePower) or (isinstance(expr, n.Total) and (expr.apart or expr.within))):
        return tuple(found)
    for place, child in enumerate(expr.children):
        there = expr if isinstance(expr, n.At) and place == 0 else None
        parts = partial_parts(child, surely)
        found |= dict.fromkeys(parts if there is None else [_at(part, there) for part in parts])
    return tuple(found)


@lru_cache(maxsize=4096)
def _written_out(expr: n.Expr) -> n.Expr:
    return n.written_out(expr)


def _skipped(exprs: Sequence[n.Expr]) -> set[n.Expr]:
    """What the expressions have in them only where it may never be looked at, definitions written out."""
    written = [_written_out(expr) for expr in exprs]
    surely = {part for expr in written for part in partial_parts(expr, surely=True)}
    return {part for expr in written for part in partial_parts(expr)} - surely


def _at(part: n.Expr, there: n.At) -> n.Expr:
    """The part at the values that the letters have there; as it is if it has none of them in it."""
    moved = {variable.name for variable in there.variables}
    return replace(there, body=part) if moved & n.symbols_of(part).keys() else part


def taken_by_pieces(relation: Relation) -> list[n.Expr]:
    """The partial expressions in the ends of pieces that the relation, as it is meant, does not speak of: a piece that
    ends at b/g is there for a proof only, and says nothing of g."""
    sides = (relation.left, relation.right)
    spoken_of = {part for side in sides for part in partial_parts(n.rebuild(side, _whole), surely=True)}
    every = (part for side in sides for part in partial_parts(side))
    return [part for part in dict.fromkeys(every) if part not in spoken_of]


def _whole(node: n.Expr) -> n.Expr | None:
    """An integral without its pieces; for ``rebuild``."""
    return replace(node, pieces=()) if isinstance(node, n.Integral) and node.pieces else None


def _mentioned(statement: Statement, names: set[str], low: Lowering, places: Container[int] | None = None) -> set[str]:
    """The letters of the hypotheses with these names, at these places or anywhere."""
    found = enumerate(statement.hypotheses)
    named = (h for place, h in found if h.name in names and (places is None or place in places))
    return set().union(*(_spoken_of(h, low) for h in named))


def _spoken_of(line: Statement | k.Hypothesis, low: Lowering) -> set[str]:
    """The letters of which the line says something at the values that all have, and not at others only."""
    return _spoken(line.left, low) | _spoken(line.right, low)


def _spoken(formula: k.Formula, low: Lowering) -> set[str]:
    """Without what the program has made of letters that have other values there: the inverse of A at A = I."""
    match formula:
        case k.Tensor(name):
            return {name}
        case k.Plus(items) | k.Times(items):
            return set().union(*(_spoken(item, low) for item in items))
        case k.Sum(_, body):
            return _spoken(body, low)
        case k.Derive(body, moves) | k.Put(body, moves):
            moved = {move.name for move in moves} if isinstance(formula, k.Put) else set()
            elsewhere = {
                letter for expr, letter in low.made.items() if moved & set(map(kernel_name, n.symbols_of(expr)))
            }
            return (_spoken(body, low) - elsewhere).union(*(_spoken(move.value, low) for move in moves))
    return set()


def reasons(expr: n.Expr, sequent: Sequent, assumptions: Sequence[Assumption]) -> Iterator[tuple[Relation, ...]]:
    """Relations each of which, where all are proved from what is assumed, shows that the expression exists."""
    if isinstance(expr, n.Sqrt):
        yield (Relation(ZERO, expr.arg, "≤"),)
    elif isinstance(expr, n.Div):
        bottom = expr.bottom.arg if isinstance(expr.bottom, n.Sqrt) else expr.bottom
        yield (Relation(ZERO, bottom, "<"),)
        yield (Relation(bottom, ZERO, "<"),)
    elif isinstance(expr, n.SizePower):
        orders = tuple(a.statement for a in assumptions if isinstance(a.statement, DimOrder))
        least = _least(expr.dim, expr.less, orders)
        if least is not None and least + expr.shift >= 0:
            yield ()
    elif isinstance(expr, n.Inverse):
        one = n.Identity(expr.arg.shape[0])
        for other in _candidates(expr, _inverses(sequent, assumptions)):
            both = ((expr.arg, other), (other, expr.arg)) if other != one else ((expr.arg,),)
            yield tuple(Relation(n.MatMul(pair) if len(pair) > 1 else pair[0], one) for pair in both)


def _least(dim: Dim, less: Dim | None, orders: Sequence[DimOrder]) -> int | None:
    """The least that ``dim`` − ``less`` can be, or ``dim`` itself, by the longest way along the orders."""
    if dim == less:
        return 0
    rest = [order for order in orders if order.large != dim]  # no order is used twice, so that the search ends
    below = [_least(order.small, less, rest) for order in orders if order.large == dim]
    return max((found + 1 for found in below if found is not None), default=None if less else 1)


def _inverses(sequent: Sequent, assumptions: Sequence[Assumption]) -> list[n.Expr]:
    """The inverses that the sequent or what is assumed speaks of, or that is said to exist."""
    given = [a.statement for a in assumptions if not a.origin and not isinstance(a.statement, DimOrder)]
    found: dict[n.Expr, None] = {}
    for statement in (*given, *sequent.premises, sequent.goal):
        found |= {n.Inverse(m): None for m in statement.inverses} if isinstance(statement, Property) else {}
        parts = (part for expr in expressions(statement) for part in partial_parts(expr, surely=True))
        found |= {part: None for part in parts if isinstance(part, n.Inverse)}
    return list(found)


def _candidates(expr: n.Expr, known: Sequence[n.Expr]) -> Iterator[n.Expr]:
    """The identity, known inverses and their transposes, and products of two of these, of the right shape."""
    yield n.Identity(expr.shape[0])
    both = [one for inverse in known for one in (inverse, n.Transpose(inverse)) if one.shape == expr.shape]
    yield from both
    yield from (n.MatMul(pair) for pair in product(both, repeat=2))


def exists(
    expr: n.Expr, sequent: Sequent, assumptions: Sequence[Assumption], proves: Callable[[Relation], bool]
) -> bool:
    """Whether the expression is shown to exist; ``proves`` says whether a relation follows from what is known."""
    ways = reasons(expr, sequent, assumptions)
    return any(all(proves(relation) for relation in relations) for relations in ways)
