"""The polynomials of the entrywise judge: SymPy's own, whatever numbers their coefficients are made of."""

from fractions import Fraction

import pytest
from sympy import QQ
from sympy.polys.rings import PolyRing

from derive import Derivation, integral, scalar
from derive.checker import Options, check_claim
from derive.replay.entrywise import Rationals, Ring

NAMES = ["x", "y"]
WAYS = {
    "whole": lambda x, y: (x + 2 * y) ** 3 - 5,
    "rational": lambda x, y: QQ(1, 2) * (x - y) * (QQ(3, 4) * x + y) + QQ(8, 4),
    "whole again": lambda x, y: (QQ(1, 2) * x + QQ(1, 2) * x) * y - x * y,
    "a slope": lambda x, y: ((QQ(2, 3) * x + y) ** 3).diff(x),
    "a remainder": lambda x, y: (x**3 + QQ(1, 3) * y).rem([2 * x**2 - y]),
    "a value": lambda x, y: (x**2 * y - QQ(1, 2)).compose([(x, y + 1)]),
}


@pytest.mark.parametrize("way", WAYS)
def test_polynomials_are_those_over_sympys_own_rationals(way):
    ours, theirs = (WAYS[way](*ring.gens) for ring in (Ring(NAMES, Rationals()), PolyRing(NAMES, QQ)))
    assert dict(ours) == dict(theirs)
    assert str(ours) == str(theirs)


KEPT = [(3, int), (QQ(6, 2), int), (Fraction(4, 2), int), (Fraction(1, 2), QQ.dtype)]


@pytest.mark.parametrize(("given", "kept"), KEPT)
def test_a_whole_number_is_kept_as_an_int(given, kept):
    found = Rationals().convert(given)
    assert found == QQ(given.numerator, given.denominator)
    assert type(found) is kept


def test_a_rounded_number_is_refused():
    with pytest.raises(TypeError, match="rounded"):
        Rationals().convert(0.5)


def test_an_integral_stays_exact_where_floats_would_be_rounded():
    u, c = scalar("u"), scalar("c")
    large = 10**30 + 1
    page = Derivation("A large number").calc("large", integral(large * c * u**2, u, 0, 1), Fraction(large, 3) * c)
    (evidence,) = (row for row in check_claim(page, Options(plant=False)).evidence if row.method == "entrywise")
    assert evidence.ok
