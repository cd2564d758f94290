"""Cluster a table of numbers in different units, a category and gaps.

    python examples/cluster_a_table.py

The table is scikit-learn's: 178 wines and what a laboratory measured in them. One column is turned
into words, and some values are left out, as tables have it.
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_wine

import graphclust as gc

wine = load_wine()
table = dict(zip(wine.feature_names, wine.data.T.copy(), strict=True))
table["alcohol"][::20] = np.nan
table["hue"] = np.where(table["hue"] < 0.9, "brown", "red").tolist()

data = gc.adapters.from_table(table, y=wine.target)
for note in data.notes:
    print("note:", note)

model = gc.NodeClusterer(n_clusters=3, random_state=0).fit(data)
scores = model.score(data.y)  # the grape's kind, not read before now
print(f"{data.num_nodes} wines in {model.n_clusters_} clusters")
print(f"  acc {scores['acc']:.3f}  nmi {scores['nmi']:.3f}")
