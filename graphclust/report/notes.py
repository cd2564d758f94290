"""What a reader should know before believing the page."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphclust.report.projection import Projection
from graphclust.report.run_files import RunFiles


def warnings_of(files: RunFiles) -> list[str]:
    """Return what was warned about in the fit, and what its result itself warns of."""
    out = _strings(files.run.get("warnings"))
    n = files.labels.size
    unassigned = int(np.sum(files.labels < 0))
    sizes = np.bincount(files.labels[files.labels >= 0], minlength=max(files.n_clusters, 1))
    empty = int(np.sum(sizes == 0)) if files.n_clusters else 0
    if empty:
        out.append(f"{empty} of {files.n_clusters} clusters have no item.")
    if unassigned:
        out.append(
            f"{unassigned:,} of {n:,} items ({100 * unassigned / n:.1f}%) are in no cluster."
        )
    largest = int(sizes.max())
    if files.n_clusters > 1 and largest > 0.9 * n:
        out.append(f"One cluster holds {100 * largest / n:.1f}% of all items.")
    return list(dict.fromkeys(out))


def remarks_of(files: RunFiles, projection: Projection | None) -> list[str]:
    """Return how the input was changed, and how to read what is shown."""
    out = [_sentence(note) for note in _strings(files.run.get("notes"))]
    if any(key in files.metrics for key in ("acc", "nmi", "ami", "ari", "f1")):
        out.append(
            "Known classes were read after the fit, for the scores only: nothing was trained, "
            "stopped or selected by them."
        )
    chosen = files.run.get("n_clusters")
    if chosen == "auto":
        out.append(
            f"The number of clusters, {files.n_clusters}, was chosen without labels; another "
            "number may serve you better."
        )
    if projection is not None:
        seen = 100 * sum(projection.shares)
        out.append(
            f"The map shows {seen:.0f}% of the embedding's variance: clusters that overlap "
            "there may be apart in the other dimensions."
        )
    out.append(
        "Confidence is an item's membership in its own cluster as the method states it; it is "
        "not a calibrated probability."
    )
    seed = files.run.get("seed")
    out.append(
        "No seed was given, so the same command may answer otherwise next time."
        if seed is None
        else f"One run with seed {seed}: other seeds may answer otherwise. Compare several before "
        "drawing conclusions."
    )
    return list(dict.fromkeys(out))


def _sentence(text: str) -> str:
    """Return a note with a capital at its start and a stop at its end."""
    text = text.strip()
    first = text.partition(" ")[0]
    if first.islower():  # kNN and the like stay as they are
        text = first.capitalize() + text[len(first) :]
    return text + ("" if text.endswith((".", "!", "?")) else ".")


def _strings(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
