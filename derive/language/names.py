"""Names of symbols and definitions, of which no formula is made: ``a²`` is a square, and no letter."""

from __future__ import annotations

import unicodedata

from derive.errors import TypingError

ALPHABETS = ("LATIN ", "GREEK ", "MATHEMATICAL ", "SCRIPT ", "DOUBLE-STRUCK ", "BLACK-LETTER ", "ANGSTROM ")
"""What letters are called in Unicode."""
AS_LATIN = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳ")
"""Greek letters that look like Latin ones, as which a reader takes them."""
BEHIND = frozenset("0123456789₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ'′″‴_")
"""What may follow a letter: digits, indices, primes."""
LAST = frozenset("⁺†‡*∗⋆★")
"""What may end a name: A⁺, w*."""


def checked_name(name: str, what: str, transposes: bool = False) -> str:
    """The name, if it can be one.

    Args:
        transposes: whether there may be a ᵀ inside, as in P_UᵀA, which is no transpose of anything.

    Raises:
        TypingError: it can be read as a formula, as another name, or not at all.

    >>> checked_name("λ_max", "a symbol")
    'λ_max'
    """
    for place, char in enumerate(name):
        inside = 0 < place < len(name) - 1
        behind = char in BEHIND or unicodedata.category(char) == "Mn" or (transposes and inside and char == "ᵀ")
        if not (_is_letter(char) or (place and behind) or (place == len(name) - 1 and place and char in LAST)):
            raise TypingError(f"{name!r} is no name of {what}: {_shown(char)} {_why(char, place)}")
    if not name:
        raise TypingError(f"{name!r} is no name of {what}: write letters, digits, accents, primes and _")
    return name


def _is_letter(char: str) -> bool:
    known = unicodedata.name(char, "").startswith(ALPHABETS)
    return char.isalpha() and known and "MODIFIER" not in unicodedata.name(char) and char not in AS_LATIN


def _shown(char: str) -> str:
    return f"{char!r}" if char.isprintable() and not char.isspace() else f"U+{ord(char):04X}"


def _why(char: str, place: int) -> str:
    if char in AS_LATIN:
        return f"({unicodedata.name(char).lower()}) looks like a Latin letter"
    if char.isalpha() and unicodedata.name(char, "").split(" ")[0] in {"CYRILLIC", "ARMENIAN", "CHEROKEE", "FULLWIDTH"}:
        return f"({unicodedata.name(char).lower()}) may look like a Latin letter"
    if not char.isprintable() or char.isspace():
        return "cannot be seen"
    if not place and char in BEHIND:
        return "can only stand behind a letter"
    return "means something else in formulas; write letters, digits, accents, primes and _"
