"""What is known of every cluster, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphclust.report.charts import hue, number, swatch
from graphclust.report.markup import Html, element, join
from graphclust.report.run_files import RunFiles
from graphclust.report.sureness import by_sureness

_REPRESENTATIVES = 5
_MOST_ROWS = 100
_LONGEST_ID = 40


@dataclass(frozen=True)
class Cluster:
    """One cluster: its size, the mean membership of its items, the surest of them."""

    index: int
    size: int
    share: float
    confidence: float | None
    conductance: float | None
    representatives: list[str]


def clusters_of(files: RunFiles) -> list[Cluster]:
    """Return the clusters, largest first, empty ones last. Cost O(n (d + log n))."""
    given = files.run.get("cluster_conductance")
    per_cluster = given if isinstance(given, list) and len(given) == files.n_clusters else None
    out = []
    for index, members in enumerate(by_sureness(files)):
        sure = files.confidence[members]
        known = sure[np.isfinite(sure)]
        out.append(
            Cluster(
                index=index,
                size=int(members.size),
                share=members.size / files.labels.size,
                confidence=float(known.mean()) if known.size else None,
                conductance=_number(per_cluster[index]) if per_cluster else None,
                representatives=[files.ids[i] for i in members[:_REPRESENTATIVES].tolist()],
            )
        )
    return sorted(out, key=lambda c: (-c.size, c.index))


def bars(clusters: list[Cluster], unassigned: int, n: int, most: int = 16) -> Html:
    """Return the sizes as bars; beyond ``most`` clusters the rest share one line."""
    shown, rest = clusters, clusters[:0]
    if len(clusters) > most + 1:
        shown, rest = clusters[:most], clusters[most:]
    longest = max([c.size for c in clusters] + [unassigned, 1])
    rows = [_bar(c.index, f"Cluster {c.index}", c.size, n, longest) for c in shown]
    if rest:
        size = sum(c.size for c in rest)
        rows.append(
            join(
                element("span", f"{len(rest)} smaller ones"),
                element("span"),
                _count(size, n),
            )
        )
    if unassigned:
        rows.append(_bar(-1, "Unassigned", unassigned, n, longest))
    return element("div", *rows, _class="bars")


def table(clusters: list[Cluster]) -> Html:
    """Return one row a cluster, with the items that stand for it."""
    with_conductance = any(c.conductance is not None for c in clusters)
    heads = ["Size", "Share", "Mean confidence"] + ["Conductance"] * with_conductance
    header = element(
        "tr",
        element("th", "Cluster", scope="col"),
        *(element("th", head, scope="col", _class="number") for head in heads),
        element("th", "Surest items", scope="col", _class="wide"),
    )
    body = [_row(c, with_conductance) for c in clusters[:_MOST_ROWS]]
    drawn = element(
        "table",
        element("thead", header),
        element("tbody", *body),
        _class="clusters",
    )
    left_out = len(clusters) - len(body)
    more = (
        element("p", f"The {left_out:,} smallest clusters are left out here.", _class="hint")
        if left_out
        else None
    )
    return join(element("div", drawn, _class="scroll"), more)


def heading(index: int, size: int) -> Html:
    """Return what stands above what a cluster holds."""
    return element("h3", swatch(index), f"Cluster {index}", element("span", f"{size:,}"))


def smallest_left_out(count: int) -> str:
    """Return what is said where only the larger clusters are shown."""
    return f"The {count:,} smallest clusters are left out here."


def _row(cluster: Cluster, with_conductance: bool) -> Html:
    cells = [
        ("Size", f"{cluster.size:,}"),
        ("Share", f"{100 * cluster.share:.1f}%"),
        ("Mean confidence", number(cluster.confidence)),
    ]
    if with_conductance:
        cells.append(("Conductance", number(cluster.conductance)))
    chips: list[object] = [
        element("bdi", _shortened(i), title=i if len(i) > _LONGEST_ID else None)
        for i in cluster.representatives
    ]
    return element(
        "tr",
        element("th", swatch(cluster.index), f"Cluster {cluster.index}", scope="row"),
        *(element("td", text, _class="number", data_label=head) for head, text in cells),
        element(
            "td",
            element("div", *(chips or ["none: no item has this cluster"]), _class="ids"),
            _class="wide",
            data_label="Surest items",
        ),
    )


def _bar(index: int, name: str, size: int, n: int, longest: int) -> Html:
    width = f"width:{100 * size / longest:.2f}%" if size else "width:0;min-width:0"
    return join(
        element("span", swatch(index), name),
        element("span", element("i", _class=hue(index), style=width), _class="bar"),
        _count(size, n),
    )


def _count(size: int, n: int) -> Html:
    share = element("span", f" {100 * size / n:.1f}%")
    return element("span", f"{size:,}", share, _class="number")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_ID else text[: _LONGEST_ID - 1] + "…"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
