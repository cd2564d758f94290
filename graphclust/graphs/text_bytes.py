"""Text files: opened, decoded, and what goes wrong in one line."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from graphclust.errors import InputError

GZIP = b"\x1f\x8b"
# What spreadsheets are saved as: a zip file, and what came before.
_SHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_MARKS = (
    # UTF-32 first: its mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = "cp1252"
# What no text of single bytes holds: control characters, and what Windows-1252 leaves out.
_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
_WORD = re.compile(rb"[A-Za-z\xc0-\xff]*[\xc0-\xff][A-Za-z\xc0-\xff]*")
_BLOCK = 1 << 20


def read_text(path: Path, notes: list[str] | None = None) -> str:
    """Return the contents of a text file, gzipped or not.

    Parameters
    ----------
    path : Path
        UTF-8, or UTF-16 or UTF-32 by their marks.
    notes : list of str, optional
        Where it is given, a file that seems to be of Windows-1252 is read so, and a line added.

    Raises
    ------
    InputError
        If it cannot be read, is a spreadsheet or not of these.
    """
    with reading(path):
        raw = path.read_bytes()
        if raw[:2] == GZIP:
            raw = gzip.decompress(raw)
        encoding = text_encoding(io.BytesIO(raw), path, notes)
        return raw.decode(encoding)


def text_encoding(file: BinaryIO, path: Path, notes: list[str] | None) -> str:
    """Return how an opened text is to be decoded; ``notes`` as for :func:`read_text`.

    Raises
    ------
    InputError
        If it is a spreadsheet, or no text.
    """
    if file.read(4) in _SHEETS:
        raise InputError(not_a_sheet(path))
    file.seek(0)
    encoding = encoding_of(file)
    if encoding == "utf-8" and 0 in file.read(_BLOCK):
        raise InputError(
            f"{path} is not UTF-8 text: it holds bytes of zero. Say by --as what it is"
        )
    file.seek(0)
    if encoding != WESTERN:
        return encoding
    if notes is None:
        return "utf-8"
    notes.append(f"{path.name} is not UTF-8 and was read as Windows-1252 (Latin 1)")
    return encoding


def not_a_sheet(path: Path) -> str:
    """Return what to say of a spreadsheet."""
    return (
        f"{path} is a spreadsheet or another packed file, which is not read: export the sheet as "
        ".csv or .parquet"
    )


def read_pieces(path: Path, size: int) -> Iterator[str]:
    """Yield a text file, gzipped or not, in pieces of whole lines of about ``size`` bytes.

    Raises
    ------
    InputError
        If it cannot be read or is not UTF-8.
    """
    with reading(path), path.open("rb") as raw:
        zipped = raw.read(2) == GZIP
        raw.seek(0)
        rest, encoding = b"", "utf-8-sig"
        with gzip.open(raw) if zipped else raw as file:
            while data := file.read(size):
                end = data.rfind(b"\n") + 1
                if end:
                    yield (rest + data[:end]).decode(encoding)
                    rest, encoding = b"", "utf-8"
                rest += data[end:]
        if rest:
            yield rest.decode(encoding)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a text file is read into an ``InputError``."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is a damaged gzip file ({error}): fetch it again") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8 (`iconv -f "
            "ITS-ENCODING -t utf-8`), or say by --as what it is"
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


def encoding_of(file: BinaryIO) -> str:
    """Return the encoding of a text, and go back to its beginning.

    A mark at the beginning tells it, or zeros at every other byte of plain letters; else it is
    UTF-8, if it can be read so. If not, it is Windows-1252 (Latin 1 and a few signs more) where
    the words that UTF-8 does not have are of plain letters for the most part, as they are in
    western languages; everything else remains UTF-8, for its reader to refuse.

    Cost: the file is read once, a megabyte at a time.

    Examples
    --------
    >>> import io
    >>> [encoding_of(io.BytesIO("größe".encode(name))) for name in ("utf-8", "utf-16", "latin-1")]
    ['utf-8', 'utf-16', 'cp1252']
    """
    start = file.read(_BLOCK)
    file.seek(0)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if 0 < 2 * start.count(0) <= len(start) + 1:
        for name, at in (("utf-16-le", 1), ("utf-16-be", 0)):
            if start[at::2].count(0) > 0.9 * len(start[at::2]):
                return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := file.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        file.seek(0)
        return WESTERN if _is_western(file) else "utf-8"
    finally:
        file.seek(0)
    return "utf-8"


def _is_western(file: BinaryIO) -> bool:
    plain = high = 0
    while block := file.read(_BLOCK):
        if _NO_TEXT.search(block):
            return False
        words = b"".join(_WORD.findall(block))
        beyond = sum(byte > 127 for byte in words)
        plain, high = plain + len(words) - beyond, high + beyond
    return plain > high
