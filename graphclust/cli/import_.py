"""``graphclust import``: an edge list of any size into a store that fits are made from."""

from __future__ import annotations

import argparse

EXAMPLE = (
    "Example: graphclust import edges.csv.gz --features x.npy --out graph.store, then graphclust "
    "fit graph.store --method ssgc --n-clusters 40"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "edges",
        metavar="EDGES",
        help="an edge list: .csv .tsv .txt, gzipped or not, two or three columns; or .parquet, a "
        "file or a folder of files",
    )
    parser.add_argument("--out", metavar="STORE", required=True, help="the folder to write")
    parser.add_argument(
        "--features",
        metavar="FILE",
        help="features of the nodes: .npy (of any size), scipy .npz or .csv, row i for node i",
    )
    parser.add_argument(
        "--labels", metavar="FILE", help="known classes, read for the score alone: .npy or .csv"
    )
    parser.add_argument(
        "--label-column", metavar="NAME", help="the column of a csv of labels that holds them"
    )
    parser.add_argument(
        "--dtype",
        choices=("float32", "float16", "bfloat16"),
        default="float32",
        help="how features are stored; float32 by default",
    )
    parser.add_argument(
        "--memory",
        metavar="SIZE",
        help="what the import may use beside what grows with the nodes, such as 1GB; by default a "
        "quarter of the memory that there is",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the store and say what is in it."""
    from graphclust.cli.main import note
    from graphclust.graphs.stores import import_edges
    from graphclust.ondisk import size_words

    store = import_edges(
        arguments.edges,
        arguments.out,
        features=arguments.features,
        labels=arguments.labels,
        label_column=arguments.label_column,
        dtype=arguments.dtype,
        memory=arguments.memory,
    )
    for line in store.facts["notes"]:
        note(f"note: {line}")
    size = size_words(sum(file["bytes"] for file in store.facts["files"].values()))
    print(
        f"{store.n} nodes, {store.nnz // 2} edges, {store.n_features} features in "
        f"{arguments.out} ({size})"
    )
    return 0
