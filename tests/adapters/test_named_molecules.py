"""The molecules that RDKit ships."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("rdkit", reason="the extra molecules is not installed")

import graphclust as gc
from graphclust.errors import InputError
from graphclust.graphs.cards import find_card


@pytest.fixture(scope="module")
def targets():
    return gc.adapters.load_molecules("rdkit-targets")


def test_the_card_tells_what_is_there(targets) -> None:
    card = find_card("rdkit-targets")
    y = np.asarray([int(d.y) for d in targets])
    assert len(targets) == card.sizes["graphs"] == len({d.id for d in targets})
    assert np.bincount(y).tolist() == [1017, 100, 365, 47]
    assert targets[0].x.shape[1] == card.sizes["features"]
    assert len(card.classes) == card.n_classes == 4


def fingerprint_scores(targets, seed: int, restarts: int) -> dict[str, float]:
    """Return the scores of k-means on Morgan fingerprints: radius 2, 2048 bits, unscaled."""
    from sklearn.cluster import KMeans

    y = np.asarray([int(d.y) for d in targets])
    prints = gc.adapters.morgan_fingerprints(targets)
    return gc.metrics.score(y, KMeans(4, n_init=restarts, random_state=seed).fit_predict(prints))


def test_fingerprints_and_kmeans(targets) -> None:
    assert 0.53 < fingerprint_scores(targets, seed=0, restarts=2)["nmi"] < 0.70


@pytest.mark.slow
def test_the_figure_of_fingerprints_and_kmeans(targets) -> None:
    # Ten seeds, ten restarts each: mean NMI .621 (.563 to .660), mean ARI .475 (.325 to .545).
    scores = [fingerprint_scores(targets, seed, restarts=10) for seed in range(10)]
    assert np.mean([s["nmi"] for s in scores]) == pytest.approx(0.621, abs=0.02)
    assert np.mean([s["ari"] for s in scores]) == pytest.approx(0.475, abs=0.03)


def test_as_a_set(targets) -> None:
    loaded = gc.load_graphs("rdkit-targets")
    assert loaded.graphs.n_items == len(targets) and loaded.n_classes == 4
    assert loaded.graphs.smiles[7] == targets[7].smiles


def test_other_sets_are_refused() -> None:
    with pytest.raises(InputError, match="karate does not come with RDKit"):
        gc.adapters.load_molecules("karate")
    with pytest.raises(InputError, match="set of many graphs"):
        gc.load_dataset("rdkit-targets")
