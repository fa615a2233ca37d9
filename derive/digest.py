"""Digests of values, the same in every run: what names something that is kept from one run to another.

Nothing is ever taken for proved, or for equal, because of a digest: whatever is found by one is checked.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast

from derive.language.indices import Dim, Index
from derive.language.nodes import Expr

PLAIN = (str, bytes, int, float, complex, Fraction, type(...))
COMMON = (Expr, Index, Dim)


class Digester:
    """Makes digests, and keeps those of objects that it has met.

    >>> Digester()((1, "a")) == Digester()((1, "a"))
    True
    >>> Digester()((1, "a")) == Digester()(("1", "a"))
    False
    """

    def __init__(self) -> None:
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
        if isinstance(value, COMMON):
            return _of_common(value)
        if isinstance(value, tuple):
            return self._joined(tuple, value)
        if isinstance(value, frozenset):
            return sha256(b"frozenset:" + b"".join(sorted(map(self, value)))).digest()
        if is_dataclass(value) and not isinstance(value, type):
            return self._joined(type(value), _own_values(value))
        raise TypeError(f"{type(value).__name__} has no digest")

    def _joined(self, kind: type, parts: Iterable[Any]) -> bytes:
        return _joined(kind, map(self, parts))


def _joined(kind: type, parts: Iterable[bytes]) -> bytes:
    return sha256(f"{kind.__qualname__}:".encode() + b"".join(parts)).digest()


@lru_cache(maxsize=32768)
def _of_common(value: Expr | Index | Dim) -> bytes:
    """The digest of what a page's claims have many of in common."""
    return _joined(type(value), map(Digester(), value.own_values() if isinstance(value, Expr) else _own_values(value)))


def _own_values(value: Any) -> list[Any]:
    return [getattr(value, name) for name in _compared(cast(Hashable, type(value)))]


@lru_cache(maxsize=256)
def _compared(kind: Any) -> tuple[str, ...]:
    """The fields by which two values of this kind are equal or not."""
    return tuple(entry.name for entry in fields(kind) if entry.compare)
