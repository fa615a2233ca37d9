"""What the tests of the kernel build: short forms of formulas, and random ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any
from unittest import mock

import pytest
from hypothesis import strategies as st

from derive.errors import CertificateError, StatementError
from derive.kernel import check
from derive.kernel.statement import (
    Derive,
    Formula,
    Hypothesis,
    Letter,
    Move,
    Num,
    Plus,
    Put,
    Scope,
    Statement,
    Sum,
    Tensor,
    Times,
)
from derive.kernel.terms import Free, Index, Poly, collect, normal
from derive.prove.rewrite import canonical_poly

# Short forms --------------------------------------------------------------------------------------------------------

LETTERS = {"A": ("n", "n"), "C": ("n", "n"), "B": ("n", "m"), "v": ("n",), "h": ("n", "n", "n"), "s": ()}
SETS = (("S", "n"),)
FIXED = (Free("i", "n"), Free("j", "n"), Free("p", "m"))
DIMS = ("m", "n")


def n_(name: str) -> Free:
    return Free(name, "n")


def m_(name: str) -> Free:
    return Free(name, "m")


def num(value: int | str | Fraction) -> Num:
    return Num(Fraction(value))


def tensor(name: str, *indices: Free) -> Tensor:
    return Tensor(name, indices)


def plus(*items: Formula) -> Formula:
    return Plus(items)


def times(*items: Formula) -> Formula:
    return Times(items)


def minus(one: Formula, other: Formula) -> Formula:
    return Plus((one, Times((num(-1), other))))


def total(indices: Sequence[Free], body: Formula) -> Formula:
    return Sum(tuple(indices), body)


def given(
    left: Formula,
    right: Formula,
    *,
    letters: dict[str, tuple[str, ...]] | None = None,
    hypotheses: Sequence[Hypothesis] = (),
    each: Sequence[Free] = (),
    fixed: Sequence[Free] = (),
    sets: Sequence[tuple[str, str]] = SETS,
    dims: Sequence[str] = DIMS,
    sign: str = "=",
) -> Statement:
    """A statement over the letters of these tests."""
    declared = tuple(Letter(name, over) for name, over in (LETTERS if letters is None else letters).items())
    return Statement(
        tuple(dims), declared, tuple(sets), tuple(fixed), tuple(hypotheses), tuple(each), left, right, sign
    )


def scope(letters: dict[str, tuple[str, ...]] | None = None, fixed: Sequence[Free] = FIXED) -> Scope:
    return Scope(given(num(0), num(0), letters=letters, fixed=fixed))


def poly(*terms: tuple[list[tuple[str, tuple[Index, ...]]], tuple[str, ...]]) -> Poly:
    return collect((normal(factors, bound), Fraction(1)) for factors, bound in terms)


def contraction(name: str, *slots: str) -> tuple[list[tuple[str, tuple[Index, ...]]], tuple[str, ...]]:
    """A product of one letter, its slots words of summed indices: ``contraction("A", "ab", "ba")`` is tr A²."""
    order: dict[str, int] = {}
    factors = [(name, tuple(order.setdefault(letter, len(order)) for letter in word)) for word in slots]
    return factors, ("n",) * len(order)


MEMBERSHIP = {"rule": "membership", "cofactors": [], "names": []}
"""The certificate of two sides that are the same term by term."""


def either(letter: str, *indices: str) -> dict[str, Any]:
    """The part of a split that says that a letter is 0 or 1, where that needs no proof."""
    row = {"coefficient": "1", "factors": [[letter, list(indices)]], "bound": []}
    minus = {"coefficient": "-1", "factors": [], "bound": []}
    return {"rule": "split", "one": [row], "other": [row, minus], "product": MEMBERSHIP}


# Refusals -----------------------------------------------------------------------------------------------------------

REFUSALS = (CertificateError, StatementError)


def best_names() -> AbstractContextManager[Any]:
    """While it lasts, every certificate has the best renamings there are: nothing is refused for its names."""
    return mock.patch("derive.kernel.rules._regrouped", lambda rest, names: canonical_poly(rest))


def refused_as_written(statement: Statement, certificate: Mapping[str, Any], match: str = ".") -> None:
    with pytest.raises(REFUSALS, match=match):
        check(statement, certificate)


def refused(statement: Statement, certificate: Mapping[str, Any], match: str = ".") -> None:
    """Assert that the kernel refuses, with the certificate's renamings and with the best ones."""
    with pytest.raises(REFUSALS):
        check(statement, certificate)
    with best_names(), pytest.raises(REFUSALS, match=match):
        check(statement, certificate)


# Random products ----------------------------------------------------------------------------------------------------

SPECIAL = {"delta": None, "in:S": ("n",), "size:n": (), "size:m": ()}

Raw = tuple[list[tuple[str, tuple[Index, ...]]], tuple[str, ...]]


@st.composite
def products(draw: st.DrawFn, special: bool = True, most: int = 4) -> Raw:
    """Factors over at most three sums and the free indices of ``FIXED``, not yet normal."""
    bound = tuple(draw(st.lists(st.sampled_from(DIMS), max_size=3)))
    reach: dict[str, list[Index]] = {dim: [k for k, over in enumerate(bound) if over == dim] for dim in DIMS}
    for index in FIXED:
        reach[index.dim].append(index)
    names = [*LETTERS, *SPECIAL] if special else [*LETTERS]
    factors = []
    for name in draw(st.lists(st.sampled_from(names), max_size=most)):
        over = (draw(st.sampled_from(DIMS)),) * 2 if name == "delta" else LETTERS.get(name) or SPECIAL.get(name) or ()
        factors.append((name, tuple(draw(st.sampled_from(reach[dim])) for dim in over)))
    if not special:  # no sum over an index that nothing carries: its size is a number, which no letter tells apart
        used = sorted({i for _, indices in factors for i in indices if isinstance(i, int)})
        new = {old: k for k, old in enumerate(used)}
        factors = [(name, tuple(new.get(i, i) if isinstance(i, int) else i for i in at)) for name, at in factors]
        bound = tuple(bound[old] for old in used)
    return factors, bound


coefficients = st.fractions(min_value=-3, max_value=3, max_denominator=4)


@st.composite
def polys(draw: st.DrawFn, special: bool = True) -> Poly:
    rows = draw(st.lists(st.tuples(products(special), coefficients), max_size=3))
    return collect((normal(*raw), value) for raw, value in rows)


@st.composite
def shuffled(draw: st.DrawFn, raw: Raw) -> Raw:
    """The same product with its factors in another order and its summed indices renamed."""
    factors, bound = raw
    numbers = draw(st.permutations(range(len(bound))))
    moved = [""] * len(bound)
    for old, new in enumerate(numbers):
        moved[new] = bound[old]
    renamed = [(name, tuple(numbers[i] if isinstance(i, int) else i for i in indices)) for name, indices in factors]
    return list(draw(st.permutations(renamed))), tuple(moved)


# Random formulas ----------------------------------------------------------------------------------------------------


@st.composite
def formulas(draw: st.DrawFn, reach: tuple[Free, ...] = FIXED, depth: int = 3, count: int = 0) -> Formula:
    """Any formula that ``expand`` reads: nested sums, products, derivatives and replacements."""
    kinds = ["num", "tensor", "tensor"] if depth == 0 else ["tensor", "plus", "times", "times", "sum", "derive", "put"]
    kind = draw(st.sampled_from(kinds))
    if kind == "num":
        return Num(draw(coefficients))
    if kind == "tensor":
        return draw(tensors(reach))
    inner = formulas(reach, depth - 1, count + 1)
    if kind in ("plus", "times"):
        items = tuple(draw(st.lists(inner, min_size=1, max_size=2)))
        return Plus(items) if kind == "plus" else Times(items)
    if kind == "sum":
        index = Free(f"k{depth}{count}", draw(st.sampled_from(DIMS)))
        return Sum((index,), draw(formulas((*reach, index), depth - 1, count + 1)))
    moves = []
    for name in draw(st.lists(st.sampled_from(sorted(LETTERS)), min_size=1, max_size=2, unique=True)):
        slots = tuple(Free(f"q{depth}{count}{k}", dim) for k, dim in enumerate(LETTERS[name]))
        moves.append(Move(name, slots, draw(formulas((*reach, *slots), min(depth - 1, 1), count + 1))))
    return (Derive if kind == "derive" else Put)(draw(inner), tuple(moves))


@st.composite
def tensors(draw: st.DrawFn, reach: tuple[Free, ...]) -> Formula:
    name = draw(st.sampled_from([*LETTERS, *SPECIAL]))
    over = (draw(st.sampled_from(DIMS)),) * 2 if name == "delta" else LETTERS.get(name) or SPECIAL.get(name) or ()
    return Tensor(name, tuple(draw(st.sampled_from([index for index in reach if index.dim == dim])) for dim in over))
