"""``graphclust methods``: what there is to choose from."""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import Sequence
from typing import Any

from graphclust.cli.tables import table

EXAMPLE = "Example: graphclust methods dmon"
# Where the methods of each level are registered.
KINDS = {"nodes": "method", "graphs": "graph_method"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="tell one method's settings and where it comes from"
    )
    parser.add_argument(
        "--level",
        choices=("nodes", "graphs"),
        help="methods that cluster the nodes of a graph, or whole graphs, only; both by default",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print the table of the README")


def run(arguments: argparse.Namespace) -> int:
    """Print a row for each method, or all that is known of one."""
    from graphclust.cli.main import note

    levels = ("nodes", "graphs") if arguments.level is None else (arguments.level,)
    if arguments.name is not None:
        found = [method_row(method) for method in _lookup(arguments.name, levels)]
        if arguments.json:
            print(json.dumps(found[0] if len(found) == 1 else found, indent=2))
        else:
            print("\n\n".join(map(_described, found)))
        return 0
    rows = [row for level in levels for row in method_rows(level)]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    elif arguments.markdown:
        print("\n\n".join(markdown(method_rows(level)) for level in levels))
    else:
        header = ("level", "family", "method", "from", "year", "needs", "cost")
        keys = ("level", "family", "method", "title", "year")
        body = [(*(r[k] for k in keys), " ".join(r["needs"]), r["cost"]) for r in rows]
        print(table(header, body))
        note("one method's paper and settings: `graphclust methods NAME`")
    return 0


def method_rows(level: str = "nodes") -> list[dict[str, Any]]:
    """Return the methods of a level as plain rows, families in the order of the field."""
    import graphclust.methods as methods
    from graphclust.component import registry

    known = sorted(
        registry(KINDS[level]).values(), key=lambda m: (methods.FAMILIES.index(m.family), m.name)
    )
    return [method_row(method) for method in known]


def method_row(method: Any) -> dict[str, Any]:
    """Return what there is to know of one method, as plain JSON values."""
    return {
        "level": next(level for level, kind in KINDS.items() if kind == method.kind),
        "family": method.family,
        "method": method.name,
        "title": method.title,
        "about": (inspect.getdoc(method) or "").split("\n\n")[0].replace("\n", " "),
        "paper": method.paper,
        "year": method.year,
        "arxiv": method.arxiv,
        "needs": list(method.needs),
        "cost": method.cost,
        "settings": method.argument_names(),
        "defaults": method().to_config()["args"],
    }


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| family | `--method` | from | year | needs | cost |", "|---|---|---|---|---|---|"]
    for r in rows:
        title = f"[{r['title']}](https://arxiv.org/abs/{r['arxiv']})" if r["arxiv"] else r["title"]
        cost = r["cost"].replace("|", "\\|")
        needs = ", ".join(r["needs"])
        lines.append(
            f"| {r['family']} | `{r['method']}` | {title} | {r['year']} | {needs} | {cost} |"
        )
    return "\n".join(lines)


def _lookup(name: str, levels: Sequence[str]) -> list[Any]:
    """Return the methods of that name, of one level or of each."""
    import graphclust.methods  # noqa: F401  (defines the methods)
    from graphclust.component import lookup, registry

    key = name.lower().replace("-", "_")
    found = [registry(KINDS[level])[key] for level in levels if key in registry(KINDS[level])]
    return found or [lookup(KINDS[levels[0]], key)]


def _described(row: dict[str, Any]) -> str:
    source = f"{row['paper']} ({row['year']})"
    facts = [
        ("clusters", row["level"]),
        ("family", row["family"]),
        ("from", f"{source}, arXiv:{row['arxiv']}" if row["arxiv"] else source),
        ("needs", " ".join(row["needs"])),
        ("cost", row["cost"]),
    ]
    lines = [f"{row['method']}: {row['about']}", ""]
    lines += [f"{key:<9} {value}" for key, value in facts]
    lines += ["", "settings, with their defaults (--set NAME=VALUE):" if row["defaults"] else ""]
    lines += [f"  {name} = {json.dumps(value)}" for name, value in row["defaults"].items()]
    return "\n".join(lines).rstrip()
