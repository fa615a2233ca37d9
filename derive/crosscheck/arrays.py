"""An expression as a plain function of arrays: for plots, and for code that a formula is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from derive.crosscheck.lambdified import Lambdified, Rational
from derive.errors import InputError, ShapeError
from derive.language.indices import Dim, Index, Subset
from derive.language.nodes import Expr, Symbol

Argument = Symbol | Subset | Index | Dim


def function_of(expr: Expr, arguments: Sequence[Argument]) -> Callable[..., Any]:
    """The function that ``derive.numpy_function`` makes, and says all of."""
    for argument in arguments:
        if not isinstance(argument, Argument):
            raise InputError(f"numpy_function({expr}, …, {argument}): name a symbol, a set, an index or a dimension")
    function = Lambdified(expr)
    _refuse_missing(expr, function, arguments)

    def value(*given: Any) -> Any:
        if len(given) != len(arguments):
            names = ", ".join(argument.name for argument in arguments)
            raise InputError(f"{expr} is a function of {names}; {len(given)} values are given")
        values, indices = _split(arguments, given)
        found = function(values, _sizes(arguments, given), indices, _rational(values.values()))
        return found if expr.shape or not isinstance(found, np.floating) else float(found)

    value.__doc__ = f"{expr}, as a function of {', '.join(argument.name for argument in arguments)}."
    return value


def _refuse_missing(expr: Expr, function: Lambdified, arguments: Sequence[Argument]) -> None:
    names = {argument.name for argument in arguments}
    needed = [*function.symbols, *function.sets, *(index.name for index in function.free)]
    missing = [name for name in needed if name not in names]
    if missing:
        raise InputError(f"{expr} also depends on {', '.join(missing)}: name them too")


def _split(arguments: Sequence[Argument], given: Sequence[Any]) -> tuple[dict[str, Any], dict[str, int]]:
    """The values of symbols and sets, and those of indices."""
    pairs = list(zip(arguments, given, strict=True))
    values = {a.name: _whole(value) if isinstance(a, Symbol) else value for a, value in pairs if not _is_index(a)}
    return values, {a.name: int(value) for a, value in pairs if isinstance(a, Index)}


def _is_index(argument: Argument) -> bool:
    return isinstance(argument, Index | Dim)


def _whole(value: Any) -> Any:
    """NumPy's integers as Python's, which do not overflow."""
    found = np.asarray(value)
    return found.astype(object) if found.dtype.kind in "iu" else found


def _sizes(arguments: Sequence[Argument], given: Sequence[Any]) -> dict[str, int]:
    """The size of every dimension.

    Raises:
        ShapeError: two arguments give a dimension two sizes.
    """
    sizes: dict[str, int] = {}
    for argument, value in zip(arguments, given, strict=True):
        for dim, size in _own_sizes(argument, value):
            if sizes.setdefault(dim.name, size) != size:
                raise ShapeError(f"{argument.name} has {dim} = {size}, but {dim} is {sizes[dim.name]} before it")
    return sizes


def _own_sizes(argument: Argument, value: Any) -> Iterator[tuple[Dim, int]]:
    if isinstance(argument, Dim):
        yield argument, int(value)
    elif isinstance(argument, Subset):
        yield argument.size, len(value)
    elif isinstance(argument, Symbol):
        yield from zip(argument.dims, np.shape(value), strict=False)


def _rational(values: Any) -> Rational:
    """How p/q is made among these numbers."""
    arrays = [np.asarray(value) for value in values]
    if any(isinstance(entry, mpmath.mpf) for array in arrays if array.dtype == object for entry in array.flat):
        return lambda top, bottom: mpmath.mpf(top) / bottom
    if any(array.dtype.kind == "f" for array in arrays):
        return lambda top, bottom: top / bottom
    return Fraction
