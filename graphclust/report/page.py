"""The report of a run: one HTML file that opens anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphclust.report.clusters import clusters_of, table
from graphclust.report.contact_sheet import contact_sheet
from graphclust.report.excerpts import excerpts
from graphclust.report.exemplars import (
    THUMBNAILS_FILE,
    Exemplars,
    keep_pictures,
    read_exemplars,
)
from graphclust.report.markup import Html, element, join
from graphclust.report.notes import remarks_of
from graphclust.report.overview import highlights, overview
from graphclust.report.projection import project
from graphclust.report.run_files import RunFiles, read_run
from graphclust.report.sections import header, losses, scores, section, warnings
from graphclust.report.settings import settings
from graphclust.report.style import STYLE
from graphclust.report.words import KNOWN_CLASSES, WITHOUT_CLASSES
from graphclust.whole_files import written_whole

REPORT_FILE = "report.html"
# Should anything slip through as markup after all, the browser still loads and runs nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_report(run_dir: Path, pictures: Any = None) -> Path:
    """Write ``report.html`` into a run folder and return its path.

    The page is a single file: inline style, drawings and small pictures, no script, nothing from
    the network.

    Parameters
    ----------
    run_dir : path
        What ``save`` or ``graphclust fit --out`` wrote. ``cluster_conductance`` in its
        ``run.json`` (a list, one value a cluster) is shown where it is there.
    pictures : path or array, optional
        Of a run of images or clips, where these are: the folder in which the ids name files, or a
        stack with an image for each item. A few of every cluster are kept in the run folder, as
        ``graphclust fit`` does by itself, so that later reports need them no more.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If it is not a run folder, a file of it cannot be used, or the pictures are not there.

    Notes
    -----
    At most 3,000 items are drawn on the map, and 480 as pictures, which take 2 MB at most. Cost
    O(n k + m d^2) for m drawn items.
    """
    run_dir = Path(run_dir)
    files = read_run(run_dir)
    absent = _look_for_pictures(run_dir, files, pictures)
    text = render(files, read_exemplars(run_dir), absent)
    target = run_dir / REPORT_FILE
    with written_whole(target) as file:
        file.write(text)
    return target


def render(files: RunFiles, exemplars: Exemplars | None = None, absent: str = "") -> str:
    """Return the page of a run; ``absent`` says why it has no pictures, where it should."""
    clusters = clusters_of(files)
    projection = None if files.embedding is None else project(files.embedding, files.labels)
    title = _title(files)
    policy = _POLICY if exemplars is None else f"{_POLICY}; img-src data:"
    body = element(
        "main",
        header(files, clusters, title),
        warnings(files),
        scores(
            files,
            KNOWN_CLASSES,
            "Against the known classes",
            "How far the clusters agree with the classes that came with the data. Classes "
            "were used for these figures only, after the fit.",
        ),
        scores(
            files,
            WITHOUT_CLASSES,
            "Without known classes",
            "How the clusters fit the graph and the embedding; no class is read for these.",
        ),
        overview(files, clusters, projection),
        contact_sheet(exemplars, clusters, absent),
        excerpts(files, clusters),
        section(
            "The clusters",
            "The surest items are those with the highest confidence, and of equals those nearest "
            "to the middle of the cluster: look at them first to see what it is about.",
            element("div", table(clusters), _class="card"),
        ),
        losses(files),
        section(
            "How to read this",
            None,
            element(
                "div",
                element(
                    "ul",
                    *(element("li", r) for r in remarks_of(files, projection)),
                    _class="plain",
                ),
                _class="card",
            ),
        ),
        element("section", settings(files)),
        element("footer", _footer(files)),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title} · graphclust"),
        element("style", Html(STYLE + highlights(clusters))),
    )
    return f"<!doctype html>\n{element('html', head, element('body', body), lang='en')}\n"


def _look_for_pictures(run_dir: Path, files: RunFiles, pictures: Any) -> str:
    """Keep pictures of a run that has none yet, or return in words why it has none."""
    if pictures is None and (run_dir / THUMBNAILS_FILE).is_file():
        return ""
    # Here, and not above: a report of anything else waits for no adapter to be imported.
    from graphclust.adapters.thumbnails import are_pictures, pictures_of

    if pictures is None:
        source = str(files.run.get("source") or "")
        if not source or Path(source).is_file():
            return ""
        if not are_pictures(files.ids):
            return ""
        if not any((Path(source) / name).is_file() for name in files.ids):
            return (
                f"The pictures are no longer at {source}: `graphclust report RUN --pictures "
                "FOLDER` shows them from where they are now."
            )
        pictures = source
    keep_pictures(run_dir, pictures_of(pictures, files.ids))
    return ""


def _footer(files: RunFiles) -> Html:
    versions = files.run.get("versions")
    version = versions.get("graphclust") if isinstance(versions, dict) else None
    written = f"Written by graphclust {version}." if version else "Written by graphclust."
    return join(
        written,
        " labels.csv, embedding.npy, membership.npy, metrics.json and run.json "
        "beside this file hold all of it in full.",
    )


def _title(files: RunFiles) -> str:
    source = str(files.run.get("source") or "Run")
    # Of a path, its last part is its name.
    return source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or source
