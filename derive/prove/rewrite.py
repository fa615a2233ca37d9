"""Hypotheses as rewriting rules on contraction polynomials, every step recorded as a cofactor.

A rule's lead is its heaviest term; a goal's term that contains the lead is replaced by lighter ones, so rewriting ends.
The order is total on canonical terms: weight of the letters, number of sums, then the term itself.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from derive.errors import BudgetError
from derive.kernel.rules import Fact
from derive.kernel.terms import (
    Factor,
    Free,
    Index,
    Number,
    Pair,
    Poly,
    Term,
    atom,
    collect,
    multiply,
    normal,
    times,
)
from derive.prove.canonical import canonical, naming

MOST_STEPS = 6000
"""Terms written in the rewriting of one goal and of the hypotheses for it, past which the search gives up."""

Assignment = dict[Index, Index]
Certificate = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cofactor:
    """coefficient × Σ factors × hypothesis, the hypothesis's indices set to ``at``."""

    coefficient: Number
    factors: tuple[Factor, ...]
    bound: tuple[str, ...]
    hypothesis: int
    at: tuple[Index, ...]

    def multiple(self, facts: Sequence[Fact]) -> Poly:
        """The polynomial that this cofactor adds; zero by its hypothesis."""
        return collect(self.terms(facts))

    def terms(self, facts: Sequence[Fact]) -> list[Pair]:
        """Its terms, in the order in which the kernel makes them."""
        each, poly = facts[self.hypothesis].each, facts[self.hypothesis].poly
        own, new = (Term(self.factors, self.bound), self.coefficient), dict(zip(each, self.at, strict=True))
        return [(normal(*term), value) for term, value in times([own], poly.terms, new)]

    def data(self) -> dict[str, Any]:
        return {
            "coefficient": str(self.coefficient),
            "factors": factors_data(self.factors),
            "bound": list(self.bound),
            "hypothesis": self.hypothesis,
            "at": [index_data(index) for index in self.at],
        }


Multiple = tuple[Cofactor, list[Pair]]
"""A cofactor, and its terms."""


def index_data(index: Index) -> int | str:
    return index if isinstance(index, int) else index.name


def factors_data(factors: Sequence[Factor]) -> list[list[Any]]:
    return [[name, [index_data(index) for index in indices]] for name, indices in factors]


def poly_data(poly: Poly) -> list[dict[str, Any]]:
    return [
        {"coefficient": str(value), "factors": factors_data(term.factors), "bound": list(term.bound)}
        for term, value in poly.terms
    ]


def canonical_poly(poly: Poly) -> Poly:
    return collect((canonical(term), value) for term, value in poly.terms)


def membership(goal: Poly, cofactors: Sequence[Cofactor], facts: Sequence[Fact]) -> Certificate:
    """The certificate that the goal is the sum of the cofactors, without those that come to nothing together."""
    needed = _needed([(cofactor, cofactor.terms(facts)) for cofactor in cofactors])
    taken = ((term, -value) for _, terms in needed for term, value in terms)
    rest = collect([*goal.terms, *taken])
    names = [list(naming(term)) for term, _ in rest.terms]
    return {"rule": "membership", "cofactors": [cofactor.data() for cofactor, _ in needed], "names": names}


def _needed(multiples: Sequence[Multiple]) -> list[Multiple]:
    """The cofactors but for those of hypotheses whose multiples cancel: what these say is not used."""
    groups: dict[int, list[list[Pair]]] = {}
    for cofactor, terms in multiples:
        groups.setdefault(cofactor.hypothesis, []).append(terms)
    needless = {number for number, group in groups.items() if len(group) > 1 and _cancel(group)}
    return [multiple for multiple in multiples if multiple[0].hypothesis not in needless]


def _cancel(multiples: Sequence[list[Pair]]) -> bool:
    """Whether the terms add up to nothing; where their coefficients do not, they need not be named for that."""
    pairs = [pair for terms in multiples for pair in terms]
    if sum(value for _, value in pairs):
        return False
    return not collect((canonical(term), value) for term, value in pairs)


def as_read(poly: Poly) -> Poly:
    """The polynomial with the numbers that the kernel gives its summed indices when it reads it from a certificate."""
    return collect((normal(term.factors, term.bound), value) for term, value in poly.terms)


class Lemma(NamedTuple):
    """An equation that is proved first and then used: ``poly``, as read, is zero for all values of ``each``."""

    each: tuple[Free, ...]
    poly: Poly
    proof: Certificate

    @property
    def fact(self) -> Fact:
        return Fact("lemma", self.each, self.poly)


def after_lemmas(lemmas: Sequence[Lemma], last: Certificate) -> Certificate:
    """The certificate that proves the lemmas one after the other, and then what the last one proves."""
    found = last
    for each, poly, proof in reversed(lemmas):
        names = [list(index) for index in each]
        found = {"rule": "lemma", "each": names, "zero": poly_data(poly), "proof": proof, "then": found}
    return found


# The order of terms -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Order:
    """Letters weigh 10 unless raised; what is 0 or 1 weighs little."""

    weights: dict[str, int] = field(default_factory=dict)
    keys: dict[Term, tuple[object, ...]] = field(default_factory=dict)

    def weight(self, term: Term) -> int:
        return sum(self._letter(name) for name, _ in term.factors)

    def _letter(self, name: str) -> int:
        if name in self.weights:
            return self.weights[name]
        return 1 if name == "delta" or ":" in name else 10

    def key(self, term: Term) -> tuple[object, ...]:
        if term not in self.keys:
            self.keys[term] = self._key(term)
        return self.keys[term]

    def _key(self, term: Term) -> tuple[object, ...]:
        rows = tuple((name, tuple(_index_key(index) for index in indices)) for name, indices in term.factors)
        return (self.weight(term), len(term.bound), rows)


def _index_key(index: Index) -> tuple[int, str, int]:
    return (0, "", index) if isinstance(index, int) else (1, index.name, 0)


def eliminating(facts: Sequence[Fact]) -> Order:
    """An order in which a letter that an equation gives by others outweighs its value, as Σ does in Σ = UΛUᵀ."""
    order = Order()
    for _ in range(len(facts) + 1):
        before = dict(order.weights)
        for fact in facts:
            _raise_weight(order, fact.each, fact.poly)
        if before == order.weights:
            break
    return order


def _raise_weight(order: Order, each: Sequence[Free], poly: Poly) -> None:
    for lead, _ in poly.terms:
        rest = [term for term, _ in poly.terms if term != lead]
        if len(lead.factors) != 1 or lead.bound or lead.factors[0][0] in {"delta"} or ":" in lead.factors[0][0]:
            continue
        name, indices = lead.factors[0]
        if set(indices) != set(each) or len(set(indices)) < len(indices):
            continue
        if any(name == other for term in rest for other, _ in term.factors):
            continue
        needed = max((order.weight(term) for term in rest), default=0) + 1
        if needed > order.weights.get(name, 10) and needed < 10_000:
            order.weights[name] = needed
        return


# Rules --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """Hypothesis number ``fact``, multiplied by the deltas ``extra``, read from its ``lead`` to the rest."""

    fact: int
    each: tuple[Free, ...]
    lead: Term
    coefficient: Number
    extra: tuple[Factor, ...] = ()
    names: frozenset[str] = frozenset()
    """The letters of the lead: a term without one of them need not be looked at."""


def rules_of(number: int, fact: Fact, order: Order, deltas: Sequence[Factor] = ()) -> Iterator[Rule]:
    """The hypothesis as rules: one for each of its heaviest terms that mentions all its indices."""
    each, poly = fact.each, fact.poly
    for extra in ((), *((delta,) for delta in deltas)):
        changed = poly
        for name, indices in extra:
            changed = canonical_poly(multiply(poly, atom(name, indices)))
        if not changed or (extra and all(_beside(term, extra, poly) for term, _ in changed.terms)):
            continue
        heaviest = max(order.weight(term) for term, _ in changed.terms)
        for lead, coefficient in changed.terms:
            free = {index for _, indices in lead.factors for index in indices}
            if lead.factors and order.weight(lead) == heaviest and set(each) <= free:
                yield Rule(number, each, lead, coefficient, extra, frozenset(name for name, _ in lead.factors))


def _beside(term: Term, extra: Sequence[Factor], poly: Poly) -> bool:
    """Whether the delta did nothing but stand beside a term."""
    if not set(extra) <= set(term.factors):
        return False
    rest = normal([factor for factor in term.factors if factor not in extra], term.bound)
    return any(canonical(rest) == canonical(other) for other, _ in poly.terms)


def matches(rule: Rule, term: Term) -> Iterator[tuple[Assignment, frozenset[int]]]:
    """The ways in which the rule's lead is a part of the term: images of its indices, and the places that it takes.

    A sum of the lead must be a sum of the term that reaches nothing else.
    """
    variables = set(rule.each)
    uses: dict[int, int] = {}
    for _, indices in term.factors:
        for index in indices:
            if isinstance(index, int):
                uses[index] = uses.get(index, 0) + 1

    def extend(place: int, image: Assignment, taken: frozenset[int]) -> Iterator[tuple[Assignment, frozenset[int]]]:
        if place == len(rule.lead.factors):
            if _closed(rule, image, taken, term, uses):
                yield image, taken
            return
        name, pattern = rule.lead.factors[place]
        for at, (other, indices) in enumerate(term.factors):
            if other == name and at not in taken:
                new = _bind(pattern, indices, image, variables)
                if new is not None:
                    yield from extend(place + 1, new, taken | {at})

    yield from extend(0, {}, frozenset())


def _bind(
    pattern: Sequence[Index], indices: Sequence[Index], image: Assignment, variables: set[Free]
) -> Assignment | None:
    new = dict(image)
    for want, have in zip(pattern, indices, strict=True):
        if isinstance(want, Free) and want not in variables:
            if want != have:
                return None
        elif new.setdefault(want, have) != have:
            return None
    return new


def _closed(rule: Rule, image: Assignment, taken: frozenset[int], term: Term, uses: dict[int, int]) -> bool:
    """Whether the sums of the lead are sums of the term over the places taken, and over nothing else."""
    sums = [have for want, have in image.items() if isinstance(want, int)]
    others = {have for want, have in image.items() if not isinstance(want, int)}
    if len(set(sums)) < len(sums) or not all(isinstance(have, int) for have in sums) or others & set(sums):
        return False
    inside: dict[Index, int] = {}
    for place in taken:
        for index in term.factors[place][1]:
            inside[index] = inside.get(index, 0) + 1
    return all(inside[have] == uses[have] for have in sums if isinstance(have, int))


# Rewriting ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Budget:
    """So many steps may be taken."""

    most: int
    steps: int = 0

    @property
    def spent(self) -> bool:
        return self.steps > self.most

    def spend(self, steps: int) -> None:
        """Count the steps.

        Raises:
            BudgetError: they are more than are left.
        """
        self.steps += steps
        if self.spent:
            raise BudgetError(f"the search stopped after {self.most} rewriting steps")


@dataclass(slots=True)
class Rewriter:
    """Rewrites polynomials by rules, against a budget that all parts of a search share."""

    facts: list[Fact]
    order: Order
    budget: Budget

    def reduce(self, poly: Poly, rules: Sequence[Rule]) -> tuple[Poly, list[Cofactor]]:
        """A polynomial that no rule applies to, and the cofactors with poly − Σ cofactors = result.

        Raises:
            BudgetError: the budget is spent.
        """
        rest, used = dict(canonical_poly(poly).terms), list[Cofactor]()
        todo = sorted((self.order.key(term), term) for term in rest)
        while todo:
            key, term = todo.pop()
            if (todo and todo[-1][0] == key) or term not in rest:  # there is one entry for each time that it came up
                continue
            step = self._step(term, key, rest[term], rules)
            if step is None:
                continue
            used.append(step[0])
            for other, value in step[1].terms:
                new = rest.get(other, Fraction(0)) - value
                if not new:
                    del rest[other]
                    continue
                if other not in rest:
                    insort(todo, (self.order.key(other), other))
                rest[other] = new
        return Poly(tuple(rest.items())), used

    def _step(
        self, term: Term, key: tuple[object, ...], value: Number, rules: Sequence[Rule]
    ) -> tuple[Cofactor, Poly] | None:
        """A cofactor that replaces the term by lighter ones, and what it subtracts."""
        names = {name for name, _ in term.factors}
        for rule in rules:
            for image, taken in matches(rule, term) if rule.names <= names else ():
                self.budget.spend(len(self.facts[rule.fact].poly.terms))
                cofactor = self._cofactor(rule, term, value, image, taken)
                after = canonical_poly(cofactor.multiple(self.facts))
                if all(other == term or self.order.key(other) < key for other, _ in after.terms):
                    return cofactor, after
        return None

    def _cofactor(self, rule: Rule, term: Term, value: Number, image: Assignment, taken: frozenset[int]) -> Cofactor:
        kept = [factor for place, factor in enumerate(term.factors) if place not in taken] + list(rule.extra)
        at = [image[index] for index in rule.each]
        order: dict[int, int] = {}
        for index in (*(index for _, indices in kept for index in indices), *at):
            if isinstance(index, int):
                order.setdefault(index, len(order))
        factors = tuple((name, tuple(_renumber(index, order) for index in indices)) for name, indices in kept)
        bound = tuple(term.bound[index] for index in order)
        places = tuple(_renumber(index, order) for index in at)
        return Cofactor(Fraction(value) / rule.coefficient, factors, bound, rule.fact, places)


def _renumber(index: Index, order: dict[int, int]) -> Index:
    return order[index] if isinstance(index, int) else index
