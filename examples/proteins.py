"""Group protein structures by their contacts.

    python examples/proteins.py [FOLDER]

FOLDER holds PDB or mmCIF files, gzipped or not. Without one, 24 small made-up structures are
written: helices, and hairpins of two strands. Needs the extra `proteins`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import graphclust as gc

SEQUENCE = ["ALA", "GLU", "LEU", "LYS", "VAL", "ILE", "THR", "GLY", "SER", "PHE", "ASP", "ARG"]


def helix(n: int) -> np.ndarray:
    """Return the C-alpha atoms of a helix: 3.6 residues a turn, 1.5 Å of rise a residue."""
    turn = np.deg2rad(100) * np.arange(n)
    return np.c_[2.3 * np.cos(turn), 2.3 * np.sin(turn), 1.5 * np.arange(n)]


def hairpin(n: int) -> np.ndarray:
    """Return two strands side by side: 3.3 Å of rise a residue, 4.8 Å between the strands."""
    there = np.arange(n) < n // 2
    along = np.where(there, np.arange(n), n - 1 - np.arange(n))
    return np.c_[np.where(there, 0.0, 4.8), 0.9 * (-1.0) ** np.arange(n), 3.3 * along]


def write_pdb(path: Path, xyz: np.ndarray) -> None:
    """Write the C-alpha atoms of a chain."""
    lines = [
        f"ATOM  {i:>5}  CA  {SEQUENCE[i % 12]} A{i:>4}    {x:8.3f}{y:8.3f}{z:8.3f}"
        f"{1.0:6.2f}{0.0:6.2f}           C\n"
        for i, (x, y, z) in enumerate(xyz, start=1)
    ]
    path.write_text("".join(lines) + "END\n")


with tempfile.TemporaryDirectory() as temporary:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
    if len(sys.argv) == 1:
        for n in range(16, 28):
            write_pdb(folder / f"helix-{n}.pdb", helix(n))
            write_pdb(folder / f"hairpin-{n}.pdb", hairpin(n))
    proteins = gc.adapters.read_proteins(folder)

print(f"{len(proteins)} structures, {sum(p.num_nodes for p in proteins)} residues")
# The mean over residues asks how they touch; the default, their sum, also how many there are.
# The mean, for shape and not length: chosen with these made-up classes in view.
model = gc.GraphClusterer(n_clusters=2, readout="mean", random_state=0).fit(proteins)
for label in range(model.n_clusters_):
    ids = [p.id for p, of in zip(proteins, model.labels_, strict=True) if of == label]
    print(f"cluster {label} ({len(ids)}): {', '.join(ids[:6])}{' ...' if len(ids) > 6 else ''}")
