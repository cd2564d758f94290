"""Most and least similar pairs as positives and negatives, by rank (AGE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn.functional import normalize, softplus

from graphclust.objectives.base import Dims, Objective, Split
from graphclust.objectives.step import Step
from graphclust.randomness import rand, randperm
from graphclust.sparse import CSR, sddmm

# Similarities are held for so many pairs at a time, and counted in bins of this width.
_BLOCK = 1 << 20
_BINS = 1 << 16


class RankedPairs(Objective, name="ranked_pairs"):
    r"""Draw the most similar pairs together and the least similar apart.

    .. math::
        \mathcal L = -\operatorname{mean}_{(i,j) \in \mathcal P} \log \sigma(s_{ij})
                     -\operatorname{mean}_{(i,j) \in \mathcal N} \log (1 - \sigma(s_{ij})),
        \qquad s_{ij} = \langle z_i, z_j \rangle

    halved. :math:`\mathcal P` holds the pairs whose similarity ranks among the first
    :math:`r_{+} n^2`, :math:`\mathcal N` those that rank behind :math:`r_{-} n^2`; both shares
    move linearly over the epochs, so that training goes from easy pairs to hard ones.

    Parameters
    ----------
    positive, negative : (float, float)
        :math:`r_{+}` and :math:`r_{-}` at the start and at the end.
    every : int
        Epochs between two rankings. The first ranks the encoder's input, later ones z.
    pairs : int
        Positives, and as many negatives, of one epoch.
    rows : int
        Rows of the similarities that are ranked at a time, drawn anew for each ranking.

    Notes
    -----
    The paper ranks all n² similarities at once. Here as many rows as ``rows`` says, all of them
    on small graphs, meet all columns in blocks: ranks become thresholds by counting similarities
    in bins of 2^-15. The pairs of a ranking are kept up to 16 times ``pairs`` of each sort, drawn
    at random if there are more, and each epoch takes ``pairs`` of them, where the authors pass
    through all positives in batches. Cost O(rows n d) a ranking and O(n d + pairs d) an epoch.

    References
    ----------
    Cui et al., *Adaptive graph encoder for attributed graph embedding*, 2020, arXiv:2007.01594.
    """

    split: ClassVar[Split] = "global"

    def __init__(
        self,
        positive: Sequence[float] = (0.0110, 0.0010),
        negative: Sequence[float] = (0.1, 0.5),
        every: int = 10,
        pairs: int = 32768,
        rows: int = 4096,
    ) -> None:
        super().__init__()
        self.positive, self.negative = positive, negative
        self.every, self.pairs, self.rows = every, pairs, rows
        # Kept with the weights, so that a resumed training goes on with the same pairs.
        self.near: Tensor | None
        self.far: Tensor | None
        self.register_buffer("near", None)
        self.register_buffer("far", None)

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Forget the pairs of an earlier training."""
        self.near = self.far = None
        return self

    def before_step(self, step: Step) -> None:
        """Rank anew when it is time."""
        if self.near is not None and step.epoch % self.every:
            return
        x = step.x.to_dense() if isinstance(step.x, CSR) else step.x
        z = normalize(x if self.near is None else step.z.detach(), dim=1)
        done = (step.epoch - step.epoch % self.every) / max(1, step.n_epochs)
        first, behind = (a + done * (b - a) for a, b in (self.positive, self.negative))
        rows = randperm(z.shape[0], step.generator)[: self.rows].to(z.device)
        above, below = rank_thresholds(z, rows, first, behind)
        most, generator = 16 * self.pairs, step.generator
        self.near = draw_pairs(z, rows, lambda s: s >= above, most, generator)
        self.far = draw_pairs(z, rows, lambda s: s <= below, most, generator)

    def forward(self, step: Step) -> Tensor:
        """Return the cross-entropy of this epoch's pairs."""
        assert self.near is not None
        assert self.far is not None
        parts = []
        for pairs, sign in ((self.near, -1.0), (self.far, 1.0)):
            pick = randperm(pairs.shape[1], step.generator)[: self.pairs].to(pairs.device)
            row, col = pairs[:, pick]
            similarity = sddmm(CSR.from_edges(row, col, None, step.adj.shape), step.z, step.z)
            # -log sigmoid(s) = softplus(-s), which does not overflow.
            parts.append(softplus(sign * similarity).sum() / max(1, pick.numel()))
        return 0.5 * (parts[0] + parts[1])


def rank_thresholds(z: Tensor, rows: Tensor, first: float, behind: float) -> tuple[float, float]:
    """Return the similarities that the given shares of all pairs reach.

    Parameters
    ----------
    z : Tensor, shape (n, d)
        Unit rows.
    rows : Tensor of int64, shape (m,)
        The rows whose m n similarities are ranked.
    first, behind : float
        Shares in [0, 1], counted from the most similar pair.

    Returns
    -------
    above, below : float
        At least the share ``first`` of the pairs is as similar as ``above``, and at least the
        share 1 - ``behind`` no more similar than ``below``.

    Examples
    --------
    >>> import torch
    >>> above, below = rank_thresholds(torch.eye(4), torch.arange(4), 0.25, 0.5)
    >>> 0.999 < above <= 1, 0 <= below < 0.001
    (True, True)
    """
    count = torch.zeros(_BINS, dtype=torch.int64, device=z.device)
    for _, similarity in _blocks(z, rows):
        place = ((similarity + 1.0) * (_BINS / 2)).long().clamp(0, _BINS - 1)
        count += torch.bincount(place.flatten(), minlength=_BINS)
    total = int(count.sum())
    reached = _bin_of(count.flip(0), round(first * total))
    filled = _bin_of(count, round((1.0 - behind) * total))
    width = 2.0 / _BINS
    return (_BINS - 1 - reached) * width - 1.0, (filled + 1) * width - 1.0


def _bin_of(count: Tensor, rank: int) -> int:
    """Return the bin in which the running count reaches ``rank``."""
    wanted = torch.tensor(max(1, rank), device=count.device)
    return min(int(torch.searchsorted(count.cumsum(0), wanted)), count.numel() - 1)


def draw_pairs(
    z: Tensor,
    rows: Tensor,
    wanted: Callable[[Tensor], Tensor],
    most: int,
    generator: torch.Generator,
) -> Tensor:
    """Return the pairs whose similarity is wanted, about ``most`` drawn of them if more.

    Returns
    -------
    Tensor of int64, shape (2, p)
    """
    total = sum(int(wanted(similarity).sum()) for _, similarity in _blocks(z, rows))
    share = most / max(total, 1)
    found = []
    for block, similarity in _blocks(z, rows):
        at = wanted(similarity).nonzero().T
        if share < 1.0:
            at = at[:, rand(at.shape[1], generator=generator).to(at.device) < share]
        found.append(torch.stack([block[at[0]], at[1]]))
    return torch.cat(found, dim=1)


def _blocks(z: Tensor, rows: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    size = max(1, _BLOCK // z.shape[0])
    for block in torch.split(rows, size):
        yield block, z[block] @ z.T
