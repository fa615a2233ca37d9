"""One of everything that a document can show, with words that a page must not take for its own."""

from derive import (
    Derivation,
    at_most,
    diagonal,
    dims,
    equal,
    exists,
    eye,
    family,
    fixed,
    gradient,
    index,
    indicator,
    invertible,
    matrix,
    member,
    members_of,
    norm2,
    not_member,
    projection,
    scalar,
    size,
    subset,
    symmetric,
    total,
    tr,
)

n, p, q = dims("n p q")
X, Y, W = matrix("X", n, p), matrix("Y", n, q), matrix("W", p, q)
S, R, P = matrix("S", n, n), matrix("R", n, n), matrix("P", n, n)
lam, x = scalar("λ"), family("x", n)
i = index("i", n)
chosen = subset("I", n, p)
(a,) = fixed("a", n)

page = Derivation('Ridge <script>alert("1")</script> & "friends"', source="notes <b>1</b>")
f = page.define("f", norm2(Y - X @ W) + lam * norm2(W))
normal = equal((X.T @ X + lam * eye(p)) @ W, X.T @ Y)
slope = page.gradient(
    "slope", f, W, 2 * X.T @ (X @ W - Y) + 2 * lam * W, title='A <em>slope</em> & "more"', because=["chain & <rule>"]
)  # fmt: skip
slope.vanishes(normal)
page.calc("norm", norm2(X + X), 2 * norm2(X) + 2 * norm2(X), 4 * norm2(X), because=["expand (slope)", "collect"])
page.as_printed(
    "slope-printed", lambda: equal(gradient(f, W), X.T @ (X @ W - Y) + lam * W),
    erratum="E1 <&>", reading="the squares give a factor 2 & <no more>: ∂f/∂W has it", corrected_by="slope",
)  # fmt: skip
page.as_printed(
    "typed-printed", lambda: equal(X @ Y, X), erratum="E2", reading="X @ Y does not fit", expect="ill-typed"
)
page.remark("E3", "page 2 <", "equation (slope) is numbered twice & more")

more = Derivation("Sets, cases & theorems")
even = more.assume(symmetric(S), "S is <symmetric>")
regular = more.assume(invertible(R))
turned = more.have("turned", equal(S.T @ S, S @ S), using=[even, regular])
more.have("elsewhere", equal(P @ S, S @ P), using=[more.known(equal(P @ S, S @ P), "Schur's <lemma>"), turned])
zeros = more.assume(projection(P), "P projects")
flat = more.assume(diagonal(P), "P diagonal")
ranked = more.assume(equal(tr(P), size(p)), "of rank p")
more.have(
    "chosen",
    exists(members_of(chosen, i, P[i, i]), equal(tr(P), total(i, indicator(i, chosen)))),
    using=[zeros, flat, ranked],
)
more.cases("cases", indicator(a, chosen) ** 2, (1, [member(a, chosen)]), (0, [not_member(a, chosen)]), using=[])
more.have("failing", equal(S @ R, R @ S), using=[even], title="This is not so")
one, two = norm2(X), norm2(Y)
more.have("open", at_most(3 * one**2 * two**2, one**4 * two**2 + one**2 * two**4 + 1), using=[])
more.have("kept", at_most(norm2(X), 0), using=[], expect="refuted")
cube = more.assume(equal(P @ P @ P, 2 * eye(n)), "P³ = 2I")
more.have("undecided", equal(P @ P @ P @ P, 2 * P), using=[cube], expect="undecided")
