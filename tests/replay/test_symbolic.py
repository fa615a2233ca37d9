"""SymPy's own derivation: what it reproduces, where it is wrong, and false steps that it must not support."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from derive import (
    at_most,
    delta,
    dims,
    equal,
    eye,
    family,
    gradient,
    index,
    indices,
    inner,
    inv,
    matrix,
    norm2,
    orthogonal,
    parts,
    rate,
    scalar,
    sqrt,
    total,
    total_except,
    tr,
)
from derive.language.derivation import Assumption
from derive.prove.search import Found
from derive.replay import symbolic
from derive.replay.symbolic import replay_step, without_deltas
from tests.replay.examples import A, B, D, S, W, X, d, loss

C = matrix("C", D, D)
lam, c = family("λ", D), scalar("c")
i, j, k, p = indices("i j k p", D)
m = index("m", d)
Sigma = X @ X.T

TRUE = {
    "gradient of the loss": equal(gradient(loss, B), -2 * (A.T @ Sigma - A.T @ A @ B @ Sigma)),
    "its negative": equal(-gradient(loss, A), 2 * (Sigma @ B.T - A @ B @ Sigma @ B.T)),
    "both at once": equal(
        gradient(loss, B, A), -2 * parts(A.T @ Sigma - A.T @ A @ B @ Sigma, Sigma @ B.T - A @ B @ Sigma @ B.T)
    ),
    "sum of two traces": equal(gradient(tr(S) + tr(S @ C), S), eye(D) + C.T),
    "gradient by a scalar": equal(gradient(c**2 * tr(S), c), 2 * c * tr(S)),
    "gradient by a family": equal(gradient(total(k, lam[k] ** 2), lam)[j], 2 * lam[j]),
    "trace of an inverse": equal(gradient(tr(inv(S) @ C), S), -(inv(S) @ C @ inv(S)).T),
    "rate": equal(rate(W @ W.T, {W: -W}), -2 * W @ W.T),
    "entry": equal((A @ B)[i, j], total(m, A[i, m] * B[m, j])),
    "row": equal(S[i, :] @ C, (S @ C)[i, :]),
    "deltas": equal(total((k, p), S[i, k] * delta(k, p) * delta(p, j) * lam[j]), S[i, j] * lam[j]),
    "one term less": equal(total(k, S[i, k]) - S[i, j], total_except(k, j, S[i, k])),
    "norm": equal(norm2(S - C), norm2(S) - 2 * inner(S, C) + norm2(C)),
}


@pytest.mark.parametrize("name", TRUE)
def test_reproduces_a_true_step(name):
    found = replay_step(TRUE[name])
    assert found.ok is True, found.detail
    assert found.fault is None


DAMAGE = {
    "sign": lambda right: -right,
    "factor 2": lambda right: 2 * right,
    "a coefficient": lambda right: (1 + Fraction(1, 10**20)) * right,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", [name for name in TRUE if name not in ("trace of an inverse", "both at once")])
def test_objects_to_a_damaged_step(name, damage):
    true = TRUE[name]
    found = replay_step(equal(true.left, DAMAGE[damage](true.right)))
    assert found.ok is False
    assert found.detail


def test_objects_to_one_wrong_part_of_two():
    true = TRUE["both at once"]
    swapped = parts(*(part for part in [2 * B, -2 * (Sigma @ B.T - A @ B @ Sigma @ B.T)]))
    assert replay_step(equal(true.left, swapped)).ok is False


SILENT_ZEROS = {
    "sum of two traces": (tr(S) + tr(S @ C), S, eye(D) + C.T),
    "sum of two norms": (norm2(S) + norm2(S - C), S, 4 * S - 2 * C),
    "loss, expanded": (
        tr(X.T @ X) - 2 * tr(X.T @ A @ B @ X) + tr(X.T @ B.T @ A.T @ A @ B @ X),
        B,
        -2 * A.T @ Sigma + 2 * A.T @ A @ B @ Sigma,
    ),
}


@pytest.mark.parametrize("name", SILENT_ZEROS)
def test_says_that_matrix_calculus_answers_zero_where_the_index_form_is_right(name):
    body, variable, slope = SILENT_ZEROS[name]
    found = replay_step(equal(gradient(body, variable), slope), thorough=True)
    assert found.ok is True
    assert found.fault is None
    assert "matrix calculus: SymPy answers 0" in found.detail


def test_a_wrong_answer_of_sympy_is_a_fault_where_the_kernel_proves_the_step(monkeypatch):
    monkeypatch.setattr(symbolic, "_by_entries", lambda expr, ends, **_: 0 * expr[ends[0], ends[1]])
    body, variable, slope = SILENT_ZEROS["sum of two traces"]
    found = replay_step(equal(gradient(body, variable), slope), thorough=True)
    assert found.ok is None
    assert found.fault is not None
    assert found.fault.startswith("sympy: answers")


def test_matrix_calculus_answers_where_asked():
    found = replay_step(TRUE["gradient of the loss"], thorough=True)
    assert found.detail == "index form and matrix calculus"


def test_whatever_sympy_raises_is_no_answer(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(sp, "diff", broken)
    symbolic._calculus.cache_clear()
    from derive.replay import translate

    translate._slope.cache_clear()
    monkeypatch.setattr(sp.MatrixExpr, "diff", broken)
    monkeypatch.setattr(sp.Expr, "diff", broken)
    found = replay_step(TRUE["sum of two traces"])
    assert (found.ok, found.fault) == (None, None)
    assert "SymPy raises RuntimeError: out of luck" in found.detail


def test_a_search_that_gives_up_is_no_objection(monkeypatch):
    gives_up = Found(None, "a term is too symmetric")
    monkeypatch.setattr(symbolic, "find_certificate", lambda statement, effort, shared: gives_up)
    found = replay_step(TRUE["gradient of the loss"])
    assert (found.ok, found.fault) == (None, None)


def test_hypotheses_are_used_where_given():
    U = matrix("U", D, D)
    step = equal(tr(U.T @ S @ U), tr(S))
    rotation = Assumption(orthogonal(U), "U orthogonal")
    assert replay_step(step, [rotation]).ok is True
    assert replay_step(step).ok is False


def test_decides_no_inequality_and_no_root():
    assert replay_step(at_most(-norm2(S), 0)).ok is None
    assert replay_step(equal(gradient(sqrt(norm2(S)), S), S / sqrt(norm2(S)))).ok is not False


def test_free_indices_keep_their_names():
    assert replay_step(equal(S[i, j], S[j, i])).ok is False
    n_ = dims("n")[0]
    assert replay_step(equal(matrix("M", n_, n_), matrix("M", n_, n_).T)).ok is False


def test_sums_over_deltas_leave_no_piecewise():
    from derive.replay.translate import Translation

    tr_ = Translation()
    found = without_deltas(tr_.scalar(TRUE["deltas"].left))
    assert not found.has(sp.Piecewise, sp.KroneckerDelta, sp.Sum)
    assert found == tr_.scalar(TRUE["deltas"].right)
