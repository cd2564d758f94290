"""Several processes that share a fit, as ``torchrun`` starts them, over torch.distributed."""

from graphclust.ranks.processes import Ranks
from graphclust.ranks.start import alone, end, find_ranks, own_device
from graphclust.ranks.sums import summed
from graphclust.ranks.together import agree, together

__all__ = ["Ranks", "agree", "alone", "end", "find_ranks", "own_device", "summed", "together"]
