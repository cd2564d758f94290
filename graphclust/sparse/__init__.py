"""Sparse message passing: compressed rows, their products, and nothing of size n by n."""

from graphclust.sparse.attention import attend, mixed_scores, sum_scores
from graphclust.sparse.csr import CSR
from graphclust.sparse.dense import linear
from graphclust.sparse.normalization import Normalization
from graphclust.sparse.ops import (
    edge_softmax,
    matmul,
    sddmm,
    segment_max,
    segment_mean,
    segment_sum,
    spmm,
    to_edges,
)
from graphclust.sparse.rank_rows import RankRows
from graphclust.sparse.streamed import StreamedCSR

__all__ = [
    "CSR",
    "Normalization",
    "RankRows",
    "StreamedCSR",
    "attend",
    "edge_softmax",
    "linear",
    "matmul",
    "mixed_scores",
    "sddmm",
    "segment_max",
    "segment_mean",
    "segment_sum",
    "spmm",
    "sum_scores",
    "to_edges",
]
