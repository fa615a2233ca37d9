"""The closed form in floating numbers is the one that is checked: against the checked expressions at exact points."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

from derive import gradient
from derive.corpora.toy_autoencoders import one_sparse
from derive.corpora.toy_autoencoders.relu_model import b, g, output
from derive.errors import ShapeError, UndefinedError
from derive.evaluate import Instance, evaluate
from tests.benchmarks import workloads


def model(seed, D=5, d=2, spread=4):
    """Rational weights and thresholds, some of them on borders."""
    random = Random(seed)
    W = [[Fraction(random.randint(-spread, spread), 4) for _ in range(D)] for _ in range(d)]
    thresholds = [Fraction(random.randint(-spread, spread), 4) for _ in range(D)]
    return W, thresholds


def gram(W):
    D = len(W[0])
    return [[sum(row[m] * row[f] for row in W) for f in range(D)] for m in range(D)]


def exactly(expr, W, thresholds):
    """The values of an expression of one output, for every m and f."""
    G, D = gram(W), len(thresholds)
    return {
        (m, f): evaluate(expr, Instance({}, {"g": G[m][f], "b": thresholds[m], "c": int(m == f)}))
        for m, f in product(range(D), repeat=2)
    }


def floats(rows):
    return np.array(rows, dtype=float)


@pytest.mark.parametrize("seed", range(8))
def test_the_loss_is_the_sum_of_the_checked_integrals(seed):
    W, thresholds = model(seed)
    found = one_sparse.loss(floats(W), floats(thresholds))
    assert found == pytest.approx(float(sum(exactly(output, W, thresholds).values())), rel=1e-13)


@pytest.mark.parametrize("seed", range(8))
def test_the_gradient_is_that_of_the_checked_integrals(seed):
    """Inside cells, where these have one by dual numbers: the weights are moved off the borders."""
    W, thresholds = model(seed, spread=9)
    thresholds = [value + Fraction(1, 97) for value in thresholds]
    by_g, by_b = (exactly(gradient(output, letter), W, thresholds) for letter in (g, b))
    D = len(thresholds)
    by_W = [[sum(row[m] * (by_g[m, f] + by_g[f, m]) for m in range(D)) for f in range(D)] for row in W]
    found = one_sparse.gradient(floats(W), floats(thresholds))
    np.testing.assert_allclose(found[0], floats(by_W), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(
        found[1], floats([sum(by_b[m, f] for f in range(D)) for m in range(D)]), rtol=1e-12, atol=1e-13
    )


def test_every_case_occurs_in_what_is_compared():
    seen = set()
    for seed in range(8):
        W, thresholds = model(seed)
        G = floats(gram(W))
        cells = one_sparse._cells(G, np.broadcast_to(floats(thresholds)[:, None], G.shape))
        seen |= {name for name, where in cells if where.any()}
    assert seen == {"on", "late", "early"}


def test_the_cases_hold_each_in_its_own_place_and_off_elsewhere():
    slope, bias = np.meshgrid(np.linspace(-2, 2, 17), np.linspace(-2, 2, 17))
    held = sum(where.astype(int) for _, where in one_sparse._cells(slope, bias))
    assert held.max() == 1
    assert np.array_equal(held == 0, (bias >= 0) & (slope <= bias) & ~((bias == 0) & (slope == 0)))


def test_on_a_border_the_gradient_is_that_of_both_sides():
    W, thresholds = np.array([[1.0, 0.5], [0.0, 0.5]]), np.array([0.0, 0.5])  # g₁₂ = g₂₂ = b₂ = ½ and b₁ = 0
    found = one_sparse.gradient(W, thresholds)
    for shift in (1e-9, -1e-9):
        for near, exact in zip(one_sparse.gradient(W, thresholds + shift), found, strict=True):
            np.testing.assert_allclose(near, exact, atol=1e-8)


def test_where_there_is_no_derivative_there_is_no_number():
    W, thresholds = np.array([[1.0, 0.0]]), np.array([0.3, 0.0])
    with pytest.raises(UndefinedError, match="both 0"):
        one_sparse.gradient(W, thresholds)
    assert one_sparse.loss(W, thresholds) > 0
    one_sparse.gradient(W, np.array([0.3, 0.1]))
    one_sparse.gradient(np.eye(2), np.zeros(2))  # g₁₂ = b₁ = 0, where an output for another coordinate is smooth


def test_thresholds_that_do_not_fit_are_refused():
    for wrong in (np.zeros(3), np.zeros((2, 1)), np.zeros(())):
        with pytest.raises(ShapeError, match="one entry for each column of W"):
            one_sparse.loss(np.zeros((2, 2)), wrong)


@pytest.mark.parametrize("seed", range(3))
def test_samples_agree_with_it(seed):
    one = workloads.OneSparse(D=30, d=6, seed=seed)
    mean, error, by_W, by_b = one.sampled(40_000)
    assert abs(mean - one.loss()) < 6 * error
    found = one.gradient()
    assert np.abs(by_W - found[0]).max() < 0.1 * np.abs(found[0]).max()
    assert np.abs(by_b - found[1]).max() < 0.1 * np.abs(found[1]).max()


def test_quadrature_agrees_with_it_at_its_full_size():
    one = workloads.OneSparse()
    rows = one.some_outputs(12)
    np.testing.assert_allclose(one.closed(rows), one.by_quadrature(rows), rtol=1e-12, atol=1e-14)
