"""``check_gradient``: what is right agrees at every scale, what is wrong is caught where it is, the rest is said."""

from __future__ import annotations

import numpy as np
import pytest

from derive import InputError, check_gradient
from derive.code import gradients
from derive.code.slopes import slope

SEED = 20240607
RNG = np.random.default_rng(SEED)
A, B, X = (RNG.standard_normal(shape) for shape in ((4, 2), (2, 4), (4, 5)))
POINT = {"A": A, "B": B, "X": X}
SCALES = (1e-9, 1e-3, 1.0, 1e6)


def loss(A, B, X):
    return np.sum((X - A @ B @ X) ** 2)


def grad(A, B, X):
    S = X @ X.T
    return {"A": -2 * (S @ B.T - A @ B @ S @ B.T), "B": -2 * (A.T @ S - A.T @ A @ B @ S)}


def real_only(A, B, X):
    """The loss, for those who look at nothing but real parts: no complex step helps."""
    return float(np.sum(np.abs(X - A @ B @ X) ** 2))


def scaled(scale):
    return {name: scale * value for name, value in POINT.items()}


SMOOTH = {
    "a quartic": (loss, grad, scaled(1.0), ("X",)),
    "log-sum-exp": (lambda x: np.log(np.sum(np.exp(x))), lambda x: np.exp(x) / np.sum(np.exp(x)), (A[:, 0],), ()),
    "a norm": (np.linalg.norm, lambda x: x / np.linalg.norm(x), (A,), ()),
    "a log det": (lambda S: np.linalg.slogdet(S)[1], lambda S: np.linalg.inv(S).T, (A.T @ A,), ()),
    "a logarithm of three scales": (lambda x: np.sum(np.log(x)), lambda x: 1 / x, (np.array([1.0, 1e-9, 1e5]),), ()),
    "a fast oscillation": (lambda x: np.sin(1e4 * x), lambda x: 1e4 * np.cos(1e4 * x), (np.float64(0.3),), ()),
    "steps that fall on periods": (
        lambda x: np.sin(16 * np.pi * x), lambda x: 16 * np.pi * np.cos(16 * np.pi * x), (np.float64(1.0),), (),
    ),
    "a kink not far away": (lambda x: np.sum(np.abs(x)), np.sign, (np.array([1.0, 0.5, -2.0, 1e-5]),), ()),
    "a maximum": (np.max, lambda x: (x == np.max(x)) * 1.0, (A[:, 0],), ()),
    "an argument that does not matter": (lambda x, y: np.sum(x**2), lambda x, y: (2 * x, 0 * y), (A, B), ()),
    "a constant beside it": (lambda x: 1e6 + np.sum(x**2), lambda x: 2 * x, (A,), ()),
    "nothing to differentiate by": (lambda x, y: np.sum(x**2), lambda x, y: (2 * x, y), (A, np.zeros((0, 3))), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_what_is_right_agrees_to_many_digits(name):
    function, claimed, at, constant = SMOOTH[name]
    report = check_gradient(function, at, claimed, constant=constant)
    assert report, report
    assert report.digits > 7
    assert report.verdict == "agrees"


@pytest.mark.parametrize(
    ("function", "scale"), [(loss, scale) for scale in SCALES] + [(real_only, 1e-3), (real_only, 1e6)]
)
def test_no_scale_of_the_point_hides_a_factor(function, scale):
    right = check_gradient(function, scaled(scale), grad, constant="X")
    assert right, right
    wrong = check_gradient(
        function, scaled(scale), lambda A, B, X: {**grad(A, B, X), "B": grad(A, B, X)["B"] / 2}, constant="X"
    )
    assert not wrong
    assert [row.wrong for row in wrong.arguments] == [0, 8]
    assert "by B is 1/2 times what it should be" in str(wrong)


@pytest.mark.parametrize("off", [1e-1, 1e-5, 1e-9])
@pytest.mark.parametrize("place", [(0, 0), (3, 1), (2, 0)])
def test_one_wrong_entry_is_found_where_it_is(place, off):
    claimed = grad(**POINT)
    claimed["A"][place] *= 1 + off
    report = check_gradient(loss, POINT, claimed, constant=["X"])
    assert report.verdict == "disagrees"
    assert (report.worst.name, report.worst.place, report.worst.verdict) == ("A", place, "disagrees")
    assert sum(row.wrong for row in report.arguments) == 1
    first = str(report).splitlines()[0]
    assert f"A[{place[0]}, {place[1]}] alone of 16 entries" in first
    assert report.worst.claimed == claimed["A"][place]
    assert report.worst.found == pytest.approx(grad(**POINT)["A"][place], rel=1e-10)


def test_an_entry_that_is_small_beside_the_others_is_checked_all_the_same():
    x = np.array([1.0, 1e-9, 1e5])
    wrong = (1 / x) * np.array([1, 1, 2])
    report = check_gradient(lambda x: np.sum(np.log(x)), x, wrong)
    assert (report.worst.place, report.verdict) == ((2,), "disagrees")


def test_a_wrong_entry_of_a_large_array_is_found():
    W = RNG.standard_normal((30, 40))
    claimed = 2 * W
    claimed[17, 3] += 1e-7
    report = check_gradient(lambda W: np.sum(W**2), W, claimed)
    assert report.worst.label == "W[17, 3]"
    assert report.arguments[0].wrong == 1


HINTS = {
    "zero": (lambda g: 0 * g, "zero where it should not be"),
    "sign": (lambda g: -g, "of the opposite sign everywhere"),
    "factor": (lambda g: 2 * g, "2 times what it should be everywhere"),
    "transpose": (lambda g: g.T, "the transpose of what it should be"),
}


@pytest.mark.parametrize("name", HINTS)
def test_what_is_claimed_instead_is_told(name):
    damage, told = HINTS[name]
    Q = RNG.standard_normal((3, 3))
    report = check_gradient(lambda Q: np.sum(Q @ Q @ Q), Q, lambda Q: damage(cubic(Q)))
    assert not report
    assert told in str(report)


def cubic(Q):
    one = np.ones_like(Q)
    return one @ (Q @ Q).T + Q.T @ one @ Q.T + (Q @ Q).T @ one


# What cannot be told ------------------------------------------------------------------------------------------------


UNCLEAR = {
    "a kink": (lambda x: np.sum(np.abs(x)), np.array([1.0, 0.0, -2.0]), np.sign, "kink, -1 below and 1 above"),
    "a cusp": (lambda x: np.sum(np.sqrt(np.abs(x))), np.array([0.0]), np.zeros_like, "at a jump or a cusp"),
    "a jump": (lambda x: np.sum(x**2) + (x[0] > 1), np.array([1.0, 3.0]), lambda x: 2 * x, "at a jump or a cusp"),
    "a stationary point": (lambda x: np.sum((x - 1) ** 2), np.ones(3), lambda x: 7 * (x - 1), "vanishes there"),
    "too much noise": (lambda x: np.sum(x**2 + 1e-3 * np.sin(1e15 * x)), A[:, 0], lambda x: 2 * x, "too few digits"),
}


def test_what_drowns_in_rounding_is_not_called_right():
    """At 1e-9 the loss is ‖X‖² to the last bit: only a complex step sees that it depends on A."""
    assert check_gradient(real_only, scaled(1e-9), grad, constant="X").verdict == "cannot tell"
    assert check_gradient(loss, scaled(1e-9), grad, constant="X").verdict == "agrees"


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_cannot_be_told_is_not_called_right_or_wrong(name):
    function, at, claimed, told = UNCLEAR[name]
    report = check_gradient(function, at, claimed)
    assert report.verdict == "cannot tell", report
    assert not report
    assert told in str(report).splitlines()[0]


def test_a_kink_hides_no_wrong_entry_elsewhere():
    report = check_gradient(lambda x: np.sum(np.abs(x)), np.array([1.0, 0.0, -2.0]), np.array([1.0, 0.0, 1.0]))
    assert report.verdict == "disagrees"
    assert report.worst.place == (2,)


def test_what_is_wrong_at_a_stationary_point_is_told():
    report = check_gradient(lambda x: np.sum((x - 1) ** 2), np.ones(3), np.full(3, 1e-6))
    assert report.verdict == "disagrees"


def in_single_precision(x):
    return float(np.sum(np.float32(x) ** 3))


def test_a_function_of_single_precision_is_checked_to_the_digits_that_it_has():
    x = RNG.standard_normal(5)
    assert check_gradient(in_single_precision, x, lambda x: 3 * x**2, digits=3)
    assert not check_gradient(in_single_precision, x, lambda x: 3 * x**2, digits=9)
    wrong = check_gradient(in_single_precision, x, lambda x: 3.3 * x**2, digits=3)
    assert wrong.verdict == "disagrees"


def test_as_many_digits_as_are_asked_for_are_enough():
    rough = lambda A, B, X: {name: value * (1 + 1e-8) for name, value in grad(A, B, X).items()}  # noqa: E731
    assert not check_gradient(loss, POINT, rough, constant="X")
    assert check_gradient(loss, POINT, rough, constant="X", digits=6)


# The measuring itself -----------------------------------------------------------------------------------------------

LINES = {
    "exp": (np.exp, np.exp),
    "sin": (np.sin, np.cos),
    "cube": (lambda t: t**3, lambda t: 3 * t**2),
    "root": (lambda t: np.sqrt(1 + t * t), lambda t: t / np.sqrt(1 + t * t)),
    "pole": (lambda t: 1 / (t - 5), lambda t: -1 / (t - 5) ** 2),
    "steep": (lambda t: np.tanh(1e3 * (t - 0.7)), lambda t: 1e3 * (1 - np.tanh(1e3 * (t - 0.7)) ** 2)),
}


@pytest.mark.parametrize("at", [0.7, -1.3, 3e-4, 40.0])
@pytest.mark.parametrize("name", LINES)
def test_the_bound_of_a_slope_holds(name, at):
    function, derivative = LINES[name]
    here = float(function(at))
    found = slope(lambda step: function(at + step), here, at, abs(at), abs(here) * 2e-16)
    assert abs(found.value - derivative(at)) <= found.error


def test_a_complex_step_that_contradicts_the_differences_is_not_used():
    report = check_gradient(lambda x: np.sum(np.abs(x) ** 2), A, 2 * A)
    assert report, report
    assert report.methods == ("differences",)
    assert check_gradient(lambda x: np.sum(x**2), A, 2 * A).methods == ("complex step",)


def test_a_complex_step_is_compared_with_the_differences(monkeypatch):
    """Planted: a complex step that is off by a factor would call a right gradient wrong."""
    true = gradients._Measured._imaginary
    monkeypatch.setattr(gradients._Measured, "_imaginary", lambda *given: 2 * true(*given))
    report = check_gradient(loss, POINT, grad, constant="X")
    assert report, report
    assert report.methods == ("differences", "differences")


# What is refused ----------------------------------------------------------------------------------------------------


def into(x):
    x += 1
    return np.sum(x**2)


class Counting:
    def __init__(self, every):
        self.calls, self.every, self.__name__ = 0, every, "counting"

    def __call__(self, x):
        self.calls += 1
        return np.sum(x**2) + self.calls // self.every


square = lambda x: np.sum(x**2)  # noqa: E731
REFUSED = {
    "integers": (square, np.array([1, 2]), [2, 4], "x holds integers: give float64 numbers, as x.astype(float)"),
    "single precision": (square, np.float32([1, 2]), [2, 4], "x holds float32"),
    "a text": (square, "x", [2, 4], "x holds <U1"),
    "a point that is not finite": (square, np.array([1, np.inf]), [2, 4], "x has an entry that is not finite"),
    "a function of the wrong arguments": (square, {"y": A}, {"y": A}, "fails at the point that is given: TypeError"),
    "an array for a number": (lambda x: x**2, A, A, "gives an array of shape (4, 2): only a number has a gradient"),
    "no answer": (lambda x: None, A, A, "gives None, which is no real number"),
    "a complex answer": (lambda x: np.sum(x) * 1j, A, A, "which is no real number"),
    "an infinite answer": (lambda x: np.sum(x) / np.float64(0), A, A, "at the point that is given"),
    "a function that fails": (lambda x: np.linalg.inv(0 * x), A.T @ A, A, "LinAlgError: Singular matrix"),
    "a function that writes": (into, A, A, "into changes its argument x in place"),
    "a random function": (lambda x: np.sum(x) + np.random.random(), A, A, "at one point: fix what is random"),
    "a function with a memory": (Counting(50), A, A, "it keeps a state"),
    "another shape": (square, A, 2 * A[:3], "has the shape (3, 2), and x has (4, 2)"),
    "the transpose's shape": (square, A, 2 * A.T, "it is the transpose's shape"),
    "a claim that is not finite": (square, A, A * np.nan, "is nan at x[0, 0]"),
    "a claim that is no array": (square, A, {"x": "2x"}, "no array of real numbers"),
    "a claim that fails": (square, A, lambda x: x[9], "fails at the point that is given: IndexError"),
    "a claim that writes": (square, A, lambda x: np.multiply(x, 2, out=x), "changes its argument x in place"),
    "a random claim": (square, A, lambda x: x * np.random.random(), "gives two gradients at one point"),
    "too few claims": (lambda x, y: np.sum(x * y), (A, A), (A,), "1 arrays for 2 arguments: x, y"),
    "a claim missing": (lambda x, y: np.sum(x * y), {"x": A, "y": A}, {"x": A}, "nothing for y: name it in constant="),
    "a claim too many": (square, {"x": A}, {"x": A, "z": A}, "something for z, which is none of x"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("name", REFUSED)
def test_what_means_nothing_is_refused_in_one_line(name):
    function, at, claimed, told = REFUSED[name]
    with pytest.raises(InputError) as caught:
        check_gradient(function, at, claimed)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"constant": "z"}, "'z' is no argument"),
        ({"constant": [0]}, "nothing to differentiate"),
        ({"digits": 0}, "one"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, told):
    with pytest.raises(InputError, match=told):
        check_gradient(square, A, A, **options)


def test_the_authors_arrays_are_left_alone():
    before = {name: value.copy() for name, value in POINT.items()}
    check_gradient(loss, POINT, grad, constant="X")
    assert all(np.array_equal(before[name], POINT[name]) for name in POINT)


def test_a_report_is_a_line_and_a_table_and_true_or_false():
    report = check_gradient(loss, POINT, grad, constant="X")
    first, head, *rows = str(report).splitlines()
    assert first.startswith("gradient of loss: agrees to 1")
    assert first.endswith("digits at all 16 entries")
    assert head.split() == ["argument", "shape", "digits", "agree", "worst", "entry", "measured", "by"]
    assert [row.split()[0] for row in rows] == ["A", "B"]
    assert repr(report) == str(report)
    assert bool(report) is report.ok is True
