"""PDB and mmCIF files, gzipped or not: the C-alpha atoms of the first model."""

from __future__ import annotations

import gzip
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError, MissingDependencyError
from graphclust.graphs.kinds import suffix_of
from graphclust.graphs.text_bytes import GZIP, reading

PDB = (".pdb", ".ent")
CIF = (".cif", ".mmcif")


@dataclass
class Residues:
    """The residues of a structure that have a C-alpha atom, in the order of the file.

    Attributes
    ----------
    names : array of str, shape (n,)
        Three letters each.
    chain : array of str, shape (n,)
    number : array of int64, shape (n,)
        As the file numbers them; what is missing in the structure leaves a gap.
    xyz : array of float64, shape (n, 3)
        C-alpha, in Å.
    """

    names: NDArray[np.str_]
    chain: NDArray[np.str_]
    number: NDArray[np.int64]
    xyz: NDArray[np.float64]


def is_structure(path: Path) -> bool:
    """Whether a file is a structure by its ending."""
    return suffix_of(path) in (*PDB, *CIF)


def read_residues(path: Path) -> Residues:
    """Read one structure.

    Of several models the first counts, of alternate locations the one that is occupied most.
    Waters, ligands, nucleic acids and ions have no C-alpha and are left out; a modified amino acid
    has one and is kept.

    Raises
    ------
    InputError
        If the file cannot be read, is cut off, or has no C-alpha atom.
    """
    text = _text(path)
    _check_whole(text, path)
    atoms = _atoms(text, path)
    # "CA" is calcium as well.
    element = np.char.upper(atoms.element.astype(str))
    alpha = (atoms.atom_name == "CA") & np.isin(element, ("C", "")) & (atoms.res_name != "CA")
    chosen = atoms[alpha]
    if not chosen.array_length():
        raise InputError(f"{path} has no C-alpha atom: it holds no protein. Take it out")
    xyz = np.asarray(chosen.coord, dtype=np.float64)
    if not np.isfinite(xyz).all():
        raise InputError(f"{path}: a C-alpha atom has no coordinates. Repair the file or drop it")
    return Residues(
        names=np.asarray(chosen.res_name, dtype=str),
        chain=np.asarray(chosen.chain_id, dtype=str),
        number=np.asarray(chosen.res_id, dtype=np.int64),
        xyz=xyz,
    )


def _text(path: Path) -> str:
    with reading(path):
        raw = path.read_bytes()
        if raw[:2] == GZIP:
            raw = gzip.decompress(raw)
    # Names of authors are written in many encodings; what is read below is ASCII.
    return raw.decode("utf-8", errors="replace")


def _check_whole(text: str, path: Path) -> None:
    """Refuse what is empty, or ends where no writer ends.

    A whole PDB file ends with END, or at least with a whole line, and those of the Protein Data
    Bank (they begin with HEADER) always with END. An mmCIF file ends with a whole line, and with
    ``#`` if that is what stands between its categories.
    """
    lines = text.split()
    if not lines:
        raise InputError(f"{path} is empty: fetch it again")
    whole = text.endswith("\n")
    if suffix_of(path) in PDB:
        last = text.rstrip().rpartition("\n")[2].split()[0]
        ended = last in ("END", "ENDMDL")
        whole = ended or (whole and not text.startswith("HEADER"))
    elif "\n#" in text:
        whole = text.rstrip().endswith("\n#")
    if not whole:
        raise InputError(
            f"{path} is cut off: its end is missing. Fetch it again, or skip such "
            "files (--skip-invalid)"
        )


def _atoms(text: str, path: Path) -> Any:
    try:
        from biotite.structure.io import pdb, pdbx
    except ImportError as error:
        raise MissingDependencyError("biotite", "proteins", "reading structures") from error
    source = io.StringIO(text)
    with warnings.catch_warnings():
        # Elements that are missing are guessed, which is told of every such file.
        warnings.simplefilter("ignore")
        try:
            if suffix_of(path) in PDB:
                return pdb.PDBFile.read(source).get_structure(model=1, altloc="occupancy")
            file = pdbx.CIFFile.read(source)
            return pdbx.get_structure(file, model=1, altloc="occupancy")
        except Exception as error:  # what biotite and numpy raise on damage is of many kinds
            raise InputError(
                f"{path} cannot be read ({type(error).__name__}: {error}): fetch it again, or skip "
                "it"
            ) from error
