"""What a terminal shows of derivations: the list of claims, the mistakes of a source, one claim in full."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from derive.assembly import tree
from derive.language.derivation import Claim, Derivation, Remark, drawn
from derive.language.nodes import Defined, Expr
from derive.language.statements import expressions
from derive.load import printed
from derive.render import STYLES, WRONG, counterexample_text, outcome, repair_text, said, sizes_text
from derive.report import ClaimReport, Evidence, Report, StepReport, Without
from derive.screen import BLANK, Line, Screen

# A listing ----------------------------------------------------------------------------------------------------------


def listing(derivations: Sequence[Derivation], screen: Screen) -> list[Line]:
    """Label, kind, expected verdict, formula and, where there is room, title of every claim."""
    claims = [claim for page in derivations for claim in page.claims.values()]
    rows = iter(screen.table([_entry(claim) for claim in claims], flexible=3) if claims else [])
    lines: list[Line] = []
    for page in derivations:
        lines += screen.heading(page.title, page.source)
        lines += [screen.followed(next(rows), f"  {claim.title}", "dim") for claim in page.claims.values()]
        lines.append(BLANK)
    return lines[:-1]


def _entry(claim: Claim) -> Line:
    kind = claim.kind.replace("_", " ")
    expected = (claim.expected, STYLES.get(claim.expected, ""))
    return ((claim.label, "bold"), (kind, "dim"), expected, (formula_of(claim) or claim.title, ""))


def formula_of(claim: Claim) -> str:
    """The formula of a claim; of one that cannot be built, why not."""
    full = printed(claim)
    return full.formula if isinstance(full, Claim) else f"cannot be built: {full}"


# The mistakes of a source -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Erratum:
    """A numbered mistake: where it is, what is printed, what is true instead, and which claim says so."""

    number: str
    label: str
    place: str
    printed: str
    reading: str
    corrected: str
    expected: str


def errata(derivations: Sequence[Derivation]) -> list[Erratum]:
    """Every numbered mistake, claims and remarks alike, in the order of the numbers."""
    found = [one for page in derivations for claim in page.claims.values() for one in _errata_of(claim)]
    found += [_remarked(remark) for page in derivations for remark in page.remarks]
    return sorted(found, key=lambda one: _numeric(one.number))


def _errata_of(claim: Claim) -> list[Erratum]:
    corrected = claim.printed.corrected_by if claim.printed else ""
    claims = claim.derivation.claims
    right = f"({corrected})  {formula_of(claims[corrected])}" if corrected in claims else corrected
    suspect = claim.printed.suspect if claim.printed else None
    text = formula_of(claim) + (f", where {suspect} = {suspect.body}" if suspect else "") if claim.errata else ""
    source = claim.derivation.source
    return [Erratum(n, claim.label, source, text, claim.reading, right, claim.expected) for n in claim.errata]


def _remarked(remark: Remark) -> Erratum:
    return Erratum(remark.erratum, "", remark.place, "", remark.reading, "", "remark")


def _numeric(number: str) -> list[tuple[int, str]]:
    """``E9`` before ``E10``."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", number)]


def errata_lines(found: Sequence[Erratum], screen: Screen) -> list[Line]:
    """A paragraph a mistake."""
    lines: list[Line] = []
    for one in found:
        heads = [(one.number, "bold"), (f"  {one.label}" if one.label else "", "bold")]
        state = [(screen.spell(f" · {one.expected}"), STYLES.get(one.expected, "dim"))]
        place = [(screen.spell(f" · {one.place}"), "dim")] if one.place else []
        lines.append(screen.cropped((*heads, *state, *place)))
        rows = [("printed", one.printed), ("true", one.reading), ("see", one.corrected)]
        lines += screen.described([((name.ljust(7), "dim"), (text, "")) for name, text in rows if text], "    ")
        lines.append(BLANK)
    return lines[:-1] if lines else screen.hanging([], "no mistakes are listed")


# One claim in full --------------------------------------------------------------------------------------------------


def claim_in_full(claim: Claim, run: Report, screen: Screen) -> list[Line]:
    """Title, source and hypotheses; the steps as written, each with what justifies it; all the evidence."""
    lines: list[Line] = []
    for result in run.claims:
        parts = [_head(claim, result, screen), _given(claim, result, screen), _needs(result, screen)]
        parts += [_steps(result, screen), _rests_on(run, result, screen), _evidence(result, screen)]
        for part in (*parts, _planted(result, screen), _printed(claim, result, screen)):
            lines += [*part, BLANK] if part else []
    return lines + screen.hanging([], outcome(run), "bold green" if run.ok else WRONG)


def _head(claim: Claim, result: ClaimReport, screen: Screen) -> list[Line]:
    page = " · ".join(filter(None, [result.derivation, result.source, near(result.place or claim.place)]))
    agreed = result.verdict == result.expected
    verdict = result.verdict if agreed else f"{result.verdict}, expected {result.expected}"
    style = STYLES[result.verdict] if agreed else WRONG
    lines = screen.heading(result.label, result.title) + screen.hanging([], page, "dim")
    return lines + screen.hanging([(f"{verdict}  ", style)], result.reason)


def _given(claim: Claim, result: ClaimReport, screen: Screen) -> list[Line]:
    """What is declared and whether it was used, and the definitions that the claim unfolds."""
    declared = result.declared or tuple(str(one) for one in claim.hypotheses)
    rows = [("given", name + _role(name, result)) for name in declared]
    rows += [("where", f"{name} = {body}") for name, body in definitions_of(claim).items()]
    full = printed(claim)
    laws = drawn(full.steps) if isinstance(full, Claim) else []
    rows += [("random", f"{variable} ~ {law}, {_independent(variable)}") for variable, law in laws]
    titles = [name if place == 0 or rows[place - 1][0] != name else "" for place, (name, _) in enumerate(rows)]
    cells = [((title, "dim"), (text, "")) for title, (_, text) in zip(titles, rows, strict=True)]
    return screen.described(cells) if cells else []


def _independent(variable: Expr) -> str:
    return "each entry independently" if variable.shape else "independent of all else"


def _role(name: str, result: ClaimReport) -> str:
    found = result.hypotheses
    if name in found.through:
        return f"   (through {found.through[name]})"
    if name not in found.unused:
        return ""
    cited = any(name in step.used for step in result.steps)
    return "   (not needed: there is a proof without it)" if cited else "   (not used)"


def _needs(result: ClaimReport, screen: Screen) -> list[Line]:
    """Each hypothesis that is used: what happens without it, or that this is not known."""
    found = result.analysis
    if found is None:
        return []
    rows = [("needed", one.name, f"without it false {counterexample_text(one.without)}") for one in found.needed]
    rows += [("needed", one.name, f"without it the statement has no value, {_where(one)}") for one in found.meaning]
    rows += [("open", name, "used; not shown to be needed, nor to be superfluous") for name in found.undetermined]
    return screen.described([((role, "dim"), (name, ""), (text, "")) for role, name, text in rows]) if rows else []


def _where(one: Without) -> str:
    """Where a statement has no value, and why."""
    letters = ", ".join(f"{name} = {value}" for name, value in one.without.values.items())
    return f"at {sizes_text(one.without.sizes)}: {one.without.left}, where {letters}"


def _rests_on(run: Report, result: ClaimReport, screen: Screen) -> list[Line]:
    """The tree of the claims that a proposition rests on, and the theorems that it takes from elsewhere."""
    reports = {report.label: report for report in (*run.claims, *run.lemmas)}
    lines: list[Line] = []
    for branch in tree(result.label, reports):
        stem = "".join("   " if last else "│  " for last in branch.last[:-1])
        heads = [(f"   {stem}{'└─ ' if branch.last[-1] else '├─ '}", "dim"), (f"{branch.report.label}  ", "bold")]
        style = STYLES[branch.report.verdict] if branch.report.ok else WRONG
        told = "(above)" if branch.repeated else branch.report.title or branch.report.text
        lines += screen.one_line([*heads, (f"{branch.report.verdict}  ", style)], told, "dim")
    head = screen.hanging([], "rests on", "dim") if lines else []
    known = [line for name in result.assumptions for line in screen.hanging([("taken as known  ", "dim")], name)]
    return [*head, *lines, *known]


def definitions_of(claim: Claim) -> dict[str, str]:
    """Every definition that the claim's steps mention, and those that these mention, by name."""
    full = printed(claim)
    found: dict[str, str] = {}
    for step in full.steps if isinstance(full, Claim) else ():
        for expr in expressions(step.statement):
            _collect(expr, found)
    return found


def _collect(expr: Expr, found: dict[str, str]) -> None:
    for node in expr.walk():
        if isinstance(node, Defined) and node.name not in found:
            found[node.name] = str(node.body)
            _collect(node.body, found)


def _steps(result: ClaimReport, screen: Screen) -> list[Line]:
    lines: list[Line] = []
    for step in result.steps:
        lines += [
            *screen.hanging([(f"({step.number})  ", "bold")], said(step)),
            *_justified(step, result, screen),
            BLANK,
        ]
    return lines[:-1]


def _justified(step: StepReport, result: ClaimReport, screen: Screen) -> list[Line]:
    rows: list[tuple[str, str, str]] = [("because", step.because, "")]
    rules = ", ".join(step.rules)
    style = STYLES[step.verdict] if step.verdict in ("proved", result.expected) else WRONG
    rows.append((step.verdict, "; ".join(filter(None, [f"by {rules}" if rules else "", step.reason])), style))
    rows.append(("using", ", ".join(step.used), ""))
    if step.counterexample:
        rows.append(("false", counterexample_text(step.counterexample), ""))
    if step.repair:
        rows.append(("repair", repair_text(step.repair), "bold"))
        rows += [("or", other, "") for other in step.repair.others]
    rows = [row for row in rows if row[0] == step.verdict or row[1]]
    cells = [((name, look or "dim"), (text, look if name == "repair" else "")) for name, text, look in rows]
    return screen.described(cells, "     ")


def _evidence(result: ClaimReport, screen: Screen) -> list[Line]:
    rows = [("", row) for row in result.evidence]
    rows += [(f"({s.number})", row) for s in result.steps for row in s.evidence if row not in result.evidence]
    head: list[Line] = [tuple((name, "dim") for name in ("step", "method", "says", "digits", "sizes", "detail"))]
    if not any(step for step, _ in rows):
        head = [(("", ""), *head[0][1:])]
    return screen.described([*head, *(_evidence_row(step, row) for step, row in rows)]) if rows else []


def _evidence_row(step: str, row: Evidence) -> Line:
    says, style = {
        True: ("holds", "green"),
        False: ("objects", "magenta"),
        None: ("is wrong" if row.fault else "does not apply", "dim"),
    }[row.ok]
    digits = f"{floor(row.digits)}" if row.digits is not None else ""
    sizes = [sizes_text(sizes) for sizes in row.sizes]
    shown = ", ".join(sizes) if len(sizes) <= 2 else f"{sizes[0]}, … ({len(sizes)})"
    bound = f"false with probability ≤ {row.bound:.1g}" if row.bound else ""
    detail = "; ".join(filter(None, [row.fault, row.detail, bound]))
    return ((step, ""), (row.method, ""), (says, style), (digits, ""), (shown, ""), (detail, ""))


def _planted(result: ClaimReport, screen: Screen) -> list[Line]:
    if result.planted is None:
        return []
    tried, same = result.planted.tried, result.planted.equivalent
    caught = f"{result.planted.caught} of {tried - same} planted errors are caught"
    told = caught + (f"; {same} damaged copies are provably the same statement" if same else "")
    lines = screen.hanging([], told if tried else "no error could be planted")
    for damage in result.planted.escaped:
        lines += screen.hanging([("   not caught  ", WRONG)], damage)
    return lines


def _printed(claim: Claim, result: ClaimReport, screen: Screen) -> list[Line]:
    """For a statement kept as printed: its number, what is true instead, and the claim that says so."""
    if claim.printed is None:
        return []
    label = claim.printed.corrected_by
    right = claim.derivation.claims.get(label)
    rows = [("erratum", ", ".join(result.errata)), ("true", result.reading or claim.reading)]
    rows.append(("see", f"({label})  {formula_of(right)}" if right else label))
    if not result.steps:
        rows.insert(1, ("printed", formula_of(claim)))
    return screen.described([((name, "dim"), (text, "")) for name, text in rows if text])


def near(place: str) -> str:
    """A place as seen from the current folder, if it lies below it."""
    return place.removeprefix(os.getcwd() + os.sep)
