"""A formula over as many lines as it needs, broken where a mathematician would break it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from derive.export.latex.formulas import (
    BINARY,
    DISPLAY,
    OPENING,
    SIZES,
    TEXT,
    Atom,
    atoms,
    closed,
    opened,
    space,
    spaced,
    width,
    written,
)

INDENT = 2000
"""How far the second line of a formula stands in."""
NEVER = 10**6
A_LINE = 30
"""What one line more costs, where a break at a relation costs 1."""
DEEPER = 6
"""What it costs to break a bracket open, each one again."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a formula, and how wide it is."""

    tex: str
    width: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stays on one line. ``cost``: of a break before it; ``joint``: what then stands before it."""

    atom: Atom
    tex: str
    cost: int
    joint: str = ""
    blank: bool = True


@lru_cache(maxsize=8192)  # as for the atoms
def lines(tex: str, first: float, rest: float) -> tuple[Line, ...]:
    r"""The formula in as few lines as there is room for, the first of one width, the others of another.

    >>> [one.tex for one in lines(r"A + B = C + D", 4000, 4000)]
    ['A + B', '= C + D']
    """
    pieces = list(_pieces(atoms(tex, DISPLAY), 0))
    if width(atoms(tex, DISPLAY)) <= first:
        return (_line(pieces),)
    return tuple(_line(pieces[a:b], continued=a > 0) for a, b in _breaks(pieces, first, rest))


def inline(tex: str) -> str:
    """The formula for a line of text: TeX breaks it at its signs, and a long one between its factors too."""
    found = atoms(tex, TEXT)
    long = width(found) > 20_000
    shown, before = "", None
    for piece in _pieces(found, 0):
        if before is not None:
            breakable = piece.cost < NEVER and (piece.atom.kind not in ("bin", "rel") or before.atom.kind == "punct")
            shown += (r"\allowbreak" if long and breakable else "") + (" " if piece.blank or breakable else "")
        shown += piece.tex
        before = piece
    return shown


# Pieces -------------------------------------------------------------------------------------------------------------


def _pieces(found: Sequence[Atom], depth: int, before: Atom | None = None) -> Iterator[_Piece]:
    """The atoms in order, fences taken apart; inside square and curly brackets nothing is broken."""
    closed_in = 0
    for one in found:
        blank = before is not None and spaced(before, one)
        cost, joint = (NEVER, "") if before is None or closed_in else _cost(before, one, depth)
        if one.kind == "fence":
            side = Atom("open", opened(one), OPENING.get(one.left, 600) + SIZES[min(one.tall, 2)][2])
            yield _Piece(side, side.tex, cost, joint, blank)
            yield from _inside(one, depth + 1)
            end = Atom("close", closed(one), one.width - width(one.body) - side.width)
            yield _Piece(end, end.tex, NEVER, "", False)
        else:
            yield _Piece(one, written(one), cost, joint, blank)
        closed_in += (one.kind == "open") - (one.kind == "close" and closed_in > 0)
        before = one


def _inside(fence: Atom, depth: int) -> Iterator[_Piece]:
    for number, piece in enumerate(_pieces(fence.body, depth)):
        yield _Piece(piece.atom, piece.tex, piece.cost, piece.joint, piece.blank and number > 0)


def _cost(before: Atom, after: Atom, depth: int) -> tuple[int, str]:
    """What a break between two neighbours costs, and the sign that a product shows where it is broken."""
    deep = DEEPER * depth
    if after.tex in (r"\iff", r"\implies"):
        return deep, ""
    if after.kind == "rel":
        return deep + (NEVER if before.kind == "rel" else 1), ""
    if before.kind in ("rel", "bin", "open", "op") or after.kind in ("close", "punct", "space"):
        return NEVER, ""
    if after.kind == "bin":
        return deep + (1 if after.tex == r"\wedge" else 2), ""
    if before.kind in ("punct", "space", "text") or after.kind == "text":
        return deep + 1, ""
    if before.tex in ("/", r"\partial") or after.tex == "/":
        return NEVER, ""
    signed = before.kind == "ord" and before.tex == "-"
    return (NEVER, "") if signed else (deep + 12, r"\cdot")


# Breaks -------------------------------------------------------------------------------------------------------------


def _breaks(pieces: Sequence[_Piece], first: float, rest: float) -> list[tuple[int, int]]:
    """Where the lines begin and end, at the least cost; a piece that fits nowhere has a line of its own."""
    count = len(pieces)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * count
    for end in range(1, count + 1):
        for start in range(end - 1, -1, -1):
            wide = _line(pieces[start:end], continued=start > 0).width
            room = rest if start else first
            if wide > room and start < end - 1:
                if wide > 2 * room:
                    break
                if any(piece.cost < NEVER for piece in pieces[start + 1 : end]):
                    continue
            cost = A_LINE + (pieces[start].cost if start else 0) + (NEVER * 10 if wide > room else 0)
            ragged = 4 * (1 - min(wide, room) / room) ** 2 if end < count else 0
            best[end] = min(best[end], (best[start][0] + cost + ragged, start))
    found, end = [], count
    while end:
        found.append((best[end][1], end))
        end = best[end][1]
    return found[::-1]


def _line(pieces: Sequence[_Piece], continued: bool = False) -> Line:
    """The pieces as one line. TeX is told what a sign at its beginning is: of one term, or between two."""
    shown, wide, before = "", 0.0, None
    for number, piece in enumerate(pieces):
        if number == 0 and continued:
            lead = r"{}" if piece.atom.kind == "bin" else f"{{}} {piece.joint}" if piece.joint else ""
            shown, wide = f"{lead} ".lstrip(), 750.0 if lead else 0.0
        sign = number == 0 and piece.atom.kind == "ord" and piece.tex in BINARY
        shown += (" " if number and piece.blank else "") + (f"{{{piece.tex}}}" if sign else piece.tex)
        wide += piece.atom.width + space(before, piece.atom)
        before = before if piece.atom.kind == "space" else piece.atom
    return Line(shown, wide)
