"""Molecules: what comes in, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import csv
import gzip
import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("rdkit", reason="the extra molecules is not installed")

import graphclust as gc
from graphclust.adapters.atom_columns import ATOM_COLUMNS, ATOM_GROUPS, BOND_COLUMNS
from graphclust.errors import InputError

DRUGS = ["CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"]


def columns(data, names=ATOM_COLUMNS) -> list[set[str]]:
    """Return the names of the columns that each row has."""
    return [{names[i] for i in row.nonzero().flatten().tolist()} for row in data.x]


def write_csv(path: Path, rows: list[list[object]], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def test_atoms_and_bonds_are_what_chemistry_says() -> None:
    (acid,) = gc.adapters.from_smiles(["OC(=O)/C=C/c1ccccc1"])
    assert acid.x.shape == (11, len(ATOM_COLUMNS)) and acid.x.dtype == torch.float32
    assert acid.edge_attr.shape == (22, len(BOND_COLUMNS))
    assert {"O", "1 hydrogens", "charge 0", "SP2", "degree 2"} <= columns(acid)[0]
    assert {"C", "aromatic", "in a ring", "SP2", "degree 3"} <= columns(acid)[5]
    said = [{BOND_COLUMNS[i] for i in row.nonzero().flatten().tolist()} for row in acid.edge_attr]
    pairs = acid.edge_index.T.tolist()
    assert {"double", "trans"} <= said[pairs.index([3, 4])]
    assert {"aromatic", "bond in a ring", "conjugated"} <= said[pairs.index([5, 6])]
    # Each group is one-hot, and both directions of a bond say the same.
    assert bool((acid.x[:, : -len(("aromatic", "in a ring"))].sum(1) == len(ATOM_GROUPS)).all())
    for place, (i, j) in enumerate(pairs):
        assert said[pairs.index([j, i])] == said[place]


def test_rare_values_share_a_column() -> None:
    (odd,) = gc.adapters.from_smiles(["[Na+].[Hg+2].*[Te]C"])
    assert "metal" in columns(odd)[0] and "charge 1" in columns(odd)[0]
    assert {"metal", "charge 2 or more"} <= columns(odd)[1]
    assert "other element" in columns(odd)[2] and "other element" in columns(odd)[3]


def test_handedness_is_seen() -> None:
    left, right = gc.adapters.from_smiles(["C[C@H](N)O", "C[C@@H](N)O"])
    assert not torch.equal(left.x, right.x)


def test_one_atom_no_bond_and_parts() -> None:
    methane, salt, mixture = gc.adapters.from_smiles(["C", "[Na+].[Cl-]", "CCO.c1ccccc1"])
    for data, atoms, edges in ((methane, 1, 0), (salt, 2, 0), (mixture, 9, 16)):
        assert (data.num_nodes, data.num_edges) == (atoms, edges)
        assert data.edge_index.shape == (2, edges) and data.edge_index.dtype == torch.int64
        assert data.edge_attr.shape == (edges, len(BOND_COLUMNS))


def test_ids_classes_and_texts_stay_with_their_molecule() -> None:
    found = gc.adapters.from_smiles(
        ["C", " CC ", "CCC"], ids=["метан", "éthane", 3], y=["gas", "", "gas"]
    )
    assert [d.id for d in found] == ["метан", "éthane", 3]
    assert [int(d.y) for d in found] == [0, -1, 0]
    assert [d.smiles for d in found] == ["C", " CC ", "CCC"]
    assert [d.id for d in gc.adapters.from_smiles(["C", "CC"])] == [1, 2]
    assert gc.adapters.from_smiles(["C"])[0].y is None


@pytest.mark.parametrize(
    ("text", "why"),
    [("C1CC", "no SMILES"), ("CF(C)(C)C", "valence"), ("", "missing"), (None, "missing")],
)
def test_what_cannot_be_read_names_its_row(text, why, capfd) -> None:
    with pytest.raises(InputError, match=f"row 2: .*{why}.*skip-invalid"):
        gc.adapters.from_smiles(["C", text, "CC"])
    captured = capfd.readouterr()
    assert captured.out == captured.err == "", "RDKit's own log must be silent"


def test_what_cannot_be_read_is_skipped_and_listed() -> None:
    texts = [*DRUGS, "C1CC", *DRUGS, "xyz"]
    with pytest.warns(UserWarning, match=r"2 of 8 .* rows 4 \('C1CC'\), 8 \('xyz'\)") as caught:
        found = gc.adapters.from_smiles(texts, skip_invalid=True)
    assert len(caught) == 1
    assert [d.id for d in found] == [1, 2, 3, 5, 6, 7]
    with pytest.raises(InputError, match="none of 1"), pytest.warns(UserWarning, match="1 of 1"):
        gc.adapters.from_smiles(["C1CC"], skip_invalid=True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((DRUGS[0],), "one text"),
        (([],), "empty"),
        ((DRUGS, ["a"]), "ids has 1 entries for 3"),
        ((DRUGS, None, [0, 1]), "y has 2 entries for 3"),
    ],
)
def test_arguments_that_do_not_fit(arguments, words) -> None:
    with pytest.raises(InputError, match=words):
        gc.adapters.from_smiles(*arguments)


def test_a_csv_with_one_in_a_hundred_broken(tmp_path) -> None:
    rows = [["name", "smiles", "class"]]
    rows += [[f"m{i}", DRUGS[i % 3] if i % 100 else "C1CC(", i % 3] for i in range(300)]
    path = write_csv(tmp_path / "mine.csv", rows)
    with pytest.raises(InputError, match=r"mine\.csv, row 1: 'C1CC\('"):
        gc.adapters.read_molecules(path)
    with pytest.warns(UserWarning, match=r"3 of 300 .* rows 1 .* 101 .* 201"):
        found = gc.adapters.read_molecules(path, label_column="class", skip_invalid=True)
    assert [d.id for d in found] == [f"m{i}" for i in range(300) if i % 100]
    assert [int(d.y) for d in found] == [i % 3 for i in range(300) if i % 100]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["smiles", "SMILES", "canonical_smiles", "Mol", "whatever"])
def test_the_column_is_found(tmp_path, delimiter, name) -> None:
    # Codes such as CI and CN read as SMILES too.
    rows = [["code", name, "n"], *([c, s, n] for c, s, n in zip(["CI", "CN", "CI"], DRUGS, "123"))]
    path = write_csv(tmp_path / "mine.csv", rows, delimiter)
    found = gc.adapters.read_molecules(path)
    assert [d.smiles for d in found] == DRUGS
    assert [d.id for d in found] == [1, 2, 3]


def test_gzip_bom_no_header_and_smi(tmp_path) -> None:
    text = "\ufeffsmiles,id\n" + "".join(f"{s},é{i}\n" for i, s in enumerate(DRUGS))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert [d.id for d in gc.adapters.read_molecules(tmp_path / "a.csv.gz")] == ["é0", "é1", "é2"]
    (tmp_path / "b.tsv").write_text("".join(f"{s}\t{i}\n" for i, s in enumerate(DRUGS)))
    assert len(gc.adapters.read_molecules(tmp_path / "b.tsv")) == 3
    (tmp_path / "c.smi").write_text(
        "SMILES Name\n" + "".join(f"{s} drug {len(s)}\n" for s in DRUGS)
    )
    assert gc.adapters.read_molecules(tmp_path / "c.smi")[0].id == "drug 21"


def test_sdf(tmp_path) -> None:
    from rdkit import Chem

    path = tmp_path / "mine.sdf"
    with Chem.SDWriter(str(path)) as writer:
        for number, text in enumerate(DRUGS):
            molecule = Chem.MolFromSmiles(text)
            molecule.SetProp("_Name", f"drug {number}")
            molecule.SetProp("kind", "ab"[number % 2])
            writer.write(molecule)
    found = gc.adapters.read_molecules(path, label_column="kind")
    assert [d.id for d in found] == ["drug 0", "drug 1", "drug 2"]
    assert [int(d.y) for d in found] == [0, 1, 0]
    assert [d.num_nodes for d in found] == [13, 14, 15]
    with pytest.raises(InputError, match="no column 'kin'"):
        gc.adapters.read_molecules(path, label_column="kin")
    whole = path.read_text()
    path.write_text(whole[: whole.index("V2000", len(whole) // 2) + 200])
    with pytest.raises(InputError, match=r"mine\.sdf, row"):
        gc.adapters.read_molecules(path)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("header.csv", b"smiles,y\n", "header.csv is empty"),
        ("latin.csv", "smiles,name\nC,m\xe9thane\n".encode("latin-1"), "latin.csv is not UTF-8"),
        ("words.csv", b"a,b\nhello,world\nno,such\n", "no column of SMILES among 'a', 'b'"),
        ("spaces.csv", b"smiles y\nCCO 1\nCCN 0\n", "among 'smiles y'"),
        (
            "cut.csv.gz",
            gzip.compress(b"smiles\nC\n" * 99, mtime=0)[:30],
            "cut.csv.gz is a damaged gzip",
        ),
        ("ragged.csv", b"smiles,y\nC,1\nCC,1,2\n", "ragged.csv, row 2"),
    ],
)
def test_files_that_are_refused(tmp_path, name, text, words) -> None:
    (tmp_path / name).write_bytes(text)
    with pytest.raises(InputError, match=words) as caught:
        gc.adapters.read_molecules(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_columns_that_are_not_there(tmp_path) -> None:
    path = write_csv(tmp_path / "a.csv", [["smiles", "active"], ["C", 1], ["CC", 0]])
    with pytest.raises(InputError, match="no column 'smile'; did you mean smiles"):
        gc.adapters.read_molecules(path, column="smile")
    with pytest.raises(InputError, match="no column 'klass'"):
        gc.adapters.read_molecules(path, label_column="klass")
    with pytest.raises(InputError, match=r"nowhere\.csv is not a file"):
        gc.adapters.read_molecules(tmp_path / "nowhere.csv")
    rows = [["smiles", "solubility"], *(["C" * (i + 1), i / 7] for i in range(30))]
    with pytest.raises(InputError, match="measured numbers"):
        gc.adapters.read_molecules(write_csv(tmp_path / "b.csv", rows), label_column="solubility")


def test_fingerprints() -> None:
    prints = gc.adapters.morgan_fingerprints([*DRUGS, "C"], n_bits=512)
    assert prints.shape == (4, 512) and set(np.unique(prints.data)) == {1.0}
    by_data = gc.adapters.morgan_fingerprints(gc.adapters.from_smiles([*DRUGS, "C"]), n_bits=512)
    assert (prints != by_data).nnz == 0
    with pytest.raises(InputError, match="row 1"):
        gc.adapters.morgan_fingerprints(["C1CC"])


def test_importing_adapters_imports_no_chemistry() -> None:
    import subprocess
    import sys

    code = "import sys, graphclust.adapters; assert not {'rdkit', 'torch'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(AttributeError, match="from_nothing"):
        gc.adapters.from_nothing


def moleculenet(name: str) -> Path:
    path = Path(os.environ.get("GRAPHCLUST_DATA") or "nowhere") / "molecules" / name
    if not path.is_file():
        pytest.skip(f"{name} is not here: name the folder above molecules/ in GRAPHCLUST_DATA")
    return path


def test_a_csv_of_moleculenet() -> None:
    with pytest.warns(UserWarning, match=r"11 of 2050 molecules .* rows 60 \(''\)"):
        found = gc.adapters.read_molecules(
            moleculenet("BBBP.csv"), label_column="p_np", skip_invalid=True
        )
    assert len(found) == 2039 and found[0].id == "0"
    assert np.bincount([int(d.y) for d in found]).tolist() == [479, 1560]


@pytest.mark.slow
def test_forty_thousand_molecules_take_less_than_two_minutes_of_one_core() -> None:
    path = moleculenet("HIV.csv")
    start = time.process_time()
    with pytest.warns(UserWarning, match="7 of 41127 molecules"):
        found = gc.adapters.read_molecules(path, label_column="HIV_active", skip_invalid=True)
    assert len(found) == 41120
    assert time.process_time() - start < 120
