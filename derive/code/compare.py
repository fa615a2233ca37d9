"""Arrays of numbers that somebody claims, beside what was found: entry by entry, in digits that can be told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np

Array = np.ndarray

EPSILON = float(np.finfo(float).eps)
MOST_DIGITS = -math.log10(EPSILON)
"""What a float64 can hold: 15.7."""
LEAST_DIGITS = 4
"""Digits that have to be told at an entry before anything is said of it, where the author does not ask for more."""
FACTORS = [s * Fraction(p, q) for p in range(1, 5) for q in range(1, 5) for s in (1, -1) if math.gcd(p, q) == 1]
FACTORS.remove(Fraction(1))
"""Factors by which a gradient is often wrong."""

WIDE = 100
"""How many times its error a gap has to be where fewer digits than are asked for can be told."""

AGREES, DISAGREES, UNCLEAR = "agrees", "disagrees", "cannot tell"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what is claimed, what was found, and how far off that may be.

    Attributes:
        place: its indices, counted from 0; empty for a number.
        digits: to how many digits both agree, relative to its scale.
        why: what keeps it from being told.
    """

    name: str
    place: tuple[int, ...]
    claimed: float
    found: float
    error: float
    digits: float
    verdict: str
    why: str = ""

    @property
    def label(self) -> str:
        """``W[2, 1]``; the name alone for a number."""
        return self.name + (f"[{', '.join(map(str, self.place))}]" if self.place else "")

    def told(self, claims: str, finds: str) -> str:
        """Both values, to as many digits as tell them apart."""
        claimed, found = apart(self.claimed, self.found)
        return f"{claims} {claimed}, {finds} {found}" + (f" ± {self.error:.1g}" if self.error else "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """All entries of one array.

    Attributes:
        digits: the fewest of any entry.
        worst: the entry that counts: one that disagrees, or cannot be told, or agrees to the fewest digits.
        wrong: how many entries disagree.
        unclear: how many cannot be told.
        hint: what the claimed array is instead: a multiple, the transpose.
    """

    name: str
    shape: tuple[int, ...]
    digits: float
    worst: Entry | None
    wrong: int
    unclear: int
    hint: str = ""

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def verdict(self) -> str:
        return DISAGREES if self.wrong else UNCLEAR if self.unclear else AGREES


class Judged(Protocol):
    """What has a verdict, and digits to which it agrees."""

    @property
    def verdict(self) -> str: ...

    @property
    def digits(self) -> float: ...


def decided(parts: Iterable[Judged]) -> str:
    """The verdict on several parts together: what disagrees outweighs what cannot be told."""
    found = {part.verdict for part in parts}
    return next((verdict for verdict in (DISAGREES, UNCLEAR) if verdict in found), AGREES)


class Told:
    """A report that is true where all its parts agree, and printed in full where it is shown."""

    __slots__ = ()

    def judged(self) -> Sequence[Judged]:
        """Its parts."""
        raise NotImplementedError

    @property
    def verdict(self) -> str:
        """``agrees``, ``disagrees``, or ``cannot tell`` where rounding, noise or a kink leaves too few digits."""
        return decided(self.judged())

    @property
    def ok(self) -> bool:
        return self.verdict == AGREES

    @property
    def digits(self) -> float:
        """To how many digits every entry agrees."""
        return min(part.digits for part in self.judged())

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of an array, entry by entry.

    Attributes:
        errors: how far each value may be off.
        allowance: how far rounding takes a claim that is right.
        scales: what digits are relative to.
        why: for entries of which nothing can be said, the reason, by place; a claim may disagree all the same.
    """

    values: Array
    errors: Array
    allowance: Array
    scales: Array
    why: Mapping[tuple[int, ...], str] = field(default_factory=dict)

    @property
    def doubtful(self) -> Array:
        mask = np.zeros(self.values.shape, dtype=bool)
        for place in self.why:
            mask[place] = True
        return mask


def compared(name: str, claimed: Array, found: Found, wanted: int | None) -> Comparison:
    """Every entry of ``claimed`` beside what was found.

    Args:
        wanted: as many digits are asked for, and are enough; None asks for all that can be told.
    """
    claimed = np.asarray(claimed)
    gaps, untold = np.abs(claimed - found.values), ~np.isfinite(found.errors)
    scales = np.where(found.scales > 0, found.scales, 1.0)
    enough = scales * 10.0 ** -(LEAST_DIGITS if wanted is None else wanted)
    within = found.errors + found.allowance
    slack = within if wanted is None else np.maximum(within, enough)
    coarse = ~(within <= enough)
    # Where little can be told, rows that agree by chance make the error too small: then a gap has to be a wide one.
    wrong = np.asarray(~untold & (gaps > np.where(coarse, WIDE * slack, slack)))
    unclear = np.asarray((coarse | untold | found.doubtful) & ~wrong)
    off = np.maximum(np.maximum(gaps, found.errors), EPSILON * scales)
    digits = np.asarray(np.where(untold, 0.0, -np.log10(np.where(untold, scales, off) / scales)))
    place = _worst(wrong, unclear, np.where(untold, 0.0, gaps / scales), digits)
    entry = None
    if place is not None:
        entry = _entry(name, place, claimed, found, digits, bool(wrong[place]), bool(unclear[place]))
    fewest = float(digits.min()) if digits.size else MOST_DIGITS
    hint = _hint(claimed, found, slack) if wrong.any() else ""
    return Comparison(name, claimed.shape, fewest, entry, int(wrong.sum()), int(unclear.sum()), hint)


def _entry(
    name: str, place: tuple[int, ...], claimed: Array, found: Found, digits: Array, wrong: bool, unclear: bool
) -> Entry:
    verdict = DISAGREES if wrong else UNCLEAR if unclear else AGREES
    error = float(found.errors[place])
    few = f"it is {float(found.values[place]):.3g} ± {error:.1g}, too few digits to say more"
    why = found.why.get(place, few) if unclear else ""
    value, own = float(found.values[place]), float(claimed[place])
    return Entry(name, place, own, value, error, float(digits[place]), verdict, why)


def _worst(wrong: Array, unclear: Array, gaps: Array, digits: Array) -> tuple[int, ...] | None:
    """Of the entries that disagree the one furthest off its scale, else one that cannot be told, else that of fewest
    digits."""
    if not digits.size:
        return None
    if wrong.any():
        flat = int(np.argmax(np.where(wrong, gaps, -1.0)))
    elif unclear.any():
        flat = int(np.argmax(unclear))
    else:
        flat = int(np.argmin(digits))
    return tuple(int(part) for part in np.unravel_index(flat, digits.shape))


def _hint(claimed: Array, found: Found, slack: Array) -> str:
    """What the claimed array is instead of what was found, where that is simple and so at every entry."""
    if not claimed.any() or not np.isfinite(found.errors).all():
        return "zero where it should not be" if not claimed.any() and claimed.size > 1 else ""

    def fits(other: Array, factor: float = 1.0) -> bool:
        return bool((np.abs(claimed - factor * other) <= slack * max(1.0, abs(factor))).all())

    for factor in FACTORS:
        if fits(found.values, float(factor)):
            return "of the opposite sign everywhere" if factor == -1 else f"{factor} times what it should be everywhere"
    square = claimed.ndim == 2 and claimed.shape[0] == claimed.shape[1] > 1
    return "the transpose of what it should be" if square and fits(found.values.T) else ""


def apart(one: float, other: float) -> tuple[str, str]:
    """Both numbers to as few digits, from 6 on, as tell them apart.

    >>> apart(1.0, 2.0), apart(1.0, 1.00000001)
    (('1', '2'), ('1', '1.00000001'))
    """
    for digits in range(6, 17):
        texts = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if texts[0] != texts[1] or one == other:
            return texts
    return repr(float(one)), repr(float(other))


def floored(digits: float) -> str:
    """Digits to one decimal, rounded down: nothing is claimed that was not seen."""
    return f"{max(0.0, math.floor(digits * 10) / 10):.1f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows in columns under a head."""
    widths = [max(len(row[col]) for row in (head, *rows)) for col in range(len(head))]
    for row in (head, *rows):
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def shape_told(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "number"
