"""Medoids, enrichment and differences beside slow references."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.stats import false_discovery_control, fisher_exact, ttest_ind

from graphclust.errors import InputError
from graphclust.explain import differences, enrichment, medoids

RNG = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 3, -1], [30, 25, 20, 5])


def test_medoids_are_the_nearest_to_the_mean() -> None:
    z = RNG.normal(size=(80, 4))
    found = medoids(z, LABELS, most=4)
    assert list(found) == [0, 1, 3]
    for cluster, rows in found.items():
        members = np.flatnonzero(cluster == LABELS)
        apart = np.linalg.norm(z[members] - z[members].mean(0), axis=1)
        assert rows == members[np.argsort(apart)][:4].tolist()
    # The nearest to the mean has the least sum of squared distances to all members.
    apart = ((z[:30, None] - z[None, :30]) ** 2).sum((1, 2))
    assert found[0][0] == int(apart.argmin())


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_enrichment_is_fishers_test(form) -> None:
    share = np.where(LABELS[:, None] == 1, 0.7, 0.2)
    present = (RNG.random((80, 6)) < share).astype(float) * 3
    found = enrichment(form(present), LABELS, list("abcdef"), most=6, level=1.0)
    tests = {}
    for cluster in (0, 1, 3):
        for column, name in enumerate("abcdef"):
            has, member = present[:, column] > 0, cluster == LABELS
            table = [
                [(has & member).sum(), (~has & member).sum()],
                [(has & ~member).sum(), (~has & ~member).sum()],
            ]
            tests[cluster, name] = fisher_exact(table, alternative="greater").pvalue
    q = dict(zip(tests, false_discovery_control(list(tests.values())), strict=True))
    assert found[1], "what was planted is found"
    for cluster, entries in found.items():
        for e in entries:
            assert e.p == pytest.approx(tests[cluster, e.name])
            assert e.q == pytest.approx(q[cluster, e.name])
            assert e.difference == pytest.approx(e.inside / e.size - e.outside / e.rest)
            assert e.difference > 0 and np.isfinite(e.log_odds)
        sizes = [e.difference for e in entries]
        assert sizes == sorted(sizes, reverse=True)


def test_what_is_everywhere_or_nowhere_is_not_enriched() -> None:
    present = np.c_[np.ones(80), np.zeros(80), LABELS == 0]
    found = enrichment(present, LABELS, ["all", "none", "mine"])
    assert [e.name for e in found[0]] == ["mine"] and found[1] == found[3] == []
    assert enrichment(np.ones((4, 1)), [0, 0, 0, 0], ["all"]) == {0: []}


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_differences_are_welchs_test(form) -> None:
    values = RNG.normal(size=(80, 5)) + (LABELS == 3)[:, None] * np.array([4, 1, 0, 0, -3])
    found = differences(form(values), LABELS, list("abcde"), most=5, level=1.0)
    assert [d.name for d in found[3]][:2] == ["a", "e"]
    for cluster, entries in found.items():
        assert len(entries) == 5
        for d in entries:
            column = values[:, "abcde".index(d.name)]
            one, other = column[cluster == LABELS], column[cluster != LABELS]
            assert d.p == pytest.approx(ttest_ind(one, other, equal_var=False).pvalue)
            spread = (one.var(ddof=1) * (one.size - 1) + other.var(ddof=1) * (other.size - 1)) / 78
            assert d.effect == pytest.approx((one.mean() - other.mean()) / np.sqrt(spread))


def test_columns_without_spread_and_clusters_of_one() -> None:
    labels = [0, 0, 0, 1, 1, 1, 2]
    values = np.c_[np.ones(7), [1, 1, 1, 2, 2, 2, 2]]
    found = differences(values, labels, ["same", "apart"])
    assert [d.name for d in found[0]] == ["apart"] and found[2] == []
    assert all(np.isfinite(d.effect) for d in found[0])


def test_lengths_must_fit() -> None:
    for call in (
        lambda: medoids(np.zeros((3, 1)), [0, 1]),
        lambda: enrichment(np.zeros((3, 1)), [0, 1], ["a"]),
        lambda: differences(np.zeros((3, 1)), [0, 1], ["a"]),
    ):
        with pytest.raises(InputError, match="labels has 2 entries for 3"):
            call()
