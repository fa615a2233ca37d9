"""What a terminal shows: a report, a listing, one claim in full, the mistakes of a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import floor

from derive.report import (
    METHODS,
    ClaimReport,
    Counterexample,
    Evidence,
    Planted,
    Repair,
    Report,
    StepReport,
)
from derive.screen import BLANK, Cell, Line, Screen, columns_of

STYLES = {
    "proved": "green",
    "proved-at": "cyan",
    "agrees": "yellow",
    "refuted": "magenta",
    "undecided": "yellow",
    "undefined": "yellow",
    "ill-typed": "magenta",
    "error": "red",
}
WRONG = "bold red"

LETTERS = {
    "kernel": "K",
    "sympy": "S",
    "entrywise": "E",
    "exact-difference": "D",
    "autograd-exact": "A",
    "finite-difference": "f",
    "autograd": "a",
    "exact-points": "P",
    "numeric": "n",
    "sampling": "s",
    "quadrature": "q",
    "independent": "I",
    "faithful": "F",
}
"""Where a terminal is too narrow for the names of the methods: capitals are exact, the others have digits."""

ROOMY = 48
"""How many columns a formula has where the methods are named in full."""

INDENT = "      "


# A report -----------------------------------------------------------------------------------------------------------


def report(run: Report, screen: Screen) -> list[Line]:
    """One line a claim, grouped by derivation; what failed and what is refuted below it; the counts at the end."""
    letters = _letter_columns(run) if _is_tight(run, screen) else None
    rows = screen.table([_row(claim, letters) for claim in run.claims], flexible=2) if run.claims else []
    lines: list[Line] = []
    for (title, source), group in groupby(
        zip(run.claims, rows, strict=True), key=lambda pair: (pair[0].derivation, pair[0].source)
    ):
        lines += screen.heading(title, source)
        for claim, row in group:
            lines += [row, *_notes(claim, screen)]
        lines.append(BLANK)
    return lines + (_legend(letters, screen) if letters else []) + _summary(run, screen)


def changed_claims(run: Report, marks: Sequence[str], screen: Screen) -> list[Line]:
    """The claims of a run alone, each with a mark in front of its label, and what stands below each."""
    if not run.claims:
        return []
    letters = _letter_columns(run) if _is_tight(run, screen) else None
    cells = [_row(claim, letters) for claim in run.claims]
    marked = [(sign, (mark, "dim"), *rest) for (sign, *rest), mark in zip(cells, marks, strict=True)]
    rows = screen.table(marked, flexible=3)
    return [line for claim, row in zip(run.claims, rows, strict=True) for line in (row, *_notes(claim, screen))]


def _is_tight(run: Report, screen: Screen) -> bool:
    """Whether names in full leave too little room for the formulas."""
    if screen.width is None or not run.claims:
        return False
    cells = zip(*[[text for text, _ in _row(claim, None)] for claim in run.claims], strict=True)
    widths = [max(columns_of(screen.spell(text)) for text in column) for column in cells]
    formulas = widths.pop(2)
    return sum(widths) + 2 * len(widths) + min(formulas, ROOMY) > screen.width


def _row(claim: ClaimReport, letters: Mapping[str, int] | None) -> Line:
    mark = ("✓", "green") if claim.ok else ("✗", WRONG)
    verdict = (claim.verdict, STYLES[claim.verdict] if claim.verdict == claim.expected else WRONG)
    found = [row for row in merged(claim) if says(row)]
    methods = " ".join(map(_named, found)) if letters is None else _lettered(found, letters)
    planted = (planted_text(claim.planted, letters is not None), "" if _all_caught(claim) else WRONG)
    unbuilt = claim.verdict == "ill-typed" and claim.text in ("", claim.reason)
    text = "(cannot be built)" if unbuilt else claim.text or claim.title
    return (mark, (claim.label, "bold"), (text, ""), verdict, (methods, "dim"), planted)


def _all_caught(claim: ClaimReport) -> bool:
    return claim.planted is None or claim.planted.ok


def merged(claim: ClaimReport) -> list[Evidence]:
    """One row a method: an objection outweighs support, the fewest digits count."""
    rows = claim.evidence or tuple(row for step in claim.steps for row in step.evidence)
    names = [*METHODS, *dict.fromkeys(row.method for row in rows if row.method not in METHODS)]
    by_name = {name: [row for row in rows if row.method == name] for name in names}
    return [_merged(name, found) for name, found in by_name.items() if found]


def _merged(name: str, rows: Sequence[Evidence]) -> Evidence:
    answers = {row.ok for row in rows}
    ok = False if False in answers else True if True in answers else None
    digits = [row.digits for row in rows if row.digits is not None]
    fault = next((row.fault for row in rows if row.fault), None)
    return Evidence(name, ok, fault=fault, digits=min(digits, default=None))


def says(row: Evidence) -> bool:
    """Whether the method says anything here."""
    return row.ok is not None or row.fault is not None


def _named(row: Evidence, name: str = "") -> str:
    """``finite-difference(50)``; ``!`` before a method that objects, ``?`` before one that is itself wrong."""
    sign = "!" if row.ok is False else "?" if row.ok is None else ""
    return f"{sign}{name or row.method}" + (f"({floor(row.digits)})" if row.digits is not None and row.ok else "")


def letter(row: Evidence) -> str:
    """``f50`` for finite differences that agree to 50 digits."""
    return _named(row, LETTERS.get(row.method, "")).replace("(", "").replace(")", "")


def _lettered(rows: Sequence[Evidence], letters: Mapping[str, int]) -> str:
    """One column a method."""
    by_name = {row.method: letter(row) for row in rows}
    return " ".join(by_name.get(name, "").ljust(width) for name, width in letters.items()).rstrip()


def _letter_columns(run: Report) -> dict[str, int]:
    """The methods that say something in this run, and how wide each one's column is."""
    rows = [row for claim in run.claims for row in merged(claim) if says(row)]
    names = [*METHODS, *dict.fromkeys(row.method for row in rows if row.method not in METHODS)]
    widths = {name: [len(letter(row)) for row in rows if row.method == name] for name in names}
    return {name: max(found) for name, found in widths.items() if found}


def planted_text(planted: Planted | None, short: bool) -> str:
    """``planted 32/32, 3 equivalent``: caught, of those that are not provably the same statement."""
    if planted is None or not planted.tried:
        return ""
    share = f"{planted.caught}/{planted.tried - planted.equivalent}"
    same = planted.equivalent
    if short:
        return share + (f"+{same}" if same else "")
    return f"planted {share}" + (f", {same} equivalent" if same else "")


# What stands below a claim ------------------------------------------------------------------------------------------


def _notes(claim: ClaimReport, screen: Screen) -> list[Line]:
    """Why a claim fails, in full; how a statement kept as printed is refuted, a line each."""
    lines: list[Line] = []
    for head, text in _failures(claim) if not claim.ok else ():
        lines += screen.hanging([(INDENT, ""), (f"{head}  ", WRONG)], text)
    layout = screen.one_line if claim.ok else screen.hanging
    for head, text in _findings(claim):
        lines += layout([(INDENT, ""), (f"{head:<6}  ", "dim")], text, "dim" if claim.ok else "")
    return lines


def _failures(claim: ClaimReport) -> Iterator[tuple[str, str]]:
    if claim.verdict != claim.expected:
        yield f"{claim.verdict}, expected {claim.expected}", claim.reason
    for step in claim.steps:
        news = f": {step.reason}" if step.reason and step.reason not in claim.reason else ""
        if step.verdict != claim.expected and (news or len(claim.steps) > 1):
            yield f"step {step.number} {step.verdict}", (step.formula.words or said(step)) + news
    for row in claim.evidence if claim.verdict == "error" else ():
        if row.ok is False:
            yield f"{row.method} objects", row.detail
    for damage in claim.planted.escaped if claim.planted else ():
        yield "planted error not caught", damage


def _findings(claim: ClaimReport) -> Iterator[tuple[str, str]]:
    if claim.errata or claim.reading:
        yield ", ".join(claim.errata) or "true", claim.reading or claim.reason
    for step in claim.steps:
        number = f"({step.number}) " if len(claim.steps) > 1 else ""
        if step.counterexample:
            yield "false", number + counterexample_text(step.counterexample)
        if step.repair:
            yield "repair", number + repair_text(step.repair) + _others(step.repair)
    if claim.ok and claim.verdict == "ill-typed" and claim.reason:
        yield "type", claim.reason


def said(step: StepReport) -> str:
    """The step as written."""
    return step.statement or f"{step.left} = {step.right}"


def counterexample_text(found: Counterexample) -> str:
    where = ", ".join(f"{name} = {value}" for name, value in found.values.items())
    sizes = sizes_text(found.sizes)
    return f"{f'at {sizes}: ' if sizes else ''}left {found.left}, right {found.right}" + (
        f", where {where}" * bool(where)
    )


def sizes_text(sizes: Mapping[str, int]) -> str:
    return " ".join(f"{name}={value}" for name, value in sizes.items())


def repair_text(repair: Repair) -> str:
    return f"{repair.was} → {repair.now}" + (f" gives {repair.statement}" if repair.statement else "")


def _others(repair: Repair) -> str:
    number = len(repair.others)
    return f" ({number} other{'s' if number > 1 else ''} as small)" if number else ""


# The end of a report ------------------------------------------------------------------------------------------------


def _legend(used: Mapping[str, int], screen: Screen) -> list[Line]:
    exact, rounded = (
        ", ".join(f"{letter} {name}" for name, letter in LETTERS.items() if name in used and letter.isupper() == upper)
        for upper in (True, False)
    )
    signs = "! objects, ? is wrong itself; n/n planted errors caught, +n the same statement"
    rows = [("exact", exact), ("digits", rounded), ("signs", signs)]
    return [*screen.described([((name, "dim"), (text, "dim")) for name, text in rows if text]), BLANK]


def _summary(run: Report, screen: Screen) -> list[Line]:
    counts = [(f"{number} {verdict}", STYLES[verdict]) for verdict, number in run.counts.items() if number]
    lines = _side_by_side([*counts, (f"{run.seconds:.1f} s", "dim")], screen)
    if total := planted_total(run):
        lines += screen.hanging([], total)
    if recalled := sum(claim.recalled for claim in (*run.claims, *run.lemmas)):
        proofs = "1 proof" if recalled == 1 else f"{recalled} proofs"
        told = f"{proofs} known from an earlier run, checked again by the kernel (--fresh searches for them)"
        lines += screen.hanging([], told, "dim")
    if run.assumptions:
        lines += screen.hanging([("assumed outside the kernel: ", "yellow")], "; ".join(run.assumptions))
    return lines + screen.hanging([], outcome(run), "bold green" if run.ok else WRONG)


def _side_by_side(cells: Sequence[Cell], screen: Screen) -> list[Line]:
    """Cells with dots between them, on as few lines as the terminal lets them stand on."""
    dot = screen.spell(" · ")
    lines: list[list[Cell]] = [[]]
    for text, style in cells:
        width = sum(columns_of(shown) for shown, _ in lines[-1]) + len(dot) + columns_of(text)
        if lines[-1] and screen.width is not None and width > screen.width:
            lines.append([])
        lines[-1] += [(dot, "dim")] * bool(lines[-1]) + [(text, style)]
    return [tuple(line) for line in lines]


def planted_total(run: Report) -> str:
    """What became of all planted errors together."""
    planted = [claim.planted for claim in run.claims if claim.planted and claim.planted.tried]
    if not planted:
        return ""
    tried, caught = sum(one.tried for one in planted), sum(one.caught for one in planted)
    same = sum(one.equivalent for one in planted)
    return f"{tried} planted errors: {caught} caught, {same} provably the same statement" + (
        f", {tried - caught - same} not caught" if tried > caught + same else ""
    )


def outcome(run: Report) -> str:
    """The last line: whether every claim has the verdict expected of it, and whether a planted error escaped."""
    number = len(run.claims)
    wrong = [claim.label for claim in run.claims if claim.verdict != claim.expected]
    missed = [claim.label for claim in run.claims if claim.planted is not None and not claim.planted.ok]
    if not number:
        return "no claim was checked"
    do, them = ("does", "it") if len(wrong) == 1 else ("do", "them")
    told = f"{len(wrong)} of {number} claims {do} not have the verdict that is expected of {them}: {', '.join(wrong)}"
    if not wrong:
        all_ = "the claim has" if number == 1 else f"all {number} claims have"
        told = f"{all_} the verdict that is expected of {'it' if number == 1 else 'them'}"
    return told + (f"; planted errors escape in {', '.join(missed)}" if missed else "")
