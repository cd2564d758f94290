"""Parts of the page: heading, warnings, scores, losses."""

from __future__ import annotations

import math
from typing import Any

from graphclust.report.charts import curve, number
from graphclust.report.clusters import Cluster
from graphclust.report.markup import Html, element
from graphclust.report.notes import warnings_of
from graphclust.report.run_files import RunFiles
from graphclust.report.settings import method_name
from graphclust.report.words import Meaning


def header(files: RunFiles, clusters: list[Cluster], title: str) -> Html:
    """Return the data set, the counts and the method."""
    run, metrics = files.run, files.metrics
    n, sizes = files.labels.size, [c.size for c in clusters if c.size]
    facts = [("Method", method_name(run, metrics))]
    if isinstance(run.get("family"), str):
        facts.append(("Family", run["family"].replace("_", " ")))
    facts.append(("Clusters", f"{len(sizes)}"))
    facts.append(("Items", f"{n:,}"))
    for key, name in (("n_edges", "Edges"), ("seed", "Seed")):
        if isinstance(metrics.get(key), int):
            facts.append((name, f"{metrics[key]:,}" if key == "n_edges" else str(metrics[key])))
    if _is_number(metrics.get("seconds")):
        facts.append(("Duration", f"{metrics['seconds']:.1f} s"))
    lead = (
        f"{n:,} items in {len(sizes)} clusters" if len(sizes) != 1 else f"{n:,} items in 1 cluster"
    )
    if sizes:
        lead += (
            f"; the largest holds {max(sizes):,} ({100 * max(sizes) / n:.0f}%), "
            f"the smallest {min(sizes):,}."
        )
    if _is_number(metrics.get("coverage")):
        lead += f" Of the edge weight, {100 * metrics['coverage']:.0f}% stays inside clusters."
    return element(
        "header",
        element("h1", element("bdi", title)),
        element("p", lead, _class="lead"),
        element(
            "ul",
            *(element("li", element("span", f"{name} "), text) for name, text in facts),
            _class="facts",
        ),
    )


def warnings(files: RunFiles) -> Html | None:
    """Return what should be known first, None where there is nothing."""
    found = warnings_of(files)
    if not found:
        return None
    items = (element("li", text) for text in found)
    return element(
        "div", element("h2", "Mind this"), element("ul", *items), _class="card notes", role="note"
    )


def scores(files: RunFiles, meanings: dict[str, Meaning], title: str, hint: str) -> Html | None:
    """Return one card a metric that the run has, None where it has none of them."""
    cards = [
        _score(files, key, meaning)
        for key, meaning in meanings.items()
        if _is_number(files.metrics.get(key))
    ]
    return section(title, hint, element("div", *cards, _class="grid")) if cards else None


def losses(files: RunFiles) -> Html | None:
    """Return the curve of every loss term, None without a history."""
    history = files.run.get("history")
    if not isinstance(history, dict):
        return None
    terms: list[tuple[str, list[Any]]] = [
        (str(k), v) for k, v in history.items() if isinstance(v, list) and v
    ]
    # The sum goes first, and away where it only repeats its one term.
    terms.sort(key=lambda term: term[0] != "loss")
    if len(terms) == 2 and terms[0][0] == "loss" and terms[0][1] == terms[1][1]:
        terms = terms[1:]
    if not terms:
        return None
    figures = []
    for name, values in terms:
        clean = [float(v) if isinstance(v, (int, float)) else None for v in values]
        last = element("p", f"ends at {number(clean[-1], 4)}", _class="hint")
        figures.append(
            element(
                "figure",
                element("h3", name),
                last,
                curve(clean, f"{name} by epoch"),
                _class="card curve",
            )
        )
    hint = (
        "The loss and every term of it, epoch by epoch; lower is better. No epoch was chosen by "
        "its score."
    )
    return section("Training", hint, element("div", *figures, _class="curves"))


def section(title: str, hint: str | None, content: Html) -> Html:
    """Return a section with a heading, a hint and its content."""
    note = None if hint is None else element("p", hint, _class="hint")
    return element("section", element("h2", title), note, content)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _score(files: RunFiles, key: str, meaning: Meaning) -> Html:
    value = float(files.metrics[key])
    low, high, better = meaning.low, meaning.high, meaning.better
    digits = 3
    if key == "n_effective_clusters":
        high, better, digits = float(max(files.n_clusters, 1)), f"out of {files.n_clusters}", 1
    zero = (0.0 - low) / (high - low)
    place = (min(max(value, low), high) - low) / (high - low)
    left, width = min(zero, place), abs(place - zero)
    bar = element("i", style=f"left:{100 * left:.1f}%;width:{100 * width:.1f}%")
    tick = element("b", style=f"left:{100 * zero:.1f}%") if low < 0 else None
    return element(
        "div",
        element("h3", meaning.title),
        element("div", number(value, digits), _class="value"),
        element("div", bar, tick, _class="meter", aria_hidden="true"),
        element("div", better, _class="better"),
        element("p", meaning.short),
        _class="card score",
        title=meaning.more,
    )
