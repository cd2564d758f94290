"""``graphclust fit``: the main job."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphclust.cli.settings import add_method_arguments, make_method, parse_settings, read_config
from graphclust.cli.source import level_of, load_graph_source, load_source
from graphclust.cli.source_options import add_source_arguments
from graphclust.errors import InputError
from graphclust.whole_files import written_whole

EXAMPLE = (
    "Example: graphclust fit edges.csv --method dgi --set epochs=200 --out runs/mine --report. "
    "On several processes: torchrun --nproc-per-node 2 -m graphclust fit edges.csv --method dmon "
    "--n-clusters 9"
)

if TYPE_CHECKING:
    from graphclust.estimators.base import Clusterer
    from graphclust.graphs.graph_sets import LoadedGraphs
    from graphclust.graphs.loaded import Loaded
    from graphclust.methods import Method


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_source_arguments(parser)
    add_method_arguments(parser)
    parser.add_argument(
        "--n-clusters",
        metavar="K",
        help="a whole number, or auto to choose it without labels; by default as many as a named "
        "data set has classes, else auto",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="same seed, same answer; 0 by default"
    )
    parser.add_argument(
        "--out", metavar="DIR", help="the run folder to write; runs/SOURCE by default"
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto, the default, takes a CUDA GPU where there is one",
    )
    parser.add_argument(
        "--labels-format",
        choices=("csv", "parquet"),
        default="csv",
        help="parquet writes labels.parquet beside labels.csv; csv by default",
    )
    parser.add_argument(
        "--report", action="store_true", help="also write report.html, a page to open"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on where Ctrl-C stopped this command"
    )
    parser.add_argument(
        "--rank-timeout",
        type=float,
        default=600.0,
        metavar="SECONDS",
        help="under torchrun, how long a process waits for another before it gives up; 600 by "
        "default",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print metrics.json, and nothing else, to standard output",
    )


def run(arguments: argparse.Namespace) -> int:
    """Load, fit, write the run folder, and say what came out."""
    from graphclust.ranks import find_ranks, together
    from graphclust.training.checkpoint_file import CHECKPOINT_FILE

    ranks = find_ranks(_timeout(arguments.rank_timeout))
    out = Path(arguments.out or Path("runs") / _folder_name(arguments.source))
    model, loaded = together(ranks, lambda: _given(arguments, out))
    _say_notes(loaded.graph.notes)
    interrupted = (out / CHECKPOINT_FILE).is_file()
    if arguments.resume and not interrupted:
        _say_notes((f"there is nothing to resume in {out}: beginning anew",))
    if interrupted and not arguments.resume:
        _say_notes((f"{out} holds an interrupted fit, which --resume would go on with",))
    try:
        model.fit(loaded.graph, checkpoint=out, resume=arguments.resume)
    except KeyboardInterrupt as interrupt:
        kept = (out / CHECKPOINT_FILE).is_file()
        hint = f"the state is kept in {out}: the same command with --resume goes on"
        raise type(interrupt)(hint if kept else "nothing was written") from None
    if ranks is not None and not ranks.first:
        return 0
    _say_notes(tuple(n for n in model.graph_.notes if n not in loaded.graph.notes))
    metrics = write(model, loaded, out, arguments.source, arguments.labels_format)
    if arguments.report:
        from graphclust.report import write_report

        write_report(out)
    if arguments.json:
        print(json.dumps(metrics, indent=2))
    else:
        print(summary(metrics, out, arguments.report))
        print_words(out / "words.json")
    return 0


def _given(arguments: argparse.Namespace, out: Path) -> tuple[Clusterer, Loaded | LoadedGraphs]:
    """Return what is to be fitted, and to what."""
    from graphclust.estimators import GraphClusterer, NodeClusterer
    from graphclust.estimators.run_folder import check_labels_format, check_target

    level = level_of(arguments)
    method, wanted = _method(arguments, level)
    check_target(out)
    check_labels_format(arguments.labels_format)
    loaded: Loaded | LoadedGraphs
    estimator: type[GraphClusterer | NodeClusterer]
    if level == "graphs":
        loaded, estimator = load_graph_source(arguments), GraphClusterer
    else:
        loaded, estimator = load_source(arguments, method.reads_direction), NodeClusterer
    model = estimator(
        n_clusters=_n_clusters(wanted, method, loaded),
        method=method,
        device=arguments.device,
        random_state=_seed(arguments.seed),
        verbose=sys.stderr.isatty(),
    )
    return model, loaded


def write(
    model: Clusterer,
    loaded: Loaded | LoadedGraphs,
    out: Path,
    source: str,
    labels_format: str = "csv",
) -> dict[str, Any]:
    """Write the run folder and return its metrics; here, after the fit, labels are first read."""
    from graphclust.estimators.run_facts import facts_of, metrics_of
    from graphclust.estimators.saving import save
    from graphclust.graphs.loaded import Loaded
    from graphclust.report.exemplars import keep_pictures

    metrics, facts = metrics_of(model, loaded.y), facts_of(model, source)
    if isinstance(loaded, Loaded) and loaded.views:
        facts["views"] = list(loaded.views)
    save(model, out, metrics, facts, labels_format)
    for name, reading in loaded.readings.items():
        with written_whole(out / name) as file:
            json.dump(reading(model.labels_), file, indent=1, ensure_ascii=False)
    if isinstance(loaded, Loaded) and loaded.pictures is not None:
        keep_pictures(out, loaded.pictures)
    return metrics


def summary(metrics: dict[str, Any], out: Path, report: bool) -> str:
    """Return what a person wants to read first."""
    sizes = sorted(metrics["cluster_sizes"], reverse=True)
    shown = ", ".join(map(str, sizes[:12])) + (" ..." if len(sizes) > 12 else "")
    lines = [
        f"{metrics['n_items']} items in {metrics['n_clusters']} clusters by {metrics['method']} "
        f"in {metrics['seconds']:.1f} s",
        f"sizes        {shown}",
    ]
    if "modularity" in metrics:
        lines.append(f"modularity   {metrics['modularity']:.3f}")
    if "acc" in metrics:
        scores = "  ".join(
            f"{key} {metrics[key]:.3f}" for key in ("acc", "nmi", "ami", "ari", "f1")
        )
        lines.append(f"against the labels (not read before now)   {scores}")
    lines.append(f"written to   {out / 'report.html' if report else out}")
    return "\n".join(lines)


def print_words(path: Path, most: int = 12) -> None:
    """Print the words of the largest clusters, where the run has such."""
    if not path.is_file():
        return
    clusters = json.loads(path.read_text(encoding="utf-8"))["clusters"]
    for cluster in sorted(clusters, key=lambda c: -c["size"])[:most]:
        words = ", ".join(cluster["words"][:8])
        print(f"cluster {cluster['cluster']:<4} {cluster['size']:>6}   {words}")


def _method(arguments: argparse.Namespace, level: str) -> tuple[Method, Any]:
    config = read_config(arguments.config)
    name = arguments.method or config.pop("method", None) or "default"
    config.pop("method", None)
    wanted = config.pop("n_clusters", None)
    if arguments.n_clusters is not None:
        wanted = arguments.n_clusters
    settings = {**config, **parse_settings(arguments.settings)}
    return make_method(name, settings, level), wanted


def _n_clusters(wanted: Any, method: Method, loaded: Loaded | LoadedGraphs) -> int | str:
    from graphclust.cli.main import note

    if wanted is not None and "k" not in method.needs:
        note(f"note: {method.name} finds the number of clusters itself: --n-clusters is not read")
    if wanted is None:
        classes = loaded.card.n_classes if loaded.card is not None else None
        return "auto" if classes is None else int(classes)
    if isinstance(wanted, str) and wanted != "auto":
        try:
            return int(wanted)
        except ValueError as error:
            raise InputError(
                f"--n-clusters {wanted!r} is neither a whole number nor auto"
            ) from error
    return wanted  # type: ignore[no-any-return]


def _seed(seed: int) -> int:
    if seed < 0:
        raise InputError(f"--seed {seed}: give a whole number, 0 or greater")
    return seed


def _timeout(seconds: float) -> float:
    if not seconds > 0:
        raise InputError(f"--rank-timeout {seconds:g}: give a number of seconds above 0")
    return seconds


def _say_notes(notes: tuple[str, ...]) -> None:
    from graphclust.cli.main import note

    for line in notes:
        note(f"note: {line}")


def _folder_name(source: str) -> str:
    path = Path(source)
    stem = path.name.split(".")[0] if path.name not in ("", ".", "..") else path.resolve().name
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in stem) or "run"
