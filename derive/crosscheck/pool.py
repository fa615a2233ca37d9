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

from derive.crosscheck.instances import (
    MOST_TRIES,
    Signature,
    attempted_model,
    bind_letters,
    holds_at,
    random_instance,
    signature,
)
from derive.crosscheck.solving import Budget
from derive.evaluate import Evaluator, Instance
from derive.language.derivation import ModelMaker
from derive.language.statements import Hypothesis


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
    random: Random
    budget: Budget = field(default_factory=Budget)
    made: list[Model | None] = field(default_factory=list)
    found: bool = False

    def __call__(self, number: int) -> Model | None:
        while len(self.made) <= number and (self.found or len(self.made) < MOST_TRIES):
            made = attempted_model(
                self.pool.signature, self.pool.hypotheses, self.sizes, self.random, self.spread, self.maker,
                self.budget, len(self.made),
            )  # fmt: skip
            self.found |= made is not None
            self.made.append(None if made is None else Model(made))
        return self.made[number] if number < len(self.made) else None


@dataclass(slots=True)
class Pool:
    """The models of hypotheses, at whatever sizes they have been asked for."""

    hypotheses: tuple[Hypothesis, ...]
    seed: int
    signature: Signature
    attempts: dict[tuple[object, ...], Attempts] = field(default_factory=dict)

    def models(self, sizes: Mapping[str, int], spread: int, maker: ModelMaker | None, tries: int) -> Iterator[Model]:
        """Those that so many attempts give."""
        # An author's model may be made for more dimensions than the hypotheses mention.
        own = dict(sizes) if maker is not None else {name: sizes[name] for name in self.signature.dims}
        key = (tuple(own.items()), spread, maker)
        if key not in self.attempts:
            random = Random(f"{self.seed} {sorted(own.items())} {spread} {maker is not None}")
            self.attempts[key] = Attempts(self, own, spread, maker, random)
        found = (self.attempts[key](number) for number in range(tries))
        yield from (model for model in found if model is not None)


@lru_cache(maxsize=256)
def pool_of(hypotheses: tuple[Hypothesis, ...], seed: int, rooted: bool) -> Pool:
    """The pool of these hypotheses; ``rooted`` where something under them has a root."""
    own = signature((), hypotheses)
    return Pool(hypotheses, seed, replace(own, rooted=own.rooted or rooted))


def shared_models(
    sign: Signature, base: tuple[Hypothesis, ...], facts: Sequence[Hypothesis], sizes: Mapping[str, int],
    spread: int, maker: ModelMaker | None, seed: int, tries: int,
) -> Iterator[Model]:  # fmt: skip
    """Models of the hypotheses ``base`` at which the ``facts`` hold as well, with values for every letter of ``sign``.

    Facts that hold at none of them do not follow; they are then solved for like what is assumed.
    """
    made = found = False
    for number, model in enumerate(pool_of(base, seed, sign.rooted).models(sizes, spread, maker, tries)):
        whole = _completed(model, sign, sizes, Random(f"{seed} {sorted(sizes.items())} {spread} {number}"), spread)
        made = True
        if whole.satisfies(facts):
            found = True
            yield whole
    if made and not found:
        yield from shared_models(sign, (*base, *facts), (), sizes, spread, maker, seed, tries)


def _completed(model: Model, sign: Signature, sizes: Mapping[str, int], random: Random, spread: int) -> Model:
    """The model with random values for whatever else the signature has; itself where that is nothing."""
    own = model.instance
    missing = sign.symbols.keys() - own.values.keys() or sign.sets.keys() - own.sets.keys()
    placed = all(index.name in own.indices for index in sign.fixed)
    if not missing and placed and own.sizes.keys() >= set(sign.dims):
        return model
    other = random_instance(sign, sizes, random, spread)
    return Model.at(bind_letters(other, own))
