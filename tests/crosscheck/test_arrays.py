"""An expression as a function of arrays: the values of the tree, in the numbers that are given."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from derive import (
    InputError,
    diag,
    dims,
    eye,
    family,
    indices,
    inv,
    matrix,
    norm2,
    numpy_function,
    scalar,
    select,
    size,
    subset,
    total,
    tr,
)
from derive.errors import ShapeError, UndefinedError

D, d = dims("D d")
A, B, U = matrix("A", D, d), matrix("B", d, D), matrix("U", D, D)
lam, c = family("λ", D), scalar("c")
i, j = indices("i j", D)
I = subset("I", D, d)
random = np.random.default_rng(0)
a, b, u, l = random.normal(size=(5, 2)), random.normal(size=(2, 5)), random.normal(size=(5, 5)), random.normal(size=5)

FORMS = {
    "product": (A @ B, (A, B), (a, b), a @ b),
    "a third": (A @ B / 3, (A, B), (a, b), a @ b / 3),
    "scalar": (tr(A @ B) / 3, (B, A), (b, a), np.trace(a @ b) / 3),
    "family": (U @ diag(lam), (U, lam), (u, l), u * l),
    "column of a family": (U @ diag(lam), (U, lam), (u, l[:, None]), u * l),
    "number": (c * norm2(A), (c, A), (0.5, a), 0.5 * np.sum(a**2)),
    "inverse": (inv(eye(d) + A.T @ A), (A,), (a,), np.linalg.inv(np.eye(2) + a.T @ a)),
    "set": (U @ select(I), (U, I), (u, (0, 3)), u[:, [0, 3]]),
    "index": (lam[i] * U[i, j], (U, lam, i, j), (u, l, 2, 4), l[2] * u[2, 4]),
    "column": (U[:, j], (U, j), (u, 1), u[:, [1]]),
    "sum": (total(i, lam[i] ** 2), (lam,), (l,), np.sum(l**2)),
    "dimension": (c * size(D), (c, D), (0.5, 7), 3.5),
}


@pytest.mark.parametrize("name", FORMS)
def test_it_is_what_numpy_makes_of_it(name):
    expr, arguments, values, wanted = FORMS[name]
    found = numpy_function(expr, *arguments)(*values)
    assert isinstance(found, float) if not expr.shape else found.dtype == np.float64
    assert np.allclose(found, wanted, rtol=1e-13, atol=0)


def test_exact_numbers_stay_exact_and_long_ones_long():
    f = numpy_function(tr(A @ B) / 3, A, B)
    whole = f(np.array([[10**12], [1]]), np.array([[10**12, 1]]))
    assert whole == Fraction(10**24 + 1, 3)
    assert isinstance(whole, Fraction)
    with mpmath.workdps(50):
        long = f(np.array([[mpmath.sqrt(2)], [mpmath.mpf(0)]]), np.array([[mpmath.sqrt(2), mpmath.mpf(0)]]))
        assert abs(long - mpmath.mpf(2) / 3) < mpmath.mpf(10) ** -49


def test_what_is_missing_or_does_not_fit_is_told():
    with pytest.raises(InputError, match="also depends on c, A"):
        numpy_function(c * A @ B, B)
    with pytest.raises(InputError, match="also depends on I, j"):
        numpy_function((U @ select(I)).T @ U[:, j], U)
    with pytest.raises(InputError, match="name a symbol"):
        numpy_function(A @ B, A, "B")
    f = numpy_function(A @ B, A, B)
    with pytest.raises(InputError, match=r"is a function of A, B; 1 values are given"):
        f(a)
    with pytest.raises(ShapeError, match="B has d = 5, but d is 2"):
        f(a, a)
    with pytest.raises(UndefinedError):
        numpy_function(inv(U), U)(np.zeros((3, 3)))


def test_it_says_what_it_is():
    assert numpy_function(A @ B, A, B).__doc__ == "AB, as a function of A, B."
