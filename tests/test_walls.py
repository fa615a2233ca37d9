"""The walls between the packages: who may import whom, and what never stands in the package."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import derive

ROOT = Path(derive.__file__).parent
MODULES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py"))
KERNEL_LINES = 1000


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text())


def imported(module: str) -> Iterator[str]:
    """Every module that this one imports, inside functions too, by its full name, and the names taken from it."""
    package = ["derive", *Path(module).parts[:-1]]
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def under(*places: str) -> list[str]:
    """The modules in these folders or files of the package."""
    return [
        module
        for module in MODULES
        if any(module == f"{place}.py" or module.startswith(f"{place}/") for place in places)
    ]


def described(module: str, forbidden: list[str]) -> str:
    return f"derive/{module} imports {', '.join(sorted(set(forbidden)))}"


@pytest.mark.parametrize("module", under("kernel"))
def test_the_kernel_imports_the_standard_library_the_errors_and_itself_only(module):
    others = [
        name
        for name in imported(module)
        if name.split(".")[0] not in sys.stdlib_module_names and not within(name, "derive.kernel", "derive.errors")
    ]
    assert not others, described(module, others)


JUDGES = ("derive.replay", "derive.crosscheck", "derive.plant", "derive.evaluate", "derive.faithful")
FACES = ("derive.report", "derive.export", "derive.cli", "derive.pytest_plugin", "derive.corpora")
WALLS = {
    "errors": ("derive",),
    "kernel": ("derive.prove", "derive.language", *JUDGES, *FACES),
    "language": ("derive.prove", *JUDGES, *FACES),
    "prove": (*JUDGES, *FACES),
    "evaluate": ("derive.prove", "derive.kernel", "derive.replay", "derive.crosscheck"),
    "corpora": ("derive.prove", "derive.kernel", "derive.language", *JUDGES, *FACES[:-1]),
    "export": ("derive.prove", "derive.kernel"),
}


@pytest.mark.parametrize(("place", "module"), [(place, module) for place in WALLS for module in under(place)])
def test_nothing_is_imported_across_a_wall(place, module):
    across = [name for name in imported(module) if within(name, *WALLS[place])]
    assert not across, described(module, across)


@pytest.mark.parametrize("module", under("corpora"))
def test_a_corpus_is_written_with_the_public_names_and_the_errors_only(module):
    public = {"derive", *(f"derive.{name}" for name in derive.__all__)}
    others = [name for name in imported(module) if within(name, "derive") and name not in public]
    kept = [name for name in others if not within(name, "derive.corpora", "derive.errors")]
    assert not kept, described(module, kept)


@pytest.mark.parametrize("module", MODULES)
def test_no_statement_of_the_package_can_be_switched_off_or_evaluated(module):
    """``assert`` is deleted by -O; ``eval`` and ``exec`` run what they read; a bare ``except`` hides a broken check."""
    for node in ast.walk(tree(module)):
        where = f"derive/{module}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.Assert), f"{where} asserts"
        assert not (isinstance(node, ast.ExceptHandler) and node.type is None), f"{where} catches everything"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile", "__import__"), f"{where} calls {node.func.id}"


def test_the_kernel_can_be_read_in_an_hour():
    lines = {module: len((ROOT / module).read_text().splitlines()) for module in under("kernel")}
    assert sum(lines.values()) <= KERNEL_LINES, lines


@pytest.mark.parametrize(
    "statement",
    ["import derive.kernel", "import derive", "import derive.pytest_plugin", "from derive.prove import search, lower"],
)
def test_importing_it_loads_nothing_heavy(statement):
    heavy = "{'sympy', 'numpy', 'mpmath', 'autograd', 'scipy'}"
    code = f"{statement}\nimport sys\nprint(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.strip() == ""


def test_the_kernel_is_loaded_without_the_rest_of_the_package():
    """``derive/__init__.py`` loads the language, never search or a judge."""
    code = "import derive.kernel, sys; print(*sorted(name for name in sys.modules if name.startswith('derive')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    loaded = done.stdout.split()
    assert "derive.kernel.check" in loaded
    assert not [name for name in loaded if within(name, "derive.prove", *JUDGES, *FACES)], loaded


def test_the_walls_see_what_they_are_for():
    """The reader of imports finds them at every depth and in every spelling."""
    assert {"derive.language.nodes", "derive.kernel.terms.Free"} <= set(imported("prove/lower.py"))
    assert {"kernel/check.py", "language/nodes.py", "prove/search.py", "errors.py"} <= set(MODULES)
