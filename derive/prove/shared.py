"""What the attempts at one claim have in common, made once: hypotheses lowered, expanded, read as words, completed.

Steps of a claim, copies of one and ways to prove it mostly have hypotheses in common, which cost far more than a goal.
Nothing here goes from one claim to another: what is found must not depend on what a process has checked before.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derive.errors import BudgetError
from derive.kernel.rules import Fact
from derive.kernel.statement import Formula, Hypothesis, Scope, Statement, expand
from derive.kernel.terms import Free, Index, Poly, add, collect, multiply, normal, remapped, scale, total
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.statements import Sequent
from derive.outcomes import Outcomes
from derive.prove.lower import Beginnings, Lowering, concluded
from derive.prove.prover import Prover
from derive.prove.rewrite import Budget, Lemma
from derive.prove.squares import vanishing_roots
from derive.prove.wordproofs import WordProver
from derive.prove.words import Reader


class Known:
    """Facts, and what has been found to follow from them: roots of vanishing squares, rules of words, rewritten facts.

    Attributes:
        facts: those that were given, and then the lemmas.
        lemmas: roots that vanish, as proved from the facts before them.
        ignored: the numbers of facts that are not to be used.
    """

    def __init__(self, facts: Sequence[Fact], ignored: frozenset[int], reader: Reader | None = None) -> None:
        self.given, self.ignored = len(facts), ignored
        self.lemmas: list[Lemma] = vanishing_roots(facts, ignored)
        self.facts = [*facts, *(lemma.fact for lemma in self.lemmas)]
        self.words = WordProver(self.facts, ignored, reader, self.given)
        self.provers: dict[tuple[Any, ...], tuple[Prover, int] | str] = {}
        self.squares: dict[int, tuple[Poly, Poly]] = {}

    def square(self, goal: Poly, each: tuple[Free, ...]) -> Poly:
        """The sum of the squares of the entries of a goal, made once."""
        if id(goal) not in self.squares:
            self.squares[id(goal)] = goal, total(each, multiply(goal, goal))
        return self.squares[id(goal)][1]

    def prover(self, constants: Sequence[Free], plain: bool, budget: Budget) -> Prover:
        """A general prover of the facts, which goes on with what is left of the budget.

        Raises:
            BudgetError: the facts alone take more than the budget.
        """
        key = (tuple(constants), plain, budget.most)
        if key not in self.provers:
            try:
                made = Prover(list(self.facts), constants, self.ignored, Budget(budget.most), plain)
                self.provers[key] = made, made.budget.steps
            except BudgetError as error:
                self.provers[key] = str(error)
        found = self.provers[key]
        if isinstance(found, str):
            raise BudgetError(found)
        prover, steps = found
        budget.spend(steps)
        prover.budget = prover.rewriter.budget = budget
        return prover


@dataclass(slots=True)
class Shared:
    """Keeps what is made of hypotheses, by the hypotheses themselves."""

    lowerings: dict[tuple[Any, ...], Lowering] = field(default_factory=dict)
    beginnings: Beginnings = field(default_factory=Beginnings)
    scopes: dict[tuple[Any, ...], Scope] = field(default_factory=dict)
    equal: dict[Hypothesis, Hypothesis] = field(default_factory=dict)
    same: dict[int, tuple[Hypothesis, Hypothesis]] = field(default_factory=dict)
    read: dict[tuple[int, int], Fact] = field(default_factory=dict)
    last: tuple[Statement, Scope] | None = None
    stated: dict[tuple[Any, ...], tuple[Statement, Lowering]] = field(default_factory=dict)
    goals: dict[int, tuple[Statement, Poly]] = field(default_factory=dict)
    proofs: dict[Hashable, Any] = field(default_factory=dict)
    """The proof that was found in each way: what a proof takes to exist is asked for again and again."""
    counts: dict[int, tuple[Hypothesis, int]] = field(default_factory=dict)
    """How many terms a hypothesis has, written out."""
    completed: dict[tuple[Any, ...], Known] = field(default_factory=dict)
    reader: Reader = field(default_factory=Reader)
    outcomes: Outcomes | None = None
    """What came of attempts in an earlier run, where that is kept."""

    def lower(
        self, sequent: Sequent, assumptions: tuple[Assumption, ...], folded: frozenset[n.Expr], spelled: bool
    ) -> tuple[Statement, Lowering]:
        """As ``derive.prove.lower.lower``; the same hypotheses, and statements, are the same objects each time."""
        key = (sequent.premises, sequent.chosen, assumptions, folded, spelled)
        whole = (*key, sequent.goal)
        if whole not in self.stated:
            if key not in self.lowerings:
                self.lowerings[key] = self.beginnings.supposed(sequent, assumptions, folded, spelled)
            self.stated[whole] = concluded(self.lowerings[key], sequent)
        statement, low = self.stated[whole]
        return statement, low.copied()  # reading a sign makes new indices

    def goal(self, statement: Statement) -> Poly:
        """left − right of the statement, as one object for the same statement: one that failed is tried for longer."""
        if id(statement) not in self.goals:
            self.goals[id(statement)] = statement, gap_of(statement, self.scope(statement).within(statement.each))
        return self.goals[id(statement)][1]

    def one(self, hypothesis: Hypothesis) -> Hypothesis:
        """Of equal hypotheses always the same one, so that it can be recognised without walking its formulas."""
        if id(hypothesis) not in self.same:
            # Both are kept: the number of an object that is gone would be given to another.
            self.same[id(hypothesis)] = hypothesis, self.equal.setdefault(hypothesis, hypothesis)
        return self.same[id(hypothesis)][1]

    def scope(self, statement: Statement) -> Scope:
        if self.last is None or self.last[0] is not statement:
            self.last = statement, self._scope(statement)
        return self.last[1]

    def _scope(self, statement: Statement) -> Scope:
        hypotheses = tuple(id(self.one(hypothesis)) for hypothesis in statement.hypotheses)
        names = (statement.dims, statement.letters, statement.sets, statement.fixed, statement.exists)
        if (hypotheses, names) not in self.scopes:
            self.scopes[hypotheses, names] = Scope(statement)
        return self.scopes[hypotheses, names]

    def facts(self, statement: Statement) -> list[Fact]:
        """The hypotheses as polynomials, with names for their indices that nothing else has."""
        found: list[Fact] = []
        taken = {index.name for index in (*statement.each, *statement.fixed)}
        for number, hypothesis in enumerate(map(self.one, statement.hypotheses)):
            own = {index.name for index in hypothesis.each}
            # With its own names the polynomial is term by term the kernel's, which certificates count on.
            found.append(self._fact(statement, hypothesis, number if own & taken else -1))
            taken |= own
        return found

    def _fact(self, statement: Statement, hypothesis: Hypothesis, apart: int) -> Fact:
        key = (id(hypothesis), apart)
        if key not in self.read and apart >= 0:
            self.read[key] = _renamed_apart(apart, self._fact(statement, hypothesis, -1))
        elif key not in self.read:
            scope = self.scope(statement).within(hypothesis.each)
            poly = gap_of(hypothesis, scope)
            self.read[key] = Fact(hypothesis.name, hypothesis.each, poly, hypothesis.sign)
        return self.read[key]

    def known(self, facts: Sequence[Fact], ignored: frozenset[int] = frozenset()) -> Known:
        key = (tuple(map(id, facts)), ignored)
        if key not in self.completed:
            self.completed[key] = Known(facts, ignored, self.reader)
        return self.completed[key]


def gap_of(relation: Hypothesis | Statement, scope: Scope) -> Poly:
    """left − right of an equation, right − left of an inequality."""
    return difference(relation.left, relation.right, relation.sign, scope)


def difference(left: Formula, right: Formula, sign: str, scope: Scope) -> Poly:
    less, more = (right, left) if sign == "=" else (left, right)
    return add(expand(more, scope), scale(Fraction(-1), expand(less, scope)))


def _renamed_apart(number: int, fact: Fact) -> Fact:
    """The hypothesis with names for its indices that nothing else has; certificates give them by position.

    They sort as the names before: the kernel numbers summed indices by the order of what stands beside them.
    """
    own = tuple(Free(f"{index.name}!{number}", index.dim) for index in fact.each)
    new: dict[Free, Index] = dict(zip(fact.each, own, strict=True))
    renamed = collect((normal(remapped(t.factors, new=new), t.bound), value) for t, value in fact.poly.terms)
    return Fact(fact.name, own, renamed, fact.sign)
