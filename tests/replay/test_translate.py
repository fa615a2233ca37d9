"""To SymPy and back: the value is kept, nothing is captured, and what SymPy cannot state is refused."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from derive import delta, gradient, index, inv, norm2, parts, select, subset, total, tr
from derive.errors import TypingError
from derive.language.from_sympy import from_sympy
from derive.language.nodes import Entry, coerce
from derive.replay.translate import NotStatable, Translation, gathered
from tests.replay.examples import CASES, SETS, SIZES, A, B, D, S, W, X, d, instance, loss, oracle


def back(expr):
    """The entry of the expression at two indices of its own, by way of SymPy."""
    tr_ = Translation()
    ends = [index(name, dim) for name, dim in zip(("p", "q"), expr.shape, strict=False)]
    wide = [None if end.dim.name == "1" else end for end in ends] or [None, None]
    found = from_sympy(tr_.scalar(expr, *(None if end is None else tr_.index(end) for end in wide)), tr_.meanings)
    return found, wide


def entry(value, places):
    return value[places.get("p", 0), places.get("q", 0)] if hasattr(value, "shape") else value


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", CASES)
def test_entries_keep_their_value_on_the_way_to_sympy_and_back(name, seed):
    expr = CASES[name]
    values, places = instance(expr, seed)
    found, ends = back(expr)
    at = {end.name: (7 * seed + 2) % SIZES[end.dim.name] for end in ends if end is not None}
    known = {**places, **at}
    wanted = entry(oracle(expr, values, places), at)
    assert oracle_at(found, values, known) == wanted


def oracle_at(expr, values, places):
    from derive.evaluate import Evaluator, Instance

    found = Evaluator(Instance(SIZES, values, SETS, places))
    return found(expr, {free: places[free.name] for free in expr.free})


WHOLE = ["matrix", "identity", "zeros", "size", "product", "scalar times matrix", "quotient", "transpose", "norm"]
WHOLE += [
    "inner",
    "trace of a product",
    "trace of a sum",
    "trace of a multiple",
    "inverse",
    "diagonal",
    "root",
    "power",
]


@pytest.mark.parametrize("name", WHOLE)
def test_whole_matrices_keep_their_value_on_the_way_to_sympy_and_back(name):
    expr = CASES[name] if name != "scalar times matrix" else tr(S) * A
    tr_ = Translation()
    found = from_sympy(tr_.matrix(expr), tr_.meanings)
    values, places = instance(expr, 3)
    assert found.shape == expr.shape
    assert np.all(oracle(found, values, places) == oracle(expr, values, places))


@pytest.mark.parametrize("name", CASES)
def test_gathering_columns_keeps_the_value(name):
    expr = CASES[name]
    values, places = instance(expr, 4)
    assert np.all(oracle(gathered(expr), values, places) == oracle(expr, values, places))


def test_matrix_products_stay_as_written():
    assert str(Translation().matrix(-2 * (A @ B @ X - X))) == "-2*(A*B*X - X)"
    assert str(Translation().matrix((A @ B).T)) == "(A*B).T"


def test_a_derivative_does_not_capture_the_indices_of_a_sum():
    i, j = index("i", D), index("j", D)
    own = total((i, j), S[i, j] ** 2)
    found, _ = back(gradient(own, S))
    values, _ = instance(own, 1)
    assert oracle_at(found, values, {"p": 2, "q": 1}) == 2 * values["S"][2, 1]


def test_a_value_does_not_capture_the_indices_of_the_sum_it_is_put_in():
    expr = CASES["values put in"]
    found, _ = back(expr)
    values, _ = instance(expr, 2)
    assert oracle_at(found, values, {"p": 1, "q": 3}) == oracle(expr, values, {})[1, 3]


def test_indices_of_one_name_over_two_dimensions_stay_apart():
    wide, narrow = index("j", D), index("j", d)
    tr_ = Translation()
    assert tr_.index(wide) != tr_.index(narrow)
    assert tr_.index(wide) == tr_.index(wide)


def test_refuses_what_sympy_cannot_state():
    with pytest.raises(NotStatable, match="Gradient has no matrix form"):
        Translation().matrix(gradient(loss, B))
    with pytest.raises(NotStatable, match="Parts has no index form"):
        Translation().scalar(parts(A, B))
    picked = S @ select(subset("I", D, d))
    with pytest.raises(NotStatable, match="no entries for the inverse"):
        Translation().scalar(inv(picked.T @ picked))


# SymPy expressions of a user's own ----------------------------------------------------------------------------------

n, m = sp.symbols("n m")
i, j, k = sp.symbols("i j k")
M, N, Q = sp.MatrixSymbol("M", n, m), sp.MatrixSymbol("N", m, n), sp.MatrixSymbol("Q", n, n)
x, y = sp.IndexedBase("x"), sp.IndexedBase("y")
c = sp.Symbol("c")

USER = [
    (M * N, "MN"),
    (2 * sp.Trace(M * N) + c, "c + 2 tr(MN)"),
    (sp.Rational(1, 2) * M.T, "½ Mᵀ"),
    (Q**-1 - sp.Identity(n), "−1 I + Q⁻¹"),
    (Q**3, "QQQ"),
    (sp.ZeroMatrix(n, m), "0"),
    (sp.Sum(M[i, k] * N[k, j], (k, 0, m - 1)), "∑_k m_ik n_kj"),
    (sp.Sum(x[k] * y[k], (k, 1, n)), "∑_k x_k y_k"),
    (sp.Sum(Q[i, k] * sp.KroneckerDelta(k, j, (0, n - 1)), (k, 0, n - 1)), "∑_k δ_jk q_ik"),
    (n * c**2, "n c²"),
    (c**-2 + sp.sqrt(c), "√c + 1/(c²)"),
    (sp.Indexed("z", sp.Idx("a", n)), "z_a"),
]


@pytest.mark.parametrize(("expr", "_text"), USER)
def test_a_users_sympy_expression_is_read_term_by_term(expr, _text):
    found = coerce(expr)
    names = {symbol.name for symbol in expr.free_symbols if isinstance(symbol, sp.MatrixSymbol)}
    assert {node.name for node in found.walk() if type(node).__name__ == "Symbol" and node.shape} >= names
    tr_ = Translation()
    again = from_sympy(tr_.scalar(found) if not found.shape else tr_.matrix(found), tr_.meanings)
    assert again.shape == found.shape
    assert again.free == found.free


@pytest.mark.parametrize(("expr", "text"), USER)
def test_a_users_sympy_expression_prints_as_mathematics(expr, text):
    terms = sorted(str(from_sympy(expr)).replace("−1 I", "I").split(" + "))
    assert terms == sorted(text.replace("−1 I", "I").split(" + "))


@pytest.mark.parametrize(
    ("expr", "says"),
    [
        (sp.sin(c), r"sin\(c\): a SymPy sin has no counterpart"),
        (sp.Sum(M[i, j], (i, 2, n)), "limits of a whole dimension"),
        (sp.Sum(M[i, i], (i, 0, n - 1)), "runs over n in one place and over m in another"),
        (sp.KroneckerDelta(i, j), "nothing says over what the index i runs"),
        (M[0, j], "0 is no index"),
        (sp.Sum(i * M[i, j], (i, 0, n - 1)), "the index i is used as a number"),
        (c ** sp.Rational(1, 3), "an exponent is a whole number or a half"),
        (sp.MatrixSymbol("R", 3, n), "3 is no dimension"),
        (sp.HadamardProduct(M, M), "HadamardProduct has no counterpart"),
        (sp.Float("0.5") * c, "Float has no counterpart"),
        ("tr(M)", "is no SymPy expression"),
    ],
)
def test_refuses_what_has_no_counterpart_and_quotes_it(expr, says):
    with pytest.raises(TypingError, match=says):
        from_sympy(expr)


def test_a_dropped_delta_is_noticed(monkeypatch):
    monkeypatch.setattr(Translation, "delta", lambda self, a, b: sp.S.One)
    expr = delta(index("i", D), index("j", D)) * S[index("i", D), index("j", D)]
    values, _ = instance(expr, 1)
    found, _ = back(expr)
    places = {"i": 0, "j": 1}
    assert oracle_at(found, values, places) != oracle(expr, values, places)


def test_a_transpose_that_is_forgotten_is_noticed(monkeypatch):
    from derive.language import nodes
    from derive.replay import translate

    monkeypatch.setitem(translate.ENTRIES, nodes.Transpose, lambda tr_, expr, row, col: tr_.scalar(expr.arg, row, col))
    expr = norm2(S.T @ S - S @ S)
    values, _ = instance(expr, 1)
    found, _ = back(expr)
    assert oracle_at(found, values, {}) != oracle(expr, values, {})


def test_an_entry_is_what_its_matrix_has_there():
    expr = Entry(W.T @ W, index("p", D), index("q", D))
    values, _ = instance(W, 1)
    found, _ = back(expr)
    assert oracle_at(found, values, {"p": 1, "q": 2}) == oracle(W.T @ W, values, {})[1, 2]
