"""Check derivations: matrix calculus, linear algebra and index notation, proved for all dimensions."""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = False  # as in typing, whose import alone would cost the command line a fifth of its start
if TYPE_CHECKING:
    from derive import models
    from derive.code.public import check_code, check_gradient
    from derive.errors import DeriveError, InputError
    from derive.interactive import check, numpy_function
    from derive.language.build import (
        at,
        binomial,
        delta,
        diag,
        expectation,
        eye,
        family,
        gradient,
        indicator,
        inner,
        integral,
        inv,
        matrix,
        norm2,
        number,
        ordered,
        partial,
        parts,
        rate,
        relu,
        replace_column,
        scalar,
        select,
        size,
        sqrt,
        total,
        total_except,
        total_in,
        total_pairs,
        tr,
    )
    from derive.language.derivation import Claim, Derivation, below, strictly_below
    from derive.language.indices import Subset, dims, fixed, index, indices, initial, subset
    from derive.language.laws import Law, bernoulli, uniform, with_moments
    from derive.language.nodes import Expr
    from derive.language.statements import (
        at_most,
        commute,
        decreasing,
        diagonal,
        differs,
        distinct,
        equal,
        exists,
        full_column_rank,
        iff,
        implies,
        invertible,
        less_than,
        member,
        members_of,
        not_member,
        orthogonal,
        precedes,
        projection,
        same,
        symmetric,
    )

__all__ = [
    "Claim",
    "Derivation",
    "DeriveError",
    "Expr",
    "InputError",
    "Law",
    "Subset",
    "at",
    "at_most",
    "below",
    "bernoulli",
    "binomial",
    "check",
    "check_code",
    "check_gradient",
    "commute",
    "decreasing",
    "delta",
    "diag",
    "diagonal",
    "differs",
    "dims",
    "distinct",
    "equal",
    "exists",
    "expectation",
    "eye",
    "family",
    "fixed",
    "full_column_rank",
    "gradient",
    "iff",
    "implies",
    "index",
    "indicator",
    "indices",
    "initial",
    "inner",
    "integral",
    "inv",
    "invertible",
    "less_than",
    "matrix",
    "member",
    "members_of",
    "models",
    "norm2",
    "not_member",
    "number",
    "numpy_function",
    "ordered",
    "orthogonal",
    "partial",
    "parts",
    "precedes",
    "projection",
    "rate",
    "relu",
    "replace_column",
    "same",
    "scalar",
    "select",
    "size",
    "sqrt",
    "strictly_below",
    "subset",
    "symmetric",
    "total",
    "total_except",
    "total_in",
    "total_pairs",
    "tr",
    "uniform",
    "with_moments",
]

HOMES = (
    "derive.code.public",
    "derive.errors",
    "derive.language.build",
    "derive.language.derivation",
    "derive.language.indices",
    "derive.language.laws",
    "derive.language.nodes",
    "derive.language.statements",
    "derive.interactive",
)

if not TYPE_CHECKING:  # else a type checker would believe that every name exists

    def __getattr__(name):
        """Import a public name when it is first asked for, so that ``derive --help`` waits for none of them."""
        if name == "models":
            return import_module("derive.models")
        if name in __all__:
            for home in map(import_module, HOMES):
                if hasattr(home, name):
                    globals()[name] = getattr(home, name)
                    return globals()[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
