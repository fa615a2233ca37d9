"""Section 1.1: every critical point is a projection on eigenvectors, and the least value of the loss."""

from derive import (
    Derivation,
    Expr,
    Subset,
    at,
    at_most,
    below,
    commute,
    decreasing,
    delta,
    diag,
    dims,
    distinct,
    equal,
    exists,
    eye,
    family,
    fixed,
    full_column_rank,
    implies,
    index,
    indicator,
    indices,
    initial,
    inv,
    invertible,
    matrix,
    member,
    members_of,
    norm2,
    ordered,
    orthogonal,
    select,
    size,
    subset,
    total,
    total_in,
    tr,
)
from derive.corpora.toy_autoencoders.critical_points import (
    A,
    B,
    D,
    Sigma,
    T,
    X,
    d,
    loss,
    stationary_in_A,
    stationary_in_B,
)
from derive.corpora.toy_autoencoders.critical_points import section as gradients

U = matrix("U", D, D)
lam = family("λ", D)
Lam = diag(lam)
I = subset("I", D, d)
i, j = indices("i j", D)
t = index("t", T)


def projector(M: Expr) -> Expr:
    """The orthogonal projection on the columns of ``M``, which are independent."""
    return M @ inv(M.T @ M) @ M.T


section = Derivation("Critical points and the least loss", source="section 1.1")
section.assume(d < D)
eq_1 = section.assume(stationary_in_B, "(1)")
eq_2 = section.assume(stationary_in_A, "(2)")
nonsingular = section.assume(invertible(Sigma))
full_rank = section.assume(full_column_rank(A))

# Critical points are projections that commute with Σ ----------------------------------------------------------------

P_A = section.define("P_A", projector(A))

c4 = section.have(
    "4",
    equal(A.T, A.T @ A @ B),
    equal(inv(A.T @ A) @ A.T, B),
    using=[eq_1, nonsingular, full_rank],
    title="At a critical point A determines B",
    because=["cancel Σ in (1)", "cancel AᵀA"],
)
c5 = section.have(
    "5",
    equal(A @ B, P_A),
    equal(P_A.T, P_A),
    equal(P_A @ P_A, P_A),
    using=[c4],
    title="AB is the projection on the columns of A",
    because=["(4), times A", "AᵀA and its inverse are symmetric", "AᵀA cancels"],
)
c6 = section.have("6", equal(Sigma @ B.T, P_A @ Sigma @ B.T), using=[c5, eq_2], because=["(5) in (2)"])
c7 = section.have(
    "7", equal(Sigma @ P_A, P_A @ Sigma @ P_A), using=[c6, c5], because=["(6) times Aᵀ, and BᵀAᵀ = P_Aᵀ = P_A"]
)
c7c = section.have(
    "7c",
    equal(Sigma @ P_A, P_A @ Sigma),
    using=[c7, c5],
    title="Σ commutes with the projection",
    because=["the right side of (7) is symmetric"],
)

# In the eigenbasis of Σ ---------------------------------------------------------------------------------------------

rotation = section.assume(orthogonal(U))
spectrum = section.assume(equal(Sigma, U @ Lam @ U.T), "(8)")
different = section.assume(distinct(lam))

c8 = section.have(
    "8",
    equal(Sigma, U @ Lam @ U.T),
    equal(U.T @ Sigma @ U, Lam),
    equal(tr(Sigma), total(i, lam[i])),
    using=[spectrum, rotation],
    title="The eigenvectors of Σ, a hypothesis",
    because=["assumed", "UᵀU = I", "cyclically, UᵀU = I"],
)
P_UA = section.define("P_UᵀA", projector(U.T @ A), entry="p")
c9 = section.have(
    "9",
    equal(P_UA, U.T @ A @ inv(A.T @ U @ U.T @ A) @ A.T @ U),
    equal(U.T @ A @ inv(A.T @ U @ U.T @ A) @ A.T @ U, U.T @ A @ inv(A.T @ A) @ A.T @ U),
    equal(U.T @ A @ inv(A.T @ A) @ A.T @ U, U.T @ P_A @ U),
    equal(P_A, U @ P_UA @ U.T),
    using=[rotation, full_rank],
    title="The projection seen from the eigenbasis",
    because=["(UᵀA)ᵀ = AᵀU", "UUᵀ = I", "definition of P_A", "U on both sides"],
)
c9c = section.calc(
    "9c",
    P_UA @ Lam,
    (U.T @ U) @ P_UA @ (U.T @ U) @ Lam @ (U.T @ U),
    U.T @ P_A @ Sigma @ U,
    U.T @ Sigma @ P_A @ U,
    (U.T @ U) @ Lam @ (U.T @ U) @ P_UA @ (U.T @ U),
    Lam @ P_UA,
    using=[c7c, c9, spectrum],
    title="… commutes with Λ",
    because=["UᵀU = I", "(9) and (8)", "(7c)", "(8) and (9)", "UᵀU = I"],
)
c9d = section.have(
    "9d",
    equal(P_UA[i, j], delta(i, j) * P_UA[j, j]),
    equal(P_UA[i, i] ** 2, P_UA[i, i]),
    equal(tr(P_UA), size(d)),
    using=[c9c, c9, different],
    title="… is diagonal, with d ones and otherwise zeros",
    because=["(λ_i − λ_j) p_ij = 0 and λ_i ≠ λ_j", "P² = P", "the trace of the identity of d"],
)

M = matrix("M", D, D)
section.as_printed(
    "9d-printed",
    lambda: equal(M[i, j], delta(i, j) * M[j, j]),
    using=[section.assume(commute(M, Lam))],
    erratum="E2",
    reading="a matrix that commutes with a diagonal one is diagonal only if the diagonal entries are distinct",
    corrected_by="9d",
)

choice = section.assume(members_of(I, i, P_UA[i, i]), "I = {i : p_ii = 1}")
U_I = section.define("U_I", U @ select(I))
P_UI = section.define("P_U_I", projector(U_I))
c10 = section.have(
    "10", equal(P_A, U_I @ U_I.T), using=[c9, c9d, choice], title="P_A projects on d eigenvectors",
    because=["(9), and P_UᵀA is the diagonal of I"],
)  # fmt: skip
c11 = section.calc(
    "11",
    A @ B,
    P_A,
    U_I @ U_I.T,
    P_UI,
    using=[c5, c10, rotation],
    because=["(5)", "(10)", "U_IᵀU_I = I"],
)

# The loss at a critical point ---------------------------------------------------------------------------------------

P = section.define("P", A @ B, entry="p")
x, y = X[i, t], X[j, t]
c12 = section.calc(
    "12",
    loss,
    total(t, total(i, (x - total(j, P[i, j] * y)) ** 2)),
    total(t, total(i, x * x) - 2 * total((i, j), x * P[i, j] * y) + total(i, total(j, P[i, j] * y) ** 2)),
    tr(Sigma) - 2 * tr(P_UI @ Sigma) + tr(P_UI @ Sigma @ P_UI.T),
    using=[c11],
    title="The loss where AB is the projection on U_I",
    because=["AB = [p_ij]", "multiply out", "(11)"],
)
c12b = section.calc(
    "12b",
    tr(Sigma) - 2 * tr(P_UI @ Sigma) + tr(P_UI @ Sigma @ P_UI.T),
    tr(Sigma) - tr(P_UI @ Sigma),
    using=[c5, c7, c11],
    because=["PΣPᵀ = PΣP = ΣP by (7), (11), cyclically"],
)
c12c = section.calc(
    "12c",
    tr(P_UI @ Sigma),
    tr(P_A @ Sigma),
    tr(U @ P_UA @ U.T @ U @ Lam @ U.T),
    tr(U @ P_UA @ Lam @ U.T),
    tr(P_UA @ Lam),
    total_in(i, I, lam[i]),
    using=[c11, c9, spectrum, rotation, c9d, choice],
    because=["(11)", "(9) and (8)", "UᵀU = I", "cyclically, UᵀU = I", "(9d)"],
)


def projection_on(chosen: Subset) -> Expr:
    """Σ_{i∈I} u_i u_iᵀ."""
    return total_in(i, chosen, U[:, i] @ U[:, i].T)


def outside(chosen: Subset) -> Expr:
    """Σ_{i∉I} λ_i."""
    return total(i, (1 - indicator(i, chosen)) * lam[i])


proposition_1 = section.have(
    "P1",
    exists(members_of(I, i, P_UA[i, i]), equal(A @ B, projection_on(I))),
    equal(loss, tr(Sigma) - total_in(i, I, lam[i])),
    equal(loss, outside(I)),
    using=[gradients.claims["3"], c5, c9, c9d, c12, c12b, c12c, spectrum, rotation],
    title="Proposition 1, for A of full rank",
    because=["(5), (9), (9d): I is where p_ii = 1", "(12) to (12c), for this I", "tr Σ = Σ_i λ_i"],
)
section.as_printed(
    "P1-printed",
    lambda: exists(members_of(I, i, (U.T @ A @ B @ U)[i, i]), equal(A @ B, projection_on(I))),
    using=[eq_1, eq_2, nonsingular, rotation, spectrum, different],
    erratum="E4",
    reading="said of every critical point, but A = 0, B = 0 is one and AB = 0; in general AB projects on r = rank A "
    "eigenvectors, A = U_I C and B = G U_Iᵀ with C G = I_r, and L = tr Σ − Σ_{i∈I} λ_i",
    corrected_by="P1-any-rank",
)

# Critical points of any rank ----------------------------------------------------------------------------------------

(r,) = dims("r")
J = subset("J", D, r)
p_J = section.define("p′", U.T @ A @ B @ U)
low_rank = section.have(
    "P1-projection",
    equal(A.T, A.T @ A @ B),
    equal((A @ B).T, A @ B),
    equal(A @ B @ A, A),
    equal(A @ B @ Sigma, Sigma @ A @ B),
    equal(B, B @ A @ B),
    using=[eq_1, eq_2, nonsingular],
    title="At every critical point AB is the projection on the columns of A, and commutes with Σ",
    because=[
        "cancel Σ in (1)",
        "AB = (AB)ᵀAB",
        "AᵀAB = Aᵀ, transposed",
        "(2) times Aᵀ is ΣAB = ABΣAB, which is symmetric",
        "(2) is Σ(I − AB)Bᵀ = 0",
    ],
)
low_rank_diagonal = section.have(
    "P1-diagonal",
    equal(p_J @ Lam, Lam @ p_J),
    equal(p_J[i, j], delta(i, j) * p_J[j, j]),
    equal(p_J[i, i] ** 2, p_J[i, i]),
    using=[low_rank, rotation, spectrum, different],
    title="… and diagonal in the eigenbasis, with zeros and ones",
    because=["ABΣ = ΣAB", "λ_i ≠ λ_j", "AB AB = AB"],
)
choice_J = section.assume(members_of(J, i, p_J[i, i]), "J = {i : p′_ii = 1}, of r members")
U_J = section.define("U_J", U @ select(J))
C_J, G_J = section.define("C", U_J.T @ A), section.define("G", B @ U_J)
any_rank = section.have(
    "P1-any-rank",
    equal(A @ B, U_J @ U_J.T),
    equal(A, U_J @ C_J),
    equal(B, G_J @ U_J.T),
    equal(C_J @ G_J, eye(r)),
    equal(loss, tr(Sigma) - tr(A @ B @ Sigma)),
    equal(tr(A @ B @ Sigma), tr(select(J).T @ U.T @ Sigma @ U @ select(J))),
    equal(loss, tr(Sigma) - total_in(i, J, lam[i])),
    using=[low_rank, low_rank_diagonal, choice_J, rotation, c8],
    title="Proposition 1 for every critical point",
    because=[
        "p′ is the diagonal of J",
        "ABA = A",
        "BAB = B",
        "U_JᵀABU_J = I_r",
        "AB is a projection and commutes with Σ",
        "cyclically",
        "(8)",
    ],
)

# The least value of the loss ----------------------------------------------------------------------------------------

F = initial("F", D, d)  # {1, …, d}
(m,) = fixed("m", D)
falling = section.assume(decreasing(lam))
last = (
    section.assume(member(m, F)),
    section.assume(equal(indicator(i, F) * ordered(m, i), 0), "m = d, the last of F"),
)
gain, fall = lam[i] - lam[m], lam[m] - lam[i]
threshold = section.have(
    "C2-threshold",
    equal(indicator(i, F) * gain, indicator(i, F) * (ordered(i, m) * gain)),
    at_most(0, indicator(i, F) * gain),
    equal((1 - indicator(i, F)) * fall, (1 - indicator(i, F)) * (ordered(m, i) * fall)),
    at_most(0, (1 - indicator(i, F)) * fall),
    using=[falling, *last],
    title="λ_d parts the first d eigenvalues from the others",
    because=["i ∈ F is i < m or i = m", "λ falls", "i ∉ F comes after m", "λ falls"],
)

first = total_in(i, F, lam[i])
lost = total(i, (1 - indicator(i, I)) * (indicator(i, F) * gain))
missed = total(i, indicator(i, I) * ((1 - indicator(i, F)) * fall))
exchange = section.calc(
    "C2-exchange",
    total_in(i, I, lam[i]),
    first - total(i, (indicator(i, F) - indicator(i, I)) * gain),
    first - (lost + missed),
    below(first),
    using=[threshold],
    title="No d eigenvalues have a larger sum than the first d",
    because=["#F = #I = d", "term by term", "no term is negative"],
)

V = matrix("V", D, d)
basis = section.known(equal(V.T @ V, eye(d)), "QR: the columns of A lie in the span of d orthonormal columns V")
spans = section.known(equal(A, V @ V.T @ A), "QR: the columns of A lie in the span of d orthonormal columns V")
Q = section.define("Q", U.T @ V @ V.T @ U, entry="q")
kept = total(i, (1 - Q[i, i]) * lam[i])
excess = total(i, norm2((eye(D) - Q)[:, i]) * (indicator(i, F) * gain)) + total(
    i, norm2(Q[:, i]) * ((1 - indicator(i, F)) * fall)
)
bound = section.calc(
    "C2-bound",
    outside(F),
    kept - excess,
    below(kept),
    tr((eye(D) - V @ V.T) @ Sigma),
    below(tr((eye(D) - V @ V.T) @ Sigma) + norm2((V @ V.T - A @ B) @ X)),
    loss,
    using=[threshold, rotation, spectrum, basis, spans],
    title="No loss is below the sum of the last D − d eigenvalues",
    because=[
        "tr Q = d; 1 − q_ii = ‖(I − Q)_i‖², q_ii = ‖Q_i‖²",
        "no term is negative",
        "Σ = UΛUᵀ",
        "a square",
        "(I − VVᵀ)(VVᵀ − AB) = 0",
    ],
)
U_F = section.define("U_F", U @ select(F))
E_F = select(F)


def loss_of(decoder: Expr, encoder: Expr) -> Expr:
    """Σ_t ‖x_t − A B x_t‖²."""
    return total(t, norm2(X[:, t] - decoder @ encoder @ X[:, t]))


attained = section.calc(
    "C2-attained",
    loss_of(U_F, U_F.T),
    tr(Sigma) - tr(E_F.T @ U.T @ Sigma @ U @ E_F),
    total(i, lam[i]) - tr(E_F.T @ Lam @ E_F),
    outside(F),
    using=[c8, rotation],
    title="The loss at A = U_F, B = U_Fᵀ",
    because=["U_FᵀU_F = I", "(8)", "E_FE_Fᵀ is the diagonal of F"],
)
corollary_2 = section.have(
    "C2",
    at_most(outside(F), loss),
    at_most(outside(F), outside(I)),
    using=[proposition_1, bound, attained, exchange],
    title="Corollary 2: the least loss is attained at {1, …, d}",
    because=["the chain above", "Σ_{i∉I} λ_i = Σ_i λ_i − Σ_{i∈I} λ_i"],
)
section.remark(
    "E14",
    "section 1.1, Corollary 2",
    "comparing the values at critical points does not show that a least value exists; it does: L is at least "
    "tr((I − P)Σ) ≥ Σ_{i>d} λ_i for the projection P on any d dimensions that hold the columns of A",
)

# All pairs that give a projection -----------------------------------------------------------------------------------

C = matrix("C", d, d)
changed = section.assume(invertible(C))
spanned = section.assume(equal(A, U_I @ C), "A = U_I C")
star = section.calc(
    "star",
    B,
    inv(A.T @ A) @ A.T,
    inv(C.T @ U_I.T @ U_I @ C) @ (U_I @ C).T,
    inv(C) @ inv(C.T) @ C.T @ U_I.T,
    inv(C) @ U_I.T,
    using=[c4, spanned, changed, rotation],
    title="B for A = U_I C",
    because=["(4)", "A = U_I C", "U_IᵀU_I = I", "Cᵀ cancels"],
)
A_C, B_C = section.define("A_C", U_I @ C), section.define("B_C", inv(C) @ U_I.T)
star_critical = section.have(
    "star-critical",
    equal(A_C.T @ Sigma, A_C.T @ A_C @ B_C @ Sigma),
    equal(Sigma @ B_C.T, A_C @ B_C @ Sigma @ B_C.T),
    using=[changed, rotation, spectrum],
    title="Every such pair is critical",
    because=["(1)", "(2)"],
)
U_zeroed = section.define("U_I′", U @ select(I) @ select(I).T)
section.as_printed(
    "star-printed",
    lambda: equal(A, U_zeroed @ C),
    erratum="E3",
    expect="ill-typed",
    using=[],
    reading="U_I is printed as U with columns set to zero, D×D; take the D×d matrix of the columns in I",
    corrected_by="star",
)
section.as_printed(
    "star-columns-printed",
    lambda: equal(U_zeroed.T @ U_zeroed, eye(D)),
    erratum="E3",
    using=[rotation],
    reading="with zeroed columns U_IᵀU_I is the diagonal matrix of I, not the identity",
    corrected_by="star",
)
A_2, B_2 = matrix("A′", D, d), matrix("B′", d, D)
section.as_printed(
    "P3-printed",
    lambda: implies((equal(loss, outside(F)), equal(at(loss, {A: A_2, B: B_2}), outside(F))), equal(A, A_2)),
    erratum="E5",
    using=[rotation, spectrum, falling],
    reading="the least value is unique, the point is not: every (U_F C, C⁻¹U_Fᵀ) with C invertible has it",
    corrected_by="C2",
)

# Weight tying at the minimum ----------------------------------------------------------------------------------------

turned = section.assume(orthogonal(C))
tied = section.calc(
    "22t",
    loss_of(U_F @ C, (U_F @ C).T),
    loss_of(U_F @ C, C.T @ U_F.T),
    loss_of(U_F, U_F.T),
    outside(F),
    using=[attained, turned],
    title="Tied minima: A = U_F C, B = Aᵀ = CᵀU_Fᵀ for every orthogonal C",
    because=["transposed", "CCᵀ = I", "as at C = I"],
)
section.as_printed(
    "22t-printed",
    lambda: equal(A, U_zeroed),
    erratum="E17",
    expect="ill-typed",
    using=[],
    reading="A = U_I with the D×D matrix of E3 does not fit; A = U_F C, B = CᵀU_Fᵀ with C orthogonal does",
    corrected_by="22t",
)
section.as_printed(
    "22t-set-printed",
    lambda: equal(at(loss, {A: U_I, B: U_I.T}), outside(F)),
    erratum="E17",
    using=[rotation, spectrum, falling],
    reading="A = U_I, B = U_Iᵀ is a minimum for I = {1, …, d} only",
    corrected_by="22t",
)


@section.model
def critical_point(sizes, random):  # type: ignore[no-untyped-def]
    """Data with Σ = UΛUᵀ, decreasing λ, and the critical point A = U_I C, B = C⁻¹U_Iᵀ."""
    from derive import models

    D, d, T = (sizes.get(name, 1) for name in ("D", "d", "T"))
    if T < D:
        return {}
    U, C, C_2 = models.orthogonal(D, random), models.invertible(d, random), models.invertible(d, random)
    roots = sorted(random.sample(range(1, D + 4), D), reverse=True)
    members = tuple(sorted(random.sample(range(D), d)))
    U_I = U[:, members]
    return {
        "U": U,
        "X": U @ models.diagonal(roots) @ models.orthogonal(T, random)[:D, :],
        "λ": models.array([[root * root] for root in roots]),
        "A": U_I @ C,
        "B": models.inverse(C) @ U_I.T,
        "A′": U_I @ C_2,
        "B′": models.inverse(C_2) @ U_I.T,
        "V": U_I,
        "C": C,
        "I": members,
        "m": d - 1,
    }
