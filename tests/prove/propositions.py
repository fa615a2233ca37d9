"""Consequences of hypotheses between matrices, for the tests of completion and its benchmarks."""

from __future__ import annotations

from itertools import pairwise

from derive import (
    commute,
    diag,
    dims,
    equal,
    eye,
    family,
    full_column_rank,
    inner,
    inv,
    invertible,
    matrix,
    orthogonal,
    projection,
    scalar,
    size,
    symmetric,
    tr,
)
from derive.language import nodes as n

D, d, T, q = dims("D d T q")
A, B, X = matrix("A", D, d), matrix("B", d, D), matrix("X", D, T)
U, V, C, H = matrix("U", D, d), matrix("V", d, D), matrix("C", d, d), matrix("H", d, d)
S, R, P, Q, W = (matrix(name, D, D) for name in "SRPQW")
Y, Z = matrix("Y", d, D), matrix("Z", d, D)
F, G, K = matrix("F", d, q), matrix("G", q, d), matrix("K", q, D)
a, b = scalar("a"), scalar("b")
lam, u, v = family("λ", D), family("u", D), family("v", D)
I, I_d = eye(D), eye(d)
ONTO_A = A @ inv(A.T @ A) @ A.T
SCHUR = inv(H - V @ inv(S) @ U)


def penrose(matrix, pseudoinverse):
    """The four equations of the Moore–Penrose inverse."""
    M, N = matrix, pseudoinverse
    return [equal(M @ N @ M, M), equal(N @ M @ N, N), symmetric(M @ N), symmetric(N @ M)]


IDENTITIES = {
    "push-through": ([], equal(inv(I + A @ B) @ A, A @ inv(I_d + B @ A))),
    "Woodbury": ([], equal(
        inv(S + U @ C @ V), inv(S) - inv(S) @ U @ inv(inv(C) + V @ inv(S) @ U) @ V @ inv(S)
    )),
    "Woodbury without a core": ([], equal(inv(I + U @ V), I - U @ inv(I_d + V @ U) @ V)),
    "Hua": ([], equal(inv(inv(S) + inv(R)), S @ inv(S + R) @ R)),
    "difference of inverses": ([], equal(inv(S) - inv(R), inv(S) @ (R - S) @ inv(R))),
    "resolvents": ([], equal(inv(S - a * I) - inv(S - b * I), (a - b) * inv(S - a * I) @ inv(S - b * I))),
    "Cayley transform": ([equal(S.T, -S)], equal((inv(I + S) @ (I - S)).T @ (inv(I + S) @ (I - S)), I)),
    "inverse of a symmetric": ([symmetric(S)], equal(inv(S).T, inv(S))),
    "block inverse, 1 1": ([], equal(S @ (inv(S) + inv(S) @ U @ SCHUR @ V @ inv(S)) - U @ SCHUR @ V @ inv(S), I)),
    "block inverse, 1 2": ([], equal(-S @ inv(S) @ U @ SCHUR + U @ SCHUR, 0)),
    "block inverse, 2 1": ([], equal(V @ (inv(S) + inv(S) @ U @ SCHUR @ V @ inv(S)) - H @ SCHUR @ V @ inv(S), 0)),
    "block inverse, 2 2": ([], equal(-V @ inv(S) @ U @ SCHUR + H @ SCHUR, I_d)),
    "block inverse, the other Schur complement": ([], equal(
        inv(S - U @ inv(H) @ V), inv(S) + inv(S) @ U @ SCHUR @ V @ inv(S)
    )),
    "Moore–Penrose inverses are unique": ([*penrose(A, Y), *penrose(A, Z)], equal(Y, Z)),
    "Moore–Penrose inverse of a transpose": ([*penrose(A, Y), *penrose(A.T, Z.T)], equal(Y, Z)),
    "Moore–Penrose inverse of full column rank": ([*penrose(A, Y), full_column_rank(A)], equal(Y, inv(A.T @ A) @ A.T)),
    "(AF)⁺ = F⁺A⁺, AᵀA = I": (
        [*penrose(A, Y), *penrose(F, G), *penrose(A @ F, K), equal(A.T @ A, I_d)], equal(K, G @ Y)
    ),
    "(AF)⁺ = F⁺A⁺, full ranks": (
        [*penrose(A, Y), *penrose(F, G), *penrose(A @ F, K), equal(Y @ A, I_d), equal(F @ G, I_d)], equal(K, G @ Y)
    ),
    "(AF)⁺ = F⁺A⁺, Greville": (
        [*penrose(A, Y), *penrose(F, G), *penrose(A @ F, K),
         equal(Y @ A @ F @ F.T @ A.T, F @ F.T @ A.T), equal(F @ G @ A.T @ A @ F, A.T @ A @ F)], equal(K, G @ Y)
    ),
    "a projection is symmetric": ([], equal(ONTO_A.T, ONTO_A)),
    "a projection is idempotent": ([], equal(ONTO_A @ ONTO_A, ONTO_A)),
    "commuting projections, idempotent": ([projection(P), projection(Q), commute(P, Q)], equal(P @ Q @ P @ Q, P @ Q)),
    "commuting projections, symmetric": ([projection(P), projection(Q), commute(P, Q)], equal((P @ Q).T, P @ Q)),
    "their union": (
        [projection(P), projection(Q), commute(P, Q)], equal((P + Q - P @ Q) @ (P + Q - P @ Q), P + Q - P @ Q)
    ),
    "nested projections": ([projection(P), projection(Q), equal(P @ Q, P)], equal(Q @ P, P)),
    "Sherman–Morrison": ([], equal(
        inv(S + u @ v.T), inv(S) - inv(S) @ u @ v.T @ inv(S) / (1 + inner(v, inv(S) @ u))
    )),
    "Sherman–Morrison at u": ([], equal(inv(S + u @ v.T) @ u, inv(S) @ u / (1 + inner(v, inv(S) @ u)))),
    "Sherman–Morrison between v and u": ([], equal(
        inner(v, inv(S + u @ v.T) @ u), inner(v, inv(S) @ u) / (1 + inner(v, inv(S) @ u))
    )),
    "reflection": ([equal(inner(u, u), 1)], equal((I - 2 * u @ u.T) @ (I - 2 * u @ u.T), I)),
    "polynomial of an eigenvalue": ([equal(S @ u, a * u)], equal((S @ S + I) @ u, (a**2 + 1) * u)),
    "orthogonal eigenvectors": (
        [symmetric(S), equal(S @ u, a * u), equal(S @ v, b * v)], equal((a - b) * inner(u, v), 0)
    ),
    "eigenvalue of an inverse": ([equal(S @ u, a * u)], equal(a * inv(S) @ u, u)),
    "trace of a projection": ([equal(A.T @ A, I_d), equal(P, A @ A.T)], equal(tr(P), size(d))),
    "trace of a nilpotent": ([equal(P @ P, P)], equal(tr(P @ S @ (I - P)), 0)),
    "trace of a commutator": ([equal(S @ R - R @ S, W)], equal(tr(W), 0)),
}  # fmt: skip


def critical_points(Sigma, more):
    """Consequences of the two equations of a critical point, by their numbers in the notes."""
    critical = [*more, equal(A.T @ Sigma, A.T @ A @ B @ Sigma), equal(Sigma @ B.T, A @ B @ Sigma @ B.T)]
    full = [*critical, invertible(Sigma), full_column_rank(A)]
    spectrum = [orthogonal(W), equal(Sigma, W @ diag(lam) @ W.T)]
    rotated = W.T @ A
    onto_rotated = rotated @ inv(rotated.T @ rotated) @ rotated.T
    P_A = ONTO_A
    return {
        "4": (full, equal(inv(A.T @ A) @ A.T, B)),
        "5": (full, equal(A @ B, P_A)),
        "6": (full, equal(Sigma @ B.T, P_A @ Sigma @ B.T)),
        "7": (full, equal(Sigma @ P_A, P_A @ Sigma @ P_A)),
        "7c": (full, equal(Sigma @ P_A, P_A @ Sigma)),
        "9c": ([*full, *spectrum], equal(onto_rotated @ diag(lam), diag(lam) @ onto_rotated)),
        "12b": (full, equal(
            tr(Sigma) - 2 * tr(P_A @ Sigma) + tr(P_A @ Sigma @ P_A.T), tr(Sigma) - tr(P_A @ Sigma)
        )),
        "AB symmetric": ([*critical, invertible(Sigma)], equal((A @ B).T, A @ B)),
        "AB idempotent": ([*critical, invertible(Sigma)], equal(A @ B @ A @ B, A @ B)),
        "ABA = A": ([*critical, invertible(Sigma)], equal(A @ B @ A, A)),
        "BAB = B": ([*critical, invertible(Sigma)], equal(B @ A @ B, B)),
        "ABΣ = ΣAB": ([*critical, invertible(Sigma)], equal(A @ B @ Sigma, Sigma @ A @ B)),
    }  # fmt: skip


FOLDED = n.Defined("Σ", X @ X.T, "σ")
CHAIN = {
    "a letter": (frozenset(), critical_points(S, [symmetric(S)])),
    "written out": (frozenset(), critical_points(X @ X.T, [])),
    "folded": (frozenset([FOLDED]), critical_points(FOLDED, [])),
}
"""How the covariance is given: the definitions that stay folded, and the claims."""


def nested_projections(count):
    """P_1 … P_count with P_{k+1} P_k = P_k; the product of all, up and down, is P_1."""
    letters = [matrix(f"P{k + 1}", D, D) for k in range(count)]
    nested = [equal(large @ small, small) for small, large in pairwise(letters)]
    return [*map(projection, letters), *nested], equal(n.MatMul((*letters[::-1], *letters)), letters[0])
