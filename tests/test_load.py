"""Targets: what is loaded, in which order, and what a wrong one gets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from derive.errors import InputError
from derive.language.derivation import Derivation
from derive.load import load, printed

HEAD = """\
from derive import *
D, d = dims("D d")
A, B = matrix("A", D, d), matrix("B", d, D)
page = Derivation("A page")
"""


@pytest.fixture
def write(tmp_path):
    def put(text: str, name: str = "mine.py") -> str:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return put


def test_no_target_is_the_bundled_notes():
    assert load([])[0].title == "Critical points of the linear autoencoder"
    assert load([]) == load(["derive.corpora.toy_autoencoders"])


def test_a_module_of_the_notes_has_its_own_derivations_only():
    assert [page.source for page in load(["derive.corpora.toy_autoencoders.saddle_points"])] == ["section 1.2"]


def test_a_derivation_that_two_targets_share_counts_once():
    twice = load(["derive.corpora.toy_autoencoders", "derive.corpora.toy_autoencoders.saddle_points"])
    assert len(twice) == len(load())


def test_derivations_come_in_order_of_definition(write):
    pages = load([write(HEAD + 'other = Derivation("Another")\nagain = page\n')])
    assert [page.title for page in pages] == ["A page", "Another"]


def test_a_tuple_of_derivations_decides(write):
    pages = load([write(HEAD + 'other = Derivation("Another")\nderivations = (other, page)\n')])
    assert [page.title for page in pages] == ["Another", "A page"]


def test_the_same_file_twice_counts_once(write, tmp_path):
    file = write(HEAD + 'page.calc("1", A, A)\n')
    assert len(load([file, str(tmp_path / "." / "mine.py")])) == 1


def test_helpers_are_found_beside_the_file_and_not_mixed_up(write, tmp_path):
    targets = []
    for folder in ("one", "two"):
        write(f"TITLE = {folder!r}\n", f"{folder}/helper_of_test.py")
        targets.append(
            write(
                "from derive import *\nimport helper_of_test\npage = Derivation(helper_of_test.TITLE)\n",
                f"{folder}/f.py",
            )
        )
    before = list(sys.path)
    assert [page.title for page in load(targets)] == ["one", "two"]
    assert sys.path == before
    assert "helper_of_test" not in sys.modules
    assert not list(tmp_path.glob("*/__pycache__/f.*"))


def test_a_file_is_read_anew_each_time(write):
    assert load([write('from derive import *\npage = Derivation("a")\n')])[0].title == "a"
    assert load([write('from derive import *\npage = Derivation("b")\n')])[0].title == "b"


def test_sys_path_is_restored_after_a_failure(write):
    before, modules = list(sys.path), set(sys.modules)
    with pytest.raises(InputError):
        load([write("import sys\nsys.path.append('x')\n1 / 0\n")])
    assert sys.path == before
    assert not {name for name in set(sys.modules) - modules if name.startswith("_derive_file_")}


SELF = 'L = page.define("L", tr(A @ B))\n'

WRONG = {
    "shape mismatch": (HEAD + 'page.calc("1", A @ A, A)\n', 5, ["A @ A", "D×d"]),
    "sides of two shapes": (HEAD + 'page.calc("1", A, B)\n', 5, ["D×d", "d×D", "A = B"]),
    "index over D where d belongs": (
        HEAD + 'i, j = indices("i j", D)\nx = A[i, j]\n',
        6,
        ["index j", "over D", "D×d", "over d"],
    ),
    "free on one side": (
        HEAD + 'i, = indices("i", D); j, = indices("j", d)\npage.calc("1", A[i, j], tr(A @ B))\n',
        6,
        ["index", "free", "left"],
    ),
    "summed twice": (
        HEAD + 'i, = indices("i", D)\nx = total(i, total(i, (A @ B)[i, i]))\n',
        6,
        ["i", "summed"],
    ),
    "defined by itself": (HEAD + SELF.replace("tr(A @ B)", 'scalar("L") + 1'), 5, ["L", "refers to itself"]),
    "one label twice": (HEAD + 'page.calc("1", A, A)\npage.calc("1", B, B)\n', 6, ["'1'", "A page"]),
    "syntax": ("x = 1\n\nx = = 2\n", 3, ["SyntaxError", "invalid syntax"]),
    "name": ("x = 1\ny = undefined_thing\n", 2, ["NameError", "undefined_thing"]),
    "missing helper": ("import no_such_helper\n", 1, ["ModuleNotFoundError", "no_such_helper"]),
    "exit": ("import sys\nsys.exit(3)\n", 2, ["SystemExit", "3"]),
    "in a function": ("def f():\n    raise ValueError('a\\nb')\nf()\n", 2, ["ValueError: a b"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_with_its_line_and_values(name, write):
    text, line, quoted = WRONG[name]
    file = write(text)
    with pytest.raises(InputError) as caught:
        load([file])
    assert str(caught.value).startswith(f"{file}:{line}: ")
    assert all(part in str(caught.value) for part in quoted), str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_helper_that_cannot_be_read_is_named_itself(write, tmp_path):
    write("x = (\n", "broken_helper_of_test.py")
    with pytest.raises(InputError, match=r"broken_helper_of_test\.py:1: SyntaxError"):
        load([write("import broken_helper_of_test\n")])


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("no/such.py", "no/such.py: no such file"),
        ("no.such.module", "no.such.module: no such module, and no such file either"),
        ("derive.no_such", "derive.no_such: no such module"),
        (".", ". is a folder"),
    ],
)
def test_a_missing_target_is_named(target, told):
    with pytest.raises(InputError) as caught:
        load([target if target != "." else "./"])
    assert told.split(" ", 1)[1] in str(caught.value)
    assert target in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\n", "no Derivation in it"),
        ("derivations = ()\n", "no Derivation in it"),
        ("derivations = 3\n", "derivations is 3"),
        ("derivations = ('x',)\n", "holds 'x'"),
    ],
)
def test_a_file_without_a_derivation_is_refused(text, told, write):
    with pytest.raises(InputError, match=told):
        load([write(text)])


def test_one_label_in_two_files_is_refused_with_both_places(write):
    one, two = (write(HEAD + 'page.calc("1", A, A)\n', name) for name in ("one.py", "two.py"))
    with pytest.raises(InputError) as caught:
        load([one, two])
    assert str(caught.value) == f"two claims are labelled '1': at {one}:5 and at {two}:5"


def test_a_reading_that_fails_otherwise_is_the_authors_error(write):
    (page,) = load([write(HEAD + 'page.as_printed("p", lambda: nothing, erratum="E1", reading="")\n')])
    with pytest.raises(InputError, match=r"mine\.py:5: a reading of 'p' fails: NameError"):
        printed(page.claims["p"])


def test_a_module_of_ones_own_is_found_in_the_current_folder(write, monkeypatch):
    folder = Path(write(HEAD, "module_of_test.py")).parent
    monkeypatch.chdir(folder)
    (page,) = load(["module_of_test"])
    monkeypatch.delitem(sys.modules, "module_of_test")
    assert isinstance(page, Derivation)


@pytest.mark.parametrize("body", ["equal(A @ nope, A)", "1 / 0"])
@pytest.mark.parametrize("command", [["check"], ["check", "--jobs", "1"], ["show", "p"]])
def test_a_reading_whose_function_breaks_is_one_line(tmp_path, capsys, body, command):
    path = tmp_path / "mine.py"
    path.write_text(
        'from derive import *\nn = dims("n")[0]\nA = matrix("A", n, n)\ns = Derivation("s")\n'
        f's.as_printed("p", lambda: {body}, erratum="1", reading="r")\n'
    )
    from derive.cli import main

    assert main([*command, str(path)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "mine.py:5" in told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('matrix("x", n, 1)', "is no dimension"),
        ('Derivation("s").have("a", equal(A, A), expect="prooved")', "the verdicts are"),
    ],
)
def test_what_an_author_easily_writes_wrong_is_told(tmp_path, line, told):
    path = tmp_path / "mine.py"
    path.write_text(f'from derive import *\nn = dims("n")[0]\nA = matrix("A", n, n)\n{line}\n')
    with pytest.raises(InputError, match=told):
        load([str(path)])


LOST = {
    "a variable used twice": (
        "page = Derivation('A')\npage.have('1', equal(a, 2 * a))\n"
        "page = Derivation('B')\npage.have('2', equal(a, a))\n",
        ":4: the claims of 'A' would not be checked",
    ),
    "a list of another name": (
        "pages = [Derivation('A'), Derivation('B')]\nfor number, page in enumerate(pages):\n"
        "    page.have(str(number), equal(a, a))\n",
        ":5: the claims of 'A' would not be checked",
    ),
    "a function": (
        "def made():\n    Derivation('A').have('1', equal(a, a))\nmade()\npage = Derivation('B')\n",
        ":4: the claims of 'A' would not be checked",
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_claims_on_a_page_that_nothing_holds_are_not_silently_left_out(name, tmp_path):
    text, words = LOST[name]
    path = tmp_path / "mine.py"
    path.write_text("from derive import Derivation, equal, scalar\na = scalar('a')\n" + text)
    with pytest.raises(InputError) as caught:
        load([str(path)])
    assert f"{path}{words}" in str(caught.value)


def test_a_page_without_claims_or_one_that_is_listed_is_not_lost(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from derive import Derivation, equal, scalar\na = scalar('a')\nDerivation('empty')\n"
        "derivations = [Derivation(f'{k}') for k in (1, 2)]\n"
        "for page in derivations:\n    page.have(page.title, equal(a, a))\n"
    )
    assert [page.title for page in load([str(path)])] == ["1", "2"]


def test_a_module_is_not_read_otherwise_than_a_file(write, tmp_path, monkeypatch):
    text, _ = LOST["a variable used twice"]
    write("from derive import Derivation, equal, scalar\na = scalar('a')\n" + text, "lost_module.py")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="the claims of 'A' would not be checked"):
        load(["lost_module"])
