"""Which hypotheses a claim needs: shown by exact models of the others, by proofs without, or not known; and hypotheses
that contradict one another."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derive import (
    Derivation,
    commute,
    decreasing,
    diag,
    diagonal,
    differs,
    dims,
    distinct,
    equal,
    exists,
    eye,
    family,
    fixed,
    full_column_rank,
    implies,
    indices,
    inv,
    invertible,
    less_than,
    matrix,
    member,
    members_of,
    models,
    norm2,
    orthogonal,
    projection,
    scalar,
    size,
    subset,
    symmetric,
    tr,
)
from derive.checker import Checker, Options, check_claim
from derive.crosscheck.truth import holds, relation_holds
from derive.errors import UndefinedError
from derive.evaluate import Evaluator, Instance, array
from derive.language.indices import DimOrder
from derive.language.statements import sequents
from derive.needed import Analysis, Line, analysed

D, d, T = dims("D d T")
A, B, X = matrix("A", D, d), matrix("B", d, D), matrix("X", D, T)
S, R, Q, P, M = (matrix(name, D, D) for name in "SRQPM")
lam, c, e = family("λ", D), scalar("c"), scalar("e")
i, j = indices("i j", D)
f, g = fixed("f g", D)
chosen = subset("I", D, d)
FAST = Options(plant=False)


def page_of(*given):
    page = Derivation("A page")
    for name, statement in given:
        page.assume(statement, name) if name else page.assume(statement)
    return page


def linear_autoencoder():
    """Critical points of the linear autoencoder: what the notes say is needed, and is not."""
    page = Derivation("Critical points")
    page.assume(d < D)
    sigma = page.define("Σ", X @ X.T)
    page.assume(equal(A.T @ sigma, A.T @ A @ B @ sigma), "(1)")
    page.assume(equal(sigma @ B.T, A @ B @ sigma @ B.T), "(2)")
    page.assume(invertible(sigma))
    page.assume(invertible(A.T @ A))
    P_A = page.define("P", A @ inv(A.T @ A) @ A.T)
    page.have("ΣAB", equal(sigma @ A @ B, A @ B @ sigma))
    page.have("B", equal(inv(A.T @ A) @ A.T, B))
    page.have("ΣP", equal(sigma @ P_A, P_A @ sigma))
    return page


def short(statement, *given):
    page = page_of(*(("", one) for one in given))
    page.have("claim", statement)
    return page


CASES = {
    "ΣAB = ABΣ": (
        linear_autoencoder(), "ΣAB", {"(1)", "(2)", "Σ invertible"}, set(), {"AᵀA invertible", "d < D"},
    ),
    "(AᵀA)⁻¹Aᵀ = B": (
        linear_autoencoder(), "B", {"(1)", "Σ invertible"}, {"AᵀA invertible"}, {"(2)", "d < D"},
    ),
    "ΣP = PΣ": (
        linear_autoencoder(), "ΣP", {"(1)", "(2)"}, {"AᵀA invertible"}, {"Σ invertible", "d < D"},
    ),
    "a superfluous letter": (
        short(equal(Q.T @ S @ Q, S), orthogonal(Q), symmetric(R), commute(S, Q)),
        "claim", {"Q orthogonal", "S and Q commute"}, set(), {"R symmetric"},
    ),
    "a stronger one beside": (
        short(equal(S @ S, S), projection(S), symmetric(S)),
        "claim", {"S a projection"}, set(), {"S symmetric"},
    ),
    "a premise": (
        short(implies((equal(Q, S), equal(R, Q)), equal(R.T @ R, eye(D))), orthogonal(Q)),
        "claim", {"Q orthogonal", "R = Q"}, set(), set(),
    ),
    "full column rank": (
        short(equal(inv(A.T @ A) @ A.T @ A @ B, B), full_column_rank(A)),
        "claim", set(), {"A of full column rank"}, set(),
    ),
    "two steps, the second from the first": (
        short(equal(S @ R, R @ S), symmetric(S), symmetric(R), equal((S @ R).T, S @ R)),
        "claim", {"S symmetric", "R symmetric", "(SR)ᵀ = SR"}, set(), set(),
    ),
}  # fmt: skip


def analysis_of(page, label):
    report = check_claim(page.claims[label], FAST)
    assert report.verdict == "proved", report.reason
    assert report.analysis is not None
    return report, report.analysis


def read(text):
    """The value that a counterexample prints: a number, a set or a matrix by rows."""
    if text.startswith("{"):
        return tuple(int(one) - 1 for one in text[1:-1].split(", "))
    if not text.startswith("["):
        return Fraction(text)
    return array([[Fraction(entry) for entry in row.split()] for row in text[1:-1].split(";")])


def evaluator_at(found):
    return Evaluator(Instance(found.sizes, {name: read(text) for name, text in found.values.items()}))


def hypotheses_of(page, label):
    """Every hypothesis of a claim, the premises of its one step too, by name."""
    claim = page.claims[label]
    (sequent,) = sequents(claim.steps[0].statement)
    named = {a.name: a.statement for a in claim.hypotheses if not isinstance(a.statement, DimOrder)}
    return {**named, **{str(premise): premise for premise in sequent.premises}}, sequent.goal


@pytest.mark.parametrize("name", CASES)
def test_what_is_needed_and_what_is_not_is_found(name):
    page, label, needed, meaning, unused = CASES[name]
    report, found = analysis_of(page, label)
    assert {one.name for one in found.needed} == needed
    assert {one.name for one in found.meaning} == meaning
    assert set(found.unused) == unused
    assert set(report.used) == needed | meaning
    assert found.undetermined == ()


@pytest.mark.parametrize("name", CASES)
def test_what_shows_a_hypothesis_needed_is_a_model_of_all_others_in_which_the_claim_fails(name):
    page, label, *_ = CASES[name]
    given, goal = hypotheses_of(page, label)
    for one in analysis_of(page, label)[1].needed:
        evaluator = evaluator_at(one.without)
        assert {other for other, h in given.items() if not holds(h, evaluator)} == {one.name}
        assert not relation_holds(goal, evaluator)
        assert one.without.left != one.without.right


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[3]])
def test_what_gives_a_statement_its_meaning_leaves_it_without_a_value_where_it_fails(name):
    page, label, *_ = CASES[name]
    given, goal = hypotheses_of(page, label)
    for one in analysis_of(page, label)[1].meaning:
        evaluator = evaluator_at(one.without)
        assert {other for other, h in given.items() if not holds(h, evaluator)} == {one.name}
        with pytest.raises(UndefinedError):
            relation_holds(goal, evaluator)


@pytest.mark.parametrize("seed", range(3))
def test_one_seed_gives_one_analysis(seed):
    claim = linear_autoencoder().claims["ΣAB"]
    one, other = (check_claim(claim, Options(plant=False, seed=seed)).analysis for _ in range(2))
    assert one == other
    assert {found.name for found in one.needed} == {"(1)", "(2)", "Σ invertible"}


def test_sets_and_fixed_indices_are_gone_through():
    page = page_of(("", member(f, chosen)), ("", equal(S, diag(lam))), ("", differs(f, g)))
    page.have("claim", equal(S[f, g], 0))
    found = analysis_of(page, "claim")[1]
    assert {one.name for one in found.needed} == {"S = diag(λ)", "f ≠ g"}
    assert found.unused == ("f ∈ I",)


def test_without_an_analysis_what_is_used_is_undetermined():
    claim = linear_autoencoder().claims["ΣAB"]
    report = check_claim(claim, Options(plant=False, needed=False))
    assert report.analysis is None
    data = report.data()["hypotheses"]
    assert set(data) >= {"declared", "used", "unused", "needed", "undetermined"}
    assert data["needed"] == []
    assert data["undetermined"] == data["used"]


def test_the_report_has_the_models_as_data():
    data = check_claim(linear_autoencoder().claims["ΣAB"], FAST).data()["hypotheses"]
    (without,) = (one["without"] for one in data["needed"] if one["name"] == "Σ invertible")
    assert set(without) == {"sizes", "values", "left", "right"}
    assert without["sizes"] == {"D": 2, "T": 1, "d": 1}


def test_a_claim_without_hypotheses_pays_nothing(monkeypatch):
    page = Derivation("A page")
    page.have("claim", equal(tr(A @ B), tr(B @ A)))
    monkeypatch.setattr("derive.checker.analysed", lambda *_: pytest.fail("there is nothing to look for"))
    assert check_claim(page.claims["claim"], FAST).analysis is None


# What comes from earlier claims -------------------------------------------------------------------------------------


def with_an_earlier_claim():
    page = page_of(("q", orthogonal(Q)), ("s", symmetric(Q)), ("idle", symmetric(R)))
    first = page.have("first", equal(Q @ Q, eye(D)))
    page.have("second", equal(Q @ Q @ Q, Q), using=[first])
    return page


def lines_of(claim, used):
    checker = Checker(claim, FAST)
    (result,) = [checker.sequent(step, sequent) for step in claim.steps for sequent in sequents(step.statement)]
    return [Line(1, result.subject, frozenset(used))]


def no_proof(subject, assumptions, quick):
    return None


def test_what_an_earlier_claim_states_is_proved_from_what_is_assumed_where_that_works():
    claim = with_an_earlier_claim().claims["second"]
    checker = Checker(claim, FAST)
    found = analysed(claim, lines_of(claim, {"(first)"}), checker._proved_from, 0)
    assert found.used == ("q", "s")
    assert found.unused == ("idle", "(first)")
    assert found.through == {}


def test_where_it_is_not_what_the_earlier_claim_assumes_is_used_through_it():
    claim = with_an_earlier_claim().claims["second"]
    found = analysed(claim, lines_of(claim, {"(first)"}), no_proof, 0)
    assert set(found.used) == {"(first)", "q", "s", "idle"}
    assert found.through == {"q": "first", "s": "first", "idle": "first"}
    assert {one.name for one in found.needed} == {"q", "s"}
    assert found.undetermined == ("idle",)


def test_where_neither_a_model_nor_a_proof_is_found_nothing_is_said():
    page = page_of(("S = R", equal(S, R)), ("R = S", equal(R, S)))
    page.have("claim", equal(S @ S, R @ S))
    claim = page.claims["claim"]
    found = analysed(claim, lines_of(claim, {"S = R"}), no_proof, 0)
    assert found.undetermined == ("S = R",)
    assert found.unused == ("R = S",)
    assert found.needed == ()


# The judge of the judge ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"Q": [[0, 0], [0, 0]], "S": [[1, 0], [0, 1]]}, True),
        ({"Q": [[0, 1], [1, 0]], "S": [[1, 0], [0, 0]]}, False),  # breaks another one
        ({"Q": [[1, 0], [0, 1]], "S": [[1, 0], [0, 0]]}, False),  # breaks none
        ({"Q": [[1, 0], [0, 0]], "S": [[1, 0], [0, 0]]}, False),  # the claim holds
    ],
)
def test_only_a_model_of_exactly_the_others_in_which_the_claim_fails_is_shown(values, shown):
    page = short(equal(Q.T @ S @ Q, S), orthogonal(Q), commute(S, Q))
    claim = page.claims["claim"]
    analysis = Analysis(claim, lines_of(claim, {"Q orthogonal", "S and Q commute"}), no_proof, 0)
    (group,) = analysis.groups()
    instance = Instance({"D": 2}, {name: array(rows) for name, rows in values.items()})
    assert (group._confirmed(group.subjects[0], instance, "Q orthogonal", True) is not None) == shown


def test_a_needed_hypothesis_is_never_found_superfluous_by_a_prover_that_lies_only_about_others():
    """Models come first, so what they show is not put to the prover."""
    claim = linear_autoencoder().claims["ΣAB"]

    def obliging(subject, assumptions, quick):
        return frozenset()

    found = analysed(claim, lines_of(claim, {"(1)", "(2)", "Σ invertible"}), obliging, 0)
    assert {one.name for one in found.needed} == {"(1)", "(2)", "Σ invertible"}


# Hypotheses without a model -----------------------------------------------------------------------------------------

CONTRADICTORY = {
    "two values": ([equal(c, 1), equal(c, 2)], ["c = 1", "c = 2"]),
    "orthogonal and zero": ([orthogonal(Q), equal(Q, 0 * Q)], ["Q orthogonal", "Q = 0 Q"]),
    "a product that is one and zero": ([equal(c * e, 1), equal(c, 0), symmetric(S)], ["c e = 1", "c = 0"]),
}


@pytest.mark.parametrize("name", CONTRADICTORY)
def test_hypotheses_that_contradict_one_another_are_an_error_and_named(name):
    given, named = CONTRADICTORY[name]
    report = check_claim(short(equal(M, M.T), *given).claims["claim"], FAST)
    assert report.verdict == "error"
    assert "the hypotheses contradict one another" in report.reason
    for one in named:
        assert one in report.reason
    assert "symmetric" not in report.reason


def test_where_no_model_is_found_the_claim_is_undecided_and_it_is_said_what_to_do():
    report = check_claim(short(equal(c**3, 2 * c), equal(c**2, 2)).claims["claim"], FAST)
    assert report.verdict == "undecided"
    assert "no exact model of c² = 2 was found" in report.reason
    assert "@derivation.model" in report.reason


def test_a_model_of_an_author_that_breaks_a_hypothesis_is_told_which_one():
    page = short(equal(c**3, 2 * c), equal(c**2, 2), equal(e, 1))
    page.model(lambda sizes, random: {"c": 1})
    report = check_claim(page.claims["claim"], FAST)
    assert report.verdict == "undecided"
    assert report.reason.endswith("the derivation's own model breaks c² = 2")


def test_it_is_told_too_where_the_program_found_another_model():
    page = short(equal(S @ S @ S @ S, S @ S), equal(S @ S @ S, S))
    page.model(lambda sizes, random: {"S": models.diagonal([2] * sizes["D"])})
    report = check_claim(page.claims["claim"], FAST)
    assert report.verdict == "proved"
    (row,) = (row for row in report.evidence if row.method == "exact-points")
    assert row.detail.endswith("the derivation's own model breaks SSS = S")


CONDITIONAL = {
    "rank and projection": short(equal(P @ (P @ A), P @ A), projection(P), full_column_rank(A)),
    "spectrum": short(
        equal(X @ X.T @ Q, Q @ diag(lam)), orthogonal(Q), decreasing(lam), equal(X @ X.T, Q @ diag(lam) @ Q.T)
    ),
    "inequalities": short(equal(c * e, e * c), less_than(c, e), less_than(0, lam[i])),
    "norm zero": short(equal(A @ B, 0), equal(norm2(A), 0)),
    "a set that exists": short(
        exists(members_of(chosen, i, P[i, i]), equal(P, P)), projection(P), diagonal(P), distinct(lam),
        commute(P, diag(lam)), equal(tr(P), size(d)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONDITIONAL)
def test_conditional_claims_are_looked_at_at_models_of_two_sizes(name):
    report = check_claim(CONDITIONAL[name].claims["claim"], FAST)
    (row,) = (row for row in report.evidence if row.method == "exact-points")
    assert row.ok, row.detail
    assert len(row.sizes) == (2 if any(row.sizes) else 1)
