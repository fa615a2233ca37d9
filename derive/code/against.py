"""The author's NumPy code against a formula: value and gradient, every entry, the formula's side exact."""

from __future__ import annotations

import inspect
import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from derive.code.black_box import Array, Function, by_name, describe, name_of
from derive.code.compare import (
    AGREES,
    DISAGREES,
    EPSILON,
    UNCLEAR,
    Comparison,
    Found,
    Told,
    compared,
    decided,
    floored,
    table,
)
from derive.code.formula import Data, Exact, Formula, Sample, neighbours, samples
from derive.errors import InputError
from derive.language import nodes as n

ROUNDINGS = 64
"""Roundings of the largest entry that code which is right may be off by, and as many more as the root of the number of
entries that go in."""
SPREADS = 8
NEIGHBOURS = 2

Gradient = Function | Mapping[Any, Function]


@dataclass(frozen=True, slots=True)
class Part:
    """One function of the author's beside one array of the formula's, at every point.

    Attributes:
        what: what of the formula it should be: ``L``, ``∂L/∂B``.
        code: the name of the author's function.
        comparisons: what was found, point by point.
    """

    what: str
    code: str
    comparisons: tuple[Comparison, ...]

    @property
    def verdict(self) -> str:
        return decided(self.comparisons)

    @property
    def digits(self) -> float:
        return min(one.digits for one in self.comparisons)

    @property
    def deciding(self) -> int:
        """The number of the point that decides."""
        counts = [one.verdict == self.verdict for one in self.comparisons]
        return min((k for k, counted in enumerate(counts) if counted), key=lambda k: self.comparisons[k].digits)


@dataclass(frozen=True, slots=True, repr=False)
class CodeReport(Told):
    """What came of ``check_code``; true where the code agrees, and printed in full where it is shown.

    Attributes:
        formula: the formula, as it prints.
        parts: the value, and the gradient by each symbol.
        points: sizes and arrays that the code was asked at.
    """

    formula: str
    parts: tuple[Part, ...]
    points: tuple[Sample, ...]

    def judged(self) -> tuple[Part, ...]:
        return self.parts

    def __str__(self) -> str:
        head = ("formula", "code", "digits", "agree", "worst entry")
        hints = (self._hint(part) for part in self.parts)
        return "\n".join([self._line(), *table(head, [_row(part) for part in self.parts]), *filter(None, hints)])

    def _line(self) -> str:
        names = " and ".join(dict.fromkeys(part.code for part in self.parts))
        if self.verdict == AGREES:
            places = f"{len(self.points)} point{'s' * (len(self.points) > 1)}"
            agree = "agrees" if " and " not in names else "agree"
            return f"{names} {agree} with {self.formula} to {floored(self.digits)} digits at {places}"
        part = next(part for part in self.parts if part.verdict == self.verdict)
        found, point = part.comparisons[part.deciding], self.points[part.deciding]
        where = f", at {point}" if point.sizes else ""
        if found.worst is None or self.verdict == UNCLEAR:
            why = found.worst.why if found.worst is not None else ""
            return f"{part.code}: cannot tell whether it is {part.what}{where}: {why}"
        more = f" and {found.wrong - 1} more of {found.count} entries" if found.wrong > 1 else ""
        told = found.worst.told("code", "formula")
        at = f" at {found.worst.label}" if found.worst.place else ""
        return f"{part.code} is not {part.what}{at}{more}: {told}{where}"

    def _hint(self, part: Part) -> str:
        hints = {one.hint for one in part.comparisons if one.verdict == DISAGREES}
        return f"  {part.code} is {hints.pop()}: {part.what}" if len(hints) == 1 and hints != {""} else ""


def _row(part: Part) -> tuple[str, ...]:
    entries = sum(one.count for one in part.comparisons)
    right = entries - sum(one.wrong + one.unclear for one in part.comparisons)
    worst = part.comparisons[part.deciding].worst
    return (part.what, part.code, floored(part.digits), f"{right}/{entries}", worst.label if worst else "")


def code_report(
    formula: object, value: Function | None, gradient: Gradient | None, by: str | n.Symbol | Sequence[Any],
    names: Mapping[str, Any] | None, sizes: Mapping[str, int] | Sequence[Mapping[str, int]] | None, data: Data | None,
    points: int, digits: int | None, seed: int,
) -> CodeReport:  # fmt: skip
    """What ``check_code`` returns; its arguments are described there."""
    stated = Formula.of(formula)
    renamed = {str(parameter): _name(symbol) for parameter, symbol in (names or {}).items()}
    if value is None and gradient is None:
        raise InputError("check_code: give a function to check, as value= or as gradient=")
    if points < 1:
        raise InputError(f"points={points}: at least one is needed")
    if gradient is not None and stated.expr.shape:
        raise InputError(f"{stated.expr} is a matrix: only a scalar has a gradient")
    where = samples(stated, sizes, data, points, seed)
    wanted = (by,) if isinstance(by, str | n.Symbol) else tuple(by)
    asked = _Asked(stated, where, renamed, tuple(map(_name, wanted)), digits)
    parts = [*asked.values(value), *asked.gradients(gradient)]
    return CodeReport(str(stated.expr), tuple(parts), tuple(where))


def _name(symbol: object) -> str:
    return symbol.name if isinstance(symbol, n.Symbol) else str(symbol)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Code and formula, asked at every point."""

    formula: Formula
    points: list[Sample]
    renamed: Mapping[str, str]
    by: tuple[str, ...]
    digits: int | None

    def values(self, function: Function | None) -> Iterator[Part]:
        if function is None:
            return
        what = str(self.formula.expr)
        answers = [self._answer(function, point) for point in self.points]
        found = [self._exactly(point, Exact.value) for point in self.points]
        rows = [self._compared(function, what, a, one) for a, one in zip(answers, found, strict=True)]
        yield Part(what, name_of(function), tuple(rows))

    def gradients(self, given: Gradient | None) -> Iterator[Part]:
        if isinstance(given, Mapping):
            for key, function in given.items():
                answers = [self._answer(function, point) for point in self.points]
                yield from self._gradient(function, [self._symbol(_name(key))], answers)
        elif given is not None:
            answers = [self._answer(given, point) for point in self.points]
            yield from self._gradient(given, self._variables(given, answers[0]), answers)

    def _gradient(self, function: Function, variables: list[n.Symbol], answers: list[Any]) -> Iterator[Part]:
        names = [variable.name for variable in variables]
        rows: dict[str, list[Comparison]] = {name: [] for name in names}
        for point, answer in zip(self.points, answers, strict=True):
            own = {self._meant(key): entry for key, entry in answer.items()} if isinstance(answer, Mapping) else answer
            shapes = {name: point.values[name].shape for name in names}
            claimed = by_name(f"what {name_of(function)} returns", _flat(own, names, shapes), names, shapes)
            for variable in variables:
                found = self._exactly(point, partial(Exact.gradient, variable=variable))
                rows[variable.name].append(compared(variable.name, claimed[variable.name], found, self.digits))
        for variable in variables:
            yield Part(f"∂{_shown(self.formula.expr)}/∂{variable}", name_of(function), tuple(rows[variable.name]))

    def _variables(self, function: Function, answer: Any) -> list[n.Symbol]:
        """What the author differentiates by: as he says, or the claim, or the keys of what the function returns."""
        if self.by:
            return [self._symbol(name) for name in self.by]
        if self.formula.variables:
            return list(self.formula.variables)
        if isinstance(answer, Mapping):
            return [self._symbol(self._meant(key)) for key in answer]
        told = "say by which symbols it differentiates, as in by='W'"
        raise InputError(f"{name_of(function)} returns no mapping: {told}")

    def _meant(self, key: object) -> str:
        name = _name(key)
        return self.renamed.get(name, name)

    def _symbol(self, name: str) -> n.Symbol:
        known = self.formula.signature.symbols
        meant = next((one for one in known if _same(one, self._meant(name))), None)
        if meant is None:
            raise InputError(f"{name} is no symbol of {self.formula.expr}: there are {', '.join(known)}")
        return known[meant]

    def _compared(self, function: Function, what: str, answer: Any, found: Found) -> Comparison:
        shape = found.values.shape
        if len(shape) == 2 and 1 in shape and np.shape(answer) == (max(shape),):
            answer = np.reshape(answer, shape)
        claimed = by_name(f"what {name_of(function)} returns", {what: answer}, [what], {what: shape})[what]
        return compared(what, claimed, found, self.digits)

    def _exactly(self, point: Sample, take: Callable[[Exact], Array]) -> Found:
        """What the formula is, and what rounding its arguments and its operations may make of it."""
        value = take(Exact(self.formula, point))
        near = [take(Exact(self.formula, other)) for other in neighbours(point, NEIGHBOURS)]
        spread = np.max([np.abs(other - value) for other in near], axis=0)
        largest = np.full(value.shape, float(np.max(np.abs(value), initial=0.0)))
        entries = sum(array.size for array in point.values.values())
        allowance = (ROUNDINGS + math.sqrt(entries)) * EPSILON * largest + SPREADS * float(np.max(spread, initial=0.0))
        why = {}
        if value.size and (np.abs(value) <= SPREADS * spread).all() and spread.any():
            why = dict.fromkeys(np.ndindex(*value.shape), "it vanishes there, where a wrong factor does not show")
        return Found(value, np.zeros(value.shape), np.asarray(allowance), largest, why)

    # Calls

    def _answer(self, function: Function, point: Sample) -> Any:
        """What the function returns for copies of the point's arrays.

        Raises:
            InputError: it fails, or changes an argument.
        """
        given = self._arguments(function, point)
        copies = {name: np.array(v)[()] if isinstance(v, np.ndarray) else v for name, v in given.items()}
        try:
            answer = _bound(function, copies)
        except Exception as error:
            raise InputError(f"{name_of(function)} fails at {point}: {describe(error)}") from error
        changed = [name for name, v in given.items() if not np.array_equal(v, copies[name])]
        if changed:
            raise InputError(f"{name_of(function)} changes its argument {changed[0]} in place: let it work on a copy")
        return answer

    def _arguments(self, function: Function, point: Sample) -> dict[str, Any]:
        offered: dict[str, Any] = {**point.sizes, **point.indices, **point.values}
        offered |= {name: np.array(members) for name, members in point.sets.items()}
        return {
            parameter.name: offered[name]
            for parameter in _parameters(function)
            if (name := self._offered(function, parameter, offered)) is not None
        }

    def _offered(self, function: Function, parameter: inspect.Parameter, offered: Iterable[str]) -> str | None:
        wanted = self.renamed.get(parameter.name, parameter.name)
        found = next((name for name in offered if _same(name, wanted)), None)
        if found is None and parameter.default is parameter.empty:
            symbols = ", ".join(self.formula.signature.symbols)
            raise InputError(
                f"{name_of(function)}: its parameter {parameter.name} is none of {symbols}: "
                f"say what it is, as in names={{{parameter.name!r}: …}}"
            )
        return found


def _same(symbol: str, parameter: str) -> bool:
    """Whether a parameter is named as the symbol is: Python normalises identifiers."""
    return symbol == parameter or unicodedata.normalize("NFKC", symbol) == unicodedata.normalize("NFKC", parameter)


def _parameters(function: Function) -> list[inspect.Parameter]:
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise InputError(f"{name_of(function)} does not tell its parameters: wrap it in a function that does") from None
    starred = [p.name for p in found if p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD}]
    if starred and len(starred) == len(found):
        raise InputError(f"{name_of(function)} takes *{starred[0]}: name its parameters as the symbols are named")
    return [p for p in found if p.name not in starred]


def _bound(function: Function, given: Mapping[str, Any]) -> Any:
    only = [p.name for p in _parameters(function) if p.kind is p.POSITIONAL_ONLY]
    return function(*(given[name] for name in only), **{k: v for k, v in given.items() if k not in only})


def _flat(answer: Any, names: Sequence[str], shapes: Mapping[str, tuple[int, ...]]) -> Any:
    """A family's gradient may be a column."""
    if isinstance(answer, Mapping):
        return {key: _vector(entry, shapes.get(key, ())) for key, entry in answer.items()}
    if isinstance(answer, tuple) or (isinstance(answer, list) and len(names) > 1):
        if len(answer) != len(names):
            return answer
        return tuple(_vector(entry, shapes[name]) for name, entry in zip(names, answer, strict=True))
    return _vector(answer, shapes[names[0]]) if len(names) == 1 else answer


def _vector(entry: Any, shape: tuple[int, ...]) -> Any:
    return np.reshape(entry, shape) if len(shape) == 1 and np.shape(entry) == (*shape, 1) else entry


def _shown(expr: n.Expr) -> str:
    text = str(expr)
    return f"({text})" if isinstance(expr, n.Add | n.Mul | n.Total) else text
