"""What Jupyter is told to show: formulas that every front end typesets, and the words of a terminal beside them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from derive import (
    Derivation,
    InputError,
    at_most,
    check,
    dims,
    equal,
    gradient,
    less_than,
    matrix,
    norm2,
    relu,
    scalar,
    tr,
)
from derive.checker import Options, check_all
from derive.corpora import toy_autoencoders as notes
from derive.export.display import markdown, value_latex
from derive.language.derivation import Claim, built
from derive.language.latex import latex
from derive.language.markdown import first_and_last, mathematics, table, words
from derive.report import ClaimReport, Evidence, Formula, Planted, Report, StepReport

n, p = dims("n p")
M, N, x = matrix("M", n, p), matrix("N", n, p), matrix("x", p, n)
CLAIMS = [claim for page in notes.derivations for claim in page.claims.values()]


def page() -> Derivation:
    """One claim of every fate."""
    one = Derivation("Pipes | and *stars*", source="section_1")
    f = one.define("f", norm2(M @ x))
    one.gradient("good", f, x, 2 * M.T @ M @ x, because=["chain rule"])
    one.calc("chain", norm2(M), tr(M.T @ M), tr(M @ M.T), because=["entries", "cyclic"])
    one.as_printed(
        "printed", lambda: equal(gradient(f, x), M.T @ M @ x),
        erratum="E1", reading="the 2 is lost", corrected_by="good",
    )  # fmt: skip
    one.as_printed("ill", lambda: equal(M @ N, M), erratum="E2", reading="N is transposed", expect="ill-typed")
    one.have("false", equal(tr(M @ N.T), tr(M.T @ M)))
    return one


@pytest.fixture(scope="module")
def report() -> Report:
    return check(page())


def bundle(shown: object) -> dict[str, str]:
    found = shown._repr_mimebundle_()
    assert set(found) == {"text/plain", "text/markdown"}
    assert all(isinstance(text, str) and text for text in found.values())
    return found


def formulas(text: str) -> Iterator[str]:
    """What stands between dollars, once escaped dollars are out of the way."""
    plain = text.replace(r"\$", "")
    assert plain.count("$") % 2 == 0, text
    return (found[1] or found[2] for found in re.finditer(r"\$\$(.*?)\$\$|\$(.*?)\$", plain, re.DOTALL))


def assert_well_formed(text: str) -> None:
    """Formulas are balanced, nothing in them is taken for Markdown or HTML, and rows of a table are equally long."""
    for formula in formulas(text):
        assert not re.search(r"[|<>]|\n\n", formula), formula
        bare = formula.replace(r"\{", "").replace(r"\}", "")
        assert bare.count("{") == bare.count("}"), formula
        assert len(re.findall(r"\\left\b", formula)) == len(re.findall(r"\\right\b", formula)), formula
        assert formula.count(r"\begin{") == formula.count(r"\end{"), formula
    for block in re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE):
        widths = {len(re.split(r"(?<!\\)\|", row)) for row in block.splitlines()}
        assert len(widths) == 1, block


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.label)
def test_every_claim_of_the_notes_is_shown(claim: Claim):
    found = bundle(claim)
    assert_well_formed(found["text/markdown"])
    assert claim.label in found["text/plain"]
    assert f"({words(claim.label)})" in found["text/markdown"]
    assert mathematics(first_and_last(claim))
    for step in built(claim).steps if claim.expected != "ill-typed" else ():
        assert_well_formed(bundle(step)["text/markdown"])
        assert_well_formed(mathematics(step.statement._repr_latex_().strip("$")))
    for assumption in claim.hypotheses:
        assert_well_formed(bundle(assumption)["text/markdown"])
        assert assumption.statement._repr_latex_().startswith("$")


@pytest.mark.parametrize("one", notes.derivations, ids=lambda one: one.title)
def test_every_derivation_of_the_notes_is_shown(one: Derivation):
    found = bundle(one)
    assert_well_formed(found["text/markdown"])
    assert all(f"({words(label)})" in found["text/markdown"] for label in one.claims)
    assert all(f"({label})" in found["text/plain"] for label in one.claims)
    for remark in one.remarks:
        assert remark.erratum in bundle(remark)["text/markdown"]


def test_a_report_of_the_notes_is_shown_whole_and_claim_by_claim():
    """Reports without evidence that takes long: what is shown of each is the same."""
    labels = ("1", "22-agree", "28E", "28E-printed", "22-printed", "L-printed", "P3-gap", "22b")
    run = check_all(notes.derivations, Options(plant=False, only=labels))
    found = bundle(run)
    assert_well_formed(found["text/markdown"])
    for claim in run.claims:
        assert f"({words(claim.label)})" in found["text/markdown"]
        assert_well_formed(bundle(claim)["text/markdown"])
        for part in (*claim.steps, *claim.evidence):
            assert_well_formed(bundle(part)["text/markdown"])


def test_a_report_is_a_table_of_claims_with_what_is_wrong_below(report: Report):
    shown = bundle(report)["text/markdown"]
    rows = {row.split("|")[2].strip(): row for row in shown.splitlines() if row.startswith("| ")}
    assert "proved" in rows["(good)"]
    assert mathematics(str(report.claims[0].steps[0].formula)) in rows["(good)"]
    assert re.search(r"\bK\b.*\bf50\b", rows["(good)"])
    assert re.search(r"\d+/\d+", rows["(good)"])
    assert latex(tr(M @ M.T)) in rows["(chain)"], "the two ends of a chain"
    assert latex(tr(M.T @ M)) not in rows["(chain)"]
    assert "refuted" in rows["(printed)"]
    assert "!" in rows["(printed)"]
    assert rows["(false)"].startswith("| ✗ |")
    assert "**refuted**, expected proved" in rows["(false)"]
    assert "cannot be built" in rows["(ill)"]
    assert "repair `1 → 2 gives" in shown
    assert r"**Pipes \| and \*stars\*** · section\_1" in shown
    assert "1 of 5 claims does not have the verdict that is expected of it: false" in shown


def test_a_single_claim_is_shown_in_full(report: Report):
    found = {claim.label: bundle(claim)["text/markdown"] for claim in report.claims}
    good, chain, printed, ill = (found[label] for label in ("good", "chain", "printed", "ill"))
    assert "where $f = " in good
    assert "| kernel | holds |" in good
    assert "planted errors are caught" in good
    first, second = (row for row in chain.splitlines() if row.startswith(("| (1)", "| (2)")))
    assert f"{latex(norm2(M))} = " in first
    assert "entries" in first
    assert second.startswith(r"| (2) | $\displaystyle = \operatorname{tr}"), "a line adds its right side only"
    assert "| proved | cyclic; by " in second
    assert "**False** at $" in printed
    assert r"\begin{pmatrix}" in printed
    assert "**Repair** `1 → 2` gives `" in printed
    assert "**E1** the 2 is lost" in printed
    assert "M @ N: shapes n×p and n×p do not fit" in ill


def test_a_report_of_one_claim_is_that_claim(report: Report):
    assert markdown(Report(report.claims[:1], 0.0)) == markdown(report.claims[0])


def test_elsewhere_a_report_is_what_the_command_line_prints(report: Report):
    shown = bundle(report)["text/plain"]
    assert "✓  good" in shown
    assert "✗  false" in shown
    assert "refuted, expected proved" in shown
    assert bundle(report.claims[0])["text/plain"].splitlines()[1].startswith("✓  good")
    assert repr(report).startswith("Report(claims=")


def test_hypotheses_are_shown_with_what_happens_without_them():
    given = Derivation("Given")
    a, b = scalar("a"), scalar("b")
    less = given.assume(less_than(a, b), "a < b")
    idle = given.assume(less_than(0, a), "a > 0")
    claim = given.have("less", less_than(a - b, 0), using=[less, idle])
    shown = bundle(check(claim, plant=False))["text/markdown"]
    assert_well_formed(shown)
    assert re.search(r"a &lt; b \| needed \| without it false: .*left \$", shown)
    assert "| a &gt; 0 | not used |" in shown


def test_parts_of_a_report_are_shown():
    assert "holds" in bundle(Evidence("kernel", True))["text/plain"]
    assert "| objects | " in bundle(Evidence("kernel", False, "a|b"))["text/markdown"]
    assert r"a\|b" in bundle(Evidence("kernel", False, "a|b"))["text/markdown"]
    assert "is wrong" in bundle(Evidence("sympy", None, fault="sympy: 0"))["text/markdown"]
    assert "no error" in bundle(Planted())["text/plain"]
    escaped = bundle(Planted(2, 1, 0, ("the sign",)))["text/markdown"]
    assert "1 of 2" in escaped
    assert "**not caught** `the sign`" in escaped
    unknown = StepReport(1, "a", "b", "proved", "a = b | c")
    assert r"a = b \| c" in bundle(unknown)["text/markdown"], "without LaTeX, the words"


def test_a_claim_whose_check_broke_says_so():
    broken = ClaimReport("x", "page", "", "", "", "", "error", "proved", reason="ValueError: a_b")
    for shown in (bundle(broken), bundle(Report((broken, broken), 0.0))):
        assert r"ValueError: a\_b" in shown["text/markdown"]
        assert "**error**, expected proved" in shown["text/markdown"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("-3", "-3"),
        ("-1/2", r"-\frac{1}{2}"),
        ("[1 2; 3 -1/4]", r"\begin{pmatrix} 1 & 2 \\ 3 & -\frac{1}{4} \end{pmatrix}"),
        ("[2, 1/3]", r"(2,\; \frac{1}{3})"),
        ("{1, 3}", r"\{1, 3\}"),
    ],
)
def test_a_value_is_typeset(value, shown):
    assert value_latex(value) == shown


def test_the_sign_of_a_chain_is_its_weakest():
    steps = (Formula("a", "=", "b"), Formula("b", r"\le", "c", True), Formula("c", "=", "d", True))
    reports = tuple(StepReport(k, "", "", "proved", formula=formula) for k, formula in enumerate(steps, start=1))
    claim = ClaimReport("x", "page", "", "", "", "", "proved", "proved", reports)
    assert r"| $a \le d$ |" in markdown(Report((claim, claim), 0.0))


def test_columns_without_an_entry_are_left_out():
    assert table(["a", "b"], [["1", ""], ["2", ""]]) == "| a |\n| :-- |\n| 1 |\n| 2 |"


def test_showing_loads_nothing_that_checks():
    """A page is shown before anything is checked, so it does not wait for SymPy."""
    code = (
        "from derive.corpora.toy_autoencoders import derivations as pages\n"
        "import sys\n"
        "for page in pages:\n"
        "    page._repr_mimebundle_(), [claim._repr_mimebundle_() for claim in page.claims.values()]\n"
        "import derive.export.display\n"
        "print(*sorted({'sympy', 'numpy', 'mpmath', 'autograd', 'IPython', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# The function ---------------------------------------------------------------------------------------------------------


def test_check_takes_a_claim_a_page_several_or_a_module():
    one, other = page(), Derivation("Other")
    other.calc("other", norm2(N), tr(N.T @ N))
    assert isinstance(check(one.claims["good"], plant=False), ClaimReport)
    assert [c.label for c in check(one, only="good, chain", plant=False).claims] == ["good", "chain"]
    assert [c.label for c in check([one, other], only=["other"], plant=False).claims] == ["other"]
    assert [c.label for c in check(notes, only="28E", plant=False).claims] == ["28E"]
    with pytest.raises(InputError, match="no claim 'nothing'"):
        check(one, only="nothing")
    with pytest.raises(InputError, match="give a claim"):
        check("page")


def test_check_hands_on_its_options():
    claim = page().claims["good"]
    assert check(claim, plant=False).planted is None
    found = {row.method: row for row in check(claim, digits=20, plant=False).evidence}
    assert found["finite-difference"].digits == 20
    seeds = [check(page(), only="printed", seed=seed, plant=False).claims[0].evidence for seed in (0, 1)]
    assert [row.detail for row in seeds[0]] != [row.detail for row in seeds[1]]


# Cells that are run again ---------------------------------------------------------------------------------------------

CELLS = {"get_ipython": lambda: None}
"""What a cell of a notebook has among its globals."""


def cell(code: str, space: dict[str, object]) -> None:
    exec(compile(code, f"<cell {hash(code)}>", "exec"), space)


START = """
from derive import *
n, p = dims("n p")
M, x = matrix("M", n, p), matrix("x", p, n)
page = Derivation("Page")
f = page.define("f", norm2(M @ x))
"""
STATED = 'claim = page.calc("square", f, tr(x.T @ M.T @ M @ x))'
BROKEN = STATED.replace("tr(", "2 * tr(")
USED = 'used = page.have("times", equal(3 * f, 3 * tr(x.T @ M.T @ M @ x)), using=[claim])'


def test_a_cell_can_be_run_again_and_a_changed_one_says_what_it_replaces():
    space = {**CELLS}
    for code in (START, STATED, STATED):
        cell(code, space)
    first = space["claim"]
    with pytest.warns(UserWarning, match=r"\(square\) is stated again"):
        cell(BROKEN, space)
    assert space["page"].claims["square"] is space["claim"] is not first
    assert check(space["page"], plant=False).claims[0].verdict == "refuted"


def test_what_rests_on_a_claim_that_was_changed_is_refused():
    space = {**CELLS}
    for code in (START, STATED, USED, STATED):
        cell(code, space)
    assert check(space["used"], plant=False).verdict == "proved", "the same again is no change"
    with pytest.warns(UserWarning, match="stated again"):
        cell(BROKEN, space)
    with pytest.raises(InputError, match=r"\(square\) was stated anew since \(times\) was"):
        check(space["used"])
    with pytest.raises(InputError, match="anew"):
        check(space["page"])


def test_what_mentions_a_definition_that_was_changed_is_refused():
    space = {**CELLS}
    for code in (START, STATED, 'f = page.define("f", 2 * norm2(M @ x))'):
        cell(code, space)
    with pytest.raises(InputError, match=r"f was defined anew since \(square\)"):
        check(space["page"])
    assert space["page"].definitions["f"] is space["f"]


def test_an_assumption_that_is_made_again_replaces_the_first():
    space = {**CELLS}
    cell(START, space)
    for code in ('page.assume(invertible(M @ M.T), "regular")', 'page.assume(equal(M @ M.T, eye(n)), "regular")'):
        cell(code, space)
    assert [str(one.statement) for one in space["page"].assumptions] == ["MMᵀ = I"]


def test_in_a_file_a_label_and_a_name_count_once():
    space: dict[str, object] = {}
    cell(START + STATED, space)
    with pytest.raises(InputError, match="two claims are labelled"):
        cell(STATED, space)
    with pytest.raises(InputError, match="defined twice"):
        cell('page.define("f", norm2(M))', space)


def test_cases_are_one_formula_and_that_they_leave_nothing_out_is_a_sentence():
    a, page = scalar("a"), Derivation("Cases")
    claim = page.cases("c", relu(a), (a, [at_most(0, a)]), (0, [at_most(a, 0)]), using=[])
    one = r"\begin{cases} a & 0 \le a \\ 0 & a \le 0 \end{cases}$"
    assert first_and_last(claim).endswith(one[:-1])
    written, checked = bundle(claim)["text/markdown"], bundle(check(page).claims[0])["text/markdown"]
    assert "| (3) | the cases leave nothing out | $\\displaystyle (1 - " in written.replace(r"\left", "")
    assert one in checked
    assert "| (3) | the cases leave nothing out | proved | $\\displaystyle " in checked
    assert checked.count("the cases leave nothing out") == 1
