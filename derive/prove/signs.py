"""Certificates of ``≤`` and ``<``: a difference read as a sum of terms that its form shows to be non-negative.

What is non-negative by its form: a number, a square, a norm, a 0-or-1 expression and its complement, a root, an
expression that a hypothesis says to be, and products, quotients and sums of such. The author brings the difference into
such a form by a step of the chain; here it is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product

from derive.kernel import statement as k
from derive.kernel.statement import Scope, Statement, expand
from derive.kernel.terms import Free, Index, Poly, collect, normal, remapped, scale
from derive.language import nodes as n
from derive.language.statements import Relation
from derive.prove.cone import Cited
from derive.prove.lower import Lowering, is_open, kernel_name
from derive.prove.rewrite import canonical_poly, poly_data
from derive.prove.search import FULL, Effort, Found, by_cone, find_certificate
from derive.prove.shared import Shared
from derive.prove.simplex import nonnegative_combination


@dataclass(frozen=True, slots=True)
class Row:
    """weight · Σ_each (product of roots)² · product of the hypotheses cited.

    ``inverse`` is one over all that, where it is known to differ from 0; None where it is not.
    """

    weight: Fraction
    each: tuple[Free, ...] = ()
    roots: tuple[k.Formula, ...] = ()
    times: tuple[Cited, ...] = ()
    inverse: k.Formula | None = None

    def by(self, other: Row) -> Row:
        each, roots = (*self.each, *other.each), (*self.roots, *other.roots)
        inverse = _times(self.inverse, other.inverse)
        return Row(self.weight * other.weight, each, roots, (*self.times, *other.times), inverse)


def find_sign(
    statement: Statement, goal: Relation, unused: frozenset[str], low: Lowering, given: Sequence[Relation] = (),
    effort: Effort = FULL, shared: Shared | None = None,
) -> Found:  # fmt: skip
    """A certificate of ``left ≤ right`` or ``left < right``, or why none was found.

    Args:
        given: equations among the hypotheses: a side of one may be read in place of the other.
    """
    shared = shared or Shared()
    gap = difference(goal.left, goal.right)
    reader = SignReader(low, statement, given, shared)
    rows = reader.rows(gap)
    rows = reader.worked_out(gap) if rows is None else rows
    if rows is not None:
        return certified(statement, rows, unused, effort, shared)
    links = chain(goal, given)
    if links is not None:
        rows = reader.every([difference(link.left, link.right) for link in links], False)
        if rows is not None:
            return certified(statement, rows, unused, effort, shared)
    rows = reader.combined()
    found = certified(statement, rows, unused, effort, shared) if rows else Found(None, "")
    if found.certificate is not None:
        return found
    for cited in reader.closed():
        found = certified(statement, _fitted(statement, cited, shared), unused, effort, shared)
        if found.certificate is not None:
            return found
    found = certified(statement, (), unused, effort, shared) if goal.sign == "≤" else Found(None, "")
    if found.certificate is not None:  # the sides are equal
        return found
    if goal.sign == "≤" and effort == FULL:
        made = by_cone(statement, unused, shared)
        if made is not None:
            return Found(made)
    return Found(None, f"{gap} was not found to be a sum of squares and products of what is at least 0")


def chain(goal: Relation, given: Sequence[Relation]) -> list[Relation] | None:
    """The inequalities on a way from the left side to the right one along what is given; None if there is no way."""
    reached: dict[n.Expr, list[Relation]] = {goal.left: []}
    todo = [goal.left]
    while todo:
        here = todo.pop(0)
        if here == goal.right:
            return reached[here]
        for relation in given:
            ends = [(relation.left, relation.right)]
            ends += [(relation.right, relation.left)] if relation.sign == "=" else []
            for start, end in ends:
                if start == here and end not in reached:
                    reached[end] = [*reached[here], *([relation] if relation.sign != "=" else [])]
                    todo.append(end)
    return None


def certified(
    statement: Statement, found: Sequence[Row], unused: frozenset[str] = frozenset(), effort: Effort = FULL,
    shared: Shared | None = None,
) -> Found:  # fmt: skip
    """The certificate that right − left is the sum of the rows, and for ``<`` that one of them is not 0."""
    shared = shared or Shared()
    rows = sorted(found, key=lambda row: row.inverse is None)
    if statement.sign == "<" and not (rows and rows[0].inverse):
        return Found(None, "the difference of the sides is at least 0, but was not seen to differ from 0")
    # Written as the kernel writes them: the renamings of a certificate are told by the order of the terms.
    gap_formula = k.Plus((k.Times((k.Num(Fraction(-1)), statement.left)), statement.right))
    terms = k.Plus(tuple(row_formula(row, statement) for row in rows))
    proof = find_certificate(replace(statement, sign="=", left=gap_formula, right=terms), unused, effort, shared)
    if proof.certificate is None:
        return proof
    scope = shared.scope(statement).within(statement.each)
    made = {"rule": "sign", "squares": [row_data(row, scope) for row in rows], "proof": proof.certificate}
    if statement.sign == "≤":
        return Found(made)
    inverse = rows[0].inverse or ONE
    product = k.Times((row_formula(rows[0], statement), inverse))
    unit = find_certificate(replace(statement, sign="=", left=product, right=ONE), unused, effort, shared)
    if unit.certificate is None:
        return unit
    return Found({**made, "inverse": poly_data(expand(inverse, scope)), "unit": unit.certificate})


ONE = k.Num(Fraction(1))


def _fitted(statement: Statement, rows: Sequence[Row], shared: Shared) -> list[Row]:
    """The rows, a single one scaled, with a positive number beside them if right − left is their sum and this number:
    1 ≤ b gives 0 ≤ 2b."""
    scope = shared.scope(statement).within(statement.each)
    gap = expand(subtracted(statement.right, statement.left), scope)
    if len(rows) == 1:
        rows = [_scaled(rows[0], gap, expand(row_formula(rows[0], statement), scope))]
    rest = expand(
        subtracted(statement.right, k.Plus((statement.left, *(row_formula(r, statement) for r in rows)))), scope
    ).terms
    if len(rest) != 1 or rest[0][0].factors or rest[0][0].bound or rest[0][1] <= 0:
        return list(rows)
    value = Fraction(rest[0][1])
    return [*rows, Row(value, roots=(ONE,), inverse=k.Num(1 / value))]


def subtracted(one: k.Formula, other: k.Formula) -> k.Formula:
    return k.Plus((one, k.Times((k.Num(Fraction(-1)), other))))


def _scaled(row: Row, gap: Poly, own: Poly) -> Row:
    """The row by the positive number by which some term of it, no constant, stands in the gap."""
    wanted = dict(gap.terms)
    ratios = (Fraction(wanted.get(term, 0)) / Fraction(value) for term, value in own.terms if term.factors)
    ratio = next(ratios, Fraction(0))
    if ratio <= 0 or ratio == 1:
        return row
    return replace(row, weight=row.weight * ratio, inverse=_times(k.Num(1 / ratio), row.inverse))


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


def row_formula(row: Row, statement: Statement) -> k.Formula:
    facts = [instance_formula(statement, cited) for cited in row.times]
    root = k.Times(row.roots)
    body = k.Times((k.Num(row.weight), root, root, *facts))
    return k.Sum(row.each, body) if row.each else body


def instance_formula(statement: Statement, cited: Cited) -> k.Formula:
    """right − left of a hypothesis, at indices."""
    number, at = cited
    hypothesis = statement.hypotheses[number]
    gap = k.Plus((hypothesis.right, k.Times((k.Num(Fraction(-1)), hypothesis.left))))
    return _at(hypothesis.each, at, gap)


def _at(each: Sequence[Free], at: Sequence[Free], formula: k.Formula) -> k.Formula:
    """The formula at indices: Σ_each δ(each, at) · formula."""
    deltas = tuple(k.Tensor("delta", pair) for pair in zip(each, at, strict=True))
    return k.Sum(tuple(each), k.Times((*deltas, formula))) if deltas else formula


def row_data(row: Row, scope: Scope) -> dict[str, object]:
    inner = scope.within(row.each)
    times = [{"hypothesis": number, "at": [index.name for index in at]} for number, at in row.times]
    root = poly_data(expand(k.Times(row.roots), inner))
    return {"weight": str(row.weight), "each": [list(index) for index in row.each], "root": root, "times": times}


class SignReader:
    """Reads expressions of one statement, all parts of which have been lowered: reading makes no new letters."""

    def __init__(self, low: Lowering, statement: Statement, given: Sequence[Relation], shared: Shared) -> None:
        self.low, self.statement, self.shared = low, statement, shared
        self.given = [relation for relation in given if relation.sign == "=" and not relation.left.shape]
        self.bound: tuple[Free, ...] = ()
        self.facts, self.scope = self.shared.facts(statement), self.shared.scope(statement)
        self.polys: dict[tuple[n.Expr, tuple[Free, ...]], Poly] = {}

    # Non-negative by form

    def rows(self, expr: n.Expr, negative: bool = False) -> list[Row] | None:
        """The expression, or minus it, as rows; None where its form does not show it to be at least 0."""
        cited = self.supposed(expr, negative)
        if cited is not None:
            return [Row(Fraction(1), times=(cited,), inverse=self.inverse(n.Neg(expr) if negative else expr))]
        return self.formed(expr, negative) or self.restated(expr, negative)

    def restated(self, expr: n.Expr, negative: bool) -> list[Row] | None:
        """What an equation among the hypotheses says that the expression is."""
        for relation in self.given:
            for side, other in ((relation.left, relation.right), (relation.right, relation.left)):
                if side == expr:
                    self.given.remove(relation)  # each once, so that the reading ends
                    return self.rows(other, negative)
        return None

    def formed(self, expr: n.Expr, negative: bool) -> list[Row] | None:
        if isinstance(expr, n.Neg):
            return self.rows(expr.arg, not negative)
        if isinstance(expr, n.Number):
            value = -expr.value if negative else expr.value
            return [Row(value, inverse=k.Num(1 / value) if value else None)] if value >= 0 else None
        if isinstance(expr, n.Add):
            found = self.complement(expr, negative) or self.every(expr.terms, negative)
            return found or (None if negative else self.completed(expr.terms))
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

    def worked_out(self, expr: n.Expr) -> list[Row] | None:
        """The number that the expression is, if it is one and positive: ½ − (9/10)⁷."""
        terms = self.poly(expr).terms if not expr.shape and not is_open(expr) else ()
        if len(terms) != 1 or terms[0][0].factors or terms[0][1] < 0:
            return None
        value = Fraction(terms[0][1])
        return [Row(value, inverse=k.Num(1 / value))]

    def every(self, terms: Sequence[n.Expr], negative: bool) -> list[Row] | None:
        found: list[Row] = []
        for term in terms:
            rows = self.rows(term, negative)
            if rows is None:
                return None
            found += rows
        return found

    def completed(self, terms: Sequence[n.Expr]) -> list[Row] | None:
        """‖X‖² ± 2⟨X, Y⟩ + ‖Y‖² as ‖X ± Y‖², of numbers too, and the other terms, if there are any."""
        for term in terms:
            for left, right, whole in _crossing(term):
                rest = _without(_without(_without(terms, (term,)), _squares_of(left)), _squares_of(right))
                if rest is None:
                    continue
                form = n.Norm2(whole) if whole.shape else n.Power(whole, 2)
                rows = (self.every(rest, False) or self.completed(rest)) if rest else []
                if rows is not None:
                    return [*(self.rows(form) or ()), *rows]
        return None

    def complement(self, expr: n.Add, negative: bool) -> list[Row] | None:
        """1 − p for a p that is 0 or 1."""
        match expr.terms:
            case (n.Number(value), n.Neg(arg)) if value == 1 and _zero_or_one(arg) and not negative:
                root = self.low.entry(expr)
                return [Row(Fraction(1), roots=(root,), inverse=root)]
        return None

    def product(self, factors: Sequence[n.Expr], negative: bool) -> list[Row] | None:
        """Every factor, equal ones taken together; two factors that are at most 0 make one that is at least 0."""
        rows = [Row(Fraction(1), inverse=ONE)]
        rest = list(factors)
        for pair in combinations(factors, 2):
            cited = self.supposed(n.Mul(pair), negative)
            if cited is not None:
                together = n.Mul(pair)
                inverse = self.inverse(n.Neg(together) if negative else together)
                rows, negative = [Row(Fraction(1), times=(cited,), inverse=inverse)], False
                for factor in pair:
                    rest.remove(factor)
                break
        while rest:
            factor = rest.pop()
            if factor in rest:
                rest.remove(factor)
                root, inverse = self.low.entry(factor), self.inverse(factor)
                found: list[Row] | None = [Row(Fraction(1), roots=(root,), inverse=_times(inverse, inverse))]
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
        root, below = self.low.entry(n.Div(n.Number(Fraction(1)), expr.bottom)), self.low.entry(expr.bottom)
        inverse = Row(Fraction(1), roots=(root,), inverse=k.Times((below, below)))
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

    def trace(self, expr: n.Trace) -> list[Row] | None:
        """tr(MᵀM) = ‖M‖²."""
        match expr.arg:
            case n.MatMul((first, second)) if first == n.Transpose(second) or second == n.Transpose(first):
                return self.norm2(n.Norm2(second))
        return None

    def power(self, expr: n.Power) -> list[Row] | None:
        base, inverse, times = self.low.entry(expr.base), self.inverse(expr.base), expr.exponent // 2
        half = Row(Fraction(1), roots=(base,) * times, inverse=_times(*(inverse,) * (2 * times)))
        if expr.exponent % 2 == 0:
            return [half]
        rows = self.rows(expr.base)
        return None if rows is None else [half.by(row) for row in rows]

    def size(self, expr: n.Size) -> list[Row]:
        """Σ_i 1² over the whole dimension."""
        index = self.low.fresh(expr.dim)
        return [Row(Fraction(1), () if index is None else (index,), (ONE,))]

    def zero_or_one(self, expr: n.Expr) -> list[Row]:
        root = self.low.entry(expr)
        return [Row(Fraction(1), roots=(root,), inverse=root)]  # it is its own inverse, if it has one

    # By a hypothesis

    def supposed(self, expr: n.Expr, negative: bool) -> Cited | None:
        """A hypothesis that says that the expression, or minus it, is at least 0."""
        if expr.shape or not any(hypothesis.sign == "≤" for hypothesis in self.statement.hypotheses):
            return None
        wanted = self.poly(expr)
        for number, fact in enumerate(self.facts):
            if fact.sign == "≤":
                for at, sign in self.placed(fact.each, fact.poly, wanted):
                    if (sign < 0) == negative:
                        return number, at
        return None

    def closed(self) -> Iterator[list[Row]]:
        """Each hypothesis that is an inequality without loose indices, and then all of them together."""
        facts = [*map(self.cited, self.inequalities())]
        yield from ([row] for row in facts)
        if len(facts) > 1:
            yield facts

    def inequalities(self) -> list[int]:
        """The numbers of the hypotheses that are inequalities without loose indices."""
        hypotheses = enumerate(self.statement.hypotheses)
        return [number for number, one in hypotheses if one.sign == "≤" and not one.each]

    def cited(self, number: int, weight: Fraction = Fraction(1)) -> Row:
        inverse = self.reciprocal_of(number)
        return Row(weight, times=((number, ()),), inverse=_times(k.Num(1 / weight), inverse))

    def combined(self) -> list[Row]:
        """Hypotheses that are inequalities, scaled and added up so that they make the goal's difference."""
        numbers = self.inequalities()
        if not numbers:
            return []
        scope = self.scope.within(self.statement.each)
        gap = self.reduced(expand(subtracted(self.statement.right, self.statement.left), scope))
        facts = [self.reduced(self.facts[number].poly) for number in numbers]
        weights = nonnegative_combination([*facts, {(): Fraction(1)}], gap)
        if weights is None:
            return []
        *scales, rest = weights
        rows = [self.cited(number, scale) for number, scale in zip(numbers, scales, strict=True) if scale]
        return [*rows, Row(rest, roots=(ONE,), inverse=k.Num(1 / rest))] if rest else rows

    def reduced(self, poly: Poly) -> dict[Hashable, Fraction]:
        """The coefficients of a polynomial, where h and 1/h beside each other make 1."""
        pairs = {
            (name, ()): (kernel_name(expr.bottom.name), ()) for expr, name in self.low.made.items()
            if isinstance(expr, n.Div) and isinstance(expr.bottom, n.Symbol) and not expr.bottom.shape
        }  # fmt: skip
        found: dict[Hashable, Fraction] = {}
        for term, value in poly.terms:
            factors = list(term.factors)
            for reciprocal, letter in pairs.items():
                while reciprocal in factors and letter in factors:
                    factors.remove(reciprocal)
                    factors.remove(letter)
            key = (tuple(factors), term.bound) if factors or term.bound else ()
            found[key] = found.get(key, Fraction(0)) + value
        return found

    def reciprocal_of(self, number: int) -> k.Formula | None:
        """The reciprocal of right − left, where the hypothesis is that left < right."""
        gap = self.facts[number].poly
        pairs = ((expand(found, self.scope), reciprocal) for each, found, reciprocal in self.low.gaps if not each)
        return next((inverse for found, inverse in pairs if canonical_poly(found) == canonical_poly(gap)), None)

    # Different from zero by form

    def inverse(self, expr: n.Expr) -> k.Formula | None:
        """A formula for 1/expr, made of letters that are there already."""
        if isinstance(expr, n.Number):
            return k.Num(1 / expr.value) if expr.value else None
        made = n.Div(n.Number(Fraction(1)), expr)
        if made in self.low.made:
            return self.low.entry(made)
        return self.structural_inverse(expr) or self.supposed_inverse(expr)

    def structural_inverse(self, expr: n.Expr) -> k.Formula | None:
        match expr:
            case n.Indicator() | n.Delta() | n.Precedes():
                return self.low.entry(expr)
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
        return None

    def supposed_inverse(self, expr: n.Expr) -> k.Formula | None:
        """The reciprocal of a difference that a hypothesis says is not zero: of λ_k − λ_j for distinct λ."""
        wanted = self.poly(expr)
        for each, gap, reciprocal in self.low.gaps:
            found = expand(gap, self.scope.within(each))
            for at, sign in self.placed(each, found, wanted):
                value = _at(each, at, reciprocal)
                return value if sign > 0 else k.Times((k.Num(Fraction(-1)), value))
        return None

    def placed(self, each: Sequence[Free], poly: Poly, wanted: Poly) -> Iterator[tuple[tuple[Free, ...], int]]:
        """The indices at which a polynomial is the one wanted, or minus it."""
        if not _may_become(poly, wanted):
            return
        own = tuple(Free(f"_p{place}", index.dim) for place, index in enumerate(each))
        apart = _renamed(poly, dict(zip(each, own, strict=True)))
        used = (index for term, _ in wanted.terms for _, indices in term.factors for index in indices)
        within = sorted({index for index in used if isinstance(index, Free)})
        for at in product(*([index for index in within if index.dim == slot.dim] for slot in own)):
            found = canonical_poly(_renamed(apart, dict(zip(own, at, strict=True))))
            for sign in (1, -1):
                if canonical_poly(scale(Fraction(sign), found)) == wanted:
                    yield at, sign

    def poly(self, expr: n.Expr) -> Poly:
        key = expr, self.bound
        if key not in self.polys:
            scope = self.scope.within((*self.statement.each, *self.bound))
            self.polys[key] = canonical_poly(expand(self.low.entry(expr), scope))
        return self.polys[key]


FORMS: dict[type[n.Expr], Callable[..., list[Row] | None]] = {
    n.Norm2: SignReader.norm2,
    n.Inner: SignReader.inner,
    n.Trace: SignReader.trace,
    n.Power: SignReader.power,
    n.Size: SignReader.size,
    n.Indicator: SignReader.zero_or_one,
    n.Delta: SignReader.zero_or_one,
    n.Precedes: SignReader.zero_or_one,
}


def _may_become(poly: Poly, wanted: Poly) -> bool:
    """A quick test: other indices bring in no letters, and leave the sum of the coefficients as it is."""
    before, after = (abs(sum(value for _, value in one.terms)) for one in (poly, wanted))
    return before == after and _letters(wanted) <= _letters(poly)


def _letters(poly: Poly) -> set[str]:
    """The letters but for those that indices alone bring in or take away."""
    names = (name for term, _ in poly.terms for name, _ in term.factors)
    return {name for name in names if name != "delta" and ":" not in name}


def _crossing(term: n.Expr) -> Iterator[tuple[n.Expr, n.Expr, n.Expr]]:
    """X, Y and X ± Y for a term ±2⟨X, Y⟩, or ±2 x y of numbers."""
    negative, product = (True, term.arg) if isinstance(term, n.Neg) else (False, term)
    match product:
        case n.Mul((n.Number(value), n.Inner(left, right))) | n.Mul((n.Number(value), left, right)) if abs(value) == 2:
            if not product.shape and left.shape == right.shape:
                yield left, right, n.Add((left, n.Neg(right) if negative == (value > 0) else right))


def _without(terms: Sequence[n.Expr] | None, ways: Sequence[n.Expr]) -> list[n.Expr] | None:
    """The terms without one that is written in one of these ways; None if there is none."""
    place = next((place for place, term in enumerate(terms or ()) if term in ways), None)
    return None if terms is None or place is None else [*terms[:place], *terms[place + 1 :]]


def _squares_of(expr: n.Expr) -> tuple[n.Expr, ...]:
    """How the square of a number, or the squared norm of a matrix or its transpose, is written."""
    if not expr.shape:
        return (n.Power(expr, 2), n.Mul((expr, expr)))
    return (n.Norm2(expr), n.Norm2(expr.arg if isinstance(expr, n.Transpose) else n.Transpose(expr)))


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
