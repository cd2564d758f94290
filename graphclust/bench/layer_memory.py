"""``python -m graphclust.bench.layer_memory GRAPH LAYER WHOSE WIDTH``: one layer's peak memory.

The layer has this process to itself. Told are the process's peak in MB, and how much of it came
on top of what was there before the first step: libraries, graph, features and weights.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from graphclust.bench.isolation import package_environment
from graphclust.bench.peers import layer_contender
from graphclust.estimators.run_facts import peak_memory_mb
from graphclust.sparse import CSR


def measure(graph: Path, layer: str, whose: str, width: int) -> tuple[float, float]:
    """Return peak and increase of a layer in a process of its own; see :func:`save`."""
    words = ["graphclust.bench.layer_memory", str(graph), layer, whose, str(width)]
    said = subprocess.run(
        [sys.executable, "-m", *words],
        env=package_environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    peak, increase = said.split()
    return float(peak), float(increase)


def save(adj: CSR, path: Path) -> None:
    """Write the pattern of a symmetric adjacency for the other process."""
    np.savez(path, rowptr=adj.rowptr.numpy(), col=adj.col.numpy())


def main(graph: str, layer: str, whose: str, width: str) -> None:
    """Take two steps of the layer and write both numbers to standard output."""
    with np.load(graph) as parts:
        rowptr, col = torch.from_numpy(parts["rowptr"]), torch.from_numpy(parts["col"])
    n = rowptr.numel() - 1
    run = layer_contender(layer, whose, CSR(rowptr, col, None, (n, n), symmetric=True), int(width))
    # What libraries take for themselves on first use is no part of the layer.
    layer_contender(layer, whose, _pairs(), int(width))()
    before = _resident()
    run()
    run()
    peak = peak_memory_mb()
    sys.stdout.write(f"{peak:.1f} {peak - before:.1f}\n")


def _pairs() -> CSR:
    nodes = torch.arange(64, dtype=torch.int32)
    rowptr = torch.arange(65, dtype=torch.int32)
    return CSR(rowptr, nodes ^ 1, None, (64, 64), symmetric=True)


def _resident() -> float:
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return peak_memory_mb()
    return int(statm.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main(*sys.argv[1:])
