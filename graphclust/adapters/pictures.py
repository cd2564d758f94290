"""One picture: from a file of any size and format to a small array of colours."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError, MissingDependencyError

ENDINGS = (
    *(".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp"),
    *(".pgm", ".ppm", ".pbm", ".pnm"),
)


def pillow() -> Any:
    """Return ``PIL.Image``.

    Raises
    ------
    MissingDependencyError
        Without Pillow; it names the extra.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependencyError("pillow", "image", "reading images") from error
    return Image


def read_picture(path: Path, size: int) -> NDArray[np.uint8]:
    """Return the picture of a file, turned upright and scaled, shape (size, size, 3).

    Of an animation, the first frame. What is transparent becomes white. A picture that is not
    square is squeezed.

    Raises
    ------
    InputError
        If it is damaged, or no picture; the reason without the name.
    """
    if path.stat().st_size == 0:
        raise InputError("the file is empty")
    image_module = pillow()
    with _refusals(image_module), image_module.open(path) as image:
        # A JPEG is decoded no larger than is needed: large photos take little memory and time.
        image.draft("RGB", (2 * size, 2 * size))
        return shrink(upright(image), size)


def read_within(path: Path, width: int, height: int) -> Any:
    """Return the picture of a file, upright and no larger than a box, its sides in proportion.

    A picture that is smaller stays as it is.

    Raises
    ------
    InputError
        As :func:`read_picture`.
    """
    if path.stat().st_size == 0:
        raise InputError("the file is empty")
    image_module = pillow()
    with _refusals(image_module), image_module.open(path) as image:
        image.draft("RGB", (2 * width, 2 * height))
        return within(upright(image), width, height)


def within(image: Any, width: int, height: int) -> Any:
    """Return a picture in plain colours, made smaller where it is larger than a box."""
    image = plain(image)
    image.thumbnail((width, height), pillow().Resampling.LANCZOS)
    return image


def upright(image: Any) -> Any:
    """Return a picture turned as its EXIF tag says."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def shrink(image: Any, size: int) -> NDArray[np.uint8]:
    """Return a picture as an array of bytes, shape (size, size, 3)."""
    image = plain(image)
    if image.size != (size, size):
        image = image.resize((size, size), pillow().Resampling.BOX, reducing_gap=2.0)
    return np.asarray(image, dtype=np.uint8)


def plain(image: Any) -> Any:
    """Return a picture of any mode in red, green and blue; what is transparent becomes white."""
    image_module = pillow()
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image)
        image = image_module.fromarray(to_bytes(values, value_range(values)))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = image_module.new("RGBA", image.size, "white")
        image = image_module.alpha_composite(white, image)
    return image.convert("RGB")


def value_range(values: NDArray[Any]) -> tuple[float, float]:
    """Return which values are black and white.

    Of whole numbers that is 0 and the most that their bytes hold, of fractions up to 1 these, of
    all others the least and the greatest.

    Examples
    --------
    >>> value_range(np.array([0, 300])), value_range(np.array([0.0, 16.0]))
    ((0.0, 65535.0), (0.0, 16.0))
    """
    if values.dtype == np.uint8:
        return 0.0, 255.0
    if values.dtype == bool:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind in "iu" and low >= 0 and high <= 65535:
        return 0.0, 255.0 if high <= 255 else 65535.0
    return (0.0, 1.0) if low >= 0.0 and high <= 1.0 else (low, high)


def to_bytes(values: NDArray[Any], span: tuple[float, float]) -> NDArray[np.uint8]:
    """Return numbers as bytes, 0 for black and 255 for white."""
    if values.dtype == np.uint8:
        return values
    low, high = span
    scaled = (values.astype(np.float64) - low) * (255.0 / max(high - low, 1e-12))
    return np.rint(scaled).clip(0, 255).astype(np.uint8)


@contextmanager
def _refusals(image_module: Any) -> Iterator[None]:
    """Turn what decoders raise about damaged files into one kind of error."""
    bomb = image_module.DecompressionBombError
    try:
        with warnings.catch_warnings():
            # What is odd about a file (a bad tag, a great size) is no matter while it is read.
            warnings.simplefilter("ignore")
            yield
    except bomb as error:
        raise InputError(f"the picture is too large to be opened ({error})") from error
    except image_module.UnidentifiedImageError as error:
        raise InputError("it is not a picture, whatever its ending, or is cut off") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise InputError(f"the picture is damaged ({error})") from error
