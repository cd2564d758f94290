"""Proteins as graphs: residues are nodes, contacts are edges."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from graphclust.adapters.structure_files import Residues, is_structure, read_residues
from graphclust.errors import InputError
from graphclust.graphs.class_codes import class_codes

if TYPE_CHECKING:
    from torch_geometric.data import Data

AMINO_ACIDS = (
    *("ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE"),
    *("LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL"),
)
# What a common modification was made from; other names share the last column.
_MADE_FROM = {"MSE": "MET", "SEP": "SER", "TPO": "THR", "PTR": "TYR", "HYP": "PRO", "SEC": "CYS"}
RESIDUE_COLUMNS = (*AMINO_ACIDS, "other residue")
CONTACT_COLUMNS = ("sequence neighbour", "distance")


def from_structures(
    paths: str | Path | Sequence[str | Path], cutoff: float = 8.0, skip_invalid: bool = False
) -> list[Data]:
    """Return protein structures as residue contact graphs, one Data for each file.

    Two residues are joined if their C-alpha atoms are at most ``cutoff`` apart, or if they follow
    one another in the sequence.

    Parameters
    ----------
    paths : path, or sequence of paths
        PDB (``.pdb .ent``) or mmCIF (``.cif .mmcif``) files, gzipped or not; or one folder of
        them. The sub-folder of a folder that a file is in is its class, for scoring only.
    cutoff : float
        In Å.
    skip_invalid : bool
        Whether a file that cannot be read is left out, with one warning that lists all of them,
        instead of being an error.

    Returns
    -------
    list of torch_geometric.data.Data
        With ``x`` (float32, n × 21: the 20 amino acids and all others), ``edge_index`` (both
        directions), ``edge_attr`` (float32, m × 2: 1 for neighbours in the sequence, distance
        divided by ``cutoff``), ``id`` (the file's name without its ending, or its path where two
        would be alike), and ``y`` if there are classes.

    Raises
    ------
    InputError
        If there is no such file, or one is damaged or cut off; the message names it.

    Notes
    -----
    All chains of a file are one graph. Residues that the structure lacks are no nodes, and the
    gap in their numbers is no edge: residues follow one another if they do so in the file, in one
    chain, and their numbers differ by one at most (by none, where there are insertion codes). The
    first of several models counts, and of alternate locations the one that is occupied most.

    A file counts as cut off if it ends within a line, within a compressed stream, or before the
    end mark that its kind has: END for PDB files with a HEADER, ``#`` for mmCIF files that use it.
    A PDB file with neither HEADER nor END that was cut between two lines looks whole.

    Cost O(n log n + contacts) a structure, after reading it.

    Examples
    --------
    >>> from_structures("nowhere.pdb")
    Traceback (most recent call last):
    ...
    graphclust.errors.InputError: nowhere.pdb does not exist: check the path
    """
    if not cutoff > 0:
        raise InputError(f"cutoff={cutoff}: give a distance in Å above 0, such as 8")
    root, files = _files(paths)
    broken: list[str] = []
    kept: list[Path] = []
    out: list[Data] = []
    for path in _with_bar(files):
        try:
            out.append(_contacts(read_residues(path), cutoff))
            kept.append(path)
        except InputError as error:
            if not skip_invalid:
                raise
            broken.append(str(error).partition(":")[0])
    if broken:
        warnings.warn(
            f"{len(broken)} of {len(files)} structures cannot be read and are left out: "
            f"{'; '.join(broken)}",
            stacklevel=2,
        )
    if not out:
        raise InputError(f"{root or paths}: none of {len(files)} structures can be read")
    for data, name in zip(out, _names(kept, root), strict=True):
        data.id = name
    classes = [_class_of(path, root) for path in kept]
    if any(classes):
        for data, code in zip(out, class_codes(classes)[0].tolist(), strict=True):
            data.y = torch.tensor([code])
    return out


def read_proteins(path: str | Path, skip_invalid: bool = False) -> list[Data]:
    """Return a folder of structures, or one file, as :func:`from_structures` makes them."""
    return from_structures(path, skip_invalid=skip_invalid)


def contact_edges(residues: Residues, cutoff: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return which residues are joined, and which of the pairs follow one another.

    Returns
    -------
    pairs : array of int64, shape (m, 2)
        Each pair once, the lesser number first, in ascending order.
    follows : array of bool, shape (m,)
    """
    from scipy.spatial import cKDTree

    near = cKDTree(residues.xyz).query_pairs(cutoff, output_type="ndarray").astype(np.int64)
    step = np.diff(residues.number)
    bound = (residues.chain[1:] == residues.chain[:-1]) & (step >= 0) & (step <= 1)
    first = bound.nonzero()[0]
    # Neighbours in the sequence are joined wherever they lie.
    both = np.concatenate([near.reshape(-1, 2), np.stack([first, first + 1], axis=1)])
    pairs = np.unique(both, axis=0)
    follows = np.zeros(len(pairs), dtype=np.bool_)
    adjacent = pairs[:, 1] == pairs[:, 0] + 1
    follows[adjacent] = bound[pairs[adjacent, 0]]
    return pairs, follows


def _contacts(residues: Residues, cutoff: float) -> Data:
    from torch_geometric.data import Data

    place = {name: i for i, name in enumerate(AMINO_ACIDS)}
    place |= {
        name: place[made_from] for name, made_from in _MADE_FROM.items() if made_from in place
    }
    codes = [place.get(name, len(AMINO_ACIDS)) for name in residues.names.tolist()]
    x = torch.zeros(len(codes), len(RESIDUE_COLUMNS))
    x[torch.arange(len(codes)), torch.tensor(codes)] = 1.0
    pairs, follows = contact_edges(residues, cutoff)
    apart = np.linalg.norm(residues.xyz[pairs[:, 0]] - residues.xyz[pairs[:, 1]], axis=1)
    attr = torch.from_numpy(np.stack([follows, apart / cutoff], axis=1).astype(np.float32))
    ends = torch.from_numpy(pairs.T.copy())
    return Data(x=x, edge_index=torch.cat([ends, ends.flip(0)], dim=1), edge_attr=attr.repeat(2, 1))


def _files(paths: str | Path | Sequence[str | Path]) -> tuple[Path | None, list[Path]]:
    """Return the folder, if it is one, and the files, sorted."""
    if not isinstance(paths, str | Path):
        files = [Path(p).expanduser() for p in paths]
        if not files:
            raise InputError("paths is empty: give one structure at least")
        missing = [p for p in files if not p.is_file()]
        if missing:
            raise InputError(f"{missing[0]} does not exist: check the path")
        return None, files
    path = Path(paths).expanduser()
    if path.is_file():
        return None, [path]
    if not path.is_dir():
        raise InputError(f"{path} does not exist: check the path")
    found = sorted(
        p for p in path.rglob("*") if is_structure(p) and p.is_file() and p.name[0] != "."
    )
    if not found:
        raise InputError(f"{path} holds no .pdb, .ent, .cif or .mmcif file: name another folder")
    return path, found


def _with_bar(files: list[Path]) -> Sequence[Path]:
    from tqdm import tqdm

    quiet = not sys.stderr.isatty()
    bar: Sequence[Path] = tqdm(
        files, desc="structures", file=sys.stderr, leave=False, disable=quiet
    )
    return bar


def _stem(path: Path) -> str:
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return name.rpartition(".")[0]


def _names(files: list[Path], root: Path | None) -> list[str]:
    names = [_stem(path) for path in files]
    if len(set(names)) == len(names):
        return names
    return [str(path if root is None else path.relative_to(root)) for path in files]


def _class_of(path: Path, root: Path | None) -> str:
    if root is None:
        return ""
    inside = path.relative_to(root).parts
    return inside[0] if len(inside) > 1 else ""
