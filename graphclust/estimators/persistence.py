"""Saving and loading a fitted estimator: JSON and safetensors, checked, and no pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from graphclust.component import from_config
from graphclust.encoders.foreign import PyGModel, as_encoder
from graphclust.errors import InputError
from graphclust.estimators.features import NodeFeatures
from graphclust.estimators.node_clusterer import NodeClusterer
from graphclust.estimators.run_folder import (
    CHECKED,
    FORMAT,
    RUN_FILE,
    digest,
    facts_of,
    metrics_of,
    write_run,
)
from graphclust.training.checkpoint import load_tensors

MODEL_FILE, TENSOR_FILE = "model.json", "model.safetensors"


def save(
    model: NodeClusterer,
    path: Path,
    metrics: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
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
    )


def load(path: str | Path, encoder: nn.Module | None = None) -> NodeClusterer:
    """Return the estimator that a run folder holds, ready to predict.

    Parameters
    ----------
    path : path
        What ``save`` or ``graphclust fit --out`` wrote.
    encoder : Module, optional
        The PyG model, built as for the fit, where one was used as encoder: its code is the
        user's own and is not stored.

    Raises
    ------
    InputError
        If there is no run, or its files were changed or cut short.
    """
    path = Path(path)
    run, facts = _read(path)
    tensors = load_file(path / "model" / TENSOR_FILE)
    try:
        model = NodeClusterer(
            n_clusters=facts["n_clusters"],
            method=from_config(facts["method"]),
            device=run["device"],
            random_state=run["seed"],
        )
        model.method_ = from_config(facts["method"])
        model.model_ = _rebuild(facts["model"], facts["facts"], tensors, encoder)
        model.features_ = _features(facts["features"], tensors)
        model.history_, model.notes_ = run["history"], run["notes"] + run["warnings"]
        model.n_features_in_ = facts["features"]["width"]
        model.labels_ = tensors["labels"].numpy()
        model.embedding_ = np.load(path / "embedding.npy", allow_pickle=False)
        model.membership_ = np.load(path / "membership.npy", allow_pickle=False)
        ids = facts["node_ids"]
        model.node_ids_ = list(range(len(model.labels_))) if ids is None else ids
        model.n_clusters_ = model.membership_.shape[1]
        model.n_effective_clusters_ = facts["n_effective_clusters"]
        model.seed_, model.seconds_ = run["seed"], facts["seconds"]
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise InputError(
            f"{path} does not fit together ({type(error).__name__}: {error}): load it with the "
            f"version of graphclust that wrote it, {run.get('versions', {}).get('graphclust')}"
        ) from error
    # The graph is not stored: what was measured on it is, for another save().
    model.saved_ = (_json(path / "metrics.json"), run)
    return model


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what ``run.json`` and ``model.json`` hold, every file checked."""
    if not (path / "model" / MODEL_FILE).is_file():
        raise InputError(
            f"{path} holds no saved model: give a folder that save() or fit --out wrote"
        )
    run = _json(path / RUN_FILE)
    if run.get("format") != FORMAT:
        raise InputError(
            f"{path} has format {run.get('format')}, and this version of graphclust reads "
            f"{FORMAT}: use the version that wrote it, or fit again"
        )
    for name in CHECKED:
        if not (path / name).is_file():
            raise InputError(f"{path / name} is missing: the run is not whole, fit again")
        if digest(path / name) != run.get("sha256", {}).get(name):
            raise InputError(
                f"{path / name} is not what was saved (its SHA-256 differs): fit again, or bring "
                "the file back"
            )
    return run, _json(path / "model" / MODEL_FILE)


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a run ({error}): fit again") from error
    if not isinstance(value, dict):
        raise InputError(f"{path} cannot be read as a run: it holds no JSON object")
    return value


def _write_model(model: NodeClusterer, folder: Path) -> None:
    from graphclust.methods.classical.partition import json_id

    folder.mkdir()
    tensors: dict[str, Tensor] = {}
    for prefix, module in (("model", model.model_), ("features", model.features_)):
        for key, value in module.state_dict().items():
            tensors[f"{prefix}/{key}"] = value.detach().cpu().contiguous().clone()
    tensors["labels"] = _tensor(model.labels_)
    save_file(tensors, folder / TENSOR_FILE)
    plain = model.node_ids_ == list(range(len(model.node_ids_)))
    facts = {
        "model": model.model_.to_config(),
        "facts": model.model_.facts(),
        "method": model.method_.to_config(),
        "n_clusters": str(k) if (k := model.n_clusters) == "auto" else int(k),
        "features": {
            "kind": model.features_.kind,
            "width": model.features_.width,
            "ids": model.features_.ids,
        },
        "node_ids": None if plain else [json_id(i) for i in model.node_ids_],
        "n_effective_clusters": float(model.n_effective_clusters_),
        "seconds": model.seconds_,
    }
    (folder / MODEL_FILE).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _rebuild(
    config: dict[str, Any],
    facts: dict[str, Any],
    tensors: dict[str, Tensor],
    encoder: nn.Module | None,
) -> Any:
    model = from_config(config)
    if encoder is not None:
        given = as_encoder(encoder)
        # The encoder itself, or what another one stands on (the trunk of a variational one).
        slots = [m for m in model.modules() if isinstance(m, PyGModel)]
        if slots and isinstance(given, PyGModel):
            slots[0].module = given.module
        else:
            model.encoder = given
    model.restore(facts)
    load_tensors(model, _below(tensors, "model/"))
    return model.eval()


def _features(facts: dict[str, Any], tensors: dict[str, Tensor]) -> NodeFeatures:
    out = NodeFeatures()
    out.kind, out.width, out.ids = facts["kind"], facts["width"], facts["ids"]
    load_tensors(out, _below(tensors, "features/"))
    return out


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def _tensor(values: Any) -> Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(values))
