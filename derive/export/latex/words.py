r"""Words in LaTeX: an author's text, whatever is in it, as ASCII that sets as the text.

>>> print(escaped("50 % of A_i & “Müller”"))
50 \% of A\_i \& ``M\"{u}ller''
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from derive.export.latex.breaking import inline
from derive.export.latex.formulas import TEXT, atoms, width, words_width
from derive.export.prose import GREEK_LETTERS, RAISED, SIGNS, Formula, Span, Text, formula
from derive.language.text import to_ascii

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "“": "``", "”": "''", "‘": r"{`}", "’": "'", "„": r"\quotedblbase{}", "«": r"\guillemotleft{}",
    "»": r"\guillemotright{}", "–": "--", "—": "---", "…": r"\dots{}", "\u00a0": "~", "\u2011": "-",
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}", "Ø": r"\O{}",
    "ł": r"\l{}", "Ł": r"\L{}", "đ": r"\dj{}", "Đ": r"\DJ{}", "ð": r"\dh{}", "Ð": r"\DH{}", "þ": r"\th{}",
    "Þ": r"\TH{}", "ı": r"\i{}", "¿": r"\textquestiondown{}", "¡": r"\textexclamdown{}", "§": r"\S{}", "¶": r"\P{}",
}  # fmt: skip
OVER = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u030a": "r", "\u030c": "v",
    "\u0327": "c", "\u0328": "k", "\u0304": "=", "\u0307": ".", "\u0306": "u", "\u030b": "H", "\u0323": "d",
}  # fmt: skip
"""Accents, by their combining character."""
LONGEST_WORD = 28
"""Letters of LaTeX after which a word without a blank may be broken anywhere."""

LIGATURES = frozenset("-,'")

References = Mapping[str, str]
"""From the label of a claim to its place in this document."""


def escaped(words: str) -> str:
    """Words as LaTeX for text; a character of which there is no LaTeX becomes its number, so that nothing is lost."""
    shown, unbroken = "", 0
    for cluster in re.findall(r"\s+|[^\s\u0300-\u036f][\u0300-\u036f]*|.", unicodedata.normalize("NFD", words)):
        blank = cluster.isspace() and cluster != "\u00a0"
        piece = " " if blank else _character(cluster)
        # Two hyphens are a dash to TeX, two commas or apostrophes a quotation mark.
        shown += ("{}" if shown[-1:] == piece and piece in LIGATURES else "") + piece
        unbroken = 0 if blank else unbroken + len(piece)
        if unbroken >= LONGEST_WORD:
            shown, unbroken = rf"{shown}\hspace{{0pt}}", 0
    return shown


def _character(cluster: str) -> str:
    """A letter with its accents, or any other sign."""
    whole = unicodedata.normalize("NFC", cluster)
    letter, accents = cluster[0], cluster[1:]
    if whole in SPECIAL:
        return SPECIAL[whole]
    if accents and letter.isascii() and letter.isalpha() and all(mark in OVER for mark in accents):
        shown = letter
        for mark in accents:
            shown = rf"\{OVER[mark]}{{{shown}}}"
        return shown
    if accents:
        return _character(letter) + "".join(map(_number, accents))
    if letter in SIGNS or letter in RAISED or letter in GREEK_LETTERS:
        return f"${formula(letter)}$" if letter not in RAISED else f"$^{{{RAISED[letter]}}}$"
    return letter if letter.isascii() and letter.isprintable() else _number(letter)


def _number(char: str) -> str:
    return rf"[U+{ord(char):04X}]"


def spans(words: Sequence[Span], references: References) -> str:
    """An author's words: text escaped, formulas in mathematics mode, claims that are in this document as links."""
    return "".join(_span(one, references) for one in words)


def _span(one: Span, references: References) -> str:
    if isinstance(one, Text):
        return escaped(one.words)
    return f"${inline(one.latex)}$" if isinstance(one, Formula) else reference(one.label, references)


def reference(label: str, references: References) -> str:
    """``(18b)``, a link where its target is in this document."""
    shown = f"({escaped(label)})"
    return rf"\hyperref[{references[label]}]{{{shown}}}" if label in references else shown


def spans_width(words: Sequence[Span]) -> float:
    """How wide the words are on one line."""
    return sum(_width(one) for one in words)


def _width(one: Span) -> float:
    if isinstance(one, Formula):
        return width(atoms(one.latex, TEXT))
    return words_width(one.words if isinstance(one, Text) else f"({one.label})")


def titled(words: Sequence[Span], source: str, references: References) -> str:
    """A heading: as it is set, and as a bookmark shows it."""
    shown, mark = spans(words, references), escaped(to_ascii(source))
    return shown if shown == mark else rf"\texorpdfstring{{{shown}}}{{{mark}}}"
