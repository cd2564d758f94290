"""20 Newsgroups, as tf-idf reduced to its leading singular vectors."""

from __future__ import annotations

import warnings
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.named.plain_pickle import load_plain_pickle
from graphclust.graphs.parts import Parts

DIMENSIONS = 128


def read(path: Path) -> Parts:
    """Read scikit-learn's cached copy: 18,846 messages, whole, as scikit-learn gives them.

    The cache is a compressed pickle. It is opened here first, by a reader that knows only texts
    and numbers, so that nothing else ever reaches scikit-learn.
    """
    from sklearn.datasets import fetch_20newsgroups

    try:
        load_plain_pickle(path, zlib.decompress(path.read_bytes()))
    except zlib.error as error:
        raise InputError(f"{path} is damaged ({error}): fetch it again") from error
    raw = fetch_20newsgroups(
        data_home=str(path.parent),
        subset="all",
        shuffle=False,
        download_if_missing=False,
    )
    y, names = np.asarray(raw.target), raw.target_names
    return Parts(x=text_vectors(raw.data), y=y, class_names=names, of_texts=True)


def fetch(folder: Path) -> None:
    """Let scikit-learn download the texts into ``folder``; it checks their SHA-256.

    Raises
    ------
    OSError
        If the network says no.
    """
    from sklearn.datasets import fetch_20newsgroups

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it tries again
        fetch_20newsgroups(data_home=str(folder), subset="all", n_retries=1, delay=0.1)


def text_vectors(texts: list[str], dim: int = DIMENSIONS) -> NDArray[np.float32]:
    """Return unit rows of the ``dim`` leading singular vectors of the texts' tf-idf table."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    table = TfidfVectorizer(
        sublinear_tf=True, min_df=2, max_df=0.5, max_features=50_000, stop_words="english"
    ).fit_transform(texts)
    dim = min(dim, table.shape[1] - 1)
    vectors = TruncatedSVD(dim, random_state=0).fit_transform(table)
    return np.asarray(normalize(vectors), dtype=np.float32)
