"""Where real data is, for the tests that want it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_root() -> Path:
    root = os.environ.get("GRAPHCLUST_DATA")
    if not root or not Path(root).is_dir():
        pytest.skip("GRAPHCLUST_DATA is not set to a folder of real data")
    return Path(root)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args, **kwargs):
        raise OSError("the network is off in tests")

    monkeypatch.setattr("urllib.request.urlopen", refuse)


@pytest.fixture
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GRAPHCLUST_DATA", raising=False)
    return tmp_path / "cache" / "graphclust"
