"""Repairs: what is solved for, what is exchanged, that all of it is proved, and that nothing is offered that is not."""

from __future__ import annotations

import re
from fractions import Fraction
from random import Random

import pytest

from derive import (
    Derivation,
    dims,
    equal,
    gradient,
    implies,
    indices,
    matrix,
    norm2,
    orthogonal,
    scalar,
    symmetric,
    total,
    total_except,
    total_pairs,
    tr,
)
from derive.checker import Options, check_claim
from derive.corpora.toy_autoencoders.gradient_flow import equal_modes, flow
from derive.crosscheck.instances import model, signature
from derive.evaluate import Evaluator
from derive.language.statements import Relation, Sequent
from derive.prove.attempt import Attempt, attempted
from derive.repair import coefficient_places, find_repair

D, d, T = dims("D d T")
A, B, S, R, X = matrix("A", D, d), matrix("B", d, D), matrix("S", D, D), matrix("R", D, D), matrix("X", D, T)
c, e = scalar("c"), scalar("e")
i, j, k = indices("i j k", D)


def instances_of(relation, count=2):
    sign = signature((relation.left, relation.right), ())
    sizes = [dict(zip(sign.dims, (2, 3, 4), strict=False)),
             dict(zip(sign.dims, (4, 2, 3), strict=False))]  # fmt: skip
    return [model(sign, (), size, Random(seed), 9) for seed, size in enumerate(sizes[:count])]


proofs: list[Relation] = []


def kernel_proves(relation):
    proof = attempted(Sequent((), relation), Attempt((), frozenset()))[1]
    if proof is not None:
        proofs.append(relation)
    return proof is not None


REPAIRED = {
    "a factor": (equal(gradient(norm2(A @ B), B), A.T @ A @ B), "1", "2", "2 AᵀAB"),
    "a written factor": (equal(gradient(norm2(A @ B), B), 3 * A.T @ A @ B), "3", "2", "2 AᵀAB"),
    "a rational": (equal(tr(S) / 3, Fraction(2, 3) * tr(S.T)), "2/3", "1/3", "⅓ tr(Sᵀ)"),
    "a factor of one term": (equal(norm2(S + R), norm2(S) + tr(S.T @ R) + norm2(R)), "1", "2", "2 tr(SᵀR)"),
    "the sign of the whole": (equal(tr(S @ R), -tr(R @ S)), "1", "-1", None),
    "the sign of a term": (equal(norm2(S - R), norm2(S) + 2 * tr(S.T @ R) + norm2(R)), "2", "-2", "−2 tr(SᵀR)"),
    "a transpose too few": (equal((S @ R).T, R.T @ S), None, None, "RᵀSᵀ"),
    "a transpose too many": (equal(gradient(tr(S @ R), S), R), None, None, "Rᵀ"),
    "swapped factors": (equal((S @ R).T, S.T @ R.T), None, None, "RᵀSᵀ"),
    "an index": (equal((S @ R)[i, j], total(k, S[i, k] * R[k, i]) + 0 * S[i, j]), "r_ki", "r_kj", "s_ik r_kj"),
    "a row index": (equal(S.T[i, j], S[i, i] + 0 * S[i, j]), "s_ii", "s_ji", None),
    "a term that is too much": (equal(tr(S), tr(S) + tr(R)), None, None, "tr(S)"),
    "a term left in a sum": (equal(total(k, S[k, k]) - S[j, j], total(k, S[k, k]) - 0 * S[j, j]), "0", "1", None),
    "k ≠ j": (equal(tr(S) + 0 * S[j, j], total_except(k, j, S[k, k]) + 0 * S[j, j]), None, None, "∑_k s_kk"),
}  # fmt: skip


@pytest.mark.parametrize("name", REPAIRED)
def test_the_least_repair_is_found_and_proved(name):
    relation, was, now, shown = REPAIRED[name]
    proofs.clear()
    found = find_repair(relation, None, instances_of(relation), kernel_proves)
    assert found is not None
    assert str(proofs[0]) == found.statement
    if was is not None:
        assert (found.was, found.now) == (was, now)
    if shown is not None:
        assert any(shown in line for line in (found.statement, *found.others)), found
    assert not any(re.search(r"\d\.\d", line) for line in (found.was, found.now))


@pytest.mark.parametrize("name", REPAIRED)
def test_every_repair_that_is_offered_is_proved_by_the_kernel(name):
    relation = REPAIRED[name][0]
    proofs.clear()
    found = find_repair(relation, None, instances_of(relation), kernel_proves)
    offered = [found.statement, *(other.rpartition(" (")[0] for other in found.others)] if found else []
    assert offered == [str(relation) for relation in proofs]


@pytest.mark.parametrize("name", REPAIRED)
def test_nothing_is_offered_that_is_not_proved(name):
    relation = REPAIRED[name][0]
    assert find_repair(relation, None, instances_of(relation), lambda candidate: False) is None


NOTHING = {
    "another quantity": equal(tr(S), norm2(R)),
    "two errors": equal(norm2(S + R), norm2(S) + tr(S @ R) + norm2(R)),
    "two coefficients": equal((c + e) ** 2, 3 * c**2 + 5 * c * e + e**2),
    "a constant": equal(tr(S), 3),
    "a missing term": equal(norm2(S + R), norm2(S) + norm2(R)),
}


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_offered_where_no_single_change_does(name):
    relation = NOTHING[name]
    assert find_repair(relation, None, instances_of(relation), kernel_proves) is None


def test_a_coefficient_that_fits_one_instance_only_is_not_offered():
    """tr S = λ · c is solved by some λ at every instance, by none at all."""
    relation = equal(tr(S), 2 * c)
    tried: list[Relation] = []
    assert find_repair(relation, None, instances_of(relation), lambda r: bool(tried.append(r))) is None
    assert not tried


def test_only_the_suspect_definition_varies():
    page = Derivation("Energies")
    energy = page.define("E", norm2(S) / 3 + tr(R))
    relation = equal(gradient(energy, S), S)
    found = find_repair(relation, energy, instances_of(relation), kernel_proves)
    assert (found.was, found.now) == ("1/3", "1/2") or "½" in found.statement or (found.was, found.now) == ("1", "3/2")
    assert found.statement.startswith("E = ")


@pytest.mark.parametrize(
    ("expr", "values"),
    [
        (2 * S + R, [1, 2, 1]),
        (S - 3 * R, [1, 1, 3]),
        (-2 * (S @ R), [-2]),
        (S @ R, [1]),
        (Fraction(1, 4) * norm2(S) + norm2(R), [1, Fraction(1, 4), 1]),
    ],
    ids=str,
)
def test_every_coefficient_has_a_place_and_can_be_put_back(expr, values):
    found = list(coefficient_places(expr))
    assert sorted(map(Fraction, values)) == sorted(was for was, _ in found)
    value = Evaluator(model(signature((expr,), ()), (), {"D": 3}, Random(1), 9))
    for was, put in found:
        assert str(value(put(was))) == str(value(expr))
        assert str(value(put(was + 1))) != str(value(expr))


# The notes ----------------------------------------------------------------------------------------------------------

NOTES = {
    "28E-printed": (equal_modes, ("1/2", "1/4"), "¼"),
    "28E-share-printed": (equal_modes, ("1", "1/2"), "½"),
    "20-printed": (flow, ("1", "2"), "2"),
    "22-printed": (flow, None, "W(Σ − ΣWᵀW)"),
}


@pytest.mark.parametrize("label", NOTES)
def test_the_repairs_of_the_notes_are_found(label):
    page, coefficient, shown = NOTES[label]
    report = check_claim(page.claims[label], Options(plant=False))
    repair = report.data()["repair"]
    assert report.verdict == "refuted"
    assert repair is not None
    if coefficient is not None:
        assert (repair["was"], repair["is"]) == coefficient
    assert any(shown in line for line in (repair["statement"], *repair["others"])), repair


def test_the_quarter_is_found_and_not_written_down():
    """The energy as printed, in other letters and with other wrong coefficients: ¼ comes out of the gradient."""
    V, level = matrix("V", d, D), scalar("λ")
    for wrong in (Fraction(1, 2), Fraction(3, 7), 5):
        page = Derivation(f"With {wrong}")
        pairs = total_pairs(i, k, level * (V[:, i].T @ V[:, k]) ** 2)
        energy = page.define("E", Fraction(1, 4) * total(i, level * (1 - norm2(V[:, i])) ** 2) + wrong * pairs)
        flow_of_column = (1 - norm2(V[:, j])) * level * V[:, j] - total_except(
            k, j, (V[:, k].T @ V[:, j]) * level * V[:, k]
        )
        claim = page.as_printed(
            "1",
            lambda e=energy, f=flow_of_column: equal(-gradient(e, V)[:, j], f),
            erratum="E",
            reading="¼",
            suspect=energy,
        )
        repair = check_claim(claim, Options(plant=False)).data()["repair"]
        assert (repair["was"], repair["is"]) == (str(wrong), "1/4")


def test_a_repair_under_hypotheses_is_proved_under_them():
    page = Derivation("Under hypotheses")
    claim = page.as_printed(
        "1", lambda: implies(symmetric(S), equal(gradient(tr(R.T @ S @ R), R), S @ R)), erratum="E", reading="2"
    )
    repair = check_claim(claim, Options(plant=False)).data()["repair"]
    assert (repair["was"], repair["is"]) == ("1", "2")
    page = Derivation("Rotations")
    claim = page.as_printed(
        "1", lambda: implies(orthogonal(R), equal(norm2(R @ A), 3 * norm2(A))), erratum="E", reading="1"
    )
    repair = check_claim(claim, Options(plant=False)).data()["repair"]
    assert (repair["was"], repair["is"]) == ("3", "1")


@pytest.mark.parametrize(("expect", "repaired"), [("proved", True), ("refuted", False)])
def test_what_is_not_kept_as_printed_is_repaired_where_its_author_holds_it_to_be_true(expect, repaired):
    claim = Derivation("Plain").have("1", equal(norm2(A), 2 * norm2(A)), expect=expect)
    report = check_claim(claim, Options(plant=False))
    assert report.verdict == "refuted"
    assert (report.data()["repair"] is not None) == repaired
