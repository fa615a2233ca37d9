"""What newcomers write wrong is told with what to write instead."""

from __future__ import annotations

import pytest

from derive import (
    Derivation,
    below,
    dims,
    equal,
    expectation,
    family,
    index,
    matrix,
    norm2,
    scalar,
    size,
    with_moments,
)
from derive.checker import check_claim
from derive.cli import main
from derive.errors import DeriveError, LawError

many = dims("n")
(D,) = dims("D")
j = index("j", D)
w, b, q = family("w", D), family("b", D), scalar("q")
HINTS = {
    "a list of dimensions for one": (lambda: size(many), "n, = dims('n')"),
    "the same of a matrix": (lambda: matrix("A", many, D), "n, = dims('n')"),
    "an index on one side": (lambda: equal(w[j] ** 2, q), "fixed('j', D)"),
    "less than, as Python has it": (lambda: q < norm2(w), "less_than(…, …)"),
    "at most": (lambda: norm2(w) >= 0, "at_most(…, …)"),
    "a chain that starts below": (lambda: Derivation("x").calc("c", below(0), norm2(w)), "not with below(0)"),
}


@pytest.mark.parametrize("name", HINTS)
def test_the_message_says_what_to_write(name):
    build, words = HINTS[name]
    with pytest.raises(DeriveError) as caught:
        build()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_moment_that_is_missing_is_told_with_the_claim_and_its_place():
    page = Derivation("Moments")
    claim = page.have("bad", equal(expectation({b: with_moments(0, 1)})(norm2(b) ** 2), 1))
    with pytest.raises(LawError, match=r"test_hints.py:\d+: claim 'bad': with_moments\(0, 1\): its moment of order 4"):
        check_claim(claim)


def test_what_ties_letters_is_told_with_how_to_leave_it_out():
    page = Derivation("Tied")
    page.assume(equal(q, norm2(w)), "q is the square")
    claim = page.gradient("slope", q * norm2(w), w, 2 * q * w)
    assert "ties q to w: it cannot be held constant; by using=[…]" in check_claim(claim).reason
    free = page.gradient("free", q * norm2(w), w, 2 * q * w, using=[])
    assert check_claim(free).verdict == "proved"


def test_that_a_case_is_left_out_is_said_in_words(tmp_path, capsys):
    path = tmp_path / "cases.py"
    path.write_text(
        "from derive import Derivation, at_most, less_than, relu, scalar\nx = scalar('x')\npage = Derivation('Cases')\n"
        "page.cases('kink', relu(x), (x, [less_than(1, x)]), (0, [at_most(x, 0)]))\n"
    )
    assert main(["check", "--no-plant", str(path)]) == 1
    assert "step 3 refuted  the cases leave nothing out\n" in capsys.readouterr().out
