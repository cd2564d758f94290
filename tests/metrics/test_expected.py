"""The expectation behind AMI beside scikit-learn's loop."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics.cluster import expected_mutual_information as reference

from graphclust.metrics import ami
from graphclust.metrics.expected import expected_mutual_information


@pytest.mark.parametrize(
    ("n", "rows", "cols"),
    [(10, 3, 4), (500, 7, 7), (500, 200, 3), (2708, 7, 2000), (50_000, 40, 45), (50_000, 2, 2)],
)
@pytest.mark.parametrize("skew", [0.0, 2.0])
def test_equal_to_scikit_learn(n: int, rows: int, cols: int, skew: float) -> None:
    generator = np.random.default_rng(n)
    a, b = (
        np.bincount((k * generator.random(n) ** (1 + skew)).astype(int), minlength=k)
        for k in (rows, cols)
    )
    a, b = a[a > 0], b[b > 0]
    # scikit-learn reads nothing but the margins of the table.
    expected = reference(_Margins(a, b), n)
    assert expected_mutual_information(a, b) == pytest.approx(expected, rel=1e-9)


class _Margins:
    def __init__(self, a: np.ndarray, b: np.ndarray) -> None:
        self.shape, self._sums = (a.size, b.size), {1: a, 0: b}

    def sum(self, axis: int) -> np.ndarray:
        return self._sums[axis]


def test_two_million_items_take_no_time() -> None:
    generator = np.random.default_rng(0)
    true, pred = generator.integers(47, size=2_000_000), generator.integers(100, size=2_000_000)
    assert abs(ami(true, pred)) < 1e-4
