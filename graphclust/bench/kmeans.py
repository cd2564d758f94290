"""``python -m graphclust.bench.kmeans``: k-means of ours beside scikit-learn's, on planted rows.

Every variant runs on the same rows with one start, as many threads and iterations at most; time
is that of the whole call, seeds included, and inertia is told over scikit-learn's.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from sklearn.cluster import KMeans, MiniBatchKMeans
from torch import Tensor

from graphclust.bench.program import tell
from graphclust.bench.table import row_of
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.neighbors.mini_batch import mini_batch_kmeans
from graphclust.randomness import make_generator, randint, randn

HEADS = ("rows", "k", "variant", "seconds", "inertia / scikit-learn's")
BATCH = 4096


def planted_rows(n: int, d: int, k: int, seed: int) -> Tensor:
    """Return n rows around k centres, shape (n, d)."""
    generator = make_generator(seed)
    centers = randn(k, d, generator=generator)
    return centers[randint(k, n, generator=generator)] + 1.5 * randn(n, d, generator=generator)


def variants(z: Tensor, k: int, seed: int, max_iter: int) -> dict[str, Callable[[], Tensor]]:
    """Return what is compared: each gives centres."""
    rows = z.numpy()

    def theirs(kind: type[KMeans] | type[MiniBatchKMeans], **more: int) -> Tensor:
        fitted = kind(k, n_init=1, max_iter=max_iter, random_state=seed, **more).fit(rows)
        return torch.from_numpy(np.asarray(fitted.cluster_centers_, dtype=np.float32))

    def ours(**how: str) -> Tensor:
        return lloyd(z, k, make_generator(seed), restarts=1, max_iter=max_iter, **how)  # type: ignore[arg-type]

    return {
        "scikit-learn": lambda: theirs(KMeans),
        "ours, k-means++": ours,
        "ours, k-means parallel": lambda: ours(seeding="k-means||"),
        "scikit-learn, batches": lambda: theirs(MiniBatchKMeans, batch_size=BATCH),
        "ours, batches": lambda: mini_batch_kmeans(
            z, k, make_generator(seed), BATCH, restarts=1, max_iter=max_iter
        ),
    }


def compare(
    n: int, d: int, ks: Sequence[int], repetitions: int, seed: int, max_iter: int
) -> Iterator[str]:
    """Yield the lines of a table in Markdown: medians over the repetitions, interleaved."""
    yield row_of(HEADS)
    yield "|" + "---|" * len(HEADS)
    for k in ks:
        z = planted_rows(n, d, k, seed)
        taken: dict[str, list[tuple[float, float]]] = {}
        for repetition in range(repetitions):
            for name, fit in variants(z, k, seed + repetition, max_iter).items():
                began = time.perf_counter()
                centers = fit()
                seconds = time.perf_counter() - began
                inertia = float(nearest_center(z, centers)[1].double().sum())
                taken.setdefault(name, []).append((seconds, inertia))
        medians = {name: np.median(np.asarray(rows), axis=0) for name, rows in taken.items()}
        base = medians["scikit-learn"][1]
        for name, (seconds, inertia) in medians.items():
            yield row_of([f"{n:,} x {d}", str(k), name, f"{seconds:.2f}", f"{inertia / base:.4f}"])


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table to standard output, every row when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.kmeans",
        description="k-means of ours beside scikit-learn's, on planted rows.",
    )
    add = parser.add_argument
    add("--rows", type=int, default=169_000, metavar="N", help="169000 by default")
    add("--width", type=int, default=256, metavar="N", help="256 by default")
    add("--clusters", type=int, nargs="+", default=[40], metavar="K", help="40 by default")
    add("--max-iter", type=int, default=25, metavar="N", help="25 by default")
    add("--repetitions", type=int, default=3, metavar="N", help="3 by default")
    add("--seed", type=int, default=0, metavar="N", help="0 by default")
    given = parser.parse_args(argv)
    return tell(
        parser,
        lambda: compare(
            given.rows, given.width, given.clusters, given.repetitions, given.seed, given.max_iter
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
