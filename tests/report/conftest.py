"""Folders of drawn shapes and of clips, as the adapters' tests make them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.conftest import clips, shapes, write_clip

__all__ = ["clips", "shapes", "write_clip"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
