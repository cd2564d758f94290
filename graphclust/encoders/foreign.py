"""Any PyG model as an encoder, unmodified."""

from __future__ import annotations

import copy
from typing import Any, Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Encoder
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.randomness import spawn_seed
from graphclust.sparse import CSR


class PyGModel(Encoder, name="pyg_model"):
    """A module with ``forward(x, edge_index)``, such as those of ``torch_geometric.nn``.

    Parameters
    ----------
    module : torch.nn.Module
        Built by the user, its weights the start of the training; it is copied, not changed.

    Notes
    -----
    Its features are made dense and edge weights are not passed on. Such modules draw their
    dropout from torch's global generator: it is seeded from the fit's own for the duration of a
    pass, then put back. Its code is the user's and is not saved: loading needs the module again.
    """

    def __init__(self, module: nn.Module | None = None) -> None:
        super().__init__()
        self.module = module

    def to_config(self) -> dict[str, Any]:
        """Return a configuration without the module, which has no form in JSON."""
        return {"kind": self.kind, "name": self.name, "args": {"module": None}}

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Find the width of the output by a pass over two nodes.

        Raises
        ------
        InputError
            If there is no module, or it cannot read features of this width.
        """
        if self.module is None:
            raise InputError(
                "the model's encoder was a PyG module, whose code is not stored: build it as for "
                "the fit and give it to load(path, encoder=...)"
            )
        self.module = copy.deepcopy(self.module)
        device = next((p.device for p in self.module.parameters()), torch.device("cpu"))
        probe = torch.zeros(2, in_channels, device=device)
        edges = torch.tensor([[0, 1], [1, 0]], device=device)
        state, was_training = copy.deepcopy(self.module.state_dict()), self.module.training
        try:
            with torch.no_grad():
                self.module.eval()
                out = self.module(probe, edges)
        except (RuntimeError, TypeError, ValueError) as error:
            raise InputError(
                f"encoder={type(self.module).__name__} cannot read {in_channels} features a node "
                f"through forward(x, edge_index): {error}"
            ) from error
        self.module.load_state_dict(state)
        self.module.train(was_training)
        self.out_channels = int(out.shape[1])
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the module's output, shape (n, out_channels)."""
        assert self.module is not None
        dense = x.to_dense() if isinstance(x, CSR) else x
        if generator is None or not self.training:
            out: Tensor = self.module(dense, adj.edge_index)
            return out
        devices = [dense.device] if dense.is_cuda else []
        with torch.random.fork_rng(devices=devices):
            torch.random.manual_seed(spawn_seed(generator))
            out = self.module(dense, adj.edge_index)
        return out


def as_encoder(encoder: Any) -> Encoder:
    """Return an encoder as it is, or a PyG model as one.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(encoder, Encoder):
        return encoder
    if isinstance(encoder, nn.Module):
        return PyGModel(encoder)
    raise InputError(
        f"encoder={encoder!r} is neither a graphclust encoder nor a torch module with "
        "forward(x, edge_index)"
    )
