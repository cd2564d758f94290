"""Saving a fitted estimator: JSON and safetensors, whole or not at all, and no pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from graphclust.estimators.run_facts import facts_of, metrics_of
from graphclust.estimators.run_folder import write_run
from graphclust.methods.classical.partition import json_id

if TYPE_CHECKING:
    from graphclust.estimators.base import Clusterer

MODEL_FILE, TENSOR_FILE = "model.json", "model.safetensors"
# Where the ids of nodes are, and of graphs, where these are the items.
ID_KEY = "node_ids"


def save(
    model: Clusterer,
    path: Path,
    metrics: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    labels_format: str = "csv",
) -> Path:
    """Write the run folder of a fitted estimator and return it."""
    if hasattr(model, "saved_"):
        metrics, facts = model.saved_
    return write_run(
        model,
        path,
        metrics or metrics_of(model),
        facts or facts_of(model),
        lambda folder: _write_model(model, folder),
        labels_format,
    )


def _write_model(model: Clusterer, folder: Path) -> None:
    folder.mkdir()
    tensors: dict[str, Tensor] = {}
    for prefix, module in (("model", model.model_), ("features", model.features_)):
        for key, value in module.state_dict().items():
            tensors[f"{prefix}/{key}"] = value.detach().cpu().contiguous().clone()
    tensors["labels"] = torch.from_numpy(np.ascontiguousarray(model.labels_))
    save_file(tensors, folder / TENSOR_FILE)
    ids = model.item_ids_
    plain = isinstance(ids, range) or ids == list(range(len(ids)))
    facts = {
        "model": model.model_.to_config(),
        "facts": model.model_.facts(),
        "method": model.method_.to_config(),
        "device": model.device,
        "n_clusters": str(k) if (k := model.n_clusters) == "auto" else int(k),
        "features": {
            "kind": model.features_.kind,
            "width": model.features_.width,
            "ids": model.features_.ids,
        },
        "level": model.level,
        ID_KEY: None if plain else [json_id(i) for i in ids],
        "n_effective_clusters": float(model.n_effective_clusters_),
        "seconds": model.seconds_,
    }
    (folder / MODEL_FILE).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
