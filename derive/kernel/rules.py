"""The inference rules. A certificate names one, and gives what it needs as plain JSON data.

===========  ======================================================================================================
membership   goal − Σ coefficient · context · hypothesis is zero term by term, after a given renaming of summed
             indices. Without hypotheses: the two sides are the same contraction polynomial.
split        a 0-or-1 letter (δ_ij, [i ∈ S]) is 0 or 1: prove the goal with each; neither value leaves its branch.
lemma        prove an equation first, then use it as a hypothesis.
squares      q = 0 because Σ q² = 0: a sum of non-negative terms vanishes only if each does.
sign         left ≤ right because right − left = Σ c_k Σ q_k², every c_k ≥ 0.
===========  ======================================================================================================

Derivatives are taken when a statement is read. Division needs no rule: a divisor has a letter for its inverse, with a
hypothesis that says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from derive.errors import CertificateError
from derive.kernel.statement import Scope
from derive.kernel.terms import (
    ZERO,
    Factor,
    Free,
    Index,
    Poly,
    add,
    atom,
    collect,
    constant,
    dim_of,
    multiply,
    normal,
    remapped,
    renamed,
    scale,
    show,
    total,
)

Fact = tuple[str, tuple[Free, ...], Poly]
"""A hypothesis: its name, the indices that may be instantiated, and the polynomial that is zero."""


class Goal(NamedTuple):
    sign: str
    left: Poly
    right: Poly
    each: tuple[Free, ...]

    @property
    def difference(self) -> Poly:
        return add(self.left, scale(Fraction(-1), self.right))


Certificate = Mapping[str, Any]
Used = dict[int, None]
"""The numbers of the facts that a certificate cites; lemmas and cases are numbered after the hypotheses."""


def prove(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    """Accept when the certificate proves the goal from the facts; ``used`` collects what it cites.

    Raises:
        CertificateError: it does not.
    """
    rule = RULES.get(_get(certificate, "rule", str))
    if rule is None:
        raise CertificateError(f"there is no rule {certificate['rule']!r}")
    rule(goal, facts, scope, certificate, used)


def _get(data: Any, key: str, kind: type) -> Any:
    value = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise CertificateError(f"the certificate has no {kind.__name__} {key!r} where one is needed")
    return value


def _fraction(text: str) -> Fraction:
    if not re.fullmatch(r"-?[0-9]+(/0*[1-9][0-9]*)?", text):  # Fraction itself would compute 1e999999999
        raise CertificateError(f"{text!r} is no rational number")
    return Fraction(text)


# Membership ---------------------------------------------------------------------------------------------------------


def _membership(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    if goal.sign != "=":
        raise CertificateError(f"membership proves equations, not {goal.sign}")
    rest = goal.difference
    for cofactor in _get(certificate, "cofactors", list):
        rest = add(rest, scale(Fraction(-1), _multiple(cofactor, facts, scope, used)))
    left_over = _regrouped(rest, _get(certificate, "names", list))
    if left_over:
        raise CertificateError(
            f"the two sides differ; left: {show(goal.left)}; right: {show(goal.right)}; difference: {show(left_over)}",
            {"left": goal.left, "right": goal.right, "difference": left_over},
        )


def _multiple(cofactor: Any, facts: tuple[Fact, ...], scope: Scope, used: Used) -> Poly:
    """coefficient × Σ context × hypothesis, its indices instantiated as the cofactor says."""
    number = _get(cofactor, "hypothesis", int)
    if not 0 <= number < len(facts):
        raise CertificateError(f"the certificate cites hypothesis {number}; there are {len(facts)}")
    name, each, poly = facts[number]
    used[number] = None
    context, bound = _product(cofactor, scope)
    at = [_index(index, bound, scope) for index in _get(cofactor, "at", list)]
    if [dim_of(index, bound) for index in at] != [index.dim for index in each]:
        raise CertificateError(f"{name!r} holds for each {list(each)}, but is used at {at}")
    new = dict(zip(each, at, strict=True))
    # The hypothesis's own summed indices are numbered after the context's.
    products = (([*context, *remapped(t.factors, len(bound), new)], bound + t.bound, value) for t, value in poly.terms)
    terms = ((normal(factors, dims), value) for factors, dims, value in products)
    return scale(_fraction(_get(cofactor, "coefficient", str)), collect(terms))


def _product(data: Any, scope: Scope) -> tuple[list[Factor], tuple[str, ...]]:
    """Factors, and the dimensions of the indices that are summed over them."""
    bound = tuple(_get(data, "bound", list))
    if not all(isinstance(dim, str) and dim in scope.dims for dim in bound):
        raise CertificateError(f"the certificate sums over {bound}; the dimensions are {sorted(scope.dims)}")
    return [_factor(factor, bound, scope) for factor in _get(data, "factors", list)], bound


def _poly(data: list[Any], scope: Scope) -> Poly:
    products = [(_fraction(_get(row, "coefficient", str)), *_product(row, scope)) for row in data]
    return collect((normal(factors, bound), value) for value, factors, bound in products)


def _each(data: Any) -> tuple[Free, ...]:
    pairs = _get(data, "each", list)
    if not all(isinstance(pair, list) and [type(part) for part in pair] == [str, str] for pair in pairs):
        raise CertificateError(f"{pairs!r} is no list of indices and their dimensions")
    return tuple(Free(*pair) for pair in pairs)


def _index(data: Any, bound: tuple[str, ...], scope: Scope) -> Index:
    if isinstance(data, int) and not isinstance(data, bool) and 0 <= data < len(bound):
        return data
    if isinstance(data, str) and data in scope.indices:
        return scope.indices[data]
    raise CertificateError(f"the certificate uses the index {data!r}, which is not declared")


def _factor(data: Any, bound: tuple[str, ...], scope: Scope) -> Factor:
    if not (isinstance(data, list) and len(data) == 2 and isinstance(data[0], str) and isinstance(data[1], list)):
        raise CertificateError(f"{data!r} is no factor")
    indices = tuple(_index(index, bound, scope) for index in data[1])
    scope.check(data[0], tuple(dim_of(index, bound) for index in indices))
    return (data[0], indices)


def _regrouped(poly: Poly, names: list[Any]) -> Poly:
    """The polynomial with each term's summed indices renamed as given, and collected again."""
    if len(names) != len(poly.terms):
        raise CertificateError(f"{len(names)} renamings for {len(poly.terms)} terms; difference: {show(poly)}")
    pairs = []
    for (term, value), numbers in zip(poly.terms, names, strict=True):
        if not (isinstance(numbers, list) and all(type(number) is int for number in numbers)):
            raise CertificateError(f"{numbers!r} is no renaming")
        pairs.append((renamed(term, numbers), value))
    return collect(pairs)


# The other rules ----------------------------------------------------------------------------------------------------


def _split(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    name, indices = _factor(certificate.get("letter"), (), scope)
    if name != "delta" and not name.startswith("in:"):
        raise CertificateError(f"{name} is not known to be 0 or 1")
    letter = atom(name, indices)
    for branch, value in (("zero", 0), ("one", 1)):
        case = (f"case {name} = {value}", (), add(letter, constant(Fraction(-value))))
        prove(goal, (*facts, case), scope, _get(certificate, branch, Mapping), used)


def _lemma(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    each = _each(certificate)
    inner = scope.within(each)
    poly = _poly(_get(certificate, "zero", list), inner)
    prove(Goal("=", poly, ZERO, each), facts, inner, _get(certificate, "proof", Mapping), used)
    prove(goal, (*facts, ("lemma", each, poly)), scope, _get(certificate, "then", Mapping), used)


def _squares(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    if goal.sign != "=":
        raise CertificateError(f"a vanishing sum of squares proves equations, not {goal.sign}")
    square = total(goal.each, multiply(goal.difference, goal.difference))
    prove(Goal("=", square, ZERO, ()), facts, scope, _get(certificate, "proof", Mapping), used)


def _sign(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    if goal.sign != "≤":
        raise CertificateError(f"signs prove ≤, not {goal.sign}")
    total_of_squares = ZERO
    for row in _get(certificate, "squares", list):
        weight = _fraction(_get(row, "weight", str))
        if weight < 0:
            raise CertificateError(f"a square is weighted by {weight}, which is negative")
        each = _each(row)
        root = _poly(_get(row, "root", list), scope.within(each))
        total_of_squares = add(total_of_squares, scale(weight, total(each, multiply(root, root))))
    gap = add(goal.right, scale(Fraction(-1), goal.left))
    prove(Goal("=", gap, total_of_squares, goal.each), facts, scope, _get(certificate, "proof", Mapping), used)


RULES = {"membership": _membership, "split": _split, "lemma": _lemma, "squares": _squares, "sign": _sign}
