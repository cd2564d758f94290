"""Molecules as graphs: atoms are nodes, bonds are edges."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
import torch

from graphclust.adapters.atom_columns import (
    ATOM_FLAGS,
    ATOM_GROUPS,
    BOND_FLAGS,
    BOND_GROUPS,
    Columns,
    one_hot,
)
from graphclust.adapters.molecule_files import read_rows
from graphclust.adapters.rdkit_door import parse, rdkit_chem, silent
from graphclust.errors import InputError
from graphclust.graphs.class_codes import class_codes

if TYPE_CHECKING:
    from torch_geometric.data import Data

# Molecules are made so many at a time: their codes are turned into columns together.
_BLOCK = 1024
# The text of so many unreadable ones is shown, of the others the row alone.
_SHOWN = 10


def from_smiles(
    smiles: Sequence[str],
    ids: Sequence[Hashable] | None = None,
    y: Sequence[Any] | None = None,
    skip_invalid: bool = False,
) -> list[Data]:
    """Return molecules as graphs, one ``torch_geometric`` Data for each SMILES.

    Parameters
    ----------
    smiles : sequence of str, length g
    ids : sequence of hashables, length g, optional
        Names of the molecules; by default the number of the row, from 1.
    y : sequence, length g, optional
        Known classes, for scoring only: codes from 0 in the order of their names, -1 for a missing
        one.
    skip_invalid : bool
        Whether a SMILES that RDKit cannot read is left out, with one warning that lists all of
        them, instead of being an error.

    Returns
    -------
    list of torch_geometric.data.Data
        With ``x`` (float32, n × 48), ``edge_index`` (both directions of each bond), ``edge_attr``
        (float32, m × 11), ``id``, ``smiles`` as it was given, and ``y`` if there are classes.
        Hydrogens count in their atom's features and are no nodes. Parts that no bond joins, as of
        a salt, stay in one graph; one atom is a graph without edges.

    Raises
    ------
    InputError
        If a SMILES cannot be read; the message names its row, its text and what is wrong.

    Notes
    -----
    Cost O(atoms + bonds), about 0.4 ms a molecule. The columns are named in
    :mod:`graphclust.adapters.atom_columns`, which says how they differ from the Open Graph
    Benchmark's.

    Examples
    --------
    >>> ethanol, salt = from_smiles(["CCO", "[Na+].[Cl-]"], ids=["ethanol", "salt"])
    >>> ethanol.x.shape, ethanol.edge_index.shape, ethanol.edge_attr.shape, ethanol.id
    (torch.Size([3, 48]), torch.Size([2, 4]), torch.Size([4, 11]), 'ethanol')
    >>> salt.num_nodes, salt.num_edges
    (2, 0)

    References
    ----------
    Hu et al., Open Graph Benchmark: Datasets for Machine Learning on Graphs, 2020,
    arXiv:2005.00687
    """
    texts = _texts(smiles, "smiles")
    for name, values in (("ids", ids), ("y", y)):
        if values is not None and len(values) != len(texts):
            raise InputError(
                f"{name} has {len(values)} entries for {len(texts)} molecules: give one for each"
            )
    return _graphs(texts, ids, y, skip_invalid, "smiles")


def read_molecules(
    path: str | Path,
    column: str | None = None,
    label_column: str | None = None,
    skip_invalid: bool = False,
) -> list[Data]:
    """Return the molecules of a file as graphs; see :func:`from_smiles` for what they hold.

    Parameters
    ----------
    path : path
        A csv or tsv with a column of SMILES, a ``.smi`` or an ``.sdf`` file, gzipped or not.
    column : str, optional
        The column of SMILES; by default the one called so, else the one that reads as such.
    label_column : str, optional
        The column (in an SDF the property) of known classes, for scoring only.
    skip_invalid : bool
        As for :func:`from_smiles`.

    Raises
    ------
    InputError
        If the file or a row of it cannot be read, or a column is missing; one line says which.

    Notes
    -----
    The id of a molecule is what the file calls it (a column ``id``, ``mol_id``, ``name`` or the
    like, or the unnamed first one, if all its values differ), else the number of its row from 1.
    Cost as for :func:`from_smiles`; a bar on a terminal shows how far it is.
    """
    path = Path(path).expanduser()
    rows = read_rows(path, column, label_column)
    if rows.labels is not None and _measured(rows.labels):
        raise InputError(
            f"{path}: column {label_column!r} holds measured numbers, not classes: name another"
        )
    return _graphs(rows.smiles, rows.ids, rows.labels, skip_invalid, str(path))


def morgan_fingerprints(
    molecules: Sequence[str] | Sequence[Data], radius: int = 2, n_bits: int = 2048
) -> sp.csr_array:
    """Return which circular substructures each molecule has, folded into bits.

    Parameters
    ----------
    molecules : sequence of str, or of Data with ``smiles``, length g
    radius : int
        Bonds from the centre of a substructure to its rim; 2 is what is called ECFP4.
    n_bits : int

    Returns
    -------
    scipy.sparse.csr_array of float32, shape (g, n_bits)
        Zeros and ones.

    Raises
    ------
    InputError
        If a molecule cannot be read.

    Notes
    -----
    Cost O(atoms · radius).

    Examples
    --------
    >>> prints = morgan_fingerprints(["CCO", "CCN", "c1ccccc1"])
    >>> shared = (prints @ prints.T).toarray()
    >>> prints.shape, bool(shared[0, 1] > shared[0, 2])
    ((3, 2048), True)

    References
    ----------
    Rogers and Hahn, Extended-Connectivity Fingerprints, 2010
    """
    if radius < 0 or n_bits < 1:
        raise InputError(f"radius={radius} and n_bits={n_bits}: give 0 or more, and 1 or more")
    rdkit_chem()
    from rdkit.Chem import rdFingerprintGenerator

    make = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=n_bits)
    texts = _texts([getattr(m, "smiles", m) for m in molecules], "molecules")
    columns: list[int] = []
    ends = [0]
    with silent():
        for row, text in enumerate(texts, start=1):
            molecule, why = parse(text)
            if molecule is None:
                raise InputError(_unreadable("molecules", row, text, why))
            columns.extend(make.GetFingerprint(molecule).GetOnBits())
            ends.append(len(columns))
    ones = np.ones(len(columns), dtype=np.float32)
    # scikit-learn takes sparse matrices with indices of 32 bits only.
    places = (np.asarray(columns, dtype=np.int32), np.asarray(ends, dtype=np.int32))
    return sp.csr_array((ones, *places), shape=(len(texts), n_bits))


def _texts(values: Sequence[Any], name: str) -> list[str | None]:
    if isinstance(values, str):
        raise InputError(f"{name}={values!r} is one text: give a list of SMILES")
    out = list(values)
    if not out:
        raise InputError(f"{name} is empty: give one SMILES at least")
    # pandas writes a missing text as a float that is not a number.
    return [v if isinstance(v, str) else None for v in out]


def _measured(labels: Sequence[str]) -> bool:
    values = [text for text in labels if text.strip()]
    try:
        numbers = {float(text) for text in values}
    except ValueError:
        return False
    return any(not v.is_integer() for v in numbers if np.isfinite(v)) and len(numbers) > 20


def _short(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= 60 else text[:57] + "..."


def _unreadable(where: str, row: int, text: str | None, why: str) -> str:
    shown = f"{_short(text)!r} cannot be read: {why}" if text else "its SMILES is missing"
    return f"{where}, row {row}: {shown}. Correct or drop it, or skip such rows (skip_invalid)"


def _graphs(
    texts: Sequence[str | None],
    ids: Sequence[Hashable] | None,
    y: Sequence[Any] | None,
    skip_invalid: bool,
    where: str,
) -> list[Data]:
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
            raise InputError(_unreadable(where, row + 1, text, why))


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
