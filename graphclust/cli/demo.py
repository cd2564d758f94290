"""``graphclust demo``: three real data sets that need no download, a table and reports."""

from __future__ import annotations

import argparse
from pathlib import Path

from graphclust.cli.tables import table

DATASETS = ("karate", "lesmis", "digits")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--out",
        metavar="DIR",
        default="runs/demo",
        help="where the run folders go; runs/demo by default",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="same seed, same answer; 0 by default"
    )


def run(arguments: argparse.Namespace) -> int:
    """Cluster each, write its run folder with a report, and print the table."""
    from graphclust.adapters.images import with_pictures
    from graphclust.cli.fit import write
    from graphclust.cli.main import note
    from graphclust.estimators import NodeClusterer
    from graphclust.graphs.datasets import load_named
    from graphclust.report import write_report

    rows = []
    for name in DATASETS:
        note(f"clustering {name} ...")
        loaded = with_pictures(load_named(name))
        k = loaded.n_classes or "auto"
        model = NodeClusterer(k, random_state=arguments.seed).fit(loaded.graph)
        out = Path(arguments.out) / name
        m = write(model, loaded, out, name)
        page = write_report(out)
        scores = [f"{m[key]:.3f}" if key in m else "" for key in ("acc", "nmi", "ari")]
        rows.append(
            (name, m["n_items"], m["n_edges"], m["n_clusters"], *scores,
             f"{m['modularity']:.3f}", f"{m['seconds']:.1f}", page)
        )  # fmt: skip
    header = ("data", "items", "edges", "k", "acc", "nmi", "ari", "modularity", "seconds", "report")
    print(table(header, rows))
    print("\nLabels are read for acc, nmi and ari alone. Open a report in any browser.")
    return 0
