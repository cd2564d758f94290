"""Labelled molecules that ship inside RDKit: nothing to download."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphclust.adapters.molecule_files import read_rows
from graphclust.adapters.molecules import from_smiles
from graphclust.adapters.rdkit_door import rdkit_chem
from graphclust.errors import InputError
from graphclust.graphs.cards import Card, find_card
from graphclust.graphs.graph_sets import LoadedGraphs
from graphclust.graphs.many import as_graph_set

if TYPE_CHECKING:
    from torch_geometric.data import Data


def load_molecules(name: str = "rdkit-targets") -> list[Data]:
    """Return a named set of molecules, as :func:`graphclust.adapters.from_smiles` makes them.

    Parameters
    ----------
    name : str
        A data set whose card names files of RDKit.

    Returns
    -------
    list of torch_geometric.data.Data
        With ``y``, for scoring only: the number of the class on the card.

    Raises
    ------
    InputError
        If there is no such set, or the RDKit that is installed does not hold its files.

    Examples
    --------
    >>> molecules = load_molecules("rdkit-targets")
    >>> len(molecules), molecules[0].id, int(molecules[0].y)
    (1529, 'CHEMBL2321810:1520012', 0)
    """
    card = find_card(name)
    if "contrib" not in card.options:
        raise InputError(
            f"{card.name} does not come with RDKit: graphclust.load_dataset or load_graphs reads it"
        )
    smiles: list[str] = []
    ids: list[str] = []
    y: list[int] = []
    for number, (label, path) in enumerate(zip(card.classes, _files(card), strict=True)):
        rows = read_rows(path, None, None)
        smiles += [text or "" for text in rows.smiles]
        # Two of the files name different molecules alike.
        ids += [f"{label}:{i}" for i in rows.ids]
        y += [number] * len(rows.ids)
    return from_smiles(smiles, ids, y)


def load_molecule_set(name: str = "rdkit-targets") -> LoadedGraphs:
    """Return a named set of molecules with its ground truth and card beside it.

    Raises
    ------
    InputError
        As :func:`load_molecules`.
    """
    molecules, card = load_molecules(name), find_card(name)
    y = np.asarray([int(m.y) for m in molecules], dtype=np.int64)
    return LoadedGraphs(as_graph_set(molecules, card.name), y, list(card.classes), card)


def _files(card: Card) -> list[Path]:
    """Return the file of each class."""
    rdkit_chem()
    from rdkit import RDConfig

    paths = [Path(RDConfig.RDContribDir) / name for name in card.options["contrib"]]
    for path in paths:
        if not path.is_file():
            raise InputError(
                f"{card.name}: this RDKit was installed without {path.name}. Install it with pip, "
                "whose wheels hold it"
            )
    return paths
