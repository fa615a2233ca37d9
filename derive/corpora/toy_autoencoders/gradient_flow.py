"""Section 2.2: weight tying, gradient flow, and the energy that it descends."""

from fractions import Fraction

from derive import (
    Derivation,
    Expr,
    at,
    below,
    delta,
    diag,
    dims,
    equal,
    eye,
    family,
    gradient,
    iff,
    implies,
    index,
    indices,
    inner,
    matrix,
    norm2,
    orthogonal,
    parts,
    rate,
    scalar,
    total,
    total_except,
    total_pairs,
    tr,
)
from derive.corpora.toy_autoencoders.critical_points import loss_sample_by_sample

D, d, T = dims("D d T")
A, B, W = matrix("A", D, d), matrix("B", d, D), matrix("W", d, D)
X = matrix("X", D, T)
t = index("t", T)
half, quarter = Fraction(1, 2), Fraction(1, 4)

# The flow of both factors, and of one tied factor -------------------------------------------------------------------

flow = Derivation("Gradient flow and weight tying", source="section 2.2")
flow.assume(d < D)
Sigma = flow.define("Σ", X @ X.T, entry="σ")
loss = flow.define("L", total(t, norm2(X[:, t] - A @ B @ X[:, t])))
flow.reference(loss)(loss_sample_by_sample)

flow.gradient(
    "19",
    loss,
    (B, A),
    -2 * parts(A.T @ Sigma - A.T @ A @ B @ Sigma, Sigma @ B.T - A @ B @ Sigma @ B.T),
    title="The whole gradient",
    because=["(1) and (2)"],
)

descent = {B: -half * gradient(loss, B), A: -half * gradient(loss, A)}
at_rate_one = {B: -gradient(loss, B), A: -gradient(loss, A)}
half_rate = "gradient flow of ½L: dB/dt = −½ ∂L/∂B, dA/dt = −½ ∂L/∂A"

flow.calc("20", rate(B, descent), A.T @ (Sigma - A @ B @ Sigma), because=[half_rate], title="The flow of B")
flow.calc("21", rate(A, descent), (Sigma - A @ B @ Sigma) @ B.T, because=[half_rate], title="The flow of A")
flow.as_printed(
    "20-printed",
    lambda: equal(rate(B, at_rate_one), A.T @ (Sigma - A @ B @ Sigma)),
    lambda: equal(rate(A, at_rate_one), (Sigma - A @ B @ Sigma) @ B.T),
    erratum="E8",
    reading="at learning rate 1 the factor 2 is lost: (20), (21) are the flow of ½L, or of L in time 2t",
    corrected_by="20",
)

flow.calc(
    "20c",
    rate(A.T @ A - B @ B.T, descent),
    0,
    title="What the flow conserves",
    because=["(20), (21) and the product rule"],
)

tied = {A: W.T, B: W}
printed_22 = W @ (Sigma - W.T @ W @ Sigma)
transposed_22 = W @ (Sigma - Sigma @ W.T @ W)
tied_loss = flow.define("L_W", total(t, norm2(X[:, t] - W.T @ W @ X[:, t])))

flow.calc("22", at(rate(B, descent), tied), printed_22, title="What (20) gives at A = Wᵀ, B = W", because=["(20)"])
flow.calc("22-transpose", at(rate(A, descent), tied).T, transposed_22, title="What (21) gives there", because=["(21)"])
flow.gradient(
    "22-gradient",
    tied_loss,
    W,
    -2 * (printed_22 + transposed_22),
    title="The gradient of the tied loss",
    because=["each W in turn"],
)
flow.have(
    "22-agree",
    iff(equal(printed_22, transposed_22), equal(Sigma @ W.T @ W, W.T @ W @ Sigma)),
    title="(20) and (21) agree on tied weights exactly where Σ commutes with WᵀW",
    because=["N = WᵀWΣ − ΣWᵀW is antisymmetric and WN = 0, so ‖N‖² = 0; the converse is immediate"],
)
flow.as_printed(
    "22-printed",
    lambda: equal(at(rate(A, descent), tied).T, printed_22),
    lambda: equal(-gradient(tied_loss, W), printed_22),
    erratum="E9",
    reading="(21) gives W(Σ − ΣWᵀW), so the flow does not keep A = Bᵀ unless Σ commutes with WᵀW; "
    "the gradient of the tied loss is −2[W(Σ − WᵀWΣ) + W(Σ − ΣWᵀW)]",
    corrected_by="22-gradient",
)
flow.remark(
    "E16",
    "section 2.2, on how weight tying is done in practice",
    "sharing one parameter while training is following the gradient of the tied loss; the untied loss is of degree "
    "four as well",
)


@flow.model
def aligned_weights(sizes, random):  # type: ignore[no-untyped-def]
    """Data whose Σ has chosen eigenvectors U, and W whose rows are multiples of some of them: Σ commutes with WᵀW."""
    from derive import models

    D, d, T = (sizes[name] for name in ("D", "d", "T"))
    if T < D:
        return {}
    U = models.orthogonal(D, random)
    X = U @ models.diagonal(random.sample(range(1, D + 4), D)) @ models.orthogonal(T, random)[:D, :]
    return {"X": X, "W": models.diagonal(random.sample(range(1, d + 4), d)) @ U[:, :d].T}


# An energy for (22) without an assumption on Σ ----------------------------------------------------------------------

energy_1 = flow.define("E₁", quarter * norm2(eye(D) - W.T @ W))
slope = gradient(energy_1, W)
flow_22 = {W: printed_22}

flow.calc(
    "22b",
    rate(energy_1, flow_22),
    -tr(slope @ Sigma @ slope.T),
    -norm2(slope @ X),
    below(0),
    title="E₁ falls along (22), whatever Σ is",
    because=["dW/dt = −∇E₁ Σ", "Σ = XXᵀ", "a square is not negative"],
)
flow.calc("22b-flow", printed_22, -slope @ Sigma, title="(22) is −∇E₁ Σ")
flow.have(
    "22b-stationary",
    implies(equal(W @ W.T, eye(d)), equal(printed_22, 0)),
    title="(22) stands still wherever the rows of W are orthonormal",
)
flow.have(
    "22b-not-critical",
    implies(equal(W @ W.T, eye(d)), equal(gradient(tied_loss, W), 0)),
    title="… but the tied loss is not critical there: false",
    expect="refuted",
)

# In the eigenbasis of Σ ---------------------------------------------------------------------------------------------

U, S = matrix("U", D, D), matrix("Σ", D, D, entry="σ")
W_bar = matrix("W̄", d, D, entry="w̄")
lam = family("λ", D)
Lam = diag(lam)
j, k, l = indices("j k l", D)
i, m = indices("i m", d)

modes = Derivation("The flow in the eigenbasis of Σ", source="section 2.2")
modes.assume(d < D)
rotation = modes.assume(orthogonal(U))
spectrum = modes.assume(equal(S, U @ Lam @ U.T))

modes.calc(
    "23",
    at(rate(W @ U, {W: W @ (S - W.T @ W @ S)}), {W: W_bar @ U.T}),
    W_bar @ U.T @ (S - U @ W_bar.T @ W_bar @ U.T @ S) @ U,
    W_bar @ (eye(D) - W_bar.T @ W_bar) @ Lam,
    using=[rotation, spectrum],
    title="(22) for W̄ = WU",
    because=["(22) at W = W̄Uᵀ", "Σ = UΛUᵀ, UᵀU = I"],
)

diagonal = {W_bar: W_bar @ (eye(D) - W_bar.T @ W_bar) @ Lam}


def column(index_: object) -> Expr:
    """w̄_k."""
    return W_bar[:, index_]  # type: ignore[index]


line_24 = total((k, l), W_bar[i, k] * (delta(k, l) - total(m, W_bar[m, k] * W_bar[m, l])) * delta(l, j) * lam[j])
line_25 = total((k, l), (delta(k, l) - inner(column(k), column(l))) * delta(l, j) * lam[j] * column(k))
line_26 = total(k, delta(k, j) * lam[j] * column(k)) - total(k, inner(column(k), column(j)) * lam[j] * column(k))
line_27 = lam[j] * column(j) - total(k, inner(column(k), column(j)) * lam[j] * column(k))
line_28 = (1 - norm2(column(j))) * lam[j] * column(j) - total_except(
    k, j, inner(column(k), column(j)) * lam[j] * column(k)
)
reasons = [
    "columns of (24)",
    "multiply out, and sum over l: δ_lj leaves l = j",
    "sum over k: δ_kj leaves k = j",
    "the term k = j is ‖w̄_j‖² λ_j w̄_j",
]
entry_rate = rate(W_bar, diagonal)

modes.calc("24", entry_rate[i, j], line_24, using=[], title="(23) in components", because=["(23), entry i j"])
modes.calc("25", entry_rate[:, j], line_25, using=[], title="… for the columns of W̄", because=reasons[:1])
modes.calc("26", line_25, line_26, using=[], title="… multiplied out", because=reasons[1:2])
modes.calc("27", line_26, line_27, using=[], title="… the first sum done", because=reasons[2:3])
modes.calc("28", line_27, line_28, using=[], title="… the term k = j peeled off", because=reasons[3:])
modes.calc(
    "24-28",
    entry_rate[:, j],
    line_25,
    line_26,
    line_27,
    line_28,
    using=[],
    title="(24) to (28) in one chain",
    because=reasons,
)
modes.remark("E11", "section 2.2, the energy", "the number (28) is used twice: for the flow of w̄_j and for E")

# The energy at Σ = λI -----------------------------------------------------------------------------------------------

level = scalar("λ")
n = index("n", D)
equal_modes = Derivation("The energy when all eigenvalues agree", source="section 2.2")
equal_modes.assume(d < D)


def unit_penalty() -> Expr:
    """¼ Σ_n λ(1 − ‖w_n‖²)²."""
    return quarter * total(n, level * (1 - norm2(W[:, n])) ** 2)


def interference() -> Expr:
    """Σ_{n≠k} λ⟨w_n, w_k⟩² over ordered pairs."""
    return total_pairs(n, k, level * inner(W[:, n], W[:, k]) ** 2)


energy = equal_modes.define("E", unit_penalty() + quarter * interference())
energy_printed = equal_modes.define("E′", unit_penalty() + half * interference())
line_28_level = (1 - norm2(W[:, j])) * level * W[:, j] - total_except(k, j, inner(W[:, k], W[:, j]) * level * W[:, k])

equal_modes.calc(
    "28E",
    -gradient(energy, W)[:, j],
    line_28_level,
    title="(28) at Σ = λI descends E",
    because=["an ordered pair and its reverse both move with w_j"],
)
equal_modes.calc(
    "28E-frobenius",
    energy,
    level / 4 * norm2(eye(D) - W.T @ W),
    title="E as a matrix norm",
    because=["the diagonal and the rest of I − WᵀW"],
)
equal_modes.as_printed(
    "28E-printed",
    lambda: equal(-gradient(energy_printed, W)[:, j], line_28_level),
    erratum="E10",
    suspect=energy_printed,
    reading="the sum runs over ordered pairs i ≠ j, so ½ counts each pair twice: the coefficient is ¼",
    corrected_by="28E",
)

pairs = equal_modes.define("E_pairs", quarter * interference())
without_j = W - W[:, j] @ eye(D)[j, :]
share = pairs - at(pairs, {W: without_j})
penalty = total_except(k, j, level * inner(W[:, k], W[:, j]) ** 2)
equal_modes.calc(
    "28E-share",
    share,
    half * penalty,
    title="The part of E that feature j's interference makes up",
    because=["of the ordered pairs, j stands first in half and second in half"],
)
equal_modes.as_printed(
    "28E-share-printed",
    lambda: equal(share, penalty),
    erratum="E18",
    reading="the penalty of one feature inherits the factor of E10: its share of E is half of the sum printed",
    corrected_by="28E-share",
)
equal_modes.remark(
    "E12",
    "section 2.2, before the energy",
    "with Σ = I the λ of E is undefined; read Σ = λI, which contradicts the assumption of distinct eigenvalues",
)
