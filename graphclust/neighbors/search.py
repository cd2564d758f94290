"""Which rows are nearest, by exact search in blocks."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.sparse import CSR, matmul

Metric = Literal["cosine", "euclidean", "inner"]
METRICS = ("cosine", "euclidean", "inner")

# Scores held at a time: a block of queries times all of the reference.
_BLOCK = 1 << 24
# Of longer rows of scores the greatest of each so many is looked at first.
_LONG, _STRIDES = 1 << 12, 32


def knn_search(
    query: Tensor | CSR,
    reference: Tensor | CSR | None = None,
    k: int = 15,
    metric: Metric = "cosine",
) -> tuple[Tensor, Tensor]:
    r"""Return the ``k`` nearest reference rows of every query row.

    Parameters
    ----------
    query : Tensor or CSR, shape (m, f)
    reference : Tensor or CSR, shape (n, f), optional
        Where to look; when left out, the query itself, a row not being its own neighbour.
    k : int
        At least 1, at most n (n - 1 within the query itself).
    metric : "cosine", "euclidean" or "inner"

    Returns
    -------
    index : Tensor of int64, shape (m, k)
        Nearest first; of equally near rows, the one with the lower number.
    score : Tensor of float32, shape (m, k)
        The cosine, minus the squared Euclidean distance, or the inner product: greater is nearer.
        A row of zeros has no direction; its cosine with everything is 0.

    Raises
    ------
    InputError
        If ``k`` or the widths do not fit, or the metric is unknown.

    Notes
    -----
    Cost O(m n f) time, O(n f) memory beside one block of scores; the m by n table never exists.

    Examples
    --------
    >>> x = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> knn_search(x, k=1)[0].flatten().tolist()
    [1, 0, 1]
    """
    check_metric(metric)
    itself = reference is None
    table: Tensor | CSR = query if reference is None else reference
    n, most = int(table.shape[0]), int(table.shape[0]) - itself
    if not 1 <= k <= most:
        raise InputError(f"k={k} neighbours of {n} rows: k must lie between 1 and {most}")
    if query.shape[1] != table.shape[1]:
        raise InputError(
            f"the query has {query.shape[1]} features, the reference {table.shape[1]}: "
            "give both the same"
        )
    table, offset = _prepare(table, metric)
    rows = table if itself else _prepare(query, metric, offset)[0]
    norms = _square_norms(table) if metric == "euclidean" else None
    size = max(1, _BLOCK // n)
    found = []
    held: Tensor | None = None
    for start in range(0, int(rows.shape[0]), size):
        block = _rows(rows, start, size)
        if isinstance(table, CSR):
            score = matmul(table, block.T).T
        else:
            # One table for all blocks: a fresh one costs as much in page faults as the product.
            held = block.new_empty(size, n) if held is None else held
            score = torch.mm(block, table.T, out=held[: block.shape[0]])
        if norms is not None:
            score = score.mul_(2).sub_(norms).sub_(block.square().sum(1, keepdim=True))
        if itself:
            at = torch.arange(block.shape[0], device=score.device)
            score[at, at + start] = -torch.inf
        found.append(_nearest(score, k))
    return torch.cat([i for i, _ in found]), torch.cat([s for _, s in found])


def check_metric(metric: str) -> None:
    """Refuse an unknown metric.

    Raises
    ------
    InputError
        Naming those that are known.
    """
    if metric not in METRICS:
        raise InputError(f"metric={metric!r} is unknown: use one of {', '.join(METRICS)}")


def _prepare(
    x: Tensor | CSR, metric: str, offset: Tensor | None = None
) -> tuple[Tensor | CSR, Tensor | None]:
    """Scale rows to unit length, or move the centre to 0, where differences cancel least."""
    if metric == "cosine":
        scale = _square_norms(x).sqrt()
        inverse = torch.where(scale > 0, 1 / scale, torch.zeros_like(scale))
        if isinstance(x, CSR):
            return x.with_weight(x.values * inverse[x.row.long()]), None
        return x.float() * inverse[:, None], None
    if isinstance(x, CSR) or metric == "inner":
        return (x if isinstance(x, CSR) else x.float()), None
    if offset is None:
        offset = x.float().mean(0)
    return x.float() - offset, offset


def _square_norms(x: Tensor | CSR) -> Tensor:
    if isinstance(x, CSR):
        return x.with_weight(x.values.square(), symmetric=False).degree
    return x.float().square().sum(1)


def _rows(x: Tensor | CSR, start: int, size: int) -> Tensor:
    if isinstance(x, CSR):
        stop = min(start + size, x.shape[0])
        return x.take_rows(torch.arange(start, stop, device=x.device)).to_dense()
    return x[start : start + size]


def _nearest(score: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the k greatest of each row; of equal ones those with the lower index."""
    top, index, tied = _greatest(score, k)
    # Where more entries reach the last place than there are places, topk's pick is arbitrary.
    for i in tied.nonzero().flatten().tolist():
        last = top[i].min()
        above = (score[i] > last).nonzero().flatten()
        equal = (score[i] == last).nonzero().flatten()[: k - above.numel()]
        index[i] = torch.cat([above, equal])
    index = index.sort(dim=1).values
    top, order = score.gather(1, index).sort(dim=1, descending=True, stable=True)
    return index.gather(1, order), top


def _greatest(score: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the k greatest of each row, where they are, and whether others equal the last one.

    They lie in the k groups of columns whose greatest entries are the k greatest ones, and what a
    row's length costs is then little more than reading it.
    """
    n, m = score.shape[1], score.shape[1] // _STRIDES
    if n < _LONG or m < 2 * k:
        top, index = score.topk(k, dim=1)
        return top, index, (score >= top[:, -1:]).sum(1) > k
    whole = m * _STRIDES
    peaks = torch.unflatten(score[:, :whole], 1, (_STRIDES, m)).amax(1)
    highest, groups = peaks.topk(k, dim=1)
    offsets = torch.arange(_STRIDES, device=score.device) * m
    rest = torch.arange(whole, n, device=score.device).expand(len(score), -1)
    columns = torch.cat([(groups[:, :, None] + offsets).flatten(1), rest], dim=1)
    near = score.gather(1, columns)
    top, place = near.topk(k, dim=1)
    last = top[:, -1:]
    tied = (near >= last).sum(1) > k
    tied |= (peaks >= last).sum(1) > (highest >= last).sum(1)
    return top, columns.gather(1, place), tied
