"""Cluster sentences without knowing any language, and read what each cluster is about.

    python examples/cluster_sentences.py [TEXTS.txt]

Without a file of one text a line, the sentences are those in which scikit-learn describes its
data sets.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sklearn import datasets

import graphclust as gc
from graphclust.adapters.texts import read_texts
from graphclust.adapters.top_words import representative_texts, top_words

SETS = ("breast_cancer", "diabetes", "digits", "iris", "linnerud", "wine")


def sentences() -> list[str]:
    """Return the sentences of six descriptions, each of five words at least."""
    found = []
    for name in SETS:
        text = getattr(datasets, f"load_{name}")().DESCR
        found += [" ".join(part.split()) for part in re.split(r"\.\s|\n\s*\n|\n\s*[-*:]", text)]
    return [sentence for sentence in found if len(sentence.split()) >= 5]


texts = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines() if sys.argv[1:] else sentences()
data = gc.adapters.from_texts(texts)
print(f"{len(texts)} texts, {data.num_edges // 2} edges")

model = gc.NodeClusterer(n_clusters=6, random_state=0).fit(data)
words = read_texts(texts).words
told = zip(
    top_words(words, model.labels_, most=6),
    representative_texts(words, model.labels_, most=1),
    strict=True,
)
for cluster, (best, rows) in enumerate(told):
    size = int((model.labels_ == cluster).sum())
    print(f"cluster {cluster} ({size}): {', '.join(best)}")
    for row in rows:
        print(f"    {texts[row][:76]}")
