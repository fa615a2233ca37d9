"""Section 1.2: the perturbation that shows the other critical points to be saddles."""

from derive import (
    Derivation,
    Expr,
    differs,
    dims,
    equal,
    eye,
    fixed,
    inv,
    invertible,
    matrix,
    member,
    not_member,
    orthogonal,
    replace_column,
    same,
    scalar,
    select,
    sqrt,
    subset,
)

D, d = dims("D d")
U, C = matrix("U", D, D), matrix("C", d, d)
chosen = subset("I", D, d)
i, j, k = fixed("i j k", D)
eps = scalar("ε")

section = Derivation("Other critical points are saddles", source="section 1.2")
section.assume(d < D)
section.assume(orthogonal(U))
section.assume(invertible(C))
section.assume(member(j, chosen))
section.assume(not_member(k, chosen))

tilted = section.define("ũ_j", (U[:, j] + eps * U[:, k]) / sqrt(1 + eps**2))
U_tilted = section.define("Ũ_I", replace_column(U, j, tilted) @ select(chosen))
A_tilted = section.define("Ã", U_tilted @ C)
B_tilted = section.define("B̃", inv(C) @ U_tilted.T)


def projection(M: Expr) -> Expr:
    """The orthogonal projection on the columns of ``M``."""
    return M @ inv(M.T @ M) @ M.T


P_U = section.define("P_Ũ", projection(U_tilted))
P_A = section.define("P_Ã", projection(A_tilted))

section.have(
    "13a",
    equal(U_tilted.T @ U_tilted, eye(d)),
    equal(A_tilted @ B_tilted, U_tilted @ U_tilted.T),
    equal(U_tilted @ U_tilted.T, P_U),
    equal(P_U, P_A),
    title="The perturbed map is still a projection",
    because=["u_j, u_k and the other columns are orthonormal", "C C⁻¹ = I", "ŨᵀŨ = I", "(CᵀC)⁻¹ = C⁻¹C⁻ᵀ"],
)

section.cases(
    "18",
    U[:, i].T @ U_tilted @ U_tilted.T @ U[:, i],
    (0, [not_member(i, chosen), differs(i, k)]),
    (1, [member(i, chosen), differs(i, j)]),
    (1 / (1 + eps**2), [same(i, j)]),
    (eps**2 / (1 + eps**2), [same(i, k)]),
    title="The diagonal entries of the perturbed projection",
)
