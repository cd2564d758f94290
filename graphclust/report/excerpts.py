"""What each cluster of texts speaks of: its words, and how texts that stand for it begin."""

from __future__ import annotations

from graphclust.report.clusters import Cluster, heading, smallest_left_out
from graphclust.report.markup import Html, element
from graphclust.report.run_files import RunFiles
from graphclust.report.sections import section

_LONGEST, _TEXTS, _MOST_CLUSTERS = 160, 3, 100


def excerpts(files: RunFiles, clusters: list[Cluster]) -> Html | None:
    """Return words and texts of each cluster, None where the run has none."""
    told = [c for c in clusters if files.words.get(c.index) or files.texts.get(c.index)]
    if not told:
        return None
    shown = [_told(files, c) for c in told[:_MOST_CLUSTERS]]
    left_out = len(told) - len(shown)
    hint = (
        "The words that tell each cluster from the others, and how the texts begin whose words "
        "are nearest to those of the whole cluster. Point at one for its id."
    )
    omitted = [element("p", smallest_left_out(left_out), _class="hint")] * bool(left_out)
    return section(
        "What they speak of", hint, element("div", *shown, *omitted, _class="card sheet")
    )


def excerpt(text: str, most: int = _LONGEST) -> str:
    """Return how a text begins, in at most ``most`` characters, cut between words.

    Examples
    --------
    >>> excerpt("a text that goes on and on", 16)
    'a text that…'
    """
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    # Scripts without spaces have nowhere else to be cut.
    head = cut.rpartition(" ")[0] if text[most - 1] != " " else cut
    return (head if 2 * len(head) > most else cut).rstrip() + "…"


def _told(files: RunFiles, cluster: Cluster) -> Html:
    texts = [(name, text) for name, text in files.texts.get(cluster.index, []) if text.strip()]
    quoted = [
        element("li", element("bdi", excerpt(text)), title=name) for name, text in texts[:_TEXTS]
    ]
    return element(
        "div",
        heading(cluster.index, cluster.size),
        element(
            "div",
            element("p", element("bdi", ", ".join(files.words.get(cluster.index, [])))),
            element("ul", *quoted) if quoted else None,
            _class="told",
        ),
        _class="exemplars",
    )
