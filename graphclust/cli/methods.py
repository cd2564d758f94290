"""``graphclust methods``: what there is to choose from."""

from __future__ import annotations

import argparse
import inspect
import json
from typing import Any

from graphclust.cli.tables import table

EXAMPLE = "Example: graphclust methods dmon"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="tell one method's settings and where it comes from"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print the table of the README")


def run(arguments: argparse.Namespace) -> int:
    """Print a row for each method, or all that is known of one."""
    from graphclust.cli.main import note

    if arguments.name is not None:
        row = method_row(_lookup(arguments.name))
        print(json.dumps(row, indent=2) if arguments.json else _described(row))
        return 0
    rows = method_rows()
    if arguments.json:
        print(json.dumps(rows, indent=2))
    elif arguments.markdown:
        print(markdown(rows))
    else:
        header = ("family", "method", "from", "year", "needs", "cost")
        body = [
            (r["family"], r["method"], r["title"], r["year"], " ".join(r["needs"]), r["cost"])
            for r in rows
        ]
        print(table(header, body))
        note("one method's paper and settings: `graphclust methods NAME`")
    return 0


def method_rows() -> list[dict[str, Any]]:
    """Return the registry of methods as plain rows, families in the order of the field."""
    import graphclust.methods as methods
    from graphclust.component import registry

    known = sorted(
        registry("method").values(), key=lambda m: (methods.FAMILIES.index(m.family), m.name)
    )
    return [method_row(method) for method in known]


def method_row(method: Any) -> dict[str, Any]:
    """Return what there is to know of one method, as plain JSON values."""
    return {
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


def _lookup(name: str) -> Any:
    import graphclust.methods  # noqa: F401  (defines the methods)
    from graphclust.component import lookup

    return lookup("method", name.lower().replace("-", "_"))


def _described(row: dict[str, Any]) -> str:
    source = f"{row['paper']} ({row['year']})"
    facts = [
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
