"""Protein structures: what becomes residues and contacts, and which files are refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("biotite", reason="the extra proteins is not installed")

import graphclust as gc
from graphclust.adapters.proteins import AMINO_ACIDS, RESIDUE_COLUMNS
from graphclust.errors import InputError


def atom(number: int, place, residue="ALA", chain="A", name=" CA ", alt=" ", **more) -> str:
    """Return a line of a PDB file."""
    x, y, z = place
    record, occupancy = more.get("record", "ATOM"), more.get("occupancy", 1.0)
    code, element = more.get("code", " "), more.get("element", "C")
    return (
        f"{record:<6}{1:>5} {name}{alt}{residue:>3} {chain}{number:>4}{code}   "
        f"{x:8.3f}{y:8.3f}{z:8.3f}{occupancy:6.2f}{0.0:6.2f}          {element:>2}\n"
    )


def helix(n: int = 12) -> np.ndarray:
    turn = np.arange(n) * np.deg2rad(100)
    return np.c_[2.3 * np.cos(turn), 2.3 * np.sin(turn), 1.5 * np.arange(n)]


def pdb(n: int = 12) -> str:
    lines = [atom(i + 1, p, AMINO_ACIDS[i % 20]) for i, p in enumerate(helix(n))]
    return "".join(lines) + "TER\nEND\n"


def cif(n: int = 12) -> str:
    names = "group_PDB type_symbol label_atom_id label_alt_id label_comp_id label_asym_id "
    names += "label_entity_id label_seq_id pdbx_PDB_ins_code Cartn_x Cartn_y Cartn_z occupancy "
    names += "auth_seq_id auth_comp_id auth_asym_id auth_atom_id pdbx_PDB_model_num"
    head = "data_x\n#\nloop_\n" + "".join(f"_atom_site.{name}\n" for name in names.split())
    rows = [
        f"ATOM C CA . {AMINO_ACIDS[i % 20]} A 1 {i + 1} ? {x:.3f} {y:.3f} {z:.3f} 1.0 {i + 1} "
        f"{AMINO_ACIDS[i % 20]} A CA 1\n"
        for i, (x, y, z) in enumerate(helix(n))
    ]
    return head + "".join(rows) + "#\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["a.pdb", "a.ent.gz", "a.cif", "a.mmcif.gz"])
def test_contacts_are_those_of_a_dense_reference(tmp_path, name) -> None:
    path = write(tmp_path / name, cif() if "cif" in name else pdb())
    (data,) = gc.adapters.from_structures(path)
    xyz = helix().round(3)
    apart = np.linalg.norm(xyz[:, None] - xyz[None], axis=2)
    expected = {(i, j) for i in range(12) for j in range(12) if i != j and apart[i, j] <= 8}
    assert set(map(tuple, data.edge_index.T.tolist())) == expected
    assert data.x.shape == (12, 21) and data.x.argmax(1).tolist() == list(range(12))
    i, j = data.edge_index
    assert torch.equal(data.edge_attr[:, 0] == 1, (i - j).abs() == 1)
    assert np.allclose(data.edge_attr[:, 1].numpy() * 8, apart[i, j], atol=1e-4)
    assert data.id == "a" and data.y is None


def test_the_rule_for_what_is_in_a_file(tmp_path) -> None:
    far = np.array([100.0, 0, 0])
    lines = [
        "MODEL        1\n",
        atom(1, (0, 0, 0), "MSE", record="HETATM"),
        atom(2, (3.8, 0, 0), "GLY", alt="A", occupancy=0.3),
        atom(2, (0, 3.8, 0), "GLY", alt="B", occupancy=0.7),
        atom(2, (0, 3.8, 1), "GLY", name=" N  ", element="N"),
        atom(5, (0, 7.0, 0), "TRP"),  # 3 and 4 are missing: near, but not the next
        atom(5, far, "XYZ", code="A"),  # an inserted residue follows, wherever it lies
        atom(1, far + 5, "SER", chain="B"),
        atom(9, (1, 1, 1), "CA", name="CA  ", record="HETATM", element="CA"),  # calcium
        atom(10, (1, 1, 2), "HOH", name=" O  ", record="HETATM", element="O"),
        "ENDMDL\nMODEL        2\n",
        atom(1, (50, 50, 50)),
        "ENDMDL\nEND\n",
    ]
    (data,) = gc.adapters.from_structures(write(tmp_path / "a.pdb", "".join(lines)))
    names = [RESIDUE_COLUMNS[i] for i in data.x.argmax(1).tolist()]
    assert names == ["MET", "GLY", "TRP", "other residue", "SER"]
    pairs = {tuple(sorted(p)) for p in data.edge_index.T.tolist()}
    assert pairs == {(0, 1), (0, 2), (1, 2), (2, 3)}
    follows = data.edge_index[:, data.edge_attr[:, 0] == 1].T.tolist()
    assert {tuple(sorted(p)) for p in follows} == {(0, 1), (2, 3)}
    near = data.edge_index.T.tolist().index([0, 1])
    assert data.edge_attr[near, 1] == pytest.approx(3.8 / 8)  # the location that is occupied most


def test_one_residue(tmp_path) -> None:
    (data,) = gc.adapters.from_structures(write(tmp_path / "one.pdb", pdb(1)))
    assert (data.num_nodes, data.num_edges) == (1, 0)
    assert data.edge_index.shape == (2, 0) and data.edge_attr.shape == (0, 2)


def test_a_folder_with_classes(tmp_path) -> None:
    write(tmp_path / "all" / "alpha" / "a.pdb", pdb())
    write(tmp_path / "all" / "beta" / "b.cif.gz", cif())
    write(tmp_path / "all" / "beta" / "deep" / "c.ent", pdb(5))
    write(tmp_path / "all" / "readme.txt", "not a structure")
    found = gc.adapters.read_proteins(tmp_path / "all")
    assert [d.id for d in found] == ["a", "b", "c"]
    assert [int(d.y) for d in found] == [0, 1, 1]
    write(tmp_path / "all" / "beta" / "a.pdb", pdb())
    ids = [d.id for d in gc.adapters.read_proteins(tmp_path / "all")]
    assert ids == ["alpha/a.pdb", "beta/a.pdb", "beta/b.cif.gz", "beta/deep/c.ent"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("cut.pdb", pdb()[: len(pdb()) // 2 + 7], "cut.pdb is cut off"),
        ("header.pdb", "HEADER    HYDROLASE\n" + pdb()[: 81 * 6], "header.pdb is cut off"),
        ("cut.cif", cif()[: len(cif()) // 2], "cut.cif is cut off"),
        ("empty.pdb", "", "empty.pdb is empty"),
        ("blank.cif", "\n\n", "blank.cif is empty"),
        ("water.pdb", atom(1, (0, 0, 0), "HOH", name=" O  ") + "END\n", "no C-alpha"),
        ("bad.pdb", pdb().replace("2.300", "x.300"), "bad.pdb cannot be read"),
        ("bad.cif", "data_x\n#\n_a.b 1\n#\n", "bad.cif cannot be read"),
    ],
)
def test_files_that_are_refused_or_skipped(tmp_path, name, text, words) -> None:
    write(tmp_path / name, text)
    write(tmp_path / "whole.pdb", pdb())
    with pytest.raises(InputError, match=words) as caught:
        gc.adapters.read_proteins(tmp_path)
    assert "\n" not in str(caught.value)
    with pytest.warns(UserWarning, match=rf"1 of 2 structures .*{name}"):
        found = gc.adapters.read_proteins(tmp_path, skip_invalid=True)
    assert [d.id for d in found] == ["whole"]


def test_a_gzip_cut_in_half(tmp_path) -> None:
    raw = gzip.compress(pdb(60).encode())
    (tmp_path / "half.pdb.gz").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(InputError, match=r"half\.pdb\.gz is a damaged gzip file"):
        gc.adapters.from_structures([tmp_path / "half.pdb.gz"])


def test_paths_that_are_not_there(tmp_path) -> None:
    for argument, words in (
        ([], "paths is empty"),
        (tmp_path, r"holds no \.pdb"),
        (tmp_path / "gone.pdb", "does not exist"),
        ([tmp_path / "gone.pdb"], "does not exist"),
    ):
        with pytest.raises(InputError, match=words):
            gc.adapters.from_structures(argument)
    with pytest.raises(InputError, match="cutoff=0"):
        gc.adapters.from_structures(write(tmp_path / "a.pdb", pdb()), cutoff=0)
