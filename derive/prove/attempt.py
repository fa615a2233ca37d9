"""One way to look for a proof, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from derive.kernel import Theorem, check
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.statements import Relation, Sequent
from derive.prove.lower import Lowering, definition_name, lower, squares_of
from derive.prove.search import find_certificate


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to look for a proof: the hypotheses, the definitions that stay folded, whether hypotheses may be used."""

    assumptions: tuple[Assumption, ...]
    folded: frozenset[n.Expr]
    use: bool = True


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate, the theorem that the kernel made of it, and how its statement was lowered."""

    certificate: Mapping[str, Any]
    theorem: Theorem
    lowering: Lowering


def attempted(sequent: Sequent, attempt: Attempt) -> tuple[str, Proof | None]:
    """A proof of the sequent in this way, or why none was found."""
    goal = sequent.goal
    statement, low = lower(sequent, attempt.assumptions, attempt.folded)
    squares = squares_of(low, goal.right - goal.left) if goal.sign == "≤" else None
    unused = frozenset(definition_name(expr) for expr in attempt.folded if isinstance(expr, n.Defined))
    if not attempt.use:
        unused |= {hypothesis.name for hypothesis in statement.hypotheses}
    found = find_certificate(statement, squares, unused)
    if found.certificate is None:
        return found.reason, None
    return "", Proof(found.certificate, check(statement, found.certificate), low)


def innermost_definitions(facts: Sequence[Assumption]) -> frozenset[n.Expr]:
    """Definitions that the facts speak of, those that no other of them is part of: they can stay folded."""
    found = {
        node
        for fact in facts
        if isinstance(fact.statement, Relation)
        for side in (fact.statement.left, fact.statement.right)
        for node in side.walk()
        if isinstance(node, n.Defined) and not node.free - {i for i in node.free if i.fixed}
    }
    spoken = {node for node in found if _spoken_of(node, facts)}
    return frozenset(node for node in spoken if not any(other != node and other in node.walk() for other in spoken))


def _spoken_of(node: n.Expr, facts: Sequence[Assumption]) -> bool:
    sides = (side for f in facts if isinstance(f.statement, Relation) for side in (f.statement.left, f.statement.right))
    return any(node in outermost_definitions(side) for side in sides)


def outermost_definitions(expr: n.Expr) -> set[n.Expr]:
    """Definitions in the expression that stand inside no other."""
    if isinstance(expr, n.Defined):
        return {expr}
    return {found for child in expr.children for found in outermost_definitions(child)}


def rules_in(certificate: Mapping[str, Any]) -> list[str]:
    """The names of the kernel's rules that a certificate uses, outermost first."""
    inner = [certificate[part] for part in ("proof", "then", "zero", "one") if isinstance(certificate.get(part), dict)]
    return [certificate["rule"], *(rule for part in inner for rule in rules_in(part))]
