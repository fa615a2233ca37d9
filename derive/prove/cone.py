"""Goals that follow from hypotheses, their products and squares with numbers for coefficients.

``left ≤ right`` holds where right − left = Σ (numbers ≥ 0) · squares · products of hypotheses f ≥ 0 + Σ numbers ·
monomials · hypotheses g = 0, and q = 0 where −q² is such a sum. For a choice of squares, products and monomials that is
a linear system. Squares are taken from the goal's Gram matrix, from pairs of monomials, and from pairs of sums of
squares, also of one with itself: Σu² Σv² − (Σuv)² = ½ ΣΣ (u_s v_t − u_t v_s)². Hypotheses are used at the indices of
the goal. It is asked last: it writes more than other searches, and proves what is no equation between words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import combinations, combinations_with_replacement, islice, permutations, product
from typing import Any, NamedTuple

from derive.kernel.rules import Fact
from derive.kernel.terms import (
    Free,
    Index,
    Poly,
    Term,
    add,
    collect,
    constant,
    multiply,
    normal,
    normalised,
    remapped,
    scale,
    show_term,
    subtract,
    times,
    total,
)
from derive.prove.canonical import canonical, components
from derive.prove.rewrite import Certificate, Cofactor, as_read, canonical_poly, membership, poly_data
from derive.prove.simplex import RIGHT, Equation, solved
from derive.prove.squares import Root, root_of

Cited = tuple[int, tuple[Free, ...]]
"""An inequality among the hypotheses, by number, and the indices that it is used at."""
Monomial = tuple[Term, ...]
"""Atoms, in order, each as often as it is a factor: letters at indices, and sums that hang together."""

MOST_CASES = 3
"""Distinctions of two cases, one inside the other."""
MOST_TURNED = 4
"""Indices that are put in every order."""
MOST_TERMS, MOST_ATOMS, MOST_INSTANCES, MOST_COLUMNS = 24, 10, 24, 400
"""Of a goal; of a goal and its hypotheses; of hypotheses; of a system: past these nothing is tried."""
MOST_APART = 80
"""Squares of differences times inequalities: of more, most are for nothing, and a system takes seconds."""


@dataclass(frozen=True, slots=True)
class Square:
    """weight · Σ_each root² · the inequalities cited."""

    weight: Fraction
    root: Poly
    times: tuple[Cited, ...] = ()
    each: tuple[Free, ...] = ()

    def poly(self, facts: Sequence[Fact]) -> Poly:
        """Its terms, in the order in which the kernel makes them."""
        found = multiply(self.root, self.root)
        for number, at in self.times:
            new: dict[Free, Index] = dict(zip(facts[number].each, at, strict=True))
            found = normalised(times(found.terms, facts[number].poly.terms, new))
        return scale(self.weight, total(self.each, found))

    def renamed(self, own: Mapping[Free, Free]) -> Square:
        """Summed over indices as well, under names of its own for them."""
        new: dict[Free, Index] = dict(own)
        root = collect((normal(remapped(t.factors, new=new), t.bound), value) for t, value in self.root.terms)
        cited = tuple((number, tuple(own.get(index, index) for index in at)) for number, at in self.times)
        return Square(self.weight, root, cited, (*self.each, *own.values()))

    def data(self) -> dict[str, Any]:
        cited = [{"hypothesis": number, "at": [index.name for index in at]} for number, at in self.times]
        each = [list(index) for index in self.each]
        return {"weight": str(self.weight), "each": each, "root": poly_data(self.root), "times": cited}


class Sum(NamedTuple):
    """What a goal was found to be: squares, and multiples of equations."""

    squares: list[Square]
    cofactors: list[Cofactor]


class Asked(NamedTuple):
    """What the hypotheses are to prove: the polynomial is 0, or at least 0, for each of its indices."""

    poly: Poly
    sign: str
    each: tuple[Free, ...]
    fixed: tuple[Free, ...]
    """The other indices at which hypotheses may be used."""
    ignored: Set[int]
    """The numbers of hypotheses that are not to be used."""


def certificate(asked: Asked, facts: Sequence[Fact]) -> Certificate | None:
    """A certificate of goal = 0 for each of its indices, or of a gap that is at least 0; by cases where that helps: of
    a product that vanishes one factor does."""
    return _by_cases(asked, list(facts), MOST_CASES)


def _by_cases(asked: Asked, facts: list[Fact], deep: int, start: int = 0) -> Certificate | None:
    found = _direct(asked, facts)
    if found is not None or not deep:
        return found
    for place, (number, at, one, other) in enumerate(_factored(asked, facts)):
        if place < start:
            continue
        cases = {"one": one, "other": other}
        ways: dict[str, Certificate] = {}
        for name, poly in cases.items():
            way = _by_cases(asked, [*facts, Fact("case", (), poly)], deep - 1, place + 1)
            if way is None:
                break
            ways[f"if_{name}"] = way
        else:
            product = membership(multiply(one, other), [Cofactor(ONE, (), (), number, at)], facts)
            return {"rule": "split", **{n: poly_data(p) for n, p in cases.items()}, "product": product, **ways}
    return None


def _direct(asked: Asked, facts: Sequence[Fact]) -> Certificate | None:
    return _zero(asked, facts) if asked.sign == "=" else _sign(asked, facts)


def _factored(asked: Asked, facts: Sequence[Fact]) -> Iterator[tuple[int, tuple[Free, ...], Poly, Poly]]:
    """Equations a·q = 0 between an atom and a polynomial, at the indices of what is asked."""
    search = _started(asked, asked.poly, facts)
    for number, at, poly in search.equations if search is not None else ():
        terms = [monomial(term) for term, _ in poly.terms]
        for atom in dict.fromkeys(terms[0]):
            rests = [_quotient(term, (atom,)) for term in terms]
            if len(terms) > 1 and None not in rests:
                rows = [scale(value, _product(rest or ())) for rest, (_, value) in zip(rests, poly.terms, strict=True)]
                yield number, at, _product((atom,)), as_read(add(*rows))


def _zero(asked: Asked, facts: Sequence[Fact]) -> Certificate | None:
    """From equations alone, or as minus the square is a sum of what is at least 0."""
    goal, each = asked.poly, asked.each
    search = _started(asked, goal, facts)
    if search is None:
        return None
    found = search.linear()
    if found is not None:
        return membership(goal, found.cofactors, facts)
    if not search.inequalities:
        return None
    search = _started(asked, scale(-1, multiply(goal, goal)), facts)
    found = search.found() if search is not None else None
    if found is None:
        return None
    summed = _summed(found, each)
    rows = [row.poly(facts) for row in summed.squares]
    square = total(each, multiply(goal, goal))
    proof = membership(add(square, *rows), [_times(cofactor, MINUS) for cofactor in summed.cofactors], facts)
    return {"rule": "squares", "squares": [row.data() for row in summed.squares], "proof": proof}


def _sign(asked: Asked, facts: Sequence[Fact]) -> Certificate | None:
    search = _started(asked, asked.poly, facts)
    found = search.found(apart=True) if search is not None else None
    if found is None:
        return None
    rows = add(*[row.poly(facts) for row in found.squares])
    proof = membership(subtract(asked.poly, rows), found.cofactors, facts)
    return {"rule": "sign", "squares": [row.data() for row in found.squares], "proof": proof}


def _summed(found: Sum, each: Sequence[Free]) -> Sum:
    """The sum over the indices of what was found at each of them."""
    own = {index: Free(f"_e{place}", index.dim) for place, index in enumerate(each)}
    squares = [square.renamed(own) for square in found.squares]
    return Sum(squares, [_bound(cofactor, each) for cofactor in found.cofactors])


def _bound(cofactor: Cofactor, each: Sequence[Free]) -> Cofactor:
    new: dict[Free, Index] = {index: len(cofactor.bound) + place for place, index in enumerate(each)}
    at = tuple(new.get(index, index) if isinstance(index, Free) else index for index in cofactor.at)
    bound = (*cofactor.bound, *(index.dim for index in each))
    return Cofactor(cofactor.coefficient, tuple(remapped(cofactor.factors, new=new)), bound, cofactor.hypothesis, at)


def _started(asked: Asked, goal: Poly, facts: Sequence[Fact]) -> Search | None:
    """The search, where the goal and its hypotheses are few and small enough."""
    if len(goal.terms) > MOST_TERMS:
        return None
    search = Search(canonical_poly(goal), list(dict.fromkeys((*asked.fixed, *asked.each))), facts, asked.ignored)
    return search if len(search.atoms) <= MOST_ATOMS else None


class Search:
    """One goal, as a polynomial in atoms, and the columns of its systems."""

    def __init__(self, goal: Poly, indices: Sequence[Free], facts: Sequence[Fact], ignored: Set[int]) -> None:
        self.goal, self.facts = goal, facts
        used = {index for term, _ in goal.terms for _, at in term.factors for index in at if isinstance(index, Free)}
        instances = _instances([index for index in indices if index in used], facts)
        cited = list(islice((row for row in instances if row[0] not in ignored), MOST_INSTANCES))
        about = _atoms(goal)
        while more := [poly for *_, poly in cited if about & (atoms := _atoms(poly)) and atoms - about]:
            about = about.union(*map(_atoms, more))
        cited = [row for row in cited if _atoms(row[2]) & about]
        self.equations = [row for row in cited if facts[row[0]].sign == "="]
        self.inequalities = [row for row in cited if facts[row[0]].sign != "="]
        self.atoms = sorted(about, key=_text)
        self.degree = max((len(monomial(term)) for term, _ in goal.terms), default=0)

    def linear(self) -> Sum | None:
        """The goal from equations alone."""
        return self._solved([], {})

    def found(self, apart: bool = False) -> Sum | None:
        """From few squares and products to many; ``apart`` with those that mostly take long for nothing."""
        gram = _completed(self.goal)
        if gram is not None:
            return Sum(gram, [])
        squares: list[Square] = []
        ways = [self._products, self._summed_squares, self._squares, self._triples, self._weighted]
        for more in (way() for way in [*ways, *([self._apart] if apart else [])]):
            squares += islice(more, MOST_COLUMNS - len(squares))
            if len(squares) == MOST_COLUMNS:
                return None
            polys = {place: canonical_poly(square.poly(self.facts)) for place, square in enumerate(squares)}
            found = self._solved(squares, polys)
            if found is not None:
                return found
        return None

    # Columns

    def _cited(self, *many: int) -> Iterator[tuple[Cited, ...]]:
        """So many different inequalities."""
        single = [(number, at) for number, at, _ in self.inequalities]
        return (cited for count in many for cited in combinations(single, count))

    def _products(self) -> Iterator[Square]:
        return (Square(ONE, constant(1), cited) for cited in self._cited(1, 2))

    def _triples(self) -> Iterator[Square]:
        return (Square(ONE, constant(1), cited) for cited in self._cited(3))

    def _weighted(self) -> Iterator[Square]:
        """Inequalities and products of two by the squares of atoms."""
        return (Square(ONE, _product((atom,)), cited) for cited in self._cited(1, 2) for atom in self.atoms)

    def _apart(self) -> Iterator[Square]:
        """Inequalities and products of two times (m − n)², m and n atoms or 1: a (1 − 1/a)² is a + 1/a − 2."""
        polys = [constant(1), *(_product((atom,)) for atom in self.atoms)]
        pairs = [subtract(one, other) for one, other in combinations(polys, 2)]
        found = [Square(ONE, poly, cited) for cited in self._cited(1, 2) for poly in pairs]
        return iter(found if len(found) <= MOST_APART else ())

    def _squares(self) -> Iterator[Square]:
        """(m ± n)² of monomials of half the goal's degree and less."""
        many = range(self.degree // 2 + 1)
        monomials = (m for count in many for m in combinations_with_replacement(self.atoms, count))
        polys = [_product(m) for m in islice(monomials, MOST_COLUMNS)]
        yield from (Square(ONE, poly) for poly in polys)
        for one, other in combinations(polys, 2):
            yield from (Square(ONE, add(one, scale(by, other))) for by in (ONE, MINUS))

    def _summed_squares(self) -> Iterator[Square]:
        """Σ (u + c v)² for the Σu² and Σv² that are terms of the goal, v transposed too: c as in a square that is
        completed, and ±1."""
        values = dict(self.goal.terms)
        terms = enumerate(self.goal.terms)
        found = [(root, value) for place, (term, value) in terms for root in _roots(term, place) if root.each]
        yield from (Square(ONE, root.poly, each=root.each) for root, _ in found)
        for (one, weight), (other, _) in combinations(found, 2):
            for turned in _turned(other, one.each):
                ((cross, by),) = canonical_poly(total(one.each, multiply(one.poly, turned))).terms
                for factor in dict.fromkeys((Fraction(values.get(cross, 0)) / (2 * by * weight), ONE, MINUS)):
                    yield Square(ONE, add(one.poly, scale(factor, turned)), each=one.each)
        for one, _ in found:
            for turned in _turned(one, one.each):
                yield from (Square(ONE, add(one.poly, scale(by, turned)), each=one.each) for by in (ONE, MINUS))

    # The system

    def _solved(self, squares: Sequence[Square], polys: dict[int, Poly]) -> Sum | None:
        multiples = self._multiples([self.goal, *polys.values()], MOST_COLUMNS - len(squares))
        columns = [*polys.values(), *(_made(cofactor, self.facts) for cofactor in multiples)]
        rows: dict[Term, Equation] = {}
        for number, poly in ((RIGHT, self.goal), *enumerate(columns)):
            for term, value in poly.terms:
                rows.setdefault(term, {})[number] = Fraction(value)
        if any(row.keys() == {RIGHT} for row in rows.values()):
            return None
        free = frozenset(range(len(squares), len(columns)))
        found = solved(list(rows.values()), free)
        if found is None:
            return None
        used = [(squares[k], value) for k, value in sorted(found.items()) if k < len(squares)]
        cofactors = [_times(multiples[k - len(squares)], v) for k, v in sorted(found.items()) if k >= len(squares)]
        return Sum([Square(s.weight * value, s.root, s.times, s.each) for s, value in used], cofactors)

    def _multiples(self, polys: Sequence[Poly], most: int) -> list[Cofactor]:
        """Equations times the monomials that make one of their terms a term that is there."""
        wanted = {monomial(term) for poly in polys for term, _ in poly.terms}
        highest = max(map(len, wanted), default=0)
        found: dict[tuple[int, tuple[Free, ...], Monomial], Cofactor] = {}
        for number, at, poly in self.equations:
            terms = [monomial(term) for term, _ in poly.terms]
            for target, own in product(sorted(wanted, key=_texts), terms):
                rest = _quotient(target, own)
                if rest is None or max(map(len, terms)) + len(rest) > highest or len(found) == most:
                    continue
                ((by, _),) = _product(rest).terms
                found[number, at, rest] = Cofactor(ONE, by.factors, by.bound, number, at)
        return list(found.values())


ONE, MINUS = Fraction(1), Fraction(-1)


def _made(cofactor: Cofactor, facts: Sequence[Fact]) -> Poly:
    return canonical_poly(cofactor.multiple(facts))


def _times(cofactor: Cofactor, by: Fraction) -> Cofactor:
    return Cofactor(cofactor.coefficient * by, cofactor.factors, cofactor.bound, cofactor.hypothesis, cofactor.at)


def _instances(indices: Sequence[Free], facts: Sequence[Fact]) -> Iterator[tuple[int, tuple[Free, ...], Poly]]:
    """Hypotheses at the indices of the goal."""
    for number, fact in enumerate(facts):
        fitting = [[index for index in indices if index.dim == slot.dim] for slot in fact.each]
        for at in product(*fitting):
            new: dict[Free, Index] = dict(zip(fact.each, at, strict=True))
            terms = ((normal(remapped(term.factors, new=new), term.bound), value) for term, value in fact.poly.terms)
            poly = canonical_poly(collect(terms))
            if poly:
                yield number, at, poly


# Atoms and monomials ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def monomial(term: Term) -> Monomial:
    """The atoms of a term."""
    apart = [Term((factor,), ()) for factor in term.factors if not any(isinstance(i, int) for i in factor[1])]
    return tuple(sorted([*apart, *(_atom(factors, term.bound) for factors in components(term))], key=_text))


@lru_cache(maxsize=4096)
def _text(atom: Term) -> str:
    """What atoms are ordered by."""
    return show_term(atom)


def _texts(atoms: Monomial) -> list[str]:
    return [_text(atom) for atom in atoms]


def _atom(factors: Sequence[tuple[str, tuple[Index, ...]]], bound: Sequence[str]) -> Term:
    """Factors that hang together, with their own summed indices."""
    own = sorted({index for _, indices in factors for index in indices if isinstance(index, int)})
    new = {index: place for place, index in enumerate(own)}
    turned = [(name, tuple(new[i] if isinstance(i, int) else i for i in indices)) for name, indices in factors]
    return canonical(normal(turned, tuple(bound[index] for index in own)))


def _atoms(poly: Poly) -> set[Term]:
    return {atom for term, _ in poly.terms for atom in monomial(term)}


def _product(atoms: Monomial) -> Poly:
    found = constant(1)
    for atom in atoms:
        found = multiply(found, collect([(atom, 1)]))
    return as_read(canonical_poly(found))


def _quotient(whole: Monomial, part: Monomial) -> Monomial | None:
    rest = Counter(whole)
    rest.subtract(part)
    return None if min(rest.values(), default=0) < 0 else tuple(sorted(rest.elements(), key=_text))


# Squares ------------------------------------------------------------------------------------------------------------


def _completed(goal: Poly) -> list[Square] | None:
    """The goal as squares of linear forms in monomials, one completed after the other; None where that fails."""
    halves = {monomial(term)[::2] for term, _ in goal.terms if monomial(term)[::2] == monomial(term)[1::2]}
    ordered = sorted(halves, key=_texts)
    gram: dict[tuple[Monomial, Monomial], Fraction] = {}
    pairs = {tuple(sorted((*one, *other), key=_text)): (one, other) for one, other in product(ordered, repeat=2)}
    pairs |= {tuple(sorted((*half, *half), key=_text)): (half, half) for half in ordered}
    for term, value in goal.terms:
        if monomial(term) not in pairs:
            return None
        one, other = pairs[monomial(term)]
        gram[one, other] = gram[other, one] = Fraction(value) / (1 if one == other else 2)
    found = []
    for half in ordered:
        weight = gram.get((half, half), Fraction(0))
        row = {other: gram[half, other] for other in ordered if gram.get((half, other))}
        if weight < 0 or (weight == 0 and row):
            return None
        if weight == 0:
            continue
        root = add(*[scale(value / weight, _product(other)) for other, value in row.items()])
        found.append(Square(weight, as_read(root)))
        for one, other in product(row, repeat=2):
            gram[one, other] = gram.get((one, other), Fraction(0)) - row[one] * row[other] / weight
    return found


def _roots(term: Term, place: int) -> Iterator[Root]:
    """Of a term that is a sum of squares; of a product of several also the root that is the product of theirs."""
    whole = root_of(term, place)
    parts = [root_of(atom, place + MOST_TERMS * (1 + k)) for k, atom in enumerate(monomial(term))]
    if whole is not None:
        yield whole
    if len(parts) > 1 and None not in parts:
        roots = [part for part in parts if part is not None]
        yield Root(sum((root.each for root in roots), ()), reduce(multiply, [root.poly for root in roots]))


def _turned(root: Root, each: Sequence[Free]) -> Iterator[Poly]:
    """The root at these indices, in every order that fits."""
    for order in permutations(root.each) if len(root.each) <= MOST_TURNED else ():
        if [index.dim for index in order] == [index.dim for index in each]:
            new: dict[Free, Index] = dict(zip(order, each, strict=True))
            terms = [(Term(tuple(remapped(term.factors, new=new)), term.bound), v) for term, v in root.poly.terms]
            yield normalised(terms)
