"""What an atom and a bond are, as columns: the field's nine and three features, one-hot.

The features are those that the Open Graph Benchmark takes from RDKit (element, chirality, degree,
charge, hydrogens, radical electrons, hybridisation, aromatic, in a ring; kind of bond, stereo,
conjugated). Its vocabularies have 174 and 13 columns, nearly all of them for what no molecule of
a usual set has; here rare values share a column, which leaves 48 and 11.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.adapters.rdkit_door import rdkit_chem

# Elements with a column of their own; then one for metals, one for all others.
ELEMENTS = ("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "As", "Se", "Br", "I")
# He Ne Ar Ge Kr Sb Te Xe At Rn, and 0: the dummy atom ``*``.
_OTHERS = (0, 2, 10, 18, 32, 36, 51, 52, 54, 85, 86)
_HYBRIDISATIONS = ("SP", "SP2", "SP3", "SP3D", "SP3D2")
_BONDS = ("single", "double", "triple", "aromatic", "other bond")
_STEREO = ("no stereo", "cis", "trans", "any stereo")

# Each group is one-hot, in this order.
ATOM_GROUPS: tuple[tuple[str, ...], ...] = (
    (*ELEMENTS, "metal", "other element"),
    ("achiral", "clockwise", "counterclockwise", "other chirality"),
    (*(f"degree {d}" for d in range(6)), "degree 6 or more"),
    ("charge -2 or less", "charge -1", "charge 0", "charge 1", "charge 2 or more"),
    (*(f"{h} hydrogens" for h in range(4)), "4 hydrogens or more"),
    ("no radical electron", "1 radical electron", "2 radical electrons or more"),
    (*_HYBRIDISATIONS, "other hybridisation"),
)
ATOM_FLAGS = ("aromatic", "in a ring")
BOND_GROUPS: tuple[tuple[str, ...], ...] = (_BONDS, _STEREO)
BOND_FLAGS = ("conjugated", "bond in a ring")

ATOM_COLUMNS = tuple(name for group in ATOM_GROUPS for name in group) + ATOM_FLAGS
BOND_COLUMNS = tuple(name for group in BOND_GROUPS for name in group) + BOND_FLAGS


def _element_codes() -> list[int]:
    table = rdkit_chem().GetPeriodicTable()
    codes = []
    for number in range(119):
        symbol = table.GetElementSymbol(number)
        if symbol in ELEMENTS:
            codes.append(ELEMENTS.index(symbol))
        else:
            codes.append(len(ELEMENTS) + (number in _OTHERS))
    return codes


class Columns:
    """Turns RDKit molecules into rows of columns; made once for a set of molecules."""

    def __init__(self) -> None:
        chem = rdkit_chem()
        self._element = _element_codes()
        self._chirality = {
            chem.ChiralType.CHI_UNSPECIFIED: 0,
            chem.ChiralType.CHI_TETRAHEDRAL_CW: 1,
            chem.ChiralType.CHI_TETRAHEDRAL_CCW: 2,
        }
        kinds = chem.HybridizationType.names
        self._hybrid = {kinds[name]: i for i, name in enumerate(_HYBRIDISATIONS)}
        kinds = chem.BondType.names
        self._bond = {kinds[name.upper()]: i for i, name in enumerate(_BONDS[:-1])}
        stereo = chem.BondStereo
        self._stereo = {stereo.STEREONONE: 0, stereo.STEREOZ: 1, stereo.STEREOCIS: 1}
        self._stereo |= {stereo.STEREOE: 2, stereo.STEREOTRANS: 2}

    def atom(self, atom: Any) -> tuple[int, ...]:
        """Return the place of an atom in each group, then its flags."""
        return (
            self._element[atom.GetAtomicNum()],
            self._chirality.get(atom.GetChiralTag(), 3),
            min(atom.GetTotalDegree(), 6),
            min(max(atom.GetFormalCharge(), -2), 2) + 2,
            min(atom.GetTotalNumHs(), 4),
            min(atom.GetNumRadicalElectrons(), 2),
            self._hybrid.get(atom.GetHybridization(), len(_HYBRIDISATIONS)),
            atom.GetIsAromatic(),
            atom.IsInRing(),
        )

    def bond(self, bond: Any) -> tuple[int, ...]:
        """Return the place of a bond in each group, then its flags."""
        return (
            self._bond.get(bond.GetBondType(), len(_BONDS) - 1),
            self._stereo.get(bond.GetStereo(), 3),
            bond.GetIsConjugated(),
            bond.IsInRing(),
        )


def one_hot(
    codes: list[tuple[int, ...]], groups: tuple[tuple[str, ...], ...], flags: tuple[str, ...]
) -> NDArray[np.float32]:
    """Return the columns of atoms or of bonds, float32, shape (rows, columns).

    Examples
    --------
    >>> one_hot([(1, 0)], (("a", "b", "c"),), ("flag",)).tolist()
    [[0.0, 1.0, 0.0, 0.0]]
    """
    widths = [len(group) for group in groups]
    out = np.zeros((len(codes), sum(widths) + len(flags)), dtype=np.float32)
    if not codes:
        return out
    places = np.asarray(codes, dtype=np.int64)
    starts = np.asarray([0, *accumulate(widths)][:-1])
    rows = np.arange(len(codes))[:, None]
    out[rows, places[:, : len(widths)] + starts] = 1.0
    out[:, sum(widths) :] = places[:, len(widths) :]
    return out
