"""Cluster sentences without knowing any language, and draw what each cluster is about.

    python examples/cluster_sentences.py [TEXTS.txt] [--out sentences.svg]

Without a file of one text a line, the sentences are those in which scikit-learn describes its
data sets. The picture shows the neighbour graph: each mark is a sentence, told when pointed at.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import networkx as nx
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


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("texts", nargs="?", type=Path)
parser.add_argument("--out", type=Path, default=Path("sentences.svg"))
given = parser.parse_args()
texts = given.texts.read_text(encoding="utf-8").splitlines() if given.texts else sentences()
data = gc.adapters.from_texts(texts)
print(f"{len(texts)} texts, {data.num_edges // 2} edges")

model = gc.NodeClusterer(n_clusters=6, random_state=0).fit(data)
words = read_texts(texts).words
best = [", ".join(told) for told in top_words(words, model.labels_, most=6)]
for cluster, rows in enumerate(representative_texts(words, model.labels_, most=1)):
    size = int((model.labels_ == cluster).sum())
    print(f"cluster {cluster} ({size}): {best[cluster]}")
    for row in rows:
        print(f"    {texts[row][:76]}")

graph = nx.from_scipy_sparse_array(model.graph_.adj.to_scipy())
places = list(nx.spring_layout(graph, seed=0).values())
gc.report.write_map(given.out, places, model.labels_, names=best, ids=texts)
print("a map of the sentences, the words of each cluster below:", given.out)
