"""Reads statements from the text that ``derive.kernel.text`` writes.

Not trusted: what was read is written anew by the kernel and compared, so that a mistake here can only refuse. But what
it reads may be hostile: every text is read in time and memory that grow with its length, or refused in one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest

from derive.errors import StatementError
from derive.kernel import statement as s
from derive.kernel.terms import Free
from derive.kernel.text import written

TYPE_CHECKING = False  # importing typing would take longer than reading
if TYPE_CHECKING:
    from typing import NoReturn, TypeVar

    T = TypeVar("T")
    Relation = tuple[tuple[Free, ...], s.Formula, s.Formula, str]

MOST_CHARACTERS = 4_000_000
"""Of all statements of a file."""
MOST_IN_REACH = 300
"""Indices that a formula can use at one place."""
DEEPEST = 100
"""Formulas inside formulas."""
WORD = re.compile(
    r" *("
    r"[^\W\d][\w#′']*"
    r"|->"
    r'|"(?:[^"\\\n]|\\\{[0-9a-f]{1,6}\})*"'
    r"|-?[0-9]{1,3000}(?:/[1-9][0-9]{0,2999})?"
    r"|[^ ]"
    r"|\Z"
    r")"
)
"""A name, an arrow, a quoted name, a number, a mark, the end; what is none of these is a mark that no statement has."""
NUMBER = re.compile(r"-?[0-9]")
PREFIXES = frozenset({"-", "sum", "d", "put"})
"""What reaches to the next + or −; but for the first, only before a parenthesis."""
CLOSED = {"(": ")", "{": "}"}
ESCAPED = re.compile(r"\\\{([0-9a-f]+)\}")
END = "\n"
STOP = ""
QUOTED = "the name of the hypothesis in quotes"
ORDER = "dims, sets, letters, fixed, assume, reciprocal and premise, choose, prove"


def listed(statements: Sequence[s.Statement]) -> str:
    """The text of a file that holds these statements, each after a line that counts it.

    Raises:
        StatementError: the text would be read as other statements.
    """
    text = _joined([written(statement) for statement in statements])
    if [statement for statement, _ in read(text)] != list(statements):
        raise StatementError("a statement has no text from which it could be read again")
    return text


def read(text: str) -> list[tuple[s.Statement, str]]:
    """The statements that the text of a file holds, and the text of each.

    Raises:
        StatementError: it is no such text, or not as the kernel writes it; the message has the number of the line, and
            what was expected there.
    """
    if len(text) > MOST_CHARACTERS:
        raise StatementError(f"expected at most {MOST_CHARACTERS} characters, found {len(text)}")
    found = [(statement, written(statement)) for statement in _Reader(text).statements()]
    own = _joined([one for _, one in found])
    if own != text:
        pairs = zip_longest(own.split("\n"), text.split("\n"), fillvalue="the end")
        number, (want, have) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
        raise StatementError(f"line {number}: expected {want[:300]!r}, as the kernel writes it, found {have[:300]!r}")
    return found


def _joined(texts: Sequence[str]) -> str:
    return "\n".join(f"statement {number} of {len(texts)}\n{text}" for number, text in enumerate(texts, 1))


def _unquoted(word: str) -> str:
    return ESCAPED.sub(lambda digits: chr(min(int(digits[1], 16), 0x10FFFF)), word[1:-1])


@lru_cache(maxsize=4096)
def _hypothesis(line: str, fixed: tuple[Free, ...]) -> s.Hypothesis:
    """The hypothesis in a line, which many statements may have, where these indices can be used."""
    return _Reader(line, fixed).hypothesis()


class _Reader:
    """Reads word after word, line after line; ``reach`` holds the indices that can be used at its place."""

    def __init__(self, text: str, fixed: tuple[Free, ...] = ()) -> None:
        self.lines = text.split("\n")
        self.reach = {index.name: index for index in fixed}
        self.number = self.depth = 0
        self.next_line()

    def next_line(self) -> None:
        """Come to the words of the next line; behind the last one is the end, again and again."""
        words = WORD.findall(self.lines[self.number]) if self.number < len(self.lines) else ()
        mark = STOP if self.number + 1 >= len(self.lines) else END
        self.words = [*filter(None, words), mark, mark]
        self.number += 1
        self.at = 0

    def fail(self, expected: str) -> NoReturn:
        found = {END: "the end of the line", STOP: "the end"}.get(self.words[self.at]) or self.words[self.at][:40]
        raise StatementError(f"line {self.number}: expected {expected}, found {found}")

    # Words

    def take(self, word: str, after: str = "") -> bool:
        """Whether this word stands next, and that one after it; then they are passed over."""
        if self.words[self.at] != word or (after and self.words[self.at + 1] != after):
            return False
        self.at += 2 if after else 1
        if word == END:
            self.next_line()
        return True

    def need(self, word: str, said: str = "") -> None:
        if not self.take(word):
            self.fail(said or (word if word != END else "the end of the line"))

    def name(self, said: str = "a name") -> str:
        word = self.words[self.at]
        if not (word[:1].isalpha() or word[:1] in {"_", '"'}) or word == '"':
            self.fail(said)
        self.at += 1
        return _unquoted(word) if word[0] == '"' else word

    def many(self, one: Callable[[], T], close: str) -> tuple[T, ...]:
        """What stands between commas, up to the closing mark."""
        found: list[T] = []
        while self.words[self.at] != close:
            if found and not self.take(","):
                self.fail(f", or {'the end of the line' if close == END else close}")
            found.append(one())
        self.take(close)
        return tuple(found)

    # Statements

    def statements(self) -> list[s.Statement]:
        found: list[s.Statement] = []
        while not found or not self.take(STOP):
            self.need("statement", f"a line 'statement {len(found) + 1} of …'")
            for word in (str(len(found) + 1), "of"):
                self.need(word)
            self.at += 1  # the number is seen when the whole is compared
            self.need(END)
            found.append(self.statement())
            while self.take(END):
                pass
        return found

    def row(self, key: str, one: Callable[[], T]) -> tuple[T, ...]:
        return self.many(one, END) if self.take(key) else ()

    def statement(self) -> s.Statement:
        dims, sets, letters = self.row("dims", self.name), self.row("sets", self.set), self.row("letters", self.letter)
        fixed = self.row("fixed", self.free)
        self.reach = {}
        hypotheses, exists, goal = self.within(fixed, self.sequent)
        return s.Statement(dims, letters, sets, fixed, hypotheses, *goal, exists)

    def sequent(self) -> tuple[tuple[s.Hypothesis, ...], tuple[tuple[str, str], ...], Relation]:
        """The hypotheses, the sets to be chosen, the goal."""
        hypotheses = []
        while self.words[0] in {"assume", "reciprocal", "premise"}:
            try:
                hypotheses.append(_hypothesis(self.lines[self.number - 1], tuple(self.reach.values())))
                self.next_line()
            except StatementError:
                hypotheses.append(self.hypothesis())  # which says on what line it fails
        exists = self.row("choose", self.choice)
        self.need("prove", f"one of {ORDER}, in this order")
        return tuple(hypotheses), exists, self.relation()

    def hypothesis(self) -> s.Hypothesis:
        reciprocal = self.take("reciprocal")
        standing = reciprocal or self.take("assume") or not self.take("premise")
        if self.words[self.at][:1] != '"':
            self.fail(QUOTED)
        name = self.name(QUOTED)
        each, left, right, sign = self.relation()
        return s.Hypothesis(name, each, left, right, standing, sign, reciprocal)

    def relation(self) -> Relation:
        each: tuple[Free, ...] = ()
        if self.take("for", "all"):
            each = self.many(self.free, ":")
        else:
            self.need(":", "for all, or :")
        left, sign, right = self.within(each, self.sides)
        if self.words[self.at] != STOP or len(self.lines) > 1:
            self.need(END)
        return each, left, right, sign

    def sides(self) -> tuple[s.Formula, str, s.Formula]:
        left = self.formula()
        sign = next((sign for sign in ("=", "≤", "<") if self.take(sign)), "") or self.fail("+, -, =, ≤ or <")
        return left, sign, self.formula()

    def free(self) -> Free:
        name = self.name()
        self.need(":")
        return Free(name, self.name())

    def set(self) -> tuple[str, str]:
        name = self.name()
        self.need("over")
        return name, self.name()

    def letter(self) -> s.Letter:
        return s.Letter(self.name(), self.many(self.name, "]") if self.take("[") else ())

    def choice(self) -> tuple[str, str]:
        return self.name(), self.name() if self.take("of", "size") else ""

    def within(self, indices: tuple[Free, ...], read: Callable[[], T]) -> T:
        """What is read where these indices can be used as well."""
        before, self.reach = self.reach, self.reach | {index.name: index for index in indices}
        if len(self.reach) > MOST_IN_REACH:
            self.fail(f"at most {MOST_IN_REACH} indices in reach")
        found = read()
        self.reach = before
        return found

    # Formulas

    def formula(self) -> s.Formula:
        items = [self.item()]
        while self.take("+") or self.words[self.at] == "-":
            items.append(self.item())
        return s.Plus(tuple(items)) if len(items) > 1 else items[0]

    def item(self) -> s.Formula:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"at most {DEEPEST} formulas inside one another")
        made = (self.words[self.at] in PREFIXES and self.prefixed()) or self.product()
        self.depth -= 1
        return made

    def prefixed(self) -> s.Formula | None:
        if self.take("-"):
            return s.Times((s.Num(Fraction(-1)), self.item()))
        if self.take("sum", "("):
            indices = self.many(self.free, ")")
            return s.Sum(indices, self.within(indices, self.item))
        for word, kind in (("d", s.Derive), ("put", s.Put)):
            if self.take(word, "("):
                moves = self.many(self.move, ")")
                return kind(self.item(), moves)
        return None

    def move(self) -> s.Move:
        name, slots = self.name(), self.many(self.free, "]") if self.take("[") else ()
        self.need("->", "[ or ->")
        return s.Move(name, slots, self.within(slots, self.formula))

    def product(self) -> s.Formula:
        factors = [self.factor()]
        while self.words[self.at] == "*":
            self.at += 1
            factors.append(self.factor())
        return s.Times(tuple(factors)) if len(factors) > 1 else factors[0]

    def factor(self) -> s.Formula:
        word = self.words[self.at]
        if NUMBER.match(word):
            self.at += 1
            return s.Num(Fraction(word))
        if word in CLOSED:
            self.at += 1
            inner = self.formula()
            self.need(CLOSED[word], f"+, -, * or {CLOSED[word]}")
            return inner if word == "(" else s.Times((inner,))
        name = self.name("a formula")
        if word[0] != '"' and self.take("("):
            return self.called(name)
        return s.Tensor(name, self.many(self.index, "]") if self.take("[") else ())

    def called(self, name: str) -> s.Formula:
        if name in {"plus", "times"}:
            items = self.many(self.formula, ")")
            return s.Plus(items) if name == "plus" else s.Times(items)
        if name in {"in", "size"}:
            name += f":{self.name()}"
            if self.words[self.at] != ")":
                self.need(",", ", or )")
        elif name != "delta":
            self.fail("delta, in, size, plus, times, sum, d or put before (")
        return s.Tensor(name, self.many(self.index, ")"))

    def index(self) -> Free:
        word = self.words[self.at]
        if word in self.reach:  # without quotes a word is the name
            self.at += 1
            return self.reach[word]
        name = self.name()
        return self.reach.get(name) or self.fail(f"an index in reach before this, not {name[:40]},")
