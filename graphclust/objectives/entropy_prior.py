"""Cluster sizes drawn towards a prior that the user may give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.objectives.base import Dims, InBatches, Objective, OnRanks, Split
from graphclust.objectives.step import Step
from graphclust.objectives.totals import Totals, as_they_are


class EntropyPrior(Objective, name="entropy_prior"):
    r"""Draw the mean membership :math:`\bar s` towards prior sizes :math:`\pi`.

    .. math::
        \mathcal L = \mathrm{KL}(\bar s \,\Vert\, \pi)
          = \sum_j \bar s_j \ln \frac{\bar s_j}{\pi_j}, \qquad \bar s = \frac1n \sum_i s_i

    Parameters
    ----------
    sizes : sequence of float, shape (k,), optional
        Expected sizes of the clusters, in any unit; equal by default, and then the loss is
        :math:`\ln k` less the entropy of :math:`\bar s`.

    Notes
    -----
    Cost O(n k). With unequal sizes, cluster j is the one that is to have size j. ``sizes`` is
    matched to the clusters by position and not by order of size.
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "totals"
    on_ranks: ClassVar[OnRanks] = "whole"
    needs_head: ClassVar[bool] = True

    def __init__(self, sizes: Sequence[float] | None = None) -> None:
        super().__init__()
        self.sizes = sizes

    def build(self, dims: Dims, generator: torch.Generator | None) -> EntropyPrior:
        """Check the sizes against the number of clusters.

        Raises
        ------
        InputError
            If there is not one positive size for each cluster.
        """
        self.register_buffer("prior", prior_shares(self.sizes, dims.n_clusters), persistent=False)
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the divergence of the mean membership from the prior."""
        prior: Tensor = self.prior  # type: ignore[assignment]
        return entropy_prior_loss(step.totals(), prior)


def entropy_prior_loss(totals: Totals, prior: Tensor) -> Tensor:
    """Return KL of the mean membership from ``prior`` (k,), in nats."""
    mean = totals.over_nodes(as_they_are) / totals.n_nodes
    return (mean * (mean.clamp(min=1e-12) / prior).log()).sum()


def prior_shares(sizes: Sequence[float] | None, k: int) -> Tensor:
    """Return sizes as shares that sum to one; equal ones for ``None``."""
    if sizes is None:
        return torch.full((k,), 1.0 / k)
    shares = torch.as_tensor(list(sizes), dtype=torch.float32)
    if shares.shape != (k,) or not bool((shares > 0).all()):
        raise InputError(
            f"sizes={list(sizes)} does not fit {k} clusters: give {k} positive numbers, or None"
        )
    return shares / shares.sum()
