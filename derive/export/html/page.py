"""The whole page: what was found at the top, the contents, and derivation by derivation what was claimed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from derive.export.document import Chapter, Document, Entry
from derive.export.html.claim import Writer, badge, table
from derive.export.html.markup import NOTHING, Markup, tag
from derive.export.html.words import METHODS, VERDICTS, counted
from derive.render import outcome, planted_total
from derive.report import ClaimReport, Report

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Nothing is loaded and nothing runs, whatever an author's words hold."""


def page(document: Document, name: str) -> str:
    """The page as text. It holds no time and no folder, so the same run gives the same page."""
    title = name.replace("_", " ").strip().capitalize() or "Derivations"
    writer = Writer(document)
    chapters = [_chapter(number, chapter, writer) for number, chapter in enumerate(document.chapters, start=1)]
    body = tag(
        "body",
        tag("a", "Skip to the claims", href="#main", class_="skip"),
        tag("header", tag("h1", title), tag("p", _subtitle(document), class_="source"), _summary(document, writer)),
        _contents(document),
        tag("main", *chapters, _legend(document.report), id="main", tabindex=-1),
        _footer(document.report, writer),
    )
    return f"<!DOCTYPE html>\n{tag('html', _head(document, title), body, lang='en')}\n"


def _head(document: Document, title: str) -> Markup:
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content=f"derive {document.report.versions.get('derive', '')}".strip()),
        tag("title", title if document.report.ok else f"✗ {title}"),
        tag("style", Markup(style)),
    )


def _subtitle(document: Document) -> str:
    claims = counted(len(document.report.claims), "claim")
    return f"{claims} in {counted(len(document.chapters), 'derivation')}, checked line by line"


# What was found -----------------------------------------------------------------------------------------------------


def _summary(document: Document, writer: Writer) -> Markup:
    run = document.report
    sign = "✓" if run.ok else "✗"
    told = f"{outcome(run)[:1].upper()}{outcome(run)[1:]}."
    look = "outcome" if run.ok else "outcome failure"
    banner = tag("p", tag("span", sign, aria_hidden="true"), f" {told}", class_=look)
    parts = (banner, _failed(document), _counts(run), *_notes(run, writer))
    heading = tag("h2", "Summary", id="summary-title")
    return tag("section", heading, *parts, id="summary", aria_labelledby="summary-title")


def _failed(document: Document) -> Markup:
    """Links to the claims that are not as they should be."""
    rows = [_failure(claim, document) for claim in document.report.claims if not claim.ok]
    return tag("ul", *rows, class_="failures") if rows else NOTHING


def _failure(claim: ClaimReport, document: Document) -> Markup:
    link = tag("a", f"({claim.label})", href=f"#{document.anchors[claim.label]}")
    unlike = claim.verdict != claim.expected
    why = f" expected {claim.expected}" if unlike else " a planted error was not caught"
    return tag("li", link, " ", badge(claim.verdict, wrong=unlike), why)


def _counts(run: Report) -> Markup:
    rows = [(badge(verdict), str(number), VERDICTS[verdict][1]) for verdict, number in run.counts.items() if number]
    return table("Claims by verdict", ("Verdict", "Claims", "What it says"), rows)


def _notes(run: Report, writer: Writer) -> Iterator[Markup]:
    planted = planted_total(run)
    yield tag("p", f"{planted[:1].upper()}{planted[1:]}." if planted else "No errors were planted in this run.")
    if not run.assumptions:
        yield tag("p", "Nothing is taken from elsewhere: every proof rests on the hypotheses that are named.")
        return
    yield tag("p", "Theorems taken from elsewhere, not proved here:")
    yield tag("ul", *(tag("li", writer.words(one)) for one in run.assumptions))


def _contents(document: Document) -> Markup:
    rows = [
        tag("li", tag("a", chapter.title, href=f"#{chapter.anchor}"), _places((*chapter.claims, *chapter.mistakes)))
        for chapter in document.chapters
    ]
    ends = tag("li", tag("a", "How to read this page", href="#reading"))
    return tag("nav", tag("h2", "Contents", id="contents"), tag("ol", *rows, ends), aria_labelledby="contents")


def _places(entries: Iterable[Entry]) -> Markup:
    return tag("ul", *(tag("li", _place(entry)) for entry in entries), class_="places")


def _place(entry: Entry) -> Markup:
    """A link that says how the claim stands."""
    report = entry.report
    sign = "✗✗" if not report.ok else VERDICTS[report.verdict][0]
    told = report.verdict if report.ok else f"failed: {report.verdict}, expected {report.expected}"
    mark = tag("span", sign, class_=f"mark {report.verdict if report.ok else 'wrong'}", aria_hidden="true")
    return tag("a", mark, entry.label, tag("span", f" {told}", class_="unseen"), href=f"#{entry.anchor}")


# A derivation -------------------------------------------------------------------------------------------------------


def _chapter(number: int, chapter: Chapter, writer: Writer) -> Markup:
    title = f"{chapter.anchor}-title"
    source = tag("p", chapter.derivation.source, class_="source") if chapter.derivation.source else NOTHING
    return tag(
        "section",
        tag("h2", tag("span", f"{number} ", class_="number"), writer.prose(chapter.heading), id=title),
        source,
        _ground(chapter, writer),
        *(writer.claim(entry, level=3) for entry in chapter.claims),
        _mistakes(chapter, writer),
        id=chapter.anchor,
        aria_labelledby=title,
    )


def _ground(chapter: Chapter, writer: Writer) -> Markup:
    """What a derivation defines and assumes."""
    parts: list[Markup] = []
    if chapter.definitions:
        parts += [tag("h3", "Definitions"), writer.definitions(chapter.definitions, "definition")]
    if chapter.assumed:
        parts += [tag("h3", "Assumptions"), writer.given(chapter.assumed)]
    return tag("div", *parts, class_="ground") if parts else NOTHING


def _mistakes(chapter: Chapter, writer: Writer) -> Markup:
    """Statements of the source that are false, and what else is wrong with it."""
    if not chapter.mistakes and not chapter.remarks:
        return NOTHING
    title = f"{chapter.anchor}-mistakes"
    claims = [writer.claim(entry, level=4) for entry in chapter.mistakes]
    rows = [
        tag("li", tag("span", remark.erratum, class_="erratum"), " ", tag("span", remark.place, class_="place"), ": ",
            writer.prose(words))
        for remark, words in chapter.remarks
    ]  # fmt: skip
    remarks = (tag("h4", "Remarks"), tag("ul", *rows, class_="remarks")) if rows else ()
    return tag("section", tag("h3", "Mistakes of the source", id=title), *claims, *remarks, aria_labelledby=title)


# The end ------------------------------------------------------------------------------------------------------------


def _legend(run: Report) -> Markup:
    """What the words of this page say, of those that occur in it."""
    rows = [row for claim in run.claims for row in (*claim.evidence, *(r for s in claim.steps for r in s.evidence))]
    used = {row.method for row in rows}
    methods = [tag("div", tag("dt", name), tag("dd", told)) for name, told in METHODS.items() if name in used]
    return tag(
        "section",
        tag("h2", "How to read this page", id="reading-title"),
        tag("p", "A claim is as good as its weakest line. What a method says is written with a sign: ✓ it holds, "
            "✗ the method objects, ? the method is itself wrong here. A claim that does not have the verdict that its "
            "author expects of it is marked “Failed”."),
        tag("dl", *methods, class_="facts legend"),
        id="reading", aria_labelledby="reading-title",
    )  # fmt: skip


def _footer(run: Report, writer: Writer) -> Markup:
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    failed = writer.formulas.failed
    lost = f" {counted(len(failed), 'formula', 'formulas')} could not be set, and stand as text." if failed else ""
    return tag("footer", tag("p", f"Made by {versions}.{lost}" if versions else lost))
