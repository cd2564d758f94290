"""Encoders: features and a graph in, one vector a node out."""

from graphclust.encoders.base import Encoder, Linear, PReLU, make_activation
from graphclust.encoders.gcn import GCN
from graphclust.encoders.mlp import MLP

__all__ = ["GCN", "MLP", "Encoder", "Linear", "PReLU", "make_activation"]
