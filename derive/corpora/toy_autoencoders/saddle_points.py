"""Section 1.2: the perturbation that shows the other critical points to be saddles."""

from derive import (
    Derivation,
    Expr,
    at_most,
    below,
    decreasing,
    delta,
    diag,
    differs,
    dims,
    equal,
    eye,
    family,
    fixed,
    full_column_rank,
    index,
    indicator,
    indices,
    initial,
    inv,
    invertible,
    less_than,
    matrix,
    member,
    norm2,
    not_member,
    ordered,
    orthogonal,
    precedes,
    replace_column,
    same,
    scalar,
    select,
    size,
    sqrt,
    strictly_below,
    subset,
    total,
    total_in,
    tr,
)

D, d = dims("D d")
U, C = matrix("U", D, D), matrix("C", d, d)
chosen = subset("I", D, d)
i, j, k = fixed("i j k", D)
eps = scalar("ε")

section = Derivation("Other critical points are saddles", source="section 1.2")
section.assume(d < D)
rotation = section.assume(orthogonal(U))
changed = section.assume(invertible(C))
inside = section.assume(member(j, chosen))
outside = section.assume(not_member(k, chosen))

tilted = section.define("ũ_j", (U[:, j] + eps * U[:, k]) / sqrt(1 + eps**2))
U_tilted = section.define("Ũ_I", replace_column(U, j, tilted) @ select(chosen))
A_tilted = section.define("Ã", U_tilted @ C)
B_tilted = section.define("B̃", inv(C) @ U_tilted.T)


def projection(M: Expr) -> Expr:
    """The orthogonal projection on the columns of ``M``."""
    return M @ inv(M.T @ M) @ M.T


P_U = section.define("P_Ũ", projection(U_tilted))
P_A = section.define("P_Ã", projection(A_tilted))

c13a = section.have(
    "13a",
    equal(U_tilted.T @ U_tilted, eye(d)),
    equal(A_tilted @ B_tilted, U_tilted @ U_tilted.T),
    equal(U_tilted @ U_tilted.T, P_U),
    equal(P_U, P_A),
    title="The perturbed map is still a projection",
    because=["u_j, u_k and the other columns are orthonormal", "C C⁻¹ = I", "ŨᵀŨ = I", "(CᵀC)⁻¹ = C⁻¹C⁻ᵀ"],
)

c18 = section.cases(
    "18",
    U[:, i].T @ U_tilted @ U_tilted.T @ U[:, i],
    (0, [not_member(i, chosen), differs(i, k)]),
    (1, [member(i, chosen), differs(i, j)]),
    (1 / (1 + eps**2), [same(i, j)]),
    (eps**2 / (1 + eps**2), [same(i, k)]),
    title="The diagonal entries of the perturbed projection",
)

# The loss at the perturbed point ------------------------------------------------------------------------------------

T, r = dims("T r")
X = matrix("X", D, T)
A, B = matrix("A", D, d), matrix("B", d, D)
t, a = index("t", T), index("a", d)
n, l = indices("n l", D)
lam = family("λ", D)
Lam = diag(lam)
Sigma = section.define("Σ", X @ X.T, entry="σ")
spectrum = section.assume(equal(Sigma, U @ Lam @ U.T), "Σ = UΛUᵀ")


def loss_of(encoder: Expr, decoder: Expr) -> Expr:
    """Σ_t ‖x_t − A B x_t‖²."""
    return total(t, norm2(X[:, t] - encoder @ decoder @ X[:, t]))


loss_tilted = section.define("L̃", loss_of(A_tilted, B_tilted))
U_I = section.define("U_I", U @ select(chosen))
loss = section.define("L", loss_of(U_I @ C, inv(C) @ U_I.T))
P_UA = section.define("P_UᵀÃ", projection(U.T @ A_tilted))

c15 = section.have(
    "15",
    equal(loss_tilted, tr(Sigma) - 2 * tr(P_U @ Sigma) + tr(P_U @ Sigma @ P_U.T)),
    using=[c13a],
    title="The loss at the perturbed point, as in (12)",
    because=["ÃB̃ = P_Ũ"],
)
c15b = section.have(
    "15b",
    equal(P_U @ Sigma @ P_U.T, P_A @ Sigma @ P_A),
    equal(tr(P_A @ Sigma @ P_A), tr(P_A @ Sigma)),
    using=[c13a],
    because=["P_Ũ = P_Ã is symmetric", "cyclically, P_ÃP_Ã = P_Ã"],
)
c16 = section.have(
    "16",
    equal(P_UA, U.T @ A_tilted @ inv(A_tilted.T @ U @ U.T @ A_tilted) @ A_tilted.T @ U),
    equal(U.T @ A_tilted @ inv(A_tilted.T @ U @ U.T @ A_tilted) @ A_tilted.T @ U, U.T @ P_A @ U),
    equal(tr(P_A @ Sigma), tr(U @ P_UA @ U.T @ Sigma)),
    equal(tr(U @ P_UA @ U.T @ Sigma), tr(P_UA @ Lam)),
    using=[rotation, spectrum],
    because=["(UᵀÃ)ᵀ = ÃᵀU", "UUᵀ = I", "P_Ã = U P_UᵀÃ Uᵀ", "cyclically, UᵀΣU = Λ"],
)
c17 = section.have(
    "17",
    equal(loss_tilted, tr(Sigma) - tr(P_UA @ Lam)),
    using=[c13a, c15, c15b, c16],
    because=["(15), P_Ũ = P_Ã, (16)"],
)

# … and that it is lower ---------------------------------------------------------------------------------------------

share = eps**2 / (1 + eps**2)
c18_all = section.have(
    "18-diagonal",
    equal(
        U[:, n].T @ U_tilted @ U_tilted.T @ U[:, n],
        indicator(n, chosen) * (1 - delta(n, j)) + delta(n, j) / (1 + eps**2) + delta(n, k) * share,
    ),
    using=[rotation, inside, outside],
    title="(18) in one line, for every n",
    because=["the cases of (18) leave nothing out"],
)
c8 = section.have(
    "8-again",
    equal(U.T @ Sigma @ U, Lam),
    equal(tr(Sigma), total(n, lam[n])),
    using=[spectrum, rotation],
    title="Σ in its eigenbasis",
    because=["UᵀU = I", "cyclically, UᵀU = I"],
)
E_I = select(chosen)
c12 = section.calc(
    "12-again",
    loss,
    tr(Sigma) - tr(E_I.T @ U.T @ Sigma @ U @ E_I),
    tr(Sigma) - total_in(n, chosen, lam[n]),
    using=[c8, rotation, changed],
    title="The loss at A = U_I C, B = C⁻¹U_Iᵀ",
    because=["AB = U_IU_Iᵀ", "(8)"],
)
c17_entries = section.calc(
    "17-entries",
    tr(P_UA @ Lam),
    tr(U.T @ U_tilted @ U_tilted.T @ U @ Lam),
    total(n, U[:, n].T @ U_tilted @ U_tilted.T @ U[:, n] * lam[n]),
    using=[c13a, c16],
    because=["P_UᵀÃ = UᵀP_ÃU and P_Ã = ŨŨᵀ", "the trace entry by entry"],
)
larger = section.assume(less_than(lam[j], lam[k]), "λ_j < λ_k")
positive = section.assume(less_than(0, eps), "ε > 0")
chosen_sum = total_in(n, chosen, lam[n])
entries = indicator(n, chosen) * (1 - delta(n, j)) + delta(n, j) / (1 + eps**2) + delta(n, k) * share
c18b = section.calc(
    "18b",
    loss_tilted,
    tr(Sigma) - total(n, U[:, n].T @ U_tilted @ U_tilted.T @ U[:, n] * lam[n]),
    tr(Sigma) - total(n, entries * lam[n]),
    tr(Sigma) - (chosen_sum - lam[j] + lam[j] / (1 + eps**2) + share * lam[k]),
    tr(Sigma) - chosen_sum - share * (lam[k] - lam[j]),
    loss - share * (lam[k] - lam[j]),
    strictly_below(loss),
    using=[c17, c17_entries, c18_all, c12, inside, outside, larger, positive],
    title="The loss at the perturbed point is lower",
    because=[
        "(17)",
        "(18)",
        "Σ_{n∈I∖j} λ_n = Σ_{n∈I} λ_n − λ_j",
        "λ_j comes back in part",
        "(12)",
        "λ_k > λ_j, ε > 0",
    ],
)

# Such j and k exist, and the point is near ---------------------------------------------------------------------------

F = initial("F", D, d)  # {1, …, d}
surplus, deficit = indicator(n, chosen) * (1 - indicator(n, F)), indicator(l, F) * (1 - indicator(l, chosen))
no_pair = section.assume(
    equal(indicator(n, chosen) * (1 - indicator(l, chosen)) * ordered(l, n), 0), "there are no n ∈ I, l ∉ I with l < n"
)
pair = section.have(
    "P3k",
    equal(surplus * deficit, 0),
    equal(total(n, surplus) ** 2, 0),
    equal(total(n, surplus), 0),
    equal(surplus, 0),
    equal(indicator(n, chosen), indicator(n, F)),
    using=[no_pair],
    title="Unless I = {1, …, d} there are j ∈ I and k ∉ I with k < j",
    because=[
        "n ∉ F comes after l ∈ F",
        "summed over n and l: both sums count the members that I and F do not share",
        "a square vanishes",
        "no term is negative",
        "and the sizes agree",
    ],
)
root = sqrt(1 + eps**2)
row, col = (select(chosen) @ C)[j, :], (inv(C) @ select(chosen).T)[:, j]
near = section.have(
    "P3k-distance",
    equal(norm2(A_tilted - U_I @ C), (2 - 2 / root) * norm2(row)),
    equal(norm2(B_tilted - inv(C) @ U_I.T), (2 - 2 / root) * norm2(col)),
    using=[rotation, changed, inside, outside],
    title="How far the perturbed point is",
    because=["‖ũ_j − u_j‖² = 2 − 2/√(1+ε²)", "the same"],
)
small = section.calc(
    "P3k-bound",
    2 - 2 / root,
    eps**2 - (root - 1) ** 2 * (1 + 2 / root),
    below(eps**2),
    using=[],
    title="… which tends to 0 with ε",
    because=["multiply out", "a square times a positive number"],
)
order = section.assume(decreasing(lam))
comes_first = section.assume(precedes(k, j))
gap = section.calc(
    "P3-gap",
    lam[j],
    lam[k] - ordered(k, j) * (lam[k] - lam[j]),
    strictly_below(lam[k]),
    using=[order, comes_first],
    title="k < j gives λ_k > λ_j",
    because=["[k < j] = 1", "λ falls"],
)

# No critical point is a local maximum -------------------------------------------------------------------------------

N = matrix("N", d, D)
critical = section.assume(equal(A.T @ Sigma, A.T @ A @ B @ Sigma), "(1)")
ascent = section.have(
    "P3-ascent",
    equal(loss_of(A, B + N), loss_of(A, B) + norm2(A @ N @ X)),
    using=[critical],
    title="From a critical point the loss rises along every change of B that A sees",
    because=["the term linear in N is the gradient"],
)
nonsingular = section.assume(invertible(Sigma))
full_rank = section.assume(full_column_rank(A))
flat = section.assume(equal(norm2(A @ N @ X), 0), "L(A, B+N) = L(A, B)")
strict = section.have(
    "P3-strict",
    equal(A @ N @ X, 0),
    equal(N, 0),
    using=[flat, nonsingular, full_rank],
    title="… and A of full rank sees every change",
    because=["a sum of squares", "cancel Σ and AᵀA in AᵀANXXᵀ = 0"],
)
section.as_printed(
    "P3-strict-printed",
    lambda: equal(N, 0),
    using=[flat, nonsingular],
    erratum="E15",
    reading="convexity in z alone does not exclude a local maximum: at A = 0 the loss does not depend on B; at A of "
    "full rank L(A, B+N) = L(A, B) + ‖ANX‖² with ‖ANX‖ > 0 for N ≠ 0 does, and for lower rank see P3-any-rank",
    corrected_by="P3-strict",
)
section.remark(
    "E6", "section 1.2, proof of Proposition 3", "it cites the proof of a Proposition 2, which does not exist: it is "
    "that of Proposition 1",
)  # fmt: skip
distance_A = section.calc(
    "P3-near-A",
    norm2(A_tilted - U_I @ C),
    eps**2 * norm2(row) - (root - 1) ** 2 * (1 + 2 / root) * norm2(row),
    below(eps**2 * norm2(row)),
    using=[near],
    title="Ã is as near to A as one likes",
    because=["2 − 2/√(1+ε²) = ε² − (√(1+ε²) − 1)²(1 + 2/√(1+ε²))", "no factor is negative"],
)
distance_B = section.calc(
    "P3-near-B",
    norm2(B_tilted - inv(C) @ U_I.T),
    eps**2 * norm2(col) - (root - 1) ** 2 * (1 + 2 / root) * norm2(col),
    below(eps**2 * norm2(col)),
    using=[near],
    title="… and B̃ to B",
    because=["as for A", "no factor is negative"],
)
proposition_3 = section.have(
    "P3",
    less_than(loss_tilted, loss),
    at_most(norm2(A_tilted - U_I @ C), eps**2 * norm2(row)),
    at_most(norm2(B_tilted - inv(C) @ U_I.T), eps**2 * norm2(col)),
    using=[c18b, distance_A, distance_B],
    resting_on=[pair, gap, ascent, strict],
    title="Proposition 3, for A of full rank: every other critical point is a saddle",
    because=["(18b)", "as near as one likes", "as near as one likes"],
)

# Critical points of lower rank --------------------------------------------------------------------------------------

section.assume(r < d)
J = subset("J", D, r)
C_r, G = matrix("C′", r, d), matrix("G", d, r)
w, z, s = family("w", d), family("z", d), scalar("s")
one_sided = section.assume(equal(C_r @ G, eye(r)), "C G = I_r")
unseen = (
    section.assume(equal(C_r @ w, 0), "w ∈ ker C"),
    section.assume(equal(z.T @ G, 0), "z ∈ ker Gᵀ"),
    section.assume(equal(z.T @ w, 1), "zᵀw = 1"),
)
outside_J = section.assume(not_member(k, J))
U_J = section.define("U_J", U @ select(J))
A_J, B_J = section.define("A_J", U_J @ C_r), section.define("B_J", G @ U_J.T)
A_up, A_down = A_J + s * U[:, k] @ z.T, A_J - s * U[:, k] @ z.T
B_s = B_J + s * w @ U[:, k].T
K = section.define("K", eye(d) - G @ C_r)
kernels = section.have(
    "P3-kernels",
    equal(C_r @ K, 0),
    equal(K @ G, 0),
    equal(K @ K, K),
    equal(tr(K), size(d) - size(r)),
    using=[one_sided],
    title="For r < d such w and z exist: w = K e_a, z = Kᵀe_a / K_aa for an a with K_aa ≠ 0",
    because=["CG = I_r", "CG = I_r", "both", "tr GC = tr CG: if every K_aa were 0, d would be r"],
)
E_J = select(J)
moved = section.have(
    "P3-moved",
    equal(A_J @ B_J, U_J @ U_J.T),
    equal(A_up @ B_s, U_J @ U_J.T + s**2 * U[:, k] @ U[:, k].T),
    equal(A_down @ B_s, U_J @ U_J.T - s**2 * U[:, k] @ U[:, k].T),
    using=[one_sided, *unseen],
    title="Moving a critical point of lower rank by a unit of s",
    because=["CG = I_r", "zᵀw = 1", "zᵀw = 1"],
)
M_0 = section.define("M₀", U_J @ U_J.T)
u_k = section.define("u_k", U[:, k])


def loss_of_map(M: Expr) -> Expr:
    """Σ_t ‖x_t − M x_t‖²."""
    return total(t, norm2(X[:, t] - M @ X[:, t]))


apart = section.have(
    "P3-apart",
    equal(u_k.T @ u_k, 1),
    equal(U_J.T @ u_k, 0),
    equal(u_k.T @ Sigma @ u_k, lam[k]),
    equal(U_J.T @ Sigma @ u_k, 0),
    using=[rotation, outside_J, c8],
    title="u_k is apart from the columns of U_J",
    because=["UᵀU = I", "k ∉ J", "(8)", "(8), k ∉ J"],
)
L_0 = section.define("L₀", loss_of_map(M_0))
L_up = section.define("L₊", loss_of_map(M_0 + s**2 * u_k @ u_k.T))
L_down = section.define("L₋", loss_of_map(M_0 - s**2 * u_k @ u_k.T))
losses = section.have(
    "P3-losses",
    equal(
        L_up,
        L_0 - lam[k] * s**2 * (2 - s**2),
    ),
    equal(
        L_down,
        L_0 + lam[k] * s**2 * (2 + s**2),
    ),
    using=[apart],
    title="The losses there",
    because=["(1 − s²)² λ_k for λ_k", "(1 + s²)² λ_k for λ_k"],
)
bright = section.assume(less_than(0, lam[k]), "λ_k > 0")
short = (section.assume(less_than(0, s), "s > 0"), section.assume(less_than(s**2, 2), "s² < 2"))
falls = section.calc(
    "P3-falls",
    L_up,
    L_0 - lam[k] * s**2 * (2 - s**2),
    strictly_below(L_0),
    using=[losses, bright, *short],
    because=["as computed", "λ_k > 0, 0 < s² < 2"],
)
rises = section.calc(
    "P3-rises",
    L_0,
    L_down - lam[k] * s**2 * (2 + s**2),
    strictly_below(L_down),
    using=[losses, bright, *short],
    because=["as computed", "λ_k > 0"],
)
any_rank = section.have(
    "P3-any-rank",
    equal(loss_of(A_J, B_J), L_0),
    equal(loss_of(A_up, B_s), L_up),
    equal(loss_of(A_down, B_s), L_down),
    less_than(L_up, L_0),
    less_than(L_0, L_down),
    using=[moved, falls, rises],
    resting_on=[kernels],
    title="Proposition 3 for lower rank: the loss falls one way and rises the other, for however small an s",
    because=["AB = M₀", "(A + s u_k zᵀ)(B + s w u_kᵀ) = M₀ + s² u_k u_kᵀ", "with −s", "s² < 2", "s > 0"],
)


@section.model
def saddle(sizes, random):  # type: ignore[no-untyped-def]
    """Data with Σ = UΛUᵀ, decreasing λ; a critical point (A, B) on a set I that is not {1, …, d}, with k < j, k ∉ I,
    j ∈ I; and one of lower rank, made of some rows of an invertible Q and columns of its inverse."""
    from fractions import Fraction

    from derive import models

    d, r = sizes.get("d", 1), sizes.get("r", 1)
    D = sizes.get("D", d + 1)
    T = sizes.get("T", D)
    if T < D or r > d or D < 2:
        return {}
    U, C, Q = models.orthogonal(D, random), models.invertible(d, random), models.invertible(d, random)
    roots = sorted(random.sample(range(1, D + 4), D), reverse=True)
    j = random.randrange(d, D) if d < D else 0
    k = random.randrange(d) if d < D else 0
    others = [i for i in range(D) if i not in (j, k)]
    I = tuple(sorted([j, *random.sample(others, d - 1)])) if d <= len(others) + 1 else tuple(range(d))
    J = tuple(sorted(random.sample([i for i in range(D) if i != k], r)))
    Q_inverse = models.inverse(Q)
    return {
        "U": U,
        "X": U @ models.diagonal(roots) @ models.orthogonal(T, random)[:D, :],
        "λ": models.array([[root * root] for root in roots]),
        "A": U[:, I] @ C,
        "B": models.inverse(C) @ U[:, I].T,
        "C": C,
        "I": I,
        "j": j,
        "k": k,
        "ε": random.choice([Fraction(3, 4), Fraction(4, 3), Fraction(5, 12), Fraction(12, 5)]),
        "J": J,
        "C′": Q[:r, :],
        "G": Q_inverse[:, :r],
        "w": Q_inverse[:, d - 1 :],
        "z": Q[d - 1 :, :].T,
        "s": random.choice([Fraction(1, 2), Fraction(1, 3), 1]),
    }
