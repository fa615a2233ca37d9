"""The only maker of a theorem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, replace
from functools import lru_cache
from typing import Any

from derive.errors import CertificateError, StatementError
from derive.kernel.rules import Fact, Goal, choose, prove
from derive.kernel.statement import Plus, Scope, Statement, expand
from derive.kernel.terms import bounded, subtract

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


@bounded()
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
    except (RecursionError, TypeError, AttributeError) as error:
        raise StatementError(f"the statement is nested too deep, or not made of formulas: {error}") from None
    used: dict[int, None] = {}
    try:
        for name, size in statement.exists:
            facts, certificate = choose(name, size, facts, scope, certificate, used)
            scope = scope.within((), [name])
        prove(goal, facts, scope.within(statement.each), certificate, used)
    except (RecursionError, ValueError, StatementError) as error:  # a number of over 4300 digits cannot even be quoted
        raise CertificateError(f"the certificate does not fit the statement, or cannot be read: {error}") from None
    names = tuple(hypothesis.name for number, hypothesis in enumerate(statement.hypotheses) if number in used)
    return Theorem(statement, names, _MADE_HERE)


def _read(statement: Statement) -> tuple[tuple[Fact, ...], Goal, Scope]:
    """Hypotheses and goal as polynomials; the hypotheses are kept, since all damaged copies of a claim have them."""
    nothing = Plus(())
    scope, facts = _hypotheses(replace(statement, each=(), left=nothing, right=nothing, sign="="))
    inner = scope.within(statement.each, list(scope.choices))
    goal = Goal(statement.sign, expand(statement.left, inner), expand(statement.right, inner), statement.each)
    return facts, goal, scope


@lru_cache(maxsize=32)
@bounded()
def _hypotheses(header: Statement) -> tuple[Scope, tuple[Fact, ...]]:
    scope, facts = Scope(header), list[Fact]()
    for h in header.hypotheses:
        left, right = (expand(side, scope.within(h.each)) for side in (h.left, h.right))
        if h.sign not in {"=", "≤"}:
            raise StatementError(f"the hypothesis {h.name!r} is a {h.sign!r}, not = or ≤")
        gap = subtract(left, right) if h.sign == "=" else subtract(right, left)
        facts.append(Fact(h.name, h.each, gap, h.sign))
    return scope, tuple(facts)
