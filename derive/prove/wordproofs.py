"""Proofs in words: hypotheses and goals that are chains, and the certificates that completion finds for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from derive.kernel.rules import Fact
from derive.kernel.terms import Free, Index, Poly, atom, constant, show
from derive.prove.combination import Combination, Step, flat, length, needed
from derive.prove.completion import MOST_STEPS, STEPS_EACH, Completion
from derive.prove.rewrite import Certificate, Cofactor, Lemma, after_lemmas, as_read, membership
from derive.prove.words import UNIT, Number, Reader, Words, read_fact
from derive.prove.writing import Writing, written

MOST_COFACTORS = 400
"""Cofactors of one membership, past which what completion learned on the way becomes lemmas."""
MOST_LEARNED = 24
"""Rules of a completion that are handed to the general prover, the shortest first."""
LONGEST_SHOWN, MOST_SHOWN = 300, 10
"""Characters, and terms, of what is left of a goal that a reason quotes."""


@dataclass(frozen=True, slots=True)
class Source:
    """A fact that a row of the completion is: its number, its types, and whether both ends are its one index."""

    number: int
    start: str
    end: str
    diagonal: bool = False


class WordProver:
    """The hypotheses that are words, completed as far as the goals asked so far needed it.

    Attributes:
        readings: the hypotheses that have such a form, by number.
        most: the steps that a completion of so many hypotheses is worth.
        said: how far completion came with the last goal that it did not prove.
        opaque: whether that goal has products in it that are no chains.
    """

    def __init__(
        self, facts: Sequence[Fact], ignored: frozenset[int] = frozenset(), first: Reader | None = None, count: int = 0
    ) -> None:
        """Of the facts, ``count`` may have been read before, by ``first`` and those that follow it."""
        self.facts, self.ignored = list(facts), ignored
        read, count = first or Reader(), 0 if ignored else count
        for fact in facts[:count]:
            read = read.followed(fact)
        self.alphabet, self.readings = read.alphabet.copied(), dict(read.readings)
        for number, fact in enumerate(facts[count:], count):
            reading = read_fact(self.alphabet, fact) if number not in ignored else None
            if reading is not None:
                self.readings[number] = reading
        self.completion = Completion(self.alphabet, self.readings)
        self.most = MOST_STEPS + STEPS_EACH * len(self.readings)
        self.sources = {
            place: Source(row.fact, row.start, row.end, self.readings[row.fact].diagonal)
            for place, row in enumerate(self.completion.rows)
            if row.fact is not None
        }
        self.said = ""
        self.opaque = False
        self.goals: dict[tuple[int, tuple[Free, ...]], tuple[Poly, tuple[Words, Free | None, Free | None]]] = {}

    # Goals

    def zero(self, goal: Poly, each: Sequence[Free], most: int) -> Certificate | None:
        """A certificate of the goal, from its first index to its second, found in so many steps at most."""
        if not self.readings or not goal:
            return None
        words, row, col = self._read(goal, each)
        used: Combination = {}
        rest = self.completion.reduced(words, UNIT if row is None else row.dim, used, most)
        if not rest:
            return self.certificate(goal, used, row, col)
        shown = dict(islice(rest.items(), MOST_SHOWN))
        self.said = self._said(written(self.alphabet, shown, row, col))
        self.opaque = any(self._is_opaque(char) for scalars, _ in rest for char in scalars)
        return None

    def _read(self, goal: Poly, each: Sequence[Free]) -> tuple[Words, Free | None, Free | None]:
        """The goal in words, and its ends; without ends where it has none that are ends of chains."""
        key = id(goal), tuple(each)
        if key not in self.goals:
            # The goal is kept: the number of an object that is gone would be given to another.
            self.goals[key] = goal, self._newly_read(goal, each)
        return self.goals[key][1]

    def _newly_read(self, goal: Poly, each: Sequence[Free]) -> tuple[Words, Free | None, Free | None]:
        row, col = [*each, None, None][:2] if len(each) <= 2 else (None, None)
        words = self.alphabet.read(goal, row, col)
        if words is None:
            return self.alphabet.read(goal) or {}, None, None
        return words, row, col

    def covers(self, goal: Poly, each: Sequence[Free]) -> bool:
        """Whether all is words, so that the general prover has nothing to add but its own way of rewriting."""
        equations = sum(fact.sign == "=" for number, fact in enumerate(self.facts) if number not in self.ignored)
        words, row, _ = self._read(goal, each)
        plain = not any(self._is_opaque(char) for scalars, _ in words for char in scalars)
        return len(self.readings) == equations and plain and bool(row) == bool(each)

    def settles(self, goal: Poly, each: Sequence[Free]) -> bool:
        """Whether a goal that is left over is no consequence of products of matrices alone, which is all there is."""
        polys = [reading.words for reading in self.readings.values()] + [self._read(goal, each)[0]]
        used = {char for words in polys for _, word in words for char in word}
        matrices = all(self.alphabet.letters[char].kind == "matrix" for char in used)
        return bool(each) and matrices and self.completion.complete and self.covers(goal, each)

    def _said(self, rest: Poly) -> str:
        completion = self.completion
        spent = f"its budget of {completion.limit} steps" if completion.spent else f"{completion.steps} steps"
        return f"completion made {len(completion.rules)} rules in {spent}, and left {show(rest)[:LONGEST_SHOWN]}"

    def _is_opaque(self, char: str) -> bool:
        term = self.alphabet.atoms[char].term
        return term is not None and any(indices for _, indices in term.factors)

    def one_is_zero(self, most: int) -> tuple[Poly, Certificate] | None:
        """A certificate that 1 = 0, or at least that a dimension is, where the hypotheses contradict one another."""
        absurd = self.completion.absurdity(most)
        if absurd is None:
            return None
        dim = self.completion.rows[absurd].start
        if dim == UNIT:
            goal = written(self.alphabet, self.completion.rows[absurd].words, None, None)
            return self._absurd(goal, Step("", None, "", absurd, False, ""))
        for letter in self.alphabet.codes:
            if (letter.kind, letter.row) == ("unit", dim):
                end = self.alphabet.code(letter)
                start = self.alphabet.transposed(end)
                return self._absurd(constant(Fraction(1)), Step("", "", start, absurd, False, end))
        return self._absurd(atom(f"size:{dim}", ()), Step("", "", "", absurd, False, "", ring=True))

    def _absurd(self, goal: Poly, step: Step) -> tuple[Poly, Certificate]:
        return goal, self.certificate(goal, {step: 1}, None, None)

    # Certificates

    def certificate(self, goal: Poly, used: Combination, row: Free | None, col: Free | None) -> Certificate:
        """The combination as one membership of the facts, or of lemmas on the way to it where it would be too long."""
        rows = self.completion.rows
        if length(rows, used) <= 10 * MOST_COFACTORS:
            plain = flat(self.alphabet, rows, used)
            if len(plain) <= MOST_COFACTORS:
                return membership(goal, self._cofactors(plain, row, col, self.sources), self.facts)
        sources, lemmas = dict(self.sources), list[Lemma]()
        facts = list(self.facts)
        for place in needed(rows, used):
            if place not in sources and rows[place].made:
                lemma = self._lemma(place, rows[place].made, sources, facts)
                sources[place] = Source(len(facts), rows[place].start, rows[place].end)
                facts.append(lemma.fact)
                lemmas.append(lemma)
        direct = {step: value for step, value in used.items() if step.row in sources}
        return after_lemmas(lemmas, membership(goal, self._cofactors(direct, row, col, sources), facts))

    def _lemma(self, place: int, made: Combination, sources: dict[int, Source], facts: Sequence[Fact]) -> Lemma:
        """A row of the completion as a lemma that is proved from the sources."""
        row = self.completion.rows[place]
        start, end = (Free(f"_w{place}_{k}", dim) if dim else None for k, dim in enumerate((row.start, row.end)))
        poly = as_read(written(self.alphabet, row.words, start, end))
        direct = {step: value for step, value in made.items() if step.row in sources}
        proof = membership(poly, self._cofactors(direct, start, end, sources), facts)
        return Lemma(tuple(index for index in (start, end) if index is not None), poly, proof)

    def learned(self) -> list[Lemma]:
        """The shortest rules that the completion has found, as lemmas for the general prover."""
        rows = self.completion.rows
        found: list[Lemma] = []
        seen: list[Words] = []
        for rule in sorted(self.completion.rules, key=lambda rule: len(rule.word)):
            row = rows[rule.row]
            if len(found) == MOST_LEARNED:
                break
            itself: Combination = {Step("", None, "", rule.row, False, ""): 1}
            made = flat(self.alphabet, rows, itself) if length(rows, itself) <= MOST_COFACTORS else {}
            turned = {(m, self.alphabet.transposed(w)): value for (m, w), value in row.words.items()}
            if row.words not in seen and len(made) > 1:
                seen += [row.words, turned]
                found.append(self._lemma(rule.row, made, self.sources, self.facts))
        return found

    def _cofactors(
        self, used: Combination, row: Free | None, col: Free | None, sources: dict[int, Source]
    ) -> list[Cofactor]:
        """The combination as cofactors of facts and lemmas, for a goal from ``row`` to ``col``."""
        return [self._cofactor(step, value, row, col, sources[step.row]) for step, value in used.items()]

    def _cofactor(self, step: Step, value: Number, row: Free | None, col: Free | None, source: Source) -> Cofactor:
        writing = Writing(self.alphabet)
        writing.scalars(step.scalars)
        start, end = (source.end, source.start) if step.turned else (source.start, source.end)
        first: Index | None = row
        last: Index | None = col
        if step.outer is not None:
            writing.join(writing.walk(step.outer, row), col)
            first = last = None
        if step.ring:
            letter = self.alphabet.letters.get(step.left[:1])
            first = last = writing.node(letter.row if letter else start)
        one = other = writing.walk(step.left, first)
        if not source.diagonal and (start, end) != (UNIT, UNIT):
            other = writing.node(end) if end != UNIT else None
        at = [place for place, dim in ((one, start), (other, end)) if dim != UNIT and place is not None]
        writing.join(writing.walk(step.right, other), last)
        at = at[:1] if source.diagonal else at[::-1] if step.turned else at
        factors, bound, places = writing.done(at)
        return Cofactor(Fraction(value), factors, bound, source.number, places)
