"""Names of symbols and definitions, of which no formula is made: ``a²`` is a square, and no letter."""

from __future__ import annotations

import unicodedata

from derive.errors import TypingError

ALPHABETS = ("GREEK ", "MATHEMATICAL BOLD", "MATHEMATICAL SCRIPT", "MATHEMATICAL FRAKTUR", "MATHEMATICAL DOUBLE-STRUCK",
             "SCRIPT ", "DOUBLE-STRUCK ", "BLACK-LETTER ", "PLANCK CONSTANT OVER")  # fmt: skip
"""What letters are called in Unicode, but for Latin ones: of the italic, sans-serif and typewriter ones each looks like
a plain one."""
LATIN = frozenset("ßæÆœŒøØłŁđħıȷðþ")
"""Beside those of ASCII, with accents or without."""
AS_LATIN = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳ")
"""Greek letters that look like Latin ones, as which a reader takes them."""
BEHIND = frozenset("0123456789₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ'′″‴_")
"""What may follow a letter: digits, indices, primes."""
ACCENTS = frozenset(map(chr, (*range(0x300, 0x34F), *range(0x350, 0x370), *range(0x20D0, 0x20DD)))) - {"\u0338"}
"""Marks above and below a letter; what strikes it through is none, nor what cannot be seen."""
LAST = frozenset("⁺†‡*∗⋆★")
"""What may end a name: A⁺, w*."""


def checked_name(name: str, what: str, transposes: bool = False) -> str:
    """The name, if it can be one, in Unicode's composed form.

    Args:
        transposes: whether there may be a ᵀ inside, as in P_UᵀA, which is no transpose of anything.

    Raises:
        TypingError: it can be read as a formula, as another name, or not at all.

    >>> checked_name("λ_max", "a symbol")
    'λ_max'
    """
    if not isinstance(name, str):
        raise TypingError(f"{what}: {name!r} is no name: give a text")
    name = unicodedata.normalize("NFC", name).replace("µ", "μ")
    for place, char in enumerate(name):
        inside = 0 < place < len(name) - 1
        behind = char in BEHIND or char in ACCENTS or (transposes and inside and char == "ᵀ")
        if not (_is_letter(char) or (place and behind) or (place == len(name) - 1 and place and char in LAST)):
            raise TypingError(f"{name!r} is no name of {what}: {_shown(char)} {_why(char, place)}")
    if not name:
        raise TypingError(f"{name!r} is no name of {what}: write letters, digits, accents, primes and _")
    return name


def _is_letter(char: str) -> bool:
    plain = unicodedata.normalize("NFD", char)[0]
    latin = (plain.isascii() and plain.isalpha()) or char in LATIN
    return latin or (char.isalpha() and char not in AS_LATIN and unicodedata.name(char, "").startswith(ALPHABETS))


def _shown(char: str) -> str:
    return f"{char!r}" if char.isprintable() and not char.isspace() else f"U+{ord(char):04X}"


def _why(char: str, place: int) -> str:
    if char in AS_LATIN:
        return f"({unicodedata.name(char).lower()}) looks like a Latin letter"
    if char.isalpha() and char != "ᵀ":
        return f"({unicodedata.name(char).lower()}) may look like another letter"
    if not char.isprintable() or char.isspace() or unicodedata.category(char) == "Mn":
        return "cannot be seen"
    if not place and char in BEHIND:
        return "can only stand behind a letter"
    return "means something else in formulas; write letters, digits, accents, primes and _"
