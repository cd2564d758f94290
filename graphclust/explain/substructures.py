"""Parts of molecules: scaffolds, functional groups, and what several have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from graphclust.adapters.rdkit_door import parse, rdkit_chem, silent
from graphclust.errors import InputError


@dataclass(frozen=True)
class Common:
    """The largest substructure that most of some molecules share.

    Attributes
    ----------
    smarts : str
        As a pattern.
    smiles : str
        As it stands in the first molecule that has it, to be read by people.
    n_atoms, n_bonds : int
    share : float
        The share of the molecules that it was asked to be in.
    n_molecules : int
        How many were compared.
    complete : bool
        False where the time ran out: there may be a larger one then.
    """

    smarts: str
    smiles: str
    n_atoms: int
    n_bonds: int
    share: float
    n_molecules: int
    complete: bool


def parse_all(smiles: Iterable[str]) -> list[Any]:
    """Return RDKit's molecules.

    Raises
    ------
    InputError
        Naming the first that cannot be read.
    """
    out = []
    with silent():
        for row, text in enumerate(smiles, start=1):
            molecule, why = parse(text)
            if molecule is None:
                raise InputError(f"molecule {row}, {text!r}, cannot be read: {why}. Drop it")
            out.append(molecule)
    return out


def scaffolds(molecules: Sequence[Any]) -> tuple[sp.csr_array, list[str]]:
    """Return which ring system with its linkers each molecule is built on.

    Parameters
    ----------
    molecules : sequence of RDKit molecules, length g

    Returns
    -------
    present : csr_array, shape (g, s)
        At most one a molecule; none where there is no ring.
    names : list of str
        The scaffolds as SMILES, in the order of their first appearance.

    Notes
    -----
    Cost O(atoms).

    Examples
    --------
    >>> present, names = scaffolds(parse_all(["Cc1ccccc1", "CCc1ccccc1", "CCO"]))
    >>> names, present.toarray().tolist()
    (['c1ccccc1'], [[1.0], [1.0], [0.0]])

    References
    ----------
    Bemis and Murcko, The Properties of Known Drugs, 1996
    """
    rdkit_chem()
    from rdkit.Chem.Scaffolds import MurckoScaffold

    scaffold: Any = MurckoScaffold.MurckoScaffoldSmiles
    place: dict[str, int] = {}
    rows, columns = [], []
    with silent():
        for row, molecule in enumerate(molecules):
            name = scaffold(mol=molecule)
            if name:
                rows.append(row)
                columns.append(place.setdefault(name, len(place)))
    shape = (len(molecules), len(place))
    return sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape), list(place)


def functional_groups(molecules: Sequence[Any]) -> tuple[sp.csr_array, list[str]]:
    """Return which of RDKit's functional groups each molecule has.

    Returns
    -------
    present : csr_array, shape (g, 85)
        How often each has it.
    names : list of str
        As RDKit describes them.

    Notes
    -----
    Cost O(atoms) with a large constant: 85 patterns are searched, about a millisecond a molecule.

    Examples
    --------
    >>> present, names = functional_groups(parse_all(["CC(=O)O", "CC"]))
    >>> [names[i] for i in present[[0]].indices if "carboxylic" in names[i]][0]
    'aliphatic carboxylic acids'
    """
    rdkit_chem()
    from rdkit.Chem import Fragments

    names = [_described(name, count) for name, count in Fragments.fns]
    rows, columns, values = [], [], []
    with silent():
        for row, molecule in enumerate(molecules):
            for column, (_, count) in enumerate(Fragments.fns):
                found = count(molecule)
                if found:
                    rows.append(row)
                    columns.append(column)
                    values.append(float(found))
    shape = (len(molecules), len(names))
    return sp.csr_array((values, (rows, columns)), shape=shape), names


def common_substructure(
    molecules: Sequence[Any], share: float = 0.8, timeout: int = 5
) -> Common | None:
    """Return the largest connected substructure that a share of the molecules has.

    Parameters
    ----------
    molecules : sequence of RDKit molecules, two at least
    share : float in (0, 1]
        Of the molecules that must have it.
    timeout : int
        Seconds after which the largest one found so far is returned.

    Returns
    -------
    Common or None
        None where there are fewer than two molecules, or no two atoms are in common.

    Notes
    -----
    Rings are matched as a whole or not at all. The search is exponential at worst, hence the
    timeout: give the few molecules nearest to a cluster's centre, not all.

    Examples
    --------
    >>> found = common_substructure(parse_all(["Cc1ccccc1O", "CCc1ccccc1", "Nc1ccccc1C"]))
    >>> found.smiles, found.n_atoms, found.complete
    ('Cc1ccccc1', 7, True)
    """
    if len(molecules) < 2:
        return None
    rdkit_chem()
    from rdkit.Chem import rdFMCS

    with silent():
        found = rdFMCS.FindMCS(
            list(molecules),
            threshold=share,
            timeout=timeout,
            ringMatchesRingOnly=True,
            completeRingsOnly=True,
        )
    if not found.smartsString or found.numAtoms < 2:
        return None
    return Common(
        smarts=found.smartsString,
        smiles=_as_it_stands(found.smartsString, molecules),
        n_atoms=int(found.numAtoms),
        n_bonds=int(found.numBonds),
        share=share,
        n_molecules=len(molecules),
        complete=not found.canceled,
    )


def _as_it_stands(smarts: str, molecules: Sequence[Any]) -> str:
    chem = rdkit_chem()
    pattern = chem.MolFromSmarts(smarts)
    for molecule in molecules:
        match = molecule.GetSubstructMatch(pattern)
        if match:
            return str(chem.MolFragmentToSmiles(molecule, atomsToUse=list(match)))
    return smarts


def _described(name: str, count: Any) -> str:
    text = (count.__doc__ or name).strip()
    return text.removeprefix("Number of ").strip() or name
