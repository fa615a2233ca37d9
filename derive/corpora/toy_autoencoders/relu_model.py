"""Section 3.1: the ReLU output model on sparse data; the linear model beside it."""

from fractions import Fraction

from derive import (
    Derivation,
    at,
    at_most,
    below,
    bernoulli,
    delta,
    dims,
    equal,
    expectation,
    eye,
    family,
    fixed,
    gradient,
    indices,
    inner,
    integral,
    less_than,
    matrix,
    norm2,
    number,
    parts,
    relu,
    scalar,
    size,
    total,
    tr,
    uniform,
    with_moments,
)

D, d = dims("D d")
i, j, k, m = indices("i j k m", D)
S, u, v = scalar("S"), scalar("u"), scalar("v")

# The linear model ---------------------------------------------------------------------------------------------------

linear = Derivation("The loss as an integral, for the linear model", source="section 3.1")
linear.assume(d < D)
W, x = matrix("W", d, D), family("x", D)

mu1, mu2 = scalar("μ₁"), scalar("μ₂")
sparse = expectation({x: bernoulli(1 - S) * uniform(0, 1)})
any_law = expectation({x: with_moments(mu1, mu2)})
rest = eye(D) - W.T @ W

linear.calc(
    "3a",
    sparse(norm2(x - W.T @ W @ x)),
    tr(rest @ sparse(x @ x.T) @ rest.T),
    ((1 - S) / 3 - (1 - S) ** 2 / 4) * norm2(rest) + (1 - S) ** 2 / 4 * total(i, total(j, rest[i, j]) ** 2),
    because=["E is linear, M = E[xxᵀ]", "(m2) with T = 1"],
    title="The loss of the linear model on sparse data",
)
linear.calc(
    "3a-any-law",
    any_law(norm2(x - W.T @ W @ x)),
    tr(rest @ any_law(x @ x.T) @ rest.T),
    because=["E is linear, M = E[xxᵀ]"],
    title="… and on data with independent coordinates of any one law",
)
linear.calc(
    "3c-linear",
    total(k, integral(total(i, (u * rest[i, k]) ** 2), u, 0, 1)),
    Fraction(1, 3) * norm2(rest),
    because=["∫u² du = ⅓"],
    title="What the points of Q₁ add to this loss, by (1 − S)S^(D−1)",
)
two = integral(integral(total(i, (u * rest[i, k] + v * rest[i, m]) ** 2), u, 0, 1), v, 0, 1)
linear.calc(
    "3c-linear-two",
    Fraction(1, 2) * total(k, total(m, (1 - delta(k, m)) * two)),
    Fraction(1, 3) * size(D) * norm2(rest)
    - Fraction(7, 12) * norm2(rest)
    + Fraction(1, 4) * total(i, total(j, rest[i, j]) ** 2),
    because=["∫u² du = ⅓ and ∫∫uv du dv = ¼, for every two coordinates; (D − 1)/3 − ¼ = D/3 − 7/12"],
    title="… and those of Q₂, by (1 − S)²S^(D−2)",
)

# The cube -----------------------------------------------------------------------------------------------------------

cube = Derivation("The faces of the cube", source="section 3.1")
cube.remark(
    "E13",
    "section 3.1, the cube as the union of the sets Q_l",
    "the cube is written C where it was Q, and its dimension n where it was D",
)
cube.remark(
    "E19",
    "section 3.1, the cube as the union of the sets Q_l",
    "Q_l is defined for l from 1 on, and the union starts at l = 0: Q₀ = {0} is needed for it",
)
cube.remark(
    "E20",
    "section 3.1, that the sets Q_l are the skeletons of the cube",
    "they are its faces through the origin, without their borders: (1, ½) lies on an edge, and in Q₂",
)
powers = cube.known(at_most(S ** (size(D) - 1), 1), "a power of a number between 0 and 1 is at most 1")

drawn = family("β", D)  # 1 where a coordinate of a point is not 0
chance = expectation({drawn: bernoulli(1 - S)})
count = total(i, drawn[i])
cube.have(
    "3b",
    equal(chance(count), size(D) * (1 - S)),
    equal(chance(count * (count - 1)), size(D) * (size(D) - 1) * (1 - S) ** 2),
    using=[],
    because=["l = Σ_i β_i coordinates are not 0", "the ordered pairs of such coordinates"],
    title="A point lies in just one Q_l, where l is the number of its coordinates that are not 0",
)


def beyond(more):  # type: ignore[no-untyped-def]
    """The measure of the points with two coordinates or more that are not 0, for so many dimensions more."""
    dims, fewer = (size(D) + more, size(D) + (more - 1)) if more else (size(D), size(D) - 1)
    return 1 - S**dims - dims * (1 - S) * S**fewer


pairs, power = size(D) * (size(D) - 1) / 2, S ** (size(D) - 1)
grown = size(D) * (1 - S) ** 2
cube.calc(
    "3c",
    beyond(1) - beyond(0),
    grown * power,
    using=[],
    because=["one dimension more; for D = 1 it is 0"],
    title="How much is left out where only one coordinate is not 0: μ(l ≥ 2) = 1 − S^D − D(1 − S)S^(D−1)",
)
induction = cube.assume(at_most(beyond(0), pairs * (1 - S) ** 2), "for D dimensions it is at most D(D − 1)/2 (1 − S)²")
cube.calc(
    "3c-bound",
    beyond(1),
    beyond(0) + grown * power,
    below(pairs * (1 - S) ** 2 + grown * power),
    (pairs + size(D)) * (1 - S) ** 2 - grown * (1 - power),
    below((pairs + size(D)) * (1 - S) ** 2),
    using=[induction, powers],
    because=["(3c)", "for D dimensions", "collect", "S^(D−1) ≤ 1"],
    title="Then for D + 1 dimensions it is at most (D + 1)D/2 (1 − S)²: a bound for every D, by induction",
)
l = scalar("l")
cube.calc(
    "3c-pairs",
    l * (l - 1) / 2 - 1,
    (l - 2) * (l + 1) / 2,
    using=[],
    because=["not negative for l = 2, 3, …: so the same bound is half of (3b)"],
    title="The same bound by counting pairs",
)

# One coordinate that is not 0 ---------------------------------------------------------------------------------------

sparse_relu = Derivation("The one-sparse part of the ReLU loss", source="section 3.1")
G, bias = matrix("G", D, D), family("b", D)  # G = WᵀW
(f,) = fixed("f", D)
c, g, b = scalar("c"), scalar("g"), scalar("b")

sparse_relu.calc(
    "3d-outputs",
    total(m, (u * delta(m, f) - relu(total(k, G[m, k] * (u * delta(k, f))) - bias[m])) ** 2),
    total(m, (u * delta(m, f) - relu(G[m, f] * u - bias[m])) ** 2),
    because=["one coordinate, u, is not 0; so c in (3d) is δ_mf, and g is g_mf"],
    title="The loss at x = u e_f, output by output",
)
sparse_relu.calc(
    "3d-origin",
    total(m, (0 - relu(total(k, G[m, k] * 0) - bias[m])) ** 2),
    total(m, relu(-bias[m]) ** 2),
    because=["every coordinate is 0"],
    title="The loss at the origin",
)


def off(g, b, c):  # type: ignore[no-untyped-def]
    """The ReLU is nowhere on."""
    return c**2 / 3


def on(g, b, c):  # type: ignore[no-untyped-def]
    """It is on for every u."""
    return (c - g) ** 2 / 3 + (c - g) * b + b**2


def late(g, b, c):  # type: ignore[no-untyped-def]
    """It is on from u = b/g on."""
    return c**2 / 3 - 2 * c * (g / 3 - b / 2 + b**3 / (6 * g**2)) + (g - b) ** 3 / (3 * g)


def early(g, b, c):  # type: ignore[no-untyped-def]
    """It is on up to u = b/g."""
    return c**2 / 3 + c * b**3 / (3 * g**2) + b**3 / (3 * g)


def slopes_off(g, b, c):  # type: ignore[no-untyped-def]
    """By g and by b where the ReLU is nowhere on: ``off`` has neither in it."""
    return 0, 0


def slopes_on(g, b, c):  # type: ignore[no-untyped-def]
    """By g and by b where the ReLU is on for every u."""
    return -2 * (c - g) / 3 - b, c - g + 2 * b


def slopes_late(g, b, c):  # type: ignore[no-untyped-def]
    """By g and by b where it is on from u = b/g on."""
    return (
        -2 * c * (1 - b**3 / g**3) / 3 + (g - b) ** 2 / g - (g - b) ** 3 / (3 * g**2),
        c - c * b**2 / g**2 - (g - b) ** 2 / g,
    )


def slopes_early(g, b, c):  # type: ignore[no-untyped-def]
    """By g and by b where it is on up to u = b/g."""
    return -2 * c * b**3 / (3 * g**3) - b**3 / (3 * g**2), c * b**2 / g**2 + b**2 / g


output = integral((c * u - relu(g * u - b)) ** 2, u, 0, 1)
sparse_relu.cases(
    "3d",
    output,
    (off(g, b, c), [at_most(0, b), at_most(g, b)], [(1, False)]),
    (on(g, b, c), [at_most(b, 0), at_most(b, g)], [(1, True)]),
    (late(g, b, c), [less_than(0, b), less_than(b, g)], [(b / g, False), (1, True)]),
    (early(g, b, c), [less_than(b, 0), less_than(g, b)], [(b / g, True), (1, False)]),
    title="One output, averaged over u: c = 1 for the coordinate that is not 0, and c = 0 for every other",
)
zero = number(0)
sparse_relu.have(
    "3d-borders",
    equal(on(zero, zero, c), off(zero, zero, c)),
    equal(late(g, zero, c), on(g, zero, c)),
    equal(late(b, b, c), off(b, b, c)),
    equal(early(g, zero, c), off(g, zero, c)),
    equal(early(b, b, c), on(b, b, c)),
    because=["g = b = 0", "b = 0 < g", "g = b > 0", "b = 0 > g", "g = b < 0"],
    title="On their borders the cases agree",
)
sparse_relu.gradient(
    "3d-gradient-on",
    on(g, b, c),
    (g, b),
    parts(*slopes_on(g, b, c)),
    because=["a polynomial"],
    title="The gradient where the ReLU is on for every u",
)
sparse_relu.gradient(
    "3d-gradient-late",
    late(g, b, c),
    (g, b),
    parts(*slopes_late(g, b, c)),
    because=["the derivative of a quotient"],
    title="… where it is on from b/g on",
)
sparse_relu.gradient(
    "3d-gradient-early",
    early(g, b, c),
    (g, b),
    parts(*slopes_early(g, b, c)),
    because=["the derivative of a quotient"],
    title="… where it is on up to b/g",
)
weights = matrix("Γ", D, D, entry="γ")  # γ_mf is the derivative of the loss by g_mf
sparse_relu.gradient(
    "3d-chain",
    inner(weights, W.T @ W),
    W,
    W @ (weights + weights.T),
    because=["g_mf = ∑_a w_am w_af"],
    title="The gradient by W, from that by G = WᵀW",
)
sparse_relu.have(
    "3d-kink",
    equal(at(gradient(output, b), {g: zero, b: zero}), 0),
    expect="undefined",
    because=["from below the slope in b is c, from above it is 0"],
    title="At g = b = 0 there is no derivative",
)
