"""Counterexamples: small exact values at which a statement is false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice
from typing import Any

import numpy as np

from derive.crosscheck.batch import Floats, bends, compared, instances, nearly_equal
from derive.crosscheck.critical import critical
from derive.crosscheck.enumeration import MOST_ENTRIES, Search, Table, entries_at, exact, simplest
from derive.crosscheck.instances import broken_hypothesis, choices, relation_holds, small_sizes
from derive.crosscheck.intervals import Interval, certainly_fails, enclosing
from derive.errors import IrrationalError, UndefinedError
from derive.evaluate import Evaluator, Instance, stacked
from derive.judges import Subject
from derive.judges.subject import counts
from derive.language import nodes as n
from derive.language.indices import DimOrder
from derive.language.statements import Hypothesis, Relation, expressions
from derive.report import (
    Counterexample,
)

INSTANCES_A_SIZE = 12
"""Random small instances tried at each size in the search for a counterexample."""
ENUMERATED_SIZES = 4
"""Sizes at which nearly all models of the hypotheses with small entries are gone through."""
MOST_CONFIRMED = 4
"""Rows, the simplest first, that are looked at exactly."""
MOST_SLOWLY = 60
"""The same where all have to be looked at one by one."""
BRIEFLY = 2
"""Of these sizes as many as a brief search goes through."""
MOST_ROOTS = 6
"""The largest dimension that is looked at for that reason."""
CRITICAL_SIZES, CRITICAL_MODELS = 2, 3
"""Sizes, and models at each, that are moved to where something changes its sign."""
HOPELESS = 6
"""The number of a size, past which nothing is tried where no smaller size has a model."""


def find_counterexample(subject: Subject) -> Counterexample | None:
    """Small exact values at which the hypotheses hold and the relation does not, at the smallest size that has any."""
    instance = counterexample_instance(subject)
    return None if instance is None else described(subject, instance)


def counterexample_instance(subject: Subject, brief: bool = False) -> Instance | None:
    """The instance that ``find_counterexample`` describes; a ``brief`` search only goes through the smallest ones."""
    seen = False
    for number, sizes in enumerate(small_sizes(subject.signature, max(3, subject.telling, _roots(subject)))):
        if number < (BRIEFLY if brief else ENUMERATED_SIZES):
            for instance in _enumerated(subject, sizes):
                return instance
        if brief and subject.conditional:
            if number == BRIEFLY:
                return None
            continue
        for model in _models(subject, sizes):
            seen = True
            for tried in _around(subject, model):
                if surely_fails(subject, tried):
                    return tried
        if number == HOPELESS and not seen:
            return None
    return None if brief else next(_critical(subject), None)


def _critical(subject: Subject) -> Iterator[Instance]:
    """Models at which the relation fails, of those where something in it changes its sign: these may be far from 0."""
    base, facts = _given(subject)
    relations = [subject.goal, *(one for one in base if isinstance(one, Relation))]
    for sizes in islice(small_sizes(subject.signature), CRITICAL_SIZES):
        for model in islice(_models(subject, sizes), CRITICAL_MODELS):
            smaller = replace(model, values={name: value * Fraction(1, 4) for name, value in model.values.items()})
            for tried in chain(critical(relations, model), critical(relations, smaller)):
                if broken_hypothesis((*base, *facts), tried) is None and surely_fails(subject, tried):
                    yield tried


def _roots(subject: Subject) -> int:
    """How many dimensions there may be at which the sides agree by chance, and one more: (D − 2)(D − 3) = 0. What is
    conditional is not called true at the sizes that were looked at."""
    if subject.conditional:
        return 0
    sides = (subject.goal.left, subject.goal.right)
    return min(sum(counts(node) for side in sides for node in side.every()) + 1, MOST_ROOTS)


def _given(subject: Subject) -> tuple[tuple[Hypothesis, ...], tuple[Hypothesis, ...]]:
    """What is assumed, and what earlier claims state; a set that is claimed to exist is no hypothesis here. Where a
    probability is 2 nothing is refuted."""
    base = dict.fromkeys((*subject.base, *subject.domain))
    return tuple(hypothesis for hypothesis in base if hypothesis != subject.sequent.chosen), subject.facts


def _models(subject: Subject, sizes: Mapping[str, int]) -> Iterator[Instance]:
    base, _ = _given(subject)
    for spread in (1, 3):
        found = subject.models_of(base, sizes, spread, subject.maker, INSTANCES_A_SIZE)
        yield from (model.instance for model in found)


def _enumerated(subject: Subject, sizes: Mapping[str, int]) -> Iterator[Instance]:
    """Models of the hypotheses with small entries at which the relation fails, the simplest first."""
    if (
        not (subject.conditional or subject.uneven or subject.domain)
        or entries_at(subject.signature, sizes) > MOST_ENTRIES
    ):
        return
    base, facts = _given(subject)
    search = Search(subject.signature, [(str(h), h) for h in base], frozenset(), subject.seed)
    for place, table in search.tables(sizes):
        if len(table):
            false, defined = judged(subject, place, table)
            rows = list(simplest(table, false & defined)[: MOST_SLOWLY if bends(subject.goal) else MOST_CONFIRMED])
            rows += simplest(table, _bordering(subject, place, table))[:MOST_CONFIRMED]
            for row in rows:
                instance = exact(place, table, row)
                if broken_hypothesis((*base, *facts), instance) is None and surely_fails(subject, instance):
                    yield instance


def surely_fails(subject: Subject, instance: Instance) -> bool:
    """Whether the relation fails at the instance, also where a root in it is irrational; and there are such laws."""
    try:
        if not subject.laws.are_some(Evaluator(instance)):
            return False
        return fails(subject, instance)
    except IrrationalError:
        return subject.sequent.chosen is None and _certainly_fails(subject, instance)
    except UndefinedError:
        return False


def _certainly_fails(subject: Subject, instance: Instance) -> bool:
    try:
        return certainly_fails(subject.goal, instance)
    except UndefinedError:
        return False


def judged(subject: Subject, place: Instance, table: Table) -> tuple[Floats, Floats]:
    """At which rows the relation fails, for every choice of a set that is claimed to exist, and at which it has a
    value."""
    if bends(subject.goal):  # each has to be looked at by itself
        return np.ones(len(table), dtype=bool), np.ones(len(table), dtype=bool)
    chosen, sets = subject.sequent.chosen, [place.sets]
    if chosen is not None:
        sets = [{**place.sets, chosen.subset.name: members} for members in choices(chosen.subset, place.sizes)]
    true, defined = np.zeros(len(table), dtype=bool), np.ones(len(table), dtype=bool)
    for members in sets:
        evaluator = instances(place.sizes, table.numbers, members, place.indices)
        holds, has_value = compared(subject.goal, evaluator, len(table))
        true, defined = true | holds, defined & has_value
    return ~true, defined


def _bordering(subject: Subject, place: Instance, table: Table) -> Floats:
    """The rows at which a bound is met, and may be passed by less than floating numbers tell."""
    if subject.goal.sign != "≤" or bends(subject.goal):
        return np.zeros(len(table), dtype=bool)
    evaluator = instances(place.sizes, table.numbers, place.sets, place.indices)
    return nearly_equal(subject.goal, evaluator, len(table))


def fails(subject: Subject, instance: Instance) -> bool:
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


def described(subject: Subject, instance: Instance) -> Counterexample:
    """The instance and both sides there, in words."""
    evaluator = enclosing(instance)
    sides = (stacked(side, evaluator, subject.over) for side in (subject.goal.left, subject.goal.right))
    left, right = (_list_text(side) for side in sides)
    values = {name: shown for name, shown in values_text(instance).items() if name not in _only_random(subject)}
    return Counterexample(dict(instance.sizes), values, left, right)


def _only_random(subject: Subject) -> set[str]:
    """Symbols that stand for nothing but what is averaged or integrated over: they have no value."""
    given = [h for h in subject.hypotheses if not isinstance(h, DimOrder)]
    every = [subject.goal.left, subject.goal.right, *(expr for h in given for expr in expressions(h))]
    return {name for expr in every for name in n.averaged_symbols(expr)} - {
        name for expr in every for name in n.seen_symbols(expr)
    }


def values_text(instance: Instance) -> dict[str, str]:
    """The values of letters, sets and fixed indices, these counted from 1."""
    values = {name: _value_text(value) for name, value in instance.values.items()}
    values |= {name: "{" + ", ".join(str(m + 1) for m in members) + "}" for name, members in instance.sets.items()}
    return values | {name: str(value + 1) for name, value in instance.indices.items()}


def _value_text(value: Any) -> str:
    if not hasattr(value, "tolist"):
        return str(value)
    return "[" + "; ".join(" ".join(str(entry) for entry in row) for row in value.tolist()) + "]"


def _list_text(values: Sequence[Any]) -> str:
    shown = [_number_text(value) for value in values]
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


SHOWN_DIGITS = 9
"""Of an irrational number, behind the point."""


def _number_text(value: Any) -> str:
    """The number, or the first digits of one that is irrational."""
    if not isinstance(value, Interval) or value.low == value.high:
        return str(value.low if isinstance(value, Interval) else value)
    sign, nearest = ("-", -value.high) if value.high < 0 else ("", max(value.low, Fraction(0)))
    whole, rest = divmod(int(nearest * 10**SHOWN_DIGITS), 10**SHOWN_DIGITS)
    return f"{sign}{whole}.{rest:0{SHOWN_DIGITS}}…"
