"""The author's files: import them, and take the derivations out of them."""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from traceback import walk_tb
from types import CodeType, ModuleType

from derive.errors import DeriveError, InputError, TypingError
from derive.language.derivation import MADE, Claim, Derivation, built

BUNDLED = "derive.corpora.toy_autoencoders"


def load(targets: Sequence[str] = (), seen: set[Path] | None = None) -> list[Derivation]:
    """The derivations of every target, in order; of the bundled notes where no target is given.

    Args:
        targets: paths of Python files, or dotted names of modules. A module gives the derivations that its tuple
            ``derivations`` lists, or else every ``Derivation`` that it holds, in order of definition.
        seen: where given, the files of the author's that were read are added, those that they import too.

    Raises:
        InputError: a target is missing, does not import or has no derivation, or two claims have one label.
    """
    named: dict[str, str] = {}
    for target in targets or (BUNDLED,):
        named.setdefault(_identity(target), target)
    found = [page for target in named.values() for page in pages(target, imported(target, seen))]
    derivations = list({id(page): page for page in found}.values())
    refuse_shared_labels(derivations)
    return derivations


def printed(claim: Claim) -> Claim | TypingError:
    """The claim with its printed readings built, or the reason why one cannot be.

    Raises:
        InputError: a reading fails for another reason: the author's function is wrong.
    """
    try:
        return built(claim)
    except TypingError as error:
        return error
    except DeriveError:
        raise
    except Exception as error:
        raise InputError(f"{claim.place}: a reading of {claim.label!r} fails: {described(error)}") from error


def number_of_steps(claim: Claim) -> int:
    """How many steps a claim has; one that is expected to be ill-typed has none that could be told apart."""
    if claim.printed is None or claim.expected == "ill-typed":
        return max(1, len(claim.steps))
    return len(claim.printed.readings)


# What a target is ---------------------------------------------------------------------------------------------------


def is_path(target: str) -> bool:
    """Whether a target names a file, and not a module."""
    return target.endswith(".py") or "/" in target or "\\" in target or Path(target).is_file()


def _identity(target: str) -> str:
    return str(Path(target).resolve()) if is_path(target) else target


def imported(target: str, seen: set[Path] | None = None) -> ModuleType:
    """The module that a target names; a file is run anew. To ``seen`` are added the files that it imports.

    Raises:
        InputError: it is missing, or does not import.
    """
    made: list[Derivation] = []
    token = MADE.set(made)
    try:
        module = _from_file(target, seen) if is_path(target) else _from_name(target)
    finally:
        MADE.reset(token)
    _refuse_lost(target if is_path(target) else str(module.__file__), module, made)
    return module


def pages(target: str, module: ModuleType) -> list[Derivation]:
    """The derivations of a module, which ``target`` is.

    Raises:
        InputError: there is none, or what it lists is something else.
    """
    listed = getattr(module, "derivations", None)
    if not isinstance(listed, tuple | list | None):
        raise InputError(f"{target}: derivations is {_short(listed)}, not a tuple of Derivation objects")
    found = named_pages(target, module)
    if not found:
        raise InputError(f"{target}: no Derivation in it: write page = Derivation('title') and state claims of page")
    return list(found.values())


def named_pages(target: str, module: ModuleType) -> dict[str, Derivation]:
    """The derivations of a module, by the variable that holds each; ``derivations.0`` is one that only the tuple holds.

    Raises:
        InputError: the tuple holds something else too.
    """
    names: dict[int, str] = {}
    held: list[Derivation] = []
    for name, value in vars(module).items():
        if issubclass(type(value), Derivation):  # isinstance would ask the author's objects, and some refuse to answer
            names.setdefault(id(value), name)
            held.append(value)
    listed = getattr(module, "derivations", None)
    found: dict[str, Derivation] = {}
    for number, page in enumerate(listed if isinstance(listed, tuple | list) else held):
        if not isinstance(page, Derivation):
            raise InputError(f"{target}: derivations holds {_short(page)}, which is no Derivation")
        found[names.setdefault(id(page), f"derivations.{number}")] = page
    return found


def refuse_shared_labels(derivations: Sequence[Derivation]) -> None:
    seen: dict[str, Claim] = {}
    for claim in (claim for page in derivations for claim in page.claims.values()):
        first = seen.setdefault(claim.label, claim)
        if first is not claim:
            raise InputError(f"two claims are labelled {claim.label!r}: at {first.place} and at {claim.place}")


def _short(value: object) -> str:
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= 60 else f"{shown[:59]}…"


# Importing ----------------------------------------------------------------------------------------------------------


class _Fresh(SourceFileLoader):
    """Compiles the source as it is now, and leaves no ``__pycache__`` beside an author's file."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _from_file(path: str, seen: set[Path] | None) -> ModuleType:
    file = Path(path)
    if file.is_dir():
        raise InputError(f"{path} is a folder: name a Python file in it, or a module")
    if not file.is_file():
        raise InputError(f"{path}: no such file")
    name = f"_derive_file_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]}"
    spec = spec_from_loader(name, _Fresh(name, path), origin=path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} cannot be imported")
    module = module_from_spec(spec)
    folder = file.resolve().parent
    with _registered(name, module), _importing(path, folder), _helpers_forgotten(folder, seen):
        spec.loader.exec_module(module)
    return module


def _refuse_lost(path: str, module: ModuleType, made: Sequence[Derivation]) -> None:
    """Refuse a module with claims on a page that nobody finds: they would not be checked, and nothing would say so.

    Raises:
        InputError: another page has the variable of this one, or it is in a list of another name.
    """
    if hasattr(module, "derivations"):  # then the author says which pages count
        return
    found = {id(value) for value in vars(module).values()}
    for page in made:
        places = [claim.place for claim in page.claims.values() if claim.place.rpartition(":")[0] == path]
        if places and id(page) not in found:
            raise InputError(
                f"{places[0]}: the claims of {page.title!r} would not be checked: no variable of the module holds this "
                "page any more; give each page a name of its own, or list them all as derivations = (…)"
            )


def _from_name(name: str) -> ModuleType:
    try:
        with _importing(name, Path.cwd()):
            return importlib.import_module(name)
    except InputError as error:
        missing = error.__cause__
        if isinstance(missing, ModuleNotFoundError) and missing.name and f"{name}.".startswith(f"{missing.name}."):
            raise InputError(f"{name}: no such module, and no such file either") from error
        raise


@contextmanager
def _registered(name: str, module: ModuleType) -> Iterator[None]:
    """Known to ``sys.modules`` as every module is; one that fails is forgotten."""
    sys.modules[name] = module
    try:
        yield
    except BaseException:
        del sys.modules[name]
        raise


@contextmanager
def _importing(target: str, folder: Path) -> Iterator[None]:
    """Import from ``folder`` first, as ``python file.py`` does, and say in one line what goes wrong and where."""
    before = list(sys.path)
    sys.path.insert(0, str(folder))
    try:
        yield
    except (Exception, SystemExit) as error:
        place = place_of(error, target)
        raise InputError(f"{place}: {described(error)}", {"place": place}) from error
    finally:
        sys.path[:] = before


@contextmanager
def _helpers_forgotten(folder: Path, seen: set[Path] | None) -> Iterator[None]:
    """Another file's ``import helper`` must find the helper in its own folder, not the one that this file found."""
    known = set(sys.modules)
    try:
        yield
    finally:
        new = [(name, sys.modules.get(name.partition(".")[0])) for name in sys.modules]
        for name in [name for name, top in new if name.partition(".")[0] not in known and _lies_in(top, folder)]:
            file = getattr(sys.modules.pop(name), "__file__", None)
            if seen is not None and file is not None:
                seen.add(Path(file).resolve())


def _lies_in(module: ModuleType | None, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and folder in list(Path(file).resolve().parents)[:2]


def described(error: BaseException) -> str:
    """The exception in one line; one of this package speaks for itself."""
    told = error.msg if isinstance(error, SyntaxError) else str(error)
    told = " ".join(told.split())
    return told if isinstance(error, DeriveError) else f"{type(error).__name__}: {told}".removesuffix(": ")


def place_of(error: BaseException, target: str) -> str:
    """``file:line`` of the last line of the author's that ran, or that could not be read."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}" if error.lineno else error.filename
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    inside = [line for file, line in frames if file == target]
    outside = [f"{file}:{line}" for file, line in frames if not _is_machinery(file)]
    return f"{target}:{inside[-1]}" if inside else outside[-1] if outside else target


def _is_machinery(file: str) -> bool:
    own = Path(__file__).parent
    return file.startswith("<frozen") or file == importlib.__file__ or Path(file).is_relative_to(own)
