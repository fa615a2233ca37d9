"""The general prover: rewriting by the hypotheses, whatever their form.

The hypotheses are first rewritten by one another; then a goal by them; then divisors are cleared; then a vanishing sum
of squares is tried; then cases on the 0-or-1 letters of the goal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from derive.kernel.rules import Fact
from derive.kernel.terms import (
    ZERO,
    Factor,
    Free,
    Number,
    Poly,
    Term,
    add,
    atom,
    collect,
    constant,
    multiply,
    scale,
    total,
)
from derive.prove.rewrite import (
    Budget,
    Certificate,
    Cofactor,
    Lemma,
    Order,
    Rewriter,
    Rule,
    after_lemmas,
    as_read,
    canonical_poly,
    eliminating,
    membership,
    poly_data,
    rules_of,
)

MOST_ROUNDS = 4
"""Rounds in which hypotheses are rewritten by one another."""


class Prover:
    """One search: hypotheses, those derived from them, and the rules that they make.

    A ``plain`` one takes the hypotheses as they are, which is quick, and enough for a goal that they rewrite to zero.
    """

    def __init__(
        self, facts: list[Fact], constants: Sequence[Free], ignored: frozenset[int], budget: Budget, plain: bool = False
    ) -> None:
        self.given = len(facts)
        self.ignored = ignored
        self.facts = facts
        self.lemmas: list[Lemma] = []
        self.constants = constants
        self.replaced = {*ignored, *(number for number, fact in enumerate(facts) if fact.sign != "=")}
        self.order = self._elimination()
        self.budget = budget
        self.rewriter = Rewriter(self.facts, self.order, budget)
        self.made: dict[int, list[Rule]] = {}
        self.equations = [n for n, fact in enumerate(facts) if n not in self.replaced and _equates(fact)]
        if not plain:
            self._interreduce()

    # Hypotheses

    def _elimination(self) -> Order:
        return eliminating([fact for number, fact in enumerate(self.facts) if number not in self.replaced])

    def _deltas(self) -> list[Factor]:
        pairs = [(a, b) for a in self.constants for b in self.constants if a.name < b.name and a.dim == b.dim]
        return [("delta", pair) for pair in pairs]

    def rules(self, without: int | None = None) -> list[Rule]:
        skip = self.replaced | set(self.equations) | ({without} if without is not None else set())
        numbered = [(number, fact) for number, fact in enumerate(self.facts) if number not in skip]
        made = [rule for number, fact in numbered for rule in self._rules_of(number, fact)]
        return sorted(made, key=lambda rule: len(rule.lead.factors))

    def _rules_of(self, number: int, fact: Fact) -> list[Rule]:
        if number not in self.made:
            self.made[number] = list(rules_of(number, fact, self.order, self._deltas()))
        return self.made[number]

    def _interreduce(self) -> None:
        """Rewrite hypotheses by one another, and cancel invertible letters at their ends."""
        for _ in range(MOST_ROUNDS):
            changed = False
            for number in range(len(self.facts)):
                if number not in self.replaced and number not in self.equations:
                    changed |= self._simplify(number)
            if not changed:
                break
        self._instantiate()

    def _simplify(self, number: int) -> bool:
        each, poly = self.facts[number].each, self.facts[number].poly
        rules = self.rules(without=number)
        reduced, cofactors = self.rewriter.reduce(poly, rules)
        own = Cofactor(Fraction(1), (), (), number, each)
        if reduced != canonical_poly(poly):
            return self._adopt(number, each, reduced, [own, *(_negated(c) for c in cofactors)])
        return any(self._adopt(number, *peeled) for peeled in self._peeled(number, rules))

    def _instantiate(self) -> None:
        """What the hypotheses say where two fixed indices agree, and at fixed indices of sets."""
        for number in range(len(self.facts)):
            if number in self.replaced or number in self.equations:
                continue
            each, poly = self.facts[number].each, self.facts[number].poly
            for factors, at in self._instances(each, poly):
                own = Cofactor(Fraction(1), factors, (), number, at)
                left = tuple(index for index in at if isinstance(index, Free) and index in each)
                start = canonical_poly(own.multiple(self.facts))
                reduced, cofactors = self.rewriter.reduce(start, self.rules())
                if reduced and reduced != start and len(reduced.terms) == 1:
                    self._learn(left, reduced, [own, *(_negated(c) for c in cofactors)])

    def _instances(self, each: tuple[Free, ...], poly: Poly) -> Iterator[tuple[tuple[Factor, ...], tuple[Free, ...]]]:
        mentioned = {index for term, _ in poly.terms for _, indices in term.factors for index in indices}
        if not each:
            yield from (((delta,), ()) for delta in self._deltas() if set(delta[1]) & mentioned)
        factors = [factor for term, _ in poly.terms for factor in term.factors]
        members = {index for name, indices in factors if name.startswith("in:") for index in indices}
        for index in each:
            if index in members:
                fitting = [constant for constant in self.constants if constant.dim == index.dim]
                yield from (((), tuple(value if i == index else i for i in each)) for value in fitting)

    def _adopt(self, number: int, each: tuple[Free, ...], poly: Poly, cofactors: list[Cofactor]) -> bool:
        """Use ``poly = 0`` from now on in place of hypothesis ``number``."""
        self.replaced.add(number)
        return bool(poly) and self._learn(each, poly, cofactors)

    def _learn(self, each: tuple[Free, ...], poly: Poly, cofactors: list[Cofactor]) -> bool:
        poly = as_read(poly)
        lemma = Lemma(each, poly, membership(poly, cofactors, self.facts))
        self.lemmas.append(lemma)
        self.facts.append(lemma.fact)
        order = self._elimination()
        if order.weights != self.order.weights:
            self.order = self.rewriter.order = order
            self.made.clear()
        return True

    def _peeled(self, number: int, rules: Sequence[Rule]) -> Iterator[tuple[tuple[Free, ...], Poly, list[Cofactor]]]:
        """The hypothesis multiplied by an inverse at one of its open ends, where that makes it lighter."""
        each, poly = self.facts[number].each, self.facts[number].poly
        weight = max((self.order.weight(term) for term, _ in poly.terms), default=0)
        for end in each:
            for name, slot, other in _partners(rules, poly, end):
                new = Free(f"{end.name}'", other)
                at = tuple(0 if index == end else index for index in each)
                own = Cofactor(Fraction(1), ((name, (0, new) if slot == 0 else (new, 0)),), (end.dim,), number, at)
                renamed = tuple(new if index == end else index for index in each)
                reduced, cofactors = self.rewriter.reduce(own.multiple(self.facts), rules)
                lighter = max((self.order.weight(term) for term, _ in reduced.terms), default=0) < weight
                if reduced and lighter:
                    yield renamed, reduced, [own, *(_negated(c) for c in cofactors)]

    # Goals

    def zero(self, goal: Poly, each: tuple[Free, ...], splits: int) -> Certificate | None:
        """A certificate that the polynomial vanishes, lemmas first."""
        found = self.direct(goal) or self._squares(goal, each) or self._split(goal, splits)
        return after_lemmas(self.lemmas, found) if found else None

    def one_is_zero(self) -> tuple[int, Number] | None:
        """A hypothesis, or what became of one, that says that a number is 0 which is not: its place, and the number."""
        for number, fact in enumerate(self.facts):
            if fact.sign == "=" and not fact.each and number not in self.replaced:
                terms = fact.poly.terms
                if len(terms) == 1 and not terms[0][0].factors and not terms[0][0].bound:
                    return number, terms[0][1]
        return None

    def direct(self, goal: Poly) -> Certificate | None:
        """A membership of the goal, without the lemmas that it may cite."""
        absurd = self.one_is_zero()
        if absurd is not None:
            return membership(goal, _times(goal, absurd[0], (), Fraction(1) / absurd[1]), self.facts)
        rest, used = self._equated(goal)
        rules = self.rules()
        rest, more = self.rewriter.reduce(rest, rules)
        used += more
        if rest:
            found = self._cleared(rest, rules)
            used += found or []
            rest = rest if found is None else Poly(())
        return None if rest else membership(goal, used, self.facts)

    def _equated(self, goal: Poly) -> tuple[Poly, list[Cofactor]]:
        """The goal times every delta that a hypothesis says is 1."""
        used: list[Cofactor] = []
        for number in self.equations:
            used += [Cofactor(-value, term.factors, term.bound, number, ()) for term, value in goal.terms]
            (letter,) = (t.factors for t, _ in self.facts[number][2].terms if t.factors)
            goal = canonical_poly(multiply(goal, collect([(Term(letter, ()), Fraction(1))])))
        return goal, used

    def _cleared(self, rest: Poly, rules: Sequence[Rule]) -> list[Cofactor] | None:
        """Cofactors of the rest multiplied by divisors: by those without indices until all terms have the same power
        of each reciprocal, then by one at indices of the goal; rewritten without the rules of those divisors."""
        used: list[Cofactor] = []
        found = [divisor for number in range(len(self.facts)) if (divisor := self._divisor(number))]
        for divisor in found:
            if not self.facts[divisor.number].each:
                rest, more = self._homogenised(rest, divisor)
                used += more
        if not found:
            return None
        rest, more = self._rewritten(rest, rules, {d.number for d in found if not self.facts[d.number].each})
        used += more
        for divisor in found if rest else ():
            for at in self._places(rest, self.facts[divisor.number].each):
                own = _times(rest, divisor.number, at, Fraction(-1) / divisor.value)
                left, more = self._rewritten(_without(rest, own, self.facts), rules, {divisor.number})
                if not left:
                    return [*used, *own, *more]
        return None if rest else used

    def _rewritten(self, rest: Poly, rules: Sequence[Rule], without: set[int]) -> tuple[Poly, list[Cofactor]]:
        return self.rewriter.reduce(rest, [rule for rule in rules if rule.fact not in without])

    def _places(self, rest: Poly, each: Sequence[Free]) -> Iterator[tuple[Free, ...]]:
        """Free indices of the rest, where the indices of a hypothesis can be; none where that has no indices."""
        own = {index for term, _ in rest.terms for _, at in term.factors for index in at if isinstance(index, Free)}
        fitting = [sorted(index for index in own if index.dim == slot.dim) for slot in each]
        if each:
            yield from (at for at in product(*fitting) if len(set(at)) == len(at))

    def _divisor(self, number: int) -> Divisor | None:
        """A hypothesis p·e = c or p_ij e_ij = c (1 − δ_ij): its number, the letter p, and c."""
        each, poly = self.facts[number].each, self.facts[number].poly
        plain = [value for term, value in poly.terms if not term.factors]
        rest = [t for t, _ in poly.terms if any(name != "delta" for name, _ in t.factors)]
        others = [{name for name, indices in t.factors if set(indices) == set(each)} for t in rest]
        common = sorted(set.intersection(*others) if others else set())
        if not plain or not common or number in self.replaced or self.facts[number].sign != "=":
            return None
        return Divisor(number, max(common, key=lambda name: (name.startswith("recip"), name)), -plain[0])

    def _homogenised(self, rest: Poly, divisor: Divisor) -> tuple[Poly, list[Cofactor]]:
        """Terms with fewer factors p than the most, times p·e/c."""
        used: list[Cofactor] = []

        def degree(term: Term) -> int:
            return sum(name == divisor.letter for name, _ in term.factors)

        top = max((degree(term) for term, _ in rest.terms), default=0)
        while low := Poly(tuple((t, v) for t, v in rest.terms if degree(t) < top)):
            step = _times(low, divisor.number, (), Fraction(-1) / divisor.value)
            used += step
            rest = _without(rest, step, self.facts)
        return rest, used

    def _squares(self, goal: Poly, each: tuple[Free, ...]) -> Certificate | None:
        proof = self.direct(total(each, multiply(goal, goal))) if each else None
        return {"rule": "squares", "squares": [], "proof": proof} if proof else None

    def _split(self, goal: Poly, splits: int) -> Certificate | None:
        if not splits:
            return None
        for letter in _open_letters(goal):
            if (whole := self._idempotent(letter)) is None:
                continue
            cases = {"one": atom(*letter), "other": add(atom(*letter), constant(-1))}
            branches = {}
            for name, case in cases.items():
                prover = Prover(
                    [*self.facts, Fact("case", (), case)], self.constants, frozenset(self.replaced), self.budget
                )
                branches[f"if_{name}"] = prover.zero(goal, (), splits - 1)
                if branches[f"if_{name}"] is None:
                    break
            else:
                factors = {name: poly_data(case) for name, case in cases.items()}
                return {"rule": "split", **factors, "product": whole, **branches}
        return None

    def _idempotent(self, letter: Factor) -> Certificate | None:
        """Why a letter is 0 or 1: p² = p; None where it may not be."""
        name, at = letter
        if name == "delta" or name.startswith("in:"):
            return membership(ZERO, [], self.facts)
        value = atom(*letter)
        wanted = canonical_poly(add(multiply(value, value), scale(Fraction(-1), value)))
        for number, (_, each, poly, sign) in enumerate(self.facts[: self.given]):
            if sign != "=" or number in self.ignored or len(poly.terms) != 2:
                continue
            lead = min((term for term, _ in poly.terms), key=lambda term: len(term.factors))
            if [(one, len(indices)) for one, indices in lead.factors] != [(name, len(at))]:
                continue
            new = dict(zip(lead.factors[0][1], at, strict=True))
            places = tuple(new.get(index, index) for index in each)
            for coefficient in (Fraction(1), Fraction(-1)):
                own = Cofactor(coefficient, (), (), number, places)
                if canonical_poly(own.multiple(self.facts)) == wanted:
                    return membership(wanted, [own], self.facts)
        return None


class Divisor(NamedTuple):
    """A hypothesis p·e = c, where p is the letter; c may be 0 on a diagonal."""

    number: int
    letter: str
    value: Number


def _times(poly: Poly, number: int, at: tuple[Free, ...], by: Fraction) -> list[Cofactor]:
    """by · poly · hypothesis, a cofactor for each term of the polynomial."""
    return [Cofactor(by * value, term.factors, term.bound, number, at) for term, value in poly.terms]


def _without(poly: Poly, cofactors: Sequence[Cofactor], facts: Sequence[Fact]) -> Poly:
    return canonical_poly(add(poly, *(scale(Fraction(-1), cofactor.multiple(facts)) for cofactor in cofactors)))


def _equates(fact: Fact) -> bool:
    """Whether the hypothesis says that one delta of fixed indices is 1."""
    each, poly = fact.each, fact.poly
    letters = [(term, value) for term, value in poly.terms if term.factors]
    rest = sum((value for term, value in poly.terms if not term.factors), Fraction(0))
    if each or len(letters) != 1:
        return False
    term, value = letters[0]
    return [name for name, _ in term.factors] == ["delta"] and rest == -value


def _negated(cofactor: Cofactor) -> Cofactor:
    return Cofactor(-cofactor.coefficient, cofactor.factors, cofactor.bound, cofactor.hypothesis, cofactor.at)


def _partners(rules: Sequence[Rule], poly: Poly, end: Free) -> Iterator[tuple[str, int, str]]:
    """Letters that a rule P Q → δ would cancel at this end: the name, the slot to join, the dimension left open."""
    ends = {(name, indices.index(end)) for term, _ in poly.terms for name, indices in term.factors if end in indices}
    for rule in rules:
        if len(rule.lead.factors) != 2 or len(rule.lead.bound) != 1 or rule.extra:
            continue
        for (name, indices), (other, partner) in (rule.lead.factors, rule.lead.factors[::-1]):
            if not (len(indices) == len(partner) == 2 and 0 in indices and 0 in partner):
                continue
            if (name, indices.index(0)) in ends:
                slot = partner.index(0)
                left = partner[1 - slot]
                if isinstance(left, Free) and name != other:
                    yield other, slot, left.dim


def _open_letters(goal: Poly) -> list[Factor]:
    """The letters of the goal whose indices are all free, in order; those that are always 0 or 1 first."""
    found = {
        (name, indices)
        for term, _ in goal.terms
        for name, indices in term.factors
        if all(isinstance(index, Free) for index in indices) and not name.startswith("size:")
    }
    return sorted(found, key=lambda letter: (letter[0] != "delta" and not letter[0].startswith("in:"), repr(letter)))
