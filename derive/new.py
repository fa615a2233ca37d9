"""A derivation to start from: a small file that holds, with one line marked to be broken."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from derive.errors import InputError

TEMPLATE = '''\
"""Least squares: a derivation to start from. To check it: {command}"""

from derive import Derivation, dims, equal, full_column_rank, inv, matrix, norm2

# Dimensions are symbols: what is proved is proved for all of them.
n, p, q = dims("n p q")
X, Y, W = matrix("X", n, p), matrix("Y", n, q), matrix("W", p, q)

page = Derivation("{title}")

# A name for an expression: it prints as f and stands for the squared error everywhere.
f = page.define("f", norm2(Y - X @ W))

# A gradient, what it is equal to, line by line, and the equation that holds exactly where it vanishes.
normal = equal(X.T @ X @ W, X.T @ Y)
page.gradient(
    "slope", f, W,
    2 * X.T @ (X @ W - Y),  # break me: write 3 for the 2, and check again
).vanishes(normal)  # fmt: skip

# What is assumed has a name; a claim says what it uses, and is proved from that and nothing else.
full = page.assume(full_column_rank(X), "X of full column rank")
page.have("solution", equal(W, inv(X.T @ X) @ X.T @ Y), using=[normal, full])
'''

DEPENDENCIES = ("derive", "sympy", "numpy", "mpmath", "autograd", "rich")
"""Beside an author's file, one of these names would be imported in place of what it hides."""


def write(name: str) -> list[str]:
    """Write the file, ``.py`` added where it is missing; returns what to say of it.

    Raises:
        InputError: the name is none for a Python file, its folder is missing, or there is such a file already.
    """
    path = _path(name)
    quoted = shlex.quote(str(path))
    title = path.stem.replace("_", " ").replace("-", " ").strip().capitalize()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(command=f"derive check {path.name}", title=title))
    except FileExistsError:
        raise InputError(f"{path}: there is such a file already, and it stays as it is") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None
    return [
        f"{path} holds two claims about least squares; one line is marked to be broken.",
        f"Next:  derive check {quoted}",
        f"       derive check {quoted} --watch    checks again whenever you save it",
    ]


def _path(name: str) -> Path:
    path = Path(name if name.endswith(".py") else f"{name}.py")
    stem = path.name.removesuffix(".py")
    if not stem or not all(char.isalnum() or char in "_-" for char in stem) or stem.startswith("-"):
        raise InputError(f"{name!r} is no name for a derivation: write letters, digits and _, as in my_derivation")
    if stem in DEPENDENCIES or stem in sys.stdlib_module_names:
        raise InputError(f"{name!r} is the name of a module that the file would hide: choose another")
    if not path.parent.is_dir():
        raise InputError(f"{name!r}: the folder {path.parent} does not exist")
    return path
