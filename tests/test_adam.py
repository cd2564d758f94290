"""Adam: torch's arithmetic bit for bit, and none of what torch's own brings along."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from graphclust.adam import Adam

SHAPES = [(5, 3), (3,), (2, 2)]


def weights() -> list[torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=draw).requires_grad_() for shape in SHAPES]


def descend(parameters, optimizer, steps: int, first: int = 0) -> None:
    for step in range(first, first + steps):
        optimizer.zero_grad()
        draw = torch.Generator().manual_seed(step)
        loss = sum((p * torch.randn(p.shape, generator=draw)).sin().sum() for p in parameters[:2])
        loss.backward()
        optimizer.step()


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("decoupled", [False, True])
def test_steps_are_torchs(decay, decoupled) -> None:
    ours, theirs = weights(), weights()
    kind = torch.optim.AdamW if decoupled else torch.optim.Adam
    descend(ours, Adam(ours, 0.03, decay, decoupled), 7)
    descend(theirs, kind(theirs, lr=0.03, weight_decay=decay, fused=True), 7)
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_a_kept_state_goes_on_bit_for_bit() -> None:
    whole, parts = weights(), weights()
    descend(whole, Adam(whole, 0.03), 6)
    first, second = Adam(parts, 0.03), Adam(parts, 0.03)
    descend(parts, first, 3)
    assert sorted(first.state) == [0, 1]  # the third had no gradient
    second.restore(first.state)
    first.state[0]["exp_avg"].zero_()  # what was restored is a copy
    descend(parts, second, 3, first=3)
    assert all(torch.equal(a, b) for a, b in zip(whole, parts, strict=True))


def test_a_fit_leaves_torchs_compiler_out() -> None:
    code = (
        "import sys, networkx as nx, graphclust as gc\n"
        "dmon = gc.methods.DMoN(epochs=1)\n"
        "gc.NodeClusterer(2, dmon, random_state=0).fit(nx.karate_club_graph())\n"
        "sys.exit(bool({'torch._dynamo', 'sympy', 'triton'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
