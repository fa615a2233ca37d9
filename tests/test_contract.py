"""What a run on the notes says: every claim and its verdict, what shows it, planted errors, the contract's JSON."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from derive.checker import Options, check_all
from derive.listing import errata
from derive.load import load
from derive.report import VERDICTS

PROVED = [
    "L",
    "dB",
    "1",
    "dA",
    "2",
    "3",
    "13a",
    "18",
    "19",
    "20",
    "21",
    "22",
    "22-gradient",
    "22-agree",
    "22b",
    "23",
    "24",
    "25",
    "26",
    "27",
    "28",
    "28E",
    "28E-frobenius",
    "20c",
]
SPARSE = [
    "m0", "m1", "m1-zero", "m2", "m2-ones", "m2-others", "m2-trace", "m2-ratio", "m2-variance", "m2-uncorrelated", "3a",
    "3b",
]  # fmt: skip
"""Of random data: each also against samples."""
RELU = {
    "3c": "entrywise",
    "3c-linear": "quadrature",
    "3d": "quadrature",
    "3d-outputs": "exact-points",
}
PROPOSITIONS = [
    "4", "5", "6", "7", "7c", "8", "9", "9c", "9d", "10", "11", "12", "12b", "12c", "P1", "P1-projection",
    "P1-diagonal", "P1-any-rank", "C2-threshold", "C2-exchange", "C2-bound", "C2-attained", "C2", "star",
    "star-critical", "22t", "15", "15b", "16", "17", "18-diagonal", "18b", "P3k", "P3k-distance", "P3k-bound",
    "P3-gap", "P3-ascent", "P3-strict", "P3-near-A", "P3-near-B", "P3", "P3-kernels", "P3-moved", "P3-apart",
    "P3-losses", "P3-falls", "P3-rises", "P3-any-rank",
]  # fmt: skip
GRADIENTS = ["1", "2", "19", "22-gradient", "28E"]
GRADIENT_METHODS = [
    "kernel",
    "sympy",
    "entrywise",
    "exact-difference",
    "autograd-exact",
    "finite-difference",
    "autograd",
]
SYMPY_TOO = ["24", "25", "26", "27", "28", "dB", "dA"]
REFUTED_PROPOSITIONS = [
    "9d-printed", "P1-printed", "star-columns-printed", "P3-printed", "22t-set-printed", "P3-strict-printed",
]  # fmt: skip
ILL_TYPED = ["L-printed", "star-printed", "22t-printed"]
KNOWN = Path(__file__).parent / "golden" / "assumptions.txt"
"""Every theorem that some proof takes from elsewhere."""
REFUTED = ["20-printed", "22-printed", "28E-printed", "28E-share-printed"]
ERRATA = {
    "E1": "L-printed", "E8": "20-printed", "E9": "22-printed", "E10": "28E-printed", "E11": "", "E12": "", "E16": "",
    "E18": "28E-share-printed", "E2": "9d-printed", "E3": "star-columns-printed", "E4": "P1-printed",
    "E5": "P3-printed",
    "E7": "", "E13": "", "E19": "", "E20": "",
    "E6": "", "E14": "", "E15": "P3-strict-printed", "E17": "22t-set-printed",
}  # fmt: skip


@pytest.fixture(scope="session")
def run():
    """One run on the bundled notes, planted errors and all."""
    return check_all(load())


@pytest.fixture(scope="session")
def claims(run):
    return {claim.label: claim for claim in run.claims}


@pytest.fixture(scope="session")
def data(run):
    """The same run as another program reads it."""
    return json.loads(json.dumps(run.data(), allow_nan=False))


def rows(claim):
    return {row.method: row for row in claim.evidence}


# Verdicts -----------------------------------------------------------------------------------------------------------


def test_everything_is_as_expected(run):
    assert [claim.label for claim in run.claims if not claim.ok] == []
    assert run.ok
    assert list(run.assumptions) == KNOWN.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("label", PROVED)
def test_a_claim_of_the_notes_is_proved_for_all_dimensions(claims, label):
    claim = claims[label]
    assert (claim.verdict, claim.expected) == ("proved", "proved")
    assert rows(claim)["kernel"].ok is True
    assert all(step.verdict == "proved" for step in claim.steps)
    assert all(certificate for certificate in claim.certificates)


@pytest.mark.parametrize("label", PROPOSITIONS)
def test_a_proposition_is_proved_and_every_step_of_it(claims, label):
    claim = claims[label]
    assert (claim.verdict, claim.expected) == ("proved", "proved"), claim.reason
    for step in claim.steps:
        found = {row.method: row.ok for row in step.evidence}
        assert (step.verdict, found["kernel"], found["exact-points"], found["faithful"]) == ("proved", *[True] * 3)


@pytest.mark.parametrize("label", SPARSE)
def test_a_claim_of_random_data_is_proved_and_sampled(claims, label):
    claim = claims[label]
    found = rows(claim)
    assert (claim.verdict, claim.expected) == ("proved", "proved"), claim.reason
    due = ("kernel", "entrywise", "exact-points", "sampling", "faithful")
    assert [found[method].ok for method in due] == [True] * 5


@pytest.mark.parametrize("label", RELU)
def test_a_claim_of_the_relu_model_is_proved(claims, label):
    claim = claims[label]
    found = rows(claim)
    assert (claim.verdict, claim.expected) == ("proved", "proved"), claim.reason
    assert [found[method].ok for method in ("kernel", RELU[label], "faithful")] == [True] * 3


def test_the_one_sparse_loss_is_proved_case_by_case(claims):
    claim = claims["3d"]
    assert [step.verdict for step in claim.steps] == ["proved"] * 5
    assert "leave nothing out" in claim.steps[-1].because
    labels = ("3d-gradient-on", "3d-gradient-late", "3d-gradient-early", "3d-chain", "3d-kink")
    assert [claims[label].verdict for label in labels] == ["proved", "proved", "proved", "proved", "undefined"]


@pytest.mark.parametrize("label", ILL_TYPED)
def test_what_does_not_fit_together_is_ill_typed(claims, label):
    assert claims[label].verdict == claims[label].expected == "ill-typed"


def test_a_proposition_names_what_it_rests_on(claims):
    assert claims["P1"].rests_on == ("3", "5", "9", "9d", "12", "12b", "12c")
    assert set(claims["P3"].rests_on) >= {"18b", "P3k", "P3-ascent"}
    *theorem, power = KNOWN.read_text(encoding="utf-8").splitlines()
    assert claims["C2"].assumptions == tuple(theorem)
    assert claims["3c-bound"].assumptions == (power,)
    assert claims["P1"].assumptions == ()


def test_what_is_printed_with_a_wrong_index_is_ill_typed(claims):
    claim = claims["L-printed"]
    assert claim.verdict == claim.expected == "ill-typed"
    for word in ("index j", "over D", "over d"):
        assert word in claim.reason


@pytest.mark.parametrize("label", [*REFUTED, *REFUTED_PROPOSITIONS])
def test_what_is_printed_and_false_has_an_exact_counterexample(claims, data, label):
    claim = claims[label]
    assert claim.verdict == claim.expected == "refuted"
    (row,) = [row for row in data["claims"] if row["label"] == label]
    found = row["counterexample"]
    assert found["left"] != found["right"]
    assert found["values"]
    assert max(found["sizes"].values()) <= 3
    assert "." not in found["left"] + found["right"] + "".join(found["values"].values())
    assert all(step.counterexample is not None for step in claim.steps)


REPAIRS = {
    "28E-printed": ("1/2", "1/4", "¼"),
    "28E-share-printed": ("1", "1/2", "½"),
    "20-printed": ("1", "2", "2"),
    "22-printed": (None, None, "W(Σ − ΣWᵀW)"),
}


@pytest.mark.parametrize("label", REPAIRS)
def test_a_repair_is_found_where_one_is_promised(data, label):
    was, now, shown = REPAIRS[label]
    (row,) = [row for row in data["claims"] if row["label"] == label]
    repair = row["repair"]
    assert set(repair) >= {"was", "is", "statement", "others"}
    if was is not None:
        assert (repair["was"], repair["is"]) == (was, now)
    assert any(shown in line for line in (repair["statement"], *repair["others"]))


def test_every_erratum_that_the_claims_touch_is_listed():
    found = {one.number: one for one in errata(load())}
    assert set(found) == set(ERRATA)
    for number, label in ERRATA.items():
        assert found[number].label == label, number
        assert found[number].reading
        assert found[number].place
        assert (found[number].expected == "remark") == (label == "")


@pytest.mark.parametrize("number", [number for number, label in ERRATA.items() if label])
def test_an_erratum_that_is_a_statement_is_carried_by_its_claim(claims, number):
    assert number in claims[ERRATA[number]].errata


# Evidence -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", GRADIENTS)
def test_a_gradient_claim_is_shown_in_seven_ways(claims, label):
    found = rows(claims[label])
    assert {method: found[method].ok for method in GRADIENT_METHODS} == dict.fromkeys(GRADIENT_METHODS, True)
    assert found["finite-difference"].digits >= 50
    assert found["autograd"].digits >= 10
    assert found["exact-difference"].bound < 1e-6
    assert found["exact-points"].ok is True
    assert not any(row.fault for row in found.values())


@pytest.mark.parametrize("label", PROVED)
def test_every_other_equality_is_shown_at_entries_and_exact_points(claims, label):
    for step in claims[label].steps:
        found = {row.method: row for row in step.evidence}
        assert found["kernel"].ok is True
        assert found["exact-points"].ok is True
        if "≤" not in step.statement:
            assert found["entrywise"].ok is True, step.statement


@pytest.mark.parametrize("label", SYMPY_TOO)
def test_sympy_reproduces_what_it_can_state(claims, label):
    assert rows(claims[label])["sympy"].ok is True
    assert all({row.method: row.ok for row in step.evidence}["sympy"] is True for step in claims[label].steps)


@pytest.mark.parametrize("label", PROVED)
def test_the_three_translations_are_compared_on_every_claim(claims, label):
    for step in claims[label].steps:
        assert {row.method: row.ok for row in step.evidence}["faithful"] is True


@pytest.mark.parametrize("label", PROVED)
def test_no_method_objects_breaks_or_looks_at_equal_sizes(claims, label):
    for row in claims[label].evidence:
        assert row.ok is not False
        assert row.fault is None
        if row.method in {"exact-points", "exact-difference", "autograd-exact", "finite-difference", "autograd"}:
            assert row.sizes
            assert all(len(set(sizes.values())) == len(sizes) for sizes in row.sizes), (label, row.method, row.sizes)


def test_the_loss_is_compared_with_a_plain_loop(claims):
    assert rows(claims["L"])["independent"].ok is True


def placements(where):
    """Every (D, d, I, j, k) with j ∈ I, k ∉ I, d < D ≤ 5, and the i that the case allows."""
    count = 0
    for D in range(1, 6):
        for d in range(1, D):
            for I in combinations(range(D), d):
                count += sum(where(i, j, k, I) for j in I for k in range(D) if k not in I for i in range(D))
    return count


CASES_OF_18 = [
    lambda i, j, k, I: i not in I and i != k,
    lambda i, j, k, I: i in I and i != j,
    lambda i, j, k, I: i == j,
    lambda i, j, k, I: i == k,
]  # fmt: skip


@pytest.mark.parametrize("case", range(4))
def test_18_is_seen_at_every_set_and_index_up_to_dimension_five(claims, case):
    step = claims["18"].steps[case]
    found = {row.method: row for row in step.evidence}
    count = placements(CASES_OF_18[case])
    assert count in {222, 294}
    assert f"{count} placements" in found["entrywise"].detail
    assert found["numeric"].ok is True
    assert found["numeric"].digits >= 50
    assert max(sizes["D"] for sizes in found["entrywise"].sizes) == 5


def test_the_conditional_claims_use_their_hypotheses(claims):
    assert len(claims["23"].used) == 2
    assert "U orthogonal" in claims["23"].used
    assert claims["20"].used == ()
    assert "d < D" in claims["1"].declared
    assert "C invertible" in claims["13a"].declared


# Planted errors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", [*PROVED, *SPARSE, *RELU])
def test_every_planted_error_is_caught(claims, label):
    planted = claims[label].planted
    assert planted.ok
    assert planted.escaped == ()
    assert planted.caught + planted.equivalent == planted.tried
    assert planted.caught > planted.equivalent or label in {"3", "20c", "22-agree"}
    assert planted.tried >= 20 or planted.tried == distinct_copies(label)


def distinct_copies(label):
    from derive.language.statements import sequents
    from derive.plant import damages, trivial

    (claim,) = [claim for page in load() for claim in page.claims.values() if claim.label == label]
    goals = [sequent.goal for step in claim.steps for sequent in sequents(step.statement)]
    return sum(
        len(list(damages(goal, "left" if trivial(goal.right) else "right"))) for goal in goals if goal.sign == "="
    )


# The contract -------------------------------------------------------------------------------------------------------

TOP = {"schema", "ok", "seconds", "versions", "counts", "assumptions", "claims"}
CLAIM = {
    "label", "derivation", "source", "latex", "text", "verdict", "expected", "errata", "seconds", "steps", "hypotheses",
    "evidence", "planted", "counterexample", "repair",
}  # fmt: skip
EVIDENCE = {"method", "ok", "fault", "sizes", "digits", "seconds", "detail"}


def test_the_report_has_the_keys_of_the_contract(data):
    assert set(data) >= TOP
    assert data["schema"] == 1
    assert data["ok"] is True
    assert set(data["versions"]) >= {"derive", "sympy", "ground_types"}
    assert set(data["counts"]) == set(VERDICTS)
    assert sum(data["counts"].values()) == len(data["claims"])
    assert data["counts"]["error"] == data["counts"]["undecided"] == 0
    told = {"agrees": set(), "undefined": {"3d-kink"}, "proved-at": set()}
    for verdict, labels in told.items():
        assert {claim["label"] for claim in data["claims"] if claim["verdict"] == verdict} == labels


def test_every_claim_of_the_report_has_the_keys_of_the_contract(data):
    for claim in data["claims"]:
        assert set(claim) >= CLAIM, claim["label"]
        assert claim["text"]
        assert claim["verdict"] in VERDICTS
        assert set(claim["hypotheses"]) >= {"declared", "used"}
        assert set(claim["hypotheses"]["used"]) <= {*claim["hypotheses"]["declared"], *claim["hypotheses"]["used"]}
        for step in claim["steps"]:
            assert set(step) >= {"number", "left", "right", "verdict"}
        for row in claim["evidence"]:
            assert set(row) >= EVIDENCE
            assert row["ok"] in (True, False, None)
            assert all(isinstance(size, int) for sizes in row["sizes"] for size in sizes.values())
        if claim["planted"] is not None:
            assert set(claim["planted"]) >= {"tried", "caught", "equivalent"}
        assert claim["verdict"] == "ill-typed" or claim["latex"]


def test_labels_are_the_ids_of_the_catalogue(data):
    labels = [claim["label"] for claim in data["claims"]]
    assert set(PROVED) | set(REFUTED) | {"L-printed"} <= set(labels)
    assert len(set(labels)) == len(labels)
    assert [label for label in labels if label.endswith("-printed")] == [
        claim["label"] for claim in data["claims"] if claim["errata"]
    ]


# Other ways to run --------------------------------------------------------------------------------------------------

FEW = ("dB", "20", "20-printed", "L-printed", "28E-frobenius", "27")


def verdicts(run):
    return {claim.label: claim.verdict for claim in run.claims}


def test_two_workers_say_the_same(claims):
    found = check_all(load(), Options(jobs=2, only=FEW))
    assert [claim.label for claim in found.claims] == [label for label in claims if label in FEW]
    assert verdicts(found) == {label: claims[label].verdict for label in FEW}
    assert [c.planted and c.planted.data() for c in found.claims] == [
        claims[c.label].planted and claims[c.label].planted.data() for c in found.claims
    ]
    assert found.ok


@pytest.mark.parametrize("seed", [1, 2])
def test_another_seed_says_the_same(claims, seed):
    some = (*FEW, "1", "13a", "23", "22-agree", "28E-printed")
    found = check_all(load(), Options(seed=seed, only=some))
    assert verdicts(found) == {label: claims[label].verdict for label in verdicts(found)}
    assert [claim.label for claim in found.claims if not claim.ok] == []


@pytest.mark.parametrize("digits", [20, 80])
def test_the_digits_that_are_asked_for_are_reached(digits):
    found = check_all(load(), Options(digits=digits, only=("2",), plant=False))
    assert rows(found.claims[0])["finite-difference"].digits >= digits
    assert found.ok


def test_without_planted_errors_nothing_is_planted():
    found = check_all(load(), Options(plant=False, only=("20",)))
    assert found.claims[0].planted is None
    assert found.ok
