"""How a notebook is told to show what the language builds; what is shown is written elsewhere, when it is asked for."""

from __future__ import annotations


class AsFormula:
    """Shown as a formula: for statements."""

    __slots__ = ()

    def _repr_latex_(self) -> str:
        from derive.language.latex import statement_latex

        return f"$\\displaystyle {statement_latex(self)}$"  # type: ignore[arg-type]  # every statement is one of these


class AsText:
    """Shown as text with formulas in it, and in few words where there is no notebook."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from derive.language.markdown import markdown, plain

        return {"text/plain": plain(self), "text/markdown": markdown(self)}
