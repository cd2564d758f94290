"""Images to nodes: any format, any size, labels for scoring only, what is unreadable listed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import graphclust as gc
from graphclust.adapters.images import read as read_images
from graphclust.adapters.pictures import read_picture
from graphclust.errors import InputError, MissingDependencyError


def gradient(width: int = 64, height: int = 64) -> np.ndarray:
    """Dark on the left, light on the right."""
    return np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))


def test_a_folder_becomes_a_graph_with_names_and_classes(shapes) -> None:
    data = gc.adapters.from_images(shapes)
    assert data.x.shape == (24, 544)
    assert data.ids[0] == "bar/00.png" and data.ids[-1] == "disc/11.png"
    assert data.class_names == ["bar", "disc"]
    assert data.y.tolist() == [0] * 12 + [1] * 12
    assert data.skipped == []
    model = gc.NodeClusterer(2, "leiden_at_k", random_state=0).fit(data)
    assert model.score(data.y)["nmi"] == 1.0


def test_labels_never_reach_the_graph(shapes) -> None:
    loaded = read_images(shapes)
    assert not hasattr(loaded.graph, "y")
    assert loaded.y is not None


def test_files_side_by_side_have_no_classes(shapes) -> None:
    data = gc.adapters.from_images(shapes / "bar")
    assert "y" not in data
    assert data.ids == [f"{i:02d}.png" for i in range(12)]


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif", "tiff", "pgm", "bmp"])
def test_every_format_gives_much_the_same(tmp_path, ending) -> None:
    image = pytest.importorskip("PIL.Image")
    path = tmp_path / f"a.{ending}"
    image.fromarray(gradient()).save(path)
    found = read_picture(path, 32).astype(int)
    assert found.shape == (32, 32, 3)
    expected = gradient(32, 32)
    assert np.abs(found.mean(2) - expected).max() < 16


def test_a_photo_is_turned_upright(tmp_path) -> None:
    image = pytest.importorskip("PIL.Image")
    exif = image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    image.fromarray(np.ascontiguousarray(gradient()[:, :])).save(tmp_path / "a.jpg", exif=exif)
    found = read_picture(tmp_path / "a.jpg", 32).mean(2)
    # Dark on the left becomes dark at the top.
    assert found[:4].mean() < 40 and found[-4:].mean() > 215


def test_sixteen_bits_and_transparency(tmp_path) -> None:
    image = pytest.importorskip("PIL.Image")
    image.fromarray(gradient().astype(np.uint16) * 257).save(tmp_path / "deep.png")
    assert (
        np.abs(read_picture(tmp_path / "deep.png", 64)[..., 0].astype(int) - gradient()).max() < 2
    )
    clear = np.zeros((16, 16, 4), np.uint8)
    image.fromarray(clear).save(tmp_path / "clear.png")
    assert read_picture(tmp_path / "clear.png", 16).min() == 255


def spoil(folder: Path) -> None:
    """Put a truncated, an empty and a false picture, and a text, among the others."""
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    image.fromarray(rng.integers(0, 255, (64, 64, 3)).astype(np.uint8)).save(folder / "cut.jpg")
    whole = (folder / "cut.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "false.png").write_text("no picture at all")
    (folder / "notes.txt").write_text("hello")
    (folder / ".hidden").write_text("hello")


def test_what_cannot_be_read_is_skipped_and_listed(shapes) -> None:
    spoil(shapes / "bar")
    data = gc.adapters.from_images(shapes)
    assert data.num_nodes == 24 and len(data.y) == 24
    said = dict(data.skipped)
    assert set(said) == {f"bar/{n}" for n in ("cut.jpg", "empty.png", "false.png", "notes.txt")}
    assert "truncated" in said["bar/cut.jpg"]
    assert said["bar/empty.png"] == "the file is empty"
    assert "not a picture" in said["bar/false.png"]
    notes = read_images(shapes).graph.notes
    assert any(note.startswith("skipped bar/cut.jpg: ") for note in notes)


@pytest.mark.parametrize("bad", ["cut.jpg", "empty.png", "false.png", "notes.txt"])
def test_strict_makes_each_of_them_an_error(shapes, bad) -> None:
    spoil(shapes / "bar")
    for other in {"cut.jpg", "empty.png", "false.png", "notes.txt"} - {bad}:
        (shapes / "bar" / other).unlink()
    with pytest.raises(InputError, match=f"bar/{bad} cannot be read"):
        gc.adapters.from_images(shapes, strict=True)


def test_folders_that_hold_nothing(tmp_path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        gc.adapters.from_images(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no images"):
        gc.adapters.from_images(tmp_path / "empty")
    (tmp_path / "empty" / "a.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"none of the 1 files .* the file is empty"):
        gc.adapters.from_images(tmp_path / "empty")


def test_vectors_are_kept_by_content(shapes, monkeypatch, tmp_path) -> None:
    first = gc.adapters.from_images(shapes)
    opened = []
    read = read_picture
    monkeypatch.setattr(
        "graphclust.adapters.images.read_picture", lambda p, s: (opened.append(p), read(p, s))[1]
    )
    assert torch.equal(gc.adapters.from_images(shapes).x, first.x)
    assert opened == []
    (shapes / "bar" / "00.png").write_bytes((shapes / "disc" / "00.png").read_bytes())
    changed = gc.adapters.from_images(shapes)
    assert len(opened) == 24  # a group is read together
    assert torch.equal(changed.x[0], first.x[12])
    opened.clear()
    gc.adapters.from_images(shapes, cache=False)
    assert len(opened) == 24


def test_pixels_declare_their_grid_and_keep_the_neighbours(shapes) -> None:
    pixels, edges = gc.adapters.from_images(shapes, "pixels"), gc.adapters.from_images(shapes)
    assert pixels.x.shape == (24, 32 * 32) and pixels.grid == (1, 32, 32)
    assert torch.equal(pixels.edge_index, edges.edge_index)
    assert float(pixels.x.min()) >= 0 and float(pixels.x.max()) <= 1


def test_colour_counts(tmp_path) -> None:
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(1)
    for i in range(16):
        picture = rng.integers(0, 60, (24, 24, 3)).astype(np.uint8)
        picture[..., 0 if i < 8 else 2] += 180
        image.fromarray(picture).save(tmp_path / f"{i:02d}.png")
    data = gc.adapters.from_images(tmp_path, "pixels", size=16)
    assert data.grid == (3, 16, 16)
    side = torch.arange(16) < 8
    row, col = data.edge_index
    weight = data.edge_weight if "edge_weight" in data else torch.ones(row.numel())
    same = side[row] == side[col]
    assert weight[same].mean() > weight[~same].mean()


def test_vectors_of_your_own(shapes) -> None:
    own = np.eye(24, dtype=np.float32) + np.arange(24)[:, None] // 12
    data = gc.adapters.from_images(shapes, own)
    assert data.x.shape == (24, 24) and data.ids[0] == "bar/00.png"
    with pytest.raises(InputError, match=r"shape \(3, 24\) for 24 items"):
        gc.adapters.from_images(shapes, own[:3])
    own[2, 3] = np.nan
    with pytest.raises(InputError, match="NaN"):
        gc.adapters.from_images(shapes, own)


def test_arrays_and_stacks_are_the_same(tmp_path) -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images, y = digits.images[:60], digits.target[:60]
    data = gc.adapters.from_images(images, y=y)
    assert data.x.shape == (60, 544) and data.num_classes == 10
    np.save(tmp_path / "a.npy", images)
    np.savez(tmp_path / "b.npz", images=images, labels=y)
    idx = (images * 15.9375).round().astype(np.uint8)
    head = b"\x00\x00\x08\x03" + np.array([60, 8, 8], ">u4").tobytes()
    (tmp_path / "t-images-idx3-ubyte").write_bytes(head + idx.tobytes())
    labels = b"\x00\x00\x08\x01" + np.array([60], ">u4").tobytes() + y.astype(np.uint8).tobytes()
    (tmp_path / "t-labels-idx1-ubyte").write_bytes(labels)
    for name in ("a.npy", "b.npz", "t-images-idx3-ubyte"):
        again = gc.adapters.from_images(tmp_path / name)
        torch.testing.assert_close(again.x, data.x, atol=1e-2, rtol=0)
        assert ("y" in again) == (name != "a.npy")


def test_a_folder_of_idx_files_is_its_images(tmp_path) -> None:
    head = b"\x00\x00\x08\x03" + np.array([20, 8, 8], ">u4").tobytes()
    pictures = np.random.default_rng(0).integers(0, 255, (20, 8, 8), np.uint8)
    labels = b"\x00\x00\x08\x01" + np.array([20], ">u4").tobytes() + bytes([0, 1] * 10)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "t-images-idx3-ubyte").write_bytes(head + pictures.tobytes())
    (tmp_path / "raw" / "t-labels-idx1-ubyte").write_bytes(labels)
    data = gc.adapters.from_images(tmp_path)
    assert data.num_nodes == 20 and data.num_classes == 2
    (tmp_path / "raw" / "u-images-idx3-ubyte").write_bytes(head + pictures.tobytes())
    with pytest.raises(gc.InputError, match=r"2 files of images: name one .*t-images-idx3-ubyte"):
        gc.adapters.from_images(tmp_path)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.zeros((4, 8)), "shape"),
        (np.zeros((0, 8, 8)), "shape"),
        (np.zeros((4, 8, 8, 2)), "shape"),
        (np.full((4, 8, 8), np.nan), "NaN"),
        (np.full((4, 8, 8), "a"), "numbers"),
    ],
)
def test_arrays_that_are_no_images(images, said) -> None:
    with pytest.raises(InputError, match=said):
        gc.adapters.from_images(images)


@pytest.mark.parametrize("size", [0, 7, 12, -8])
def test_a_size_that_does_not_fit(size, shapes) -> None:
    with pytest.raises(InputError, match=f"size={size}"):
        gc.adapters.from_images(shapes, size=size)


def test_new_pictures_join_those_that_were_fitted(shapes) -> None:
    data = gc.adapters.from_images(shapes)
    model = gc.NodeClusterer(2, "ssgc", random_state=0).fit(data)
    other = gc.adapters.from_images([shapes / "bar" / "03.png", shapes / "disc" / "03.png"])
    assert model.predict(other).tolist() == [model.labels_[3], model.labels_[15]]


def test_without_pillow_the_extra_is_named(shapes, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(MissingDependencyError, match=r"graphclust\[image\]"):
        gc.adapters.from_images(shapes)


@pytest.mark.slow
def test_a_hundred_thousand_images_stream_in_bounded_memory(tmp_path) -> None:
    """Vectors of 544 numbers are 218 MB; beside them there is hardly anything."""
    image = pytest.importorskip("PIL.Image")
    psutil = pytest.importorskip("psutil")
    from graphclust.adapters import images as adapter
    from graphclust.adapters.items import list_items
    from graphclust.adapters.streaming import stream

    rng, files = np.random.default_rng(0), []
    for _ in range(50):
        image.fromarray(rng.integers(0, 255, (12, 12)).astype(np.uint8)).save(tmp_path / "one.png")
        files.append((tmp_path / "one.png").read_bytes())
    for i in range(100_000):
        folder = tmp_path / "all" / f"{i // 1000:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{i:06d}.png").write_bytes(files[i % 50])
    items = list_items(tmp_path / "all", (".png",), "images")
    side, describe = adapter._describer("hog", 32, False)
    reader = adapter._PictureReader("test", side, describe)
    process, before, most = psutil.Process(), psutil.Process().memory_info().rss, [0]
    whole = reader.describe

    def watched(pictures):
        most[0] = max(most[0], process.memory_info().rss)
        return whole(pictures)

    reader.describe = watched
    read = stream(items, reader, cache=False)
    assert read.vectors.shape == (100_000, 544)
    assert most[0] - before < 218e6 + 200e6
