"""``python -m graphclust.bench.ranks``: seconds of an epoch on one process and on several.

Planted graphs with power-law degrees; every number of ranks trains the same network from the same
start, in processes of their own on this machine, with the same threads each. Beside the seconds:
the processor's seconds of the first rank (which others on the machine do not lengthen, and how
many times less than one process needs: what can be gained where every rank has its cores), how far
the losses are from one process's, and how many rows of others a rank fetches for a product.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from graphclust.bench.isolation import package_environment
from graphclust.bench.job import store
from graphclust.bench.program import tell
from graphclust.bench.race import spread
from graphclust.bench.table import row_of
from graphclust.errors import InputError
from graphclust.graphs.generators import attributed_partition
from graphclust.randomness import make_generator

HEADS = ("nodes", "edges", "method", "ranks", "threads of each", "ms an epoch", "faster than one",
         "CPU ms of a rank", "less than one's", "loss off by", "rows fetched")  # fmt: skip
WORKER = "graphclust.bench.rank_worker"


def ranks_table(
    sizes: Sequence[tuple[int, int]],
    methods: Sequence[str],
    ranks: Sequence[int],
    threads: Sequence[int],
    task: dict[str, Any],
) -> Iterator[str]:
    """Yield the lines of a table in Markdown, a row a graph, method, threads and ranks.

    Parameters
    ----------
    sizes : sequence of (int, int)
        Nodes and undirected edges of each graph.
    methods : sequence of str
    ranks : sequence of int
        Numbers of processes; 1 first, since the others are held against it.
    threads : sequence of int
        Of each process.
    task : dict
        ``epochs``, ``clusters``, ``features``, ``seed`` and ``device``.

    Raises
    ------
    InputError
        If a rank comes to a bad end.
    """
    yield row_of(HEADS)
    yield "|" + "---|" * len(HEADS)
    for n, m in sizes:
        with tempfile.TemporaryDirectory(prefix="graphclust-ranks-") as folder:
            draw = make_generator(task["seed"])
            store(
                attributed_partition(n, m, task["clusters"], draw, task["features"]), Path(folder)
            )
            for method in methods:
                for count in threads:
                    one: dict[str, Any] | None = None
                    for size in ranks:
                        facts = {**task, "method": method, "threads": count, "folder": folder}
                        found = trained(size, facts)
                        one = one or found
                        yield row_of([f"{n:,}", f"{m:,}", method, *_cells(size, count, found, one)])


def trained(size: int, task: dict[str, Any]) -> dict[str, Any]:
    """Return what so many processes found: the seconds of each epoch, and each epoch's loss.

    Raises
    ------
    InputError
        With the last words of a process that failed.
    """
    answer = Path(task["folder"], "answer.json")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {**package_environment(), "OMP_NUM_THREADS": str(task["threads"])}
    if size > 1:
        shared |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        shared |= {"WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size)}
    command = [sys.executable, "-m", WORKER, json.dumps({**task, "answer": str(answer)})]
    processes = [
        subprocess.Popen(
            command,
            env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)} if size > 1 else shared,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(size)
    ]
    try:
        said = [process.communicate()[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    for rank, (process, words) in enumerate(zip(processes, said, strict=True)):
        if process.returncode != 0:
            last = (words.strip().splitlines() or ["no word"])[-1]
            raise InputError(f"rank {rank} of {size} ended with {process.returncode}: {last}")
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def _cells(size: int, threads: int, found: dict[str, Any], one: dict[str, Any]) -> list[str]:
    gain, less = (median(one[key]) / median(found[key]) for key in ("seconds", "cpu"))
    pairs = list(zip(found["losses"], one["losses"], strict=True))
    off = max(abs(a - b) / max(1.0, abs(b)) for a, b in pairs)
    return [
        str(size),
        str(threads),
        spread(found["seconds"]),
        f"{gain:.2f}" if found is not one else "",
        spread(found["cpu"]),
        f"{less:.2f}" if found is not one else "",
        f"{off:.1e}" if found is not one else "",
        f"{100 * found['fetched']:.0f} % of own" if size > 1 else "",
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table to standard output, every row when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.ranks",
        description="Seconds of an epoch on one process and on several.",
    )
    add = parser.add_argument
    add("--nodes", type=int, nargs="+", default=[170_000], metavar="N", help="of each graph")
    add("--edges", type=int, nargs="+", default=[1_200_000], metavar="N", help="undirected")
    add("--methods", nargs="+", default=["dmon", "mincut", "dgi"], metavar="NAME")
    add("--ranks", type=int, nargs="+", default=[1, 2], metavar="N", help="1 and 2 by default")
    add("--threads", type=int, nargs="+", default=[1], metavar="N", help="of each process")
    add("--epochs", type=int, default=10, metavar="N", help="10 by default; two more are left out")
    add("--features", type=int, default=128, metavar="N", help="128 by default")
    add("--clusters", type=int, default=40, metavar="N", help="40 by default")
    add("--seed", type=int, default=0, metavar="N", help="of graphs and fits, 0 by default")
    add("--device", choices=("cpu", "cuda"), default="cpu")
    given = parser.parse_args(argv)

    def answer() -> Iterator[str]:
        if len(given.nodes) != len(given.edges):
            raise InputError(
                f"--nodes has {len(given.nodes)} numbers and --edges {len(given.edges)}: give one "
                "of each for every graph"
            )
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        yield from (f"{cores} cores for all processes together.", "")
        task = {key: getattr(given, key) for key in ("epochs", "features", "clusters", "seed")}
        sizes = list(zip(given.nodes, given.edges, strict=True))
        table = ranks_table(
            sizes, given.methods, given.ranks, given.threads, {**task, "device": given.device}
        )
        yield from table

    return tell(parser, answer)


if __name__ == "__main__":
    sys.exit(main())
