"""What came of each search for one claim, so that one that was made need not be made again.

It is no evidence: a certificate from here goes to the kernel, against the statement of the derivation, as any other,
and at a model the hypotheses are evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from derive.digest import Digester

Outcome = tuple[str, Mapping[str, Any] | None]
"""Why nothing was found, or the certificate of a proof, or the values of a model."""
SHORT = 16
"""Bytes of a digest that tell a search from the others for one claim."""


@dataclass(slots=True)
class Outcomes:
    """The outcomes of the searches for one claim.

    Attributes:
        found: each, by the digest of what was searched for.
        recalled: how many proofs came from here, and were accepted by the kernel again.
        grown: whether some are new.
    """

    found: dict[str, list[Any]] = field(default_factory=dict)
    digest: Digester = field(default_factory=Digester)
    recalled: int = 0
    grown: bool = False

    def name(self, searched: Any) -> str:
        """What the outcome of a search is kept by."""
        return self.digest(searched)[:SHORT].hex()

    def of(self, name: str) -> Outcome | None:
        """What came of a search before, where that is known."""
        known = self.found.get(name)
        return None if known is None else (known[0], known[1])

    def keep(self, name: str, outcome: Outcome) -> None:
        self.found[name] = list(outcome)
        self.grown = True

    def forget(self, name: str) -> None:
        """What is kept turned out to be nothing that can be used."""
        self.found.pop(name, None)
