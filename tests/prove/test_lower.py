"""From expressions to the kernel's formulas: every node keeps its value, and a damaged lowering is noticed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import factorial
from random import Random

import numpy as np
import pytest

from derive import (
    Derivation,
    at,
    at_most,
    bernoulli,
    binomial,
    decreasing,
    delta,
    diag,
    diagonal,
    dims,
    distinct,
    equal,
    exists,
    expectation,
    eye,
    family,
    fixed,
    full_column_rank,
    gradient,
    implies,
    index,
    indicator,
    indices,
    initial,
    inner,
    integral,
    inv,
    invertible,
    less_than,
    matrix,
    member,
    members_of,
    norm2,
    ordered,
    orthogonal,
    partial,
    precedes,
    projection,
    rate,
    relu,
    replace_column,
    scalar,
    select,
    size,
    sqrt,
    subset,
    symmetric,
    total,
    total_except,
    total_in,
    total_pairs,
    tr,
    uniform,
    with_moments,
)
from derive.checker import Options, check_claim
from derive.crosscheck.instances import model, signature
from derive.errors import InputError, TypingError
from derive.evaluate import Evaluator
from derive.faithful import Comparison, FormulaEvaluator
from derive.kernel import statement as k
from derive.kernel.terms import Free
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.indices import Dim
from derive.language.statements import Relation, Sequent, sequents
from derive.prove import lower as lowering
from derive.prove.lower import kernel_name, lower

D, d, T = dims("D d T")
A, B, X, S, W = matrix("A", D, d), matrix("B", d, D), matrix("X", D, T), matrix("S", D, D), matrix("W̄", d, D)
lam, c = family("λ", D), scalar("c")
i, j, p = indices("i j p", D)
m, q = indices("m q", d)
(t,) = indices("t", T)
f, g = fixed("f g", D)
chosen = subset("I", D, d)
first = initial("F", D, d)
w = scalar("w")
E = expectation({lam: bernoulli(c) * uniform(0, 1), A: uniform(-1, 3)})
SIZES = {"D": 4, "d": 2, "T": 3}

CASES = {
    "number": 3 * c - Fraction(2, 3),
    "symbol": A,
    "family": lam,
    "identity": S - eye(D),
    "zeros": n.Zeros((D, T)),
    "size": size(D) * c,
    "delta": delta(i, j) * S[j, i],
    "delta of fixed indices": delta(f, g) + lam[f],
    "indicator": indicator(i, chosen) * lam[i],
    "order": ordered(i, j) * lam[i],
    "order of fixed indices": ordered(f, g) + ordered(g, f),
    "initial set": total_in(i, first, lam[i]) + ordered(f, g),
    "select": S @ select(chosen),
    "sum": A + 2 * A - A,
    "scalar times matrix": c * lam[j] * A,
    "quotient by a number": A / 3,
    "quotient": A / (1 + c**2),
    "quotient that varies": total(i, lam[i] / (1 + lam[i] ** 2)),
    "power": (tr(S) - 1) ** 3,
    "power 0": c**0 + c,
    "root": sqrt(c**2) * S,
    "root that varies": total(i, sqrt(lam[i] ** 2) * S[i, j]),
    "product": -2 * A @ B @ X,
    "1×1": X[:, t].T @ S @ X[:, t],
    "outer": X[:, t] @ X[:, t].T,
    "transpose": (A @ B).T @ S,
    "trace": tr(S @ A @ B),
    "trace of I": tr(eye(D)),
    "norm": norm2(X - A @ B @ X),
    "norm of a scalar": norm2(c),
    "inner": inner(S, A @ B),
    "inverse": inv(S) @ A,
    "diagonal": diag(lam) @ S,
    "replaced column": replace_column(S, f, lam[f] * S[:, g]),
    "entry of a product": (A @ B)[i, j],
    "row": S[i, :] @ A,
    "diagonal entry": S[i, i],
    "total": total(p, lam[p] * S[:, p] @ S[p, :]),
    "total of nothing that varies": total((p, m), c),
    "one index three times": total(p, lam[p] * S[i, p] * W[m, p]),
    "total but one": total_except(p, j, lam[p] * W[:, p]),
    "total over pairs": total_pairs(i, j, S[i, j] ** 2),
    "total in a set": total_in(p, chosen, lam[p] * S[p, j]),
    "gradient": gradient(norm2(X - A @ B @ X), B),
    "gradient by a scalar": gradient(c**3 * tr(S), c),
    "gradient by a square matrix": gradient(tr(S @ S @ A @ B), S),
    "gradient by a family": gradient(total(p, lam[p] ** 3 * S[p, p]), lam),
    "partial derivative": partial(norm2(A @ B), A[i, m]),
    "gradient of a quotient": gradient(norm2(A @ B) / (1 + tr(B @ A) ** 2), B),
    "gradient of quotients that vary": gradient(total(p, c * lam[p] / (1 + lam[p] ** 2)), lam),
    "gradient of quotients that vary, entry by entry": gradient(c / (1 + lam[i] ** 2), lam)[j],
    "gradient of a quotient at a fixed index": gradient(c / (1 + lam[f] ** 2) * A[f, m], lam)[j],
    "quotient in a quotient": gradient(c / (2 + c / (1 + c**2)), c),
    "second derivative of a quotient": gradient(gradient(tr(S) / (1 + c**2), c), c) * A,
    "rate of a quotient": rate(A / (1 + norm2(B)), {A: c * A, B: A.T}),
    "a rate that is a quotient": rate(c**3 / (1 + c**2), {c: tr(S) / (1 + c**2)}),
    "quotient at a value": at(gradient(c / (1 + norm2(A)), A), {c: tr(S)}),
    "gradient inside a gradient": gradient(norm2(gradient(norm2(W @ S), W)), W),
    "rate": rate(A.T @ A - B @ B.T, {A: S @ A, B: c * B}),
    "value put in": at(rate(B, {B: gradient(norm2(A @ B), B)}), {A: W.T, B: W}),
    "values swapped": at(A @ B - S, {A: B.T, B: A.T}),
    "definition": n.Defined("P", A @ B, "p")[i, j],
    "definition over a free index": total(j, n.Defined("s", total(i, S[i, i]), "s") * S[i, j]),
    "value with a free index": at(n.Defined("q", total(i, lam[i] * c), "q"), {c: lam[i]}),
    "expectation": E(lam[i] * lam[j] * total(p, lam[p] * S[p, j])),
    "expectation of three, twice the same": E(total((i, p), lam[i] ** 2 * lam[p] * A[i, m] * A[p, m] * A[p, q])),
    "expectation of a matrix": E(lam @ lam.T @ A),
    "expectation of a known law": expectation({S: with_moments(c, c**2 + 1, 2 * c)})(tr(S @ S @ S.T)),
    "expectation in an expectation": expectation({c: uniform(0, 2)})(c * expectation({lam: bernoulli(c)})(lam[f] * c)),
    "expectation's slope": gradient(E(total(p, lam[p]) ** 3), c),
    "integral": integral((c * w + S[i, j]) ** 2, w, S[i, i], 2),
    "integral with pieces": integral(relu(w + c**2) * w, w, 0, 1, [(1, True)]),
    "rectified": total(p, relu(S[i, p] - c) * lam[p]) + relu(c),
    "rectified under two indices": total((j, p), relu(S[p, j] - S[j, p]) * S[j, i] * lam[p]),
    "at least 0": total(p, n.AtLeastZero(S[i, p]) * n.AtLeastZero(-S[i, p] / 2) * lam[p]),
    "power of a dimension": c ** (size(D) - 1) + lam[i] ** (size(d) + 1),
    "power of a difference": c ** (size(D) - size(d) + 1) * lam[i] ** (size(D) - size(d)) - c ** (size(D) - size(d)),
    "power that need not exist": c ** (size(D) - 2) + c ** (size(D) - 3) + c ** size(D),
    "binomial": binomial(size(D) + 1, size(d) - 1)
    + c * binomial(size(D), size(d))
    + binomial(size(d), size(D) - 2)
    - c**2 * binomial(size(D) + 1, size(D) - 1),
    "binomial of a number": binomial(size(D) + 1, 3) + c * binomial(size(D) - 1, 0) + binomial(size(d), 5),
    "rate with a free index": rate(n.Defined("q", total(i, lam[i] * c), "q"), {c: S[i, j]}),
}


def lowered(expr, assumptions=(), seed=0):
    """The expression as both sides of a statement, its lowering, and an instance to look at."""
    zero = n.Zeros((expr.shape[0], expr.shape[1])) if expr.shape else n.Number(Fraction(0))
    relation = Relation(expr, zero)
    statement, low = lower(Sequent((), relation), assumptions)
    hypotheses = tuple(a.statement for a in assumptions)
    made = model(signature((expr,), hypotheses), hypotheses, SIZES, Random(seed), 9)
    return relation, statement, low, made


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", CASES)
def test_the_kernel_reads_what_the_tree_says(name, seed):
    relation, statement, low, made = lowered(CASES[name], seed=seed)
    assert Comparison(statement, low, Evaluator(made)).disagreement(relation) == ""
    assert Comparison(statement, low, Evaluator(made)).broken_hypothesis() == ""
    k.Scope(statement)


def test_every_kind_of_node_is_lowered_and_in_the_table():
    kinds = {type(node) for expr in CASES.values() for node in expr.walk()}
    assert kinds == set(lowering.FORMS)


# A damaged lowering -------------------------------------------------------------------------------------------------


def _plain_transpose(low, expr, row, col):
    return low.entry(expr.arg, row, col)


def _kept_column(low, expr, row, col):
    here = lowering.delta(col, low.index(expr.index))
    kept = k.Times((here, low.entry(expr.matrix, row, col)))
    return k.Plus((kept, k.Times((here, low.entry(expr.column, row, None)))))


def _sum_with_the_term_left_out(low, expr, row, col):
    outside, own = dict(low.summed), [low.fresh(index.dim, index.name) for index in expr.indices]
    low.summed |= dict(zip(expr.indices, own, strict=True))
    apart = [lowering.delta(low.index(a), low.index(b)) for a, b in expr.apart]
    body = k.Times((*apart, low.entry(expr.body, row, col)))
    low.summed = outside
    return k.Sum(tuple(own), body)


def _sum_over_all(low, expr, row, col):
    return ORIGINAL[n.Total](low, n.Total(expr.indices, expr.body), row, col)


def _sum_over_another_index(low, expr, row, col):
    free = low.fresh(expr.indices[0].dim)
    return k.Sum((free,), low.entry(expr.body, row, col))


def _trace_of_the_first_row(low, expr, row, col):
    a, b = low.fresh(expr.arg.shape[0]), low.fresh(expr.arg.shape[0])
    return k.Sum((a, b), low.entry(expr.arg, a, b))


def _gradient_transposed(low, expr, row, col):
    return ORIGINAL[n.Gradient](low, expr, col, row)


def _norm_without_square(low, expr, row, col):
    ends = [low.fresh(dim) for dim in expr.arg.shape] or [None, None]
    return lowering.summed(ends, low.entry(expr.arg, *ends))


def _quotient_upside_down(low, expr, row, col):
    return k.Times((low.entry(expr.top, row, col), low.entry(expr.bottom)))


def _all_ones(low, expr, row, col):
    return lowering.one()


def _power_one_less(low, expr, row, col):
    return k.Times((low.entry(expr.base),) * (expr.exponent - 1))


def _same_sign(low, expr, row, col):
    return low.entry(expr.arg, row, col)


def _only_the_first(low, expr, row, col):
    return low.entry(expr.terms[0], row, col)


def _at_nothing(low, expr, row, col):
    return low.entry(expr.body, row, col)


def _rows_and_columns(low, expr, row, col):
    other = n.Entry(n.Transpose(expr.arg), expr.row, expr.col) if expr.row and expr.col else expr
    return ORIGINAL[n.Entry](low, other, row, col)


def _diagonal_squared(low, expr, row, col):
    return k.Times((low.entry(expr.arg, row, None), low.entry(expr.arg, col, None)))


def _first_group_only(low, expr, row, col):
    """As if all were independent, those with one index too."""
    body = low.moved(expr.body, row, col)
    moves = [k.Move(low.symbol(v), lowering._slots(low, v), low.entry(law.moment(1)))
             for v, law in zip(expr.variables, expr.laws, strict=True)]  # fmt: skip
    return k.Put(body, tuple(moves))


def _without_the_average(low, expr, row, col):
    return low.moved(expr.body, row, col)


def _from_zero(low, expr, row, col):
    return ORIGINAL[n.Integral](low, n.Integral(expr.body, expr.variable, n.Number(Fraction(0)), expr.high), row, col)


def _one_power_more(low, expr, row, col):
    return ORIGINAL[n.SizePower](low, n.SizePower(expr.base, expr.dim, expr.shift + 1), row, col)


def _pascal_forgotten(low, expr, row, col):
    return ORIGINAL[n.Binomial](low, n.Binomial(expr.dim, -1, expr.part, expr.less), row, col)


def _chosen_again(low, expr, row, col):
    """D^l/l!, as if one thing could be chosen twice."""
    whole = lowering.tensor(f"size:{expr.dim}")
    return k.Times((k.Num(Fraction(1, factorial(expr.less))), *[whole] * expr.less))


def _only_the_dimension(low, expr, row, col):
    return ORIGINAL[n.SizePower](low, n.SizePower(expr.base, expr.dim, expr.shift), row, col)


def _its_argument(low, expr, row, col):
    return low.entry(expr.arg)


def _held_quotient(low, expr, row, col):
    """Its reciprocal is a letter like any other, which stays as it is while its divisor moves."""
    along = lowering._varying(low, expr.bottom)
    name, new = low.new_letter("recip", n.Div(n.Number(Fraction(1)), expr.bottom), [Dim(one.dim) for one in along])
    if new:
        product = k.Times((lowering.tensor(name, *along), low.entry(expr.bottom)))
        low.suppose("held", along, product, lowering.one())
    return k.Times((low.entry(expr.top, row, col), lowering.tensor(name, *along)))


def _quotient_of_twice(low, expr, row, col):
    """Its reciprocal moves as that of another does."""
    formula = ORIGINAL[n.Div](low, expr, row, col)
    low.hypotheses[:] = [
        replace(h, left=k.Times((h.left.items[0], k.Times((h.left.items[1],) * 2)))) if h.reciprocal else h
        for h in low.hypotheses
    ]
    return formula


ORIGINAL = dict(lowering.FORMS)
DAMAGE = {
    "as if all were independent": (n.Expectation, _first_group_only, "expectation"),
    "no average": (n.Expectation, _without_the_average, "expectation of a matrix"),
    "another lower end": (n.Integral, _from_zero, "integral"),
    "one power more": (n.SizePower, _one_power_more, "power of a dimension"),
    "l forgotten": (n.SizePower, _only_the_dimension, "power of a difference"),
    "C(D − 1, l) in place of C(D, l)": (n.Binomial, _pascal_forgotten, "binomial"),
    "things chosen twice": (n.Binomial, _chosen_again, "binomial of a number"),
    "ReLU forgotten": (n.Relu, _its_argument, "rectified"),
    "always at least 0": (n.AtLeastZero, _all_ones, "at least 0"),
    "transpose dropped": (n.Transpose, _plain_transpose, "transpose"),
    "δ in place of 1 − δ in a replaced column": (n.ReplaceColumn, _kept_column, "replaced column"),
    "δ in place of 1 − δ under a sum": (n.Total, _sum_with_the_term_left_out, "total but one"),
    "k ≠ j forgotten": (n.Total, _sum_over_all, "total but one"),
    "the set forgotten": (n.Total, _sum_over_all, "total in a set"),
    "pairs of equal indices kept": (n.Total, _sum_over_all, "total over pairs"),
    "a sum over the wrong index": (n.Total, _sum_over_another_index, "total of nothing that varies"),
    "a trace over all entries": (n.Trace, _trace_of_the_first_row, "trace"),
    "rows and columns of a gradient": (n.Gradient, _gradient_transposed, "gradient by a square matrix"),
    "a norm without its square": (n.Norm2, _norm_without_square, "norm"),
    "a quotient upside down": (n.Div, _quotient_upside_down, "quotient"),
    "a quotient held constant": (n.Div, _held_quotient, "gradient of a quotient"),
    "quotients held constant": (n.Div, _held_quotient, "gradient of quotients that vary"),
    "a quotient in a quotient held constant": (n.Div, _held_quotient, "quotient in a quotient"),
    "a quotient that moves as another does": (n.Div, _quotient_of_twice, "rate of a quotient"),
    "an identity of ones": (n.Identity, _all_ones, "identity"),
    "δ forgotten": (n.Delta, _all_ones, "delta"),
    "a power one less": (n.Power, _power_one_less, "power"),
    "a sign forgotten": (n.Neg, _same_sign, "number"),
    "a term forgotten": (n.Add, _only_the_first, "sum"),
    "a value not put in": (n.At, _at_nothing, "values swapped"),
    "a rate not taken": (n.Along, _at_nothing, "rate"),
    "rows and columns of an entry": (n.Entry, _rows_and_columns, "entry of a product"),
    "a diagonal of squares": (n.Diag, _diagonal_squared, "diagonal"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_lowering_is_noticed(name, monkeypatch):
    kind, broken, case = DAMAGE[name]
    monkeypatch.setitem(lowering.FORMS, kind, broken)
    relation, statement, low, made = lowered(CASES[case])
    assert Comparison(statement, low, Evaluator(made)).disagreement(relation) != ""


def _wrong_reciprocal(low, expr, row, col):
    name, _ = low.new_letter("recip", n.Div(n.Number(Fraction(1)), expr.bottom), [])
    low.suppose("wrong", (), k.Times((lowering.tensor(name), low.entry(expr.bottom))), lowering.one(2))
    return k.Times((low.entry(expr.top, row, col), lowering.tensor(name)))


def _wrong_root(low, expr, row, col):
    name, _ = low.new_letter("root", expr, [])
    root = lowering.tensor(name)
    low.suppose("wrong", (), root, low.entry(expr.arg))
    return root


def _wrong_power(low, expr, row, col):
    found = ORIGINAL[n.SizePower](low, expr, row, col)
    power = found.items[0]
    low.suppose("wrong", (), power, k.Times((power, low.entry(expr.base))))
    return found


def _wrong_inverse(low, expr, row, col):
    name, _ = low.new_letter("inverse", expr, expr.shape)
    a, b = low.fresh(expr.shape[0]), low.fresh(expr.shape[0])
    low.suppose("wrong", (a, b), lowering.tensor(name, a, b), lowering.delta(a, b))
    return lowering.tensor(name, row, col)


def _opposite_kept_apart(low, expr, row, col):
    along, arg = lowering._varying(low, expr), low.entry(expr.arg)
    name, _ = low.letter_of(expr, arg, along)
    value = lowering.tensor(name, *along)
    low.suppose("wrong", along, k.Times((lowering.minus(lowering.one()), value, arg)), lowering.one(0), "≤")
    low.suppose("wrong", along, k.Times((k.Plus((lowering.one(), lowering.minus(value))), arg)), value, "≤")
    low.suppose("wrong", along, lowering.one(0), k.Times((lowering.minus(arg), value)), "≤")
    return value


def _never_on(low, expr, row, col):
    along, arg = lowering._varying(low, expr), low.entry(expr.arg)
    name, _ = low.letter_of(expr, arg, along)
    low.suppose("wrong", along, lowering.tensor(name, *along), lowering.one(0))
    return lowering.tensor(name, *along)


HYPOTHESES = {
    "1 where it is not": (n.AtLeastZero, _opposite_kept_apart, "at least 0"),
    "ReLU is 0": (n.Relu, _never_on, "rectified"),
    "p e = 2": (n.Div, _wrong_reciprocal, "quotient"),
    "one power too many": (n.SizePower, _wrong_power, "power that need not exist"),
    "r = e": (n.Sqrt, _wrong_root, "root"),
    "the inverse is I": (n.Inverse, _wrong_inverse, "inverse"),
}


@pytest.mark.parametrize("name", HYPOTHESES)
def test_a_false_hypothesis_of_a_made_letter_is_noticed(name, monkeypatch):
    kind, broken, case = HYPOTHESES[name]
    monkeypatch.setitem(lowering.FORMS, kind, broken)
    _, statement, low, made = lowered(CASES[case])
    assert "lowered to something false" in Comparison(statement, low, Evaluator(made)).broken_hypothesis()


def test_hypotheses_are_lowered_to_what_holds_at_their_models():
    given = (symmetric(S), equal(A.T @ A, eye(d)), member(f, chosen), orthogonal(matrix("U", D, D)))
    expr = tr(S) + norm2(A) + lam[f] + norm2(select(chosen))
    _, statement, low, made = lowered(expr, tuple(Assumption(h, str(h)) for h in given))
    assert Comparison(statement, low, Evaluator(made)).broken_hypothesis() == ""
    assert [h.name for h in statement.hypotheses if h.standing].count("U orthogonal") == 2


def test_a_hypothesis_that_was_met_is_looked_at_again_where_its_letters_stand_for_something_else():
    _, statement, low, made = lowered(tr(S), (Assumption(symmetric(S), "S symmetric"),))
    skew = matrix("K", D, D)
    evaluator = Evaluator(replace(made, values={**made.values, "K": np.triu(made.values["S"] * 0 + 1, 1)}))
    met = set()
    assert Comparison(statement, low, evaluator, met).broken_hypothesis() == ""
    assert met
    other = low.copied()
    other.sources = {name: skew if symbol == S else symbol for name, symbol in low.sources.items()}
    assert "S symmetric" in Comparison(statement, other, evaluator, met).broken_hypothesis()
    assert "S symmetric" in Comparison(statement, low, _at_skew(made), met).broken_hypothesis()


def _at_skew(made):
    return Evaluator(replace(made, values={**made.values, "S": np.triu(made.values["S"] * 0 + 1, 1)}))


EARLIER = {
    "a letter": c - c + tr(S),
    "what is random": E(total(i, lam[i] - lam[i])) + tr(S),
    "a quotient": (1 + c * c) / (1 + c * c) - 1 + tr(S),
    "a dimension": size(d) - size(d) + tr(S),
    "a set": total_in(i, chosen, lam[i] - lam[i]) + tr(S),
}


@pytest.mark.parametrize("name", EARLIER)
def test_what_only_an_earlier_line_of_a_chain_has_needs_no_value(name):
    """The last line is proved by the first two and the assumption, at whose models only S has a value."""
    page = Derivation("chain")
    given = page.assume(equal(S, 2 * eye(D)), "S = 2I")
    claim = page.calc("chain", EARLIER[name], tr(S), 2 * size(D), using=[given])
    report = check_claim(claim, Options(plant=False, needed=False))
    assert (report.verdict, report.reason) == ("proved", "")
    assert [e.ok for step in report.steps for e in step.evidence if e.method == "faithful"] == [True, True]


KNOWN_TO_EXIST = {
    "invertible": ([invertible(S)], ["S invertible"] * 2, 0),
    "full column rank": ([full_column_rank(A)], ["A of full column rank"] * 2, 0),
    "projection": ([projection(S)], ["S a projection"] * 2, 0),
    "diagonal": ([diagonal(S)], ["S diagonal"], 0),
    "distinct": ([distinct(lam)], ["λ distinct"], 0),
    "less": ([less_than(0, c)], ["0 < c"] * 2, 1),
    "at most": ([at_most(lam[i], c)], ["λ_i ≤ c"], 1),
    "members": ([members_of(chosen, i, lam[i] ** 0 - 1 + lam[i] * 0 + indicator(i, first))], None, 0),
    "precedes": ([precedes(f, g)], None, 0),
}


@pytest.mark.parametrize("name", KNOWN_TO_EXIST)
def test_what_a_hypothesis_says_to_exist_is_a_letter_and_holds_at_a_model(name):
    given, names, inequalities = KNOWN_TO_EXIST[name]
    expr = tr(S) + norm2(A) + total(i, lam[i]) + c
    _, statement, low, made = lowered(expr, tuple(Assumption(h, str(h)) for h in given))
    assert Comparison(statement, low, Evaluator(made)).broken_hypothesis() == ""
    if names is not None:
        assert [hypothesis.name for hypothesis in statement.hypotheses] == names
    assert sum(hypothesis.sign == "≤" for hypothesis in statement.hypotheses) == inequalities


def test_decreasing_numbers_are_distinct_and_in_order():
    _, statement, low, made = lowered(total(i, lam[i]), (Assumption(decreasing(lam), "falling"),))
    assert Comparison(statement, low, Evaluator(made)).broken_hypothesis() == ""
    assert [h.sign for h in statement.hypotheses if h.name == "falling"] == ["=", "≤"]


def test_a_goal_that_inverts_what_is_said_to_be_invertible_has_one_letter_for_it():
    _, statement, low, _ = lowered(inv(S) @ A, (Assumption(invertible(S), "regular"),))
    assert [hypothesis.name for hypothesis in statement.hypotheses] == ["regular", "regular"]
    assert list(low.made.values()) == ["inverse#1"]


def test_a_set_that_is_claimed_to_exist_has_no_hypothesis_of_its_own():
    choice = members_of(chosen, i, indicator(i, first))
    (sequent,) = sequents(exists(choice, equal(total_in(i, chosen, lam[i]), total_in(i, first, lam[i]))))
    statement, _ = lower(sequent)
    assert statement.exists == (("I", "d"),)
    assert not any("I" in hypothesis.name for hypothesis in statement.hypotheses)


# Names and refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "plain"), [("W̄", "W_bar"), ("ũ", "u_tilde"), ("Σ", "Σ"), ("x̂", "x_hat"), ("E₁", "E₁")]
)
def test_a_letter_has_its_name_without_marks(name, plain):
    assert kernel_name(name) == plain


def test_two_symbols_that_the_kernel_would_confuse_are_refused():
    with pytest.raises(TypingError, match="another symbol or definition is called W_bar"):
        lowered(tr(W @ W.T) + norm2(matrix("W_bar", d, D)))


def test_an_index_named_as_the_programs_own_is_refused():
    with pytest.raises(InputError, match="index i_1: names with _"):
        lowered(lam[index("i_1", D)])


def test_the_inverse_of_a_matrix_that_varies_is_refused():
    with pytest.raises(InputError, match="varies with the index i"):
        lowered(inv(lam[i] * S)[j, j])
    lowered(inv(lam[f] * S)[j, j])


def test_a_folded_definition_is_a_letter_with_its_body_as_a_hypothesis():
    P = n.Defined("P", A @ B, "p")
    statement, low = lower(Sequent((), equal(P @ S, S)), (), frozenset((P,)))
    assert [h.name for h in statement.hypotheses] == ["definition of P"]
    assert low.letters["P"] == ("D", "D")
    plain, _ = lower(Sequent((), equal(P @ S, S)))
    assert plain.hypotheses == ()
    assert q.dim == m.dim


# Products -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 40])
def test_a_product_of_any_length_is_summed_over_the_indices_that_it_has_and_those_that_it_has_not(count):
    i, j, l = (Free(name, "D") for name in "ijl")
    A, x = np.array([[2, 3], [5, 7]], dtype=object), np.array([11, 13], dtype=object)
    letters = (k.Tensor("A", (i, i)), *[k.Tensor("x", (i,))] * (count - 1))
    table = FormulaEvaluator({"D": 2}, {"A": A, "x": x}).table(k.Sum((j, l), k.Times(letters)))
    assert table[0] == (i,)
    assert table[1].tolist() == [4 * A[place, place] * x[place] ** (count - 1) for place in range(2)]


def test_letters_may_be_called_as_the_kernels_own_words():
    d, put, total_of = scalar("d"), scalar("put"), scalar("sum")
    page = Derivation("Words")
    page.have("1", implies(less_than(0, d), less_than(0, 2 * d)))
    page.have("2", equal((d + total_of) * put, put * d + total_of * put))
    page.gradient("3", d**2 * put, d, 2 * d * put)
    assert [check_claim(claim, Options(plant=False)).verdict for claim in page.claims.values()] == ["proved"] * 3
