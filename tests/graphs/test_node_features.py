"""Features are checked once, and kept sparse where that pays."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphclust.errors import InputError
from graphclust.graphs.node_features import node_features
from graphclust.sparse import CSR


def sparse_table() -> sp.csr_array:
    return sp.random_array((40, 200), density=0.03, rng=np.random.default_rng(0)).tocsr()


@pytest.mark.parametrize("form", ["scipy", "dense", "torch", "torch sparse", "csr"])
def test_sparse_tables_become_rows_and_say_the_same(form) -> None:
    table = sparse_table()
    x = {
        "scipy": table,
        "dense": table.toarray(),
        "torch": torch.tensor(table.toarray()),
        "torch sparse": torch.tensor(table.toarray()).to_sparse(),
        "csr": CSR.from_scipy(table),
    }[form]
    out = node_features(x, 40)
    assert isinstance(out, CSR)
    np.testing.assert_allclose(out.to_dense().numpy(), table.toarray(), rtol=1e-6)


def test_narrow_or_full_tables_stay_dense() -> None:
    assert isinstance(node_features(sparse_table()[:, :64], 40), torch.Tensor)
    assert isinstance(node_features(np.ones((4, 100)), 4), torch.Tensor)
    assert node_features(sp.csr_array(np.ones((4, 100))), 4).dtype == torch.float32


def test_nothing_is_nothing() -> None:
    assert node_features(None, 3) is None
    assert node_features(np.zeros((3, 0)), 3) is None
    assert node_features([1, 2, 3], 3).shape == (3, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("sparse", [False, True])
def test_what_is_not_finite_is_named_by_row_and_column(bad, sparse) -> None:
    table = sparse_table().toarray()
    table[7, 11] = bad
    x = sp.csr_array(table) if sparse else table
    with pytest.raises(InputError, match=r"row 7, column 11"):
        node_features(x, 40)


def test_great_numbers_are_finite() -> None:
    assert node_features(np.full((2, 3), 3e38), 2).shape == (2, 3)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones((3, 2)), "3 rows for 4 nodes"),
        (np.ones((4, 2, 2)), "matrix"),
        ([["a"], ["b"]], "not a matrix of numbers"),
    ],
)
def test_wrong_shapes_are_refused(x, message) -> None:
    with pytest.raises(InputError, match=message):
        node_features(x, 4)
