"""The one training loop, and the four ways in which encoder and head take turns."""

from graphclust.training.batches import Batches, Clusters, Neighbors, Rows, Walks
from graphclust.training.graph_batches import Graphs
from graphclust.training.loop import train
from graphclust.training.network import Network, build_objective
from graphclust.training.optimisation import Optimisation
from graphclust.training.run import Run, choose_device
from graphclust.training.strategies import (
    Generative,
    Iterative,
    Multistage,
    Simultaneous,
    Strategy,
    fit_head,
)

__all__ = [
    "Batches",
    "Clusters",
    "Generative",
    "Graphs",
    "Iterative",
    "Multistage",
    "Neighbors",
    "Network",
    "Optimisation",
    "Rows",
    "Run",
    "Simultaneous",
    "Strategy",
    "Walks",
    "build_objective",
    "choose_device",
    "fit_head",
    "train",
]
