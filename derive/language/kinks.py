"""Where an integrand with ReLUs ceases to be one polynomial.

An integral over v of what has a kink where a(u) + s v = 0 is, in u, one polynomial between the places where that kink
passes an end of v, and, if there are several, where two of them meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import combinations
from typing import Any

from derive.language import nodes as n

Value = Callable[[n.Expr, Mapping[str, Any]], Any]
"""The value of an expression where symbols, given by name, have these values."""
Affine = tuple[Any, ...]
"""What is linear in some variables: its value where all are 0, and its slope in each."""


def breaks(integral: n.Integral, value: Value) -> list[Affine]:
    """Functions linear in the variable; between the places where they vanish, the body is one polynomial."""
    return _breaks(integral.body, (integral.variable.name,), value)


def _breaks(expr: n.Expr, names: tuple[str, ...], value: Value) -> list[Affine]:
    """The same in several variables, which are those of the integrals around the expression."""
    found = []
    for node in _sources(expr):
        if isinstance(node, n.Relu):
            moves = not n.symbols_of(node.arg).keys().isdisjoint(names)
            found += [_affine(node.arg, names, value)] if moves else []
        elif isinstance(node, n.Integral):
            inside = _breaks(node.body, (*names, node.variable.name), value)
            found += [_put(one, value(end, {})) for one in inside for end in (node.low, node.high)]
            found += [_met(one, other) for one, other in combinations(inside, 2)]
    return found


@lru_cache(maxsize=1024)
def _sources(expr: n.Expr) -> tuple[n.Expr, ...]:
    """The ReLUs and the integrals in an expression, but for those inside these."""
    if isinstance(expr, n.Relu | n.Integral):
        return (expr,)
    return tuple(dict.fromkeys(node for child in expr.children for node in _sources(child)))


def _affine(arg: n.Expr, names: tuple[str, ...], value: Value) -> Affine:
    origin = dict.fromkeys(names, 0)
    start = value(arg, origin)
    return (start, *(value(arg, {**origin, name: 1}) - start for name in names))


def _put(one: Affine, end: Any) -> Affine:
    """With this end in place of the last variable."""
    return (one[0] + one[-1] * end, *one[1:-1])


def _met(one: Affine, other: Affine) -> Affine:
    """Where both vanish at one value of the last variable, this does."""
    return tuple(a * other[-1] - b * one[-1] for a, b in zip(one[:-1], other[:-1], strict=True))
