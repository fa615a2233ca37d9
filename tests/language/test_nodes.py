"""Every node: its shape, its free and summed indices, what it refuses, and that it keeps what was written."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derive import (
    at,
    bernoulli,
    binomial,
    delta,
    diag,
    dims,
    expectation,
    eye,
    family,
    fixed,
    gradient,
    indicator,
    indices,
    inner,
    integral,
    inv,
    matrix,
    norm2,
    ordered,
    partial,
    parts,
    rate,
    relu,
    replace_column,
    scalar,
    select,
    size,
    sqrt,
    subset,
    total,
    total_except,
    total_in,
    total_pairs,
    tr,
    uniform,
    with_moments,
)
from derive.errors import IndexingError, InputError, ShapeError, TypingError
from derive.language import nodes as n
from derive.language.indices import ONE

D, d, T = dims("D d T")
A, B, X, S = matrix("A", D, d), matrix("B", d, D), matrix("X", D, T), matrix("S", D, D)
lam, c, r, u = family("λ", D), scalar("c"), scalar("r"), scalar("u")
i, j, k = indices("i j k", D)
m, l = indices("m l", d)
(t,) = indices("t", T)
(f,) = fixed("f", D)
I_set, J_set = subset("I", D, d), subset("J", d, T)
named = n.Defined("Σ", X @ X.T, "σ")

TYPES = {
    "number": (n.coerce(3), n.Number, (), "", ""),
    "scalar": (c, n.Symbol, (), "", ""),
    "family": (lam, n.Symbol, (D, ONE), "", ""),
    "matrix": (A, n.Symbol, (D, d), "", ""),
    "identity": (eye(D), n.Identity, (D, D), "", ""),
    "zeros": (n.Zeros((D, T)), n.Zeros, (D, T), "", ""),
    "size": (size(D), n.Size, (), "", ""),
    "delta": (delta(i, j), n.Delta, (), "ij", ""),
    "indicator": (indicator(i, I_set), n.Indicator, (), "i", ""),
    "order": (ordered(i, j), n.Precedes, (), "ij", ""),
    "select": (select(I_set), n.Select, (D, d), "", ""),
    "sum": (A + A, n.Add, (D, d), "", ""),
    "difference": (A - 2 * A, n.Add, (D, d), "", ""),
    "negative": (-A, n.Neg, (D, d), "", ""),
    "scalar times matrix": (c * A, n.Mul, (D, d), "", ""),
    "matrix times scalar": (A * c, n.Mul, (D, d), "", ""),
    "quotient": (A / c, n.Div, (D, d), "", ""),
    "reciprocal": (1 / c, n.Div, (), "", ""),
    "power": (c**2, n.Power, (), "", ""),
    "root": (sqrt(c), n.Sqrt, (), "", ""),
    "product": (A @ B @ X, n.MatMul, (D, T), "", ""),
    "1×1 product": (X[:, t].T @ S @ X[:, t], n.MatMul, (), "t", ""),
    "transpose": (A.T, n.Transpose, (d, D), "", ""),
    "trace": (tr(A @ B), n.Trace, (), "", ""),
    "norm": (norm2(X), n.Norm2, (), "", ""),
    "inner product": (inner(A, B.T), n.Inner, (), "", ""),
    "inverse": (inv(S), n.Inverse, (D, D), "", ""),
    "diagonal matrix": (diag(lam), n.Diag, (D, D), "", ""),
    "replaced column": (replace_column(S, f, S[:, j]), n.ReplaceColumn, (D, D), "fj", ""),
    "entry": (A[i, m], n.Entry, (), "im", ""),
    "column": (A[:, m], n.Entry, (D, ONE), "m", ""),
    "row": (A[i, :], n.Entry, (ONE, d), "i", ""),
    "member": (lam[j], n.Entry, (), "j", ""),
    "entry of a product": ((A @ B)[i, j], n.Entry, (), "ij", ""),
    "total": (total(k, S[i, k] * S[k, j]), n.Total, (), "ij", "k"),
    "total of columns": (total(k, lam[k] * S[:, k]), n.Total, (D, ONE), "", "k"),
    "double total": (total((i, m), A[i, m] ** 2), n.Total, (), "", "im"),
    "total but one": (total_except(k, j, lam[k]), n.Total, (), "j", "k"),
    "total over pairs": (total_pairs(i, j, S[i, j]), n.Total, (), "", "ij"),
    "total in a set": (total_in(k, I_set, lam[k]), n.Total, (), "", "k"),
    "gradient": (gradient(norm2(A @ B), B), n.Gradient, (d, D), "", ""),
    "gradient of a sum": (gradient(total(k, lam[k] ** 2), lam), n.Gradient, (D, ONE), "", ""),
    "partial": (partial(norm2(A @ B), B[m, j]), n.Entry, (), "mj", ""),
    "rate": (rate(A @ B, {A: 2 * A}), n.Along, (D, D), "", ""),
    "value put in": (at(A @ B, {A: B.T}), n.At, (D, D), "", ""),
    "definition": (named, n.Defined, (D, D), "", ""),
    "expectation": (expectation({lam: bernoulli(c)})(lam[i] * lam[j]), n.Expectation, (), "ij", ""),
    "expectation of a matrix": (expectation({X: uniform(0, 1)})(X @ X.T), n.Expectation, (D, D), "", ""),
    "expectation of a sum": (expectation({lam: with_moments(c)})(total(k, lam[k])), n.Expectation, (), "", ""),
    "integral": (integral(relu(lam[i] * u), u, 0, c), n.Integral, (), "i", ""),
    "integral with pieces": (integral(relu(c * u), u, 0, 1, [(c, True), (1, False)]), n.Integral, (), "", ""),
    "integral with pieces inside pieces": (
        integral(integral(relu(u - r), u, 0, 1), r, 0, 1, [(c, [(r, False), (1, True)]), (1, True)]), n.Integral, (),
        "", "",
    ),
    "rectified": (relu(lam[i] - c), n.Relu, (), "i", ""),
    "at least 0": (n.AtLeastZero(lam[i] - c), n.AtLeastZero, (), "i", ""),
    "power of a dimension": (lam[i] ** (size(D) - 1), n.SizePower, (), "i", ""),
    "power of a difference": (lam[i] ** (size(D) - size(d) - 1), n.SizePower, (), "i", ""),
    "binomial": (binomial(size(D), size(d) - 1), n.Binomial, (), "", ""),
    "binomial of a number": (binomial(size(D) + 1, 2), n.Binomial, (), "", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_a_node_knows_its_shape_and_its_indices(name):
    expr, kind, shape, free, bound = TYPES[name]
    assert type(expr) is kind
    assert expr.shape == shape
    assert {index.name for index in expr.free} == set(free)
    assert {index.name for index in expr.bound} == set(bound)


@pytest.mark.parametrize("name", TYPES)
def test_a_node_is_rebuilt_from_its_children_as_an_equal_one(name):
    expr = TYPES[name][0]
    again = expr.with_children(expr.children)
    assert again == expr
    assert hash(again) == hash(expr)
    assert str(again) == str(expr)


def test_every_kind_of_node_is_in_the_table():
    kinds = {kind for kind in vars(n).values() if isinstance(kind, type) and issubclass(kind, n.Expr)}
    assert kinds - {kind for _, kind, *_ in TYPES.values()} == {n.Expr, n.Parts}


def test_different_expressions_are_different_and_nodes_of_two_kinds_too():
    exprs = [expr for expr, *_ in TYPES.values()]
    assert len(set(exprs)) == len(exprs)
    assert all((one == other) == (one is other) for one in exprs for other in exprs)


REFUSED = {
    "product": (lambda: A @ A, ShapeError, ["A @ A", "D×d and D×d"]),
    "product of a longer chain": (lambda: A @ B @ B, ShapeError, ["B @ B", "d×D and d×D"]),
    "product with a scalar": (lambda: A @ c, ShapeError, ["A @ c", "D×d and scalar"]),
    "sum": (lambda: A + B, ShapeError, ["A + B", "D×d and d×D"]),
    "difference": (lambda: A - B, ShapeError, ["A - B", "D×d and d×D"]),
    "matrix plus number": (lambda: A + 1, ShapeError, ["A + 1", "D×d and scalar"]),
    "two matrices and *": (lambda: A * B, ShapeError, ["A * B", "D×d and d×D"]),
    "division by a matrix": (lambda: c / A, ShapeError, ["divisor", "A is D×d"]),
    "division by zero": (lambda: c / 0, InputError, ["c / 0", "division by zero"]),
    "power of a matrix": (lambda: S**2, ShapeError, ["power", "S is D×D"]),
    "negative power": (lambda: c**-1, TypingError, ["c", "-1", "whole number"]),
    "power by an expression": (lambda: c**c, TypingError, ["whole number"]),
    "root of a matrix": (lambda: sqrt(A), ShapeError, ["root", "A is D×d"]),
    "trace": (lambda: tr(A), ShapeError, ["tr(A)", "D×d, not square"]),
    "inverse": (lambda: inv(A), ShapeError, ["inv(A)", "D×d, not square"]),
    "inner product": (lambda: inner(A, B), ShapeError, ["A , B", "D×d and d×D"]),
    "index over D where d belongs": (lambda: A[i, j], IndexingError, ["index j", "over D", "A is D×d", "over d"]),
    "row index over d where D belongs": (lambda: A[m, l], IndexingError, ["row index m", "over d", "over D"]),
    "delta over two dimensions": (lambda: delta(i, m), IndexingError, ["i runs over D", "m over d"]),
    "indicator over two dimensions": (lambda: indicator(m, I_set), IndexingError, ["m", "over d", "I", "over D"]),
    "set of another dimension": (lambda: total_in(k, J_set, lam[k]), IndexingError, ["k", "over D", "J", "over d"]),
    "unequal indices of two dimensions": (lambda: total_except(k, m, lam[k]), IndexingError, ["k", "over D", "m"]),
    "one index summed twice inside": (lambda: total(k, total(k, lam[k])), IndexingError, ["index k", "summed twice"]),
    "one index summed twice at once": (lambda: total((k, k), lam[k]), IndexingError, ["index k", "summed twice"]),
    "an index summed here and free there": (
        lambda: total(k, lam[k]) * lam[k],
        IndexingError,
        ["index k", "summed in one part and free in another"],
    ),
    "a fixed index called as a summed one": (
        lambda: total(k, lam[fixed("k", D)[0]]),
        IndexingError,
        ["index k", "summed in one part and free in another"],
    ),
    "a free index called as a summed one over another dimension": (
        lambda: total(indices("k", d)[0], lam[k]),
        IndexingError,
        ["index k", "summed in one part and free in another"],
    ),
    "a fixed and a free index of one name": (
        lambda: lam[k] * lam[fixed("k", D)[0]],
        IndexingError,
        ["two free indices have one name", "fixed k over D, k over D"],
    ),
    "three indices": (lambda: A[i, m, t], IndexingError, ["A", "D×d", "3 indices"]),
    "one index of a matrix": (lambda: A[i], IndexingError, ["A", "D×d", "1 indices"]),
    "a number as an index": (lambda: A[0, 1], IndexingError, ["A[0]", "indices(…)"]),
    "a slice as an index": (lambda: A[:2, m], IndexingError, ["indices(…)"]),
    "entry of a scalar": (lambda: c[i, j], IndexingError, ["c"]),
    "float factor": (lambda: 0.5 * A, TypingError, ["0.5", "float", "Fraction(1, 2)"]),
    "float summand": (lambda: c + 0.1, TypingError, ["0.1", "float"]),
    "float exponent": (lambda: c**0.5, TypingError, ["0.5"]),
    "a truth value": (lambda: c + True, TypingError, ["True"]),
    "a string": (lambda: c + "a", TypingError, ["'a'"]),
    "column that does not fit": (lambda: replace_column(A, m, B[:, j]), ShapeError, ["A", "b_j", "D×d and d×1"]),
    "column index that does not fit": (lambda: replace_column(A, j, S[:, j]), IndexingError, ["index j", "over d"]),
    "gradient of a matrix": (lambda: gradient(A @ B, B), ShapeError, ["differentiated", "AB is D×D"]),
    "gradient by an expression": (lambda: gradient(norm2(A), A.T), TypingError, ["Aᵀ", "no variable"]),
    "gradient by nothing": (lambda: gradient(norm2(A)), TypingError, ["no variable"]),
    "partial by no entry": (lambda: partial(norm2(A), A), TypingError, ["A", "entry"]),
    "rate of another shape": (lambda: rate(norm2(A), {A: B}), ShapeError, ["A changes at B", "D×d and d×D"]),
    "value of another shape": (lambda: at(norm2(A), {A: B}), ShapeError, ["A = B", "D×d and d×D"]),
    "value of an expression": (lambda: at(norm2(A), {A.T: B}), TypingError, ["Aᵀ", "no variable"]),
    "a law of something else": (lambda: expectation({A: 1}), TypingError, ["A", "give symbols, and laws"]),
    "a law of what is no symbol": (lambda: expectation({A.T: uniform(0, 1)}), TypingError, ["Aᵀ", "give symbols"]),
    "a law that depends on what is random": (
        lambda: expectation({c: uniform(0, 1), u: bernoulli(c)})(c * u), TypingError, ["law with c", "is random"],
    ),
    "the expectation of a quotient": (
        lambda: expectation({c: uniform(0, 1)})(1 / (1 + c)), TypingError, ["1/(1 + c) is no polynomial"],
    ),
    "the expectation of a root": (
        lambda: expectation({c: uniform(0, 1)})(lam[i] * sqrt(c)), TypingError, ["√c is no polynomial"],
    ),
    "the expectation of a ReLU": (
        lambda: expectation({lam: uniform(0, 1)})(relu(lam[i])), TypingError, ["ReLU(λ_i) is no polynomial"],
    ),
    "the expectation of a power of a dimension": (
        lambda: expectation({c: uniform(0, 1)})(c ** size(D)), TypingError, ["c^D is no polynomial"],
    ),
    "the expectation of a ReLU in an integral": (
        lambda: expectation({c: uniform(0, 1)})(integral(relu(c * u), u, 0, 1)), TypingError, ["no polynomial"],
    ),
    "the integral of a quotient": (lambda: integral(1 / (1 + u), u, 0, 1), TypingError, ["no polynomial in u"]),
    "the integral of a bent ReLU": (
        lambda: integral(relu(u**2 - c), u, 0, 1), TypingError, ["has a kink", "linear in u"],
    ),
    "an integral over a matrix": (lambda: integral(c, A, 0, 1), ShapeError, ["an integral is over a scalar"]),
    "an end that moves": (lambda: integral(u, u, 0, u), TypingError, ["an end, u, depends on u"]),
    "pieces that end elsewhere": (
        lambda: integral(relu(u), u, 0, 1, [(c, True)]), TypingError, ["the last piece ends at c, not at 1"],
    ),
    "kinks that bend with an inner variable": (
        lambda: integral(integral(relu(u * c - 1), c, 0, 1), u, 0, 1), TypingError, ["has a kink", "linear in c, u"],
    ),
    "kinks that move with a summed index": (
        lambda: integral(total(i, relu(u - lam[i])), u, 0, 1), TypingError, ["another kink for each i"],
    ),
    "a variable integrated over twice": (
        lambda: integral(integral(u, u, 0, 1), u, 0, 1), TypingError, ["u is integrated over twice"],
    ),
    "ReLU of a matrix": (lambda: relu(A), ShapeError, ["argument of ReLU", "A is D×d"]),
    "a power of twice a dimension": (lambda: c ** (2 * size(D)), TypingError, ["size(D) plus or minus some"]),
    "a power of two dimensions": (lambda: c ** (size(D) + size(d)), TypingError, ["size(D) plus or minus some"]),
    "a power of minus a dimension": (lambda: c ** (1 - size(D)), TypingError, ["size(D) plus or minus some"]),
    "a power of a difference that is none": (lambda: c ** (size(D) - size(D)), TypingError, ["without a dimension"]),
    "a power of half a dimension more": (lambda: c ** (size(D) + Fraction(1, 2)), TypingError, ["plus or minus some"]),
    "sets of minus one": (lambda: binomial(size(D), -1), TypingError, ["binomial(…, -1)", "whole number from 0 up"]),
    "sets of a half": (lambda: binomial(size(D), Fraction(1, 2)), TypingError, ["1/2", "whole number from 0 up"]),
    "sets of a float": (lambda: binomial(size(D), 0.5), TypingError, ["0.5 is a float"]),
    "sets of a letter": (lambda: binomial(size(D), c), TypingError, ["binomial(…, c)", "whole number from 0 up"]),
    "sets of minus a dimension": (lambda: binomial(size(D), -size(d)), TypingError, ["whole number from 0 up"]),
    "sets of what varies with an index": (lambda: binomial(size(D), lam[i]), TypingError, ["whole number from 0 up"]),
    "sets among a letter": (lambda: binomial(c, 2), TypingError, ["binomial(c, …)", "plus or minus a whole number"]),
    "sets among a number": (lambda: binomial(3, 2), TypingError, ["binomial(3, …)", "what is chosen from is size"]),
    "sets among a difference": (lambda: binomial(size(D) - size(d), 2), TypingError, ["what is chosen from is size"]),
    "sets among less than none": (lambda: binomial(size(D) - 2, 1), TypingError, ["D − 2", "D = 1"]),
    "sets of no expression": (lambda: binomial(size(D), "l"), TypingError, ["'l' is no expression"]),
    "several parts in a product": (lambda: n.components(norm2(parts(A, B))), TypingError, ["several parts"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_does_not_fit_and_names_the_operands(name):
    build, error, words = REFUSED[name]
    with pytest.raises(error) as caught:
        build()
    for word in words:
        assert word in str(caught.value)


def test_an_end_of_a_piece_is_not_caught_by_a_sum_that_a_definition_hides():
    """Σ_i u w_i at u = w_i is w_i Σ_j w_j, and not Σ_i w_i²."""
    hidden = n.Defined("h", total(i, u * lam[i]), "h")
    with pytest.raises(TypingError, match="i is summed in it, and an index of λ_i"):
        integral(relu(hidden), u, 0, lam[i], [(lam[i], True)])


def test_a_refusal_carries_the_operands_themselves():
    with pytest.raises(ShapeError) as caught:
        A @ A
    assert caught.value.values["operands"] == (A, A)


@pytest.mark.parametrize("expr", [A, lam, A @ B, total(k, lam[k])], ids=str)
def test_an_expression_cannot_be_iterated_over(expr):
    with pytest.raises(TypeError, match="cannot be iterated over"):
        list(expr)
    with pytest.raises(TypeError, match="cannot be iterated over"):
        _, _ = expr


KEPT = {
    "−2 AB": -2 * A @ B,
    "−AB": -A @ B,
    "2 c AB": 2 * c * A @ B,
    "A(B + B)": A @ (B + B),
    "A + A": A + A,
    "A − A": A - A,
    "AᵀA": A.T @ A,
    "(AB)ᵀ": (A @ B).T,
    "(Aᵀ)ᵀ": A.T.T,
    "−(−A)": n.Neg(-A),
    "0 A": 0 * A,
    "1 A": 1 * A,
    "c⁰": c**0,
    "SS⁻¹": S @ inv(S),
    "A(½)": A * Fraction(1, 2),
    "½ A": Fraction(1, 2) * A,
    "c − (c − c)": c - (c - c),
    "(c + c)²": (c + c) ** 2,
}


@pytest.mark.parametrize("shown", KEPT)
def test_an_expression_keeps_what_was_written(shown):
    assert str(KEPT[shown]) == shown


def test_a_scalar_in_front_stands_before_the_whole_product():
    """Python reads −2·A @ B as (−2·A) @ B, paper as −2(AB)."""
    assert -2 * A @ B == -2 * (A @ B)
    assert -A @ B == -(A @ B)
    assert str(-2 * A @ B) == "−2 AB"


def test_a_product_of_three_is_one_node_and_a_bracketed_one_is_kept():
    assert len((A @ B @ X).factors) == 3
    assert (A @ (B @ X)) != (A @ B @ X)
    assert str(A @ (B @ X)) == "A(BX)"


def test_symbols_of_finds_the_variables_of_derivatives_too():
    expr = at(rate(norm2(A @ B), {A: X @ X.T @ A}), {B: A.T})
    assert set(n.symbols_of(expr)) == {"A", "B", "X"}
    assert set(n.symbols_of(gradient(c, lam))) == {"c", "λ"}


def test_two_symbols_with_one_name_are_refused_together():
    with pytest.raises(TypingError, match="two symbols are named A"):
        n.symbols_of(tr(A @ B) + norm2(matrix("A", T, D)))


def test_components_take_sums_and_multiples_apart():
    found = n.components(-2 * parts(B, A.T) + parts(B, B) / 2)
    assert [str(part) for part in found] == ["−2 B + B/2", "−2 Aᵀ + B/2"]


def test_rebuild_leaves_what_does_not_change_alone():
    expr = A @ B + S
    assert n.rebuild(expr, lambda node: None) is expr
    swapped = n.rebuild(expr, lambda node: A.T if node == B else None)
    assert str(swapped) == "AAᵀ + S"


def test_pythons_sum_starts_with_nothing():
    assert str(sum([c, c**2])) == "c + c²"
    assert str(1 + c) == "1 + c"


def test_a_tree_is_walked_once_a_node_and_counted_as_often_as_it_is_mentioned():
    D = dims("D")[0]
    A = matrix("A", D, D)
    square = A @ A
    twice = square + square.T
    assert [type(node).__name__ for node in twice.walk()] == ["Add", "MatMul", "Symbol", "Transpose"]
    assert sum(node == A for node in twice.every()) == 4
