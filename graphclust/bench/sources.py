"""``python -m graphclust.bench.sources``: many lines of text, or many pictures, to cluster.

They measure whole commands on sources of any size: ``graphclust fit`` with ``--as texts`` or
``--as images``. Known classes are written beside the lines as ``NAME.classes.npy``, and are the
sub-folders of the pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from graphclust.bench.program import tell
from graphclust.errors import InputError
from graphclust.graphs.datasets import load_named

TOPICS = 20
# Words that all topics share, and words of each; of a line so many of either.
_SHARED, _OWN = 20_000, 400
_DRAWN_SHARED, _DRAWN_OWN = 5, 3
_ROWS = 10_000
# Pictures are moved by up to so many pixels, and have noise of this deviation (of 255).
_MOVED, _NOISE = 2, 24.0


def write_lines(path: Path, n: int, seed: int) -> None:
    """Write n lines of eight words, the first of the vocabulary far more often than the last."""
    rng = np.random.default_rng(seed)
    shared = np.asarray([f"word{i}" for i in range(_SHARED)])
    y = rng.integers(0, TOPICS, n)
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, n, _ROWS):
            topics = y[start : start + _ROWS]
            common = shared[(rng.random((len(topics), _DRAWN_SHARED)) ** 3 * _SHARED).astype(int)]
            own = (rng.random((len(topics), _DRAWN_OWN)) ** 2 * _OWN).astype(int)
            for topic, words, numbers in zip(topics, common, own, strict=True):
                line = [*words, *(f"topic{topic}x{number}" for number in numbers)]
                file.write(" ".join(line) + "\n")
    np.save(path.with_suffix(".classes.npy"), y)


def write_pictures(folder: Path, n: int, seed: int, data_root: str | None) -> None:
    """Write MNIST's test pictures, each moved and noisy, over and over until there are n."""
    try:
        from PIL import Image
    except ImportError as error:
        raise InputError("pictures need pillow: pip install 'graphclust[image]'") from error
    loaded = load_named("mnist", data_root)
    assert loaded.y is not None and loaded.graph.x is not None
    pictures = np.asarray(loaded.graph.x.to_dense()).reshape(-1, 28, 28)
    pictures = pictures * (255 / pictures.max())
    rng = np.random.default_rng(seed)
    for label in np.unique(loaded.y):
        (folder / str(label)).mkdir(parents=True)
    for number in range(n):
        which = number % len(pictures)
        shift = rng.integers(-_MOVED, _MOVED + 1, 2)
        moved = np.roll(pictures[which], shift, axis=(0, 1)) + rng.normal(0, _NOISE, (28, 28))
        place = folder / str(loaded.y[which]) / f"{number:07d}.png"
        Image.fromarray(moved.clip(0, 255).astype(np.uint8)).save(place, compress_level=1)


def main(argv: Sequence[str] | None = None) -> int:
    """Write a source, and say how many items it has."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.sources",
        description="Write many lines of text or many pictures, to time whole commands on.",
    )
    add = parser.add_argument
    add("kind", choices=("lines", "pictures"))
    add("path", type=Path, help="a file for lines, a folder for pictures; it must not exist")
    add("--items", type=int, default=100_000, metavar="N", help="100,000 by default")
    add("--seed", type=int, default=0, metavar="N")
    add("--data-root", metavar="DIR", help="where MNIST lies, of which pictures are made")
    given = parser.parse_args(argv)

    def answer() -> Iterator[str]:
        if given.items < 1:
            raise InputError(f"--items {given.items}: give 1 at least")
        if given.path.exists():
            raise InputError(f"{given.path} exists: name a new one")
        if given.kind == "lines":
            write_lines(given.path, given.items, given.seed)
        else:
            write_pictures(given.path, given.items, given.seed, given.data_root)
        yield f"{given.items} {given.kind} in {given.path}"

    return tell(parser, answer)


if __name__ == "__main__":
    sys.exit(main())
