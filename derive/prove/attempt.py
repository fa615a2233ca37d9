"""One way to look for a proof, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from derive.errors import CertificateError, StatementError
from derive.kernel import Hypothesis, Statement, Theorem, check
from derive.kernel.statement import Derive, Formula, Plus, Put, Scope, Sum, Tensor, Times, expand
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.indices import DimOrder
from derive.language.statements import Relation, Sequent, expressions
from derive.prove.lower import Lowering
from derive.prove.rewrite import poly_data
from derive.prove.roots import BySquares
from derive.prove.search import FULL, PARTS, Effort, Found, by_cone, find_certificate
from derive.prove.shared import Shared
from derive.prove.signs import find_sign
from derive.trimming import renamed_to_fit


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to look for a proof: the hypotheses, the definitions that stay folded, whether hypotheses may be used."""

    assumptions: tuple[Assumption, ...]
    folded: frozenset[n.Expr]
    use: bool = True
    unfold: bool = False
    """Whether the definitions that stay folded may be used as hypotheses."""
    effort: Effort = FULL


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate, the theorem that the kernel made of it, and how its statement was lowered."""

    certificate: Mapping[str, Any]
    theorem: Theorem
    lowering: Lowering


def attempted(sequent: Sequent, attempt: Attempt, shared: Shared | None = None) -> tuple[str, Proof | None]:
    """A proof of the sequent in this way, or why none was found."""
    shared = shared or Shared()
    proof: Proof | None = shared.proofs.get((sequent, attempt))
    if proof is not None:
        return "", proof
    name = "" if shared.outcomes is None else shared.outcomes.name((sequent, attempt))
    reason, proof = _recalled(name, sequent, attempt, shared) or _newly_attempted(name, sequent, attempt, shared)
    if proof is not None:
        shared.proofs[sequent, attempt] = proof
    return reason, proof


def _recalled(
    name: str, sequent: Sequent, attempt: Attempt, shared: Shared
) -> tuple[str, Proof | None] | None:  # fmt: skip
    """What came of this in an earlier run; of a certificate, what the kernel makes of it now."""
    outcomes = shared.outcomes
    outcome = None if outcomes is None else outcomes.of(name)
    if outcomes is None or outcome is None:
        return None
    reason, certificate = outcome
    if certificate is None:
        return reason, None
    statement, low = shared.lower(sequent, attempt.assumptions, attempt.folded, attempt.unfold)
    try:
        proof = Proof(certificate, check(statement, certificate), low)
    except CertificateError:  # what is kept is damaged
        return None
    outcomes.recalled += 1
    return "", proof


MADE_LETTER = re.compile(r"\b[a-z]+#\d+")
WITHOUT_INDICES = 3
"""So many times as cheap is a term of letters that have no indices."""


def _newly_attempted(name: str, sequent: Sequent, attempt: Attempt, shared: Shared) -> tuple[str, Proof | None]:
    reason, proof = _searched(sequent, attempt, shared)
    if shared.outcomes is not None:
        shared.outcomes.keep(name, (reason, None if proof is None else proof.certificate))
    return reason, proof


def _searched(sequent: Sequent, attempt: Attempt, shared: Shared) -> tuple[str, Proof | None]:
    statement, low = shared.lower(sequent, attempt.assumptions, attempt.folded, attempt.unfold)
    most, terms = attempt.effort.terms, 0
    lighter = 1 if statement.dims else WITHOUT_INDICES
    if attempt.use and most is not None and (terms := terms_of(statement, shared)) > lighter * most:
        return f"written out, the statement has up to {terms} terms, too many to look quickly for a proof", None
    unused = frozenset[str]()
    if not attempt.use:
        unused |= {hypothesis.name for hypothesis in statement.hypotheses}
    given = [a.statement for a in attempt.assumptions if isinstance(a.statement, Relation)]
    try:
        found = Finder(low, given, unused, attempt.effort, shared).found(sequent, statement)
    except StatementError as error:
        found = Found(None, str(error))
    if found.certificate is None:
        return _in_words(found.reason, low), None
    return "", _accepted(statement, found.certificate, low)


def _in_words(reason: str, low: Lowering) -> str:
    """The reason with what made letters stand for: √a, where the search knows root#1."""
    stand_for = {name: str(expr) for expr, name in low.made.items()}
    return MADE_LETTER.sub(lambda found: f"({stand_for.get(found[0], found[0])})", reason)


def _accepted(statement: Statement, certificate: Mapping[str, Any], low: Lowering) -> Proof:
    """The proof, if need be with other names for summed indices: where factors tie, the kernel numbers them by how it
    came to a term, and a root that is squared by the kernel and one that is squared here are come to differently."""
    try:
        return Proof(certificate, check(statement, certificate), low)
    except CertificateError:
        fitting = renamed_to_fit(statement, certificate)
        return Proof(fitting, check(statement, fitting), low)


def terms_of(statement: Statement, shared: Shared | None = None) -> int:
    """At most how many terms the statement has when it is written out; counted without writing it out."""
    counts = {} if shared is None else shared.counts
    for hypothesis in statement.hypotheses:
        if id(hypothesis) not in counts:
            counts[id(hypothesis)] = hypothesis, _terms_of_both(hypothesis)
    return _terms_of_both(statement) + sum(counts[id(hypothesis)][1] for hypothesis in statement.hypotheses)


def _terms_of_both(relation: Statement | Hypothesis) -> int:
    return _terms(relation.left)[0] + _terms(relation.right)[0]


def _terms(formula: Formula) -> tuple[int, int]:
    """Bounds on the terms of a formula, and on the factors of one."""
    match formula:
        case Tensor():
            return 1, 1
        case Plus(items):
            counts = [_terms(item) for item in items]
            return sum(terms for terms, _ in counts), max((factors for _, factors in counts), default=0)
        case Times(items):
            counts = [_terms(item) for item in items]
            return prod(terms for terms, _ in counts), sum(factors for _, factors in counts)
        case Sum(_, body):
            return _terms(body)
        case Derive(body, moves) | Put(body, moves):
            (terms, factors), values = _terms(body), [_terms(move.value) for move in moves]
            return terms * max(1, factors) * max(value[0] for value in values), factors + max(v[1] for v in values)
    return 1, 0


@dataclass(frozen=True, slots=True)
class Finder:
    """How certificates of the statements of one attempt are looked for."""

    low: Lowering
    given: Sequence[Relation]
    unused: frozenset[str]
    effort: Effort
    shared: Shared

    def found(self, sequent: Sequent, statement: Statement) -> Found:
        if sequent.chosen is not None:
            return self.chosen(sequent, statement)
        if sequent.goal.sign == "=":
            found = self.equation(statement)
        else:
            given, effort = self.given, self.effort
            found = find_sign(statement, sequent.goal, self.unused, self.low, given, effort, self.shared)
        if found.certificate is None and self.effort == FULL:
            asked = (sequent, self.given, self.unused, self.low, self.effort, self.shared)
            return replace(found, certificate=BySquares(statement, *asked).certificate())
        return found

    def equation(self, statement: Statement) -> Found:
        found = find_certificate(statement, self.unused, self.effort, self.shared)
        if found.certificate is None and self.effort == FULL:
            return replace(found, certificate=by_cone(statement, self.unused, self.shared))
        return found

    def chosen(self, sequent: Sequent, statement: Statement) -> Found:
        """A certificate that chooses the one set that is claimed to exist: its members, why they are a set of its
        size, and why the conclusion holds of it."""
        ((name, size),) = statement.exists
        each, member = self.low.member
        plain = replace(statement, exists=(), each=each, sign="=")
        without = replace(plain, sets=tuple(pair for pair in statement.sets if pair[0] != name))
        counted = replace(without, each=(), left=Sum(each, member), right=Tensor(f"size:{size}", ()))
        choice = Hypothesis(f"choice of {name}", each, Tensor(f"in:{name}", each), member)
        goal = replace(statement, exists=(), hypotheses=(*statement.hypotheses, choice))
        parts = {
            "idempotent": self.equation(replace(without, left=Times((member, member)), right=member)),
            "count": self.equation(counted),
            "then": self.found(replace(sequent, chosen=None), goal),
        }
        for part, found in parts.items():
            if found.certificate is None:
                return Found(None, f"{PARTS_OF_A_CHOICE[part]}: {found.reason}")
        rows = poly_data(expand(member, Scope(without).within(each)))
        names = [list(index) for index in each]
        proofs = {part: found.certificate for part, found in parts.items()}
        return Found({"rule": "choose", "set": name, "each": names, "member": rows, **proofs})


PARTS_OF_A_CHOICE = {
    "idempotent": "what chooses the members is not shown to be 0 or 1",
    "count": "the set is not shown to have its size",
    "then": "of the set that is chosen",
}


def definitions(sequent: Sequent, given: Sequence[Assumption]) -> frozenset[n.Expr]:
    """Every definition without loose indices in the goal and in what is given: maybe their names are enough."""
    return frozenset(node for node in _defined(sequent, given) if all(index.fixed for index in node.free))


def matrix_definitions(sequent: Sequent, given: Sequence[Assumption]) -> frozenset[n.Expr]:
    """Those of ``definitions`` that are matrices: each can be a letter of a word."""
    return frozenset(node for node in definitions(sequent, given) if len(node.shape) == 2)


def _defined(sequent: Sequent, given: Sequence[Assumption]) -> Iterator[n.Defined]:
    stated = [*expressions(sequent.goal), *(e for p in sequent.premises for e in expressions(p))]
    stated += [e for a in given if not isinstance(a.statement, DimOrder) for e in expressions(a.statement)]
    yield from (node for expr in stated for node in expr.walk() if isinstance(node, n.Defined))


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
    inner = [certificate[part] for part in PARTS if isinstance(certificate.get(part), dict)]
    return [certificate["rule"], *(rule for part in inner for rule in rules_in(part))]
