"""``graphclust methods``: what there is to choose from."""

from __future__ import annotations

import argparse
import json
from typing import Any

from graphclust.cli.tables import table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print a row for each method: family, paper, year, what it needs, cost, settings."""
    rows = method_rows()
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return 0
    header = ("family", "method", "paper", "year", "needs", "cost", "settings")
    body = [
        (r["family"], r["method"], r["paper"], r["year"], " ".join(r["needs"]), r["cost"],
         " ".join(r["settings"]))
        for r in rows
    ]  # fmt: skip
    print(table(header, body))
    return 0


def method_rows() -> list[dict[str, Any]]:
    """Return the registry of methods as plain rows, families in the order of the field."""
    import graphclust.methods as methods
    from graphclust.component import registry

    known = sorted(
        registry("method").values(), key=lambda m: (methods.FAMILIES.index(m.family), m.name)
    )
    return [
        {
            "family": m.family,
            "method": m.name,
            "paper": m.title if m.paper == m.title else f"{m.title}: {m.paper}",
            "year": m.year,
            "arxiv": m.arxiv,
            "needs": list(m.needs),
            "cost": m.cost,
            "settings": m.argument_names(),
        }
        for m in known
    ]
