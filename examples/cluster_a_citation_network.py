"""Cluster the papers of Cora by their words and citations, save the model, and use it again.

    python examples/cluster_a_citation_network.py --data-root DIR

Without --data-root, $GRAPHCLUST_DATA and then the cache folder are searched, and missing files
are downloaded. About ten seconds on two cores; --quick trains for five epochs only.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch

import graphclust as gc

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data-root", metavar="DIR", help="where data sets lie")
parser.add_argument("--quick", action="store_true", help="five epochs, to see that it runs")
arguments = parser.parse_args()

data = gc.load_dataset("cora", data_root=arguments.data_root)
print(f"{data.num_nodes} papers, {data.num_edges // 2} citations, {data.num_features} words")

# A method by name (`graphclust methods` lists them), or configured as here.
method = gc.methods.Default(epochs=5 if arguments.quick else 100)
model = gc.NodeClusterer(n_clusters=7, method=method, random_state=0)
labels = model.fit_predict(data)  # the classes in data.y are not read
print(f"{model.n_clusters_} clusters of {sorted(np.bincount(labels).tolist())} papers")
print(f"fitted in {model.seconds_:.1f} s; the loss ends at {model.history_['loss'][-1]:.3f}")

# Only now, and only for the score, are the true classes read.
for name, value in model.score(data.y).items():
    print(f"  {name:<4} {value:.3f}")

# A run folder holds labels, embedding, memberships, metrics, every setting, and the model.
with tempfile.TemporaryDirectory() as folder:
    run = model.save(Path(folder) / "cora")
    print("saved", ", ".join(sorted(entry.name for entry in run.iterdir())))
    loaded = gc.load(run)

# The loaded model answers as before, also for a part of the graph that it is shown alone.
assert np.array_equal(loaded.predict(data), labels)
half = data.subgraph(torch.arange(0, data.num_nodes, 2))
agree = (loaded.predict(half) == labels[::2]).mean()
print(f"half of the graph alone: {100 * agree:.0f}% of the papers keep their cluster")
