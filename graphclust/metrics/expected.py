"""The mutual information that chance alone gives to two partitions of these sizes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln


def expected_mutual_information(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    r"""Return the expected mutual information, in nats, of random partitions with sizes a and b.

    .. math::
        E[I] = \sum_{ij} \sum_x p_{ij}(x)\, \frac{x}{n} \log \frac{n x}{a_i b_j},
        \quad p_{ij} \text{ hypergeometric of } n, a_i, b_j

    Parameters
    ----------
    a, b : ndarray of int64, shape (r,) and (c,)
        Sizes of the groups, none empty; both sum to n.

    Returns
    -------
    float

    Notes
    -----
    Pairs of equal sizes are computed once, and x only where its probability is above about
    1e-25: at most :math:`40 + 12 \sqrt{\mu}` from its mean :math:`\mu = a_i b_j / n`
    (Bernstein's bound). Cost O(r' c' sqrt(max mu)) for r', c' distinct sizes, where the plain
    sum costs O(r c max a).

    References
    ----------
    Vinh, Epps and Bailey, *Information theoretic measures for clusterings comparison*, 2010.
    """
    n = int(a.sum())
    rows, row_counts = np.unique(a, return_counts=True)
    cols, col_counts = np.unique(b, return_counts=True)
    total = 0.0
    for size, count in zip(rows.tolist(), row_counts.tolist(), strict=True):
        total += count * float(col_counts @ _expected(size, cols, n))
    return total


def _expected(a: int, b: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return the inner sum for one size ``a`` and every size in ``b``, shape (c',)."""
    mean = a * (b / n)
    reach = 40.0 + 12.0 * np.sqrt(mean)
    low = np.maximum(np.maximum(0, a + b - n), np.floor(mean - reach).astype(np.int64))
    high = np.minimum(np.minimum(a, b), np.ceil(mean + reach).astype(np.int64))
    length = high - low + 1
    starts = np.concatenate([[0], np.cumsum(length)[:-1]])
    x = np.arange(int(length.sum())) - np.repeat(starts - low, length)
    other = np.repeat(b, length)
    log_p = -(
        gammaln(x + 1.0)
        + gammaln(a - x + 1.0)
        + gammaln(other - x + 1.0)
        + gammaln(n - a - other + x + 1.0)
    )
    # Divided by their own sum, probabilities need no constant, and lose no digits to it.
    log_p -= np.repeat(np.maximum.reduceat(log_p, starts), length)
    p = np.exp(log_p)
    gain = x / n * (np.log(np.maximum(x, 1)) + np.log(n) - np.log(a) - np.log(other))
    return np.asarray(np.add.reduceat(p * gain, starts) / np.add.reduceat(p, starts))
