"""The two-sparse part: against an independent exact integral, against differences, and where it has to be refused."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
import sympy as sp

from derive import numpy_function
from derive.corpora.toy_autoencoders import one_sparse, relu_model, two_sparse
from derive.errors import ShapeError, UndefinedError


def model(seed, D=4, d=2):
    random = np.random.default_rng(seed)
    return random.normal(size=(d, D)), random.normal(size=D) / 2


def on_a_grid(W, b, count=600):
    """The loss by the rule of midpoints, which knows of no kink."""
    u = (np.arange(count) + 0.5) / count
    found = 0.0
    for f, h in combinations(range(len(b)), 2):
        x = np.zeros((len(b), count, count))
        x[f], x[h] = u[:, None], u
        out = np.maximum(np.tensordot(W.T @ W, x, 1) - b[:, None, None], 0)
        found += ((x - out) ** 2).sum(axis=0).mean()
    return found


@pytest.mark.parametrize("seed", range(6))
def test_the_loss_is_that_of_a_grid(seed):
    W, b = model(seed)
    assert two_sparse.loss(W, b) == pytest.approx(on_a_grid(W, b), rel=1e-5)


def by_a_corner(g, h, b):
    """∫∫ ReLU(g u + h v − b)² over the square, from its antiderivative (·)₊⁴ / 12gh at the four corners."""
    corners = {(i, j): max(g * i + h * j - b, 0) ** 4 for i, j in product((0, 1), repeat=2)}
    return sum((-1) ** (i + j) * value for (i, j), value in corners.items()) / (12 * g * h)


@pytest.mark.parametrize("seed", range(6))
def test_an_output_without_a_target_is_exact_to_rounding(seed):
    """The sum over the outputs that are neither of the two, by importances, against the integral at the corners."""
    W, b = model(seed, D=3)
    G = W.T @ W
    found = two_sparse.loss(W, b, np.array([0, 0, 1.0])) - sum_with_target(G, b)
    assert found == pytest.approx(by_a_corner(G[2, 0], G[2, 1], b[2]), rel=1e-11, abs=1e-13)


def sum_with_target(G, b):
    """Output 2 where coordinate 2 is one of the two, by SymPy's numbers: ∫∫ (v − ReLU(g u + h v − b))² du dv."""
    found = 0
    for f in (0, 1):
        g, h, t = (sp.Float(float(value), 40) for value in (G[2, f], G[2, 2], b[2]))
        corners = {(i, j): (max(g * i + h * j - t, 0), j) for i, j in product((0, 1), repeat=2)}
        # ∫∫ v r du dv by parts: r³v/(6gh) − r⁴/(24gh²) at the corners
        cross = sum(
            (-1) ** (i + j) * (r**3 * v / (6 * g * h) - r**4 / (24 * g * h**2)) for (i, j), (r, v) in corners.items()
        )
        square = sum((-1) ** (i + j) * r**4 for (i, j), (r, v) in corners.items()) / (12 * g * h)
        found += sp.Rational(1, 3) - 2 * cross + square
    return float(found)


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_is_that_of_differences(seed):
    W, b = model(seed)
    importance = np.array([1, 0.5, 2, 0.25])
    by_W, by_b = two_sparse.gradient(W, b, importance)
    step = 1e-6
    for values, found in ((W, by_W), (b, by_b)):
        for place in np.ndindex(values.shape):
            kept = values[place]
            values[place] = kept + step
            above = two_sparse.loss(W, b, importance)
            values[place] = kept - step
            slope = (above - two_sparse.loss(W, b, importance)) / (2 * step)
            values[place] = kept
            assert found[place] == pytest.approx(slope, abs=2e-8)


@pytest.mark.parametrize("seed", range(3))
def test_where_every_relu_is_on_it_is_what_is_proved_of_the_linear_model(seed):
    W, _ = model(seed)
    W = abs(W)
    claimed = numpy_function(relu_model.linear.claims["3c-linear-two"].steps[-1].statement.right, relu_model.W)
    assert two_sparse.loss(W, np.zeros(4)) == pytest.approx(claimed(W), rel=1e-13)


def test_a_product_of_zero_and_a_line_through_a_corner_are_no_exceptions():
    W, b = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]), np.array([1.0, 0.0, -1.0])
    assert two_sparse.loss(W, b) == pytest.approx(on_a_grid(W, b), rel=1e-5)


@pytest.mark.parametrize("module", [one_sparse, two_sparse])
def test_many_models_at_once_are_each_by_itself(module):
    models = [model(seed) for seed in range(5)]
    W, b = (np.array(part) for part in zip(*models, strict=True))
    importance = np.array([1, 0.5, 2, 0])
    np.testing.assert_allclose(module.loss(W, b, importance), [module.loss(*one, importance) for one in models])
    each = [module.gradient(*one, importance) for one in models]
    for together, single in zip(module.gradient(W, b, importance), zip(*each, strict=True), strict=True):
        np.testing.assert_allclose(together, np.array(single), atol=1e-14)
    own = np.arange(20.0).reshape(5, 4)
    np.testing.assert_allclose(
        module.loss(W, b, own), [module.loss(*one, i) for one, i in zip(models, own, strict=True)]
    )
    each = [module.gradient(*one, i)[0] for one, i in zip(models, own, strict=True)]
    np.testing.assert_allclose(module.gradient(W, b, own)[0], np.array(each), atol=1e-12)


@pytest.mark.parametrize("module", [one_sparse, two_sparse])
def test_importances_weigh_the_outputs(module):
    W, b = model(0)
    parts = [module.loss(W, b, one) for one in np.eye(4)]
    assert module.loss(W, b, np.array([3.0, 1, 0, 2])) == pytest.approx(3 * parts[0] + parts[1] + 2 * parts[3])
    assert module.loss(W, b) == pytest.approx(sum(parts))


def test_a_kink_has_no_gradient_and_wrong_shapes_are_refused():
    with pytest.raises(UndefinedError, match="both 0"):
        two_sparse.gradient(np.array([[1.0, 0.0]]), np.array([0.3, 0.0]))
    with pytest.raises(ShapeError, match="one entry for each column"):
        two_sparse.loss(np.zeros((2, 2)), np.zeros(3))
