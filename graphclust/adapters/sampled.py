"""A few frames of a clip, evenly spread over its length, without knowing the length."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate

from graphclust.adapters.descriptors import edges_and_colours


class Sampled:
    """Keeps between ``most / 2`` and ``most`` frames, evenly spaced, of however many come.

    Parameters
    ----------
    most : int
        When there are more, every second one goes, and from then on only every second is taken.
    side : int
        Frames are kept as squares of so many pixels.
    """

    def __init__(self, most: int = 16, side: int = 32) -> None:
        self.most, self.side = most, side
        self.kept: list[NDArray[np.uint8]] = []
        self._every, self._seen = 1, 0

    def add(self, colours: NDArray[np.uint8]) -> None:
        """Take a frame (h, w, 3), or pass it over."""
        if self._seen % self._every == 0:
            if len(self.kept) == self.most:
                self.kept = self.kept[::2]
                self._every *= 2
            if self._seen % self._every == 0:
                self.kept.append(square(colours, self.side))
        self._seen += 1


def square(colours: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a picture (h, w, 3) squeezed into a square."""
    values = torch.from_numpy(np.ascontiguousarray(colours)).permute(2, 0, 1)[None].float()
    small = interpolate(values, (side, side), mode="bilinear", antialias=True)
    out: NDArray[np.uint8] = small[0].round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    return out


def appearance(kept: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Return mean and spread over frames of what they show, unit length, shape (1088,)."""
    rows = edges_and_colours(torch.from_numpy(np.stack(kept))).numpy()
    both = np.concatenate([rows.mean(0), rows.std(0)])
    return (both / max(float(np.linalg.norm(both)), 1e-12)).astype(np.float32)
