r"""A formula in LaTeX, read into atoms as TeX reads it: how wide each is, and which bracket it needs.

Nothing here sets type. The widths are those of Latin Modern at 11 points in thousandths of an em, and where they are
rounded, upwards: a line that is said to fit has to fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

DISPLAY, TEXT, SCRIPT = "display", "text", "script"
SMALLER = 0.8
"""A script beside its base; the widest glyphs shrink to 0.79."""


@dataclass(frozen=True, slots=True)
class Atom:
    """What TeX sets as one thing.

    Attributes:
        kind: ord, op, bin, rel, open, close, punct, space, text, or fence: a pair of brackets around a ``body``.
        tex: its LaTeX with its scripts; of a fence the scripts alone.
        gap: whether a blank stands before it in the source.
        tall: 0 of a line's height, 1 with brackets in it, 2 with a fraction or a sum, 3 what is taller still.
    """

    kind: str
    tex: str
    width: float
    tall: int = 0
    body: tuple[Atom, ...] = ()
    left: str = ""
    right: str = ""
    gap: bool = False


# The widths of glyphs -----------------------------------------------------------------------------------------------

ITALIC = dict(zip(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    (529, 429, 433, 520, 466, 597, 513, 576, 345, 469, 552, 318, 878, 600, 485, 503, 482, 479, 469, 361, 572, 521, 743,
     572, 526, 509, 750, 809, 786, 856, 796, 782, 786, 912, 518, 651, 921, 681, 1079, 912, 791, 781, 791, 767, 671, 723,
     792, 806, 1083, 907, 803, 754), strict=True,
))  # fmt: skip
UPRIGHT = dict(zip(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,;:!?'()[]|-/\"*",
    (500, 556, 444, 556, 444, 306, 500, 556, 278, 306, 528, 278, 833, 556, 500, 556, 528, 392, 394, 389, 556, 528, 722,
     528, 528, 444, 750, 708, 722, 764, 681, 653, 785, 750, 361, 514, 778, 625, 917, 750, 778, 681, 778, 736, 556, 722,
     750, 750, 1028, 750, 750, 611, 380, 278, 278, 278, 278, 278, 472, 278, 389, 389, 278, 278, 278, 333, 500, 374,
     500), strict=True,
))  # fmt: skip
COMMANDS = {
    r"\alpha": 643, r"\beta": 618, r"\gamma": 573, r"\delta": 482, r"\varepsilon": 466, r"\eta": 532, r"\theta": 497,
    r"\kappa": 576, r"\lambda": 583, r"\mu": 603, r"\nu": 558, r"\xi": 484, r"\pi": 606, r"\rho": 517, r"\sigma": 607,
    r"\tau": 550, r"\varphi": 654, r"\chi": 626, r"\psi": 687, r"\omega": 658, r"\Gamma": 625, r"\Delta": 833,
    r"\Theta": 778, r"\Lambda": 694, r"\Phi": 722, r"\Psi": 778, r"\Sigma": 722, r"\Omega": 722, r"\partial": 586,
    r"\nabla": 833, r"\top": 778, r"\infty": 1000, r"\dots": 1333, r"\exists": 556, r"\backslash": 500,
    r"\Vert": 500, r"\#": 833, r"\%": 833, r"\&": 778, r"\$": 500, r"\_": 750, r"\ker": 1440,
}  # fmt: skip
RELATIONS = {
    "=": 778, "<": 778, ">": 778, ":": 278, r"\in": 667, r"\notin": 667, r"\ne": 778, r"\le": 778, r"\ge": 778,
    r"\leftarrow": 1000, r"\to": 1000, r"\iff": 2389, r"\implies": 2167, r"\sim": 778, r"\perp": 778,
}  # fmt: skip
BINARY = {"+": 778, "-": 778, "*": 500, r"\cdot": 278, r"\wedge": 667, r"\cup": 667, r"\setminus": 500, r"\times": 778}
OPENING = {"(": 389, "[": 283, r"\{": 500, r"\langle": 389, r"\lVert": 500}
CLOSING = {")": 389, "]": 278, r"\}": 500, r"\rangle": 389, r"\rVert": 500}
SPACES = {r"\,": 167, r"\;": 278, r"\ ": 333, r"\quad": 1000}
KINDS = (("rel", RELATIONS), ("bin", BINARY), ("open", OPENING), ("close", CLOSING), ("space", SPACES))
ACCENTS = (r"\bar", r"\tilde", r"\hat", r"\dot")
UNKNOWN = 1100
"""A glyph that is in no table is taken to be as wide as the widest letter."""

SIZES = {0: ("", "", 0), 1: (r"\bigl", r"\bigr", 80), 2: (r"\Bigl", r"\Bigr", 220)}
"""Brackets around what is tall, and how much wider they are than plain ones."""


# Reading ------------------------------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"\\(?:left|right)(?![a-zA-Z])\s*(?:\\[a-zA-Z]+|\\.|.)"
    r"|\\(?:begin|end)\{(?:pmatrix|cases)\}|\\(?:text|mathrm|operatorname)\{[^{}]*\}|\\[a-zA-Z]+|\\.|\d+|\s+|.",
    re.DOTALL,
)


@lru_cache(maxsize=8192)  # a formula stands in the document of its derivation and in that of all
def atoms(tex: str, style: str = DISPLAY) -> tuple[Atom, ...]:
    r"""The atoms of a formula, brackets of ``\left … \right`` as fences.

    >>> [(one.kind, one.tex) for one in atoms(r"A^{\top} \left(B - C\right)")]
    [('ord', 'A^{\\top}'), ('fence', '')]
    """
    return _Reader(tex, style).until("")


class _Reader:
    """Reads tokens from the left."""

    def __init__(self, tex: str, style: str) -> None:
        found = TOKEN.findall(tex)
        self.tokens = [token for token in found if not token.isspace()]
        pairs = zip(["", *found], found, strict=False)
        self.gaps = [before.isspace() for before, token in pairs if not token.isspace()]
        self.style, self.at = style, 0

    def until(self, end: str) -> tuple[Atom, ...]:
        """Everything up to a token that begins with ``end``, which is left out; to the last where there is none."""
        found: list[Atom] = []
        while self.at < len(self.tokens):
            token = self._next()
            if end and token.startswith(end):
                break
            gap = self.gaps[self.at - 1]
            found.append(replace(self._scripts(self._atom(token)), gap=gap))
        return tuple(_signed(found))

    def _next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ""

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _argument(self, style: str) -> tuple[Atom, ...]:
        """A group in braces, or the next token; ``\tfrac12`` has two arguments of one digit."""
        outer, self.style = self.style, style
        if self._peek() == "{":
            self.at += 1
            found = self.until("}")
        else:
            token = self._next()
            if len(token) > 1 and token.isdigit():
                self.at -= 1
                self.tokens[self.at], token = token[1:], token[0]
            found = (self._atom(token),) if token else ()
        self.style = outer
        return found

    def _atom(self, token: str) -> Atom:
        for kind, table in KINDS:
            if token in table:
                return Atom(kind, token, table[token])
        if token.startswith(r"\left") and token != r"\leftarrow":
            return self._fence(token.removeprefix(r"\left").strip())
        if token == "{":
            inside = self.until("}")
            return Atom("ord", f"{{{joined(inside, self.style)}}}", width(inside), _tallest(inside))
        if token in (",", ";"):
            return Atom("punct", token, 278)
        if token == r"\displaystyle":
            self.style = DISPLAY
            return Atom("space", token, 0)
        if token == r"\sum":
            return Atom("op", token, 1450 if self.style == DISPLAY else 1060, 2 if self.style == DISPLAY else 0)
        return self._built(token)

    def _built(self, token: str) -> Atom:
        """What has arguments, and all other glyphs."""
        named = re.fullmatch(r"\\(text|mathrm|operatorname)\{([^{}]*)\}", token)
        if named:
            kind = {"text": "text", "operatorname": "op"}.get(named[1], "ord")
            return Atom(kind, token, words_width(named[2]))
        if token in (r"\frac", r"\tfrac"):
            small = SCRIPT if token == r"\tfrac" or self.style != DISPLAY else TEXT
            top, bottom = self._argument(small), self._argument(small)
            wide = max(width(top), width(bottom)) * (SMALLER if small == SCRIPT else 1) + 230
            flat = SCRIPT in (small, self.style)
            tall = 1 if flat else 3 if max(_tallest(top), _tallest(bottom)) >= 2 else 2
            return Atom("ord", f"{token}{{{joined(top, small)}}}{{{joined(bottom, small)}}}", wide, tall)
        if token == r"\binom":
            small = TEXT if self.style == DISPLAY else SCRIPT
            top, bottom = self._argument(small), self._argument(small)
            wide = max(width(top), width(bottom)) * (SMALLER if small == SCRIPT else 1)
            tex = rf"\binom{{{joined(top, small)}}}{{{joined(bottom, small)}}}"
            return Atom("ord", tex, wide + (1500 if small == TEXT else 800), 3 if small == TEXT else 1)
        if token == r"\sqrt":
            inside = self._argument(self.style)
            return Atom("ord", rf"\sqrt{{{joined(inside, self.style)}}}", width(inside) + 900, max(1, _tallest(inside)))
        if token in ACCENTS:
            inside = self._argument(self.style)
            return Atom("ord", f"{token}{{{joined(inside, self.style)}}}", max(width(inside), 500))
        if token == r"\begin{pmatrix}":
            cells = self._cells("pmatrix")
            return Atom("ord", _table("pmatrix", cells), _columns(cells, 950) + 900, 3)
        if token == r"\begin{cases}":
            cells = self._cells("cases")
            return Atom("ord", _table("cases", cells), _columns(cells, 1000) + 200, 3)
        known = ITALIC.get(token) or COMMANDS.get(token)
        return Atom("ord", token, known or (500 * len(token) if token.isdigit() else UPRIGHT.get(token, UNKNOWN)))

    def _cells(self, name: str) -> list[list[tuple[Atom, ...]]]:
        """The rows of a matrix or of cases, cell by cell, up to its end."""
        rows: list[list[tuple[Atom, ...]]] = [[()]]
        outer, self.style = self.style, TEXT
        while (token := self._next()) not in (rf"\end{{{name}}}", ""):
            if token in (r"\\", "&"):
                self.style = TEXT  # each cell begins anew
            if token == r"\\":
                rows.append([()])
            elif token == "&":
                rows[-1].append(())
            else:
                gap = self.gaps[self.at - 1]
                rows[-1][-1] = (*rows[-1][-1], replace(self._scripts(self._atom(token)), gap=gap))
        self.style = outer
        return [[tuple(_signed(cell)) for cell in row] for row in rows]

    def _fence(self, left: str) -> Atom:
        body = self.until(r"\right")
        right = self.tokens[self.at - 1].removeprefix(r"\right").strip()
        return _sized(Atom("fence", "", 0, 0, body, left, right), self.style)

    def _scripts(self, base: Atom) -> Atom:
        """The atom with what stands below, above and behind it."""
        marks: dict[str, str] = {}
        widths = [0.0]
        while self._peek() in ("_", "^", "'"):
            mark = self._next()
            if mark == "'":
                marks[mark] = marks.get(mark, "") + mark
                widths[-1] += 260
                continue
            if mark in marks:  # what has a script already is one thing to the next
                base, marks = replace(base, tex=f"{{{base.tex}{_ordered(marks)}}}"), {}
            inside = self._argument(SCRIPT)
            marks[mark] = f"{mark}{{{joined(inside, SCRIPT)}}}"
            widths.append(width(inside) * SMALLER + 50)
        tex = _ordered(marks)
        limits = base.kind == "op" and base.tex == r"\sum" and self.style == DISPLAY
        wide = max(base.width, *widths) if limits else base.width + max(widths) + widths[0]
        return replace(base, tex=base.tex + tex, width=wide) if tex else base


def _ordered(marks: Mapping[str, str]) -> str:
    """Scripts in the order in which TeX takes them: a prime right before what stands above."""
    return "".join(marks.get(mark, "") for mark in "_'^")


def _signed(found: Sequence[Atom]) -> list[Atom]:
    """A binary sign with nothing before it is the sign of what follows."""
    signed: list[Atom] = []
    for one in found:
        before = signed[-1].kind if signed else "open"
        alone = one.kind == "bin" and before in ("bin", "rel", "open", "op", "punct")
        signed.append(replace(one, kind="ord") if alone else one)
    return signed


def _table(name: str, cells: Sequence[Sequence[Sequence[Atom]]]) -> str:
    """Cells in LaTeX again, the rows apart where something in them is taller than a line."""
    apart = {0: r" \\ ", 1: r" \\[4pt] "}.get(max(_tallest(cell) for row in cells for cell in row), r" \\[9pt] ")
    body = apart.join(" & ".join(joined(cell, TEXT) for cell in row) for row in cells)
    return rf"\begin{{{name}}} {body} \end{{{name}}}"


def _columns(cells: Sequence[Sequence[Sequence[Atom]]], gap: float) -> float:
    """The width of columns, with a gap beside each."""
    count = max(map(len, cells))
    return sum(max(width(row[k]) for row in cells if k < len(row)) + gap for k in range(count))


# Brackets -----------------------------------------------------------------------------------------------------------


def _sized(fence: Atom, style: str) -> Atom:
    """The fence with the smallest brackets that span what is in it, as a mathematician would choose them."""
    body, tallest = fence.body, _tallest(fence.body)
    nested = any(one.kind == "fence" for one in body)
    if "." in (fence.left, fence.right) or fence.right == "|":
        return _rigid(fence, style)
    if style == DISPLAY:
        tall = tallest if tallest >= 2 else max(tallest, int(nested))
    else:
        tall = 1 if tallest >= 1 and style == TEXT and not nested else min(tallest, 1) if style == TEXT else 0
    if tall >= 3:
        return _rigid(fence, style)
    wider = SIZES[tall][2]
    sides = OPENING.get(fence.left, 600) + CLOSING.get(fence.right, 600) + 2 * wider
    return replace(fence, width=width(body) + sides, tall=tall)


def _rigid(fence: Atom, style: str) -> Atom:
    r"""One atom, for which TeX chooses the brackets: nothing in it can be broken."""
    tex = rf"\left{fence.left} {joined(fence.body, style)} \right{fence.right}"
    sides = sum(120 if side == "." else 900 for side in (fence.left, fence.right))
    return Atom("ord", tex, width(fence.body) + sides, _tallest(fence.body))


def opened(fence: Atom) -> str:
    """The left bracket; one that is a word must not run into the letter after it."""
    return f"{SIZES[min(fence.tall, 2)][0]}{fence.left}{' ' if fence.left[-1].isalpha() else ''}"


def closed(fence: Atom) -> str:
    return f"{SIZES[min(fence.tall, 2)][1]}{fence.right}{fence.tex}"


def _tallest(found: Sequence[Atom]) -> int:
    return max((one.tall for one in found), default=0)


# Widths and spaces --------------------------------------------------------------------------------------------------

THIN, MEDIUM, THICK = 167, 223, 278


def space(before: Atom | None, after: Atom) -> float:
    """What TeX puts between two neighbours."""
    if before is None or after.kind == "space":
        return 0
    if "rel" in (before.kind, after.kind):
        return 0 if before.kind == after.kind else THICK
    if "bin" in (before.kind, after.kind):
        return MEDIUM
    if before.kind == "punct":
        return THIN
    return THIN if before.kind == "op" or (after.kind == "op" and before.kind != "open") else 0


def width(found: Sequence[Atom]) -> float:
    """The width of a row of atoms."""
    total, before = 0.0, None
    for one in found:
        total += one.width + space(before, one)
        before = before if one.kind == "space" else one  # to TeX a space is nothing that has neighbours
    return total


def words_width(words: str) -> float:
    """The width of upright words."""
    return sum(500 if char.isdigit() else UPRIGHT.get(char, UNKNOWN) for char in words)


# Writing ------------------------------------------------------------------------------------------------------------


def joined(found: Sequence[Atom], style: str = DISPLAY) -> str:
    """The atoms in LaTeX again."""
    shown = ""
    before: Atom | None = None
    for one in found:
        shown += (" " if before is not None and spaced(before, one) else "") + written(one, style)
        before = one
    return shown


def written(one: Atom, style: str = DISPLAY) -> str:
    return f"{opened(one)}{joined(one.body, style)}{closed(one)}" if one.kind == "fence" else one.tex


def spaced(before: Atom, after: Atom) -> bool:
    """Whether a blank stands between them: TeX does not care but a reader does, and ``\\cdot i`` needs one."""
    if before.kind == "open" or after.kind in ("close", "punct"):
        return _runs_on(before, after)
    return after.gap or _runs_on(before, after)


def _runs_on(before: Atom, after: Atom) -> bool:
    end = before.tex or before.right
    return re.search(r"\\[a-zA-Z]+$", end) is not None and after.tex[:1].isalpha()
