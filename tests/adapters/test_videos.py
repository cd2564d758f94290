"""Clips to nodes: what moves and what is seen, any container, nothing unreadable passed over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import graphclust as gc
from graphclust.adapters.clips import frames_of
from graphclust.adapters.motion import WIDTH, motion_vector
from graphclust.adapters.sampled import Sampled
from graphclust.errors import InputError, MissingDependencyError


def square(x: float, y: float, side: int = 16) -> np.ndarray:
    frame = np.full((72, 96), 30, np.uint8)
    frame[int(y) - side // 2 : int(y) + side // 2, int(x) - side // 2 : int(x) + side // 2] = 210
    return frame


def swinging(t: int, phase: float = 0.0, at: float = 48.0) -> np.ndarray:
    return square(at, 36 + 10 * np.sin(0.6 * t + phase))


def test_a_folder_becomes_a_graph_with_names_and_classes(clips) -> None:
    data = gc.adapters.from_videos(clips)
    assert data.ids[:2] == ["across/0.mp4", "across/1.mp4"]
    assert data.class_names == ["across", "up and down"] and data.y.tolist() == [0] * 6 + [1] * 6
    assert data.x.shape == (12, WIDTH + 2 * 544)
    model = gc.NodeClusterer(2, "leiden_at_k", random_state=0).fit(data)
    assert model.score(data.y)["acc"] == 1.0


@pytest.mark.parametrize("vectors", ["motion", "appearance"])
def test_one_of_the_two(clips, vectors) -> None:
    assert gc.adapters.from_videos(clips, vectors).x.shape[1] == (
        WIDTH if vectors == "motion" else 2 * 544
    )


@pytest.mark.parametrize("ending", ["mp4", "avi", "mkv", "gif"])
def test_every_container_is_read(tmp_path, write_clip, ending) -> None:
    write_clip(tmp_path / f"a.{ending}", "up and down", frames=40)
    frames = list(frames_of(tmp_path / f"a.{ending}"))
    assert len(frames) >= 38
    assert all(frame.colours.shape == (72, 96, 3) for frame in frames)
    assert motion_vector(frame.grey for frame in frames) is not None


def test_motion_is_the_same_wherever_it_is_and_whenever_it_began() -> None:
    one = motion_vector(swinging(t) for t in range(64))
    moved = motion_vector(swinging(t, 1.0, at=60) for t in range(64))
    other = motion_vector(square(30 + 0.6 * t, 36) for t in range(64))
    assert one is not None and moved is not None and other is not None
    assert one.shape == (WIDTH,)

    def cosine(a, b) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert cosine(one, moved) > 0.95 > cosine(one, other)


def test_going_left_is_as_going_right() -> None:
    right = motion_vector(square(24 + t * 0.75, 36) for t in range(64))
    left = motion_vector(square(24 + t * 0.75, 36)[:, ::-1] for t in range(64))
    np.testing.assert_allclose(left, right, atol=1e-3)


def test_a_still_clip_has_no_motion() -> None:
    assert motion_vector(square(40, 36) for _ in range(40)) is None
    assert motion_vector(iter([])) is None
    assert motion_vector(square(40, 36) for _ in range(1)) is None


def test_short_clips_have_motion_too() -> None:
    for frames in (2, 3, 20):
        found = motion_vector(swinging(t) for t in range(frames))
        assert found is not None and bool(np.isfinite(found).all())


def test_sampled_frames_are_spread_evenly() -> None:
    sampled = Sampled(most=8, side=8)
    for t in range(200):
        sampled.add(np.full((8, 8, 3), t, np.uint8))
    kept = [int(frame[0, 0, 0]) for frame in sampled.kept]
    steps = set(np.diff(kept).tolist())
    assert 4 <= len(kept) <= 8 and len(steps) == 1 and kept[0] == 0


def spoil(folder: Path) -> None:
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "false.avi").write_text("no clip at all")
    whole = (folder / "0.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "notes.txt").write_text("hello")


def test_what_cannot_be_read_is_skipped_and_listed(clips) -> None:
    spoil(clips / "across")
    data = gc.adapters.from_videos(clips)
    assert data.num_nodes == 12
    said = dict(data.skipped)
    assert set(said) == {f"across/{n}" for n in ("empty.mp4", "false.avi", "cut.mp4", "notes.txt")}
    assert said["across/empty.mp4"] == "the file is empty"
    assert "damaged, or no clip" in said["across/false.avi"]


def test_strict_makes_it_an_error(clips) -> None:
    (clips / "across" / "empty.mp4").write_bytes(b"")
    with pytest.raises(InputError, match=r"across/empty.mp4 cannot be read: the file is empty"):
        gc.adapters.from_videos(clips, strict=True)


def test_folders_that_hold_nothing(tmp_path) -> None:
    with pytest.raises(InputError, match="holds no clips"):
        gc.adapters.from_videos(tmp_path)


def test_vectors_are_kept_by_content(clips, monkeypatch) -> None:
    first = gc.adapters.from_videos(clips)
    monkeypatch.setattr("graphclust.adapters.videos.frames_of", None)
    assert torch.equal(gc.adapters.from_videos(clips).x, first.x)


def test_vectors_of_your_own(clips) -> None:
    assert gc.adapters.from_videos(clips, np.eye(12)).x.shape == (12, 12)
    with pytest.raises(InputError, match="12 items"):
        gc.adapters.from_videos(clips, np.eye(3))


def test_shots_of_one_video(tmp_path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "long.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 72, "yuv420p"
        for shot in range(6):
            colour = (160, 30, 30) if shot % 2 else (30, 30, 160)
            for t in range(30):
                picture = np.full((72, 96, 3), colour, np.uint8)
                picture[20:40, 10 + t : 30 + t] = 230
                for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                    container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    data = gc.adapters.from_videos(path, shots=True)
    assert data.num_nodes == 6
    assert data.ids[0].startswith("0.00-") and data.ids[1].startswith("1.20-")
    pairs = set(map(tuple, data.edge_index.T.tolist()))
    assert {(i, i + 1) for i in range(5)} <= pairs
    a, b, c = data.x[:3]
    assert float(a @ c) > float(a @ b)
    with pytest.raises(InputError, match="shots=True reads one video"):
        gc.adapters.from_videos([path, path.with_suffix(".py")][:1] * 1 + [__file__], shots=True)


def test_without_pyav_the_extra_is_named(clips, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(MissingDependencyError, match=r"graphclust\[video\]"):
        gc.adapters.from_videos(clips)


def test_a_long_clip_takes_the_memory_of_a_span() -> None:
    import tracemalloc

    tracemalloc.start()
    motion_vector(swinging(t) for t in range(400))
    short = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    motion_vector(swinging(t) for t in range(4000))
    long = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert long < 1.2 * short
