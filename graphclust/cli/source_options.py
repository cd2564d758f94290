"""SOURCE and its views, with the options that say how each is read, as a command takes them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from graphclust.errors import InputError

KINDS = (
    *("graph", "graphs", "table", "images", "texts", "videos", "series"),
    *("molecules", "proteins"),
)


# What says how a source is read, and what it is where nothing is said.
READING: dict[str, Any] = {
    **dict.fromkeys(("kind", "features", "labels", "column", "vectors", "label_column")),
    "strict": False,
    "shots": False,
}


class OfItsSource(argparse.Action):
    """Stores an option with the view that stands before it, or else with SOURCE."""

    def __init__(
        self, option_strings: Sequence[str], dest: str, const: Any = None, **more: Any
    ) -> None:
        nargs = None if const is None else 0
        super().__init__(option_strings, dest, const=const, nargs=nargs, **more)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Store it."""
        owner = namespace.views[-1] if namespace.views else namespace
        setattr(owner, self.dest, values if self.const is None else self.const)


class _View(argparse.Action):
    """Appends a view, without options yet."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        kind, source = _split(values)
        view = argparse.Namespace(**{**READING, "kind": kind}, source=source, views=[])
        namespace.views = [*namespace.views, view]


def add_source_arguments(parser: argparse.ArgumentParser, optional: bool = False) -> None:
    """Add SOURCE, which a command may do without, its views, and how they are read."""
    parser.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?" if optional else None,
        help="a data set's name (see `graphclust datasets`) or a file: an edge list (.csv .tsv "
        ".txt .parquet, two or three columns), .graphml, .gml, an adjacency matrix (.npz) or a "
        "table (.csv .npy .parquet .h5ad); texts (.csv .jsonl .txt, a folder); a folder of images "
        "or clips; a store, as `graphclust import` writes it; or many graphs: tu:NAME, a folder "
        "of .graphml or .gml files, a .csv of SMILES, a folder of structures",
    )
    parser.add_argument(
        "--as",
        dest="kind",
        action=OfItsSource,
        choices=KINDS,
        metavar="KIND",
        help=f"what SOURCE holds, where it cannot be told from its name: {', '.join(KINDS)}",
    )
    parser.add_argument(
        "--data-root",
        metavar="DIR",
        help="where named data sets lie; by default $GRAPHCLUST_DATA, then the cache folder. "
        "Missing ones are downloaded",
    )
    parser.add_argument(
        "--features",
        action=OfItsSource,
        metavar="FILE",
        help="features of the nodes of a graph: .npy, scipy .npz or .csv, row i for node i",
    )
    parser.add_argument(
        "--labels",
        action=OfItsSource,
        metavar="FILE",
        help="known classes, read for the score alone: .npy or .csv",
    )
    parser.add_argument(
        "--memory",
        metavar="SIZE",
        help="what a fit on a store may use, such as 4GB, beside Python and its libraries: a "
        "larger store is read in blocks; by default half of the memory that there is",
    )
    parser.add_argument(
        "--column",
        action=OfItsSource,
        metavar="NAME",
        help="the column of a csv, or key of a jsonl, that holds the items (texts, molecules)",
    )
    parser.add_argument(
        "--vectors",
        action=OfItsSource,
        metavar="NAME",
        help="how texts become vectors: tfidf, the default, a sentence-transformers model by name "
        "or folder, or both as tfidf+MODEL; images: hog, the default, pixels, or a model such as "
        "timm:resnet18; clips: both, the default, motion, appearance, such a model, or one of "
        "clips such as torchvision:r3d_18. Vectors of your own come by --features",
    )
    parser.add_argument(
        "--strict",
        action=OfItsSource,
        const=True,
        default=False,
        help="a file of a folder that cannot be read is an error; it is skipped and listed "
        "otherwise",
    )
    parser.add_argument(
        "--shots",
        action=OfItsSource,
        const=True,
        default=False,
        help="cluster the shots of one video, each tied to those before and after it",
    )
    parser.add_argument(
        "--label-column",
        action=OfItsSource,
        metavar="NAME",
        help="the column that holds known classes, read for the score alone",
    )
    parser.add_argument(
        "--skip-invalid",
        action="store_true",
        help="leave out molecules and structures that cannot be read, and list them",
    )
    _add_view_arguments(parser)


def _add_view_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--view",
        dest="views",
        action=_View,
        default=[],
        metavar="[KIND:]SOURCE",
        help="another view of the same items, such as texts:captions.csv, read as SOURCE is; may "
        "be given several times. Options of reading (--as, --column, --vectors, --features ...) "
        "that stand after it are its own. Items are matched by their ids, and by their order "
        "where a view brings none",
    )
    parser.add_argument(
        "--view-weights",
        nargs="+",
        metavar="W",
        help="how much SOURCE and each view count, in this order; learned, without labels, by "
        "default",
    )


def _split(text: str) -> tuple[str | None, str]:
    """Return the kind before the colon, where it is one, and the source."""
    from graphclust.graphs.kinds import OF_GRAPHS

    kind, colon, source = text.partition(":")
    if not colon or kind not in KINDS:
        return None, text
    if kind in OF_GRAPHS:
        raise InputError(f"--view {text}: {kind} are clustered whole, and have no views")
    if not source:
        raise InputError(f"--view {text} names no source: give {kind}:PATH")
    return kind, source
