"""The run at a glance: the map of the items, the sizes of the clusters, the confidence."""

from __future__ import annotations

import numpy as np

from graphclust.report.charts import histogram, scatter, swatch
from graphclust.report.clusters import Cluster, bars
from graphclust.report.markup import Html, element
from graphclust.report.projection import Projection
from graphclust.report.run_files import RunFiles

MOST_IN_LEGEND = 32


def overview(files: RunFiles, clusters: list[Cluster], projection: Projection | None) -> Html:
    """Return the map beside sizes and confidence."""
    unassigned = int(np.sum(files.labels < 0))
    sizes = element(
        "div",
        element("h2", "Sizes"),
        element("p", "Items in each cluster, largest first.", _class="hint"),
        bars(clusters, unassigned, files.labels.size),
        _class="card",
    )
    side = element("div", sizes, _confidence(files), _class="stack")
    if projection is None:
        return element("section", side)
    return element("section", element("div", _map(files, clusters, projection), side, _class="two"))


def _map(files: RunFiles, clusters: list[Cluster], projection: Projection) -> Html:
    rows = projection.rows
    drawing = scatter(projection, files.labels[rows], [files.ids[i] for i in rows.tolist()])
    shares = [f"{100 * s:.0f}%" for s in projection.shares]
    caption = (
        f"The two main directions of the embedding (PCA): across {shares[0]}, up {shares[1]} of "
        "its variance, both to the same scale."
    )
    if rows.size < files.labels.size:
        caption += f" {rows.size:,} of {files.labels.size:,} items, drawn at random."
    drawn = set(files.labels[rows].tolist())
    named = [c.index for c in clusters if c.index in drawn]
    entries = [
        element("li", swatch(c), f"Cluster {c}", _class=f"l{c}") for c in named[:MOST_IN_LEGEND]
    ]
    if len(named) > MOST_IN_LEGEND:
        entries.append(element("li", f"and {len(named) - MOST_IN_LEGEND} more"))
    if -1 in drawn:
        entries.append(element("li", swatch(-1), "Unassigned", _class="l-1"))
    return element(
        "div",
        element("h2", "Map"),
        element(
            "p",
            "Each mark is an item; point at one for its id, or at a cluster's name to "
            "single it out.",
            _class="hint",
        ),
        element(
            "figure",
            drawing,
            element("ul", *entries, _class="legend"),
            element("figcaption", caption),
        ),
        _class="card map",
    )


def _confidence(files: RunFiles) -> Html | None:
    known = files.confidence[(files.labels >= 0) & np.isfinite(files.confidence)]
    if known.size == 0 or known.min() > 0.9995:
        # Hard memberships: every item is stated as certain, and there is nothing to draw.
        return None
    even = 1.0 / max(files.n_clusters, 1)
    return element(
        "div",
        element("h2", "Confidence"),
        element(
            "p",
            "Membership of the items in their own cluster: half are at "
            f"{float(np.median(known)):.2f} or more; {even:.2f} is no preference at all.",
            _class="hint",
        ),
        element("figure", histogram(known, "Histogram of the items' confidence"), _class="curve"),
        _class="card",
    )


def highlights(clusters: list[Cluster]) -> str:
    """Return rules that fade all other marks while a name in the legend is pointed at."""
    shown = [c.index for c in clusters[:MOST_IN_LEGEND]] + [-1]
    return "".join(f".map:has(.l{c}:hover) g:not(.g{c}){{fill-opacity:.07}}" for c in shown)
