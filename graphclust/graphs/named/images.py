"""Image collections that are plain arrays of numbers: idx files and USPS."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.parts import Parts

PARTS = ("train", "t10k")


def read_idx_folder(folder: Path) -> Parts:
    """Read MNIST or Fashion-MNIST, training images first; whichever of the two parts is there."""
    images, labels, absent = [], [], []
    for part in PARTS:
        files = [folder / f"{part}-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1")]
        if not all(file.is_file() for file in files):
            absent.append(part)
            continue
        images.append(read_idx(files[0]))
        labels.append(read_idx(files[1]))
    pixels = np.concatenate(images)
    note = f"the {absent[0]} images are not here: {len(pixels)} of 70000" if absent else ""
    x = pixels.reshape(len(pixels), -1).astype(np.float32) / 255
    return Parts(x=x, y=np.concatenate(labels).astype(np.int64), note=note)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read one idx file of bytes, gzipped or not.

    Raises
    ------
    InputError
        If it is not whole, or holds something other than bytes.
    """
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (EOFError, OSError) as error:
            raise InputError(f"{path} is damaged ({error}): fetch it again") from error
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
        raise InputError(f"{path} is not an idx file of bytes: fetch it again")
    n_axes = raw[3]
    shape = tuple(int(v) for v in np.frombuffer(raw, ">u4", n_axes, offset=4))
    data = np.frombuffer(raw, np.uint8, offset=4 + 4 * n_axes)
    if data.size != int(np.prod(shape)):
        raise InputError(f"{path} holds {data.size} bytes for shape {shape}: fetch it again")
    return data.reshape(shape)


def read_usps(path: Path) -> Parts:
    """Read USPS.mat: a column an image, grey values 0 to 255, class 1 is the digit 0's first."""
    from scipy.io import loadmat

    raw = loadmat(path)
    data, labels = raw["DAT"], np.asarray(raw["labels"]).reshape(-1).astype(np.int64)
    if data.shape[1] != labels.size:
        raise InputError(f"{path} holds {data.shape[1]} images and {labels.size} labels")
    return Parts(x=data.T.astype(np.float32) / 255, y=labels - labels.min())
