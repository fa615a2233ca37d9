"""Values of expressions with derivatives in them, where each method takes the derivatives in its own way.

An expression is split at its outermost derivatives. What is inside and what is outside goes through the lambdified
SymPy translation; the derivative between them is the method's. So are expectations and integrals, which
count as derivatives here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import count, product
from typing import Any, cast

import numpy as np

from derive.crosscheck.lambdified import Lambdified
from derive.errors import DeriveError
from derive.language import nodes as n
from derive.language.indices import Index

Values = Mapping[str, Any]
Derivative = n.Gradient | n.Along | n.At | n.Expectation | n.Integral


@lru_cache(maxsize=1024)
def lambdified(expr: n.Expr) -> Lambdified:
    """The lambdified translation, made once for equal expressions."""
    return Lambdified(expr)


@lru_cache(maxsize=1024)
def split(expr: n.Expr) -> tuple[n.Expr, tuple[tuple[n.Symbol, Derivative], ...]]:
    """The expression with a symbol in place of each outermost derivative, and what the symbols stand for.

    A derivative that varies with an index that is summed outside of it is an entry of its symbol.
    """
    found: dict[Derivative, n.Symbol] = {}

    def change(node: n.Expr) -> n.Expr | None:
        if not isinstance(node, Derivative):
            return None
        over = summed_outside(node, expr)
        if node not in found:
            name = f"∇#{len(found) + 1}"  # a mark that no author's symbol has
            found[node] = n.Symbol(name, tuple(index.dim for index in over) or node.shape, name)
        return n.Entry(found[node], over[0], over[1] if len(over) > 1 else None) if over else found[node]

    skeleton = n.rebuild(expr, change)
    return skeleton, tuple((symbol, node) for node, symbol in found.items())


def summed_outside(node: Derivative, expr: n.Expr) -> list[Index]:
    """The indices of a part of an expression that are summed around it, in order of name.

    Raises:
        DeriveError: there are more than two, or the part is a matrix: its values would need more than two indices.
    """
    over = sorted((index for index in node.free - expr.free if not index.fixed), key=lambda index: index.name)
    if len(over) > 2 or (over and node.shape):
        raise DeriveError(f"{node} is summed over {', '.join(index.name for index in over)} outside")
    return over


@lru_cache(maxsize=1024)
def unmoved(node: n.Integral) -> tuple[n.Integral, tuple[tuple[n.Symbol, n.Expr], ...]]:
    """The integral with a symbol in place of each product of matrices that nothing in it moves, and these products.

    They are then multiplied out once, and not at every point of a quadrature. What may have no value stays where it is.
    """
    moving = {v.name for part in node.walk() if isinstance(part, Derivative) for v in variables_of(part)}
    found: dict[n.Expr, n.Symbol] = {}

    def change(part: n.Expr) -> n.Expr | None:
        nodes = part.walk()
        if part.free or not all(isinstance(one, EVERYWHERE) for one in nodes) or moving & n.symbols_of(part).keys():
            return None
        if not any(isinstance(one, n.MatMul) for one in nodes):
            return None
        if part not in found:
            name = f"fixed#{next(NUMBERS)}"  # not that of another integral, which may stand inside
            found[part] = n.Symbol(name, part.shape, name)
        return found[part]

    changed = cast(n.Integral, n.rebuild(node, change))
    return changed, tuple((symbol, part) for part, symbol in found.items())


NUMBERS = count(1)
EVERYWHERE = (
    n.Number, n.Size, n.Symbol, n.Identity, n.Zeros, n.Add, n.Neg, n.Mul, n.MatMul, n.Transpose, n.Trace, n.Norm2,
    n.Inner, n.Defined,
)  # fmt: skip
"""What has a value wherever its parts have one."""


def variables_of(node: Derivative) -> tuple[n.Symbol, ...]:
    return (node.variable,) if isinstance(node, n.Gradient) else node.variables


class Calculator:
    """Evaluates expressions over one number system; ``differentiate`` is given the outermost derivatives.

    Args:
        sizes: the value of each dimension.
        values: a number or an object array for each symbol.
        indices: the value of each fixed index, counted from 0.
        rational: how a constant p/q is made a number of this system.
        differentiate: the value of a derivative at given indices; it may call the calculator for the body.
    """

    def __init__(
        self, sizes: Mapping[str, int], values: Values, indices: Mapping[str, int],
        rational: Callable[[int, int], Any] = Fraction,
        differentiate: Callable[[Calculator, Derivative, Mapping[Index, int]], Any] | None = None,
    ) -> None:  # fmt: skip
        self.sizes, self.values, self.indices = sizes, values, indices
        self.rational, self.differentiate = rational, differentiate
        self.known: dict[tuple[Any, ...], Any] = {}
        self.fixed: dict[str, Any] = {}

    def value(self, expr: n.Expr, at: Mapping[Index, int] | None = None) -> Any:
        """The value at the given free indices, counted from 0."""
        place = at or {}
        skeleton, derivatives = split(expr)
        values = dict(self.values)
        for symbol, node in derivatives:
            values[symbol.name] = self._derivatives(node, expr, place)
        function = lambdified(skeleton)
        indices = {**self.indices, **{index.name: value for index, value in place.items()}}
        return function(values, self.sizes, indices, rational=self.rational)

    def _derivatives(self, node: Derivative, expr: n.Expr, place: Mapping[Index, int]) -> Any:
        """The value, or one for each value of the indices that are summed outside, as an array of two axes."""
        over = summed_outside(node, expr)
        if not over:
            return self._derivative(node, place)
        shape = [self.sizes[index.dim.name] for index in over]
        found = np.empty((*shape, *[1] * (2 - len(shape))), dtype=object)
        for at in product(*map(range, shape)):
            value = self._derivative(node, {**place, **dict(zip(over, at, strict=True))})
            found[(*at, *[0] * (2 - len(shape)))] = value[0, 0] if isinstance(value, np.ndarray) else value
        return found

    def _derivative(self, node: Derivative, place: Mapping[Index, int]) -> Any:
        own = {index: value for index, value in place.items() if index in node.free}
        key = (node, *sorted((index.name, value) for index, value in own.items()))
        if key not in self.known:
            if self.differentiate is None:
                raise NotImplementedError(f"{node} is a derivative, which this method does not take")
            calculator, stated = self._with_unmoved(node) if isinstance(node, n.Integral) else (self, node)
            self.known[key] = self.differentiate(calculator, stated, own)
        return self.known[key]

    def _with_unmoved(self, node: n.Integral) -> tuple[Calculator, n.Integral]:
        stated, parts = unmoved(node)
        for symbol, part in parts:
            if symbol.name not in self.fixed:
                self.fixed[symbol.name] = self.value(part)
        return (self.changed({symbol.name: self.fixed[symbol.name] for symbol, _ in parts}) if parts else self), stated

    def stacked(self, expr: n.Expr, over: Sequence[Index]) -> list[Any]:
        """Every entry of the expression for every value of the indices ``over``, in one flat list."""
        found: list[Any] = []
        for place in product(*(range(self.sizes[index.dim.name]) for index in over)):
            value = self.value(expr, dict(zip(over, place, strict=True)))
            found += value.ravel().tolist() if isinstance(value, np.ndarray) else [value]
        return found

    def changed(self, values: Values) -> Calculator:
        """The same calculator with some symbols changed."""
        return Calculator(self.sizes, {**self.values, **values}, self.indices, self.rational, self.differentiate)


def gradients(expr: n.Expr) -> list[n.Gradient] | None:
    """The outermost derivatives if all of them are gradients of expressions without derivatives; else None."""
    _, derivatives = split(expr)
    found = [node for _, node in derivatives if isinstance(node, n.Gradient) and not split(node.body)[1]]
    return found if found and len(found) == len(derivatives) else None
