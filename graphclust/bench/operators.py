"""``python -m graphclust.bench.operators``: sparse operators and layers beside their peers.

On planted graphs with power-law degrees and shuffled nodes, forward and backward together:
products with the normalised adjacency (the default), layers (``--layers``) or modularity
(``--modularity``). Contenders take turns in one process, with the same threads, numbers and
allocator, after their answers were compared.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

import torch

from graphclust.bench.layer_memory import measure, save
from graphclust.bench.peers import (
    LAYERS,
    layer_contender,
    modularity_contenders,
    product_contenders,
)
from graphclust.bench.program import tell
from graphclust.bench.race import agree, copy_contender, race, spread
from graphclust.bench.table import row_of
from graphclust.errors import InputError
from graphclust.graphs.generators import attributed_partition
from graphclust.randomness import make_generator
from graphclust.sparse import CSR

OURS = "graphclust"
Timed = Callable[[Mapping[str, Callable[[], object]]], dict[str, list[float]]]


def products(graphs: Sequence[CSR], widths: Sequence[int], timed: Timed) -> Iterator[str]:
    """Yield a table: seconds of the product by contender, and bytes/s beside a copy's.

    Gathers are counted: entries x width x 4 bytes, in either pass. A copy reads and writes.
    """
    heads = ["nodes", "entries", "width", OURS, "PyG propagate", "EdgeIndex.matmul"]
    yield from _heading([*heads, "torch.sparse CSR", "GB/s", "of a copy"])
    copy, moved = copy_contender()
    gains: dict[str, list[float]] = {}
    for adj in graphs:
        for width in widths:
            contenders = product_contenders(adj, width)
            agree(contenders)
            seconds = timed({**contenders, "copy": copy})
            middle = {name: median(taken) for name, taken in seconds.items()}
            nnz = adj.normalized("sym", 1.0).nnz
            rate, most = 8 * nnz * width / middle[OURS], moved / middle["copy"]
            cells = [*_facts(adj, width), *(spread(seconds[name]) for name in contenders)]
            yield row_of([*cells, f"{rate / 1e9:.1f}", f"{rate / most:.2f}"])
            for name in contenders:
                gains.setdefault(name, []).append(middle[name] / middle[OURS])
            gains.setdefault("copy", []).append(rate / most)
    share = gains.pop("copy")
    yield ""
    yield f"Of a copy's bandwidth: median {median(share):.2f}, least {min(share):.2f}."
    yield from _gains(gains)


def layers(graphs: Sequence[CSR], widths: Sequence[int], timed: Timed) -> Iterator[str]:
    """Yield a table: seconds and peak memory of layers, ours and PyG's."""
    yield from _heading(
        ["nodes", "entries", "width", "layer", OURS, "PyG", "faster", "peak MB", "PyG's",
         "on top of the data", "PyG's", "share"]
    )  # fmt: skip
    for adj in graphs:
        with tempfile.TemporaryDirectory(prefix="graphclust-operators-") as folder:
            save(adj, path := Path(folder, "graph.npz"))
            for width in widths:
                for kind in LAYERS:
                    both = {w: layer_contender(kind, w, adj, width) for w in (OURS, "PyG")}
                    # What rounds to the other side of a ReLU's kink has another gradient.
                    agree(both, 1e-5 if kind == "gcn" else 2e-3)
                    seconds = timed(both)
                    gain = median(seconds["PyG"]) / median(seconds[OURS])
                    mine, theirs = (measure(path, kind, whose, width) for whose in both)
                    yield row_of(
                        [*_facts(adj, width), kind, *(spread(taken) for taken in seconds.values()),
                         f"{gain:.1f}", f"{mine[0]:.0f}", f"{theirs[0]:.0f}", f"{mine[1]:.0f}",
                         f"{theirs[1]:.0f}", f"{mine[1] / theirs[1]:.2f}"]
                    )  # fmt: skip


def modularities(graphs: Sequence[CSR], widths: Sequence[int], timed: Timed) -> Iterator[str]:
    """Yield a table: seconds of modularity and its gradient, k the width."""
    yield from _heading(["nodes", "entries", "k", OURS, "torch.sparse.mm"])
    gains: dict[str, list[float]] = {}
    for adj in graphs:
        for width in widths:
            contenders = modularity_contenders(adj, width)
            agree(contenders, 1e-4)
            seconds = timed(contenders)
            yield row_of([*_facts(adj, width), *(spread(taken) for taken in seconds.values())])
            for name, taken in seconds.items():
                gains.setdefault(name, []).append(median(taken) / median(seconds[OURS]))
    yield ""
    yield from _gains(gains)


def planted(n_nodes: int, n_entries: int, seed: int) -> CSR:
    """Return a graph with power-law degrees, without features."""
    if n_nodes < 40 or n_entries < 2:
        raise InputError(f"{n_nodes} nodes, {n_entries} entries: give 40 and 2 at least")
    draw = make_generator(seed)
    ends = attributed_partition(n_nodes, n_entries // 2, 20, draw, n_features=0).edge_index
    return CSR.from_edges(ends[0], ends[1], None, (n_nodes, n_nodes), symmetric=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Write a table to standard output, every row when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.operators",
        description="Sparse operators and layers beside their peers, forward and backward.",
    )
    add = parser.add_argument
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--layers", action="store_true", help="layers, with their peak memory")
    what.add_argument("--modularity", action="store_true", help="modularity; widths are clusters")
    add("--nodes", type=int, nargs="+", default=[20_000, 170_000], metavar="N")
    add("--entries", type=int, nargs="+", default=[500_000, 1_200_000], metavar="N")
    add("--widths", type=int, nargs="+", metavar="N", help="64 128 256 512 by default, or fitting")
    add("--repetitions", type=int, default=7, metavar="N", help="7 by default")
    add("--busy", action="store_true", help="count the process's CPU seconds: others' are left out")
    add("--threads", type=int, metavar="N", help="as torch is set, by default")
    add("--seed", type=int, default=0, metavar="N", help="of the graphs, 0 by default")
    given = parser.parse_args(argv)
    # PyG and torch announce betas; which contender is in beta is not what is measured here.
    warnings.filterwarnings("ignore", message=".*(beta|invariant checks).*")
    if given.threads:
        torch.set_num_threads(given.threads)
    table, widths = products, [64, 128, 256, 512]
    if given.layers:
        table, widths = layers, [128, 256]
    elif given.modularity:
        table, widths = modularities, [16, 64]

    def answer() -> Iterator[str]:
        if len(given.nodes) != len(given.entries):
            raise InputError(
                f"--nodes has {len(given.nodes)} numbers and --entries {len(given.entries)}: give "
                "one of each for every graph"
            )
        sizes = zip(given.nodes, given.entries, strict=True)
        graphs = [planted(n, entries, given.seed) for n, entries in sizes]
        clock = time.process_time if given.busy else time.perf_counter
        timed = partial(race, repetitions=given.repetitions, clock=clock)
        lines = table(graphs, given.widths or widths, timed)
        threads = torch.get_num_threads()
        kind = "of the CPU" if given.busy else "of the clock"
        note = f"torch {torch.__version__}, {threads} threads, milliseconds {kind}: median (range)"
        yield from chain((note, ""), lines)

    return tell(parser, answer)


def _heading(heads: Sequence[str]) -> Iterator[str]:
    yield row_of(heads)
    yield "|" + "---|" * len(heads)


def _facts(adj: CSR, width: int) -> list[str]:
    return [f"{adj.shape[0]:,}", f"{adj.nnz:,}", str(width)]


def _gains(gains: dict[str, list[float]]) -> Iterator[str]:
    for name, ratios in gains.items():
        if name != OURS:
            yield (
                f"Faster than {name}: median {median(ratios):.1f} times, "
                f"least {min(ratios):.1f}, most {max(ratios):.1f}."
            )


if __name__ == "__main__":
    sys.exit(main())
