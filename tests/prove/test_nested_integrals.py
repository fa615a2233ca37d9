"""Integrals of integrals with kinks that move: exact against polygons, and proved only where the pieces are right."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest

from derive import (
    Derivation,
    at_most,
    dims,
    equal,
    family,
    gradient,
    implies,
    index,
    integral,
    less_than,
    number,
    relu,
    scalar,
    total,
)
from derive.checker import Options, check_claim
from derive.corpora.toy_autoencoders import relu_pairs
from derive.corpora.toy_autoencoders.two_exact import clipped, moments
from derive.errors import InputError, TypingError
from derive.evaluate import Instance, evaluate
from derive.judges import quadratures
from derive.language import nodes as n
from derive.language.statements import sequents
from derive.prove.attempt import Attempt, attempted

b, c, e, g, h, p, q, r, u, v, w = (scalar(name) for name in "bceghpqruvw")
(D,) = dims("D")
i = index("i", D)
x = family("x", D)


def verdict(statement, *assumed):
    page = Derivation("A square")
    for one in assumed:
        page.assume(one)
    return check_claim(page.have("1", statement), Options(plant=False, needed=False))


# Values -------------------------------------------------------------------------------------------------------------


def over(rectangle, *lines):
    """Moments of the part of a rectangle in which each of these, as slopes and a start, is positive."""
    (left, right), (bottom, top) = rectangle
    polygon = [(left, bottom), (right, bottom), (right, top), (left, top)]
    for line in lines:
        polygon = clipped(polygon, *line)
    return moments(polygon)


@pytest.mark.parametrize("seed", range(40))
def test_the_integral_of_a_product_of_two_ReLUs_is_that_over_the_polygon_where_both_are_on(seed):
    """Their lines may meet inside: there, too, the inner integral ceases to be one polynomial."""
    random = Random(seed)
    values = {name: Fraction(random.randint(-12, 12), random.randint(1, 5)) for name in "bceghp"}
    values["p"] = values["p"] or Fraction(1)
    left, bottom = (Fraction(random.randint(-3, 0)) for _ in range(2))
    right, top = (Fraction(random.randint(1, 3)) for _ in range(2))
    expr = integral(integral(relu(g * u + h * v - b) * relu(c * u + e * v - p), u, left, right), v, bottom, top)
    one, two = ((values["g"], values["h"], -values["b"]), (values["c"], values["e"], -values["p"]))
    powers = ((1, 0), (0, 1), (0, 0))
    on = over(((left, right), (bottom, top)), one, two)
    terms = [
        s * t * on[i + k, j + l]
        for s, (i, j) in zip(one, powers, strict=True)
        for t, (k, l) in zip(two, powers, strict=True)
    ]
    assert evaluate(expr, Instance({}, values)) == sum(terms)


@pytest.mark.parametrize("seed", range(15))
def test_three_variables_are_integrated_exactly(seed):
    """∫∫∫ ReLU² over the cube is the alternating sum of (·)₊⁵ at its corners, by 60 times the slopes."""
    random = Random(seed)
    slopes = [Fraction(random.choice([-3, -2, -1, 1, 2, 3]), random.randint(1, 3)) for _ in range(3)]
    start = Fraction(random.randint(-4, 4), 3)
    inner = integral(relu(g * u + h * v + p * w - b) ** 2, u, 0, 1)
    expr = integral(integral(inner, v, 0, 1), w, 0, 1)
    corners = [
        (-1) ** (3 - sum(at)) * max(sum(s * k for s, k in zip(slopes, at, strict=True)) - start, 0) ** 5
        for at in product((0, 1), repeat=3)
    ]
    exact = sum(corners) / (60 * slopes[0] * slopes[1] * slopes[2])
    assert evaluate(expr, Instance({}, dict(zip("ghpb", [*slopes, start], strict=True)))) == exact


def test_ends_in_the_other_order_and_ReLUs_of_one_variable_only():
    back = integral(integral(relu(u - v), u, 1, 0), v, 0, 1)
    assert evaluate(back, Instance({}, {})) == -Fraction(1, 6)
    apart = integral(relu(v - b) * integral(relu(u - c), u, 0, 1), v, 0, 1)
    half = Fraction(1, 2)
    assert evaluate(apart, Instance({}, {"b": half, "c": half})) == Fraction(1, 64)


def test_a_kink_at_the_same_place_for_all_inner_values_is_one_of_the_outer_variable():
    expr = integral(integral(w * relu(u - b), w, 0, 1), u, 0, 1)
    assert evaluate(expr, Instance({}, {"b": Fraction(1, 2)})) == Fraction(1, 16)


@pytest.mark.parametrize("seed", range(8))
def test_the_derivative_by_a_letter_is_an_exact_difference(seed):
    """In b the integral of a ReLU is a cubic inside a cell."""
    random = Random(seed)
    values = {"g": Fraction(random.randint(1, 5)), "h": Fraction(random.randint(6, 9)), "b": Fraction(1, 2)}
    expr = integral(integral(relu(g * u + h * v - b), u, 0, 1), v, 0, 1)
    step = Fraction(1, 10)
    f = {k: evaluate(expr, Instance({}, {**values, "b": values["b"] + k * step})) for k in (-2, -1, 1, 2)}
    exact = evaluate(gradient(expr, b), Instance({}, values))
    assert (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * step) == exact


# What cannot be integrated so ---------------------------------------------------------------------------------------

BENT = {
    "a product of both variables": (lambda: integral(integral(relu(u * v - c), u, 0, 1), v, 0, 1), "linear in u, v"),
    "the square of one": (lambda: integral(integral(relu(u + v**2), u, 0, 1), v, 0, 1), "linear in u, v"),
    "a product with a third": (
        lambda: integral(integral(integral(relu(u + v * w), u, 0, 1), v, 0, 1), w, 0, 1), "linear in u, v, w",
    ),
    "an end that moves": (lambda: integral(integral(relu(u + v), u, 0, v), v, 0, 1), "no polynomial in v"),
    "an end that has no value": (lambda: integral(integral(w, w, 0, 1 / u), u, 0, 1), "no polynomial in u"),
    "another kink for each index": (
        lambda: integral(total(i, integral(relu(u + v - x[i]), u, 0, 1)), v, 0, 1), "another kink for each i",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BENT)
def test_other_kinks_are_refused(name):
    build, words = BENT[name]
    with pytest.raises(TypingError, match=words):
        build()


# Pieces -------------------------------------------------------------------------------------------------------------


def square(*pieces):
    return integral(integral(relu(g * u + h * v - b), u, 0, 1), v, 0, 1, pieces)


line = (b - h * v) / g
UNFIT = {
    "of no integral inside": (lambda: integral(relu(v), v, 0, 1, [(1, [(1, True)])]), "one integral that holds"),
    "of one that holds not every ReLU": (
        lambda: integral(relu(v - b) * integral(relu(u - v), u, 0, 1), v, 0, 1, [(1, [(1, True)])]),
        "one integral that holds",
    ),
    "of two integrals": (
        lambda: integral(integral(relu(u - v), u, 0, 1) + integral(relu(w - v), w, 0, 1), v, 0, 1, [(1, [(1, True)])]),
        "one integral that holds",
    ),
    "with an end that is bent": (lambda: square((1, [(v**2, True), (1, False)])), "not linear in v"),
    "with an end that is a quotient by the variable": (lambda: square((1, [(b / v, True), (1, False)])), "not linear"),
    "that end elsewhere": (lambda: square((1, [(line, True)])), "the last piece ends at"),
    "that end at a variable of the integral inside": (lambda: square((u, True), (1, True)), "integrated over inside"),
    "that end at their own variable": (lambda: square((1, [(u, True), (1, True)])), "an end, u, depends on u"),
    "around which an end moves": (lambda: square((v, True), (1, True)), "an end, v, depends on v"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT)
def test_pieces_that_do_not_fit_are_refused(name):
    build, words = UNFIT[name]
    with pytest.raises(TypingError, match=words):
        build()


LOOSE = {
    "in a hypothesis": lambda: (equal(square((1, True)), 0), at_most(0, v)),
    "of the inner integral": lambda: (equal(square((1, [(line, True), (1, False)])), 0), at_most(0, u)),
    "at the end of a piece": lambda: (equal(square((w, True), (1, True)) + integral(w, w, 0, 1), 0),),
    "at an end of the integral": lambda: (equal(integral(integral(u, u, 0, 1), v, 0, u), 0),),
}


@pytest.mark.parametrize("name", LOOSE)
def test_a_letter_that_is_integrated_over_is_no_letter_outside(name):
    """Else a hypothesis about v would help to show that the pieces are right."""
    with pytest.raises(InputError, match="is averaged over, and a letter outside"):
        verdict(*LOOSE[name]())


PLAIN = {
    "kinks of both": implies([at_most(b, 0), at_most(0, g), at_most(0, h)], equal(square(), g / 2 + h / 2 - b)),
    "kinks of the inner variable only": equal(
        integral(v * integral(relu(u), u, 0, 1), v, 0, 1), number(Fraction(1, 4))
    ),
    "kinks of the outer variable only": equal(
        integral(relu(v) * integral(u, u, 0, 1), v, 0, 1), number(Fraction(1, 4))
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_without_pieces_it_is_not_proved(name):
    report = verdict(PLAIN[name])
    assert report.verdict in ("undecided", "agrees")
    assert report.evidence[0].ok is None
    assert "say by pieces" in report.evidence[0].detail


CELLS = {
    f"{label} {step.number}": (step.statement.premises, step.statement.conclusion.left, step.statement.conclusion.right)
    for label, claim in relu_pairs.pairs.claims.items() if label not in ("3d-two-outputs", "3d-two-opposite")
    for step in claim.steps
}  # fmt: skip


def turned(pieces):
    return tuple((end, not inside if isinstance(inside, bool) else turned(inside)) for end, inside in pieces)


def shifted(pieces):
    """Every end but the last a little later."""
    ends = [end + Fraction(1, 7) for end, _ in pieces[:-1]] + [pieces[-1][0]]
    return tuple(
        (end, inside if isinstance(inside, bool) else shifted(inside))
        for end, (_, inside) in zip(ends, pieces, strict=True)
    )


def granted(premises, left, pieces):
    """Whether the kernel proves what these pieces take for granted."""
    changed = integral(left.body, left.variable, left.low, left.high, pieces)
    goal = equal(changed, number(0))
    asked = [one for one in sequents(implies(premises, goal)) if one.goal != goal]
    assert len(asked) >= 4
    return all(attempted(sequent, Attempt((), frozenset()))[1] is not None for sequent in asked)


@pytest.mark.parametrize("label", CELLS)
def test_the_pieces_of_a_cell_are_granted_and_no_others(label):
    premises, left, _ = CELLS[label]
    assert granted(premises, left, left.pieces)
    assert not granted(premises, left, turned(left.pieces))
    if len(left.pieces) > 1 or not isinstance(left.pieces[0][1], bool):
        assert not granted(premises, left, shifted(left.pieces))


@pytest.mark.parametrize("label", CELLS)
def test_without_one_of_its_premises_a_cell_is_not_granted(label):
    premises, left, _ = CELLS[label]
    for dropped in premises:
        assert not granted([one for one in premises if one is not dropped], left, left.pieces)


@pytest.mark.parametrize("label", CELLS)
def test_the_pieces_of_another_cell_are_not_granted(label):
    premises, left, _ = CELLS[label]
    others = {one.pieces for _, one, _ in CELLS.values()} - {left.pieces}
    # Where g = 0, all follows from that 1/g is there: such pieces have to be shown to end somewhere.
    others = {pieces for pieces in others if "level" not in label or "/g" not in " ".join(map(str, n.ends_of(pieces)))}
    assert not any(granted(premises, left, pieces) for pieces in others)


def test_pieces_that_end_at_a_quotient_by_zero_prove_nothing():
    premises, left, right = CELLS["3d-two-level 1"]
    _, other, _ = CELLS["3d-two-v0-rising 1"]
    assert granted(premises, left, other.pieces)
    report = verdict(implies(premises, equal(other, right)))
    assert report.verdict != "proved"
    assert report.steps[-1].verdict != "proved"


@pytest.mark.parametrize("label", ["3d-two-corner-00 1", "3d-two-u1 1"])
def test_the_value_of_another_cell_is_refuted(label):
    premises, left, right = CELLS[label]
    other = CELLS["3d-two-whole 1"][2]
    report = verdict(implies(premises, equal(left, right + other / 10**9)))
    assert report.verdict == "refuted"


HALVES = {
    "a piece of the outer variable": (
        equal(
            integral(integral(relu(u - v), u, 0, 1), v, 0, 1, [(1, [(v, False), (1, True)])]), number(Fraction(1, 6))
        ),
        "proved",
    ),
    "flags of what varies with the inner variable only": (
        equal(integral(v * integral(relu(u), u, 0, 1), v, 0, 1, [(1, True)]), number(Fraction(1, 4))), "proved",
    ),
    "flags of what varies with the outer variable only": (
        equal(integral(integral(w * relu(v), w, 0, 1), v, 0, 1, [(1, True)]), number(Fraction(1, 4))), "proved",
    ),
    "flags of both": (
        equal(integral(relu(v) * integral(relu(u + v), u, 0, 1), v, 0, 1, [(1, True)]), number(Fraction(7, 12))),
        "proved",
    ),
    "a flag that is wrong at one corner": (
        equal(integral(integral(relu(u + v - Fraction(1, 9)), u, 0, 1), v, 0, 1, [(1, True)]), number(Fraction(8, 9))),
        "refuted",
    ),
    "wrong at the far end of the outer variable": (
        equal(integral(integral(relu(u + 1 - 2 * v), u, 0, 1), v, 0, 1, [(1, True)]), number(Fraction(1, 2))),
        "refuted",
    ),
    "three variables": (
        equal(
            integral(integral(integral(relu(u + v + w), u, 0, 1), v, 0, 1), w, 0, 1, [(1, True)]),
            number(Fraction(3, 2)),
        ),
        "proved",
    ),
    "three variables, cut by a plane": (
        equal(
            integral(
                integral(integral(relu(u - v - w), u, 0, 1), v, 0, 1), w, 0, 1,
                [(1, [(1 - w, [(v + w, False), (1, True)]), (1, False)])],
            ),
            number(Fraction(1, 24)),
        ),
        "proved",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HALVES)
def test_pieces_of_pieces(name):
    statement, expected = HALVES[name]
    assert verdict(statement).verdict == expected


@pytest.mark.parametrize("digits", [20, 50])
def test_a_quadrature_that_is_not_split_at_the_kinks_of_an_integral_inside_is_noticed(monkeypatch, digits):
    premises, left, right = CELLS["3d-two-corner-10 1"]
    page = Derivation("A square")
    claim = page.have("1", implies(premises, equal(left, right)))
    options = Options(plant=False, needed=False, digits=digits)
    found = {row.method: row.digits for row in check_claim(claim, options).evidence}
    assert found["quadrature"] >= digits
    monkeypatch.setattr(quadratures, "breaks", lambda integral, value: [])
    report = check_claim(claim, options)
    assert report.verdict == "error"
    assert "quadrature objects" in report.reason


def test_a_piece_inside_has_to_end_somewhere():
    """With 1/r beside it, a proof would hold where r is not 0; the statement does not speak of 1/r."""
    report = verdict(equal(integral(integral(relu(u + v), u, 0, 1), v, 0, 1, [(1, [(v / r, True), (1, True)])]), 1))
    assert report.verdict != "proved"


# Inequalities -------------------------------------------------------------------------------------------------------

LINEAR = {
    "a sum of two of three": (implies([less_than(b, 0), less_than(g, b), less_than(h, b)], less_than(g, 0)), "proved"),
    "with weights": (implies([at_most(2 * g, b), at_most(3 * h, b)], at_most(6 * (g + h), 5 * b)), "proved"),
    "with a constant": (implies([at_most(g, 1), at_most(h, 2), at_most(0, b)], at_most(g + 2 * h, 6)), "proved"),
    "with a reciprocal": (
        implies([less_than(0, g), at_most(h, b), at_most(0, p)], at_most(g * (h / g), b)), "proved",
    ),
    "with weights that are wrong": (implies([at_most(g, b), at_most(h, b)], at_most(g + h, b)), "refuted"),
    "strict, of what is not": (implies([at_most(g, b), at_most(b, h), at_most(0, p)], less_than(g, h)), "refuted"),
    "the other way": (implies([less_than(b, 0), less_than(g, b)], less_than(0, g)), "refuted"),
}  # fmt: skip


@pytest.mark.parametrize("name", LINEAR)
def test_a_linear_inequality_follows_from_others(name):
    statement, expected = LINEAR[name]
    assert verdict(statement).verdict == expected
