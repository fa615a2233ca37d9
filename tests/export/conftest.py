"""What the tests of the exporters share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from derive.checker import Options, check_all
from derive.export.document import Document, document
from derive.load import load

ODD_PAGE = str(Path(__file__).with_name("odd_page.py"))


@pytest.fixture(scope="session")
def pdflatex():
    """Where pdflatex is missing: an error under CI, which installs it; elsewhere a skip."""
    if shutil.which("pdflatex") is None:
        if os.environ.get("CI"):
            pytest.fail("pdflatex is missing: install texlive-latex-base and lmodern (.ci/run does)", pytrace=False)
        pytest.skip("pdflatex is not installed (texlive-latex-base, lmodern)")


def checked(targets: list[str], plant: bool = False) -> Document:
    """The document of a run without planted errors, in one process, so that it is always the same."""
    pages = load(targets)
    return document(pages, check_all(pages, Options(plant=plant, needed=False, targets=tuple(targets))))


@pytest.fixture(scope="session")
def odd() -> Document:
    return checked([ODD_PAGE])


@pytest.fixture(scope="session")
def odd_planted() -> Document:
    return checked([ODD_PAGE], plant=True)


@pytest.fixture(scope="session")
def notes() -> Document:
    return checked([])
