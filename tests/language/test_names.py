"""A name prints as a name: nothing can be called so that a statement reads as another one."""

from __future__ import annotations

import pytest

from derive import (
    Derivation,
    at_most,
    dims,
    equal,
    family,
    fixed,
    index,
    indices,
    initial,
    matrix,
    scalar,
    size,
    subset,
    total,
)
from derive.errors import IndexingError, InputError, TypingError

D, d = dims("D d")
(i,) = indices("i", D)
x, a = family("x", D), scalar("a")

GOOD = [
    "a",
    "λ_max",
    "μ₁",
    "β₁₂",
    "W̄",
    "C′",
    "x'",
    "ẋ",
    "ℓ",
    "ℒ",
    "A⁺",
    "w*",
    "Γ",
    "E₁",
    "loss",
    "h2",
    "U_I",
    "ℏ",
    "𝐱",
    "ø",
]
BAD = {
    "a²": "'²' means something else",
    "a·b": "'·' means something else",
    "1/a": "'1' can only stand behind a letter",
    "a/b": "'/' means something else",
    "а": "(cyrillic small letter a) may look like another letter",
    "Α": "(greek capital letter alpha) looks like a Latin letter",
    "Ａ": "may look like another letter",
    "𝑥": "(mathematical italic small x) may look like another letter",
    "ɡ": "may look like another letter",
    "xǃ": "may look like another letter",
    "x\u034f": "cannot be seen",
    "x\ufe0f": "cannot be seen",
    "a\u200b": "U+200B cannot be seen",
    "\u202ea": "U+202E cannot be seen",
    "Aᵀ": "'ᵀ' means something else",
    "0 = 1 and b": "can only stand behind",
    "b and c": "U+0020 cannot be seen",
    "⁺": "means something else",
    "A⁺B": "'⁺' means something else",
    "_": "can only stand behind a letter",
    "": "write letters",
    "root#1": "'#' means something else",
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_written_on_paper_is_a_name(name):
    assert str(scalar(name)) == str(family(name, D)) == str(matrix(name, D, d)) == name
    assert str(Derivation("Names").define(name, scalar("z"))) == name


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("made", [scalar, lambda name: family(name, D), lambda name: matrix(name, D, d)])
def test_what_reads_as_something_else_is_none(name, made):
    with pytest.raises(TypingError) as caught:
        made(name)
    assert BAD[name] in str(caught.value)
    assert "\u200b" not in str(caught.value)


@pytest.mark.parametrize("name", ["1", "a²", "а", "D×d"])
def test_nor_of_a_definition_a_dimension_an_index_or_a_set(name):
    makers = (
        lambda: Derivation("Names").define(name, a), lambda: dims(name), lambda: index(name, D),
        lambda: indices(name, D), lambda: subset(name, D, d), lambda: initial(name, D, d),
    )  # fmt: skip
    for made in makers:
        with pytest.raises(TypingError, match="is no name of"):
            made()


@pytest.mark.parametrize("made", [scalar, lambda name: index(name, D), lambda name: subset(name, D, d)])
def test_a_name_is_a_text(made):
    with pytest.raises(TypingError, match="3 is no name: give a text"):
        made(3)


def test_one_letter_in_two_spellings_is_one_letter():
    assert scalar("e\u0301") == scalar("é")
    assert matrix("A\u0303", D, d) == matrix("Ã", D, d)
    assert scalar("µ") == scalar("μ")
    assert scalar("\u2126") == scalar("Ω")


def test_a_definition_may_be_named_after_a_transpose_inside_only():
    page, A = Derivation("Names"), matrix("A", D, D)
    assert str(page.define("P_UᵀA", A)) == "P_UᵀA"
    for name in ("Uᵀ", "ᵀU"):
        with pytest.raises(TypingError):
            page.define(name, A)


def test_a_letter_is_not_called_as_an_entry_that_stands_beside_it():
    """∑_i x_i = D x_i would be proved of a number that is called x_i."""
    page = Derivation("Names")
    with pytest.raises(InputError, match="x_i is a symbol, and an entry prints as x_i too"):
        page.have("1", equal(total(i, x[i]), size(D) * scalar("x_i")))
    page.have("2", equal(scalar("x_i") + a, a + scalar("x_i")))
    page.have("3", equal(total(i, x[i]) + scalar("x_max"), scalar("x_max") + total(i, x[i])))


def test_two_indices_of_one_name_are_refused_with_what_they_stand_in():
    (fixed_one,) = fixed("i", D)
    with pytest.raises(IndexingError, match="x_i and x_i: two free indices have one name"):
        Derivation("Names").have("1", at_most(x[i], x[fixed_one]))
