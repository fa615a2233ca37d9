"""``derive new`` writes a file that holds, and that fails where it says that it will."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from derive.checker import Options, check_all
from derive.cli import main
from derive.load import load
from derive.new import TEMPLATE


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verdicts(path):
    return {claim.label: claim.verdict for claim in check_all(load([str(path)]), Options(needed=False)).claims}


def broken(text):
    """The file, its marked line broken as the mark says."""
    (line,) = [line for line in text.splitlines() if "break me" in line]
    now, was = re.search(r"write (\S+) for the (\S+),", line).groups()
    code, mark = line.split("#")
    assert code.count(was) == 1
    return text.replace(line, code.replace(was, now) + "#" + mark)


def test_what_is_written_holds_and_fails_where_it_is_marked(folder, capsys):
    assert main(["new", "first_try"]) == 0
    out = capsys.readouterr().out
    path = folder / "first_try.py"
    assert str(path.name) in out.splitlines()[0]
    text = path.read_text(encoding="utf-8")
    assert verdicts(path) == {"slope": "proved", "solution": "proved"}
    path.write_text(broken(text), encoding="utf-8")
    assert verdicts(path) == {"slope": "refuted", "solution": "proved"}


def test_what_it_says_to_run_next_runs(folder, capsys):
    assert main(["new", "first"]) == 0
    told = re.findall(r"derive (check \S+)$", capsys.readouterr().out, re.MULTILINE)
    assert told == ["check first.py"]
    done = subprocess.run(
        [sys.executable, "-m", "derive", *told[0].split()], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all 2 claims have the verdict that is expected of them" in done.stdout


@pytest.mark.parametrize("name", ["mine", "mine.py", "notes/mine", "./mine.py", "Größe_2-b"])
def test_a_name_and_a_path_are_taken_with_and_without_the_ending(name, folder):
    (folder / "notes").mkdir()
    assert main(["new", name]) == 0
    path = folder / (name if name.endswith(".py") else f"{name}.py")
    compile(path.read_text(encoding="utf-8"), path, "exec")
    assert load([str(path)])


def test_a_path_with_a_space_is_quoted(folder, capsys):
    (folder / "my notes").mkdir()
    assert main(["new", "my notes/mine"]) == 0
    assert "derive check 'my notes/mine.py'" in capsys.readouterr().out


REFUSED = {
    "nothing": ("", "no name for a derivation"),
    "an ending only": (".py", "no name for a derivation"),
    "a space": ("my derivation", "no name for a derivation"),
    "a mark": ("a?b", "no name for a derivation"),
    "another ending": ("mine.txt", "no name for a derivation"),
    "a folder": ("notes/", "no name for a derivation"),
    "no folder": ("nowhere/mine", "the folder nowhere does not exist"),
    "the package itself": ("derive", "a module that the file would hide"),
    "a module of Python": ("random.py", "a module that the file would hide"),
    "a file that is there": ("taken", "there is such a file already, and it stays as it is"),
    "a folder of that name": ("dir", "there is such a file already"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_name_is_refused_in_one_line_and_nothing_is_written(case, folder, capsys):
    name, told = REFUSED[case]
    (folder / "notes").mkdir()
    (folder / "dir.py").mkdir()
    (folder / "taken.py").write_text("mine\n")
    before = sorted(folder.rglob("*"))
    assert main(["new", name]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert told in err
    assert sorted(folder.rglob("*")) == before
    assert (folder / "taken.py").read_text() == "mine\n"


def test_the_file_is_small_and_its_lines_are_not_long():
    lines = TEMPLATE.splitlines()
    assert len(lines) < 30
    assert max(map(len, lines)) <= 105
