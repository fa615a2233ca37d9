"""Instances as plain data: what is read again is what was written, or nothing."""

from __future__ import annotations

import json
from fractions import Fraction
from random import Random

import pytest

from derive import dims, fixed, index, initial, matrix, scalar, subset, total_in
from derive.crosscheck.instances import random_instance, signature
from derive.crosscheck.packed import packed, unpacked
from derive.evaluate import array

D, d = dims("D d")
A, x = matrix("A", D, d), scalar("x")
I = subset("I", D, d)
i = index("i", D)
SIGN = signature([x * A, total_in(i, I, A[i, :] @ A.T[:, i])], ())
SIZES = {"D": 3, "d": 2}


def made():
    found = random_instance(SIGN, SIZES, Random(0), 9)
    return found.__class__(found.sizes, {**found.values, "x": Fraction(-1, 3)}, found.sets, found.indices)


def test_what_is_written_is_read_again():
    instance = made()
    found = unpacked(json.loads(json.dumps(packed(instance))), SIGN, SIZES)
    assert (found.sizes, found.sets, found.indices) == (instance.sizes, instance.sets, instance.indices)
    assert found.values["x"] == Fraction(-1, 3)
    assert found.values["A"].tolist() == instance.values["A"].tolist()
    assert [*found.values] == [*instance.values]


def test_a_fraction_that_is_whole_is_a_whole_number():
    instance = made()
    instance.values["A"] = array([[Fraction(4, 2), 0], [0, 0], [0, 0]])
    assert type(unpacked(packed(instance), SIGN, SIZES).values["A"][0, 0]) is int


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("values", "x", "1"), ("values", "x", 0.5), ("values", "x", True), ("values", "x", None),
        ("values", "x", "1/0"), ("values", "x", "1e9/2"), ("values", "x", [[1]]), ("values", "x", "1/2 "),
        ("values", "A", 1), ("values", "A", [[1, 2], [3, 4]]), ("values", "A", [[1, 2, 3]] * 3),
        ("values", "A", [[1, 2], [3, 4], [5, None]]), ("values", "A", [1, 2, 3]), ("values", "other", 1),
        ("sets", "I", [0, 3]), ("sets", "I", [1, 0]), ("sets", "I", [0, 0]), ("sets", "I", [-1, 0]),
        ("sets", "I", [0]), ("sets", "I", [0, 1, 2]), ("sets", "I", 1), ("sets", "I", ["0", "1"]),
        ("sets", "J", [0, 1]), ("indices", "j", 0),
    ],
)  # fmt: skip
def test_what_is_no_instance_of_these_letters_is_none(part, name, value):
    data = packed(made())
    assert unpacked(data, SIGN, SIZES) is not None
    data[part][name] = value
    assert unpacked(data, SIGN, SIZES) is None


@pytest.mark.parametrize("part", ["values", "sets", "indices"])
@pytest.mark.parametrize("value", [None, [], 1, "x", {"other": 1}])
def test_parts_that_are_none_are_refused(part, value):
    assert unpacked(packed(made()) | {part: value}, SIGN, SIZES) is None


def test_an_index_is_within_its_dimension():
    (j,) = fixed("j", D)
    sign = signature([A[j, :] @ A.T[:, j]], ())
    instance = random_instance(sign, SIZES, Random(1), 9)
    assert unpacked(packed(instance), sign, SIZES).indices == instance.indices
    for place in (-1, 3, "0", True, None):
        assert unpacked(packed(instance) | {"indices": {"j": place}}, sign, SIZES) is None


def test_an_initial_set_is_the_first_ones():
    first = initial("K", D, d)
    sign = signature([total_in(i, first, A[i, :] @ A.T[:, i])], ())
    data = packed(random_instance(sign, SIZES, Random(1), 9))
    assert unpacked(data, sign, SIZES).sets == {"K": (0, 1)}
    assert unpacked(data | {"sets": {"K": [0, 2]}}, sign, SIZES) is None
