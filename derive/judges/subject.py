"""What is judged: one relation under hypotheses, and the exact instances at which it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, combinations, islice
from random import Random
from typing import Any

from derive.crosscheck.critical import critical
from derive.crosscheck.enumeration import small_models
from derive.crosscheck.instances import (
    LARGE,
    MOST_TRIES,
    Signature,
    broken_by_model,
    declines,
    general_sizes,
    holds_at,
    models,
    no_model,
    signature,
    small_sizes,
)
from derive.crosscheck.pool import Model, shared_models
from derive.errors import DeriveError, NoModelError, UndefinedError
from derive.evaluate import Evaluator, Instance, free_indices, stacked
from derive.judges.lawful import NOTHING, Lawful, lawful
from derive.language import nodes as n
from derive.language.derivation import Assumption, ModelMaker
from derive.language.indices import DimOrder, Index
from derive.language.laws import LAW
from derive.language.statements import Condition, Hypothesis, Relation, Sequent, expressions
from derive.outcomes import Outcomes

SMALL = 9
"""Spread of the entries of a model where hypotheses are solved for exactly: larger ones only make larger fractions."""


ROOTED_SPREAD = 3
"""Spread of the entries where something stands under a root."""
MOST_PARTIAL = 40
"""Models tried for one at which every inverse, root and quotient exists."""
MOST_COUNTED = 7
"""The largest dimension that is looked at because so many of it are chosen."""
HOPELESS = 2
"""Sizes without a model, after which only small ones are tried."""
MOST_SMALL = 9
"""Small sizes tried where no larger one has a model."""
MOST_SIDES = 12
"""Models of one kind where a border runs between them."""
MOST_TURNED = 12
"""Models that are moved to where a border is."""
MOST_SIZES = 6
"""Sizes at which further models are looked for."""


@dataclass(slots=True)
class Subject:
    """What is judged: one relation under hypotheses."""

    sequent: Sequent
    assumptions: tuple[Assumption, ...]
    maker: ModelMaker | None
    digits: int
    seed: int
    every_placement: bool = False
    shared: dict[Any, Any] = field(default_factory=dict)
    outcomes: Outcomes | None = None
    signature: Signature = field(init=False)
    hypotheses: tuple[Hypothesis, ...] = field(init=False)
    base: tuple[Hypothesis, ...] = field(init=False)
    """The hypotheses without what earlier claims state, which follows from them."""
    facts: tuple[Hypothesis, ...] = field(init=False)
    """What earlier claims state."""
    domain: tuple[Hypothesis, ...] = field(init=False)
    """That there are the laws that are spoken of: an equation between polynomials need not be looked at there only."""
    laws: Lawful = field(init=False)
    told: tuple[Hypothesis, ...] = field(init=False)
    """Of that what holds wherever the sequent has a meaning."""
    lawful: tuple[Assumption, ...] = field(init=False)
    """The same where it is a hypothesis like any other: of an inequality, or beside other hypotheses."""
    over: list[Index] = field(init=False)
    instances: dict[tuple[tuple[str, int], ...], Model | DeriveError] = field(init=False, default_factory=dict)
    others: list[Sides] = field(init=False, default_factory=list)
    source: Iterator[Model] | None = field(init=False, default=None)
    known_sizes: dict[int, list[dict[str, int]]] = field(init=False, default_factory=dict)
    least: dict[str, int] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        chosen = () if self.sequent.chosen is None else (self.sequent.chosen,)
        every, here, matters = self._laws()
        self.laws, self.domain, self.told = every, every.conditions, here.told
        implied = self.domain if matters else ()
        given = self.told if matters else ()
        self.lawful = tuple(Assumption(condition, f"{LAW}{condition}") for condition in given)
        self.hypotheses = (*(a.statement for a in self.assumptions), *self.sequent.premises, *chosen, *implied)
        assumed = (a.statement for a in self.assumptions if not a.origin)
        self.base = (*assumed, *self.sequent.premises, *chosen, *implied)
        self.facts = tuple(hypothesis for hypothesis in self.hypotheses if hypothesis not in self.base)
        self.signature = signature((self.goal.left, self.goal.right), self.hypotheses)
        self.over = free_indices(self.goal.left, self.goal.right)

    def _laws(self) -> tuple[Lawful, Lawful, bool]:
        """What the laws ask of their parameters in all that is stated here, and in the sequent alone; and whether that
        matters. What earlier claims and known theorems say of a law does not say that there is one.

        An equation between polynomials that holds for all numbers need not be looked at where they are probabilities;
        if they can be some, and nothing else is assumed of them.
        """
        sides = list(expressions(self.goal))
        premises = [expr for one in self.sequent.premises for expr in expressions(one)]
        premises += [] if self.sequent.chosen is None else [self.sequent.chosen.member]
        own = (a.statement for a in self.assumptions if not (a.origin or a.known))
        assumed = [expr for one in own if not isinstance(one, DimOrder) for expr in expressions(one)]
        every = lawful([*sides, *premises, *assumed])
        if every is NOTHING:
            return every, every, False
        here = lawful([*sides, *premises])
        about = {name for one in every.conditions for side in expressions(one) for name in n.symbols_of(side)}
        bound = any(about & n.symbols_of(expr).keys() for expr in (*premises, *assumed))
        signed = any(isinstance(node, n.Sqrt | n.Relu | n.AtLeastZero) for side in sides for node in side.walk())
        return every, here, self.goal.sign != "=" or signed or bound or not every.surely_met

    @property
    def goal(self) -> Relation:
        return self.sequent.goal

    @property
    def stepped(self) -> bool:
        """Whether the goal says something else on different sides of a border: one random point tells too little."""
        nodes = (node for side in (self.goal.left, self.goal.right) for node in side.walk())
        return any(isinstance(node, n.Relu | n.AtLeastZero) for node in nodes)

    @property
    def uneven(self) -> bool:
        """Whether it may fail where general sizes and one random point do not show it: 0^(D−1) is 0 but for D = 1."""
        nodes = (node for side in (self.goal.left, self.goal.right) for node in side.walk())
        return self.stepped or any(isinstance(node, n.SizePower | n.Binomial) for node in nodes)

    @property
    def counted(self) -> bool:
        """Whether a dimension counts in the goal, so that it may hold at some sizes only, as Σ_i q = 3q."""
        sides = (self.goal.left, self.goal.right)
        return any(counts(node) for side in sides for node in side.walk())

    @property
    def conditional(self) -> bool:
        return any(not isinstance(hypothesis, DimOrder) for hypothesis in self.hypotheses)

    def sizes(self, count: int = 1) -> list[dict[str, int]]:
        """Distinct sizes at which a model of the hypotheses was found.

        Raises:
            NoModelError: there is none at any of the sizes that were tried.
            UndefinedError: there is, but a side has no value there.
        """
        if count in self.known_sizes:
            return self.known_sizes[count]
        found: list[dict[str, int]] = []
        failure: DeriveError | None = None
        for sizes in self._sizes_to_try(count):
            try:
                self.instance(sizes)
            except (NoModelError, UndefinedError) as error:
                failure = failure or error
                continue
            found.append(sizes)
            if len(found) == count:
                break
        if not found:
            raise failure or NoModelError("no sizes fit the orders of the dimensions")
        self.known_sizes[count] = found
        return found

    def _sizes_to_try(self, count: int) -> Iterator[dict[str, int]]:
        """Distinct sizes, those first for which the derivation's own model gives values; under hypotheses that have no
        model there, small ones, at which nearly all instances can be gone through."""
        # D − 1 is 1 at D = 2, where a factor is not missed.
        nodes = (node for side in (self.goal.left, self.goal.right) for node in side.walk())
        counts = any(isinstance(node, n.Size | n.Binomial) for node in nodes)
        general = general_sizes(self.signature, count + 6, least=max(3 if counts else 2, self.telling))
        ordered = self._given_first(general)
        first = []
        for sizes in islice(ordered, HOPELESS):
            first.append(sizes)
            yield sizes
        if any(self._has_model(sizes) for sizes in first) or not self.conditional:
            yield from ordered
        else:
            small = list(islice(small_sizes(self.signature), MOST_SMALL))
            yield from sorted(small, key=_number_of_ones)

    def _given_first(self, general: list[dict[str, int]]) -> Iterator[dict[str, int]]:
        """Those first for which the derivation's own model gives values; it is only asked while more are wanted."""
        others = []
        for sizes in general:
            if self._is_flat(sizes) or self._is_declined(sizes):
                others.append(sizes)
            else:
                yield sizes
        yield from sorted(others, key=lambda sizes: (self._is_declined(sizes), self._is_flat(sizes)))

    @property
    def telling(self) -> int:
        """The least dimension that shows what the goal says: S^(D−3) is 1 at D = 3, and C(D, 5) is 0 below D = 5."""
        nodes = [node for side in (self.goal.left, self.goal.right) for node in side.walk()]
        found = [1 - node.shift for node in nodes if isinstance(node, n.SizePower)]
        found += [node.less for node in nodes if isinstance(node, n.Binomial) and node.part is None]
        return min(max(found, default=0), MOST_COUNTED)

    def _is_flat(self, sizes: Mapping[str, int]) -> bool:
        """Whether a power is 1 there because its exponent is 0."""
        nodes = (node for side in (self.goal.left, self.goal.right) for node in side.walk())
        powers = (node for node in nodes if isinstance(node, n.SizePower) and node.dim.name in sizes)
        lessened = ((node, sizes.get(node.less.name, 1) if node.less else 0) for node in powers)
        return any(sizes[node.dim.name] - less + node.shift == 0 for node, less in lessened)

    def _is_declined(self, sizes: Mapping[str, int]) -> bool:
        """Whether the derivation's own model gives nothing at these sizes."""
        if self.maker is None or not self.conditional:
            return False
        return declines(self.maker, sizes)

    def _has_model(self, sizes: Mapping[str, int]) -> bool:
        return isinstance(self.instances.get(tuple(sorted(sizes.items()))), Model)

    def usual_sizes(self) -> dict[str, int]:
        """The sizes for gradients: distinct, at least 2; the least ones for index notation, summed in loops."""
        looped = any(isinstance(node, n.Total) for side in (self.goal.left, self.goal.right) for node in _visible(side))
        return self.least_sizes() if looped else self.sizes(1)[0]

    def least_sizes(self) -> dict[str, int]:
        """Distinct sizes of the least cost. One may be 1, if no matrix here is square in it: 1×1 matrices commute.
        Where hypotheses bind letters, the usual ones."""
        if self.least is None:
            self.least = self._least_sizes(self.sizes(1)[0])
        return self.least

    def _least_sizes(self, usual: dict[str, int]) -> dict[str, int]:
        if self.conditional or self.signature.rooted:
            return usual
        square = self._square_dims()
        thin = [name for name in self.signature.dims if name not in square]
        if not thin:
            return usual
        rest = sorted((name for name in usual if name != thin[-1]), key=usual.__getitem__)
        least = {**{name: number for number, name in enumerate(rest, start=2)}, thin[-1]: 1}
        try:
            self.instance(least)
        except (NoModelError, UndefinedError):
            return usual
        return usual if self._is_flat(least) else least

    def _square_dims(self) -> set[str]:
        """Dimensions that some matrix has twice, or that another must be less than."""
        nodes = [node for side in (self.goal.left, self.goal.right) for node in side.walk()]
        square = {node.shape[0].name for node in nodes if len(node.shape) == 2 and node.shape[0] == node.shape[1]}
        # A factor T cannot be missed at T = 1.
        counted = {dim.name for node in nodes if isinstance(node, n.COUNTS) for dim in node.counted}
        sets = {dim.name for subset in self.signature.sets.values() for dim in (subset.dim, subset.size)}
        # A sum over i ≠ j is empty in the dimension 1, and δ_ij is 1 there.
        pairs = (pair for node in nodes for pair in combinations(node.free | node.bound, 2))
        paired = {one.dim.name for one, other in pairs if one.dim == other.dim}
        # A quotient of two squares of one number is constant.
        moving = {dim.name for node in nodes if isinstance(node, n.Gradient) for dim in node.variable.shape}
        return square | counted | sets | paired | moving | {name for order in self.signature.orders for name in order}

    def letters(self, sizes: Mapping[str, int]) -> Instance:
        """A model of the hypotheses but for those on indices, kept for all cases of a claim.

        Raises:
            NoModelError: none was found.
        """
        base = tuple(h for h in self.base if not isinstance(h, Condition))
        key = (base, self.facts, tuple(self.signature.symbols), tuple(sorted(sizes.items())))
        if key not in self.shared:
            found = self.models_of(base, sizes, SMALL, self.maker, MOST_TRIES)
            first = next(found, None)
            if first is None:
                random = Random(f"{self.seed} {sorted(sizes.items())}")
                raise no_model(self.signature, (*base, *self.facts), sizes, random, self.maker)
            self.shared[key] = first.instance
        kept: Instance = self.shared[key]
        return kept

    def instance(self, sizes: Mapping[str, int]) -> Instance:
        """An exact model of the hypotheses at which both sides are defined, the same one at each call.

        Raises:
            NoModelError: none was found.
            UndefinedError: at those that were found, a side has no value.
        """
        return self._model(sizes).instance

    def sides(self, sizes: Mapping[str, int]) -> Sides:
        """Both sides at the instance of these sizes, which raises what ``instance`` raises."""
        return self._sides(self._model(sizes))

    def evaluator(self, sizes: Mapping[str, int]) -> Evaluator:
        """The evaluator at the instance of these sizes, which raises what ``instance`` raises."""
        return self._model(sizes).evaluator

    def _model(self, sizes: Mapping[str, int]) -> Model:
        key = tuple(sorted(sizes.items()))
        if key not in self.instances:
            try:
                self.instances[key] = self._defined_model(sizes, Random(f"{self.seed} {key}"))
            except (NoModelError, UndefinedError) as error:
                self.instances[key] = error
        found = self.instances[key]
        if isinstance(found, DeriveError):
            raise found
        return found

    def is_false_at_a_model(self, relation: Relation) -> bool:
        """Whether another relation fails, or has no value, at a model that is at hand: then no proof need be sought."""
        models = (found for found in self.instances.values() if isinstance(found, Model))
        return any(not holds_at(relation, model.evaluator) for model in models)

    def _models(self, sizes: Mapping[str, int], spread: int, maker: ModelMaker | None, tries: int) -> Iterator[Model]:
        """Models of the hypotheses; where nothing binds the letters, random points."""
        if not self.conditional:
            random = Random(f"{self.seed} {sorted(sizes.items())} {spread}")
            found = models(self.signature, self.hypotheses, sizes, random, spread, tries=tries)
            return map(Model.at, found)
        return self.models_of(self.base, sizes, spread, maker, tries)

    def models_of(
        self, base: tuple[Hypothesis, ...], sizes: Mapping[str, int], spread: int, maker: ModelMaker | None, tries: int
    ) -> Iterator[Model]:
        """Models of these hypotheses and of what earlier claims state, the same for all claims that assume the same."""
        sign, outcomes = self.signature, self.outcomes
        return shared_models(sign, base, self.facts, sizes, spread, maker, self.seed, tries, outcomes)

    def _defined_model(self, sizes: Mapping[str, int], random: Random) -> Model:
        # Among small numbers many sums of squares are squares, so that their roots are rational.
        spread = ROOTED_SPREAD if self.signature.rooted else SMALL if self.conditional else LARGE
        tries = MOST_PARTIAL if self._partial() else MOST_TRIES
        # What has no model for one line of a claim has none for another.
        key = ("none", self.hypotheses, tuple(sorted(sizes.items())))
        if key in self.shared:
            raise NoModelError(self.shared[key])
        built = self._models(sizes, spread, self.maker, tries)
        small = small_models(self.signature, self.hypotheses, sizes, self.seed) if self.conditional else iter(())
        undefined, special = None, None
        for found in chain(built, map(Model.at, small)):
            try:
                self._sides(found)
                if self.conditional and not self.laws.are_some(found.evaluator):
                    continue
            except UndefinedError as error:
                undefined = error
                continue
            if not self.signature.rooted or _is_generic(found.instance):
                return found
            special = special or found
        if special is not None:
            return special
        if undefined is not None:
            raise undefined
        failure = no_model(self.signature, self.hypotheses, sizes, random, self.maker)
        self.shared[key] = str(failure)
        raise failure

    def broken_by_model(self) -> str:
        """What is assumed and does not hold at the derivation's own model, if it has one; premises aside, which it need
        not be made for, and what earlier claims state."""
        if self.maker is None:
            return ""
        given = tuple(assumption.statement for assumption in self.assumptions if not assumption.origin)
        return broken_assumption(given, self.maker, tuple(self.sizes(1)[0].items()), self.seed)

    def _partial(self) -> bool:
        """Whether a side has something in it that is not defined everywhere."""
        nodes = (node for side in (self.goal.left, self.goal.right) for node in side.walk())
        return any(isinstance(node, n.Inverse | n.Sqrt | n.Div) for node in nodes)

    def more_sides(self) -> Iterator[Sides]:
        """Both sides at further models, of every kind and many sizes: one model may be special, as a critical point is.

        Made as they are asked for, and kept. None where nothing binds the letters and no dimension is a number: one
        random point does for many.
        """
        one = not (self.conditional or self.signature.fixed or self.signature.sets or self.signature.rooted)
        if one and not (self.uneven or self.counted):
            return
        yield from self.others
        if self.source is None:
            own = [found for found in self.instances.values() if isinstance(found, Model)]
            # What the other judges look at comes first.
            self.source = chain(own, self._turned(own) if self.stepped else (), self._further())
        for found in self.source:
            try:
                sides = self._sides(found)
                if not self.laws.are_some(found.evaluator):
                    continue
            except UndefinedError:
                continue
            self.others.append(sides)
            yield sides

    def _turned(self, models: Sequence[Model]) -> Iterator[Model]:
        """Models beside the borders, which may be far from where those at hand are."""
        relations = [self.goal, *(one for one in self.base if isinstance(one, Relation))]
        moved = (Model.at(one) for found in models[:1] for one in critical(relations, found.instance))
        yield from islice((found for found in moved if found.satisfies(self.hypotheses)), MOST_TURNED)

    def _further(self) -> Iterator[Model]:
        for count, sizes in enumerate(small_sizes(self.signature, 4)):
            if count == MOST_SIZES:
                return
            for spread, maker in ((1, None), (SMALL, None), (SMALL, self.maker)):
                most = MOST_SIDES if self.stepped else 4 if self.signature.fixed else 2
                yield from self._models(sizes, spread, maker, most)

    def _sides(self, found: Model) -> Sides:
        left, right = (stacked(side, found.evaluator, self.over) for side in (self.goal.left, self.goal.right))
        return Sides(found.evaluator, left, right)


def _is_generic(instance: Instance) -> bool:
    """Whether no number is 0 or 1, and no two are equal, give or take a sign: √(a² b) is a where b is 1."""
    sizes = [abs(value) for value in instance.values.values() if not hasattr(value, "shape")]
    return len({0, 1, *sizes}) == 2 + len(sizes)


@lru_cache(maxsize=256)
def broken_assumption(
    given: tuple[Hypothesis, ...], maker: ModelMaker, sizes: tuple[tuple[str, int], ...], seed: int
) -> str:
    """What of this does not hold at an author's own model; the same for all claims that assume it."""
    broken = broken_by_model(signature((), given), given, dict(sizes), Random(f"{seed} own"), maker)
    return "" if broken is None else str(broken)


@dataclass(slots=True)
class Sides:
    """Both sides at one instance, and an evaluator for copies of them."""

    evaluator: Evaluator
    left: list[Any]
    right: list[Any]


def counts(node: n.Expr) -> bool:
    """Whether a node is a dimension, or a sum or trace that may come to one."""
    if isinstance(node, n.Total):
        return not set(node.indices) <= node.body.free or any(isinstance(one, n.Delta) for one in node.body.walk())
    return isinstance(node, n.Size | n.Binomial | n.Identity)


def _number_of_ones(sizes: Mapping[str, int]) -> int:
    """Sizes that are 1 hide much, so they come last."""
    return sum(size == 1 for size in sizes.values())


def _visible(expr: n.Expr) -> Iterator[n.Expr]:
    """The nodes outside definitions."""
    yield expr
    if not isinstance(expr, n.Defined):
        for child in expr.children:
            yield from _visible(child)
