"""Small pictures of items, as a page shows them: of image files, stacks, clips and shots."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphclust.adapters.clips import ENDINGS as CLIPS
from graphclust.adapters.clips import frame_at
from graphclust.adapters.pictures import ENDINGS as PICTURES
from graphclust.adapters.pictures import pillow, read_within, to_bytes, within
from graphclust.adapters.stacks import Stack, is_stack, read_stack, stack_of
from graphclust.errors import InputError, MissingDependencyError

# As high as a picture is shown; wide ones are lower.
HEIGHT, WIDTH = 80, 128
_QUALITY = 80


class Thumbnail(NamedTuple):
    """A small picture, or why there is none.

    Attributes
    ----------
    image : str
        A data URI of a JPEG or PNG, whichever is shorter; empty where there is no picture.
    width, height : int
        Pixels.
    reason : str
        Why there is none.
    """

    image: str
    width: int = 0
    height: int = 0
    reason: str = ""


# From the numbers of items to a thumbnail of each.
Look = Callable[[Sequence[int]], Iterator[Thumbnail]]


def of_files(paths: Sequence[Path]) -> Look:
    """Return what shows image files and, by its middle frame, each clip."""
    return lambda rows: (_made(_of_file, paths[row]) for row in rows)


def of_shots(path: Path, moments: Sequence[float]) -> Look:
    """Return what shows the frames of one video at some moments, in seconds."""
    return lambda rows: (_made(_of_clip, path, moments[row]) for row in rows)


def of_stack(read: Callable[[], Stack]) -> Look:
    """Return what shows the images of a stack, which is read again when they are asked for.

    Parameters
    ----------
    read : callable
        So that a fit needs not hold the images all the while.
    """

    def look(rows: Sequence[int]) -> Iterator[Thumbnail]:
        try:
            stack = read()
        except (InputError, OSError) as error:
            yield from (Thumbnail("", reason=str(error)) for _ in rows)
            return
        for row in rows:
            yield _made(_of_array, to_bytes(stack.images[row], stack.span))

    return look


def checked_stack(source: Any) -> Stack:
    """Return the stack of an array or of a file."""
    held = read_stack(Path(source)).images if isinstance(source, (str, Path)) else source
    return stack_of(held, None, None)


def pictures_of(source: Any, ids: Sequence[str]) -> Look:
    """Return what shows the items of a run, looked for by their ids.

    Parameters
    ----------
    source : path or array
        The folder in which the ids name files, a stack (array, ``.npy``, ``.npz``, idx) with an
        image for each id, or one video of which the ids are shots.
    ids : sequence of str

    Raises
    ------
    InputError
        If there is no such source, none of the ids is a file in it, or sizes do not fit.
    """
    if not isinstance(source, (str, Path)) or is_stack(source):
        return _in_stack(source, len(ids))
    folder = Path(source).expanduser()
    if folder.suffix.lower() in CLIPS and folder.is_file():
        return of_shots(folder, [_middle(name, folder) for name in ids])
    if not folder.is_dir():
        raise InputError(f"{folder} does not exist: give the folder that holds the run's pictures")
    paths = [folder / name for name in ids]
    if not any(path.is_file() for path in paths):
        raise InputError(f"{folder} holds none of the run's items, such as {ids[0]!r}")
    return of_files(paths)


def are_pictures(ids: Sequence[str]) -> bool:
    """Whether ids are names of files that hold pictures or clips."""
    return all(name.lower().endswith((*PICTURES, *CLIPS)) for name in ids)


def _in_stack(source: Any, n: int) -> Look:
    found = len(checked_stack(source).images)
    if found != n:
        raise InputError(f"{found} images are given, and the run has {n} items: give the same ones")
    return of_stack(lambda: checked_stack(source))


def _middle(name: str, path: Path) -> float:
    try:
        start, stop = map(float, name.split("-"))
    except ValueError:
        raise InputError(f"{path} is one video, and {name!r} is no shot of it") from None
    return (start + stop) / 2


def _made(picture: Callable[..., Any], *of: Any) -> Thumbnail:
    try:
        return _encoded(picture(*of))
    except FileNotFoundError:
        return Thumbnail("", reason="the file is gone")
    except (InputError, MissingDependencyError, OSError) as error:
        return Thumbnail("", reason=str(error))


def _of_file(path: Path) -> Any:
    if path.suffix.lower() in PICTURES:
        return read_within(path, WIDTH, HEIGHT)
    return _of_clip(path)


def _of_clip(path: Path, at: float | None = None) -> Any:
    return _of_array(frame_at(path, HEIGHT, at))


def _of_array(pixels: NDArray[np.uint8]) -> Any:
    return within(pillow().fromarray(np.ascontiguousarray(pixels)), WIDTH, HEIGHT)


def _encoded(image: Any) -> Thumbnail:
    pixels = np.asarray(image)
    if not (pixels - pixels[..., :1]).any():
        image = image.convert("L")
    written = []
    for kind, how in (("jpeg", {"quality": _QUALITY}), ("png", {"optimize": True})):
        buffer = io.BytesIO()
        image.save(buffer, kind, **how)
        written.append((len(buffer.getvalue()), kind, buffer.getvalue()))
    _, kind, held = min(written)
    return Thumbnail(f"data:image/{kind};base64,{base64.b64encode(held).decode()}", *image.size)
