"""LaTeX proofs: what stands in them, that pdflatex takes them without a complaint, and that nothing sticks out."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive import Derivation, differs, dims, equal, fixed, matrix, same, tr
from derive.checker import Options, check_all
from derive.cli import main
from derive.errors import DeriveError
from derive.export.document import Document, document
from derive.export.latex import sources, write, write_pdf
from derive.export.latex.breaking import inline, lines
from derive.export.latex.formulas import DISPLAY, TEXT, atoms, joined, width
from derive.export.latex.words import escaped
from tests.export.conftest import ODD_PAGE

GOLDEN = Path(__file__).parents[1] / "golden"
REFRESH = "python -m tests.export.test_latex writes what is written now to tests/golden"
SHOWN = {
    "latex-odd-page.tex": ("odd_planted", "odd_page.tex"),
    "latex-critical-points.tex": ("notes", "notes-critical-points-of-the-linear-autoencoder.tex"),
    "latex-energy.tex": ("notes", "notes-the-energy-when-all-eigenvalues-agree.tex"),
}
NAMES = {"odd": "odd_page", "odd_planted": "odd_page", "notes": "notes"}


def texts(request, which: str) -> dict[str, str]:
    return sources(request.getfixturevalue(which), NAMES[which])


def steady(text: str) -> list[str]:
    """Without what differs between machines: versions, and the last digits of floating numbers."""
    text = re.sub(r"\\checkedwith\}\{.*\}", r"\\checkedwith}{}", text)
    return re.sub(r"autograd\} to \d+ digits", "autograd} to 15 digits", text).splitlines()


# What stands in it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_the_golden_file(request, name):
    which, file = SHOWN[name]
    golden = (GOLDEN / name).read_text(encoding="ascii")
    assert steady(texts(request, which)[file]) == steady(golden), REFRESH


@pytest.mark.parametrize("which", ["odd", "notes"])
def test_it_is_ascii_and_takes_three_packages_and_a_font(request, which):
    for text in texts(request, which).values():
        assert text.isascii()
        loaded = re.findall(r"\\usepackage(?:\[.*?\])?\{(.*?)\}", text)
        assert loaded == ["fontenc", "lmodern", "amsmath,amsthm", "hyperref"]


@pytest.mark.parametrize("which", ["odd", "notes"])
def test_every_claim_has_its_place_and_every_link_one(request, which):
    found: Document = request.getfixturevalue(which)
    whole, *single = texts(request, which).values()
    anchors = {f"claim:{anchor}" for anchor in found.anchors.values()}
    assert Counter(re.findall(r"\\label\{(.*?)\}", whole)) == Counter(anchors)
    for text in (whole, *single):
        labels = Counter(re.findall(r"\\label\{(.*?)\}", text))
        assert set(labels.values()) == {1}
        assert set(re.findall(r"\\hyperref\[(.*?)\]", text)) <= labels.keys()
    for claim in found.report.claims:
        assert f"({escaped(claim.label)})" in whole
        if claim.text and claim.verdict != "ill-typed":
            assert rf"\tag{{{escaped(claim.label)}}}" in whole


def test_a_claim_of_another_derivation_is_in_a_document_of_its_own(request):
    text = texts(request, "odd")["odd_page-what-follows.tex"]
    cited = text.split(r"\section{From other derivations}")[1]
    for label in ("left_inverse", "wrong-step", "square"):
        assert rf"\begin{{claim}}[({escaped(label)})]" in cited
    assert "Its verdict is refuted." in cited


def block(text: str, anchor: str) -> str:
    """The environment of a claim and what follows it up to the next."""
    start = text.index(rf"\label{{claim:{anchor}}}")
    found = re.search(r"\n\n\\begin\{(?!proof)|\n\n\\(?:sub)?section", text[start:])
    return text[text.rindex(r"\begin{", 0, start) : start + (found.start() if found else len(text))]


@pytest.mark.parametrize("which", ["odd", "notes"])
def test_only_what_is_proved_as_expected_has_a_theorem_and_a_proof(request, which):
    found: Document = request.getfixturevalue(which)
    whole = next(iter(texts(request, which).values()))
    proved = [claim for claim in found.report.claims if claim.verdict == claim.expected == "proved"]
    assert whole.count(r"\begin{proof}") == len(proved) < len(found.report.claims)
    for claim in found.report.claims:
        shown = block(whole, found.anchors[claim.label])
        holds = claim in proved
        assert bool(re.match(r"\\begin\{(theorem|proposition|lemma|corollary)\}", shown)) == holds
        assert (r"\begin{proof}" in shown) == holds


def test_what_fails_says_so_and_where(request):
    whole = texts(request, "odd")["odd_page.tex"]
    guess, step, kept, unproved = (block(whole, label) for label in ("guess", "wrong-step", "kept", "open"))
    assert "false; proved was expected" in guess
    assert r"\begin{pmatrix}" in guess
    assert r"\textbf{step 2: false}" in step
    assert "this is no proof" in step
    assert "Step 2 is false at $n = 1$" in step
    assert "false, as expected" in kept
    assert "not proved; proved was expected" in unproved
    assert "Why: " in unproved


def test_a_mistake_has_a_counterexample_a_repair_and_what_is_true(request):
    whole = texts(request, "odd")["odd_page.tex"]
    shown = block(whole, "slope-printed")
    assert shown.startswith(r"\begin{misprint}[S\_1 (slope-printed): false]")
    assert "It is false at $n = 1$, $p = 1$, where" in shown
    assert "It is true with $2$ in the place of $1$" in shown
    assert r"See \hyperref[claim:slope]{(slope)}." in shown
    assert "shapes $n\\times p$" in block(whole, "typed-printed")
    assert r"\begin{misprint}[S\_3 (page 8 \& after)]" in whole


def test_hypotheses_used_and_not_used_and_planted_errors_are_named(request):
    whole = texts(request, "odd_planted")["odd_page.tex"]
    assert "Used: $S \\text{ invertible}$." in block(whole, "next")
    assert re.search(r"\d+ planted errors: \d+ caught, \d+ provably the same statement", whole)
    assert "Not used: " in next(iter(texts(request, "notes").values()))
    assert "Taken from elsewhere" in next(iter(texts(request, "notes").values()))


# pdflatex -----------------------------------------------------------------------------------------------------------

COMPLAINT = re.compile(
    r"^(?:Overfull.*|!.*|.*(?:undefined|multiply.defined|destination with the same|Rerun to get|Missing char).*)$",
    re.MULTILINE | re.IGNORECASE,
)


def complaints(folder: Path, text: str) -> list[str]:
    """What pdflatex has to say against a document, at its third run."""
    (folder / "page.tex").write_text(text, encoding="ascii")
    for _ in range(3):
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "page.tex"]
        subprocess.run(command, cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    log = (folder / "page.log").read_text(encoding="utf-8", errors="replace")
    assert "Output written" in log, log[-2000:]
    return COMPLAINT.findall(log)


@pytest.mark.usefixtures("pdflatex")
@pytest.mark.parametrize("which", ["odd_planted", "notes"])
def test_pdflatex_has_no_complaint(request, which, tmp_path):
    for text in texts(request, which).values():
        assert complaints(tmp_path, text) == []


@pytest.mark.usefixtures("pdflatex")
def test_complaints_are_seen(request, tmp_path):
    text = texts(request, "odd")["odd_page-what-follows.tex"]
    wide = text.replace(r"\begin{document}", r"\begin{document}\hbox to \textwidth{\hskip 2\textwidth}")
    assert any(line.startswith("Overfull") for line in complaints(tmp_path, wide))
    lost = text.replace(r"\label{claim:next}", "", 1)
    assert any("undefined" in line for line in complaints(tmp_path, lost))


@pytest.mark.usefixtures("pdflatex")
def test_a_formula_is_as_wide_as_is_thought(request, tmp_path):
    """Never wider, and not so much narrower that lines are broken in vain."""
    found: Document = request.getfixturevalue("notes")
    entries = [entry for chapter in found.chapters for entry in (*chapter.claims, *chapter.mistakes)]
    formulas = list(dict.fromkeys(formula for entry in entries for formula in entry.statement))
    preamble = sources(found, "notes")["notes.tex"].split(r"\title")[0]
    measured = "\n".join(
        rf"\settowidth{{\parindent}}{{$\displaystyle {joined(atoms(one))}$}}\typeout{{WIDTH \the\parindent}}"
        for one in formulas
    )
    complaints(tmp_path, f"{preamble}\\begin{{document}}\n{measured}\n.\\end{{document}}")
    wide = re.findall(r"^WIDTH ([\d.]+)pt", (tmp_path / "page.log").read_text(encoding="latin-1"), re.MULTILINE)
    assert len(wide) == len(formulas) > 50
    for formula, real in zip(formulas, wide, strict=True):
        thought = width(atoms(formula)) * 10.95 / 1000
        assert float(real) <= thought + 0.5, formula
        assert thought <= 1.2 * float(real) + 6, formula


@pytest.mark.usefixtures("pdflatex")
def test_pdfs_stand_beside_their_sources(tmp_path, capsys):
    assert main(["export", "latex", "--no-plant", "--pdf", "-o", str(tmp_path), ODD_PAGE]) == 1
    told = capsys.readouterr().out.split()
    assert sorted(told) == sorted(str(path) for path in tmp_path.iterdir())
    assert {Path(name).suffix for name in told} == {".tex", ".pdf"}
    assert len(told) == 6
    assert all(path.read_bytes().startswith(b"%PDF") for path in tmp_path.glob("*.pdf"))


@pytest.mark.usefixtures("pdflatex")
def test_what_pdflatex_refuses_is_told_in_a_line(tmp_path):
    file = tmp_path / "broken.tex"
    file.write_text("\\documentclass{article}\n\\begin{document}\n\\nothing\n\\end{document}\n", encoding="ascii")
    with pytest.raises(DeriveError, match=r"broken\.tex: pdflatex fails: line 3: Undefined control sequence"):
        write_pdf(file)


def test_without_pdflatex_the_sources_are_there(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("derive.export.latex.pdf.PROGRAM", "no-such-pdflatex")
    assert main(["export", "latex", "--no-plant", "--pdf", "-o", str(tmp_path), ODD_PAGE]) == 2
    told = capsys.readouterr()
    assert "texlive-latex-base and lmodern" in told.err
    assert told.err.count("\n") == 1
    assert len(list(tmp_path.glob("*.tex"))) == 3


@pytest.mark.parametrize("other", ["html", "notebook"])
def test_pdf_is_an_option_of_latex(other, capsys):
    assert main(["export", other, "--pdf"]) == 2
    assert "--pdf is an option of latex" in capsys.readouterr().err


# An author's words --------------------------------------------------------------------------------------------------

ODD = st.text(
    alphabet=st.one_of(
        st.sampled_from("\\{}$%&#_~^\"'`<>|[]()-,.;:!?@=+*/ \t\nabAB19"),
        st.characters(exclude_categories=["Cs"], max_codepoint=0x2FFFF),
        st.sampled_from("éÅßøąłœ“”„‘’—–…∑∂ᵀ²₁λΣ½×→早☃\u0301\u0304"),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(ODD)
def test_any_words_become_ascii_with_braces_that_close(words):
    shown = escaped(words)
    assert shown.isascii()
    assert shown.isprintable()
    bare = re.sub(r"\\[\\{}$%&#_]", "", shown)
    assert bare.count("{") == bare.count("}")
    assert not re.search(r"(?<!\\)[%&#~]", re.sub(r"\\[~^\"'`.=]\{", "{", bare).replace("~", "", shown.count("~")))


@pytest.mark.usefixtures("pdflatex")
def test_pdflatex_takes_any_words(tmp_path):
    """As title, justification, label, name of a hypothesis and reading, some hundreds of them in one document."""
    words: list[str] = []

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(ODD)
    def collect(text):
        words.append(text)

    collect()
    (n,) = dims("n")
    A, B = matrix("A", n, n), matrix("B", n, n)
    page = Derivation("Odd words")
    for number, text in enumerate(words):
        given_ = page.assume(equal(A, B), text)
        label = f"{text} {number}"
        page.have(label, equal(tr(A @ B), tr(B @ A)), title=text, because=[f"{text} ({number})"], using=[given_])
    page.remark("E", "".join(words[:20]), " ".join(words))
    found = document([page], check_all([page], Options(plant=False, needed=False)))
    (text,) = sources(found, "odd").values()
    assert text.isascii()
    assert complaints(tmp_path, text) == []


# Formulas -----------------------------------------------------------------------------------------------------------

BRACKETS = {
    r"\left(A - B\right) C": "(A - B) C",
    r"\left(\left(A - B\right) C\right)^{2}": r"\bigl((A - B) C\bigr)^{2}",
    r"\left(1 - \sum_{i} a_{i}\right)": r"\Bigl(1 - \sum_{i} a_{i}\Bigr)",
    r"\left\lVert x_{t} \right\rVert^{2}": r"\lVert x_{t}\rVert^{2}",
    r"\left. E \right|_{A=B}": r"\left. E \right|_{A=B}",
    r"p'_{ii}^{2}": "p_{ii}'^{2}",
    r"\lambda _{i} \ne  \lambda _{j}": r"\lambda_{i} \ne \lambda_{j}",
    r"\tfrac12 a": r"\tfrac{1}{2} a",
    r"2\binom{D - 1}3 a": r"2\binom{D - 1}{3} a",
}


@pytest.mark.parametrize("given_", BRACKETS)
def test_brackets_are_as_large_as_they_need_to_be(given_):
    assert joined(atoms(given_, DISPLAY)) == BRACKETS[given_]


def test_a_formula_in_text_has_plain_brackets_and_can_be_broken():
    assert inline(r"\left(1 - \sum_{i} a_{i}\right) b") == r"(1 - \sum_{i} a_{i}) b"
    long = " ".join(["A_{ij} B"] * 20)
    assert inline(long).count(r"\allowbreak") == 39
    assert width(atoms(long, TEXT)) > 20_000


@pytest.mark.parametrize("room", [9_000, 15_000, 40_000])
def test_no_line_is_wider_than_its_room_and_nothing_is_lost(notes, room):
    entries = [entry for chapter in notes.chapters for entry in chapter.claims]
    for formula in (formula for entry in entries for formula in entry.statement):
        broken = lines(formula, room, room - 2000)
        assert all(line.width <= room for line in broken if not unbreakable(line.tex)), broken
        whole = re.sub(r"\s|\{\}|\\cdot", "", "".join(line.tex for line in broken)).replace("{-}", "-", 1)
        assert whole == re.sub(r"\s|\{\}|\\cdot", "", joined(atoms(formula))).replace("{-}", "-", 1)


def unbreakable(tex: str) -> bool:
    return r"\left" in tex or "pmatrix" in tex or "cases" in tex or "[" in tex or r"\{" in tex


def test_a_line_goes_on_with_the_sign_at_which_it_was_broken():
    shown = [line.tex for line in lines(r"= \left(A + B C\right) - D", 3_500, 4_000)]
    assert shown == ["= (A", "{} + B C)", "{} - D"]
    assert [line.tex for line in lines("A B C D", 1_700, 2_400)][1].startswith(r"{} \cdot ")


def test_what_is_written_comes_back_whole(tmp_path, odd):
    paths = list(write(odd, tmp_path, "odd_page"))
    assert [path.read_text(encoding="ascii") for path in paths] == list(sources(odd, "odd_page").values())


CASES = r"f = \begin{cases} \displaystyle \frac{a}{2} & a < b \\ 0 & b \le a \end{cases}"


def test_cases_stand_apart_where_there_are_fractions():
    assert joined(atoms(CASES)) == CASES.replace(r"\\", r"\\[9pt]")
    assert joined(atoms(CASES.replace(r"\displaystyle \frac{a}{2}", "a"))).count(r" \\ ") == 1


@pytest.mark.usefixtures("pdflatex")
@pytest.mark.parametrize(("terms", "together"), [(1, True), (8, True), (40, False)])
def test_cases_are_one_formula_if_there_is_room(tmp_path, terms, together):
    (n,) = dims("n")
    A, i, j = matrix("A", n, n), *fixed("i j", n)
    page = Derivation("Cases")
    value = sum((k * A[j, j] for k in range(2, terms + 1)), A[j, j])
    same_value = sum((k * A[i, j] for k in range(2, terms + 1)), A[i, j])
    page.cases("c", same_value, (value, [same(i, j)]), (same_value, [differs(i, j)]), using=[])
    (text,) = sources(document([page], check_all([page], Options(plant=False, needed=False))), "cases").values()
    shown = block(text, "c").split(r"\begin{proof}")
    assert (r"\begin{cases}" in shown[0]) == together
    assert (r"i = j \implies" in shown[0]) == (not together)
    assert "The cases leave nothing out:\n" in shown[1]
    assert complaints(tmp_path, text) == []


def test_the_statement_of_the_notes_is_one_formula(request):
    shown = block(texts(request, "notes")["notes.tex"], "18").split(r"\begin{proof}")[0]
    assert r"= \begin{cases} 0 & i \notin I,\ i \ne k \\[9pt] 1 & i \in I,\ i \ne j \\[9pt]" in shown
    assert r"\implies" not in shown


def refresh() -> None:
    """Write the golden files, for somebody to read before they are committed."""
    from tests.export.conftest import checked

    made = {"odd_planted": checked([ODD_PAGE], plant=True), "notes": checked([])}
    for name, (which, file) in SHOWN.items():
        (GOLDEN / name).write_text(sources(made[which], NAMES[which])[file], encoding="ascii")


if __name__ == "__main__":
    refresh()
