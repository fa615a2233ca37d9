"""The exact two-sparse part: against the claims, floats, 50 digits, samples, and what is known of whole squares."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from random import Random

import mpmath
import numpy as np
import pytest

from derive import gradient
from derive.corpora.toy_autoencoders import one_sparse, relu_pairs, two_exact, two_sparse
from derive.corpora.toy_autoencoders.relu_pairs import b, g, h
from derive.errors import ShapeError, TypingError, UndefinedError
from derive.evaluate import Instance, evaluate


def rational_model(seed, D=4, d=2):
    random = Random(seed)
    W, bias = ([Fraction(random.randint(-9, 9), random.randint(4, 9)) for _ in range(count)] for count in (d * D, D))
    return np.array(W, dtype=object).reshape(d, D), np.array(bias, dtype=object) / 2


def floats(*arrays):
    return [array.astype(float) for array in arrays]


def numbers(seed, count=5):
    random = Random(f"{seed} numbers")
    return [Fraction(random.randint(-20, 20), 10) for _ in range(count)]


def named(values):
    return Instance({}, dict(zip("ghbce", values, strict=True)))


# The value ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_the_floats_are_the_exact_value_but_for_rounding(seed):
    W, bias = rational_model(seed)
    assert two_sparse.loss(*floats(W, bias)) == pytest.approx(float(two_exact.loss(W, bias)), rel=1e-13)


@pytest.mark.parametrize("seed", range(40))
def test_an_output_is_what_the_expression_of_the_claims_is_worth(seed):
    """By Green's theorem here, and there by nested quadrature between kinks, which shares nothing with it."""
    values = numbers(seed)
    assert two_exact.output(*values) == evaluate(relu_pairs.output, named(values))


@pytest.mark.parametrize("slope", [-1, 0, 1])
def test_they_agree_where_lines_go_through_corners_and_along_sides(slope):
    for others in product((-1, 0, 1), repeat=4):
        values = [Fraction(value) for value in (slope, *others)]
        assert two_exact.output(*values) == evaluate(relu_pairs.output, named(values))


RULE = {"method": "gauss-legendre", "maxdegree": 2}


def at_50_digits(slope, other, bias, c, e):
    """By the rule of six points, split where the line meets u = 0 and u = 1, and for each v where it meets that."""
    slope, other, bias, c, e = (mpmath.mpf(part.numerator) / part.denominator for part in (slope, other, bias, c, e))

    def inner(v):
        kink = (bias - other * v) / slope if slope else mpmath.mpf(-1)
        places = [0, *([kink] if 0 < kink < 1 else []), 1]
        return mpmath.quad(lambda u: (c * u + e * v - max(slope * u + other * v - bias, 0)) ** 2, places, **RULE)

    meets = [bias / other, (bias - slope) / other] if other else []
    return mpmath.quad(inner, [0, *sorted(one for one in meets if 0 < one < 1), 1], **RULE)


@pytest.mark.parametrize("seed", range(6))
def test_an_output_is_a_quadrature_at_50_digits(seed):
    values = numbers(seed)
    exact = two_exact.output(*values)
    with mpmath.workdps(65):
        found = at_50_digits(*values)
        assert abs(found - mpmath.mpf(exact.numerator) / exact.denominator) < mpmath.mpf(10) ** -50


@pytest.mark.parametrize("seed", range(4))
def test_the_loss_is_the_mean_of_samples(seed):
    W, bias = rational_model(seed)
    random, count = np.random.default_rng(seed), 100_000
    w, t = floats(W, bias)
    found = variance = 0.0
    for f, other in combinations(range(4), 2):
        x = np.zeros((4, count))
        x[[f, other]] = random.random((2, count))
        errors = ((x - np.maximum(w.T @ w @ x - t[:, None], 0)) ** 2).sum(axis=0)
        found, variance = found + errors.mean(), variance + errors.var() / count
    assert abs(found - float(two_exact.loss(W, bias))) < 5 * variance**0.5


def test_importances_weigh_the_outputs():
    W, bias = rational_model(0)
    parts = [two_exact.loss(W, bias, [int(m == one) for m in range(4)]) for one in range(4)]
    weights = [Fraction(3), Fraction(1, 2), 0, 2]
    assert two_exact.loss(W, bias, weights) == sum(w * part for w, part in zip(weights, parts, strict=True))
    assert two_exact.loss(W, bias) == sum(parts)


# The polygons -------------------------------------------------------------------------------------------------------


def test_moments_of_the_square_and_of_a_triangle():
    assert two_exact.moments(two_exact.SQUARE) == {
        (i, j): Fraction(1, (i + 1) * (j + 1)) for i in range(3) for j in range(3 - i)
    }
    triangle = [(Fraction(0), Fraction(0)), (Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))]
    found = two_exact.moments(triangle)
    assert found == {
        (0, 0): Fraction(1, 2), (1, 0): Fraction(1, 6), (0, 1): Fraction(1, 6), (2, 0): Fraction(1, 12),
        (1, 1): Fraction(1, 24), (0, 2): Fraction(1, 12),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_the_two_sides_of_a_line_make_up_the_square(seed):
    slope, other, bias, *_ = numbers(seed)
    parts = [
        two_exact.moments(two_exact.clipped(two_exact.SQUARE, sign * slope, sign * other, -sign * bias))
        for sign in (1, -1)
    ]
    whole = two_exact.moments(two_exact.SQUARE)
    if slope or other or bias:
        assert {power: parts[0][power] + parts[1][power] for power in whole} == whole


# The gradient -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_the_slopes_are_the_derivatives_of_the_expression(seed):
    """There by dual numbers, through kinks that move."""
    values = numbers(seed)
    found = [evaluate(gradient(relu_pairs.output, letter), named(values)) for letter in (g, h, b)]
    assert list(two_exact.slopes(*values)) == found


@pytest.mark.parametrize("seed", range(12))
def test_the_slope_in_b_is_an_exact_difference(seed):
    """Inside a cell it is a quartic in b: the difference with two nodes on each side is an equality."""
    slope, other, bias, one, two = numbers(seed)
    at = sorted({Fraction(0), slope, other, slope + other})
    gaps = [abs(bias - place) for place in at if place != bias]
    if bias in at:
        bias += min(gaps) / 2
        gaps = [abs(bias - place) for place in at]
    step = min(gaps) / 3
    f = {k: two_exact.output(slope, other, bias + k * step, one, two) for k in (-2, -1, 1, 2)}
    assert (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * step) == two_exact.slopes(slope, other, bias, one, two)[2]


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_of_floats_is_the_exact_one_but_for_rounding(seed):
    W, bias = rational_model(seed)
    weights = [1, Fraction(1, 2), 2, Fraction(1, 4)]
    exact = two_exact.gradient(W, bias, weights)
    found = two_sparse.gradient(*floats(W, bias), np.array(weights, dtype=float))
    for one, other in zip(exact, found, strict=True):
        assert {type(value) for value in one.ravel().tolist()} <= {int, Fraction}
        np.testing.assert_allclose(one.astype(float), other, rtol=1e-11, atol=1e-13)


def test_at_a_kink_there_is_no_gradient():
    W, bias = np.array([[1, 0]]), np.array([Fraction(1, 3), 0])
    with pytest.raises(UndefinedError, match="both 0"):
        two_exact.gradient(W, bias)
    with pytest.raises(UndefinedError, match="g, h and b are 0"):
        two_exact.slopes(*map(Fraction, (0, 0, 0, 1, 0)))
    assert two_exact.slopes(*map(Fraction, (0, 0, 0, 0, 0))) == (0, 0, 0)
    assert two_exact.loss(W, bias) > 0
    assert one_sparse.loss(*floats(W, bias)) > 0


def test_floats_and_wrong_shapes_are_refused():
    with pytest.raises(TypingError, match="takes no rounded number"):
        two_exact.loss(np.array([[0.5, 1.0]]), np.array([0, 0]))
    with pytest.raises(TypingError, match="takes no rounded number"):
        two_exact.loss(np.array([[1, 1]]), np.array([0, 0]), [0.5, 1])
    with pytest.raises(ShapeError, match="one entry for each column"):
        two_exact.loss(np.array([[1, 1]]), np.array([0, 0, 0]))


# The claims ---------------------------------------------------------------------------------------------------------


def cells():
    """Each cell that is claimed: its conditions and its value."""
    for label, claim in relu_pairs.pairs.claims.items():
        if label not in ("3d-two-outputs", "3d-two-opposite", "3d-two-obtuse"):
            for step in claim.steps:
                yield label, step.statement.premises, step.statement.conclusion.right


def holds(premise, instance):
    left, right = (evaluate(side, instance) for side in (premise.left, premise.right))
    return {"=": left == right, "<": left < right, "≤": left <= right}[premise.sign]


def cells_of(values):
    instance = named(values)
    return [
        (label, value) for label, premises, value in cells() if all(holds(premise, instance) for premise in premises)
    ]


@pytest.mark.parametrize("seed", range(60))
def test_the_cells_leave_nothing_out_and_each_has_the_exact_value(seed):
    random = Random(f"{seed} cells")
    values = [Fraction(random.randint(-3, 3)) for _ in range(5)]
    found = cells_of(values)
    assert len(found) == 1
    for _, value in found:
        assert evaluate(value, named(values)) == two_exact.output(*values)


def test_every_sign_of_the_corners_that_a_line_has_is_claimed():
    """The two that none has are those of ``3d-two-opposite``."""
    seen = {}
    for slope, other, bias in product(range(-3, 4), range(-3, 4), range(-3, 4)):
        values = [*map(Fraction, (slope, other, bias)), Fraction(1), Fraction(0)]
        signs = tuple(place > bias for place in (0, slope, other, slope + other))
        (label,) = {label for label, _ in cells_of(values)}
        seen.setdefault(signs, set()).add(label)
    impossible = {(True, False, False, True), (False, True, True, False)}
    assert set(seen) == set(product((False, True), repeat=4)) - impossible
    assert set().union(*seen.values()) == {label for label, *_ in cells()}


@pytest.mark.parametrize("seed", range(20))
def test_without_a_threshold_an_obtuse_pair_has_the_exact_value(seed):
    slope, other, _, one, two = numbers(seed)
    slope, other = abs(slope) + 1, -abs(other) - 1
    values = [slope, other, Fraction(0), one, two]
    found = [
        evaluate(step.statement.conclusion.right, named(values))
        for step in relu_pairs.pairs.claims["3d-two-obtuse"].steps
        if all(holds(premise, named(values)) for premise in step.statement.premises)
    ]
    assert found == [two_exact.output(*values)]


def test_the_antipodal_pair_of_the_toy_model():
    """x = u e_1 + v e_2 with w_2 = −w_1 and b = 0: the outputs are ReLU(u − v) and ReLU(v − u); the error is min(u, v)²
    in each."""
    one, zero = Fraction(1), Fraction(0)
    assert two_exact.output(one, -one, zero, 0, 0) == Fraction(1, 12)
    assert two_exact.output(one, -one, zero, 1, 0) == Fraction(1, 6)
    assert two_exact.loss(np.array([[1, -1]]), np.array([0, 0])) == Fraction(1, 3)
    assert evaluate(relu_pairs.off() - relu_pairs.corner(1, 0), named([one, -one, zero, one, zero])) == Fraction(1, 6)
