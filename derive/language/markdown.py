r"""Markdown for a notebook: formulas between dollars, an author's words escaped.

JupyterLab and VS Code both typeset formulas in Markdown, in its tables too; in HTML only the first of them does.

>>> print(words("P_A is *not* new"), mathematics(r"\left. x \right|_{t} < 1"))
P\_A is \*not\* new $\left. x \right\vert _{t} \lt  1$
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import singledispatch

from derive.errors import TypingError
from derive.language.cases import cases_of, is_exhaustion
from derive.language.derivation import Assumption, Claim, Derivation, Remark, Step, built, continues, unfolded
from derive.language.latex import SIGNS, latex, latex_name, statement_latex
from derive.language.statements import Relation, Statement

# The smallest parts -------------------------------------------------------------------------------------------------


def words(text: str) -> str:
    """Text that Markdown takes for text."""
    escaped = re.sub(r"([\\`*_{}\[\]#|$~])", r"\\\1", " ".join(text.split()))
    return escaped.replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Text as it is, in letters of one width."""
    kept = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", kept)), default=0))
    return f"{fence}{kept}{fence}"


def mathematics(formula: str, display: bool = False) -> str:
    """LaTeX in a line of Markdown, without the signs that Markdown or HTML would take for its own."""
    safe = re.sub(r"(?<!\\)\|", r"\\vert ", formula).replace("<", r"\lt ").replace(">", r"\gt ")
    return f"$\\displaystyle {safe}$" if display else f"${safe}$"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, aligned on the left; columns without an entry are left out."""
    found = [list(row) for row in rows]
    kept = [place for place in range(len(heads)) if any(row[place] for row in found)]
    lines = [[heads[place] for place in kept], [":--"] * len(kept), *[[row[place] for place in kept] for row in found]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


# What the language builds -------------------------------------------------------------------------------------------


@singledispatch
def markdown(shown: object) -> str:
    """What a notebook shows of a step, a claim, a hypothesis, a remark or a whole derivation."""
    raise TypeError(f"{shown!r} is nothing that is written as Markdown")


@singledispatch
def plain(shown: object) -> str:
    """The same in few words, where nothing is typeset."""
    raise TypeError(f"{shown!r} is nothing that is written as text")


@markdown.register
def _written_step(step: Step) -> str:
    because = f" &emsp; {words(step.because)}" if step.because else ""
    return f"({step.number}) {mathematics(statement_latex(step.statement), display=True)}{because}"


@plain.register
def _told_step(step: Step) -> str:
    return f"({step.number}) {step.statement}" + (f"   {step.because}" if step.because else "")


@markdown.register
def _written_assumption(assumption: Assumption) -> str:
    formula = statement_latex(assumption.statement)
    named = "" if assumption.name == str(assumption.statement) else f"{words(assumption.name)}: "
    return f"{named}{mathematics(formula)}"


@plain.register
def _told_assumption(assumption: Assumption) -> str:
    return assumption.name


@markdown.register
def _written_remark(remark: Remark) -> str:
    return f"**{words(remark.erratum)}** {words(remark.place)}: {words(remark.reading)}"


@plain.register
def _told_remark(remark: Remark) -> str:
    return f"{remark.erratum}  {remark.place}: {remark.reading}"


@markdown.register
def _written_claim(claim: Claim) -> str:
    given = ", ".join(words(one.name) for one in claim.hypotheses)
    expected = "" if claim.expected == "proved" else f"*expected to be {claim.expected}*"
    head = " ".join(filter(None, [f"**({words(claim.label)})**", words(claim.title), expected]))
    return paragraphs(head, f"given {given}" if given else "", lines(claim), words(claim.reading))


@plain.register
def _told_claim(claim: Claim) -> str:
    return f"({claim.label})  {claim.title or claim.formula}"


def lines(claim: Claim) -> str:
    """The steps of a claim below one another, each with the words that justify it, and the definitions in them."""
    try:
        full = built(claim)
    except TypingError as error:
        return f"cannot be built: {words(str(error))}"
    defined = where([f"{latex_name(one.name)} = {latex(one.body)}" for one in unfolded(full.steps)])
    rows = [[f"({step.number})", *_line(full, place)] for place, step in enumerate(full.steps)]
    return paragraphs(table(["", "line", "because"], rows), defined)


def _line(claim: Claim, place: int) -> tuple[str, str]:
    """A step, and why it holds; that cases leave nothing out is said in words, and computed."""
    step, formula = claim.steps[place], mathematics(line_latex(claim, place), display=True)
    return (words(step.because), formula) if is_exhaustion(claim, step) else (formula, words(step.because))


def where(definitions: Iterable[str]) -> str:
    """Definitions in a sentence."""
    shown = ", ".join(map(mathematics, definitions))
    return f"where {shown}" if shown else ""


def line_latex(claim: Claim, place: int) -> str:
    """A step in LaTeX; of a line that goes on a chain only what it adds: its sign and its right side."""
    statement = claim.steps[place].statement
    if place and isinstance(statement, Relation) and continues(claim, claim.steps[place - 1], claim.steps[place]):
        return f"{SIGNS[statement.sign]} {latex(statement.right)}"
    return statement_latex(statement)


@markdown.register
def _written_derivation(page: Derivation) -> str:
    source = f" · {words(page.source)}" if page.source else ""
    defined = where(f"{latex_name(one.name)} = {latex(one.body)}" for one in page.definitions.values())
    assumed = [markdown(one) for one in page.assumptions]
    rows = [
        [f"({words(claim.label)})", words(claim.title), claim.expected, mathematics(first_and_last(claim))]
        for claim in page.claims.values()
    ]
    return paragraphs(
        f"**{words(page.title)}**{source}",
        defined,
        f"given {', '.join(assumed)}" if assumed else "",
        table(["claim", "title", "expected", "states"], rows) if rows else "",
        *map(markdown, page.remarks),
    )


@plain.register
def _told_derivation(page: Derivation) -> str:
    rows = [f"  {plain(claim)}" for claim in page.claims.values()]
    return "\n".join([" · ".join(filter(None, [page.title, page.source])), *rows])


def first_and_last(claim: Claim) -> str:
    """What a claim states, in one line: of a chain its two ends, of several statements the first."""
    try:
        first, *more = claimed(built(claim))
    except TypingError:
        return r"\text{cannot be built}"
    return first + (r",\ \dots" if more else "")


def claimed(claim: Claim) -> list[str]:
    """What a claim states, in LaTeX: cases as one formula, of each chain its two ends, and every other statement."""
    if cases := cases_of(claim):
        return [str(cases)]
    chains: list[list[Statement]] = []
    for place, step in enumerate(claim.steps):
        if place and continues(claim, claim.steps[place - 1], step):
            chains[-1].append(step.statement)
        else:
            chains.append([step.statement])
    return [_ends(chain) for chain in chains]


def _ends(chain: Sequence[Statement]) -> str:
    relations = [statement for statement in chain if isinstance(statement, Relation)]
    if len(relations) < 2:
        return statement_latex(chain[0])
    sign = SIGNS[together(relation.sign for relation in relations)]
    return f"{latex(relations[0].left)} {sign} {latex(relations[-1].right)}"


def together(signs: Iterable[str]) -> str:
    """How the ends of a chain compare."""
    found = set(signs)
    return next(sign for sign in ("<", "≤", "=") if sign in found)
