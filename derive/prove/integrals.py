"""Integrals for the kernel: a power of the variable becomes a difference of powers of the ends.

∫_p^q u^m du = (q^(m+1) − p^(m+1)) / (m+1). An integral with ReLUs in it is the sum over its pieces, in each of which
every ReLU is its argument, or zero: that this is so is no part of this formula but a statement of its own. A piece may
leave that to the pieces of an integral inside, of which the ends are polynomials in the variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.errors import TypingError
from derive.kernel import statement as k
from derive.kernel.terms import Free
from derive.language import nodes as n
from derive.language.degree import holding_kinks, kinked, settled
from derive.prove.chance import factor_formula, refuse_what_depends

if TYPE_CHECKING:
    from derive.prove.lower import Lowering


def integral_formula(low: Lowering, expr: n.Integral, reach: Sequence[Free]) -> k.Formula:
    """The formula of an integral; ``reach`` are the indices that its body leaves free.

    Raises:
        TypingError: a ReLU has a kink, and the integral no pieces; or the body is no polynomial in the variable.
    """
    if holding_kinks(expr) and not expr.pieces:
        kinks = (node for one in expr.walk() if isinstance(one, n.Integral) for node in kinked(one))
        raise TypingError(f"{expr}: say by pieces=… where {next(kinks)} is on and where it is off")
    found = []
    start = expr.low
    for end, inside in expr.pieces or ((expr.high, True),):
        found.append(_piece(low, expr, (start, end), settled(expr, inside), reach))
        start = end
    return k.Plus((k.Num(Fraction(0)), *found))


def _piece(
    low: Lowering, expr: n.Integral, ends: tuple[n.Expr, n.Expr], body: n.Expr, reach: Sequence[Free]
) -> k.Formula:
    """The formula of one piece, given what is integrated in it."""
    name = low.symbol(expr.variable)
    formula = low.moved(body)
    terms = k.expand(formula, low.scope(reach)).terms
    refuse_what_depends(low, expr, {factor for term, _ in terms for factor, _ in term.factors} - {name})
    bottom, top = (low.entry(end) for end in ends)
    found = []
    for term, value in terms:
        sums = [low.fresh_index(dim) for dim in term.bound]
        kept = [factor_formula(factor, sums) for factor in term.factors if factor[0] != name]
        order = 1 + sum(factor[0] == name for factor in term.factors)
        powers = k.Plus((k.Times((top,) * order), k.Times((k.Num(Fraction(-1)), *(bottom,) * order))))
        product = k.Times((k.Num(Fraction(value) / order), *kept, powers))
        found.append(k.Sum(tuple(sums), product) if sums else product)
    return k.Plus((k.Num(Fraction(0)), *found))
