"""Molecules drawn as SVG, with atoms and bonds coloured by what is said about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graphclust.adapters.rdkit_door import rdkit_chem, silent
from graphclust.errors import InputError

_SIZE = (360, 280)
_SHARED = (0.75, 0.87, 0.98)
# From what speaks against the cluster, over white, to what speaks for it.
_AGAINST, _FOR = np.array([0.85, 0.35, 0.30]), np.array([0.30, 0.62, 0.90])


def draw(
    molecule: Any,
    legend: str = "",
    smarts: str | None = None,
    atoms: ArrayLike | None = None,
    bonds: ArrayLike | None = None,
) -> str:
    """Return a molecule as the text of an SVG.

    Parameters
    ----------
    molecule : RDKit molecule
    legend : str
        Written below it.
    smarts : str, optional
        A substructure to be marked; nothing is where the molecule does not have it.
    atoms : array-like, shape (n,), optional
        A weight for each atom: blue above 0, red below, the greatest of them all in full colour.
    bonds : array-like, shape (bonds,), optional
        Likewise.

    Raises
    ------
    InputError
        If there is another number of weights than of atoms or bonds.

    Examples
    --------
    >>> from graphclust.explain.substructures import parse_all
    >>> draw(parse_all(["CCO"])[0], atoms=[0.0, 0.5, 1.0]).startswith("<?xml")
    True
    """
    chem = rdkit_chem()
    from rdkit.Chem.Draw import rdMolDraw2D

    atom_colours: dict[int, tuple[float, ...]] = {}
    bond_colours: dict[int, tuple[float, ...]] = {}
    if smarts is not None:
        atom_colours, bond_colours = _matched(molecule, chem.MolFromSmarts(smarts))
    given = [w for w in (atoms, bonds) if w is not None]
    most = max((float(np.abs(np.asarray(w)).max(initial=0.0)) for w in given), default=0.0)
    if atoms is not None:
        atom_colours = _colours(atoms, molecule.GetNumAtoms(), "atoms", most)
    if bonds is not None:
        bond_colours = _colours(bonds, molecule.GetNumBonds(), "bonds", most)
    with silent():
        drawer = rdMolDraw2D.MolDraw2DSVG(*_SIZE)
        rdMolDraw2D.PrepareAndDrawMolecule(
            drawer,
            molecule,
            legend=legend,
            highlightAtoms=list(atom_colours),
            highlightAtomColors=atom_colours,
            highlightBonds=list(bond_colours),
            highlightBondColors=bond_colours,
        )
        drawer.FinishDrawing()
        return str(drawer.GetDrawingText())


def bond_weights(molecule: Any, edge_index: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Return for each bond the mean weight of its two directions in a graph.

    Parameters
    ----------
    molecule : RDKit molecule
    edge_index : array-like of int, shape (2, m)
    weights : array-like, shape (m,)
    """
    out = np.zeros(molecule.GetNumBonds())
    count = np.zeros(molecule.GetNumBonds())
    for one, other, weight in zip(*np.asarray(edge_index), np.asarray(weights), strict=True):
        bond = molecule.GetBondBetweenAtoms(int(one), int(other))
        if bond is not None:
            out[bond.GetIdx()] += weight
            count[bond.GetIdx()] += 1
    return out / np.maximum(count, 1)


def _matched(molecule: Any, pattern: Any) -> tuple[dict[int, Any], dict[int, Any]]:
    match = molecule.GetSubstructMatch(pattern)
    bonds = [
        molecule.GetBondBetweenAtoms(match[b.GetBeginAtomIdx()], match[b.GetEndAtomIdx()]).GetIdx()
        for b in (pattern.GetBonds() if match else ())
    ]
    return dict.fromkeys(match, _SHARED), dict.fromkeys(bonds, _SHARED)


def _colours(weights: ArrayLike, n: int, what: str, most: float) -> dict[int, tuple[float, ...]]:
    values: Sequence[float] = np.asarray(weights, dtype=np.float64).ravel().tolist()
    if len(values) != n:
        raise InputError(f"{what} has {len(values)} weights for {n} {what}: give one for each")
    if most == 0:
        return {}
    out = {}
    for place, value in enumerate(values):
        part = min(abs(value) / most, 1.0)
        if part > 0.05:
            full = _FOR if value > 0 else _AGAINST
            out[place] = tuple((1.0 + part * (full - 1.0)).tolist())
    return out
