"""One clip: its frames, small and upright, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError, MissingDependencyError

ENDINGS = (".mp4", ".avi", ".mkv", ".webm", ".mov", ".m4v", ".mpg", ".mpeg", ".gif")
# Frames are read so high, and at most so many a second: what moves shows at this size and rate.
HEIGHT, RATE = 72, 25.0


@dataclass(frozen=True)
class Frame:
    """A frame of a clip.

    Attributes
    ----------
    time : float
        Seconds from the beginning.
    colours : array of uint8, shape (72, w, 3)
    """

    time: float
    colours: NDArray[np.uint8]

    @property
    def grey(self) -> NDArray[np.uint8]:
        """The brightness, shape (72, w)."""
        weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
        return (self.colours @ weights).astype(np.uint8)


class Pace:
    """Which of the frames that come are taken, so that they are at most so many a second.

    Parameters
    ----------
    rate : float
        Frames a second.
    start : float
        When the first one is due, in seconds.
    """

    def __init__(self, rate: float, start: float = 0.0) -> None:
        self._step, self._due = 1.0 / rate, start

    def takes(self, time: float) -> bool:
        """Whether the frame of a moment is taken, in seconds."""
        if time + 1e-3 < self._due:
            return False
        # From where the frame should have come: rates that do not divide keep their mean.
        self._due = max(self._due + self._step, time)
        return True


def pyav() -> Any:
    """Return ``av``.

    Raises
    ------
    MissingDependencyError
        Without PyAV; it names the extra.
    """
    try:
        import av
    except ImportError as error:
        raise MissingDependencyError("av", "video", "reading clips") from error
    return av


def frames_of(path: Path, height: int = HEIGHT) -> Iterator[Frame]:
    """Yield the frames of a clip, at most 25 a second, each let go before the next is decoded.

    Raises
    ------
    InputError
        If the file is damaged, or holds no moving picture; the reason without the name.
    """
    av = pyav()
    if path.stat().st_size == 0:
        raise InputError("the file is empty")
    with _refusals(av), av.open(str(path)) as container:
        if not container.streams.video:
            raise InputError("it holds no moving picture, or is cut off")
        stream = container.streams.video[0]
        usual = 1.0 / float(stream.average_rate or RATE)
        pace, count = Pace(RATE), 0
        for frame in container.decode(stream):
            time = count * usual if frame.time is None else float(frame.time)
            count += 1
            if pace.takes(time):
                yield Frame(time, _small(frame, height))
        if count == 0:
            raise InputError("it holds no frame that can be decoded")


def frame_at(path: Path, height: int = HEIGHT, at: float | None = None) -> NDArray[np.uint8]:
    """Return one frame of a clip, shape (height, w, 3): the middle one, or that of a moment.

    Decodes from the key frame before it, or twice from the beginning where the file does not
    tell its length or cannot be entered in its middle.

    Parameters
    ----------
    path : Path
    height : int
    at : float, optional
        Seconds, as :class:`Frame` counts them.

    Raises
    ------
    InputError
        As :func:`frames_of`.
    """
    av = pyav()
    with suppress(InputError, av.error.FFmpegError), av.open(str(path)) as container:
        stream = container.streams.video[0] if container.streams.video else None
        length = _length(container, stream)
        if stream is not None and length:
            tick = float(stream.time_base)
            wanted = tick * (stream.start_time or 0) + length / 2 if at is None else at
            container.seek(int(wanted / tick), stream=stream)
            for frame in container.decode(stream):
                if frame.time is None:
                    break
                if frame.time >= wanted - 1e-3:
                    return _small(frame, height)
    # What was wrong is met again here, and told.
    if at is None:
        count = sum(1 for _ in frames_of(path, 2))
        return next(islice(frames_of(path, height), count // 2, None)).colours
    frames = frames_of(path, height)
    first = next(frames)
    return next((frame for frame in frames if frame.time >= at), first).colours


def _length(container: Any, stream: Any) -> float:
    """Return how many seconds a clip says that it lasts, 0 where it does not."""
    if stream is None or not stream.time_base:
        return 0.0
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1e6  # as Matroska tells it: of the whole file


def _small(frame: Any, height: int) -> NDArray[np.uint8]:
    turns = round(float(getattr(frame, "rotation", 0) or 0) / 90) % 4
    long, wide = (frame.width, frame.height) if turns % 2 else (frame.height, frame.width)
    width = max(2, round(wide * height / long))
    size = (height, width) if turns % 2 else (width, height)
    out: NDArray[np.uint8] = frame.reformat(
        width=size[0], height=size[1], format="rgb24"
    ).to_ndarray()
    return np.ascontiguousarray(np.rot90(out, turns))


@contextmanager
def _refusals(av: Any) -> Iterator[None]:
    """Turn what FFmpeg raises about damaged files into one kind of error."""
    try:
        yield
    except av.error.FFmpegError as error:
        said = getattr(error, "strerror", None) or str(error)
        raise InputError(f"the clip is damaged, or no clip ({said})") from error
