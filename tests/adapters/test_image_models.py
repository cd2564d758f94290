"""Models by name: what is asked of their library, and what is said when it cannot give it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import graphclust as gc
from graphclust.adapters.image_models import ImageModel
from graphclust.errors import InputError, MissingDependencyError


def stand_in(fail: Exception | None = None) -> SimpleNamespace:
    """Return what stands in for timm: a model that gives the mean colour, 16 pixels a side."""

    def create_model(name: str, pretrained: bool, num_classes: int) -> torch.nn.Module:
        assert pretrained and num_classes == 0
        if fail is not None:
            raise fail
        model = torch.nn.AdaptiveAvgPool2d(1)
        model.pretrained_cfg = {"input_size": (3, 16, 16), "mean": (0,) * 3, "std": (1,) * 3}
        return model

    return SimpleNamespace(create_model=create_model)


def test_a_model_gives_a_vector_a_picture(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", stand_in())
    model = ImageModel("timm:any")
    assert model.side == 16
    white = np.full((16, 16, 3), 255, np.uint8)
    np.testing.assert_allclose(model([white, white * 0]), [[1, 1, 1], [0, 0, 0]])


def test_images_by_a_model(monkeypatch, shapes) -> None:
    monkeypatch.setitem(sys.modules, "timm", stand_in())
    assert gc.adapters.from_images(shapes, "timm:any").x.shape == (24, 3)


def test_weights_that_cannot_be_had(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", stand_in(OSError("no route to host\nmore")))
    with pytest.raises(InputError, match=r"cannot be had \(no route to host\).*timm's cache"):
        ImageModel("timm:any")


@pytest.mark.parametrize("library", ["timm", "open_clip", "torchvision"])
def test_a_library_that_is_not_installed(monkeypatch, library) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingDependencyError, match=r"graphclust\[image-models\]"):
        ImageModel(f"{library}:any")


@pytest.mark.parametrize("name", ["hogg", "timm", "timm:", "keras:resnet"])
def test_a_name_that_nobody_knows(name, shapes) -> None:
    with pytest.raises(InputError, match=f"vectors='{name}' is unknown"):
        gc.adapters.from_images(shapes, name)
