"""Loading a fitted estimator from its run folder: every file checked, and no pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from graphclust.component import from_config
from graphclust.encoders.foreign import PyGModel, as_encoder
from graphclust.errors import InputError
from graphclust.estimators.features import NodeFeatures
from graphclust.estimators.node_clusterer import NodeClusterer
from graphclust.estimators.run_facts import FORMAT
from graphclust.estimators.run_folder import CHECKED, RUN_FILE, digest
from graphclust.estimators.saving import MODEL_FILE, TENSOR_FILE
from graphclust.training.checkpoint_file import below, load_tensors


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
            device=facts["device"],
            random_state=run["seed"],
        )
        model.method_ = from_config(facts["method"])
        model.model_ = _rebuild(facts["model"], facts["facts"], tensors, encoder)
        if model.device != "cpu" and torch.cuda.is_available():
            model.model_.to("cuda")  # where the fit was made, whose labels it is to give again
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
        model.threads_ = run["threads"]
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
    load_tensors(model, below(tensors, "model/"))
    return model.eval()


def _features(facts: dict[str, Any], tensors: dict[str, Tensor]) -> NodeFeatures:
    out = NodeFeatures()
    out.kind, out.width, out.ids = facts["kind"], facts["width"], facts["ids"]
    load_tensors(out, below(tensors, "features/"))
    return out
