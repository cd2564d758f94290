"""RDKit's molecules turned into graphs, many at a time."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch

from graphclust.adapters.atom_columns import (
    ATOM_FLAGS,
    ATOM_GROUPS,
    BOND_FLAGS,
    BOND_GROUPS,
    Columns,
    one_hot,
)
from graphclust.adapters.rdkit_door import parse, silent
from graphclust.errors import InputError
from graphclust.graphs.class_codes import class_codes

if TYPE_CHECKING:
    from torch_geometric.data import Data

# Molecules are made so many at a time: their codes are turned into columns together.
_BLOCK = 1024
# The text of so many unreadable ones is shown, of the others the row alone.
_SHOWN = 10


def _short(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= 60 else text[:57] + "..."


def unreadable(where: str, row: int, text: str | None, why: str) -> str:
    """Return what is said of a molecule that cannot be read."""
    shown = f"{_short(text)!r} cannot be read: {why}" if text else "its SMILES is missing"
    return f"{where}, row {row}: {shown}. Correct or drop it, or skip such rows (--skip-invalid)"


def molecule_graphs(
    texts: Sequence[str | None],
    ids: Sequence[Hashable] | None,
    y: Sequence[Any] | None,
    skip_invalid: bool,
    where: str,
) -> list[Data]:
    """Return the molecules as graphs; what cannot be read raises, or is left out and listed.

    ``where`` is what messages call the source; rows count from 1.
    """
    codes = None if y is None else class_codes(y)[0].tolist()
    broken: list[tuple[int, str | None]] = []
    out: list[Data] = []
    with silent():
        for block in _blocks(_parsed(texts, skip_invalid, broken, where)):
            rows, molecules = zip(*block, strict=True)
            for row, data in zip(rows, _as_data(molecules), strict=True):
                data.smiles = texts[row]
                data.id = row + 1 if ids is None else ids[row]
                if codes is not None:
                    data.y = torch.tensor([codes[row]])
                out.append(data)
    if broken:
        _warn(broken, len(texts), where)
    if not out:
        raise InputError(f"{where}: none of {len(texts)} molecules can be read: check the column")
    return out


def _parsed(
    texts: Sequence[str | None],
    skip_invalid: bool,
    broken: list[tuple[int, str | None]],
    where: str,
) -> Iterator[tuple[int, Any]]:
    from tqdm import tqdm

    quiet = not sys.stderr.isatty() or len(texts) < _BLOCK
    bar = tqdm(texts, desc="molecules", file=sys.stderr, leave=False, disable=quiet)
    for row, text in enumerate(bar):
        molecule, why = parse(text)
        if molecule is not None:
            yield row, molecule
        elif skip_invalid:
            broken.append((row + 1, text))
        else:
            raise InputError(unreadable(where, row + 1, text, why))


def _blocks(items: Iterator[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
    block = []
    for item in items:
        block.append(item)
        if len(block) == _BLOCK:
            yield block
            block = []
    if block:
        yield block


def _as_data(molecules: Sequence[Any]) -> Iterator[Data]:
    from torch_geometric.data import Data

    columns = Columns()
    # By number: RDKit's own iterators search for each atom anew, twice the time.
    atoms = [columns.atom(m.GetAtomWithIdx(i)) for m in molecules for i in range(m.GetNumAtoms())]
    bonds = [m.GetBondWithIdx(i) for m in molecules for i in range(m.GetNumBonds())]
    ends = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in bonds]
    x = torch.from_numpy(one_hot(atoms, ATOM_GROUPS, ATOM_FLAGS))
    attr = torch.from_numpy(one_hot([columns.bond(b) for b in bonds], BOND_GROUPS, BOND_FLAGS))
    pairs = torch.tensor(ends, dtype=torch.int64).reshape(-1, 2)
    atom = bond = 0
    for molecule in molecules:
        n, m = molecule.GetNumAtoms(), molecule.GetNumBonds()
        one = pairs[bond : bond + m].T
        # A copy: a view would keep the whole block alive for one molecule of it.
        yield Data(
            x=x[atom : atom + n].clone(),
            edge_index=torch.cat([one, one.flip(0)], dim=1),
            edge_attr=attr[bond : bond + m].repeat(2, 1),
        )
        atom, bond = atom + n, bond + m


def _warn(broken: list[tuple[int, str | None]], n: int, where: str) -> None:
    named = [f"{row} ({_short(text)!r})" for row, text in broken[:_SHOWN]]
    named += [str(row) for row, _ in broken[_SHOWN:]]
    warnings.warn(
        f"{where}: {len(broken)} of {n} molecules cannot be read and are left out: rows "
        f"{', '.join(named)}",
        stacklevel=4,
    )
