"""Numbers compared by their squares: √a √b = √(a b), √(4 a) = 2 √a, √(a b) ≤ (a + b)/2, ⟨x, y⟩ ≤ ‖x‖ ‖y‖.

For L, R ≥ 0 with L² = R²: (L − R)(L + R) = 0. Where the second factor is 0, so is the first, since
(L − R)² + 4 L R = (L + R)² = 0 is a sum of what is at least 0.

For R ≥ 0 with L² ≤ R²: t = R − L is m = √(t²), which is at least 0, or −m. Where it is −m, it is 0, since
t² + 2 m R + (R² − L²) = t(t − 2 R + R + L) = 0 is such a sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, count
from typing import Any

from derive.kernel import statement as k
from derive.kernel.statement import Hypothesis, Statement, expand
from derive.kernel.terms import Free
from derive.language import nodes as n
from derive.language.statements import Relation, Sequent
from derive.prove.lower import Lowering, distance
from derive.prove.rewrite import Certificate, poly_data
from derive.prove.search import Effort, by_cone, find_certificate
from derive.prove.shared import Shared
from derive.prove.signs import Row, SignReader, find_sign, instance_formula, row_data, row_formula, subtracted

Summand = tuple[Mapping[str, Any], k.Formula]
"""What is at least 0, as a certificate lists it, and as a formula."""


@dataclass(frozen=True, slots=True)
class BySquares:
    """The search for one statement, an equation or a ≤ between numbers without loose indices."""

    statement: Statement
    sequent: Sequent
    given: Sequence[Relation]
    unused: frozenset[str]
    low: Lowering
    effort: Effort
    shared: Shared
    deeper: int = 2
    """How often squares may be compared by their squares: roots of roots."""

    def certificate(self) -> Certificate | None:
        """A proof by the squares of both sides; None where none was found."""
        goal = self.sequent.goal
        if self.statement.each or goal.left.shape:
            return None
        return self._equation(goal) if goal.sign == "=" else self._inequality(goal) if goal.sign == "≤" else None

    def _equation(self, goal: Relation) -> Certificate | None:
        if not any(isinstance(node, n.Sqrt) for side in (goal.left, goal.right) for node in side.walk()):
            return None
        reader = self._reader()
        left, right = reader.rows(goal.left), reader.rows(goal.right)
        if left is None or right is None:
            return None
        gap = subtracted(self.statement.left, self.statement.right)
        both = k.Plus((self.statement.left, self.statement.right))
        product = self._zero(k.Times((gap, both))) or self._of_squares(goal, k.Times((gap, both)))
        if_other = product and self._vanishing(gap, self._summands(4, left, right), both)
        if_one = if_other and self._zero(gap, gap)
        return self._split(gap, both, product, if_one, if_other)

    def _of_squares(self, goal: Relation, product: k.Formula) -> Certificate | None:
        """That the product vanishes, where the squares of both sides are seen to be equal by squares in their turn."""
        if not self.deeper:
            return None
        left, right = _without_common(_squared(goal.left), _squared(goal.right))
        stated = replace(self.statement, left=self.low.entry(left), right=self.low.entry(right))
        sequent = replace(self.sequent, goal=Relation(left, right))
        found = replace(self, statement=stated, sequent=sequent, deeper=self.deeper - 1).certificate()
        lemma = subtracted(stated.left, stated.right)
        then = found and self._zero(product, lemma)
        zero = poly_data(expand(lemma, self.shared.scope(self.statement)))
        return then and {"rule": "lemma", "each": [], "zero": zero, "proof": found, "then": then}

    def _inequality(self, goal: Relation) -> Certificate | None:
        far = distance(self.sequent)
        if far is None or far not in self.low.made:
            return None
        gap, size = subtracted(self.statement.right, self.statement.left), self.low.entry(far)
        one, other = subtracted(gap, size), k.Plus((gap, size))
        product = self._zero(k.Times((one, other)))
        if_one = product and by_cone(_in_case(self.statement, one), self.unused, self.shared)
        equal = if_one and (
            by_cone(_in_case(replace(self.statement, sign="="), other), self.unused, self.shared)
            or self._by_difference(goal, far, gap, other)
        )
        if_other = {"rule": "sign", "squares": [], "proof": equal} if equal else None
        return self._split(one, other, product, if_one, if_other)

    def _by_difference(self, goal: Relation, far: n.Expr, gap: k.Formula, case: k.Formula) -> Certificate | None:
        """That the gap vanishes where it is minus its size, by what shows that L² ≤ R²."""
        reader = self._reader()
        size, right = reader.rows(far), reader.rows(goal.right)
        if size is None or right is None:
            return None
        squares = Relation(_squared(goal.left), _squared(goal.right), "≤")
        stated = replace(self.statement, left=self.low.entry(squares.left), right=self.low.entry(squares.right))
        found = find_sign(stated, squares, self.unused, self.low, self.given, self.effort, self.shared).certificate
        if found is None or found["rule"] != "sign":
            return None
        rows = [(row, _formula(row, self.statement)) for row in found["squares"]]
        return self._vanishing(gap, [*self._summands(2, size, right), *rows], case)

    def _reader(self) -> SignReader:
        return SignReader(self.low, self.statement, self.given, self.shared)

    def _summands(self, weight: int, left: Sequence[Row], right: Sequence[Row]) -> list[Summand]:
        """So many times the product of two sums."""
        scope = self.shared.scope(self.statement)
        rows = [Row(Fraction(weight)).by(one).by(other) for one in left for other in right]
        return [(row_data(row, scope), row_formula(row, self.statement)) for row in rows]

    def _zero(self, formula: k.Formula, *case: k.Formula) -> Certificate | None:
        """That a formula is 0, be it where another one is."""
        stated = replace(_in_case(self.statement, *case), sign="=", left=formula, right=ZERO)
        return find_certificate(stated, self.unused, self.effort, self.shared).certificate

    def _vanishing(self, gap: k.Formula, summands: Sequence[Summand], case: k.Formula) -> Certificate | None:
        """That the gap is 0 where the case holds, since there its square and the summands add up to 0."""
        proof = self._zero(k.Plus((k.Times((gap, gap)), *(formula for _, formula in summands))), case)
        return proof and {"rule": "squares", "squares": [data for data, _ in summands], "proof": proof}

    def _split(
        self, one: k.Formula, other: k.Formula, product: Certificate | None, if_one: Certificate | None,
        if_other: Certificate | None,
    ) -> Certificate | None:  # fmt: skip
        if product is None or if_one is None or if_other is None:
            return None
        scope = self.shared.scope(self.statement)
        factors = {"one": poly_data(expand(one, scope)), "other": poly_data(expand(other, scope))}
        return {"rule": "split", **factors, "product": product, "if_one": if_one, "if_other": if_other}


ZERO, NOTHING = k.Num(Fraction(0)), n.Number(Fraction(0))


def _in_case(statement: Statement, *factors: k.Formula) -> Statement:
    cases = tuple(Hypothesis("case", (), factor, ZERO, standing=False) for factor in factors)
    return replace(statement, hypotheses=(*statement.hypotheses, *cases))


def _squared(expr: n.Expr) -> n.Expr:
    """The square of a number, of roots and of products of them without the roots."""
    if isinstance(expr, n.Sqrt):
        return expr.arg
    if isinstance(expr, n.Mul):
        return n.Mul(tuple(map(_squared, expr.factors)))
    if isinstance(expr, n.Add) and any(isinstance(node, n.Sqrt) for node in expr.walk()):
        twice = [n.Mul((n.Number(Fraction(2)), *pair)) for pair in combinations(expr.terms, 2)]
        return n.Add((*map(_squared, expr.terms), *twice))
    return n.Power(expr, 2)


def _without_common(left: n.Expr, right: n.Expr) -> tuple[n.Expr, n.Expr]:
    """Both sides without the terms that they have in common."""
    terms = [list(side.terms) if isinstance(side, n.Add) else [side] for side in (left, right)]
    for term in list(terms[0]):
        if term in terms[1]:
            for side in terms:
                side.remove(term)
    one, other = (n.Add(tuple(rest)) if len(rest) > 1 else rest[0] if rest else NOTHING for rest in terms)
    return one, other


def _formula(row: Mapping[str, Any], statement: Statement) -> k.Formula:
    """What a certificate lists among what is at least 0, as a formula."""
    named = {name: Free(name, dim) for name, dim in row["each"]}
    known = {index.name: index for index in (*statement.fixed, *statement.each)} | named
    root = k.Plus(tuple(_product(term, known) for term in row["root"]))
    cited = [(entry["hypothesis"], tuple(known[name] for name in entry["at"])) for entry in row["times"]]
    facts = [instance_formula(statement, one) for one in cited]
    body = k.Times((k.Num(Fraction(row["weight"])), root, root, *facts))
    return k.Sum(tuple(named.values()), body) if named else body


def _product(term: Mapping[str, Any], known: Mapping[str, Free]) -> k.Formula:
    fresh = (name for number in count() if (name := f"_s{number}") not in known)
    sums = tuple(Free(next(fresh), dim) for dim in term["bound"])
    factors = (
        k.Tensor(name, tuple(sums[index] if isinstance(index, int) else known[index] for index in at))
        for name, at in term["factors"]
    )
    body = k.Times((k.Num(Fraction(term["coefficient"])), *factors))
    return k.Sum(sums, body) if sums else body
