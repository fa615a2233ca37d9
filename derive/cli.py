"""The command line. Whatever a command needs is imported when it runs, so that ``derive --help`` waits for nothing."""

from __future__ import annotations

import argparse
import os
import sys

from derive import __version__
from derive.errors import DeriveError, InputError

TYPE_CHECKING = False  # importing typing would take longer than all else here
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import NoReturn, TextIO

    from derive.checker import Options
    from derive.language.derivation import Claim, Derivation
    from derive.report import Report

HOLDS, FAILS, WRONG_CALL, INTERRUPTED = 0, 1, 2, 130

TARGETS = "Python files or module names; none means the bundled notes on toy autoencoders"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        0 where every claim has the verdict that is expected of it and every planted error was caught, 1 where one does
        not, 2 where the input or the call is wrong, 130 where it was interrupted.
    """
    try:
        args = _parser().parse_args(argv)
        command: Callable[[argparse.Namespace], int] = args.run
        return command(args)
    except (DeriveError, OSError) as error:
        _complain(str(error))
        return WRONG_CALL
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED


def _complain(message: str) -> None:
    line = f"derive: {' '.join(message.split())}"
    if (sys.stderr.encoding or "ascii").lower().replace("-", "") != "utf8":
        from derive.language.text import to_ascii

        line = to_ascii(line)
    print(line, file=sys.stderr)


# The call -----------------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} ({self.prog} --help)")


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Told its width, argparse does not import shutil and the four compression modules behind it."""
    return argparse.HelpFormatter(prog, max_help_position=30, width=min(_width(), 110) - 2)


def _width() -> int:
    try:
        return int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size().columns or 80
    except (OSError, ValueError):
        return 80


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="derive",
        description="Check mathematical derivations: prove each step for all dimensions, replay it in SymPy, "
        "cross-check it with numbers, plant errors in it and see them caught.",
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"derive {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for add in (_add_new, _add_check, _add_list, _add_show, _add_errata, _add_export, _add_verify):
        add(commands)
    return parser


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[_Parser]


def _command(commands: Commands, name: str, run: Callable[[argparse.Namespace], int], told: str) -> _Parser:
    parser = commands.add_parser(name, help=told, description=told, formatter_class=_formatter, allow_abbrev=False)
    parser.set_defaults(run=run)
    return parser


def _add_new(commands: Commands) -> None:
    parser = _command(commands, "new", new, "write a small derivation to start from")
    parser.add_argument("name", metavar="NAME", help="the file to write, NAME.py; nothing is ever overwritten")


def _add_check(commands: Commands) -> None:
    parser = _command(commands, "check", check, "check every claim, by every method")
    add = parser.add_argument
    add("targets", nargs="*", metavar="TARGET", help=TARGETS)
    _add_options(parser)
    add("--json", metavar="FILE", help="write the report as JSON; - means standard output, and then nothing else does")
    add("--certificates", metavar="DIR", help="write the certificates, one file a claim")
    add("--watch", action="store_true", help="check again what changes whenever a file is saved, until Ctrl-C")


def _add_options(parser: _Parser) -> None:
    """The options of whatever checks claims."""
    add = parser.add_argument
    add("--only", type=_labels, default=(), metavar="LABEL,…", help="only these claims")
    add("--digits", type=_at_least(1), default=50, metavar="N", help="digits of the numeric checks (50)")
    add("--seed", type=_at_least(0), default=0, metavar="N", help="seed of the random points (0)")
    add("--jobs", type=_at_least(1), metavar="N", help="how many processes (one a processor, four at most)")
    add("--methods", type=_methods, metavar="LIST", help="only these methods, with commas between them (all)")
    add("--no-plant", action="store_true", help="plant no errors")
    add(
        "--fresh",
        action="store_true",
        help="search for every proof and model, also for those that an earlier run found",
    )


def _add_list(commands: Commands) -> None:
    parser = _command(commands, "list", list_claims, "list the claims")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=TARGETS)


def _add_show(commands: Commands) -> None:
    parser = _command(commands, "show", show, "one claim in full: its steps, and what justifies each")
    parser.add_argument("label", metavar="LABEL", help="the label of a claim")
    parser.add_argument(
        "target", nargs="?", metavar="TARGET", help="a Python file or module name; none means the notes"
    )


def _add_errata(commands: Commands) -> None:
    parser = _command(commands, "errata", errata, "the numbered mistakes of the source, and what is true instead")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=TARGETS)


FORMATS = {
    "latex": "proofs, a document a derivation and one of them all",
    "notebook": "a notebook for Jupyter",
    "html": "a web page",
}


def _add_export(commands: Commands) -> None:
    told = "write the derivations and their report for people to read"
    parser = commands.add_parser("export", help=told, description=told, formatter_class=_formatter, allow_abbrev=False)
    formats = parser.add_subparsers(metavar="FORMAT", required=True)
    # A command each: of two positional arguments argparse gives up the second when options stand between them.
    for name, told in FORMATS.items():
        _add_format(_command(formats, name, export, told), name)


def _add_format(parser: _Parser, name: str) -> None:
    add = parser.add_argument
    parser.set_defaults(format=name)
    add("targets", nargs="*", metavar="TARGET", help=TARGETS)
    add("-o", "--output", default=".", metavar="DIR", help="the folder to write to (the current one)")
    pdf = "also run pdflatex" if name == "latex" else argparse.SUPPRESS  # known to all, to say where it belongs
    add("--pdf", action="store_true", help=pdf)
    _add_options(parser)


def _add_verify(commands: Commands) -> None:
    parser = _command(commands, "verify", verify, "check certificates again, with the kernel alone")
    parser.add_argument(
        "path", metavar="FILE_OR_DIR", help="a certificate, or a folder that 'derive check --certificates' wrote"
    )


def _at_least(least: int) -> Callable[[str], int]:
    def number(given: str) -> int:
        if not given.removeprefix("-").isdecimal() or int(given) < least:
            raise argparse.ArgumentTypeError(f"{given!r} is not a whole number from {least} on")
        return int(given)

    return number


def _labels(given: str) -> tuple[str, ...]:
    labels = tuple(dict.fromkeys(label.strip() for label in given.split(",")))
    if not all(labels):
        raise argparse.ArgumentTypeError(f"{given!r} names no label, or an empty one")
    return labels


def _methods(given: str) -> tuple[str, ...]:
    from derive.report import methods_named

    return methods_named(given)


# The commands -------------------------------------------------------------------------------------------------------


def new(args: argparse.Namespace) -> int:
    """Write a derivation to start from, and say what to run next."""
    from derive.new import write

    print("\n".join(write(args.name)))
    return HOLDS


def check(args: argparse.Namespace) -> int:
    """Check every claim; print the report, and write what was asked for."""
    if args.watch:
        return _watched(args)
    from derive.files import prepare, write_certificates, write_report

    with _output_of_others(quiet=args.json == "-") as stdout:
        derivations = _loaded(args.targets)
        claims = _chosen(derivations, args.only)
        prepare(args.json, args.certificates, claims)
        run = _checked(derivations, _options(args, args.only), len(claims))
        if args.certificates is not None:
            write_certificates(run, args.certificates)
        if args.json is not None:
            write_report(run, args.json, stdout)
        if args.json != "-":
            _print_report(run, stdout)
    return HOLDS if run.ok else FAILS


def show(args: argparse.Namespace) -> int:
    """Check one claim and print its steps, what justifies each, and all the evidence."""
    from derive.listing import claim_in_full
    from derive.screen import Screen

    args.targets = [args.target] if args.target else []
    derivations = _loaded(args.targets)
    (claim,) = _chosen(derivations, (args.label,), "" if args.target else " in the bundled notes")
    run = _checked(derivations, _options(args, (args.label,)), 1)
    screen = Screen.of(sys.stdout)
    screen.write(claim_in_full(claim, run, screen))
    return HOLDS if run.ok else FAILS


def list_claims(args: argparse.Namespace) -> int:
    """Print every claim, without checking any."""
    from derive.listing import listing
    from derive.load import load
    from derive.screen import Screen

    screen = Screen.of(sys.stdout)
    screen.write(listing(load(args.targets), screen))
    return HOLDS


def errata(args: argparse.Namespace) -> int:
    """Print every numbered mistake, without checking any claim."""
    from derive.listing import errata, errata_lines
    from derive.load import load
    from derive.screen import Screen

    screen = Screen.of(sys.stdout)
    screen.write(errata_lines(errata(load(args.targets)), screen))
    return HOLDS


def export(args: argparse.Namespace) -> int:
    """Check every claim once, and write what was found; a notebook checks when it is run."""
    from importlib import import_module

    if args.pdf and args.format != "latex":
        raise InputError(f"--pdf is an option of latex, not of {args.format} (derive export --help)")
    if args.format == "notebook":
        return _export_notebooks(args)

    from derive.export.document import document
    from derive.files import prepare_folder

    writer = import_module(f"derive.export.{args.format}")
    folder = prepare_folder("-o", args.output)
    derivations = _loaded(args.targets)
    claims = _chosen(derivations, args.only)
    run = _checked(derivations, _options(args, args.only), len(claims))
    written = []
    for path in writer.write(document(derivations, run), folder, _name(args.targets)):
        print(path)
        written.append(path)
    for path in written if args.pdf else ():
        print(writer.write_pdf(path))
    return HOLDS if run.ok else FAILS


def _export_notebooks(args: argparse.Namespace) -> int:
    from derive.export.notebook import Checks, sources, write
    from derive.files import prepare_folder

    found = sources(args.targets)
    _chosen([claim.derivation for source in found for claim in source.claims], args.only)
    checks = Checks(args.only, args.digits, args.seed, not args.no_plant)
    for path in write(found, prepare_folder("-o", args.output), checks):
        print(path)
    return HOLDS


def verify(args: argparse.Namespace) -> int:
    """Check certificates again and print what they prove; the first that is refused ends it."""
    import gc

    from derive.verify import report

    gc.set_threshold(100_000, 50, 50)  # little that is made here is garbage
    lines, refused = report(args.path)
    try:
        text = "".join(f"{line}\n" for line in lines)
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:  # the interpreter's own flush must not fail again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if refused:
        print(f"derive: {refused}", file=sys.stderr)
    return FAILS if refused else HOLDS


# What they share ----------------------------------------------------------------------------------------------------


def _loaded(targets: Sequence[str]) -> list[Derivation]:
    from derive.load import load

    derivations = load(targets)
    if not any(page.claims for page in derivations):
        raise InputError(f"{', '.join(targets)}: no claim in {', '.join(repr(page.title) for page in derivations)}")
    return derivations


def _chosen(derivations: Sequence[Derivation], labels: Sequence[str], place: str = "") -> list[Claim]:
    """The claims with these labels, or all; ``place`` says where they were looked for."""
    claims = {claim.label: claim for page in derivations for claim in page.claims.values()}
    for label in labels:
        if label not in claims:
            raise InputError(f"no claim is labelled {label!r}{place}{_near(label, list(claims))}")
    from derive.load import printed

    chosen = [claims[label] for label in labels or claims]
    for claim in chosen:
        printed(claim)  # a reading whose function breaks is a mistake of the file, told before anything runs
    return chosen


def _name(targets: Sequence[str]) -> str:
    """What to call all of it: ``page`` for ``a/page.py`` or ``a.page``."""
    from derive.load import BUNDLED

    if len(targets) > 1:
        return "derivations"
    return os.path.basename(targets[0] if targets else BUNDLED).removesuffix(".py").rpartition(".")[2]


def _near(label: str, labels: Sequence[str]) -> str:
    from difflib import get_close_matches

    folded = {known.casefold(): known for known in labels}
    near = [folded[one] for one in get_close_matches(label.casefold(), folded, n=3, cutoff=0.5)]
    return (
        f": do you mean {' or '.join(map(repr, near))}?"
        if near
        else f": there are {', '.join(labels[:12])}" + (", …" if len(labels) > 12 else "")
    )


def _options(args: argparse.Namespace, only: tuple[str, ...]) -> Options:
    from derive.checker import Options

    given = {name: getattr(args, name) for name in ("digits", "seed") if hasattr(args, name)}
    given["jobs"] = getattr(args, "jobs", None) or (1 if 0 < len(only) < MANY else _processors())
    # Only what is shown in full says which hypotheses are needed: models that nobody sees are not looked for.
    given["needed"] = "label" in args or getattr(args, "json", None) is not None
    # Who can ask for certificates and does not is spared them.
    given["proofs"] = getattr(args, "certificates", "shown") is not None
    if getattr(args, "methods", None):
        given["methods"] = args.methods
    if not getattr(args, "fresh", False):
        given["kept"] = _kept()
    plant = not getattr(args, "no_plant", False)
    return Options(**given, plant=plant, only=only, targets=tuple(args.targets))


def _kept() -> str:
    """The folder in which what searches found is kept: the user's own for caches, or the one that ``DERIVE_CACHE``
    names; empty where that says ``off``."""
    from platformdirs import user_cache_dir

    named = os.environ.get("DERIVE_CACHE", "")
    usual = user_cache_dir("derive", appauthor=False)
    if not os.path.isabs(usual):  # whoever has no home has no cache
        usual = ""
    return "" if named == "off" else named or usual


MANY = 4
"""Claims for which starting processes pays."""


def _processors() -> int:
    """How many processors this process may use, four at most; one where processes cannot be forked."""
    import os

    return min(4, len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else 1


def _checked(derivations: Sequence[Derivation], options: Options, number: int) -> Report:
    import gc

    from derive.checker import check_all
    from derive.progress import progress

    # What is imported by now stays: searching it for garbage again and again would take a fifth of the time.
    gc.freeze()
    gc.set_threshold(500_000, 50, 50)
    with progress(number, sys.stderr) as tell:
        return check_all(derivations, options, tell)


def _watched(args: argparse.Namespace) -> int:
    """Until it is interrupted; then 0 where all held at last, else 1."""
    if args.json is not None or args.certificates is not None:
        raise InputError("--watch goes with neither --json nor --certificates: they are written once, at the end")
    from dataclasses import replace

    from derive.screen import Screen
    from derive.watch import watch

    options = replace(_options(args, args.only), needed=False)
    return HOLDS if watch(options, Screen.of(sys.stdout)) else FAILS


def _print_report(run: Report, stream: TextIO) -> None:
    from derive.render import report
    from derive.screen import Screen

    screen = Screen.of(stream)
    screen.write(report(run, screen))


def _output_of_others(quiet: bool) -> AbstractContextManager[TextIO]:
    """Standard output; where it must hold nothing but JSON, what an author's file prints goes to standard error."""
    from contextlib import contextmanager, redirect_stdout

    @contextmanager
    def redirected() -> Iterator[TextIO]:
        stdout = sys.stdout
        with redirect_stdout(sys.stderr if quiet else stdout):
            yield stdout

    return redirected()
