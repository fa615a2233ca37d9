"""Statements as text that a person can compare with the page.

    dims D, d
    sets I over D
    letters A[D,d], Σ[D,D], c, p
    fixed j:D
    assume "Σ is symmetric" for all a:D, b:D: Σ[b,a] = Σ[a,b]
    reciprocal "1/c": p*c = 1
    premise "(1)": c = 0
    choose I of size d
    prove for all a:D: sum(b:D) Σ[a,b]*A[b,j] - 2*delta(a, j) = d(A[p:D,q:d] -> delta(p, j)) c

``assume`` is said of letters, ``reciprocal`` of a new one, ``premise`` of one point, ``choose`` of a set that is to
exist. ``sum``, the derivative ``d`` and the replacement ``put`` reach to the next + or −; ``{…}`` is a product of one.
Different statements have different texts. Writing is trusted: ``verify`` writes anew what it has read, and compares.
"""

from __future__ import annotations

import re
from functools import lru_cache

from derive.kernel.statement import Derive, Formula, Hypothesis, Num, Plus, Put, Statement, Sum, Tensor, Times
from derive.kernel.terms import Free, show_factor

PLAIN = re.compile(r"(?:[\w#′'](?<![ªº²³¹¼-¾ʰ-ʸᴬ-ᵡ⁰-ⁿ⅐-⅟]))+")
"""A name that needs no quotes: letters, digits, subscripts, but nothing that looks like a power or a fraction."""

SUM, ITEM, BODY, FACTOR = range(4)
"""Places for a formula; at each, what can stand without parentheses can at those before."""


def written(s: Statement) -> str:
    """The statement, one line for each of its parts that is not empty."""
    rows = {
        "dims": map(_name, s.dims),
        "sets": (f"{_name(name)} over {_name(dim)}" for name, dim in s.sets),
        "letters": (show_factor(_name(letter.name), [*map(_name, letter.dims)]) for letter in s.letters),
        "fixed": map(_free, s.fixed),
    }
    lines = [f"{key} {row}" for key, names in rows.items() if (row := ", ".join(names))]
    lines += map(_hypothesis, s.hypotheses)
    choices = [_name(name) + (f" of size {_name(size)}" if size else "") for name, size in s.exists]
    lines += [f"choose {', '.join(choices)}"] if choices else []
    return "\n".join([*lines, f"prove{_relation(s)}", ""])


@lru_cache(maxsize=1024)
def _hypothesis(h: Hypothesis) -> str:
    kind = ("reciprocal" if h.reciprocal else "assume") if h.standing else "premise"
    return f"{kind} {_name(h.name, True)}{_relation(h)}"


def _relation(s: Statement | Hypothesis) -> str:
    quantified = f" for all {', '.join(map(_free, s.each))}" if s.each else ""
    return f"{quantified}: {_shown(s.left)} {s.sign} {_shown(s.right)}"


@lru_cache(maxsize=1024)
def _name(name: str, quoted: bool = False) -> str:
    r"""The name, if need be in quotes; there quotes, backslashes and what does not show have numbers: ``\{22}``."""
    if PLAIN.fullmatch(name) and (name[0].isalpha() or name[0] == "_") and not quoted:
        return name
    shown = (char if char.isprintable() and char not in '"\\' else f"\\{{{ord(char):x}}}" for char in name)
    return f'"{"".join(shown)}"'


def _free(index: Free) -> str:
    return f"{_name(index.name)}:{_name(index.dim)}"


def _shown(formula: Formula, place: int = SUM) -> str:
    """The formula, with parentheses where it needs them at its place."""
    match formula:
        case Num(value):
            text, most = str(value), FACTOR
        case Tensor(name, indices):
            names = [_name(index.name) for index in indices]
            text, most = show_factor(":".join(map(_name, name.split(":", 1))), names), FACTOR
        case Times((item,)):
            text, most = f"{{{_shown(item)}}}", FACTOR
        case Plus(items) | Times(items) if len(items) < 2:
            kind = "plus" if isinstance(formula, Plus) else "times"
            text, most = f"{kind}({', '.join(map(_shown, items))})", FACTOR
        case Times((Num(value), item)) if value == -1:
            text, most = f"- {_shown(item, BODY)}", ITEM
        case Times(items):
            text, most = "*".join(_shown(item, FACTOR) for item in items), BODY
        case Sum(indices, body):
            text, most = f"sum({', '.join(map(_free, indices))}) {_shown(body, BODY)}", BODY
        case Derive(body, moves) | Put(body, moves):
            kind = "d" if isinstance(formula, Derive) else "put"
            to = [f"{show_factor(_name(m.name), [*map(_free, m.slots)])} -> {_shown(m.value)}" for m in moves]
            text, most = f"{kind}({', '.join(to)}) {_shown(body, BODY)}", BODY
        case Plus(items):
            shown = [_shown(item, ITEM) for item in items]
            text, most = shown[0] + "".join(f" {i}" if i.startswith("- ") else f" + {i}" for i in shown[1:]), SUM
    return text if place <= most else f"({text})"
