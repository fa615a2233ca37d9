"""Combinations of rows: how a polynomial in words is made of hypotheses, step by step and then at once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from derive.prove.words import Alphabet, Number, Words


class Step(NamedTuple):
    """scalars · left · row · right, the row transposed where ``turned``.

    ``outer`` is None where that is the whole word; otherwise it is the word beside which left · row · right stands as
    a scalar, closed or, where ``ring`` says so, as a trace.
    """

    scalars: str
    outer: str | None
    left: str
    row: int
    turned: bool
    right: str
    ring: bool = False


Combination = dict[Step, Number]


@dataclass(slots=True)
class Row:
    """A polynomial that is zero, from ``start`` to ``end``: hypothesis ``fact``, or a combination of earlier rows.

    A row that is neither is true of the letters themselves, as two diagonal matrices commute.
    """

    words: Words
    start: str
    end: str
    fact: int | None = None
    made: Combination = field(default_factory=dict)


def product(one: str, other: str) -> str:
    return "".join(sorted(one + other)) if one and other else one or other


Key = TypeVar("Key", bound=Hashable)


def add_to(total: dict[Key, Number], key: Key, value: Number) -> None:
    new = total.get(key, 0) + value
    if new:
        total[key] = new
    else:
        total.pop(key, None)


def needed(rows: Sequence[Row], used: Combination) -> list[int]:
    """The rows that a combination is made of, and those that these are made of, earlier ones first."""
    found = {step.row for step in used}
    for place in range(len(rows) - 1, -1, -1):
        if place in found:
            found |= {step.row for step in rows[place].made}
    return sorted(found)


def length(rows: Sequence[Row], used: Combination) -> int:
    """How many steps at hypotheses a combination has, before equal ones are merged."""
    counts: dict[int, int] = {}
    for place in needed(rows, used):
        row = rows[place]
        counts[place] = 1 if row.fact is not None else sum(counts[step.row] for step in row.made)
    return sum(counts[step.row] for step in used)


def flat(alphabet: Alphabet, rows: Sequence[Row], used: Combination) -> Combination:
    """The combination in terms of hypotheses alone: every step of it is at a row that is a fact."""
    known: dict[int, Combination] = {}
    for place in needed(rows, used):
        row = rows[place]
        itself: Combination = {Step("", None, "", place, False, ""): 1}
        known[place] = _spread(alphabet, rows, row.made, known) if row.fact is None else itself
    return _spread(alphabet, rows, used, known)


def _spread(alphabet: Alphabet, rows: Sequence[Row], used: Combination, known: dict[int, Combination]) -> Combination:
    found: Combination = {}
    for step, value in used.items():
        for inner, factor in known[step.row].items():
            add_to(found, _within(alphabet, rows, step, inner), value * factor)
    return found


def _within(alphabet: Alphabet, rows: Sequence[Row], step: Step, inner: Step) -> Step:
    """The inner step of a row, where the row itself is placed by ``step``."""
    turn, closed = alphabet.transposed, alphabet.closed
    scalars = product(step.scalars, inner.scalars)
    outer, left, right = inner.outer, inner.left, inner.right
    if step.turned:
        outer, left, right = None if outer is None else turn(outer), turn(right), turn(left)
    turned = inner.turned != step.turned
    if outer is None:
        return Step(scalars, step.outer, step.left + left, inner.row, turned, right + step.right, step.ring)
    beside = step.left + outer + step.right
    if step.outer is None:
        return Step(scalars, beside, left, inner.row, turned, right, inner.ring)
    around = alphabet.ring(beside, rows[step.row].start) if step.ring else closed(beside)
    return Step(product(scalars, around), step.outer, left, inner.row, turned, right, inner.ring)
