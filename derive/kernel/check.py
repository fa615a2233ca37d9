"""The only maker of a theorem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from fractions import Fraction
from typing import Any

from derive.errors import CertificateError, StatementError
from derive.kernel.rules import Fact, Goal, prove
from derive.kernel.statement import Scope, Statement, expand
from derive.kernel.terms import add, scale

_MADE_HERE = object()


@dataclass(frozen=True, slots=True)
class Theorem:
    """A statement that the kernel accepted, and the hypotheses that its certificate cites."""

    statement: Statement
    used: tuple[str, ...]
    token: InitVar[object]

    def __post_init__(self, token: object) -> None:
        if token is not _MADE_HERE:
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
    try:
        facts, goal, scope = _read(statement)
    except RecursionError:
        raise StatementError("the statement is nested too deep") from None
    used: dict[int, None] = {}
    try:
        prove(goal, facts, scope, certificate, used)
    except (RecursionError, ValueError) as error:  # a number of over 4300 digits cannot even be quoted
        raise CertificateError(f"the certificate is nested too deep, or a number in it is too long: {error}") from None
    names = tuple(hypothesis.name for number, hypothesis in enumerate(statement.hypotheses) if number in used)
    return Theorem(statement, names, _MADE_HERE)


def _read(statement: Statement) -> tuple[tuple[Fact, ...], Goal, Scope]:
    """The statement's hypotheses and goal as polynomials, and the scope in which certificates are read."""
    scope = Scope(statement)
    facts = []
    for hypothesis in statement.hypotheses:
        inner = scope.within(hypothesis.each)
        poly = add(expand(hypothesis.left, inner), scale(Fraction(-1), expand(hypothesis.right, inner)))
        facts.append((hypothesis.name, hypothesis.each, poly))
    inner = scope.within(statement.each)
    goal = Goal(statement.sign, expand(statement.left, inner), expand(statement.right, inner), statement.each)
    return tuple(facts), goal, inner
