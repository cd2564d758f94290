"""Images as the nodes of their nearest-neighbour graph."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.adapters.descriptors import CELLS, WIDTH, edges_and_colours
from graphclust.adapters.image_models import ImageModel
from graphclust.adapters.items import Items, classes_of, list_items, own_vectors, refuse_columns
from graphclust.adapters.pictures import ENDINGS, pillow, read_picture
from graphclust.adapters.stacks import Stack, is_stack, read_stack, stack_of, stack_within
from graphclust.adapters.streaming import notes_of, readings_of, stream
from graphclust.adapters.thumbnails import checked_stack, of_files, of_stack
from graphclust.errors import InputError
from graphclust.graphs.cards import Card, find_card
from graphclust.graphs.datasets import read_named
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.rows import graph_of_rows

SIZE = 32
# Pictures are described so many at a time.
_GROUP = 256
# So many, evenly spaced, tell whether there is colour.
_LOOKED_AT = 64
# Grey pictures saved as JPEG differ by a little between their three colours.
_NOTICEABLE = 12

Describe = Callable[[Sequence[NDArray[np.uint8]]], NDArray[np.float32]]


def from_images(
    source: str | Path | Sequence[str | Path] | NDArray[Any],
    vectors: str | Any = "hog",
    *,
    size: int = SIZE,
    strict: bool = False,
    cache: bool | str | Path = True,
    ids: Sequence[Hashable] | None = None,
    y: Sequence[Any] | None = None,
) -> Any:
    """Return images as a graph: each is tied to those that look most alike.

    Parameters
    ----------
    source : path, sequence of paths, or array
        A folder (JPEG, PNG, WebP, GIF, TIFF, PGM; sub-folders too), a list of files, an idx file
        (gzipped or not), a ``.npy`` or ``.npz`` stack, a folder with one of those and no picture,
        or an array (n, h, w) or (n, h, w, 3).
    vectors : str or array, shape (n, d)
        ``"hog"``: edges and colours by place, :func:`edges_and_colours`. ``"pixels"``: the
        picture itself, so that ``encoders.Convolution`` can read it; its neighbours are those of
        ``"hog"``. A trained model by its library and name, such as ``"timm:resnet18"``
        (``open_clip:NAME/WEIGHTS``, ``torchvision:NAME``). Or vectors of your own, a row a file
        in the order of their names.
    size : int
        Pictures are scaled to so many pixels on a side, a multiple of 8; a model has its own.
    strict : bool
        Whether a file that cannot be read is an error; otherwise it is skipped and listed.
    cache : bool or path
        Vectors of files are kept in the user's cache folder (or the one named) under the hash of
        what the files hold; ``False`` keeps nothing.
    ids, y : sequences of length n, optional
        Names and classes of the images of an array or a stack.

    Returns
    -------
    torch_geometric.data.Data
        ``x, edge_index, ids`` (paths within the folder), ``skipped`` (pairs of a name and what is
        wrong), and with class sub-folders ``y`` and ``class_names``, which only a score reads.

    Raises
    ------
    InputError
        If there is no image, or none can be read; with ``strict``, if one cannot.
    MissingDependencyError
        If Pillow (extra ``image``) or the library of a model is not installed.

    Notes
    -----
    Files are decoded one by one and described 256 at a time, so that beside the vectors little
    memory is needed. Nothing is fitted to the collection: the vector of a picture is the same in
    any other. Cost O(n s²) for the vectors, and that of the neighbours.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> digits = load_digits()
    >>> data = from_images(digits.images[:100], y=digits.target[:100])
    >>> data.x.shape
    torch.Size([100, 544])
    """
    loaded, skipped = _read(source, vectors, size, strict, cache, ids, y)
    data = loaded.to_data()
    data.skipped = skipped
    return data


def read(
    path: Path,
    column: str | None = None,
    label_column: str | None = None,
    vectors: str | Any = None,
    strict: bool = False,
) -> Loaded:
    """Return the graph of images with ground truth beside it, as the command line reads it."""
    refuse_columns(path, column, label_column)
    return _read(path, "hog" if vectors is None else vectors, SIZE, strict, True, None, None)[0]


def load_images(
    name: str, data_root: str | Path | None = None, vectors: str = "hog", size: int = SIZE
) -> Loaded:
    """Return a named data set whose rows are pictures, read as images rather than as a table.

    Raises
    ------
    InputError
        If there is no such data set, or its rows are no pictures.
    """
    if "picture" not in find_card(name).options:
        raise InputError(f"{name} is no set of images: leave out --as images")
    parts, card = read_named(name, data_root)
    loaded = _of_stack(_stacked(parts.x, card), vectors, size)
    notes = (parts.note, *loaded.graph.notes) if parts.note else loaded.graph.notes
    graph = replace(loaded.graph, notes=notes, table=False)  # met again, it is told by its name
    y = None if parts.y is None else np.asarray(parts.y, dtype=np.int64)
    found = Loaded(graph, y, parts.class_names or card.classes or None, card)
    return with_pictures(found, data_root)


def with_pictures(loaded: Loaded, data_root: str | Path | None = None) -> Loaded:
    """Return a named data set with what shows its rows, where they are pictures.

    However its rows were read, as images or as a table, a report can show them. They are read
    again when they are asked for. Without Pillow the data set is returned as it is.
    """
    card = loaded.card
    if card is None or "picture" not in card.options or find_spec("PIL") is None:
        return loaded
    look = of_stack(lambda: _stacked(read_named(card.name, data_root)[0].x, card))
    return replace(loaded, pictures=look)


def _stacked(x: Any, card: Card) -> Stack:
    rows = np.asarray(x).reshape(-1, *card.options["picture"])
    return stack_of(rows, None, None, card.name)


@dataclass
class _PictureReader:
    """Reads pictures of one size and describes them; a :class:`Reader` of the streaming."""

    recipe: str
    size: int
    describe: Describe
    group: int = _GROUP

    def read(self, path: Path) -> NDArray[np.uint8]:
        return read_picture(path, self.size)


def _read(
    source: Any,
    vectors: str | Any,
    size: int,
    strict: bool,
    cache: bool | str | Path,
    ids: Sequence[Hashable] | None,
    y: Sequence[Any] | None,
) -> tuple[Loaded, list[tuple[str, str]]]:
    if not isinstance(size, int) or size < CELLS or size % CELLS:
        raise InputError(f"size={size!r}: give a multiple of {CELLS}, such as {SIZE}")
    pictures = None
    source = stack_within(source, ENDINGS)
    if is_stack(source):
        pictures = of_stack(lambda: checked_stack(source))
        stack = read_stack(Path(source))
        ids, y = stack.ids if ids is None else ids, stack.y if y is None else y
        source = stack.images
    if isinstance(source, (np.ndarray, Tensor)):
        loaded = _of_stack(stack_of(source, ids, y), vectors, size)
        return replace(loaded, pictures=pictures), []
    if ids is not None or y is not None:
        raise InputError("ids and y go with an array: files have their names and sub-folders")
    items = list_items(source, ENDINGS, "images")
    if not isinstance(vectors, str):
        return _with_own(items, vectors), []
    pillow()
    colour = vectors == "pixels" and _has_colour(items, size)
    side, describe = _describer(vectors, size, colour)
    recipe = f"images 1 {vectors} {side} {colour}"
    read = stream(items, _PictureReader(recipe, side, describe), strict, cache)
    notes = notes_of(read.skipped)
    loaded = _graph(
        read.vectors, vectors, side, colour, [items.ids[i] for i in read.kept], items.name, notes
    )
    return replace(
        loaded,
        readings=readings_of(read.skipped),
        pictures=of_files([items.paths[i] for i in read.kept]),
        **classes_of(items, read.kept),
    ), read.skipped


def _of_stack(stack: Stack, vectors: str | Any, size: int) -> Loaded:
    if not isinstance(vectors, str):
        x = own_vectors(vectors, len(stack.images))
        return Loaded(graph_of_rows(x, stack.ids, stack.name), **stack.truth)
    colour = vectors == "pixels" and stack.images.ndim == 4
    side, describe = _describer(vectors, size, colour)
    rows = [
        describe(list(stack.scaled(start, start + _GROUP, side)))
        for start in range(0, len(stack.images), _GROUP)
    ]
    loaded = _graph(np.concatenate(rows), vectors, side, colour, stack.ids, stack.name, ())
    return replace(loaded, **stack.truth)


def _describer(vectors: str, size: int, colour: bool) -> tuple[int, Describe]:
    """Return the side of the pictures to be read, and what makes their vectors."""
    if vectors in ("hog", "pixels"):
        return size, lambda pictures: _described(np.stack(pictures), vectors == "pixels", colour)
    model = ImageModel(vectors)
    return model.side, model


def _described(pictures: NDArray[np.uint8], pixels: bool, colour: bool) -> NDArray[np.float32]:
    tensor = torch.from_numpy(pictures)
    parts = [edges_and_colours(tensor)]
    if pixels:
        values = tensor.float().div(255.0).permute(0, 3, 1, 2)
        parts.append((values if colour else values.mean(1, keepdim=True)).flatten(1))
    return torch.cat(parts, dim=1).numpy()


def _graph(
    rows: NDArray[np.float32],
    vectors: str,
    side: int,
    colour: bool,
    ids: Sequence[Hashable] | None,
    name: str,
    notes: tuple[str, ...],
) -> Loaded:
    """Return the kNN graph of vectors; of pixels, that of the descriptors which stand before."""
    x = torch.from_numpy(rows)
    if vectors != "pixels":
        return Loaded(graph_of_rows(x, ids, name, notes))
    graph = graph_of_rows(x[:, :WIDTH], ids, name, notes)
    channels = 3 if colour else 1
    note = f"pictures of {channels} x {side} x {side} values; neighbours by edges and colours"
    # Not a table: other pictures find their neighbours by something else than their features.
    return Loaded(
        replace(
            graph,
            x=x[:, WIDTH:].contiguous(),
            grid=(channels, side, side),
            table=False,
            notes=(*graph.notes, note),
        )
    )


def _with_own(items: Items, vectors: Any) -> Loaded:
    x = own_vectors(vectors, len(items.paths))
    loaded = Loaded(graph_of_rows(x, items.ids, items.name), pictures=of_files(items.paths))
    return replace(loaded, **classes_of(items, range(len(items.paths))))


def _has_colour(items: Items, size: int) -> bool:
    """Whether any of up to 64 pictures, evenly spaced, has colour."""
    places = np.unique(np.linspace(0, len(items.paths) - 1, _LOOKED_AT).astype(int))
    for place in places:
        try:
            picture = read_picture(items.paths[place], size).astype(np.int16)
        except InputError:
            continue  # it is met again, and listed, when all are read
        if int(np.abs(np.diff(picture, axis=2)).max()) > _NOTICEABLE:
            return True
    return False
