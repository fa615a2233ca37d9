"""What an author's ``model`` gives, made exact and refused where no instance can hold it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from random import Random
from traceback import walk_tb
from typing import Any

import numpy as np

from derive.errors import DeriveError, ModelError
from derive.evaluate import Value, array
from derive.language import nodes as n
from derive.language.derivation import ModelMaker
from derive.language.indices import ONE


def ask(maker: ModelMaker, sizes: Mapping[str, int], random: Random) -> Mapping[str, object]:
    """What the model gives at these sizes, as it gives it.

    Raises:
        ModelError: it fails, or gives no mapping.
        NoModelError: it says that there is none.
    """
    try:
        given = maker(sizes, random)
    except DeriveError:
        raise
    except Exception as error:
        told = " ".join(str(error).split())
        raise ModelError(f"{_line(maker, error)}: the model fails: {type(error).__name__}: {told}") from error
    if not isinstance(given, Mapping):
        raise ModelError(f"{_line(maker)}: the model gives {_short(given)}: return {{name: value}}, or {{}} for none")
    return given


def exact_values(
    given: Mapping[str, object], symbols: Mapping[str, n.Symbol], sizes: Mapping[str, int], maker: ModelMaker
) -> dict[str, Value]:
    """The values that it gives for these symbols, in exact numbers and of their shapes.

    Raises:
        ModelError: a value is not exact, or is of another shape.
    """
    return {name: _value(name, given[name], symbols[name], sizes, maker) for name in given if name in symbols}


def members(name: str, value: object, count: int, over: int, maker: ModelMaker) -> tuple[int, ...]:
    """The members of a set that it gives, counted from 0, in order.

    Raises:
        ModelError: they are no such set.
    """
    found = sorted(set(value)) if isinstance(value, tuple | list | set | frozenset | range) else []
    if len(found) != count or not all(isinstance(one, int | np.integer) and 0 <= one < over for one in found):
        told = f"{count} different whole numbers from 0 to {over - 1}"
        raise ModelError(f"{_line(maker)}: the model gives the set {name} as {_short(value)}: give {told}")
    return tuple(int(one) for one in found)


def place(name: str, value: object, over: int, maker: ModelMaker) -> int:
    """The value of a fixed index that it gives, counted from 0.

    Raises:
        ModelError: it is none.
    """
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or not 0 <= value < over:
        told = f"give a whole number from 0 to {over - 1}"
        raise ModelError(f"{_line(maker)}: the model gives the index {name} as {_short(value)}: {told}")
    return int(value)


def referred(function: Callable[..., object], arguments: Mapping[str, object]) -> object:
    """What an author's reference returns.

    Raises:
        ModelError: it fails.
    """
    try:
        return function(**arguments)
    except Exception as error:
        told = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise ModelError(f"{_line(function, error)}: the reference fails: {told}") from error


def _value(name: str, value: object, symbol: n.Symbol, sizes: Mapping[str, int], maker: ModelMaker) -> Value:
    found = np.asarray(value, dtype=object)
    shape = tuple(1 if dim == ONE else sizes[dim.name] for dim in symbol.shape)
    if len(symbol.dims) == 1 and found.shape == shape[:1]:
        found = found.reshape(shape)
    if found.shape != shape:
        told = f"it is {n.shape_text(symbol.shape)}" + (f", here {_times(shape)}" if shape else "")
        raise ModelError(f"{_line(maker)}: the model gives {name} the shape {_times(found.shape)}, but {told}")
    exact = [_exact(name, entry, maker) for entry in found.ravel().tolist()]
    if not shape:
        return exact[0]
    return array([exact[row * shape[1] : (row + 1) * shape[1]] for row in range(shape[0])])


def _exact(name: str, entry: Any, maker: ModelMaker) -> int | Fraction:
    """The entry as a Python number: NumPy's integers would overflow."""
    if isinstance(entry, int | np.integer) and not isinstance(entry, bool):
        return int(entry)
    if isinstance(entry, Fraction):
        return entry
    told = "which is not exact" if isinstance(entry, float | np.floating) else "which is no number"
    raise ModelError(f"{_line(maker)}: the model gives {name} an entry {_short(entry)}, {told}: give int or Fraction")


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "of a number"


def _line(maker: Callable[..., object], error: BaseException | None = None) -> str:
    """``file:line`` of the model, or of its line that fails."""
    code = getattr(maker, "__code__", None)
    if code is None:
        return "the derivation"
    frames = walk_tb(error.__traceback__) if error is not None else iter(())
    lines = [line for frame, line in frames if frame.f_code.co_filename == code.co_filename]
    return f"{code.co_filename}:{lines[-1] if lines else code.co_firstlineno}"


def _short(value: object) -> str:
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= 40 else f"{shown[:39]}…"
