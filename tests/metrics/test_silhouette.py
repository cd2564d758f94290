"""The silhouette beside scikit-learn's, exact and sampled."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_score

from graphclust.errors import InputError
from graphclust.metrics import silhouette


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.integers(4, 60), st.integers(1, 5), st.integers(2, 6))
def test_equal_to_scikit_learn(seed: int, n: int, d: int, k: int) -> None:
    generator = np.random.default_rng(seed)
    x, labels = generator.standard_normal((n, d)) + 5, generator.integers(k, size=n)
    found = np.unique(labels).size
    if 2 <= found < n:
        assert silhouette(x, labels) == pytest.approx(silhouette_score(x, labels), abs=1e-9)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, labels = make_blobs(300, 4, centers=4, random_state=0)
    whole = silhouette(x, labels)
    # The package's attribute of that name is the function; its globals are the module's.
    monkeypatch.setitem(silhouette.__globals__, "_BLOCK", 300 * 7)
    assert silhouette(x, labels) == pytest.approx(whole, abs=1e-12)
    assert whole == pytest.approx(silhouette_score(x, labels), abs=1e-9)


def test_a_sample_is_close_repeatable_and_small_in_memory() -> None:
    x, labels = make_blobs(20_000, 8, centers=5, cluster_std=3.0, random_state=0)
    x = x.astype(np.float32)
    tracemalloc.start()
    sampled = silhouette(x, labels, max_items=1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sampled == silhouette(x, labels, max_items=1000)
    assert sampled == pytest.approx(silhouette_score(x[:5000], labels[:5000]), abs=0.02)
    assert peak < 100e6


def test_names_mean_nothing_and_the_unassigned_are_left_out() -> None:
    x, labels = make_blobs(60, 3, centers=3, random_state=1)
    value = silhouette(x, labels)
    assert silhouette(x, np.array(["b", "", "a"])[labels]) == pytest.approx(value)
    loose = np.concatenate([labels, [-1, -1]])
    assert silhouette(np.vstack([x, x[:2] + 100]), loose) == pytest.approx(value)


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2], [-1, -1, -1], [-1, -1, 0]])
def test_zero_where_it_says_nothing(labels: list[int]) -> None:
    assert silhouette([[0.0], [1.0], [5.0]], labels) == 0.0


def test_equal_points_are_neither_near_nor_far() -> None:
    assert silhouette(np.ones((4, 2)), [0, 0, 1, 1]) == 0.0


def test_inputs_are_left_alone() -> None:
    x, labels = make_blobs(50, 2, random_state=0)
    x.flags.writeable = labels.flags.writeable = False
    silhouette(x, labels)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((3, 2)), "one row and one label"),
        (np.zeros(2), "shape"),
        (np.array([[0.0], [np.nan]]), "NaN"),
    ],
)
def test_errors_say_what_to_do(x: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        silhouette(x, [0, 1])
