"""Trained video models by name, of torchvision or transformers, as makers of vectors of clips."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.adapters.clips import Frame, Pace
from graphclust.adapters.image_models import load_model, without_classes
from graphclust.adapters.model_hub import quiet
from graphclust.adapters.sampled import spans

# A clip's vector is the mean of at most so many spans, each of which costs a pass of the network.
# What the library says of its models was measured on 1 to 12.
_SPANS = 4
# Models that were measured on longer spans are given so many frames: s3d, on 128, reads any number.
_LONGEST = 32
# Of weights that do not tell on what they were measured.
_FRAMES, _RATE = 16, 15.0
# VideoMAE was trained on 16 frames at 7.5 a second, ViViT on 32 at 15; their files do not say so.
_SECONDS = 32 / 15


class _Loaded(NamedTuple):
    """What a loader gives; ``encode`` maps spans (m, 3, frames, side, side) to vectors (m, d)."""

    encode: Callable[[Tensor], Tensor]
    frames: int
    rate: float
    side: int
    mean: Sequence[float]
    std: Sequence[float]


class VideoModel:
    """A trained model that gives a vector a clip, in which the order of frames counts.

    Parameters
    ----------
    name : str
        ``"torchvision:NAME"``, one of ``torchvision.models.video`` (r3d_18, s3d, mvit_v2_s,
        swin3d_t ...), or ``"transformers:NAME"``, a model or folder with a fixed number of frames
        (VideoMAE, TimeSformer, ViViT); the weights come from the library's own cache, or from the
        network.

    Attributes
    ----------
    frames : int
        Frames of a span.
    rate : float
        Frames a second.
    side : int
        Pixels of a frame, on a side.

    Raises
    ------
    InputError
        If there is no such model, or its weights cannot be had.
    MissingDependencyError
        If the library is not installed.

    Notes
    -----
    Up to four spans, evenly spread over the clip, are read at the rate at which the weights were
    measured, and their vectors are averaged: of torchvision what enters the layer of classes, of
    transformers, whose spans last two seconds, the mean over the last layer's tokens. Frames are
    squeezed into squares; the libraries' own references cut out the middle.
    """

    def __init__(self, name: str) -> None:
        loaded = load_model(name, {"torchvision": _torchvision, "transformers": _transformers})
        self._encode, self.frames, self.rate, self.side = loaded[:4]
        self._mean, self._std = (
            torch.tensor(v).view(1, 3, 1, 1, 1) for v in (loaded.mean, loaded.std)
        )

    @torch.no_grad()
    def __call__(self, frames: Iterator[Frame]) -> NDArray[np.float32]:
        """Return the vector of a clip, shape (d,); its frames are read once, and let go."""
        first = next(frames)
        pace = Pace(self.rate, first.time)
        taken = (f.colours for f in chain((first,), frames) if pace.takes(f.time))
        # One span after another: that of several at once would be several times the memory.
        rows = [self._vector(span) for span in spans(taken, self.frames, self.side, _SPANS)]
        mean: NDArray[np.float32] = np.mean(rows, axis=0, dtype=np.float32)
        return mean

    def _vector(self, span: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = torch.from_numpy(span).permute(3, 0, 1, 2)[None].float().div(255.0)
        out: Tensor = self._encode((values - self._mean) / self._std)
        return out.flatten().float().numpy()


def _torchvision(module: Any, name: str) -> _Loaded:
    model, weights = without_classes(module, name)
    asked = weights.transforms()
    frames, rate = _measured_on(weights.meta)
    return _Loaded(model, frames, rate, int(asked.crop_size[0]), asked.mean, asked.std)


def _measured_on(meta: dict[str, Any]) -> tuple[int, float]:
    """Return how many frames, and how many a second, weights are for.

    The least number is a field of its own; the usual one and the rate stand in the description
    alone, as ``clip_len=16`` and ``frame_rate=7.5``.
    """
    told = dict(re.findall(r"(clip_len|frame_rate)=([0-9]+(?:\.[0-9]+)?)", str(meta.get("_docs"))))
    usual = min(int(float(told.get("clip_len", _FRAMES))), _LONGEST)
    return max(usual, int(meta.get("min_temporal_size") or 1)), float(told.get("frame_rate", _RATE))


def _transformers(module: Any, name: str) -> _Loaded:
    with quiet():
        model = module.AutoModel.from_pretrained(name).eval()
    frames, side = (getattr(model.config, key, None) for key in ("num_frames", "image_size"))
    if not isinstance(frames, int) or not isinstance(side, int):
        raise ValueError("it is no model of clips: its config has no num_frames and image_size")
    asked = module.AutoImageProcessor.from_pretrained(name)

    def encode(spans: Tensor) -> Tensor:
        tokens: Tensor = model(pixel_values=spans.transpose(1, 2)).last_hidden_state
        return tokens.mean(1)

    return _Loaded(encode, frames, frames / _SECONDS, side, asked.image_mean, asked.image_std)
