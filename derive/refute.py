"""Counterexamples: small exact values at which a statement is false."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from derive.crosscheck.instances import choices, models, relation_holds, small_sizes
from derive.errors import (
    UndefinedError,
)
from derive.evaluate import Evaluator, Instance, stacked
from derive.judges import Subject
from derive.report import (
    Counterexample,
)

INSTANCES_A_SIZE = 12
"""Random small instances tried at each size in the search for a counterexample."""


def find_counterexample(subject: Subject) -> Counterexample | None:
    """Small exact values at which the hypotheses hold and the relation does not, at the smallest size that has any."""
    random = Random(f"{subject.seed} counterexample")
    given = [hypothesis for hypothesis in subject.hypotheses if hypothesis != subject.sequent.chosen]
    for sizes in small_sizes(subject.signature):
        for spread in (1, 3):
            found = models(subject.signature, given, sizes, random, spread, subject.maker, tries=INSTANCES_A_SIZE)
            for instance in found:
                for tried in _around(subject, instance):
                    try:
                        if _false(subject, tried):
                            return _described(subject, tried)
                    except UndefinedError:
                        continue
    return None


def _false(subject: Subject, instance: Instance) -> bool:
    """Whether the relation fails at the instance; of a set that is claimed to exist, for every set of its size."""
    chosen = subject.sequent.chosen
    if chosen is None:
        return not relation_holds(subject.goal, Evaluator(instance))
    tried = (
        replace(instance, sets={**instance.sets, chosen.subset.name: members})
        for members in choices(chosen.subset, instance.sizes)
    )
    return not any(relation_holds(subject.goal, Evaluator(other)) for other in tried)


def _around(subject: Subject, instance: Instance) -> Iterator[Instance]:
    """The instance, and for an inequality without hypotheses a fraction of it: x ≤ x² holds at all whole numbers."""
    yield instance
    if subject.goal.sign != "=" and not subject.conditional:
        quarter = Fraction(1, 4)
        yield replace(instance, values={name: value * quarter for name, value in instance.values.items()})


def _described(subject: Subject, instance: Instance) -> Counterexample:
    evaluator = Evaluator(instance)
    values = {name: _value_text(value) for name, value in instance.values.items()}
    values |= {name: "{" + ", ".join(str(m + 1) for m in members) + "}" for name, members in instance.sets.items()}
    values |= {name: str(value + 1) for name, value in instance.indices.items()}
    sides = (stacked(side, evaluator, subject.over) for side in (subject.goal.left, subject.goal.right))
    left, right = (_list_text(side) for side in sides)
    return Counterexample(dict(instance.sizes), values, left, right)


def _value_text(value: Any) -> str:
    if not hasattr(value, "tolist"):
        return str(value)
    return "[" + "; ".join(" ".join(str(entry) for entry in row) for row in value.tolist()) + "]"


def _list_text(values: Sequence[Any]) -> str:
    return str(values[0]) if len(values) == 1 else "[" + ", ".join(str(value) for value in values) + "]"
