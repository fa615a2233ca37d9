"""Expectations against averages of samples."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

from derive.crosscheck.intervals import interval
from derive.crosscheck.sampling import FALSE_ALARM, SAMPLES, Sampler, improbable, sampled
from derive.errors import DeriveError
from derive.evaluate import Instance
from derive.judges.base import Judged, not_applicable
from derive.judges.subject import Subject
from derive.language import nodes as n
from derive.language.indices import DimOrder
from derive.language.statements import expressions
from derive.report import Evidence

CHANCES = tuple(Fraction(k, 10) for k in (2, 3, 4, 6, 7, 8))
"""Values for the parameters of laws that no hypothesis binds."""


def sampling(subject: Subject) -> Judged:
    """Both sides with the averages of samples in place of expectations: as intervals they have to meet."""
    started = time.perf_counter()
    goal = subject.goal
    try:
        nodes = sampled(goal.left, goal.right)
        instance = _instance(subject)
    except DeriveError as error:
        return not_applicable("sampling", str(error), started)
    wrong = next(filter(None, (improbable(side, instance) for side in (goal.left, goal.right))), "")
    if wrong:
        return not_applicable("sampling", f"{wrong} at the models that were found", started)
    places = sum(_instances(node, instance) for node in nodes)
    calculator = Sampler(instance, subject.seed, FALSE_ALARM / places).calculator()
    left, right = (calculator.stacked(side, subject.over) for side in (goal.left, goal.right))
    pairs = [(interval(a), interval(b)) for a, b in zip(left, right, strict=True)]
    apart = next((f"{a} against {b}" for a, b in pairs if not a.meets(b)), "")
    shown = apart or f"{pairs[0][0]} against {pairs[0][1]}"
    detail = f"{SAMPLES} samples: {shown}; what is right is called wrong at most once in {1 / FALSE_ALARM:.0e} runs"
    seconds = time.perf_counter() - started
    sizes = (dict(instance.sizes),)
    return Judged(Evidence("sampling", not apart, detail, sizes=sizes, seconds=seconds))


def _instances(node: n.Expectation, instance: Instance) -> int:
    """For how many values of its indices an expectation is taken."""
    return prod(instance.size(index.dim.name) for index in node.free if not index.fixed)


def _instance(subject: Subject) -> Instance:
    """A model of the hypotheses; for letters that none is about, small numbers, and probabilities for the laws'
    parameters."""
    instance = subject.instance(subject.least_sizes())
    given = [h for h in subject.hypotheses if not isinstance(h, DimOrder)]
    bound = {name for h in given for expr in expressions(h) for name in n.symbols_of(expr)}
    random = Random(f"{subject.seed} sampling")
    nodes = (node for side in (subject.goal.left, subject.goal.right) for node in side.walk())
    laws = [law for node in nodes if isinstance(node, n.Expectation) for law in node.laws]
    parameters = {name for law in laws for value in law.parameters for name in n.symbols_of(value)}

    def small(name: str, value: Any) -> Any:
        if name in bound:
            return value
        if hasattr(value, "shape"):
            made = value.copy()
            made[:] = [[random.randint(-2, 2) for _ in row] for row in value.tolist()]
            return made
        return random.choice(CHANCES) if name in parameters else random.randint(-2, 2)

    return replace(instance, values={name: small(name, value) for name, value in sorted(instance.values.items())})
