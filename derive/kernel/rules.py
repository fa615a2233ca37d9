"""The inference rules. A certificate names one, and gives what it needs as plain JSON data.

===========  ======================================================================================================
membership   goal − Σ coefficient · context · hypothesis is zero term by term, after a given renaming of summed
             indices. Without hypotheses: the two sides are the same contraction polynomial.
split        p·q = 0, so one of them is 0 (δ_ij or δ_ij − 1, a letter or what it is squared to): prove the goal with
             each; neither leaves its branch.
lemma        prove an equation first, then use it as a hypothesis.
squares      q = 0 because Σ q² + (terms as in sign) = 0: a sum of non-negative terms vanishes only if each does.
sign         left ≤ right because right − left = Σ_k c_k Σ q_k² f_k, with c_k ≥ 0 and f_k a product of hypotheses f ≥ 0;
             left < right because moreover the first of these terms times some w is 1.
===========  ======================================================================================================

Before all others, a set that is claimed to exist is named: [i ∈ S] = p_i with p_i² = p_i, and Σ p_i its size.
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
    ZERO, Factor, Free, Index, Number, Pair, Poly, Term, add, atom, collect, constant, dim_of, multiply, normal,
    normalised, renamed, scale, show, subtract, times, total)  # fmt: skip


class Fact(NamedTuple):
    """A hypothesis: its name, the indices that may be instantiated, and the polynomial that is 0, or at least 0."""

    name: str
    each: tuple[Free, ...]
    poly: Poly
    sign: str = "="


class Goal(NamedTuple):
    sign: str
    left: Poly
    right: Poly
    each: tuple[Free, ...]


Certificate = Mapping[str, Any]
Used = dict[int, None]  # the numbers of the facts that are cited; lemmas and cases come after the hypotheses


def prove(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    """Refuse unless the certificate proves the goal from the facts; ``used`` collects what it cites."""
    rule = RULES.get(_get(certificate, "rule", str))
    if rule is None:
        raise CertificateError(f"there is no rule {certificate['rule']!r}")
    rule(goal, facts, scope, certificate, used)


def _get(data: Any, key: str, kind: type) -> Any:
    value = data.get(key) if type(data) is dict else None  # a subclass could be another one each time it is read
    if type(value) is not kind:
        raise CertificateError(f"the certificate has no {kind.__name__} {key!r} where one is needed")
    return value


def _number(text: str) -> Number:
    if not re.fullmatch(r"-?[0-9]{1,3000}(/[1-9][0-9]{0,2999})?", text):  # Fraction itself would compute 1e999999999
        raise CertificateError(f"{text[:99]!r} is no rational number of at most 3000 digits")
    return Fraction(text) if "/" in text else int(text)


# Membership ---------------------------------------------------------------------------------------------------------


def _membership(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    if goal.sign != "=":
        raise CertificateError(f"membership proves equations, not {goal.sign}")
    multiples = (_multiple(cofactor, facts, scope, used) for cofactor in _get(certificate, "cofactors", list))
    unnamed = collect(pair for pairs in (subtract(goal.left, goal.right).terms, *multiples) for pair in pairs)
    left_over = _regrouped(unnamed, _get(certificate, "names", list))
    if left_over:
        values = {"left": goal.left, "right": goal.right, "difference": left_over}
        told = "; ".join(f"{name}: {show(value)}" for name, value in values.items())
        raise CertificateError(f"the two sides differ; {told}", values)


def _multiple(cofactor: Any, facts: tuple[Fact, ...], scope: Scope, used: Used) -> list[Pair]:
    """−coefficient × Σ context × hypothesis, its indices instantiated as the cofactor says."""
    context = _product(cofactor, scope)
    poly, new = _instance(cofactor, context.bound, facts, scope, used, "=")
    minus = -_number(_get(cofactor, "coefficient", str))
    return [(normal(*term), value) for term, value in times([(context, minus)], poly.terms, new)]


def _instance(
    data: Any, bound: tuple[str, ...], facts: tuple[Fact, ...], scope: Scope, used: Used, sign: str
) -> tuple[Poly, dict[Free, Index]]:
    """A cited hypothesis, and what its indices are to become."""
    number = _get(data, "hypothesis", int)
    if not 0 <= number < len(facts):
        raise CertificateError(f"the certificate cites hypothesis {number}; there are {len(facts)}")
    fact = facts[number]
    if fact.sign != sign:
        raise CertificateError(f"{fact.name!r} is a {fact.sign}, and is used as a {sign}")
    used[number] = None
    at = [_index(index, bound, scope) for index in _get(data, "at", list)]
    if [dim_of(index, bound) for index in at] != [index.dim for index in fact.each]:
        raise CertificateError(f"{fact.name!r} holds for each {list(fact.each)}, but is used at {at}")
    return fact.poly, dict(zip(fact.each, at, strict=True))


def _product(data: Any, scope: Scope) -> Term:
    """Factors, and the dimensions of the indices that are summed over them; not yet normal."""
    bound = tuple(_get(data, "bound", list))
    if not all(type(dim) is str and dim in scope.dims for dim in bound):
        raise CertificateError(f"the certificate sums over {bound}; the dimensions are {sorted(scope.dims)}")
    return Term(tuple([_factor(factor, bound, scope) for factor in _get(data, "factors", list)]), bound)


def _poly(data: list[Any], scope: Scope) -> Poly:
    return normalised([(_product(row, scope), _number(_get(row, "coefficient", str))) for row in data])


def _each(data: Any) -> tuple[Free, ...]:
    pairs = _get(data, "each", list)
    if not all(type(pair) is list and [type(part) for part in pair] == [str, str] for pair in pairs):
        raise CertificateError(f"{pairs!r} is no list of indices and their dimensions")
    return tuple(Free(*pair) for pair in pairs)


def _index(data: Any, bound: tuple[str, ...], scope: Scope) -> Index:
    if type(data) is int and 0 <= data < len(bound):
        return data
    if type(data) is str and data in scope.indices:
        return scope.indices[data]
    raise CertificateError(f"the certificate uses the index {data!r}, which is not declared")


def _factor(data: Any, bound: tuple[str, ...], scope: Scope) -> Factor:
    if not (type(data) is list and len(data) == 2 and type(data[0]) is str and type(data[1]) is list):
        raise CertificateError(f"{data!r} is no factor")
    indices = tuple([_index(index, bound, scope) for index in data[1]])
    scope.check(data[0], tuple([dim_of(index, bound) for index in indices]))
    return (data[0], indices)


def _regrouped(poly: Poly, names: list[Any]) -> Poly:
    """The polynomial with each term's summed indices renamed as given, and collected again."""
    if len(names) != len(poly.terms):
        told = f"{len(names)} renamings for {len(poly.terms)} terms; difference: "
        raise CertificateError(told + show(poly), {"difference": poly, "names": names})
    for numbers in names:
        if not (type(numbers) is list and all(type(number) is int for number in numbers)):
            raise CertificateError(f"{numbers!r} is no renaming")
    return collect((renamed(term, new), value) for (term, value), new in zip(poly.terms, names, strict=True))


# The other rules ----------------------------------------------------------------------------------------------------


def _split(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    one, other = (_poly(_get(certificate, factor, list), scope) for factor in ("one", "other"))
    prove(Goal("=", multiply(one, other), ZERO, ()), facts, scope, _get(certificate, "product", dict), used)
    for branch, factor in (("if_one", one), ("if_other", other)):
        prove(goal, (*facts, Fact("case", (), factor)), scope, _get(certificate, branch, dict), used)


def _idempotent(poly: Poly, each: tuple[Free, ...]) -> Goal:
    return Goal("=", multiply(poly, poly), poly, each)


def _lemma(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    each = _each(certificate)
    inner = scope.within(each)
    poly = _poly(_get(certificate, "zero", list), inner)
    prove(Goal("=", poly, ZERO, each), facts, inner, _get(certificate, "proof", dict), used)
    prove(goal, (*facts, Fact("lemma", each, poly)), scope, _get(certificate, "then", dict), used)


def _squares(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    if goal.sign != "=":
        raise CertificateError(f"a vanishing sum of squares proves equations, not {goal.sign}")
    gap = subtract(goal.left, goal.right)
    square = total(goal.each, multiply(gap, gap))
    others = _non_negative(certificate, facts, scope, used)
    prove(Goal("=", add(square, *others), ZERO, ()), facts, scope, _get(certificate, "proof", dict), used)


def _sign(goal: Goal, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used) -> None:
    if goal.sign not in {"≤", "<"}:
        raise CertificateError(f"signs prove ≤ and <, not {goal.sign}")
    gap = subtract(goal.right, goal.left)
    terms = _non_negative(certificate, facts, scope, used)
    prove(Goal("=", gap, add(*terms), goal.each), facts, scope, _get(certificate, "proof", dict), used)
    if goal.sign == "<":  # the first of the terms is then not only at least 0
        unit = multiply(add(*terms[:1]), _poly(_get(certificate, "inverse", list), scope))
        prove(Goal("=", unit, constant(1), goal.each), facts, scope, _get(certificate, "unit", dict), used)


def _non_negative(certificate: Certificate, facts: tuple[Fact, ...], scope: Scope, used: Used) -> list[Poly]:
    """Each weight · Σ root² · product of hypotheses that are at least 0, as the certificate lists them."""
    found = []
    for row in _get(certificate, "squares", list):
        weight = _number(_get(row, "weight", str))
        if weight < 0:
            raise CertificateError(f"a square is weighted by {weight}, which is negative")
        each = _each(row)
        inner = scope.within(each)
        root = _poly(_get(row, "root", list), inner)
        product = multiply(root, root)
        for cited in _get(row, "times", list):
            poly, new = _instance(cited, (), facts, inner, used, "≤")
            product = normalised(times(product.terms, poly.terms, new))
        found.append(scale(weight, total(each, product)))
    return found


def choose(
    name: str, size: str, facts: tuple[Fact, ...], scope: Scope, certificate: Certificate, used: Used
) -> tuple[tuple[Fact, ...], Certificate]:
    """The facts with what the set ``name`` is said to be, the i with p_i = 1; and the certificate that follows. It has
    to show that p_i is 0 or 1, and that Σ p_i is ``size`` (any size where that is "")."""
    if _get(certificate, "rule", str) != "choose" or certificate.get("set") != name:
        raise CertificateError(f"the set {name} is claimed to exist; the certificate has first to choose it")
    each = _each(certificate)
    if [index.dim for index in each] != [scope.choices[name]]:
        raise CertificateError(f"{name} is a set over {scope.choices[name]}, but is chosen by {list(each)}")
    inner = scope.within(each)
    member = _poly(_get(certificate, "member", list), inner)
    prove(_idempotent(member, each), facts, inner, _get(certificate, "idempotent", dict), used)
    if size:
        count = Goal("=", total(each, member), atom(f"size:{size}", ()), ())
        prove(count, facts, scope, _get(certificate, "count", dict), used)
    chosen = Fact(f"choice of {name}", each, subtract(atom(f"in:{name}", each), member))
    return (*facts, chosen), _get(certificate, "then", dict)


RULES = {"membership": _membership, "split": _split, "lemma": _lemma, "squares": _squares, "sign": _sign}
