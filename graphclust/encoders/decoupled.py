"""Encoders that propagate first and learn afterwards, row by row."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from graphclust.encoders.base import Encoder
from graphclust.encoders.in_blocks import by_columns
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.ondisk import StoredRows
from graphclust.sparse import CSR, StreamedCSR


class Decoupled(Encoder, name="decoupled", register=False):
    """Base of the encoders of which only what treats nodes one by one is learnt.

    A subclass gives :meth:`propagate` and :meth:`rows`; the embedding is the second of the first.
    Propagation then needs to be done once, and training reads rows of its result, in batches of
    any nodes, without their neighbours.
    """

    def propagate(self, x: Tensor, adj: CSR) -> Tensor:
        """Return what is read of a node and of the nodes about it, shape (n, f), not learnt.

        Columns are treated alike and apart, so that a graph on disk is met in blocks of them.
        """
        raise NotImplementedError

    def rows(self, h: Tensor) -> Tensor:
        """Return the embedding of propagated rows, any of them, shape (m, out_channels)."""
        raise NotImplementedError

    @torch.no_grad()
    def propagated(
        self, x: Features, adj: CSR, shuffled: Tensor | None = None
    ) -> Tensor | StoredRows:
        """Return the propagated features; of a graph on disk, in blocks of columns.

        Parameters
        ----------
        x : Tensor, CSR or StoredRows, shape (n, f)
        adj : CSR, shape (n, n)
        shuffled : Tensor of int64, shape (n,), optional
            The features are permuted by it before.

        Raises
        ------
        InputError
            If the features are sparse: propagated they would be full.
        """
        if isinstance(x, CSR):
            raise InputError(
                f"sparse features of {x.shape[1]} columns cannot be propagated once: put "
                "encoders.reduction.Reduce(512) before the encoder, or train without rows"
            )

        def propagate(rows: Tensor, adj: CSR) -> Tensor:
            return self.propagate(rows if shuffled is None else rows[shuffled], adj)

        if isinstance(x, StoredRows) or isinstance(adj, StreamedCSR):
            return by_columns(propagate, x, adj)
        return propagate(x, adj)


class OfRows(Encoder, name="of_rows", register=False):
    """The learnt part of a decoupled encoder, for rows that have been propagated."""

    def __init__(self, encoder: Decoupled) -> None:
        super().__init__()
        self.encoder = encoder
        self.out_channels = encoder.out_channels

    def forward(self, x: Features, adj: CSR, generator: Any = None) -> Tensor:
        """Return the embedding; the adjacency is not read."""
        assert isinstance(x, Tensor)
        return self.encoder.rows(x)
