"""All layers of an encoder side by side."""

from __future__ import annotations

from typing import Literal, Self

import torch
from torch import Tensor

from graphclust.encoders.base import Encoder, widths_of
from graphclust.encoders.gin import GIN
from graphclust.encoders.layered import Layered
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.sparse import CSR


class JumpingKnowledge(Encoder, name="jumping_knowledge"):
    r"""Join what every layer gave: near surroundings of a node beside wide ones.

    .. math:: h_i = h_i^{(1)} \Vert \dots \Vert h_i^{(L)} \quad\text{or}\quad
        h_i = \max_l h_i^{(l)}

    Parameters
    ----------
    encoder : Encoder, optional
        One of layers, such as ``GIN([32, 32, 32])``, which is the default.
    mode : "cat" or "max"
        Side by side, or the greatest of each channel; the layers are equally wide for the latter.

    Notes
    -----
    Cost that of the encoder. The paper's third way, attention over the layers, is left out.

    References
    ----------
    Xu et al., *Representation learning on graphs with jumping knowledge networks*, 2018,
    arXiv:1806.03536.
    """

    def __init__(self, encoder: Encoder | None = None, mode: Literal["cat", "max"] = "cat") -> None:
        super().__init__()
        self.encoder, self.mode = encoder, mode

    @property
    def hops(self) -> int | None:
        """``None``: a part of a graph gives other layers of other nodes."""
        return None

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Build the inner encoder.

        Raises
        ------
        InputError
            If it has no layers, or layers of several widths for ``mode="max"``.
        """
        if self.encoder is None:
            self.own = GIN([32, 32, 32])
        inner = self._inner.build(in_channels, generator)
        widths = widths_of(inner.channels)
        if self.mode == "max" and len(set(widths)) > 1:
            raise InputError(
                f"jumping_knowledge: mode='max' compares layers, and channels={widths} differ: "
                "give equal widths, or mode='cat'"
            )
        self.out_channels = sum(widths) if self.mode == "cat" else widths[0]
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the joined layers, shape (n, out_channels)."""
        layers = list(self._inner.outputs(x, adj, generator))
        if self.mode == "cat":
            return torch.cat(layers, dim=1)
        return torch.stack(layers).amax(dim=0)

    @property
    def _inner(self) -> Layered:
        inner = self.own if self.encoder is None else self.encoder
        if not isinstance(inner, Layered):
            raise InputError(
                f"jumping_knowledge: encoder={inner!r} has no layers to join: give one of "
                "graphclust's own, such as GIN, GINE, GCN or GAT"
            )
        return inner
