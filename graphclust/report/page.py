"""The report of a run: one HTML file that opens anywhere."""

from __future__ import annotations

from pathlib import Path

from graphclust.report.clusters import clusters_of, table
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


def write_report(run_dir: Path) -> Path:
    """Write ``report.html`` into a run folder and return its path.

    The page is a single file: inline style and drawings, no script, nothing from the network.

    Parameters
    ----------
    run_dir : path
        What ``save`` or ``graphclust fit --out`` wrote. ``cluster_conductance`` in its
        ``run.json`` (a list, one value a cluster) is shown where it is there.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If it is not a run folder, or a file of it cannot be used.

    Notes
    -----
    At most 3,000 items are drawn on the map. Cost O(n k + m d^2) for m drawn items.
    """
    run_dir = Path(run_dir)
    text = render(read_run(run_dir))
    target = run_dir / REPORT_FILE
    with written_whole(target) as file:
        file.write(text)
    return target


def render(files: RunFiles) -> str:
    """Return the page of a run."""
    clusters = clusters_of(files)
    projection = None if files.embedding is None else project(files.embedding, files.labels)
    title = _title(files)
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
        section(
            "The clusters",
            "The surest items are those with the highest confidence: look "
            "at them first to see what a cluster is about.",
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
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title} · graphclust"),
        element("style", Html(STYLE + highlights(clusters))),
    )
    return f"<!doctype html>\n{element('html', head, element('body', body), lang='en')}\n"


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
