"""Group the molecules of a csv, and tell what each group has in common.

    python examples/molecules.py [MOLECULES.csv] [--out FOLDER]

Without a file, 412 molecules that bind to one of two kinases, which come with RDKit, are written to
one and read back: a name and a SMILES each. FOLDER gets an explanation with drawings of molecules.
Needs the extra `molecules`.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

import graphclust as gc
from graphclust.explain.writing import as_text, write_explanation


def write_a_csv(path: Path) -> None:
    """Write a name and a SMILES a row, as a program of yours might; the last one is broken."""
    molecules = [m for m in gc.adapters.load_molecules("rdkit-targets") if int(m.y) >= 2]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "smiles"])
        writer.writerows([m.id, m.smiles] for m in molecules)
        writer.writerow(["a typing error", "C1CC("])


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("file", nargs="?", type=Path)
parser.add_argument("--out", type=Path, default=Path("molecules"))
given = parser.parse_args()
with tempfile.TemporaryDirectory() as folder:
    path = given.file or Path(folder) / "kinases.csv"
    if given.file is None:
        write_a_csv(path)
    # The broken row is left out and named; without skip_invalid it is an error that names it.
    molecules = gc.adapters.read_molecules(path, skip_invalid=True)

print(f"{len(molecules)} molecules; the first is {molecules[0].id}: {molecules[0].smiles}")
model = gc.GraphClusterer(n_clusters=4, random_state=0).fit(molecules)
for note in model.notes_:
    print("note:", note)

found = gc.explain.explain_molecules(molecules, model.labels_, model.embedding_)
print(as_text(found), end="")
print("written with its drawings:", write_explanation(given.out, found))

# Molecules that it has not seen are assigned by the same model.
new = gc.adapters.from_smiles(["COc1cc2ncnc(Nc3cccc(Br)c3)c2cc1OC", "CCO"], ids=["PD153035", "?"])
for molecule, label in zip(new, model.predict(new), strict=True):
    print(f"{molecule.id} ({molecule.smiles}) belongs to cluster {label}")
