"""A claimed gradient against the function itself, which is only called: no tracing, no rewriting, no tolerance."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.code.black_box import Arguments, Array, BlackBox, Point, by_name, chosen, describe, name_of
from derive.code.compare import (
    AGREES,
    DISAGREES,
    EPSILON,
    LEAST_DIGITS,
    UNCLEAR,
    Comparison,
    Entry,
    Found,
    Told,
    compared,
    floored,
    shape_told,
    table,
)
from derive.code.slopes import Slope, noise_of, scales_of, slope
from derive.errors import InputError

IMAGINARY_STEP = 2.0**-80
"""Of the argument's scale: its square is nothing beside 1, so that a complex step has no error of truncation."""
ROUNDINGS = 32
"""Roundings that a gradient that is right may be off by, and as many more as the root of the number of its entries."""
SPREADS = 8
"""By how many times what it moves when its arguments are rounded otherwise it may be off."""
VANISHES = 30
"""How many times its error a slope is where it does not vanish."""
NEIGHBOURS = 2
"""Points beside the given one, differing by rounding."""


@dataclass(frozen=True, slots=True, repr=False)
class GradientReport(Told):
    """What came of ``check_gradient``; true where the gradient agrees, and printed in full where it is shown.

    Attributes:
        function: the name of the function.
        arguments: what was found, argument by argument.
        methods: how each argument's slopes were measured.
    """

    function: str
    arguments: tuple[Comparison, ...]
    methods: tuple[str, ...]

    def judged(self) -> tuple[Comparison, ...]:
        return self.arguments

    @property
    def worst(self) -> Entry | None:
        """The entry that decides: one that disagrees, or cannot be told, or agrees to the fewest digits."""
        counts = sorted(self.arguments, key=lambda one: ([DISAGREES, UNCLEAR, AGREES].index(one.verdict), one.digits))
        return next((argument.worst for argument in counts if argument.worst is not None), None)

    def __str__(self) -> str:
        rows = [_row(found, how) for found, how in zip(self.arguments, self.methods, strict=True)]
        head = ("argument", "shape", "digits", "agree", "worst entry", "measured by")
        return "\n".join([self._line(), *table(head, rows), *self._hints()])

    def _line(self) -> str:
        entries, worst = sum(argument.count for argument in self.arguments), self.worst
        if worst is None or self.verdict == AGREES:
            return f"gradient of {self.function}: agrees to {floored(self.digits)} digits at all {entries} entries"
        if self.verdict == UNCLEAR:
            number = sum(argument.unclear for argument in self.arguments)
            return f"gradient of {self.function}: cannot tell at {worst.label}{_of(number, entries)}: {worst.why}"
        number = sum(argument.wrong for argument in self.arguments)
        told = worst.told("claimed", "measured")
        return f"gradient of {self.function}: disagrees at {worst.label}{_of(number, entries)}: {told}"

    def _hints(self) -> Iterator[str]:
        for argument in self.arguments:
            if argument.hint:
                yield f"  the gradient by {argument.name} is {argument.hint}"


def _of(number: int, entries: int) -> str:
    return f" and {number - 1} more of {entries} entries" if number > 1 else f" alone of {entries} entries"


def _row(found: Comparison, how: str) -> tuple[str, ...]:
    agree = f"{found.count - found.wrong - found.unclear}/{found.count}"
    worst = found.worst.label if found.worst is not None else ""
    return (found.name, shape_told(found.shape), floored(found.digits), agree, worst, how)


def gradient_report(
    function: Callable[..., Any], at: Arguments, claimed: Any, constant: Collection[str | int] | str, digits: int | None
) -> GradientReport:
    """What ``check_gradient`` returns; its arguments are described there."""
    if digits is not None and digits < 1:
        raise InputError(f"digits={digits}: at least one digit has to be asked for")
    point = Point.of(function, at)
    box = BlackBox(function, point)
    data = chosen(constant, list(point.values), "constant")
    names = [name for name in point.values if name not in data]
    if not names:
        raise InputError("every argument is constant: there is nothing to differentiate by")
    claim, spread = _claimed(claimed, point, names)
    found = _Measured(box, names, digits or LEAST_DIGITS)
    box.still_here()
    rows = tuple(compared(name, claim[name], found.of(name, claim[name], spread[name]), digits) for name in names)
    return GradientReport(box.name, rows, tuple(found.method[name] for name in names))


def _neighbours(values: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    """Points that a rounding of every entry makes of the given one."""
    random = np.random.default_rng(1)
    for _ in range(NEIGHBOURS):
        rounded = {name: EPSILON * random.choice([-1, 1], value.shape) for name, value in values.items()}
        yield {name: np.asarray(value * (1 + rounded[name])) for name, value in values.items()}


def _claimed(claimed: Any, point: Point, names: list[str]) -> tuple[dict[str, Array], dict[str, Array]]:
    """The claimed gradient, and how far it moves when the point is rounded otherwise."""
    shapes = {name: value.shape for name, value in point.values.items()}
    if not callable(claimed):
        own = by_name("the claimed gradient", claimed, names, shapes)
        return own, {name: np.zeros(shapes[name]) for name in names}

    def asked(values: Mapping[str, Array]) -> dict[str, Array]:
        try:
            answer, copies = point.call(claimed, values)
        except Exception as error:
            raise InputError(f"{name_of(claimed)} fails at the point that is given: {describe(error)}") from error
        changed = [name for name, copy in copies.items() if not np.array_equal(copy, values[name])]
        if changed:
            raise InputError(f"{name_of(claimed)} changes its argument {changed[0]} in place: let it work on a copy")
        return by_name(f"the gradient that {name_of(claimed)} gives", answer, names, shapes)

    own = asked(point.values)
    again = asked(point.values)
    if any(not np.array_equal(own[name], again[name]) for name in names):
        raise InputError(f"{name_of(claimed)} gives two gradients at one point: fix what is random in it")
    others = [asked(values) for values in _neighbours(point.values)]
    return own, {name: np.max([np.abs(other[name] - own[name]) for other in others], axis=0) for name in names}


# What the function says ---------------------------------------------------------------------------------------------


class _Measured:
    """The slope by every entry of every argument named, with bounds of their errors."""

    def __init__(self, box: BlackBox, names: list[str], wanted: int) -> None:
        self.box, self.wanted = box, wanted
        self.scales = {name: scales_of(value) for name, value in box.point.values.items()}
        values = box.point.values
        self.noise = noise_of(lambda point: _real(box.at(point)), values, self.scales, box.here)
        self.slopes = {name: self._differences(name) for name in names}
        self.method = dict.fromkeys(names, "differences")
        self.refined = {name: self._complex_step(name) for name in names}
        total = sum(values[name].size for name in names)
        self.roundings = (ROUNDINGS + math.sqrt(total)) * EPSILON

    def of(self, name: str, claimed: Array, spread: Array) -> Found:
        """What was found by one argument, and what is allowed to a claim that moves by ``spread`` when rounded."""
        slopes = self.slopes[name]
        values, errors = (_filled(slopes, what) for what in ("value", "error"))
        why = {place: _why(s) for place, s in _untold(slopes)}
        refined = self.refined[name]
        if refined is not None:
            better = (refined[1] < errors) & np.isfinite(errors)
            values, errors = np.where(better, refined[0], values), np.where(better, refined[1], errors)
            self.method[name] = "complex step"
            spread = np.asarray(np.maximum(spread, refined[1] / SPREADS))
        nothing = self._nothing(name, values, errors, claimed)
        why |= dict.fromkeys(np.ndindex(*values.shape), nothing) if nothing else {}
        own = np.asarray(np.fmax(np.abs(values), _filled(slopes, "reach")))
        allowance = self.roundings * own + SPREADS * spread
        return Found(values, errors, allowance, self._scales(name, own, errors), why)

    def _scales(self, name: str, own: Array, errors: Array) -> Array:
        """For each entry itself, or what the function changes by nearby; where that drowns in noise, the scale of the
        argument."""
        told = np.isfinite(errors)
        size = abs(self.box.here) / self.scales[name]
        largest = float(np.max(own[told], initial=0.0)) or float(np.max(size, initial=0.0))
        drowns = ~(own * 10.0**-self.wanted > errors)
        return np.asarray(np.where(drowns, np.maximum(own, largest), own))

    def _nothing(self, name: str, values: Array, errors: Array, claimed: Array) -> str:
        """Why nothing can be said where all of the gradient by an argument is nothing beside its error: at a stationary
        point a factor that is missing does not show, and what drowns in rounding might be anything."""
        slopes, told = self.slopes[name], np.isfinite(errors)
        if not told.all() or not told.size or (np.abs(values) > VANISHES * errors).any():
            return ""
        if (_filled(slopes, "reach") > VANISHES**2 * errors).any():
            return f"the gradient by {name} vanishes there: ask elsewhere"
        return f"what {name} changes there drowns in rounding: ask at another scale" if claimed.any() else ""

    def _differences(self, name: str) -> Array:
        value, scales = self.box.point.values[name], self.scales[name]
        found = np.empty(value.shape, dtype=object)
        for place in np.ndindex(*value.shape):
            line = lambda step, place=place: _real(self.box.near(name, place, step))  # noqa: E731
            found[place] = slope(line, self.box.here, float(value[place]), float(scales[place]), self.noise)
        return found

    def _complex_step(self, name: str) -> tuple[Array, Array] | None:
        """Slopes by a complex step and bounds of their errors; None where the function takes no complex numbers, or
        where they contradict the differences, as those of |z| do."""
        values = self.box.point.values
        own = self._imaginary(name, values)
        if own is None:
            return None
        others = [self._imaginary(name, point) for point in _neighbours(values)]
        apart = [np.abs(other - own) for other in others if other is not None]
        if len(apart) < len(others):
            return None
        slopes = self.slopes[name]
        reach = np.fmax(np.abs(own), _filled(slopes, "reach"))
        errors = SPREADS * np.max(apart, axis=0) + 8 * EPSILON * reach
        by_difference, bounds = _filled(slopes, "value"), _filled(slopes, "error")
        told = np.isfinite(bounds)
        agree = np.abs(own - by_difference)[told] <= (bounds + errors)[told]
        return (own, errors) if agree.all() and told.any() else None

    def _imaginary(self, name: str, values: Mapping[str, Array]) -> Array | None:
        found = np.empty(values[name].shape)
        for place in np.ndindex(*found.shape):
            step = IMAGINARY_STEP * float(self.scales[name][place])
            moved = values[name].astype(complex)
            moved[place] += 1j * step
            answer = self.box.at({**values, name: moved})
            if not np.iscomplexobj(answer) or not np.isfinite(answer):
                return None
            found[place] = answer.imag / step
        return found


def _real(answer: Any) -> float:
    return math.nan if np.iscomplexobj(answer) else float(answer)


def _filled(slopes: Array, what: str) -> Array:
    return np.array([getattr(one, what) for one in slopes.ravel()], dtype=float).reshape(slopes.shape)


def _untold(slopes: Array) -> Iterator[tuple[tuple[int, ...], Slope]]:
    for place in np.ndindex(*slopes.shape):
        found: Any = slopes[place]
        if not math.isfinite(found.error):
            yield place, found


def _why(found: Slope) -> str:
    if found.kink is None:
        return "no two differences agree there: it jumps, or has no value nearby"
    below, above = found.kink
    if math.isinf(below):
        return "its slope grows without bound as the step shrinks, as at a jump or a cusp"
    return f"its slopes differ as at a kink, {below:.6g} below and {above:.6g} above"
