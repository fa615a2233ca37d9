"""What came of each attempt at the statements of one claim, so that a search that was made need not be made again.

It is no evidence: a certificate from here goes to the kernel, against the statement of the derivation, as any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from derive.digest import Digester

Outcome = tuple[str, Mapping[str, Any] | None]
"""Why no proof was found, or the certificate of one."""
SHORT = 16
"""Bytes of a digest that tell an attempt from the others at one claim."""


@dataclass(slots=True)
class Outcomes:
    """The outcomes of the attempts at one claim.

    Attributes:
        found: each, by the digest of what was attempted.
        recalled: how many proofs came from here, and were accepted by the kernel again.
        grown: whether some are new.
    """

    found: dict[str, list[Any]] = field(default_factory=dict)
    digest: Digester = field(default_factory=Digester)
    recalled: int = 0
    grown: bool = False

    def of(self, attempted: Any) -> Outcome | None:
        """What came of this before, where that is known."""
        known = self.found.get(self._key(attempted))
        return None if known is None else (known[0], known[1])

    def keep(self, attempted: Any, outcome: Outcome) -> None:
        self.found[self._key(attempted)] = list(outcome)
        self.grown = True

    def _key(self, attempted: Any) -> str:
        return self.digest(attempted)[:SHORT].hex()
