"""Averages of samples: an interval that holds what is right, every time, and not what is wrong."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from derive import (
    Derivation,
    bernoulli,
    dims,
    equal,
    expectation,
    family,
    fixed,
    indices,
    inv,
    matrix,
    scalar,
    size,
    total,
    tr,
    uniform,
    with_moments,
)
from derive.checker import Options, check_claim
from derive.crosscheck import sampling
from derive.crosscheck.intervals import Interval
from derive.crosscheck.sampling import FALSE_ALARM, SAMPLES, Sampler, Samples, improbable, sampled
from derive.errors import DeriveError, InputError
from derive.evaluate import Instance, array
from derive.judges import Subject
from derive.judges import samples as judge
from derive.language.statements import Sequent

D, d = dims("D d")
i, j = indices("i j", D)
f, g = fixed("f g", D)
x, X, S, a = family("x", D), matrix("X", D, d), scalar("S"), scalar("a")
E = expectation({x: bernoulli(1 - S) * uniform(0, 1)})
EX = expectation({X: uniform(-1, 2)})

RIGHT = {
    "a mean": equal(E(x[f]), (1 - S) / 2),
    "a square": equal(E(x[f] ** 2), (1 - S) / 3),
    "a product": equal(E(total(i, x[i]) ** 2) - E(total(i, x[i])) ** 2, size(D) * ((1 - S) / 3 - (1 - S) ** 2 / 4)),
    "a matrix": equal(EX(a * X), a * EX(X)),
    "a sum outside": equal(total(i, E(x[i] * a)), size(D) * a * (1 - S) / 2),
}  # fmt: skip
WRONG = {
    "a mean": equal(E(x[f]), (1 - S) / 2 + Fraction(3, 100)),
    "another power of 1 − S": equal(E(x[f] ** 2), (1 - S) ** 2 / 3),
    "no square": equal(E(x[f] ** 2), (1 - S) / 2),
    "as if independent": equal(E(x[f] * x[f]), E(x[f]) ** 2),
    "a sum outside": equal(total(i, E(x[i] * a)), size(D) * a * (1 - S) / 3),
    "a matrix": equal(EX(X + a * X), (1 + a) / 2 * EX(2 * X) + EX(X)),
}


def said(relation, seed=0):
    page = Derivation("Samples")
    claim = page.have("1", relation)
    return judge.sampling(Subject(Sequent((), relation), claim.hypotheses, None, 50, seed)).evidence


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_supported_with_the_bound_it_is_known_to(name):
    row = said(RIGHT[name])
    assert row.ok is True
    assert f"{SAMPLES} samples" in row.detail
    assert "at most once in 1e+06 runs" in row.detail


def test_an_average_is_that_of_every_sample():
    instance = Instance({"D": 1}, {"x": array([[0]]), "S": Fraction(1, 4)}, {}, {"f": 0})
    found = Sampler(instance, 5, FALSE_ALARM).interval(E(x[f]), {f: 0})
    drawn = sampling._numbers(((0.75,), (0.0, 1.0)), SAMPLES, 5, 0)
    assert float(found.low + found.high) / 2 == pytest.approx(float(np.mean(drawn)), abs=1e-12)


def test_expectations_by_other_laws_have_other_samples():
    other = expectation({x: uniform(2, 4)})
    assert said(equal(E(x[f]) + other(x[f]), (1 - S) / 2 + 3)).ok is True
    assert said(equal(E(x[f]) + other(x[f]), 1 - S)).ok is False


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_constant_is_objected_to(name, seed):
    row = said(WRONG[name], seed)
    assert row.ok is False
    assert row.fault is None
    assert " against " in row.detail


def test_over_two_hundred_seeds_what_is_right_is_never_objected_to(monkeypatch):
    """With fewer samples the intervals are wider, and as sure."""
    monkeypatch.setattr(sampling, "SAMPLES", 500)
    assert [seed for seed in range(200) if said(RIGHT["a square"], seed).ok is not True] == []


def test_the_interval_is_that_of_hoeffding():
    node = E(x[f])
    at = Instance({"D": 2}, {"x": array([[0], [0]]), "S": Fraction(1, 2)}, indices={"f": 1})
    found = Sampler(at, 0, FALSE_ALARM).interval(node, {})
    assert found.low < Fraction(1, 4) < found.high
    reach = float(found.high - found.low) / 2
    assert reach == pytest.approx(np.sqrt(np.log(2 / FALSE_ALARM) / (2 * SAMPLES)), rel=1e-4)


def test_the_same_seed_gives_the_same_samples():
    assert said(RIGHT["a mean"], 7).detail == said(RIGHT["a mean"], 7).detail
    assert said(RIGHT["a mean"], 7).detail != said(RIGHT["a mean"], 8).detail


UNSAMPLED = {
    "moments alone": (equal(expectation({x: with_moments(S)})(x[f]), S), "cannot be sampled from"),
    "an inverse": (equal(E(x[f]) * tr(inv(X.T @ X)), (1 - S) / 2 * tr(inv(X.T @ X))), "is not sampled"),
    "one in another": (equal(E(x[f] * E(x[g])), E(x[f]) ** 2), "is not sampled"),
}


@pytest.mark.parametrize("name", UNSAMPLED)
def test_what_is_not_sampled_says_why(name):
    relation, why = UNSAMPLED[name]
    assert said(relation).ok is None
    assert why in said(relation).detail
    with pytest.raises(DeriveError, match=why):
        sampled(relation.left, relation.right)


def test_a_parameter_that_is_no_probability_is_told():
    at = Instance({"D": 2}, {"S": 3, "x": array([[0], [0]])}, indices={"f": 0})
    assert improbable(E(x[f]), at) == "1 − S is no probability"
    assert improbable(E(x[f]), Instance({"D": 2}, {"S": 1, "x": array([[0], [0]])})) == ""


# Samples -------------------------------------------------------------------------------------------------------------


def test_samples_are_taken_one_by_one():
    one, other = Samples(np.array([1.0, 2.0])), Samples(np.array([3.0, 5.0]))
    assert (one * other - 1 + one).values.tolist() == [3.0, 11.0]
    assert (2 - one / 2).values.tolist() == [1.5, 1.0]
    assert ((-one) * Fraction(1, 2)).values.tolist() == [-0.5, -1.0]


# The judge itself damaged -------------------------------------------------------------------------------------------


def test_samples_of_another_law_are_noticed(monkeypatch):
    """Against the other judges of a true claim: what contradicts a proof is an error."""
    own = sampling._drawn
    monkeypatch.setattr(sampling, "_drawn", lambda *given: Samples(own(*given).values * 0.9))
    report = _checked(RIGHT["a mean"])
    assert report.verdict == "error"
    assert "sampling contradicts the kernel's proof" in report.reason


def test_bounds_that_are_too_narrow_are_noticed(monkeypatch):
    monkeypatch.setattr(Sampler, "_around", lambda self, average, bounds, share: Interval(0, 0))
    assert _checked(RIGHT["a mean"]).verdict == "error"


def test_a_judge_that_sees_nothing_does_not_save_a_wrong_claim(monkeypatch):
    monkeypatch.setattr(Interval, "meets", lambda self, other: True)
    assert said(WRONG["a mean"]).ok is True
    assert _checked(WRONG["a mean"]).verdict == "refuted"


def _checked(relation):
    return check_claim(Derivation("Samples").have("1", relation), Options(plant=False))


def test_moments_alone_have_no_support():
    with pytest.raises(InputError, match="cannot be sampled from"):
        sampling._range(with_moments(S))
