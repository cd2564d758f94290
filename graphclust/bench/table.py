"""Rows of fits to a table: median, least and greatest over the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

SCORES = ("acc", "nmi", "ami", "ari", "f1", "modularity")


def summarise(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each data set and method: median, least and greatest of each score.

    ``seeds`` counts the fits that came to an end, ``failed`` tells why others did not.
    """
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["dataset"], row["method"], row["config"]), []).append(row)
    out = []
    for (dataset, method, config), group in groups.items():
        done = [row for row in group if "error" not in row]
        line: dict[str, Any] = {
            "dataset": dataset,
            "method": method,
            "config": config,
            "seeds": len(done),
            "failed": {row["seed"]: row["error"] for row in group if "error" in row},
        }
        for name in ("n_clusters", "seconds", "peak_memory_mb"):
            values = [row[name] for row in done if name in row]
            if values:
                line[name] = median(values)
        for score in SCORES:
            values = [row[score] for row in done if row.get(score) is not None]
            if values:
                line[score] = (median(values), min(values), max(values))
        out.append(line)
    return out


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown: per cent, median over the seeds with (least to greatest).

    Fits that failed follow below it. Peak memory is a column where fits had processes of their
    own.
    """
    lines = summarise(rows)
    with_memory = any("peak_memory_mb" in line for line in lines)
    heads = ["data", "method", "settings", "seeds", "k"]
    heads += ["Q" if score == "modularity" else score.upper() for score in SCORES]
    heads += ["seconds"] + ["peak MB"] * with_memory
    out = [row_of(heads), "|" + "---|" * len(heads)]
    for line in lines:
        cells = [line["dataset"], line["method"], line["config"]]
        cells += [str(line["seeds"]), _number(line.get("n_clusters"), "g")]
        cells += [_score(line.get(score)) for score in SCORES]
        cells += [_number(line.get("seconds"), ".1f")]
        cells += [_number(line.get("peak_memory_mb"), ".0f")] * with_memory
        out.append(row_of(cells))
    for line in lines:
        for seed, why in line["failed"].items():
            what = f"{line['dataset']}, {line['method']} ({line['config']}), seed {seed}"
            out += ["", f"Failed: {what}: {why}"]
    return "\n".join(out)


def row_of(cells: Sequence[str]) -> str:
    """Return one row of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


def _score(values: tuple[float, float, float] | None) -> str:
    if values is None:
        return "-"
    middle, least, greatest = (f"{100 * value:.1f}" for value in values)
    return f"{middle} ({least} to {greatest})"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"
