"""Words as contraction polynomials again: a letter between two nodes, and a summed index for every inner node."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from derive.kernel.terms import Factor, Free, Index, Poly, collect, normal, remapped
from derive.prove.canonical import canonical
from derive.prove.words import FLAT, Alphabet, Words


@dataclass(slots=True)
class Writing:
    """Writes words as factors: every node that is no end becomes a summed index."""

    alphabet: Alphabet
    factors: list[Factor] = field(default_factory=list)
    dims: list[str] = field(default_factory=list)
    same: dict[int, Index] = field(default_factory=dict)

    def node(self, dim: str) -> int:
        self.dims.append(dim)
        return len(self.dims) - 1

    def walk(self, word: str, at: Index | None) -> Index | None:
        """Adds the factors of a word that begins at a node (None: without one); returns where it ends."""
        for char in word:
            kind, name, row, col, turned = self.alphabet.letters[char]
            if kind == "matrix":
                new = self.node(col)
                ends = (new, at) if turned else (at, new)
                self.factors.append((name, tuple(index for index in ends if index is not None)))
                at = new
            elif kind in FLAT and at is not None:
                self.factors.append((name, (at,) * (2 if kind == "loop" else 1)))
            elif kind == "ones":
                at = self.node(col) if turned else None
            elif kind == "unit":
                index = Free(name, row or col)
                if not turned and at is not None:
                    self.join(at, index)
                at = index if turned else None
        return at

    def found(self, index: Index) -> Index:
        while isinstance(index, int) and index in self.same:
            index = self.same[index]
        return index

    def join(self, one: Index | None, other: Index | None) -> None:
        """Make two nodes the same."""
        if one is None or other is None:
            return
        one, other = self.found(one), self.found(other)
        if one == other:
            return
        if isinstance(one, int):
            self.same[one] = other
        elif isinstance(other, int):
            self.same[other] = one
        else:
            self.factors.append(("delta", (one, other)))

    def scalars(self, chars: str) -> None:
        for char in chars:
            kind, word, term = self.alphabet.atoms[char]
            if term is not None:
                self.factors += remapped(term.factors, len(self.dims))
                self.dims += term.bound
            elif kind == "word":
                self.walk(word, None)
            else:
                start = self.node(self.alphabet.letters[word[0]].row)
                self.join(self.walk(word, start), start)

    def done(self, at: Iterable[Index] = ()) -> tuple[tuple[Factor, ...], tuple[str, ...], tuple[Index, ...]]:
        """Factors, the dimensions of summed indices, and ``at``, with summed indices numbered from 0."""
        kept = [k for k in range(len(self.dims)) if k not in self.same]
        order = {k: number for number, k in enumerate(kept)}

        def place(index: Index) -> Index:
            index = self.found(index)
            return order[index] if isinstance(index, int) else index

        factors = tuple((name, tuple(place(index) for index in indices)) for name, indices in self.factors)
        return factors, tuple(self.dims[k] for k in kept), tuple(place(index) for index in at)


def written(alphabet: Alphabet, words: Words, row: Free | None, col: Free | None) -> Poly:
    """The contraction polynomial that a polynomial in words stands for."""
    pairs = []
    for (scalars, word), value in words.items():
        writing = Writing(alphabet)
        writing.scalars(scalars)
        writing.join(writing.walk(word, row), col)
        factors, bound, _ = writing.done()
        pairs.append((canonical(normal(factors, bound)), Fraction(value)))
    return collect(pairs)
