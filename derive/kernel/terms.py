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
from operator import itemgetter
from typing import Any, NamedTuple

from derive.errors import CertificateError

Number = int | Fraction  # equal and hashed alike where they are one number, but ints are added ten times as fast
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


def spend(work: int, value: Number = 1) -> None:
    """Refuse where this is more work than is left, or the number is too long to go on with."""
    if (left := _left.get()) is not None:
        left[0] -= work
        if left[0] < 0 or value.numerator.bit_length() + value.denominator.bit_length() > MOST_BITS:
            raise CertificateError(f"this takes more than {MOST_WORK} steps, or numbers of more than {MOST_BITS} bits")


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


Pair = tuple[Term, Number]
Row = tuple[str, list[Any], tuple[Index, ...]]
LAST = ("\U0010ffff",)  # stands for every summed index in the second place of a row, by which factors are sorted


@dataclass(frozen=True, slots=True)
class Poly:
    """A sum of different terms with non-zero coefficients. Made by ``collect`` only."""

    terms: tuple[Pair, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)


def collect(pairs: Iterable[Pair]) -> Poly:
    """Add up terms that are literally the same."""
    found: dict[Term, Number] = {}
    for term, value in pairs:
        count, before = len(found), found.setdefault(term, value)
        if len(found) == count:  # the term was there before
            found[term] = value = before + value
        spend(1 + len(term.factors), value)
    return Poly(tuple([pair for pair in found.items() if pair[1]]))


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

    for indices in [indices for name, indices in factors if name == "delta"]:
        one, other = find(indices[0]), find(indices[1])
        if dim_of(one, bound) != dim_of(other, bound):
            raise CertificateError(f"delta joins indices over {dim_of(one, bound)} and {dim_of(other, bound)}")
        if one != other:
            (_, keep), (_, drop) = sorted([(isinstance(one, int), one), (isinstance(other, int), other)])
            parent[drop] = keep
    return {index: find(index) for index in parent}


def normal(factors: Sequence[Factor], bound: tuple[str, ...]) -> Term:
    return _normal(tuple(factors), bound)


@lru_cache(maxsize=4096)
def _normal(factors: tuple[Factor, ...], bound: tuple[str, ...]) -> Term:
    """The term with deltas applied (to free indices too), 0-or-1 letters made plain, unused sums counted.

    δ_ij T_i = δ_ij T_j, δ_ii = 1 at any one i, Σ_i δ_ij T_i = T_j, [i ∈ S]² = [i ∈ S], Σ_i 1 = size.
    """
    if len(factors) + len(bound) > MOST_FACTORS:
        raise CertificateError(f"a term of more than {MOST_FACTORS} factors and sums")
    stands = _representatives(factors, bound) if "delta" in [name for name, _ in factors] else {}
    put = [(name, tuple([stands.get(i, i) for i in at]) if stands else at) for name, at in factors if name != "delta"]
    kept = [factor for k, factor in enumerate(put) if factor[0][:3] != "in:" or factor not in put[:k]]
    kept += [("delta", (keep, index)) for index, keep in stands.items() if isinstance(index, Free)]
    return _numbered(kept, bound, frozenset(stands)) if bound else Term(tuple(sorted(kept)), ())


def _numbered(factors: list[Factor], bound: tuple[str, ...], gone: frozenset[Index]) -> Term:
    """Factors sorted, summed indices numbered in the order in which they appear; each that appears nowhere, and is not
    ``gone``, has become a factor, its size."""
    rows = sorted(map(_row, factors), key=itemgetter(0, 1))
    met = dict.fromkeys([index for _, _, indices in rows for index in indices if type(index) is int])
    order = {index: k for k, index in enumerate(met)}
    sizes: list[Row] = [(f"size:{dim}", [], ()) for k, dim in enumerate(bound) if k not in order and k not in gone]
    turned = [(f, shape, tuple([order[i] if type(i) is int else i for i in indices])) for f, shape, indices in rows]
    return Term(_sorted([*turned, *sizes]), tuple([bound[k] for k in order]))


def _row(factor: Factor) -> Row:
    return (factor[0], [LAST if type(index) is int else index for index in factor[1]], factor[1])


def _sorted(rows: list[Row]) -> tuple[Factor, ...]:
    """The factors by name, free indices, numbers. Where the first two agree, numbers meet numbers only."""
    return tuple([(name, indices) for name, _, indices in sorted(rows)])


def renamed(term: Term, numbers: Sequence[int]) -> Term:
    """The term with summed index k called ``numbers[k]``; refused unless these are a permutation."""
    if sorted(numbers) != list(range(len(term.bound))):
        count = len(term.bound)
        raise CertificateError(f"{list(numbers)} is no renaming of {count} summed indices of {show_term(term)}")
    turned = [(name, tuple([numbers[i] if type(i) is int else i for i in indices])) for name, indices in term.factors]
    bound = tuple([dim for _, dim in sorted(zip(numbers, term.bound, strict=True))])
    return Term(_sorted([*map(_row, turned)]), bound)


# Arithmetic ---------------------------------------------------------------------------------------------------------

ZERO, ONE = Poly(()), Term((), ())


def constant(value: Number) -> Poly:
    return collect([(ONE, value.numerator if value.denominator == 1 else value)])


def atom(name: str, indices: tuple[Index, ...]) -> Poly:
    return collect([(normal([(name, indices)], ()), 1)])


def add(*polys: Poly) -> Poly:
    return collect(pair for poly in polys for pair in poly.terms)


def scale(value: Number, poly: Poly) -> Poly:
    return collect([(term, value * coefficient) for term, coefficient in poly.terms])


def subtract(one: Poly, other: Poly) -> Poly:
    return add(one, scale(-1, other))


def remapped(factors: Iterable[Factor], by: int = 0, new: Mapping[Free, Index] | None = None) -> list[Factor]:
    """The factors with summed indices counted from ``by`` on, and free ones replaced as ``new`` says."""
    names = new or {}
    if not by and not names:
        return list(factors)
    return [(f, tuple([i + by if isinstance(i, int) else names.get(i, i) for i in indices])) for f, indices in factors]


def times(pairs: Iterable[Pair], others: Sequence[Pair], new: Mapping[Free, Index] | None = None) -> list[Pair]:
    """Each of the pairs times each of the others, in which free indices are replaced as ``new`` says, by indices of the
    pair too; not yet normal, so that the numbers of the pair stay as they are."""
    made = []
    for (factors, bound), x in pairs:
        for (more, sums), y in others:
            value = x * y
            spend(1 + len(factors) + len(more), value)
            made.append((Term((*factors, *remapped(more, len(bound), new)), bound + sums), value))
    return made


def normalised(pairs: Iterable[Pair]) -> Poly:
    return collect([(normal(*term), value) for term, value in pairs])


def multiply(one: Poly, other: Poly) -> Poly:
    return normalised(times(one.terms, other.terms))


def total(indices: Sequence[Free], poly: Poly) -> Poly:
    return normalised(summed(indices, poly.terms))


def summed(indices: Sequence[Free], terms: Iterable[Pair]) -> list[Pair]:
    """Σ over the whole range of each of the indices, not yet normal."""
    made = []
    for (factors, bound), value in terms:
        spend(1 + len(factors))
        new: dict[Free, Index] = {index: len(bound) + k for k, index in enumerate(indices)}
        made.append((Term(tuple(remapped(factors, 0, new)), bound + tuple([i.dim for i in indices])), value))
    return made


# Replacing tensors --------------------------------------------------------------------------------------------------

Moves = Mapping[str, tuple[Sequence[Free], Poly]]
"""For a tensor's name: placeholders for its indices, and the polynomial in them that takes its place."""


def _spliced(term: Term, places: Sequence[int], moves: Moves) -> Poly:
    """The term with the factors at ``places`` replaced."""
    rest = tuple(factor for k, factor in enumerate(term.factors) if k not in places)
    result: list[Pair] = [(Term(rest, term.bound), 1)]
    for place in places:
        name, indices = term.factors[place]
        slots, value = moves[name]
        if [slot.dim for slot in slots] != [dim_of(index, term.bound) for index in indices]:
            raise CertificateError(f"{name} has {len(indices)} indices, but its replacement fits {list(slots)}")
        result = times(result, value.terms, dict(zip(slots, indices, strict=True)))
    return normalised(result)


def derive(poly: Poly, moves: Moves) -> Poly:
    """The derivation that sends each tensor to its replacement: one occurrence after the other, summed (Leibniz)."""
    return add(*[scale(v, _spliced(term, [at], moves)) for term, v in poly.terms for at in _places(term, moves)])


def substitute(poly: Poly, moves: Moves) -> Poly:
    """Every occurrence of each tensor replaced, all at once."""
    return add(*[scale(v, _spliced(term, _places(term, moves), moves)) for term, v in poly.terms])


def _places(term: Term, moves: Moves) -> list[int]:
    return [k for k, (name, _) in enumerate(term.factors) if name in moves]


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
    shown = [f"{v}*{show_term(term)}" if v != 1 else show_term(term) for term, v in poly.terms[:MOST_SHOWN]]
    shown += ["…"] * (len(poly.terms) > MOST_SHOWN)
    return " + ".join(shown).replace("+ -", "- ") or "0"
