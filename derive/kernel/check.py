"""The only maker of a theorem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derive.errors import CertificateError
from derive.kernel.rules import Goal, prove
from derive.kernel.statement import Scope, Statement, expand
from derive.kernel.terms import add, scale

_MADE_HERE = object()


@dataclass(frozen=True, slots=True)
class Theorem:
    """A statement that the kernel accepted, and the hypotheses that its certificate cites."""

    statement: Statement
    used: tuple[str, ...]
    token: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.token is not _MADE_HERE:
            raise CertificateError("only the kernel makes theorems: call derive.kernel.check")


def check(statement: Statement, certificate: Mapping[str, Any]) -> Theorem:
    """Accept the statement if the certificate proves it.

    Args:
        statement: what is to be proved; nothing of it is taken from the certificate.
        certificate: plain JSON data, in the format of ``rules``; who found it, and how, does not matter.

    Raises:
        StatementError: the statement itself cannot be read.
        CertificateError: the certificate does not prove it; the message quotes what is left over.
    """
    scope = Scope(statement)
    facts = []
    for hypothesis in statement.hypotheses:
        inner = scope.within(hypothesis.each)
        poly = add(expand(hypothesis.left, inner), scale(Fraction(-1), expand(hypothesis.right, inner)))
        facts.append((hypothesis.name, hypothesis.each, poly))
    inner = scope.within(statement.each)
    goal = Goal(statement.sign, expand(statement.left, inner), expand(statement.right, inner), statement.each)
    used: dict[str, None] = {}
    prove(goal, tuple(facts), inner, certificate, used)
    names = tuple(hypothesis.name for hypothesis in statement.hypotheses if hypothesis.name in used)
    return Theorem(statement, names, _MADE_HERE)
