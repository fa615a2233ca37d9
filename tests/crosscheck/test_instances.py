"""Exact models of hypotheses: each is one, sizes are distinct, and where none is known none is made up."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from derive import (
    at_most,
    commute,
    decreasing,
    diagonal,
    differs,
    dims,
    distinct,
    equal,
    eye,
    family,
    fixed,
    full_column_rank,
    indices,
    initial,
    inv,
    invertible,
    less_than,
    matrix,
    member,
    members_of,
    norm2,
    not_member,
    orthogonal,
    precedes,
    projection,
    same,
    scalar,
    select,
    size,
    sqrt,
    subset,
    symmetric,
    tr,
)
from derive import models as public
from derive.crosscheck.instances import (
    general_sizes,
    holds,
    model,
    models,
    random_instance,
    random_orthogonal,
    relation_holds,
    signature,
    small_sizes,
)
from derive.errors import NoModelError, UndefinedError
from derive.evaluate import Evaluator, inverse
from derive.language.nodes import Defined, Diag

D, d, T = dims("D d T")
A, B, X = matrix("A", D, d), matrix("B", d, D), matrix("X", D, T)
S, R, U = matrix("S", D, D), matrix("R", D, D), matrix("U", D, D)
lam, c, e = family("λ", D), scalar("c"), scalar("e")
i, j = indices("i j", D)
f, g, h = fixed("f g h", D)
chosen, first = subset("I", D, d), initial("J", D, d)
SIZES = {"D": 4, "d": 2, "T": 5}

KINDS = {
    "orthogonal": [orthogonal(U)],
    "symmetric": [symmetric(S)],
    "symmetric product": [symmetric(S), symmetric(R), commute(S, R)],
    "invertible": [invertible(S)],
    "invertible product": [invertible(A.T @ A)],
    "commuting": [commute(S, R)],
    "letter given by an expression": [equal(S, X @ X.T)],
    "expression given for a letter": [equal(X @ X.T, S)],
    "spectrum": [orthogonal(U), equal(S, U @ Diag(lam) @ U.T)],
    "spectrum first": [equal(S, U @ Diag(lam) @ U.T), orthogonal(U)],
    "orthonormal columns": [equal(A.T @ A, eye(d))],
    "orthonormal rows": [equal(B @ B.T, eye(d))],
    "linear in a letter": [equal(S @ A, A)],
    "linear in two letters": [equal(A.T @ S, A.T @ A @ B @ S)],
    "linear and inhomogeneous": [equal(tr(S), 3)],
    "a scalar": [equal(c, Fraction(2, 3))],
    "two scalars": [equal(c + e, 1)],
    "vanishing": [equal(A, 0)],
    "entries": [equal(S[f, f], 0)],
    "every diagonal entry": [equal(S[i, i], 1)],
    "member": [member(f, chosen)],
    "members and not": [member(f, chosen), not_member(g, chosen), differs(f, h)],
    "same": [same(f, g), differs(g, h)],
    "orders of dimensions": [d < D, orthogonal(U)],
    "full column rank": [full_column_rank(A)],
    "projection": [projection(S)],
    "projection by equations": [equal(S.T, S), equal(S @ S, S)],
    "oblique projection": [equal(S @ S, S)],
    "involution": [equal(S @ S, eye(D))],
    "reflection": [symmetric(S), orthogonal(S)],
    "nilpotent": [equal(S @ S, 0)],
    "antisymmetric": [equal(S.T, -S)],
    "diagonal": [diagonal(S)],
    "diagonal and invertible": [diagonal(S), invertible(S)],
    "diagonal projection": [diagonal(S), projection(S)],
    "distinct": [distinct(lam)],
    "decreasing": [decreasing(lam)],
    "decreasing and positive": [decreasing(lam), less_than(0, lam[i])],
    "positive": [less_than(0, lam[i])],
    "between": [at_most(lam[i], 1), less_than(0, lam[i])],
    "order of scalars": [less_than(c, e)],
    "weak order of scalars": [at_most(c, e), at_most(e, 2)],
    "a small matrix": [at_most(norm2(A), 1)],
    "a norm that is zero": [equal(norm2(A), 0)],
    "a norm of a difference": [equal(norm2(S - R), 0)],
    "a trace of squares": [equal(tr(A.T @ A), 0)],
    "commuting with a diagonal matrix": [commute(S, Diag(lam))],
    "commuting with a diagonal matrix, by an equation": [equal(S @ Diag(lam), Diag(lam) @ S)],
    "projection that commutes with a spectrum": [projection(S), distinct(lam), commute(S, Diag(lam))],
    "symmetric and commuting": [symmetric(S), equal(S @ R, R @ S)],
    "symmetric and linear": [symmetric(S), equal(tr(S), 1), equal(S[f, g], 0), differs(f, g)],
    "Gram matrix with a spectrum": [orthogonal(U), decreasing(lam), equal(X @ X.T, U @ Diag(lam) @ U.T)],
    "Gram matrix, named": [orthogonal(U), distinct(lam), equal(Defined("Σ", X @ X.T, "σ"), U @ Diag(lam) @ U.T)],
    "Gram matrix, the other way": [orthogonal(U), equal(B @ B.T, eye(d)), equal(U @ Diag(lam) @ U.T, X @ X.T)],
    "chosen members": [equal(S, select(chosen) @ select(chosen).T), members_of(chosen, i, S[i, i])],
    "members of a chosen set": [
        projection(S), diagonal(S), equal(tr(S), size(d)), members_of(chosen, i, S[i, i]), member(f, chosen),
    ],
    "initial": [member(f, first), precedes(g, f)],
    "in order": [precedes(f, g), precedes(g, h)],
}  # fmt: skip


ONE_MODEL = {"a scalar", "vanishing", "a norm that is zero", "a trace of squares"}
"""Kinds whose hypotheses leave no freedom; their other letters are not compared."""


def exprs_of():
    return (
        tr(S),
        norm2(A) + norm2(B) + norm2(X),
        tr(R) + tr(U),
        c + e + lam[f] + lam[g] + lam[h] + norm2(select(chosen)),
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", KINDS)
def test_a_model_of_a_known_kind_satisfies_every_hypothesis_exactly(name, seed):
    given = KINDS[name]
    made = model(signature(exprs_of(), given), given, SIZES, Random(seed), 9)
    evaluator = Evaluator(made)
    assert all(holds(hypothesis, evaluator) for hypothesis in given)
    entries = [entry for value in made.values.values() for entry in np.ravel(np.array(value, dtype=object))]
    assert {type(entry) for entry in entries} <= {int, Fraction}


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ONE_MODEL])
def test_two_seeds_give_two_models_and_one_seed_gives_one(name):
    given, sign = KINDS[name], signature(exprs_of(), KINDS[name])

    def shown(seed):
        made = model(sign, given, SIZES, Random(seed), 9)
        return str({key: np.array(value).tolist() for key, value in made.values.items()}), made.sets, made.indices

    assert shown(1) == shown(1)
    assert shown(1) != shown(2)


NONE = {
    "contradictory": [equal(c, 1), equal(c, 2)],
    "an irrational root": [equal(c**2, 2)],
    "more orthonormal columns than rows": [equal(B.T @ B, eye(D))],
    "an impossible place": [member(f, chosen), not_member(f, chosen)],
    "equal and different": [same(f, g), differs(f, g)],
    "never invertible": [invertible(A @ B)],
}


@pytest.mark.parametrize("name", NONE)
def test_where_there_is_no_model_none_is_made_up(name):
    given = NONE[name]
    with pytest.raises(NoModelError, match="no exact model of") as caught:
        model(signature(exprs_of(), given), given, SIZES, Random(0), 9)
    assert str(given[0]) in str(caught.value)
    assert "give one by @derivation.model: def model(sizes, random)" in str(caught.value)


@pytest.mark.parametrize("name", [*KINDS, *NONE])
def test_nothing_that_is_handed_out_breaks_a_hypothesis(name):
    given = {**KINDS, **NONE}[name]
    for made in models(signature(exprs_of(), given), given, SIZES, Random(3), 2, tries=3):
        assert all(holds(hypothesis, Evaluator(made)) for hypothesis in given)


# The author's model -------------------------------------------------------------------------------------------------


def special(sizes, random):
    return {"S": public.diagonal([7] * sizes["D"]), "I": (0, 1), "unknown": 3}


def test_the_models_of_an_author_are_never_used_without_hypotheses():
    """A model of hypotheses is a special point, where much agrees that does not agree elsewhere."""
    sign = signature((tr(S),), [d < D])
    for made in models(sign, [d < D], {"D": 4, "d": 2}, Random(0), 9, special, tries=8):
        assert made.values["S"].tolist() != public.diagonal([7] * 4).tolist()


def test_the_models_of_an_author_are_used_with_hypotheses_beside_those_of_the_program():
    given = [symmetric(S)]
    sign = signature((tr(S) + norm2(select(chosen)),), given)
    found = [
        made.values["S"].tolist() for made in models(sign, given, {"D": 4, "d": 2}, Random(0), 9, special, tries=8)
    ]
    own = public.diagonal([7] * 4).tolist()
    assert found.count(own) == 4
    assert len(found) == 8
    made = next(models(sign, given, {"D": 4, "d": 2}, Random(0), 9, special))
    assert made.sets == {"I": (0, 1)}
    assert "unknown" not in made.values


def test_a_model_of_an_author_that_breaks_a_hypothesis_is_not_used():
    given = [orthogonal(S)]
    sign = signature((tr(S),), given)
    found = list(models(sign, given, {"D": 3}, Random(0), 9, special, tries=4))
    assert len(found) == 2
    assert all(holds(given[0], Evaluator(made)) for made in found)


def test_a_model_of_an_author_may_decline():
    def declines(sizes, random):
        raise NoModelError("not at these sizes")

    made = model(signature((tr(S),), [orthogonal(S)]), [orthogonal(S)], {"D": 3}, Random(0), 9, declines)
    assert holds(orthogonal(S), Evaluator(made))


# What a model is made of --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", range(1, 6))
def test_a_random_orthogonal_matrix_is_one_exactly_and_is_not_the_identity(size, seed):
    found = random_orthogonal(size, Random(seed))
    assert np.dot(found.T, found).tolist() == [[int(a == b) for b in range(size)] for a in range(size)]
    assert size == 1 or any(found[a, b] != 0 for a in range(size) for b in range(size) if a != b)


@pytest.mark.parametrize("seed", range(3))
def test_a_random_invertible_matrix_has_an_inverse(seed):
    found = public.invertible(3, Random(seed))
    assert np.dot(inverse(found), found).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize("expr", [sqrt(1 + c**2), sqrt(c**2), sqrt(c)], ids=str)
def test_roots_are_often_given_a_point_where_they_are_rational(expr):
    sign, found = signature((expr,), []), 0
    for seed in range(40):
        try:
            assert Evaluator(random_instance(sign, {}, Random(seed)))(expr) >= 0
            found += 1
        except UndefinedError:
            continue
    assert found >= 4


# Sizes --------------------------------------------------------------------------------------------------------------


def test_general_sizes_are_distinct_and_none_is_one():
    sign = signature(exprs_of(), [d < D])
    found = general_sizes(sign, 4)
    assert len(found) == 4
    for sizes in found:
        assert len(set(sizes.values())) == len(sizes)
        assert min(sizes.values()) > 1
        assert sizes["d"] < sizes["D"]


def test_small_sizes_are_all_of_them_smallest_first():
    sign = signature((tr(A @ B),), [d < D])
    found = [(sizes["D"], sizes["d"]) for sizes in small_sizes(sign)]
    assert found == [(2, 1), (3, 1), (3, 2)]
    free = signature((tr(A @ B),), [])
    assert len(list(small_sizes(free))) == 9


def test_a_set_is_never_larger_than_what_it_is_of():
    sign = signature((norm2(select(chosen)),), [])
    assert all(sizes["d"] <= sizes["D"] for sizes in small_sizes(sign, 4))


def test_a_signature_is_everything_that_needs_a_value():
    sign = signature(
        (tr(S @ inv(U)) + sqrt(c**2), lam[f] + norm2(select(chosen))), [symmetric(R), d < D, member(g, chosen)]
    )
    assert set(sign.symbols) == {"S", "U", "c", "λ", "R"}
    assert [index.name for index in sign.fixed] == ["f", "g"]
    assert sign.dims == ("D", "d")
    assert sign.orders == (("d", "D"),)
    assert sign.rooted
    assert list(sign.sets) == ["I"]


def test_an_inequality_holds_where_the_left_side_is_not_larger():
    made = random_instance(signature((c, e), []), {}, Random(1), 9)
    small, large = sorted((made.values["c"], made.values["e"]))
    names = {made.values["c"]: c, made.values["e"]: e}
    assert relation_holds(at_most(names[small], names[large]), Evaluator(made))
    assert small == large or not relation_holds(at_most(names[large], names[small]), Evaluator(made))
