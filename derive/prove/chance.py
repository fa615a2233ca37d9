"""Expectations for the kernel: of a product of independent numbers, by their joint cumulants.

The expectation of a product is the sum, over all ways to part its factors into groups, of the products of the groups'
joint cumulants. Those of independent numbers vanish unless all factors of a group are one and the same number. So
E[x_i x_j] = κ₁² + δ_ij κ₂: a polynomial in deltas, for all dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

from derive.errors import BudgetError, TypingError
from derive.kernel import statement as k
from derive.kernel.terms import Factor, Free, Term
from derive.language import nodes as n

if TYPE_CHECKING:
    from derive.prove.lower import Lowering

MOST_RANDOM = 6
"""Random factors of one symbol in a term: six can be parted in 203 ways, ten in 115 975."""


def expectation_formula(low: Lowering, expr: n.Expectation, body: k.Formula, reach: Sequence[Free]) -> k.Formula:
    """The formula of an expectation, given that of its body and the indices that this leaves free.

    Raises:
        TypingError: the body is no polynomial in what is random.
        BudgetError: a term has more than ``MOST_RANDOM`` random factors.
    """
    names = {low.symbol(variable): place for place, variable in enumerate(expr.variables)}
    laws = [_Cumulants(low, expr, place) for place in range(len(expr.variables))]
    terms = k.expand(body, low.scope(reach)).terms
    refuse_what_depends(low, expr, {name for term, _ in terms for name, _ in term.factors} - names.keys())
    return k.Plus((k.Num(Fraction(0)), *(_term(low, term, Fraction(value), names, laws) for term, value in terms)))


def refuse_what_depends(low: Lowering, expr: n.Expectation | n.Integral, letters: set[str]) -> None:
    """Refuse an inverse, a quotient or a root of what is averaged over."""
    random = {variable.name for variable in expr.variables}
    for made, name in low.made.items():
        if name in letters and n.symbols_of(made).keys() & random:
            raise TypingError(f"{expr}: {made} is no polynomial in {', '.join(sorted(random))}")


@dataclass(slots=True)
class _Cumulants:
    """The cumulants of one variable's law, from its moments: κ_m = μ_m − Σ_k C(m−1, k−1) κ_k μ_{m−k}."""

    low: Lowering
    expr: n.Expectation
    place: int
    known: dict[int, k.Formula] = field(default_factory=dict)

    def moment(self, order: int) -> k.Formula:
        return self.low.entry(self.expr.laws[self.place].moment(order))

    def __getitem__(self, order: int) -> k.Formula:
        if order not in self.known:
            rest = [
                k.Times((k.Num(Fraction(-comb(order - 1, j - 1))), self[j], self.moment(order - j)))
                for j in range(1, order)
            ]
            self.known[order] = k.Plus((self.moment(order), *rest))
        return self.known[order]


def _term(low: Lowering, term: Term, value: Fraction, names: dict[str, int], laws: Sequence[_Cumulants]) -> k.Formula:
    """One product: what is not random stays, the random factors become sums of products of cumulants."""
    sums = [low.fresh_index(dim) for dim in term.bound]
    kept = [factor_formula(factor, sums) for factor in term.factors if factor[0] not in names]
    products = [_independent(term, name, laws[place], sums) for name, place in names.items()]
    product = k.Times((k.Num(value), *kept, *products))
    return k.Sum(tuple(sums), product) if sums else product


def _independent(term: Term, name: str, law: _Cumulants, sums: Sequence[Free]) -> k.Formula:
    """The expectation of the factors that are entries of one symbol: those of different symbols are independent."""
    drawn = [factor for factor in term.factors if factor[0] == name]
    if len(drawn) > MOST_RANDOM:
        raise BudgetError(f"an expectation of {len(drawn)} random factors: {MOST_RANDOM} are the most that are tried")
    return k.Plus(tuple(k.Times(tuple(_group(group, law, sums) for group in parting)) for parting in partings(drawn)))


def partings(items: Sequence[Factor]) -> Iterator[list[list[Factor]]]:
    """Every way to part the items into groups.

    >>> [len(list(partings([("x", ())] * count))) for count in range(5)]
    [1, 1, 2, 5, 15]
    """
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for parting in partings(rest):
        yield [[first], *parting]
        for place, group in enumerate(parting):
            yield [*parting[:place], [first, *group], *parting[place + 1 :]]


def _group(group: Sequence[Factor], law: _Cumulants, sums: Sequence[Free]) -> k.Formula:
    """The joint cumulant of a group: zero but where the indices of all its factors agree."""
    first = group[0][1]
    same = [
        k.Tensor("delta", (_named(a, sums), _named(b, sums)))
        for _, indices in group[1:]
        for a, b in zip(first, indices, strict=True)
    ]
    return k.Times((law[len(group)], *same))


def factor_formula(factor: Factor, sums: Sequence[Free]) -> k.Tensor:
    """A factor of a term as a formula, its summed indices named as ``sums`` says."""
    return k.Tensor(factor[0], tuple(_named(index, sums) for index in factor[1]))


def _named(index: int | Free, sums: Sequence[Free]) -> Free:
    return sums[index] if isinstance(index, int) else index
