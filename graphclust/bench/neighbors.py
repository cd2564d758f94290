"""``python -m graphclust.bench.neighbors``: searches for neighbours, how fast and how exact.

The rows are planted: clusters of few dimensions, turned into more, with a little noise in all of
them, as features are. Every search runs in a process of its own, whose seconds (of the search, the
compiling of pynndescent included) and peak memory are told; recall is the share of the true
neighbours, by exact search, of some rows that it found.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from graphclust.bench.isolation import package_environment
from graphclust.bench.program import tell
from graphclust.bench.table import row_of
from graphclust.errors import InputError
from graphclust.estimators.run_facts import peak_memory_mb
from graphclust.neighbors import find_neighbors
from graphclust.neighbors.choice import SEARCHES, sampled_recall
from graphclust.randomness import make_generator, randint, randn

HEADS = ("rows", "columns", "search", "seconds", "recall", "peak MB")
_CLUSTERS, _INTRINSIC, _NOISE = 100, 16, 0.05
_BLOCK = 1 << 17


def planted_features(n: int, d: int, seed: int) -> Tensor:
    """Return n rows of 100 clusters, each of 16 dimensions among d, shape (n, d)."""
    generator = make_generator(seed)
    inner = min(_INTRINSIC, d)
    centers = 2.0 * randn(_CLUSTERS, inner, generator=generator)
    turn = randn(inner, d, generator=generator) / inner**0.5
    x = torch.empty(n, d)
    for start in range(0, n, _BLOCK):
        part = x[start : start + _BLOCK]
        m = part.shape[0]
        rows = centers[randint(_CLUSTERS, m, generator=generator)]
        rows = rows + randn(m, inner, generator=generator)
        part.copy_(rows @ turn + _NOISE * randn(m, d, generator=generator))
    return x


def measure(n: int, d: int, k: int, search: str, sample: int, seed: int) -> dict[str, Any]:
    """Return seconds, recall and peak memory of one search in this process."""
    x = planted_features(n, d, seed)
    before = time.perf_counter()
    found = find_neighbors(x, k, "euclidean", search, seed)  # type: ignore[arg-type]
    seconds = time.perf_counter() - before
    memory = peak_memory_mb()
    recall = sampled_recall(x, found.index, "euclidean", sample)
    return {"search": found.search, "seconds": seconds, "recall": recall, "peak_memory_mb": memory}


def compare(
    n: int, d: int, k: int, searches: Sequence[str], sample: int, seed: int
) -> Iterator[str]:
    """Yield the lines of a table in Markdown, a row a search.

    Raises
    ------
    InputError
        If a search cannot be used.
    """
    yield row_of(HEADS)
    yield "|" + "---|" * len(HEADS)
    for search in searches:
        if search not in SEARCHES:
            raise InputError(f"--searches {search}: use some of {', '.join(SEARCHES)}")
        numbers = {"rows": n, "columns": d, "k": k, "sample": sample, "seed": seed}
        options = [part for key, value in numbers.items() for part in (f"--{key}", str(value))]
        command = [sys.executable, "-m", "graphclust.bench.neighbors", "--alone", search, *options]
        done = subprocess.run(
            command, env=package_environment(), capture_output=True, text=True, check=False
        )
        cells = [f"{n:,}", f"{d}", search]
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()
            yield row_of([*cells, f"failed: {said[-1] if said else done.returncode}", "-", "-"])
            continue
        row = json.loads(done.stdout)
        cells += [f"{row['seconds']:.1f}", f"{row['recall']:.4f}", f"{row['peak_memory_mb']:.0f}"]
        yield row_of(cells)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table to standard output, every row when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.neighbors",
        description="Searches for nearest neighbours: seconds, recall and memory.",
    )
    add = parser.add_argument
    add("--rows", type=int, default=100_000, metavar="N", help="100,000 by default")
    add("--columns", type=int, default=64, metavar="N", help="64 by default")
    add("--k", type=int, default=15, metavar="N", help="neighbours of a row; 15 by default")
    add("--searches", nargs="+", default=["auto"], metavar="NAME")
    add("--sample", type=int, default=1000, metavar="N", help="rows that recall is measured on")
    add("--seed", type=int, default=0, metavar="N")
    add("--alone", metavar="NAME", help="measure one search in this process, and print JSON")
    given = parser.parse_args(argv)
    sizes = given.rows, given.columns, given.k

    def answer() -> Iterator[str]:
        if given.alone is not None:
            lines = iter([json.dumps(measure(*sizes, given.alone, given.sample, given.seed))])
        else:
            lines = compare(*sizes, given.searches, given.sample, given.seed)
        yield from lines

    return tell(parser, answer)


if __name__ == "__main__":
    sys.exit(main())
