"""Video models by name: what they are given of a clip, and what is said where that cannot be."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import graphclust as gc
from graphclust.adapters.clips import Frame
from graphclust.adapters.sampled import spans
from graphclust.adapters.video_models import VideoModel
from graphclust.errors import InputError, MissingDependencyError

DOCS = "measured with `frame_rate=5`, `clips_per_video=2`, and `clip_len=8`."
WEIGHTS = torch.linspace(0.1, 1.0, 8).view(1, 1, 8, 1, 1)


class Network(nn.Module):
    """Ends as s3d does, in a convolution whose answers are averaged; late frames weigh more."""

    def __init__(self, n_classes: int = 10) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv3d(3, n_classes, 1))
        self.given: list[tuple[int, ...]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.given.append(tuple(x.shape))
        return self.classifier(x * WEIGHTS).mean((2, 3, 4))


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Return the model that a stand-in for torchvision gives as ``moves``; ``still`` is unknown."""
    # Imports transformers, which would ask the stand-in what it can do.
    import_module("torch_geometric.data")
    made = Network()
    asked = SimpleNamespace(crop_size=[24, 24], mean=[0.0] * 3, std=[0.5] * 3)
    default = SimpleNamespace(transforms=lambda: asked, meta={"_docs": DOCS})

    def get_model(name: str, weights: object) -> nn.Module:
        assert weights is default
        return made

    video = object()
    models = SimpleNamespace(
        get_model=get_model,
        get_model_weights=lambda name: SimpleNamespace(DEFAULT=default),
        list_models=lambda module: ["moves"] if module is video else [],
        video=video,
        default=default,
    )
    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(__name__="torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    return made


def clip(values: list[int], rate: float = 5.0, start: float = 0.0) -> Iterator[Frame]:
    for number, value in enumerate(values):
        yield Frame(start + number / rate, np.full((24, 32, 3), value, np.uint8))


def test_a_span_goes_in_whole_and_what_enters_the_last_layer_comes_out(network) -> None:
    values = [0, 30, 60, 90, 120, 150, 180, 210]
    model = VideoModel("torchvision:moves")
    assert (model.frames, model.rate, model.side) == (8, 5.0, 24)
    found = model(clip(values))
    assert network.given == [(1, 3, 8, 24, 24)]
    wanted = (torch.tensor(values) / 255 / 0.5 * WEIGHTS.flatten()).mean()
    np.testing.assert_allclose(found, [float(wanted)] * 3, rtol=1e-5)
    # What an image model's mean would not tell apart.
    assert abs(float(model(clip(values[::-1]))[0] - found[0])) > 0.1


def test_frames_come_at_the_rate_that_the_weights_are_for(network) -> None:
    model = VideoModel("torchvision:moves")
    slow = model(clip(list(range(0, 80, 10))))
    quick = [v for v in range(0, 80, 10) for _ in range(5)]
    np.testing.assert_allclose(model(clip(quick, 25.0)), slow, rtol=1e-5)
    # A shot does not begin at 0.
    np.testing.assert_allclose(model(clip(quick, 25.0, start=7.03)), slow, rtol=1e-5)


@pytest.mark.parametrize(
    ("meta", "frames", "rate"),
    [
        ({}, 16, 15.0),
        ({"_docs": "`frame_rate=7.5`, `clip_len=16`", "min_temporal_size": 16}, 16, 7.5),
        ({"_docs": "`frame_rate=15`, `clip_len=128`", "min_temporal_size": 14}, 32, 15.0),
        ({"_docs": "`clip_len=4`", "min_temporal_size": 14}, 14, 15.0),
    ],
)
def test_how_many_frames_a_model_is_given(network, meta, frames, rate) -> None:
    sys.modules["torchvision.models"].default.meta = meta
    model = VideoModel("torchvision:moves")
    assert (model.frames, model.rate) == (frames, rate)


def places(n: int, length: int, most: int) -> list[list[int]]:
    found = spans((np.full((4, 4, 3), t, np.uint8) for t in range(n)), length, 2, most)
    assert all(span.shape == (length, 2, 2, 3) for span in found)
    return [span[:, 0, 0, 0].tolist() for span in found]


def test_spans_are_consecutive_frames_spread_over_the_clip() -> None:
    assert places(8, 4, 4) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert places(9, 4, 4) == [[0, 1, 2, 3], [4, 5, 6, 7], [5, 6, 7, 8]]
    starts = [span[0] for span in places(200, 4, 4)]
    assert 2 <= len(starts) <= 4 and len(set(np.diff(starts))) == 1 and starts[0] == 0
    assert starts[-1] >= 96


def test_a_short_clip_has_its_frames_repeated_evenly() -> None:
    assert places(2, 4, 4) == [[0, 0, 1, 1]]
    assert places(1, 4, 4) == [[0, 0, 0, 0]]
    assert places(3, 5, 4) == [[0, 0, 1, 2, 2]]


def test_clips_by_a_video_model(network, clips) -> None:
    data = gc.adapters.from_videos(clips, "torchvision:moves")
    assert data.x.shape == (12, 3) and bool(torch.isfinite(data.x).all())
    assert set(network.given) == {(1, 3, 8, 24, 24)}
    # An image model of the same library still gives the mean of single frames.
    network.forward = lambda x: x.mean((2, 3))
    assert gc.adapters.from_videos(clips, "torchvision:still").x.shape == (12, 3)


def test_a_video_model_for_pictures_is_refused(network, shapes) -> None:
    with pytest.raises(InputError, match=r"torchvision:moves' is a model of clips.*--as videos"):
        gc.adapters.from_images(shapes, "torchvision:moves")


def test_weights_of_a_video_model_that_cannot_be_had(network, clips, monkeypatch) -> None:
    def refuse(name: str, weights: object) -> nn.Module:
        raise OSError("no route to host")

    monkeypatch.setattr(sys.modules["torchvision.models"], "get_model", refuse)
    with pytest.raises(
        InputError, match=r"cannot be had \(no route to host\).*torchvision's cache"
    ):
        gc.adapters.from_videos(clips, "torchvision:moves")


@pytest.mark.parametrize("kind", ["VideoMAE", "Timesformer", "Vivit"])
def test_a_model_of_transformers_from_a_folder(kind, clips, tmp_path) -> None:
    """Weights drawn at random; the library itself, without a network."""
    transformers = pytest.importorskip("transformers")
    cubes = {"VideoMAE": {"patch_size": 8}, "Timesformer": {"patch_size": 8}}
    config = getattr(transformers, f"{kind}Config")(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        image_size=32,
        num_frames=4,
        **cubes.get(kind, {"tubelet_size": [2, 8, 8]}),
    )
    torch.manual_seed(0)
    folder = tmp_path / "model"
    made = getattr(transformers, f"{kind}Model")(config)
    # Places are told apart by what is learnt of them, which begins at zero.
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.2)
    made.eval().save_pretrained(folder)
    mean = {"image_mean": [0.5] * 3, "image_std": [0.25] * 3, "size": {"shortest_edge": 32}}
    told = {"image_processor_type": "VideoMAEImageProcessor", **mean}
    (folder / "preprocessor_config.json").write_text(json.dumps(told))
    model = VideoModel(f"transformers:{folder}")
    assert (model.frames, model.side, round(model.rate, 3)) == (4, 32, 1.875)
    values = [0, 80, 160, 240]
    given = (torch.tensor(values) / 255 - 0.5) / 0.25
    batch = given.view(1, 4, 1, 1, 1).expand(1, 4, 3, 32, 32)
    with torch.no_grad():
        wanted = made(pixel_values=batch).last_hidden_state.mean(1)[0]
    found = model(clip(values, model.rate))
    np.testing.assert_allclose(found, wanted.numpy(), atol=1e-4)
    assert np.abs(model(clip(values[::-1], model.rate)) - found).max() > 1e-3
    assert gc.adapters.from_videos(clips, f"transformers:{folder}").x.shape == (12, 32)


def test_a_model_of_transformers_that_reads_no_clips(shapes, clips, tmp_path) -> None:
    transformers = pytest.importorskip("transformers")
    small = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4}
    transformers.ViTModel(transformers.ViTConfig(**small)).save_pretrained(tmp_path / "vit")
    with pytest.raises(InputError, match=r"cannot be had \(it is no model of clips"):
        gc.adapters.from_videos(clips, f"transformers:{tmp_path / 'vit'}")
    with pytest.raises(InputError, match=r"is a model of clips.*--as videos"):
        gc.adapters.from_images(shapes, f"transformers:{tmp_path / 'vit'}")


def test_without_torchvision_the_extra_is_named(clips, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(MissingDependencyError, match=r"graphclust\[image-models\]"):
        gc.adapters.from_videos(clips, "torchvision:r3d_18")


def test_what_clips_can_be_described_by_is_told(clips) -> None:
    with pytest.raises(InputError, match="'hog' is unknown: use 'both', 'motion', 'appearance'"):
        gc.adapters.from_videos(clips, "hog")
