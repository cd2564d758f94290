"""Downloads that are whole and checked, or not there at all."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from graphclust.errors import InputError
from graphclust.graphs.cards import Card, RawFile

_CHUNK = 1 << 20
_TIMEOUT = 30


def fetch(card: Card, target: Path) -> None:
    """Download the files of a data set into the folder ``target``.

    Everything is gathered and checked in a temporary folder beside it, which is renamed when
    whole: a download that breaks off leaves nothing behind. TLS certificates are verified. Where
    a card has no checksum, that of the first download is kept in ``SHA256SUMS`` in the folder.

    Raises
    ------
    InputError
        If the network, the checksum or the disk says no.
    """
    wanted = [card.archive] if card.archive else [f for f in card.files if f.url]
    if not wanted or wanted[0].url is None:
        raise InputError(f"{card.name} cannot be downloaded: {_by_hand(card, target)}")
    with _staged(card, target) as work:
        sums = [(_download(file, work, card), file.name) for file in wanted]
        if card.archive:
            _unpack(work / card.archive.name, work, card)
        lines = "".join(f"{digest}  {name}\n" for digest, name in sums)
        (work / "SHA256SUMS").write_text(lines, encoding="utf-8")


def fetch_by(load: Callable[[Path], None], card: Card, target: Path) -> None:
    """Let ``load`` put a data set into the folder ``target``; what it needs, it checks.

    Raises
    ------
    InputError
        If the network or the disk says no.
    """
    with _staged(card, target) as work:
        load(work)


@contextmanager
def _staged(card: Card, target: Path) -> Iterator[Path]:
    """Give a temporary folder that becomes ``target`` if all goes well, and goes away if not."""
    work = None
    try:
        parent = next(p for p in target.parents if p.is_dir())
        work = Path(tempfile.mkdtemp(prefix=".graphclust-", dir=parent))
        yield work
        missing = [f.name for f in card.files if not f.optional and not (work / f.name).is_file()]
        if missing:
            raise InputError(f"{card.name}: the download lacks {missing[0]}")
        work.chmod(0o755)
        target.parent.mkdir(parents=True, exist_ok=True)
        _into_place(work, target)
    except OSError as error:
        raise _unreachable(card, target, error) from error
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def _unreachable(card: Card, target: Path, error: OSError) -> InputError:
    reason = " ".join(str(getattr(error, "reason", None) or error).split())
    return InputError(
        f"{card.name} is not here and cannot be downloaded ({reason}): {_by_hand(card, target)}"
    )


def _by_hand(card: Card, target: Path) -> str:
    names = [f.name for f in card.files if not f.optional]
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"put {listed} from {card.source} into {target}, or name another --data-root"


def _into_place(work: Path, target: Path) -> None:
    if target.exists():
        # Another process, or an older partial set in the cache: add what is missing.
        for file in work.iterdir():
            file.replace(target / file.name)
    else:
        work.replace(target)


def _download(file: RawFile, work: Path, card: Card) -> str:
    """Stream one file to disk, check it, and return its SHA-256."""
    assert file.url is not None
    if not file.url.startswith("https://"):
        raise InputError(f"{card.name}: {file.url} is not https, and nothing else is downloaded")
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    request = urllib.request.Request(file.url, headers={"User-Agent": "graphclust"})
    context = ssl.create_default_context()
    part = work / (file.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    with (
        urllib.request.urlopen(request, timeout=_TIMEOUT, context=context) as response,
        part.open("wb") as out,
    ):
        announced = response.headers.get("Content-Length")
        size = _stream(response, out, sha256, md5)
    if announced is not None and size != int(announced):
        raise InputError(
            f"{card.name}: {file.url} broke off after {size} of {announced} bytes. Try again"
        )
    checks = [(file.sha256, sha256.hexdigest()), (file.md5, md5.hexdigest())]
    if file.git_blob is not None:
        checks.append((file.git_blob, _git_blob(part, size)))
    for known, seen in checks:
        if known is not None and known != seen:
            raise InputError(
                f"{card.name}: {file.url} has checksum {seen[:12]}..., expected {known[:12]}...: "
                "the file has changed or was tampered with, and was discarded"
            )
    part.replace(work / file.name)
    return sha256.hexdigest()


def _stream(source: IO[bytes], out: IO[bytes], *digests: hashlib._Hash) -> int:
    size = 0
    while chunk := source.read(_CHUNK):
        out.write(chunk)
        size += len(chunk)
        for digest in digests:
            digest.update(chunk)
    return size


def _git_blob(path: Path, size: int) -> str:
    """Return the name that git gives a file's contents: SHA-1 over its size and bytes."""
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _unpack(archive: Path, work: Path, card: Card) -> None:
    """Take the members that the card names out of a zip, by their last name alone."""
    wanted = {f.name for f in card.files}
    try:
        with zipfile.ZipFile(archive) as bundle:
            for member in bundle.infolist():
                name = Path(member.filename).name
                if name in wanted and not member.is_dir():
                    with bundle.open(member) as source, (work / name).open("wb") as out:
                        shutil.copyfileobj(source, out, _CHUNK)
    except zipfile.BadZipFile as error:
        raise InputError(f"{card.name}: the download is not a zip file ({error})") from error
    archive.unlink()
