"""A derivation: what its verbs keep, and what they refuse."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from derive import (
    Derivation,
    at_most,
    below,
    differs,
    dims,
    equal,
    family,
    fixed,
    gradient,
    iff,
    implies,
    indices,
    invertible,
    matrix,
    member,
    norm2,
    not_member,
    orthogonal,
    same,
    scalar,
    subset,
    tr,
)
from derive.errors import IndexingError, InputError, ShapeError, TypingError
from derive.language.derivation import built
from derive.language.statements import Iff, Implies, Relation

D, d = dims("D d")
A, B, S = matrix("A", D, d), matrix("B", d, D), matrix("S", D, D)
lam, c = family("λ", D), scalar("c")
i, j = indices("i j", D)
f, g = fixed("f g", D)
chosen = subset("I", D, d)


@pytest.fixture
def page():
    return Derivation("A page", source="section 9")


# What is given ------------------------------------------------------------------------------------------------------


def test_a_definition_prints_as_its_name_and_stands_for_its_body(page):
    Sigma = page.define("Σ", A @ A.T, entry="σ")
    assert str(Sigma @ S) == "ΣS"
    assert str(Sigma[i, j]) == "σ_ij"
    assert Sigma.shape == (D, D)
    assert Sigma.body == A @ A.T
    assert page.definitions == {"Σ": Sigma}


def test_a_definition_has_entries_in_its_own_letter_or_in_lower_case(page):
    assert str(page.define("P", A @ B)[i, j]) == "p_ij"


REFUSED_NAMES = {
    "two definitions": (lambda page: (page.define("P", A), page.define("P", B)), ["P is defined twice", "A", "B"]),
    "a definition of itself": (lambda page: page.define("A", 2 * A), ["definition of A", "refers to itself", "2 A"]),
    "a definition of itself by another": (
        lambda page: page.define("A", 2 * page.define("Q", A.T @ A)),
        ["A", "refers to itself"],
    ),
    "a definition of its own name": (
        lambda page: Derivation("other").define("P", tr(page.define("P", A @ B))),
        ["P", "refers to itself"],
    ),
    "a definition of the variable": (lambda page: page.define("A", gradient(norm2(A), A)), ["A", "refers to itself"]),
    "a symbol named as a definition": (
        lambda page: page.calc("1", page.define("P", A @ B) @ S, matrix("P", D, D) @ S),
        ["P is a symbol and a definition"],
    ),
    "two symbols of one name": (
        lambda page: page.calc("1", tr(A @ B), tr(matrix("A", d, d))),
        ["two symbols are named A"],
    ),
    "two symbols of one name in two steps": (
        lambda page: page.have("1", equal(A, A), equal(matrix("A", d, D), B)),
        ["two symbols are named A"],
    ),
    "a hypothesis about another symbol of the name": (
        lambda page: (page.assume(orthogonal(matrix("A", D, D))), page.calc("1", A, A)),
        ["two symbols are named A"],
    ),
}


@pytest.mark.parametrize("name", REFUSED_NAMES)
def test_refuses_names_that_mean_two_things(page, name):
    write, words = REFUSED_NAMES[name]
    with pytest.raises(InputError) as caught:
        write(page)
    for word in words:
        assert word in str(caught.value)


def test_an_assumption_goes_by_its_words_or_by_itself(page):
    assert page.assume(d < D).name == "d < D"
    assert page.assume(orthogonal(S)).name == "S orthogonal"
    assert page.assume(equal(A.T @ A, B @ B.T), "balanced").name == "balanced"
    assert [str(one) for one in page.assumptions] == ["d < D", "S orthogonal", "balanced"]


def test_a_model_is_kept_and_given_back_as_a_decorator_needs(page):
    @page.model
    def maker(sizes, random):
        return {}

    assert page.model_maker is maker
    assert maker({}, None) == {}


def test_a_reference_is_kept_under_the_name_of_its_definition(page):
    loss = page.define("L", norm2(A))

    @page.reference(loss)
    def by_hand(A):
        return sum(entry * entry for row in A for entry in row)

    assert page.independent == {"L": by_hand}
    assert by_hand([[1, 2]]) == 5


# What is claimed ----------------------------------------------------------------------------------------------------


def test_a_chain_is_a_step_for_each_sign(page):
    claim = page.calc("1", norm2(A), tr(A.T @ A), tr(A @ A.T), because=["by definition", "cyclic"], title="Norm")
    assert [str(step.statement) for step in claim.steps] == ["‖A‖² = tr(AᵀA)", "tr(AᵀA) = tr(AAᵀ)"]
    assert [step.because for step in claim.steps] == ["by definition", "cyclic"]
    assert claim.formula == "‖A‖² = tr(AᵀA) = tr(AAᵀ)"
    assert (claim.title, claim.kind, claim.expected) == ("Norm", "calc", "proved")
    assert page.claims == {"1": claim}


def test_a_chain_may_go_up(page):
    claim = page.calc("1", -norm2(A), -tr(A.T @ A), below(0))
    assert [step.statement.sign for step in claim.steps] == ["=", "≤"]
    assert claim.formula.endswith("≤ 0")


def test_a_claim_knows_the_line_of_the_file_that_states_it(page):
    claim = page.calc("1", A, A)
    file, _, line = claim.place.rpartition(":")
    assert file == __file__
    assert "claim = page.calc" in Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_the_gradient_is_the_first_line_of_its_chain(page):
    claim = page.gradient("1", norm2(A), A, 2 * A)
    assert str(claim.steps[0].statement) == "∂(‖A‖²)/∂A = 2 A"
    both = page.gradient("2", tr(A @ B), (B, A), 1 * gradient(tr(A @ B), B, A))
    assert both.steps[0].statement.left == gradient(tr(A @ B), B, A)


def test_what_vanishes_is_a_step_of_its_own_both_ways(page):
    claim = page.gradient("1", norm2(A), A, 2 * A)
    equation = equal(A, 0)
    assert claim.vanishes(equation) is equation
    assert isinstance(claim.steps[-1].statement, Iff)
    assert claim.formula.endswith("zero ⇔ A = 0")
    plain = page.gradient("2", norm2(A), A, 2 * A)
    assert str(plain.vanishes()) == "∂(‖A‖²)/∂A = 0"
    assert len(plain.steps) == 1


def test_cases_are_implications_and_leave_nothing_out(page):
    claim = page.cases(
        "1", S[f, f], (0, [not_member(f, chosen)]), (1, [member(f, chosen), differs(f, g)]), (c, [same(f, g)])
    )
    assert [type(step.statement) for step in claim.steps] == [Implies, Implies, Implies, Relation]
    assert str(claim.steps[1].statement) == "f ∈ I ∧ f ≠ g ⇒ s_ff = 1"
    assert claim.steps[-1].because == "the cases leave nothing out"
    assert str(claim.steps[-1].statement.right) == "0"
    assert claim.formula == "s_ff = {0 if f ∉ I, 1 if f ∈ I, f ≠ g, c if f = g}"


def test_a_statement_as_printed_is_built_when_it_is_checked(page):
    calls = []

    def reading():
        calls.append(1)
        return equal(A, 2 * A)

    claim = page.as_printed("1", reading, erratum="E1", reading="A = A", corrected_by="2")
    assert not calls
    assert (claim.expected, claim.errata, claim.reading) == ("refuted", ("E1",), "A = A")
    assert [str(step.statement) for step in built(claim).steps] == ["A = 2 A"]
    assert calls == [1]
    assert built(claim).formula == "A = 2 A"


def test_a_printed_statement_that_does_not_fit_says_why_when_it_is_built(page):
    claim = page.as_printed("1", lambda: equal(A, B), erratum=["E1", "E2"], reading="B is Aᵀ", expect="ill-typed")
    assert claim.errata == ("E1", "E2")
    with pytest.raises(ShapeError, match="A = B"):
        built(claim)


def test_a_printed_statement_may_not_use_a_name_twice(page):
    P = page.define("P", A @ B)
    claim = page.as_printed("1", lambda: equal(P, matrix("P", D, D)), erratum="E1", reading="")
    with pytest.raises(InputError, match="P is a symbol and a definition"):
        built(claim)


def test_a_remark_is_kept_and_is_no_claim(page):
    remark = page.remark("E3", "page 4", "a number is used twice")
    assert page.remarks == [remark]
    assert page.claims == {}


REFUSED = {
    "a chain of one line": (lambda page: page.calc("1", A), InputError, ["'1'", "1 line"]),
    "nothing stated": (lambda page: page.have("1"), InputError, ["'1'", "states nothing"]),
    "an implication of nothing": (
        lambda page: page.have("1", iff((), ())),
        InputError,
        ["step 1 of '1'", "states nothing"],
    ),
    "two claims with one label": (
        lambda page: (page.calc("1", A, A), page.calc("1", B, B)),
        InputError,
        ["two claims", "'1'", "A page"],
    ),
    "lines of two shapes": (lambda page: page.calc("1", A, A, B), ShapeError, ["step 2 of '1'", "D×d and d×D"]),
    "a free index on one side": (lambda page: page.calc("1", lam[i], c), IndexingError, ["step 1 of '1'", "index i"]),
    "a float": (lambda page: page.calc("1", c, 0.5), TypingError, ["0.5", "float"]),
    "no statement": (lambda page: page.have("1", A), TypingError, ["no statement"]),
    "using a string": (lambda page: page.calc("1", A, A, using=["S"]), InputError, ["using=['S']"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_a_claim_that_says_nothing_or_does_not_fit(page, name):
    write, error, words = REFUSED[name]
    with pytest.raises(error) as caught:
        write(page)
    for word in words:
        assert word in str(caught.value)


def test_a_refused_claim_leaves_its_label_free(page):
    with pytest.raises(ShapeError):
        page.calc("1", A, B)
    assert page.calc("1", A, A).label == "1"


# What a claim may use -----------------------------------------------------------------------------------------------


def names(claim):
    return [assumption.name for assumption in claim.hypotheses]


def test_a_claim_uses_everything_that_is_assumed_before_it(page):
    page.assume(d < D)
    page.assume(orthogonal(S))
    first = page.calc("1", S.T @ S, S @ S.T)
    page.assume(invertible(S))
    assert names(first) == ["d < D", "S orthogonal"]
    assert names(page.calc("2", S, S)) == ["d < D", "S orthogonal", "S invertible"]


def test_a_claim_uses_what_it_names_and_the_orders_of_dimensions(page):
    page.assume(d < D)
    rotation = page.assume(orthogonal(S))
    page.assume(equal(lam[i], 1))
    earlier = page.calc("1", S.T @ S, S @ S.T, using=[rotation])
    assert names(page.calc("2", S, S, using=[])) == ["d < D"]
    assert names(page.calc("3", S, S, using=[earlier])) == ["S orthogonal", "d < D", "(1)"]
    assert names(page.calc("4", S, S, using=[equal(A @ B, S)])) == ["AB = S", "d < D"]


def test_what_a_claim_states_under_premises_is_no_fact_for_others(page):
    claim = page.have("1", equal(c, c), implies(equal(c, 0), equal(c**2, 0)), at_most(0, c**2))
    assert [str(fact) for fact in claim.facts] == ["c = c", "0 ≤ c²"]


def test_numbers_may_be_ints_and_fractions(page):
    claim = page.calc("1", c, Fraction(1, 2), 1)
    assert [str(step.statement) for step in claim.steps] == ["c = ½", "½ = 1"]
