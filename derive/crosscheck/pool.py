"""Models of hypotheses, made once for all claims that assume the same.

What an earlier claim states follows from what it assumes, so a model of what is assumed is one of that too: facts are
not solved for, they are looked at where a model has been made. Each model comes with one evaluator, so that what two
claims have in common is computed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import Random
from typing import Any

from derive.crosscheck.instances import (
    MOST_TRIES,
    Signature,
    attempted_model,
    bind_letters,
    holds_at,
    random_instance,
    sample,
    signature,
)
from derive.crosscheck.packed import packed, unpacked
from derive.crosscheck.solving import Budget
from derive.evaluate import Evaluator, Instance
from derive.language.derivation import ModelMaker
from derive.language.statements import Hypothesis
from derive.outcomes import Outcomes


@dataclass(slots=True)
class Model:
    """An evaluator at an exact instance of the hypotheses, and which facts were seen to hold there."""

    evaluator: Evaluator
    facts: dict[Hypothesis, bool] = field(init=False, default_factory=dict)

    @classmethod
    def at(cls, instance: Instance) -> Model:
        return cls(Evaluator(instance))

    @property
    def instance(self) -> Instance:
        return self.evaluator.instance

    def satisfies(self, facts: Sequence[Hypothesis]) -> bool:
        for fact in facts:
            if fact not in self.facts:
                self.facts[fact] = holds_at(fact, self.evaluator)
            if not self.facts[fact]:
                return False
        return True


@dataclass(slots=True)
class Attempts:
    """Attempts to make a model at one size, in order; each is made when it is first asked for."""

    pool: Pool
    sizes: Mapping[str, int]
    spread: int
    maker: ModelMaker | None
    random: Random = field(init=False)
    budget: Budget = field(init=False)
    made: list[Model | None] = field(init=False, default_factory=list)
    found: bool = field(init=False, default=False)
    names: dict[int, str] = field(init=False, default_factory=dict)
    """What the outcome of each attempt is kept by."""
    tried: int = field(init=False, default=0)
    """How many attempts were made here, and not in an earlier run: each goes on where the last one has ended."""

    def __post_init__(self) -> None:
        self.random = Random(f"{self.pool.seed} {sorted(self.sizes.items())} {self.spread} {self.maker is not None}")
        self.budget = Budget()

    def __call__(self, number: int, outcomes: Outcomes | None) -> Model | None:
        while len(self.made) <= number and (self.found or len(self.made) < MOST_TRIES):
            made = self._attempt(len(self.made), outcomes)
            self.found |= made is not None
            self.made.append(made)
        if number >= len(self.made):
            return None
        self._keep(number, outcomes)
        return self.made[number]

    def _attempt(self, number: int, outcomes: Outcomes | None) -> Model | None:
        known = None if outcomes is None else outcomes.of(self._name(number, outcomes))
        if known is not None:
            model = None if known[1] is None else self._recalled(known[1])
            if model is not None or known[1] is None:
                return model
        while True:
            made = attempted_model(
                self.pool.signature, self.pool.hypotheses, self.sizes, self.random, self.spread, self.maker,
                self.budget, self.tried,
            )  # fmt: skip
            self.tried += 1
            if self.tried > number:
                break
        if known is not None and outcomes is not None:  # what is kept is no model, or none any more
            outcomes.forget(self._name(number, outcomes))
        return None if made is None else Model(made)

    def _recalled(self, data: Mapping[str, Any]) -> Model | None:
        """A model that an earlier run has made, if it is one."""
        instance = unpacked(data, self.pool.signature, self.sizes)
        model = None if instance is None else Model.at(instance)
        return model if model is not None and model.satisfies(self.pool.hypotheses) else None

    def _keep(self, number: int, outcomes: Outcomes | None) -> None:
        if outcomes is None or outcomes.of(name := self._name(number, outcomes)) is not None:
            return
        made = self.made[number]
        data = None if made is None else packed(made.instance)
        if made is None or data is not None:
            outcomes.keep(name, ("", data))

    def _name(self, number: int, outcomes: Outcomes) -> str:
        if number not in self.names:
            pool, sizes = self.pool, tuple(sorted(self.sizes.items()))
            own = "" if self.maker is None else sample(self.maker, self.sizes)
            way = (pool.signature.rooted, sizes, self.spread, self.maker is not None, own, number)
            self.names[number] = outcomes.name(("model", pool.hypotheses, *way))
        return self.names[number]


@dataclass(slots=True)
class Pool:
    """The models of hypotheses, at whatever sizes they have been asked for."""

    hypotheses: tuple[Hypothesis, ...]
    seed: int
    signature: Signature
    attempts: dict[tuple[object, ...], Attempts] = field(default_factory=dict)

    def models(
        self, sizes: Mapping[str, int], spread: int, maker: ModelMaker | None, tries: int, outcomes: Outcomes | None
    ) -> Iterator[Model]:
        """Those that so many attempts give."""
        # An author's model may be made for more dimensions than the hypotheses mention.
        own = dict(sizes) if maker is not None else {name: sizes[name] for name in self.signature.dims}
        key = (tuple(own.items()), spread, maker)
        if key not in self.attempts:
            self.attempts[key] = Attempts(self, own, spread, maker)
        found = (self.attempts[key](number, outcomes) for number in range(tries))
        yield from (model for model in found if model is not None)


@lru_cache(maxsize=256)
def pool_of(hypotheses: tuple[Hypothesis, ...], seed: int, rooted: bool) -> Pool:
    """The pool of these hypotheses; ``rooted`` where something under them has a root."""
    own = signature((), hypotheses)
    return Pool(hypotheses, seed, replace(own, rooted=own.rooted or rooted))


def shared_models(
    sign: Signature, base: tuple[Hypothesis, ...], facts: Sequence[Hypothesis], sizes: Mapping[str, int],
    spread: int, maker: ModelMaker | None, seed: int, tries: int, outcomes: Outcomes | None = None,
) -> Iterator[Model]:  # fmt: skip
    """Models of the hypotheses ``base`` at which the ``facts`` hold as well, with values for every letter of ``sign``.

    Those that an earlier run of the claim has made are taken from the ``outcomes``, and the others kept there.

    Facts that hold at none of them do not follow; they are then solved for like what is assumed.
    """
    made = found = False
    pool = pool_of(base, seed, sign.rooted)
    for number, model in enumerate(pool.models(sizes, spread, maker, tries, outcomes)):
        whole = _completed(model, sign, sizes, Random(f"{seed} {sorted(sizes.items())} {spread} {number}"), spread)
        made = True
        if whole.satisfies(facts):
            found = True
            yield whole
    if made and not found:
        yield from shared_models(sign, (*base, *facts), (), sizes, spread, maker, seed, tries, outcomes)


def _completed(model: Model, sign: Signature, sizes: Mapping[str, int], random: Random, spread: int) -> Model:
    """The model with random values for whatever else the signature has; itself where that is nothing."""
    own = model.instance
    missing = sign.symbols.keys() - own.values.keys() or sign.sets.keys() - own.sets.keys()
    placed = all(index.name in own.indices for index in sign.fixed)
    if not missing and placed and own.sizes.keys() >= set(sign.dims):
        return model
    other = random_instance(sign, sizes, random, spread)
    return Model.at(bind_letters(other, own))
