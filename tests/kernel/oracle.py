"""A second judge: what a formula or a polynomial is worth at explicit sizes, entry by entry, modulo a prime.

It shares nothing with ``derive.kernel.terms`` but the data that it reads: sums are loops over index values, a
derivative is the coefficient of an infinitesimal ε with ε² = 0 carried through the whole computation, a replacement is
another world, a reciprocal is divided for in whatever world it is met in.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from derive.kernel.statement import Derive, Formula, Move, Num, Plus, Put, Statement, Sum, Tensor, Times
from derive.kernel.terms import Free, Poly

PRIME = 2**61 - 1

Value = dict[frozenset[int], int]
"""A number with infinitesimals: the coefficient of each product of different ε."""

At = dict[str, int]
"""The values of free indices, counted from 0."""


def number(value: int) -> Value:
    return {frozenset(): value % PRIME}


def plus(one: Value, other: Value) -> Value:
    found = dict(one)
    for part, value in other.items():
        found[part] = (found.get(part, 0) + value) % PRIME
    return found


def times(one: Value, other: Value) -> Value:
    found: Value = {}
    for a, x in one.items():
        for b, y in other.items():
            if not a & b:
                found[a | b] = (found.get(a | b, 0) + x * y) % PRIME
    return found


def inverse(value: Value) -> Value:
    """1/(a + η) = 1/a − η/a² + η²/a³ − …, which ends, since η is infinitesimal."""
    first = pow(plain(value), -1, PRIME)
    step = {part: -first * amount for part, amount in value.items() if part}
    result, power = number(first), number(first)
    while power := {part: amount for part, amount in times(power, step).items() if amount}:
        result = plus(result, power)
    return result


def plain(value: Value) -> int:
    return value.get(frozenset(), 0)


@dataclass(frozen=True)
class World:
    """Sizes, the members of each set, and the entries of each letter."""

    sizes: Mapping[str, int]
    sets: Mapping[str, frozenset[int]]
    letters: Mapping[str, Callable[[tuple[int, ...]], Value]]
    infinitesimals: int = 0
    reciprocals: Mapping[str, tuple[Sequence[Free], Formula]] = field(default_factory=dict)
    """Of letters that are reciprocals: their indices, and what they are the reciprocal of."""
    fixed: At = field(default_factory=dict)

    def entry(self, name: str, values: tuple[int, ...]) -> Value:
        if name == "delta":
            return number(values[0] == values[1])
        kind, _, rest = name.partition(":")
        if kind == "in":
            return number(values[0] in self.sets[rest])
        if kind == "size":
            return number(self.sizes[rest])
        if name in self.reciprocals:
            slots, divisor = self.reciprocals[name]
            at = {slot.name: value for slot, value in zip(slots, values, strict=True)}
            return inverse(worth(divisor, self, self.fixed | at))
        return self.letters[name](values)


def random_world(
    letters: Mapping[str, Sequence[str]], sizes: Mapping[str, int], sets: Mapping[str, frozenset[int]], seed: int
) -> World:
    """Every entry of every letter drawn at random modulo the prime."""
    chance = random.Random(seed)
    tables = {
        name: {at: number(chance.randrange(PRIME)) for at in product(*(range(sizes[dim]) for dim in dims))}
        for name, dims in letters.items()
    }
    return World(sizes, sets, {name: table.__getitem__ for name, table in tables.items()})


def values_of(indices: Sequence[Free], sizes: Mapping[str, int]) -> Iterator[At]:
    """Every assignment of values to the indices."""
    for values in product(*(range(sizes[index.dim]) for index in indices)):
        yield dict(zip((index.name for index in indices), values, strict=True))


def worth(formula: Formula, world: World, at: At) -> Value:
    """The value of a formula, read literally."""
    match formula:
        case Num(value):
            return number(value.numerator * pow(value.denominator, -1, PRIME))
        case Tensor(name, indices):
            return world.entry(name, tuple(at[index.name] for index in indices))
        case Plus(items):
            result = number(0)
            for item in items:
                result = plus(result, worth(item, world, at))
            return result
        case Times(items):
            result = number(1)
            for item in items:
                result = times(result, worth(item, world, at))
            return result
        case Sum(indices, body):
            result = number(0)
            for values in values_of(indices, world.sizes):
                result = plus(result, worth(body, world, at | values))
            return result
        case Put(body, moves):
            return worth(body, moved(world, moves, at, None), at)
        case Derive(body, moves):
            small = world.infinitesimals
            result = worth(body, moved(replace(world, infinitesimals=small + 1), moves, at, small), at)
            return {part - {small}: value for part, value in result.items() if small in part}
    raise TypeError(formula)


def moved(world: World, moves: Sequence[Move], at: At, small: int | None) -> World:
    """The world in which each letter has its value, or (with ``small``) has gone an ε at its rate."""
    letters = dict(world.letters)
    for move in moves:

        def entry(values: tuple[int, ...], move: Move = move) -> Value:
            slots = {slot.name: value for slot, value in zip(move.slots, values, strict=True)}
            there = worth(move.value, world, at | slots)
            if small is None:
                return there
            return plus(world.letters[move.name](values), times({frozenset((small,)): 1}, there))

        letters[move.name] = entry
    return replace(world, letters=letters)


def worth_of_poly(poly: Poly, world: World, at: At) -> int:
    """The value of a contraction polynomial: each term's summed indices take every combination of values."""
    result = 0
    for (factors, bound), coefficient in poly.terms:
        scalar = coefficient.numerator * pow(coefficient.denominator, -1, PRIME)
        for values in product(*(range(world.sizes[dim]) for dim in bound)):
            term = scalar
            for name, indices in factors:
                where = tuple(values[i] if isinstance(i, int) else at[i.name] for i in indices)
                term = term * plain(world.entry(name, where)) % PRIME
            result += term
    return result % PRIME


def holds(statement: Statement, world: World, at: At) -> bool:
    """Whether an equation without hypotheses holds in a world at the given values of its fixed indices."""
    return all(
        plain(worth(statement.left, world, at | values)) == plain(worth(statement.right, world, at | values))
        for values in values_of(statement.each, world.sizes)
    )
