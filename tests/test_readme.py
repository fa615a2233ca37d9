"""README.md says what is so: its commands, its derivation, what the program prints, its tables."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from unittest import mock

import pytest

from derive.cli import main
from derive.report import METHODS, VERDICTS

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COLUMNS = 104
"""The width of the terminal whose output README shows."""

CHANGES = ((r"\d+\.\d s$", "0.0 s"), (r"\ba1\d\b", "a15"))
"""What differs from one machine to another: how long it took, the last digits of a float64."""


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {title!r}"
    return found[1]


def blocks(kind: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def table(head: str) -> list[str]:
    """The first column of the table with this head."""
    found = re.search(rf"^\| {re.escape(head)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    assert found, f"README.md has no table of {head!r}"
    return [row.split("|")[1].strip().strip("`") for row in found[1].splitlines()]


SHOWN = [tuple(block.split("\n", 1)) for block in blocks("console") if block.startswith("$ derive ")]
"""Each command that README shows, and what it prints."""
TOLD = section("A derivation of one's own")
OWN = blocks("python", TOLD)[0]
THEOREM = blocks("python", section("A theorem under hypotheses"))[0]
REFRESH = "python -m tests.test_readme puts what the program prints now into README.md"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def run(command: str, folder: Path, source: str) -> tuple[str, int]:
    """What a command prints on a terminal, in a folder with README's two files in it, and its exit status."""
    (folder / "my_derivation.py").write_text(source, encoding="utf-8")
    (folder / "my_theorem.py").write_text(THEOREM, encoding="utf-8")
    with (
        contextlib.chdir(folder),
        mock.patch.dict("os.environ", {"COLUMNS": str(COLUMNS), "NO_COLOR": "1"}),
        contextlib.redirect_stdout(Terminal()) as terminal,
    ):
        status = main(command.removeprefix("$ derive ").split())
    return terminal.getvalue(), status


def broken() -> str:
    """The derivation, broken as README tells."""
    was, instead = re.search(r"turn\s`([^`]+)`\sinto\s`([^`]+)`", TOLD).groups()
    assert OWN.count(was) == 1
    return OWN.replace(was, instead)


def steady(text: str) -> list[str]:
    """The lines, without what differs from one machine to another."""
    for pattern, instead in CHANGES:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return text.rstrip().splitlines()


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_the_program_prints_what_is_shown(tmp_path, command, output):
    found, status = run(command, tmp_path, OWN)
    shown = steady(output)
    assert steady(found)[: len(shown)] == shown, REFRESH
    assert len(shown) > 5 or command.startswith("$ derive export ")
    assert status == 0


def test_the_derivation_is_of_fifteen_lines_and_holds(tmp_path):
    assert len(OWN.splitlines()) == 15
    found, status = run("$ derive check my_derivation.py", tmp_path, OWN)
    assert re.findall(r"^(\S)  (\S+) .*?(proved|refuted)", found, re.MULTILINE) == [
        ("✓", "slope", "proved"),
        ("✓", "slope-printed", "refuted"),
    ]
    assert status == 0
    quoted = re.findall(r"^`\d+/(\d+)\+(\d+)`", TOLD, re.MULTILINE)
    assert quoted
    for tried, same in quoted:
        assert f"{tried}/{tried}+{same}" in found
        assert f"of {int(tried) + int(same)} damaged copies, {same} " in TOLD


def test_the_derivation_fails_when_it_is_broken_as_told(tmp_path):
    found, status = run("$ derive check my_derivation.py", tmp_path, broken())
    assert status == 1
    shown = steady(blocks("console", TOLD)[-1])
    assert steady(found)[: len(shown)] == shown, REFRESH


def test_ci_runs_the_two_commands_as_they_are_printed():
    own = [line for block in blocks("sh", section("On a fresh machine")) for line in block.splitlines()]
    done = subprocess.run(
        ["bash", str(ROOT / ".ci" / "run"), "--commands"], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines() == own
    assert len(own) == 2
    check, test = own
    assert all(line.startswith("python3 -m venv .venv && .venv/bin/pip install ") for line in own)
    assert check.endswith("derive check")
    assert test.endswith("-m pytest -n auto")


@pytest.mark.parametrize(("head", "names"), [("verdict", VERDICTS), ("method", METHODS)])
def test_a_table_lists_all_of_them_in_order(head, names):
    assert table(head) == list(names)


def test_the_table_of_options_lists_every_option_with_its_default(capsys):
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    rows = table("option of `check`")
    options = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", told)) - {"--help"}
    assert {name.split()[0] for name in rows} == {"TARGET", *options}
    defaults = re.findall(r"^\| `(--.*)` \| .*(\(.*\)) \|$", README, re.MULTILINE)
    assert defaults
    for option, default in defaults:
        assert re.search(rf"{re.escape(option)} [^-]*{re.escape(default)}", told), f"{option} {default}"


def test_the_latex_shown_is_written(tmp_path):
    told = section("Export")
    command = re.search(r"`derive (export latex .*?)` writes `(.*?)`", told)
    found, status = run(f"$ derive {command[1]}", tmp_path, OWN)
    assert (found.split(), status) == ([command[2]], 0)
    (shown,) = blocks("latex", told)
    assert shown in (tmp_path / command[2]).read_text(encoding="ascii")


def test_the_notebooks_can_be_had_as_told(tmp_path):
    told = section("In a notebook")
    (extra,) = re.findall(r"pip install 'derive\[(\w+)\]'", told)
    assert extra in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert all((ROOT / "notebooks" / f"{name}.py").is_file() for name in re.findall(r"`(write_\w+)`", told))
    (command,) = re.findall(r"`(derive export notebook) page\.py`", told)
    found, status = run(f"$ {command} my_derivation.py", tmp_path, OWN)
    assert (found.strip(), status) == ("my_derivation.ipynb", 0)


def pytest_lines(folder: Path, source: str, *args: str) -> list[str]:
    """What pytest prints of README's derivation, in a process of its own, without how far it has come."""
    (folder / "my_derivation.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:benchmark", *args],
        capture_output=True, text=True, encoding="utf-8", check=False, cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": str(COLUMNS), "PYTEST_ADDOPTS": ""},
    )  # fmt: skip
    return [re.sub(r" +\[ *\d+%\]$", "", line) for line in done.stdout.splitlines()]


def test_pytest_prints_what_is_shown(tmp_path):
    passing, failing = (block.splitlines() for block in blocks("console", section("In CI")))
    command, *shown = passing
    assert command == "$ pytest -v my_derivation.py"
    found = pytest_lines(tmp_path, OWN, *command.split()[2:])
    assert [line for line in found if line.startswith("my_derivation.py::")] == shown
    found = pytest_lines(tmp_path, broken(), "my_derivation.py")
    start = found.index(failing[0])
    assert found[start : start + len(failing)] == failing


def test_the_table_of_options_of_pytest_lists_each(pytester):
    told = pytester.runpytest_inprocess("--help", "-p", "no:benchmark").stdout.str()
    assert {name.split()[0] for name in table("option of `pytest`")} == set(re.findall(r"--derive-[a-z-]+", told))


def test_it_is_short():
    assert len(README.splitlines()) <= 460


def refresh() -> None:
    """Put into README what the program prints now, for somebody to read before it is committed."""
    text = README
    with tempfile.TemporaryDirectory() as folder:
        for command, output in SHOWN:
            found, status = run(command, Path(folder), OWN)
            if status:
                sys.exit(f"{command} exits with {status}; README stays as it is:\n{found}")
            # Of a long output README may show the beginning.
            lines = found.splitlines(keepends=True)[: len(output.splitlines()) or None]
            text = text.replace(f"{command}\n{output}", f"{command}\n{''.join(lines)}")
        slope = run("$ derive check my_derivation.py", Path(folder), OWN)[0]
        caught, same = map(int, re.search(r"slope .* (\d+)/\d+\+(\d+)$", slope, re.MULTILINE).groups())
        told = f"`{caught}/{caught}+{same}`: of {caught + same} damaged copies, {same} "
        text = re.sub(r"^`\d+/\d+\+\d+`: of \d+ damaged copies, \d+ ", told, text, flags=re.MULTILINE)
        text = re.sub(r"every check objects to the other \d+", f"every check objects to the other {caught}", text)
        part = blocks("console", TOLD)[-1]
        lines = run("$ derive check my_derivation.py", Path(folder), broken())[0].splitlines(keepends=True)
        text = text.replace(part, "".join(lines[: len(part.splitlines())]))
    (ROOT / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    refresh()
