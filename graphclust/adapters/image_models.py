"""Trained image models by name, of timm, open_clip or torchvision, as makers of vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from graphclust.adapters.model_hub import cache_where_offline
from graphclust.errors import InputError, MissingDependencyError

EXTRA = "image-models"
# Pictures have so many pixels on a side where the model does not say.
_SIDE = 224


class ImageModel:
    """A trained model that gives a vector a picture.

    Parameters
    ----------
    name : str
        ``"timm:NAME"``, ``"open_clip:NAME/WEIGHTS"`` or ``"torchvision:NAME"``; the weights come
        from the library's own cache, or from the network.
    own : sequence of str
        Vectors without a model, to be named where ``name`` is neither.

    Raises
    ------
    InputError
        If there is no such model, or its weights cannot be had.
    MissingDependencyError
        If the library is not installed.
    """

    def __init__(self, name: str, own: Sequence[str] = ("hog", "pixels")) -> None:
        if is_of_clips(name):
            raise InputError(
                f"vectors={name!r} is a model of clips, not of pictures: use it with --as videos "
                "(from_videos), or name an image model"
            )
        self._encode, self.side, mean, std = load_model(name, _LOADERS, own)
        self._mean, self._std = (torch.tensor(v).view(1, 3, 1, 1) for v in (mean, std))

    @torch.no_grad()
    def __call__(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return the vectors of pictures (side, side, 3), shape (m, d)."""
        batch = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float().div(255.0)
        out: Tensor = self._encode((batch - self._mean) / self._std)
        return out.flatten(1).float().numpy()


Made = TypeVar("Made")


def load_model(
    name: str, loaders: Mapping[str, Callable[[Any, str], Made]], own: Sequence[str] = ()
) -> Made:
    """Return what the loader of a library makes of a model's name, ``"LIBRARY:NAME"``.

    Raises
    ------
    InputError, MissingDependencyError
        As :class:`ImageModel` tells them.
    """
    library, _, model = name.partition(":")
    if library not in loaders or not model:
        raise InputError(
            f"vectors={name!r} is unknown: use {''.join(f'{one!r}, ' for one in own)}or a model by "
            f"its library and name, such as 'timm:resnet18' (libraries: {', '.join(loaders)})"
        )
    module = _library(library)
    try:
        with cache_where_offline():
            return loaders[library](module, model)
    except Exception as error:
        # Each library has errors of its own for a wrong name, a missing network, a bad file.
        raise InputError(
            f"vectors={name!r}: the model or its weights cannot be had "
            f"({_first_line(error)}). Check the name; without a network, put the weights into "
            f"{library}'s cache, or give vectors of your own"
        ) from error


def is_of_clips(name: str) -> bool:
    """Whether a model reads clips: torchvision lists which of its own do, transformers' all do.

    Raises
    ------
    InputError, MissingDependencyError
        If torchvision is named, and does not work or is not installed.
    """
    library, _, model = name.partition(":")
    if library != "torchvision":
        return library == "transformers"
    models = _models_of(_library(library))
    return model.lower() in models.list_models(module=models.video)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except (ImportError, RuntimeError) as error:
        # A torchvision that was built for another torch fails with a RuntimeError.
        if not isinstance(error, ImportError):
            raise InputError(
                f"{name} does not work with the torch that is installed ({_first_line(error)}): "
                "install the two from one source"
            ) from error
        raise MissingDependencyError(name, EXTRA, f"a {name} model") from error


Loaded = tuple[Callable[[Tensor], Tensor], int, Sequence[float], Sequence[float]]
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def _timm(module: Any, name: str) -> Loaded:
    model = module.create_model(name, pretrained=True, num_classes=0).eval()
    given = dict(getattr(model, "pretrained_cfg", None) or {})
    side = int(given.get("input_size", (3, _SIDE, _SIDE))[-1])
    return model, side, given.get("mean", _IMAGENET[0]), given.get("std", _IMAGENET[1])


def _open_clip(module: Any, name: str) -> Loaded:
    architecture, _, weights = name.partition("/")
    if not weights:
        raise InputError("name the weights too: open_clip:NAME/WEIGHTS")
    model = module.create_model(architecture, pretrained=weights).eval()
    size = model.visual.image_size
    side = int(size[0] if isinstance(size, (tuple, list)) else size)
    mean = getattr(model.visual, "image_mean", None) or (0.48145466, 0.4578275, 0.40821073)
    std = getattr(model.visual, "image_std", None) or (0.26862954, 0.26130258, 0.27577711)
    return model.encode_image, side, mean, std


def _torchvision(module: Any, name: str) -> Loaded:
    model, weights = without_classes(module, name)
    asked = weights.transforms()
    return model, int(asked.crop_size[0]), asked.mean, asked.std


def without_classes(module: Any, name: str) -> tuple[nn.Module, Any]:
    """Return a trained torchvision model that ends before its last layer, and its weights."""
    models = _models_of(module)
    weights = models.get_model_weights(name).DEFAULT
    model = models.get_model(name, weights=weights).eval()
    # What maps to classes passes its input on: whatever its name is, it has the last weights.
    kinds = (nn.Linear, nn.Conv2d, nn.Conv3d)
    layers = [path for path, layer in model.named_modules() if isinstance(layer, kinds)]
    parent, _, last = layers[-1].rpartition(".")
    setattr(model.get_submodule(parent), last, nn.Identity())
    return model, weights


def _models_of(module: Any) -> Any:
    return import_module(f"{module.__name__}.models")


_LOADERS: dict[str, Callable[[Any, str], Loaded]] = {
    "timm": _timm,
    "open_clip": _open_clip,
    "torchvision": _torchvision,
}


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:160] if lines else type(error).__name__
