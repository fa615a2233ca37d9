"""Section 3.1: the ReLU model where two coordinates are not 0, in closed form for every way to cut the square.

The ReLU of an output is on at one side of a line, which cuts the square of u and v or passes it by. Which corners of
the square are on says what shape that side has: 14 of the 16 ways to sign four corners are those of a line.
"""

from derive import (
    Derivation,
    at_most,
    delta,
    dims,
    equal,
    family,
    fixed,
    implies,
    indices,
    integral,
    less_than,
    matrix,
    number,
    relu,
    scalar,
    total,
)

(D,) = dims("D")
k, m = indices("k m", D)
first, second = fixed("f l", D)
G, bias = matrix("G", D, D), family("b", D)  # G = WᵀW
u, v, b, c, e, g, h = (scalar(name) for name in ("u", "v", "b", "c", "e", "g", "h"))

pairs = Derivation("The two-sparse part of the ReLU loss", source="section 3.1")
target = u * delta(m, first) + v * delta(m, second)
before = total(k, G[m, k] * (u * delta(k, first) + v * delta(k, second))) - bias[m]
pairs.calc(
    "3d-two-outputs",
    total(m, (target - relu(before)) ** 2),
    total(m, (target - relu(G[m, first] * u + G[m, second] * v - bias[m])) ** 2),
    because=["two coordinates, u and v, are not 0; so below c is δ_mf, e is δ_ml, g is g_mf, and h is g_ml"],
    title="The loss at x = u e_f + v e_l, output by output",
)
output = integral(integral((c * u + e * v - relu(g * u + h * v - b)) ** 2, u, 0, 1), v, 0, 1)
"""One output, averaged over u and v."""

# The corners --------------------------------------------------------------------------------------------------------

Corner = tuple[int, int]
CORNERS = ((0, 0), (1, 0), (0, 1), (1, 1))
"""The corners u = i, v = j of the square."""


def height(i, j):  # type: ignore[no-untyped-def]
    """g u + h v at a corner: the ReLU is on there if it is above b."""
    return ((number(0), h), (g, g + h))[i][j]


def signs(on, at=CORNERS):  # type: ignore[no-untyped-def]
    """That the ReLU is on at those of these corners that are in ``on``, and off at the others."""
    return [less_than(b, height(*one)) if one in on else at_most(height(*one), b) for one in at]


def beside(i, j):  # type: ignore[no-untyped-def]
    """A corner and its two neighbours. Where these two differ from it, the fourth is as they are."""
    return (i, j), (1 - i, j), (i, 1 - j)


pairs.have(
    "3d-two-opposite",
    implies([less_than(b, 0), at_most(g, b), less_than(b, g + h)], less_than(b, h)),
    implies([at_most(0, b), less_than(b, g), less_than(b, h)], less_than(b, g + h)),
    because=["0 + (g + h) = g + h: what two opposite corners have together, the other two have"],
    title="Two opposite corners are on, and the other two off, for no line",
)

# The values ---------------------------------------------------------------------------------------------------------


def off(c=c, e=e):  # type: ignore[no-untyped-def]
    """The ReLU is nowhere on."""
    return c**2 / 3 + c * e / 2 + e**2 / 3


def on(g=g, h=h, b=b, c=c, e=e):  # type: ignore[no-untyped-def]
    """It is on everywhere."""
    return off(c - g, e - h) + (c - g) * b + (e - h) * b + b**2


def above(i, j, g=g, h=h, b=b):  # type: ignore[no-untyped-def]
    """What the ReLU is of at a corner."""
    return ((-b, h - b), (g - b, g + h - b))[i][j]


def corner(i, j, g=g, h=h, b=b, c=c, e=e):  # type: ignore[no-untyped-def]
    """What is added to ``off`` where the ReLU is on in a triangle at a corner, but for the sign, which is −1 where
    i ≠ j; or taken from ``on`` where it is off there."""
    r, wanted = above(i, j, g, h, b), ((0, e), (c, c + e))[i][j]
    slopes = 1 + c / g + e / h
    return r**3 / (12 * g * h) * (r * slopes - 4 * wanted) if i or j else b**4 / (12 * g * h) * slopes


def with_side(i, g=g, h=h, b=b, c=c, e=e):  # type: ignore[no-untyped-def]
    """It is on along u = i, and off along the opposite side."""
    r, s = above(i, 0, g, h, b), above(i, 1, g, h, b)
    cubes, squares = (1 + c / g) / (12 * g) * (r + s) * (r**2 + s**2), e / (12 * g) * (r**2 + 2 * r * s + 3 * s**2)
    return off() - c / (3 * g) * (r**2 + r * s + s**2) - squares + cubes if i else off() + squares - cubes


def with_turned_side(j, g=g, h=h, b=b, c=c, e=e):  # type: ignore[no-untyped-def]
    """It is on along v = j: u and v change places."""
    return with_side(j, h, g, b, e, c)


def plus(base, odd, added):  # type: ignore[no-untyped-def]
    """The sum, or the difference."""
    return base - added if odd else base + added


# The cells ----------------------------------------------------------------------------------------------------------

line = (b - h * v) / g
"""Where the ReLU turns on or off, as u goes from 0 to 1."""


def cut(i, on):  # type: ignore[no-untyped-def]
    """The pieces of the inner integral where the line cuts it; up to u = 0, or from there to u = 1, the ReLU is on."""
    return [(line, (i == 0) == on), (1, (i == 1) == on)]


def meets(i):  # type: ignore[no-untyped-def]
    """The v at which the line meets u = i."""
    return (b - g * i) / h if i else b / h


def triangle(i, j, on):  # type: ignore[no-untyped-def]
    """The pieces where the ReLU is on, or off, in a triangle at a corner, and not elsewhere."""
    return [(meets(i), not on), (1, cut(i, on))] if j else [(meets(i), cut(i, on)), (1, not on)]


def strip(j, rising):  # type: ignore[no-untyped-def]
    """The pieces where it is on along v = j, and g is positive if ``rising``, else negative."""
    near, far = (0, 1) if (j == 0) == rising else (1, 0)
    return [(meets(near), j == 0), (meets(far), cut(int(rising), True)), (1, j == 1)]


def level(j):  # type: ignore[no-untyped-def]
    """The pieces where it is on along v = j, and g is 0."""
    return [(meets(0), j == 0), (1, j == 1)]


def cell(value, conditions, pieces):  # type: ignore[no-untyped-def]
    """What the integral is under these conditions."""
    return implies(conditions, equal(integral(output.body, v, 0, 1, pieces), value))


pairs.have(
    "3d-two-whole",
    cell(off(), signs(()), [(1, False)]),
    cell(on(), signs(CORNERS), [(1, True)]),
    because=["∫∫ (c u + e v)² du dv", "∫∫ ((c − g) u + (e − h) v + b)² du dv"],
    title="One output, averaged over u and v, where the line passes the square by",
)
for i, j in CORNERS:
    pairs.have(
        f"3d-two-corner-{i}{j}",
        cell(plus(off(), i != j, corner(i, j)), signs([(i, j)], beside(i, j)), triangle(i, j, True)),
        because=["a triangle, between the corner and where the line meets its two sides"],
        title=f"… where the ReLU is on at the corner u = {i}, v = {j} only",
    )
for i, j in CORNERS:
    pairs.have(
        f"3d-two-but-{i}{j}",
        cell(plus(on(), i == j, corner(i, j)), signs(beside(i, j)[1:], beside(i, j)), triangle(i, j, False)),
        because=["all but a triangle, between the corner and where the line meets its two sides"],
        title=f"… where it is off at the corner u = {i}, v = {j} only",
    )
for i in (0, 1):
    pairs.have(
        f"3d-two-u{i}",
        cell(with_side(i), signs([(i, 0), (i, 1)]), [(1, cut(i, True))]),
        because=["between the side and the line"],
        title=f"… where it is on at both ends of the side u = {i}, and off at both ends of the opposite one",
    )
for j in (0, 1):
    for i, way, sign in ((1, "falling", less_than(g, 0)), (0, "rising", less_than(0, g))):
        pairs.have(
            f"3d-two-v{j}-{way}",
            cell(
                with_turned_side(j),
                [sign, *signs([(i, j)], [(i, j), (1 - i, 1 - j)])],
                strip(j, way == "rising"),
            ),
            because=["three pieces of v: where it is on for every u, cut, and off"],
            title=f"… at both ends of the side v = {j}, and off at both ends of the opposite one, for {sign}",
        )
pairs.have(
    "3d-two-level",
    *(cell(with_turned_side(j), [equal(g, 0), *signs([(0, j)], [(0, 0), (0, 1)])], level(j)) for j in (0, 1)),
    because=["the line is v = b/h"] * 2,
    title="… and for g = 0",
)

# Without thresholds: an output that grows with u and falls with v, as those of the antipodal pair of the toy model do -

unbiased = integral((c * u + e * v - relu(g * u + h * v)) ** 2, u, 0, 1)
ray = [(-(h * v) / g, False), (1, True)]
"""The pieces of the inner integral where the line goes through the corner u = v = 0."""
pairs.have(
    "3d-two-obtuse",
    implies(
        [less_than(0, g), at_most(g + h, 0)],
        equal(
            integral(unbiased, v, 0, 1, [(-g / h, ray), (1, False)]),
            off() - g**2 / (12 * h) * (g - 3 * c + g * e / h),
        ),
    ),
    implies(
        [less_than(h, 0), less_than(0, g + h)],
        equal(
            integral(unbiased, v, 0, 1, [(1, ray)]),
            off()
            + 1 / (12 * g) * (4 * g**3 + 6 * g**2 * h + 4 * g * h**2 + h**3)
            - c / (12 * g) * (8 * g**2 + 6 * g * h - h**3 / g)
            - e / (12 * g) * (6 * g**2 + 8 * g * h + 3 * h**2),
        ),
    ),
    because=["a triangle at u = 1, v = 0", "the side u = 1"],
    title="One output without a threshold, where g > 0 > h: the line goes through the corner u = v = 0",
)
