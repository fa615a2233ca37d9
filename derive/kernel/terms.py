"""Contraction polynomials: rational coefficient × product of tensors with indices, some summed, the others free.

A summed index is a whole number, its place in the term's ``bound``; a free index has a name. So a summed index can
never be mistaken for a free one, and renaming summed indices is a permutation of numbers. Three factors mean something
to ``normal``: ``delta`` (Kronecker's), ``in:S`` (1 on the set S, else 0), ``size:D`` (how many values an index has).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from derive.errors import CertificateError

MOST_WORK, MOST_FACTORS, MOST_BITS, MOST_SHOWN = 1_000_000, 300, 10_000, 100
"""Factors of all terms that are made; factors and sums of one term; bits of a coefficient; terms that are shown."""
_left: ContextVar[list[int] | None] = ContextVar("_left", default=None)


@contextmanager
def bounded() -> Iterator[None]:
    """While it lasts, work is counted from 0, so that whatever a certificate asks for ends soon."""
    token = _left.set([MOST_WORK])
    try:
        yield
    finally:
        _left.reset(token)


def spend(work: int, value: Fraction = Fraction(1)) -> Fraction:
    """The value; refused where this is more work than is left, or the number is too long to go on with."""
    if (left := _left.get()) is not None:
        left[0] -= work
        if left[0] < 0 or sum(map(int.bit_length, value.as_integer_ratio())) > MOST_BITS:
            raise CertificateError(f"this takes more than {MOST_WORK} steps, or numbers of more than {MOST_BITS} bits")
    return value


class Free(NamedTuple):
    """A free index: its name, and the dimension that it runs over."""

    name: str
    dim: str


Index = int | Free
Factor = tuple[str, tuple[Index, ...]]


class Term(NamedTuple):
    """A product of factors, summed over the indices 0 … len(bound)−1, which run over the dimensions ``bound``."""

    factors: tuple[Factor, ...]
    bound: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Poly:
    """A sum of normal terms with non-zero coefficients. Made by ``collect`` only."""

    terms: tuple[tuple[Term, Fraction], ...]

    def __bool__(self) -> bool:
        return bool(self.terms)


def collect(pairs: Iterable[tuple[Term, Fraction]]) -> Poly:
    """Add up terms that are literally the same."""
    found: dict[Term, Fraction] = {}
    for term, coefficient in pairs:
        value = found[term] + coefficient if term in found else coefficient
        found[term] = spend(1 + len(term.factors), value)
    return Poly(tuple((term, value) for term, value in found.items() if value))


# Normal form of one term --------------------------------------------------------------------------------------------


def dim_of(index: Index, bound: Sequence[str]) -> str:
    return bound[index] if isinstance(index, int) else index.dim


def _representatives(factors: Sequence[Factor], bound: Sequence[str]) -> dict[Index, Index]:
    """Indices that deltas equate, each with the one that stands for all: the first free name, else the least number."""
    parent: dict[Index, Index] = {}

    def find(index: Index) -> Index:
        while index in parent:
            index = parent[index]
        return index

    for name, indices in factors:
        if name != "delta":
            continue
        one, other = find(indices[0]), find(indices[1])
        if dim_of(one, bound) != dim_of(other, bound):
            raise CertificateError(f"delta joins indices over {dim_of(one, bound)} and {dim_of(other, bound)}")
        if one != other:
            keep, drop = sorted((one, other), key=_rank)
            parent[drop] = keep
    return {index: find(index) for index in parent}


def _rank(index: Index) -> tuple[int, str, int]:
    return (1, "", index) if isinstance(index, int) else (0, index.name, 0)


def normal(factors: Sequence[Factor], bound: Sequence[str]) -> Term:
    """The term with deltas applied (to free indices too), 0-or-1 letters made plain, unused sums counted.

    δ_ij T_i = δ_ij T_j, δ_ii = 1 at any one i, Σ_i δ_ij T_i = T_j, [i ∈ S]² = [i ∈ S], Σ_i 1 = size.
    """
    if len(factors) + len(bound) > MOST_FACTORS:
        raise CertificateError(f"a term of more than {MOST_FACTORS} factors and sums")
    stands = _representatives(factors, bound) if any(name == "delta" for name, _ in factors) else {}
    kept: list[Factor] = []
    for name, indices in factors:
        if name == "delta":
            continue
        factor = (name, tuple(stands.get(index, index) for index in indices)) if stands else (name, indices)
        if not (name.startswith("in:") and factor in kept):
            kept.append(factor)
    equal = sorted((keep, index) for index, keep in stands.items() if isinstance(index, Free))
    kept += [("delta", pair) for pair in equal]
    if not bound:
        return Term(tuple(sorted(kept, key=_place)), ())
    gone = {index for index in stands if isinstance(index, int)}
    used = {index for _, indices in kept for index in indices if isinstance(index, int)}
    kept += [(f"size:{bound[k]}", ()) for k in range(len(bound)) if k not in used and k not in gone]
    return _numbered(kept, bound)


def _numbered(factors: list[Factor], bound: Sequence[str]) -> Term:
    """Factors sorted, summed indices numbered in the order in which they appear."""
    order: dict[int, int] = {}
    for _, indices in sorted(factors, key=_shape):
        for index in indices:
            if isinstance(index, int):
                order.setdefault(index, len(order))
    numbered = [(name, tuple([order[i] if isinstance(i, int) else i for i in indices])) for name, indices in factors]
    return Term(tuple(sorted(numbered, key=_place)), tuple(bound[index] for index in order))


def _shape(factor: Factor) -> tuple[object, ...]:
    return (factor[0], ["" if type(index) is int else index[0] for index in factor[1]])  # type: ignore[index]


def _place(factor: Factor) -> tuple[object, ...]:
    return (factor[0], [("\U0010ffff", "", index) if type(index) is int else index for index in factor[1]])


def renamed(term: Term, numbers: Sequence[int]) -> Term:
    """The term with summed index k called ``numbers[k]``.

    Raises:
        CertificateError: ``numbers`` is no permutation of the term's summed indices.
    """
    if sorted(numbers) != list(range(len(term.bound))):
        count = len(term.bound)
        raise CertificateError(f"{list(numbers)} is no renaming of {count} summed indices of {show_term(term)}")
    factors = [
        (name, tuple(numbers[index] if isinstance(index, int) else index for index in indices))
        for name, indices in term.factors
    ]
    bound = [""] * len(term.bound)
    for old, new in enumerate(numbers):
        bound[new] = term.bound[old]
    return Term(tuple(sorted(factors, key=_place)), tuple(bound))


# Arithmetic ---------------------------------------------------------------------------------------------------------

ZERO = Poly(())


def constant(value: Fraction) -> Poly:
    return collect([(Term((), ()), value)])


@lru_cache(maxsize=1024)
def atom(name: str, indices: tuple[Index, ...]) -> Poly:
    return collect([(normal([(name, indices)], ()), Fraction(1))])


def add(*polys: Poly) -> Poly:
    return collect(pair for poly in polys for pair in poly.terms)


def scale(value: Fraction, poly: Poly) -> Poly:
    return collect((term, value * coefficient) for term, coefficient in poly.terms)


def remapped(factors: Iterable[Factor], by: int = 0, new: Mapping[Free, Index] | None = None) -> list[Factor]:
    """The factors with summed indices counted from ``by`` on, and free ones replaced as ``new`` says."""
    names = new or {}
    if not by and not names:
        return list(factors)
    return [(f, tuple([i + by if isinstance(i, int) else names.get(i, i) for i in indices])) for f, indices in factors]


@lru_cache(maxsize=1024)
def joined(one: Term, other: Term) -> Term:
    """The product of two terms, their summed indices kept apart."""
    return normal([*one.factors, *remapped(other.factors, len(one.bound))], one.bound + other.bound)


def multiply(one: Poly, other: Poly) -> Poly:
    return collect((joined(a, b), x * y) for a, x in one.terms for b, y in other.terms)


def total(indices: Sequence[Free], poly: Poly) -> Poly:
    """Σ over the whole range of each of the indices."""
    pairs: list[tuple[Term, Fraction]] = []
    for term, coefficient in poly.terms:
        numbers: dict[Free, Index] = {index: len(term.bound) + k for k, index in enumerate(indices)}
        bound = term.bound + tuple(index.dim for index in indices)
        pairs.append((normal(remapped(term.factors, new=numbers), bound), coefficient))
    return collect(pairs)


# Replacing tensors --------------------------------------------------------------------------------------------------

Moves = Mapping[str, tuple[Sequence[Free], Poly]]
"""For a tensor's name: placeholders for its indices, and the polynomial in them that takes its place."""


def _places(term: Term, moves: Moves) -> list[int]:
    return [k for k, (name, _) in enumerate(term.factors) if name in moves]


def _spliced(term: Term, places: Sequence[int], moves: Moves) -> Poly:
    """The term with the factors at ``places`` replaced."""
    rest = tuple(factor for k, factor in enumerate(term.factors) if k not in places)
    result = [(Term(rest, term.bound), Fraction(1))]
    for place in places:
        name, indices = term.factors[place]
        slots, value = moves[name]
        if [slot.dim for slot in slots] != [dim_of(index, term.bound) for index in indices]:
            raise CertificateError(f"{name} has {len(indices)} indices, but its replacement fits {list(slots)}")
        new = dict(zip(slots, indices, strict=True))
        pairs = ((kept, other, x * y) for kept, x in result for other, y in value.terms)
        result = [(_beside(kept, other, new), spend(len(kept.factors) + 1, xy)) for kept, other, xy in pairs]
    return collect((normal(made.factors, made.bound), value) for made, value in result)


def _beside(kept: Term, term: Term, new: Mapping[Free, Index]) -> Term:
    """``kept · term`` in which the placeholders of ``term`` have become indices of ``kept``; not yet normal, so that
    the numbers of ``kept`` stay as they are."""
    return Term((*kept.factors, *remapped(term.factors, len(kept.bound), new)), kept.bound + term.bound)


def derive(poly: Poly, moves: Moves) -> Poly:
    """The derivation that sends each tensor to its replacement: one occurrence after the other, summed (Leibniz)."""
    return add(
        *(scale(value, _spliced(term, [place], moves)) for term, value in poly.terms for place in _places(term, moves))
    )


def substitute(poly: Poly, moves: Moves) -> Poly:
    """Every occurrence of each tensor replaced, all at once."""
    return add(*(scale(value, _spliced(term, _places(term, moves), moves)) for term, value in poly.terms))


# Printing -----------------------------------------------------------------------------------------------------------


def show_term(term: Term) -> str:
    """The term in the syntax of ``statement``, summed indices named s0, s1, …"""
    sums = ", ".join(f"s{k}:{dim}" for k, dim in enumerate(term.bound))
    named = [(name, [f"s{i}" if isinstance(i, int) else i.name for i in indices]) for name, indices in term.factors]
    product = "*".join(show_factor(name, indices) for name, indices in named) or "1"
    return f"sum({sums}) {product}" if sums else product


def show_factor(name: str, indices: Sequence[str]) -> str:
    kind, _, rest = name.partition(":")
    if rest or name == "delta":  # in(S, i), size(D), delta(i, j)
        return f"{kind}({', '.join([rest, *indices] if rest else indices)})"
    return f"{name}[{','.join(indices)}]" if indices else name


def show(poly: Poly) -> str:
    """The polynomial in the syntax of ``statement``."""
    if not poly:
        return "0"
    shown = poly.terms[:MOST_SHOWN]
    lines = [f"{value}*{show_term(term)}" if value != 1 else show_term(term) for term, value in shown]
    lines += ["…"] * (len(poly.terms) > len(shown))
    return " + ".join(lines).replace("+ -", "- ")
