"""Certificates of ``≤`` and ``<``: a difference read as a sum of terms that its form shows to be non-negative.

What is non-negative by its form: a number, a square, a norm, a 0-or-1 expression and its complement, a root, an
expression that a hypothesis says to be, and products, quotients and sums of such. The author brings the difference into
such a form by a step of the chain; here it is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product

from derive.kernel import statement as k
from derive.kernel.statement import Scope, Statement, expand
from derive.kernel.terms import Free, Index, Poly, add, collect, normal, remapped, scale
from derive.language import nodes as n
from derive.language.statements import Relation
from derive.prove.lower import Lowering
from derive.prove.rewrite import canonical_poly, poly_data
from derive.prove.search import Found, find_certificate

Cited = tuple[int, tuple[Free, ...]]
"""An inequality among the hypotheses, by number, and the indices that it is used at."""


@dataclass(frozen=True, slots=True)
class Row:
    """weight · Σ_each (product of roots)² · product of the hypotheses cited."""

    weight: Fraction
    each: tuple[Free, ...] = ()
    roots: tuple[k.Formula, ...] = ()
    times: tuple[Cited, ...] = ()

    def by(self, other: Row) -> Row:
        each, roots = (*self.each, *other.each), (*self.roots, *other.roots)
        return Row(self.weight * other.weight, each, roots, (*self.times, *other.times))


def find_sign(statement: Statement, goal: Relation, unused: frozenset[str], low: Lowering) -> Found:
    """A certificate of ``left ≤ right`` or ``left < right``, or why none was found."""
    gap = difference(goal.left, goal.right)
    reader = SignReader(low, statement)
    rows = reader.rows(gap)
    if rows is None:
        return Found(None, f"{gap} is not written as a sum of terms that are at least 0")
    gap_formula = k.Plus((statement.right, k.Times((k.Num(Fraction(-1)), statement.left))))
    terms = k.Plus(tuple(_formula(row, statement) for row in rows))
    proof = find_certificate(replace(statement, sign="=", left=gap_formula, right=terms), None, unused)
    if proof.certificate is None:
        return proof
    scope = Scope(statement).within(statement.each)
    found = {"rule": "sign", "squares": [_row_data(row, scope) for row in rows], "proof": proof.certificate}
    if statement.sign == "≤":
        return Found(found)
    inverse = reader.inverse(gap)
    if inverse is None:
        return Found(None, f"{gap} is at least 0, but was not seen to differ from 0")
    unit = replace(statement, sign="=", left=k.Times((gap_formula, inverse)), right=k.Num(Fraction(1)))
    nonzero = find_certificate(unit, None, unused)
    if nonzero.certificate is None:
        return nonzero
    return Found({**found, "inverse": poly_data(expand(inverse, scope)), "unit": nonzero.certificate})


def difference(left: n.Expr, right: n.Expr) -> n.Expr:
    """``right − left`` without the terms that both have."""
    terms = [*_terms(right), *((not negative, term) for negative, term in _terms(left))]
    for negative, term in list(terms):
        if (negative, term) in terms and (not negative, term) in terms:
            terms.remove((negative, term))
            terms.remove((not negative, term))
    signed = [n.Neg(term) if negative else term for negative, term in terms]
    if not signed:
        return n.Number(Fraction(0))
    return signed[0] if len(signed) == 1 else n.Add(tuple(signed))


def _terms(expr: n.Expr, negative: bool = False) -> list[tuple[bool, n.Expr]]:
    if isinstance(expr, n.Add):
        return [found for term in expr.terms for found in _terms(term, negative)]
    if isinstance(expr, n.Neg):
        return _terms(expr.arg, not negative)
    return [] if expr == n.Number(Fraction(0)) else [(negative, expr)]


def _formula(row: Row, statement: Statement) -> k.Formula:
    facts = [_instance(statement, cited) for cited in row.times]
    body = k.Times((k.Num(row.weight), *row.roots, *row.roots, *facts))
    return k.Sum(row.each, body) if row.each else body


def _instance(statement: Statement, cited: Cited) -> k.Formula:
    """right − left of a hypothesis, at indices."""
    number, at = cited
    hypothesis = statement.hypotheses[number]
    gap = k.Plus((hypothesis.right, k.Times((k.Num(Fraction(-1)), hypothesis.left))))
    # Σ_each δ(each, at) · gap is the gap at these indices.
    deltas = tuple(k.Tensor("delta", pair) for pair in zip(hypothesis.each, at, strict=True))
    return k.Sum(hypothesis.each, k.Times((*deltas, gap))) if deltas else gap


def _row_data(row: Row, scope: Scope) -> dict[str, object]:
    inner = scope.within(row.each)
    times = [{"hypothesis": number, "at": [index.name for index in at]} for number, at in row.times]
    root = poly_data(expand(k.Times(row.roots), inner))
    return {"weight": str(row.weight), "each": [list(index) for index in row.each], "root": root, "times": times}


class SignReader:
    """Reads expressions of one statement, all parts of which have been lowered: reading makes no new letters."""

    def __init__(self, low: Lowering, statement: Statement) -> None:
        self.low, self.statement = low, statement
        self.bound: tuple[Free, ...] = ()

    # Non-negative by form

    def rows(self, expr: n.Expr, negative: bool = False) -> list[Row] | None:
        """The expression, or minus it, as rows; None where its form does not show it to be at least 0."""
        cited = self.supposed(expr, negative)
        if cited is not None:
            return [Row(Fraction(1), times=(cited,))]
        if isinstance(expr, n.Neg):
            return self.rows(expr.arg, not negative)
        if isinstance(expr, n.Number):
            value = -expr.value if negative else expr.value
            return [Row(value)] if value >= 0 else None
        if isinstance(expr, n.Add):
            return self.complement(expr, negative) or self.every(expr.terms, negative)
        if isinstance(expr, n.Mul):
            return self.product(expr.factors, negative)
        if isinstance(expr, n.Div):
            return self.quotient(expr, negative)
        if isinstance(expr, n.Total):
            return self.total(expr, negative)
        if isinstance(expr, n.Defined):
            return self.rows(expr.body, negative)
        rule = FORMS.get(type(expr))
        return rule(self, expr) if rule is not None and not negative else None

    def every(self, terms: Sequence[n.Expr], negative: bool) -> list[Row] | None:
        found: list[Row] = []
        for term in terms:
            rows = self.rows(term, negative)
            if rows is None:
                return None
            found += rows
        return found

    def complement(self, expr: n.Add, negative: bool) -> list[Row] | None:
        """1 − p for a p that is 0 or 1."""
        match expr.terms:
            case (n.Number(value), n.Neg(arg)) if value == 1 and _zero_or_one(arg) and not negative:
                return [Row(Fraction(1), roots=(self.low.entry(expr),))]
        return None

    def product(self, factors: Sequence[n.Expr], negative: bool) -> list[Row] | None:
        """Every factor, equal ones taken together; two factors that are at most 0 make one that is at least 0."""
        rows = [Row(Fraction(1))]
        rest = list(factors)
        for together in combinations(factors, 2):
            cited = self.supposed(n.Mul(together), negative)
            if cited is not None:
                rows, negative = [Row(Fraction(1), times=(cited,))], False
                for factor in together:
                    rest.remove(factor)
                break
        while rest:
            factor = rest.pop()
            if factor in rest:
                rest.remove(factor)
                found: list[Row] | None = [Row(Fraction(1), roots=(self.low.entry(factor),))]
            else:
                found = self.rows(factor)
                if found is None:
                    found, negative = self.rows(factor, True), not negative
            if found is None:
                return None
            rows = [one.by(other) for one in rows for other in found]
        return None if negative else rows

    def quotient(self, expr: n.Div, negative: bool) -> list[Row] | None:
        """top · (1/bottom)² · bottom."""
        top, bottom = self.rows(expr.top, negative), self.rows(expr.bottom)
        if top is None or bottom is None:
            return None
        inverse = Row(Fraction(1), roots=(self.low.entry(n.Div(n.Number(Fraction(1)), expr.bottom)),))
        return [one.by(other).by(inverse) for one in top for other in bottom]

    def total(self, expr: n.Total, negative: bool) -> list[Row] | None:
        outside, before = dict(self.low.summed), self.bound
        own = tuple(i for i in (self.low.fresh(index.dim, index.name) for index in expr.indices) if i is not None)
        self.low.summed |= dict(zip(expr.indices, own, strict=True))
        self.bound = (*self.bound, *own)
        rows = self.rows(expr.body, negative)
        marks = [n.Add((n.Number(Fraction(1)), n.Neg(n.Delta(a, b)))) for a, b in expr.apart]
        inside = [n.Indicator(index, subset) for index, subset in expr.within]
        where = Row(Fraction(1), own, tuple(self.low.entry(mark) for mark in (*marks, *inside)))
        self.low.summed, self.bound = outside, before
        return None if rows is None else [where.by(row) for row in rows]

    def norm2(self, expr: n.Norm2) -> list[Row]:
        ends = [self.low.fresh(dim) for dim in expr.arg.shape] or [None, None]
        over = tuple(end for end in ends if end is not None)
        return [Row(Fraction(1), over, (self.low.entry(expr.arg, *ends),))]

    def inner(self, expr: n.Inner) -> list[Row] | None:
        return self.norm2(n.Norm2(expr.left)) if expr.left == expr.right else None

    def power(self, expr: n.Power) -> list[Row] | None:
        half = Row(Fraction(1), roots=(self.low.entry(expr.base),) * (expr.exponent // 2))
        if expr.exponent % 2 == 0:
            return [half]
        rows = self.rows(expr.base)
        return None if rows is None else [half.by(row) for row in rows]

    def zero_or_one(self, expr: n.Expr) -> list[Row]:
        return [Row(Fraction(1), roots=(self.low.entry(expr),))]

    # By a hypothesis

    def supposed(self, expr: n.Expr, negative: bool) -> Cited | None:
        """A hypothesis that says that the expression, or minus it, is at least 0."""
        if expr.shape or not any(hypothesis.sign == "≤" for hypothesis in self.statement.hypotheses):
            return None
        formula = self.low.entry(expr)
        scope = Scope(self.statement).within((*self.statement.each, *self.bound))
        wanted = canonical_poly(scale(Fraction(-1 if negative else 1), expand(formula, scope)))
        for number, hypothesis in enumerate(self.statement.hypotheses):
            if hypothesis.sign == "≤":
                for at in self.instances(number, hypothesis, wanted):
                    return number, at
        return None

    def instances(
        self, number: int, hypothesis: k.Hypothesis, wanted: Poly
    ) -> Iterator[tuple[Free, ...]]:
        """The indices at which the hypothesis is about just this polynomial."""
        own = tuple(Free(f"_h{number}_{place}", index.dim) for place, index in enumerate(hypothesis.each))
        named = dict(zip(hypothesis.each, own, strict=True))
        inner = Scope(self.statement).within(hypothesis.each)
        gap = add(expand(hypothesis.right, inner), scale(Fraction(-1), expand(hypothesis.left, inner)))
        gap = _renamed(gap, named)
        used = (index for term, _ in wanted.terms for _, indices in term.factors for index in indices)
        within = sorted({index for index in used if isinstance(index, Free)})
        choices = [[index for index in within if index.dim == slot.dim] for slot in own]
        for at in product(*choices):
            if canonical_poly(_renamed(gap, dict(zip(own, at, strict=True)))) == wanted:
                yield at

    # Different from zero by form

    def inverse(self, expr: n.Expr) -> k.Formula | None:
        """A formula for 1/expr, made of letters that are there already."""
        one = n.Number(Fraction(1))
        made = n.Div(one, expr)
        if made in self.low.made:
            return self.low.entry(made)
        match expr:
            case n.Number(value) if value != 0:
                return k.Num(1 / value)
            case n.Neg(arg):
                return _times(k.Num(Fraction(-1)), self.inverse(arg))
            case n.Mul(factors):
                return _times(*(self.inverse(factor) for factor in factors))
            case n.Div(top, bottom):
                return _times(self.inverse(top), self.low.entry(bottom))
            case n.Power(base, exponent):
                return _times(*(self.inverse(base),) * exponent)
            case n.Sqrt(arg):
                return _times(self.low.entry(expr), self.inverse(arg))
            case n.Defined(_, body):
                return self.inverse(body)
        return self.reordered(expr)

    def reordered(self, expr: n.Expr) -> k.Formula | None:
        """The inverse of a difference that is written otherwise in a hypothesis: λ_k − λ_j for 0 < λ_k − λ_j."""
        scope = Scope(self.statement).within((*self.statement.each, *self.bound))
        wanted = canonical_poly(expand(self.low.entry(expr), scope))
        for made in self.low.made:
            if isinstance(made, n.Div) and made.top == n.Number(Fraction(1)) and not _open(made):
                found = canonical_poly(expand(self.low.entry(made.bottom), scope))
                if found == wanted:
                    return self.low.entry(made)
                if found == canonical_poly(scale(Fraction(-1), wanted)):
                    return _times(k.Num(Fraction(-1)), self.low.entry(made))
        return None


FORMS: dict[type[n.Expr], Callable[..., list[Row] | None]] = {
    n.Norm2: SignReader.norm2,
    n.Inner: SignReader.inner,
    n.Power: SignReader.power,
    n.Indicator: SignReader.zero_or_one,
    n.Delta: SignReader.zero_or_one,
    n.Precedes: SignReader.zero_or_one,
}


def _open(expr: n.Expr) -> bool:
    return any(not index.fixed for index in expr.free)


def _zero_or_one(expr: n.Expr) -> bool:
    if isinstance(expr, n.Mul):
        return all(_zero_or_one(factor) for factor in expr.factors)
    return isinstance(expr, n.Delta | n.Indicator | n.Precedes)


def _renamed(poly: Poly, new: dict[Free, Free]) -> Poly:
    names: dict[Free, Index] = dict(new)
    return collect((normal(remapped(t.factors, new=names), t.bound), value) for t, value in poly.terms)


def _times(*formulas: k.Formula | None) -> k.Formula | None:
    found = tuple(formula for formula in formulas if formula is not None)
    return k.Times(found) if len(found) == len(formulas) else None
