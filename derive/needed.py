"""Which hypotheses a proved claim needs.

A hypothesis is *needed* where a model of all others is found in which the claim fails, *unused* where the claim is
proved without it, and *undetermined* where neither is found. Where the claim has no value without it, as (AᵀA)⁻¹ has
none where AᵀA is singular, it *gives the statement its meaning*.

Only what is assumed can be needed. What a claim uses of an earlier one is first proved from what is assumed; where that
is not found, all that the earlier claim assumes counts as used *through* it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from derive.crosscheck.enumeration import MOST_ENTRIES, Search, Table, entries_at, exact, simplest
from derive.crosscheck.instances import signature, small_sizes
from derive.crosscheck.pool import shared_models
from derive.crosscheck.truth import holds
from derive.errors import IrrationalError, UndefinedError
from derive.evaluate import Evaluator, Instance
from derive.judges import Subject
from derive.language.derivation import Assumption, Claim, ModelMaker
from derive.language.indices import DimOrder
from derive.language.statements import Hypothesis
from derive.refute import MOST_CONFIRMED, described, fails, judged, values_text
from derive.report import Counterexample, Hypotheses, Without

Prove = Callable[[Subject, tuple[Assumption, ...], bool], "frozenset[str] | None"]
"""``prove(subject, assumptions, quick)``: the names of what a proof from these alone uses; None where none is found."""

MOST_SIZES, MOST_FRACTIONAL = 4, 1
"""Sizes at which nearly all small instances are gone through, and those with fractions among their entries."""
MOST_FAILURES = {True: 4, False: 1}
"""Quick and slow searches for a proof that may be in vain in one claim: finding one is quick, finding none is not."""
MOST_NODES = {"=": 130, "≤": 40, "<": 40}
"""Nodes of the sides of a line, past which it is not proved in other ways."""
MOST_BUILT, BUILT_SIZES, BUILT_TRIES = 3, 2, 3
"""Hypotheses, sizes and tries at each of them for models that are built."""


@dataclass(slots=True)
class Line:
    """A proved sequent: the number of its step, and the names of what its proof uses."""

    step: int
    subject: Subject
    used: frozenset[str]


@dataclass(slots=True)
class Analysis:
    """The search for what a claim needs."""

    claim: Claim
    lines: Sequence[Line]
    prove: Prove
    seed: int
    needed: dict[str, Counterexample] = field(default_factory=dict)
    meaning: dict[str, Counterexample] = field(default_factory=dict)
    failures: Counter[bool] = field(default_factory=Counter)

    def found(self) -> Hypotheses:
        for group in self.groups():
            self._enumerated(group)
        if self._open():
            self._proved_from_what_is_assumed()
        # Models before proofs: what a model shows to be needed has no proof without it, and not to find one costs most.
        for name in self._open()[:MOST_BUILT]:
            self._built(name)
        for name in self._open():
            self._removed(name)
        return self._result()

    # What is used

    def base(self) -> dict[str, Assumption]:
        """What is assumed, by name."""
        return {a.name: a for a in self.claim.hypotheses if not a.origin and not isinstance(a.statement, DimOrder)}

    def facts(self) -> dict[str, Assumption]:
        """What earlier claims state, by name."""
        return {a.name: a for a in self.claim.hypotheses if a.origin}

    def assumed_by(self, origin: str) -> frozenset[str]:
        """The names of what the claim that a fact comes from assumes."""
        found = (other for other in self.claim.rests_on if other.label == origin)
        return frozenset(a.name for other in found for a in other.hypotheses if not a.origin) & self.base().keys()

    def uses(self, line: Line) -> frozenset[str]:
        """The names of what is assumed, by the claim or in the line's own premises, that a line rests on."""
        facts = self.facts()
        found = line.used & (self.base().keys() | {str(p) for p in line.subject.sequent.premises})
        for name in line.used & facts.keys():
            found |= self.assumed_by(facts[name].origin)
        for other in self.lines:
            if f"step {other.step}" in line.used and other.step < line.step:
                found |= self.uses(other)
        return found

    def used(self) -> dict[str, None]:
        """Everything that some line rests on, in the order in which it is declared."""
        every = frozenset[str]().union(*(self.uses(line) for line in self.lines))
        names = dict.fromkeys((*self.base(), *(str(p) for line in self.lines for p in line.subject.sequent.premises)))
        return {name: None for name in names if name in every}

    def through(self) -> dict[str, str]:
        """What is used only through an earlier claim, and through which."""
        facts = self.facts()
        direct = frozenset[str]().union(*(line.used for line in self.lines))
        found = {n: facts[f].origin for f in facts if f in direct for n in self.assumed_by(facts[f].origin)}
        return {name: found[name] for name in self.used() if name in found and name not in direct}

    def _open(self) -> list[str]:
        """What is used and not settled."""
        return [name for name in self.used() if name not in self.needed and name not in self.meaning]

    def _result(self) -> Hypotheses:
        used, through = self.used(), self.through()
        direct = frozenset[str]().union(*(line.used for line in self.lines))
        settled = self.needed.keys() - used.keys()
        kept = {**used, **dict.fromkeys(name for name in self.facts() if name in direct)}
        declared = dict.fromkeys(a.name for a in self.claim.hypotheses)
        return Hypotheses(
            used=tuple(kept),
            unused=tuple(name for name in declared if name not in kept),
            needed=tuple(Without(name, found) for name, found in self.needed.items() if name not in settled),
            meaning=tuple(Without(name, found) for name, found in self.meaning.items() if name in used),
            undetermined=tuple(name for name in self._open()),
            through=through,
        )

    # Proofs with less

    def _proved(self, subject: Subject, assumptions: tuple[Assumption, ...]) -> frozenset[str] | None:
        sides = (subject.goal.left, subject.goal.right)
        if sum(1 for side in sides for _ in side.every()) > MOST_NODES[subject.goal.sign]:
            return None
        for quick, most in MOST_FAILURES.items():
            found = self.prove(subject, assumptions, quick) if self.failures[quick] < most else None
            if found is not None:
                return found
            self.failures[quick] += 1
        return None

    def _proved_from_what_is_assumed(self) -> None:
        """Lines that use earlier claims, without these."""
        facts = self.facts().keys()
        for line in self.lines:
            if line.used & facts:
                found = self._proved(line.subject, (*self._orders(), *self.base().values(), *self._steps(line.step)))
                line.used = line.used if found is None else found

    def _removed(self, name: str) -> None:
        """Every line that rests on the hypothesis, proved without it; if one is not, nothing is changed."""
        new: dict[int, frozenset[str]] = {}
        for number, line in enumerate(self.lines):
            if name in self.uses(line):
                subject = _without_premise(line.subject, name)
                kept = [a for a in self.base().values() if a.name != name]
                kept += [a for a in self.facts().values() if name not in self.assumed_by(a.origin)]
                given = (*self._orders(), *kept, *self._steps(line.step))
                found = self._proved(subject, given) if subject is not None else None
                if found is None:
                    return
                new[number] = found
        for number, used in new.items():
            self.lines[number].used = used

    def _orders(self) -> list[Assumption]:
        return [a for a in self.claim.hypotheses if isinstance(a.statement, DimOrder)]

    def _steps(self, number: int) -> list[Assumption]:
        """The equations of the steps before, which are proved without the hypothesis by the time they are used."""
        plain = [line for line in self.lines if line.step < number and not line.subject.sequent.premises]
        return [Assumption(line.subject.goal, f"step {line.step}") for line in plain if line.subject.goal.sign == "="]

    # Models of the others

    def groups(self) -> list[Group]:
        """Lines with the same premises, which are looked at together."""
        found: dict[object, list[Subject]] = {}
        for line in self.lines:
            found.setdefault((line.subject.sequent.premises, line.subject.sequent.chosen), []).append(line.subject)
        wanted, base = frozenset(self._open()), [(a.name, a.statement) for a in self.base().values()]
        orders = [(a.name, a.statement) for a in self._orders()]
        return [Group(subjects, [*orders, *base], wanted, self.seed) for subjects in found.values()]

    def _enumerated(self, group: Group) -> None:
        group.wanted &= frozenset(self._open())
        for name, (found, defined) in group.enumerated().items():
            (self.needed if defined else self.meaning).setdefault(name, found)

    def _built(self, name: str) -> None:
        built = (group.built(name, self.claim.derivation.model_maker) for group in self.groups())
        found = next((one for one in built if one is not None), None)
        if found is not None:
            self.needed[name] = found


def _without_premise(subject: Subject, name: str) -> Subject | None:
    """The subject without the premise of this name, if it has one; without a premise of the derivation nothing."""
    premises = subject.sequent.premises
    kept = tuple(p for p in premises if str(p) != name)
    if kept == premises:
        return subject
    sequent = replace(subject.sequent, premises=kept)
    return Subject(sequent, subject.assumptions, subject.maker, subject.digits, subject.seed)


class Group:
    """Sequents with the same premises, under named hypotheses of which ``wanted`` are to be shown needed."""

    def __init__(
        self, subjects: Sequence[Subject], base: Sequence[tuple[str, Hypothesis]], wanted: frozenset[str], seed: int
    ) -> None:
        sequent = subjects[0].sequent
        self.subjects = subjects
        self.hypotheses: list[tuple[str, Hypothesis]] = [*base, *((str(p), p) for p in sequent.premises)]
        self.chosen, self.seed = sequent.chosen, seed
        self.wanted = wanted & {name for name, _ in self.hypotheses}
        sides = [side for subject in subjects for side in (subject.goal.left, subject.goal.right)]
        self.signature = signature(sides, [hypothesis for _, hypothesis in self.hypotheses])

    def enumerated(self) -> dict[str, tuple[Counterexample, bool]]:
        """For a hypothesis: a model of the others at which a sequent fails, and True; or has no value, and False."""
        found: dict[str, tuple[Counterexample, bool]] = {}
        for sizes, fractions in self._passes():
            open_ones = self.wanted - {name for name, (_, defined) in found.items() if defined}
            search = Search(self.signature, self.hypotheses, open_ones, self.seed, fractions)
            for place, rows in search.tables(sizes) if open_ones else ():
                for name, shown, defined in self._shown(place, rows.kept(np.flatnonzero(rows.false >= 0))):
                    if defined or name not in found:
                        found[name] = (shown, defined)
                if all(name in found and found[name][1] for name in open_ones):
                    break
        return found

    def _passes(self) -> Iterator[tuple[dict[str, int], bool]]:
        for fractions, count in ((False, MOST_SIZES), (True, MOST_FRACTIONAL)):
            for sizes in islice(small_sizes(self.signature), count):
                if entries_at(self.signature, sizes) <= MOST_ENTRIES:
                    yield sizes, fractions

    def _shown(self, place: Instance, table: Table) -> Iterator[tuple[str, Counterexample, bool]]:
        if not len(table):
            return
        for subject in self.subjects:
            false, defined = judged(subject, place, table)
            for number in np.unique(table.false).tolist():
                name = self.hypotheses[number][0]
                for rows, has_value in ((false & defined, True), (~defined, False)):
                    tried = simplest(table, rows & (table.false == number))[:MOST_CONFIRMED]
                    shown = (self._confirmed(subject, exact(place, table, row), name, has_value) for row in tried)
                    best = next((one for one in shown if one is not None), None)
                    if best is not None:
                        yield name, best, has_value

    def _confirmed(self, subject: Subject, instance: Instance, name: str, defined: bool) -> Counterexample | None:
        """What is seen at the instance exactly, if it is a model of all hypotheses but the one of this name."""
        instance = replace(instance, values={letter: instance.values[letter] for letter in self.signature.symbols})
        evaluator = Evaluator(instance)
        try:
            if any(holds(hypothesis, evaluator) == (other == name) for other, hypothesis in self.hypotheses):
                return None
        except UndefinedError:
            return None
        try:
            false = fails(subject, instance)
            return described(subject, instance) if defined and false else None
        except IrrationalError:
            return None
        except UndefinedError as error:
            return None if defined else _undefined(instance, str(error))

    def built(self, name: str, maker: ModelMaker | None) -> Counterexample | None:
        """A model of the others that is built, at which a sequent fails."""
        if name not in self.wanted:
            return None
        others = tuple(hypothesis for other, hypothesis in self.hypotheses if other != name)
        outcomes = self.subjects[0].outcomes
        for sizes in islice(small_sizes(self.signature), BUILT_SIZES):
            for spread in (1, 9):
                for model in shared_models(
                    self.signature, others, (), sizes, spread, maker, self.seed, BUILT_TRIES, outcomes
                ):
                    shown = (self._confirmed(subject, model.instance, name, True) for subject in self.subjects)
                    best = next((one for one in shown if one is not None), None)
                    if best is not None:
                        return best
        return None


def _undefined(instance: Instance, why: str) -> Counterexample:
    return Counterexample(dict(instance.sizes), values_text(instance), why, why)


def analysed(claim: Claim, lines: Sequence[Line], prove: Prove, seed: int) -> Hypotheses:
    """Which hypotheses of a proved claim are needed, which are not, and of which that is not known.

    Args:
        lines: what was proved of each step, in order.
        prove: looks for a proof from given assumptions alone.
    """
    return Analysis(claim, lines, prove, seed).found()
