"""How far partitions of the same nodes agree, without any truth beside them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from graphclust.objectives.mutual_information import entropy


def mean_agreement(partitions: Sequence[Tensor], k: int) -> Tensor:
    r"""Return of each partition its mean normalised mutual information with the others.

    .. math:: \mathrm{NMI}(a, b) = \frac{2 I(a; b)}{H(a) + H(b)}

    Parameters
    ----------
    partitions : sequence of Tensor of int, shape (n,)
        Labels from 0 to k - 1.
    k : int

    Returns
    -------
    Tensor of float64, shape (number of partitions,)
        Between 0 and 1; 1 for a partition that has no other beside it.

    Notes
    -----
    Cost O(p² (n + k²)) for p partitions.

    References
    ----------
    Strehl and Ghosh, *Cluster ensembles: a knowledge reuse framework for combining multiple
    partitions*, 2002.

    Examples
    --------
    >>> import torch
    >>> a, b = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1])
    >>> mean_agreement([a, 1 - a, b], 2).tolist()
    [0.5, 0.5, 0.0]
    """
    p = len(partitions)
    shared = torch.eye(p, dtype=torch.float64)
    for i in range(p):
        for j in range(i):
            shared[i, j] = shared[j, i] = _shared_information(partitions[i], partitions[j], k)
    return (shared.sum(1) - 1.0) / (p - 1) if p > 1 else torch.ones(p, dtype=torch.float64)


def _shared_information(a: Tensor, b: Tensor, k: int) -> float:
    counts = torch.bincount(a.long() * k + b.long(), minlength=k * k).view(k, k).double()
    both = counts / counts.sum()
    of_a, of_b, of_both = (float(entropy(p)) for p in (both.sum(1), both.sum(0), both.flatten()))
    # Two partitions of one cluster each are the same.
    return (2.0 * (of_a + of_b - of_both) / (of_a + of_b)) if of_a + of_b > 0.0 else 1.0
