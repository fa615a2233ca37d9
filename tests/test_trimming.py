"""What is written of a proof: the hypotheses that it cites, and no others, and what it proves stays the same."""

from __future__ import annotations

from dataclasses import replace

from derive.kernel import Letter, check
from derive.kernel.statement import Derive, Hypothesis, Move
from derive.kernel.text import written
from derive.trimming import trimmed
from tests.kernel.makers import MEMBERSHIP, given, n_, num, plus, tensor, times, total
from tests.test_verify import notes

I, J, K, L = (n_(name) for name in ("_4", "_5", "_6", "_7"))


def symmetric(name: str, one=I, other=J, letter: str = "A") -> Hypothesis:
    return Hypothesis(name, (one, other), tensor(letter, one, other), tensor(letter, other, one))


def zero(name: str, letter: str, **more) -> Hypothesis:
    return Hypothesis(name, (), tensor(letter), num(0), **more)


def cited(*numbers: int, at=()) -> dict:
    rows = [
        {"coefficient": "1", "factors": [], "bound": [], "hypothesis": number, "at": list(at)} for number in numbers
    ]
    return {"rule": "membership", "cofactors": rows, "names": []}


def scalars(*hypotheses: Hypothesis):
    letters = dict.fromkeys("xyz", ())
    return given(tensor("z"), num(0), letters=letters, hypotheses=list(hypotheses), sets=(), dims=())


THREE = scalars(zero("x", "x"), zero("y", "y"), zero("z", "z"))


def test_hypotheses_that_are_not_cited_are_left_out_and_the_others_renumbered():
    statement, certificate = trimmed(THREE, cited(2))
    assert written(statement) == 'letters z\nassume "z": z = 0\nprove: z = 0\n'
    assert certificate["cofactors"][0]["hypothesis"] == 0
    assert check(statement, certificate).used == ("z",)


def test_lemmas_are_numbered_after_the_hypotheses_that_are_left():
    zero_z = [{"coefficient": "1", "factors": [["z", []]], "bound": []}]
    lemma = {"rule": "lemma", "each": [], "zero": zero_z, "proof": cited(2), "then": cited(3)}
    check(THREE, lemma)
    statement, certificate = trimmed(THREE, lemma)
    assert [h.name for h in statement.hypotheses] == ["z"]
    assert certificate["then"]["cofactors"][0]["hypothesis"] == 1
    check(statement, certificate)


def test_a_letter_of_the_goal_that_the_program_made_keeps_its_definition():
    left = tensor("recip#1")
    defined = Hypothesis("recip#1 x = 1", (), times(left, tensor("x")), num(1))
    statement = replace(scalars(defined, zero("y", "y")), left=left, right=left)
    statement = replace(statement, letters=(*statement.letters, Letter("recip#1", ())))
    kept, _ = trimmed(statement, MEMBERSHIP)
    assert [h.name for h in kept.hypotheses] == ["recip#1 x = 1"]


def test_a_reciprocal_stays_one_though_nothing_cites_it():
    """Without its line a derivative would hold it constant; what it divides by may have another in it."""
    one, other, moved = tensor("recip#1"), tensor("recip#2"), Move("x", (), num(1))
    hypotheses = (
        Hypothesis("1/x", (), times(one, tensor("x")), num(1), reciprocal=True),
        Hypothesis("1/(1/x + 1)", (), times(other, plus(one, num(1))), num(1), reciprocal=True),
        zero("y", "y"),
        Hypothesis("1/(1/x + 1) = z", (), other, tensor("z"), standing=False),
    )
    goal = plus(Derive(times(tensor("x"), one), (moved,)), times(tensor("x"), one, one))
    for left, right, certificate, kept in (
        (goal, one, {**MEMBERSHIP, "names": []}, ["1/x"]),
        (other, tensor("z"), cited(3), ["1/x", "1/(1/x + 1)", "1/(1/x + 1) = z"]),
        (tensor("y"), num(0), cited(2), ["y"]),
    ):
        statement = replace(scalars(*hypotheses), left=left, right=right)
        statement = replace(statement, letters=(*statement.letters, Letter("recip#1", ()), Letter("recip#2", ())))
        short, fitting = trimmed(statement, certificate)
        assert [h.name for h in short.hypotheses] == kept
        check(short, fitting)


def test_equal_hypotheses_become_equal_lines():
    """However the search has numbered their indices."""
    lines = set()
    for one, other in ((I, J), (J, I), (K, L)):
        statement = given(
            tensor("A", n_("i"), n_("j")), tensor("A", n_("j"), n_("i")), letters={"A": ("n", "n")},
            hypotheses=[symmetric("A", one, other)], fixed=[n_("i"), n_("j")],
        )  # fmt: skip
        short, certificate = trimmed(statement, cited(0, at=["i", "j"]))
        check(short, certificate)
        lines.add(written(short))
    assert len(lines) == 1
    assert "for all _1:n, _2:n: A[_1,_2] = A[_2,_1]" in lines.pop()


def test_a_pair_that_the_kernel_refuses_stays_as_it_is():
    false = replace(THREE, right=tensor("x"))
    certificate = cited(2)
    assert trimmed(false, certificate) == (false, certificate)


def test_sums_over_one_index_stay_apart_from_the_indices_that_are_kept():
    """An index of the author's that is called as the program would call one."""
    fixed = n_("_1")
    side = times(tensor("v", fixed), total([I], tensor("v", I)))
    statement = given(side, side, letters={"v": ("n",)}, fixed=[fixed])
    short, certificate = trimmed(statement, MEMBERSHIP)
    check(short, certificate)
    assert "v[_1]*(sum(_2:n) v[_2])" in written(short)


def test_of_the_notes_everything_is_trimmed():
    """None falls back to the whole; what was cited is cited, and less than half of what was assumed stays."""
    short = whole = 0
    for claim in notes():
        for statement, certificate in zip(claim.statements, claim.certificates, strict=True):
            shorter, fitting = trimmed(statement, certificate)
            assert fitting is not certificate, claim.label
            assert check(shorter, fitting).used == check(statement, certificate).used
            short, whole = short + len(shorter.hypotheses), whole + len(statement.hypotheses)
    assert 0 < 2 * short < whole
