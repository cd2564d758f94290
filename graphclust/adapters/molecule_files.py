"""Files of molecules: csv and tsv with a SMILES column, ``.smi`` and ``.sdf``, gzipped or not.

Rows are counted from 1 without the header, as a spreadsheet's reader counts molecules; the same
number is the id of a molecule where the file has no column of ids.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphclust.adapters.rdkit_door import parse, rdkit_chem, silent
from graphclust.errors import InputError, nearest
from graphclust.graphs.kinds import suffix_of
from graphclust.graphs.text_bytes import read_text

# Names of columns, compared in lower case without blanks, "_" and "-"; the first that is there.
SMILES_NAMES = ("smiles", "canonicalsmiles", "isomericsmiles", "mol", "molecule", "structure")
ID_NAMES = ("id", "molid", "moleculeid", "compoundid", "cid", "chemblid", "name", "")
_SMI = (".smi", ".smiles", ".ism")
_DELIMITERS = ("\t", ",", ";", "|")
# So many rows are tried to see whether a column holds SMILES, and so many of them must be.
_TRIED, _SHARE = 30, 0.8


@dataclass
class MoleculeRows:
    """What a file says about its molecules, before chemistry is asked.

    Attributes
    ----------
    smiles : list of str or None
        None where there is a record but no text of one.
    ids : list
        As the file names them, else the number of the row from 1.
    labels : list of str or None
        The column of known classes.
    """

    smiles: list[str | None]
    ids: list[int | str]
    labels: list[str] | None = None


def read_rows(path: Path, column: str | None, label_column: str | None) -> MoleculeRows:
    """Read a file of molecules.

    Raises
    ------
    InputError
        If it cannot be read, is empty, or has not the columns that are asked for.
    """
    if not path.is_file():
        raise InputError(f"{path} is not a file: give a .csv, .tsv, .smi or .sdf file of molecules")
    suffix = suffix_of(path)
    if suffix == ".sdf":
        rows = _read_sdf(path, label_column)
    elif suffix in _SMI:
        if column is not None or label_column is not None:
            raise InputError(f"{path}: a {suffix} file has no named columns: drop --column")
        rows = _read_smi(path)
    else:
        rows = _read_csv(path, column, label_column)
    if not rows.smiles:
        raise InputError(f"{path} is empty: it holds no molecule")
    return rows


def _read_csv(path: Path, column: str | None, label_column: str | None) -> MoleculeRows:
    text = read_text(path)
    first = text.lstrip().partition("\n")[0]
    counts = {d: first.count(d) for d in _DELIMITERS}
    delimiter = max(counts, key=lambda d: counts[d])
    try:
        table = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise InputError(f"{path} cannot be split into columns ({error}): is it a csv?") from error
    if not table:
        raise InputError(f"{path} is empty: it holds no molecule")
    header = [name.strip() for name in table[0]]
    place = _named(header, column, path) if column is not None else _smiles_place(table, path)
    if column is None and _is_smiles(header[place]):
        header = [f"column {i + 1}" for i in range(len(header))]  # no header: a molecule already
    else:
        del table[0]
    labels = None
    if label_column is not None:
        at = _named(header, label_column, path)
        labels = [row[at] if len(row) == len(header) else "" for row in table]
    # A row with too few or too many fields may have its molecule anywhere: it counts as unreadable.
    smiles = [row[place] if len(row) == len(header) else None for row in table]
    return MoleculeRows(smiles, _ids(header, table, place), labels)


def _named(header: Sequence[str], name: str, path: Path) -> int:
    if name in header:
        return header.index(name)
    hint = nearest(name, header) or f" (it has: {', '.join(map(repr, header[:12]))})"
    raise InputError(f"{path} has no column {name!r}{hint}")


def _plain(name: str) -> str:
    return name.lower().replace(" ", "").replace("_", "").replace("-", "")


def _smiles_place(table: list[list[str]], path: Path) -> int:
    """Return which column holds SMILES: by its name, else by trying to read them."""
    plain = [_plain(name) for name in table[0]]
    for name in SMILES_NAMES:
        if name in plain:
            return plain.index(name)
    best, length = None, 0.0
    sample = [row for row in table[1 : 1 + _TRIED] if len(row) == len(plain)] or table[:1]
    for place in range(len(plain)):
        values = [row[place].strip() for row in sample]
        read = sum(_is_smiles(v) for v in values)
        mean = sum(map(len, values)) / len(values)
        # Short codes such as CI or CN read as SMILES too: the longest texts are the molecules.
        if read >= _SHARE * len(values) and mean > length:
            best, length = place, mean
    if best is None:
        names = ", ".join(repr(v.strip()) for v in table[0][:12])
        raise InputError(
            f"{path} has no column of SMILES among {names}: name it by --column, and check the "
            "delimiter"
        )
    return best


def _is_smiles(text: str) -> bool:
    with silent():
        return parse(text)[0] is not None


def _ids(header: Sequence[str], table: list[list[str]], smiles: int) -> list[int | str]:
    """Return the first column of ids whose values are all there and all different.

    Without one, rows are numbered, and it is said if a column of ids was passed over.
    """
    passed = ""
    plain = [_plain(name) for name in header]
    for name in ID_NAMES:
        for place in range(len(plain)):
            if plain[place] != name or place == smiles:
                continue
            values = [row[place].strip() if place < len(row) else "" for row in table]
            if all(values) and len(set(values)) == len(values):
                return list(values)
            if not passed and any(values) and header[place]:
                often = Counter(values).most_common(1)[0][0]
                why = f"repeats {often!r}" if all(values) else "has gaps"
                passed = f"column {header[place]!r} {why}: row numbers are the ids instead"
    if passed:
        warnings.warn(passed, stacklevel=4)
    return list(range(1, len(table) + 1))


def _read_smi(path: Path) -> MoleculeRows:
    """Read lines of a SMILES, white space and a name; a header is dropped."""
    lines = [line.split(None, 1) for line in read_text(path).splitlines() if line.strip()]
    if lines and _plain(lines[0][0]) in SMILES_NAMES:
        del lines[0]
    names = [fields[1].strip() if len(fields) > 1 else "" for fields in lines]
    distinct = all(names) and len(set(names)) == len(names)
    ids: list[int | str] = list(names) if distinct else list(range(1, len(lines) + 1))
    return MoleculeRows([fields[0] for fields in lines], ids)


def _read_sdf(path: Path, label_column: str | None) -> MoleculeRows:
    """Read records of an SDF as SMILES; the label column is a property of the records."""
    names: list[str] = []
    smiles: list[str | None] = []
    labels: list[str] = []
    known: set[str] = set()
    for molecule in _records(path):
        smiles.append(None if molecule is None else rdkit_chem().MolToSmiles(molecule))
        properties = {} if molecule is None else molecule.GetPropsAsDict(includePrivate=True)
        known |= {key for key in properties if not key.startswith("_")}
        names.append(str(properties.get("_Name", "")).strip())
        if label_column is not None:
            labels.append(str(properties.get(label_column, "")))
    if label_column is not None and smiles and label_column not in known:
        _named(sorted(known), label_column, path)
    distinct = all(names) and len(set(names)) == len(names)
    ids: list[int | str] = list(names) if distinct else list(range(1, len(names) + 1))
    return MoleculeRows(smiles, ids, labels if label_column is not None else None)


def _records(path: Path) -> Iterator[Any]:
    chem = rdkit_chem()
    with silent():
        # The end mark is cut off by a transfer that broke: what is after the last one is a record.
        supplier = chem.SDMolSupplier()
        supplier.SetData(read_text(path), sanitize=True, removeHs=True)
        yield from supplier
