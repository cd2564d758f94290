"""Everything that the answer depends on, as tables of names and values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from graphclust.report.markup import Html, element
from graphclust.report.run_files import RunFiles

_SHOWN_ELSEWHERE = frozenset(
    {
        "history",
        "warnings",
        "notes",
        "versions",
        "data",
        "method",
        "cluster_conductance",
        "format",
        "sha256",
    }
)


def settings(files: RunFiles) -> Html:
    """Return settings, data and versions in a fold-out."""
    run, metrics = files.run, files.metrics
    data = run.get("data")
    versions = run.get("versions")
    general = {key: value for key, value in run.items() if key not in _SHOWN_ELSEWHERE}
    measured = {key: metrics.get(key) for key in ("seconds", "peak_memory_mb")}
    parts: list[Html | None] = [
        _table("Run", {**general, **{k: v for k, v in measured.items() if v is not None}}),
        _table("Method", dict(flat(run["method"], "method")) if "method" in run else {}),
        _table("Data", data if isinstance(data, dict) else {}),
        _table("Versions", versions if isinstance(versions, dict) else {}),
    ]
    return element(
        "details", element("summary", "Settings, data and versions"), *parts, _class="card"
    )


def method_name(run: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Return the method's name, wherever it is written."""
    method = run.get("method")
    if isinstance(method, dict) and isinstance(method.get("name"), str):
        return str(method["name"])
    return str(metrics.get("method") or method or "unknown method")


def flat(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield nested settings one by one, with dotted names."""
    if isinstance(value, dict) and set(value) == {"kind", "name", "args"}:
        yield name, value["name"]
        value, inner = value["args"], name
        if not isinstance(value, dict):
            return
        for key, item in value.items():
            yield from flat(item, f"{inner}.{key}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{name}.{key}")
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for place, item in enumerate(value):
            yield from flat(item, f"{name}[{place}]")
    else:
        yield name, value


def _table(title: str, rows: dict[str, Any]) -> Html | None:
    if not rows:
        return None
    lines = [
        element("tr", element("th", key, scope="row"), element("td", _plain(value)))
        for key, value in rows.items()
    ]
    return element("div", element("h3", title), element("table", element("tbody", *lines)))


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
