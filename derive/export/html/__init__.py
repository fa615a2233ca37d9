"""A web page: one file without scripts, that loads nothing and that every browser sets by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from derive.errors import InputError
from derive.export.document import Document
from derive.files import write_whole

try:
    from derive.export.html.page import page
except ModuleNotFoundError as error:
    if error.name != "math_core":
        raise
    raise InputError("'export html' needs the package math-core: pip install 'derive[html]'") from error


def write(document: Document, folder: Path, name: str) -> Iterator[Path]:
    """Write ``<name>.html``, whole or not at all."""
    path = folder / f"{name}.html"
    write_whole(path, page(document, name))
    yield path
