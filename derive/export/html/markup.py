"""HTML put together so that nothing is escaped twice, and nothing of an author's is not: any plain string is text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

VOID = frozenset({"meta", "br", "wbr"})

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that no HTML or XML document may hold."""


class Markup(str):
    """HTML that is ready. Any other string is escaped when it is put into a tag."""

    __slots__ = ()


NOTHING = Markup()
Part = str | Markup | None


def tag(name: str, /, *parts: Part, **attributes: str | int | None) -> Markup:
    """An element. ``class_`` is ``class``, ``aria_label`` is ``aria-label``; an attribute that is None is left out.

    >>> tag("p", "a < b", tag("b", "c", class_="x & y"))
    '<p>a &lt; b<b class="x &amp; y">c</b></p>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_clean(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{given} />")
    return Markup(f"<{name}{given}>{join(parts)}</{name}>")


def join(parts: Iterable[Part], between: Part = NOTHING) -> Markup:
    """One after the other; what is empty is left out.

    >>> join(["<", Markup("<br />"), None, ""], ", ")
    '&lt;, <br />'
    """
    return Markup(_ready(between).join(_ready(part) for part in parts if part))


def _ready(part: Part) -> Markup:
    if isinstance(part, Markup):
        return part
    return Markup(escape(_clean(part or ""), quote=False))


def _clean(text: str) -> str:
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
