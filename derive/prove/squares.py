"""Hypotheses that say that a sum of squares vanishes: each square's root is then zero.

‖A‖² + ‖B‖² = 0 gives A = 0 and B = 0; AᵀA + BᵀB = 0 does so by its trace; c⁴ = 0 gives c² = 0, and that c = 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from derive.kernel.rules import Fact
from derive.kernel.terms import Free, Index, Poly, Term, add, collect, multiply, normal, scale, total
from derive.prove.rewrite import Cofactor, Lemma, as_read, canonical_poly, membership, poly_data
from derive.prove.words import FLAT, Alphabet, Atom
from derive.prove.writing import Writing

MOST_ROUNDS = 3
"""How often roots that vanish are looked at for vanishing squares themselves."""


class Root(NamedTuple):
    """A term that is Σ_each (root)²."""

    each: tuple[Free, ...]
    poly: Poly


def vanishing_roots(facts: Sequence[Fact], ignored: frozenset[int] = frozenset()) -> list[Lemma]:
    """Lemmas ``root = 0``, each proved from the facts and the lemmas before it."""
    known = list(facts)
    lemmas: list[Lemma] = []
    todo = [number for number in range(len(facts)) if number not in ignored]
    for _ in range(MOST_ROUNDS):
        found = [lemma for number in todo for lemma in _of_fact(number, known)]
        todo = list(range(len(known), len(known) + len(found)))
        known += [lemma.fact for lemma in found]
        lemmas += found
    return lemmas


def _of_fact(number: int, facts: Sequence[Fact]) -> Iterator[Lemma]:
    """The roots of the squares that a fact, or its trace, says to add up to zero."""
    fact = facts[number]
    if fact.sign != "=" or len({index.dim for index in fact.each}) > 1 or not _may_be_squares(fact.poly):
        return
    dims = (fact.each[0].dim,) if fact.each else ()
    whole = canonical_poly(Cofactor(Fraction(1), (), dims, number, (0,) * len(fact.each)).multiple(facts))
    sign = 1 if all(value > 0 for _, value in whole.terms) else -1
    squares = [(root_of(term, place), sign * value) for place, (term, value) in enumerate(whole.terms)]
    roots = [(root, value) for root, value in squares if root is not None and value > 0]
    if not whole or len(roots) < len(whole.terms) or (len(roots) == 1 and canonical_poly(roots[0][0].poly) == whole):
        return
    for place, (root, value) in enumerate(roots):
        others = [(other, Fraction(weight) / value) for k, (other, weight) in enumerate(roots) if k != place]
        cofactor = Cofactor(Fraction(sign) / value, (), dims, number, (0,) * len(fact.each))
        yield _lemma(root, others, cofactor, facts)


def _may_be_squares(poly: Poly) -> bool:
    """A quick test: in a sum of squares, coefficients have one sign and every letter stands an even number of times."""
    signs = {value > 0 for _, value in poly.terms}
    counts = (Counter(name for name, _ in term.factors) for term, _ in poly.terms)
    return len(signs) == 1 and all(
        times % 2 == 0 or name == "delta" or ":" in name for count in counts for name, times in count.items()
    )


def _lemma(root: Root, others: Sequence[tuple[Root, Fraction]], cofactor: Cofactor, facts: Sequence[Fact]) -> Lemma:
    whole = [total(root.each, multiply(root.poly, root.poly))]
    rows = []
    for other, weight in others:
        whole.append(scale(weight, total(other.each, multiply(other.poly, other.poly))))
        names = [list(index) for index in other.each]
        rows.append({"weight": str(weight), "each": names, "root": poly_data(other.poly), "times": []})
    proof = membership(add(*whole), [cofactor], facts)
    return Lemma(root.each, root.poly, {"rule": "squares", "squares": rows, "proof": proof})


def root_of(term: Term, place: int) -> Root | None:
    """A root whose square, summed, is the term; None where its form shows none. ``place`` keeps its indices apart."""
    poly = collect([(term, Fraction(1))])
    alphabet = Alphabet()
    words = alphabet.read(poly)
    if words is None:
        return None
    ((scalars, _),) = words
    writing = Writing(alphabet)
    each: list[Free] = []

    def own(dim: str) -> Free:
        each.append(Free(f"_r{place}_{len(each)}", dim))
        return each[-1]

    for char in dict.fromkeys(scalars):
        pairs, odd = divmod(scalars.count(char), 2)
        writing.scalars(char * pairs)
        if odd and not _write_root(alphabet, alphabet.atoms[char], writing, own):
            return None
    factors, bound, _ = writing.done()
    root = as_read(collect([(normal(factors, bound), Fraction(1))]))
    square = canonical_poly(total(each, multiply(root, root)))
    return Root(tuple(each), root) if square == canonical_poly(poly) else None


def _write_root(alphabet: Alphabet, atom: Atom, writing: Writing, own: Callable[[str], Free]) -> bool:
    """Writes the root of a scalar that is a square: of u uᵀ as a ring or a closed word, of a product of squares."""
    if atom.term is not None:
        return _write_half(atom.term, writing, own)
    word = _evened(alphabet, "".join(char * (1 + alphabet.is_idempotent(char)) for char in atom.word))
    half = len(word) // 2
    for turn in range(len(word) if atom.kind == "ring" else 1):
        turned = word[turn:] + word[:turn]
        if alphabet.settled(turned[half:]) == alphabet.settled(alphabet.transposed(turned[:half])):
            start = own(alphabet.letters[turned[0]].row) if atom.kind == "ring" else None
            at = writing.walk(turned[:half], start)
            if at is not None:
                writing.join(at, own(alphabet.letters[turned[half]].row))
            return True
    return False


def _evened(alphabet: Alphabet, word: str) -> str:
    """The word where diagonal letters that stand together, each an even number of times, are a run and its mirror."""
    found = ""
    for flat, group in groupby(word, key=lambda char: alphabet.letters[char].kind in FLAT):
        run = "".join(group)
        even = flat and all(times % 2 == 0 for times in Counter(run).values())
        found += run[::2] + run[::2][::-1] if even else run
    return found


def _write_half(term: Term, writing: Writing, own: Callable[[str], Free]) -> bool:
    """Half of a product in which every factor, unless it is 0 or 1, stands an even number of times."""
    names: dict[Index, Index] = {k: own(dim) for k, dim in enumerate(term.bound)}
    for (name, indices), times in Counter(term.factors).items():
        at = tuple(names.get(index, index) for index in indices)
        if name.startswith("size:"):
            own(name.removeprefix("size:"))
        elif name == "delta" or name.startswith("in:"):
            writing.factors.append((name, at))
        elif times % 2:
            return False
        else:
            writing.factors += [(name, at)] * (times // 2)
    return True
