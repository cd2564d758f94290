"""``python -m graphclust.bench.gpu``: message passing on a GPU, beside cuSPARSE and PyG.

Products are counted as gathers: bytes are those of every entry's row of features, its column and
value, and of the rows written. Their rate is told as a share of what a copy moves, read and
written, in the same run; rows that the cache holds can exceed it. All of a row's figures are
medians of ten calls, on the same device in the same process; a dash stands where the memory did
not suffice, or the device does not tell it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from graphclust.bench.on_device import copy_bandwidth, describe, peak_bytes_of, seconds_of
from graphclust.bench.papers import TINY, Size, papers
from graphclust.bench.peers import stock_propagate
from graphclust.bench.planted_rows import planted_rows
from graphclust.bench.program import tell
from graphclust.bench.table import row_of
from graphclust.encoders import GAT
from graphclust.errors import InputError
from graphclust.graphs.generators import attributed_partition
from graphclust.randomness import make_generator, randn
from graphclust.sparse import CSR, cpu, cuda, spmm
from graphclust.training.run import choose_device

T = TypeVar("T")
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
HEADS = 4
PRODUCTS = (
    "graph", "width", "type", "ours ms", "cuSPARSE ms", "PyG ms", "GB/s", "of copy",
    "ours fwd+bwd ms", "PyG fwd+bwd ms",
)  # fmt: skip
LAYERS = ("graph", "width", "type", "ours ms", "PyG ms", "times", "ours MB", "PyG MB", "times")


@dataclass(frozen=True)
class Named:
    """A graph and what the tables call it."""

    name: str
    matrix: CSR

    @property
    def edge_index(self) -> Tensor:
        """What PyG takes: from columns to rows."""
        return self.matrix.edge_index.flip(0)


def graphs(tiny: bool, seed: int, device: torch.device) -> Iterator[Named]:
    """Yield two power-law graphs that caches hold, and one whose features exceed them."""
    for n, m in [(300, 600)] if tiny else [(20_000, 250_000), (170_000, 600_000)]:
        data = attributed_partition(n, m, 10, make_generator(seed, "cpu"), n_features=0)
        row, col = data.edge_index
        matrix = CSR.from_edges(row, col, None, (n, n), symmetric=True).to(device)
        yield Named(f"{n:,} / {matrix.nnz:,}", matrix.normalized("sym"))
    n, m = (300, 4000) if tiny else (2_000_000, 60_000_000)
    matrix = planted_rows(n, m, 10, make_generator(seed, device)).normalized("row")
    yield Named(f"{n:,} / {matrix.nnz:,}", matrix)


def products(graph: Named, width: int, kind: str, copied: float) -> str:
    """Return a row of the table of products."""
    matrix, device = graph.matrix, graph.matrix.device
    x = randn(matrix.shape[1], width, generator=make_generator(0, device)).to(TYPES[kind])
    weight = matrix.values.to(x.dtype)
    backend = cuda if x.is_cuda else cpu
    mine = _seconds(partial(backend.spmm, matrix, x, weight), device)
    # On the CPU torch's CSR product knows no bfloat16.
    known = x.is_cuda or x.dtype == torch.float32
    csr = _seconds(partial(cuda.cusparse, matrix, x, weight), device) if known else None
    stock, pyg = stock_propagate(), (x, graph.edge_index, weight)
    scattered = _seconds(lambda: stock(*pyg), device)
    grown = x.requires_grad_()
    both = _seconds(lambda: _both(spmm(matrix, grown), grown), device)
    pyg_both = _seconds(lambda: _both(stock(grown, *pyg[1:]), grown), device)
    rate = gathered_bytes(matrix, x) / mine if mine else None
    return row_of(
        [
            graph.name, str(width), kind, _ms(mine), _ms(csr), _ms(scattered),
            "-" if rate is None else f"{rate / 1e9:.0f}",
            "-" if rate is None else f"{rate / copied:.0%}", _ms(both), _ms(pyg_both),
        ]
    )  # fmt: skip


def gathered_bytes(matrix: CSR, x: Tensor) -> int:
    """Return the bytes of a product: a row of features, a column and a value for each entry."""
    row = x.shape[1] * x.element_size()
    entry = row + matrix.col.element_size() + x.element_size()
    return matrix.nnz * entry + matrix.shape[0] * (row + matrix.rowptr.element_size())


def layers(graph: Named, width: int, kind: str) -> str:
    """Return a row of the table of attention layers, forward and backward."""
    from torch_geometric.nn import GATConv

    matrix, device = graph.matrix, graph.matrix.device
    generator = make_generator(0, device)
    x = randn(matrix.shape[1], width, generator=generator).to(TYPES[kind]).requires_grad_()
    ours = GAT(width, heads=HEADS).build(width, make_generator(0, "cpu")).to(device, x.dtype)
    # PyG's is spared what can be done once: self-loops are in its edges already.
    theirs = GATConv(width, width // HEADS, heads=HEADS, add_self_loops=False).to(device, x.dtype)
    edge_index = Named(graph.name, matrix.with_self_loops(1.0)).edge_index
    works: tuple[Callable[[], Any], ...] = (
        lambda: _both(ours(x, matrix), x, *ours.parameters()),
        lambda: _both(theirs(x, edge_index), x, *theirs.parameters()),
    )
    mine, stock = (_seconds(work, device) for work in works)
    held, peer = (_unless_full(partial(peak_bytes_of, work, device)) for work in works)
    return row_of(
        [
            graph.name, str(width), kind, _ms(mine), _ms(stock), _times(stock, mine),
            _mb(held), _mb(peer), _times(peer, held),
        ]
    )  # fmt: skip


def tables(
    device: torch.device, widths: Sequence[int], kinds: Sequence[str], tiny: bool, seed: int
) -> Iterator[str]:
    """Yield the lines of both tables in Markdown."""
    copied = copy_bandwidth(device, 1 << 20 if tiny else 1 << 30)
    yield f"{describe(device)}; a copy moves {copied / 1e9:.0f} GB/s"
    for title, heads in ("Products", PRODUCTS), (f"GAT, {HEADS} heads", LAYERS):
        yield from ("", title, "", row_of(heads), "|" + "---|" * len(heads))
        for graph in graphs(tiny, seed, device):
            for kind in kinds:
                for width in widths:
                    if heads is PRODUCTS:
                        yield products(graph, width, kind, copied)
                    else:
                        yield layers(graph, width, kind)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the tables to standard output, every row when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.gpu",
        description="Message passing on a GPU, beside cuSPARSE and PyG.",
    )
    add = parser.add_argument
    add("--device", default="cuda", metavar="NAME", help="cuda by default; cpu tries the program")
    add("--tiny", action="store_true", help="small sizes, to try the program")
    add("--widths", type=int, nargs="+", default=[64, 128, 256, 512], metavar="N")
    add("--types", nargs="+", choices=tuple(TYPES), default=list(TYPES))
    add("--seed", type=int, default=0, metavar="N", help="0 by default")
    add("--papers", action="store_true", help="the run of papers100M's size instead of tables")
    add("--nodes", type=int, default=Size.nodes, metavar="N", help="of --papers")
    add("--entries", type=int, default=Size.entries, metavar="N", help="of --papers")
    given = parser.parse_args(argv)

    def answer() -> Iterator[str]:
        device = choose_device(given.device)
        if device.type == "cuda" and not cuda.has_triton():
            raise InputError("triton is not installed; it comes with torch's CUDA wheels for Linux")
        if given.papers:
            size = TINY if given.tiny else Size(nodes=given.nodes, entries=given.entries)
            lines = papers(size, device, given.seed)
        else:
            lines = tables(device, given.widths, given.types, given.tiny, given.seed)
        yield from lines

    return tell(parser, answer)


def _both(out: Tensor, *given: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(out, given, torch.ones_like(out))


def _seconds(work: Callable[[], Any], device: torch.device) -> float | None:
    return _unless_full(lambda: seconds_of(work, device))


def _unless_full(measure: Callable[[], T]) -> T | None:
    """Return what is measured, or None where the GPU's memory does not suffice for it."""
    try:
        return measure()
    except torch.OutOfMemoryError:
        torch.cuda.empty_cache()
        return None


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1e3 * seconds:.3f}"


def _mb(size: int | None) -> str:
    return "-" if size is None else f"{size / 1e6:.0f}"


def _times(theirs: float | None, ours: float | None) -> str:
    return f"{theirs / ours:.1f}" if theirs and ours else "-"


if __name__ == "__main__":
    sys.exit(main())
