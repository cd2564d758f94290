"""Every search finds what the exact one finds, as far as it promises to."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import torch

from graphclust.errors import InputError, MissingDependencyError
from graphclust.neighbors import choice, find_neighbors, knn_search
from graphclust.sparse import CSR

X = torch.randn(600, 6, generator=torch.Generator().manual_seed(0))
PACKAGES = {"trees": "sklearn", "descent": "pynndescent"}


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "inner"])
@pytest.mark.parametrize("search", ["trees", "descent", "flat", "hnsw", "ivf"])
def test_a_search_against_the_exact_one(search, metric) -> None:
    package = PACKAGES.get(search, "faiss")
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed: pip install 'graphclust[all]'")
    if metric == "inner" and search in ("trees", "descent"):
        with pytest.raises(InputError, match="knows no inner product"):
            find_neighbors(X, 5, metric, search)
        return
    found = find_neighbors(X, 5, metric, search)
    index, score = knn_search(X, None, 5, metric)
    hit = (found.index[:, :, None] == index[:, None, :]).any(2).float().mean()
    assert hit > (0.9 if search in ("descent", "hnsw", "ivf") else 0.999)
    assert (found.index != torch.arange(600)[:, None]).all()
    torch.testing.assert_close(found.score.mean(), score.mean(), rtol=1e-2, atol=1e-2)
    if search in ("descent", "hnsw", "ivf"):
        assert found.recall == pytest.approx(float(hit), abs=0.05)
        assert "recall" in found.words


def test_the_search_is_chosen_by_size(monkeypatch) -> None:
    assert find_neighbors(X, 5).search == "exact"
    monkeypatch.setattr(choice, "_PAIRWISE", 1.0)
    assert choice.chosen_search(X[:, :3], "euclidean") == "trees"
    assert choice.chosen_search(CSR.from_scipy(CSR_TABLE), "cosine") == "exact"
    wide = torch.zeros(600, 20)
    monkeypatch.setattr(choice, "installed", lambda search: search == "hnsw")
    assert choice.chosen_search(wide, "cosine") == "hnsw"
    monkeypatch.setattr(choice, "installed", lambda search: False)
    assert choice.chosen_search(wide, "cosine") == "exact"


CSR_TABLE = CSR.from_edges(torch.arange(3), torch.arange(3), None, (3, 3)).to_scipy()


def test_a_package_that_is_missing_is_named(monkeypatch) -> None:
    from graphclust.neighbors import approximate

    monkeypatch.setattr(approximate, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"graphclust\[neighbors\]"):
        find_neighbors(X, 5, search="descent")
    with pytest.raises(MissingDependencyError, match=r"faiss-cpu.*graphclust\[faiss\]"):
        find_neighbors(X, 5, search="hnsw")


def test_wrong_arguments() -> None:
    with pytest.raises(InputError, match="search='kd'"):
        find_neighbors(X, 5, search="kd")
    with pytest.raises(InputError, match="between 1 and 599"):
        find_neighbors(X, 600, search="trees")
    with pytest.raises(InputError, match="dense rows only"):
        find_neighbors(CSR.from_scipy(CSR_TABLE), 1, search="trees")
