"""The measure of Q_l and the loss on it: against all corners of the cube, one by one, and against plain samples."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest

from derive import at_most, check, less_than, numpy_function
from derive.checker import Options, check_claim
from derive.corpora.toy_autoencoders import faces, one_sparse, relu_model, two_sparse
from derive.errors import InputError, ShapeError
from derive.evaluate import Instance, evaluate
from derive.language.derivation import Derivation
from derive.language.statements import Relation

SPARSITIES = (Fraction(0), Fraction(1, 3), Fraction(9, 10), Fraction(1))
measure = relu_model.measure


def corners(D, S):
    """Every choice of the coordinates that are not 0, and its chance."""
    for corner in product((0, 1), repeat=D):
        chance = Fraction(1)
        for one in corner:
            chance *= 1 - S if one else S
        yield corner, chance


def counted(D, S):
    """μ(Q_0), …, μ(Q_D), by counting."""
    found = [Fraction(0)] * (D + 1)
    for corner, chance in corners(D, S):
        found[sum(corner)] += chance
    return found


def right_side(label, step=-1):
    return measure.claims[label].steps[step].statement.right


@pytest.mark.parametrize("S", SPARSITIES)
@pytest.mark.parametrize("D", range(1, 7))
def test_the_claimed_measures_are_those_of_all_corners(D, S):
    found = counted(D, S)
    assert sum(found) == 1
    for l in range(1, D):
        assert evaluate(right_side("3c-measure"), Instance({"D": D, "l": l}, {"S": S})) == found[l]
    ends = [right_side("3c-measure-ends", place) for place in (0, 1)]
    assert [evaluate(end, Instance({"D": D}, {"S": S})) for end in ends] == [found[0], found[D]]
    small = [right_side("3c-small", place) for place in range(3 if D > 1 else 2)]
    assert [evaluate(one, Instance({"D": D}, {"S": S})) for one in small] == found[:3]
    assert evaluate(right_side("3c-tail"), Instance({"D": D}, {"S": S})) == sum(found[2:])


@pytest.mark.parametrize("S", SPARSITIES)
@pytest.mark.parametrize("D", range(2, 7))
def test_one_coordinate_more_is_what_the_induction_says(D, S):
    """Both its hypotheses and what follows, at the numbers that counting gives."""
    fewer, found = counted(D - 1, S), counted(D, S)
    start = measure.claims["3c-measure"].steps[0].statement.left
    for l in range(1, D):
        at = Instance({"D": D, "l": l}, {"S": S, "p": fewer[l], "q": fewer[l - 1]})
        assert evaluate(start, at) == found[l]
        for assumption in (relu_model.same_number, relu_model.one_less):
            assert evaluate(assumption.statement.left, at) == evaluate(assumption.statement.right, at)


@pytest.mark.parametrize("S", SPARSITIES)
@pytest.mark.parametrize("D", range(1, 7))
def test_both_bounds_hold_of_what_is_counted(D, S):
    tail, dense = sum(counted(D, S)[2:]), 1 - S
    assert comb(D, 2) * dense**2 - 2 * comb(D, 3) * dense**3 <= tail <= comb(D, 2) * dense**2
    below = relu_model.dense.statement.left
    assert evaluate(below, Instance({"D": D}, {"S": S})) == comb(D, 2) * dense**2 - 2 * comb(D, 3) * dense**3


# Numbers ------------------------------------------------------------------------------------------------------------


def exactly(D, dense):
    """μ(l ≥ 2), from (3b) and not from the formulas: the measure of Q_1 is that of Q_0 by (1 − S)/S times D."""
    none = (1 - dense) ** D
    return 1 - none - none * D * dense / (1 - dense)


def test_the_largest_numbers_of_coordinates_are_those_of_a_search():
    for dense, counts in relu_model.most_coordinates.items():
        for level, claimed in zip(relu_model.percent, counts, strict=True):
            assert claimed == next(D for D in range(1, 1000) if exactly(D + 1, dense) > level)


def test_the_least_sparsities_are_those_of_a_search():
    for D, found in relu_model.least_sparsity.items():
        for level, claimed in zip(relu_model.percent, found, strict=True):
            low, high = 0, 10**6 - 1
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if exactly(D, Fraction(middle, 10**6)) <= level else (low, middle)
            assert claimed == low


NUMBERS = ("3c-numbers-size", "3c-numbers-sparsity", "3c-numbers-bound", "3c-near-one")


@pytest.mark.parametrize("label", NUMBERS)
def test_each_number_is_proved_and_the_opposite_is_refuted(label):
    claim = measure.claims[label]
    assert check(claim, plant=False).verdict == "proved"
    for step in claim.steps:
        said = step.statement
        assert isinstance(said, Relation)
        turned = less_than(said.right, said.left) if said.sign == "≤" else at_most(said.right, said.left)
        opposite = Derivation("opposite").have("opposite", turned, using=[])
        assert check_claim(opposite, Options(plant=False, needed=False)).verdict == "refuted"


def test_just_beside_a_number_the_claim_fails():
    """Each threshold moved by one: of the two statements about it one is then false."""
    for dense, level, count in relu_model.by_size:
        for moved in (count - 1, count + 1):
            told = (at_most(relu_model.left_out(moved, dense), level),
                    less_than(level, relu_model.left_out(moved + 1, dense)))  # fmt: skip
            if moved > 0:
                verdict = check_claim(
                    Derivation("moved").have("moved", *told, using=[]), Options(plant=False, needed=False)
                ).verdict
                assert verdict == "refuted"


# The linear loss ----------------------------------------------------------------------------------------------------


def linear_parts(R, S):
    """What each Q_l adds to E‖Rx‖², by its corners: E of x_i x_j is ⅓ or ¼ where both are not 0."""
    D, found = len(R), [Fraction(0)] * (len(R) + 1)
    gram = [[sum(row[i] * row[j] for row in R) for j in range(D)] for i in range(D)]
    for corner, chance in corners(D, S):
        at = [i for i in range(D) if corner[i]]
        found[len(at)] += chance * sum(gram[i][j] * Fraction(1, 3 if i == j else 4) for i in at for j in at)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_shares_of_the_linear_loss_are_those_of_all_corners(seed):
    random = np.random.default_rng(seed)
    D, d, S = 5, 2, Fraction(int(random.integers(1, 9)), 10)
    W = [[Fraction(int(value), 4) for value in row] for row in random.integers(-4, 5, size=(d, D))]
    R = [[int(i == j) - sum(row[i] * row[j] for row in W) for j in range(D)] for i in range(D)]
    parts = linear_parts(R, S)
    claims, at = relu_model.linear.claims, Instance({"D": D, "d": d}, {"W": np.array(W, dtype=object), "S": S})
    assert parts[0] == 0
    assert evaluate(relu_model.first_part, at) == parts[1]
    assert evaluate(relu_model.every, at) == sum(parts)
    assert parts[2] == (1 - S) ** 2 * S ** (D - 2) * evaluate(claims["3c-linear-two"].steps[0].statement.right, at)
    share, dense = parts[1] / sum(parts), 1 - S
    assert S ** (D - 1) / (1 + Fraction(3, 4) * (D - 1) * dense) <= share <= S ** (D - 1) / (1 - Fraction(3, 4) * dense)


@pytest.mark.parametrize("D", range(2, 7))
def test_without_weights_the_shares_are_those_of_one_coordinate_less(D):
    S = Fraction(9, 10)
    parts = linear_parts([[int(i == j) for j in range(D)] for i in range(D)], S)
    assert [part / sum(parts) for part in parts[1:]] == counted(D - 1, S)
    steps = relu_model.linear.claims["3c-share-nothing"].steps
    assert [evaluate(step.statement.right, Instance({"D": D}, {"S": S})) for step in steps] == [
        sum(parts), parts[1], parts[2],
    ]  # fmt: skip


# The ReLU loss ------------------------------------------------------------------------------------------------------


def model(seed, D=6, d=2):
    random = np.random.default_rng(seed)
    return random.normal(size=(d, D)), random.normal(size=D) / 3


def drawn(W, b, S, count, seed):
    """The loss at points drawn as section 2.1 says, and how many of their coordinates are not 0."""
    random = np.random.default_rng(seed)
    on = random.random((count, len(b))) < 1 - S
    x = on * random.random((count, len(b)))
    out = np.maximum(x @ (W.T @ W) - b, 0)
    return ((x - out) ** 2).sum(axis=1), on.sum(axis=1)


@pytest.mark.parametrize("seed", range(3))
def test_the_parts_are_those_of_plain_samples(seed):
    """Within six standard errors, and the bound on what is sampled."""
    W, b = model(seed)
    parts, errors = faces.losses(W, b, samples=40_000, seed=seed).parts(0.6)
    found, counts = drawn(W, b, 0.6, 200_000, seed + 100)
    for l in range(7):
        here = found * (counts == l)
        assert abs(here.mean() - parts[l]) < 6 * here.std() / len(here) ** 0.5 + errors[l]


@pytest.mark.parametrize("seed", range(3))
def test_where_the_relu_is_on_everywhere_the_parts_are_the_exact_ones_of_the_linear_model(seed):
    """The sampled L_l are as near as their bounds say, and these are not so wide that nothing is said."""
    W = abs(model(seed)[0]) / 2
    R = [[Fraction(float(value)) for value in row] for row in np.eye(6) - W.T @ W]
    exact = [float(part) for part in linear_parts(R, Fraction(1, 2))]
    parts, errors = faces.losses(W, np.zeros(6), seed=seed).parts(0.5)
    np.testing.assert_allclose(parts[:3], exact[:3], rtol=1e-12)
    assert np.all(errors[:3] == 0)
    assert np.all(abs(parts - exact)[3:] <= errors[3:])
    assert np.all(errors[3:] < 0.05 * np.array(exact)[3:])
    least, most = faces.losses(W, np.zeros(6), seed=seed).left_out(0.5)
    assert least < sum(exact[2:]) / sum(exact) < most < least + 0.03


@pytest.mark.parametrize("seed", range(3))
def test_no_loss_is_larger_than_the_largest(seed):
    W, b = model(seed)
    G, random = W.T @ W, np.random.default_rng(seed)
    for l in range(1, 7):
        assert faces.sampled(G, b, l, 20_000, random).max() <= faces.largest(G, b, l)
    corner = np.array(list(product((0.0, 1.0), repeat=6)))
    at = ((corner - np.maximum(corner @ G - b, 0)) ** 2).sum(axis=1)
    for l in range(7):
        assert at[corner.sum(axis=1) == l].max() <= faces.largest(G, b, l) + 1e-12


def test_a_set_of_coordinates_is_drawn_evenly():
    x_is_lost = faces.sampled(np.zeros((4, 4)), np.zeros(4), 3, 30_000, np.random.default_rng(0))
    assert x_is_lost.mean() == pytest.approx(1, abs=0.02)  # 3 coordinates, ∫u² du = ⅓ each
    alone = np.diag([1.0, 0, 0, 0])  # the first coordinate is reconstructed, the others are lost
    found = faces.sampled(alone, np.zeros(4), 3, 30_000, np.random.default_rng(0))
    assert found.mean() == pytest.approx(3 / 4, abs=0.02)


def test_the_exact_parts_are_averages_over_the_coordinates_and_the_pairs():
    W, b = model(0)
    means = faces.losses(W, b, samples=2).means
    assert means[0] == (np.minimum(b, 0) ** 2).sum()
    assert means[1] * 6 == pytest.approx(one_sparse.loss(W, b))
    assert means[2] * 15 == pytest.approx(two_sparse.loss(W, b))


@pytest.mark.parametrize("D", [1, 2])
def test_few_coordinates_need_no_samples(D):
    W, b = model(0, D=D, d=1)
    found = faces.losses(W, b)
    assert len(found.means) == D + 1
    assert np.all(found.errors == 0)


def test_what_is_no_probability_and_what_does_not_fit_is_refused():
    W, b = model(0)
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(InputError, match="between 0 and 1"):
            faces.measures(3, wrong)
    with pytest.raises(InputError, match="a variance needs two"):
        faces.losses(W, b, samples=1)
    with pytest.raises(ShapeError, match="one entry for each column"):
        faces.losses(W, b[1:])
    with pytest.raises(ShapeError, match="one model at a time"):
        faces.losses(np.array([W, W]), np.array([b, b]))


def test_the_measures_are_the_proved_ones():
    claimed = numpy_function(right_side("3c-measure"), relu_model.S, relu_model.D, relu_model.few)
    for l in range(1, 5):
        assert faces.measures(5, 0.7)[l] == pytest.approx(float(claimed(0.7, 5, l)), rel=1e-13)
