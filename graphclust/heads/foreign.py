"""Any scikit-learn clusterer as a head."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads.base import Head
from graphclust.neighbors.lloyd import nearest_center
from graphclust.randomness import spawn_seed


class SklearnHead(Head, name="sklearn"):
    """A scikit-learn clusterer, by its import path and settings.

    Parameters
    ----------
    path : str
        ``"module:Class"``.
    settings : dict
        Its constructor's arguments; ``n_clusters`` (or ``n_components``) and ``random_state``
        are filled in from the fit where the class has them and they were left at their default.

    Notes
    -----
    Many such clusterers cannot assign new rows. All of them do so here in the same way: a row
    takes the label of its nearest row of the fitted embedding, which is itself if it was fitted.
    Rows that the clusterer left out (-1) stay so. Memberships are hard.
    """

    def __init__(self, path: str, settings: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.path, self.settings = path, settings
        self.register_buffer("rows", None)
        self.register_buffer("labels", None)

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Remember the number of clusters that was asked for."""
        self.n_clusters = n_clusters
        return self

    def fit(self, z: Tensor, graph: Graph, generator: torch.Generator) -> Self:
        """Run the clusterer on the embedding."""
        module, name = self.path.split(":")
        kind = getattr(import_module(module), name)
        settings = dict(self.settings or {})
        known = inspect.signature(kind.__init__).parameters
        for key in ("n_clusters", "n_components"):
            if key in known:
                settings.setdefault(key, self.n_clusters)
        if "random_state" in known:
            settings.setdefault("random_state", spawn_seed(generator))
        labels = np.asarray(kind(**settings).fit_predict(z.detach().cpu().numpy()))
        self.rows = z.detach().clone()
        self.labels = torch.from_numpy(labels.astype(np.int64)).to(z.device)
        self.n_clusters = max(1, int(labels.max()) + 1)
        return self

    def predict(self, z: Tensor) -> Tensor:
        """Return the label of the nearest fitted row."""
        labels: Tensor = self.labels  # type: ignore[assignment]
        rows: Tensor = self.rows  # type: ignore[assignment]
        if z.shape == rows.shape and torch.equal(z, rows):
            return labels
        return labels[nearest_center(z, rows)[0]]

    def forward(self, z: Tensor) -> Tensor:
        """Return hard memberships; rows left out belong to all clusters alike."""
        labels = self.predict(z)
        out = torch.full((z.shape[0], self.n_clusters), 1.0 / self.n_clusters, device=z.device)
        assigned = (labels >= 0).nonzero().flatten()
        out[assigned] = 0.0
        out[assigned, labels[assigned]] = 1.0
        return out


def as_head(head: Any) -> Head:
    """Return a head as it is, or a scikit-learn clusterer as one.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(head, Head):
        return head
    if hasattr(head, "fit_predict") and hasattr(head, "get_params"):
        default = type(head)().get_params(deep=False)
        changed = {k: v for k, v in head.get_params(deep=False).items() if v != default.get(k)}
        return SklearnHead(f"{type(head).__module__}:{type(head).__qualname__}", changed)
    raise InputError(
        f"head={head!r} is neither a graphclust head nor a scikit-learn clusterer with fit_predict"
    )
