"""A whole document in LaTeX: preamble, a section a derivation, what is cited from others, and what was checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.export.document import Chapter, Document, Entry, Given
from derive.export.latex.appendix import appendix
from derive.export.latex.breaking import inline
from derive.export.latex.claims import KINDS, Writer, capital, cited_labels, sentence
from derive.export.latex.displays import claimed, defined
from derive.export.latex.words import escaped, spans, titled
from derive.export.prose import prose
from derive.language.text import to_ascii

PREAMBLE = r"""
\documentclass[11pt,fleqn]{article}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage{amsmath,amsthm}
\usepackage{hyperref}
\hypersetup{colorlinks,allcolors={[rgb]{0.1,0.2,0.5}},bookmarksnumbered}

% The width for which the displays are broken into lines.
\setlength{\textwidth}{455pt}
\setlength{\oddsidemargin}{\dimexpr(\paperwidth-\textwidth)/2-1in\relax}
\setlength{\textheight}{1.18\textheight}
\addtolength{\topmargin}{-0.07\textheight}
\setlength{\mathindent}{1.5em}
\setlength{\emergencystretch}{8em}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
\allowdisplaybreaks
\setlength{\jot}{5pt}
\raggedbottom
\setcounter{MaxMatrixCols}{64}

% What justifies a line of a chain, at the right margin.
\newcommand{\why}[1]{\small\normalfont #1}
\newcommand{\longwhy}[1]{\parbox[t]{0.6\linewidth}{\raggedleft\small\normalfont #1}}
""".strip()
STYLE = r"\newtheoremstyle{labelled}{9pt}{5pt}{}{}{\bfseries}{.}{ }{\thmname{#1}\thmnote{ #3}}"


def source(document: Document, chapters: Sequence[Chapter], title: str) -> str:
    """The LaTeX of some chapters of a document as a document of their own, of ASCII alone."""
    inside = {entry.label for chapter in chapters for entry in (*chapter.claims, *chapter.mistakes)}
    foreign = _foreign(document, chapters, inside)
    labels = [*inside, *(entry.label for entry, _ in foreign)]
    references = {label: f"claim:{document.anchors[label]}" for label in labels}
    used = {label for claim in document.report.claims for label in claim.rests_on}
    writer = Writer(references, frozenset(used))
    parts = [*_head(document, chapters, title, writer)]
    for number, chapter in enumerate(chapters):
        parts += [r"\clearpage"] if number else []
        parts += _chapter(chapter, writer, single=len(chapters) == 1)
    parts += _cited(foreign, writer)
    parts += appendix(document, chapters, writer)
    return "\n\n".join(part for part in [*parts, r"\end{document}"] if part) + "\n"


def _head(document: Document, chapters: Sequence[Chapter], title: str, writer: Writer) -> Iterator[str]:
    kinds = [("claim", "Claim"), ("misprint", "Mistake"), *((kind, kind.capitalize()) for kind in KINDS)]
    versions = ", ".join(f"{name} {version}" for name, version in document.report.versions.items())
    yield PREAMBLE
    theorems = "\n".join(rf"\newtheorem*{{{kind}}}{{{name}}}" for kind, name in kinds)
    yield f"{STYLE}\n\\theoremstyle{{labelled}}\n{theorems}"
    yield rf"\newcommand{{\checkedwith}}{{{escaped(versions)}}}"
    shown = prose(title, (), frozenset().union(*(chapter.names for chapter in chapters)))
    yield rf"\title{{{spans(shown, {})}}}" + "\n" + r"\author{}" + "\n" + r"\date{}"
    yield rf"\hypersetup{{pdftitle={{{escaped(to_ascii(title))}}}}}"
    yield "\\begin{document}\n\\raggedright\n\\maketitle" + ("\n\\tableofcontents" if len(chapters) > 1 else "")


# A chapter ----------------------------------------------------------------------------------------------------------


def _chapter(chapter: Chapter, writer: Writer, single: bool) -> Iterator[str]:
    level = "section" if not single else "section*"
    heading = titled(chapter.heading, chapter.title, writer.references)
    if not single:
        yield rf"\{level}{{{heading}}}"
    if chapter.derivation.source:
        yield f"Source: {sentence(writer.said(chapter.derivation.source, chapter))}"
    yield from _definitions(chapter, single)
    yield from _assumed(chapter, writer, single)
    yield from _known(chapter, writer, single)
    if chapter.claims:
        yield _sub("Claims", single)
    yield from (writer.claim(entry, chapter) for entry in chapter.claims)
    yield from _mistakes(chapter, writer, single)


def _sub(name: str, single: bool) -> str:
    return rf"\section{{{name}}}" if single else rf"\subsection*{{{name}}}"


def _definitions(chapter: Chapter, single: bool) -> Iterator[str]:
    """Those of the derivation, and those of others that its claims unfold."""
    found = dict(chapter.definitions)
    for entry in (*chapter.claims, *chapter.mistakes):
        for name, body in reversed(entry.where):
            found.setdefault(name, body)
    if found:
        yield _sub("Definitions", single)
        yield defined(list(found.items()))


def _assumed(chapter: Chapter, writer: Writer, single: bool) -> Iterator[str]:
    if chapter.assumed:
        yield _sub("Assumptions", single)
        yield "Each claim names those that it is stated under."
        yield _items(_assumption(one, writer) for one in chapter.assumed)


def _assumption(one: Given, writer: Writer) -> str:
    formula = f"${inline(one.formula)}$"
    return f"{writer.words(one.name)}: {formula}" if one.named else formula


def _known(chapter: Chapter, writer: Writer, single: bool) -> Iterator[str]:
    """Theorems that are not proved here, by name, each with what is taken from it."""
    found: dict[str, dict[str, None]] = {}
    for entry in (*chapter.claims, *chapter.mistakes):
        for one in entry.given:
            if one.known:
                found.setdefault(writer.words(one.name), {})[f"${inline(one.formula)}$"] = None
    if found:
        yield _sub("Taken from elsewhere", single)
        yield _items(f"{name}: {', '.join(formulas)}" for name, formulas in found.items())


def _items(items: Iterator[str]) -> str:
    return "\n".join([r"\begin{itemize}", *(rf"\item {item}" for item in items), r"\end{itemize}"])


def _mistakes(chapter: Chapter, writer: Writer, single: bool) -> Iterator[str]:
    """The statements of the source that are false, and its mistakes that are no statements."""
    if chapter.mistakes or chapter.remarks:
        yield _sub("Mistakes of the source", single)
    yield from (writer.mistake(entry, chapter) for entry in chapter.mistakes)
    for remark, words in chapter.remarks:
        place = f" ({escaped(remark.place)})" if remark.place else ""
        yield (
            rf"\begin{{misprint}}[{escaped(remark.erratum)}{place}]" + f"\n{capital(sentence(writer.words(words)))}\n"
            r"\end{misprint}"
        )


# Other derivations --------------------------------------------------------------------------------------------------


def _foreign(document: Document, chapters: Sequence[Chapter], inside: set[str]) -> list[tuple[Entry, Chapter]]:
    """The claims of other chapters that these refer to, in order: a link needs a target in its own document."""
    entries = [entry for chapter in chapters for entry in (*chapter.claims, *chapter.mistakes)]
    cited = {label for entry in entries for label in (*cited_labels(entry), *entry.report.rests_on)}
    cited |= {label for chapter in chapters for _, words in chapter.remarks for label in _labels_in(words)}
    cited |= {label for chapter in chapters for one in chapter.assumed for label in _labels_in(one.name)}
    cited |= {label for chapter in chapters for label in _labels_in(chapter.heading)}
    return [
        (entry, chapter)
        for chapter in document.chapters
        for entry in (*chapter.claims, *chapter.mistakes)
        if entry.label in cited - inside
    ]


def _labels_in(words: object) -> Iterator[str]:
    if isinstance(words, tuple):
        yield from (span.label for span in words if hasattr(span, "label"))


def _cited(foreign: Sequence[tuple[Entry, Chapter]], writer: Writer) -> Iterator[str]:
    if foreign:
        yield r"\section{From other derivations}"
    for entry, chapter in foreign:
        head = rf"\begin{{claim}}[({escaped(entry.label)})]\phantomsection\label{{{writer.references[entry.label]}}}"
        title = spans(chapter.heading, {})
        told = rf"\emph{{{sentence(title)}}}" + (f" {sentence(spans(entry.title, {}))}" if entry.title else "")
        verdict = "" if entry.report.verdict == "proved" else f" Its verdict is {entry.report.verdict}."
        parts = [head, told + verdict, *([claimed(entry)] if entry.statement else [])]
        yield "\n".join([*parts, r"\end{claim}"])
