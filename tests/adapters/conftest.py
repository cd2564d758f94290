"""Small files of every kind, made here: nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """A folder of drawn shapes in class sub-folders: 12 discs, 12 bars."""
    image = pytest.importorskip("PIL.Image")
    draw_module = pytest.importorskip("PIL.ImageDraw")
    rng = np.random.default_rng(0)
    folder = tmp_path / "shapes"
    for kind in ("bar", "disc"):
        (folder / kind).mkdir(parents=True)
        for i in range(12):
            picture = image.new("L", (48, 40), 20)
            draw = draw_module.Draw(picture)
            x, y = rng.integers(18, 28), rng.integers(16, 24)
            if kind == "disc":
                draw.ellipse((x - 11, y - 11, x + 11, y + 11), fill=220)
            else:
                draw.rectangle((x - 3, y - 14, x + 3, y + 14), fill=220)
            picture.save(folder / kind / f"{i:02d}.png")
    return folder


@pytest.fixture
def write_clip() -> Callable[..., None]:
    """Return what writes a clip of a square that moves as it is told."""
    av = pytest.importorskip("av")

    def write(path: Path, way: str, frames: int = 48, seed: int = 0, shade: int = 210) -> None:
        rng = np.random.default_rng(seed)
        phase, height, width = rng.uniform(0, 6), 72, 96
        with av.open(str(path), "w") as container:
            codec = "gif" if path.suffix == ".gif" else "mpeg4"
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = width, height
            stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
            for t in range(frames):
                swing = np.sin(t * 0.6 + phase)
                x = 48 + (26 * np.sin(t * 0.2 + phase) if way == "across" else 0)
                y = 36 + (10 * swing if way == "up and down" else 0)
                picture = np.full((height, width, 3), 30, np.uint8)
                x, y = int(x), int(y)
                picture[y - 8 : y + 8, x - 8 : x + 8] = shade
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                for packet in stream.encode(frame.reformat(format=stream.pix_fmt)):
                    container.mux(packet)
            for packet in stream.encode():
                container.mux(packet)

    return write


@pytest.fixture
def clips(tmp_path: Path, write_clip: Callable[..., None]) -> Path:
    """A folder of clips in class sub-folders: 6 go across, 6 go up and down."""
    folder = tmp_path / "clips"
    for way in ("across", "up and down"):
        (folder / way).mkdir(parents=True)
        for i in range(6):
            write_clip(folder / way / f"{i}.mp4", way, seed=i)
    return folder
