"""Degrees of expressions as polynomials in the entries of a symbol."""

from __future__ import annotations

from fractions import Fraction

from derive.errors import TypingError
from derive.language import nodes as n


def degree(expr: n.Expr, name: str) -> int | None:
    """A bound on the degree of the expression as a polynomial in the entries of a symbol; None if it is none.

    >>> from derive import dims, matrix, norm2
    >>> D, d = dims("D d")
    >>> W = matrix("W", d, D)
    >>> degree(norm2(W.T @ W), "W")
    4
    """
    if isinstance(expr, n.Symbol):
        return int(expr.name == name)
    if isinstance(expr, n.At | n.Along | n.Gradient):
        return None
    inner = [degree(child, name) for child in expr.children]
    if isinstance(expr, n.Expectation | n.Integral) and name in {variable.name for variable in expr.variables}:
        return 0 if not any(inner[1:]) else None
    if isinstance(expr, n.Expectation | n.Integral):  # of a law's parameter, or of an end, it is no simple polynomial
        return inner[0] if not any(inner[1:]) else None
    if isinstance(expr, n.Div):
        return inner[0] if inner[1] == 0 else None
    if isinstance(expr, n.Sqrt | n.Inverse | n.Relu | n.AtLeastZero | n.SizePower):
        return 0 if inner[0] == 0 else None
    return None if any(part is None for part in inner) else _degree(expr, [part for part in inner if part is not None])


def _degree(expr: n.Expr, inner: list[int]) -> int:
    if isinstance(expr, n.Mul | n.MatMul | n.Inner):
        return sum(inner)
    if isinstance(expr, n.Power):
        return inner[0] * expr.exponent
    if isinstance(expr, n.Norm2):
        return 2 * inner[0]
    return max(inner, default=0)


def piecewise_degree(expr: n.Expr, name: str) -> int | None:
    """The same between the kinks of what ReLUs are of, where each is 0 or its argument; None if no polynomial."""
    return degree(n.rebuild(expr, lambda node: piecewise(node, on=True)), name)


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
    inner = (node for node in integral.body.walk() if isinstance(node, n.Expectation | n.Integral))
    if any(variable.name == name for node in inner for variable in node.variables):
        raise TypingError(f"{integral}: {name} is integrated over twice")
    if piecewise_degree(integral.body, name) is None:
        raise TypingError(f"{integral}: what is integrated is no polynomial in {name}, nor piecewise one")
    for node in kinked(integral):
        if degree(node.arg, name) != 1:
            raise TypingError(f"{integral}: {node} has a kink that is not where something linear in {name} vanishes")
        inner = (
            one for one in integral.body.walk() if isinstance(one, n.Expectation | n.Integral) and node in one.walk()
        )
        if drawn := {variable.name for one in inner for variable in one.variables} & n.symbols_of(node).keys():
            raise TypingError(f"{integral}: {node} has another kink for each {min(drawn)}")
        if not node.free <= integral.free:
            raise TypingError(f"{integral}: {node} has another kink for each {min(node.free - integral.free, key=str)}")


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


def has_pieces(expr: n.Expr) -> bool:
    """Whether an integral in the expression takes something for granted."""
    return any(isinstance(node, n.Integral) and node.pieces for node in expr.walk())


def obligations(integral: n.Integral) -> list[tuple[n.Expr, bool]]:
    """What has to be shown of the pieces: expressions that are at least zero (True), or at most zero (False).

    What is linear is not negative between two places if it is not negative at these two.
    """
    found: dict[tuple[n.Expr, bool], None] = {}
    start = integral.low
    for end, on in integral.pieces:
        for node in kinked(integral):
            for place in (start, end):
                found[substituted(node.arg, integral.variable, place), on] = None
        start = end
    return list(found)
