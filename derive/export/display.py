"""What a notebook shows of a run: Markdown, in which JupyterLab, VS Code and nbconvert all typeset formulas."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from functools import singledispatch
from itertools import groupby
from math import floor

from derive.language.latex import latex_name
from derive.language.markdown import code, mathematics, paragraphs, table, together, where, words
from derive.render import (
    LETTERS,
    counterexample_text,
    letter,
    merged,
    outcome,
    planted_text,
    planted_total,
    repair_text,
    report,
    said,
    says,
    sizes_text,
)
from derive.report import (
    VERDICTS,
    ClaimReport,
    Counterexample,
    Evidence,
    Formula,
    Planted,
    Repair,
    Report,
    StepReport,
    Without,
)
from derive.screen import Screen

WIDTH = 110
"""Columns of the text beside the Markdown, for a terminal."""


@singledispatch
def markdown(shown: object) -> str:
    """A report, or a part of one, as Markdown."""
    raise TypeError(f"{shown!r} is no part of a report")


@singledispatch
def plain(shown: object) -> str:
    """The same as a terminal shows it."""
    raise TypeError(f"{shown!r} is no part of a report")


# A run --------------------------------------------------------------------------------------------------------------


@markdown.register
def run_markdown(run: Report) -> str:
    """A table of the claims, a derivation at a time; of a single claim everything."""
    if len(run.claims) == 1:
        return markdown(run.claims[0])
    tables = []
    for (title, source), claims in groupby(run.claims, key=lambda claim: (claim.derivation, claim.source)):
        head = f"**{words(title)}**" + (f" · {words(source)}" if source else "")
        tables.append(paragraphs(head, _claims(list(claims))))
    return paragraphs(*tables, _findings(run.claims), _legend(run), _summary(run))


def _claims(claims: Sequence[ClaimReport]) -> str:
    rows = [
        [
            _mark(claim),
            f"({words(claim.label)})",
            _stated(claim),
            _verdict(claim),
            " ".join(letter(row) for row in merged(claim) if says(row)),
            planted_text(claim.planted, short=True),
        ]
        for claim in claims
    ]
    return table(["", "claim", "states", "verdict", "methods", "planted"], rows)


def _mark(claim: ClaimReport) -> str:
    return "✓" if claim.ok else "✗"


def _verdict(claim: ClaimReport) -> str:
    return claim.verdict if claim.verdict == claim.expected else f"**{claim.verdict}**, expected {claim.expected}"


def _stated(claim: ClaimReport) -> str:
    """What the claim states: its cases, or of each chain its two ends, in formulas."""
    if claim.cases:
        return mathematics(claim.cases)
    chains: list[list[Formula]] = []
    for formula in (step.formula for step in claim.steps):
        if formula.continues and chains:
            chains[-1].append(formula)
        else:
            chains.append([formula])
    if not chains:
        return words(claim.title) or "(cannot be built)"
    shown = mathematics(_ends(chains[0]))
    return shown if len(chains) == 1 else f"{shown} … ({len(chains)})"


def _ends(chain: Sequence[Formula]) -> str:
    signs = {r"\le": "≤"}
    if len(chain) == 1:
        return str(chain[0])
    sign = together(signs.get(formula.sign, formula.sign) for formula in chain)
    return str(Formula(chain[0].left, r"\le" if sign == "≤" else sign, chain[-1].right))


def _findings(claims: Sequence[ClaimReport]) -> str:
    """What failed, and how what is false is refuted and repaired: a line each."""
    items = []
    for claim in claims:
        facts = list(_found(claim))
        if facts:
            items.append(f"- **({words(claim.label)})** " + "; ".join(facts))
    return "\n".join(items)


def _found(claim: ClaimReport) -> Iterator[str]:
    if claim.errata:
        yield words(", ".join(claim.errata))
    if claim.reading:
        yield words(claim.reading)
    if claim.reason and (not claim.ok or claim.verdict == "ill-typed"):
        yield words(claim.reason)
    for damage in claim.planted.escaped if claim.planted else ():
        yield f"planted error not caught: {code(damage)}"
    for step in claim.steps:
        at = f"({step.number}) " if len(claim.steps) > 1 else ""
        if step.counterexample:
            yield at + _in_one_line(step.counterexample)
        if step.repair:
            yield f"{at}repair {code(repair_text(step.repair))}"


def _legend(run: Report) -> str:
    used = {row.method for claim in run.claims for row in merged(claim) if says(row)}
    told = ", ".join(f"{sign} {name}" for name, sign in LETTERS.items() if name in used)
    signs = "A number is how many digits agree; ! objects, ? is wrong itself"
    planted = "; n/n planted errors caught, +n the same statement" if planted_total(run) else ""
    return f"<small>{told}. {signs}{planted}.</small>" if told else ""


def _summary(run: Report) -> str:
    counts = [f"{number} {verdict}" for verdict in VERDICTS if (number := run.counts[verdict])]
    known = f"Assumed outside the kernel: {words('; '.join(run.assumptions))}." if run.assumptions else ""
    told = words(" · ".join(filter(None, [*counts, planted_total(run)])))
    return paragraphs(f"{told}; **{words(outcome(run))}**.", known)


# One claim ----------------------------------------------------------------------------------------------------------


@markdown.register
def claim_markdown(claim: ClaimReport) -> str:
    """Its lines, each with its verdict and what justifies it; what is wrong with it; what it rests on; all evidence."""
    page = " · ".join(words(part) for part in (claim.derivation, claim.source) if part)
    head = f"**{_mark(claim)} ({words(claim.label)})** {words(claim.title)} — {_verdict(claim)}"
    return paragraphs(
        head,
        f"<small>{page}</small>" if page else "",
        words(claim.reason),
        mathematics(claim.cases, display=True) if claim.cases else "",
        _given(claim),
        _steps(claim.steps),
        where(claim.where),
        *_wrong(claim),
        _reading(claim),
        f"rests on {', '.join(f'({words(label)})' for label in claim.rests_on)}" if claim.rests_on else "",
        f"taken as known: {words(', '.join(claim.assumptions))}" if claim.assumptions else "",
        _evidence(claim.evidence),
        markdown(claim.planted) if claim.planted else "",
    )


def _given(claim: ClaimReport) -> str:
    """What is declared, whether it is used and, where that was looked for, what happens without it."""
    found = claim.hypotheses
    needs = {one.name: f"without it false: {_in_one_line(one.without)}" for one in found.needed}
    needs |= {one.name: f"without it there is no value, {_no_value(one)}" for one in found.meaning}
    rows = []
    for name in claim.declared:
        used = "needed" if name in needs else "used" if name in found.used else "not used"
        through = f", through ({found.through[name]})" if name in found.through else ""
        rows.append([words(name), words(used + through) if claim.verdict == "proved" else "", needs.get(name, "")])
    return table(["given", "", "why"], rows) if rows else ""


def _no_value(one: Without) -> str:
    return f"{_where(one.without)}: {words(one.without.left)}"


def _steps(steps: Sequence[StepReport]) -> str:
    if not steps:
        return ""
    rows = [[f"({step.number})", _line(step), step.verdict, _justified(step)] for step in steps]
    return table(["", "line", "verdict", "because"], rows)


def _line(step: StepReport) -> str:
    """A step; of a line that goes on a chain only what it adds."""
    formula = step.formula
    if formula.words or not str(formula):
        return words(formula.words or said(step))
    shown = f"{formula.sign} {formula.right}" if formula.continues else str(formula)
    return mathematics(shown, display=True)


def _justified(step: StepReport) -> str:
    rules = f"by {', '.join(step.rules)}" if step.rules else ""
    using = f"using {', '.join(step.used)}" if step.used else ""
    if step.formula.words:
        told = words("; ".join(filter(None, [rules, using, step.reason])))
        return "; ".join(filter(None, [mathematics(str(step.formula), display=True), told]))
    return words("; ".join(filter(None, [step.because, rules, using, step.reason])))


def _wrong(claim: ClaimReport) -> Iterator[str]:
    for step in claim.steps:
        at = f"({step.number}) " if len(claim.steps) > 1 else ""
        if step.counterexample:
            yield f"{at}{markdown(step.counterexample)}"
        if step.repair:
            yield f"{at}{markdown(step.repair)}"
    for row in claim.evidence if claim.verdict == "error" else ():
        if row.ok is False:
            yield f"**{row.method} objects** {words(row.detail)}"


def _reading(claim: ClaimReport) -> str:
    return " ".join(filter(None, [f"**{words(', '.join(claim.errata))}**" * bool(claim.errata), words(claim.reading)]))


def _evidence(rows: Sequence[Evidence]) -> str:
    return table(["method", "says", "digits", "sizes", "detail"], map(_evidence_row, rows)) if rows else ""


def _evidence_row(row: Evidence) -> list[str]:
    said_ = {True: "holds", False: "objects", None: "is wrong" if row.fault else "does not apply"}[row.ok]
    digits = f"{max(0, floor(row.digits))}" if row.digits is not None else ""
    sizes = [sizes_text(sizes) for sizes in row.sizes]
    shown = ", ".join(sizes) if len(sizes) <= 2 else f"{sizes[0]}, … ({len(sizes)})"
    bound = f"false with probability ≤ {row.bound:.1g}" if row.bound else ""
    return [row.method, said_, digits, words(shown), words("; ".join(filter(None, [row.fault, row.detail, bound])))]


# Its parts ----------------------------------------------------------------------------------------------------------


@markdown.register
def step_markdown(step: StepReport) -> str:
    """One line, with its verdict, what justifies it and what is wrong with it."""
    parts = [_steps([step]), markdown(step.counterexample) if step.counterexample else ""]
    return paragraphs(*parts, markdown(step.repair) if step.repair else "", _evidence(step.evidence))


@markdown.register
def evidence_markdown(row: Evidence) -> str:
    """What one method says."""
    return _evidence([row])


@markdown.register
def counterexample_markdown(found: Counterexample) -> str:
    r"""Where a statement is false, with matrices written out.

    >>> print(markdown(Counterexample({"D": 2, "d": 1}, {"W": "[1 1]", "λ": "-1"}, "[2, 2]", "[1, 1]")))
    **False** at $D = 2,\; d = 1$: left $(2,\; 2)$, right $(1,\; 1)$, where
    <BLANKLINE>
    $$W = \begin{pmatrix} 1 & 1 \end{pmatrix}, \quad \lambda = -1$$
    """
    letters = [f"{latex_name(name)} = {value_latex(value)}" for name, value in found.values.items()]
    told = f"**False** {_where(found)}: left {_value(found.left)}, right {_value(found.right)}"
    shown = r", \quad ".join(letters)
    return f"{told}, where\n\n$${shown}$$" if shown else told


def _in_one_line(found: Counterexample) -> str:
    letters = [mathematics(f"{latex_name(name)} = {value_latex(value)}") for name, value in found.values.items()]
    told = f"{_where(found)}: left {_value(found.left)}, right {_value(found.right)}"
    return f"{told}, where {', '.join(letters)}" if letters else told


def _where(found: Counterexample) -> str:
    sizes = r",\; ".join(f"{latex_name(name)} = {value}" for name, value in found.sizes.items())
    return f"at {mathematics(sizes)}" if sizes else "everywhere"


def _value(text: str) -> str:
    return mathematics(value_latex(text)) if re.fullmatch(NUMBERS, text) else words(text)


NUMBERS = r"[-\d/.,;\s\[\]{}e+]*"
"""What the text of a number, a list, a matrix or a set is made of; anything else is words."""


def value_latex(text: str) -> str:
    r"""A value as a report writes it, in LaTeX: a number, ``[1 2; 3 4]``, a list ``[1, 2]`` or a set ``{1, 3}``.

    >>> value_latex("[1 -1/2; 0 3]")
    '\\begin{pmatrix} 1 & -\\frac{1}{2} \\\\ 0 & 3 \\end{pmatrix}'
    """
    inside = text[1:-1]
    if text.startswith("{"):
        return rf"\{{{inside}\}}"
    if text.startswith("["):
        if ", " in inside:
            return "(" + r",\; ".join(map(_number_latex, inside.split(", "))) + ")"
        rows = [" & ".join(map(_number_latex, row.split())) for row in inside.split(";")]
        return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"
    return _number_latex(text)


def _number_latex(text: str) -> str:
    top, slash, bottom = text.strip().partition("/")
    sign = "-" if slash and top.startswith("-") else ""
    return rf"{sign}\frac{{{top.removeprefix('-')}}}{{{bottom}}}" if slash else top


@markdown.register
def repair_markdown(repair: Repair) -> str:
    """The least changes that make a false statement true, one a line."""
    head = f"**Repair** {code(f'{repair.was} → {repair.now}')}"
    gives = f" gives {code(repair.statement)}" if repair.statement else ""
    return "\n".join([head + gives, *(f"- or {code(other)}" for other in repair.others)])


@markdown.register
def planted_markdown(planted: Planted) -> str:
    """How many damaged copies were caught."""
    told = f"{planted.caught} of {planted.tried - planted.equivalent} planted errors are caught"
    same = f"; {planted.equivalent} damaged copies are provably the same statement" if planted.equivalent else ""
    escaped = [f"- **not caught** {code(damage)}" for damage in planted.escaped]
    return "\n".join([(told + same) if planted.tried else "no error could be planted", *escaped])


# For a terminal -----------------------------------------------------------------------------------------------------


@plain.register
def run_plain(run: Report) -> str:
    """As ``derive check`` prints it."""
    lines = report(run, Screen(io.StringIO(), WIDTH))
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


@plain.register
def claim_plain(claim: ClaimReport) -> str:
    """As ``derive check`` prints it."""
    return run_plain(Report((claim,), claim.seconds, assumptions=claim.assumptions))


@plain.register
def step_plain(step: StepReport) -> str:
    """The line and its verdict."""
    return f"({step.number}) {said(step)}   {step.verdict}"


@plain.register
def evidence_plain(row: Evidence) -> str:
    """What the method says."""
    return "  ".join(filter(None, _evidence_row(row)))


@plain.register
def counterexample_plain(found: Counterexample) -> str:
    """Values and both sides."""
    return f"false {counterexample_text(found)}"


@plain.register
def repair_plain(repair: Repair) -> str:
    """What was, what is."""
    return f"repair {repair_text(repair)}"


@plain.register
def planted_plain(planted: Planted) -> str:
    """The counts."""
    return planted_text(planted, short=False) or "no error could be planted"
