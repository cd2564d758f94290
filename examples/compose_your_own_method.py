"""Compose a method from parts, then add an objective of your own in ten lines.

    python examples/compose_your_own_method.py [--quick]

The data are scikit-learn's handwritten digits, joined to their nearest neighbours.
"""

from __future__ import annotations

import argparse

import torch
from sklearn.datasets import load_digits

import graphclust as gc
from graphclust.objectives import Objective, Step

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--quick", action="store_true", help="the first 300 digits only")
pixels, digits = load_digits(return_X_y=True)
if parser.parse_args().quick:
    pixels, digits = pixels[:300], digits[:300]
pixels = (pixels / 16.0).astype("float32")


# An objective registers itself by being defined; from here on it is saved and loaded by name.
class NeighbourAgreement(Objective):
    """Neighbours should share a cluster: one minus their mean agreement."""

    needs_head = True

    def forward(self, step: Step) -> torch.Tensor:
        source, target = step.adj.edge_index
        return 1.0 - (step.s[source] * step.s[target]).sum(1).mean()


objectives = {
    "from the box": gc.objectives.Modularity()
    + 0.5 * gc.objectives.Collapse()
    + 0.1 * gc.objectives.InfoNCE(0.4),
    "your own": NeighbourAgreement() + 1.0 * gc.objectives.Collapse(),
}
for title, objective in objectives.items():
    model = gc.NodeClusterer(
        n_clusters=10,
        encoder=gc.encoders.GAT([64, 32], heads=4),
        head=gc.heads.Softmax(init="kmeans"),
        objective=objective,
        random_state=0,
    ).fit(pixels)
    print(f"{title}: {objective!r}")
    print("  loss terms", {name: round(v[-1], 3) for name, v in model.history_.items()})
    print("  score", {name: round(v, 3) for name, v in model.score(digits).items()})
