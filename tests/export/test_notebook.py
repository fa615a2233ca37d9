"""A notebook made of an author's file: it runs anywhere, and says what ``derive check`` says of the file."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

import derive
from derive import check
from derive.cli import main
from derive.corpora import toy_autoencoders as notes
from derive.export.notebook import sources, write
from derive.load import load
from tests.running import complaints, outputs, run

MINE = '''\
"""Everything once.

A page with *one* of everything.
"""

from __future__ import annotations

from derive import *

# Letters
n, p = dims("n p")
M, x = matrix("M", n, p), matrix("x", p, n); S = matrix("S", n, n)

page = Derivation("My page | with a bar", source="page 1")
f = page.define("f", norm2(M @ x))  # the loss
unfolded = page.calc(
    "square", f, tr(x.T @ M.T @ M @ x),  # in one call
    because=["entries"],
)
slope = page.gradient("slope", f, x, 2 * M.T @ M @ x)
slope.vanishes(equal(M.T @ M @ x, 0))
page.as_printed("printed", lambda: equal(gradient(f, x), M.T @ M @ x),
                erratum="E1", reading="the 2 is lost", corrected_by="slope")
page.as_printed("ill", lambda: equal(M @ M, M), erratum="E2", reading="transposed", expect="ill-typed")
page.have("false", equal(tr(M @ M.T), 2 * tr(M.T @ M)), expect="refuted")


def stated(name, factor):
    """A claim made by a function."""
    return page.calc(name, factor * norm2(M), factor * tr(M.T @ M))


for factor in (2, 3):
    stated(f"times {factor}", factor)

other = Derivation("Other")
regular = other.assume(invertible(S), "S invertible")
other.have("inverse", equal(inv(S) @ S @ x.T, x.T), using=[regular])
j, = fixed("j", n); k, = fixed("k", n)
other.cases("cases", delta(j, k), (1, [same(j, k)]), (0, [differs(j, k)]), using=[])


@other.model
def invertible_matrix(sizes, random):
    """At the end, though claims above need it."""
    from derive import models

    return {"S": models.invertible(sizes["n"], random)}


@page.reference(f)
def by_hand(M, x):
    total = 0
    for row in M:
        for k in range(len(x[0])):
            entry = sum(row[j] * x[j][k] for j in range(len(x)))
            total += entry * entry
    return total


if __name__ == "__main__":
    raise SystemExit("a file's own main")
# the last word
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    found = tmp_path_factory.mktemp("mine")
    (found / "my_page.py").write_text(MINE, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def exported(folder) -> Any:
    (path,) = write(sources([str(folder / "my_page.py")]), folder)
    assert path == folder / "my_page.ipynb"
    return nbformat.read(path, 4)


@pytest.fixture(scope="module")
def executed(exported, tmp_path_factory) -> Any:
    """Run where the file is not."""
    return run(exported, tmp_path_factory.mktemp("elsewhere"))


def code(notebook: Any) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook: Any) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_it_is_a_notebook_for_python(exported):
    nbformat.validate(exported)
    assert exported.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in exported.cells}) == len(exported.cells)


def test_it_runs_and_says_what_the_program_says(executed, folder):
    assert complaints(executed) == ""
    shown = "\n".join(outputs(executed, "text/markdown"))
    for claim in check(load([str(folder / "my_page.py")]), plant=False).claims:
        mark = "✓" if claim.ok else "✗"
        assert re.search(rf"{mark} (\| )?\({re.escape(claim.label)}\).*{claim.verdict}", shown), claim.label
        assert claim.ok
    assert "planted errors are caught" in shown
    assert re.search(r"\| independent \| holds \|", shown), "a reference function counts for claims above it"


def test_every_statement_and_comment_is_kept(exported):
    """The statements of its code cells are those of the file, but for the docstring and what runs as a program."""
    own = {ast.dump(node) for node in ast.parse(MINE).body[1:] if not isinstance(node, ast.If)}
    added = ("from derive import check", "check(")
    cells = [cell for cell in code(exported) if not cell.startswith(added)]
    assert {ast.dump(node) for cell in cells for node in ast.parse(cell).body} == own
    for comment in re.findall(r"#.*", MINE):
        assert any(comment in cell for cell in cells), comment


def test_the_order_is_the_files_but_for_models_and_references(exported):
    cells = "\n".join(code(exported))
    kept = ["n, p = dims", "def by_hand", '"square", f', '"slope", f', "def stated", "other = Derivation"]
    places = [cells.index(part) for part in (*kept, "def invertible_matrix", '"inverse"')]
    assert places == sorted(places)
    assert MINE.index('"inverse"') < MINE.index("def invertible_matrix")


def test_each_claim_has_a_heading_before_it_and_a_check_after_it(exported):
    cells = list(exported.cells)
    for label in ("square", "slope", "printed", "ill", "false", "inverse", "cases"):
        place = next(k for k, cell in enumerate(cells) if f'"{label}"' in cell.source and "check" not in cell.source)
        before, after = cells[place - 1], cells[place + 1]
        assert before.cell_type == "markdown"
        assert before.source.startswith(f"### ({label})")
        assert ("$" in before.source) == (label != "ill")
        name = "other" if label in ("inverse", "cases") else "page"
        assert after.source == f'check({name}, only="{label}")'
    assert 'check(page, only=["times 2", "times 3"])' in code(exported)


def test_the_docstring_is_the_title_and_the_main_part_is_shown_not_run(exported):
    assert text(exported)[0] == "# Everything once\n\nA page with *one* of everything."
    assert any("Not part of what is checked" in cell and "SystemExit" in cell for cell in text(exported))
    assert not any("SystemExit" in cell for cell in code(exported))


def test_it_names_no_folder_and_is_the_same_every_time(folder, tmp_path):
    (first,) = write(sources([str(folder / "my_page.py")]), folder)
    before = first.read_bytes()
    (second,) = write(sources([str(folder / "my_page.py")]), tmp_path)
    assert second.read_bytes() == before
    for place in (str(folder), str(Path.home()), str(Path(derive.__file__).parents[1]), "/tmp"):
        assert place not in before.decode()


def test_the_options_of_the_call_are_those_of_the_cells(folder, tmp_path, capsys):
    call = ["export", "notebook", "-o", str(tmp_path), "--only", "slope", "--digits", "20", "--seed", "3", "--no-plant"]
    assert main([*call, str(folder / "my_page.py")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "my_page.ipynb")
    made = nbformat.read(tmp_path / "my_page.ipynb", 4)
    calls = [cell for cell in code(made) if cell.startswith("check(")]
    assert calls == ['check(page, only="slope", digits=20, seed=3, plant=False)']


# The notes ------------------------------------------------------------------------------------------------------------


def test_the_notes_are_a_notebook_a_module(tmp_path, capsys):
    assert main(["export", "notebook", "-o", str(tmp_path)]) == 0
    names = [Path(line).stem for line in capsys.readouterr().out.split()]
    modules = ["critical_points", "global_minimum", "saddle_points", "sparse_data", "gradient_flow", "relu_model"]
    assert names == modules
    labels = {label for page in notes.derivations for label in page.claims}
    checked = set()
    for name in names:
        made = nbformat.read(tmp_path / f"{name}.ipynb", 4)
        nbformat.validate(made)
        asked = re.findall(r"only=(\[[^]]*\]|\"[^\"]+\")", "\n".join(code(made)))  # several where a loop states them
        checked |= {label for one in asked for label in re.findall(r'"([^"]+)"', one)}
        assert str(Path(derive.__file__).parent) not in json.dumps(made)
    assert checked == labels


def test_a_module_of_the_notes_runs(tmp_path):
    module = "derive.corpora.toy_autoencoders.critical_points"
    assert main(["export", "notebook", "--no-plant", "-o", str(tmp_path), module]) == 0
    made = run(nbformat.read(tmp_path / "critical_points.ipynb", 4), tmp_path)
    shown = "\n".join(outputs(made, "text/markdown"))
    assert complaints(made) == ""
    assert "✗" not in shown
    assert len(re.findall(r"^\*\*✓ \(", shown, re.MULTILINE)) == 7


# Files of every shape -------------------------------------------------------------------------------------------------

PLAIN = """\
from derive import Derivation, dims, matrix, norm2, tr
n, p = dims("n p")
M = matrix("M", n, p)
"""
CLAIM = 'page.calc("a", norm2(M), tr(M.T @ M))\n'
OTHER = CLAIM.replace('"a"', '"b"')
SHAPES = {
    "a name of its own for check": (
        f'{PLAIN}check = 3\npage = Derivation("P")\n{CLAIM}',
        ["from derive import check as check_claims", 'check_claims(page, only="a")'],
    ),
    "a variable that is set twice": (
        f'{PLAIN}page = Derivation("P")\n{CLAIM}first = page\npage = Derivation("Q")\n{OTHER}'
        "derivations = (first, page)\n",
        ['check(first, only="a")', 'check(page, only="b")'],
    ),
    "derivations in a tuple only": (
        f'{PLAIN}def made(name):\n    page = Derivation(name)\n    page.calc(name, norm2(M), tr(M.T @ M))\n'
        '    return page\nderivations = tuple(made(name) for name in ("a", "b"))\n',
        ['check(derivations, only=["a", "b"])'],
    ),
    "one line": (
        f'{PLAIN}page = Derivation("P"); {CLAIM}',
        ['check(page, only="a")'],
    ),
    "quotes in a label": (
        f"{PLAIN}page = Derivation('P')\npage.calc('a\"b', norm2(M), tr(M.T @ M))\n",
        ['check(page, only="a\\"b")'],
    ),
    "no line at the end": (f'{PLAIN}page = Derivation("P")\n{CLAIM}'.rstrip("\n"), ['check(page, only="a")']),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_of_this_shape_runs(name, tmp_path):
    source, wanted = SHAPES[name]
    (tmp_path / "shape.py").write_text(source, encoding="utf-8")
    (path,) = write(sources([str(tmp_path / "shape.py")]), tmp_path)
    cells = code(nbformat.read(path, 4))
    assert [cell for cell in cells if cell in wanted] == wanted, cells
    space: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:  # without a kernel, which takes ten times as long
        if cell in wanted and "import" not in cell:
            report = eval(cell, space)
            assert report.claims
            assert report.ok
        else:
            exec(cell, space)


REFUSED = {
    f"{PLAIN}def here():\n    return __file__\n": r"page\.py:5: a notebook has no __file__",
    f"{PLAIN}import helper\n": r"page\.py:4: a notebook does not find helper\.py beside it",
    f"{PLAIN}def f():\n    from helper import g\n": r"page\.py:5: a notebook does not find helper\.py beside it",
}


@pytest.mark.parametrize("source", REFUSED)
def test_what_would_not_run_is_refused_in_one_line(source, tmp_path, capsys):
    (tmp_path / "helper.py").write_text("g = 1\n")
    (tmp_path / "page.py").write_text(f'{source}page = Derivation("P")\n{CLAIM}', encoding="utf-8")
    assert main(["export", "notebook", "-o", str(tmp_path), str(tmp_path / "page.py")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert re.search(REFUSED[source], said.err)
    assert not (tmp_path / "page.ipynb").exists()


def test_a_relative_import_is_refused_in_one_line(tmp_path, capsys, monkeypatch):
    package = tmp_path / "pack_of_mine"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "letters.py").write_text(PLAIN)
    source = f'from .letters import M, norm2, tr\nfrom derive import Derivation\npage = Derivation("P")\n{CLAIM}'
    (package / "page.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["export", "notebook", "-o", str(tmp_path), "pack_of_mine.page"]) == 2
    assert re.search(r"page\.py:1: a notebook is in no package", capsys.readouterr().err)


def test_two_files_of_one_name_are_refused(tmp_path, capsys):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.py").write_text(f'{PLAIN}page = Derivation("{name}")\n{CLAIM}', encoding="utf-8")
    files = [str(tmp_path / name / "page.py") for name in ("one", "two")]
    assert main(["export", "notebook", "-o", str(tmp_path), *files]) == 2
    assert "two notebooks would both be called page.ipynb" in capsys.readouterr().err


def test_a_file_without_claims_of_its_own_is_refused(tmp_path, capsys):
    (tmp_path / "page.py").write_text("from derive.corpora.toy_autoencoders.critical_points import section\n")
    assert main(["export", "notebook", "-o", str(tmp_path), str(tmp_path / "page.py")]) == 2
    assert "no claim is stated there; they are in other files" in capsys.readouterr().err


def test_an_unknown_label_is_told(folder, capsys):
    assert main(["export", "notebook", "--only", "slop", str(folder / "my_page.py")]) == 2
    assert "do you mean 'slope'" in capsys.readouterr().err


def test_no_check_is_run(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("derive.cli._checked", lambda *_: pytest.fail("it checks"))
    assert main(["export", "notebook", "-o", str(tmp_path), str(folder / "my_page.py")]) == 0
