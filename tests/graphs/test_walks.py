"""Random walks: they follow edges, by weight, and node2vec's by where they came from."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphclust.errors import InputError
from graphclust.graphs.walks import biased_walks, has_edge, random_walks
from graphclust.sparse import CSR


def weighted() -> tuple[CSR, torch.Tensor]:
    """Return a triangle with a tail, weighted, and its dense matrix."""
    dense = torch.zeros(6, 6)
    for i, j, w in [(0, 1, 1.0), (0, 2, 2.0), (1, 2, 3.0), (2, 3, 1.5), (3, 4, 0.5)]:
        dense[i, j] = dense[j, i] = w
    return CSR.from_scipy(sp.csr_array(dense.numpy()), symmetric=True), dense


def second_order(dense: torch.Tensor, t: int, v: int, p: float, q: float) -> torch.Tensor:
    """Return node2vec's transition probabilities from v, reached from t."""
    bias = torch.where(dense[t] > 0, 1.0, 1.0 / q)
    bias[t] = 1.0 / p
    out = dense[v] * bias
    return out / out.sum()


@pytest.mark.parametrize(("p", "q"), [(0.25, 4.0), (4.0, 0.5), (1.0, 1.0)])
def test_transitions_have_the_probabilities_of_the_paper(p: float, q: float) -> None:
    adj, dense = weighted()
    starts = torch.zeros(60_000, dtype=torch.int64)
    walks = biased_walks(adj, starts, 3, p, q, torch.Generator().manual_seed(0))
    for step in (1, 2):
        for t, v in [(0, 2), (1, 2)]:
            came = (walks[:, step - 1] == t) & (walks[:, step] == v)
            seen = torch.bincount(walks[came, step + 1], minlength=6).float()
            if seen.sum() < 2000:
                continue
            torch.testing.assert_close(
                seen / seen.sum(), second_order(dense, t, v, p, q), atol=0.03, rtol=0
            )


def test_walks_follow_edges_and_stay_where_there_are_none() -> None:
    adj, dense = weighted()
    generator = torch.Generator().manual_seed(1)
    for walks in (
        random_walks(adj, torch.arange(6), 8, generator),
        biased_walks(adj, torch.arange(6), 8, 0.5, 2.0, generator),
    ):
        assert walks.shape == (6, 9)
        assert bool((dense[walks[:5, :-1], walks[:5, 1:]] > 0).all())
        assert walks[5].tolist() == [5] * 9


def test_a_dead_end_is_left_the_way_it_was_entered() -> None:
    adj, _ = weighted()
    walks = biased_walks(adj, torch.full((50,), 4), 2, 1e3, 1.0, torch.Generator().manual_seed(0))
    assert set(walks[:, 1].tolist()) == {3}


def test_the_same_generator_walks_the_same_way() -> None:
    adj, _ = weighted()
    one, two = (
        biased_walks(adj, torch.arange(6), 10, 0.3, 3.0, torch.Generator().manual_seed(5))
        for _ in range(2)
    )
    assert torch.equal(one, two)


def test_has_edge_equals_the_dense_matrix() -> None:
    adj, dense = weighted()
    i, j = (t.flatten() for t in torch.meshgrid(torch.arange(6), torch.arange(6), indexing="ij"))
    assert torch.equal(has_edge(adj, i, j), dense[i, j] > 0)
    bare = CSR.from_scipy(sp.csr_array((3, 3)), symmetric=True)
    assert not bool(has_edge(bare, torch.arange(3), torch.arange(3)).any())


@pytest.mark.parametrize(("p", "q", "name"), [(0.0, 1.0, "p"), (1.0, -2.0, "q"), (np.nan, 1, "p")])
def test_parameters_that_are_not_positive_are_refused(p: float, q: float, name: str) -> None:
    with pytest.raises(InputError, match=f"{name}="):
        biased_walks(weighted()[0], torch.arange(6), 2, p, q, torch.Generator())
