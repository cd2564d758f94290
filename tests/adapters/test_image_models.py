"""Models by name: what is asked of their library, and what is said when it cannot give it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import OrderedDict
from importlib.machinery import ModuleSpec
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

    # Other libraries ask whether there is a timm.
    return SimpleNamespace(create_model=create_model, __spec__=ModuleSpec("timm", None))


def test_a_model_gives_a_vector_a_picture(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", stand_in())
    model = ImageModel("timm:any")
    assert model.side == 16
    white = np.full((16, 16, 3), 255, np.uint8)
    np.testing.assert_allclose(model([white, white * 0]), [[1, 1, 1], [0, 0, 0]])


def test_images_by_a_model(monkeypatch, shapes) -> None:
    monkeypatch.setitem(sys.modules, "timm", stand_in())
    assert gc.adapters.from_images(shapes, "timm:any").x.shape == (24, 3)


def test_a_torchvision_model_is_read_before_its_last_layer(monkeypatch) -> None:
    """Whatever that layer is called, and at the size that the weights ask for."""
    model = torch.nn.Sequential(
        OrderedDict(
            norm=torch.nn.AdaptiveAvgPool2d(1),
            flat=torch.nn.Flatten(),
            head=torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 10)),
        )
    )
    model.head[0].load_state_dict({"weight": torch.eye(3), "bias": torch.zeros(3)})
    asked = SimpleNamespace(crop_size=[24], mean=(0.0,) * 3, std=(0.5,) * 3)
    weights = SimpleNamespace(DEFAULT=SimpleNamespace(transforms=lambda: asked))
    models = SimpleNamespace(
        get_model=lambda name, weights: model,
        get_model_weights=lambda name: weights,
        list_models=lambda module: [],
        video=None,
    )
    monkeypatch.setitem(sys.modules, "torchvision", SimpleNamespace(__name__="torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    maker = ImageModel("torchvision:any")
    assert maker.side == 24
    white = np.full((24, 24, 3), 255, np.uint8)
    np.testing.assert_allclose(maker([white, white * 0]), [[2, 2, 2], [0, 0, 0]])


# Weights drawn at random stand where each library keeps what it has fetched.
_FILL_CACHES = """
import os, sys, torch
from pathlib import Path
library, name = sys.argv[1:]
name = name.partition(":")[2]
torch.manual_seed(0)
if library == "torchvision":
    import torchvision.models as models
    folder = Path(os.environ["TORCH_HOME"], "hub", "checkpoints")
    folder.mkdir(parents=True)
    url = models.get_model_weights(name).DEFAULT.url
    torch.save(models.get_model(name, weights=None).state_dict(), folder / Path(url).name)
elif library == "timm":
    import timm
    from safetensors.torch import save_file
    model = timm.create_model("resnet18", pretrained=False)
    repository = model.pretrained_cfg["hf_hub_id"].replace("/", "--")
    folder = Path(os.environ["HF_HOME"], "hub", "models--" + repository)
    (folder / "snapshots" / ("0" * 40)).mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("0" * 40)
    save_file(model.state_dict(), folder / "snapshots" / ("0" * 40) / "model.safetensors")
else:
    import open_clip
    model = open_clip.create_model("ViT-B-32")
    torch.save(model.state_dict(), "weights.pt")
"""
_ASK = """
import sys, graphclust as gc
made = getattr(gc.adapters, sys.argv[1])(sys.argv[3:], sys.argv[2])
assert made.x.isfinite().all() and made.x.norm(dim=1).min() > 0
print(made.x.shape[1])
"""


@pytest.mark.parametrize(
    ("maker", "name", "width"),
    [
        ("from_images", "timm:resnet18", 512),
        ("from_images", "torchvision:swin_t", 768),
        ("from_images", "open_clip:ViT-B-32/weights.pt", 512),
        ("from_videos", "torchvision:r3d_18", 512),
        ("from_videos", "torchvision:s3d", 1024),
        ("from_videos", "torchvision:mvit_v2_s", 768),
        ("from_videos", "torchvision:swin3d_t", 768),
    ],
)
def test_the_library_itself_gives_vectors_from_its_cache(
    maker, name, width, request, tmp_path
) -> None:
    own = {"HF_HOME": str(tmp_path / "hub"), "TORCH_HOME": str(tmp_path / "torch")}
    environment = {**os.environ, **own, "HF_HUB_OFFLINE": "1"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    library = name.partition(":")[0]
    found = run("-c", f"import {library}")
    if found.returncode:
        pytest.skip(f"{library} cannot be imported: {found.stderr.strip().splitlines()[-1]}")
    filled = run("-c", _FILL_CACHES, library, name)
    assert filled.returncode == 0, filled.stderr
    folder = request.getfixturevalue("shapes" if maker == "from_images" else "clips")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    answer = run("-c", _ASK, maker, name, *map(str, (files[0], files[-1])))
    assert answer.stdout.split()[-1:] == [str(width)], answer.stderr


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
