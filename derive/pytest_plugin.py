"""Derivations as tests: ``pytest my_derivation.py`` gives one test a claim and a step.

pytest loads this module in every run of whoever has installed the package, so it imports nothing of it. What it needs
is imported where a file that pytest itself collects holds a ``Derivation``; no file is imported to find that out.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from _pytest._code.code import ReprEntry, ReprExceptionInfo, ReprFileLocation, ReprTraceback

if TYPE_CHECKING:
    from derive.checker import Options
    from derive.language.derivation import Claim, Derivation
    from derive.stepwise import Checks, Failure

OPTIONS = pytest.StashKey[dict[str, Any]]()
CHECKS = pytest.StashKey["Checks"]()
PAGES = pytest.StashKey[dict[str, "Derivation"]]()


# Options ------------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    add = parser.getgroup("derive", "derivations, one test a claim and a step").addoption
    add("--derive-digits", metavar="N", help="digits of the numeric checks (50)")
    add("--derive-seed", metavar="N", help="seed of the random points (0)")
    add("--derive-methods", metavar="LIST", help="only these methods, with commas between them (all)")
    add("--derive-no-plant", action="store_true", help="plant no errors")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "derive: a step of a claim of a derivation")
    given = {"digits": _number(config, "digits", 1), "seed": _number(config, "seed", 0), "methods": _methods(config)}
    config.stash[OPTIONS] = {name: value for name, value in given.items() if value is not None}
    config.stash[OPTIONS]["plant"] = not config.getoption("--derive-no-plant")


def _number(config: pytest.Config, name: str, least: int) -> int | None:
    given = config.getoption(f"--derive-{name}")
    if given is None:
        return None
    if not given.isdecimal() or int(given) < least:
        raise pytest.UsageError(f"--derive-{name}: {given!r} is not a whole number from {least} on")
    return int(given)


def _methods(config: pytest.Config) -> tuple[str, ...] | None:
    given = config.getoption("--derive-methods")
    if given is None:
        return None
    from derive.errors import InputError
    from derive.report import methods_named

    try:
        return methods_named(given)
    except InputError as error:
        raise pytest.UsageError(f"--derive-methods: {error}") from None


def _options(config: pytest.Config) -> Options:
    from derive.checker import Options

    return Options(**config.stash[OPTIONS], needed=False)


def _checks(config: pytest.Config) -> Checks:
    """What was found of claims in this process: a claim is checked once for all its steps."""
    from derive.stepwise import Checks

    return config.stash.setdefault(CHECKS, Checks(_options(config)))


# Collection ---------------------------------------------------------------------------------------------------------


def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> list[pytest.Collector] | None:
    """The pages that a variable of a module is about; of every other variable pytest decides itself."""
    language = sys.modules.get("derive.language.derivation")
    if language is None or not isinstance(collector, pytest.Module):
        return None
    # By type: some objects of an author's refuse to answer isinstance.
    parts = obj if name == "derivations" and type(obj) in (tuple, list) else (obj,)
    if not any(issubclass(type(part), language.Derivation) for part in parts):  # type: ignore[attr-defined]
        return None
    found = {held: page for held, page in _pages(collector).items() if held.partition(".")[0] == name}
    return [Page.from_parent(collector, name=held, page=page) for held, page in found.items()]


def _pages(module: pytest.Module) -> dict[str, Derivation]:
    """What ``derive check`` checks of the file too: the derivations that its tuple lists, or else all.

    Raises:
        InputError: two claims have one label, or the tuple holds something else too.
    """
    if PAGES not in module.stash:
        from derive.load import named_pages, refuse_shared_labels

        module.stash[PAGES] = named_pages(str(module.path), module.obj)
        refuse_shared_labels(list(module.stash[PAGES].values()))
    return module.stash[PAGES]


class Page(pytest.Collector):
    """A derivation: its claims step by step."""

    def __init__(self, *, page: Derivation, **named: Any) -> None:
        super().__init__(**named)
        self.page = page

    def collect(self) -> Iterator[Step]:
        from derive.load import number_of_steps

        for claim in self.page.claims.values():
            for number in range(1, number_of_steps(claim) + 1):
                yield Step.from_parent(self, name=f"{_spelled(claim.label)}[{number}]", claim=claim, number=number)


def _spelled(label: str) -> str:
    """A label as part of a node id, where a double colon would end the part."""
    return " ".join(label.split()).replace("::", ":")


class Step(pytest.Item):
    """One step of a claim."""

    def __init__(self, *, parent: Page, claim: Claim, number: int, **named: Any) -> None:
        # Spelled out, since pytest reads the id of a failed test back from text and finds the number in brackets there.
        super().__init__(parent=parent, nodeid=f"{parent.nodeid}::{named['name']}", **named)
        self.claim, self.number = claim, number
        self.heading = f"{parent.name} {self.name}"
        self.add_marker("derive")
        if self.config.pluginmanager.hasplugin("xdist"):  # it is what registers the mark
            # With ``--dist loadgroup`` the steps of a claim stay together, so that it is checked once.
            self.add_marker(pytest.mark.xdist_group(re.sub(r"[^\w.-]", "_", f"{parent.name}.{claim.label}")))

    def reportinfo(self) -> tuple[str, int, str]:
        path, line = _parted(self.claim.place)
        return path, line - 1, self.heading

    def runtest(self) -> None:
        from derive.stepwise import failure

        checks = _checks(self.config)
        found = failure(self.claim, checks.of(self.claim), self.number, checks.options.methods)
        if found is not None:
            raise StepFailedError(found)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, StepFailedError):
            return _told(excinfo.value.failure.lines(_width(self.config)), self.claim.place)
        if _is_derive_error(excinfo.value):
            return _told([str(excinfo.value)], self.claim.place)
        return super().repr_failure(excinfo, style)


class StepFailedError(Exception):
    """A step does not have the verdict that is expected of it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.head)
        self.failure = failure


# What is shown ------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """What an author writes wrong is told in one line with its place, as ``derive check`` tells it."""
    report = yield
    failed = report.call.excinfo
    if failed is not None and _is_derive_error(failed.value) and not collector.config.getoption("fulltrace"):
        from derive.load import described, place_of

        path, told = str(collector.path), described(failed.value)
        place = place_of(failed.value, path)
        if not place.startswith(path):  # it is no line of the file that is wrong, but what the file holds
            place = path
        near = os.path.relpath(place, collector.config.invocation_params.dir)
        report.longrepr = _told([f"{near}: {told}"], place)
    return report


def _is_derive_error(error: BaseException) -> bool:
    errors = sys.modules.get("derive.errors")
    return errors is not None and isinstance(error, errors.DeriveError)


def _told(lines: list[str], place: str) -> ReprExceptionInfo:
    """The lines as they are, the first of them in the short summary too. pytest-xdist can send this form of a report
    from a worker, and no other with a summary."""
    crash = ReprFileLocation(*_parted(place), lines[0])
    entry = ReprEntry(lines, None, None, None, "value")
    return ReprExceptionInfo(ReprTraceback([entry], None, "value"), crash)


def _parted(place: str) -> tuple[str, int]:
    """The file and the line of a place; line 1 where it says none."""
    path, _, line = place.rpartition(":")
    return (path, int(line)) if path and line.isdecimal() else (place, 1)


def _width(config: pytest.Config) -> int | None:
    """How wide the terminal is; None where there is none, as in a worker of pytest-xdist."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return config.get_terminal_writer().fullwidth if reporter is not None and reporter.isatty else None
