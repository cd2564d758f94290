"""Stacks of images of one size: arrays, ``.npy`` and ``.npz`` files, and idx files."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from graphclust.adapters.pictures import to_bytes, value_range
from graphclust.errors import InputError
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.named.images import read_idx

_IMAGES, _LABELS = ("images", "x", "X", "data"), ("labels", "y", "target")


@dataclass(frozen=True)
class Stack:
    """Images of one size.

    Attributes
    ----------
    images : array, shape (n, h, w) or (n, h, w, 3)
    ids : sequence of hashables or None
    y : sequence or None
        Classes, for scoring only.
    name : str
    truth : dict
        ``y`` and ``class_names`` as Loaded takes them.
    span : pair of float
        Which values are black and white.
    """

    images: NDArray[Any]
    ids: Sequence[Hashable] | None = None
    y: Sequence[Any] | None = None
    name: str = "images"
    truth: dict[str, Any] = field(default_factory=dict)
    span: tuple[float, float] = (0.0, 255.0)

    def scaled(self, start: int, stop: int, size: int) -> NDArray[np.uint8]:
        """Return some images as bytes of one size with three colours, (m, size, size, 3)."""
        part = to_bytes(np.ascontiguousarray(self.images[start:stop]), self.span)
        values = torch.from_numpy(part.astype(np.float32))
        if values.dim() == 3:
            values = values[..., None].expand(*values.shape, 3)
        values = values.permute(0, 3, 1, 2)
        if tuple(values.shape[2:]) != (size, size):
            values = interpolate(values, (size, size), mode="bilinear", antialias=True)
        out: NDArray[np.uint8] = values.round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
        return out


def is_stack(source: Any) -> bool:
    """Whether a source is a file that holds a stack."""
    if not isinstance(source, (str, Path)) or not Path(source).is_file():
        return False
    name = Path(source).name.lower().removesuffix(".gz")
    return name.endswith((".npy", ".npz")) or re.search(r"[-.]idx\d?(-ubyte)?$", name) is not None


def stack_within(folder: Any, endings: Sequence[str]) -> Any:
    """Return the file of images that a folder holds in place of pictures, else what was given.

    Raises
    ------
    InputError
        If there are several.
    """
    if not isinstance(folder, (str, Path)) or not Path(folder).is_dir():
        return folder
    files = [file for file in sorted(Path(folder).rglob("*")) if file.is_file()]
    stacks = [file for file in files if is_stack(file) and "labels" not in file.name]
    if not stacks or any(file.suffix.lower() in endings for file in files):
        return folder
    if len(stacks) > 1:
        raise InputError(
            f"{folder} holds no pictures but {len(stacks)} files of images: name one of them, "
            f"such as {stacks[0]}"
        )
    return stacks[0]


def read_stack(path: Path) -> Stack:
    """Read a ``.npy``, ``.npz`` or idx file.

    An ``.npz`` has the images under ``images`` or ``x`` and perhaps classes under ``labels`` or
    ``y``; beside ``t10k-images-idx3-ubyte.gz``, ``t10k-labels-idx1-ubyte.gz`` holds the classes.

    Raises
    ------
    InputError
        If it is damaged, or holds something else.
    """
    try:
        if path.suffix == ".npy":
            return Stack(np.load(path, mmap_mode="r", allow_pickle=False))
        if path.suffix == ".npz":
            return _of_npz(path)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} is damaged, or no array of numbers ({error})") from error
    images = read_idx(path)
    labels = path.with_name(path.name.replace("images-idx3", "labels-idx1"))
    known = labels != path and labels.is_file()
    return Stack(images, y=read_idx(labels) if known else None)  # type: ignore[arg-type]


def stack_of(
    images: Any, ids: Sequence[Hashable] | None, y: Sequence[Any] | None, name: str = "images"
) -> Stack:
    """Return a checked stack.

    Raises
    ------
    InputError
        If the shape is no stack of images, or ids or y have another length.
    """
    if isinstance(images, Tensor):
        images = images.detach().cpu().numpy()
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    coloured = images.ndim == 4 and images.shape[3] == 3
    if not (images.ndim == 3 or coloured) or 0 in images.shape:
        raise InputError(
            f"images of shape {images.shape}: give (n, height, width) or (n, height, width, 3)"
        )
    if images.dtype.kind not in "biuf":
        raise InputError(f"images of type {images.dtype}: give numbers")
    span = value_range(images)
    if not all(np.isfinite(span)):
        raise InputError("the images hold NaN or infinite values: give finite numbers")
    for key, value in (("ids", ids), ("y", y)):
        if value is not None and len(value) != len(images):
            raise InputError(f"{key} has {len(value)} entries for {len(images)} images")
    truth: dict[str, Any] = {}
    if y is not None:
        truth["y"], truth["class_names"] = class_codes(list(y))
    return Stack(images, ids, y, name, truth, span)


def _of_npz(path: Path) -> Stack:
    with np.load(path, allow_pickle=False) as held:
        key = next((key for key in _IMAGES if key in held), None)
        if key is None and len(held.files) == 1:
            key = held.files[0]
        if key is None:
            raise InputError(
                f"{path} holds {', '.join(held.files)}: the images must be called 'images' or 'x'"
            )
        labels = next((key for key in _LABELS if key in held), None)
        return Stack(held[key], y=None if labels is None else held[labels])  # type: ignore[arg-type]
