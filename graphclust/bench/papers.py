"""A graph of the size of papers100M on one GPU: made there, filtered, clustered.

Features are averaged over neighbours a few times (the rows' lengths divide the sums, so that
no value is stored for an entry), then k-means runs over all rows, in blocks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from graphclust.bench.planted_rows import planted_features, planted_rows
from graphclust.bench.table import row_of
from graphclust.errors import InputError
from graphclust.metrics import nmi
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.randomness import make_generator, randint
from graphclust.sparse import CSR, cpu

T = TypeVar("T")
# Rows that k-means looks at in a block, that it starts from, and that are scored.
_BLOCK = 1 << 18
_SAMPLE = 1 << 18
_SCORED = 1 << 20


@dataclass(frozen=True)
class Size:
    """How big the run is; by default as papers100M, in bfloat16.

    Attributes
    ----------
    nodes, entries, features, clusters : int
    steps : int
        Times that the features are averaged.
    passes : int
        Of k-means over all rows.
    """

    nodes: int = 111_000_000
    entries: int = 1_600_000_000
    features: int = 128
    clusters: int = 172
    steps: int = 2
    passes: int = 5

    def bytes_needed(self) -> int:
        """Return the memory of the features before and after a step, the graph, and its making."""
        rows = 2 * 2 * self.nodes * self.features
        return rows + 4 * self.entries + 40 * self.nodes + (4 << 30)


TINY = Size(nodes=3000, entries=40_000, features=16, clusters=5)


def papers(size: Size, device: torch.device, seed: int) -> Iterator[str]:
    """Yield the lines of a table in Markdown: seconds of each part, and the agreement.

    Raises
    ------
    InputError
        If the GPU has too little free memory.
    """
    if device.type == "cuda" and size.bytes_needed() > torch.cuda.mem_get_info(device)[0]:
        free = torch.cuda.mem_get_info(device)[0]
        raise InputError(
            f"nodes={size.nodes:,}, entries={size.entries:,} need about "
            f"{size.bytes_needed() / 1e9:.0f} GB, and the GPU has {free / 1e9:.0f} GB free: give "
            "less (--nodes, --entries) or a larger GPU"
        )
    yield f"{size.nodes:,} nodes, {size.features} features in bfloat16, {size.clusters} clusters"
    yield ""
    yield row_of(("part", "seconds"))
    yield "|---|---|"
    begin = time.perf_counter()
    generator = make_generator(seed, device)
    matrix, spent = _timed(
        lambda: planted_rows(size.nodes, size.entries, size.clusters, generator), device
    )
    yield row_of((f"make the graph, {matrix.nnz:,} entries", f"{spent:.2f}"))
    x, spent = _timed(
        lambda: planted_features(
            size.nodes, size.features, size.clusters, generator, torch.bfloat16
        ),
        device,
    )
    yield row_of(("make the features", f"{spent:.2f}"))
    average, spent = _timed(lambda: averaging(matrix, device), device)
    yield row_of(("plan the rows", f"{spent:.2f}"))
    for step in range(size.steps):
        x, spent = _timed(lambda: average(x), device)  # noqa: B023 - called at once
        yield row_of((f"average, step {step + 1}", f"{spent:.2f}"))
    labels, spent = _timed(lambda: cluster(x, size.clusters, size.passes, generator), device)
    yield row_of((f"k-means, {size.passes} passes", f"{spent:.2f}"))
    yield row_of(("all", f"{time.perf_counter() - begin:.2f}"))
    yield ""
    found = labels[:_SCORED].cpu()
    planted = torch.arange(len(found)) % size.clusters
    peak = torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else None
    yield f"NMI with the planted clusters, over the first {len(found):,} nodes: " + (
        f"{nmi(planted.numpy(), found.numpy()):.3f}"
    )
    yield f"peak memory on the device: {'not told on a CPU' if peak is None else f'{peak:.1f} GB'}"


def averaging(matrix: CSR, device: torch.device) -> Callable[[Tensor], Tensor]:
    """Return what averages features over each row's entries, its plan made."""
    share = 1.0 / matrix.counts.clamp(min=1).float()
    if device.type != "cuda":
        return lambda x: (cpu.spmm(matrix, x, None) * share[:, None]).to(x.dtype)
    from graphclust.sparse.row_plan import row_plan
    from graphclust.sparse.triton_spmm import spmm

    row_plan(matrix)
    return lambda x: spmm(matrix, x, left=share)


def cluster(x: Tensor, k: int, passes: int, generator: torch.Generator) -> Tensor:
    """Return each row's cluster after Lloyd's passes over all rows, begun on a sample.

    Distances and sums are of 32 bits; a block's sums are products with its memberships, which
    add in a fixed order.
    """
    pick = randint(len(x), min(_SAMPLE, len(x)), generator=generator)
    centers = lloyd(x.index_select(0, pick).float(), k, generator, restarts=1, max_iter=50)
    labels = torch.empty(len(x), dtype=torch.int64, device=x.device)
    for _ in range(passes):
        sums, sizes = torch.zeros_like(centers), centers.new_zeros(k, 1)
        for i in range(0, len(x), _BLOCK):
            block = x[i : i + _BLOCK].float()
            found, _ = nearest_center(block, centers)
            labels[i : i + _BLOCK] = found
            members = torch.zeros(k, len(block), device=x.device)
            members.scatter_(0, found[None], 1.0)
            sums += members @ block
            sizes += members.sum(1, keepdim=True)
        centers = torch.where(sizes > 0, sums / sizes.clamp(min=1), centers)
    return labels


def _timed(work: Callable[[], T], device: torch.device) -> tuple[T, float]:
    begin = time.perf_counter()
    out = work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return out, time.perf_counter() - begin
