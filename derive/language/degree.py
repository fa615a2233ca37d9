"""Degrees of expressions as polynomials in the entries of a symbol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from derive.errors import TypingError
from derive.language import nodes as n

NONE: frozenset[str] = frozenset()


def degree(expr: n.Expr, name: str, together: frozenset[str] = NONE) -> int | None:
    """A bound on the degree of the expression as a polynomial in the entries of a symbol; None if it is none.

    Args:
        together: variables of integrals in it, the ends of whose pieces may depend on the symbol: their powers count
            as well, and each such integral adds one.

    >>> from derive import dims, matrix, norm2
    >>> D, d = dims("D d")
    >>> W = matrix("W", d, D)
    >>> degree(norm2(W.T @ W), "W")
    4
    """
    if isinstance(expr, n.Symbol):
        return int(expr.name == name or expr.name in together)
    if isinstance(expr, n.At | n.Along | n.Gradient):
        return None
    inner = [degree(child, name, together) for child in expr.children]
    if isinstance(expr, n.Expectation | n.Integral) and name in {variable.name for variable in expr.variables}:
        return _of_average(expr, [0, *inner[1:]])
    if isinstance(expr, n.Expectation | n.Integral):
        found = _of_average(expr, inner)
        return found if found is None else found + (expr.variables[0].name in together)
    if isinstance(expr, n.Div):
        return inner[0] if inner[1] == 0 else None
    if isinstance(expr, n.Sqrt | n.Inverse | n.Relu | n.AtLeastZero | n.SizePower):
        return 0 if inner[0] == 0 else None
    return None if any(part is None for part in inner) else _degree(expr, [part for part in inner if part is not None])


def _of_average(expr: n.Expectation | n.Integral, inner: list[int | None]) -> int | None:
    """That of the body; of a law's parameter, or of an end, an average is no simple polynomial."""
    outside = inner[1:3] if isinstance(expr, n.Integral) else inner[1:]
    return inner[0] if all(part == 0 for part in outside) else None


def _degree(expr: n.Expr, inner: list[int]) -> int:
    if isinstance(expr, n.Mul | n.MatMul | n.Inner):
        return sum(inner)
    if isinstance(expr, n.Power):
        return inner[0] * expr.exponent
    if isinstance(expr, n.Norm2):
        return 2 * inner[0]
    return max(inner, default=0)


@lru_cache(maxsize=1024)
def piecewise_degree(expr: n.Expr, name: str) -> int | None:
    """The same between the kinks of what ReLUs are of, where each is 0 or its argument; None if no polynomial.

    Where an integral inside has a kink that moves with the symbol, it is a polynomial of one degree more in both
    variables together: its ends, or the kink, take the place of its own variable.
    """
    return degree(n.rebuild(expr, lambda node: piecewise(node, on=True)), name, moving_with(expr, name))


def moving_with(expr: n.Expr, name: str) -> frozenset[str]:
    """The variables of the integrals with kinks in an expression, if kinks in it move with the symbol."""
    if not any(isinstance(node, n.Relu) and name in n.symbols_of(node) for node in expr.walk()):
        return NONE
    return frozenset(node.variable.name for node in expr.walk() if isinstance(node, n.Integral) and kinked(node))


def piecewise(node: n.Expr, on: bool) -> n.Expr | None:
    """What a ReLU is where its argument is not negative, or not positive; for ``rebuild``."""
    if not isinstance(node, n.Relu):
        return None
    return node.arg if on else n.Number(Fraction(0))


def kinked(integral: n.Integral) -> list[n.Relu]:
    """The ReLUs in what is integrated, of which the kinks depend on the variable."""
    nodes = (node for node in integral.body.walk() if isinstance(node, n.Relu))
    return [node for node in dict.fromkeys(nodes) if integral.variable.name in n.symbols_of(node)]


def check_integrable(integral: n.Integral) -> None:
    """Refuse what is no polynomial between kinks that can be told.

    Raises:
        TypingError: it is not.
    """
    name = integral.variable.name
    inner = [node for node in integral.body.walk() if isinstance(node, n.Expectation | n.Integral)]
    if any(variable.name == name for node in inner for variable in node.variables):
        raise TypingError(f"{integral}: {name} is integrated over twice")
    if piecewise_degree(integral.body, name) is None:
        raise TypingError(f"{integral}: what is integrated is no polynomial in {name}, nor piecewise one")
    together = moving_with(integral.body, name)
    for node in kinked(integral):
        if degree(node.arg, name, together) != 1:
            names = ", ".join(sorted({name, *together} & n.symbols_of(node).keys()))
            raise TypingError(f"{integral}: {node} has a kink that is not where something linear in {names} vanishes")
        random = (one for one in inner if isinstance(one, n.Expectation) and node in one.walk())
        if drawn := {variable.name for one in random for variable in one.variables} & n.symbols_of(node).keys():
            raise TypingError(f"{integral}: {node} has another kink for each {min(drawn)}")
        if not node.free <= integral.free:
            raise TypingError(f"{integral}: {node} has another kink for each {min(node.free - integral.free, key=str)}")
    obligations(integral)


def substituted(expr: n.Expr, variable: n.Symbol, value: n.Expr) -> n.Expr:
    """The expression with a scalar in place of a variable; definitions that mention it are written out.

    Raises:
        TypingError: an index of the scalar is summed in the expression.
    """
    summed = {index.name for node in expr.walk() for index in node.bound}
    if caught := {index.name for index in value.free} & summed:
        raise TypingError(f"{expr}: {min(caught)} is summed in it, and an index of {value}; rename one of them")

    def change(node: n.Expr) -> n.Expr | None:
        if node == variable:
            return value
        if isinstance(node, n.Defined) and variable.name in n.symbols_of(node):
            return n.rebuild(node.body, change)
        return None

    return n.rebuild(expr, change)


# Pieces -------------------------------------------------------------------------------------------------------------


def has_pieces(expr: n.Expr) -> bool:
    """Whether an integral in the expression takes something for granted."""
    return any(isinstance(node, n.Integral) and node.pieces for node in expr.walk())


def obligations(integral: n.Integral) -> list[tuple[n.Expr, bool]]:
    """What has to be shown of the pieces: expressions that are at least zero (True), or at most zero (False).

    What is linear is not negative between two places if it is not negative at these two. So it is with what has to be
    shown of an integral inside: at each of its ends it is to be linear in the variable of the one outside.

    Raises:
        TypingError: it is not; or there are pieces of an integral inside, and no such integral.
    """
    found: dict[tuple[n.Expr, bool], None] = {}
    start, name = integral.low, integral.variable.name
    within = {node.variable.name for node in integral.body.walk() if isinstance(node, n.Integral)}
    for end, inside in integral.pieces:
        if loose := within & n.symbols_of(end).keys():
            raise TypingError(f"{integral}: an end, {end}, depends on {min(loose)}, which is integrated over inside")
        for expr, on in _asked_within(integral, inside):
            if degree(expr, name) not in (0, 1):
                raise TypingError(f"{integral}: at an end of a piece, {expr} is not linear in {name}")
            for place in (start, end):
                found[substituted(expr, integral.variable, place), on] = None
        start = end
    return list(found)


def _asked_within(integral: n.Integral, inside: bool | n.Pieces) -> Iterator[tuple[n.Expr, bool]]:
    """What has to be shown in a piece, for every value of the variable there."""
    own, held = _outside(integral), holding_kinks(integral.body)
    if isinstance(inside, bool):
        yield from ((node.arg, inside) for node in own)
    elif own or len(held) != 1:
        raise TypingError(f"{integral}: the pieces in a piece are those of one integral that holds every ReLU")
    for one in held:
        yield from obligations(in_piece(one, inside))


def _outside(integral: n.Integral) -> list[n.Relu]:
    """The ReLUs with a kink at a value of the variable that is the same for all values of the variables inside."""
    inside = {node.variable.name for node in integral.body.walk() if isinstance(node, n.Integral)}
    return [node for node in kinked(integral) if not inside & n.symbols_of(node).keys()]


def holding_kinks(expr: n.Expr) -> list[n.Integral]:
    """The outermost integrals in an expression that have kinks, or of which those inside have."""
    if isinstance(expr, n.Integral) and (kinked(expr) or holding_kinks(expr.body)):
        return [expr]
    return list(dict.fromkeys(one for child in expr.children for one in holding_kinks(child)))


def in_piece(integral: n.Integral, inside: bool | n.Pieces) -> n.Integral:
    """An integral inside another, in a piece of that."""
    return replace(integral, pieces=((integral.high, inside),) if isinstance(inside, bool) else inside)


def settled(integral: n.Integral, inside: bool | n.Pieces) -> n.Expr:
    """What is integrated, in a piece: the ReLUs are settled, or left to integrals inside, which are given pieces."""
    own = set(_outside(integral)) if isinstance(inside, bool) else set()
    body = n.rebuild(integral.body, lambda node: piecewise(node, bool(inside)) if node in own else None)
    held = set(holding_kinks(body))
    return n.rebuild(
        body, lambda node: in_piece(node, inside) if isinstance(node, n.Integral) and node in held else None
    )
