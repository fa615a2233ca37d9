"""An expression as a numeric function, through SymPy's ``lambdify`` with a printer that keeps numbers what they are.

One function serves every number system: ints and Fractions, mpmath numbers and polynomials in object arrays, float64,
and what automatic differentiation puts in their place. Everything is a two-dimensional array, a scalar too: autograd
does not differentiate by way of a bare Python int. SymPy's stock printer will not do: its ``.dot`` gives autograd a
gradient of zeros, its rationals are floats, and it has no form for a trace.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import autograd.numpy as anp
import mpmath
import numpy as np
import sympy as sp
from autograd.core import make_vjp
from autograd.extend import defvjp, primitive
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.printing.numpy import NumPyPrinter

from derive.errors import DeriveError, InputError, NonFiniteError, ShapeError, UndefinedError
from derive.language import nodes as n
from derive.language.indices import ONE, Dim, Index
from derive.replay.translate import Column, NotStatable, Translation, gathered

Array = np.ndarray[Any, np.dtype[Any]]
Rational = Callable[[Any, Any], Any]
"""Makes p/q in a number system, for p an int and q an int or a number of that system."""


Rest = tuple[list[int], list[int], list[tuple[int, ...]]]
"""The dimensions, the values of the free indices, the members of the sets."""


# What printed code calls --------------------------------------------------------------------------------------------


def product(*factors: Any) -> Any:
    """The matrix product, cheapest pair first: a chain that ends in a column is a chain of columns."""
    left = list(factors)
    while len(left) > 1:
        costs = [a.shape[0] * a.shape[1] * b.shape[1] for a, b in pairwise(left)] if len(left) > 2 else [0]
        k = costs.index(min(costs))
        left[k : k + 2] = [anp.dot(left[k], left[k + 1])]
    return left[0]


def inner(left: Any, right: Any) -> Any:
    """⟨left, right⟩ as a 1×1 array."""
    return anp.sum(left * right, keepdims=True)


def square(arg: Any) -> Any:
    """‖arg‖² as a 1×1 array, ``arg`` computed once."""
    return inner(arg, arg)


def trace(arg: Any, dtype: Any) -> Any:
    return arg if arg.shape == (1, 1) else inner(arg, eye(arg.shape[0], dtype))


def eye(size: int, dtype: Any) -> Array:
    return np.eye(size, dtype=dtype)


def zeros(rows: int, cols: int, dtype: Any) -> Array:
    return np.zeros((rows, cols), dtype=dtype)


def selection(members: Sequence[int], rows: int, cols: int, dtype: Any) -> Array:
    """The columns e_i of the identity, i in the set, in order."""
    if len(members) != cols:
        raise ShapeError(f"a set of {len(members)} members where {cols} are needed")
    return eye(rows, dtype)[:, list(members)]


def power(base: Any, exponent: int) -> Any:
    """A repeated product: ``**`` makes floats of ints under autograd."""
    if exponent < 0:
        raise UndefinedError(f"a power with the exponent {exponent}")
    if exponent == 0:
        return base * 0 + 1
    found = base
    for _ in range(exponent - 1):
        found = found * base
    return found


def binomial(things: int, chosen: int) -> int:
    """How many sets of so many there are among so many things."""
    return math.prod(things - place for place in range(chosen)) // math.factorial(chosen) if chosen >= 0 else 0


def _plain_rectified(arg: Any) -> Any:
    return _each(lambda value: value if value > 0 else 0 * value, arg)


def step(arg: Any) -> Any:
    """1 where the argument is at least 0, else 0."""
    return _each(lambda value: 1 if value >= 0 else 0, arg)


def _on(arg: Any) -> Any:
    """1 where a ReLU is on, 0 where it is off.

    Raises:
        UndefinedError: it is at its kink, where it has no derivative.
    """
    if any(value == 0 for value in np.asarray(arg).flat):
        raise UndefinedError("ReLU has no derivative where its argument is 0")
    return _each(lambda value: 1 if value > 0 else 0, arg)


def _each(function: Callable[[Any], Any], arg: Any) -> Array:
    given = np.asarray(arg)
    given = given.astype(object) if given.dtype.kind == "i" else given  # a dimension is Python's int
    found = np.empty(given.shape, dtype=given.dtype)
    for place in np.ndindex(found.shape):
        found[place] = function(given[place])
    return found


def _one_over(value: Any, rational: Rational) -> Any:
    if value == 0:
        raise UndefinedError("division by zero")
    return rational(1, value)


def _plain_reciprocal(arg: Any, rational: Rational) -> Any:
    return _each(lambda value: _one_over(value, rational), np.asarray(arg, dtype=getattr(arg, "dtype", object)))


def _root(value: Any, rational: Rational) -> Any:
    """The square root in the value's own number system, which may bring one of its own with ``rational``."""
    own = getattr(rational, "root", None)
    if own is not None:
        return own(value)
    if isinstance(value, mpmath.mpf):
        if value < 0:
            raise UndefinedError(f"√({value}) is no real number")
        return mpmath.sqrt(value)
    if isinstance(value, float):
        return math.sqrt(value) if value >= 0 else math.nan
    if hasattr(value, "sqrt"):
        return value.sqrt()
    exact = Fraction(value)
    top, bottom = (math.isqrt(abs(part)) for part in (exact.numerator, exact.denominator))
    if Fraction(top * top, bottom * bottom) != exact:
        raise UndefinedError(f"{value} has no rational square root")
    return Fraction(top, bottom)


def _plain_root(arg: Any, rational: Rational) -> Any:
    return _each(lambda value: _root(value, rational), np.asarray(arg, dtype=getattr(arg, "dtype", object)))


def _plain_inverse(arg: Array, rational: Rational) -> Array:
    """Gauss and Jordan's elimination with the largest pivot; LAPACK for float64."""
    if arg.dtype != object:
        try:
            return np.linalg.inv(arg)
        except np.linalg.LinAlgError:
            raise UndefinedError("a singular matrix has no inverse", {"matrix": arg}) from None
    size = len(arg)
    rows = np.concatenate([arg, eye(size, object)], axis=1)
    for k in range(size):
        best = max(range(k, size), key=lambda row: abs(rows[row, k]))
        if rows[best, k] == 0:
            raise UndefinedError("a singular matrix has no inverse", {"matrix": arg})
        rows[[k, best]] = rows[[best, k]]
        rows[k] = rows[k] * rational(1, rows[k, k])
        for other in range(size):
            if other != k and rows[other, k] != 0:
                rows[other] = rows[other] - rows[other, k] * rows[k]
    return rows[:, size:]


reciprocal, root, inverse = primitive(_plain_reciprocal), primitive(_plain_root), primitive(_plain_inverse)
rectified = primitive(_plain_rectified)
defvjp(rectified, lambda ans, arg: lambda g: g * _on(arg), argnums=[0])
defvjp(reciprocal, lambda ans, arg, rational: lambda g: -g * ans * ans, argnums=[0])
defvjp(inverse, lambda ans, arg, rational: lambda g: -anp.dot(ans.T, anp.dot(g, ans.T)), argnums=[0])
defvjp(root, lambda ans, arg, rational: lambda g: g * _plain_reciprocal(ans + ans, _quotient), argnums=[0])


def _quotient(top: Any, bottom: Any) -> Any:
    return Fraction(top, bottom) if isinstance(bottom, int | Fraction) else top / bottom


NAMESPACE = {
    "product": product, "inner": inner, "square": square, "trace": trace, "eye": eye, "zeros": zeros, "sum": sum,
    "selection": selection, "power": power, "reciprocal": reciprocal, "root": root, "inverse": inverse,
    "binomial": binomial, "rectified": rectified, "step": step, "transpose": anp.transpose, "range": range,
}  # fmt: skip


# The printer --------------------------------------------------------------------------------------------------------


WORD = re.compile(r"\w+")


class ExactPrinter(NumPyPrinter):  # type: ignore[misc]
    """Prints calls that autograd differentiates, and constants of the caller's number system (``Q``).

    What takes time and depends on no summed index is computed once, under a name of its own, before the sums.
    """

    def __init__(self, names: Mapping[sp.Basic, str], sets: Mapping[str, str]) -> None:
        super().__init__({"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True})
        self.names, self.sets = names, sets
        self.once: dict[str, str] = {}
        self.looped: set[str] = set()
        """The names of summed indices."""
        self.partial: list[str] = []
        """Code inside sums that may have no value, and stays there."""
        self.depth = 0  # sums inside sums

    def function_body(self, expr: sp.Basic) -> str:
        """The code of a value, with what is computed once before it."""
        code = self.doprint(expr)
        named = "".join(f"{name} := {made}, " for made, name in self.once.items())
        return f"({named}{code})[-1]" if named else code

    def _once(self, code: str, total: bool = True) -> str:
        """The name for what is computed once, or the code as it is: of what is not ``total``, what stands in a sum,
        which may be one of nothing, and whatever that is a part of."""
        if code in self.once:
            return self.once[code]
        if self.depth and not total:
            self.partial.append(code)
        looped = not self.looped.isdisjoint(WORD.findall(code))
        if looped or (self.depth and any(part in code for part in self.partial)):
            return code
        return self.once.setdefault(code, f"h{len(self.once)}")

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return self.names.get(expr) or self.index_name(expr)

    def index_name(self, index: sp.Symbol) -> str:
        """A summed index: its number makes it unique, its letters may be no identifier."""
        return f"s{index.name.rpartition('_')[2]}"

    def _print_MatrixSymbol(self, expr: sp.MatrixSymbol) -> str:
        return self.names[expr]

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"Q({expr.p}, {expr.q})"

    _print_Half = _print_Rational

    def _print_ComplexInfinity(self, expr: sp.Basic) -> str:
        raise UndefinedError(f"division by zero: SymPy makes {expr} of it")

    _print_NaN = _print_Infinity = _print_NegativeInfinity = _print_ComplexInfinity

    def _print_ImaginaryUnit(self, expr: sp.Basic) -> str:
        raise UndefinedError("the root of a negative number is no real number")

    def _print_Integer(self, expr: sp.Integer) -> str:
        return f"({expr.p})" if expr.p < 0 else str(expr.p)

    def _print_Add(self, expr: sp.Add, order: object = None) -> str:
        return f"({' + '.join(self._print(arg) for arg in expr.args)})"

    def _print_Mul(self, expr: sp.Mul) -> str:
        return "*".join(self._print(arg) for arg in expr.args)

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, exponent = self._print(expr.base), expr.exp
        if exponent.is_integer and not exponent.is_number:  # a dimension, give or take one
            return self._once(f"power({base}, {self._print(exponent)})", total=False)
        if not isinstance(exponent, sp.Rational) or exponent.q & (exponent.q - 1):
            raise NotStatable(f"{expr}: an exponent is a whole number, or one in halves, quarters, …")
        for _ in range(exponent.q.bit_length() - 1):  # √√b is b to the power of 1/4 here
            base = self._once(f"root({base}, Q)", total=False)
        base = f"power({base}, {abs(exponent.p)})" if abs(exponent.p) > 1 else base
        return base if exponent.p > 0 else self._once(f"reciprocal({base}, Q)", total=False)

    def _print_binomial(self, expr: sp.binomial) -> str:
        return f"binomial({self._print(expr.args[0])}, {self._print(expr.args[1])})"

    def _print_Max(self, expr: sp.Max) -> str:
        (arg,) = (arg for arg in expr.args if arg != 0)
        return f"rectified({self._print(arg)})"

    def _print_Heaviside(self, expr: sp.Heaviside) -> str:
        return f"step({self._print(expr.args[0])})"

    def _print_KroneckerDelta(self, expr: sp.KroneckerDelta) -> str:
        return f"(1 if {self._print(expr.args[0])} == {self._print(expr.args[1])} else 0)"

    def _print_Function(self, expr: sp.Function) -> str:
        kind, _, name = expr.func.__name__.partition(":")
        at = [self._print(arg) for arg in expr.args]
        if kind == "select":
            return f"(1 if {self.sets[name]}[{at[1]}] == {at[0]} else 0)"
        if kind == "before":
            return f"(1 if {at[0]} < {at[1]} else 0)"
        return f"(1 if {at[0]} in {self.sets[name]} else 0)"

    def _loop(self, body: sp.Basic, limits: Sequence[sp.Tuple]) -> str:
        ranges = [(self._print(i), self._print(high + 1)) for i, _, high in limits]
        self.looped |= {name for name, _ in ranges}
        self.depth += 1
        code = self._print(body)
        self.depth -= 1
        return f"sum({code} {' '.join(f'for {name} in range({count})' for name, count in ranges)})"

    def _print_Sum(self, expr: sp.Sum) -> str:
        return self._loop(expr.function, expr.limits)

    def _print_MatrixSum(self, expr: sp.Basic) -> str:
        return self._loop(expr.args[0], expr.args[1:])

    def _slice(self, index: sp.Expr) -> str:
        at = self._print(index)
        return f"{at}:{at}+1"

    def _print_MatrixElement(self, expr: MatrixElement) -> str:
        return f"{self._print(expr.args[0])}[{self._slice(expr.args[1])}, {self._slice(expr.args[2])}]"

    def _print_Column(self, expr: sp.Basic) -> str:
        return f"{self._print(expr.args[0])}[:, {self._slice(expr.args[1])}]"

    def _print_Row(self, expr: sp.Basic) -> str:
        of, column = expr.args[0], ":"
        if isinstance(of, Column):  # an entry, as a 1×1 array
            of, column = of.args[0], self._slice(of.args[1])
        return f"{self._print(of)}[{self._slice(expr.args[1])}, {column}]"

    def _print_Selection(self, expr: sp.Basic) -> str:
        rows, cols = (self._print(size) for size in expr.shape)
        return self._once(f"selection({self.sets[expr.args[0].name]}, {rows}, {cols}, dtype)", total=False)

    def _print_Identity(self, expr: sp.Identity) -> str:
        return f"eye({self._print(expr.shape[0])}, dtype)"

    def _print_ZeroMatrix(self, expr: sp.ZeroMatrix) -> str:
        return f"zeros({self._print(expr.shape[0])}, {self._print(expr.shape[1])}, dtype)"

    def _print_MatAdd(self, expr: sp.MatAdd) -> str:
        return self._once(f"({' + '.join(self._print(arg) for arg in expr.args)})")

    def _print_MatMul(self, expr: sp.MatMul) -> str:
        scalars = [self._print(arg) for arg in expr.args if not arg.is_Matrix]
        matrices = [self._print(arg) for arg in expr.args if arg.is_Matrix]
        whole = self._once(f"product({', '.join(matrices)})") if len(matrices) > 1 else matrices[0]
        return f"({'*'.join([*scalars, whole])})"

    def _print_MatPow(self, expr: sp.MatPow) -> str:
        return self._once(f"product({', '.join([self._print(expr.base)] * int(expr.exp))})")

    def _print_Transpose(self, expr: sp.Transpose) -> str:
        return f"transpose({self._print(expr.arg)})"

    def _print_Inverse(self, expr: sp.Inverse) -> str:
        return self._once(f"inverse({self._print(expr.arg)}, Q)", total=False)

    def _print_DiagMatrix(self, expr: sp.Basic) -> str:
        return f"({self._print(expr.args[0])}*eye({self._print(expr.shape[0])}, dtype))"

    def _print_Trace(self, expr: sp.Trace) -> str:
        """tr(MᵀN) as ⟨M, N⟩: a product fewer."""
        arg = expr.arg
        if arg.shape == (1, 1):
            return self._print(arg)  # type: ignore[no-any-return]
        if not isinstance(arg, sp.MatMul) or len([f for f in arg.args if f.is_Matrix]) < 2:
            return f"trace({self._print(arg)}, dtype)"
        scalars = [self._print(factor) for factor in arg.args if not factor.is_Matrix]
        first, *rest = [factor for factor in arg.args if factor.is_Matrix]
        if isinstance(first, sp.Transpose) and rest == [first.arg]:
            return "*".join([*scalars, self._once(f"square({self._print(first.arg)})")])
        turned = first.arg if isinstance(first, sp.Transpose) else sp.Transpose(first)
        return "*".join([*scalars, self._once(f"inner({self._print(turned)}, {self._print(sp.MatMul(*rest))})")])


# The function -------------------------------------------------------------------------------------------------------


class Lambdified:
    """An expression's value as a function of arrays; matrices whole where the expression has no derivative.

    Attributes:
        expr: the expression.
        symbols: the names of its symbols, in order.
        free: its free indices, in order of their names.
        sets: the names of its sets.
        whole: whether matrices are evaluated at once, and not entry by entry.

    >>> from derive import dims, matrix, tr
    >>> D, d = dims("D d")
    >>> A, B = matrix("A", D, d), matrix("B", d, D)
    >>> f = Lambdified(tr(A @ B) / 2)
    >>> f({"A": [[1], [2]], "B": [[3, 4]]}, {"D": 2, "d": 1})
    Fraction(11, 2)
    """

    printer: type[NumPyPrinter] = ExactPrinter

    def __init__(self, expr: n.Expr) -> None:
        self.expr = expr
        self._symbols = n.symbols_of(expr)
        self.symbols = tuple(self._symbols)
        self.free = tuple(sorted(expr.free, key=lambda index: (index.name, index.dim.name)))
        self._translation = Translation()
        stated, ends = self._stated()
        self._ends = ends
        self._dims = tuple(self._translation.dims.values())
        self.sets = tuple(self._translation.sets)
        self._function = self._compiled(stated)

    @property
    def whole(self) -> bool:
        return self._ends is None

    def _stated(self) -> tuple[sp.Basic, list[sp.Expr] | None]:
        """SymPy's form, and the row and column it takes if it is that of an entry."""
        tr = self._translation
        for symbol in self._symbols.values():
            tr.symbol(symbol)
        for index in self.free:
            tr.index(index)
            tr.dim(index.dim)
        try:
            stated = tr.matrix(gathered(self.expr))
            return stated, None
        except NotStatable:
            ends = [tr.fresh(dim) for dim in self.expr.shape]
            return tr.scalar(self.expr, *(ends or [None, None])), ends

    def _compiled(self, stated: sp.Basic) -> Callable[..., Any]:
        tr = self._translation
        groups = {
            "v": [tr.symbol(symbol) for symbol in self._symbols.values()],
            "n": [tr.dim(dim) for dim in self._dims],
            "i": [tr.index(index) for index in self.free],
            "e": self._ends or [],
        }
        names = {made: f"{kind}[{k}]" for kind, group in groups.items() for k, made in enumerate(group)}
        names.pop(sp.S.Zero, None)
        sets = {name: f"c[{k}]" for k, name in enumerate(self.sets)}
        # As the text of a function: lambdify would print the expression once more, for a docstring, which takes ten
        # times as long, and would sort the arguments, which takes three times as long as all else.
        code = self.printer(names, sets).function_body(stated)
        self._used = frozenset(re.findall(r"\bv\[\d+\]", code))
        text = f"lambda {', '.join(groups)}, c, Q, dtype: {code}"
        made = sp.lambdify([], text, modules=[NAMESPACE], docstring_limit=0)
        return made()  # type: ignore[no-any-return]

    # Values

    def __call__(
        self, values: Mapping[str, Any], sizes: Mapping[str, int], indices: Mapping[str, int] | None = None,
        rational: Rational = Fraction,
    ) -> Any:  # fmt: skip
        """The value: a number, or a two-dimensional array.

        Args:
            values: arrays by name, sets as 0-based numbers; float64 arrays make everything float64.
            sizes: dimensions by name.
            indices: 0-based values of the free indices, by name.
            rational: makes p/q in the number system of the values.

        Raises:
            ShapeError: a value has not the shape of its symbol.
            NonFiniteError: a result is infinite or not a number.
            DeriveError: a result is a float where every value is exact.
        """
        arrays, dtype = self._arrays(values, sizes)
        # An overflow is seen in the result, so NumPy need not warn of it as well.
        with np.errstate(all="ignore"):
            found = self._evaluated(arrays, self._rest(values, sizes, indices or {}), rational, dtype, sizes)
        checked = _checked(found, arrays, self.expr)
        return checked if self.expr.shape else checked[0, 0]

    def gradient(
        self, values: Mapping[str, Any], variable: str, sizes: Mapping[str, int],
        indices: Mapping[str, int] | None = None, rational: Rational = Fraction,
    ) -> Array:  # fmt: skip
        """∂/∂variable, every entry, by reverse-mode automatic differentiation; exact where the values are.

        Raises:
            InputError: the expression is no scalar, or the symbol has no value.
            ShapeError, NonFiniteError, DeriveError: as for a value.
        """
        if self.expr.shape or variable not in values:
            raise InputError(f"{self.expr} is no scalar that can be differentiated by {variable}")
        arrays, dtype = self._arrays(values, sizes)
        if variable not in self.symbols:
            return np.zeros(np.shape(values[variable]) or (1, 1), dtype=dtype)
        rest, place = self._rest(values, sizes, indices or {}), self.symbols.index(variable)
        if f"v[{place}]" not in self._used:
            return np.zeros(arrays[place].shape, dtype=dtype)

        def moved(array: Any) -> Any:
            return self._evaluated([*arrays[:place], array, *arrays[place + 1 :]], rest, rational, dtype, sizes)

        with np.errstate(all="ignore"):
            pull_back, _ = make_vjp(moved, arrays[place])
            slope = pull_back(np.ones((1, 1), dtype=dtype))
        return _checked(slope, arrays, self._symbols[variable], arrays[place].shape)

    def _evaluated(
        self, arrays: Sequence[Any], rest: Rest, rational: Rational, dtype: Any, sizes: Mapping[str, int]
    ) -> Any:
        dims, places, sets = rest

        def at(*ends: int) -> Any:
            found = self._function(arrays, dims, places, ends, sets, rational, dtype)
            return found if np.ndim(found) == 2 else np.full((1, 1), found, dtype=dtype)

        if not self._ends:
            return at()
        rows, cols = (size_of(dim, sizes) for dim in self.expr.shape)
        lines = [anp.concatenate([at(row, col) for col in range(cols)], axis=1) for row in range(rows)]
        return anp.concatenate(lines, axis=0)

    # What is given

    def _arrays(self, values: Mapping[str, Any], sizes: Mapping[str, int]) -> tuple[list[Array], Any]:
        missing = [name for name in (*self.symbols, *self.sets) if name not in values]
        if missing:
            raise InputError(f"{self.expr}: no value is given for {', '.join(missing)}")
        arrays = [_array(values[name], symbol, sizes) for name, symbol in self._symbols.items()]
        dtype = np.float64 if any(array.dtype == np.float64 for array in arrays) else object
        return [array.astype(dtype) for array in arrays], dtype

    def _rest(self, values: Mapping[str, Any], sizes: Mapping[str, int], indices: Mapping[str, int]) -> Rest:
        dims = [size_of(dim, sizes) for dim in self._dims]
        places = [_position(index, indices, sizes) for index in self.free]
        return dims, places, [tuple(sorted(values[name])) for name in self.sets]


def size_of(dim: Dim, sizes: Mapping[str, int]) -> int:
    """The size of a dimension; the dimension 1 needs none."""
    if dim == ONE:
        return 1
    if dim.name not in sizes:
        raise InputError(f"no size is given for the dimension {dim}")
    return sizes[dim.name]


def _position(index: Index, indices: Mapping[str, int], sizes: Mapping[str, int]) -> int:
    at, size = indices.get(index.name), size_of(index.dim, sizes)
    if at is None or not 0 <= at < size:
        raise InputError(f"the index {index} is {at}; it counts from 0 and runs over {index.dim} = {size}")
    return at


def _array(value: Any, symbol: n.Symbol, sizes: Mapping[str, int]) -> Array:
    """The value as a two-dimensional array of floats, or of objects whose ints are Python's."""
    found = value if isinstance(value, np.ndarray) else np.array(value, dtype=object)
    kinds = {type(entry) for entry in found.flat} if found.dtype == object else set()
    floats = found.dtype.kind == "f" or (kinds & {float, np.float64} and kinds <= {float, np.float64, int})
    found = found.astype(np.float64 if floats else object)
    shape = tuple(size_of(dim, sizes) for dim in symbol.shape) or (1, 1)
    if found.ndim < 2:
        found = found.reshape(-1, 1) if symbol.shape else found.reshape(1, -1)
    if found.shape != shape:
        raise ShapeError(f"{symbol} is {n.shape_text(symbol.shape)}, here {shape}; its value is {np.shape(value)}")
    return found


def _all_exact(arrays: Iterable[Array]) -> bool:
    return all(isinstance(entry, int | Fraction) for array in arrays for entry in array.flat)


def _checked(found: Any, arrays: Iterable[Array], expr: n.Expr, shape: tuple[int, ...] | None = None) -> Array:
    """The result, if it is of numbers of the system that went in."""
    result = np.asarray(found)
    if shape is not None and result.shape != shape:
        raise ShapeError(f"the derivative by {expr} is {result.shape}, not {shape}")
    if not expr.shape and result.shape != (1, 1):
        raise ShapeError(f"{expr} is a scalar, but its value is {result.shape}")
    for entry in result.flat:
        if isinstance(entry, float) and _all_exact(arrays):
            raise DeriveError(f"{expr}: a float, {entry}, among exact numbers", {"entry": entry})
        if isinstance(entry, float | mpmath.mpf) and not mpmath.isfinite(entry):
            raise NonFiniteError(f"{expr}: a value is {entry}", {"entry": entry})
    return result
