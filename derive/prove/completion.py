"""Ideal membership in words: noncommutative completion with cofactors, under a budget.

Hypotheses become rules, heaviest monomial first (degree, then lexicographic). Two rules whose heads overlap give a new
one, smallest overlap first (Buchberger's method, for words Mora's), until the goal rewrites to zero. Every row knows
what it was made of, so the goal's own combination of hypotheses is read off at the end.
"""

from __future__ import annotations

import heapq
import sys
from bisect import insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from fractions import Fraction
from operator import itemgetter
from typing import NamedTuple

from derive.prove.combination import Combination, Row, Step, add_to, product
from derive.prove.words import FLAT, UNIT, Alphabet, Atom, Letter, Monomial, Number, Reading, Words, number

FEW_STEPS = 600
"""Rewriting steps and overlaps of one completion, before other ways are tried."""
MOST_STEPS, STEPS_EACH = 1000, 60
"""The same, past which it gives up: so many, and as many again for each hypothesis."""
SLACK = 3
"""How many letters an overlap may have more than the longest word of the hypotheses."""


Rewriting = tuple[Step, list[tuple[Monomial, Number]]]
"""Where a row is taken off a monomial, and what that adds to it in the monomial's place."""


class Rule(NamedTuple):
    """A row read from its heaviest monomial to the others: head → −rest."""

    scalars: str
    word: str
    row: int
    rest: tuple[tuple[str, str, Number], ...]
    start: str


def _divides(rule: Rule, other: Rule) -> bool:
    """Whether the first rule rewrites the head of the other."""
    inside = rule.word in other.word if rule.word else rule.start == UNIT
    return inside and quotient(other.scalars, rule.scalars) is not None


def weight(monomial: Monomial) -> tuple[int, int, str, str]:
    scalars, word = monomial
    return (len(scalars) + len(word), len(word), word, scalars)


def ratio(top: Number, bottom: Number) -> Number:
    return top * bottom if bottom in (1, -1) else number(Fraction(top) / bottom)


def quotient(scalars: str, part: str) -> str | None:
    """``scalars`` without ``part``; None if it is no part."""
    for char in part:
        if char not in scalars:
            return None
        scalars = scalars.replace(char, "", 1)
    return scalars


def least_multiple(one: str, other: str) -> str:
    if not one or not other:
        return one or other
    return "".join(sorted((Counter(one) | Counter(other)).elements()))


# Completion ---------------------------------------------------------------------------------------------------------


def identities(alphabet: Alphabet, known: dict[Letter | Atom, None]) -> Iterator[tuple[Words, str, str]]:
    """What is true of the letters themselves, for letters and scalars not yet ``known``, which they become."""
    for letter in [one for one in alphabet.codes if one not in known and not one.turned]:
        beside = [one for one in known if isinstance(one, Letter) and (one.row, one.kind) != (letter.row, "matrix")]
        known[letter] = None
        for other in [letter, *beside]:
            if other.row == letter.row:
                yield from _identities_of(alphabet, *sorted((letter, other), key=lambda one: KINDS.index(one.kind)))
    for atom in [one for one in alphabet.atom_codes if one not in known]:
        known[atom] = None
        if atom.kind == "word":
            yield {("", atom.word): 1, (alphabet.atom(atom), ""): -1}, UNIT, UNIT


KINDS = ("diagonal", "loop", "unit", "ones", "matrix")


def _identities_of(alphabet: Alphabet, one: Letter, other: Letter) -> Iterator[tuple[Words, str, str]]:
    """Diagonal matrices commute, and meet a unit vector as a number; products of unit vectors and ones are numbers."""
    a, b, dim = alphabet.code(one), alphabet.code(other), one.row
    closed = alphabet.closed
    if other.kind in FLAT:
        if a != b:
            yield {("", max(a, b) + min(a, b)): 1, ("", min(a, b) + max(a, b)): -1}, dim, dim
        elif alphabet.settled(a + a) == a:
            yield {("", a + a): 1, ("", a): -1}, dim, dim
    elif one.kind in FLAT and other.kind == "unit":
        value = closed(alphabet.transposed(b) + a + b)
        yield {("", a + b): 1, (value, b): -1}, dim, UNIT
    elif one.kind not in FLAT and other.kind != "matrix":
        word = alphabet.transposed(a) + b
        yield {("", word): 1, (closed(word), ""): -1}, UNIT, UNIT


class Meeting(NamedTuple):
    """Two rules with heads in one monomial: ``scalars`` beside one · right, which is before · other · after; or other
    stands beside the word ``outer``. What that makes of the rests may become a rule."""

    one: Rule
    other: Rule
    scalars: str
    right: str
    before: str
    after: str
    outer: str | None


class Single(NamedTuple):
    """A row that may become a rule, as it is or turned, or its trace."""

    step: Step
    start: str
    end: str


Place = tuple[int, int, int, Meeting]
"""The other rule's row, whether its head comes first, where the heads meet; and how."""
LAST = sys.maxsize
"""A place after all others."""
Waiting = tuple[int, int, Meeting | Single]
"""Its size, since small ones come first, a number, and what may become a rule. Most that wait never do."""


@dataclass(slots=True)
class Completion:
    """The rules so far, and what waits to become one; goals can be asked of it one after the other."""

    alphabet: Alphabet
    given: InitVar[dict[int, Reading]]
    rows: list[Row] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    longest: int = 0
    steps: int = 0
    limit: int = 0
    serial: int = 0
    dropped: bool = False
    known: dict[Letter | Atom, None] = field(default_factory=dict)
    """Letters and scalars that were seen, in order: what holds of two of them waits in the order of both."""
    settled: tuple[int, int] = (0, 0)
    """How many letters and scalars there were when these were last gone through."""
    replaced: set[int] = field(default_factory=set)
    traced: set[int] = field(default_factory=set)
    absurd: list[int] = field(default_factory=list)
    every: list[Rule] = field(default_factory=list)
    """The rules in the order in which they were made, with those that others have replaced."""
    scaled: list[Rule] = field(default_factory=list)
    """Those of them whose head has scalars."""
    openings: dict[str, list[Rule]] = field(default_factory=dict)
    closings: dict[str, list[Rule]] = field(default_factory=dict)
    """The rules by what the words of their heads begin with, and end with, so that few are looked at for overlaps."""
    parts: dict[str, tuple[int, list[Rule]]] = field(default_factory=dict)
    """For words that were looked at: how many rules there were then, and which of these have a head in the word."""
    checked: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """For monomials that no rule applied to, and where they start: how many rules there were then."""

    def __post_init__(self, given: dict[int, Reading]) -> None:
        for fact, reading in given.items():
            self.longest = max([self.longest, *(len(m) + len(w) for m, w in reading.words)])
            self._wait_for(self._row(Row(reading.words, reading.start, reading.end, fact)))

    def _row(self, row: Row) -> int:
        self.rows.append(row)
        return len(self.rows) - 1

    def _wait_for(self, place: int, turned: bool = False) -> None:
        row = self.rows[place]
        size = max((len(m) + len(w) for m, w in row.words), default=0)
        start, end = (row.end, row.start) if turned else (row.start, row.end)
        self._wait(size, Single(Step("", None, "", place, turned, ""), start, end))

    def _wait(self, size: int, what: Meeting | Single) -> None:
        self.serial += 1
        heapq.heappush(self.waiting, (size, self.serial, what))

    # Goals

    def reduced(self, goal: Words, start: str, used: Combination, most: int) -> Words:
        """What is left of a goal, no more rules being made than it needs; what was taken off is added to ``used``.

        Rules are made until they have taken ``most`` steps in all, whatever goals they were made for; the goal itself
        may take as many.
        """
        self._settle()
        self.limit = most
        rest, left = self._goal_reduced(goal, start, used, most)
        if start == UNIT and rest:
            self._trace_facts()
        while rest and self.waiting and not self.spent and left > 0:
            if self._next() and self._may_rewrite(rest):
                rest, left = self._goal_reduced(rest, start, used, left)
        return rest

    def _may_rewrite(self, goal: Words) -> bool:
        """Whether the newest rule may apply to a goal that no rule before it applied to."""
        head = self.every[-1].word if self.every and not self.absurd else ""
        return any(scalars or head in word for scalars, word in goal)

    def _goal_reduced(self, goal: Words, start: str, used: Combination, left: int) -> tuple[Words, int]:
        """The goal as the rules so far leave it, and how many of the steps that it may take are left."""
        before, limit = self.steps, self.limit
        self.limit = before + left
        rest = self.reduce(goal, start, used)
        left -= self.steps - before
        self.steps, self.limit = before, limit
        return rest, left

    def _trace_facts(self) -> None:
        """For the sake of a scalar goal, the traces of the hypotheses."""
        for place, row in enumerate(self.rows):
            if row.fact is not None and row.start == row.end != UNIT and place not in self.traced:
                self.traced.add(place)
                size = max((len(m) + len(w) for m, w in row.words), default=0)
                self._wait(size, Single(Step("", "", "", place, False, "", ring=True), UNIT, UNIT))

    def absurdity(self, most: int) -> int | None:
        """A row that says 1 = 0, or of a dimension that its identity is 0, if there is one after so many steps."""
        self._settle()
        self._trace_facts()
        self.limit = max(self.limit, most)
        while self.waiting and not self.absurd and not self.spent:
            self._next()
        return self.absurd[0] if self.absurd else None

    @property
    def complete(self) -> bool:
        """Whether every overlap has been looked at, so that what is left of a goal is not in the ideal."""
        return not (self.waiting or self.dropped or self.spent)

    @property
    def spent(self) -> bool:
        return self.steps >= self.limit

    def _settle(self) -> None:
        """Rules that are true of the letters themselves, for letters and scalars that are new."""
        seen = len(self.alphabet.codes), len(self.alphabet.atom_codes)
        if seen == self.settled:
            return
        self.settled = seen
        for words, dim, other in identities(self.alphabet, self.known):
            self._wait_for(self._row(Row(words, dim, other)))

    def _next(self) -> bool:
        """Make a rule of what waits first; False where nothing is left of it."""
        what = heapq.heappop(self.waiting)[2]
        if isinstance(what, Meeting):
            if what.one.row in self.replaced or what.other.row in self.replaced:
                return False
            words, made = self._difference(what)
            start, end = what.one.start, self._end_of(what)
        else:
            words, made = self.placed(what.step), {what.step: 1}
            start, end = what.start, what.end
        self.steps += 1
        taken: Combination = {}
        rest = self.reduce(words, start, taken)
        if not rest:
            return False
        for step, value in taken.items():
            add_to(made, step, -value)
        self._learn(rest, start, end, made)
        return True

    def _difference(self, what: Meeting) -> tuple[Words, Combination]:
        """One rule minus the other, where their heads meet and cancel; and the steps that make it."""
        one, other, scalars, right, before, after, outer = what
        first, second = quotient(scalars, one.scalars) or "", quotient(scalars, other.scalars) or ""
        words: Words = {(product(first, m), w + right): value for m, w, value in one.rest}
        for m, w, value in other.rest:
            if outer is None:
                add_to(words, (product(second, m), before + w + after), -value)
            else:
                add_to(words, (product(second, product(m, self.alphabet.closed(w))), outer), -value)
        steps = Step(first, None, "", one.row, False, right), Step(second, outer, before, other.row, False, after)
        return words, {steps[0]: 1, steps[1]: -1}

    def _end_of(self, what: Meeting) -> str:
        """Where the monomial ends in which two heads meet."""
        last = what.one if what.outer is not None or not what.right else what.other
        return self.rows[last.row].end

    def placed(self, step: Step) -> Words:
        """The polynomial that a step stands for."""
        row, turn = self.rows[step.row], self.alphabet.transposed
        found: Words = {}
        for (scalars, word), value in row.words.items():
            inner = turn(word) if step.turned else word
            inner = step.left + inner + step.right
            scalars = product(step.scalars, scalars)
            if step.outer is None:
                add_to(found, (scalars, inner), value)
            else:
                closed = self.alphabet.ring(inner, row.start) if step.ring else self.alphabet.closed(inner)
                add_to(found, (product(scalars, closed), step.outer), value)
        return found

    def _learn(self, words: Words, start: str, end: str, made: Combination) -> None:
        head = max(words, key=weight)
        lead = words[head]
        if lead != 1:
            words = {monomial: ratio(value, lead) for monomial, value in words.items()}
            made = {step: ratio(value, lead) for step, value in made.items()}
        row = self._row(Row(words, start, end, None, made))
        rest = tuple((m, w, value) for (m, w), value in words.items() if (m, w) != head)
        rule = Rule(head[0], head[1], row, rest, start)
        if len(words) == 1 and not head[1] and all(self._is_size(char) for char in head[0]):
            self.absurd.append(row)
        if head == ("", ""):
            self.rules.insert(0, rule)
            self.parts.clear()
            self.checked.clear()
            return
        for old in [old for old in self.rules if rule.word in old.word and _divides(rule, old)]:
            self.rules.remove(old)
            self.replaced.add(old.row)
            self._wait_for(old.row)
        self.rules.append(rule)
        self.every.append(rule)
        if any(word for _, word in words):
            self._wait_for(row, turned=True)
        self._overlaps_with_all(rule)

    def _overlaps_with_all(self, rule: Rule) -> None:
        """Wait with every way in which the head of a new rule and that of another, or itself, share something.

        They wait in the order of the other rules, those first in which the new head comes first.
        """
        self._enter(rule)
        found = [*self._chained(rule), *self._nested(rule)]
        for _, _, _, meeting in sorted(found, key=itemgetter(0, 1, 2)):
            scalars = meeting.scalars
            size = len(scalars) + len(meeting.one.word) + len(meeting.right)
            self.dropped |= size > self.longest + SLACK
            if size <= self.longest + SLACK:
                self._wait(size, meeting)

    def _enter(self, rule: Rule) -> None:
        """Keep a rule where its overlaps with later ones are looked for."""
        word = rule.word
        for at in range(1, len(word)):
            self.openings.setdefault(word[:at], []).append(rule)
            self.closings.setdefault(word[at:], []).append(rule)
        if rule.scalars:
            self.scaled.append(rule)

    def _chained(self, rule: Rule) -> Iterator[Place]:
        """Where the end of one head is the beginning of another."""
        word, replaced = rule.word, self.replaced
        for at in range(1, len(word)):
            for old in self.openings.get(word[at:], ()):
                if old.row not in replaced:
                    scalars, right = least_multiple(rule.scalars, old.scalars), old.word[len(word) - at :]
                    yield old.row, 0, at, Meeting(rule, old, scalars, right, word[:at], "", None)
            for old in self.closings.get(word[:at], ()):
                if old.row not in replaced and old is not rule:
                    scalars, before = least_multiple(old.scalars, rule.scalars), old.word[:-at]
                    yield old.row, 1, len(before), Meeting(old, rule, scalars, word[at:], before, "", None)

    def _nested(self, rule: Rule) -> Iterator[Place]:
        """Where a head is a part of another but for its scalars; without scalars, one of the two is then replaced."""
        word = rule.word
        for old in self.rules if rule.scalars and word else self.scaled:
            inside = word in old.word or old.word in word
            if inside and old is not rule and old.row not in self.replaced:
                for turn, (one, other) in enumerate(((rule, old), (old, rule))):
                    meeting = self._inside(one, other)
                    if meeting is not None:
                        yield old.row, turn, LAST, meeting

    def _inside(self, one: Rule, other: Rule) -> Meeting | None:
        """The second head within the first, or scalars alone beside it that the two share."""
        word, begin = one.word, other.word
        if begin:
            at = word.find(begin)
            if at < 0:
                return None
            before, after, outer = word[:at], word[at + len(begin) :], None
        elif other.start == UNIT and not set(other.scalars).isdisjoint(one.scalars):
            before, after, outer = "", "", word
        else:
            return None
        return Meeting(one, other, least_multiple(one.scalars, other.scalars), "", before, after, outer)

    def _is_size(self, char: str) -> bool:
        term = self.alphabet.atoms[char].term
        return term is not None and all(name.startswith("size:") for name, _ in term.factors)

    # Rewriting

    def reduce(self, words: Words, start: str, used: Combination) -> Words:
        """The words rewritten as far as the rules go; what was taken off is added to ``used``."""
        rest = dict(words)
        todo = sorted(map(weight, rest))
        while todo and self.steps < self.limit:
            _, _, word, scalars = todo.pop()
            found = self._rewriting(scalars, word, start) if (scalars, word) in rest else None
            if found is None:
                continue
            self.steps += 1
            step, changes = found
            value = rest.pop((scalars, word))
            add_to(used, step, value)
            for other, change in changes:
                if other in rest:
                    add_to(rest, other, -value * change)
                else:
                    insort(todo, weight(other))
                    rest[other] = -value * change
        return rest

    def _heads_in(self, word: str) -> list[Rule]:
        """The rules whose head has a word that is a part of this one, in order."""
        seen, found = self.parts.get(word, (0, []))
        if seen < len(self.every) or not seen:
            new = self.every[seen:] if seen else self.rules
            replaced = self.replaced
            found = [rule for rule in found if rule.row not in replaced] + self._heads_among(new, word)
            self.parts[word] = len(self.every), found
        return found

    def _rewriting(self, scalars: str, word: str, start: str) -> Rewriting | None:
        """A rule whose head is in the monomial: where, and what the rest of it is there."""
        since = self.checked.get((scalars, word, start), 0)
        if since == len(self.every) > 0:
            return None
        new = self.every[since:]
        for rule in self._heads_among(new, word) if since else self._heads_in(word):
            beside: str | None = scalars
            if rule.scalars:
                beside = quotient(scalars, rule.scalars) if rule.scalars[0] in scalars else None
            if beside is None:
                continue
            at = word.find(rule.word) if rule.word else self._stop(word, start, rule)
            if at >= 0:
                return self._change(rule, beside, word, at)
        for char in dict.fromkeys(scalars):
            atom = self.alphabet.atoms[char]
            around = atom.word * 2 if atom.kind == "ring" else atom.word
            if around and (self._heads_among(new, around) if since else self._heads_in(around)):
                found = self._rewriting_inside(atom, char, scalars.replace(char, "", 1), word)
                if found is not None:
                    return found
        self.checked[scalars, word, start] = len(self.every)
        return None

    def _heads_among(self, rules: Sequence[Rule], word: str) -> list[Rule]:
        return [rule for rule in rules if rule.word in word and rule.row not in self.replaced]

    def _stop(self, word: str, start: str, rule: Rule) -> int:
        """Where a rule for a multiple of the identity applies: beside any word for scalars, else at its dimension."""
        stops = (start, *(self.alphabet.letters[char].col for char in word))
        return 0 if rule.start == UNIT else stops.index(rule.start) if rule.start in stops else -1

    def _change(self, rule: Rule, scalars: str, word: str, at: int) -> Rewriting:
        left, right = word[:at], word[at + len(rule.word) :]
        if not rule.word and rule.start == UNIT:
            closed = self.alphabet.closed
            step = Step(scalars, word, "", rule.row, False, "")
            return step, [((product(scalars, product(m, closed(w))), word), value) for m, w, value in rule.rest]
        step = Step(scalars, None, left, rule.row, False, right)
        return step, [((product(scalars, m), left + w + right), value) for m, w, value in rule.rest]

    def _rewriting_inside(self, atom: Atom, char: str, scalars: str, word: str) -> Rewriting | None:
        """A rule whose head is in a closed word or a ring among the scalars, where that makes the scalar lighter."""
        length, ring = len(atom.word), atom.kind == "ring"
        around = atom.word * 2 if ring else atom.word
        for rule in self._heads_in(around):
            if rule.scalars and rule.scalars[0] not in scalars:
                continue
            at = around.find(rule.word) if rule.word and len(rule.word) <= length else -1
            beside = quotient(scalars, rule.scalars) if at >= 0 else None
            if beside is None:
                continue
            end = at + length if ring else length
            left, right = "" if ring else around[:at], around[at + len(rule.word) : end]
            made = []
            for m, w, value in rule.rest:
                inner = left + w + right
                closed = self.alphabet.ring(inner, rule.start) if ring else self.alphabet.closed(inner)
                made.append((product(m, closed), value))
            if all(self._bulk(char) > self._bulk(one) for scalar, _ in made for one in scalar):
                step = Step(beside, word, left, rule.row, False, right, ring)
                return step, [((product(beside, scalar), word), value) for scalar, value in made]
        return None

    def _bulk(self, char: str) -> tuple[int, str]:
        word = self.alphabet.atoms[char].word
        return len(word), word
