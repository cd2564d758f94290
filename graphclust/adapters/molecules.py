"""Molecules as graphs: atoms are nodes, bonds are edges."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from graphclust.adapters.molecule_files import read_rows
from graphclust.adapters.molecule_graphs import molecule_graphs, unreadable
from graphclust.adapters.rdkit_door import parse, rdkit_chem, silent
from graphclust.errors import InputError

if TYPE_CHECKING:
    from torch_geometric.data import Data


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
    return molecule_graphs(texts, ids, y, skip_invalid, "smiles")


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
    return molecule_graphs(rows.smiles, rows.ids, rows.labels, skip_invalid, str(path))


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
                raise InputError(unreadable("molecules", row, text, why))
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
