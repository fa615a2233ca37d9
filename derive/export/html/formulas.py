"""Formulas as MathML, which browsers set themselves."""

from __future__ import annotations

import re
from functools import cache
from html import unescape

from math_core import LatexError, LatexToMathML

from derive.export.html.breaking import continued, fragments, lowered
from derive.export.html.markup import Markup, join, tag

NARROW = 16
"""Letters and signs that surely fit on a line of a telephone."""
WIDE = 54
"""Letters and signs that surely fit beside what justifies them."""
MAY_END = tag("wbr")
"""Where a line may end."""


class Formulas:
    r"""Sets formulas, each once. ``failed`` lists the LaTeX of those that could not be set and are shown as text.

    >>> formulas = Formulas()
    >>> formulas.inline("A^2")
    '<math><msup><mi>A</mi><mn>2</mn></msup></math>'
    >>> formulas.inline(r"\unknown", "A²"), formulas.failed
    ('<code title="\\unknown">A²</code>', ['\\unknown'])
    """

    def __init__(self) -> None:
        self.failed: list[str] = []
        # ``:=`` in the words of an author is not ``≔``.
        self._converter = LatexToMathML(fancy_error=False, unicode_substitution="never")
        self._set = cache(self._pieces)

    def inline(self, latex: str, text: str = "", after: str = "") -> Markup:
        """A formula in a line of words, and the stop ``after`` it; ``text`` is shown where it cannot be set."""
        shown, scrolls = self._shown(latex, text, displayed=False, after=after)
        if not scrolls:
            return shown
        return tag("span", shown, class_="long", tabindex=0, role="group", aria_label="formula")

    def display(self, latex: str, text: str = "", label: str = "formula") -> Markup:
        """A formula on a line of its own, and on more where it is too long.

        One that still may be too long can be scrolled, by keyboard too; ``label`` is what a reader is told of it.
        """
        shown, scrolls = self._shown(latex, text, displayed=True)
        if not scrolls:
            return tag("div", shown, class_="formula")
        return tag("div", shown, class_="formula", tabindex=0, role="group", aria_label=label)

    def is_wide(self, latex: str) -> bool:
        """Whether a part of a displayed formula may need the whole width of the page."""
        return any(width(piece) > WIDE for piece in self._set(latex, True))

    def _shown(self, latex: str, text: str, displayed: bool, after: str = "") -> tuple[Markup, bool]:
        """The formula, and whether some part of it may be wider than a line."""
        pieces = self._set(latex, displayed)
        if not pieces:
            self.failed.append(latex)
            return join((tag("code", text or latex, title=latex), after)), False
        last = tag("span", pieces[-1], after, class_="joined") if after else pieces[-1]
        return join((*pieces[:-1], last), MAY_END), any(width(piece) > NARROW for piece in pieces)

    def _pieces(self, latex: str, displayed: bool) -> tuple[Markup, ...]:
        """The formula in one piece where it is short, else in pieces; none where it cannot be set."""
        low = lowered(latex)
        try:
            whole = self._mathml(low, displayed)
            if width(whole) <= NARROW:
                return (whole,)
            first, *rest = fragments(low)
            return (self._mathml(first, displayed), *(self._mathml(continued(part), displayed) for part in rest))
        except LatexError:
            return ()

    def _mathml(self, latex: str, displayed: bool) -> Markup:
        shown = self._converter.convert_with_local_state(latex, displaystyle=displayed)
        # Set as large as on a line of its own, but in the line: then pieces follow one another.
        placed = shown.replace('display="block"', 'displaystyle="true"', 1)
        return Markup(_primes_beside(NAMED.sub(lambda entity: unescape(entity[0]), placed)))


ONE_LETTER = r"<mi(?: [^>]*)?>[^<]*</mi>"
PRIMED = re.compile(rf"<msup>({ONE_LETTER})<mo>([′″‴])</mo></msup>")
PRIMED_BELOW = re.compile(rf"<msubsup>({ONE_LETTER})((?:(?!<msubsup>).)*?)<mo>([′″‴])</mo></msubsup>")


def _primes_beside(shown: str) -> str:
    """Primes beside their letter: their sign is raised by itself, and raised once more it is too small to be seen.

    >>> _primes_beside("<msup><mi>i</mi><mo>′</mo></msup>")
    '<mrow><mi>i</mi><mo lspace="0" rspace="0">′</mo></mrow>'
    """
    shown = PRIMED.sub(r'<mrow>\1<mo lspace="0" rspace="0">\2</mo></mrow>', shown)
    return PRIMED_BELOW.sub(r'<msub><mrow>\1<mo lspace="0" rspace="0">\3</mo></mrow>\2</msub>', shown)


NAMED = re.compile(r"&(?!amp;|lt;|gt;|quot;)\w+;")
"""Names of characters that HTML knows and XML does not."""


def width(shown: Markup) -> int:
    """About how many letters and signs wide a formula is; what stands above or below another counts in full.

    >>> width(Markup("<math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math>"))
    3
    """
    return len(unescape(re.sub(r"<[^>]*>", "", shown)))
