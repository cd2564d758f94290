"""Components: objects built from plain arguments, known by name, written as JSON.

Encoders, heads, objectives, transforms, strategies and methods are all components. A component's
``__init__`` only stores its arguments under their own names, so that its configuration can be
read back from it, written beside the weights, and turned into the same object again without
pickle. Defining a subclass registers it.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import pkgutil
import re
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Any, ClassVar, Self

import numpy as np

from graphclust.errors import InputError, nearest

ENTRY_POINT_GROUP = "graphclust.components"


def snake_case(name: str) -> str:
    """Turn a class name into its registry name: ``"MinCut"`` to ``"min_cut"``."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name)
    return name.lower()


class Component:
    """Base of everything that is composed; see the module docstring."""

    kind: ClassVar[str] = ""
    name: ClassVar[str] = ""
    _registries: ClassVar[dict[str, dict[str, type[Component]]]] = {}
    # Not to be chosen by name, but to be read back from a configuration.
    _unlisted: ClassVar[dict[tuple[str, str], type[Component]]] = {}
    _plugins_loaded: ClassVar[bool] = False

    def __init_subclass__(
        cls, kind: str | None = None, name: str | None = None, register: bool = True, **rest: Any
    ) -> None:
        super().__init_subclass__(**rest)
        if kind is not None:
            cls.kind = kind
            Component._registries.setdefault(kind, {})
            if name is None:
                return
        cls.name = name or snake_case(cls.__name__)
        if register and not cls.__name__.startswith("_"):
            Component._registries[cls.kind][cls.name] = cls
        else:
            Component._unlisted[(cls.kind, cls.name)] = cls

    # -- arguments ---------------------------------------------------------------------------

    @classmethod
    def argument_names(cls) -> list[str]:
        """Return the names of the constructor's arguments, ``self`` excluded."""
        parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
        # A module without arguments inherits torch's (*args, **kwargs), which are not settings.
        variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        return [p.name for p in parameters if p.kind not in variadic]

    def get_params(self, deep: bool = False) -> dict[str, Any]:
        """Return the constructor's arguments as stored, in scikit-learn's manner."""
        return {name: getattr(self, name) for name in self.argument_names()}

    def replace(self, **changes: Any) -> Self:
        """Return a new component of the same class with some arguments changed.

        Raises
        ------
        InputError
            If a name is not an argument of this component.
        """
        known = self.argument_names()
        for name in changes:
            if name not in known:
                raise InputError(
                    f"{self.name!r} has no setting {name!r} (it has: {', '.join(known) or 'none'})"
                    f"{nearest(name, known)}"
                )
        return type(self)(**{**self.get_params(), **changes})

    def __sklearn_clone__(self) -> Self:
        """Return the same component, not yet built, for ``sklearn.base.clone``."""
        return type(self)(**{key: _unbuilt(value) for key, value in self.get_params().items()})

    def to_config(self) -> dict[str, Any]:
        """Return ``{"kind", "name", "args"}`` of plain JSON values."""
        args = {key: _plain(value) for key, value in self.get_params().items()}
        return {"kind": self.kind, "name": self.name, "args": args}

    def __repr__(self) -> str:
        signature = inspect.signature(type(self).__init__).parameters
        shown = [
            f"{key}={value!r}"
            for key, value in self.get_params().items()
            if not _same(value, signature[key].default)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


def registry(kind: str) -> dict[str, type[Any]]:
    """Return the components of one kind by name, entry points included."""
    if not Component._plugins_loaded:
        Component._plugins_loaded = True
        for point in entry_points(group=ENTRY_POINT_GROUP):
            point.load()
    return Component._registries.setdefault(kind, {})


def lookup(kind: str, name: str) -> type[Any]:
    """Return the class registered under ``name``.

    Raises
    ------
    InputError
        If nothing has that name; the nearest names are offered.
    """
    known = registry(kind)
    if name not in known:
        hint = nearest(name, known) or f" (known: {', '.join(sorted(known))})"
        raise InputError(f"there is no {kind} named {name!r}{hint}")
    return known[name]


def import_all(package: str, path: Sequence[str]) -> None:
    """Import every module of a package, so that a contribution is one new file."""
    for module in pkgutil.iter_modules(path, f"{package}."):
        importlib.import_module(module.name)


def exported(kind: str, package: str) -> dict[str, type[Any]]:
    """Return the components of one kind that a package defines, by class name."""
    classes = Component._registries.get(kind, {}).values()
    return {c.__name__: c for c in classes if c.__module__.startswith(package)}


def from_config(config: Any) -> Any:
    """Turn what :meth:`Component.to_config` wrote back into the same object."""
    if isinstance(config, dict) and set(config) == {"kind", "name", "args"}:
        args = {key: from_config(value) for key, value in config["args"].items()}
        kind, name = config["kind"], config["name"]
        unlisted = Component._unlisted.get((kind, name))
        return (lookup(kind, name) if unlisted is None else unlisted)(**args)
    if isinstance(config, dict):
        return {key: from_config(value) for key, value in config.items()}
    if isinstance(config, list):
        return [from_config(value) for value in config]
    return config


def _unbuilt(value: Any) -> Any:
    if isinstance(value, Component):
        return value.__sklearn_clone__()
    if isinstance(value, (list, tuple)):
        return type(value)(_unbuilt(v) for v in value)
    return copy.deepcopy(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Component):
        return value.to_config()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise InputError(
        f"{type(value).__name__} cannot be written as JSON: save() needs settings made of "
        "numbers, strings, lists and graphclust components"
    )


def _same(value: Any, default: Any) -> bool:
    try:
        return bool(np.all(value == default))
    except (ValueError, TypeError):
        return False
