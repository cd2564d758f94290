"""What images and clips reach without pretrained weights, with a tolerance; slow, real data."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import graphclust as gc
from graphclust.adapters import load_images, videos
from graphclust.graphs.cards import find_card
from graphclust.graphs.roots import locate, search_roots

pytestmark = pytest.mark.slow
SEEDS = range(3)


def median(graph, y, k: int, method: str = "leiden_at_k") -> tuple[float, float]:
    """Return the medians of NMI and ACC over the seeds."""
    scores = [gc.NodeClusterer(k, method, random_state=s).fit(graph).score(y) for s in SEEDS]
    return tuple(float(np.median([score[key] for score in scores])) for key in ("nmi", "acc"))


@pytest.mark.parametrize(
    ("name", "nmi"), [("digits", 0.91), ("mnist", 0.93), ("usps", 0.94), ("fashion-mnist", 0.66)]
)
def test_named_images(name, nmi) -> None:
    card = find_card(name)
    if card.files and locate(card, search_roots()) is None:
        pytest.skip(f"{name} is not here: name its folder in GRAPHCLUST_DATA")
    loaded = load_images(name)
    found = median(loaded.graph, loaded.y, 10)[0]
    assert found >= nmi
    assert found > median(loaded.graph, loaded.y, 10, "kmeans")[0]


def folder_of(name: str) -> Path:
    folder = Path(os.environ.get("GRAPHCLUST_DATA", "")) / name
    if not os.environ.get("GRAPHCLUST_DATA") or not folder.is_dir():
        pytest.skip(f"{name} is not here: name the folder that holds it in GRAPHCLUST_DATA")
    return folder


def test_objects_turned() -> None:
    files = sorted(folder_of("COIL20").glob("*.png"))
    pytest.importorskip("PIL")
    y = np.asarray([int(file.name[3:].partition("__")[0]) for file in files])
    assert median(gc.adapters.from_images(files, cache=False), y, 20)[0] >= 0.92


def test_actions_of_people() -> None:
    pytest.importorskip("av")
    loaded = videos.read(folder_of("Weizmann"))
    nmi, acc = median(loaded.graph, loaded.y, 10)
    assert nmi >= 0.85 and acc >= 0.80
    assert nmi > median(loaded.graph, loaded.y, 10, "kmeans")[0]
