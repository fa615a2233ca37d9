"""One of everything, for the exporters: what is proved, what is not, what is false, and words that are hard to set."""

from derive import (
    Derivation,
    at_most,
    below,
    delta,
    dims,
    equal,
    exists,
    eye,
    family,
    fixed,
    full_column_rank,
    gradient,
    iff,
    implies,
    index,
    inv,
    invertible,
    matrix,
    member,
    members_of,
    norm2,
    not_member,
    scalar,
    size,
    subset,
    total_in,
    tr,
)

n, p, q = dims("n p q")
M, P, R, S = matrix("M", n, p), matrix("P", n, n), matrix("R", n, n), matrix("S", n, n)
w, y = family("w", p), family("y", n)
mu = scalar("μ")
i, j = index("i", n), index("j", n)
(c,) = fixed("c", n)

first = Derivation("Fits & misfits: 100 % of A_i, {braces}, ~tilde^, #1 $5 \\ “quotes”", source="a_b, p. 7 & 8")
Gram = first.define("Γ", M.T @ M)
J = first.define("J", norm2(y - M @ w) + mu * norm2(w))
full = first.assume(full_column_rank(M), "M of full column rank")
twin = first.assume(equal(R, R.T), "R is “twin” — Müller's_50% rule")
normal = equal(Gram @ w + mu * w, M.T @ y)

slope = first.gradient(
    "slope", J, w, -2 * M.T @ (y - M @ w) + 2 * mu * w, 2 * (Gram @ w + mu * w - M.T @ y), using=[],
    because=["chain rule & co: 50 % of ∂J/∂w, œuvre d'Ångström", "collect Γ"], title="The slope of J — naïve façade",
)  # fmt: skip
slope.vanishes(normal)
first.have(
    "left_inverse", equal(inv(Gram) @ M.T @ M, eye(p)), using=[full], title="Theorem on a left inverse",
    because=["Γ cancels, as in (slope)"],
)  # fmt: skip
first.calc(
    "long",
    tr((R + S) @ (R + S) @ (R + S) @ (R + S)),
    tr(R @ R @ R @ R + R @ R @ R @ S + R @ R @ S @ R + R @ R @ S @ S + R @ S @ R @ R + R @ S @ R @ S + R @ S @ S @ R
       + R @ S @ S @ S + S @ R @ R @ R + S @ R @ R @ S + S @ R @ S @ R + S @ R @ S @ S + S @ S @ R @ R + S @ S @ R @ S
       + S @ S @ S @ R + S @ S @ S @ S),
    tr(R @ R @ R @ R) + 4 * tr(R @ R @ R @ S) + 4 * tr(R @ R @ S @ S) + 2 * tr(R @ S @ R @ S) + 4 * tr(R @ S @ S @ S)
    + tr(S @ S @ S @ S),
    using=[], because=["multiply out", "cyclically, a justification that is so long that it cannot stand on one line "
                       "beside anything, since it tells the story of every one of the sixteen words in turn"],
)  # fmt: skip
first.calc("square", -norm2(R @ M), below(0), using=[], because=["a square"])
first.have("commute", iff(equal(R @ S, S @ R), equal(S @ R - R @ S, 0)), using=[])
I = subset("I", n, p)
first.cases("cases", total_in(j, I, delta(c, j)), (1, [member(c, I)]), (0, [not_member(c, I)]), using=[])
flat = [first.assume(equal(P[i, j], delta(i, j) * P[i, i]), "P diagonal"), first.assume(equal(P[i, i] ** 2, P[i, i]))]
flat.append(first.assume(equal(tr(P), size(p)), "P of trace p"))
first.have("exists", exists(members_of(I, i, P[i, i]), equal(tr(P @ R), total_in(i, I, R[i, i]))), using=flat)
first.have("guess", equal(R @ S, S @ R), using=[twin],
           title="Guessed: 早い and ☃ and a_very_long_identifier_without_any_blank_in_it_that_goes_on_and_on_and_on")
first.have("wrong-step", equal(tr(R @ S), tr(S @ R)), equal(tr(R), tr(S)), using=[], because=["cyclically", "why not?"])
first.have("kept", equal(R @ S @ R, R @ R @ S), using=[], expect="refuted", title="False, and known to be")
first.have("open", at_most(3 * tr(R) ** 2 * mu**2, tr(R) ** 4 * mu**2 + tr(R) ** 2 * mu**4 + 1), using=[])
first.as_printed(
    "slope-printed", lambda: equal(gradient(J, w), -M.T @ (y - M @ w) + 2 * mu * w),
    erratum="S_1", reading="the factor 2 of both squares counts: −2Mᵀ(y − Mw) + 2μw", corrected_by="slope",
)  # fmt: skip
first.as_printed(
    "typed-printed", lambda: equal(gradient(J, w), 2 * M @ y), erratum="S_2",
    reading="transpose M", corrected_by="slope", expect="ill-typed",
)  # fmt: skip
first.remark("S_3", "page 8 & after", "the number (slope) is used twice")

second = Derivation("What follows")
regular = second.assume(invertible(S), "S invertible")
second.have("next", equal(inv(S) @ S @ M @ w, M @ w), using=[regular],
            because=["as in (left_inverse), not (wrong-step)"])
second.have("cancel", implies(equal(S @ R, 0), equal(R, 0)), using=[regular], title="Corollary: S cancels")
second.have("hangs", equal(R, S), using=[first.claims["square"]], expect="refuted")

derivations = (first, second)
