"""PDF: pdflatex, run in a folder of its own, so that nothing but the PDF is left beside the source."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from derive.errors import DeriveError

PROGRAM = "pdflatex"
OPTIONS = ("-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "-file-line-error")
MOST_RUNS = 5
"""Runs after which references have settled if they ever do; the table of contents takes two, its page breaks three."""
UNSETTLED = re.compile(r"Rerun to get|Rerun LaTeX|\(rerunfilecheck\)\s+Rerun")


def write_pdf(file: Path) -> Path:
    """Run pdflatex on a file until its references are settled, and give the path of the PDF beside it.

    Raises:
        DeriveError: pdflatex is not installed, or refuses the file.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise DeriveError(
            f"{PROGRAM} is not installed: install texlive-latex-base and lmodern; {file} is written, its PDF is not"
        )
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(file, Path(scratch) / "page.tex")
        for _ in range(MOST_RUNS):
            if not UNSETTLED.search(_run(program, Path(scratch), file)):
                break
        goal = file.with_suffix(".pdf")
        shutil.move(Path(scratch) / "page.pdf", goal)
    return goal


def _run(program: str, scratch: Path, file: Path) -> str:
    """One run; what it logs.

    Raises:
        DeriveError: with the first line that says what is wrong.
    """
    command = [program, *OPTIONS, "page.tex"]
    done = subprocess.run(command, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    log = scratch / "page.log"
    told = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    if done.returncode or not (scratch / "page.pdf").exists():
        first = _first_error(told or done.stdout.decode("utf-8", "replace"))
        raise DeriveError(f"{file}: {PROGRAM} fails: {first}", {"file": str(file), "error": first})
    return told


def _first_error(log: str) -> str:
    """``line 12: Undefined control sequence.``, or what else the log begins to complain of."""
    placed = re.search(r"^\S*page\.tex:(\d+): (.+)$", log, re.MULTILINE)
    if placed:
        return f"line {placed[1]}: {placed[2]}"
    told = re.search(r"^! (.+)$", log, re.MULTILINE)
    return told[1] if told else "it says nothing"
