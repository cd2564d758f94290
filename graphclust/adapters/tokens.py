"""Texts to words, in any language, and to a table of weights, met one text at a time."""

from __future__ import annotations

import re
import unicodedata
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from graphclust.errors import InputError

_WORD = re.compile(r"\w\w+")
# Scripts that put no space between words: Thai and Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
# Words share so many places; at a million different words, one in three shares its own.
_PLACES = 1 << 21
_MOST_WORDS, _LEAST_TEXTS, _MOST_SHARE = 50_000, 2, 0.5
# Fewer texts than these have no words that are too rare.
_FEW = 20


@dataclass(frozen=True)
class WordTable:
    """How often each text has each word.

    Attributes
    ----------
    counts : scipy sparse array of float32, shape (n, words)
    words : list of str
    """

    counts: sp.csr_array
    words: list[str]

    def weights(self) -> sp.csr_array:
        r"""Return tf-idf of unit rows, :math:`(1 + \ln c)(1 + \ln\frac{1 + n}{1 + df})`."""
        n = self.counts.shape[0]
        frequency = np.bincount(self.counts.indices, minlength=len(self.words))
        idf = (1 + np.log((1 + n) / (1 + frequency))).astype(np.float32)
        out = self.counts.copy()
        out.data = (1 + np.log(out.data)) * idf[out.indices]
        length = np.sqrt(out.multiply(out).sum(1)).astype(np.float32)
        out.data /= np.repeat(np.maximum(length, 1e-12), np.diff(out.indptr))
        return out


def words_of(text: str) -> Iterator[str]:
    """Yield a text's words in lower case, pairs of characters where no space parts words.

    Examples
    --------
    >>> list(words_of("Straße 42, a b"))
    ['strasse', '42']
    >>> list(words_of("東京都"))
    ['東京', '京都']
    """
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _UNSPACED.search(word) is None:
            yield word
            continue
        at = 0
        for run in _UNSPACED.finditer(word):
            if run.start() - at > 1:
                yield word[at : run.start()]
            piece = run.group()
            yield from (piece[i : i + 2] for i in range(max(1, len(piece) - 1)))
            at = run.end()
        if len(word) - at > 1:
            yield word[at:]


def count_words(texts: Iterable[str], name: str = "the list of texts") -> WordTable:
    """Count the words of texts, each of which is looked at once and then let go.

    Parameters
    ----------
    texts : iterable of str
    name : str
        What messages call them.

    Returns
    -------
    WordTable
        Words of two texts at least and of at most half of them, the 50,000 most frequent; where
        there are none, those of more than half.

    Raises
    ------
    InputError
        If there is no text, or none has a word that is left.

    Notes
    -----
    Words are kept under a hash of 21 bits, so that what is not a text's own words takes some
    100 MB whatever their number; two words of one place count as one. Eight bytes for each
    different word of each text, time linear in the texts' length.
    """
    column, count, ends = array("i"), array("f"), array("q", [0])
    spelled: dict[int, str] = {}
    for text in texts:
        found = Counter(words_of(text))
        for word, times in found.items():
            place = zlib.crc32(word.encode()) % _PLACES
            spelled.setdefault(place, word)
            column.append(place)
            count.append(times)
        ends.append(len(column))
    n = len(ends) - 1
    if n == 0:
        raise InputError(f"{name} holds no texts: give one at least")
    table = (
        sp.csr_array(
            (np.frombuffer(count, np.float32), np.frombuffer(column, np.int32), np.asarray(ends)),
            shape=(n, _PLACES),
        )
        if len(column)
        else sp.csr_array((n, _PLACES), dtype=np.float32)
    )
    table.sum_duplicates()
    frequency = np.bincount(table.indices, minlength=_PLACES)
    least, most = (1, n) if n < _FEW else (_LEAST_TEXTS, _MOST_SHARE * n)
    kept = np.flatnonzero((frequency >= least) & (frequency <= most))
    if kept.size == 0:
        kept = np.flatnonzero(frequency > most)
    if kept.size == 0:
        what = "a word that some others have" if len(column) else "a word"
        raise InputError(
            f"{name}: none of {n} texts has {what}: there is nothing to compare. Check that this "
            "is the column or file of texts"
        )
    if kept.size > _MOST_WORDS:
        kept = np.sort(kept[np.argsort(-frequency[kept], kind="stable")[:_MOST_WORDS]])
    return WordTable(table[:, kept], [spelled[int(i)] for i in kept])
