"""Tables as they are found: other delimiters, encodings and decimal signs, and odd values."""

from __future__ import annotations

import numpy as np
import pytest

import graphclust as gc
from graphclust.errors import InputError
from graphclust.graphs.delimiters import sniff
from graphclust.graphs.readers import read_source
from graphclust.graphs.table_columns import encode_columns
from graphclust.graphs.text_bytes import read_text
from graphclust.graphs.text_tables import read_table

GROUP = np.arange(40) % 2
X = np.round(np.random.default_rng(0).normal(size=(40, 2)) + 9 * GROUP[:, None], 2)
ROWS = [f"{a:.2f},{b:.2f}" for a, b in X]


def notes_of(path) -> str:
    return "; ".join(read_source(path, "table").graph.notes)


@pytest.mark.parametrize("header", ["a;b", ""])
def test_decimal_commas_are_numbers(header, tmp_path) -> None:
    path = tmp_path / "t.csv"
    rows = [row.replace(",", ";").replace(".", ",") for row in ROWS]
    path.write_text("\n".join([header, *rows]).lstrip() + "\n")
    loaded = read_source(path, "table")
    np.testing.assert_allclose(loaded.graph.x, X.astype(np.float32))
    assert "decimal commas" in loaded.graph.notes[0] and not loaded.graph.own_space


def test_what_a_comma_means() -> None:
    def first(values, **options):
        found = encode_columns({"a": values, "b": list(range(len(values)))}, **options)
        return found.x[:, 0].tolist(), found.x.shape[1]

    assert first(["1.234,5", "2,5", "", "-3"])[1] == 2
    thousands = ["1,234", "2,500", "7,125", "999"]
    # A thousand and more, or one and a bit: no number, unless semicolons part the fields.
    assert first(thousands)[1] == 5
    told = encode_columns({"a": thousands}, commas=True)
    np.testing.assert_allclose(told.x[:2, 0], [1.234, 2.5])
    assert first(["0,5", "1,234", "2", "3"])[1] == 2
    assert first(["1,5", "2.5", "3", "4"])[1] == 5


@pytest.mark.parametrize(
    ("lines", "mark"),
    [
        (["a\tb", "1\t2"], "\t"),
        (["a|b", "1|2"], "|"),
        (["1,5;2,7", "3,5;4,7"], ";"),
        (["x;y,1", "u;v,2"], ","),
        (['"a, b";1', '"c";2'], ";"),
        (["a,b", "1,2,3"], ","),
        (["name", "red car"], None),
    ],
)
def test_what_parts_the_fields(lines, mark, tmp_path) -> None:
    assert sniff(lines, tmp_path / "t.csv") == mark


@pytest.mark.parametrize("mark", ["|", "\t", ";"])
def test_other_delimiters(mark, tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,b", *ROWS]).replace(",", mark) + "\n")
    np.testing.assert_allclose(read_source(path, "table").graph.x, X.astype(np.float32))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_encodings(encoding, tmp_path) -> None:
    path = tmp_path / "t.csv"
    rows = [f"{row},{'grün' if g else 'weiß'}" for row, g in zip(ROWS, GROUP, strict=True)]
    path.write_bytes("\n".join(["größe,b,farbe", *rows]).encode(encoding))
    loaded = read_source(path, "table", label_column="farbe")
    assert loaded.class_names == ["grün", "weiß"]
    assert ("Windows-1252" in "".join(loaded.graph.notes)) == (encoding == "cp1252")


def test_what_is_no_text_is_refused(tmp_path) -> None:
    path = tmp_path / "t.csv"
    # Words of high bytes alone, as Cyrillic or Greek is in single bytes.
    path.write_bytes(b"\xe8\xec\xff,n\n\xef\xe5\xf0\xe2,1\n\xe2\xf2\xee\xf0,2\n")
    with pytest.raises(InputError, match=r"not UTF-8 text .*iconv"):
        read_source(path, "table")
    for name in ("t.csv", "book.xlsx"):
        (tmp_path / name).write_bytes(b"PK\x03\x04" + bytes(99))
        for kind in ("table", None):
            with pytest.raises(InputError, match=rf"{name} is a spreadsheet.*\.csv or \.parquet"):
                read_source(tmp_path / name, kind)


def test_quotes_hold_delimiters_and_ends_of_lines(tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('# it is 5" wide\na,b\n"one\n# two, three",1\n\n5" disc,2\n"x ""y""",3\n')
    table = read_table(path, header=True)
    assert table.rows((2,)) == [["one\n# two, three", "1"], ['5" disc', "2"], ['x "y"', "3"]]
    assert table.numbers == [3, 6, 7]
    # A quote that is never closed holds no more than its line.
    path.write_text('a,b\n1,"two\n2,3\n')
    assert read_table(path).rows((2,)) == [["1", "two"], ["2", "3"]]


def test_characters_that_end_no_line_stay_in_their_field(tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\r\none\u2028two\x0cx,1\rthree\x85four,2\n", newline="")
    assert read_table(path).rows((2,)) == [["one\u2028two\x0cx", "1"], ["three\x85four", "2"]]
    assert read_text(path).startswith("a,b\r\n")


def test_a_header_that_is_repeated(tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,b", *ROWS[:20], "a,b", *ROWS[20:]]) + "\n")
    assert read_source(path, "table").graph.n_nodes == 40
    assert "1 lines that repeat the header" in notes_of(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: a table"),
        ("\n\n", "is empty: a table"),
        ("a,b\n", "has no rows"),
        ("a,a\n1,2\n", "two columns 'a'"),
        ("a,b\n1,2\n1,2,3\n", "line 3: 3 columns"),
        ("a,b\n1;2\n3;4\n", "line 2: 1 columns.*what parts the fields"),
        ("a,b\nnan,\n,nan\n", "without values left out: a, b"),
        ("a,b\n1,2\n-inf,2\n", "column 'a', row 2: -inf"),
    ],
)
def test_what_is_no_table_is_said(text, said, tmp_path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_source(tmp_path / "t.csv", "table")


@pytest.mark.parametrize("form", ["csv", "npy", "memory", "mapping"])
@pytest.mark.parametrize("kind", ["constant", "huge", "tiny"])
def test_numbers_whose_squares_are_lost(form, kind, tmp_path) -> None:
    x = {"constant": np.c_[np.full(40, 1e20), X], "huge": X * 1e300, "tiny": X * 1e-30}[kind]
    names = "abc"[: x.shape[1]]
    if form == "csv":
        lines = [",".join(names), *(",".join(map(repr, row)) for row in x.tolist())]
        (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    np.save(tmp_path / "t.npy", x)
    if form == "memory":
        data = gc.adapters.from_table(x)
    elif form == "mapping":
        data = gc.adapters.from_table(dict(zip(names, x.T, strict=True)))
    else:
        data = read_source(tmp_path / f"t.{form}", "table").graph
    assert "standardised" in data.notes[0]
    model = gc.NodeClusterer(2, method="kmeans", random_state=0).fit(data)
    assert model.score(GROUP)["acc"] == 1.0


def test_great_numbers_of_an_array_are_refused() -> None:
    with pytest.raises(InputError, match=r"1e\+20, whose square.*Standardise"):
        gc.NodeClusterer(2, method="kmeans").fit(np.c_[np.full(40, 1e20), X])
    with pytest.raises(InputError, match="inf"):
        gc.NodeClusterer(2, method="kmeans").fit(X * 1e300)
