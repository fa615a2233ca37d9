"""Small instances at which all hypotheses hold but one: a search through nearly all of them.

Letters are given values one after another, every value with entries −1, 0, 1 where these are few, and what breaks two
hypotheses, or one that must hold, is dropped as soon as all letters of a hypothesis have values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod
from random import Random
from typing import Any

import numpy as np

from derive.crosscheck.batch import Floats, instances, truth
from derive.crosscheck.instances import Signature, broken_hypothesis, choices
from derive.crosscheck.kinds import fitting, kinds_asked
from derive.crosscheck.truth import condition_holds
from derive.errors import UndefinedError
from derive.evaluate import Evaluator, Instance, Value, array
from derive.language import nodes as n
from derive.language.indices import DimOrder
from derive.language.statements import Condition, Hypothesis, Relation, expressions

MOST_VALUES = 729
"""Values of one letter: all of them where they are as few, as of a 2×3 matrix, else a sample."""
MOST_ROWS = 4000
"""Instances looked at together while letters are given values."""
MOST_KEPT = 1000
"""Instances that are kept for the next letter."""
MOST_ENTRIES = 16
"""Entries of all letters together, past which a size is too large to be gone through."""
MOST_MODELS = 20
"""Models of one choice of sets and fixed indices."""
FEW_ENTRIES = 2
MOST_PLACES = 4
"""Choices of sets and fixed indices tried at one size."""
OF_A_KIND = 4
"""Further values made in each way that a letter of a kind can be made."""
FREE_VALUES = 9
"""Values of a letter beside the one that an equation gives it."""

Named = tuple[str, Hypothesis]


@dataclass(slots=True)
class Table:
    """Instances, a row each: for each letter its values and which of them stands in each row, and the hypothesis that
    is false there, −1 where none is."""

    false: Floats
    values: dict[str, list[Value]] = field(default_factory=dict)
    places: dict[str, Floats] = field(default_factory=dict)
    numbers: dict[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.false)

    def kept(self, rows: Floats) -> Table:
        """Only these rows."""
        places = {name: found[rows] for name, found in self.places.items()}
        numbers = {name: found[rows] for name, found in self.numbers.items()}
        return Table(self.false[rows], self.values, places, numbers)

    def row(self, number: int) -> dict[str, Value]:
        """The exact values that stand in a row."""
        return {name: self.values[name][found[number]] for name, found in self.places.items()}

    def weight(self) -> Floats:
        """The sum of the sizes of all entries of each row: the least is the simplest instance."""
        found = np.zeros(len(self))
        for rows in self.numbers.values():
            found += np.abs(rows).sum(axis=tuple(range(1, rows.ndim)))
        return found


@dataclass(slots=True)
class Search:
    """The search under named hypotheses, of which those in ``may_fail`` may be false, one at a time."""

    sign: Signature
    hypotheses: Sequence[Named]
    may_fail: frozenset[str]
    seed: int
    fractions: bool = False
    """Whether letters of few entries may have halves and twos as entries, which makes many more instances."""
    pools: dict[tuple[str, int], tuple[list[Value], Floats]] = field(default_factory=dict)

    def tables(self, sizes: Mapping[str, int]) -> Iterator[tuple[Instance, Table]]:
        """For some choices of sets and fixed indices: an instance of these alone, and rows of values for all letters at
        which at most one hypothesis is false."""
        random = Random(f"{self.seed} {sorted(sizes.items())}")
        self.pools.clear()
        for place, false in self._places(sizes, random):
            yield place, self._filled(place, false, random)

    def _places(self, sizes: Mapping[str, int], random: Random) -> Iterator[tuple[Instance, int]]:
        """Sets and fixed indices at which at most one condition is false, and which."""
        sets = [list(choices(subset, sizes)) for subset in self.sign.sets.values()]
        ranges = [range(sizes[index.dim.name]) for index in self.sign.fixed]
        found = list(product(product(*sets), product(*ranges)))
        random.shuffle(found)
        given = 0
        for members, at in found:
            place = Instance(
                sizes, {}, dict(zip(self.sign.sets, members, strict=True)),
                {index.name: value for index, value in zip(self.sign.fixed, at, strict=True)},
            )  # fmt: skip
            false = self._false_conditions(place)
            if len(false) < 2 and all(self.hypotheses[number][0] in self.may_fail for number in false):
                given += 1
                yield place, false[0] if false else -1
            if given == MOST_PLACES:
                return

    def _false_conditions(self, place: Instance) -> list[int]:
        return [
            number
            for number, (_, hypothesis) in enumerate(self.hypotheses)
            if isinstance(hypothesis, Condition) and not condition_holds(hypothesis, place.sets, place.indices)
        ]

    # Letters

    def _filled(self, place: Instance, false: int, random: Random) -> Table:
        table = Table(np.array([false]))
        asked = kinds_asked(hypothesis for _, hypothesis in self.hypotheses)
        open_letters = dict(self.sign.symbols)
        waiting = {
            number: _letters_of(hypothesis)
            for number, (_, hypothesis) in enumerate(self.hypotheses)
            if not isinstance(hypothesis, Condition | DimOrder)
        }
        while open_letters and len(table):
            letter = self._next(open_letters, waiting, place)
            del open_letters[letter.name]
            kinds = asked.get(letter, frozenset())
            table = self._with_letter(table, letter, kinds, place, random)
            ready = [number for number, letters in waiting.items() if letters <= table.places.keys()]
            for number in ready:
                del waiting[number]
                table = self._tested(table, number, place)
            table = _thinned(table, random)
        return table

    def _next(
        self, open_letters: Mapping[str, n.Symbol], waiting: Mapping[int, frozenset[str]], place: Instance
    ) -> n.Symbol:
        """The letter with which a hypothesis is complete soonest; of several the smallest."""

        def order(letter: n.Symbol) -> tuple[int, int, str]:
            missing = [len(w & open_letters.keys()) for w in waiting.values() if letter.name in w]
            return min(missing, default=len(open_letters)), prod(_shape(letter, place)), letter.name

        return min(open_letters.values(), key=order)

    def _with_letter(
        self, table: Table, letter: n.Symbol, kinds: frozenset[str], place: Instance, random: Random
    ) -> Table:
        """Every row with every value of the letter, or a sample of these."""
        given = self._given(table, letter, place)
        values, numbers = self._pool(letter, kinds, place, random, FREE_VALUES if given else MOST_VALUES)
        rows, picks = np.divmod(_sample(len(table) * len(values), random), len(values))
        known = sorted(set(given))
        if known:
            values = [*values, *(given[row] for row in known)]
            numbers = np.concatenate([numbers, _floats([given[row] for row in known])])
        rows = np.concatenate([rows, np.array(known, dtype=int)])
        picks = np.concatenate([picks, np.arange(len(values) - len(known), len(values), dtype=int)])
        found = table.kept(rows)
        return Table(
            found.false,
            {**found.values, letter.name: values},
            {**found.places, letter.name: picks},
            {**found.numbers, letter.name: numbers[picks]},
        )

    def _pool(
        self, letter: n.Symbol, kinds: frozenset[str], place: Instance, random: Random, most: int
    ) -> tuple[list[Value], Floats]:
        """Values of a letter, exact and floating: all of small entries, or a sample of them, and some of its kind."""
        key = (letter.name, most)
        if key not in self.pools:
            shape, entries = _shape(letter, place), _entries(letter, place, self.fractions)
            found = _small_values(shape, entries) if len(entries) ** prod(shape) <= most else None
            found = _sampled_values(shape, entries, random, most) if found is None else found
            found = [*found, *_made(shape, kinds, random)]
            self.pools[key] = found, _floats(found)
        return self.pools[key]

    def _given(self, table: Table, letter: n.Symbol, place: Instance) -> dict[int, Value]:
        """What an equation ``letter = expression`` gives the letter, row by row, as far as it has values."""
        for _, hypothesis in self.hypotheses:
            expr = _expression_of(letter, hypothesis)
            if expr is None or not n.symbols_of(expr).keys() <= table.places.keys():
                continue
            found: dict[int, Value] = {}
            for row in np.flatnonzero(table.false < 0)[:MOST_VALUES].tolist():
                try:
                    found[row] = Evaluator(_at(place, table.row(row)))(expr)
                except UndefinedError:
                    continue
            return found
        return {}

    def _tested(self, table: Table, number: int, place: Instance) -> Table:
        name, hypothesis = self.hypotheses[number]
        if not len(table):
            return table
        true = truth(hypothesis, instances(place.sizes, table.numbers, place.sets, place.indices), len(table))
        false = np.where(true, table.false, number)
        alive = true | ((table.false < 0) & (name in self.may_fail))
        return Table(false, table.values, table.places, table.numbers).kept(np.flatnonzero(alive))


def small_models(
    sign: Signature, hypotheses: Sequence[Hypothesis], sizes: Mapping[str, int], seed: int
) -> Iterator[Instance]:
    """Exact models of the hypotheses with small entries, those with the largest first; none at large sizes."""
    if entries_at(sign, sizes) > MOST_ENTRIES:
        return
    search = Search(sign, [(str(hypothesis), hypothesis) for hypothesis in hypotheses], frozenset(), seed)
    for place, table in search.tables(sizes):
        for row in np.argsort(-table.weight(), kind="stable")[:MOST_MODELS].tolist():
            found = exact(place, table, row)
            if broken_hypothesis(hypotheses, found) is None:
                yield found


def entries_at(sign: Signature, sizes: Mapping[str, int]) -> int:
    """How many entries all letters have together."""
    return sum(prod(sizes.get(dim.name, 1) for dim in letter.dims) for letter in sign.symbols.values())


def simplest(table: Table, rows: Floats) -> list[int]:
    """The rows of which this is true, those with the smallest entries first."""
    places = np.flatnonzero(rows)
    found: list[int] = places[np.argsort(table.weight()[places], kind="stable")].tolist()
    return found


def exact(place: Instance, table: Table, row: int) -> Instance:
    """The instance that stands in a row."""
    return _at(place, table.row(row))


def _at(place: Instance, values: Mapping[str, Value]) -> Instance:
    return Instance(place.sizes, values, place.sets, place.indices)


def _letters_of(hypothesis: Hypothesis) -> frozenset[str]:
    if isinstance(hypothesis, DimOrder):
        return frozenset()
    return frozenset(name for expr in expressions(hypothesis) for name in n.symbols_of(expr))


def _expression_of(letter: n.Symbol, hypothesis: Hypothesis) -> n.Expr | None:
    if isinstance(hypothesis, Relation) and hypothesis.sign == "=":
        for one, other in ((hypothesis.left, hypothesis.right), (hypothesis.right, hypothesis.left)):
            if one == letter and letter.name not in n.symbols_of(other) and not other.free:
                return other
    return None


def _shape(letter: n.Symbol, place: Instance) -> tuple[int, ...]:
    return tuple(place.size(dim.name) for dim in letter.shape)


@cache
def _small_values(shape: tuple[int, ...], entries: tuple[Any, ...]) -> list[Value]:
    """Every value with these entries."""
    return [_shaped(choice, shape) for choice in product(entries, repeat=prod(shape))]


def _sampled_values(shape: tuple[int, ...], entries: tuple[Any, ...], random: Random, most: int) -> list[Value]:
    """Zero and random values, in which every second entry is zero."""
    count, often = prod(shape), (*entries, *[0] * len(entries))
    flat = [[random.choice(often) for _ in range(count)] for _ in range(most - 1)]
    return [_shaped(choice, shape) for choice in ([0] * count, *flat)]


def _shaped(flat: Sequence[Any], shape: tuple[int, ...]) -> Value:
    return array([flat[k * shape[1] : (k + 1) * shape[1]] for k in range(shape[0])]) if shape else flat[0]


def _made(shape: tuple[int, ...], kinds: frozenset[str], random: Random) -> list[Value]:
    if not kinds:
        return []
    rows, cols = shape
    made = [kind.make(rows, cols, random, 2) for kind in fitting(kinds) for _ in range(OF_A_KIND)]
    return [value for value in made if value is not None and np.shape(value) == shape]


def _entries(letter: n.Symbol, place: Instance, fractions: bool) -> tuple[Any, ...]:
    """Small numbers; for a family as many positive ones as it has members, so that these can be distinct."""
    if len(letter.dims) == 1:
        return (*range(1, place.size(letter.dims[0].name) + 1), 0, -1)
    if not letter.dims or (fractions and prod(_shape(letter, place)) <= FEW_ENTRIES):
        return (1, 0, -1, 2, Fraction(1, 2), Fraction(-1, 2))
    return (1, 0, -1)


def _floats(values: Sequence[Value]) -> Floats:
    return np.array([value.tolist() if hasattr(value, "tolist") else value for value in values], dtype=float)


def _sample(count: int, random: Random) -> Floats:
    """The numbers below ``count``, or a sample of them."""
    if count <= MOST_ROWS:
        return np.arange(count)
    return np.unique(np.random.default_rng(random.getrandbits(64)).integers(count, size=MOST_ROWS))


def _thinned(table: Table, random: Random) -> Table:
    """As many rows for each hypothesis that is false as for the others, or for none."""
    if len(table) <= MOST_KEPT:
        return table
    groups = [np.flatnonzero(table.false == number).tolist() for number in np.unique(table.false)]
    share = MOST_KEPT // len(groups)
    kept = [row for rows in groups for row in (rows if len(rows) <= share else random.sample(rows, share))]
    return table.kept(np.array(sorted(kept), dtype=int))
