r"""Formulas taken apart where a line may end, since browsers break none; brackets no higher than what is in them.

>>> fragments(r"a = \left(b + c\right) - d")
['a', '= \\left(b + c\\right)', '- d']
"""

from __future__ import annotations

import re

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
OPENING = frozenset({"{", "(", "[", r"\{", r"\left", r"\begin", r"\langle", r"\lVert"})
CLOSING = frozenset({"}", ")", "]", r"\}", r"\right", r"\end", r"\rangle", r"\rVert"})
RELATIONS = frozenset({"=", "<", ">", r"\le", r"\ge", r"\ne", r"\iff", r"\implies", r"\to", r"\leftarrow"})
SIGNS = frozenset({"+", "-", r"\wedge"})
SPACES = frozenset({r"\;", r"\,", r"\ "})
STOPS = frozenset({",", r"\quad"})


def fragments(latex: str) -> list[str]:
    """The parts between which a line may end: before a relation or a sign and after a comma, but in no bracket."""
    parts: list[list[str]] = [[]]
    depth, before = 0, ""
    for token in TOKEN.findall(latex):
        depth += (token in OPENING) - (token in CLOSING)
        joins = token in RELATIONS or (token in SIGNS and _is_term(before)) or before in STOPS
        if depth == (token in OPENING) and joins and not _is_space(token) and before:
            parts.append([])
        parts[-1].append(token)
        before = before if _is_space(token) else token
    return [_trimmed(part) for part in parts]


def _is_space(token: str) -> bool:
    return token.isspace() or token in SPACES


def _trimmed(tokens: list[str]) -> str:
    """Without blanks at the end; those that LaTeX is told to set stay."""
    last = max((at for at, token in enumerate(tokens) if not token.isspace()), default=-1)
    return "".join(tokens[: last + 1])


def _is_term(before: str) -> bool:
    """Whether a sign after this joins two terms; at the beginning and after another sign it belongs to its term."""
    return bool(before) and before not in RELATIONS | SIGNS | STOPS | OPENING


def continued(fragment: str) -> str:
    """A fragment that is set by itself: a sign at its beginning still has something before it."""
    return f"{{}} {fragment}" if TOKEN.findall(fragment)[0] in RELATIONS | SIGNS else fragment


FENCE = re.compile(
    r"\\left(?P<open>\(|\\lVert|\\langle)(?P<inside>(?:(?!\\left(?![a-z])|\\right(?![a-z])).)*)\\right(?P<close>\)|\\rVert|\\rangle)"
)
TALL = re.compile(r"\\(?:frac|binom|sum|sqrt|begin)")


def lowered(latex: str) -> str:
    r"""The formula without ``\left`` and ``\right`` around what is one line high: there they only add space.

    >>> print(lowered(r"\left(A + \left(B\right)\right) \left(\frac{1}{2}\right)"))
    (A + (B)) \left(\frac{1}{2}\right)
    """
    before = ""
    while latex != before:
        before, latex = latex, FENCE.sub(_low, latex)
    return latex


def _low(found: re.Match[str]) -> str:
    return found[0] if TALL.search(found["inside"]) else f"{found['open']}{found['inside']}{found['close']}"
