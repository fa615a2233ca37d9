"""Every notebook runs from a clean kernel, is kept as text, and draws what it says."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import pytest

from tests.running import complaints, outputs, run

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
FIGURES = {"1_critical_points": 2, "2_saddle_points": 2, "3_gradient_flow": 4, "4_relu_model": 7, "write_your_own": 0}
"""How many figures each notebook draws."""


@cache
def done(path: Path) -> Any:
    return run(jupytext.read(path), path.parent)


def named(path: Path) -> str:
    return path.stem


def test_the_notebooks_are_these():
    assert [path.stem for path in NOTEBOOKS] == sorted(FIGURES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_runs_and_draws(path):
    notebook = done(path)
    assert complaints(notebook) == ""
    assert len(outputs(notebook, "image/png")) == FIGURES[path.stem]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_what_it_says_of_the_notes_is_as_expected(path):
    """Nothing but the lines that it breaks on purpose goes wrong."""
    shown = outputs(done(path), "text/markdown")
    assert len(shown) >= 5
    wrong = re.findall(r"✗ (?:\| )?\(([^)]*)\)", "\n".join(shown))
    assert set(wrong) <= {"mine", "broken"}, wrong
    assert wrong


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_is_kept_as_text_that_jupytext_reads_and_writes(path):
    text = path.read_text(encoding="utf-8")
    again = jupytext.writes(jupytext.reads(text, fmt="py:percent"), fmt="py:percent")
    assert re.sub(r"^#\s+\w+_version: .*\n", "", again, flags=re.MULTILINE) == text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_every_figure_says_what_it_shows_and_in_which_units(path):
    """Each has a title and labelled axes, and every label that is a quantity names its unit."""
    text = path.read_text(encoding="utf-8")
    figures = text.split("plt.subplots(")[1:]
    assert len(figures) == FIGURES[path.stem]
    for figure in figures:
        assert "title=" in figure
        assert "xlabel=" in figure
        assert re.search(r"ylabel=|set_ylabel\(", figure)
        assert re.search(r"\(dimensionless\)|dimensionless\)|\(degrees\)|\(squared units of the data\)", figure)


def test_no_notebook_file_is_in_the_repository():
    assert "*.ipynb" in (ROOT / ".gitignore").read_text().splitlines()
    if (ROOT / ".git").exists():
        known = subprocess.run(["git", "ls-files", "*.ipynb"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert known.stdout == ""
