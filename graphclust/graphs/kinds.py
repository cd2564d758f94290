"""What a file or folder is, told from its name and its first lines."""

from __future__ import annotations

from pathlib import Path

from graphclust.errors import InputError, nearest
from graphclust.graphs.delimiters import is_number, numeric, split_line
from graphclust.graphs.edge_list import END_NAMES
from graphclust.graphs.text_bytes import not_a_sheet
from graphclust.graphs.text_tables import read_table

KINDS = (
    *("graph", "graphs", "table", "images", "texts", "videos", "series"),
    *("molecules", "proteins"),
)
SUPPORTED = ("graph", "table", "texts", "images", "videos", "series")
# What holds many graphs, to be clustered whole.
OF_GRAPHS = ("graphs", "molecules", "proteins")
PARQUET = (".parquet", ".pq")
_BY_SUFFIX = {
    **dict.fromkeys(PARQUET, "graph"),
    ".graphml": "graph",
    ".gml": "graph",
    ".npz": "graph",
    ".npy": "table",
    ".h5ad": "table",
    **dict.fromkeys((".jsonl", ".ndjson"), "texts"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"), "images"),
    **dict.fromkeys((".pgm", ".ppm", ".pbm", ".pnm"), "images"),
    **dict.fromkeys((".mp4", ".m4v", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg"), "videos"),
    **dict.fromkeys((".pdb", ".cif", ".mmcif", ".ent"), "proteins"),
    **dict.fromkeys((".smi", ".sdf"), "molecules"),
}
SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".edges", ".edgelist")
_SMILES = frozenset({"smiles", "mol", "canonical_smiles"})
_TEXTS = frozenset({"text", "texts", "title", "sentence", "document", "body", "abstract"})


def suffix_of(path: Path) -> str:
    """Return the ending that tells the format, ``.gz`` left out, in lower case."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def is_parquet(path: Path) -> bool:
    """Whether a file, or a folder of files, is parquet by its ending."""
    if path.is_dir():
        return any(suffix_of(file) in PARQUET for file in path.rglob("*"))
    return suffix_of(path) in PARQUET


def infer_kind(path: Path, column: str | None = None, label_column: str | None = None) -> str:
    """Return one of ``KINDS``.

    Raises
    ------
    InputError
        If nothing tells what it is.
    """
    if path.is_dir():
        return _of_folder(path)
    suffix = suffix_of(path)
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if suffix in SHEETS:
        raise InputError(not_a_sheet(path))
    if suffix not in _TEXT_SUFFIXES:
        raise InputError(
            f"{path}: the ending {suffix or '(none)'} tells nothing. Say what it is by --as "
            f"{'|'.join(KINDS)}"
        )
    return _of_text(path, column, label_column)


def check_kind(kind: str, source: object) -> None:
    """Refuse what is unknown, or not in this version.

    Raises
    ------
    InputError
        Naming what is supported.
    """
    if kind not in KINDS:
        hint = nearest(kind, KINDS) or f" (known: {', '.join(KINDS)})"
        raise InputError(f"--as {kind} is unknown{hint}")
    if kind not in SUPPORTED:
        raise InputError(
            f"{source} is read as {kind}, which this version cannot cluster yet: it reads "
            f"{' and '.join(SUPPORTED)}. If it is one of these, say so by --as"
        )


def _of_folder(path: Path) -> str:
    if is_parquet(path):
        return "graph"
    for file in sorted(path.rglob("*")):
        if file.is_file() and suffix_of(file) in _BY_SUFFIX:
            kind = _BY_SUFFIX[suffix_of(file)]
            if kind in ("images", "videos", "proteins", "molecules"):
                return kind
    if any(suffix_of(file) == ".txt" for file in path.rglob("*")):
        return "texts"
    raise InputError(
        f"{path} is a folder without images, clips, texts (.txt) or structures: name a file in it"
    )


def _of_text(path: Path, column: str | None, label_column: str | None) -> str:
    table = read_table(path, guess=True)
    names = {v.lower() for v in table.header or ()}
    if not table.header and table.lines:
        # A header of words over lines of words does not show; look at its words.
        names = {v.lower() for v in split_line(table.lines[0], table.delimiter)}
    if column is not None:
        return "molecules" if column.lower() in _SMILES else "texts"
    if names & _SMILES:
        return "molecules"
    if not table.lines:
        return "graph"
    if table.n_columns in (2, 3) and label_column is None:
        ends = split_line(table.lines[0], table.delimiter)[:2]
        fractions = all(map(numeric, ends)) and not all(_is_whole(v) for v in ends)
        if fractions and not names & END_NAMES:
            return "table"
        return "texts" if names & _TEXTS else "graph"
    if names & _TEXTS:
        return "texts"
    numbers = any(map(numeric, split_line(table.lines[0], table.delimiter)))
    if table.n_columns > 3 and numbers:
        return "table"
    if label_column is not None and numbers:
        return "table"
    return "graph"


def _is_whole(text: str) -> bool:
    return is_number(text) and float(text).is_integer()
