"""Both sides of an equality as polynomials in all entries, at explicit sizes, with an exact zero test.

Letters that hypotheses bind take the values of an exact model; all others stay symbolic, so that agreement is a proof
at these sizes (and at that model). Derivatives are SymPy's, entry by entry, in ``sympy.polys.rings``. A root or a
quotient gets a generator of its own, and is removed again before the test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from sympy import QQ
from sympy.polys.domains import RationalField
from sympy.polys.rings import PolyElement, PolyRing

from derive.crosscheck.calculus import Calculator, Derivative, variables_of
from derive.errors import IrrationalError, UndefinedError
from derive.evaluate import Instance, array
from derive.evaluate import quotient as plain_quotient
from derive.evaluate import root as plain_root
from derive.language import nodes as n
from derive.language.indices import Index
from derive.language.laws import Law

MOST_MADE = 12
"""Roots and reciprocals of one statement, past which it is given up."""
MOST_ROOTS = 4
"""Roots whose signs are gone through."""


class Rationals(RationalField):  # type: ignore[misc]
    """SymPy's rational numbers, the whole ones as ints, which are multiplied many times as fast as its fractions."""

    zero, one = 0, 1

    def convert(self, element: Any, base: Any = None) -> Any:
        if type(element) is int:
            return element
        if isinstance(element, float):
            raise TypeError(f"{element} is rounded, and these polynomials are exact")
        exact = QQ(*_ratio(element)) if isinstance(element, Fraction) else super().convert(element, base)
        return exact.numerator if exact.denominator == 1 else exact


class Ring(PolyRing):  # type: ignore[misc]
    """SymPy's polynomials, which know their own ring without comparing the names of all generators."""

    def is_element(self, element: Any) -> bool:
        return isinstance(element, PolyElement) and (element.ring is self or super().is_element(element))


class SymbolicPoint:
    """A ring with a generator for every entry of the free letters, and the instance over it.

    Attributes:
        instance: the given instance with generators in place of the values of the free letters.
        moving: generators of letters that have a model's values and are differentiated by.
        relations: for each generator that was made for a root or a reciprocal, which of the two, and of what.
    """

    def __init__(
        self, instance: Instance, letters: Sequence[n.Symbol], moving: Sequence[n.Symbol] = (), made: int = 0
    ) -> None:
        every = [*letters, *moving]
        names = [f"{s.name}_{i}_{j}" for s in every for i, j in np.ndindex(*_shape(instance, s))]
        exact = {name: _mapped(value, _ground) for name, value in instance.values.items()}
        self.ring = Ring([*names, *(f"made_{k}" for k in range(min(made, MOST_MADE)))], Rationals())
        gens = list(self.ring.gens)
        self.spare = gens[len(names) :]
        blocks: dict[str, Any] = {}
        self.relations: list[tuple[PolyElement, str, PolyElement]] = []
        self.settled = 0
        for symbol in every:
            rows, cols = _shape(instance, symbol)
            block = array([[gens.pop(0) for _ in range(cols)] for _ in range(rows)])
            blocks[symbol.name] = block if symbol.shape else block[0, 0]
        self.generators = blocks
        self.moving = {symbol.name: blocks[symbol.name] for symbol in moving}
        values = {**exact, **{symbol.name: blocks[symbol.name] for symbol in letters}}
        self.instance = Instance(
            instance.sizes, values, instance.sets, instance.indices, _ground, self.root, self.quotient
        )

    def settle(self) -> None:
        """Keep the roots and reciprocals made so far."""
        self.settled = len(self.relations)

    def forget(self) -> None:
        """Give up those made since, so that their generators can stand for others."""
        del self.relations[self.settled :]

    def root(self, value: Any) -> Any:
        return self._made("root", value) if isinstance(value, PolyElement) else _ground(plain_root(_plain(value)))

    def quotient(self, top: Any, bottom: Any) -> Any:
        if not isinstance(bottom, PolyElement):
            return top * _ground(plain_quotient(1, _plain(bottom)))
        if bottom.is_ground:
            return top * (1 / Fraction(str(bottom)))
        return top * self._made("reciprocal", bottom)

    def _made(self, kind: str, value: PolyElement) -> PolyElement:
        for generator, known, of in self.relations:
            if known == kind and of == value:
                return generator
        if len(self.relations) == len(self.spare):
            raise UndefinedError(f"more than {len(self.spare)} roots and reciprocals")
        self.relations.append((self.spare[len(self.relations)], kind, value))
        return self.relations[-1][0]

    def is_zero(self, value: Any) -> bool:
        """Whether the value vanishes wherever the roots and reciprocals exist.

        Raises:
            IrrationalError: it does for some signs of the roots, of which it is not known whether they are those of
                the positive ones: √a √b = √(ab).
        """
        if not isinstance(value, PolyElement):
            return bool(value == 0)
        rest = value
        if not rest or rest.is_ground:
            return not rest
        for generator, kind, of in reversed(self.relations):
            rest = _cleared(rest, generator, of) if kind == "reciprocal" else _plainly(rest, generator, of)
        if rest and self._vanishes_for_other_signs(rest):
            raise IrrationalError("whether a root is the positive one is not seen here")
        return not rest

    def _vanishes_for_other_signs(self, value: PolyElement) -> bool:
        """Whether the product over all signs of the roots is zero, or may be: then one of its factors is."""
        roots = [(generator, of) for generator, kind, of in self.relations if kind == "root"]
        if len(roots) > MOST_ROOTS:
            return True
        norm = value
        for generator, of in roots[::-1]:
            even, odd = _halves(norm, generator, of)
            norm = even**2 - of * odd**2
        return not norm


class SymbolicNumbers:
    """How the lambdified functions make quotients and roots over the ring of a point."""

    def __init__(self, point: SymbolicPoint) -> None:
        self.root = point.root
        self.quotient = point.quotient

    def __call__(self, top: Any, bottom: Any) -> Any:
        return self.quotient(top, bottom) if isinstance(bottom, PolyElement) else QQ(top) / QQ(bottom)


def _ground(value: Any) -> Any:
    """A rational in SymPy's own type, which its polynomials multiply several times as fast as a Fraction."""
    return QQ(*_ratio(value))


def made_letters(*exprs: n.Expr) -> int:
    """How many roots and reciprocals the expressions can ask for."""
    nodes = {node for expr in exprs for node in expr.walk()}
    divided = [node for node in nodes if isinstance(node, n.Div) and not isinstance(node.bottom, n.Number)]
    return len(divided) + sum(isinstance(node, n.Sqrt) for node in nodes)


def _shape(instance: Instance, symbol: n.Symbol) -> tuple[int, int]:
    if not symbol.shape:
        return (1, 1)
    return instance.size(symbol.shape[0].name), instance.size(symbol.shape[1].name)


def _cleared(poly: PolyElement, generator: PolyElement, of: PolyElement) -> PolyElement:
    """poly · of^m with generator·of = 1: a polynomial without the generator that vanishes where ``poly`` does."""
    ring = poly.ring
    place = ring.index(generator)
    if all(monomial[place] == 0 for monomial in poly):
        return poly
    parts: dict[int, PolyElement] = {}
    for monomial, coefficient in poly.terms():
        power = monomial[place]
        rest = tuple(0 if k == place else e for k, e in enumerate(monomial))
        parts[power] = parts.get(power, ring.zero) + ring.from_dict({rest: coefficient})
    top = max(parts, default=0)
    return sum((part * of ** (top - power) for power, part in parts.items()), ring.zero)


def _plainly(poly: PolyElement, root: PolyElement, of: PolyElement) -> PolyElement:
    """The polynomial with no higher power of a root than the first."""
    even, odd = _halves(poly, root, of)
    return even + root * odd


def _halves(poly: PolyElement, root: PolyElement, of: PolyElement) -> tuple[PolyElement, PolyElement]:
    """p and q without the root of which p + root · q is the polynomial."""
    ring, place = poly.ring, poly.ring.index(root)
    halves = [ring.zero, ring.zero]
    for monomial, coefficient in poly.terms():
        power = monomial[place]
        rest = tuple(0 if k == place else e for k, e in enumerate(monomial))
        halves[power % 2] += ring.from_dict({rest: coefficient}) * of ** (power // 2)
    return halves[0], halves[1]


def differentiate(point: SymbolicPoint) -> Any:
    """How a derivative is taken over the ring of the point."""

    def apply(calculator: Calculator, node: Derivative, place: Mapping[Index, int]) -> Any:
        moving = {v.name: point.moving[v.name] for v in variables_of(node) if v.name in point.moving}
        body = (calculator.changed(moving) if moving else calculator).value(node.body, place)
        if isinstance(node, n.Integral):
            ends = calculator.value(node.low, place), calculator.value(node.high, place)
            return _integrated(point, point.generators[node.variable.name], body, ends)
        if isinstance(node, n.Expectation):
            return _mapped(body, _expected(point, calculator, node))
        if isinstance(node, n.Gradient):
            found = _mapped(point.generators[node.variable.name], lambda generator: _diff(body, generator))
        else:
            values = [calculator.value(value, place) for value in node.values]
            pairs = _moves(point, node, values)
            if isinstance(node, n.At):
                return _mapped(body, lambda entry: _composed(entry, pairs, point.ring))
            found = _mapped(body, lambda entry: sum((_diff(entry, g) * x for g, x in pairs), point.ring.zero))
        back = [pair for name, block in moving.items() for pair in _pairs(block, calculator.values[name])]
        return _mapped(found, lambda entry: _composed(entry, back, point.ring)) if back else found

    return apply


def _integrated(point: SymbolicPoint, generator: PolyElement, body: Any, ends: tuple[Any, Any]) -> Any:
    """The difference of an antiderivative, which is a polynomial as the body is, at the ends."""
    poly = body if isinstance(body, PolyElement) else point.ring.ground_new(QQ(*_ratio(body)))
    place = point.ring.index(generator)
    raised = {
        tuple(power + (k == place) for k, power in enumerate(monomial)): QQ(value) / (monomial[place] + 1)
        for monomial, value in poly.terms()
    }
    whole = point.ring.from_dict(raised)
    low, high = (_with_end(whole, generator, end, point.ring) for end in ends)
    return high - low


def _with_end(whole: PolyElement, generator: PolyElement, end: Any, ring: PolyRing) -> PolyElement:
    """A polynomial with an end in place of the variable; a number can be put there in one go."""
    if isinstance(end, PolyElement):
        return _composed(whole, [(generator, end)], ring)
    return whole.subs(generator, QQ(*_ratio(end)))


def _expected(point: SymbolicPoint, calculator: Calculator, node: n.Expectation) -> Callable[[Any], Any]:
    """Every monomial in the random entries of a polynomial replaced by the product of their moments."""
    laws: dict[int, Law] = {}
    for variable, law in zip(node.variables, node.laws, strict=True):
        block = point.generators[variable.name]
        for generator in block.ravel().tolist() if isinstance(block, np.ndarray) else [block]:
            laws[point.ring.index(generator)] = law

    @cache
    def moment(law: Law, power: int) -> Any:
        return calculator.value(law.moment(power))

    def change(value: Any) -> Any:
        if not isinstance(value, PolyElement):
            return value
        result = point.ring.zero
        for monomial, coefficient in value.terms():
            kept = tuple(0 if place in laws else power for place, power in enumerate(monomial))
            term = point.ring.from_dict({kept: coefficient})
            for place, law in laws.items():
                if monomial[place]:
                    term = term * moment(law, monomial[place])
            result += term
        return result

    return change


def _moves(point: SymbolicPoint, node: n.Along | n.At, values: Sequence[Any]) -> list[tuple[PolyElement, Any]]:
    rows = zip(node.variables, values, strict=True)
    return [pair for variable, value in rows for pair in _pairs(point.generators[variable.name], value)]


def _mapped(value: Any, change: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return change(value)
    return array([[change(entry) for entry in row] for row in value.tolist()])


def _pairs(generators: Any, value: Any) -> list[tuple[PolyElement, Any]]:
    if not isinstance(generators, np.ndarray):
        return [(generators, value)]
    return list(zip(generators.ravel().tolist(), value.ravel().tolist(), strict=True))


def _diff(value: Any, generator: PolyElement) -> Any:
    return value.diff(generator) if isinstance(value, PolyElement) else 0


def _composed(value: Any, pairs: Sequence[tuple[PolyElement, Any]], ring: PolyRing) -> Any:
    if not isinstance(value, PolyElement):
        return value
    return value.compose([(g, x if isinstance(x, PolyElement) else ring.ground_new(QQ(*_ratio(x)))) for g, x in pairs])


def _plain(value: Any) -> Fraction:
    return Fraction(*_ratio(value))


def _ratio(value: Any) -> tuple[int, int]:
    if isinstance(value, QQ.dtype):
        return value.numerator, value.denominator
    exact = Fraction(value)
    return exact.numerator, exact.denominator


def free_letters(symbols: Mapping[str, n.Symbol], bound: frozenset[str]) -> list[n.Symbol]:
    """The letters that stay symbolic: those that no hypothesis binds."""
    return [symbol for name, symbol in sorted(symbols.items()) if name not in bound]
