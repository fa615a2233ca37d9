"""An author's words: text with formulas in Unicode and references in brackets, taken apart for a typesetter.

>>> prose("(1) times Aᵀ, and P_A = P_Aᵀ", labels={"1"})
(Reference(label='1'), Text(words=' times '), Formula(latex='A^{\\\\top}'), Text(words=', and '), \
Formula(latex='P_{A} = P_{A}^{\\\\top}'))
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from derive.language.latex import latex_name


@dataclass(frozen=True, slots=True)
class Text:
    """Words, in any alphabet."""

    words: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, in LaTeX for mathematics mode."""

    latex: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A claim that is named in brackets."""

    label: str


Span = Text | Formula | Reference


def prose(text: str, labels: Collection[str] = (), names: Collection[str] = ()) -> tuple[Span, ...]:
    """Words, formulas and references, in order.

    Args:
        labels: the claims that can be referred to; ``(18b)`` is a reference where 18b is one of them.
        names: of symbols, sets and definitions. ``P_UA`` is one name where it is
            one, else ``P_U`` times ``A``; ``I`` is a letter where it is one, else English.
    """
    pieces = _pieces(text, labels, names)
    spans = [span for run in _runs(pieces) for span in _span(run, names)]
    return tuple(_joined(spans))


# Words and formulas -------------------------------------------------------------------------------------------------

WORD, WEAK, STRONG, OPERATOR, BLANK, STOP, CITED = "word", "weak", "strong", "operator", "blank", "stop", "cited"
Piece = tuple[str, str]

SHORT_WORDS = frozenset(re.findall("..", "AdAhAmAnAsAtBeByDoGoHeHiIfInIsItMeMyNoOfOhOnOrSoToUpUsWe"))
"""What is no product of a matrix and a vector, as ``Ax`` is."""
OPERATORS = frozenset("=<>+−≤≥≠∈∉⇒⇔→←∧∪∖·×/")
FUNCTIONS = {
    "tr": r"\operatorname{tr}", "diag": r"\operatorname{diag}", "ker": r"\ker ", "rank": r"\operatorname{rank}",
}  # fmt: skip
FLAT = r"[½¼¾⅓⅔]?[A-Z]{1,4}['′]?|d[tux]|[A-Za-z](?:[+/(][A-Za-z])+|d[A-Z](?:/dt)?|\d*[a-z]['′]?"
"""What is a formula though it has no sign in it: ``AB``, ``f(x)``, ``B+N``, ``dW/dt``, ``2t``."""

PART = r"(?:[\d./()+½¼¾⅓⅔⅕⅙⅛]|(?<![A-Za-z])[A-Za-z](?![A-Za-z]))+"
"""What can be part of a formula that goes on after a blank, where a bracket is open: ``D(1`` in "D(1 − S)/2"."""


def _pieces(text: str, labels: Collection[str], names: Collection[str]) -> list[Piece]:
    """The words of a text, each with its kind, and what stands between them."""
    found: list[Piece] = []
    for word in re.findall(r"\s+|\S+", text):
        cited = re.fullmatch(r"(\()([^\s()]+)(\))([,.;:]*)", word)
        if word.isspace():
            found.append((BLANK, word))
        elif cited and cited[2] in labels:
            found += [(CITED, cited[2]), (STOP, cited[4])]
        else:
            body = word.rstrip(",.;:!?") or word
            kind = STRONG if body == "I" and body in names else _kind(body)  # a letter there, else English
            kind = WORD if body == "A" and not found and names and body not in names else kind  # "A point lies in …"
            found += [(kind, body), (STOP, word[len(body) :])]
    return _with_letter_a([piece for piece in found if piece[1]])


def _with_letter_a(pieces: list[Piece]) -> list[Piece]:
    """``a`` is a letter before a sign, as in "a ≠ b"; else it is English."""
    shown = list(pieces)
    for place, (before, _, after) in enumerate(zip(pieces, pieces[1:], pieces[2:], strict=False)):
        if before == (WORD, "a") and after[0] == OPERATOR:
            shown[place] = (STRONG, "a")
    return shown


def _kind(word: str) -> str:
    if '"' in word or "</" in word:
        return WORD  # what is quoted, or written for a machine
    if word in OPERATORS:
        return OPERATOR
    if re.fullmatch(r"\(\d+\w*\)", word):
        return WORD  # the number of an equation
    bare = word.strip("()[]{}#")
    if re.match(rf"({'|'.join(FUNCTIONS)})\(", word):
        return STRONG  # with what follows: "tr((I − P)Σ)" has blanks in it
    if word in FUNCTIONS or word == ":" or bare in ("I", "…", "-") or re.fullmatch(r"\d+(\.\d+)?|[½¼¾⅓⅔⅕⅙⅛]", bare):
        return WEAK
    if _is_name(word):
        return WORD
    signed = SIGNAL & set(unicodedata.normalize("NFD", word)) or "_" in word[1:] or re.search(r"\w\^[\w(]", word)
    if signed or re.fullmatch(r"\S+[=<>]\S+", word):
        return STRONG
    if _depth(word) and re.fullmatch(PART, word):
        return WEAK
    if re.fullmatch("[A-Z][a-z]", bare) and bare not in SHORT_WORDS:
        return STRONG
    if bare == "a" or not re.fullmatch(FLAT, bare) or bare in ("QR", "SVD"):
        return WEAK if word in ("(", ")", "{", "}") else WORD
    return STRONG


def _is_name(word: str) -> bool:
    """An identifier of many letters, or a word with an accent that no formula has: ``long_name``, ``Müller's_rule``."""
    marks = {char for char in unicodedata.normalize("NFD", word) if unicodedata.combining(char)}
    long = r"[A-Za-z]{8}|_[A-Za-z]{3,}_|(?<![A-Za-z])[A-Za-z]{3,}_"
    return bool(marks - set(ACCENTS)) or ("_" in word and re.search(long, word) is not None)


def _runs(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Neighbours that can be one formula; a comma ends one unless a bracket is open."""
    run: list[Piece] = []
    last = ""
    for piece in pieces:
        if piece[1] == "rank" and last == WORD:
            piece = (WORD, "rank")  # "of full rank" names no function
        last = last if piece[0] == BLANK else piece[0]
        depth = _depth("".join(text for _, text in run))
        if piece[0] in (WORD, CITED) or (piece[0] == STOP and (depth <= 0 or piece[1] not in ",:")):
            yield from filter(None, (run, [piece]))
            run = []
        else:
            run.append(piece)
    if run:
        yield run


def _depth(text: str) -> int:
    return sum(text.count(char) for char in "([{") - sum(text.count(char) for char in ")]}")


def _span(run: list[Piece], names: Collection[str]) -> Iterator[Span]:
    """A formula where something in the run says that it is one, without the blanks around it."""
    kinds = {kind for kind, _ in run}
    if run[0][0] == CITED:
        yield Reference(run[0][1])
    elif not kinds & {STRONG, OPERATOR}:
        yield Text("".join(text for _, text in run))
    else:
        text = "".join(text for _, text in run)
        body = text.strip()
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        yield from (Text(before), Formula(formula(body, names)), Text(after))


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    """Neighbouring texts as one."""
    words = ""
    for span in spans:
        if isinstance(span, Text):
            words += span.words
            continue
        if words:
            yield Text(words)
        words = ""
        yield span
    if words:
        yield Text(words)


# A formula in Unicode -----------------------------------------------------------------------------------------------

SIGNS = {
    "−": "-", "∑": r"\sum", "∂": r"\partial ", "∇": r"\nabla ", "‖": r"\Vert ", "⟨": r"\langle ", "⟩": r"\rangle ",
    "∈": r"\in ", "∉": r"\notin ", "≠": r"\ne ", "≤": r"\le ", "≥": r"\ge ", "←": r"\leftarrow ", "→": r"\to ",
    "·": r"\cdot ", "⇒": r"\implies ", "⇔": r"\iff ", "×": r"\times ", "…": r"\dots ", "∧": r"\wedge ", "∪": r"\cup ",
    "∖": r"\setminus ", "∃": r"\exists ", "½": r"\tfrac12 ", "¼": r"\tfrac14 ", "¾": r"\tfrac34 ", "⅓": r"\tfrac13 ",
    "⅔": r"\tfrac23 ", "⅕": r"\tfrac15 ", "⅙": r"\tfrac16 ", "⅛": r"\tfrac18 ",
    "∫": r"\int ", "{": r"\{", "}": r"\}", "#": r"\#", "%": r"\%", "&": r"\&", "$": r"\$", "~": r"\sim ",
    "∞": r"\infty ", "⊥": r"\perp ", "\\": r"\backslash ", "^": r"\hat{}", "_": r"\_", "′": "'",
}  # fmt: skip
RAISED = {"ᵀ": r"\top", "²": "2", "³": "3", "¹": "1", "⁰": "0", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8",
          "⁹": "9", "⁻": "-", "⁺": "+"}  # fmt: skip
ACCENTS = "\u0304\u0303\u0302\u0307"
GREEK_LETTERS = frozenset(map(chr, (*range(0x391, 0x3AA), *range(0x3B1, 0x3CA))))
BELOW = frozenset("₀₁₂₃₄₅₆₇₈₉₊₋")
SIGNAL = frozenset("−∑∫∂∇‖⟨⟩⇒⇔√×") | RAISED.keys() | BELOW | GREEK_LETTERS | frozenset(ACCENTS)
"""A word with one of these is mathematics."""

LETTER = rf"[^\W\d_{''.join(RAISED)}][{ACCENTS}]?['′]*"
TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<root>√)"
    r"|(?P<power>\^(?:\([^()]*\)|\w))"
    rf"|(?P<raised>[{''.join(RAISED)}]+)"
    rf"|(?P<below>_\{{[^}}]*\}}|_(?:[A-Z]['′]*|\d+|(?:(?![A-Z]){LETTER})+))"
    rf"|(?P<word>(?:{'|'.join(FUNCTIONS)})(?![^\W_]))"
    rf"|(?P<name>{LETTER}[₀-₉₊₋]*['′]*)"
    r"|(?P<other>.)",
    re.DOTALL,
)


def formula(text: str, names: Collection[str] = ()) -> str:
    r"""A line of Unicode mathematics in LaTeX.

    >>> print(formula("λ_i ≠ λ_j"), "|", formula("B = C⁻¹U_Iᵀ"), "|", formula("∂b_lq/∂b_j'k'"))
    \lambda _{i} \ne  \lambda _{j} | B = C^{-1}U_{I}^{\top} | \partial b_{lq}/\partial b_{j'k'}
    >>> print(formula("2/√(1+ε²)"), "|", formula("P_UA"), "|", formula("P_UA", names={"P_UA"}))
    2/\sqrt{1+\varepsilon ^{2}} | P_{U}A | P_{UA}
    """
    known = sorted((name for name in names if "_" in name), key=len, reverse=True)
    text = text.replace("Σ_", "∑_")  # no letter has a capital sigma with an index, sums have
    text = re.sub(r"(?<=/\d) (?=\()", "\N{NO-BREAK SPACE}", text)  # "n/2 (1 − S)" is not n over 2(1 − S)
    shown: list[str] = []
    at = 0
    while at < len(text):
        name = next((name for name in known if text.startswith(name, at)), "")
        if name:
            shown.append(latex_name(name))
            at += len(name)
            continue
        found = TOKEN.match(text, at)
        if found is None:
            break
        at = found.end()
        if found.lastgroup == "below" and shown and shown[-1].endswith("'"):
            letter = shown[-1].rstrip("'")  # primes come after a subscript: before it, a square would be a second mark
            shown[-1:] = [letter, _token(found), shown[-1][len(letter) :]]
        elif found.lastgroup == "root":
            inside, at = _under_root(text, at)
            shown.append(rf"\sqrt{{{formula(inside, names)}}}")
        else:
            shown.append(_token(found))
    return "".join(shown).strip()


def _under_root(text: str, at: int) -> tuple[str, int]:
    """What a root is of: the bracket after it, or the next letter or number; and where that ends."""
    if text[at : at + 1] == "(":
        for end in range(at + 1, len(text) + 1):
            if _depth(text[at:end]) == 0:
                return text[at + 1 : end - 1], end
    found = re.compile(r"\d+|.?").match(text, at)
    end = found.end() if found else at
    return text[at:end], end


def _token(found: re.Match[str]) -> str:
    text, kind = found.group(), found.lastgroup
    if text in SIGNS:
        return SIGNS[text]
    if kind == "raised":
        return f"^{{{''.join(RAISED[char] for char in text)}}}"
    if kind == "power":
        return f"^{{{formula(text[1:].removeprefix('(').removesuffix(')'))}}}"
    if kind == "below":
        return f"_{{{formula(text[1:].removeprefix('{').removesuffix('}'))}}}"
    if kind == "word":
        return FUNCTIONS[text]
    if kind == "name":
        shown = latex_name(text)
        return f"{shown} " if shown.startswith("\\") and shown[-1].isalpha() else shown
    if kind == "space":
        return r"\;" if text == "\N{NO-BREAK SPACE}" else " "
    return text if text.isascii() and text.isprintable() else rf"\mathrm{{u{ord(text):04X}}}"
