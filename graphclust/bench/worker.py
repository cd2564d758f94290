"""``python -m graphclust.bench.worker JOB ROW``: do one job of a benchmark, and nothing else."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

from graphclust.bench.job import Job, fit_row
from graphclust.errors import InputError


def main(task: str, answer: str) -> None:
    """Read the job from one JSON file and write its row into another."""
    job = Job.from_json(json.loads(Path(task).read_text(encoding="utf-8")))
    found: dict[str, Any]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            loaded = job.load()
        except InputError as error:
            found = {"refused": str(error)}
        else:
            found = {"row": fit_row(job, loaded, isolated=True)}
    found["warnings"] = [
        str(w.message) for w in caught if not issubclass(w.category, DeprecationWarning)
    ]
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
