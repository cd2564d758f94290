"""Label metrics beside scikit-learn, beside brute force, and under renaming."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from graphclust.errors import InputError
from graphclust.metrics import accuracy, ami, ari, contingency, macro_f1, match, nmi, score

patient = settings(deadline=None, max_examples=60)
ALL = [accuracy, macro_f1, nmi, ami, ari]
Pair = tuple[np.ndarray, np.ndarray]


@st.composite
def pairs(draw: st.DrawFn, most: int = 40, groups: int = 5) -> Pair:
    n = draw(st.integers(1, most))
    true = draw(st.lists(st.integers(0, groups - 1), min_size=n, max_size=n))
    pred = draw(st.lists(st.integers(-1, groups - 1), min_size=n, max_size=n))
    return np.array(true), np.array(pred)


@patient
@given(pairs())
def test_equal_to_scikit_learn(labels: Pair) -> None:
    true, pred = labels
    assert nmi(true, pred) == pytest.approx(
        reference.normalized_mutual_info_score(true, pred), abs=1e-9
    )
    assert ami(true, pred) == pytest.approx(
        reference.adjusted_mutual_info_score(true, pred), abs=1e-9
    )
    assert ari(true, pred) == pytest.approx(reference.adjusted_rand_score(true, pred), abs=1e-9)


@patient
@given(pairs(most=12, groups=3))
def test_matching_equals_brute_force(labels: Pair) -> None:
    true, pred = labels
    best = max(_all_matchings(true, pred))
    assert accuracy(true, pred) == pytest.approx(best[0] / true.size)
    assert macro_f1(true, pred) == pytest.approx(best[1])


@patient
@given(pairs(most=30, groups=4))
def test_macro_f1_is_scikit_learn_s_under_the_matching(labels: Pair) -> None:
    true, pred = labels
    table = contingency(true, pred)
    classes, clusters = list(dict.fromkeys(true)), list(dict.fromkeys(pred))
    renamed = np.full(pred.shape, -2)
    for row, col in zip(*match(table), strict=True):
        renamed[pred == clusters[col]] = classes[row]
    expected = reference.f1_score(true, renamed, labels=classes, average="macro", zero_division=0)
    assert macro_f1(true, pred) == pytest.approx(expected)


def _all_matchings(true: np.ndarray, pred: np.ndarray) -> list[tuple[int, float]]:
    """Agreement and macro-F1 of every one-to-one matching."""
    classes = np.unique(true).tolist()
    # "No cluster" is -2: never a class, so that those items are errors.
    clusters = [c for c in np.unique(pred).tolist() if c != -1] + [-2] * len(classes)
    out = []
    for chosen in set(itertools.permutations(clusters, len(classes))):
        renamed = np.full(pred.shape, -2)
        for a, b in zip(classes, chosen, strict=True):
            if b != -2:
                renamed[pred == b] = a
        f1 = [
            2 * np.sum((true == a) & (renamed == a)) / (np.sum(true == a) + np.sum(renamed == a))
            for a in classes
        ]
        out.append((int((renamed == true).sum()), float(np.mean(f1))))
    return out


@patient
@given(pairs(), st.randoms(use_true_random=False))
def test_names_and_order_mean_nothing(labels: Pair, random: object) -> None:
    true, pred = labels
    names = np.array(["seven", "", "x", "-1", "é"])
    fresh = np.array([40, -7, 3, 10**12, 0])
    order = list(range(true.size))
    random.shuffle(order)  # type: ignore[attr-defined]
    renamed = np.where(pred == -1, -1, fresh[pred])
    for metric in ALL:
        value = metric(true, pred)
        assert metric(names[true], renamed) == value
        assert metric(true[order], pred[order]) == pytest.approx(value, abs=1e-12)
        assert -0.5 - 1e-12 <= value <= 1.0 or metric is ami


@patient
@given(pairs())
def test_inputs_are_left_alone(labels: Pair) -> None:
    true, pred = labels
    before = true.copy(), pred.copy()
    true.flags.writeable = pred.flags.writeable = False
    score(true, pred)
    assert (true == before[0]).all()
    assert (pred == before[1]).all()


@patient
@given(pairs())
def test_a_renamed_copy_is_perfect(labels: Pair) -> None:
    true, _ = labels
    assert score(true, 9 - true) == dict.fromkeys(["acc", "nmi", "ami", "ari", "f1"], 1.0)


def test_a_perfect_two_clustering_scores_one() -> None:
    # Iterating over the solver's pair of index arrays as if it were a list of pairs gives 0.
    assert accuracy([0, 0, 1, 1], [1, 1, 0, 0]) == 1.0


@pytest.mark.parametrize(
    ("pred", "acc", "f1"),
    [
        ([0, 0, 0, 0, 0, 0], 3 / 6, (2 * 3 / 9) / 2),
        ([0, 1, 2, 3, 4, 5], 2 / 6, 0.5),
        ([-1, -1, -1, -1, -1, -1], 0.0, 0.0),
        ([0, 0, -1, 1, 1, 1], 5 / 6, (0.8 + 1.0) / 2),
        ([0, 0, 2, 1, 1, 1], 5 / 6, (0.8 + 1.0) / 2),
    ],
)
def test_any_number_of_clusters(pred: list[int], acc: float, f1: float) -> None:
    true = [0, 0, 0, 1, 1, 1]
    assert accuracy(true, pred) == pytest.approx(acc)
    assert macro_f1(true, pred) == pytest.approx(f1)


def test_unassigned_items_are_wrong_and_one_more_cluster() -> None:
    true, pred = [0, 0, 1, 1], [0, 0, -1, -1]
    assert accuracy(true, pred) == 0.5
    assert nmi(true, pred) == ari(true, pred) == 1.0


def test_items_without_ground_truth_are_left_out() -> None:
    kept = score([0, 0, 1, 1], [0, 1, 1, 1])
    assert score([0, -1, 0, 1, 1, -1], [0, 5, 1, 1, 1, 0]) == kept
    assert score([0.0, np.nan, 0.0, 1.0, 1.0], [0, 5, 1, 1, 1]) == kept


def test_many_items_in_clusters_of_one_need_no_square_table() -> None:
    n = 30_000
    scores = score(np.arange(n), np.arange(n)[::-1])
    assert scores == dict.fromkeys(scores, 1.0)
    rows, cols = match(contingency(np.arange(n) // 3, np.arange(n)))
    assert rows.size == np.unique(cols).size == n // 3


def test_nmi_rises_with_k_at_random_and_ami_does_not() -> None:
    generator = np.random.default_rng(0)
    true, pred = generator.integers(7, size=2708), generator.integers(2000, size=2708)
    assert nmi(true, pred) > 0.25
    assert abs(ami(true, pred)) < 0.02


@pytest.mark.parametrize(
    ("true", "pred", "message"),
    [
        ([0, 1], [0, 1, 1], "y_true has 2 labels and y_pred 3"),
        ([], [], "y_true is empty"),
        ([[0, 1]], [[0, 1]], "flat array"),
        ([0, 1], [0.0, np.nan], "y_pred holds NaN"),
        ([-1, -1], [0, 1], "nothing to score against"),
        ([-1, 1, 1], [0, 1, 1], "write the classes as 0 and 1"),
        (np.array([0, "a"], dtype=object), [0, 1], "mixes kinds"),
    ],
)
def test_errors_say_what_to_do(true: object, pred: object, message: str) -> None:
    for metric in [*ALL, score]:
        with pytest.raises(InputError, match=message):
            metric(true, pred)
