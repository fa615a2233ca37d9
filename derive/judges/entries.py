"""Both sides as polynomials in all entries, and at every placement of sets and indices."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from derive.crosscheck.calculus import Calculator
from derive.crosscheck.differences import degree
from derive.crosscheck.instances import (
    Signature,
    choices,
    condition_holds,
    small_sizes,
)
from derive.errors import NoModelError
from derive.evaluate import Evaluator, stacked
from derive.judges.base import (
    Judged,
    ValueJudge,
    finished,
    not_applicable,
    shortened,
)
from derive.judges.subject import Sides, Subject
from derive.language import nodes as n
from derive.language.indices import DimOrder
from derive.language.statements import Condition, expressions
from derive.replay.entrywise import SymbolicNumbers, SymbolicPoint, differentiate, free_letters, made_letters
from derive.report import Evidence

MADE_BY_CASES = 8
"""Generators kept for the roots and quotients of all cases of a claim together."""
LARGEST_SET_DIM = 5
"""The dimension up to which every set and every fixed index of a case distinction is tried."""


def entrywise(subject: Subject) -> Judged:
    """Both sides as polynomials in all entries."""
    started = time.perf_counter()
    if not all(_polynomial(node) for side in (subject.goal.left, subject.goal.right) for node in side.walk()):
        return not_applicable("entrywise", "what is differentiated or integrated is no polynomial", started)
    bound = _bound_letters(subject)
    numeric = sorted(bound & subject.signature.symbols.keys())
    size = subject.least_sizes()
    letters = free_letters(subject.signature.symbols, bound)
    point = SymbolicPoint(subject.instance(size), letters, _moving(subject, bound), _made(subject))
    sides = _symbolic_sides(subject, point)
    point.settle()

    def compare(left: Sequence[Any], right: Sequence[Any]) -> str:
        for number, (a, b) in enumerate(zip(left, right, strict=True)):
            if a != b and not point.is_zero(a - b):
                return f"entry {number}: the difference is {shortened(a - b)}"
        return ""

    judge = ValueJudge(
        "entrywise", subject.goal, subject.over, [sides], compare, more=subject.more_sides, forget=point.forget
    )
    detail = f"a model's values for {', '.join(numeric)}, the rest symbolic" if numeric else "every entry symbolic"
    placed = _placements(subject, bound) if subject.every_placement else []
    wrong = next((difference for _, difference in placed if difference), "")
    sizes = _distinct([size, *(at for at, _ in placed)])
    if wrong:
        seconds = time.perf_counter() - started
        return Judged(Evidence("entrywise", False, wrong, sizes=tuple(sizes), seconds=seconds), judge)
    detail += f"; {len(placed)} placements of sets and indices" if placed else ""
    return finished(judge, started, sizes, detail)


def _polynomial(node: n.Expr) -> bool:
    """Whether a derivative, if the node is one, is that of a polynomial."""
    if isinstance(node, n.Gradient):
        return degree(node.body, node.variable.name) is not None or _polynomial_outside(node.body, node.variable)
    if isinstance(node, n.Relu | n.AtLeastZero):
        return False
    if isinstance(node, n.Along | n.At | n.Expectation | n.Integral):
        known = all(degree(node.body, variable.name) is not None for variable in node.variables)
        return known or _polynomial_outside(node.body, *node.variables)
    return True


def _polynomial_outside(expr: n.Expr, *variables: n.Symbol) -> bool:
    """Whether there are derivatives inside, which are looked at themselves, and no variable in a quotient or root."""
    names = {variable.name for variable in variables}
    nodes = expr.walk()
    parts = [node.bottom if isinstance(node, n.Div) else node for node in nodes if isinstance(node, UNEXPANDED)]
    inside = any(isinstance(node, n.Gradient | n.Along | n.At | n.Expectation | n.Integral) for node in nodes)
    return inside and not any(names & n.symbols_of(part).keys() for part in parts)


UNEXPANDED = (n.Div, n.Sqrt, n.Inverse)
"""What is a letter of its own among polynomials."""


def _distinct(sizes: Sequence[Mapping[str, int]]) -> list[dict[str, int]]:
    return [dict(row) for row in dict.fromkeys(tuple(sorted(size.items())) for size in sizes)]


def _bound_letters(subject: Subject) -> frozenset[str]:
    """Letters that take a model's values: those that a hypothesis binds, moments of one law, and what is inverted."""
    given = [h for h in subject.hypotheses if not isinstance(h, DimOrder)]
    exprs = [expr for hypothesis in given for expr in expressions(hypothesis)]
    exprs += [moment for moments in subject.laws.moments for moment in moments]
    for side in (subject.goal.left, subject.goal.right):
        exprs += [node.arg for node in side.walk() if isinstance(node, n.Inverse)]
    return frozenset(name for expr in exprs for name in n.symbols_of(expr))


def _made(subject: Subject) -> int:
    """Generators for the roots and quotients of the sides, and some for those that a damaged copy brings along."""
    own = made_letters(subject.goal.left, subject.goal.right)
    return own + 2 if own else 0


def _moving(subject: Subject, bound: frozenset[str]) -> list[n.Symbol]:
    """Bound letters that something is differentiated by."""
    found: dict[str, n.Symbol] = {}
    for node in (node for side in (subject.goal.left, subject.goal.right) for node in side.walk()):
        if isinstance(node, n.Gradient):
            found[node.variable.name] = node.variable
        elif isinstance(node, n.Along | n.At | n.Expectation | n.Integral):
            found |= {variable.name: variable for variable in node.variables}
    return [symbol for name, symbol in sorted(found.items()) if name in bound]


def _symbolic_sides(subject: Subject, point: SymbolicPoint) -> Sides:
    instance = point.instance
    values = {**instance.values, **instance.sets}
    calculator = Calculator(instance.sizes, values, instance.indices, SymbolicNumbers(point), differentiate(point))
    left, right = (calculator.stacked(side, subject.over) for side in (subject.goal.left, subject.goal.right))
    return Sides(Evaluator(instance), left, right)


def _placements(subject: Subject, bound: frozenset[str]) -> list[tuple[dict[str, int], str]]:
    """The sides at every set and every fixed index that the conditions allow, up to the largest dimension."""
    found: list[tuple[dict[str, int], str]] = []
    conditions = [h for h in subject.hypotheses if isinstance(h, Condition)]
    for sizes in small_sizes(subject.signature, LARGEST_SET_DIM):
        try:
            point = _shared_point(subject, bound, sizes)
        except NoModelError:
            continue
        for sets in _every_choice(subject.signature, sizes):
            evaluator = _shared_evaluator(subject, point, sizes, sets)
            for indices in _every_index(subject.signature, sizes):
                if all(condition_holds(condition, sets, indices) for condition in conditions):
                    evaluator.instance = replace(point.instance, sets=sets, indices=indices)
                    found.append((sizes, _placed_difference(subject, evaluator, point)))
    return found


def _shared_point(subject: Subject, bound: frozenset[str], sizes: Mapping[str, int]) -> SymbolicPoint:
    """A ring and a model of the hypotheses on letters, the same for all cases of a claim."""
    base = subject.letters(sizes)
    key = ("point", id(base), bound)
    if key not in subject.shared:
        letters = free_letters(subject.signature.symbols, bound)
        subject.shared[key] = SymbolicPoint(base, letters, made=MADE_BY_CASES)
    found: SymbolicPoint = subject.shared[key]
    return found


def _shared_evaluator(
    subject: Subject, point: SymbolicPoint, sizes: Mapping[str, int], sets: Mapping[str, tuple[int, ...]]
) -> Evaluator:
    """One evaluator for a choice of sets: what the cases have in common is then computed once."""
    key = ("evaluator", id(point), tuple(sets.items()))
    if key not in subject.shared:
        subject.shared[key] = Evaluator(replace(point.instance, sets=sets))
    found: Evaluator = subject.shared[key]
    return found


def _placed_difference(subject: Subject, evaluator: Evaluator, point: SymbolicPoint) -> str:
    left, right = (stacked(side, evaluator, subject.over) for side in (subject.goal.left, subject.goal.right))
    for a, b in zip(left, right, strict=True):
        if a != b and not point.is_zero(a - b):
            return f"at {evaluator.instance.sets}, {evaluator.instance.indices}: the difference is {shortened(a - b)}"
    return ""


def _every_choice(sign: Signature, sizes: Mapping[str, int]) -> Iterator[dict[str, tuple[int, ...]]]:
    """Every choice of members for every set."""
    names = sorted(sign.sets)
    subsets = [choices(sign.sets[name], sizes) for name in names]
    for members in product(*subsets):
        yield dict(zip(names, members, strict=True))


def _every_index(sign: Signature, sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Every value of every fixed index."""
    names = [index.name for index in sign.fixed]
    for values in product(*(range(sizes[index.dim.name]) for index in sign.fixed)):
        yield dict(zip(names, values, strict=True))
