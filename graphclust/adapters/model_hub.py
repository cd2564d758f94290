"""Models that come from the Hugging Face hub, or from its cache where it is out of reach."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

_HUB = "https://huggingface.co"
_SECONDS = 3.0


@contextmanager
def cache_where_offline() -> Iterator[None]:
    """Have the hub's client read its cache alone while the hub cannot be reached.

    Without that it asks again and again before it gives up, which takes more than a minute.
    """
    if hub_is_reachable():
        yield
        return
    try:
        constants: Any = import_module("huggingface_hub.constants")
    except ImportError:
        yield  # what is loaded then has another source
        return
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from showing a bar for each file of weights."""
    logging: Any = import_module("transformers.utils.logging")
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def hub_is_reachable() -> bool:
    """Whether the hub answers within three seconds; behind a proxy that is taken for granted.

    ``HF_ENDPOINT`` and ``HF_HUB_OFFLINE`` are heeded as the hub's own client does.
    """
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return False
    place = urlsplit(os.environ.get("HF_ENDPOINT") or _HUB)
    if place.scheme in getproxies():
        return True
    try:
        with socket.create_connection((place.hostname or "", place.port or 443), _SECONDS):
            return True
    except OSError:
        return False
