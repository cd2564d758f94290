"""Encoders: features and a graph in, one vector a node out."""

from graphclust.encoders.base import Encoder, Linear, PReLU, make_activation
from graphclust.encoders.foreign import PyGModel, as_encoder
from graphclust.encoders.gcn import GCN
from graphclust.encoders.identity import Identity
from graphclust.encoders.mlp import MLP

__all__ = [
    "GCN",
    "MLP",
    "Encoder",
    "Identity",
    "Linear",
    "PReLU",
    "PyGModel",
    "as_encoder",
    "make_activation",
]
