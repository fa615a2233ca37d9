"""LaTeX: a document a derivation, and one of them all, with proofs as their authors wrote them.

It needs ``amsmath``, ``amsthm``, ``hyperref`` and Latin Modern, nothing else; the text is ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from derive.export.document import Document
from derive.export.latex.pages import source
from derive.export.latex.pdf import write_pdf
from derive.files import write_whole
from derive.language.text import to_ascii

__all__ = ["sources", "write", "write_pdf"]


def write(document: Document, folder: Path, name: str) -> Iterator[Path]:
    """Write the documents to a folder, the one of them all first, and give their paths."""
    for file, text in sources(document, name).items():
        write_whole(folder / file, text)
        yield folder / file


def sources(document: Document, name: str) -> dict[str, str]:
    """The LaTeX of every document by file name: of all derivations, and where there are several, of each."""
    chapters = document.chapters
    whole = chapters[0].title if len(chapters) == 1 else name.replace("_", " ").capitalize()
    found = {f"{name}.tex": source(document, chapters, whole)}
    if len(chapters) > 1:
        names = _names([chapter.title for chapter in chapters])
        for chapter, slug in zip(chapters, names, strict=True):
            found[f"{name}-{slug}.tex"] = source(document, [chapter], chapter.title)
    return found


def _names(titles: list[str]) -> Iterator[str]:
    """A distinct part of a file name for each title."""
    taken: set[str] = set()
    for number, title in enumerate(titles, start=1):
        slug = re.sub(r"[^a-z0-9]+", "-", to_ascii(title).lower()).strip("-")[:60].strip("-") or str(number)
        taken.add(name := slug if slug not in taken else f"{slug}-{number}")
        yield name
