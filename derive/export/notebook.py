"""A notebook from an author's file: its statements, cell by cell, and after each claim a cell that checks it.

Nothing is run here but the file itself, to see which statement makes which claim. The notebook needs nothing but an
installed ``derive``: it holds the source, and no path.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from derive.errors import InputError
from derive.files import write_whole
from derive.language.derivation import Claim, Derivation
from derive.language.markdown import claimed, mathematics, paragraphs, words
from derive.load import BUNDLED, imported, is_path, pages, printed

Cell = tuple[str, str]
"""A kind, ``code`` or ``markdown``, and a text."""


@dataclass(frozen=True, slots=True)
class Checks:
    """How the cells check: which claims (all, if none is named), to how many digits, from which seed, with planting."""

    only: tuple[str, ...] = ()
    digits: int = 50
    seed: int = 0
    plant: bool = True

    def wants(self, claim: Claim) -> bool:
        """Whether this claim is to be checked."""
        return not self.only or claim.label in self.only

    def call(self, function: str, name: str, labels: Sequence[str]) -> str:
        """The call that checks these claims.

        >>> Checks(plant=False).call("check", "page", ["18b"])
        'check(page, only="18b", plant=False)'
        """
        shown = [json.dumps(label, ensure_ascii=False) for label in labels]
        only = shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"
        given = [f"digits={self.digits}"] * (self.digits != 50) + [f"seed={self.seed}"] * (self.seed != 0)
        return f"{function}({', '.join([name, f'only={only}', *given, *['plant=False'] * (not self.plant)])})"


def write(sources: Sequence[Source], folder: Path, checks: Checks = Checks()) -> list[Path]:
    """A notebook for each file that states claims; their paths.

    Raises:
        InputError: two would have one name, or a file would not run as a notebook.
    """
    names = [f"{source.path.stem}.ipynb" for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two notebooks would both be called {name}: export them to different folders")
    written = [(folder / name, notebook(_cells(source, checks))) for name, source in zip(names, sources, strict=True)]
    for path, text in written:
        write_whole(path, text)
    return [path for path, _ in written]


def notebook(cells: Sequence[Cell]) -> str:
    """The cells as a notebook file, in format 4.5; the same cells give the same file."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    data = {
        "cells": [_cell_data(f"cell-{number}", *cell) for number, cell in enumerate(cells, start=1)],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _cell_data(name: str, kind: str, text: str) -> dict[str, Any]:
    lines = text.strip("\n").splitlines(keepends=True)
    run: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": {}, "source": lines, **run}


# The author's file --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A statement of a file outside every function, or several on one line, with the comments before it.

    Attributes:
        first, last: its lines, counted from 1.
        claims: what it claims.
    """

    nodes: tuple[ast.stmt, ...]
    first: int
    last: int
    text: str
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file, the module that it is, and the claims that it states."""

    path: Path
    module: ModuleType
    text: str
    claims: tuple[Claim, ...]


def sources(targets: Sequence[str] = ()) -> list[Source]:
    """The files that state the claims of the targets, as ``load`` takes them: a file, or the modules of a package.

    Raises:
        InputError: a target is missing, does not import, or states no claim.
    """
    found = [source for target in targets or (BUNDLED,) for source in _sources(target)]
    return list({source.path.resolve(): source for source in found}.values())


def _sources(target: str) -> Iterator[Source]:
    module = imported(target)
    stated: dict[Path, list[Claim]] = {}
    for claim in (claim for page in pages(target, module) for claim in page.claims.values()):
        stated.setdefault(Path(claim.stated_at.rpartition(":")[0]).resolve(), []).append(claim)
    for path, claims in stated.items():
        found = _module_of(path, target, module)
        if found is not None:
            shown = Path(target) if is_path(target) else path
            yield Source(shown, found, path.read_text(encoding="utf-8"), tuple(claims))
    if not any(_module_of(path, target, module) for path in stated):
        where = "; they are in other files: export those" if stated else ""
        raise InputError(f"{target}: no claim is stated there{where}")


def _module_of(path: Path, target: str, module: ModuleType) -> ModuleType | None:
    """The module of a file: of a target that is a file itself, else of the target's package."""
    if is_path(target):
        return module if Path(target).resolve() == path else None
    inside = [m for name, m in list(sys.modules.items()) if f"{name}.".startswith(f"{module.__name__}.")]
    return next((m for m in inside if getattr(m, "__file__", None) and Path(str(m.__file__)).resolve() == path), None)


def _parts(source: Source, tree: ast.Module) -> list[Part]:
    """The statements after the docstring; statements that share a line are one part."""
    lines = source.text.splitlines(keepends=True)
    nodes = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    end = tree.body[0].end_lineno or 0 if len(nodes) < len(tree.body) else 0
    found: list[Part] = []
    for node in nodes:
        last = node.end_lineno or node.lineno
        if found and node.lineno <= end:
            before = found.pop()
            nodes_, first = (*before.nodes, node), before.first
        else:
            nodes_, first = (node,), end + 1
        end = last
        found.append(Part(nodes_, first, last, "".join(lines[first - 1 : last])))
    rest = "".join(lines[end:])
    if rest.strip():  # comments after the last statement
        found.append(Part((), end + 1, len(lines), rest))
    return [replace(part, claims=_claims_in(part, source)) for part in found]


def _claims_in(part: Part, source: Source) -> tuple[Claim, ...]:
    return tuple(c for c in source.claims if part.first <= int(c.stated_at.rpartition(":")[2]) <= part.last)


# What would not run as a notebook -----------------------------------------------------------------------------------


def _refuse(source: Source, tree: ast.Module) -> None:
    """Refuse what a notebook has not: a file of its own, a package, neighbours.

    Raises:
        InputError: as said, with the line.
    """
    for node in ast.walk(tree):
        place = f"{source.path}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Name) and node.id == "__file__":
            raise InputError(f"{place}: a notebook has no __file__")
        if isinstance(node, ast.ImportFrom) and node.level:
            raise InputError(f"{place}: a notebook is in no package: write the import without its leading dots")
        for name in _imports(node):
            if _is_neighbour(name, source):
                raise InputError(f"{place}: a notebook does not find {name}.py beside it: put what is needed here")


def _imports(node: ast.AST) -> list[str]:
    """The outermost names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    return [(node.module or "").partition(".")[0]] if isinstance(node, ast.ImportFrom) else []


def _is_neighbour(name: str, source: Source) -> bool:
    """Whether a file's import finds a module in the folder of the file, as it does when the file is run."""
    if not source.module.__name__.startswith("_derive_file_"):
        return False
    folder = source.path.resolve().parent
    return (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()


# The cells ----------------------------------------------------------------------------------------------------------


def _cells(source: Source, checks: Checks) -> list[Cell]:
    """A heading, the import of what checks, the file's statements, and what checks each claim."""
    tree = ast.parse(source.text)
    _refuse(source, tree)
    parts = _registered_early(_parts(source, tree))
    function, importing = _checker(tree)
    cells = [("markdown", _title(source, tree)), ("code", importing)]
    late: dict[str, list[str]] = {}
    for part in _joined(parts):
        if _only_as_program(part):
            cells.append(("markdown", f"Not part of what is checked:\n\n```python\n{part.text.strip()}\n```"))
            continue
        cells += [("markdown", _heading(claim)) for claim in part.claims] + [("code", part.text)]
        for page in {id(claim.derivation): claim.derivation for claim in part.claims}.values():
            labels = [claim.label for claim in part.claims if claim.derivation is page and checks.wants(claim)]
            name = _name_here(page, source.module, part, parts)
            if labels and name:
                cells.append(("code", checks.call(function, name, labels)))
            elif labels:
                late.setdefault(_name_at_the_end(page, source.module), []).extend(labels)
    return cells + [("code", checks.call(function, name, labels)) for name, labels in late.items()]


def _title(source: Source, tree: ast.Module) -> str:
    first, _, rest = (ast.get_docstring(tree) or source.path.stem).partition("\n")
    return paragraphs(f"# {first.removesuffix('.')}", rest.strip())


def _checker(tree: ast.Module) -> tuple[str, str]:
    """What the checking function is called in the notebook, and its import; ``check`` unless the author has one."""
    taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    taken |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    taken |= {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module != "derive")
        for alias in node.names
    }
    if "check" not in taken:
        return "check", "from derive import check"
    other = next(name for name in ("check_claims", *(f"check_claims_{k}" for k in range(2, 1000))) if name not in taken)
    return other, f"from derive import check as {other}"


def _name_here(page: Derivation, module: ModuleType, part: Part, parts: Sequence[Part]) -> str:
    """A variable that holds the derivation from before the part to the end: one that is set twice may not."""
    for name, value in vars(module).items():
        makers = [other for other in parts if name in _makes(other)] if value is page else []
        if len(makers) == 1 and makers[0].first <= part.first:
            return name
    return ""


def _name_at_the_end(page: Derivation, module: ModuleType) -> str:
    """A variable that holds the derivation when the file has been run, or that holds all."""
    return next((name for name, value in vars(module).items() if value is page), "derivations")


def _stored(node: ast.AST) -> Iterator[str]:
    """The names that a statement gives a value, outside of functions."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        for child in ast.iter_child_nodes(node):
            yield from _stored(child)


def _walk(part: Part) -> Iterator[ast.AST]:
    for node in part.nodes:
        yield from ast.walk(node)


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    """Statements between two claims are one cell."""
    group: list[Part] = []
    for part in parts:
        if part.claims or _only_as_program(part):
            yield from _one(group)
            yield part
            group = []
        else:
            group.append(part)
    yield from _one(group)


def _one(group: Sequence[Part]) -> Iterator[Part]:
    if group:
        nodes = tuple(node for part in group for node in part.nodes)
        yield Part(nodes, group[0].first, group[-1].last, "".join(part.text for part in group))


def _only_as_program(part: Part) -> bool:
    """``if __name__ == "__main__":`` is not run when the file is checked, and would be in a notebook."""
    return len(part.nodes) == 1 and isinstance(part.nodes[0], ast.If) and "__main__" in ast.dump(part.nodes[0].test)


def _heading(claim: Claim) -> str:
    """Label, title, and what is claimed."""
    full = printed(claim)
    label = words(f"({claim.label})")
    expected = "" if claim.expected == "proved" else f" — expected to be {claim.expected}"
    head = f"### {label} {words(claim.title)}".rstrip() + expected
    if not isinstance(full, Claim):
        return paragraphs(head, f"It cannot be built: {words(str(full))}", words(claim.reading))
    return paragraphs(head, *(mathematics(one, display=True) for one in claimed(full)), words(claim.reading))


# What has to be known before a claim is checked ---------------------------------------------------------------------


def _registered_early(parts: Sequence[Part]) -> list[Part]:
    """The parts, those that give a derivation a model or a reference function moved up.

    They often stand at the end of a file, where they serve every claim above them; in a notebook each claim is checked
    where it stands. They are moved to below the last statement that makes something that they mention.
    """
    found = list(parts)
    for part in parts:
        if part.claims or not any(map(_registers, part.nodes)):
            continue
        found.remove(part)
        needed = _mentions(part)
        above = [place for place, other in enumerate(found) if other.first < part.first and _makes(other) & needed]
        found.insert(max(above, default=-1) + 1, replace(part, text=f"{part.text}\n\n"))
    return found


def _registers(node: ast.stmt) -> bool:
    """``@page.model``, ``@page.reference(f)``, ``page.model(maker)``."""
    if isinstance(node, ast.FunctionDef):
        return any(map(_is_registering, node.decorator_list))
    return isinstance(node, ast.Expr) and _is_registering(node.value)


def _is_registering(node: ast.AST) -> bool:
    while isinstance(node, ast.Call):
        node = node.func
    return isinstance(node, ast.Attribute) and node.attr in ("model", "reference")


def _mentions(part: Part) -> set[str]:
    """The names that a part takes from outside of itself."""
    names = [node for node in _walk(part) if isinstance(node, ast.Name)]
    own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in _walk(part) if isinstance(node, ast.arg)}
    decorators = [name for node in part.nodes for name in getattr(node, "decorator_list", ())]
    outside = {node.id for one in decorators for node in ast.walk(one) if isinstance(node, ast.Name)}
    return outside | ({node.id for node in names} - own)


def _makes(part: Part) -> set[str]:
    """The names that a part gives a value."""
    names = {name for node in part.nodes for name in _stored(node)}
    names |= {node.name for node in part.nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    imports = [node for node in part.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    return names | {(alias.asname or alias.name).partition(".")[0] for node in imports for alias in node.names}
