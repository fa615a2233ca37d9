"""An expression's value at an exact instance, straight from its tree.

This is the oracle that shares no translation with the rest: it walks the tree, node by node, over whatever numbers the
instance holds: integers, fractions, mpmath numbers, floats, polynomials. Derivatives are taken with dual numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from typing import Any

import mpmath
import numpy as np

from derive.chance import Chance, expected
from derive.errors import IrrationalError, UndefinedError
from derive.language import nodes as n
from derive.language.degree import piecewise_degree
from derive.language.indices import Index
from derive.language.kinks import breaks
from derive.language.laws import Law

Value = Any
"""A number, or a two-dimensional object array of numbers."""


# Numbers ------------------------------------------------------------------------------------------------------------


def quotient(top: Any, bottom: Any) -> Any:
    """``top / bottom``, exact for integers.

    Raises:
        UndefinedError: the divisor is zero.
    """
    try:
        return rational(top, bottom) if isinstance(top, int) and isinstance(bottom, int) else top / bottom
    except ZeroDivisionError:
        raise UndefinedError(f"division of {top} by zero") from None


def rational(top: int, bottom: int) -> int | Fraction:
    """top / bottom, an int where it is one: ints are many times as fast."""
    whole, rest = divmod(top, bottom)
    return Fraction(top, bottom) if rest else whole


def root(value: Any) -> Any:
    """The non-negative square root, exact for rationals.

    Raises:
        UndefinedError: the value is negative.
        IrrationalError: it is a rational without a rational root.
    """
    if isinstance(value, Dual):
        top = root(value.main)
        return Dual(value.level, top, quotient(value.slope, 2 * top))
    if isinstance(value, float):
        if value < 0:
            raise UndefinedError(f"√({value}) is no real number")
        return math.sqrt(value)
    if not isinstance(value, int | Fraction):
        return value.sqrt() if hasattr(value, "sqrt") else value ** Fraction(1, 2)
    exact = Fraction(value)
    if exact < 0:
        raise UndefinedError(f"√({value}) is no real number")
    found = Fraction(math.isqrt(exact.numerator), math.isqrt(exact.denominator))
    if found * found != exact:
        raise IrrationalError(f"√({value}) is no rational number")
    return found


def real_root(value: Any) -> Any:
    """The square root of an mpmath number.

    Raises:
        UndefinedError: it is negative, and mpmath would answer with a complex number.
    """
    if value < 0:
        raise UndefinedError(f"√({value}) is no real number")
    return mpmath.sqrt(value)


def main(value: Any) -> Any:
    """The number without its slopes: a dual number with main part 0 has no reciprocal, whatever its slope is."""
    while isinstance(value, Dual):
        value = value.main
    return value


def rectified(value: Any) -> Any:
    """The value where it is positive, else 0.

    Raises:
        UndefinedError: it is 0 and has a slope: there is no derivative there.
    """
    if main(value) == 0 and isinstance(value, Dual):
        raise UndefinedError("ReLU has no derivative where its argument is 0")
    return value if main(value) > 0 else 0


def step(value: Any) -> int:
    """1 where the value is at least 0, else 0."""
    return int(value >= 0)


def inverse(matrix: np.ndarray, divide: Callable[[Any, Any], Any] = quotient) -> np.ndarray:
    """The exact inverse by elimination; ``divide`` is the quotient among its entries.

    Raises:
        UndefinedError: the matrix is singular.
    """
    scaled = _over_one_denominator(matrix)
    if scaled is not None:
        return _rational_inverse(*scaled)
    size = len(matrix)
    rows = _beside_identity(matrix)
    for col in range(size):
        rows[col:] = _pivot_first(rows[col:], col)
        rows[col] = [divide(entry, rows[col][col]) for entry in rows[col]]
        for other in range(size):
            if other != col and rows[other][col] != 0:
                scale = rows[other][col]
                rows[other] = [a - scale * b for a, b in zip(rows[other], rows[col], strict=True)]
    return array([row[size:] for row in rows])


def _beside_identity(matrix: np.ndarray) -> list[list[Any]]:
    return [[*row, *(int(i == j) for j in range(len(matrix)))] for i, row in enumerate(matrix.tolist())]


def _pivot_first(rows: list[list[Any]], col: int) -> list[list[Any]]:
    """The rows, one that is not zero in this column first."""
    pivot = next((r for r, row in enumerate(rows) if main(row[col]) != 0), None)
    if pivot is None:
        size = len(rows[0]) // 2
        raise UndefinedError(f"the inverse of a singular {size}×{size} matrix")
    return [rows[pivot], *rows[:pivot], *rows[pivot + 1 :]]


def _rational_inverse(whole: np.ndarray, bottom: int) -> np.ndarray:
    """The inverse of whole / bottom by elimination without fractions (Bareiss): every division comes out even."""
    size, last = len(whole), 1
    rows = _beside_identity(whole)
    for col in range(size):
        rows[col:] = _pivot_first(rows[col:], col)
        pivot = rows[col]
        for other in range(size):
            if other != col:
                scale, row = rows[other][col], rows[other]
                rows[other] = [(pivot[col] * a - scale * b) // last for a, b in zip(row, pivot, strict=True)]
        last = pivot[col]
    return array([[rational(bottom * entry, last) for entry in row[size:]] for row in rows])


def array(rows: Sequence[Sequence[Any]]) -> np.ndarray:
    """An object array of numbers, whatever these are."""
    return np.array(rows, dtype=object)


@dataclass(frozen=True, slots=True)
class Instance:
    """Values for the letters of a statement.

    Attributes:
        sizes: the value of each dimension, by name.
        values: a number or a rows×columns object array for each symbol, by name; a family is a column.
        sets: the members of each index set, counted from 0, in order.
        indices: the value of each fixed index, counted from 0.
        field: how a rational constant is made a number of this instance.
        root: the square root among the numbers of this instance.
        quotient: the quotient among them.
        rectified: the number where it is positive, else 0, among them.
        step: 1 where the number is at least 0, else 0.
    """

    sizes: Mapping[str, int]
    values: Mapping[str, Value]
    sets: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    indices: Mapping[str, int] = field(default_factory=dict)
    field: Callable[[Fraction], Any] = Fraction
    root: Callable[[Any], Any] = root
    quotient: Callable[[Any, Any], Any] = quotient
    rectified: Callable[[Any], Any] = rectified
    step: Callable[[Any], Any] = step

    def size(self, name: str) -> int:
        return 1 if name == "1" else self.sizes[name]


# Dual numbers -------------------------------------------------------------------------------------------------------


class Dual:
    """a + b·η with η² = 0; ``level`` keeps derivatives inside derivatives apart."""

    __slots__ = ("level", "main", "slope")

    def __init__(self, level: int, main: Any, slope: Any) -> None:
        self.level, self.main, self.slope = level, main, slope

    def _split(self, other: Any) -> tuple[int, Any, Any, Any, Any]:
        """The two numbers at the higher of their levels, where the lower one is a constant."""
        level = other.level if isinstance(other, Dual) else -1
        if level == self.level:
            return level, self.main, self.slope, other.main, other.slope
        if level > self.level:
            return level, self, 0, other.main, other.slope
        return self.level, self.main, self.slope, other, 0

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Dual):
            return NotImplemented if isinstance(other, np.ndarray) else Dual(self.level, self.main + other, self.slope)
        level, a, da, b, db = self._split(other)
        return Dual(level, a + b, da + db)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(self.level, -self.main, -self.slope)

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Dual):
            plain = not isinstance(other, np.ndarray)
            return Dual(self.level, self.main * other, self.slope * other) if plain else NotImplemented
        level, a, da, b, db = self._split(other)
        return Dual(level, a * b, a * db + da * b)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        level, a, da, b, db = self._split(other)
        top = quotient(a, b)
        return Dual(level, top, quotient(da - top * db, b))

    def __rtruediv__(self, other: Any) -> Any:
        level, b, db, a, da = self._split(other)
        top = quotient(a, b)
        return Dual(level, top, quotient(da - top * db, b))


def _slope(value: Any, level: int) -> Any:
    return value.slope if isinstance(value, Dual) and value.level == level else 0


# The walk -----------------------------------------------------------------------------------------------------------


class Evaluator:
    """Values of expressions at one instance; a subtree is computed once for each value of its free indices."""

    def __init__(self, instance: Instance, level: int = 0) -> None:
        self.instance = instance
        self.level = level
        self.bound: dict[Index, int] = {}
        # The expression is kept beside its value, so that its id stays its own.
        self.known: dict[int | tuple[int, ...], tuple[n.Expr, Value]] = {}
        self.scaled: dict[int, tuple[np.ndarray, Whole | None]] = {}

    def __call__(self, expr: n.Expr, indices: Mapping[Index, int] | None = None) -> Value:
        """The value; ``indices`` gives its free indices, counted from 0."""
        if indices:
            outside, self.bound = self.bound, {**self.bound, **indices}
            try:
                return self._value(expr)
            finally:
                self.bound = outside
        return self._value(expr)

    def _value(self, expr: n.Expr) -> Value:
        rule = VALUES[type(expr)]
        if rule in CHEAP:
            return rule(self, expr)
        key = (id(expr), *[self.index(index) for index in expr.free]) if expr.free else id(expr)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = (expr, rule(self, expr))
        return found[1]

    def index(self, index: Index) -> int:
        place = self.bound.get(index)
        return self.instance.indices[index.name] if place is None else place

    def whole(self, matrix: np.ndarray) -> Whole | None:
        """The matrix over one denominator, looked for once: the letters stand in many products."""
        found = self.scaled.get(id(matrix))
        if found is None:
            found = self.scaled[id(matrix)] = (matrix, _over_one_denominator(matrix))
        return found[1]

    def at(self, values: Mapping[str, Value]) -> Evaluator:
        """The same instance with some symbols changed."""
        inner = Evaluator(replace(self.instance, values={**self.instance.values, **values}), self.level + 1)
        inner.bound = dict(self.bound)
        return inner

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """What is computed meanwhile is not kept: of a copy that is looked at once."""
        caches: tuple[dict[Any, Any], ...] = (self.known, self.scaled)
        counts = [*map(len, caches)]
        try:
            yield
        finally:
            for cache, count in zip(caches, counts, strict=True):
                while len(cache) > count:
                    cache.popitem()

    def shape(self, expr: n.Expr) -> tuple[int, int]:
        rows, cols = expr.shape
        return self.instance.size(rows.name), self.instance.size(cols.name)


def _constant(ev: Evaluator, value: Fraction) -> Value:
    return value.numerator if value.denominator == 1 else ev.instance.field(value)


def _number(ev: Evaluator, expr: n.Number) -> Value:
    return _constant(ev, expr.value)


def _symbol(ev: Evaluator, expr: n.Symbol) -> Value:
    return ev.instance.values[expr.name]


def _identity(ev: Evaluator, expr: n.Identity) -> Value:
    size = ev.instance.size(expr.dim.name)
    return array([[int(i == j) for j in range(size)] for i in range(size)])


def _zeros(ev: Evaluator, expr: n.Zeros) -> Value:
    rows, cols = ev.shape(expr)
    return array([[0] * cols for _ in range(rows)])


def _size(ev: Evaluator, expr: n.Size) -> Value:
    return ev.instance.size(expr.dim.name)


def _delta(ev: Evaluator, expr: n.Delta) -> Value:
    return int(ev.index(expr.row) == ev.index(expr.col))


def _indicator(ev: Evaluator, expr: n.Indicator) -> Value:
    return int(ev.index(expr.index) in ev.instance.sets[expr.subset.name])


def _precedes(ev: Evaluator, expr: n.Precedes) -> Value:
    return int(ev.index(expr.row) < ev.index(expr.col))


def _select(ev: Evaluator, expr: n.Select) -> Value:
    rows, _ = ev.shape(expr)
    members = ev.instance.sets[expr.subset.name]
    return array([[int(row == member) for member in members] for row in range(rows)])


def _add(ev: Evaluator, expr: n.Add) -> Value:
    result = ev._value(expr.terms[0])
    for term in expr.terms[1:]:
        result = result + ev._value(term)
    return result


def _neg(ev: Evaluator, expr: n.Neg) -> Value:
    return -ev._value(expr.arg)


def _mul(ev: Evaluator, expr: n.Mul) -> Value:
    result = ev._value(expr.factors[0])
    for factor in expr.factors[1:]:
        value = ev._value(factor)
        # SymPy's polynomials do not know that an array could stand on their right.
        result = value * result if isinstance(value, np.ndarray) else result * value
    return result


def _div(ev: Evaluator, expr: n.Div) -> Value:
    top, bottom = ev._value(expr.top), ev._value(expr.bottom)
    divide = ev.instance.quotient
    if isinstance(top, np.ndarray):
        return array([[divide(entry, bottom) for entry in row] for row in top.tolist()])
    return divide(top, bottom)


def _sqrt(ev: Evaluator, expr: n.Sqrt) -> Value:
    return ev.instance.root(ev._value(expr.arg))


def _power(ev: Evaluator, expr: n.Power) -> Value:
    base, result = ev._value(expr.base), 1
    for _ in range(expr.exponent):
        result = result * base
    return result


def _matmul(ev: Evaluator, expr: n.MatMul) -> Value:
    left: list[Value] = []
    for factor in expr.factors:
        if isinstance(factor, n.Select) and left:  # takes columns: no product is needed
            left[-1] = left[-1][:, list(ev.instance.sets[factor.subset.name])]
        else:
            left.append(ev._value(factor))
    product = matrix_product(left, ev.whole)
    return product if expr.shape else product[0, 0]


Whole = tuple[np.ndarray, int]
"""Whole numbers, and the denominator that they are over."""


def matrix_product(
    factors: list[np.ndarray], whole_of: Callable[[np.ndarray], Whole | None] | None = None
) -> np.ndarray:
    """The product; rational matrices are multiplied as whole numbers over one denominator, many times as fast.

    ``whole_of`` gives these of a factor, if somebody keeps them.
    """
    if len(factors) == 1:
        return factors[0]
    scaled = [*map(whole_of or _over_one_denominator, factors)]
    whole = [one for one in scaled if one is not None]
    if len(whole) < len(scaled):
        return _chain_product(factors)
    bottom = math.prod(denominator for _, denominator in whole)
    top = _chain_product([numerators for numerators, _ in whole])
    return top if bottom == 1 else _each_entry(top, lambda entry: rational(entry, bottom))


def _chain_product(left: list[np.ndarray]) -> np.ndarray:
    while len(left) > 1:
        # The cheapest product first, the last of several: a chain between two columns is then a chain of columns.
        costs = [len(a) * a.shape[1] * b.shape[1] for a, b in pairwise(left)]
        place = max(range(len(costs)), key=lambda place: (-costs[place], place))
        left[place : place + 2] = [np.dot(left[place], left[place + 1])]
    return left[0]


def _over_one_denominator(matrix: np.ndarray) -> Whole | None:
    """Whole numbers and the denominator that they are over; None where the entries are not all rational."""
    kinds = {type(entry) for entry in matrix.flat}
    if kinds == {int}:
        return matrix, 1
    if not kinds <= {int, Fraction}:
        return None
    bottom = math.lcm(*(entry.denominator for entry in matrix.flat))
    return _each_entry(matrix, lambda entry: entry.numerator * (bottom // entry.denominator)), bottom


def _each_entry(matrix: np.ndarray, change: Callable[[Any], Any]) -> np.ndarray:
    return array([[change(entry) for entry in row] for row in matrix.tolist()])


def _transpose(ev: Evaluator, expr: n.Transpose) -> Value:
    value = ev._value(expr.arg)
    return value.T if isinstance(value, np.ndarray) else value


def _trace(ev: Evaluator, expr: n.Trace) -> Value:
    value = ev._value(expr.arg)
    return sum(value[i, i] for i in range(len(value)))


def _entries(value: Value) -> list[Any]:
    return value.ravel().tolist() if isinstance(value, np.ndarray) else [value]


def _norm2(ev: Evaluator, expr: n.Norm2) -> Value:
    return sum(entry * entry for entry in _entries(ev._value(expr.arg)))


def _inner(ev: Evaluator, expr: n.Inner) -> Value:
    pairs = zip(_entries(ev._value(expr.left)), _entries(ev._value(expr.right)), strict=True)
    return sum(a * b for a, b in pairs)


def _inverse(ev: Evaluator, expr: n.Inverse) -> Value:
    return inverse(ev._value(expr.arg), ev.instance.quotient)


def _diag(ev: Evaluator, expr: n.Diag) -> Value:
    column = ev._value(expr.arg)
    size = len(column)
    return array([[column[i, 0] if i == j else 0 for j in range(size)] for i in range(size)])


def _replace_column(ev: Evaluator, expr: n.ReplaceColumn) -> Value:
    value = ev._value(expr.matrix).copy()
    value[:, ev.index(expr.index)] = ev._value(expr.column)[:, 0]
    return value


def _entry(ev: Evaluator, expr: n.Entry) -> Value:
    value = ev._value(expr.arg)
    if expr.row is not None and not expr.shape:
        return value[ev.index(expr.row), ev.index(expr.col) if expr.col is not None else 0]
    if expr.col is not None:
        col = ev.index(expr.col)
        return value[:, col : col + 1] if expr.shape else value[0, col]
    return value if expr.row is None else value[ev.index(expr.row) : ev.index(expr.row) + 1, :]


def _total(ev: Evaluator, expr: n.Total) -> Value:
    rows = ev.shape(expr) if expr.shape else None
    result: Value = 0 if rows is None else array([[0] * rows[1] for _ in range(rows[0])])
    outside, ev.bound = ev.bound, dict(ev.bound)
    try:
        for values in product(*(range(ev.instance.size(index.dim.name)) for index in expr.indices)):
            ev.bound.update(zip(expr.indices, values, strict=True))
            if expr.apart and not all(ev.index(a) != ev.index(b) for a, b in expr.apart):
                continue
            if expr.within and not all(ev.index(i) in ev.instance.sets[s.name] for i, s in expr.within):
                continue
            result = result + ev._value(expr.body)
    finally:
        ev.bound = outside
    return result


def _lifted(value: Value, slope: Value, level: int) -> Value:
    if not isinstance(value, np.ndarray):
        return Dual(level, value, slope)
    pairs = zip(value.tolist(), slope.tolist(), strict=True)
    return array([[Dual(level, a, b) for a, b in zip(*rows, strict=True)] for rows in pairs])


def _gradient(ev: Evaluator, expr: n.Gradient) -> Value:
    name, value = expr.variable.name, ev.instance.values[expr.variable.name]
    if not isinstance(value, np.ndarray):
        return _slope(ev.at({name: Dual(ev.level + 1, value, 1)})._value(expr.body), ev.level + 1)
    result = np.empty(value.shape, dtype=object)
    for place in np.ndindex(*value.shape):
        moved = value.copy()
        moved[place] = Dual(ev.level + 1, value[place], 1)
        result[place] = _slope(ev.at({name: moved})._value(expr.body), ev.level + 1)
    return result


def _along(ev: Evaluator, expr: n.Along) -> Value:
    moved = {
        variable.name: _lifted(ev._value(variable), ev._value(rate), ev.level + 1)
        for variable, rate in zip(expr.variables, expr.values, strict=True)
    }
    body = ev.at(moved)._value(expr.body)
    if not isinstance(body, np.ndarray):
        return _slope(body, ev.level + 1)
    return array([[_slope(entry, ev.level + 1) for entry in row] for row in body.tolist()])


def _at(ev: Evaluator, expr: n.At) -> Value:
    values = {v.name: ev._value(value) for v, value in zip(expr.variables, expr.values, strict=True)}
    return ev.at(values)._value(expr.body)


def _size_power(ev: Evaluator, expr: n.SizePower) -> Value:
    base, result = ev._value(expr.base), 1
    exponent = ev.instance.size(expr.dim.name) - (ev.instance.size(expr.less.name) if expr.less else 0) + expr.shift
    if exponent < 0:
        raise UndefinedError(f"{expr} with the exponent {exponent}")
    for _ in range(exponent):
        result = result * base
    return result


def _binomial(ev: Evaluator, expr: n.Binomial) -> Value:
    chosen = expr.less + (ev.instance.size(expr.part.name) if expr.part else 0)
    return math.comb(ev.instance.size(expr.dim.name) + expr.shift, chosen) if chosen >= 0 else 0


def _relu(ev: Evaluator, expr: n.Relu) -> Value:
    return ev.instance.rectified(ev._value(expr.arg))


def _at_least_zero(ev: Evaluator, expr: n.AtLeastZero) -> Value:
    value = ev._value(expr.arg)
    if isinstance(value, Dual) and main(value) == 0:
        raise UndefinedError(f"{expr} has no derivative where its argument is 0")
    return ev.instance.step(main(value))


def _integral(ev: Evaluator, expr: n.Integral) -> Value:
    """Between kinks, where the body is a polynomial, by a rule that is exact for polynomials of its degree."""
    name = expr.variable.name
    low, high = ev._value(expr.low), ev._value(expr.high)
    ends = [low, *_between(low, high, _kinks(ev, expr)), high]
    places, weights = quadrature(piecewise_degree(expr.body, name) or 0)
    result: Any = 0
    for start, end in pairwise(ends):
        for place, weight in zip(places, weights, strict=True):
            at = start + (end - start) * _constant(ev, place)
            result = result + (end - start) * _constant(ev, weight) * ev.at({name: at})._value(expr.body)
    return result


def _between(low: Any, high: Any, kinks: list[Any]) -> list[Any]:
    """Those kinks on the way, in order; without any, the ends need not be numbers that can be compared.

    Raises:
        UndefinedError: a second derivative may jump, since a kink comes in at an end.
    """
    if not kinks:
        return []
    if any(_opens_twice(kink - end) for kink in kinks for end in (low, high)):
        raise UndefinedError("there may be no second derivative of an integral where a kink is at an end")
    back = main(high) < main(low)
    first, last = (high, low) if back else (low, high)
    inside = [kink for kink in kinks if main(first) < main(kink) < main(last)]
    return sorted(inside, key=main, reverse=bool(back))


def _opens_twice(gap: Any) -> bool:
    """Whether a gap is closed, and opens as letters move in more than one of the derivatives inside one another."""
    slopes = []
    while isinstance(gap, Dual):
        slopes.append(gap.slope)
        gap = gap.main
    return len(slopes) > 1 and gap == 0 and sum(not _vanishes(slope) for slope in slopes) > 1


def _vanishes(value: Any) -> bool:
    return _vanishes(value.main) and _vanishes(value.slope) if isinstance(value, Dual) else bool(value == 0)


def _kinks(ev: Evaluator, expr: n.Integral) -> list[Any]:
    """Where what is linear, and tells the polynomials apart, vanishes."""
    found = []
    for start, slope in breaks(expr, lambda part, values: ev.at(values)._value(part)):
        if main(slope) != 0:
            found.append(ev.instance.quotient(-start, slope))
    return found


@cache
def quadrature(degree: int) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """Places inside [0, 1], and weights, that integrate every polynomial up to this degree exactly.

    >>> quadrature(1)
    ((Fraction(1, 3), Fraction(2, 3)), (Fraction(1, 2), Fraction(1, 2)))
    """
    places = [Fraction(k, degree + 2) for k in range(1, degree + 2)]
    powers = array([[place**k for place in places] for k in range(degree + 1)])
    moments = array([[Fraction(1, k + 1)] for k in range(degree + 1)])
    weights = np.dot(inverse(powers), moments)
    return tuple(places), tuple(Fraction(weight) for weight in weights[:, 0])


MOST_RANDOM = 1_000_000
"""Random numbers of one expectation."""


def _expectation(ev: Evaluator, expr: n.Expectation) -> Value:
    """The body over polynomials in the random entries, whose monomials are then replaced by their moments."""
    laws: list[Law] = []
    values: dict[str, Value] = {}
    first = ev.level * MOST_RANDOM  # numbers of its own, where one expectation stands in another
    for variable, law in zip(expr.variables, expr.laws, strict=True):
        for parameter in law.parameters:  # one that has no value is that of no law, asked for or not
            ev._value(parameter)
        rows, cols = ev.shape(variable) if variable.shape else (1, 1)
        drawn = array([[Chance.generator(first + len(laws) + i * cols + j) for j in range(cols)] for i in range(rows)])
        laws += [law] * (rows * cols)
        values[variable.name] = drawn if variable.shape else drawn[0, 0]
    moments: dict[tuple[int, int], Any] = {}

    def moment(number: int, power: int) -> Any:
        if (number, power) not in moments:
            moments[number, power] = ev._value(laws[number - first].moment(power))
        return moments[number, power]

    numbers = range(first, first + len(laws))

    def over_chance(value: Any) -> Any:
        if isinstance(value, Dual):  # added up: a moment may have a slope of this level as well
            return over_chance(value.main) + Dual(value.level, 0, 1) * over_chance(value.slope)
        return expected(value, moment, numbers)

    body = ev.at(values)._value(expr.body)
    return _each_entry(body, over_chance) if isinstance(body, np.ndarray) else over_chance(body)


def _defined(ev: Evaluator, expr: n.Defined) -> Value:
    return ev._value(expr.body)


VALUES: dict[type[n.Expr], Callable[..., Value]] = {
    n.Number: _number, n.Symbol: _symbol, n.Identity: _identity, n.Zeros: _zeros, n.Size: _size, n.Delta: _delta,
    n.Indicator: _indicator, n.Select: _select, n.Add: _add, n.Neg: _neg, n.Mul: _mul, n.Div: _div, n.Sqrt: _sqrt,
    n.Power: _power, n.MatMul: _matmul, n.Transpose: _transpose, n.Trace: _trace, n.Norm2: _norm2, n.Inner: _inner,
    n.Inverse: _inverse, n.Diag: _diag, n.ReplaceColumn: _replace_column, n.Entry: _entry, n.Total: _total,
    n.Gradient: _gradient, n.Along: _along, n.At: _at, n.Defined: _defined,
    n.Precedes: _precedes, n.Expectation: _expectation,
    n.Integral: _integral, n.Relu: _relu, n.SizePower: _size_power,
    n.Binomial: _binomial, n.AtLeastZero: _at_least_zero,
}  # fmt: skip


CHEAP = frozenset({_number, _symbol, _delta, _indicator, _precedes, _entry, _neg, _size})
"""For nodes that cost less than remembering their values would."""


def evaluate(expr: n.Expr, instance: Instance, indices: Mapping[Index, int] | None = None) -> Value:
    """The value of the expression at the instance.

    Raises:
        UndefinedError: something in it has no value there.
    """
    return Evaluator(instance)(expr, indices)


def stacked(expr: n.Expr, evaluator: Evaluator, over: Sequence[Index]) -> list[Any]:
    """Every entry of the expression for every value of the indices ``over``, in one flat list."""
    sizes = [evaluator.instance.size(index.dim.name) for index in over]
    found: list[Any] = []
    for values in product(*map(range, sizes)):
        found += _entries(evaluator(expr, dict(zip(over, values, strict=True))))
    return found


def free_indices(*exprs: n.Expr) -> list[Index]:
    """The indices that the expressions leave to be given, fixed ones aside, in order of name."""
    return sorted({i for expr in exprs for i in expr.free if not i.fixed}, key=lambda index: index.name)
