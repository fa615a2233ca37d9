"""The kernel as a judge of damaged copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from derive.errors import CertificateError
from derive.judges.subject import Subject
from derive.kernel import Statement, check
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.statements import Relation
from derive.prove.shared import Shared


def always(relation: Relation) -> bool:
    """Of a relation that takes nothing for granted."""
    return True


@dataclass(slots=True)
class KernelJudge:
    """The original certificate against the damaged statement: it must be refused, with a difference."""

    subject: Subject
    facts: tuple[Assumption, ...]
    folded: frozenset[n.Expr]
    certificate: Mapping[str, Any]
    spelled: bool = True
    shared: Shared = field(default_factory=Shared)
    granted: Callable[[Relation], bool] = always
    """Whether what a copy's integrals take for granted is proved."""
    method: str = "kernel"
    resolution: float = 0.0

    def statement(self, relation: Relation) -> Statement:
        sequent = replace(self.subject.sequent, goal=relation)
        return self.shared.lower(sequent, self.facts, self.folded, self.spelled)[0]

    def false_alarm(self) -> str:
        """The refusal of the statement that the certificate was made for."""
        return self.objection(self.subject.goal)

    def objection(self, damaged: Relation) -> str:
        try:
            check(self.statement(damaged), self.certificate)
        except CertificateError as error:
            return str(error)
        return "" if self.granted(damaged) else "the pieces of its integral are not shown to be right"

    def further_objection(self, damaged: Relation) -> str:
        """Nothing more: a certificate is refused or not."""
        return ""
