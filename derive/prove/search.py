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
from derive.kernel.statement import Formula, Num, Scope, Statement, Tensor, Times, expand
from derive.kernel.terms import (
    ZERO,
    Free,
    Index,
    Poly,
    add,
    collect,
    constant,
    multiply,
    normal,
    remapped,
    scale,
    show,
    total,
)
from derive.prove import rewrite
from derive.prove.completion import FEW_STEPS
from derive.prove.prover import Prover
from derive.prove.rewrite import (
    Budget,
    Certificate,
    Cofactor,
    Lemma,
    after_lemmas,
    canonical_poly,
    membership,
    poly_data,
)
from derive.prove.squares import vanishing_roots
from derive.prove.wordproofs import WordProver

DEEPEST_SPLIT = 2
"""Letters that one proof may split on, one inside the other."""
MOST_SQUARED = 12
"""Terms of a goal, past which it is not squared."""
ONE = constant(Fraction(1))


@dataclass(frozen=True, slots=True)
class Square:
    """weight · Σ_each root², a part of a difference that is to be seen to be non-negative."""

    weight: Fraction
    each: tuple[Free, ...]
    root: Formula


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
    statement: Statement, squares: Sequence[Square] | None = None, unused: frozenset[str] = frozenset(),
    quick: bool = False,
) -> Found:  # fmt: skip
    """Search for a certificate of the statement.

    Args:
        squares: how right − left of an inequality is a sum of squares.
        unused: hypotheses, by name, that the search is not to use.
        quick: try only what costs little; another way to state the same may then be tried first.
    """
    scope = Scope(statement)
    facts, ignored = _facts(statement, scope, unused)
    inner = scope.within(statement.each)
    left, right = expand(statement.left, inner), expand(statement.right, inner)
    try:
        if statement.sign == "≤":
            return _prove_sign(add(right, scale(Fraction(-1), left)), facts, inner, squares)
        found, absurd = _prove_zero(add(left, scale(Fraction(-1), right)), statement.each, facts, ignored, quick)
    except BudgetError as error:
        return Found(None, str(error))
    return replace(found, contradiction=contradiction(statement, unused)) if absurd else found


def contradiction(statement: Statement, unused: frozenset[str] = frozenset()) -> Contradiction | None:
    """Why the hypotheses of a statement contradict one another, where completion or rewriting soon shows that."""
    facts, ignored = _facts(statement, Scope(statement), unused)
    lemmas = vanishing_roots(facts, ignored)
    known = [*facts, *(lemma.fact for lemma in lemmas)]
    try:
        found = WordProver(known, ignored).one_is_zero(FEW_STEPS) or _rewritten_to_one(known, ignored)
    except BudgetError:
        return None
    if found is None:
        return None
    goal, proof = found
    left = Times(tuple(Tensor(name, ()) for (factors, _), _ in goal.terms for name, _ in factors))
    absurd = replace(statement, exists=(), each=(), left=left, right=Num(Fraction(0)), sign="=")
    certificate = pruned(after_lemmas(lemmas, proof), len(facts))
    return Contradiction(absurd, certificate, check(absurd, certificate).used)


def _rewritten_to_one(facts: list[Fact], ignored: frozenset[int]) -> tuple[Poly, Certificate] | None:
    prover = Prover(list(facts), _mentioned(ZERO, facts), ignored, Budget(rewrite.MOST_STEPS // 4))
    found = prover.one_is_zero()
    if found is None:
        return None
    number, value = found
    proof = membership(ONE, [Cofactor(Fraction(1) / value, (), (), number, ())], prover.facts)
    return ONE, after_lemmas(prover.lemmas, proof)


def _facts(statement: Statement, scope: Scope, unused: frozenset[str]) -> tuple[list[Fact], frozenset[int]]:
    """The hypotheses as polynomials, and the numbers of those that the search is not to use."""
    facts: list[Fact] = []
    taken = {index.name for index in (*statement.each, *statement.fixed)}
    for number, hypothesis in enumerate(statement.hypotheses):
        inner = scope.within(hypothesis.each)
        left, right = expand(hypothesis.left, inner), expand(hypothesis.right, inner)
        less, more = (right, left) if hypothesis.sign == "=" else (left, right)
        poly = add(more, scale(Fraction(-1), less))
        fact = Fact(hypothesis.name, hypothesis.each, poly, hypothesis.sign)
        own = {index.name for index in hypothesis.each}
        # With its own names the polynomial is term by term the kernel's, which certificates count on.
        facts.append(_renamed_apart(number, *fact) if own & taken else fact)
        taken |= own
    return facts, frozenset(number for number, fact in enumerate(facts) if fact.name in unused)


def _renamed_apart(number: int, name: str, each: tuple[Free, ...], poly: Poly, sign: str) -> Fact:
    """The hypothesis with names for its indices that nothing else has; certificates give them by position.

    They sort as the names before: the kernel numbers summed indices by the order of what stands beside them.
    """
    own = tuple(Free(f"{index.name}!{number}", index.dim) for index in each)
    new: dict[Free, Index] = dict(zip(each, own, strict=True))
    renamed = collect((normal(remapped(t.factors, new=new), t.bound), value) for t, value in poly.terms)
    return Fact(name, own, renamed, sign)


def _prove_zero(
    goal: Poly, each: tuple[Free, ...], facts: list[Fact], ignored: frozenset[int] = frozenset(), quick: bool = False
) -> tuple[Found, bool]:
    """What was found for ``goal = 0``, and whether the hypotheses were seen to contradict one another."""
    if not canonical_poly(goal):
        return Found(membership(goal, [], facts)), False
    if len(ignored) == len(facts):
        return Found(None, f"the sides differ by {show(canonical_poly(goal))}"), False
    lemmas = vanishing_roots(facts, ignored)
    search = Search([*facts, *(lemma.fact for lemma in lemmas)], ignored, goal, each)
    found = search.by_words(FEW_STEPS) if quick else search.certificate()
    if found is None:
        return Found(None, search.reason()), False
    return Found(pruned(after_lemmas(lemmas, found), len(facts))), bool(search.words.completion.absurd)


class Search:
    """One goal, and the ways to prove it from facts, from the quick to the slow."""

    def __init__(self, facts: list[Fact], ignored: frozenset[int], goal: Poly, each: tuple[Free, ...]) -> None:
        self.facts, self.ignored, self.goal, self.each = facts, ignored, goal, each
        self.words = WordProver(facts, ignored)
        self.said = self.stopped = ""
        self.opaque = False
        self.budget = Budget(rewrite.MOST_STEPS)

    def certificate(self) -> Certificate | None:
        words = self.words
        first = words.most if words.covers(self.goal, self.each) else FEW_STEPS
        found = self.by_words(first)
        if found is None and not words.settles(self.goal, self.each):
            found = self._by_rewriting(())
            if found is None and first < words.most:
                found = self.by_words(words.most)
        return found or self._by_lemmas()

    def by_words(self, most: int) -> Certificate | None:
        """What so many steps of completion find, for the goal or for the sum of its squares."""
        found = self.words.zero(self.goal, self.each, most)
        if found is not None:
            return found
        self.said, self.opaque = self.words.said, self.words.opaque
        square = total(self.each, multiply(self.goal, self.goal)) if len(self.goal.terms) <= MOST_SQUARED else ZERO
        proof = self.words.zero(square, (), most)
        return None if proof is None else {"rule": "squares", "squares": [], "proof": proof}

    def _by_lemmas(self) -> Certificate | None:
        """What the general prover finds with the rules of the completion as lemmas, for a goal that is no word."""
        lemmas = self.words.learned() if self.opaque and not self.budget.spent else []
        return self._by_rewriting(lemmas) if lemmas else None

    def _by_rewriting(self, lemmas: Sequence[Lemma]) -> Certificate | None:
        """What the general prover finds, with lemmas."""
        facts = [*self.facts, *(lemma.fact for lemma in lemmas)]
        constants = _mentioned(self.goal, facts)
        found = None
        for plain, budget in ((True, Budget(rewrite.MOST_STEPS // 4)), (False, self.budget)):
            try:
                prover = Prover(list(facts), constants, self.ignored, budget, plain)
                found = prover.direct(self.goal) if plain else prover.zero(self.goal, self.each, DEEPEST_SPLIT)
            except BudgetError as error:
                self.stopped = str(error)
            if found is not None:
                return after_lemmas(lemmas, found)
        return None

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


def _prove_sign(gap: Poly, facts: list[Fact], scope: Scope, squares: Sequence[Square] | None) -> Found:
    if squares is None:
        return Found(None, "the difference of the sides is not written as a sum of squares")
    rows, seen = [], Poly(())
    for square in squares:
        root = expand(square.root, scope.within(square.each))
        names = [list(index) for index in square.each]
        rows.append({"weight": str(square.weight), "each": names, "root": poly_data(root), "times": []})
        seen = add(seen, scale(square.weight, total(square.each, multiply(root, root))))
    found, _ = _prove_zero(add(gap, scale(Fraction(-1), seen)), (), facts)
    if found.certificate is None:
        return found
    return Found({"rule": "sign", "squares": rows, "proof": found.certificate})


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
        return {**certificate, **{branch: pruned(certificate[branch], count + 1) for branch in ("zero", "one")}}
    return {**certificate, "proof": pruned(certificate["proof"], count)} if "proof" in certificate else certificate


PARTS = ("proof", "then", "zero", "one")


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
