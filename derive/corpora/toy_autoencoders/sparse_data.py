"""Section 2.1: sparse data, and how far Σ is from a multiple of the identity."""

from fractions import Fraction

from derive import (
    Derivation,
    at_most,
    below,
    bernoulli,
    delta,
    differs,
    dims,
    equal,
    expectation,
    family,
    fixed,
    implies,
    index,
    indices,
    less_than,
    matrix,
    number,
    scalar,
    size,
    total,
    uniform,
)

D, T = dims("D T")
i, j, k = indices("i j k", D)
t = index("t", T)
a, b = fixed("a b", D)
(s,) = fixed("s", T)
S = scalar("S")  # the sparsity
B, U = matrix("B", D, T), matrix("U", D, T)  # x_it is b_it times u_it

section = Derivation("Sparse data", source="section 2.1")
E = expectation({B: bernoulli(1 - S), U: uniform(0, 1)})


def x(i, t):  # type: ignore[no-untyped-def]
    """Coordinate i of data point t."""
    return B[i, t] * U[i, t]


def sigma(i, j):  # type: ignore[no-untyped-def]
    """An entry of Σ = XXᵀ."""
    return total(t, x(i, t) * x(j, t))


sparsity = section.assume(at_most(0, S), "0 ≤ S")

# Moments ------------------------------------------------------------------------------------------------------------

almost_surely = "u is almost surely not 0, so x = bu is 0 just where b is"
section.have(
    "m0",
    equal(E(1 - B[a, s]), S),
    equal(E(total(i, B[i, s])), (1 - S) * size(D)),
    using=[],
    because=[f"P(x_as = 0): {almost_surely}", "the expected number of coordinates that are not 0"],
    title="How many coordinates are 0",
)
section.have(
    "m1",
    equal(E(x(a, s)), (1 - S) / 2),
    equal(E(x(a, s) ** 2), (1 - S) / 3),
    implies(differs(a, b), equal(E(x(a, s) * x(b, s)), (1 - S) ** 2 / 4)),
    using=[],
    because=["E u = ½", "E u² = ⅓", "independent"],
    title="The moments of a data point",
)
section.have(
    "m1-zero",
    implies(differs(a, b), equal(E(1 - B[a, s] * B[b, s]), 1 - (1 - S) ** 2)),
    equal(E(1 - B[a, s] * B[a, s]), S),
    using=[],
    because=["P(x_as x_bs = 0)", "and on the diagonal"],
    title="How often a product of coordinates is 0",
)

# The expectation of Σ -----------------------------------------------------------------------------------------------

diagonal, off = (1 - S) / 3, (1 - S) ** 2 / 4
largest = section.define("λ_max", diagonal + (size(D) - 1) * off)
other = section.define("λ_min", diagonal - off)
expected = section.calc(
    "m2",
    E(sigma(i, j)),
    size(T) * ((diagonal - off) * delta(i, j) + off),
    using=[],
    because=["(m1), for each of T data points"],
    title="The expectation of Σ",
)

v = family("v", D)
section.calc(
    "m2-ones",
    total(j, E(sigma(a, j))),
    size(T) * largest,
    using=[],
    because=["the vector of ones is an eigenvector"],
    title="The eigenvalue that occurs once",
)
section.have(
    "m2-others",
    implies(
        equal(total(j, v[j]), 0),
        equal(total(j, E(sigma(i, j)) * v[j]), size(T) * other * v[i]),
    ),
    using=[],
    because=["Σ_j v_j = 0"],
    title="The eigenvalue of every vector that is orthogonal to the vector of ones",
)
section.have(
    "m2-trace",
    equal(total(i, E(sigma(i, i))), size(T) * largest + (size(D) - 1) * (size(T) * other)),
    equal(total(i, delta(i, i) - 1 / size(D)), size(D) - 1),
    using=[],
    because=["the trace is the sum of the eigenvalues", "I − 11ᵀ/D projects on D − 1 dimensions"],
    title="… which occurs D − 1 times",
)

# How far it is from a multiple of the identity ----------------------------------------------------------------------

some = section.assume(less_than(S, 1), "S < 1")
section.have(
    "m2-ratio",
    equal(E(sigma(a, a)), size(T) * diagonal),
    implies(differs(a, b), equal(E(sigma(a, b)), Fraction(3, 4) * (1 - S) * (size(T) * diagonal))),
    using=[],
    because=["i = j in (m2)", "the ratio is ¾(1 − S), which tends to 0 as S tends to 1"],
    title="Off the diagonal and on it",
)
spread = section.calc(
    "m2-spread",
    largest / other,
    1 + 3 * size(D) * (1 - S) / (1 + 3 * S),
    using=[some, sparsity],
    because=["divided by (1 − S)/12"],
    title="The ratio of the two eigenvalues",
)
section.calc(
    "m2-isotropy",
    3 * size(D) * (1 - S) / (1 + 3 * S),
    3 * size(D) * (1 - S) - 9 * size(D) * (1 - S) * S / (1 + 3 * S),
    below(3 * size(D) * (1 - S)),
    using=[some, sparsity],
    because=["1/(1 + 3S) = 1 − 3S/(1 + 3S)", "no factor is negative"],
    title="E Σ is nearly a multiple of the identity where D(1 − S) is small; that S is near 1 is not enough",
)

sizes, sparsities = (10, 100, 1000), (Fraction(9, 10), Fraction(99, 100), Fraction(999, 1000))


def ratio(count, sparsity):  # type: ignore[no-untyped-def]
    """λ_max/λ_min for so many coordinates, not worked out."""
    return 1 + number(3 * count) * number(1 - sparsity) / (1 + 3 * number(sparsity))


section.have(
    "m2-numbers",
    *(
        equal(ratio(count, share), 1 + 3 * count * (1 - share) / (1 + 3 * share))
        for share in sparsities
        for count in sizes
    ),
    using=[],
    because=[f"D = {count}, S = {float(share)}" for share in sparsities for count in sizes],
    title="λ_max/λ_min at three sizes and sparsities",
)

section.calc(
    "m2-variance",
    E(sigma(a, a) ** 2) - E(sigma(a, a)) ** 2,
    size(T) * ((1 - S) / 5 - (1 - S) ** 2 / 9),
    (9 / (5 * (1 - S)) - 1) / size(T) * (size(T) * diagonal) ** 2,
    using=[some],
    because=["E u⁴ = ⅕", "relative to (E σ_ii)²: (9/(5(1 − S)) − 1)/T"],
    title="How much σ_ii fluctuates",
)
section.have(
    "m2-uncorrelated",
    implies(differs(a, b), equal(E(sigma(a, a) * sigma(b, b)), E(sigma(a, a)) * E(sigma(b, b)))),
    using=[],
    because=["they have no x in common"],
    title="The diagonal entries of Σ are independent of one another, so uncorrelated",
)
section.remark(
    "E7",
    "section 2.1, that Σ is taken to be invertible with distinct eigenvalues",
    "the assumption fails with positive probability for every S > 0: P(Σ = 0) is at least S to the power DT, and Σ is "
    "singular wherever T < D; for D from 3 on the expected Σ has an eigenvalue D − 1 times, by (m2-others)",
)


@section.model
def sparse(sizes, random):  # type: ignore[no-untyped-def]
    """A sparsity between 0 and 1."""
    return {"S": Fraction(random.randint(1, 9), 10)}
