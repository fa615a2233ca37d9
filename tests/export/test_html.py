"""The web page: what it says, that nothing of an author's words acts in it, and how a browser shows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from derive.cli import main
from derive.export.document import Document, document
from derive.export.findings import side_latex, value_latex
from derive.export.html import write
from derive.export.html.breaking import fragments, lowered
from derive.export.html.formulas import Formulas
from derive.export.html.markup import tag
from derive.export.html.page import POLICY, page
from derive.export.html.words import METHODS, VERDICTS
from derive.export.prose import Formula, prose
from derive.language.build import matrix
from derive.language.indices import dims
from derive.language.statements import equal
from derive.load import load
from derive.report import METHODS as ALL_METHODS
from derive.report import VERDICTS as ALL_VERDICTS
from derive.report import Planted
from tests import stub_check
from tests.export.browser import Browser, browser, found
from tests.test_readme import README

EVERYTHING = Path(__file__).with_name("everything.py")
ESCAPED = "norm"
"""The claim of which a planted error is said to have escaped."""


@cache
def reported(*targets: str) -> Document:
    """The document of a run; of the notes with reports that are made up, since only what they look like matters."""
    derivations = load(targets)
    if not targets:
        options = stub_check.Options()
        return document(derivations, stub_check.check_all(derivations, options, lambda claim: None))
    from derive.cli import _checked, _options, _parser  # what the command itself does

    args = _parser().parse_args(["export", "html", *targets, "--no-plant", "--jobs", "1"])
    return document(derivations, _checked(derivations, _options(args, ()), 1))


def everything() -> Document:
    """One of everything, and an error that was planted and not caught."""
    doc = reported(str(EVERYTHING))
    escaped = Planted(3, 2, 0, ("a sign at <X>",))
    claims = [replace(one, planted=escaped) if one.label == ESCAPED else one for one in doc.report.claims]
    return document([chapter.derivation for chapter in doc.chapters], replace(doc.report, claims=tuple(claims)))


PAGES = {"everything": everything, "notes": reported}


@cache
def text(name: str) -> str:
    return page(PAGES[name](), name)


def tree(name: str) -> Element:
    return ElementTree.fromstring(text(name).removeprefix("<!DOCTYPE html>\n"))


def words(element: Element | None) -> str:
    """The text in an element, blanks joined."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def article(root: Element, label: str) -> Element:
    """The claim with this label."""
    (own,) = [one for one in root.iter("article") if words(parts(one[0], "label")[0]) == f"({label})"]
    return own


def parts(element: Element, name: str) -> list[Element]:
    return [one for one in element.iter() if name in one.get("class", "").split()]


def facts(element: Element) -> dict[str, Element]:
    """What stands beside each word of a claim's lists."""
    return {words(row[0]): row[1] for row in element.iter("div") if len(row) == 2 and row[0].tag == "dt"}


@pytest.fixture(scope="module", params=PAGES)
def root(request: pytest.FixtureRequest) -> Element:
    return tree(request.param)


# A document that is whole and does nothing ---------------------------------------------------------------------------

ACTIVE = {"script", "link", "iframe", "object", "embed", "img", "form", "base", "video", "audio", "svg"}


def test_nothing_in_it_acts_or_loads(root):
    assert not ACTIVE & {one.tag for one in root.iter()}
    for one in root.iter():
        assert not [name for name in one.attrib if name.startswith("on")]
        assert one.get("href", "#").startswith("#")
        assert not {"src", "srcset", "action", "background"} & one.attrib.keys()
    style = words(root.find("head/style"))
    assert "url(" not in style
    assert "@import" not in style


def test_its_policy_forbids_what_it_does_not_do(root):
    policies = [one.get("content") for one in root.iter("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [POLICY]
    assert POLICY == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_what_an_author_writes_is_text():
    root = tree("everything")
    first = root.findall("body/main/section")[0]
    assert words(first.find("h2")) == '1 Ridge <script>alert("1")</script> & "friends"'
    assert "notes <b>1</b>" in words(first)
    assert '& "more"' in words(article(root, "slope").find("h3"))
    assert "the squares give a factor 2 & <no more>" in words(article(root, "slope-printed"))
    assert "E1 <&>" in words(article(root, "slope-printed").find("h4"))
    assert "page 2 <: equation (slope) is numbered twice & more" in words(first)


def test_a_tag_escapes_text_and_attributes_and_drops_what_no_document_may_hold():
    assert tag("a", "<&\x00\ud800>", title="\"<'") == '<a title="&quot;&lt;&#x27;">&lt;&amp;\ufffd\ufffd&gt;</a>'


def test_no_identifier_stands_twice_and_every_link_leads_somewhere(root):
    names = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(names) == len(set(names))
    links = [one.get("href", "")[1:] for one in root.iter("a")]
    assert len(links) > 30
    assert set(links) <= set(names)
    labelled = {one.get("aria-labelledby") for one in root.iter() if one.get("aria-labelledby")}
    assert labelled <= set(names)


def test_a_reader_that_hears_it_finds_the_way(root):
    assert root.get("lang") == "en"
    body = root.find("body")
    assert [one.tag for one in body] == ["a", "header", "nav", "main", "footer"]
    levels = [int(one.tag[1]) for one in root.iter() if re.fullmatch(r"h[1-6]", one.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in root.iter("table"):
        assert words(table.find("caption"))
        assert all(cell.get("scope") == "col" for cell in table.find("thead").iter("th"))
        assert all(row[0].get("scope") == "row" for row in table.find("tbody"))
    for one in root.iter():
        assert (one.get("role") == "group") == (one.get("tabindex") == "0") == bool(one.get("aria-label"))


def test_the_same_run_gives_the_same_page(tmp_path):
    (first,) = write(everything(), tmp_path, "everything")
    assert first == tmp_path / "everything.html"
    assert first.read_text(encoding="utf-8") == page(everything(), "everything") == text("everything")
    assert str(EVERYTHING.parent) not in text("everything")
    seconds = replace(everything().report, seconds=99.0)
    derivations = [chapter.derivation for chapter in everything().chapters]
    assert page(document(derivations, seconds), "everything") == text("everything")


# What it says -------------------------------------------------------------------------------------------------------


def test_every_claim_is_there_with_its_verdict_and_its_place_in_the_contents(root, request):
    doc = PAGES[request.node.callspec.params["root"]]()
    listed = {words(one): one.get("href") for one in root.find("body/nav").iter("a")}
    for claim in doc.report.claims:
        own = article(root, claim.label)
        assert claim.verdict in words(parts(own, "standing")[0])
        sign = VERDICTS[claim.verdict][0] if claim.ok else "✗✗"
        told = claim.verdict if claim.ok else f"failed: {claim.verdict}, expected {claim.expected}"
        assert listed[f"{sign}{claim.label} {told}"] == f"#{own.get('id')}"


def test_what_is_not_as_expected_cannot_be_missed():
    root, claims = tree("everything"), everything().report.claims
    failed = {claim.label for claim in claims if not claim.ok}
    assert failed == {"failing", "open", ESCAPED}
    assert {label for label in (c.label for c in claims) if "failed" in article(root, label).get("class")} == failed
    told = {label: " ".join(map(words, parts(article(root, label), "failure"))) for label in failed}
    assert told["failing"].startswith("Failed: refuted, expected proved")
    assert told["open"].startswith("Failed: agrees, expected proved: step 1: ")
    assert told[ESCAPED] == "Failed: a planted error was not caught: a sign at <X>"
    summary = root.find("body/header/section")
    assert words(parts(summary, "outcome")[0]).startswith("✗ 2 of 12 claims do not have the verdict")
    links = {one.get("href") for one in parts(summary, "failures")[0].iter("a")}
    assert links == {f"#{article(root, label).get('id')}" for label in failed}
    assert words(root.find("head/title")).startswith("✗ ")
    assert all(detail.get("open") is not None for detail in article(root, "failing").iter("details"))


def test_where_all_is_as_expected_nothing_is_said_to_fail():
    root = tree("notes")
    assert not parts(root, "failed") + parts(root, "failure") + parts(root, "wrong")
    assert (
        words(parts(root, "outcome")[0])
        == f"✓ All {len(reported().report.claims)} claims have the verdict that is expected of them."
    )
    assert not words(root.find("head/title")).startswith("✗")


def test_the_summary_counts_and_names_what_is_from_elsewhere():
    summary = tree("everything").find("body/header/section")
    rows = [[words(cell) for cell in row][:2] for row in summary.find(".//tbody")]
    assert rows == [
        ["✓ proved", "6"],
        ["≈ agrees", "1"],
        ["✗ refuted", "3"],
        ["? undecided", "1"],
        ["≢ ill-typed", "1"],
    ]
    assert "3 planted errors: 2 caught, 0 provably the same statement, 1 not caught." in words(summary)
    assert "Schur's <lemma>" in words(summary)
    assert re.search(r"Made by derive \S+, sympy 1\.", words(tree("everything").find("body/footer")))


def test_hypotheses_are_used_or_not_or_from_elsewhere():
    own = facts(article(tree("everything"), "elsewhere"))
    assert [words(row) for row in own["Given"]] == ["Schur's <lemma>: PS=SP theorem from elsewhere"]
    assert words(own["Not used"]) == "S is <symmetric>; R invertible; (turned)"
    assert words(own["Rests on"]) == "(turned)"
    assert words(own["From elsewhere"]) == "Schur's <lemma>"
    assert words(facts(article(tree("everything"), "turned"))["Used by"]) == "(elsewhere)"


def test_a_chain_has_a_line_a_step_each_with_its_reason():
    (chain,) = parts(article(tree("everything"), "norm"), "chain")
    start, steps = chain
    assert words(start) == "‖X+X‖2"
    lines = [[words(part) for part in line] for line in steps]
    assert [line[0] for line in lines] == ["=2‖X‖2+2‖X‖2", "=4‖X‖2"]
    assert [line[1] for line in lines] == ["(1) expand (slope) ✓ proved", "(2) collect ✓ proved"]
    assert steps[0].find(".//a").get("href") == "#slope"
    assert words(parts(article(tree("everything"), "norm"), "statement")[0]) == "‖X+X‖2=4‖X‖2"


def test_both_directions_cases_and_existence_are_lines_of_their_own():
    root = tree("everything")
    formulas = {
        label: [words(one) for one in parts(article(root, label), "formula")] for label in ("slope", "cases", "chosen")
    }
    assert any("⟺" in line for line in formulas["slope"])
    assert [line[:4] for line in formulas["cases"][1:3]] == ["a∈I⟹"[:4], "a∉I⟹"[:4]]
    assert formulas["chosen"][0].startswith("∃")


def test_cases_are_one_formula_and_that_they_leave_nothing_out_is_a_sentence():
    own = article(tree("everything"), "cases")
    (statement,) = parts(own, "statement")
    assert [words(cell) for cell in statement.iter() if cell.tag.endswith("mtd")] == ["1", "a∈I", "0", "a∉I"]
    (last,) = parts(own, "words")
    sentence, why, folded = last
    assert words(sentence) == "The cases leave nothing out."
    assert words(why) == "(3) ✓ proved"
    assert folded.tag == "details"
    assert "open" not in folded.attrib
    assert words(folded[1]).endswith("=0")


def test_a_mistake_has_its_own_section_and_leads_to_what_is_true():
    root = tree("everything")
    (section,) = [
        one
        for one in root.iter("section")
        if one.find("h3") is not None and words(one.find("h3")) == "Mistakes of the source"
    ]
    assert [words(one.find("h4")) for one in section.iter("article")] == [
        "E1 <&> (slope-printed)",
        "E2 (typed-printed)",
    ]
    own = facts(article(root, "slope-printed"))
    assert own["Corrected in"].find(".//a").get("href") == "#slope"
    assert words(own["False at"]).startswith("n=1")
    assert [words(own[side]) for side in ("Left side", "Right side")] == ["−2", "−1"]
    assert words(own["Repair"]).startswith("1→2 gives")
    typed = article(root, "typed-printed")
    assert "As printed, it cannot be built." in words(typed)
    assert "shapes" in words(typed)
    assert "X @ Y does not fit" in words(facts(typed)["True instead"])


def test_matrices_of_a_counterexample_are_drawn():
    own = facts(article(tree("everything"), "failing"))
    shown = [[[words(cell) for cell in row] for row in table] for table in own["False at"].iter("mtable")]
    assert shown == [[["1", "0"], ["0", "0"]], [["0", "1"], ["0", "0"]]]
    assert [[words(cell) for cell in row] for row in own["Left side"].find(".//mtable")] == [["0", "1"], ["0", "0"]]


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        ("[1 1]", r"\begin{pmatrix} 1 & 1 \end{pmatrix}"),
        ("[0; -3/5]", r"\begin{pmatrix} 0 \\ -\tfrac{3}{5} \end{pmatrix}"),
        ("{1, 3}", r"\{1, 3\}"),
        ("{}", r"\emptyset"),
        ("-1", "-1"),
        ("√2", r"\sqrt{2}"),
    ],
)
def test_a_value_in_latex(value, latex):
    assert value_latex(value) == latex


def test_a_side_is_a_matrix_only_where_its_shape_is_known():
    m, n = dims("m n")
    A = matrix("A", m, n)
    assert side_latex("[1, 2]", equal(A, A), {"m": 1, "n": 2}) == r"\begin{pmatrix} 1 & 2 \end{pmatrix}"
    assert side_latex("[1, 2]", equal(A, A), {"m": 2, "n": 1}) == r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"
    assert (
        side_latex("[1, 2]", equal(A, A), {"m": 3, "n": 1}) == side_latex("[1, 2]", None, {}) == r"\left(1,\; 2\right)"
    )


def test_the_evidence_has_a_row_a_method_and_step():
    doc = everything()
    for claim in doc.report.claims:
        tables = [one for one in article(tree("everything"), claim.label).iter("table") if "Evidence" in words(one[0])]
        rows = [row for step in claim.steps for row in step.evidence]
        assert len(tables) == (1 if rows or claim.evidence else 0)
        shown = [[words(cell) for cell in row] for table in tables for row in table.find("tbody")]
        at = 1 if len(claim.steps) > 1 else 0
        assert [row[at] for row in shown][: len(rows)] == [row.method for row in rows]
        for told, row in zip(shown, rows, strict=False):
            assert told[at + 1].split(" ", 1)[1] == {True: "holds", False: "objects", None: "does not apply"}[row.ok]


def test_a_proof_tells_its_rules_and_what_each_step_uses():
    (told,) = [one for one in article(tree("everything"), "turned").iter("details") if "Certificate" in words(one[0])]
    assert re.fullmatch(r"Certificate: 1 proof, \d+ bytes|Certificate: 1 proof, \d\.\d kB", words(told[0]))
    assert [words(cell) for cell in told.find(".//tbody")[0]] == ["(1)", "membership", "S is <symmetric>"]
    refuted = article(tree("everything"), "failing")
    assert not [one for one in refuted.iter("details") if "Certificate" in words(one[0])]


def test_the_legend_knows_every_verdict_and_method_and_says_what_readme_says():
    assert list(VERDICTS) == list(ALL_VERDICTS)
    assert list(METHODS) == list(ALL_METHODS)
    assert len({sign for sign, _ in VERDICTS.values()}) == len(VERDICTS)
    told = {**{name: told for name, (_, told) in VERDICTS.items()}, **METHODS}
    for name, said in told.items():
        row = f"| `{name}` | {said} |".replace("as many digits as were asked for", "`--digits` digits")
        assert row in README, name


# Formulas -----------------------------------------------------------------------------------------------------------


def test_every_formula_is_set(root):
    assert not [one.get("title") for one in root.iter("code")]
    assert "could not be set" not in words(root.find("body/footer"))
    assert len(list(root.iter("math"))) > 80


def test_a_formula_that_cannot_be_set_is_shown_as_text_and_counted():
    doc = everything()
    chapter = doc.chapters[0]
    entry = replace(chapter.claims[0], title=(Formula(r"\nowhere{x}"),))
    shown = page(replace(doc, chapters=(replace(chapter, claims=(entry,)),)), "one")
    assert r'<code title="\nowhere{x}">\nowhere{x}</code>' in shown
    assert "1 formula could not be set" in shown


def latex_of(doc: Document) -> Iterator[str]:
    for chapter in doc.chapters:
        for entry in (*chapter.claims, *chapter.mistakes):
            yield from entry.statement
            yield from (one.formula for one in entry.given)
            yield from (f"{name} = {body}" for name, body in entry.where)


def test_a_formula_is_broken_between_terms_only_and_nothing_is_lost():
    formulas = Formulas()
    broken = 0
    for latex in dict.fromkeys(latex_of(reported())):
        pieces = fragments(latex)
        broken += len(pieces) > 1
        assert "".join("".join(pieces).split()) == "".join(latex.split())
        for piece in pieces:
            formulas.inline(piece)
    assert broken > 100
    assert formulas.failed == []


@pytest.mark.parametrize(
    ("latex", "pieces"),
    [
        ("-a = - b - c", ["-a", "= - b", "- c"]),
        (r"(a = b) + [c < d]", ["(a = b)", "+ [c < d]"]),
        (r"\frac{a - b}{c} \le \sum_{i \ne j} x_{i}", [r"\frac{a - b}{c}", r"\le \sum_{i \ne j} x_{i}"]),
        (r"\left. a + b \right|_{c=d} - e", [r"\left. a + b \right|_{c=d}", "- e"]),
        (r"\exists\, I = \{i\},\ \#I = d:\quad a", [r"\exists\, I", r"= \{i\},\ ", r"\#I", "= d:\\quad", "a"]),
        (r"\begin{pmatrix} a = b \end{pmatrix}", [r"\begin{pmatrix} a = b \end{pmatrix}"]),
        ("", [""]),
    ],
)
def test_where_a_line_may_end(latex, pieces):
    assert fragments(latex) == pieces


@pytest.mark.parametrize(
    ("latex", "low"),
    [
        (r"\left(A\right)", "(A)"),
        (r"\left\lVert \left(A + B\right) x \right\rVert^{2}", r"\lVert (A + B) x \rVert^{2}"),
        (r"\left(\frac{a}{b}\right)", r"\left(\frac{a}{b}\right)"),
        (r"\left(\left(A\right) \frac{a}{b}\right)", r"\left((A) \frac{a}{b}\right)"),
        (r"\left(I  \leftarrow j\right)", r"(I  \leftarrow j)"),
    ],
)
def test_brackets_are_as_high_as_they_have_to_be(latex, low):
    assert lowered(latex) == low


def test_a_transpose_stands_above_and_a_bracket_around_a_fraction_grows():
    formulas = Formulas()
    assert formulas.inline(r"A^{\top}") == "<math><msup><mi>A</mi><mi>⊤</mi></msup></math>"
    assert '<mo stretchy="false">' not in formulas.inline(r"\left(\frac{a}{b}\right)")
    assert "msup" not in formulas.inline("a_{i'j'} = p_{ii}'")
    assert "′" in formulas.inline("a_{i'j'}")
    assert 'displaystyle="true"' in formulas.display(r"\sum_{i} a")


@pytest.mark.parametrize(
    ("said", "formulas"),
    [
        ("A of full rank L(A, B) = 0", ["A", "L(A, B) = 0"]),
        ("r = rank A", [r"r = \operatorname{rank} A"]),
        ('"i=j" <b>x=y</b> i=j', ["i=j"]),
        ("p′_ii² = p′_ii", ["p_{ii}'^{2} = p_{ii}'"]),
        ("divided by (1 − S)/12, as D(1 − S)", ["(1 - S)/12", "D(1 - S)"]),
        ("S^(D−1) ≤ 1, for S^D", [r"S^{D-1} \le  1", "S^{D}"]),
        ("at most D(D − 1)/2 (1 − S)²", [r"D(D - 1)/2\;(1 - S)^{2}"]),
        ("∫u² du = ⅓", [r"\int u^{2} du = \tfrac13"]),
        ("a ≠ b of a matrix (a square one)", [r"a \ne  b"]),
    ],
)
def test_words_are_no_formulas(said, formulas):
    assert [span.latex for span in prose(said) if isinstance(span, Formula)] == formulas


def test_a_stop_stays_with_the_formula_before_it():
    root = tree("everything")
    joined = [words(one) for one in parts(root, "joined")]
    assert "S;" not in joined  # "S is <symmetric>; " is words, and ends with words
    assert all(re.fullmatch(r".+[,.;:!?)]", one) for one in joined)
    notes = tree("notes")
    assert words(article(notes, "1").find("h3")) == "(1) The gradient in B, and where it vanishes"
    assert [words(one) for one in parts(article(notes, "1").find("h3"), "joined")] == ["B,"]


# The command --------------------------------------------------------------------------------------------------------

WITHOUT = "import sys; sys.modules['math_core'] = None; from derive.cli import main; sys.exit(main(sys.argv[1:]))"


def test_without_the_extra_it_says_how_to_get_it_before_anything_runs(tmp_path):
    call = [sys.executable, "-c", WITHOUT, "export", "html", "no_such_file.py", "-o", str(tmp_path / "out")]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    told = "derive: 'export html' needs the package math-core: pip install 'derive[html]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)
    assert not (tmp_path / "out").exists()


def test_the_command_writes_one_file_and_tells_by_its_status_what_it_holds(tmp_path, capsys):
    call = ["export", "html", str(EVERYTHING), "-o", str(tmp_path), "--no-plant", "--jobs", "1", "--only"]
    assert main([*call, "turned"]) == 0
    assert main([*call, "failing,elsewhere"]) == 1
    assert capsys.readouterr().out.split() == [str(tmp_path / "everything.html")] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["everything.html"]
    root = ElementTree.fromstring((tmp_path / "everything.html").read_text(encoding="utf-8").split("\n", 1)[1])
    assert len(list(root.iter("article"))) == 2
    # What a claim rests on is named though it is not in the document.
    assert words(facts(article(root, "elsewhere"))["Rests on"]) == "(turned)"


# In a browser -------------------------------------------------------------------------------------------------------

NARROW, WIDE = 360, 1280
PAPER = 680
"""How many pixels wide a sheet of A4 is between its margins."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if found() is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium, and CI has to have one")
        pytest.skip("there is no chromium")
    with browser() as own:
        yield own


@pytest.fixture(scope="module", params=PAGES)
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (path,) = write(PAGES[request.param](), tmp_path_factory.mktemp("pages"), request.param)
    return path


UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"


def test_it_loads_alone_and_without_a_message(chromium, file):
    assert chromium.open(file) == [file.resolve().as_uri()]
    assert chromium.messages == []
    assert chromium.value("document.compatMode") == "CSS1Compat"


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_formula_can_be_seen(chromium, file, width):
    chromium.open(file, width)
    unseen = """[...document.querySelectorAll('math, math mi, math mn, math mtable')].filter(one => {
        const box = one.getBoundingClientRect(); return !(box.width > 0 && box.height > 0) })
        .map(one => one.closest('math').textContent)"""
    assert chromium.value(unseen) == []
    assert chromium.value("document.querySelectorAll('math').length") > 80
    assert chromium.value("document.querySelector('math').namespaceURI") == "http://www.w3.org/1998/Math/MathML"


@pytest.mark.parametrize("width", [NARROW, 768, WIDE])
def test_nothing_is_wider_than_the_window(chromium, file, width):
    chromium.open(file, width)
    chromium.value(UNFOLD)
    root = "document.documentElement"
    assert chromium.value(f"[{root}.clientWidth, {root}.scrollWidth]") == [width, width]
    # What is too long can be scrolled in its own box, and the box reached by keyboard.
    beyond = """[...document.querySelectorAll('body *')].filter(one => {
        const box = one.getBoundingClientRect();
        return box.right > innerWidth + 1 && box.width > 0 && !one.closest('[tabindex="0"]')
            && !one.closest('.skip') }).map(one => one.outerHTML.slice(0, 80))"""
    assert chromium.value(beyond) == []
    stuck = """[...document.querySelectorAll('body *')].filter(one => one.scrollWidth > one.clientWidth + 1
        && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)
        && !(one.tabIndex == 0 && one.getAttribute('aria-label'))).map(one => one.outerHTML.slice(0, 80))"""
    assert chromium.value(stuck) == []


CONTRAST = """(() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const read = color => color.match(/[\\d.]+/g).map(Number);
  const behind = one => {
    for (; one; one = one.parentElement) {
      const color = read(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    const pair = [light(read(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) found[one.outerHTML.slice(0, 80)] = ratio;
  }
  return found;
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_letters_stand_out_from_what_is_behind_them(chromium, file, scheme):
    chromium.media(scheme=scheme)
    chromium.open(file)
    chromium.value(UNFOLD)
    assert chromium.value(CONTRAST) == {}
    background = chromium.value("getComputedStyle(document.body).backgroundColor")
    assert (int(re.findall(r"\d+", background)[0]) < 128) == (scheme == "dark")


def test_on_paper_nothing_is_cut_off(chromium, file):
    chromium.media("print")
    chromium.open(file, PAPER)
    chromium.value(UNFOLD)
    cut = """[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1
        && !one.closest('.unseen')).map(one => one.textContent.slice(0, 80))"""
    assert chromium.value(cut) == []
    shown = "[...document.querySelectorAll('h1, .standing, .formula')].every(one => one.getClientRects().length)"
    assert chromium.value(shown)
    assert chromium.pdf().startswith(b"%PDF")
    chromium.media()


def test_the_browser_sees_what_is_wrong(chromium, tmp_path):
    """The checks above object to a page that has all their mistakes."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        '<!DOCTYPE html><meta charset="utf-8"><style>@media print { p { width: 99rem } }</style>'
        '<p style="color: #999; background: #fff">pale</p><math></math><div style="width: 2000px">wide</div>'
        '<img src="nowhere.png"><script>console.log("said")</script>',
        encoding="utf-8",
    )
    assert len(chromium.open(bad, NARROW)) == 2
    assert any("said" in one for one in chromium.messages)
    assert chromium.value("document.documentElement.scrollWidth") > NARROW
    assert len(chromium.value(CONTRAST)) == 1
    assert chromium.value("document.querySelector('math').getBoundingClientRect().width") == 0
