"""A fit on a GPU computes in a fixed order, and leaves the process as it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import graphclust as gc
from graphclust.estimators.same_bits import same_bits
from graphclust.graphs.generators import attributed_partition


def test_a_gpu_is_told_and_the_setting_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    before = torch.get_deterministic_debug_mode()
    with same_bits(torch.device("cuda")):
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
    assert torch.get_deterministic_debug_mode() == before
    assert torch.utils.deterministic.fill_uninitialized_memory
    torch.set_deterministic_debug_mode(2)
    try:
        with same_bits(torch.device("cuda")):
            assert torch.get_deterministic_debug_mode() == 2, "the user asked for more"
    finally:
        torch.set_deterministic_debug_mode(before)


def test_a_cpu_is_left_alone() -> None:
    with same_bits(torch.device("cpu")):
        assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
@pytest.mark.parametrize("method", ["cca_ssg", "jbgnn", "bgrl", "s3gc", "neuromap"])
def test_the_same_seed_gives_the_same_bits_on_a_gpu(method: str) -> None:
    data = attributed_partition(2000, 8000, 4, torch.Generator().manual_seed(0), n_features=32)
    fits = [gc.NodeClusterer(4, method, random_state=0, device="cuda").fit(data) for _ in range(2)]
    assert np.array_equal(fits[0].embedding_, fits[1].embedding_)
    assert np.array_equal(fits[0].labels_, fits[1].labels_)
