"""Section 3.1: the ReLU output model on sparse data; the linear model beside it."""

from fractions import Fraction

from derive import (
    Derivation,
    at,
    at_most,
    below,
    bernoulli,
    binomial,
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

R = linear.define("R", rest)
square, row_sums = norm2(R), total(i, total(j, R[i, j]) ** 2)
every = linear.define("L", ((1 - S) / 3 - (1 - S) ** 2 / 4) * square + (1 - S) ** 2 / 4 * row_sums)  # by (3a)
first_part = (1 - S) * S ** (size(D) - 1) * (Fraction(1, 3) * square)
linear.calc(
    "3c-share",
    first_part * ((1 + 3 * S) * square + 3 * (1 - S) * row_sums),
    4 * S ** (size(D) - 1) * square * every,
    using=[],
    because=["L is (1 − S)/12 times the bracket"],
    title="The share of this loss that Q₁ carries; Q₀ carries none",
)
linear.calc(
    "3c-share-most",
    ((1 - S) / 3 - (1 - S) ** 2 / 4) * square,
    below(((1 - S) / 3 - (1 - S) ** 2 / 4) * square + (1 - S) ** 2 / 4 * row_sums),
    every,
    using=[],
    because=["no square is negative", "(3a)"],
    title="How small it is at least, so that the share of Q₁ is at most S^(D−1)/(1 − ¾(1 − S)), whatever W is",
)
most = ((1 - S) / 3 + Fraction(1, 4) * (size(D) - 1) * (1 - S) ** 2) * square
linear.calc(
    "3c-share-least",
    every,
    most - (1 - S) ** 2 / 4 * (size(D) * square - row_sums),
    most - (1 - S) ** 2 / 4 * (Fraction(1, 2) * total(i, total(j, total(k, (R[i, j] - R[i, k]) ** 2)))),
    below(most),
    using=[],
    because=["collect", "D ∑_j r_ij² − (∑_j r_ij)² = ½ ∑_j ∑_k (r_ij − r_ik)²", "no square is negative"],
    title="… and how large at most, so that the share of Q₁ is at least S^(D−1)/(1 + ¾(D − 1)(1 − S))",
)
whole_loss = size(D) * (1 - S) / 3
linear.have(
    "3c-share-nothing",
    equal(sparse(norm2(x)), whole_loss),
    equal((1 - S) * S ** (size(D) - 1) * (Fraction(1, 3) * norm2(eye(D))), S ** (size(D) - 1) * whole_loss),
    equal(
        (1 - S) ** 2
        * S ** (size(D) - 2)
        * (
            Fraction(1, 3) * size(D) * norm2(eye(D))
            - Fraction(7, 12) * norm2(eye(D))
            + Fraction(1, 4) * total(i, total(j, delta(i, j)) ** 2)
        ),
        (size(D) - 1) * (1 - S) * S ** (size(D) - 2) * whole_loss,
    ),
    using=[],
    because=["E x_i² = (1 − S)/3", "l = 1 carries S^(D−1) of it", "l = 2 carries (D − 1)(1 − S)S^(D−2)"],
    title="W = 0: what is left out carries 1 − S^(D−1), about D(1 − S), though its measure is about ½(D(1 − S))²",
)
rows_apart = linear.assume(equal(W @ W.T, eye(d)), "WWᵀ = I")
linear.have(
    "3c-share-projection",
    equal(square, size(D) - size(d)),
    equal(row_sums, total((i, j), R[i, j])),
    using=[rows_apart],
    because=["the trace of a projection", "R = RᵀR"],
    title="Where the rows of W are orthonormal",
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

# The measure of Q_l --------------------------------------------------------------------------------------------------

measure = Derivation("The measure of the faces", source="section 3.1")
few, several = dims("l n")  # l coordinates are not 0; n is the number of values that l can have
measure.assume(few < D)
one = scalar("β")  # 1 where the last coordinate is not 0
last = expectation({one: bernoulli(1 - S)})
before, fewer_before = scalar("p"), scalar("q")  # of D − 1 coordinates: μ(Q_l) and μ(Q_(l−1))


def binomial_law(top, bottom):  # type: ignore[no-untyped-def]
    """μ(Q_l) for D coordinates, as it is claimed."""
    return binomial(top, bottom) * (1 - S) ** bottom * S ** (top - bottom)


count_all, count_few = size(D), size(few)
same_number = measure.assume(equal(before, binomial_law(count_all - 1, count_few)), "μ(Q_l) for D − 1 coordinates")
one_less = measure.assume(
    equal(
        fewer_before, binomial(count_all - 1, count_few - 1) * (1 - S) ** (count_few - 1) * S ** (count_all - count_few)
    ),
    "the same for l − 1",
)
measure.have(
    "3c-first",
    equal(last(1 - one), S),
    equal(last(one), 1 - S),
    using=[],
    because=["C(1, 0) = 1", "C(1, 1) = 1"],
    title="For D = 1: μ(Q₀) = S, and μ(Q₁) = 1 − S",
)
measure.calc(
    "3c-measure",
    last((1 - one) * before + one * fewer_before),
    S * before + (1 - S) * fewer_before,
    S * binomial_law(count_all - 1, count_few)
    + (1 - S) * (binomial(count_all - 1, count_few - 1) * (1 - S) ** (count_few - 1) * S ** (count_all - count_few)),
    (binomial(count_all - 1, count_few) + binomial(count_all - 1, count_few - 1))
    * (1 - S) ** count_few
    * S ** (count_all - count_few),
    binomial_law(count_all, count_few),
    using=[same_number, one_less],
    because=[
        "the last coordinate is 0, and l of the others are not; or it is not 0, and l − 1 of the others are not",
        "for D − 1 coordinates",
        "collect",
        "Pascal's rule",
    ],
    title="The measure of Q_l for 0 < l < D, by induction",
)
measure.have(
    "3c-measure-ends",
    equal(last((1 - one) * S ** (count_all - 1)), binomial(count_all, 0) * S**count_all),
    equal(last(one * (1 - S) ** (count_all - 1)), binomial(count_all, count_all) * (1 - S) ** count_all),
    using=[],
    because=["l = 0: every coordinate is 0", "l = D: none is"],
    title="… and for l = 0 and l = D",
)
measures, (number_of,) = family("p", several), indices("k", several)  # p_k is μ(Q_l) for D − 1 coordinates, l = k − 1
measure.calc(
    "3c-measure-whole",
    last(total(number_of, (1 - one) * measures[number_of]) + total(number_of, one * measures[number_of])),
    total(number_of, measures[number_of]),
    using=[],
    because=["what one coordinate more takes from one of them it gives to the next; for D = 1 the sum is S + (1 − S)"],
    title="They add up to 1",
)
measure.have(
    "3c-small",
    equal(binomial(count_all, 0) * S**count_all, S**count_all),
    equal(binomial(count_all, 1) * (1 - S) * S ** (count_all - 1), count_all * (1 - S) * S ** (count_all - 1)),
    equal(
        binomial(count_all, 2) * (1 - S) ** 2 * S ** (count_all - 2),
        count_all * (count_all - 1) / 2 * (1 - S) ** 2 * S ** (count_all - 2),
    ),
    using=[],
    because=["μ(Q₀)", "μ(Q₁)", "μ(Q₂), for D from 2 on"],
    title="μ(Q_l) for l = 0, 1, 2",
)
measure.calc(
    "3c-tail",
    1 - binomial(count_all, 0) * S**count_all - binomial(count_all, 1) * (1 - S) * S ** (count_all - 1),
    beyond(0),
    using=[],
    because=["C(D, 0) = 1 and C(D, 1) = D"],
    title="What is left out where only l = 0 and l = 1 are kept",
)

# How small it is ----------------------------------------------------------------------------------------------------

low = measure.assume(at_most(0, S), "0 ≤ S")
dense = measure.assume(
    at_most(pairs * (1 - S) ** 2 - 2 * binomial(count_all, 3) * (1 - S) ** 3, beyond(0)),
    "a bound from below for D coordinates",
)
straight, shorter = 1 - count_all * (1 - S), 1 - (count_all - 1) * (1 - S)
at_least = measure.assume(at_most(straight, S**count_all), "for D it is S^D ≥ 1 − D(1 − S)")
measure.calc(
    "3c-bernoulli",
    1 - (count_all + 1) * (1 - S),
    below(1 - (count_all + 1) * (1 - S) + grown + S * (S**count_all - straight)),
    S ** (count_all + 1),
    using=[low, at_least],
    because=["S is not negative, nor S^D − (1 − D(1 − S))", "collect"],
    title="Then for D + 1 it is S^(D+1) ≥ 1 − (D + 1)(1 − S): Bernoulli's inequality, by induction from D = 0 on",
)
curved = measure.assume(at_most(shorter, power), "(3c-bernoulli) for D − 1")
measure.calc(
    "3c-bound-below",
    binomial(count_all + 1, 2) * (1 - S) ** 2 - 2 * binomial(count_all + 1, 3) * (1 - S) ** 3,
    pairs * (1 - S) ** 2 - 2 * binomial(count_all, 3) * (1 - S) ** 3 + grown * shorter,
    below(beyond(0) + grown * shorter),
    below(beyond(0) + grown * shorter + grown * (power - shorter)),
    beyond(1),
    using=[dense, curved],
    because=["Pascal's rule", "for D coordinates", "(3c-bernoulli)", "(3c)"],
    title="… and the same for D + 1: a bound from below, by induction",
)


def left_out(count, dense):  # type: ignore[no-untyped-def]
    """μ(l ≥ 2) for so many coordinates, at 1 − S = ``dense``, not worked out."""
    share, first = number(1 - dense), number(count) * number(dense)
    if count < 3:  # no power is written as one that has the exponent 0 or 1
        return 1 - share**2 - first * share if count == 2 else 1 - share - number(dense)
    return 1 - share**count - first * share ** (count - 1)


def simple(count, dense):  # type: ignore[no-untyped-def]
    """C(D, 2)(1 − S)², not worked out."""
    return Fraction(count * (count - 1), 2) * number(dense) ** 2


percent = {Fraction(1, 100): "1 %", Fraction(1, 1000): "0.1 %"}
most_coordinates = {  # by 1 − S: for how many μ(l ≥ 2) is at most each of these
    Fraction(1, 10): (2, 1), Fraction(1, 100): (15, 5), Fraction(1, 1000): (148, 45),
}  # fmt: skip
least_sparsity = {  # by D, in millionths: how large 1 − S may be for this
    10: (15538, 4774), 100: (1491, 456),
}  # fmt: skip
by_size = [
    (dense, level, count)
    for dense, counts in most_coordinates.items()
    for level, count in zip(percent, counts, strict=True)
]
by_sparsity = [
    (count, level, Fraction(dense, 10**6), Fraction(dense + 1, 10**6))
    for count, found in least_sparsity.items()
    for level, dense in zip(percent, found, strict=True)
]
measure.have(
    "3c-numbers-size",
    *(
        statement
        for dense, level, count in by_size
        for statement in (at_most(left_out(count, dense), level), less_than(level, left_out(count + 1, dense)))
    ),
    using=[],
    because=[
        f"S = {float(1 - dense)}: {words} {percent[level]}"
        for dense, level, count in by_size
        for words in (f"for D = {count} at most", f"for D = {count + 1} above")
    ],
    title="The largest D at which μ(l ≥ 2) is at most 1 %, and 0.1 %: by (3c) it grows with D",
)
measure.have(
    "3c-numbers-sparsity",
    *(
        statement
        for count, level, dense, denser in by_sparsity
        for statement in (at_most(left_out(count, dense), level), less_than(level, left_out(count, denser)))
    ),
    using=[],
    because=[
        f"D = {count}: at S = {float(1 - share)} {words} {percent[level]}"
        for count, level, *shares in by_sparsity
        for share, words in zip(shares, ("at most", "above"), strict=True)
    ],
    title="The least S at which it is, to a millionth: D(1 − S) is about 0.15, and 0.046",
)
measure.have(
    "3c-numbers-bound",
    at_most(simple(10, Fraction(149, 10**4)), Fraction(1, 100)),
    at_most(simple(100, Fraction(142, 10**5)), Fraction(1, 100)),
    at_most(simple(1000, Fraction(141, 10**6)), Fraction(1, 100)),
    less_than(
        Fraction(1, 100),
        simple(1000, Fraction(150, 10**6)) - Fraction(1000 * 999 * 998, 3) * number(Fraction(150, 10**6)) ** 3,
    ),
    using=[],
    because=[
        "(3c-bound) says it for D = 10 at S = 0.9851, where 0.98446 is enough",
        "for D = 100 at S = 0.99858, where 0.998509 is enough",
        "for D = 1000 at S = 0.999859",
        "by (3c-bound-below) it is above 1 % for D = 1000 at S = 0.99985",
    ],
    title="The two bounds alone leave little open",
)
measure.have(
    "3c-near-one",
    less_than(Fraction(909, 1000), left_out(400, Fraction(1, 100))),
    less_than(left_out(400, Fraction(1, 100)), Fraction(91, 100)),
    using=[],
    because=["D = 400, S = 0.99"],
    title="That S is near 1 is not enough: 0.91 of the measure may be left out",
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
