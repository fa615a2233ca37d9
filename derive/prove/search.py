"""Finds a certificate for a statement, or says why it found none.

First the two sides as they are; then rewriting by the hypotheses, which are first rewritten by one another; then
divisors cleared; then a vanishing sum of squares; then cases on the 0-or-1 letters of the goal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derive.errors import BudgetError
from derive.kernel.rules import Fact
from derive.kernel.statement import Formula, Scope, Statement, expand
from derive.kernel.terms import (
    Factor,
    Free,
    Index,
    Poly,
    Term,
    add,
    atom,
    collect,
    constant,
    multiply,
    normal,
    remapped,
    scale,
    show,
    total,
)
from derive.prove.canonical import naming
from derive.prove.rewrite import (
    Cofactor,
    Order,
    Rewriter,
    Rule,
    canonical_poly,
    eliminating,
    poly_data,
    rules_of,
)

Certificate = dict[str, Any]
MOST_ROUNDS = 4
"""Rounds in which hypotheses are rewritten by one another."""
DEEPEST_SPLIT = 2
"""Letters that one proof may split on, one inside the other."""


@dataclass(frozen=True, slots=True)
class Square:
    """weight · Σ_each root², a part of a difference that is to be seen to be non-negative."""

    weight: Fraction
    each: tuple[Free, ...]
    root: Formula


@dataclass(frozen=True, slots=True)
class Found:
    """A certificate, or None and the reason."""

    certificate: Certificate | None
    reason: str = ""


def find_certificate(
    statement: Statement, squares: Sequence[Square] | None = None, unused: frozenset[str] = frozenset()
) -> Found:
    """Search for a certificate of the statement.

    Args:
        squares: how right − left of an inequality is a sum of squares.
        unused: hypotheses, by name, that the search is not to use.
    """
    scope = Scope(statement)
    facts: list[Fact] = []
    for number, hypothesis in enumerate(statement.hypotheses):
        inner = scope.within(hypothesis.each)
        poly = add(expand(hypothesis.left, inner), scale(Fraction(-1), expand(hypothesis.right, inner)))
        poly = poly if hypothesis.sign == "=" else scale(Fraction(-1), poly)
        facts.append(_renamed_apart(number, hypothesis.name, hypothesis.each, poly, hypothesis.sign))
    inner = scope.within(statement.each)
    left, right = expand(statement.left, inner), expand(statement.right, inner)
    try:
        if statement.sign == "≤":
            return _prove_sign(add(right, scale(Fraction(-1), left)), facts, inner, squares)
        ignored = frozenset(number for number, fact in enumerate(facts) if fact.name in unused)
        return _prove_zero(add(left, scale(Fraction(-1), right)), statement.each, facts, ignored)
    except BudgetError as error:
        return Found(None, str(error))


def _renamed_apart(number: int, name: str, each: tuple[Free, ...], poly: Poly, sign: str) -> Fact:
    """The hypothesis with names for its indices that nothing else has; certificates give them by position."""
    own = tuple(Free(f"_h{number}_{k}", index.dim) for k, index in enumerate(each))
    new: dict[Free, Index] = dict(zip(each, own, strict=True))
    renamed = collect((normal(remapped(t.factors, new=new), t.bound), value) for t, value in poly.terms)
    return Fact(name, own, renamed, sign)


def _prove_zero(
    goal: Poly, each: tuple[Free, ...], facts: list[Fact], ignored: frozenset[int] = frozenset()
) -> Found:
    if not canonical_poly(goal):
        return Found(_membership(goal, [], facts))
    if len(ignored) == len(facts):
        return Found(None, f"the sides differ by {show(canonical_poly(goal))}")
    prover = Prover(list(facts), _mentioned(goal, facts), ignored)
    found = prover.zero(goal, each, DEEPEST_SPLIT)
    if found is None:
        return Found(None, f"no combination of the hypotheses was found for {show(canonical_poly(goal))}")
    return Found(pruned(found, len(facts)))


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


def _membership(goal: Poly, cofactors: Sequence[Cofactor], facts: Sequence[Fact]) -> Certificate:
    rest = goal
    for cofactor in cofactors:
        rest = add(rest, scale(Fraction(-1), cofactor.multiple(facts)))
    names = [list(naming(term)) for term, _ in rest.terms]
    return {"rule": "membership", "cofactors": [cofactor.data() for cofactor in cofactors], "names": names}


class Prover:
    """One search: hypotheses, those derived from them, and the rules that they make."""

    def __init__(self, facts: list[Fact], constants: Sequence[Free], ignored: frozenset[int] = frozenset()) -> None:
        self.given = len(facts)
        self.facts = facts
        self.lemmas: list[tuple[tuple[Free, ...], Poly, Certificate]] = []
        self.constants = constants
        self.replaced = {*ignored, *(number for number, fact in enumerate(facts) if fact.sign != "=")}
        self.order = self._elimination()
        self.rewriter = Rewriter(self.facts, self.order)
        self.made: dict[int, list[Rule]] = {}
        self.equations = [number for number, fact in enumerate(facts) if fact.sign == "=" and _equates(fact)]
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
        self.lemmas.append((each, poly, _membership(poly, cofactors, self.facts)))
        self.facts.append(Fact(f"lemma {len(self.lemmas)}", each, poly))
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
        found = self._direct(goal) or self._squares(goal, each) or self._split(goal, splits)
        return self._after_lemmas(found) if found else None

    def _after_lemmas(self, last: Certificate) -> Certificate:
        found = last
        for each, poly, proof in reversed(self.lemmas):
            zero = poly_data(poly)
            names = [list(index) for index in each]
            found = {"rule": "lemma", "each": names, "zero": zero, "proof": proof, "then": found}
        return found

    def _direct(self, goal: Poly) -> Certificate | None:
        rest, used = self._equated(goal)
        rules = self.rules()
        rest, more = self.rewriter.reduce(rest, rules)
        used += more
        if rest:
            rest, more = self._cleared(rest, rules)
            used += more
        return None if rest else _membership(goal, used, self.facts)

    def _equated(self, goal: Poly) -> tuple[Poly, list[Cofactor]]:
        """The goal times every delta that a hypothesis says is 1."""
        used: list[Cofactor] = []
        for number in self.equations:
            used += [Cofactor(-value, term.factors, term.bound, number, ()) for term, value in goal.terms]
            (letter,) = (t.factors for t, _ in self.facts[number][2].terms if t.factors)
            goal = canonical_poly(multiply(goal, collect([(Term(letter, ()), Fraction(1))])))
        return goal, used

    def _cleared(self, rest: Poly, rules: Sequence[Rule]) -> tuple[Poly, list[Cofactor]]:
        """Multiply by divisors until all terms have the same power of each reciprocal; rewrite without their rules."""
        used: list[Cofactor] = []
        reciprocals = [found for number in range(len(self.facts)) if (found := self._reciprocal(number))]
        for number, letter, value in reciprocals:
            rest, more = self._homogenised(rest, number, letter, value)
            used += more
        kept = [rule for rule in rules if rule.fact not in {number for number, _, _ in reciprocals}]
        rest, more = self.rewriter.reduce(rest, kept)
        return rest, used + more

    def _reciprocal(self, number: int) -> tuple[int, str, Fraction] | None:
        """A hypothesis p·e = c: its number, the letter p, and c."""
        each, poly = self.facts[number].each, self.facts[number].poly
        plain = [value for term, value in poly.terms if not term.factors]
        others = [{name for name, indices in term.factors if not indices} for term, _ in poly.terms if term.factors]
        common = sorted(set.intersection(*others) if others else set())
        if each or not plain or not common or number in self.replaced:
            return None
        return number, max(common, key=lambda name: (name.startswith("recip"), name)), -plain[0]

    def _homogenised(self, rest: Poly, number: int, letter: str, value: Fraction) -> tuple[Poly, list[Cofactor]]:
        """Terms with fewer factors ``letter`` than the most, times p·e/c."""
        used: list[Cofactor] = []

        def degree(term: Term) -> int:
            return sum(name == letter for name, _ in term.factors)

        top = max((degree(term) for term, _ in rest.terms), default=0)
        while low := [(t, v) for t, v in rest.terms if degree(t) < top]:
            step = [Cofactor(-v / value, t.factors, t.bound, number, ()) for t, v in low]
            used += step
            rest = canonical_poly(add(rest, *(scale(Fraction(-1), c.multiple(self.facts)) for c in step)))
        return rest, used

    def _squares(self, goal: Poly, each: tuple[Free, ...]) -> Certificate | None:
        if not each:
            return None
        proof = self._direct(total(each, multiply(goal, goal)))
        return {"rule": "squares", "squares": [], "proof": proof} if proof else None

    def _split(self, goal: Poly, splits: int) -> Certificate | None:
        if not splits:
            return None
        for letter in _open_letters(goal):
            branches = {}
            for branch, value in (("zero", 0), ("one", 1)):
                case = add(atom(*letter), constant(Fraction(-value)))
                facts = [*self.facts, Fact(f"case {letter[0]} = {value}", (), case)]
                branches[branch] = Prover(facts, self.constants, frozenset(self.replaced)).zero(goal, (), splits - 1)
                if branches[branch] is None:
                    break
            else:
                indices = [index.name for index in letter[1] if isinstance(index, Free)]
                return {"rule": "split", "letter": [letter[0], indices], **branches}
        return None


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
            if len(indices) == len(partner) == 2 and (name, indices.index(0)) in ends:
                slot = partner.index(0)
                left = partner[1 - slot]
                if isinstance(left, Free) and name != other:
                    yield other, slot, left.dim


def _open_letters(goal: Poly) -> list[Factor]:
    """The 0-or-1 letters of the goal whose indices are all free, in order."""
    found = {
        (name, indices)
        for term, _ in goal.terms
        for name, indices in term.factors
        if (name == "delta" or name.startswith("in:")) and all(isinstance(index, Free) for index in indices)
    }
    return sorted(found, key=repr)


def _prove_sign(gap: Poly, facts: list[Fact], scope: Scope, squares: Sequence[Square] | None) -> Found:
    if squares is None:
        return Found(None, "the difference of the sides is not written as a sum of squares")
    rows, seen = [], Poly(())
    for square in squares:
        root = expand(square.root, scope.within(square.each))
        names = [list(index) for index in square.each]
        rows.append({"weight": str(square.weight), "each": names, "root": poly_data(root), "times": []})
        seen = add(seen, scale(square.weight, total(square.each, multiply(root, root))))
    found = _prove_zero(add(gap, scale(Fraction(-1), seen)), (), facts)
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
