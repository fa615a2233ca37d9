"""What a claim's report depends on, as a value: two claims with equal fingerprints have equal reports.

It holds the statements themselves, not a hash of their text. Functions of the author's (a model, a reference) are
compared by their code and by what they refer to; whatever cannot be compared is equal to nothing, so that in doubt a
claim is checked again.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterator
from fractions import Fraction
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from derive.errors import TypingError
from derive.language.derivation import Claim
from derive.language.indices import Dim, DimOrder, Index, Subset
from derive.language.nodes import Defined, Expr
from derive.language.statements import Statement, expressions, sequents
from derive.load import printed

PLAIN = (str, bytes, int, float, complex, Fraction, type(None), type(...), Expr, Dim, DimOrder, Index, Subset)


def fingerprint(claim: Claim) -> Hashable:
    """The fingerprint of a claim, as its file is now.

    Raises:
        InputError: a printed reading breaks.
    """
    full = printed(claim)
    if isinstance(full, TypingError):
        return (claim.kind, claim.label, claim.expected, str(full))
    statements = [(step.number, step.statement, step.because) for step in full.steps]
    suspect = claim.printed.suspect if claim.printed else None
    rests_on = tuple(other.label for other in claim.rests_on)
    page = claim.derivation
    conditional = full.hypotheses or any(one.premises for step in full.steps for one in sequents(step.statement))
    maker = _meaning(page.model_maker) if conditional else None
    independent = [(name, _meaning(function)) for name, function in page.independent.items() if name in _defined(full)]
    return (
        claim.kind, claim.label, claim.expected, tuple(statements), full.hypotheses, full.named, rests_on, suspect,
        maker, tuple(independent),
    )  # fmt: skip


def _defined(claim: Claim) -> set[str]:
    statements: list[Statement] = [step.statement for step in claim.steps]
    exprs = (expr for statement in statements for expr in expressions(statement))
    return {node.name for expr in exprs for node in expr.walk() if isinstance(node, Defined)}


class _Unlike:
    """Equal to nothing but itself."""


def _meaning(value: Any, seen: tuple[int, ...] = ()) -> Hashable:
    """What a value is to a function that refers to it."""
    if isinstance(value, PLAIN):
        return (type(value).__name__, value)
    if id(value) in seen:
        return "itself"
    seen = (*seen, id(value))
    if isinstance(value, tuple | list):
        return (type(value).__name__, *(_meaning(entry, seen) for entry in value))
    if isinstance(value, dict):
        return tuple((_meaning(key, seen), _meaning(entry, seen)) for key, entry in value.items())
    if isinstance(value, CodeType):
        return _code(value, seen)
    if isinstance(value, FunctionType) and not _is_foreign(value.__module__):
        return _function(value, seen)
    if isinstance(value, ModuleType):
        return _module(value)
    if isinstance(value, type | FunctionType | BuiltinFunctionType) and _is_foreign(value.__module__):
        return (value.__module__, value.__qualname__)
    return _Unlike()


def _function(value: FunctionType, seen: tuple[int, ...]) -> Hashable:
    cells = [_meaning(cell.cell_contents, seen) for cell in value.__closure__ or ()]
    defaults = (_meaning(value.__defaults__, seen), _meaning(value.__kwdefaults__, seen))
    named = sorted(set(_names(value.__code__)) & value.__globals__.keys())
    used = [(name, _meaning(value.__globals__[name], seen)) for name in named]
    return (_code(value.__code__, seen), tuple(cells), defaults, tuple(used))


def _code(code: CodeType, seen: tuple[int, ...]) -> Hashable:
    constants = tuple(_meaning(constant, seen) for constant in code.co_consts)
    return (code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_argcount)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _module(value: ModuleType) -> Hashable:
    """A module of the author's by its text, since anything in it may be used; another one by its name."""
    file = getattr(value, "__file__", None)
    if file is None or _is_foreign(value.__name__, file):
        return value.__name__
    try:
        return (value.__name__, Path(file).read_bytes())
    except OSError:
        return _Unlike()


def _is_foreign(name: str | None, file: str | None = None) -> bool:
    """Whether a module is installed, and so stays as it is while the author writes."""
    module = sys.modules.get(name or "")
    file = file or getattr(module, "__file__", None)
    if name is not None and (name.partition(".")[0] in sys.stdlib_module_names or name.startswith("derive.")):
        return not name.startswith("derive.corpora")
    return file is not None and "site-packages" in Path(file).parts
