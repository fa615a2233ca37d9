r"""Counterexamples and repairs in LaTeX: reports hold them as one line of Unicode.

>>> value_latex("[1 -1/2; 0 1]")
'\\begin{pmatrix} 1 & -\\tfrac{1}{2} \\\\ 0 & 1 \\end{pmatrix}'
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from derive.export.prose import formula
from derive.language.latex import latex_name
from derive.language.statements import Exists, Implies, Relation, Statement
from derive.report import Counterexample


def value_latex(value: str) -> str:
    r"""The value of a letter, set or index: ``[1 0; 0 1]`` is a matrix, ``{2}`` a set, ``4/5`` a number.

    >>> value_latex("-4/5"), value_latex("{1, 3}"), value_latex("{}")
    ('-\\tfrac{4}{5}', '\\{1, 3\\}', '\\emptyset')
    """
    if value.startswith("[") and value.endswith("]"):
        return _matrix([row.split() for row in value[1:-1].split(";")])
    if value.startswith("{") and value.endswith("}"):
        return rf"\{{{value[1:-1]}\}}" if value != "{}" else r"\emptyset"
    return _number(value)


def values_latex(found: Counterexample) -> Iterator[str]:
    """An equation a letter: first the sizes, then the values."""
    for name, value in (*found.sizes.items(), *found.values.items()):
        yield f"{latex_name(name)} = {value_latex(str(value))}"


def side_latex(side: str, statement: Statement | None, sizes: Mapping[str, int]) -> str:
    r"""What a side is: reports list its entries, row after row; a matrix where the statement tells its shape.

    >>> side_latex("[1, 0]", None, {})
    '\\left(1,\\; 0\\right)'
    """
    if not side.startswith("["):
        return _number(side)
    entries = side[1:-1].split(", ")
    rows, columns = _shape(statement, sizes)
    if rows * columns == len(entries):
        return _matrix([entries[at : at + columns] for at in range(0, len(entries), columns)])
    listed = r",\; ".join(map(_number, entries))
    return rf"\left({listed}\right)"


def repair_latex(was: str, now: str, statement: str, names: Collection[str]) -> tuple[str, str]:
    r"""The change, and the statement that it gives, which may be empty.

    >>> repair_latex("1/2", "1/4", "f = ¼ a", ())
    ('\\tfrac{1}{2} \\to \\tfrac{1}{4}', 'f = \\tfrac14  a')
    """
    change = r" \to ".join(_number(part) if NUMBER.fullmatch(part) else formula(part, names) for part in (was, now))
    return change, formula(statement, names)


NUMBER = re.compile(r"(?P<sign>[-−]?)(?P<top>\d+)(?:/(?P<bottom>\d+))?")


def _number(text: str) -> str:
    found = NUMBER.fullmatch(text)
    if found is None:
        return formula(text)
    sign = "-" if found["sign"] else ""
    return sign + (rf"\tfrac{{{found['top']}}}{{{found['bottom']}}}" if found["bottom"] else found["top"])


def _matrix(rows: Sequence[Sequence[str]]) -> str:
    lines = r" \\ ".join(" & ".join(map(_number, row)) for row in rows)
    return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"


def _shape(statement: Statement | None, sizes: Mapping[str, int]) -> tuple[int, int]:
    """Rows and columns of the sides of a relation; 0 × 0 where there is not one matrix on a side."""
    relation = statement.conclusion if isinstance(statement, Implies | Exists) else statement
    if not isinstance(relation, Relation) or len(relation.left.shape) != 2:
        return 0, 0
    if any(not index.fixed for index in relation.left.free | relation.right.free):
        return 0, 0  # there is one matrix for every value of the index
    rows, columns = (sizes.get(dim.name, 1 if dim.name == "1" else 0) for dim in relation.left.shape)
    return rows, columns
