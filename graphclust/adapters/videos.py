"""Clips as the nodes of their nearest-neighbour graph, or the shots of one long video."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from graphclust.adapters.clips import ENDINGS, HEIGHT, Frame, frames_of, pyav
from graphclust.adapters.image_models import ImageModel, is_of_clips
from graphclust.adapters.items import classes_of, list_items, own_vectors, refuse_columns
from graphclust.adapters.motion import WIDTH, motion_vector
from graphclust.adapters.sampled import Sampled, appearance
from graphclust.adapters.shots import Shot, cut_into_shots, shot_graph
from graphclust.adapters.streaming import notes_of, readings_of, stream
from graphclust.adapters.thumbnails import of_files, of_shots
from graphclust.adapters.video_models import VideoModel
from graphclust.errors import InputError
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.rows import graph_of_rows

VECTORS = ("both", "motion", "appearance")
# What is shown counts half as much as what moves: clips of one place differ by what is done there.
_SHOWN = 0.5
_FRAMES, _SIDE = 16, 32

Describe = Callable[[Iterator[Frame]], NDArray[np.float32]]


def from_videos(
    source: str | Path | Sequence[str | Path],
    vectors: str | Any = "both",
    *,
    shots: bool = False,
    strict: bool = False,
    cache: bool | str | Path = True,
) -> Any:
    """Return clips as a graph: each is tied to those in which much the same moves and is seen.

    Parameters
    ----------
    source : path or sequence of paths
        A folder (mp4, avi, mkv, webm, mov, gif; sub-folders too), a list of files, or with
        ``shots`` one file.
    vectors : str or array, shape (n, d)
        ``"motion"``: what moves, how it repeats and where it goes, :func:`motion_vector`.
        ``"appearance"``: what up to 16 frames, evenly spread, show (mean and spread of
        :func:`edges_and_colours`). ``"both"``, the second with half the weight. A trained video
        model, ``"torchvision:r3d_18"`` or ``"transformers:MCG-NJU/videomae-base"``, the mean over
        up to four spans (:class:`~graphclust.adapters.video_models.VideoModel`); or an image model
        by its library and name, such as ``"timm:resnet18"``, its mean over these 16 frames,
        whatever their order. Or vectors of your own, a row a file in the order of their names.
    shots : bool
        Whether nodes are the shots of one video, tied to the shots before and after them beside
        those that look alike.
    strict : bool
        Whether a file that cannot be read is an error; otherwise it is skipped and listed.
    cache : bool or path
        As for :func:`~graphclust.adapters.from_images`.

    Returns
    -------
    torch_geometric.data.Data
        As from :func:`~graphclust.adapters.from_images`; the id of a shot is when it begins and
        ends, in seconds.

    Raises
    ------
    InputError
        If there is no clip, or none can be read; with ``strict``, if one cannot.
    MissingDependencyError
        If PyAV (extra ``video``) or the library of a model is not installed.

    Notes
    -----
    Frames are decoded one after another, at most 25 a second and 72 pixels high, and let go: a
    clip of any length takes the memory of some 40 small frames. With a model they are as high as
    it asks, and a video model holds five spans of them, about 30 MB. Cost: that of decoding, and of
    a model's passes.

    Examples
    --------
    >>> from_videos("no/such/folder")
    Traceback (most recent call last):
    ...
    graphclust.errors.InputError: no/such/folder does not exist: give a folder of clips, or a ...
    """
    loaded, skipped = _read(source, vectors, shots, strict, cache)
    data = loaded.to_data()
    data.skipped = skipped
    return data


def read(
    path: Path,
    column: str | None = None,
    label_column: str | None = None,
    vectors: str | Any = None,
    strict: bool = False,
    shots: bool = False,
) -> Loaded:
    """Return the graph of clips with ground truth beside it, as the command line reads it."""
    refuse_columns(path, column, label_column)
    return _read(path, "both" if vectors is None else vectors, shots, strict, True)[0]


@dataclass
class _ClipReader:
    """Reads a clip as its vector; a :class:`Reader` of the streaming."""

    recipe: str
    vector: Describe
    height: int
    group: int = 1

    def read(self, path: Path) -> NDArray[np.float32]:
        return self.vector(frames_of(path, self.height))

    def describe(self, read: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.stack(read)


def _read(
    source: Any, vectors: str | Any, shots: bool, strict: bool, cache: bool | str | Path
) -> tuple[Loaded, list[tuple[str, str]]]:
    items = list_items(source, ENDINGS, "clips")
    if not isinstance(vectors, str):
        if shots:
            raise InputError("vectors of your own go with clips: a video's shots are not known yet")
        x = own_vectors(vectors, len(items.paths))
        loaded = Loaded(graph_of_rows(x, items.ids, items.name), pictures=of_files(items.paths))
        return replace(loaded, **classes_of(items, range(len(items.paths)))), []
    pyav()
    vector, height = _describer(vectors)
    if shots:
        return _shots(items.paths, vector, height), []
    read = stream(items, _ClipReader(f"videos 1 {vectors} {height}", vector, height), strict, cache)
    graph = graph_of_rows(
        torch.from_numpy(read.vectors),
        [items.ids[i] for i in read.kept],
        items.name,
        notes_of(read.skipped),
    )
    pictures = of_files([items.paths[i] for i in read.kept])
    loaded = Loaded(graph, readings=readings_of(read.skipped), pictures=pictures)
    return replace(loaded, **classes_of(items, read.kept)), read.skipped


def _describer(vectors: str) -> tuple[Describe, int]:
    """Return what makes a clip's vector, and how high frames must be for it."""
    if vectors in VECTORS:
        return lambda frames: _vector(frames, vectors), HEIGHT
    if is_of_clips(vectors):
        clips = VideoModel(vectors)
        return clips, clips.side
    model = ImageModel(vectors, VECTORS)

    def shown(frames: Iterator[Frame]) -> NDArray[np.float32]:
        sampled = Sampled(_FRAMES, model.side)
        for frame in frames:
            sampled.add(frame.colours)
        rows = model(sampled.kept)
        mean: NDArray[np.float32] = rows.mean(0)
        return mean

    return shown, model.side


def _vector(frames: Iterator[Frame], vectors: str) -> NDArray[np.float32]:
    """Return the vector of a clip, reading it once."""
    sampled = Sampled(_FRAMES, _SIDE)

    def grey() -> Iterator[NDArray[np.uint8]]:
        for frame in frames:
            sampled.add(frame.colours)
            yield frame.grey

    if vectors == "appearance":
        for frame in frames:
            sampled.add(frame.colours)
        return appearance(sampled.kept)
    moving = motion_vector(grey())
    if moving is None:
        moving = np.zeros(WIDTH, np.float32)  # a still clip: what it shows is all there is
    if vectors == "motion":
        return moving
    return np.concatenate([moving, np.float32(_SHOWN) * appearance(sampled.kept)])


def _shots(paths: Sequence[Path], vector: Describe, height: int) -> Loaded:
    if len(paths) != 1:
        raise InputError(f"shots=True reads one video, and {len(paths)} are given: name one file")
    path = paths[0]
    found: list[Shot] = []
    try:
        for shot in cut_into_shots(frames_of(path, height), vector):
            found.append(shot)
    except InputError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    pictures = of_shots(path, [(shot.start + shot.stop) / 2 for shot in found])
    return Loaded(shot_graph(found, path.name), pictures=pictures)
