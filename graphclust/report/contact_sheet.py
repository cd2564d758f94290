"""The pictures of each cluster side by side."""

from __future__ import annotations

from graphclust.report.clusters import Cluster, heading, smallest_left_out
from graphclust.report.exemplars import Exemplars, Picture
from graphclust.report.markup import Html, element, join
from graphclust.report.sections import section

_HEIGHT, _WIDTH = 80, 128
_NAMED = 3


def contact_sheet(
    found: Exemplars | None, clusters: list[Cluster], absent: str = ""
) -> Html | None:
    """Return a strip of pictures for each cluster, or why there is none; None without pictures."""
    if found is None:
        return _only_words(absent) if absent else None
    if not found.clusters or not found.characters:
        reason = f" {found.missing[0][0]}: {found.missing[0][1]}." if found.missing else ""
        return _only_words(f"No picture could be shown.{reason}")
    sizes = {c.index: c.size for c in clusters}
    split = any(last for _, _, last in found.clusters)
    hint = "The items that each cluster is surest of"
    hint += ", and after the line those it is least sure of." if split else "."
    hint += (
        " Where the method states no doubt, the nearest to the middle of the cluster and the "
        "farthest from it. Point at a picture for its id. All of them take "
        f"{_size(found.characters)} of this page."
    )
    strips = [_strip(c, sizes.get(c, 0), first, last) for c, first, last in found.clusters]
    return section(
        "What is in them", hint, element("div", *strips, *_omissions(found), _class="card sheet")
    )


def _strip(cluster: int, size: int, first: list[Picture], last: list[Picture]) -> Html:
    cut = [element("span", _class="cut")] if last else []
    shown = element("div", *map(_image, first), *cut, *map(_image, last), _class="strip")
    return element("div", heading(cluster, size), shown, _class="exemplars")


def _image(picture: Picture) -> Html:
    scale = min(_HEIGHT / max(picture.height, 1), _WIDTH / max(picture.width, 1))
    return element(
        "img",
        src=picture.image,
        alt=picture.id,
        title=picture.id,
        width=max(round(scale * picture.width), 1),
        height=max(round(scale * picture.height), 1),
    )


def _omissions(found: Exemplars) -> list[Html]:
    out = []
    if found.left_out:
        out.append(smallest_left_out(found.left_out))
    if found.missing:
        told = "; ".join(f"{name}: {reason}" for name, reason in found.missing[:_NAMED])
        more = len(found.missing) - _NAMED
        out.append(f"Without a picture: {told}{f'; and {more:,} more' if more > 0 else ''}.")
    return [element("p", text, _class="hint") for text in out]


def _size(characters: int) -> str:
    return f"{characters / 1e6:.1f} MB" if characters >= 1e6 else f"{characters / 1e3:.0f} kB"


def _only_words(text: str) -> Html:
    return section("What is in them", None, element("div", join(text), _class="card"))
