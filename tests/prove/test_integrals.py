"""Integrals of what has kinks: against SymPy between them, and proved only where the pieces are shown to be right."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

import mpmath
import pytest
import sympy as sp

from derive import (
    Derivation,
    at_most,
    dims,
    equal,
    family,
    gradient,
    iff,
    implies,
    index,
    integral,
    less_than,
    number,
    relu,
    scalar,
    sqrt,
    total,
)
from derive.checker import Checker, Options, check_claim
from derive.corpora.toy_autoencoders.relu_model import early, late, off, on
from derive.errors import TypingError, UndefinedError
from derive.evaluate import Instance, evaluate
from derive.language import nodes as n
from derive.language.statements import sequents
from derive.prove.attempt import Attempt, attempted
from derive.prove.search import FULL

(D,) = dims("D")
i = index("i", D)
b, c, g, r, u = (scalar(name) for name in "bcgru")
w = family("w", D)


# Values -------------------------------------------------------------------------------------------------------------


def split_by_hand(body, kinks, low, high):
    """SymPy's integral between the kinks, where each ReLU is its argument or 0 as it is half-way between."""
    x = sp.Symbol("u")
    inside = sorted((kink for kink in kinks if min(low, high) < kink < max(low, high)), reverse=bool(low > high))
    ends = [low, *inside, high]
    return sum((sp.integrate(body(x, (a + z) / 2), (x, a, z)) for a, z in pairwise(ends)), sp.Integer(0))


@pytest.mark.parametrize("seed", range(30))
def test_an_integral_is_that_of_sympy_between_its_kinks(seed):
    random = Random(seed)
    p, q, v, z, low, high = (sp.Rational(random.randint(-6, 6), random.randint(1, 4)) for _ in range(6))
    given = dict(zip("pqvzlh", (Fraction(r.p, r.q) for r in (p, q, v, z, low, high)), strict=True))
    P, Q, V, Z, L, H = (scalar(name) for name in "pqvzlh")
    expr = integral((V * u - relu(P * u - Q)) ** 2 + u * relu(u - Z), u, L, H)

    def body(x, middle):
        first = p * x - q if p * middle - q > 0 else 0
        return (v * x - first) ** 2 + (x * (x - z) if middle > z else 0)

    kinks = ([q / p] if p else []) + [z]
    assert evaluate(expr, Instance({}, given)) == Fraction(str(split_by_hand(body, kinks, low, high)))


CASES = {"off": off, "on": on, "late": late, "early": early}
OUTPUT = integral((c * u - relu(g * u - b)) ** 2, u, 0, 1)


def case_of(slope, bias):
    if bias <= 0 and bias <= slope:
        return "on"
    if bias >= 0 and slope <= bias:
        return "off"
    return "late" if bias > 0 else "early"


@pytest.mark.parametrize("seed", range(25))
def test_the_closed_form_is_the_quadrature_split_at_the_kink_at_50_digits(seed):
    random = Random(seed)
    slope, bias = (Fraction(random.randint(-30, 30), 10) for _ in range(2))
    values = {"g": slope, "b": bias, "c": seed % 2}
    exact = evaluate(CASES[case_of(slope, bias)](g, b, c), Instance({}, values))
    assert evaluate(OUTPUT, Instance({}, values)) == exact
    with mpmath.workdps(65):
        s, t = (mpmath.mpf(part.numerator) / part.denominator for part in (slope, bias))
        kink = [t / s] if slope and 0 < bias / slope < 1 else []
        found = mpmath.quad(lambda x: (seed % 2 * x - max(s * x - t, 0)) ** 2, [0, *kink, 1])
        assert abs(found - mpmath.mpf(exact.numerator) / exact.denominator) < mpmath.mpf(10) ** -50


BORDERS = {
    "b = 0 < g": (Fraction(3, 2), 0, ("late", "on")), "b = 0 > g": (Fraction(-3, 2), 0, ("early", "off")),
    "g = b > 0": (Fraction(2, 3), Fraction(2, 3), ("late", "off")),
    "g = b < 0": (Fraction(-2, 3), Fraction(-2, 3), ("early", "on")), "g = b = 0": (0, 0, ("on", "off")),
}  # fmt: skip


@pytest.mark.parametrize("name", BORDERS)
def test_on_a_border_both_cases_have_the_value_of_the_integral(name):
    slope, bias, cases = BORDERS[name]
    at = Instance({}, {"g": slope, "b": bias, "c": Fraction(5, 7)})
    assert {evaluate(CASES[case](g, b, c), at) for case in cases} == {evaluate(OUTPUT, at)}


# Derivatives --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["on", "late", "early"])
def test_inside_a_cell_the_integral_has_the_slope_of_the_case(case):
    slope, bias = {"on": (1, Fraction(-1, 3)), "late": (2, Fraction(1, 2)), "early": (-2, Fraction(-1, 2))}[case]
    at = Instance({}, {"g": slope, "b": bias, "c": Fraction(5, 7)})
    for letter in (g, b):
        assert evaluate(gradient(OUTPUT, letter), at) == evaluate(gradient(CASES[case](g, b, c), letter), at)


def verdict(statement, *assumed, using=None):
    page = Derivation("An integral")
    for one in assumed:
        page.assume(one)
    return check_claim(page.have("1", statement, using=using), Options(plant=False, needed=False))


SLOPES = {
    "on": ([less_than(b, 0), less_than(b, g)], on), "late": ([less_than(0, b), less_than(b, g)], late),
    "early": ([less_than(b, 0), less_than(g, b)], early),
}  # fmt: skip


@pytest.mark.parametrize("name", SLOPES)
def test_the_gradient_is_that_of_the_case_at_exact_points_of_its_cell(name):
    """The kernel differentiates no integral with kinks, so it stays with the numbers."""
    premises, case = SLOPES[name]
    for letter in (g, b):
        report = verdict(implies(premises, equal(gradient(OUTPUT, letter), gradient(case(g, b, c), letter))))
        rows = {row.method: row.ok for row in report.evidence}
        assert (report.verdict, rows["exact-points"]) == ("undecided", True)
        wrong = implies(premises, equal(gradient(OUTPUT, letter), 2 * gradient(case(g, b, c), letter)))
        assert verdict(wrong).verdict == "refuted"


@pytest.mark.parametrize("name", ["late", "early"])
def test_the_gradient_of_a_case_is_that_of_differences_and_of_autograd(name):
    """At 50 digits and in float64, at points inside the cell and outside: the formula is rational."""
    value = CASES[name](g, b, c)
    slope = {
        "late": c - c * b**2 / g**2 - (g - b) ** 2 / g, "early": c * b**2 / g**2 + b**2 / g,
    }[name]  # fmt: skip
    rows = {row.method: row for row in verdict(equal(gradient(value, b), slope)).evidence}
    assert rows["finite-difference"].digits >= 50
    assert rows["autograd"].ok is True
    assert verdict(equal(gradient(value, b), slope + 2 * c * b**2 / g**2)).verdict == "refuted"


@pytest.mark.parametrize("name", SLOPES)
def test_the_integral_has_the_slope_of_its_case_by_exact_differences(name):
    """Inside a cell it is a cubic in b: the difference with two nodes on each side is an equality."""
    slope, bias = {"on": (1, Fraction(-1, 3)), "late": (2, Fraction(1, 2)), "early": (-2, Fraction(-1, 2))}[name]
    step = Fraction(1, 50)

    def at(place):
        return evaluate(OUTPUT, Instance({}, {"g": slope, "b": bias + place * step, "c": Fraction(5, 7)}))

    difference = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)
    exact = Instance({}, {"g": slope, "b": bias, "c": Fraction(5, 7)})
    assert difference == evaluate(gradient(SLOPES[name][1](g, b, c), b), exact)


KINKS = {
    "a ReLU": gradient(relu(g), g),
    "a product with one": gradient(c * relu(g) ** 2, g),
    "an integral whose integrand is flat": gradient(integral(relu(g * u), u, 0, 1), g),
}


@pytest.mark.parametrize("name", KINKS)
def test_at_a_kink_there_is_no_number(name):
    with pytest.raises(UndefinedError, match="no derivative where its argument is 0"):
        evaluate(KINKS[name], Instance({}, {"g": 0, "c": 2}))
    report = verdict(implies(equal(g, 0), equal(KINKS[name], 0)))
    assert report.verdict == "undefined"
    assert all(row.ok is None for row in report.evidence)


@pytest.mark.parametrize(
    "statement",
    [
        equal(total(i, relu(w[i])), integral(2 * u * total(i, relu(w[i])), u, 0, 1)),
        at_most(integral(2 * u * relu(g), u, 0, 1), relu(g) + b**2),
    ],
)
def test_a_kink_that_the_variable_does_not_move_is_none(statement):
    assert verdict(statement).verdict == "proved"


KINKED = integral(relu(u - b), u, 0, 1)  # −b + 1/2, (1 − b)²/2, 0: it bends at b = 0, and at b = 1 as well
TWICE = gradient(gradient(KINKED, b), b)
TWO_KINKS = integral(relu(u - b) * relu(c - u), u, 0, 1)  # (c − b)³/6 where 0 < b < c < 1


@pytest.mark.parametrize(("bias", "value"), [(Fraction(-1, 2), 0), (Fraction(1, 3), 1), (Fraction(1, 2), 1), (2, 0)])
def test_the_second_slope_of_an_integral_with_a_kink(bias, value):
    assert evaluate(TWICE, Instance({}, {"b": bias})) == value


@pytest.mark.parametrize("end", [0, 1])
def test_where_the_kink_comes_in_there_is_a_first_slope_and_no_second(end):
    assert evaluate(gradient(KINKED, b), Instance({}, {"b": end})) == end - 1
    with pytest.raises(UndefinedError, match="no second derivative of an integral where a kink is at an end"):
        evaluate(TWICE, Instance({}, {"b": end}))
    report = verdict(implies(equal(b, end), equal(TWICE, 0)))
    assert report.verdict == "undefined"


def test_the_counterexample_of_a_second_slope_is_one():
    values = verdict(equal(TWICE, 1)).steps[0].counterexample.values
    assert values["b"] not in {"0", "1"}


def test_where_only_one_letter_moves_the_kink_there_is_a_second_slope():
    """∂/∂g of −(1 − b/g) is −b/g², which is 0 from both sides of b = 0."""
    slope = gradient(gradient(integral(relu(g * u - b), u, 0, 1), b), g)
    assert evaluate(slope, Instance({}, {"b": 0, "g": 3})) == 0


def test_where_two_kinks_meet_there_is_no_slope_either():
    at = Instance({}, {"b": Fraction(1, 3), "c": Fraction(1, 3)})
    assert evaluate(TWO_KINKS, at) == 0
    with pytest.raises(UndefinedError):
        evaluate(gradient(TWO_KINKS, b), at)
    third = gradient(gradient(gradient(TWO_KINKS, b), b), b)
    assert evaluate(third, Instance({}, {"b": Fraction(1, 3), "c": Fraction(1, 2)})) == -1
    assert evaluate(third, Instance({}, {"b": Fraction(1, 2), "c": Fraction(1, 3)})) == 0


@pytest.mark.parametrize("point", [0, 0.0])
def test_autograd_raises_at_a_kink_as_well(point):
    from autograd import grad

    from derive.crosscheck.lambdified import rectified

    assert grad(lambda x: rectified(x) * 3.0)(2.0) == 3.0
    assert grad(lambda x: rectified(x) * 3.0)(-2.0) == 0.0
    with pytest.raises(UndefinedError, match="no derivative where its argument is 0"):
        grad(lambda x: rectified(x) * 3.0)(float(point))


def test_the_slope_of_a_ReLU_away_from_its_kink():
    assert verdict(equal(gradient(relu(g) ** 2, g), 2 * relu(g))).verdict == "agrees"
    assert verdict(equal(gradient(relu(g) ** 2, g), relu(g))).verdict == "refuted"


# Pieces -------------------------------------------------------------------------------------------------------------

RELU = [  # statements about the same integral, with other pieces
    ("on", [at_most(b, 0), at_most(b, g)], [(1, True)], g / 2 - b),
    ("off", [at_most(0, b), at_most(g, b)], [(1, False)], number(0)),
    ("late", [less_than(0, b), less_than(b, g)], [(b / g, False), (1, True)], (g - b) ** 2 / (2 * g)),
    ("early", [less_than(b, 0), less_than(g, b)], [(b / g, True), (1, False)], -(b**2) / (2 * g)),
]


def area(pieces):
    return integral(relu(g * u - b), u, 0, 1, pieces)


@pytest.mark.parametrize(("premises", "pieces", "value"), [row[1:] for row in RELU], ids=[row[0] for row in RELU])
def test_right_pieces_are_proved(premises, pieces, value):
    assert verdict(implies(premises, equal(area(pieces), value))).verdict == "proved"


def by_pieces(pieces):
    """What the integral would be if the pieces were right."""
    found, start = number(0), number(0)
    for end, flag in pieces:
        if flag:
            found = found + g * (end**2 - start**2) / 2 - b * (end - start)
        start = end
    return found


half = number(Fraction(1, 2))
WRONG = {
    "every flag turned": [(kind, given, [(end, not flag) for end, flag in pieces]) for kind, given, pieces, _ in RELU],
    "another kink": [(kind, given, [(half, pieces[0][1]), pieces[-1]]) for kind, given, pieces, _ in RELU[2:]],
    "no premises": [(kind, [], pieces) for kind, _, pieces, _ in RELU],
    "one premise only": [(kind, given[:1], pieces) for kind, given, pieces, _ in RELU],
    "the premises of another case": [
        (kind, given, pieces) for (kind, _, pieces, _), (_, given, *_) in zip(RELU, RELU[1:] + RELU[:1], strict=True)
    ],
}  # fmt: skip
MISTAKES = [(how, *row) for how, rows in WRONG.items() for row in rows]


NAMES = [" ".join(row[:2]) for row in MISTAKES]


@pytest.mark.parametrize(("premises", "pieces"), [row[2:] for row in MISTAKES], ids=NAMES)
def test_wrong_pieces_are_never_proved(premises, pieces):
    pieces = [(n.coerce(end), flag) for end, flag in pieces]
    relation = equal(area(pieces), by_pieces(pieces))
    assert verdict(implies(premises, relation) if premises else relation).verdict != "proved"


@pytest.mark.parametrize(("premises", "pieces"), [row[2:] for row in MISTAKES], ids=NAMES)
def test_that_wrong_pieces_are_right_is_not_accepted_by_the_kernel(premises, pieces):
    """Also where no other method has looked at it."""
    pieces = [(n.coerce(end), flag) for end, flag in pieces]
    relation = equal(area(pieces), by_pieces(pieces))
    statement = implies(premises, relation) if premises else relation
    granted = [sequent for sequent in sequents(statement) if sequent.goal != relation]
    assert len(granted) >= 2
    assert any(attempted(sequent, Attempt((), frozenset()))[1] is None for sequent in granted)


UNENDED = {
    "a quotient": (implies(equal(g * r, 0), equal(integral(2 * u, u, 0, 1, [(1 / g, True), (1, True)]) + r, 1))),
    "a quotient that drops out": equal(integral(2 * u, u, 0, 1, [(b / g, True), (1, True)]), 1),
    "a root": equal(integral(2 * u, u, 0, 1, [(sqrt(r), True), (1, True)]), 1),
}


@pytest.mark.parametrize("name", UNENDED)
def test_a_piece_has_to_end_somewhere(name):
    """With 1/g beside it, a proof would hold where g is not 0; the statement does not speak of 1/g."""
    report = verdict(UNENDED[name])
    assert report.verdict != "proved"
    assert "pieces of its integral are not shown to be right" in report.evidence[0].detail


MOVED = {
    "in an integral": (equal(integral(integral(relu(g), r, 0, 1) * u, u, 0, 1), relu(g) / 2), "proved"),
    "pieces in an integral": (
        equal(integral(integral(relu(r), r, 0, 1, [(1, True)]) * u, u, 0, 1), number(1) / 4), "agrees",
    ),
    "pieces under a derivative": (
        implies(equal(g, 0), equal(gradient(integral(relu(g * u), u, 0, 1, [(1, True)]), g), half)), "undefined",
    ),
    "in a sum": (equal(total(i, integral(relu(w[i] * u), u, 0, 1, [(1, True)])), total(i, w[i]) / 2), "refuted"),
    "one of a sum": (equal(integral(relu(w[i] * u), u, 0, 1, [(1, True)]), w[i] / 2), "refuted"),
    "both ways": (iff(equal(integral(relu(g * u), u, 0, 1, [(1, True)]), 1), equal(g, 2)), "refuted"),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVED)
def test_pieces_are_right_at_the_point_of_a_statement_only(name):
    statement, expected = MOVED[name]
    assert verdict(statement).verdict == expected


def test_what_is_assumed_for_all_indices_does_for_pieces_under_a_sum():
    statement = equal(total(i, integral(relu(w[i] * u), u, 0, 1, [(1, True)])), total(i, w[i]) / 2)
    assert verdict(statement, at_most(0, w[i])).verdict == "proved"
    both = iff(equal(integral(relu(g * u), u, 0, 1, [(1, True)]), 1), equal(g, 2))
    assert verdict(both, at_most(0, g)).verdict == "proved"


SPLIT = equal(integral(relu(g * u), u, 0, 1, [(1, True)]), g / 2)
ASSUMED = {
    "assumed": lambda page: page.assume(SPLIT),
    "known": lambda page: page.known(SPLIT, "somebody"),
    "used": lambda page: page.have("1", equal(g, g), using=[SPLIT]),
    "a premise": lambda page: page.have("1", implies(SPLIT, equal(g, g))),
    "said to vanish": lambda page: page.have(
        "2", equal(g, 0), using=[page.calc("1", g, g).vanishes(equal(integral(relu(g * u), u, 0, 1, [(1, True)]), 0))]
    ),
    "a case": lambda page: page.cases("1", g, (g, [at_most(0, SPLIT.left)]), (g, [at_most(SPLIT.left, 0)])),
}  # fmt: skip


@pytest.mark.parametrize("name", ASSUMED)
def test_pieces_can_be_claimed_and_not_assumed(name):
    with pytest.raises(TypingError, match="can be claimed, not assumed"):
        ASSUMED[name](Derivation("Assumed"))


def test_a_claim_with_pieces_that_is_not_proved_carries_none_that_uses_it():
    page = Derivation("Used")
    first = page.have("1", SPLIT)
    second = page.have("2", equal(2 * SPLIT.left, g), using=[first])
    assert check_claim(first, Options(plant=False)).verdict == "refuted"
    assert check_claim(second, Options(plant=False)).verdict != "proved"


# Cases --------------------------------------------------------------------------------------------------------------

ALL = [
    (off(g, b, c), [at_most(0, b), at_most(g, b)], [(1, False)]),
    (on(g, b, c), [at_most(b, 0), at_most(b, g)], [(1, True)]),
    (late(g, b, c), [less_than(0, b), less_than(b, g)], [(b / g, False), (1, True)]),
    (early(g, b, c), [less_than(b, 0), less_than(g, b)], [(b / g, True), (1, False)]),
]


def by_cases(*cases, plant=False):
    return check_claim(Derivation("Cases").cases("3d", OUTPUT, *cases), Options(plant=plant, needed=False))


def where(report):
    """The point that is shown of the first step that fails."""
    found = next(step.counterexample for step in report.steps if step.counterexample is not None)
    return {name: Fraction(value) for name, value in found.values.items()}


INSIDE = {
    0: lambda s, t: t >= 0 and s <= t, 1: lambda s, t: t <= 0 and t <= s, 2: lambda s, t: 0 < t < s,
    3: lambda s, t: s < t < 0,
}  # fmt: skip


@pytest.mark.parametrize("dropped", range(4))
def test_a_dropped_case_is_refuted_at_a_point_of_it(dropped):
    report = by_cases(*(case for place, case in enumerate(ALL) if place != dropped))
    assert report.verdict == "refuted"
    point = where(report)
    assert INSIDE[dropped](point["g"], point["b"])


def test_of_wrong_pieces_it_is_told_which_is_wrong():
    """What is false is not what the claim says, which is true here: its sides are not those of the counterexample."""
    early_for_late = integral(relu(g * u - b), u, 0, 1, [(b / g, True), (1, False)])
    report = verdict(implies([less_than(0, b), less_than(b, g)], equal(early_for_late, (g - b) ** 2 / (2 * g))))
    assert report.verdict == "refuted"
    assert report.steps[0].reason == "a piece of an integral is wrong: 0 ≤ g·0 − b is false"
    assert verdict(implies(less_than(0, b), equal(b, 1))).steps[0].reason == ""


def test_what_damaged_pieces_take_for_granted_is_not_searched_for_long_where_it_is_false(monkeypatch):
    """Of a copy whose ReLU is on where it is off, say: 0 ≤ g·0 − b, where 0 ≤ b. A search took seconds each time."""
    searched, proves = [], Checker._proves_so

    def recorded(self, subject, relation, effort, way=None):
        searched.append((effort, str(relation)))
        return proves(self, subject, relation, effort, way)

    monkeypatch.setattr(Checker, "_proves_so", recorded)
    cases = [(value, conditions, pieces) for _, conditions, pieces, value in RELU]
    report = check_claim(Derivation("Cases").cases("kink", integral(relu(g * u - b), u, 0, 1), *cases))
    assert (report.verdict, report.planted.escaped) == ("proved", ())
    assert searched
    assert [relation for effort, relation in searched if effort == FULL and "≤" in relation] == []


def test_a_strict_inequality_for_a_weak_one_leaves_a_border_out():
    strict = (ALL[0][0], [less_than(0, b), at_most(g, b)], ALL[0][2])
    report = by_cases(strict, (ALL[1][0], [less_than(b, 0), at_most(b, g)], ALL[1][2]), *ALL[2:])
    assert report.verdict == "refuted"
    assert where(report)["b"] == 0
    assert report.steps[-1].verdict == "refuted"
    assert {step.verdict for step in report.steps[:-1]} == {"proved"}


SLIPS = {
    "a sign of b": (1, lambda: (c - g) ** 2 / 3 - (c - g) * b + b**2),
    "a power of b": (2, lambda: c**2 / 3 - 2 * c * (g / 3 - b / 2 + b**2 / (6 * g**2)) + (g - b) ** 3 / (3 * g)),
    "a factor": (3, lambda: c**2 / 3 + c * b**3 / (6 * g**2) + b**3 / (3 * g)),
    "the value of another case": (0, lambda: on(g, b, c)),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_one_case_is_refuted_in_that_case(name):
    place, value = SLIPS[name]
    cases = list(ALL)
    cases[place] = (value(), *cases[place][1:])
    report = by_cases(*cases)
    assert report.verdict == "refuted"
    assert [step.number for step in report.steps if step.verdict != "proved"] == [place + 1]


def test_cases_that_overlap_have_to_agree_there():
    page = Derivation("Overlap")
    claim = page.cases("1", relu(g) * 0 + g, (g, [at_most(0, g)]), (-g, [at_most(g, 0)]))
    assert check_claim(claim, Options(plant=False)).verdict == "refuted"
    claim = page.cases("2", g * 0 + 1, (number(1), [at_most(0, 2 * g)]), (number(1), [at_most(3 * g, 0)]))
    assert check_claim(claim, Options(plant=False)).verdict == "proved"
    claim = page.cases("3", g * 0 + 1, (number(1), [less_than(0, g)]), (number(1), [less_than(g, 0)]))
    assert where(check_claim(claim, Options(plant=False))) == {"g": 0}


SUMS = {
    "two that are negative": ([at_most(0, g + b)], [less_than(g, 0)], [less_than(b, 0)]),
    "three": ([less_than(g, b)], [less_than(b, c)], [at_most(c, g)]),
}


@pytest.mark.parametrize("name", SUMS)
def test_that_nothing_is_left_out_is_seen_of_sums_too(name):
    page = Derivation("Sums")
    told = SUMS[name]
    claim = page.cases("1", g * 0 + 1, *((number(1), conditions) for conditions in told))
    assert check_claim(claim, Options(plant=False)).verdict == "proved"
    claim = page.cases("2", g * 0 + 1, *((number(1), conditions) for conditions in told[1:]))
    assert check_claim(claim, Options(plant=False)).verdict == "refuted"


THRESHOLDS = {  # what is proved, and what is not
    "a larger one": (equal(n.AtLeastZero(b - 1) * (1 - n.AtLeastZero(b)), 0), "proved"),
    "a smaller one": (equal(n.AtLeastZero(b) * (1 - n.AtLeastZero(b - 1)), 0), "refuted"),
    "falling": (equal(n.AtLeastZero(1 - b) * (1 - n.AtLeastZero(2 - b)), 0), "proved"),
    "of another letter": (equal(n.AtLeastZero(b - 1) * (1 - n.AtLeastZero(g)), 0), "refuted"),
    "a bound that is higher": (implies(at_most(1, b), at_most(0, 3 * b - 2)), "proved"),
    "a bound that is strict": (implies(at_most(1, b), less_than(0, 3 * b - 2)), "proved"),
    "a bound that is too high": (implies(at_most(1, b), at_most(0, 3 * b - 4)), "refuted"),
    "a bound that is not strict": (implies(at_most(1, b), less_than(0, 3 * b - 3)), "refuted"),
    "a bound of the other sign": (implies(at_most(1, b), at_most(b, 0)), "refuted"),
}  # fmt: skip


@pytest.mark.parametrize("name", THRESHOLDS)
def test_numbers_at_a_constant_distance_are_compared(name):
    statement, expected = THRESHOLDS[name]
    assert verdict(statement).verdict == expected


def test_cases_by_numbers_are_proved():
    page = Derivation("Numbers")
    claim = page.cases(
        "1", integral(relu(u - b), u, 0, 1),
        ((1 - 2 * b) / 2, [at_most(b, 0)], [(1, True)]),
        ((1 - b) ** 2 / 2, [less_than(0, b), less_than(b, 1)], [(b, False), (1, True)]),
        (number(0), [at_most(1, b)], [(1, False)]),
    )  # fmt: skip
    assert check_claim(claim, Options(plant=False)).verdict == "proved"


def test_a_gap_between_the_random_points_is_no_failure_of_a_judge():
    """Whole numbers never lie between 0 and 1; the judge then looks at the counterexample."""
    page = Derivation("A gap")
    claim = page.cases(
        "1", integral(relu(u - b), u, 0, 1),
        ((1 - 2 * b) / 2, [at_most(b, 0)], [(1, True)]),
        (number(0), [at_most(1, b)], [(1, False)]),
    )  # fmt: skip
    report = check_claim(claim, Options())
    assert report.verdict == "refuted"
    assert not [alarm for alarm in report.planted.escaped if "does not object" in alarm]
    assert next(row.ok for row in report.steps[-1].evidence if row.method == "exact-points") is False


def test_an_integral_with_a_name_has_pieces_as_well():
    page = Derivation("Named")
    loss = page.define("ℓ", integral(relu(u - b), u, 0, 1))
    claim = page.cases(
        "kink", loss, (0, [at_most(1, b)], [(1, False)]), (Fraction(1, 2) - b, [at_most(b, 0)], [(1, True)]),
        ((1 - b) ** 2 / 2, [less_than(0, b), less_than(b, 1)], [(b, False), (1, True)]),
    )  # fmt: skip
    assert check_claim(claim, Options(plant=False)).verdict == "proved"
