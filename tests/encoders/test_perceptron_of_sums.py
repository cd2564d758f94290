"""GIN's layer in blocks computes what its steps do, one after another, and keeps less."""

from __future__ import annotations

import copy

import pytest
import scipy.sparse as sp
import torch

from graphclust.encoders import GIN, gin, perceptron_of_sums
from graphclust.sparse import CSR

N, F, D = 300, 12, 16


def graph(symmetric: bool = True) -> CSR:
    draw = torch.Generator().manual_seed(0)
    dense = (torch.rand(N, N, generator=draw) < 0.03).float()
    if symmetric:
        dense = dense.maximum(dense.T)
    return CSR.from_scipy(sp.csr_array(dense.numpy()), symmetric=symmetric, weighted=False)


@pytest.fixture
def in_blocks(monkeypatch):
    """Have small layers done in blocks of a few rows, or step by step."""

    def choose(whether: bool) -> None:
        monkeypatch.setattr(perceptron_of_sums, "_SMALL", 1 if whether else 1 << 40)
        monkeypatch.setattr(perceptron_of_sums, "_BLOCK", 4 * D * 37)

    return choose


def answers(encoder: GIN, x, adj: CSR):
    """Output, all gradients, and what batch normalisation remembers."""
    dense = isinstance(x, torch.Tensor)
    wanted = [p for p in encoder.parameters() if p.requires_grad] + ([x] if dense else [])
    out = encoder(x, adj)
    torch.manual_seed(2)
    weight = torch.randn_like(out) + 0.5
    return [out, *torch.autograd.grad((out * weight).sum(), wanted), *encoder.buffers()]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_norm": False},
        {"activation": "prelu", "eps": 0.3},
        {"activation": "elu", "learn_eps": False},
        {"channels": [D, D], "last_activation": True, "normalise_output": True},
        {"channels": F, "batch_norm": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("symmetric", [True, False])
def test_blocks_give_what_the_steps_give(in_blocks, training, options, symmetric) -> None:
    encoder = GIN(**{"channels": D, **options}).build(F, torch.Generator().manual_seed(1))
    # Of moments that the rows do not have, so that the two modes differ.
    encoder.train()(torch.randn(N, F, generator=torch.Generator().manual_seed(5)) + 1, graph())
    encoder.train(training)
    x = torch.randn(N, F, generator=torch.Generator().manual_seed(3)).requires_grad_()
    adj, found = graph(symmetric), []
    for whether in (False, True):
        in_blocks(whether)
        found.append(answers(copy.deepcopy(encoder), x, adj))
    assert len(found[0]) == len(found[1])
    for steps, blocks in zip(*found, strict=True):
        torch.testing.assert_close(blocks, steps, atol=2e-4, rtol=2e-4)


def test_sparse_features_stay_sparse(in_blocks, monkeypatch) -> None:
    draw = torch.Generator().manual_seed(4)
    dense = torch.rand(N, F, generator=draw) * (torch.rand(N, F, generator=draw) < 0.2)
    x, adj = CSR.from_scipy(sp.csr_array(dense.numpy())), graph()
    encoder = GIN(D).build(F, torch.Generator().manual_seed(1))
    monkeypatch.setattr(CSR, "to_dense", lambda self: pytest.fail("features were made dense"))
    found = []
    for whether in (False, True):
        in_blocks(whether)
        found.append(answers(copy.deepcopy(encoder), x, adj))
    for steps, blocks in zip(*found, strict=True):
        torch.testing.assert_close(blocks, steps, atol=2e-4, rtol=2e-4)


def test_the_gradient_is_that_of_finite_differences(in_blocks, monkeypatch) -> None:
    """By the whole gradient along a direction, in double precision."""
    in_blocks(True)
    monkeypatch.setattr(gin, "worth_it", lambda *given: True)
    encoder = GIN(D, activation="tanh").build(F, torch.Generator().manual_seed(1)).double()
    adj = graph(symmetric=False)
    adj = CSR(adj.rowptr, adj.col, torch.rand(adj.nnz).double(), adj.shape)
    x = torch.randn(N, F, generator=torch.Generator().manual_seed(3)).double().requires_grad_()
    parts = [x, *encoder.parameters()]
    slopes = torch.autograd.grad(encoder(x, adj).square().sum(), parts)
    step = [1e-6 * torch.randn_like(part) for part in parts]
    values = []
    with torch.no_grad():
        for sign in (1.0, -2.0):
            for part, by in zip(parts, step, strict=True):
                part.add_(by, alpha=sign)
            values.append(encoder(x, adj).square().sum())
    expected = sum((slope * by).sum() for slope, by in zip(slopes, step, strict=True))
    torch.testing.assert_close((values[0] - values[1]) / 2, expected, rtol=1e-5, atol=0.0)


def test_nothing_of_the_nodes_is_kept_but_the_input(in_blocks) -> None:
    encoder = GIN(D).build(F, torch.Generator().manual_seed(1))
    x, adj = torch.randn(N, F), graph()
    kept: dict[bool, set[int]] = {}
    for whether in (False, True):
        in_blocks(whether)
        rows: set[int] = kept.setdefault(whether, set())

        def note(tensor, rows=rows):
            if tensor.dim() == 2 and tensor.shape[0] == N:
                rows.add(tensor.data_ptr())
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            encoder(x, adj)
    assert kept[True] == {x.data_ptr()}
    assert len(kept[False]) > 2


def test_a_weight_that_changed_before_the_gradient_is_an_error(in_blocks) -> None:
    in_blocks(True)
    encoder = GIN(D).build(F, torch.Generator().manual_seed(1))
    out = encoder(torch.randn(N, F), graph())
    with torch.no_grad():
        encoder.first[0].weight += 1.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


@pytest.mark.parametrize("size", [10, 3000])
def test_large_layers_alone_are_done_in_blocks(size, monkeypatch) -> None:
    called = []
    whole = gin.perceptron_of_sums
    monkeypatch.setattr(gin, "perceptron_of_sums", lambda *given: called.append(1) or whole(*given))
    nodes = torch.arange(size, dtype=torch.int32)
    adj = CSR.from_edges(nodes, (nodes + 1) % size, None, (size, size))
    GIN(512).build(4, None)(torch.randn(size, 4), adj)
    assert bool(called) == (size == 3000)
