"""Encoders: features and a graph in, one vector a node out.

Every module here is imported and every encoder exported by its class name, so that a new one is
one new file: ``gc.encoders.GAT([256, 64], heads=4)``.
"""

from typing import Any

from graphclust.component import exported, import_all
from graphclust.encoders.base import Encoder, Linear, PReLU, make_activation
from graphclust.encoders.filters import SGC, SSGC, AdaptiveFilter
from graphclust.encoders.foreign import PyGModel, as_encoder
from graphclust.encoders.gat import GAT
from graphclust.encoders.gcn import GCN
from graphclust.encoders.gin import GIN
from graphclust.encoders.identity import Identity
from graphclust.encoders.mlp import MLP
from graphclust.encoders.sage import SAGE
from graphclust.encoders.transforms import Transform
from graphclust.encoders.variational import Posterior, Variational

__all__ = [
    "GAT",
    "GCN",
    "GIN",
    "MLP",
    "Posterior",
    "SAGE",
    "SGC",
    "SSGC",
    "AdaptiveFilter",
    "Encoder",
    "Identity",
    "Linear",
    "PReLU",
    "PyGModel",
    "Transform",
    "Variational",
    "as_encoder",
    "make_activation",
]

import_all(__name__, __path__)
globals().update(exported("encoder", __name__))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
