"""How many clusters there are in effect."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphclust.errors import InputError
from graphclust.metrics import cluster_sizes, effective_number_of_clusters


@settings(deadline=None)
@given(st.lists(st.integers(-1, 6), min_size=1, max_size=50))
def test_between_one_and_k(labels: list[int]) -> None:
    k = len(set(labels) - {-1})
    value = effective_number_of_clusters(labels)
    assert (0.0 if k == 0 else 1.0) <= value + 1e-12
    assert value <= k + 1e-9
    assert cluster_sizes(labels).tolist() == [labels.count(c) for c in sorted(set(labels) - {-1})]


@pytest.mark.parametrize(
    ("labels", "expected"), [([0] * 9, 1.0), ([0, 1, 2] * 3, 3.0), ([-1], 0.0)]
)
def test_ends(labels: list[int], expected: float) -> None:
    assert effective_number_of_clusters(labels) == pytest.approx(expected)


def test_equals_the_entropy_by_hand() -> None:
    p = np.array([6, 3, 1]) / 10
    labels = ["a"] * 6 + ["b"] * 3 + ["c"]
    assert effective_number_of_clusters(labels) == pytest.approx(np.exp(-(p * np.log(p)).sum()))


def test_nothing_to_count() -> None:
    with pytest.raises(InputError, match="empty"):
        cluster_sizes([])
