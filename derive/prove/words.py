"""Contraction polynomials whose terms are chains, read as polynomials in words.

A chain X_it Y_tj from row i to column j is the word X Y, and its transpose is the word backwards with every letter
turned. A one-index letter v that sits on a node of a chain is the diagonal matrix of v; a chain that ends without an
index ends in the vector of ones, or, at an index that is not an end of the polynomial, in a unit vector. So v_i is
diag(v)·1, and Σ_k v_k w_k is 1ᵀ diag(v) diag(w) 1. What has no open end is a scalar: a letter without indices, a closed
chain, a ring (a trace), or any other product, kept as it is. Scalars commute.

A letter is a character and a word a string, so that a word is found in another at the speed of ``str.find``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from derive.kernel.rules import Fact
from derive.kernel.terms import Factor, Free, Index, Poly, Term, dim_of, normal
from derive.prove.canonical import canonical

UNIT = ""
"""The type of an end without an index."""
Number = int | Fraction
"""A coefficient: an int wherever it is one, since most are ±1."""
Monomial = tuple[str, str]
"""Scalars, sorted, and the word from the row to the column; the empty word is the identity."""
Words = dict[Monomial, Number]


class Letter(NamedTuple):
    """What a character of a word stands for.

    Attributes:
        kind: matrix, diagonal (of a one-index letter), loop (A_kk, as a diagonal), ones, or unit (a unit vector).
        name: the kernel's letter; the dimension of ones, the name of a unit vector's index.
        row, col: the dimensions it goes from and to.
        turned: whether it is the transpose.
    """

    kind: str
    name: str
    row: str
    col: str
    turned: bool = False


class Atom(NamedTuple):
    """A scalar: a ``word`` from UNIT to UNIT, a ``ring``, or ``other``, a term as it is."""

    kind: str
    word: str
    term: Term | None = None


FLAT = frozenset({"diagonal", "loop"})


def number(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else value


@dataclass(slots=True)
class Alphabet:
    """The letters and scalars of one search. Characters are ordered as letters were first read."""

    letters: dict[str, Letter] = field(default_factory=dict)
    codes: dict[Letter, str] = field(default_factory=dict)
    turns: dict[int, str] = field(default_factory=dict)
    atoms: dict[str, Atom] = field(default_factory=dict)
    atom_codes: dict[Atom, str] = field(default_factory=dict)
    made: dict[tuple[str, bool], str] = field(default_factory=dict)
    """Scalars that closed words, and rings, were found to be: completion asks for few again and again."""

    def copied(self) -> Alphabet:
        """The same so far, for a search that goes on with letters of its own."""
        return Alphabet(*(getattr(self, name).copy() for name in self.__slots__))

    # Letters

    def code(self, letter: Letter) -> str:
        """The letter's character; a diagonal matrix is its own transpose."""
        if letter not in self.codes:
            turned = letter if letter.kind in FLAT else letter._replace(
                row=letter.col, col=letter.row, turned=not letter.turned
            )  # fmt: skip
            for one in sorted({letter, turned}, key=lambda one: one.turned):
                self.codes[one] = chr(0x100 + len(self.codes))
                self.letters[self.codes[one]] = one
            self.turns[ord(self.codes[letter])] = self.codes[turned]
            self.turns[ord(self.codes[turned])] = self.codes[letter]
        return self.codes[letter]

    def transposed(self, word: str) -> str:
        return word[::-1].translate(self.turns)

    def atom(self, atom: Atom) -> str:
        if atom not in self.atom_codes:
            char = self.atom_codes[atom] = chr(0x100 + len(self.atom_codes))
            self.atoms[char] = atom
        return self.atom_codes[atom]

    def factor(self, name: str, indices: tuple[Free, ...] = ()) -> str:
        """The scalar that is one letter, at indices that are not ends."""
        return self.atom(Atom("other", "", Term(((name, indices),), ())))

    def ones(self, dim: str) -> str:
        """The vector of ones."""
        return self.code(Letter("ones", dim, dim, UNIT))

    def unit(self, index: Free) -> str:
        """The unit vector at an index that is no end."""
        return self.code(Letter("unit", index.name, index.dim, UNIT))

    # Scalars

    def closed(self, word: str) -> str:
        """The scalars whose product is a word from UNIT to UNIT."""
        if not word:
            return ""
        if (word, False) not in self.made:
            self.made[word, False] = self._newly_closed(word)
        return self.made[word, False]

    def _newly_closed(self, word: str) -> str:
        starts = [k for k, char in enumerate(word) if self.letters[char].row == UNIT]
        pieces = [word[start:end] for start, end in zip(starts, [*starts[1:], len(word)], strict=True)]
        return "".join(sorted("".join(self._piece(piece) for piece in pieces)))

    def _piece(self, word: str) -> str:
        first, *middle, last = (self.letters[char] for char in word)
        ends = {(one.kind, one.name, one.row or one.col) for one in (first, last)}
        if all(one.kind in FLAT for one in middle) and "unit" in {first.kind, last.kind}:
            named = sorted({Free(name, dim) for kind, name, dim in ends if kind == "unit"})
            made = [Term((("delta", tuple(named)),), ())] if len(named) == 2 else []
            made += [Term(((one.name, (named[0],) * (2 if one.kind == "loop" else 1)),), ()) for one in middle]
            return "".join(self.atom(Atom("other", "", term)) for term in made)
        if not middle and first.kind == "ones":
            return self.factor(f"size:{first.name}")
        if len(middle) == len(ends) == 1 and {first.kind, middle[0].kind} == {"unit", "matrix"}:
            return self.factor(middle[0].name, (Free(first.name, first.col),) * 2)
        if len(middle) == 1 and (first.kind, middle[0].kind, last.kind) == ("ones", "loop", "ones"):
            return self.ring(self.code(middle[0]._replace(kind="matrix")), middle[0].row)
        word = word[0] + self.settled(word[1:-1]) + word[-1]
        return self.atom(Atom("word", min(word, self.transposed(word))))

    def ring(self, word: str, dim: str) -> str:
        """The scalars whose product is the trace of a word from ``dim`` to ``dim``."""
        if not word:
            return self.factor(f"size:{dim}") if dim != UNIT else ""
        if (word, True) not in self.made:
            self.made[word, True] = self._newly_ringed(word, dim)
        return self.made[word, True]

    def _newly_ringed(self, word: str, dim: str) -> str:
        cut = next((k for k, char in enumerate(word) if self.letters[char].row == UNIT), None)
        if cut is not None:
            return self.closed(word[cut:] + word[:cut])
        if all(self.letters[char].kind in FLAT for char in word):
            ones = self.ones(dim)
            return self.closed(self.transposed(ones) + word + ones)
        word = self.settled(self._broken(word))
        turned = self.settled(self._broken(self.transposed(word)))
        return self.atom(Atom("ring", min(each[k:] + each[:k] for each in (word, turned) for k in range(len(each)))))

    def _broken(self, word: str) -> str:
        """The ring written from a place where no two diagonal letters meet."""
        cut = next(k for k, char in enumerate(word) if self.letters[char].kind not in FLAT)
        return word[cut:] + word[:cut]

    def settled(self, word: str) -> str:
        """The word with neighbouring diagonal letters in order, and those that are 0 or 1 written once."""
        kinds = [self.letters[char].kind in FLAT for char in word]
        if not any(a and b for a, b in pairwise(kinds)):
            return word
        found: list[str] = []
        run: list[str] = []
        for char, flat in [*zip(word, kinds, strict=True), ("", False)]:
            if flat:
                run.append(char)
                continue
            run.sort()
            found += [one for k, one in enumerate(run) if not (self.is_idempotent(one) and one in run[:k])]
            found.append(char)
            run.clear()
        return "".join(found)

    def is_idempotent(self, char: str) -> bool:
        """Whether the letter is the diagonal matrix of a set, whose entries are 0 or 1."""
        return self.letters[char].name.startswith("in:")

    # Reading

    def read(self, poly: Poly, row: Free | None = None, col: Free | None = None) -> Words | None:
        """The polynomial in words from ``row`` to ``col``, or None where an end is no end of a chain."""
        found: Words = {}
        for term, value in poly.terms:
            monomial = TermReader(self, term, row, col).monomial()
            if monomial is None:
                return None
            found[monomial] = found.get(monomial, 0) + number(Fraction(value))
        return {monomial: value for monomial, value in found.items() if value}


Edge = tuple[Index, Index, str]


@dataclass(slots=True)
class TermReader:
    """Reads one term as a graph: indices are nodes, two-index letters edges, one-index letters sit on nodes."""

    alphabet: Alphabet
    term: Term
    row: Free | None
    col: Free | None
    edges: dict[Index, list[tuple[int, Index, str]]] = field(default_factory=dict)
    flats: dict[Index, list[str]] = field(default_factory=dict)
    scalars: list[str] = field(default_factory=list)
    walked: set[int] = field(default_factory=set)
    seen: set[Index] = field(default_factory=set)

    def monomial(self) -> Monomial | None:
        opaque = self._opaque()
        if opaque is None:
            return None
        for place, factor in enumerate(self.term.factors):
            if place not in opaque:
                self._place(place, *factor)
        if any(len(self.edges.get(end, ())) > 1 for end in (self.row, self.col) if end is not None):
            return None
        word = self._between_ends()
        self._rest()
        return "".join(sorted(self.scalars)), self.alphabet.settled(word)

    def _place(self, place: int, name: str, indices: tuple[Index, ...]) -> None:
        alphabet, bound = self.alphabet, self.term.bound
        dims = [dim_of(index, bound) for index in indices]
        if not indices:
            self.scalars.append(alphabet.factor(name))
        elif len(set(indices)) == 1:
            kind = "diagonal" if len(indices) == 1 else "loop"
            self.flats.setdefault(indices[0], []).append(alphabet.code(Letter(kind, name, dims[0], dims[0])))
        else:
            char = "" if name == "delta" else alphabet.code(Letter("matrix", name, dims[0], dims[1]))
            one, other = indices
            self.edges.setdefault(one, []).append((place, other, char))
            self.edges.setdefault(other, []).append((place, one, alphabet.transposed(char)))

    def _opaque(self) -> set[int] | None:
        """The places of factors in parts that are no chains, which become scalars; None if an end is in one."""
        degree: dict[Index, int] = {}
        for _, indices in self.term.factors:
            if len(set(indices)) == 2:
                for index in indices:
                    degree[index] = degree.get(index, 0) + 1
        wild = {k for k, count in degree.items() if count > 2 and isinstance(k, int)}
        parts = [k for k, (_, indices) in enumerate(self.term.factors) if len(indices) > 2 or wild & set(indices)]
        if not parts:
            return set()
        found: set[int] = set()
        for group in connected(self.term.factors):
            if not group & set(parts):
                continue
            factors = [self.term.factors[place] for place in sorted(group)]
            if any(end in indices for _, indices in factors for end in (self.row, self.col)):
                return None
            used = {index for _, indices in factors for index in indices if isinstance(index, int)}
            numbers = {index: k for k, index in enumerate(sorted(used))}
            moved = [(name, tuple(numbers[i] if isinstance(i, int) else i for i in at)) for name, at in factors]
            part = normal(moved, tuple(self.term.bound[index] for index in sorted(used)))
            self.scalars.append(self.alphabet.atom(Atom("other", "", canonical(part))))
            found |= group
        return found

    # Walking

    def _walk(self, node: Index) -> tuple[str, Index]:
        """The word from a node along edges not yet walked, and where it ends: at a free index, or where edges end."""
        word = ""
        while True:
            self.seen.add(node)
            if node in (self.row, self.col) or not isinstance(node, Free):
                word += "".join(sorted(self.flats.get(node, ())))
            step = next((edge for edge in self.edges.get(node, ()) if edge[0] not in self.walked), None)
            if step is None:
                return word, node
            self.walked.add(step[0])
            word += step[2]
            node = step[1]
            if isinstance(node, Free):
                if node in (self.row, self.col):
                    self.seen.add(node)
                    word += "".join(sorted(self.flats.get(node, ())))
                return word, node

    def _end(self, node: Index) -> str:
        """The vector in which a word ends at a node."""
        if isinstance(node, Free) and node not in (self.row, self.col):
            return self.alphabet.unit(node)
        return self.alphabet.ones(dim_of(node, self.term.bound))

    def _between_ends(self) -> str:
        if self.row is None:
            return ""
        word, node = self._walk(self.row)
        if self.col is None:
            return word + self._end(node)
        if node == self.col:
            return word
        back, other = self._walk(self.col)
        return word + self._end(node) + self.alphabet.transposed(back + self._end(other))

    def _rest(self) -> None:
        """What hangs on no end: chains at other free indices, chains between sums, rings."""
        alphabet = self.alphabet
        ends = (self.row, self.col)
        others = [node for node in (*self.edges, *self.flats) if isinstance(node, Free) and node not in ends]
        for node in dict.fromkeys(others):
            for char in self.flats.get(node, ()):
                letter = alphabet.letters[char]
                self.scalars.append(alphabet.factor(letter.name, (node,) * (2 if letter.kind == "loop" else 1)))
            for place, other, char in self.edges.get(node, ()):
                if place not in self.walked:
                    self.walked.add(place)
                    word, last = self._walk(other) if not isinstance(other, Free) else ("", other)
                    self._close(node, char + word, last)
        bound = {node for node in (*self.edges, *self.flats) if isinstance(node, int)}
        for start in sorted(bound, key=lambda start: (len(self.edges.get(start, ())), start)):
            if start not in self.seen:
                word, last = self._walk(start)
                if len(self.edges.get(start, ())) < 2:
                    self._close(start, word, last)
                else:
                    again = len(self.flats.get(start, ()))
                    self.scalars += alphabet.ring(word[: len(word) - again], self.term.bound[start])

    def _close(self, first: Index, word: str, last: Index) -> None:
        start = self.alphabet.transposed(self._end(first))
        self.scalars += self.alphabet.closed(start + word + self._end(last))


def connected(factors: Sequence[Factor]) -> list[set[int]]:
    """The places of factors that hang together by summed indices."""
    groups: list[tuple[set[Index], set[int]]] = []
    for place, (_, indices) in enumerate(factors):
        touched: set[Index] = {index for index in indices if isinstance(index, int)}
        joined = [group for group in groups if group[0] & touched]
        groups = [group for group in groups if not group[0] & touched]
        groups.append((touched.union(*(g[0] for g in joined)), {place}.union(*(g[1] for g in joined))))
    return [places for _, places in groups]


# Hypotheses ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """A hypothesis in words, from one dimension to another; a ``diagonal`` one is said of both ends as one index."""

    words: Words
    start: str
    end: str
    diagonal: bool = False


@dataclass(slots=True)
class Reader:
    """Facts read one after the other, and what became of them with one fact more: few searches differ in all."""

    alphabet: Alphabet = field(default_factory=Alphabet)
    readings: dict[int, Reading] = field(default_factory=dict)
    count: int = 0
    longer: dict[int, tuple[Fact, Reader]] = field(default_factory=dict)

    def followed(self, fact: Fact) -> Reader:
        """The facts so far and this one, which is known by being the same object."""
        if id(fact) not in self.longer:
            alphabet = self.alphabet.copied()
            reading = read_fact(alphabet, fact)
            readings = {**self.readings, self.count: reading} if reading is not None else self.readings
            self.longer[id(fact)] = fact, Reader(alphabet, readings, self.count + 1)
        return self.longer[id(fact)][1]


def read_fact(alphabet: Alphabet, fact: Fact) -> Reading | None:
    """The hypothesis in words, or None where it has no such form."""
    if fact.sign != "=" or len(fact.each) > 2:
        return None
    row, col = [*fact.each, None, None][:2]
    words = alphabet.read(fact.poly, row, col)
    if words is None:
        return None
    start, end = (UNIT if index is None else index.dim for index in (row, col))
    if start and not end:
        ones = alphabet.code(Letter("ones", start, start, UNIT))
        if all(w.endswith(ones) and all(alphabet.letters[c].kind in FLAT for c in w[:-1]) for _, w in words):
            return Reading({(m, w[:-1]): value for (m, w), value in words.items()}, start, start, diagonal=True)
    return Reading(words, start, end)
