"""What benchmarks have measured, kept in a folder from one fit to the next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graphclust.bench.job import Job
from graphclust.bench.table import markdown
from graphclust.errors import InputError
from graphclust.estimators.run_facts import versions
from graphclust.whole_files import written_whole

RESULTS_FILE, TABLE_FILE = "results.json", "table.md"
# Rows that agree in these make one line of the table, and so are kept to one setting.
_GROUP = ("dataset", "method", "config")


class Results:
    """The rows of a folder, written after every change, or of no folder.

    Parameters
    ----------
    folder : Path, optional
        ``results.json`` there holds every row and the versions, ``table.md`` the medians.

    Raises
    ------
    InputError
        If the folder is a file, or holds rows that cannot be gone on from.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.rows: list[dict[str, Any]] = []
        if folder is None:
            return
        if folder.is_file():
            raise InputError(f"--out {folder} is a file: give a folder")
        file = folder / RESULTS_FILE
        if file.is_file():
            self.rows = _read(file)

    def find(self, job: Job, isolated: bool) -> dict[str, Any] | None:
        """Return the row of a job that was done before; one that failed is to be tried again."""
        wanted = _plain(job.labels(isolated))
        for row in self.rows:
            if "error" not in row and wanted.items() <= row.items():
                return row
        return None

    def add(self, row: dict[str, Any]) -> None:
        """Keep a row in the place of an earlier one of the same fit.

        Rows of the same data set and method with other settings give way: a line of the table is
        of one setting.
        """
        row = _plain(row)
        self.rows = [r for r in self.rows if not _gives_way(r, row)] + [row]
        self.write()

    def write(self) -> None:
        """Write both files, each whole or not at all."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        document = {"versions": versions(), "rows": self.rows}
        with written_whole(self.folder / RESULTS_FILE) as file:
            file.write(json.dumps(document, indent=1) + "\n")
        with written_whole(self.folder / TABLE_FILE) as file:
            file.write(markdown(self.rows) + "\n")


def _gives_way(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if any(old.get(key) != new[key] for key in _GROUP):
        return False
    alike = all(old.get(key) == new[key] for key in ("settings", "device", "isolated"))
    return not alike or old.get("seed") == new["seed"]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it is read back, tuples as lists."""
    out: dict[str, Any] = json.loads(json.dumps(row))
    return out


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        rows, before = list(document["rows"]), dict(document["versions"])
        if not all(key in row for row in rows for key in (*_GROUP, "seed")):
            raise KeyError("a row does not say what it is of")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{file} cannot be read as results ({error!r}): move it away, or give another folder"
        ) from error
    now = versions()
    for name in sorted(set(before) | set(now)):
        if before.get(name) != now.get(name):
            raise InputError(
                f"{file} was measured with {name} {before.get(name)}, and here is "
                f"{now.get(name)}: give another folder, so that the two are not mixed"
            )
    return rows
