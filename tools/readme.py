"""Write what the README takes from the code: the tables of methods. ``make readme`` runs this."""

from __future__ import annotations

from pathlib import Path

from graphclust.cli.methods import markdown, method_rows

README = Path(__file__).parents[1] / "README.md"
# The marks around a table, and what the methods in it cluster.
TABLES = {
    ("<!-- methods: `make readme` writes this table -->", "<!-- end of methods -->"): "nodes",
    ("<!-- methods of whole graphs: `make readme` -->", "<!-- end of whole graphs -->"): "graphs",
}


def renewed(text: str) -> str:
    """Return the README with the tables of methods as the registry has them."""
    for (begin, end), level in TABLES.items():
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        assert found, f"{README} needs the lines {begin} and {end}"
        text = f"{before}{begin}\n{markdown(method_rows(level))}\n{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
