"""``python -m graphclust.bench.modalities``: pictures, clips, texts and a table, beside k-means.

Each set is read by the adapter that the command line reads it by, once; the methods are fitted to
the same vectors and the same graph, with every seed. Sets that are not under the data root are
left out, and said so. ``--out DIR`` keeps every seed in ``results.json``, and a second run goes on
there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from graphclust.bench.job import Job
from graphclust.bench.program import tell
from graphclust.bench.results import Results
from graphclust.bench.runner import measure
from graphclust.bench.table import markdown
from graphclust.errors import InputError
from graphclust.estimators.resolution import named_method
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.roots import search_roots
from graphclust.training.run import choose_device

METHODS = ("default", "leiden_at_k", "kmeans")
MODEL = "all-MiniLM-L6-v2"


def _pictures(name: str) -> Callable[[Path], Loaded]:
    def read(root: Path) -> Loaded:
        from graphclust.adapters.images import load_images

        return load_images(name, root)

    return read


def _named(name: str) -> Callable[[Path], Loaded]:
    def read(root: Path) -> Loaded:
        from graphclust.graphs.datasets import load_named

        return load_named(name, root)

    return read


def _coil(root: Path) -> Loaded:
    """Read COIL-20: the class stands in the name of a file, as in ``obj3__17.png``."""
    from graphclust.adapters import images

    loaded = images.read(_there(root / "COIL20"))
    names = [str(name).partition("__")[0] for name in loaded.graph.item_ids]
    y, classes = class_codes(names)
    return replace(loaded, y=y, class_names=classes)


def _clips(root: Path) -> Loaded:
    from graphclust.adapters import videos

    return videos.read(_there(root / "Weizmann"))


def _news(vectors: str | None) -> Callable[[Path], Loaded]:
    def read(root: Path) -> Loaded:
        from graphclust.adapters import text_files

        return text_files.read(_there(root / "BBC"), vectors=vectors)

    return read


def _titles(vectors: str | None) -> Callable[[Path], Loaded]:
    def read(root: Path) -> Loaded:
        from graphclust.adapters import text_files

        folder = _there(root / "StackOverflow")
        loaded = text_files.read(folder / "title_StackOverflow.txt", vectors=vectors)
        y = np.loadtxt(folder / "label_StackOverflow.txt", dtype=np.int64)
        return replace(loaded, y=class_codes(y.tolist())[0])

    return read


SETS: dict[str, Callable[[Path], Loaded]] = {
    "mnist, gradients": _pictures("mnist"),
    "usps, gradients": _pictures("usps"),
    "usps, pixels": _named("usps"),
    "fashion-mnist, gradients": _pictures("fashion-mnist"),
    "coil-20, gradients": _coil,
    "digits, gradients": _pictures("digits"),
    "digits, pixels": _named("digits"),
    "weizmann, motion and appearance": _clips,
    "bbc, tf-idf": _news(None),
    "20newsgroups, tf-idf": _named("20newsgroups"),
    "stackoverflow, tf-idf": _titles(None),
    f"stackoverflow, {MODEL}": _titles(MODEL),
    f"stackoverflow, tf-idf and {MODEL}": _titles(f"tfidf+{MODEL}"),
    f"bbc, tf-idf and {MODEL}": _news(f"tfidf+{MODEL}"),
}


def modalities(
    sets: Sequence[str],
    methods: Sequence[str],
    seeds: Sequence[int],
    data_root: Path | None,
    results: Results,
    device: str = "auto",
) -> Iterator[str]:
    """Yield a line for each set that is left out, then the table in Markdown.

    Parameters
    ----------
    sets : sequence of str
        Names of ``SETS``, or beginnings of them.
    methods : sequence of str
        As they are set by default, told the number of classes.
    seeds : sequence of int
    data_root : Path, optional
        Where the sets lie; by default where named data sets are looked for.
    results : Results
        Keeps every row.
    device : str

    Raises
    ------
    InputError
        If there is no such set or method.
    """
    root = data_root or Path(next(iter(search_roots())))
    place = choose_device(device).type
    rows: list[dict[str, Any]] = []
    for title in _chosen(sets):
        jobs = [Job(title, named_method(m), seed=s, device=place) for m in methods for s in seeds]
        try:
            # Rows that came before an error stay.
            rows.extend(measure(jobs, results, load=partial(_read, title, root)))
        except InputError as error:
            yield f"{title} is left out: {error}"
    yield ""
    yield markdown(rows)


def _read(title: str, root: Path, _: Job) -> Loaded:
    return SETS[title](root)


def _chosen(names: Sequence[str]) -> list[str]:
    found = []
    for name in names:
        hits = [name] if name in SETS else [title for title in SETS if title.startswith(name)]
        if not hits:
            raise InputError(f"there is no set {name!r} (there are: {'; '.join(SETS)})")
        found += [title for title in hits if title not in found]
    return found


def _there(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"{path} does not exist")
    return path


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table to standard output when all is done."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.modalities",
        description="Pictures, clips, texts and a table, clustered beside k-means.",
    )
    add = parser.add_argument
    add("--sets", nargs="+", default=list(SETS), metavar="NAME", help="beginnings will do")
    add("--methods", nargs="+", default=list(METHODS), metavar="NAME")
    add("--seeds", type=int, default=5, metavar="N", help="seeds 0 to N - 1; 5 by default")
    add("--data-root", type=Path, metavar="DIR", help="where the sets lie")
    add("--out", type=Path, metavar="DIR", help="keep every seed there, and go on there")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto")
    given = parser.parse_args(argv)

    def answer() -> Iterator[str]:
        results = Results() if given.out is None else Results(given.out)
        yield from modalities(
            given.sets, given.methods, range(given.seeds), given.data_root, results, given.device
        )

    return tell(parser, answer)


if __name__ == "__main__":
    sys.exit(main())
