"""Digests of values, the same in every run: what names something that is kept from one run to another.

Nothing is ever taken for proved, or for equal, because of a digest: whatever is found by one is checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from typing import Any

from derive.language.nodes import Expr

PLAIN = (str, bytes, int, float, complex, Fraction, type(...))


class Digester:
    """Makes digests, and keeps those of expressions, of which a page's claims have many in common.

    >>> Digester()((1, "a")) == Digester()((1, "a"))
    True
    >>> Digester()((1, "a")) == Digester()(("1", "a"))
    False
    """

    def __init__(self) -> None:
        self.exprs: dict[Expr, bytes] = {}
        self.objects: dict[int, tuple[Any, bytes]] = {}  # by number, and kept: a number is given again to another

    def __call__(self, value: Any) -> bytes:
        """The digest of plain values, tuples, sets, and of frozen dataclasses of these.

        Raises:
            TypeError: something in it is of another kind, such as an object that is equal to nothing else.
        """
        if value is None or isinstance(value, PLAIN):
            return sha256(repr(value).encode()).digest()
        if id(value) not in self.objects:
            self.objects[id(value)] = value, self._made(value)
        return self.objects[id(value)][1]

    def _made(self, value: Any) -> bytes:
        if isinstance(value, Expr):
            if value not in self.exprs:
                self.exprs[value] = self._joined(type(value), value.own_values())
            return self.exprs[value]
        if isinstance(value, tuple):
            return self._joined(tuple, value)
        if isinstance(value, frozenset):
            return sha256(b"frozenset:" + b"".join(sorted(map(self, value)))).digest()
        if is_dataclass(value) and not isinstance(value, type):
            return self._joined(type(value), [getattr(value, name) for name in _compared(type(value))])
        raise TypeError(f"{type(value).__name__} has no digest")

    def _joined(self, kind: type, parts: Iterable[Any]) -> bytes:
        return sha256(f"{kind.__qualname__}:".encode() + b"".join(map(self, parts))).digest()


@lru_cache(maxsize=256)
def _compared(kind: type) -> tuple[str, ...]:
    """The fields by which two values of this kind are equal or not."""
    return tuple(entry.name for entry in fields(kind) if entry.compare)
