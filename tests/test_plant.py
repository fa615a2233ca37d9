"""Planted errors: which damages there are, that every copy is well typed and says something else, which are chosen."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derive import (
    at,
    delta,
    diag,
    dims,
    equal,
    family,
    gradient,
    indicator,
    indices,
    inner,
    inv,
    matrix,
    norm2,
    partial,
    rate,
    scalar,
    subset,
    total,
    total_except,
    total_in,
    total_pairs,
    tr,
)
from derive.corpora.toy_autoencoders import derivations
from derive.language import nodes as n
from derive.language.statements import Relation, sequents
from derive.plant import KINDS, LEAST_COPIES, TINY, Damage, chosen, damages, exchanged, trivial

D, d, T = dims("D d T")
A, B, S, R, X = matrix("A", D, d), matrix("B", d, D), matrix("S", D, D), matrix("R", D, D), matrix("X", D, T)
lam, c = family("λ", D), scalar("c")
i, j, k = indices("i j k", D)
(m,) = indices("m", d)
chosen_set = subset("I", D, d)

COPIES = {
    "sign": (equal(R, S + R @ S), ["−S + RS", "S − RS", "−(S + RS)"]),
    "factor 2": (equal(R, S - R @ S), ["2 S − RS", "S − 2 RS"]),
    "1e-20": (equal(c, c + 1), None),
    "number": (equal(c, 3 * c**2), ["6 c²", "4 c²", "−3 c²", "3 c³"]),
    "transpose": (equal(S, S @ R.T), ["SᵀRᵀ", "SR"]),
    "swap": (equal(S, S @ R @ A @ B), ["RSAB", "SABR", "ABSR"]),
    "dropped": (equal(S, S @ R + c * S), ["S + c S", "R + c S", "SR", "c S", "SR + S"]),
    "index": (equal(S[i, j], lam[i] * S[j, i]), ["λ_j s_ji", "λ_i s_jj"]),
    "delta": (equal(S[i, j], delta(i, j) * S[i, j]), ["1 s_ij", "(1 − δ_ij) s_ij"]),
    "k ≠ j": (equal(lam[j], total_except(k, j, lam[k]) * lam[j]), ["∑_k λ_k λ_j", "(∑_k λ_k) λ_j"]),
}


@pytest.mark.parametrize("kind", COPIES)
def test_each_kind_of_damage_appears_where_it_can(kind):
    relation, expected = COPIES[kind]
    found = [str(damage.relation.right) for damage in damages(relation) if damage.kind == kind]
    assert found
    for line in expected or []:
        if kind != "k ≠ j":
            assert line in found, found
    if kind == "k ≠ j":
        assert set(found) & set(expected)


def test_the_table_above_has_every_kind():
    assert set(COPIES) == set(KINDS)


def test_the_tiny_damage_is_one_part_in_1e20_and_exact():
    found = [damage for damage in damages(equal(c, 3 * c + 1)) if damage.tiny]
    numbers = {node.value for damage in found for node in damage.relation.right.walk() if isinstance(node, n.Number)}
    assert {1 + TINY, 3 + TINY} <= numbers
    assert all(type(number) is Fraction for number in numbers)
    assert Fraction(1, 10**20) == TINY


RELATIONS = {
    "words": equal(S @ R, -2 * (A @ B @ S - S @ R.T) + 3 * R),
    "gradient": equal(gradient(norm2(X - A @ B @ X), B), -2 * A.T @ (X - A @ B @ X) @ X.T),
    "partial": equal(partial(norm2(A @ B), A[i, m]), 2 * total(k, total(j, A[i, m] * B[m, k] * B[m, j]) * 1)),
    "sums": equal(lam[j], total((k, i), S[k, i] * delta(i, j) * lam[k]) - total_except(k, j, lam[k] ** 2)),
    "sets": equal(c, total_in(k, chosen_set, lam[k] * indicator(k, chosen_set)) + total_pairs(i, k, S[i, k])),
    "quotients": equal(c, (1 + c**2) / (2 + norm2(S)) - tr(inv(S) @ R)),
    "columns": equal(S[:, j], (1 - norm2(S[:, j])) * lam[j] * S[:, j] - total(k, inner(S[:, k], R[:, j]) * S[:, k])),
    "values": equal(S, at(rate(S, {S: R @ S}), {R: S.T}) + diag(lam)),
    "a letter": equal(A, A),
    "a number": equal(c, 2),
    "a definition": equal(S, n.Defined("P", A @ B, "p") @ S),
}  # fmt: skip


def free(expr):
    return {index for index in expr.free if not index.fixed}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", RELATIONS)
def test_every_copy_is_well_typed_distinct_and_different(name, side):
    relation = RELATIONS[name]
    found = list(damages(relation, side))
    other = "right" if side == "left" else "left"
    assert len({damage.relation for damage in found}) == len(found)
    for damage in found:
        assert damage.relation != relation
        assert getattr(damage.relation, other) == getattr(relation, other)
        changed = getattr(damage.relation, side)
        assert changed.shape == relation.left.shape
        assert Relation(damage.relation.left, damage.relation.right) == damage.relation
        assert damage.kind in KINDS
        assert str(damage)


def test_a_definition_is_not_damaged_inside():
    P = n.Defined("P", A @ B, "p")
    for damage in damages(equal(S, P @ S)):
        assert all(node == P for node in damage.relation.right.walk() if isinstance(node, n.Defined))


def test_the_values_that_are_put_in_are_left_alone():
    relation = equal(S, at(S @ R, {R: S.T @ S}))
    for damage in damages(relation):
        values = [node.values for node in damage.relation.right.walk() if isinstance(node, n.At)]
        assert values in ([], [(S.T @ S,)])


def test_shapes_rule_out_transposes_and_swaps():
    found = [damage.kind for damage in damages(equal(A @ B, A @ B))]
    assert "transpose" not in found
    assert "swap" not in found
    assert "transpose" in [damage.kind for damage in damages(equal(S, S @ R))]


def test_an_index_is_exchanged_for_one_over_its_own_dimension():
    relation = equal(total((j, m), A[j, m] * B[m, i] * lam[j]), lam[i] * total((k, m), A[k, m] * B[m, i]))
    for damage in damages(relation):
        assert free(damage.relation.right) <= {i}, damage


@pytest.mark.parametrize(
    ("expr", "zero"), [(n.coerce(0), True), (n.Zeros((D, d)), True), (c - c, False), (0 * A, False)]
)
def test_of_a_plain_zero_there_is_no_damage(expr, zero):
    assert trivial(expr) is zero


def test_neighbouring_blocks_change_places():
    assert {"".join(order) for order in exchanged(tuple("abc"))} == {"bac", "acb", "bca", "cab"}
    assert list(exchanged(("a",))) == []


# Which are chosen ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", RELATIONS)
def test_the_choice_depends_on_the_seed_only(name, seed):
    found = list(damages(RELATIONS[name]))
    once, again = chosen(found, LEAST_COPIES, seed), chosen(found, LEAST_COPIES, seed)
    assert once == again
    assert len(once) == min(LEAST_COPIES, len(found))
    assert len(set(once)) == len(once)
    assert set(once) <= set(found)


def test_another_seed_chooses_otherwise():
    found = list(damages(RELATIONS["columns"]))
    assert len(found) > LEAST_COPIES
    assert chosen(found, 20, 1) != chosen(found, 20, 2)


@pytest.mark.parametrize("seed", range(3))
def test_every_kind_is_chosen_before_any_is_chosen_often(seed):
    found = list(damages(RELATIONS["columns"]))
    kinds = {damage.kind for damage in found}
    assert {damage.kind for damage in chosen(found, LEAST_COPIES, seed)} == kinds


def test_nothing_is_chosen_of_nothing():
    assert chosen([], 20, 0) == []
    assert chosen([Damage("sign", "c", equal(c, -c))], 20, 0) == [Damage("sign", "c", equal(c, -c))]


# The notes ----------------------------------------------------------------------------------------------------------

STEPS = [
    (f"{claim.label}-{step.number}.{number}", sequent.goal)
    for page in derivations
    for claim in page.claims.values()
    for step in claim.steps
    for number, sequent in enumerate(sequents(step.statement))
]


@pytest.mark.parametrize(("label", "goal"), STEPS, ids=[label for label, _ in STEPS])
def test_every_step_of_the_notes_has_copies_that_can_be_told_apart(label, goal):
    if goal.sign != "=":
        return
    found = list(damages(goal, "left" if trivial(goal.right) else "right"))
    assert len(found) >= 3
    assert len({damage.relation for damage in found}) == len(found)
