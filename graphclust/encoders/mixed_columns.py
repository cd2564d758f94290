"""Columns of several sorts, each made fit for a network: marks, codes and measurements."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.transforms import Transform
from graphclust.graphs import Features
from graphclust.sparse import CSR


class MixedColumns(Transform, name="mixed_columns"):
    r"""Leave marks as they are, spread codes over columns, standardise measurements.

    A column of zeros and ones is a *mark* and stays. One of at most ``most_codes`` different whole
    numbers, none of them negative, is a *code* (an atomic number, a kind of bond) and becomes a
    column for each number that the training saw; others, met later, are zeros in all of them.
    Anything else is a *measurement*: its mean is taken off and it is divided by its deviation.

    Parameters
    ----------
    most_codes : int
        Different whole numbers of a code at most.

    Notes
    -----
    What a column is, is told from the training's rows alone. Sparse features become dense.
    Cost O(n f log n) once, O(n f) after.
    """

    splits = "whole"

    def __init__(self, most_codes: int = 64) -> None:
        super().__init__()
        self.most_codes = most_codes
        for name in ("marks", "measures", "coded", "values", "mean", "deviation"):
            self.register_buffer(name, None)

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Learn what each column is."""
        dense = _dense(x)
        mark = ((dense == 0) | (dense == 1)).all(dim=0)
        sources, values = [], []
        whole = ((dense == dense.round()) & (dense >= 0)).all(dim=0)
        for column in (~mark & whole).nonzero().flatten().tolist():
            seen = torch.unique(dense[:, column])  # type: ignore[no-untyped-call]
            if seen.numel() <= self.most_codes:
                sources += [column] * int(seen.numel())
                values.append(seen)
        self.coded = torch.tensor(sources, dtype=torch.int64, device=dense.device)
        self.values = torch.cat(values) if values else dense.new_zeros(0)
        code = torch.zeros_like(mark)
        code[self.coded] = True
        self.marks = mark.nonzero().flatten()
        self.measures = (~mark & ~code).nonzero().flatten()
        measured = dense[:, self.measures]
        self.mean = measured.mean(dim=0)
        self.deviation = (measured - self.mean).square().mean(dim=0).sqrt().clamp(min=1e-6)
        return self

    def forward(self, x: Features, adj: CSR) -> Tensor:
        """Return the columns, shape (n, f')."""
        dense = _dense(x)
        mean: Tensor = self.mean  # type: ignore[assignment]
        measured = (dense[:, self.measures] - mean) / self.deviation  # type: ignore[index]
        codes = (dense[:, self.coded] == self.values).to(dense.dtype)  # type: ignore[index]
        return torch.cat([dense[:, self.marks], codes, measured], dim=1)  # type: ignore[index]


def _dense(x: Features) -> Tensor:
    return x.to_dense() if isinstance(x, CSR) else x
