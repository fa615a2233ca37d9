"""The judges of a step: each computes the sides in its own way once, and compares damaged copies with what it computed.

A judge that finds the step right must object to a copy that is wrong; ``plant`` insists on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable

from derive.crosscheck.calculus import gradients, split
from derive.errors import DeriveError, LawError, ModelError, NoModelError, UndefinedError
from derive.judges.base import Judge, Judged, ValueJudge, not_applicable, shortened
from derive.judges.certificate import KernelJudge
from derive.judges.derivatives import autograd_exact, autograd_float, exact_differences, finite_difference
from derive.judges.digits import numeric
from derive.judges.entries import entrywise
from derive.judges.points import exact_points
from derive.judges.quadratures import quadrature
from derive.judges.samples import sampling
from derive.judges.subject import Sides, Subject
from derive.language import nodes as n
from derive.language.statements import Relation
from derive.report import METHODS, Evidence

GRADIENT_METHODS = {
    "exact-difference": exact_differences,
    "autograd-exact": autograd_exact,
    "finite-difference": finite_difference,
    "autograd": autograd_float,
}


AVERAGES: dict[type[n.Expr], tuple[str, Callable[[Subject], Judged]]] = {
    n.Expectation: ("sampling", sampling),
    n.Integral: ("quadrature", quadrature),
}


def value_judges(subject: Subject, asked: Container[str] = METHODS) -> list[Judged]:
    """Every judge that compares values, is asked, and applies to the subject."""
    methods: dict[str, Callable[[Subject], Judged]] = {"exact-points": exact_points}
    sides = (subject.goal.left, subject.goal.right)
    if subject.goal.sign == "=":
        methods["entrywise"] = entrywise
    if subject.goal.sign == "=" and gradient_claim(subject.goal) and not subject.sequent.premises:
        methods |= GRADIENT_METHODS
    elif _irrational(sides) and not any(split(side)[1] for side in sides):
        methods["numeric"] = numeric
    kinds = {type(node) for side in sides for node in side.walk()} if subject.goal.sign == "=" else set()
    methods |= {name: method for kind, (name, method) in AVERAGES.items() if kind in kinds}
    return [_guarded(name, method, subject) for name, method in methods.items() if name in asked]


def gradient_claim(goal: Relation) -> bool:
    """Whether the relation is about gradients, and about no other kind of derivative."""
    sides = (goal.left, goal.right)
    return any(split(side)[1] for side in sides) and all(gradients(side) for side in sides if split(side)[1])


def _irrational(sides: Iterable[n.Expr]) -> bool:
    """Whether roots or quotients make irrational points the natural ones."""
    nodes = (node for side in sides for node in side.walk())
    return any(isinstance(node, n.Sqrt | n.Div) and not _plain_quotient(node) for node in nodes)


def _plain_quotient(node: n.Expr) -> bool:
    return isinstance(node, n.Div) and isinstance(node.bottom, n.Number)


def _guarded(name: str, method: Callable[[Subject], Judged], subject: Subject) -> Judged:
    started = time.perf_counter()
    try:
        return method(subject)
    except LawError:  # an input that is wrong, and no check that broke
        raise
    except NoModelError as error:
        return not_applicable(name, str(error), started)
    except UndefinedError as error:
        return not_applicable(name, f"undefined: {error}", started)
    except ModelError:  # a mistake of the author's, and no judge's: it is told once
        raise
    except BROKEN as error:
        seconds = time.perf_counter() - started
        said = f"{type(error).__name__}: {error}"
        return Judged(Evidence(name, False, f"broke: {said}", fault=f"{name}: {said}", seconds=seconds))


BROKEN = (DeriveError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError, RuntimeError, SystemError)
"""What a check that breaks raises: it is then an error of the check, never agreement."""

__all__ = [
    "BROKEN",
    "Judge",
    "Judged",
    "KernelJudge",
    "Sides",
    "Subject",
    "ValueJudge",
    "gradient_claim",
    "shortened",
    "value_judges",
]
