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


def test_fingerprints_and_kmeans(targets) -> None:
    # The figure to beat: ARI .476 and NMI .621, the mean of ten seeds; here one of them.
    from sklearn.cluster import KMeans

    y = np.asarray([int(d.y) for d in targets])
    prints = gc.adapters.morgan_fingerprints(targets)
    labels = KMeans(4, n_init=2, random_state=0).fit_predict(prints)
    scores = gc.metrics.score(y, labels)
    assert 0.53 < scores["nmi"] < 0.70


def test_as_a_set(targets) -> None:
    loaded = gc.load_graphs("rdkit-targets")
    assert loaded.graphs.n_items == len(targets) and loaded.n_classes == 4
    assert loaded.graphs.smiles[7] == targets[7].smiles


def test_other_sets_are_refused() -> None:
    with pytest.raises(InputError, match="karate does not come with RDKit"):
        gc.adapters.load_molecules("karate")
    with pytest.raises(InputError, match="set of many graphs"):
        gc.load_dataset("rdkit-targets")
