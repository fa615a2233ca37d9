"""Expressions of every kind of node, the instances that they are evaluated at, and the oracle."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np

from derive import (
    at,
    delta,
    diag,
    dims,
    eye,
    family,
    fixed,
    gradient,
    indicator,
    indices,
    inner,
    inv,
    matrix,
    norm2,
    ordered,
    partial,
    rate,
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
)
from derive.evaluate import Evaluator, Instance
from derive.language.nodes import Expr, Zeros, symbols_of

D, d, T = dims("D d T")
A, B, X, W, S = matrix("A", D, d), matrix("B", d, D), matrix("X", D, T), matrix("W̄", d, D), matrix("S", D, D)
lam, c = family("λ", D), scalar("c")
i, j, k = indices("i j k", D)
m, n = indices("m n", d)
(t,) = indices("t", T)
(f,) = fixed("f", D)
chosen = subset("I", D, d)
loss = total(t, norm2(X[:, t] - A @ B @ X[:, t]))
energy = total(k, c * (1 - norm2(W[:, k])) ** 2) / 4 + total_pairs(k, i, inner(W[:, k], W[:, i]) ** 2) / 2

SIZES = {"D": 4, "d": 2, "T": 3}
SETS = {"I": (1, 3)}

CASES: dict[str, Expr] = {
    "number": 3 * c - Fraction(2, 3),
    "matrix": A,
    "identity": S - eye(D),
    "zeros": Zeros((D, d)),
    "size": size(D) * c / size(d),
    "delta": delta(i, j) * S[j, i],
    "indicator": indicator(i, chosen) * lam[i],
    "order": ordered(i, j) * lam[i],
    "select": S @ select(chosen),
    "product": -2 * (A @ B @ X),
    "scalar times matrix": c * lam[j] * A,
    "quotient": A / (1 + c**2),
    "power": (tr(S) - 1) ** 3,
    "power 0": c**0 + c,
    "root": sqrt(c**2) * S,
    "one by one": X[:, t].T @ S @ X[:, t],
    "transpose": (A @ B).T,
    "trace of a product": tr(S @ A @ B),
    "trace of a sum": tr(S + A @ B),
    "trace of a multiple": tr(2 * S @ S),
    "norm": norm2(X - A @ B @ X),
    "inner": inner(S, A @ B),
    "inverse": inv(S) @ A,
    "diagonal": diag(lam) @ S,
    "replaced column": replace_column(S, f, lam[f] * S[:, j]),
    "entry of a product": (A @ B)[i, j],
    "row": S[i, :] @ A,
    "sum of matrices": total(k, lam[k] * S[:, k] @ S[k, :]),
    "sum apart": total_except(k, j, lam[k] * W[:, k]),
    "sum inside a set": total_in(k, chosen, lam[k] * S[k, j]),
    "loss a column at a time": loss,
    "weighted loss": total(t, 3 * norm2(X[:, t] - A @ B @ X[:, t])),
    "columns that are not last": total(t, norm2(X[:, t] @ X[:, t].T)),
    "loss in coordinates": total((t, i), (X[i, t] - total((m, k), A[i, m] * B[m, k] * X[k, t])) ** 2),
    "gradient": gradient(loss, B),
    "gradient by a scalar": gradient(energy, c),
    "gradient by a family": gradient(total(k, lam[k] ** 3 * S[k, k]), lam),
    "partial derivative": partial(loss, A[i, m]),
    "gradient of an energy": -gradient(energy, W)[:, j],
    "gradient inside a gradient": gradient(norm2(gradient(norm2(W @ S), W)), W),
    "rate": rate(A.T @ A - B @ B.T, {A: -gradient(loss, A) / 2, B: -gradient(loss, B) / 2}),
    "values put in": at(rate(B, {B: gradient(loss, B)}), {A: W.T, B: W}),
    "values swapped": at(A @ B - S, {A: B.T, B: A.T}),
}


def instance(expr: Expr, seed: int) -> tuple[dict[str, object], dict[str, int]]:
    """Random exact values for the symbols, and places for the free indices."""
    draw = random.Random(seed)
    values: dict[str, object] = {}
    for name, symbol in symbols_of(expr).items():
        shape = [SIZES.get(dim.name, 1) for dim in symbol.shape]
        rows = [[draw.randrange(-99, 99) for _ in range(shape[1])] for _ in range(shape[0])] if shape else None
        values[name] = np.array(rows, dtype=object) if rows else draw.randrange(2, 99)
    return values, {index.name: draw.randrange(SIZES[index.dim.name]) for index in expr.free}


def oracle(expr: Expr, values: dict[str, object], places: dict[str, int]) -> object:
    """The value by a walk over the tree, which shares nothing with SymPy."""
    found = Evaluator(Instance(SIZES, values, SETS, places))
    return found(expr, {index: places[index.name] for index in expr.free})
