"""What is called from a notebook or a prompt: the check of whatever is at hand, and its formulas as functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, overload

from derive.errors import InputError
from derive.language.derivation import Claim, Derivation, unfolded
from derive.language.nodes import Defined, Expr

if TYPE_CHECKING:
    from derive.crosscheck.arrays import Argument
    from derive.report import ClaimReport, Report

Checkable = Derivation | ModuleType | Iterable[Derivation]


@overload
def check(
    what: Claim, *, only: str | Sequence[str] = (), digits: int = 50, seed: int = 0, plant: bool = True
) -> ClaimReport: ...


@overload
def check(
    what: Checkable, *, only: str | Sequence[str] = (), digits: int = 50, seed: int = 0, plant: bool = True
) -> Report: ...


def check(
    what: Claim | Checkable, *, only: str | Sequence[str] = (), digits: int = 50, seed: int = 0, plant: bool = True
) -> ClaimReport | Report:
    """Check a claim, a derivation, several, or a module of them, as ``derive check`` does.

    A notebook shows the result as a table of claims with formulas, and a single claim in full: every line with its
    verdict, a counterexample with its matrices where one is false, the evidence of every method.

    Args:
        only: the labels of the claims to check, ``"1"`` or ``["1", "18b"]`` or ``"1,18b"``; none means all.
        digits: of the numeric methods.
        seed: of everything random.
        plant: whether errors are planted; without them it is faster.

    Raises:
        InputError: a label is unknown, or a claim uses one that was stated anew since.

    >>> from derive import Derivation, check, dims, matrix, tr
    >>> m, n = dims("m n")
    >>> M, N = matrix("M", m, n), matrix("N", n, m)
    >>> page = Derivation("Traces")
    >>> turned = page.calc("turned", tr(M @ N), tr(N @ M))
    >>> check(turned, plant=False).verdict
    'proved'
    >>> check(page, only="turned", plant=False).counts["proved"]
    1
    """
    from derive.checker import Options, check_all, selected

    labels = (what.label,) if isinstance(what, Claim) else _labels(only)
    pages = [what.derivation] if isinstance(what, Claim) else list(_pages(what))
    for claim in [what] if isinstance(what, Claim) else selected(pages, labels):
        _refuse_what_is_stale(claim)
    report = check_all(pages, Options(digits=digits, seed=seed, plant=plant, needed=len(labels) == 1, only=labels))
    return report.claims[0] if isinstance(what, Claim) else report


def numpy_function(expr: Expr, *arguments: Argument) -> Callable[..., Any]:
    """The value of an expression as a function of arrays, in the order of ``arguments``.

    It is the function that the checker evaluates: a curve that is drawn with it shows what was checked. Dimensions are
    read off the arrays. Arrays of float64 give float64; object arrays of ints and Fractions are exact, those of mpmath
    numbers have the digits of the context (``mpmath.workdps``).

    Args:
        expr: what to evaluate: the side of a claim's step, say, or a definition.
        arguments: symbols; sets, which are given as 0-based members; free indices, 0-based; and dimensions, where no
            array tells them.

    Returns:
        A function whose value is a number for a scalar, else a two-dimensional array.

    Raises:
        InputError: an argument is no symbol, set, index or dimension, or one that the expression needs is missing.

    >>> import numpy as np
    >>> from derive import dims, matrix, norm2
    >>> m, n = dims("m n")
    >>> M, x = matrix("M", m, n), matrix("x", n, m)
    >>> f = numpy_function(norm2(M @ x) / 2, M, x)
    >>> f(np.eye(2, 3), np.ones((3, 2)))
    2.0
    >>> f(np.array([[1, 2, 3]]), np.array([[4], [5], [6]]))
    Fraction(512, 1)
    """
    from derive.crosscheck.arrays import function_of

    return function_of(expr, arguments)


def _labels(only: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(label.strip() for label in (only.split(",") if isinstance(only, str) else only))


def _pages(what: object) -> Iterator[Derivation]:
    """The derivations that are meant.

    Raises:
        InputError: there is none.
    """
    from derive.load import pages

    if isinstance(what, Derivation):
        yield what
    elif isinstance(what, ModuleType):
        yield from pages(what.__name__, what)
    elif isinstance(what, Iterable) and not isinstance(what, str):
        for part in what:
            yield from _pages(part)
    else:
        raise InputError(f"check({what!r}): give a claim, a derivation, several of them, or a module")


def _refuse_what_is_stale(claim: Claim) -> None:
    """Refuse a claim of which something was stated anew since: a cell above it was changed, and it was not run again.

    Raises:
        InputError: as said, naming the claim whose statement has to be run again.
    """
    seen: set[int] = set()
    todo = [(claim, claim)]
    while todo:
        user, used = todo.pop()
        if not _is_stated_so(used):
            raise InputError(f"({used.label}) was stated anew since ({user.label}) was: run that cell too")
        changed = next((one.name for one in unfolded(used.steps) if _was_changed(used.derivation, one)), "")
        if changed:
            raise InputError(f"{changed} was defined anew since ({used.label}) was stated: run that cell too")
        if id(used) not in seen:
            seen.add(id(used))
            todo += [(used, other) for other in used.rests_on]


def _is_stated_so(claim: Claim) -> bool:
    """Whether its derivation still has this claim, or one that says the same."""
    now = claim.derivation.claims.get(claim.label)
    return now is claim or (now is not None and (now.steps, now.hypotheses) == (claim.steps, claim.hypotheses))


def _was_changed(page: Derivation, definition: Defined) -> bool:
    return page.definitions.get(definition.name, definition) != definition
