"""The one file of an interrupted fit: tensors, and what they belong to, in a single safetensors.

One file, so that whatever happens while it is written, the state before or the state after is
there, and never a mixture of the two.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, load_file, save_file
from torch import Tensor, nn

from graphclust.errors import InputError
from graphclust.ranks import Ranks

CHECKPOINT_FILE = "checkpoint.safetensors"
_FORMAT = 1


def write_checkpoint(folder: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write the state to a folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / (CHECKPOINT_FILE + ".part")
    save_file(tensors, partial, metadata={"facts": json.dumps({"format": _FORMAT, **facts})})
    partial.replace(folder / CHECKPOINT_FILE)


def read_facts(folder: Path) -> dict[str, Any] | None:
    """Return the facts of a folder's checkpoint, ``None`` where there is none.

    Raises
    ------
    InputError
        If the file is damaged, or of another version.
    """
    path = folder / CHECKPOINT_FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            facts: dict[str, Any] = json.loads((file.metadata() or {})["facts"])
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path} cannot be read ({error}): delete it, and begin without --resume"
        ) from error
    if facts.get("format") != _FORMAT:
        raise InputError(
            f"{path} has format {facts.get('format')}, and this version of graphclust reads "
            f"{_FORMAT}: begin without --resume"
        )
    return facts


def read_tensors(folder: Path, device: str, ranks: Ranks | None = None) -> dict[str, Tensor]:
    """Return the tensors of a folder's checkpoint, on all ranks those that the first one reads."""
    path = folder / CHECKPOINT_FILE
    if ranks is None:
        tensors: dict[str, Tensor] = load_file(path, device=device)
        return tensors
    # The others may lie on machines that do not see the folder.
    told = ranks.bytes_of_first(path.read_bytes() if ranks.first else b"")
    return {key: value.to(device) for key, value in load(told).items()}


def below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with ``prefix``, by what follows it."""
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def load_tensors(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Put tensors into a module's parameters and buffers by name, buffers of any shape.

    Unlike ``load_state_dict`` this fills buffers that are ``None`` until a fit made them.
    """
    for key, value in tensors.items():
        *path, leaf = key.split(".")
        owner = module.get_submodule(".".join(path))
        if leaf in owner._parameters:
            parameter = owner._parameters[leaf]
            assert parameter is not None
            with torch.no_grad():
                parameter.copy_(value)
        else:
            owner._buffers[leaf] = value.clone()
