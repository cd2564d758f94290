"""HTML in which nothing that comes from the data can become markup."""

from __future__ import annotations

import html
import re

# Not allowed in HTML at all, not even escaped; line breaks and tabs are.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_VOID = frozenset({"meta", "br", "line", "rect", "circle", "path", "polyline", "use", "img"})


class Html(str):
    """Text that is markup already. Any other string is escaped when it becomes a child."""


def escape(text: object) -> Html:
    """Return text with everything that HTML would read as markup made harmless."""
    return Html(html.escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", str(text)), quote=True))


def join(*parts: object) -> Html:
    """Return parts one after another; ``None`` is left out, plain text is escaped."""
    kept = (part for part in parts if part is not None)
    return Html("".join(p if isinstance(p, Html) else escape(p) for p in kept))


def element(name: str, /, *children: object, **attributes: object) -> Html:
    """Return one element.

    Underscores in attribute names become hyphens and a leading one is dropped (``_class``);
    attributes that are ``None`` are left out.

    Examples
    --------
    >>> element("p", "a < b", _class="note")
    '<p class="note">a &lt; b</p>'
    """
    written = "".join(
        f' {key.lstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID and not children:
        # Void in HTML and self-closed in SVG: this form is right in both.
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")
