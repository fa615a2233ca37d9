"""A function of arrays that is not looked into: called with copies, and refused where its answers mean nothing."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.errors import InputError

Array = np.ndarray
Function = Callable[..., Any]
Arguments = Mapping[str, Any] | Sequence[Any] | Array


def name_of(function: Function) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")


@dataclass(frozen=True, slots=True)
class Point:
    """The arguments of a function: float64 arrays by name, to be given by keyword or by position."""

    values: Mapping[str, Array]
    by_keyword: bool

    @classmethod
    def of(cls, function: Function, at: Arguments) -> Point:
        """The point that an author gives: a mapping is given by keyword, a tuple by position, an array is one argument.

        Raises:
            InputError: an entry is no array of finite float64 numbers.
        """
        if isinstance(at, Mapping):
            return cls({str(name): _floats(str(name), value) for name, value in at.items()}, True)
        given = list(at) if isinstance(at, tuple | list) else [at]
        names = _positions(function, len(given))
        return cls({name: _floats(name, value) for name, value in zip(names, given, strict=True)}, False)

    def call(self, function: Function, values: Mapping[str, Array]) -> tuple[Any, dict[str, Array]]:
        """What the function makes of copies of the values, and the copies as it leaves them."""
        copies = {name: values[name].copy() for name in self.values}
        given = {name: copy if copy.ndim else copy[()] for name, copy in copies.items()}
        return (function(**given) if self.by_keyword else function(*given.values())), copies


def _positions(function: Function, count: int) -> list[str]:
    """What the arguments that are given by position are called."""
    try:
        known = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        known = []
    named = [p.name for p in known if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    return [named[k] if k < len(named) else f"argument {k + 1}" for k in range(count)]


def _floats(name: str, value: object) -> Array:
    """The value as a float64 array.

    Raises:
        InputError: it is none; integers are told apart, since W + h is not one.
    """
    found = np.asarray(value)
    if isinstance(value, int) and not isinstance(value, bool):
        found = found.astype(float)
    if found.dtype != np.float64:
        kind = "integers" if np.issubdtype(found.dtype, np.integer) else str(found.dtype)
        raise InputError(f"{name} holds {kind}: give float64 numbers, as {name}.astype(float) has")
    if not np.isfinite(found).all():
        raise InputError(f"{name} has an entry that is not finite at the point that is given")
    return np.array(found)


class BlackBox:
    """A function whose value is one number, at and around a point."""

    def __init__(self, function: Function, point: Point) -> None:
        self.function, self.point, self.name = function, point, name_of(function)
        self.here = self._here()

    def _here(self) -> float:
        """Its value at the point, asked for twice.

        Raises:
            InputError: it fails, is no finite number, changes an argument, or is another number the second time.
        """
        first, second = (self._asked() for _ in range(2))
        if first != second:
            raise InputError(f"{self.name} gives {first!r} and then {second!r} at one point: fix what is random in it")
        return first

    def still_here(self) -> None:
        """Refuse a function that keeps a memory of what it was asked.

        Raises:
            InputError: its value at the point is another one than at first.
        """
        now = self._asked()
        if now != self.here:
            raise InputError(f"{self.name} gave {self.here!r} and later {now!r} at one point: it keeps a state")

    def _asked(self) -> float:
        values = self.point.values
        try:
            answer, copies = self.point.call(self.function, values)
        except Exception as error:
            raise InputError(f"{self.name} fails at the point that is given: {describe(error)}") from error
        changed = [name for name, copy in copies.items() if not np.array_equal(copy, values[name])]
        if changed:
            raise InputError(f"{self.name} changes its argument {changed[0]} in place: let it work on a copy")
        return _number(self.name, answer)

    def near(self, name: str, place: tuple[int, ...], step: float) -> Any:
        """Its value where one entry is moved; not a number where it has none there."""
        moved = self.point.values[name].copy()
        moved[place] += step
        return self.at({**self.point.values, name: moved})

    def at(self, values: Mapping[str, Array]) -> Any:
        """Its value, or not a number where it has none."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = np.asarray(self.point.call(self.function, values)[0])
                return found.reshape(())[()]
            except Exception:  # noqa: BLE001 - beside the point it may fail in any way: a logarithm, a singular matrix
                return math.nan


def _number(name: str, answer: Any) -> float:
    found = np.asarray(answer)
    if found.dtype == object or found.dtype.kind not in "fiub":
        raise InputError(f"{name} gives {_short(answer)}, which is no real number")
    if found.size != 1:
        raise InputError(f"{name} gives an array of shape {found.shape}: only a number has a gradient")
    if not np.isfinite(found).all():
        raise InputError(f"{name} is {float(found.reshape(()))} at the point that is given")
    return float(found.reshape(()))


def _short(value: object) -> str:
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= 40 else f"{shown[:39]}…"


def by_name(what: str, given: Any, names: Sequence[str], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """An author's arrays, one for each name: from a mapping, a tuple in order, or, for one name, the array itself.

    Raises:
        InputError: one is missing, or too many, is of another shape, or is no array of finite real numbers.
    """
    if isinstance(given, Mapping):
        return {name: _fitting(what, name, value, shapes) for name, value in _complete(what, given, names).items()}
    rows = list(given) if isinstance(given, tuple | list) and (len(names) != 1 or isinstance(given, tuple)) else [given]
    if len(rows) != len(names):
        raise InputError(f"{what} has {len(rows)} arrays for {len(names)} arguments: {', '.join(names)}")
    return {name: _fitting(what, name, value, shapes) for name, value in zip(names, rows, strict=True)}


def _complete(what: str, given: Mapping[Any, Any], names: Sequence[str]) -> dict[str, Any]:
    keys = {str(key): value for key, value in given.items()}
    missing, extra = [n for n in names if n not in keys], [key for key in keys if key not in names]
    if missing:
        raise InputError(f"{what} has nothing for {missing[0]}: name it in constant=({missing[0]!r},) if it is data")
    if extra:
        raise InputError(f"{what} has something for {extra[0]}, which is none of {', '.join(names)}")
    return {name: keys[name] for name in names}


def _fitting(what: str, name: str, value: Any, shapes: Mapping[str, tuple[int, ...]]) -> Array:
    found, shape = np.asarray(value), shapes[name]
    if found.dtype == object or found.dtype.kind not in "fiub":
        raise InputError(f"{what} for {name} is {_short(value)}, which is no array of real numbers")
    if found.shape != shape and not (found.size == 1 and shape == ()):
        turned = ": it is the transpose's shape" if found.shape == shape[::-1] and len(shape) == 2 else ""
        raise InputError(f"{what} for {name} has the shape {found.shape}, and {name} has {shape}{turned}")
    found = found.reshape(shape).astype(float)
    if not np.isfinite(found).all():
        place = next(place for place in np.ndindex(*shape) if not np.isfinite(found[place]))
        where = f"{name}[{', '.join(map(str, place))}]" if shape else name
        raise InputError(f"{what} is {float(found[place])} at {where}")
    return found


def chosen(given: Collection[Any] | str, names: Sequence[str], what: str) -> set[str]:
    """The names that an author chooses, by name or by position.

    Raises:
        InputError: there is no such argument.
    """
    picked = set()
    for one in (given,) if isinstance(given, str) else given:
        name = names[one] if isinstance(one, int) and 0 <= one < len(names) else one
        if name not in names:
            raise InputError(f"{what}: {one!r} is no argument: there are {', '.join(names)}")
        picked.add(str(name))
    return picked
