"""A formula's side of a comparison with code: points to compare at, and what the formula is there, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from derive.code.black_box import Array
from derive.code.compare import EPSILON
from derive.crosscheck.calculus import lambdified
from derive.crosscheck.instances import Signature, choices, general_sizes, signature
from derive.errors import InputError, UndefinedError
from derive.evaluate import Dual, Evaluator, Instance, array, quotient, real_root
from derive.language import nodes as n
from derive.language.derivation import Claim
from derive.language.indices import ONE, DimOrder

PRECISION = 60
"""Decimal digits of what is no rational number, as a root."""
GRAIN, GRAINS = 256, 1024
"""Numbers that are drawn are multiples of 1/256 up to 4: as exact in float64 as they are in the formula."""
MOST_DRAWS = 20
MANY = 50
"""Entries from which on reverse mode is quicker than a walk for each of them."""

Data = Mapping[str, Any] | Callable[..., Mapping[str, Any]] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Formula:
    """What the author's code should compute.

    Attributes:
        expr: the value.
        variables: what it is differentiated by, where it is given as a claim about a gradient.
        signature: its symbols, sets and dimensions.
    """

    expr: n.Expr
    variables: tuple[n.Symbol, ...]
    signature: Signature

    @classmethod
    def of(cls, given: object) -> Formula:
        """The formula of an expression, or of a claim: what its first line differentiates, or its first line.

        Raises:
            InputError: it is neither, or holds for every value of an index.
        """
        orders: list[DimOrder] = []
        if isinstance(given, Claim):
            orders = [a.statement for a in given.hypotheses if isinstance(a.statement, DimOrder)]
            expr, variables = _stated(given)
        elif isinstance(given, n.Expr):
            expr, variables = given, ()
        else:
            raise InputError(f"check_code({given!r}): give an expression, a definition or a claim")
        loose = sorted(index.name for index in expr.free if not index.fixed)
        if loose or expr.several:
            why = f"it stands for every {loose[0]}" if loose else "it is several expressions"
            raise InputError(f"{expr}: {why}, and code computes one array: give a scalar or a matrix")
        return cls(expr, variables, signature([expr], orders))


def _stated(claim: Claim) -> tuple[n.Expr, tuple[n.Symbol, ...]]:
    first = getattr(claim.steps[0].statement, "left", None) if claim.steps else None
    if not isinstance(first, n.Expr):
        raise InputError(f"claim {claim.label!r} is no chain of equalities: give the expression that the code computes")
    found = [node for node in _visible(first) if isinstance(node, n.Gradient)]
    if not found:
        return first, ()
    if len({node.body for node in found}) > 1:
        raise InputError(f"claim {claim.label!r} differentiates several expressions: give the one that is meant")
    return found[0].body, tuple(dict.fromkeys(node.variable for node in found))


def _visible(expr: n.Expr) -> Iterator[n.Expr]:
    """The nodes outside derivatives."""
    yield expr
    if not isinstance(expr, n.Gradient):
        for child in expr.children:
            yield from _visible(child)


# Points -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sample:
    """A point: sizes by name, a float64 array for each symbol (a family as a vector), sets and fixed indices from 0."""

    sizes: Mapping[str, int]
    values: Mapping[str, Array]
    sets: Mapping[str, tuple[int, ...]]
    indices: Mapping[str, int]

    def __str__(self) -> str:
        return " ".join(f"{name}={size}" for name, size in self.sizes.items())


def samples(
    formula: Formula, sizes: Mapping[str, int] | Sequence[Mapping[str, int]] | None, data: Data | None, count: int,
    seed: int,
) -> list[Sample]:  # fmt: skip
    """Points at which the formula has a value: at the author's sizes and data, and what he leaves open is drawn.

    Raises:
        InputError: sizes or data name what the formula does not have, or do not fit; or the formula has no value.
    """
    random = np.random.default_rng(seed)
    given = [data] * count if callable(data) or data is None else [data] if isinstance(data, Mapping) else list(data)
    wanted = [sizes] if isinstance(sizes, Mapping) else list(sizes) if sizes is not None else []
    if len(wanted) > 1 and (data is None or callable(data)):
        given = [data] * len(wanted)
    usual = general_sizes(formula.signature, len(given)) or [{}]
    return [
        _sample(formula, wanted[k % len(wanted)] if wanted else {}, usual[k % len(usual)], own, random)
        for k, own in enumerate(given)
    ]


def _sample(
    formula: Formula, wanted: Mapping[str, int], usual: Mapping[str, int], data: Any, random: np.random.Generator
) -> Sample:
    signature = formula.signature
    unknown = [name for name in wanted if name not in signature.dims]
    if unknown:
        raise InputError(f"sizes: {unknown[0]} is no dimension of {formula.expr}: there are {_list(signature.dims)}")
    failure = ""
    for attempt in range(MOST_DRAWS):
        sizes = {**usual, **wanted}
        own = dict(data(dict(sizes), random) if callable(data) else data or {})
        own, sizes = _fitted(formula, own, wanted, usual)
        values = {
            name: own[name] if name in own else _drawn(symbol, sizes, random, positive=attempt >= MOST_DRAWS // 2)
            for name, symbol in signature.symbols.items()
        }
        sets = {name: _members(list(choices(s, sizes)), random) for name, s in signature.sets.items()}
        indices = {index.name: int(random.integers(sizes[index.dim.name])) for index in signature.fixed}
        sample = Sample(sizes, values, sets, indices)
        try:
            Exact(formula, sample).value()
        except UndefinedError as error:
            failure = str(error)
            continue
        return sample
    raise InputError(f"{formula.expr} has no value at the points that were tried: {failure}; give others as data=")


def _members(every: list[tuple[int, ...]], random: np.random.Generator) -> tuple[int, ...]:
    return every[int(random.integers(len(every)))]


def _drawn(symbol: n.Symbol, sizes: Mapping[str, int], random: np.random.Generator, positive: bool) -> Array:
    """Multiples of 1/256 that are not zero, all of one size."""
    shape = tuple(sizes[dim.name] for dim in symbol.dims if dim != ONE)
    signs = 1 if positive else random.choice([-1, 1], shape)
    return np.asarray(signs * random.integers(GRAIN // 4, GRAINS, shape) / GRAIN)


def _fitted(
    formula: Formula, own: Mapping[str, Any], wanted: Mapping[str, int], usual: Mapping[str, int]
) -> tuple[dict[str, Array], dict[str, int]]:
    """The author's data as float64 arrays, and all sizes, those of the data first."""
    found: dict[str, Array] = {}
    sizes: dict[str, int] = dict(wanted)
    for name, value in own.items():
        symbol = formula.signature.symbols.get(name)
        if symbol is None:
            known = _list(formula.signature.symbols)
            raise InputError(f"data: {name} is no symbol of {formula.expr}: there are {known}")
        try:
            array_ = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            raise InputError(f"data: {name} is no array of real numbers") from None
        dims = [dim for dim in symbol.dims if dim != ONE]
        array_ = array_[:, 0] if len(dims) == 1 and array_.ndim == 2 and array_.shape[1] == 1 else array_
        if array_.ndim != len(dims) or not np.isfinite(array_).all():
            told = "×".join(dim.name for dim in dims) or "a number"
            raise InputError(f"data: {name} has the shape {array_.shape}, or is not finite: it is {told}")
        for dim, size in zip(dims, array_.shape, strict=True):
            if sizes.setdefault(dim.name, size) != size:
                raise InputError(f"data: {name} has the shape {array_.shape}, but {dim.name} = {sizes[dim.name]}")
        found[name] = array_
    return found, {name: sizes.get(name, usual.get(name, 2)) for name in formula.signature.dims}


def _list(names: Any) -> str:
    return ", ".join(names) or "none"


# Exact values -------------------------------------------------------------------------------------------------------


class Exact:
    """The formula at a point: in rational numbers, or to 60 digits where it has roots."""

    def __init__(self, formula: Formula, sample: Sample) -> None:
        self.formula, self.sample, self.rooted = formula, sample, formula.signature.rooted
        values = {name: self._numbers(formula.signature.symbols[name], v) for name, v in sample.values.items()}
        self.instance = Instance(dict(sample.sizes), values, sample.sets, sample.indices)
        if self.rooted:
            self.instance = replace(self.instance, field=self._number, root=_root, quotient=_quotient)

    def _number(self, value: Any) -> Any:
        exact = Fraction(value)
        return mpmath.mpf(exact.numerator) / exact.denominator if self.rooted else _plain(exact)

    def _numbers(self, symbol: n.Symbol, value: Array) -> Any:
        with mpmath.workdps(PRECISION):
            if not symbol.shape:
                return self._number(float(value))
            rows = value.reshape(len(value), -1).tolist()
            return array([[self._number(entry) for entry in row] for row in rows])

    def value(self) -> Array:
        """The formula itself, an array of its exact value rounded to float64."""
        with mpmath.workdps(PRECISION):
            return _rounded(Evaluator(self.instance)(self.formula.expr))

    def gradient(self, variable: n.Symbol) -> Array:
        """Its gradient by a symbol, in the shape of that: by dual numbers, entry by entry, or in reverse mode where
        there are many."""
        with mpmath.workdps(PRECISION):
            if self.rooted or self.sample.values[variable.name].size < MANY:
                found = _rounded(Evaluator(self.instance)(n.Gradient(self.formula.expr, variable)))
            else:
                function = lambdified(self.formula.expr)
                values = {**self.instance.values, **self.instance.sets}
                sizes, indices = self.sample.sizes, self.sample.indices
                found = _rounded(function.gradient(values, variable.name, sizes, indices, rational=Fraction))
        return found.reshape(self.sample.values[variable.name].shape)


def _plain(value: Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def _rounded(value: Any) -> Array:
    return np.array(value.tolist() if isinstance(value, np.ndarray) else value, dtype=float)


def _root(value: Any) -> Any:
    if isinstance(value, Dual):
        top = _root(value.main)
        return Dual(value.level, top, quotient(value.slope, 2 * top))
    return real_root(value)


def _quotient(top: Any, bottom: Any) -> Any:
    if isinstance(top, Dual) or isinstance(bottom, Dual):
        return top / bottom
    if bottom == 0:
        raise UndefinedError(f"division of {top} by zero")
    return mpmath.mpf(top) / bottom


def neighbours(sample: Sample, count: int) -> Iterator[Sample]:
    """Points that a rounding of every entry makes of the given one."""
    random = np.random.default_rng(1)
    for _ in range(count):
        moved = {
            name: np.asarray(value * (1 + EPSILON * random.choice([-1, 1], value.shape)))
            for name, value in sample.values.items()
        }
        yield replace(sample, values=moved)
