"""Settings of a method, from a file and from ``--set NAME=VALUE``."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphclust.errors import InputError

if TYPE_CHECKING:
    from graphclust.methods import Method


def add_method_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which method, with which settings."""
    parser.add_argument(
        "--method",
        metavar="NAME",
        help="a name out of `graphclust methods`; by default one configuration for all data",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="settings of the method in a .toml or .json file, by the same names as for --set",
    )
    parser.add_argument(
        "--set",
        dest="settings",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="one setting of the method, such as epochs=200; may be given several times. "
        "`graphclust methods NAME` lists them. batch_size=4096 trains in batches of so many nodes; "
        "batch_kind=neighbors, clusters or walks says how the graph is cut",
    )


def read_config(path: str | None) -> dict[str, Any]:
    """Return what a settings file holds, ``{}`` without one.

    Raises
    ------
    InputError
        If it cannot be read as TOML or JSON.
    """
    if path is None:
        return {}
    file = Path(path)
    if not file.is_file():
        raise InputError(f"--config {path}: there is no such file")
    try:
        text = file.read_text(encoding="utf-8")
        out = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (ValueError, OSError) as error:
        raise InputError(
            f"--config {path} cannot be read: {error}. Write TOML, or JSON in a file that ends "
            "in .json"
        ) from error
    if not isinstance(out, dict):
        raise InputError(f"--config {path} must hold settings by name")
    if not isinstance(out.get("method", ""), str):
        raise InputError(f"--config {path}: method={out['method']!r} must be a name")
    return out


def parse_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Return ``NAME=VALUE`` pairs as values: TOML's where they read as such, else text."""
    out: dict[str, Any] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or not name:
            raise InputError(f"--set {pair!r}: write NAME=VALUE, such as --set epochs=200")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = {"None": None, "True": True, "False": False}.get(text, text)
        out[name.strip().replace("-", "_")] = value
    return out


def make_method(name: str, settings: dict[str, Any], level: str = "nodes") -> Method:
    """Return the method of that name with the settings.

    Those that begin with ``batch_`` cut its trainings into batches: ``batch_kind`` is one of the
    names of :class:`~graphclust.training.batches.Batches`, the others are its settings. ``level``
    tells whether a method of nodes or of whole graphs is meant.

    Raises
    ------
    InputError
        If there is no such method or setting (the nearest are offered), or a value of another
        type or out of range.
    """
    from graphclust.arguments import check_arguments
    from graphclust.component import lookup
    from graphclust.estimators.resolution import named_method
    from graphclust.methods import InBatches

    method = named_method(name, "graph_method" if level == "graphs" else "method")
    prefix, names = "batch_", method.argument_names()
    of_batches = {k: v for k, v in settings.items() if k.startswith(prefix) and k not in names}
    method = method.replace(**{k: v for k, v in settings.items() if k not in of_batches})
    if of_batches:
        kind = lookup("batches", str(of_batches.pop(prefix + "kind", "neighbors")))
        batches = kind().replace(**{k.removeprefix(prefix): v for k, v in of_batches.items()})
        method = InBatches(method, batches)
    check_arguments(method)
    return method
