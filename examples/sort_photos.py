"""Sort a folder of images into groups that look alike, and draw a contact sheet of the result.

    python examples/sort_photos.py [FOLDER] [--clusters K] [--out sheet.png]

Without a folder, 500 of scikit-learn's handwritten digits are written as PNG files first. Needs
the extra `image`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

import graphclust as gc

THUMB, SHOWN = 48, 14


def write_digits(folder: Path) -> None:
    """Write digits as files, in a sub-folder for each: the classes, read for the score alone."""
    digits = load_digits()
    for i, (pixels, digit) in enumerate(zip(digits.images[:500], digits.target, strict=False)):
        (folder / str(digit)).mkdir(exist_ok=True)
        grey = Image.fromarray((255 - pixels * 15.9).astype(np.uint8))
        grey.resize((64, 64)).save(folder / str(digit) / f"{i:03d}.png")


def draw_sheet(folder: Path, model: gc.NodeClusterer, out: Path) -> None:
    """Draw a row of thumbnails for each cluster."""
    sheet = Image.new("RGB", (THUMB * SHOWN, THUMB * model.n_clusters_), "white")
    for cluster in range(model.n_clusters_):
        for column, node in enumerate(np.flatnonzero(model.labels_ == cluster)[:SHOWN]):
            with Image.open(folder / model.node_ids_[node]) as image:
                thumb = image.convert("RGB").resize((THUMB - 4, THUMB - 4))
            sheet.paste(thumb, (column * THUMB + 2, cluster * THUMB + 2))
    sheet.save(out)


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("folder", nargs="?", type=Path)
parser.add_argument("--clusters", type=int, default=10)
parser.add_argument("--out", type=Path, default=Path("sheet.png"))
given = parser.parse_args()
with tempfile.TemporaryDirectory() as made:
    folder = given.folder or Path(made)
    if given.folder is None:
        write_digits(folder)
    data = gc.adapters.from_images(folder)
    print(f"{data.num_nodes} images, {len(data.skipped)} skipped")
    model = gc.NodeClusterer(given.clusters, "leiden_at_k", random_state=0).fit(data)
    print("clusters of", sorted(np.bincount(model.labels_).tolist(), reverse=True), "images")
    if "y" in data:  # the sub-folders, read only now
        print("score", {name: round(value, 2) for name, value in model.score(data.y).items()})
    draw_sheet(folder, model, given.out)
print("a row of thumbnails for each cluster:", given.out)
