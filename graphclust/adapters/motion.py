"""What moves in a clip, and how: from a stream of small grey frames to one vector.

The mover is where frames differ. A window that follows it holds its motion, and what the motion
looks like there, how it repeats, and where it goes tell what is done, wherever it is done.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import adaptive_avg_pool2d, affine_grid, grid_sample

# The window around the mover, as a share of the frame's height, and the cells of its maps.
_WINDOW, _CELLS, _COARSE = 0.61, 16, 4
# Differences of grey below this are noise of the camera.
_NOISE = 0.06
# Frames of a span whose rhythm is measured, the step between spans, and frequencies kept.
SPAN, _HOP, _RATES = 32, 8, 11
# Weight of the speed, in windows a frame: a run counts about half as much as a map.
_PACE = 22.0
_MAP = _CELLS * _CELLS
WIDTH = _MAP + _RATES * _COARSE**2 + 2 * _RATES + 1


def motion_vector(frames: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32] | None:
    r"""Return what moves in a clip as a vector, or None if nothing does.

    Parameters
    ----------
    frames : iterable of arrays of uint8, shape (h, w)
        Grey frames in their order, evenly spaced in time; read once.

    Returns
    -------
    array of float32, shape (455,)
        Three parts of about equal weight. *Where*: the mean difference between frames in a window
        that follows the mover, 16 × 16. *Rhythm*: the magnitudes of its Fourier transform over 32
        frames, on 4 × 4 cells. *Path*: those of the mover's own way across and down, and its
        speed, in windows a second frame.

    Notes
    -----
    Spans of 32 frames, a new one every 8, are averaged, so a clip of any length takes the memory
    of one span. A clip is mirrored where its mover goes to the left: walking is walking in either
    direction. The mover's place is the mean of the differences, smoothed over five frames. A clip
    with several movers is followed in their middle. **What the vector holds, and the weights of
    its parts, are tuned** on the Weizmann actions, with scores in view.

    References
    ----------
    Bobick and Davis, *The recognition of human movement using temporal templates*, 2001, whose
    motion-energy images are the maps before they are made to follow the mover.
    """
    total: dict[str, NDArray[np.float64]] = {}
    count = 0
    for differences in _spans(frames):
        maps, across, down = _followed(differences)
        if not maps.any():
            continue
        parts = _described(maps, across, down)
        for key, value in parts.items():
            total[key] = total.get(key, 0.0) + value
        count += 1
    if not count:
        return None
    mean = {key: value / count for key, value in total.items()}
    where = mean["mirrored" if mean["speed"][0] < 0 else "where"]
    rhythm = mean["mirrored rhythm" if mean["speed"][0] < 0 else "rhythm"]
    return np.concatenate(
        [_unit(where), _unit(rhythm), mean["path"], np.abs(mean["speed"])]
    ).astype(np.float32)


def _spans(frames: Iterable[NDArray[np.uint8]]) -> Iterable[NDArray[np.float32]]:
    """Yield the differences of consecutive frames, 32 at a time, a new span every 8."""
    held: list[NDArray[np.float32]] = []
    before: NDArray[np.float32] | None = None
    given = False
    for frame in frames:
        now = frame.astype(np.float32) / 255.0
        if before is not None:
            held.append(np.abs(now - before))
        before = now
        if len(held) == SPAN:
            yield np.stack(held)
            given = True
            del held[:_HOP]
    if not given and held:
        yield np.stack(held)


def _followed(
    differences: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Return maps of the motion around the mover (t, 16, 16), and its way across and down."""
    quiet = np.where(differences < _NOISE, np.float32(0), differences)
    t, height, width = quiet.shape
    mass = quiet.sum((1, 2))
    if not mass.any():
        return np.zeros((t, _CELLS, _CELLS), np.float32), np.zeros(t), np.zeros(t)
    safe = np.maximum(mass, 1e-6)
    across = (quiet.sum(1) @ np.arange(width)) / safe
    down = (quiet.sum(2) @ np.arange(height)) / safe
    # Where hardly anything moves there is no telling where the mover is.
    sure = mass > 0.2 * np.median(mass[mass > 0])
    at = np.arange(t)
    across, down = (_smooth(np.interp(at, at[sure], v[sure])) for v in (across, down))
    side = _WINDOW * height
    theta = torch.zeros(t, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = side / width, side / height
    theta[:, 0, 2] = torch.from_numpy(2 * (across + 0.5) / width - 1)
    theta[:, 1, 2] = torch.from_numpy(2 * (down + 0.5) / height - 1)
    pixels = max(_CELLS, round(side))
    window = affine_grid(theta, [t, 1, pixels, pixels], align_corners=False)
    seen = grid_sample(torch.from_numpy(quiet)[:, None], window, align_corners=False)
    maps: NDArray[np.float32] = adaptive_avg_pool2d(seen, _CELLS)[:, 0].numpy()
    return maps, across / side, down / side


def _described(
    maps: NDArray[np.float32], across: NDArray[np.float64], down: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return the parts of a span's vector, as they are and mirrored."""
    t = len(maps)
    level = maps / maps.mean()
    pooled = level.reshape(t, _COARSE, _CELLS // _COARSE, _COARSE, _CELLS // _COARSE).mean((2, 4))
    where = level.mean(0)
    # Frequencies by rows of cells by columns of cells.
    rhythm = _spectrum(pooled.reshape(t, -1)).reshape(_RATES, _COARSE, _COARSE)
    line = np.polyfit(np.arange(t), across, 1) if t > 1 else np.zeros(2)
    straight = np.polyfit(np.arange(t), down, 1) if t > 1 else np.zeros(2)
    way = np.stack(
        [across - np.polyval(line, np.arange(t)), down - np.polyval(straight, np.arange(t))], axis=1
    )
    return {
        "where": where.ravel().astype(np.float64),
        "mirrored": where[:, ::-1].ravel().astype(np.float64),
        "rhythm": rhythm.ravel(),
        "mirrored rhythm": rhythm[:, :, ::-1].ravel(),
        "path": _spectrum(way).ravel(),
        "speed": np.array([line[0] * _PACE]),
    }


def _spectrum(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return magnitudes of the Fourier transform over time without the mean, (11, columns)."""
    if len(values) < SPAN:
        values = np.pad(values, ((0, SPAN - len(values)), (0, 0)), mode="edge")
    centred = (values - values.mean(0)) * np.hanning(SPAN)[:, None]
    return np.abs(np.fft.rfft(centred, axis=0))[1 : 1 + _RATES]


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.convolve(np.pad(values, 2, mode="edge"), np.full(5, 0.2), "valid")


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values / max(float(np.linalg.norm(values)), 1e-12)
