"""``check_code``: code that computes the formula agrees, and whatever drifts from it is named with its place."""

from __future__ import annotations

import numpy as np
import pytest

from derive import (
    Derivation,
    InputError,
    check_code,
    dims,
    family,
    gradient,
    indices,
    inner,
    inv,
    matrix,
    norm2,
    parts,
    scalar,
    sqrt,
    subset,
    total,
    tr,
)
from derive.code.formula import Exact, Formula, samples
from derive.corpora.toy_autoencoders import critical_points as points
from derive.corpora.toy_autoencoders import gradient_flow as flow

LOSS, ENERGY = points.loss, flow.equal_modes.definitions["E"]
TIED = flow.tied_loss


def loss(A, B, X):
    return np.sum((X - A @ B @ X) ** 2)


def loss_grad(A, B, X):
    S = X @ X.T
    return {"A": -2 * (S @ B.T - A @ B @ S @ B.T), "B": -2 * (A.T @ S - A.T @ A @ B @ S)}


def tied(W, X):
    return loss(W.T, W, X)


def tied_grad(W, X):
    both = loss_grad(W.T, W, X)
    return both["B"] + both["A"].T


def energy(W, lam):
    gram = W.T @ W
    return lam / 4 * np.sum((np.eye(len(gram)) - gram) ** 2)


def energy_grad(W, lam):
    return -lam * W @ (np.eye(W.shape[1]) - W.T @ W)


LAM = {"lam": "λ"}
RIGHT = {
    "the loss": (LOSS, loss, loss_grad, {}),
    "the loss, each gradient by itself": (LOSS, None, {
        "B": lambda A, B, X: loss_grad(A, B, X)["B"], points.A: lambda A, B, X: loss_grad(A, B, X)["A"],
    }, {}),
    "the loss, gradients in order": (
        LOSS, loss, lambda A, B, X: tuple(loss_grad(A, B, X)[k] for k in "BA"), {"by": ("B", points.A)},
    ),
    "claim (1)": (points.section.claims["1"], loss, lambda A, B, X: loss_grad(A, B, X)["B"], {}),
    "claim (2)": (points.section.claims["2"], loss, lambda A, B, X: loss_grad(A, B, X)["A"], {}),
    "claim (19), of two gradients": (
        flow.flow.claims["19"], loss, lambda A, B, X: [loss_grad(A, B, X)[k] for k in "BA"], {},
    ),
    "the tied loss": (TIED, tied, tied_grad, {"by": "W"}),
    "the energy": (ENERGY, energy, energy_grad, {"names": LAM, "by": "W"}),
    "the energy, of a claim": (flow.equal_modes.claims["28E"], energy, energy_grad, {"names": LAM}),
    "the energy, by both": (
        ENERGY, energy, lambda W, lam: {"W": energy_grad(W, lam), "lam": energy(W, 1)}, {"names": LAM},
    ),
    "Greek parameters": (ENERGY, lambda W, λ: energy(W, λ), None, {}),  # noqa: PLC2401, PLW0108 - the point of it
    "a matrix": (points.Sigma, lambda X: X @ X.T, None, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_code_that_computes_the_formula_agrees(name):
    formula, value, grad, options = RIGHT[name]
    report = check_code(formula, value, grad, **options)
    assert report, report
    assert report.digits > 13
    assert len(report.points) == 3


def damaged(place, factor):
    def grad(A, B, X):
        found = loss_grad(A, B, X)["B"]
        found[place] *= factor
        return found

    return grad


DRIFTED = {
    "the value": (lambda A, B, X: loss(A, B, X) / X.shape[1], None, "is not L", "L: code"),
    "a factor": (None, lambda A, B, X: loss_grad(A, B, X)["B"] / 2, "1/2 times what it should be", "∂L/∂B at B["),
    "a sign": (None, lambda A, B, X: -loss_grad(A, B, X)["B"], "of the opposite sign", "∂L/∂B at B["),
    "one entry": (None, damaged((1, 0), 1 + 1e-6), "∂L/∂B at B[1, 0]: code", "D="),
    "a transpose inside": (
        None, lambda A, B, X: -2 * (A.T @ X @ X.T - (B @ A).T @ A.T @ X @ X.T), " more of 8 entries", "formula",
    ),
    "half the digits": (lambda A, B, X: float(np.float32(loss(A, B, X))), None, "", "L: code"),
    "an ε in a place where none is": (lambda A, B, X: loss(A, B, X) + 1e-9, None, "", "L: code"),
}  # fmt: skip


@pytest.mark.parametrize("name", DRIFTED)
def test_code_that_drifted_is_named_with_place_and_both_values(name):
    value, grad, *told = DRIFTED[name]
    report = check_code(LOSS, value, grad, by="B" if grad else ())
    assert report.verdict == "disagrees"
    assert not report
    for word in told:
        assert word in str(report)
    first = str(report).splitlines()[0]
    assert ", formula " in first
    assert "D=" in first


def test_the_wrong_half_of_the_printed_energy_is_seen():
    """What the notes print has ½ where ¼ belongs: code after it and the formula that is true drift apart."""
    printed = flow.equal_modes.definitions["E′"]
    assert check_code(ENERGY, energy, names=LAM)
    report = check_code(printed, energy, names=LAM)
    assert report.verdict == "disagrees"


def test_one_wrong_entry_is_the_worst_and_the_only_one():
    report = check_code(LOSS, None, damaged((0, 2), 1 + 1e-9), by="B", sizes={"D": 5, "d": 2, "T": 3}, points=1)
    (part,) = report.parts
    (found,) = part.comparisons
    assert (found.wrong, found.count, found.worst.place) == (1, 10, (0, 2))
    exact = Exact(Formula.of(LOSS), report.points[0]).gradient(points.B)
    assert found.worst.found == exact[0, 2]


# What the functions are given ---------------------------------------------------------------------------------------

m, n = dims("m n")
M, W, v, c = matrix("M", m, n), matrix("W", n, m), family("μ", n), scalar("c")
J = subset("J", n, m)
i, k = indices("i k", n)


def test_a_family_is_a_vector_and_its_gradient_may_be_a_column():
    weighted = total(i, v[i] ** 2 * c)
    mu = {"mu": v}
    right = lambda mu, c: {"mu": 2 * c * mu[:, None], "c": mu @ mu}  # noqa: E731
    assert check_code(weighted, lambda mu, c: c * np.sum(mu**2), right, names=mu)
    assert not check_code(weighted, None, {"μ": lambda mu, c: c * mu}, names=mu)


def test_columns_of_a_family_of_vectors_are_columns():
    pairs = total((i, k), inner(M[:, i], M[:, k]) ** 2)
    assert check_code(pairs, lambda M: np.sum((M.T @ M) ** 2), lambda M: 4 * M @ M.T @ M, by=M)
    assert not check_code(pairs, lambda M: np.sum((M @ M.T) ** 2) + 1, by=M)


def test_dimensions_and_sets_are_given_where_they_are_asked_for():
    from derive import select, size

    report = check_code(size(n) * c, lambda c, n: n * c)
    assert report, report
    picked = norm2(W.T @ select(subset("J", n, m)))
    assert check_code(picked, lambda W, J: np.sum(W[J] ** 2), sizes={"n": 5, "m": 2})


def test_roots_and_inverses_are_computed_to_many_digits():
    S = matrix("S", n, n)
    root = sqrt(norm2(M) + 1)
    assert check_code(root, lambda M: np.sqrt(np.sum(M**2) + 1), lambda M: M / np.sqrt(np.sum(M**2) + 1), by=M)
    assert not check_code(root, None, {M: lambda M: M / np.sqrt(np.sum(M**2) + 1 + 1e-8)})
    inverse = tr(inv(S))
    found = check_code(
        inverse, lambda S: np.trace(np.linalg.inv(S)), lambda S: -np.linalg.matrix_power(np.linalg.inv(S), 2).T, by=S
    )
    assert found, found
    assert check_code(tr(inv(S) @ S) * sqrt(c), lambda S, c: len(S) * np.sqrt(c), digits=8)


def test_reverse_mode_and_dual_numbers_give_the_same(monkeypatch):
    formula = Formula.of(LOSS)
    (point,) = samples(formula, {"D": 4, "d": 2, "T": 3}, None, 1, 0)
    walked = Exact(formula, point).gradient(points.A)
    monkeypatch.setattr("derive.code.formula.MANY", 1)
    assert np.array_equal(Exact(formula, point).gradient(points.A), walked)


def test_data_of_ones_own_is_used_and_what_it_leaves_out_is_drawn():
    seen = []

    def watching(A, B, X):
        seen.append((A.shape, X.copy()))
        return loss(A, B, X)

    X = np.random.default_rng(5).standard_normal((6, 4))
    assert check_code(LOSS, watching, data={"X": X}, sizes={"d": 3})
    assert [shape for shape, _ in seen] == [(6, 3)]
    assert np.array_equal(seen[0][1], X)
    assert check_code(LOSS, loss, data=lambda sizes, random: {"X": random.standard_normal((sizes["D"], sizes["T"]))})
    assert len(check_code(LOSS, loss, data=[{"X": X}, {"X": X[:4]}]).points) == 2


def test_tiny_data_hide_nothing():
    X = 1e-9 * np.random.default_rng(5).standard_normal((6, 4))
    report = check_code(LOSS, None, lambda A, B, X: loss_grad(A, B, X)["B"] / 2, by="B", data={"X": X})
    assert report.verdict == "disagrees"


def test_the_points_are_the_same_each_time_and_differ_by_seed():
    first, again, other = (check_code(LOSS, loss, seed=seed).points for seed in (1, 1, 2))
    assert all(np.array_equal(a.values["A"], b.values["A"]) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].values["A"], other[0].values["A"])
    assert all(len(set(point.sizes.values())) == len(point.sizes) for point in first)


def test_a_claim_keeps_the_order_of_its_dimensions():
    assert all(p.sizes["d"] < p.sizes["D"] for p in check_code(points.section.claims["1"], loss).points)


def test_code_in_single_precision_agrees_to_as_many_digits_as_are_enough():
    rough = lambda A, B, X: loss(*(np.float32(one) for one in (A, B, X)))  # noqa: E731
    data = lambda sizes, random: {"X": random.standard_normal((sizes["D"], sizes["T"]))}  # noqa: E731
    assert not check_code(LOSS, rough, data=data)
    assert check_code(LOSS, rough, data=data, digits=5)


# What is refused ----------------------------------------------------------------------------------------------------


def writes(A, B, X):
    X *= 2
    return 0.0


page = Derivation("page")
REFUSED = {
    "no function": ({}, "give a function to check"),
    "a parameter that is no symbol": ({"value": lambda A, B, Y: 0}, "parameter Y is none of"),
    "a function of anything": ({"value": lambda *a: 0}, "name its parameters"),
    "a function that tells nothing": ({"value": max}, "does not tell its parameters"),
    "a function that fails": ({"value": lambda A, B, X: A @ A}, "fails at D="),
    "a function that writes": ({"value": writes}, "writes changes its argument X in place"),
    "no number": ({"value": lambda A, B, X: None}, "no array of real numbers"),
    "nothing finite": ({"value": lambda A, B, X: np.nan}, "is nan at L"),
    "another shape": ({"gradient": lambda A, B, X: B.T, "by": "B"}, "it is the transpose's shape"),
    "a gradient by nobody knows what": ({"gradient": lambda A, B, X: B}, "say by which symbols"),
    "a gradient by no symbol": ({"gradient": lambda A, B, X: B, "by": "Q"}, "Q is no symbol of L"),
    "too few gradients": ({"gradient": lambda A, B, X: (B,), "by": ["B", "A"]}, "1 arrays for 2"),
    "no points": ({"value": loss, "points": 0}, "points=0"),
    "an unknown dimension": ({"value": loss, "sizes": {"K": 3}}, "K is no dimension of L"),
    "unknown data": ({"value": loss, "data": {"Y": [[1.0]]}}, "Y is no symbol of L"),
    "data of another rank": ({"value": loss, "data": {"X": [1.0, 2.0]}}, "X has the shape (2,)"),
    "data that do not fit": ({"value": loss, "data": {"X": np.eye(3), "A": np.ones((4, 2))}}, "but D = 3"),
    "data that are text": ({"value": loss, "data": {"X": "x"}}, "no array of real numbers"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_means_nothing_is_refused_in_one_line(name):
    options, told = REFUSED[name]
    with pytest.raises(InputError) as caught:
        check_code(LOSS, **options)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


FORMULAS = {
    "no formula": ("L", "give an expression"),
    "a free index": (v[i], "it stands for every i"),
    "several": (parts(M, W), "it is several expressions"),
    "no value": (tr(inv(0 * M @ W)), "has no value at the points that were tried"),
    "a claim of several": (page.calc("2", gradient(norm2(M), M) + gradient(norm2(2 * M), M), 10 * M), "several expr"),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_what_code_cannot_compute_is_refused(name):
    formula, told = FORMULAS[name]
    with pytest.raises(InputError, match=told):
        check_code(formula, lambda **given: 0, points=1)


def test_only_a_scalar_has_a_gradient():
    with pytest.raises(InputError, match="only a scalar has a gradient"):
        check_code(points.Sigma, None, {"X": lambda X: X})


def test_where_the_formula_vanishes_nothing_is_said():
    report = check_code(LOSS, None, lambda A, B, X: 7 * loss_grad(A, B, X)["B"], by="B", data=perfect())
    assert report.verdict == "cannot tell"
    assert "vanishes there" in str(report)


def perfect():
    Q = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    return {"A": Q, "B": Q.T, "X": np.random.default_rng(2).standard_normal((3, 4))}
