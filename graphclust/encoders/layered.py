"""Encoders of layers in which nodes send messages to their neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from graphclust.encoders.base import Encoder, drop_features, widths_of
from graphclust.encoders.layers_on_disk import layers_on_disk
from graphclust.encoders.messages import Messages
from graphclust.graphs import Features
from graphclust.graphs.part import Part
from graphclust.ondisk import StoredRows
from graphclust.sparse import CSR, StreamedCSR

# Rows of a block where a graph is encoded layer by layer.
ROWS = 1 << 15


class Layered(Encoder, name="layered", register=False):
    """Base of the encoders whose layer is what each node sends, and what each makes of it.

    A subclass stores ``channels`` (the width of each layer) and ``dropout``, and gives
    :meth:`matrix`, :meth:`message` and :meth:`update`. Message and update treat each node by
    itself, so that a layer can be computed for any rows of the matrix: of all nodes at once in
    :meth:`forward`, block by block in :meth:`layer_by_layer`.
    """

    channels: int | Sequence[int]
    dropout: float

    @property
    def hops(self) -> int:
        """As many as there are layers."""
        return len(self.widths)

    @property
    def widths(self) -> list[int]:
        """The width of each layer's output."""
        return widths_of(self.channels)

    def matrix(self, adj: CSR) -> CSR:
        """Return the matrix along which messages go, shape (n, n)."""
        raise NotImplementedError

    def message(self, index: int, h: Features, few: bool) -> Messages:
        """Return what nodes with the input ``h``, shape (m, f), send in a layer.

        ``few`` tells that far fewer nodes receive than send, so that mapping the sums over
        neighbours is cheaper than mapping what is summed.
        """
        raise NotImplementedError

    def update(
        self,
        index: int,
        h: Features,
        own: Messages,
        sent: Messages,
        rows: CSR,
        generator: torch.Generator | None,
    ) -> Tensor:
        """Return a layer's output.

        Parameters
        ----------
        index : int
            Which layer.
        h : Tensor or CSR, shape (m, f)
            Input of the nodes whose output is wanted.
        own, sent : Messages
            What they sent themselves, and what all nodes sent.
        rows : CSR, shape (m, n)
            Their rows of the matrix.
        generator : torch.Generator, optional
            Source of dropout while training.
        """
        raise NotImplementedError

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the last layer's output, shape (n, channels[-1])."""
        *_, last = self.outputs(x, adj, generator)
        return last

    def outputs(
        self, x: Features, adj: CSR, generator: torch.Generator | None = None
    ) -> Iterator[Tensor]:
        """Yield the output of one layer after another, shape (n, channels[l])."""
        matrix = self.matrix(adj)
        within = adj.within if isinstance(adj, Part) else ()
        # An encoder around this one reads further, and wants rows further out.
        inwards = len(within) == self.hops + 1
        h: Features = x
        for index in range(self.hops):
            h = drop_features(h, self.dropout, self.training, generator)
            if inwards:
                h = self._inwards(index, h, matrix, within[self.hops - 1 - index], generator)
            else:
                h = self.whole(index, h, matrix, generator)
            yield h

    def whole(
        self, index: int, h: Features, matrix: CSR, generator: torch.Generator | None
    ) -> Tensor:
        """Return a layer's output of all nodes, shape (n, channels[index])."""
        sent = self.message(index, h, few=False)
        return self.update(index, h, sent, sent, matrix, generator)

    def _inwards(
        self, index: int, h: Features, matrix: CSR, wanted: int, generator: torch.Generator | None
    ) -> Tensor:
        """Return a layer's output of the nodes alone that a layer to come reads."""
        n = int(h.shape[0])
        rows = rows_of(matrix, 0, wanted)
        assert isinstance(rows, CSR)
        rows.shape = (wanted, n)  # what is further out has no part in it
        sent = self.message(index, h, few=2 * wanted <= n)
        return self.update(
            index, rows_of(h, 0, wanted), sent.rows(0, wanted), sent, rows, generator
        )

    @torch.no_grad()
    def layer_by_layer(
        self, x: Features | StoredRows, adj: CSR, block: int = ROWS
    ) -> Tensor | StoredRows:
        """Return what :meth:`forward` does after training, a block of rows at a time.

        Notes
        -----
        Beside the graph, the input and what a layer sends and gives, nothing of more than
        ``block`` rows exists. It is the same sums in the same order, but for how a matrix
        product rounds over fewer rows. A graph on disk is met in blocks that its memory allows,
        and the result is on disk too where it must be.
        """
        if isinstance(adj, StreamedCSR):
            assert not isinstance(x, CSR)
            return layers_on_disk(self, x, adj)
        assert not isinstance(x, StoredRows)
        matrix, n = self.matrix(adj), adj.shape[0]
        spans = [(start, min(start + block, n)) for start in range(0, n, block)]
        h: Features = x
        for index in range(self.hops):
            sent = _stacked(n, self._messages(index, h, spans))
            (h,) = _stacked(n, self._outputs(index, h, sent, matrix, spans)).parts
        assert isinstance(h, Tensor)
        return h

    def _messages(
        self, index: int, h: Features, spans: list[tuple[int, int]]
    ) -> Iterator[Messages]:
        for start, stop in spans:
            yield self.message(index, rows_of(h, start, stop), few=False)

    def _outputs(
        self, index: int, h: Features, sent: Messages, matrix: CSR, spans: list[tuple[int, int]]
    ) -> Iterator[Messages]:
        for start, stop in spans:
            rows = rows_of(matrix, start, stop)
            own = sent.rows(start, stop)
            assert isinstance(rows, CSR)
            yield Messages((self.update(index, rows_of(h, start, stop), own, sent, rows, None),))


def rows_of(x: Features, start: int, stop: int) -> Features:
    """Return consecutive rows of dense or sparse features, without a copy of the entries."""
    if isinstance(x, Tensor):
        return x[start:stop]
    return x.slice_rows(start, stop)


def _stacked(n: int, blocks: Iterator[Messages]) -> Messages:
    """Return blocks of rows one under the other, each let go as soon as it is copied."""
    out = Messages(())
    start = 0
    for block in blocks:
        if not out.parts:
            whole = tuple(part.new_empty(n, *part.shape[1:]) for part in block.parts)
            out = Messages(whole, block.as_they_are)
        stop = start + block.parts[0].shape[0]
        for rows, part in zip(out.rows(start, stop).parts, block.parts, strict=True):
            rows.copy_(part)
        start = stop
    return out
