"""Notebooks, run from a clean kernel."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient


def run(notebook: Any, folder: Path) -> Any:
    """The notebook with its outputs; a cell that fails fails here. What the harness warns of is not the notebook's."""
    nbformat.validate(notebook)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = NotebookClient(
            notebook, kernel_name="python3", timeout=600, resources={"metadata": {"path": str(folder)}}
        )
        client.execute()
    return notebook


def outputs(notebook: Any, kind: str) -> list[str]:
    """Every output of this kind of MIME, in order."""
    shown = (out for cell in notebook.cells for out in cell.get("outputs", []) if "data" in out)
    return [out["data"][kind] for out in shown if kind in out["data"]]


def complaints(notebook: Any) -> str:
    """What the cells wrote to standard error."""
    streams = (out for cell in notebook.cells for out in cell.get("outputs", []) if out.get("name") == "stderr")
    return "".join(out["text"] for out in streams)
