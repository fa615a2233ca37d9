"""What an author gives in a wrong place is told in the words of the language, where it is given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from derive.errors import TypingError
from derive.language.indices import Dim, Index, Subset


def shown(value: object) -> str:
    """The value as an author knows it: what is of this language as it prints, and what is not as Python shows it."""
    if isinstance(value, tuple | list):
        text = f"[{', '.join(map(shown, value))}]"
    elif type(value).__module__.startswith("derive."):
        text = " ".join(str(value).split())
    else:
        text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def need(verb: str, value: object, kinds: type | tuple[type, ...], what: str) -> None:
    """Refuse a value of another kind than ``verb`` takes.

    Raises:
        TypingError: it says what was given, and what belongs there.
    """
    if not isinstance(value, kinds):
        raise TypingError(f"{verb}: {shown(value)} is {what}")


def need_index(verb: str, *values: object) -> None:
    for value in values:
        made = f"make it by indices({value!r}, D)" if isinstance(value, str) else "it is made by indices('i', D)"
        need(verb, value, Index, f"no index: {made}")


def need_dim(verb: str, *values: object) -> None:
    for value in values:
        made = f"make it by dims({value!r})" if isinstance(value, str) else "it is made by dims('D')"
        made = "dims gives a list, of which one is taken by n, = dims('n')" if isinstance(value, list) else made
        need(verb, value, Dim, f"no dimension: {made}")


def need_subset(verb: str, value: object) -> None:
    need(verb, value, Subset, "no set of indices: it is made by subset('I', D, d)")


def need_text(verb: str, value: object, what: str) -> None:
    need(verb, value, str, f"no {what}: give a text")


def need_list(verb: str, value: Any) -> Iterable[Any]:
    """The value, if it is a list or a tuple.

    Raises:
        TypingError: it is one thing, which belongs into a list, or something else.
    """
    need(verb, value, (list, tuple), f"no list: write {verb}[{shown(value)}]")
    found: Iterable[Any] = value
    return found
