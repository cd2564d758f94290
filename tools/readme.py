"""Write what the README takes from the code: the table of methods. ``make readme`` runs this."""

from __future__ import annotations

from pathlib import Path

from graphclust.cli.methods import markdown, method_rows

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- methods: `make readme` writes this table -->", "<!-- end of methods -->"


def renewed(text: str) -> str:
    """Return the README with the table of methods as the registry has it."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert end, f"{README} needs the lines {BEGIN} and {END}"
    return f"{before}{BEGIN}\n{markdown(method_rows())}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
