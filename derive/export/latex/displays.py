"""Displays: chains with a justification beside every line, statements with their number, definitions, matrices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derive.export.document import Entry
from derive.export.latex.breaking import INDENT, Line, lines
from derive.export.latex.formulas import atoms, width
from derive.export.latex.words import escaped
from derive.language.latex import latex_name

ROOM = 39_600
"""The width of a display, in thousandths of an em: the text without the indentation of displays."""
GAP = 1500
"""The least that stands between a formula and its justification."""
SHORT = ROOM * 0.27
"""A left side up to this width stands on the line of the first right side."""
WORDS = ROOM * 0.6
"""A justification that is wider is set as a paragraph."""
SMALL = 0.93
"""How words in the size of a justification compare with text."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What stands at the right margin of a line, and how wide it is in the size of text."""

    tex: str
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a display: its relation to the line before, and why it holds."""

    sign: str
    formula: str
    reason: Reason | None = None


def chain(start: str, rows: Sequence[Row]) -> str:
    r"""A chain, its relations below one another.

    >>> print(chain("A", [Row("=", "B", Reason("definition", 5000))]))
    \begin{align*}
      A &= B \tag*{\why{definition}}
    \end{align*}
    """
    head = lines(start, ROOM, ROOM - INDENT) if start else []
    beside = len(head) == 1 and head[0].width <= SHORT
    indent = head[0].width if beside else INDENT if start else 0
    body = [source for row in rows for source in _row(row, ROOM - indent)]
    if not start:
        return _aligned([f"& {source}" for source in body])
    if beside:
        others = [f"&{'' if source.startswith('=') else ' '}{source}" for source in body]
        return _aligned([f"{head[0].tex} {others[0]}", *(f"  {one}" for one in others[1:])])
    return _aligned([*(f"& {source}" for source in _several(head)), *(rf"& \qquad {source}" for source in body)])


def _row(row: Row, room: float) -> list[str]:
    """The lines of one row, with its reason where there is room for it: at the end of the last line, or below."""
    broken = lines(f"{row.sign} {row.formula}".strip(), room, room - INDENT)
    found = _several(broken)
    if row.reason is None or not row.reason.tex:
        return found
    indent = INDENT if len(broken) > 1 else 0
    if row.reason.width * SMALL + GAP <= room - indent - broken[-1].width:
        return [*found[:-1], rf"{found[-1]} \tag*{{\why{{{row.reason.tex}}}}}"]
    shown = r"\longwhy" if row.reason.width * SMALL > WORDS else r"\why"
    return [*found, rf"\tag*{{{shown}{{{row.reason.tex}}}}}"]


def _several(broken: Sequence[Line]) -> list[str]:
    return [(r"\quad " if number else "") + one.tex for number, one in enumerate(broken)]


def _aligned(rows: Sequence[str]) -> str:
    body = " \\\\\n".join(f"  {row}".rstrip() for row in rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def stated(formulas: Sequence[str], label: str) -> str:
    """Statements, a line each, with the number that the source gives them."""
    rows = [source for formula in formulas for source in _several(lines(formula, ROOM, ROOM - INDENT))]
    tag = rf"\tag{{{escaped(label)}}}" if label else ""
    *before, end = lines(formulas[-1], ROOM, ROOM - INDENT)
    last = end.width + (INDENT if before else 0)
    if tag and last + 700 * len(label) + GAP > ROOM:
        return _aligned([*(f"& {row}" for row in rows), f"& {tag}"])
    return _aligned([*(f"& {row}" for row in rows[:-1]), f"& {rows[-1]} {tag}"])


def claimed(entry: Entry) -> str:
    """What an entry claims; cases for which one formula has no room, one by one."""
    if entry.cases and not _fits(entry.statement[0]):
        return stated(entry.cases.apart, entry.label)
    return stated(entry.statement, entry.label)


def _fits(formula: str) -> bool:
    first, *others = lines(formula, ROOM, ROOM - INDENT)
    return first.width <= ROOM and all(one.width <= ROOM - INDENT for one in others)


def defined(pairs: Sequence[tuple[str, str]]) -> str:
    """Definitions, below one another."""
    rows: list[str] = []
    for name, body in pairs:
        (left,) = lines(name, ROOM, ROOM)
        first, *others = lines(f"= {body}", ROOM - SHORT, ROOM - SHORT - INDENT)
        rows += [f"{left.tex} &{first.tex}", *(rf"  & \quad {one.tex}" for one in others)]
    return _aligned(rows)


# Values -------------------------------------------------------------------------------------------------------------


def instance(values: Mapping[str, str]) -> str:
    """The values of letters, as many to a line as there is room for."""
    rows: list[str] = []
    filled: float = ROOM
    for name, text in values.items():
        shown = f"{latex_name(name)} = {value(text)}"
        wide = width(atoms(shown)) + 2 * INDENT
        if filled + wide > ROOM:
            rows, filled = [*rows, ""], 0.0
        broken = r"\\\n  & \quad ".join(one.tex for one in lines(shown, ROOM, ROOM - INDENT))
        rows[-1] += (r",\quad " if rows[-1] else "") + broken
        filled += wide
    return _aligned([f"& {row}" for row in rows]) if rows else ""


def value(text: str) -> str:
    r"""A number, a set or a matrix as a report gives it.

    >>> print(value("[1 0; -1/2 3]"))
    \begin{pmatrix} 1 & 0 \\ -1/2 & 3 \end{pmatrix}
    """
    matrix = re.fullmatch(r"\[(.*)\]", text)
    if not matrix:
        return side(text)
    rows = [" & ".join(map(side, row.split())) for row in matrix[1].split(";")]
    body = r" \\ ".join(rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def side(text: str) -> str:
    """What one side of a statement is at an instance; several values in brackets."""
    text = text.replace("−", "-")
    listed = re.fullmatch(r"\[(.*)\]", text)
    if listed:
        return f"({listed[1]})"
    if re.fullmatch(r"[-+\d/.,(){}\s]*", text):
        return text.replace("{", r"\{").replace("}", r"\}")
    return rf"\text{{{escaped(text)}}}"
