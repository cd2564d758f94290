"""Pictures in the report: the right ones, few, kept with the run, or why there are none."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from graphclust.cli.main import main
from graphclust.errors import InputError
from graphclust.report import write_report
from tests.report.test_report import NASTY, Page, make_run, page

Image = pytest.importorskip("PIL.Image", reason="the extra image is not installed")
FIT = ("--method", "leiden_at_k", "--n-clusters", "2", "--report", "--out")


def fit(source: Path, out: Path, *more: str) -> Path:
    assert main(["fit", str(source), *more, *FIT, str(out)]) == 0
    return out


def images(parsed: Page) -> dict[str, np.ndarray]:
    """Return the pictures of a page by their ids, decoded."""
    sources = [value for name, value in parsed.attributes if name == "src"]
    ids = [value for name, value in parsed.attributes if name == "alt"]
    assert parsed.tags.count("img") == len(sources) == len(ids)
    out = {}
    for name, uri in zip(ids, sources, strict=True):
        held = base64.b64decode(uri.partition("base64,")[2])
        with Image.open(io.BytesIO(held)) as picture:
            assert max(picture.height / 80, picture.width / 128) <= 1
            out[name] = np.asarray(picture.convert("RGB"))
    return out


def test_a_folder_shows_what_it_held_wherever_the_run_goes(shapes: Path, tmp_path: Path) -> None:
    run = fit(shapes, tmp_path / "run")
    found = images(Page((run / "report.html").read_text(encoding="utf-8")))
    assert set(found) == {f"{kind}/{i:02d}.png" for kind in ("bar", "disc") for i in range(12)}
    with Image.open(shapes / "bar" / "03.png") as drawn:
        assert np.abs(np.asarray(drawn.convert("RGB")) - found["bar/03.png"].astype(int)).max() < 40
    before = (run / "report.html").read_bytes()
    shutil.rmtree(shapes)
    moved = run.rename(tmp_path / "elsewhere")
    assert main(["report", str(moved)]) == 0
    assert (moved / "report.html").read_bytes() == before


def test_the_surest_come_first_and_the_least_sure_behind_a_line(tmp_path: Path) -> None:
    run = make_run(tmp_path)  # 20 items in each of 3 clusters
    stack = np.random.default_rng(0).integers(0, 255, (60, 8, 8), dtype=np.uint8)
    parsed = Page(write_report(run, stack).read_text(encoding="utf-8"))
    with (run / "labels.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["label"] == "1"]
    ranked = [r["id"] for r in sorted(rows, key=lambda r: -float(r["confidence"]))]
    shown = [v for name, v in parsed.attributes if name == "alt" and v in set(ranked)]
    assert shown == [*ranked[:9], *ranked[-3:]]
    assert [v for k, v in parsed.attributes if k == "class"].count("cut") == 3
    # Small ones are kept as they are: what is shown is the array's own.
    found = images(parsed)
    row = int(ranked[0].removeprefix("node"))
    assert np.array_equal(found[ranked[0]][..., 0], stack[row])
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in (
        parsed.attributes
    )


def test_where_no_doubt_is_stated_the_middle_comes_first(tmp_path: Path) -> None:
    run = make_run(tmp_path, n=20, k=1)
    np.save(run / "embedding.npy", np.abs(np.arange(20.0) - 7.0)[:, None] * np.eye(1, 2))
    lines = (run / "labels.csv").read_text(encoding="utf-8").splitlines()
    hard = [lines[0], *(f"node{i},0,1.0" for i in range(20))]
    (run / "labels.csv").write_text("\n".join(hard), encoding="utf-8")
    z = np.load(run / "embedding.npy")[:, 0]
    parsed = Page(write_report(run, np.zeros((20, 9, 9))).read_text(encoding="utf-8"))
    shown = [int(v.removeprefix("node")) for name, v in parsed.attributes if name == "alt"]
    apart = np.abs(z - z.mean())[shown]
    assert list(apart[:9]) == sorted(apart[:9]) and apart[8] <= apart[9:].min()


def test_an_idx_file(tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    pixels = (load_digits().images[:40] * 15).astype(np.uint8)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    header = np.array([0x803, *pixels.shape], dtype=">i4").tobytes()
    path.write_bytes(gzip.compress(header + pixels.tobytes()))
    run = fit(path, tmp_path / "run", "--as", "images")
    found = images(Page((run / "report.html").read_text(encoding="utf-8")))
    assert 12 < len(found) <= 24
    for name, picture in found.items():
        assert np.array_equal(picture[..., 0], pixels[int(name)])
    # An earlier run, with pictures and all, may be replaced.
    fit(path, tmp_path / "run", "--as", "images")


@pytest.mark.parametrize("kind", [("--as", "images"), ()])
def test_a_named_set_whose_rows_are_pictures(kind: tuple[str, ...], tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    assert main(["fit", "digits", *kind, *FIT, str(tmp_path / "run")]) == 0
    found = images(Page((tmp_path / "run" / "report.html").read_text(encoding="utf-8")))
    assert len(found) == 24
    digits = load_digits().images
    for name, picture in found.items():
        wanted = digits[int(name)] * 255 / 16
        assert np.abs(picture[..., 0] - wanted).max() <= 1


def test_a_clip_is_shown_by_its_middle(clips: Path, tmp_path: Path) -> None:
    run = fit(clips, tmp_path / "run", "--as", "videos", "--vectors", "motion")
    found = images(Page((run / "report.html").read_text(encoding="utf-8")))
    assert len(found) == 12
    assert {picture.shape for picture in found.values()} == {(80, 107, 3)}


@pytest.mark.parametrize("ending", [".mp4", ".avi", ".gif", ".mkv"])
def test_the_middle_of_a_clip_and_a_moment_of_it(ending: str, tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    from graphclust.adapters.clips import frame_at

    path = tmp_path / f"clip{ending}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("gif" if ending == ".gif" else "mpeg4", rate=25)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "rgb8" if ending == ".gif" else "yuv420p"
        for t in range(50):
            shade = np.full((48, 64, 3), 40 + 4 * t, np.uint8)
            frame = av.VideoFrame.from_ndarray(shade, format="rgb24")
            container.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        container.mux(stream.encode())
    tolerance = 40 if ending == ".gif" else 9  # eight colours of red, and dithered
    assert abs(float(frame_at(path, 48).mean()) - (40 + 4 * 25)) <= tolerance
    assert abs(float(frame_at(path, 48, 0.4).mean()) - (40 + 4 * 10)) <= tolerance
    assert frame_at(path, 80).shape == (80, 107, 3)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match=r"damaged|cut off|no frame"):
        frame_at(path)


def test_pictures_that_have_gone_are_told_and_found_elsewhere(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = fit(shapes, tmp_path / "run")
    (run / "thumbnails.json").unlink()  # as of an earlier version
    assert len(images(page(run))) == 24  # they are where run.json says
    (run / "thumbnails.json").unlink()
    elsewhere = shapes.rename(tmp_path / "elsewhere")
    parsed = page(run)
    assert "img" not in parsed.tags
    assert f"The pictures are no longer at {shapes}" in parsed.all_text()
    assert main(["report", str(run), "--pictures", str(elsewhere)]) == 0
    assert len(images(page(run))) == 24
    (tmp_path / "empty").mkdir()
    for wrong, said in (("empty", "holds none of"), ("nowhere", "does not exist")):
        capsys.readouterr()
        assert main(["report", str(run), "--pictures", str(tmp_path / wrong)]) == 2
        assert said in capsys.readouterr().err
    with pytest.raises(InputError, match="23 images are given, and the run has 24"):
        write_report(run, np.zeros((23, 8, 8)))


def test_pictures_that_cannot_be_read_are_named(shapes: Path, tmp_path: Path) -> None:
    run = fit(shapes, tmp_path / "run")
    (shapes / "bar" / "00.png").unlink()
    (shapes / "bar" / "01.png").write_bytes(b"no picture")
    parsed = Page(write_report(run, shapes).read_text(encoding="utf-8"))
    assert len(images(parsed)) == 22
    assert "bar/00.png: the file is gone" in parsed.all_text()
    assert "bar/01.png: it is not a picture" in parsed.all_text()


def test_without_pillow_the_page_says_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path)
    monkeypatch.setitem(sys.modules, "PIL", None)
    parsed = Page(write_report(run, np.zeros((60, 8, 8))).read_text(encoding="utf-8"))
    assert "img" not in parsed.tags
    assert "graphclust[image]" in parsed.all_text()


def test_other_runs_have_no_such_section_and_allow_no_picture(tmp_path: Path) -> None:
    parsed = page(make_run(tmp_path))
    assert "What is in them" not in parsed.all_text()
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in parsed.attributes


def test_many_clusters_of_large_noise_stay_within_bounds(tmp_path: Path) -> None:
    run = make_run(tmp_path, n=1000, k=100)
    noise = np.random.default_rng(0).integers(0, 255, (1000, 80, 128, 3), dtype=np.uint8)
    path = write_report(run, noise)
    parsed = Page(path.read_text(encoding="utf-8"))
    held = json.loads((run / "thumbnails.json").read_text(encoding="utf-8"))
    shown = len(held["clusters"])
    assert 5 < shown < 60  # noise is the most that a picture can take
    assert held["clusters_left_out"] == 100 - shown
    assert f"The {100 - shown} smallest clusters are left out here." in parsed.all_text()
    assert sum(len(v) for k, v in parsed.attributes if k == "src") <= 2_000_000
    assert (run / "thumbnails.json").stat().st_size < 2_100_000


def test_ids_of_pictures_are_not_markup(tmp_path: Path) -> None:
    n = len(NASTY)
    run = make_run(tmp_path, n=n, k=1, ids=NASTY)
    parsed = Page(write_report(run, np.zeros((n, 8, 8))).read_text(encoding="utf-8"))
    assert parsed.tags.count("img") == n
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert '"><img src=x onerror=alert(1)>' in [v for k, v in parsed.attributes if k == "alt"]


@pytest.mark.parametrize(
    "image",
    [
        "https://example.org/a.png",
        "data:image/svg+xml;base64,AAAA",
        'data:image/png;base64,AAAA" onload="alert(1)',
        7,
    ],
)
def test_only_pictures_are_embedded(tmp_path: Path, image: object) -> None:
    run = make_run(tmp_path)
    one = {"id": "a", "image": image, "width": 8, "height": 8}
    held = {
        "clusters": [{"cluster": 0, "surest": [one], "least_sure": []}],
        "clusters_left_out": 0,
        "missing": [],
    }
    (run / "thumbnails.json").write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(InputError, match=r"thumbnails.json is damaged"):
        write_report(run)
