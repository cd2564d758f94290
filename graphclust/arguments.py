"""Whether a component's arguments are of the type and in the range that they are meant to be.

Types are read from the annotations of the constructor. Ranges go by name, since a name means the
same everywhere in the package: ``lr`` and ``pretrain_lr`` are learning rates, wherever they occur.
A name that is not in the table has no range.
"""

from __future__ import annotations

import math
import types
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from graphclust.component import Component
from graphclust.errors import InputError

_COUNT = ("at least 1", lambda v: v >= 1)
_SOME = ("0 or more", lambda v: v >= 0)
_POSITIVE = ("greater than 0", lambda v: v > 0)
_SHARE = ("from 0 to 1", lambda v: 0 <= v <= 1)
_PART = ("from 0 to less than 1", lambda v: 0 <= v < 1)

# Zero epochs leave the weights as they start: an untrained encoder is a baseline of its own.
_RANGES: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("epochs", "weight_decay", "smoothing", "alternations", "resolution"), _SOME),
    **dict.fromkeys(("steps", "max_steps", "collapse", "self_loops", "bias", "alpha"), _SOME),
    **dict.fromkeys(("weight", "self_training", "code", "convolution", "orthogonality"), _SOME),
    **dict.fromkeys(("evenness", "penalty", "neighbors", "sparsity", "iterations"), _SOME),
    **dict.fromkeys(("lr", "temperature", "clip", "gamma", "epsilon", "threshold"), _POSITIVE),
    **dict.fromkeys(("patience", "channels", "dense", "heads", "layers", "restarts"), _COUNT),
    **dict.fromkeys(("walks", "length", "negatives", "every", "max_iter", "size"), _COUNT),
    **dict.fromkeys(("dim", "predictor", "projection"), _COUNT),
    **dict.fromkeys(("drop_edges", "mask_features", "mask", "noise", "mix"), _SHARE),
    **dict.fromkeys(("momentum", "delta"), _SHARE),
    "dropout": _PART,
    "edge_channels": _SOME,
}


def check_arguments(component: Component) -> None:
    """Refuse an argument of another type than annotated, or out of the range of its name.

    Parts that are components are checked too.

    Raises
    ------
    InputError
        Naming the argument, its value, and what it should be.

    Examples
    --------
    >>> from graphclust.training import Optimisation
    >>> check_arguments(Optimisation(epochs=0))
    >>> check_arguments(Optimisation(lr=0))
    Traceback (most recent call last):
    ...
    graphclust.errors.InputError: optimisation: lr=0 must be greater than 0
    """
    hints = get_type_hints(type(component).__init__)
    for name, value in component.get_params().items():
        if name in hints and not _fits(value, hints[name]):
            raise InputError(f"{component.name}: {name}={value!r} must be {_words(hints[name])}")
        _check_range(component.name, name, value)
        for part in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(part, Component):
                check_arguments(part)


def _check_range(owner: str, name: str, value: Any) -> None:
    rule = _RANGES.get(name) or _RANGES.get(name.rpartition("_")[2])
    if rule is None:
        return
    numbers = value if isinstance(value, (list, tuple)) else (value,)
    if any(_is_real(v) and not rule[1](v) for v in numbers):
        raise InputError(f"{owner}: {name}={value!r} must be {rule[0]}")
    if isinstance(value, (list, tuple)) and not value and rule is _COUNT:
        raise InputError(f"{owner}: {name}={value!r} is empty: give at least one number")


def _fits(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in inner)
    if hint is None or hint is type(None):
        return value is None
    if hint is bool:
        return isinstance(value, (bool, np.bool_))
    if hint is int:
        return isinstance(value, Integral) and not isinstance(value, (bool, np.bool_))
    if hint is float:
        return _is_real(value) and math.isfinite(value)
    if hint is str:
        return isinstance(value, str)
    if origin in (list, tuple, Sequence):
        # A list and a tuple say the same: JSON and TOML know only one of them.
        if not isinstance(value, (list, tuple)):
            return False
        return _length_fits(value, hint) and all(_fits(v, inner[0]) for v in value)
    if isinstance(hint, type) and issubclass(hint, Component):
        return isinstance(value, hint)
    return True


def _length_fits(value: Sequence[Any], hint: Any) -> bool:
    inner = get_args(hint)
    return get_origin(hint) is not tuple or Ellipsis in inner or len(value) == len(inner)


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def _words(hint: Any) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_words(one) for one in inner))
    if origin is Literal:
        return " or ".join(repr(one) for one in inner)
    if origin in (list, tuple, Sequence):
        exact = origin is tuple and Ellipsis not in inner
        many = _words(inner[0]).removeprefix("a ") + "s"
        return f"a list of {f'{len(inner)} ' if exact else ''}{many}"
    plain: dict[Any, str] = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text",
        type(None): "None",
    }
    return plain.get(hint) or str(getattr(hint, "__name__", hint))
