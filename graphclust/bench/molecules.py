"""``python -m graphclust.bench.molecules FILE``: the whole command, over more and more molecules.

The first so many rows of a csv are written to a file, and ``graphclust fit`` runs on it in a
process of its own, as somebody would type it: reading, fitting and writing are all in its seconds,
and its peak memory is the process's, libraries included. Below the rows stands how the seconds grow
with the molecules; ``--plot FILE`` draws them.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from graphclust.bench.growth_plot import Fit, drawing, slope
from graphclust.bench.isolation import package_environment
from graphclust.bench.program import tell
from graphclust.bench.table import row_of
from graphclust.errors import InputError
from graphclust.whole_files import written_whole

HEADS = ("rows", "seconds", "processor's seconds", "peak MB")


class Taken(NamedTuple):
    """What a command took: by the clock, by its processors, and at most of memory."""

    seconds: float
    processor: float
    megabytes: float


def molecules(
    source: Path, sizes: Sequence[int], clusters: int, busy: bool, plot: Path | None
) -> Iterator[str]:
    """Yield the lines of a table in Markdown, a row a size, then how time grows.

    Parameters
    ----------
    source : Path
        A csv of molecules with a header.
    sizes : sequence of int
        How many of its rows, from the first on.
    clusters : int
    busy : bool
        Judge growth by the processor's seconds, which leave out the time that others had it.
    plot : Path, optional
        Where the drawing is written, an SVG.

    Raises
    ------
    InputError
        If the file has fewer rows, or the command fails.
    """
    fits = []
    yield row_of(HEADS)
    yield "|" + "---|" * len(HEADS)
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="graphclust-molecules-") as folder:
            part = _first_rows(source, size, Path(folder, "part.csv"))
            taken = _fit(part, clusters, Path(folder, "run"))
        shown = taken.processor if busy else taken.seconds
        fits.append(Fit(size, shown, taken.megabytes))
        cells = [f"{taken.seconds:.1f}", f"{taken.processor:.1f}", f"{taken.megabytes:.0f}"]
        yield row_of([f"{size:,}", *cells])
    rate = slope(fits)
    if rate is not None:
        yield ""
        yield f"seconds grow as molecules to the power of {rate:.2f} ({len(fits)} sizes)"
    if plot is not None:
        with written_whole(plot) as file:
            file.write(drawing({"default": fits}, "molecules"))


def _first_rows(source: Path, size: int, target: Path) -> Path:
    with source.open(newline="", encoding="utf-8") as given:
        rows = list(islice(csv.reader(given), size + 1))
    if len(rows) <= size:
        raise InputError(f"{source} has {len(rows) - 1} rows, fewer than {size}: give less")
    with target.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return target


def _fit(source: Path, clusters: int, out: Path) -> Taken:
    command = [sys.executable, "-m", "graphclust", "fit", str(source), "--as", "molecules"]
    command += ["--skip-invalid", "--n-clusters", str(clusters), "--out", str(out)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, env=package_environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=said,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            words = said.read().strip().splitlines() or [f"status {process.returncode}"]
            raise InputError(f"the command failed: {words[-1]}")
    return Taken(seconds, used.ru_utime + used.ru_stime, _megabytes(used))


def _megabytes(used: resource.struct_rusage) -> float:
    # macOS counts bytes, Linux kibibytes.
    return used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table to standard output, every row when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.molecules",
        description="Time and memory of the whole command over more and more molecules.",
    )
    add = parser.add_argument
    add("source", type=Path, metavar="FILE", help="a csv of molecules")
    add("--sizes", type=int, nargs="+", default=[5000, 10_000, 20_000, 40_000], metavar="N")
    add("--clusters", type=int, default=10, metavar="K", help="10 by default")
    add("--busy", action="store_true", help="judge by the processor's seconds")
    add("--plot", metavar="FILE", type=Path, help="draw seconds and memory, an SVG")
    given = parser.parse_args(argv)

    def answer() -> Iterator[str]:
        if not given.source.is_file():
            raise InputError(f"{given.source} does not exist: check the path")
        yield from molecules(given.source, given.sizes, given.clusters, given.busy, given.plot)

    return tell(parser, answer)


if __name__ == "__main__":
    sys.exit(main())
