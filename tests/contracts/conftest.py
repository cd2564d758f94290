"""What the contract tests share: small graphs, parts that fit one another, a guard on sizes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from graphclust.component import registry
from graphclust.encoders import GCN, Encoder
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.generators import stochastic_blocks
from graphclust.heads import Head, Softmax
from graphclust.objectives import Dims, Objective, Step
from graphclust.sparse import CSR

K, F = 3, 24
# Nodes of the graph on which nothing quadratic may be made, and the share of n x n that is.
MANY, SHARE = 20_000, 8


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def as_graph(dense: Tensor, x: Tensor | CSR, weighted: bool = False) -> Graph:
    matrix = sp.csr_array(dense.numpy())
    return Graph(CSR.from_scipy(matrix, symmetric=True, weighted=weighted), x)


def planted(kind: str = "plain", per_block: int = 20) -> tuple[Graph, np.ndarray]:
    """Return three blocks whose features lean towards their block, and the blocks.

    ``kind`` is plain, weighted, disconnected (no edge between blocks, and an isolated node) or
    edgeless. Features are sparse.
    """
    draw = seeded(3)
    y = torch.arange(K).repeat_interleave(per_block)
    n, same = y.numel(), y[:, None] == y[None]
    between = 0.0 if kind == "disconnected" else 0.02
    upper = (torch.rand(n, n, generator=draw) < torch.where(same, 0.4, between)).triu(1).float()
    if kind == "weighted":
        upper *= torch.rand(n, n, generator=draw) + 0.2
    if kind == "edgeless":
        upper *= 0.0
    if kind == "disconnected":
        upper[3] = upper[:, 3] = 0.0
    lean = torch.where(torch.arange(F)[None] // (F // K) == y[:, None], 0.35, 0.05)
    x = (torch.rand(n, F, generator=draw) < lean).float()
    x[:, 0] = 1.0  # no row is empty
    features = CSR.from_scipy(sp.csr_array(x.numpy()))
    return as_graph(upper + upper.T, features, kind == "weighted"), y.numpy()


def renamed(graph: Graph, order: Tensor) -> Graph:
    """Return the graph with node ``order[i]`` as node i."""
    assert graph.x is not None
    x = graph.x.take_rows(order) if isinstance(graph.x, CSR) else graph.x[order]
    dense = graph.adj.to_dense()[order][:, order]
    return as_graph(dense, x, graph.adj.weight is not None)


def many() -> Graph:
    """Return a graph of ``MANY`` nodes, four planted blocks and 16 dense features."""
    sizes = [MANY // 4] * 4
    inside, outside = 5.0 / sizes[0], 0.3 / sizes[0]
    chances = (torch.eye(4) * (inside - outside) + outside).tolist()
    data = stochastic_blocks(sizes, chances, seeded(5), n_features=16)
    row, col = data.edge_index
    return Graph(CSR.from_edges(row, col, None, (MANY, MANY), symmetric=True), data.x)


def buildable(kind: str) -> list[str]:
    """Return the names of one kind that can be made without arguments."""
    import inspect

    def free(cls: Any) -> bool:
        arguments = list(inspect.signature(cls.__init__).parameters.values())[1:]
        named = [p for p in arguments if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        return all(p.default is not p.empty for p in named)

    # A PyG model is the user's own module: without one, there is nothing to test. Objectives and
    # augmentations of whole graphs have contracts of their own.
    return sorted(
        n
        for n, c in registry(kind).items()
        if free(c) and n != "pyg_model" and getattr(c, "level", "") != "graphs"
    )


def quick(component: Any, **more: Any) -> Any:
    """Return a component that trains for two epochs, whatever its settings are called."""
    epochs = {n: 2 for n in component.argument_names() if n == "epochs" or n.endswith("_epochs")}
    return component.replace(**epochs, **more)


def narrow(component: Any, width: int = 16) -> Any:
    """Return a component whose layers are at most so wide and that starts k-means once."""
    changes: dict[str, Any] = {}
    for name, value in component.get_params().items():
        if name == "channels" and isinstance(value, int):
            changes[name] = min(value, width)
        elif name == "channels" and value is not None:
            changes[name] = [min(v, width) for v in value]
        elif name == "restarts":
            changes[name] = 1
    return component.replace(**changes)


def parts_for(objective: Objective, graph: Graph) -> Step:
    """Return a step of parts that the objective accepts.

    GCN and softmax serve nearly all; an objective that reads something else of its encoder or
    its head says so by an InputError, and the registry is searched for the pair that it means.
    """
    trained = [n for n in buildable("head") if registry("head")[n].trained]
    pairs: list[tuple[Any, Any]] = [(lambda: GCN([16, 12], activation="tanh"), Softmax)]
    pairs += [
        (registry("encoder")[e], registry("head")[h]) for h in trained for e in buildable("encoder")
    ]
    refusal: InputError | None = None
    for make_encoder, make_head in pairs:
        try:
            step = step_of(make_encoder(), make_head(), objective, graph)
            if not any(p.requires_grad for p in step.encoder.parameters()):
                continue  # a filter: nothing for an objective to train
            objective.before_step(step)
            objective(step)
        except InputError as error:
            refusal = refusal or error
            continue
        return step_of(make_encoder(), make_head(), objective, graph)
    pytest.fail(f"no registered encoder and head satisfy {objective!r}: {refusal}")


def step_of(
    encoder: Encoder, head: Head, objective: Objective, graph: Graph, seed: int = 5
) -> Step:
    """Build everything from fixed generators; the step itself draws from ``seed``."""
    encoder.build(graph.n_features, seeded(1))
    assert graph.x is not None
    encoder.adapt(graph.x, graph.adj, seeded(2))
    head.build(encoder.out_channels, K, seeded(3))
    dims = Dims(graph.n_nodes, graph.n_features, encoder.out_channels, K)
    objective.build(dims, seeded(4))
    for module in (encoder, head, objective):
        module.train()
    # Iterative strategies put up targets; who does not read them does not see them.
    targets = torch.arange(graph.n_nodes) * K // graph.n_nodes
    return Step(encoder, head, graph, seeded(seed), 0, 10, targets)


class _Sizes(TorchDispatchMode):
    """Fail on any tensor that holds more than ``most`` elements."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, (tuple, list)) else (out,):
            if isinstance(tensor, Tensor) and tensor.layout == torch.strided:
                # A view of few numbers, expanded, takes no memory.
                held = min(tensor.numel(), tensor.untyped_storage().nbytes())
                if held >= self.most:
                    raise AssertionError(f"{func} made {tuple(tensor.shape)}: nodes times nodes")
        return out


@contextmanager
def nothing_quadratic(n: int = MANY) -> Iterator[None]:
    """Fail where anything inside holds n x n / 8 numbers: torch by tensor, numpy by its peak."""
    most = n * n // SHARE
    tracemalloc.start()
    try:
        with _Sizes(most):
            yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * most, f"numpy held {peak / 2**20:.0f} MiB: nodes times nodes"


def same_state(a: torch.nn.Module, b: torch.nn.Module) -> None:
    """Assert that two modules hold the same tensors."""
    one, two = a.state_dict(), b.state_dict()
    assert set(one) == set(two)
    for key, value in one.items():
        assert torch.equal(value, two[key]), key


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """Return the helpers above; a fixture, as test folders are no packages."""
    names = (
        "K F MANY seeded as_graph planted renamed many quick narrow parts_for step_of "
        "nothing_quadratic same_state"
    )
    return SimpleNamespace(**{name: globals()[name] for name in names.split()})


@pytest.fixture(scope="session")
def big() -> Graph:
    return many()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``an_objective``, ``a_head`` ... once for each that is defined."""
    import graphclust.methods  # noqa: F401  (defines everything)

    of_graphs = [n for n, c in registry("objective").items() if c.level == "graphs"]
    if "a_graph_objective" in metafunc.fixturenames:
        metafunc.parametrize("a_graph_objective", sorted(of_graphs))
    for kind in ("encoder", "head", "objective", "transform", "method", "graph_method"):
        argument = f"{'an' if kind[0] in 'eo' else 'a'}_{kind}"
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, buildable(kind))
