"""What is judged: one relation under hypotheses, and the exact instances at which it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from derive.crosscheck.instances import (
    Signature,
    general_sizes,
    model,
    models,
    signature,
    small_sizes,
)
from derive.errors import NoModelError
from derive.evaluate import Evaluator, Instance, free_indices, stacked
from derive.language import nodes as n
from derive.language.derivation import Assumption, ModelMaker
from derive.language.indices import DimOrder, Index
from derive.language.statements import Condition, Hypothesis, Relation, Sequent

SMALL = 9
"""Spread of the entries of a model where hypotheses are solved for exactly: larger ones only make larger fractions."""


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
    shared: dict[Any, Instance] = field(default_factory=dict)
    signature: Signature = field(init=False)
    hypotheses: tuple[Hypothesis, ...] = field(init=False)
    over: list[Index] = field(init=False)
    instances: dict[tuple[tuple[str, int], ...], Instance | NoModelError] = field(init=False, default_factory=dict)
    others: list[Sides] = field(init=False, default_factory=list)
    source: Iterator[Instance] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.hypotheses = (*(a.statement for a in self.assumptions), *self.sequent.premises)
        self.signature = signature((self.goal.left, self.goal.right), self.hypotheses)
        self.over = free_indices(self.goal.left, self.goal.right)

    @property
    def goal(self) -> Relation:
        return self.sequent.goal

    @property
    def conditional(self) -> bool:
        return any(not isinstance(hypothesis, DimOrder) for hypothesis in self.hypotheses)

    def sizes(self, count: int = 1) -> list[dict[str, int]]:
        """Distinct sizes at which a model of the hypotheses was found.

        Raises:
            NoModelError: there is none at any of the sizes that were tried.
        """
        found: list[dict[str, int]] = []
        failure: NoModelError | None = None
        for sizes in general_sizes(self.signature, count + 2):
            try:
                self.instance(sizes)
            except NoModelError as error:
                failure = error
                continue
            found.append(sizes)
            if len(found) == count:
                break
        if not found:
            raise failure or NoModelError("no sizes fit the orders of the dimensions")
        return found

    def usual_sizes(self) -> dict[str, int]:
        """The sizes for gradients: distinct, at least 2; the least ones for index notation, summed in loops."""
        looped = any(isinstance(node, n.Total) for side in (self.goal.left, self.goal.right) for node in _visible(side))
        return self.least_sizes() if looped else self.sizes(1)[0]

    def least_sizes(self) -> dict[str, int]:
        """Distinct sizes of the least cost at which only one is 1, and none that another must exceed; where hypotheses
        bind letters, the usual ones."""
        if self.conditional:
            return self.sizes(1)[0]
        smaller = {small for small, _ in self.signature.orders}
        choices = general_sizes(self.signature, 12, least=1)
        if not choices:
            raise NoModelError("no sizes fit the orders of the dimensions")
        return next((sizes for sizes in choices if not any(sizes[name] == 1 for name in smaller)), choices[0])

    def letters(self, sizes: Mapping[str, int]) -> Instance:
        """A model of the hypotheses but for those on indices, kept for all cases of a claim.

        Raises:
            NoModelError: none was found.
        """
        unplaced = tuple(h for h in self.hypotheses if not isinstance(h, Condition))
        key = (unplaced, tuple(self.signature.symbols), tuple(sorted(sizes.items())))
        if key not in self.shared:
            random = Random(f"{self.seed} {sorted(sizes.items())}")
            self.shared[key] = model(self.signature, unplaced, sizes, random, SMALL, self.maker)
        return self.shared[key]

    def instance(self, sizes: Mapping[str, int]) -> Instance:
        """An exact model of the hypotheses at these sizes, the same one at each call."""
        key = tuple(sorted(sizes.items()))
        if key not in self.instances:
            spread = SMALL if self.conditional else 2**31
            random = Random(f"{self.seed} {key}")
            try:
                self.instances[key] = model(self.signature, self.hypotheses, sizes, random, spread, self.maker)
            except NoModelError as error:
                self.instances[key] = error
        found = self.instances[key]
        if isinstance(found, NoModelError):
            raise found
        return found


    def more_sides(self) -> Iterator[Sides]:
        """Both sides at further models, of every kind and many sizes: one model may be special, as a critical point is.

        Made as they are asked for, and kept. None where nothing binds the letters: one random point does for many.
        """
        if not (self.conditional or self.signature.fixed or self.signature.sets):
            return
        yield from self.others
        if self.source is None:
            self.source = self._further()
        for instance in self.source:
            sides = self._sides(instance)
            self.others.append(sides)
            yield sides

    def _further(self) -> Iterator[Instance]:
        random = Random(f"{self.seed} further")
        for count, sizes in enumerate(small_sizes(self.signature, 4)):
            if count == MOST_SIZES:
                return
            for spread, maker in ((1, None), (SMALL, None), (SMALL, self.maker)):
                tries = 4 if self.signature.fixed else 2
                yield from models(self.signature, self.hypotheses, sizes, random, spread, maker, tries)

    def _sides(self, instance: Instance) -> Sides:
        evaluator = Evaluator(instance)
        left, right = (stacked(side, evaluator, self.over) for side in (self.goal.left, self.goal.right))
        return Sides(evaluator, left, right)


@dataclass(slots=True)
class Sides:
    """Both sides at one instance, and an evaluator for copies of them."""

    evaluator: Evaluator
    left: list[Any]
    right: list[Any]


def _visible(expr: n.Expr) -> Iterator[n.Expr]:
    """The nodes outside definitions."""
    yield expr
    if not isinstance(expr, n.Defined):
        for child in expr.children:
            yield from _visible(child)
