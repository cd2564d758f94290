"""A fit in a process of its own, whose memory is that fit's and whose death ends only itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from graphclust.bench.job import Job, failed_row
from graphclust.errors import InputError

WORKER = "graphclust.bench.worker"


def fit_isolated(job: Job) -> dict[str, Any]:
    """Return the row of a job that is fitted in another process; see :func:`fit_row`.

    Raises
    ------
    InputError
        If the job's data cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix="graphclust-bench-") as folder:
        task, answer = Path(folder, "job.json"), Path(folder, "row.json")
        task.write_text(json.dumps(job.to_json()), encoding="utf-8")
        # If this process is interrupted meanwhile, run() ends the other one first.
        ended = subprocess.run(
            [sys.executable, "-m", WORKER, str(task), str(answer)],
            env=package_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            return failed_row(job, _last_words(ended), isolated=True)
        found = json.loads(answer.read_text(encoding="utf-8"))
    for text in found["warnings"]:
        warnings.warn(text, stacklevel=2)
    if "refused" in found:
        raise InputError(found["refused"])
    row: dict[str, Any] = found["row"]
    return row


def package_environment() -> dict[str, str]:
    """Return this process's, in which the other one finds this very package."""
    here = str(Path(__file__).parents[2])
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _last_words(ended: subprocess.CompletedProcess[str]) -> str:
    said = ended.stderr.strip().splitlines()
    if ended.returncode < 0:
        name = signal.Signals(-ended.returncode).name
        return f"the process was ended by {name} (SIGKILL: the system's memory ran out, as a rule)"
    return f"the process ended with status {ended.returncode}: {said[-1] if said else 'no word'}"
