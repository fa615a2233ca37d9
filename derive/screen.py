"""Where text goes: how wide it is, what it can show; and the few layouts that every listing is made of."""

from __future__ import annotations

import codecs
import os
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from derive.language.text import to_ascii

Cell = tuple[str, str]
"""A text and its style, in rich's words; an empty style is plain."""

Line = tuple[Cell, ...]

NARROWEST = 8
"""To how many columns a text that is cut may shrink."""

PADDED = 40
"""How far a column that is never cut is padded where nothing limits the width of a line."""

ROOM_TO_READ = 24
"""Columns that a text broken to fit has at least, beside what it describes."""

BLANK: Line = ()


def columns_of(text: str) -> int:
    """How many columns of a terminal the text takes: accents take none, wide characters two."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int, mark: str = "…") -> str:
    """The text, or as much of it as fits into ``width`` columns, with a mark where it was cut.

    >>> cut("tr(AB) = tr(BA)", 9)
    'tr(AB) =…'
    """
    if columns_of(text) <= width:
        return text
    kept = ""
    for char in text:
        if columns_of(kept + char) > width - len(mark):
            break
        kept += char
    return kept.rstrip() + mark if width >= len(mark) else ""


def pad(text: str, width: int) -> str:
    return text + " " * (width - columns_of(text))


def wrap(text: str, width: int | None) -> list[str]:
    """The text broken at spaces into lines of at most ``width`` columns; a word that is longer is broken too."""
    if width is None:
        return [text]
    lines = [""]
    for word in (piece for whole in text.split(" ") for piece in _pieces(whole, width)):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if columns_of(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _pieces(word: str, width: int) -> Iterable[str]:
    while columns_of(word) > width:
        head = cut(word, width, "") or word[:1]
        yield head
        word = word[len(head) :]
    yield word


@dataclass(frozen=True, slots=True)
class Screen:
    """A stream and what it can show.

    Attributes:
        width: columns of the terminal; None where the stream is no terminal, and then nothing is cut or broken.
        unicode: whether the encoding is UTF-8; otherwise mathematics is spelled in ASCII.
        colour: whether to colour: a terminal, in UTF-8, without NO_COLOR.
    """

    stream: TextIO
    width: int | None = None
    unicode: bool = True
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> Screen:
        terminal = stream.isatty()
        unicode = is_utf8(stream)
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        width = shutil.get_terminal_size().columns if terminal else None
        return cls(stream, width, unicode, bool(terminal and unicode and not plain))

    def spell(self, text: str) -> str:
        """The text on one line, in the characters that the stream has."""
        line = " ".join(text.split("\n"))
        return line if self.unicode else to_ascii(line)

    @property
    def mark(self) -> str:
        return self.spell("…")

    # Layouts

    def table(self, rows: Sequence[Line], flexible: int) -> list[Line]:
        """Rows with aligned columns, one line each; the column ``flexible`` is cut until a line fits."""
        spelled = [tuple((self.spell(text), style) for text, style in row) for row in rows]
        widths = [
            max(map(columns_of, column)) for column in zip(*[[t for t, _ in row] for row in spelled], strict=True)
        ]
        if self.width is None:
            widths[flexible] = min(widths[flexible], PADDED)
        else:
            others = sum(widths) - widths[flexible] + 2 * sum(width > 0 for width in widths) - 2
            widths[flexible] = min(widths[flexible], max(NARROWEST, self.width - others))
        return [self._row(row, widths, flexible) for row in spelled]

    def _row(self, row: Line, widths: Sequence[int], flexible: int) -> Line:
        cells: list[Cell] = []
        for place, ((text, style), width) in enumerate(zip(row, widths, strict=True)):
            shown = cut(text, width, self.mark) if place == flexible and self.width is not None else text
            cells += [(pad(shown, width), style), ("  ", "")] if width else []
        return self.cropped(_stripped(cells))

    def followed(self, line: Line, text: str, style: str = "") -> Line:
        """The line with ``text`` after it, if that fits whole."""
        spelled = self.spell(text)
        taken = sum(columns_of(part) for part, _ in line) + columns_of(spelled)
        fits = spelled.strip() and (self.width is None or taken <= self.width)
        return (*line, (spelled, style)) if fits else line

    def cropped(self, line: Line) -> Line:
        """As much of the line as the terminal is wide."""
        kept: list[Cell] = []
        room = self.width
        for text, style in line:
            shown = text if room is None else cut(text, room, self.mark)
            kept.append((shown, style))
            room = None if room is None else room - columns_of(shown)
        return tuple(kept)

    def hanging(self, heads: Sequence[Cell], text: str, style: str = "") -> list[Line]:
        """``text`` broken to fit, after ``heads``; the lines that follow start below the first one's text."""
        spelled = [(self.spell(head), head_style) for head, head_style in heads]
        indent = sum(columns_of(head) for head, _ in spelled)
        room = None if self.width is None else max(NARROWEST, self.width - indent)
        first, *rest = wrap(self.spell(text), room)
        lines = [(*spelled, (first, style)), *(((" " * indent, ""), (line, style)) for line in rest)]
        return [_stripped(line) for line in lines]

    def one_line(self, heads: Sequence[Cell], text: str, style: str = "") -> list[Line]:
        """``text`` cut to fit, after ``heads``."""
        return [self.cropped(tuple((self.spell(part), look) for part, look in (*heads, (text, style))))]

    def described(self, rows: Sequence[Line], indent: str = "") -> list[Line]:
        """Rows with aligned columns of which the last is broken to fit, below the others where these leave no room."""
        heads = [[self.spell(text) for text, _ in row[:-1]] for row in rows]
        widths = [max(map(columns_of, column)) for column in zip(*heads, strict=True)]
        tight = self.width is not None and sum(widths) + 2 * len(widths) + len(indent) + ROOM_TO_READ > self.width
        lines: list[Line] = []
        for row, spelled in zip(rows, heads, strict=True):
            cells = [(f"{pad(t, w)}  ", cell[1]) for t, w, cell in zip(spelled, widths, row, strict=False) if w]
            if tight and len(widths) > 1:
                lines += [
                    self.cropped(_stripped([(indent, ""), *cells])),
                    *self.hanging([(indent + "    ", "")], *row[-1]),
                ]
            else:
                lines += self.hanging([(indent, ""), *cells], *row[-1])
        return lines

    def heading(self, title: str, *more: str) -> list[Line]:
        cells = [(self.spell(title), "bold"), *((self.spell(f" · {text}"), "dim") for text in more if text)]
        return [self.cropped(tuple(cells))]

    # Output

    def write(self, lines: Iterable[Line]) -> None:
        """Print the lines; a reader that has gone away, as ``head`` does, is no error."""
        try:
            self._print(lines)
            self.stream.flush()
        except BrokenPipeError:
            silence(self.stream)

    def _print(self, lines: Iterable[Line]) -> None:
        if not self.colour:
            self.stream.writelines(plain(line) + "\n" for line in lines)
            return
        from rich.console import Console
        from rich.text import Text

        console = Console(file=self.stream, force_terminal=True, highlight=False, width=self.width)
        for line in lines:
            console.print(Text.assemble(*line), no_wrap=True, overflow="ignore", crop=False)


def plain(line: Line) -> str:
    """The text of a line."""
    return "".join(text for text, _ in line).rstrip()


def silence(stream: TextIO) -> None:
    """Send what is still to be written to a closed pipe nowhere, so that the interpreter's own flush cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def is_utf8(stream: TextIO) -> bool:
    try:
        return codecs.lookup(stream.encoding or "ascii").name == "utf-8"
    except LookupError:
        return False


def _stripped(line: Sequence[Cell]) -> Line:
    """Without blanks at the end."""
    cells = list(line)
    while cells and not cells[-1][0].strip():
        cells.pop()
    if cells:
        cells[-1] = (cells[-1][0].rstrip(), cells[-1][1])
    return tuple(cells)
