"""``python -m graphclust.bench.growth``: time and memory of methods on planted graphs of any size.

Every graph is made once and written to a temporary folder; every method reads it there in a
process of its own, whose seconds (of the fit) and peak memory (of the process, data and libraries
included) are told, with the agreement of its clusters with the planted ones. After the rows stands
how each method's seconds grow with the edges; ``--plot FILE`` draws them. With ``--memory`` the
graphs are imported into stores, from which the methods are fitted in so much memory beside the
libraries'. With ``--rows`` the graphs are those of planted vectors' nearest neighbours, as the
graph of a table is, and seconds are told over the rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphclust.bench.growth_plot import Fit, drawing, slope
from graphclust.bench.isolation import fit_isolated
from graphclust.bench.job import Job, store
from graphclust.bench.program import tell
from graphclust.bench.table import row_of
from graphclust.errors import InputError
from graphclust.estimators.resolution import named_method
from graphclust.estimators.run_folder import check_labels_format
from graphclust.graphs.generators import attributed_partition
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.rows import graph_of_rows
from graphclust.graphs.stores import import_edges
from graphclust.methods import InBatches, Method
from graphclust.randomness import make_generator
from graphclust.training import Neighbors
from graphclust.training.run import choose_device
from graphclust.whole_files import written_whole

HEADS = ("nodes", "edges", "method", "seconds", "peak MB", "NMI")
# How far the centres of planted rows lie from the origin, in deviations of their noise.
_APART = 4.0


def growth(
    sizes: Sequence[tuple[int, int | None]],
    methods: Sequence[str],
    *,
    features: int = 64,
    clusters: int = 10,
    seed: int = 0,
    device: str = "auto",
    epochs: int | None = None,
    batch_sizes: Sequence[int] = (0,),
    plot: Path | None = None,
    memory: str | None = None,
) -> Iterator[str]:
    """Yield the lines of a table in Markdown, a row a graph and method, then how time grows.

    Parameters
    ----------
    sizes : sequence of (int, int or None)
        Nodes and undirected edges of each graph; with ``None`` it is the neighbour graph of as
        many planted rows.
    methods : sequence of str
        Fitted as they are set by default but for the following, and told the number of clusters.
    features, clusters : int
        Of every graph; see :func:`attributed_partition`.
    seed : int
        Of the graphs and the fits.
    device : str
    epochs : int, optional
        Of every method that has epochs; with batches, one has a step for each of them.
    batch_sizes : sequence of int
        Every method is fitted with each: nodes of a batch, 0 for the whole graph in each step.
    plot : Path, optional
        Where the drawing is written, an SVG, when all is done.
    memory : str, optional
        What a fit may use, such as ``"4GB"``: it reads a store on disk.

    Raises
    ------
    InputError
        If a size, a method or the device cannot be used.
    """
    chosen = [(name, size, _method(name, epochs, size)) for name in methods for size in batch_sizes]
    place = choose_device(device)
    found: dict[str, list[Fit]] = {}
    over = "rows" if all(m is None for _, m in sizes) else "edges"
    yield row_of(HEADS)
    yield "|" + "---|" * len(HEADS)
    for n, m in sizes:
        with tempfile.TemporaryDirectory(prefix="graphclust-growth-") as folder:
            edges = _write(n, m, clusters, features, seed, memory, Path(folder))
            for name, size, method in chosen:
                job = Job(
                    "planted", method, seed=seed, device=place.type, folder=folder, memory=memory
                )
                row = fit_isolated(job)
                title = f"{name}, batches of {size:,}" if size else name
                title += f", a store in {memory}" if memory else ""
                cells = [f"{n:,}", f"{edges:,}", title]
                if "error" in row:
                    cells += [f"failed: {row['error']}", "-", "-"]
                else:
                    cells += [f"{row['seconds']:.1f}", f"{row['peak_memory_mb']:.0f}"]
                    cells += [f"{row['nmi']:.3f}"]
                    size_of = n if over == "rows" else edges
                    fit = Fit(size_of, row["seconds"], row["peak_memory_mb"])
                    found.setdefault(title, []).append(fit)
                yield row_of(cells)
    yield ""
    for title, fits in found.items():
        rate = slope(fits)
        if rate is not None:
            yield f"{title}: seconds grow as {over} to the power of {rate:.2f} ({len(fits)} sizes)"
    if plot is not None:
        with written_whole(plot) as file:
            file.write(drawing(found, over))


def _write(
    n: int,
    m: int | None,
    clusters: int,
    features: int,
    seed: int,
    memory: str | None,
    folder: Path,
) -> int:
    """Write a graph, which is let go then, and return the number of its edges."""
    data = _planted(n, m, clusters, features, seed)
    edges = int(data.num_edges) // 2
    if memory is None:
        store(data, folder)
        return edges
    import pyarrow as pa
    import pyarrow.parquet as pq

    # In a folder of its own: what the methods read is all that is left in the other.
    with tempfile.TemporaryDirectory(prefix="graphclust-growth-") as aside:
        files = [Path(aside) / name for name in ("edges.parquet", "x.npy", "y.npy")]
        ends = dict(zip(("source", "target"), data.edge_index[:, :edges].numpy(), strict=True))
        pq.write_table(pa.table(ends), files[0])
        np.save(files[1], data.x.numpy(), allow_pickle=False)
        np.save(files[2], data.y.numpy(), allow_pickle=False)
        del data, ends
        folder.rmdir()
        import_edges(files[0], folder, features=files[1], labels=files[2], memory=memory)
    return edges


def _planted(n: int, m: int | None, clusters: int, features: int, seed: int) -> Any:
    generator = make_generator(seed, "cpu")
    if m is not None:
        return attributed_partition(n, m, clusters, generator, features)
    rows = attributed_partition(n, n, clusters, generator, features, separation=_APART)
    return Loaded(graph_of_rows(rows.x, name="planted"), rows.y.numpy()).to_data()


def _method(name: str, epochs: int | None, size: int) -> Method:
    method = named_method(name)
    if epochs is not None and "epochs" in method.argument_names():
        method = method.replace(epochs=epochs)
    return InBatches(method, Neighbors(size)) if size else method


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table to standard output, every row when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.growth",
        description="Time and memory of methods on planted graphs of any size.",
    )
    add = parser.add_argument
    add("--nodes", type=int, nargs="+", default=[], metavar="N", help="of each graph")
    add("--edges", type=int, nargs="+", default=[], metavar="N", help="undirected, of each")
    add(
        "--rows",
        type=int,
        nargs="+",
        default=[],
        metavar="N",
        help="instead of both: neighbour graphs of so many planted vectors",
    )
    add("--features", type=int, default=64, metavar="N", help="64 by default")
    add("--clusters", type=int, default=10, metavar="N", help="10 by default")
    add("--seed", type=int, default=0, metavar="N", help="0 by default")
    add("--methods", nargs="+", default=["default"], metavar="NAME")
    add("--epochs", type=int, metavar="N", help="instead of each method's own")
    add(
        "--batch-sizes",
        type=int,
        nargs="+",
        default=[0],
        metavar="N",
        help="fit every method in batches of so many nodes; 0, the default, takes all in a step",
    )
    add(
        "--memory",
        metavar="SIZE",
        help="import each graph into a store and fit from it in so much memory, such as 4GB, "
        "beside the libraries'; needs pyarrow",
    )
    add("--plot", metavar="FILE", type=Path, help="draw seconds and memory over edges, an SVG")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    given = parser.parse_args(argv)

    def answer() -> Iterator[str]:
        if len(given.nodes) != len(given.edges):
            raise InputError(
                f"--nodes has {len(given.nodes)} numbers and --edges {len(given.edges)}: give one "
                "of each for every graph"
            )
        if given.memory:
            check_labels_format("parquet")  # that pyarrow is there, before a graph is made
        if given.memory and given.rows:
            raise InputError(
                "--memory is for --nodes and --edges: a store keeps no neighbour graph"
            )
        if bool(given.nodes) == bool(given.rows):
            raise InputError("give --nodes and --edges of graphs, or --rows of planted vectors")
        sizes = zip(given.nodes, given.edges, strict=True)
        lines = growth(
            [(n, None) for n in given.rows] or [*sizes],
            given.methods,
            features=given.features,
            clusters=given.clusters,
            seed=given.seed,
            device=given.device,
            epochs=given.epochs,
            batch_sizes=given.batch_sizes,
            plot=given.plot,
            memory=given.memory,
        )
        yield from lines

    return tell(parser, answer)


if __name__ == "__main__":
    sys.exit(main())
