"""Section 1.1: critical points of the linear autoencoder."""

from derive import (
    Derivation,
    delta,
    dims,
    equal,
    eye,
    gradient,
    iff,
    index,
    indices,
    matrix,
    norm2,
    partial,
    total,
    tr,
)

D, d, T = dims("D d T")
A, B = matrix("A", D, d), matrix("B", d, D)
X = matrix("X", D, T)  # the data points x_t are the columns of X
i, k, p, q, i1, k1 = indices("i k p q i' k'", D)
j, l, m, j1 = indices("j l m j'", d)
t = index("t", T)

section = Derivation("Critical points of the linear autoencoder", source="section 1.1")
section.assume(d < D)

Sigma = section.define("Σ", X @ X.T, entry="σ")
loss = section.define("L", total(t, norm2(X[:, t] - A @ B @ X[:, t])))
misfit = X[i, t] - total(j, total(k, A[i, j] * B[j, k] * X[k, t]))

section.calc(
    "L",
    loss,
    total(t, total(i, misfit**2)),
    tr((eye(D) - A @ B) @ Sigma @ (eye(D) - A @ B).T),
    title="The loss, in coordinates and in matrices",
    because=["coordinates", "collect Σ"],
)

wide = index("j", D)
section.as_printed(
    "L-printed",
    lambda: equal(loss, total(t, total(i, (X[i, t] - total((wide, k), A[i, wide] * B[wide, k] * X[k, t])) ** 2))),
    erratum="E1",
    expect="ill-typed",
    reading="one sum runs both j and k to D; j ends at d",
    corrected_by="L",
)

section.calc(
    "dB",
    partial(loss, B[j1, k1]),
    total(t, total(i, -2 * misfit * total((l, q), A[i, l] * delta(l, j1) * delta(q, k1) * X[q, t]))),
    -2
    * total(
        t,
        total(i, X[i, t] * A[i, j1] * X[k1, t]) - total((i, j, k), A[i, j] * B[j, k] * X[k, t] * A[i, j1] * X[k1, t]),
    ),
    title="The derivative by an entry of B",
    because=["chain rule; ∂b_lq/∂b_j'k' = δ_lj' δ_qk'", "the deltas are summed away"],
)

stationary_in_B = equal(A.T @ Sigma, A.T @ A @ B @ Sigma)
section.gradient(
    "1",
    loss,
    B,
    -2 * (A.T @ Sigma - A.T @ A @ B @ Sigma),
    title="The gradient in B, and where it vanishes",
    because=["collect σ_ij = Σ_t x_ti x_tj in dB"],
).vanishes(stationary_in_B)

section.calc(
    "dA",
    partial(loss, A[i1, j1]),
    total(t, total(i, -2 * misfit * total((m, q), delta(i, i1) * delta(m, j1) * B[m, q] * X[q, t]))),
    -2
    * total(
        t,
        total(q, X[i1, t] * B[j1, q] * X[q, t]) - total((j, k, q), A[i1, j] * B[j, k] * X[k, t] * B[j1, q] * X[q, t]),
    ),
    title="The derivative by an entry of A",
    because=["chain rule; ∂a_im/∂a_i'j' = δ_ii' δ_mj'", "the deltas are summed away"],
)

stationary_in_A = equal(Sigma @ B.T, A @ B @ Sigma @ B.T)
section.gradient(
    "2",
    loss,
    A,
    -2 * (Sigma @ B.T - A @ B @ Sigma @ B.T),
    title="The gradient in A, and where it vanishes",
    because=["collect σ_ij in dA"],
).vanishes(stationary_in_A)

section.have(
    "3",
    iff(
        (equal(gradient(loss, B), 0), equal(gradient(loss, A), 0)),
        (stationary_in_B, stationary_in_A),
    ),
    title="Critical points",
    because=["(1) and (2)"],
)


@section.reference(loss)
def loss_sample_by_sample(A, B, X):  # type: ignore[no-untyped-def]
    """The squared error, one data point and one coordinate at a time."""
    height, count = len(X), len(X[0])
    error = 0
    for t in range(count):
        hidden = [sum(B[j][k] * X[k][t] for k in range(height)) for j in range(len(B))]
        for i in range(height):
            output = sum(A[i][j] * hidden[j] for j in range(len(B)))
            error += (X[i][t] - output) * (X[i][t] - output)
    return error


@section.model
def critical_point(sizes, random):  # type: ignore[no-untyped-def]
    """Data whose Σ has eigenvectors U and distinct eigenvalues, and the critical point A = U_I C, B = C⁻¹U_Iᵀ."""
    from derive import models

    D, d, T = sizes["D"], sizes["d"], sizes["T"]
    if T < D:
        return {}
    U, C = models.orthogonal(D, random), models.invertible(d, random)
    X = U @ models.diagonal(random.sample(range(1, D + 4), D)) @ models.orthogonal(T, random)[:D, :]
    U_I = U[:, sorted(random.sample(range(D), d))]
    return {"X": X, "A": U_I @ C, "B": models.inverse(C) @ U_I.T}
