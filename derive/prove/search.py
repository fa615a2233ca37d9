"""Finds a certificate for a statement, or says why it found none.

First the two sides as they are; then completion of the hypotheses that are words (``completion``); then the general
prover, which rewrites by all of them, clears divisors, and tries vanishing sums of squares and cases (``prover``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from derive.errors import BudgetError
from derive.kernel import check
from derive.kernel.rules import Fact
from derive.kernel.statement import Num, Statement, Tensor, Times
from derive.kernel.terms import ZERO, Free, Poly, constant, show
from derive.prove import cone, rewrite
from derive.prove.completion import FEW_STEPS
from derive.prove.prover import Prover
from derive.prove.rewrite import Budget, Certificate, Cofactor, Lemma, after_lemmas, canonical_poly, membership
from derive.prove.shared import Known, Shared


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a search may do, counted in steps, so that every machine finds the same.

    Attributes:
        words: steps of completion; None: first few, then as many as so many hypotheses are worth.
        rewriting: steps of the general prover; 0: it is not asked.
        terms: terms of a statement that is written out, past which nothing is tried; None: of any number.
    """

    words: int | None
    rewriting: int
    terms: int | None = None


QUICK = Effort(FEW_STEPS, 0, terms=320)
"""Only what costs little: another way to state the same may then be tried first."""
FIRST = Effort(FEW_STEPS // 4, 0, terms=320)
"""What three of four proofs that are quick need: every way to state the same is first given so much."""
FULL = Effort(None, rewriting=rewrite.MOST_STEPS)
BRIEF, SPARING = Effort(500, 0, terms=320), Effort(FEW_STEPS, rewriting=60, terms=320)
"""The same where a search that fails only leaves something open, and most of them fail: in time that no one notices."""
DEEPEST_SPLIT = 2
"""Letters that one proof may split on, one inside the other."""
MOST_SQUARED = 12
"""Terms of a goal, past which it is not squared."""
ONE = constant(Fraction(1))


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Hypotheses that cannot all hold: they prove ``statement``, which is 1 = 0, or that a dimension is 0."""

    statement: Statement
    certificate: Certificate
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"the hypotheses contradict one another: {'; '.join(dict.fromkeys(self.names))}"


@dataclass(frozen=True, slots=True)
class Found:
    """A certificate, or None and the reason; and why the hypotheses contradict one another, where that was seen."""

    certificate: Certificate | None
    reason: str = ""
    contradiction: Contradiction | None = None


def find_certificate(
    statement: Statement, unused: frozenset[str] = frozenset(), effort: Effort = FULL, shared: Shared | None = None
) -> Found:
    """Search for a certificate of an equation.

    Args:
        unused: hypotheses, by name, that the search is not to use.
        shared: what was made of the hypotheses before, if they are those of another goal too.
    """
    shared = shared or Shared()
    facts = shared.facts(statement)
    goal = shared.goal(statement)
    ignored = _numbers(facts, unused)
    try:
        found, absurd = _prove_zero(goal, statement.each, shared, facts, ignored, effort)
    except BudgetError as error:
        return Found(None, str(error))
    return replace(found, contradiction=contradiction(statement, unused, shared)) if absurd else found


def by_cone(statement: Statement, unused: frozenset[str], shared: Shared) -> Certificate | None:
    """A certificate of an equation or of a ≤ by squares, hypotheses and products of them, where there are few."""
    facts, goal = shared.facts(statement), shared.goal(statement)
    fixed, ignored = tuple(_mentioned(goal, facts)), _numbers(facts, unused)
    try:
        return cone.certificate(cone.Asked(goal, statement.sign, statement.each, fixed, ignored), facts)
    except BudgetError:
        return None


def _numbers(facts: Sequence[Fact], unused: frozenset[str]) -> frozenset[int]:
    return frozenset(number for number, fact in enumerate(facts) if fact.name in unused)


def contradiction(
    statement: Statement, unused: frozenset[str] = frozenset(), shared: Shared | None = None
) -> Contradiction | None:
    """Why the hypotheses of a statement contradict one another, where completion or rewriting soon shows that."""
    shared = shared or Shared()
    facts = shared.facts(statement)
    known = shared.known(facts, _numbers(facts, unused))
    try:
        found = known.words.one_is_zero(FEW_STEPS) or _rewritten_to_one(known)
    except BudgetError:
        return None
    if found is None:
        return None
    goal, proof = found
    left = Times(tuple(Tensor(name, ()) for (factors, _), _ in goal.terms for name, _ in factors))
    absurd = replace(statement, exists=(), each=(), left=left, right=Num(Fraction(0)), sign="=")
    certificate = pruned(after_lemmas(known.lemmas, proof), known.given)
    return Contradiction(absurd, certificate, check(absurd, certificate).used)


def _rewritten_to_one(known: Known) -> tuple[Poly, Certificate] | None:
    prover = known.prover(_mentioned(ZERO, known.facts), False, Budget(rewrite.MOST_STEPS // 4))
    found = prover.one_is_zero()
    if found is None:
        return None
    number, value = found
    proof = membership(ONE, [Cofactor(Fraction(1) / value, (), (), number, ())], prover.facts)
    return ONE, after_lemmas(prover.lemmas, proof)


def _prove_zero(
    goal: Poly, each: tuple[Free, ...], shared: Shared, facts: list[Fact], ignored: frozenset[int], effort: Effort
) -> tuple[Found, bool]:
    """What was found for ``goal = 0``, and whether the hypotheses were seen to contradict one another."""
    if not canonical_poly(goal):
        return Found(membership(goal, [], facts)), False
    if len(ignored) == len(facts):
        return Found(None, f"the sides differ by {show(canonical_poly(goal))}"), False
    known = shared.known(facts, ignored)
    search = Search(known, goal, each, effort)
    found = search.certificate()
    if found is None:
        return Found(None, search.reason()), False
    return Found(pruned(after_lemmas(known.lemmas, found), known.given)), bool(known.words.completion.absurd)


class Search:
    """One goal, and the ways to prove it from what is known, from the quick to the slow."""

    def __init__(self, known: Known, goal: Poly, each: tuple[Free, ...], effort: Effort) -> None:
        self.known, self.goal, self.each = known, goal, each
        self.words = known.words
        self.said = self.stopped = ""
        self.opaque = False
        self.effort, self.budget = effort, Budget(effort.rewriting)

    def certificate(self) -> Certificate | None:
        words = self.words
        most = words.most if self.effort.words is None else self.effort.words
        first = most if words.covers(self.goal, self.each) else min(most, FEW_STEPS)
        found = self.by_words(first)
        if not self.effort.rewriting:
            return found
        if found is None and not words.settles(self.goal, self.each):
            found = self._by_rewriting(())
            if found is None and first < most:
                found = self.by_words(most)
        return found or self._by_lemmas()

    def by_words(self, most: int) -> Certificate | None:
        """What so many steps of completion find, for the goal or for the sum of its squares."""
        found = self.words.zero(self.goal, self.each, most)
        if found is not None:
            return found
        self.said, self.opaque = self.words.said, self.words.opaque
        square = self.known.square(self.goal, self.each) if len(self.goal.terms) <= MOST_SQUARED else ZERO
        proof = self.words.zero(square, (), most)
        return None if proof is None else {"rule": "squares", "squares": [], "proof": proof}

    def _by_lemmas(self) -> Certificate | None:
        """What the general prover finds with the rules of the completion as lemmas, for a goal that is no word."""
        lemmas = self.words.learned() if self.opaque and not self.budget.spent else []
        return self._by_rewriting(lemmas) if lemmas else None

    def _by_rewriting(self, lemmas: Sequence[Lemma]) -> Certificate | None:
        """What the general prover finds, with lemmas."""
        facts = [*self.known.facts, *(lemma.fact for lemma in lemmas)]
        constants = _mentioned(self.goal, facts)
        found = None
        for plain, budget in ((True, Budget(self.effort.rewriting // 4)), (False, self.budget)):
            try:
                prover = self._prover(facts, constants, plain, budget, bool(lemmas))
                found = prover.direct(self.goal) if plain else prover.zero(self.goal, self.each, DEEPEST_SPLIT)
            except BudgetError as error:
                self.stopped = str(error)
            if found is not None:
                return after_lemmas(lemmas, found)
        return None

    def _prover(
        self, facts: list[Fact], constants: Sequence[Free], plain: bool, budget: Budget, learned: bool
    ) -> Prover:
        if learned:
            return Prover(facts, constants, self.known.ignored, budget, plain)
        return self.known.prover(constants, plain, budget)

    def reason(self) -> str:
        """How far the search came."""
        told = [f"no combination of the hypotheses was found for {show(canonical_poly(self.goal))}"]
        return "; ".join([*told, *filter(None, [self.said, self.stopped])])


def _mentioned(goal: Poly, facts: Sequence[Fact]) -> list[Free]:
    """The free indices that no hypothesis may instantiate."""
    polys = [(goal, frozenset[Free]()), *((fact.poly, frozenset(fact.each)) for fact in facts)]
    found = {
        index
        for poly, each in polys
        for term, _ in poly.terms
        for _, indices in term.factors
        for index in indices
        if isinstance(index, Free) and index not in each
    }
    return sorted(found)


# Pruning ------------------------------------------------------------------------------------------------------------


def pruned(certificate: Certificate, count: int) -> Certificate:
    """The certificate without the lemmas that nothing cites; ``count`` hypotheses are in reach where it starts."""
    rule = certificate["rule"]
    if rule == "lemma":
        then = pruned(certificate["then"], count + 1)
        if not _cites(then, count):
            return _without(then, count)
        return {**certificate, "proof": pruned(certificate["proof"], count), "then": then}
    if rule == "split":
        counts = {"product": count, "if_one": count + 1, "if_other": count + 1}
        return {**certificate, **{part: pruned(certificate[part], at) for part, at in counts.items()}}
    return {**certificate, "proof": pruned(certificate["proof"], count)} if "proof" in certificate else certificate


PARTS = ("proof", "then", "product", "if_one", "if_other")
"""Of a certificate, what are certificates themselves."""


def _parts(certificate: Certificate) -> dict[str, Certificate]:
    return {part: certificate[part] for part in PARTS if isinstance(certificate.get(part), dict)}


def _cites(certificate: Certificate, number: int) -> bool:
    own = any(cofactor["hypothesis"] == number for cofactor in certificate.get("cofactors", ()))
    return own or any(_cites(part, number) for part in _parts(certificate).values())


def _without(certificate: Certificate, number: int) -> Certificate:
    """The certificate where hypothesis ``number`` is no longer in reach, and those after it count one less."""
    changed = {part: _without(inner, number) for part, inner in _parts(certificate).items()}
    if "cofactors" in certificate:
        rows = certificate["cofactors"]
        lowered = [{**row, "hypothesis": row["hypothesis"] - (row["hypothesis"] > number)} for row in rows]
        return {**certificate, **changed, "cofactors": lowered}
    return {**certificate, **changed}
