"""Both sides to the digits asked for, at irrational points."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from random import Random
from typing import Any

import mpmath
import numpy as np

from derive.crosscheck.calculus import Calculator
from derive.crosscheck.instances import general_sizes, random_instance, random_orthogonal
from derive.errors import NoModelError, UndefinedError
from derive.evaluate import Evaluator, Instance, array, quotient, real_root, stacked
from derive.judges.base import (
    Judged,
    ValueJudge,
    agreeing_digits,
    finished,
    not_applicable,
)
from derive.judges.derivatives import (
    converted,
    digit_difference,
    rational_mpf,
    to_mpf,
)
from derive.judges.subject import Sides, Subject
from derive.language import nodes as n
from derive.language.statements import Property, Relation, expressions

MOST_POINTS = 8
"""Irrational points tried for one at which every root exists."""
SPREAD, LARGER, SEVERAL = 9, 7, 6
"""Of what is not made irrational; times as large are some points; and so many are taken, where no model was found."""


def numeric(subject: Subject) -> Judged:
    """Both sides at the digits asked for, where roots and quotients make irrational points the natural ones."""
    started = time.perf_counter()
    digits = subject.digits
    with mpmath.workdps(digits + 15):
        exact, modelled = _start(subject)
        points = list(islice(_defined_points(subject, exact, modelled), 1 if modelled else SEVERAL))
        ends = [(sides.left, sides.right) for sides in points]
        equal = subject.goal.sign == "="
        if subject.goal.sign == "<" and any(agreeing_digits(*both, digits) >= digits for both in ends):
            return not_applicable("numeric", "the sides are not told apart at so many digits", started)
        found = min(math.floor(agreeing_digits(*both, digits)) for both in ends) if equal else None
    judge = ValueJudge(
        "numeric", subject.goal, subject.over, points,
        lambda a, b: digit_difference(a, b, digits), 10.0**-digits, digits + 15, subject.more_sides,
    )  # fmt: skip
    return finished(judge, started, [dict(exact.sizes)], "at irrational points", digits=found)


def _start(subject: Subject) -> tuple[Instance, bool]:
    """A model of the hypotheses, and True; without any hypothesis a random point, and False, where no rational one was
    found at which all roots are rational."""
    try:
        return subject.instance(subject.sizes(1)[0]), True
    except UndefinedError:
        if subject.conditional:
            raise
        sizes = general_sizes(subject.signature, 1)[0]
        return random_instance(subject.signature, sizes, Random(f"{subject.seed} irrational"), SPREAD), False


def _defined_points(subject: Subject, exact: Instance, modelled: bool) -> Iterator[Sides]:
    """Irrational points at which both sides have a value, and these.

    Raises:
        UndefinedError: there is none among so many.
    """
    undefined, found = UndefinedError("no point was tried"), False
    for attempt in range(MOST_POINTS):
        random = Random(f"{subject.seed} irrational {attempt}")
        # Under roots of many letters all have to be positive. Where one judge alone is asked, it looks at both sides of
        # borders that are further away as well.
        signs, scale = ([-1, 1], [1], [-1])[attempt % (2 if modelled else 3)], 1 if modelled or attempt < 3 else LARGER
        instance = _irrational(subject, exact, random, [sign * scale for sign in signs])
        values = {**instance.values, **instance.sets}
        calculator = Calculator(instance.sizes, values, instance.indices, rational_mpf)
        sides = (subject.goal.left, subject.goal.right)
        evaluator = Evaluator(instance)
        try:
            for side in sides:  # of what SymPy leaves out, as √a in 0·√a, the tree still knows that it has no value
                stacked(side, evaluator, subject.over)
            left, right = (calculator.stacked(side, subject.over) for side in sides)
        except UndefinedError as error:
            undefined = error
            continue
        found = True
        yield Sides(evaluator, left, right)
    if not found:
        raise undefined


def _irrational(subject: Subject, exact: Instance, random: Random, signs: list[int]) -> Instance:
    """The instance with irrational numbers: rotations by irrational angles, scalars and other letters not rational.

    Raises:
        NoModelError: a hypothesis binds a letter in a way that this does not respect.
    """
    instance = converted(exact, lambda value: to_mpf(Fraction(value)), to_mpf)
    values = dict(instance.values)
    given = [side for h in subject.hypotheses if isinstance(h, Relation) for side in expressions(h)]
    bound = {name for side in given for name in n.symbols_of(side)}
    for name in subject.signature.symbols:
        if name in bound:
            raise NoModelError(f"the hypotheses bind {name}")
        values[name] = _irrational_entries(values[name], random, signs)
    for hypothesis in subject.hypotheses:
        if isinstance(hypothesis, Property) and hypothesis.name == "orthogonal":
            values[hypothesis.args[0].name] = _irrational_rotation(exact, hypothesis.args[0], random)  # type: ignore[attr-defined]
        elif isinstance(hypothesis, Property) and hypothesis.name not in {"invertible", "symmetric"}:
            raise NoModelError(f"{hypothesis} is not respected by irrational points")
    return replace(instance, values=values, root=real_root, quotient=lambda a, b: quotient(mpmath.mpf(a), b))


def _irrational_entries(value: Any, random: Random, signs: list[int]) -> Any:
    """Independent roots in place of all entries: a multiple of a rational point would keep what is special about it."""
    if not isinstance(value, np.ndarray):
        return random.choice(signs) * mpmath.sqrt(random.randint(2, 50) * 2 + 1)
    return array([[_irrational_entries(entry, random, signs) for entry in row] for row in value.tolist()])


def _irrational_rotation(exact: Instance, letter: n.Expr, random: Random) -> np.ndarray:
    size = exact.size(letter.shape[0].name)
    U = random_orthogonal(size, random) * mpmath.mpf(1)
    for i in range(size - 1):
        angle = mpmath.sqrt(random.randint(2, 50))
        turn = array([[mpmath.mpf(int(a == b)) for b in range(size)] for a in range(size)])
        turn[i, i] = turn[i + 1, i + 1] = mpmath.cos(angle)
        turn[i, i + 1], turn[i + 1, i] = -mpmath.sin(angle), mpmath.sin(angle)
        U = np.dot(U, turn)
    return np.asarray(U, dtype=object)
