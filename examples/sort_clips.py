"""Sort clips by what moves in them, and draw a strip of frames for each.

    python examples/sort_clips.py [FOLDER] [--clusters K] [--out strips.png]

Without a folder, a ball that rolls, bounces or swells is filmed first. Extras `video`, `image`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import av
import numpy as np
from PIL import Image

import graphclust as gc

HEIGHT, WIDTH = 72, 96
ways = {
    "rolls": lambda t: (48 + 30 * np.sin(0.1 * t), 36.0, 8.0),
    "bounces": lambda t: (48.0, 52 - 30 * abs(np.sin(0.25 * t)), 8.0),
    "swells": lambda t: (48.0, 36.0, 10 + 6 * np.sin(0.4 * t)),
}


def write_clip(path: Path, way: str, begin: float) -> None:
    """Write a clip of a white ball on grey."""
    down, across = np.mgrid[:HEIGHT, :WIDTH]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for t in range(60):
            x, y, radius = ways[way](t + begin)
            ball = np.hypot(across - x, down - y) < radius
            picture = np.where(ball, 230, 40).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray8")))
        container.mux(stream.encode())


parser = argparse.ArgumentParser()
parser.add_argument("folder", nargs="?", type=Path)
parser.add_argument("--clusters", type=int, default=3, metavar="K")
parser.add_argument("--out", type=Path, default=Path("strips.png"))
given = parser.parse_args()
with tempfile.TemporaryDirectory() as made:
    folder = given.folder or Path(made)
    for i, way in enumerate([] if given.folder else [*ways] * 6):
        write_clip(folder / f"{i:02d}-{way}.mp4", way, 7.0 * i)
    model = gc.NodeClusterer(given.clusters, "leiden_at_k", random_state=0)
    model.fit(gc.adapters.from_videos(folder))
    strips = []
    for node in np.argsort(model.labels_, kind="stable"):
        print(model.labels_[node], model.node_ids_[node])
        with av.open(str(folder / model.node_ids_[node])) as clip:
            frames = [f.reformat(64, 48, "rgb24").to_ndarray() for f in clip.decode(video=0)]
        strips.append(np.hstack([frames[i * len(frames) // 8] for i in range(8)]))
Image.fromarray(np.vstack(strips)).save(given.out)
print("a strip of frames for each clip, cluster after cluster:", given.out)
