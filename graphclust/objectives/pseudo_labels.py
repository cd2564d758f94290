"""Cross-entropy to the last clusters, through a classifier that is made anew (DeepCluster)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from graphclust.adam import Adam
from graphclust.objectives.augmentation import Augmentation
from graphclust.objectives.base import Dims, Level, Objective, Split
from graphclust.objectives.step import Step
from graphclust.randomness import randn


class PseudoLabels(Objective, name="pseudo_labels"):
    r"""Learn to tell the step's targets apart by a linear classifier on the embedding.

    .. math::
        \mathcal L = \frac1{k'} \sum_c \frac1{|c|} \sum_{i \in c}
            -\log \mathrm{softmax}(V z_i + b)_c

    over the k' clusters c that have members: every cluster weighs the same, as if nodes were
    drawn uniformly over the clusters.

    Parameters
    ----------
    augmentation : Augmentation, optional
        The embedding of an augmented view is classified; without it that of the graph itself.
    lr : float
        Learning rate of the classifier, which has its own Adam.

    Notes
    -----
    Cost O(n d k). When the targets change, the classifier and its optimiser start anew, because
    clusters of one k-means do not correspond to those of another. Without balance the trivial
    solution, all nodes in one cluster, would have the least loss. No targets, no loss: an
    iterative strategy puts them up.

    References
    ----------
    Caron et al., *Deep clustering for unsupervised learning of visual features*, 2018,
    arXiv:1807.05520.
    """

    split: ClassVar[Split] = "node"
    level: ClassVar[Level] = "both"

    def __init__(self, augmentation: Augmentation | None = None, lr: float = 1e-2) -> None:
        super().__init__()
        self.augmentation, self.lr = augmentation, lr
        # The targets that the classifier was made for, kept so that a resumed training goes on.
        self.current: Tensor | None
        self.register_buffer("current", None)

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the classifier and its optimiser."""
        self.current = None
        self.weight = nn.Parameter(torch.zeros(dims.n_clusters, dims.out_channels))
        self.bias = nn.Parameter(torch.zeros(dims.n_clusters))
        self._optimizer = Adam([self.weight, self.bias], lr=self.lr)
        return self

    def main_parameters(self) -> Iterator[nn.Parameter]:
        """Yield nothing: the classifier has an optimiser of its own."""
        return iter(())

    def optimizers(self) -> list[Adam]:
        """Return the classifier's optimiser."""
        return [self._optimizer]

    def before_step(self, step: Step) -> None:
        """Start the classifier anew if the targets are new."""
        assert step.targets is not None, "PseudoLabels needs the targets of an iterative strategy"
        assert step.all_targets is not None
        if self.current is None or not torch.equal(self.current, step.all_targets):
            self.current = step.all_targets.clone()
            with torch.no_grad():
                # As the authors start it: normal with deviation 0.01, no bias.
                fresh = randn(*self.weight.shape, generator=step.generator)
                self.weight.copy_(0.01 * fresh)
                self.bias.zero_()
            self._optimizer.state.clear()
        self._optimizer.zero_grad()

    def forward(self, step: Step) -> Tensor:
        """Return the balanced cross-entropy of the step's targets."""
        assert step.targets is not None, "PseudoLabels needs the targets of an iterative strategy"
        z = step.z if self.augmentation is None else step.view_embedding(self.augmentation, 0)
        return balanced_cross_entropy(z @ self.weight.T + self.bias, step.targets)

    def after_step(self, step: Step) -> None:
        """Move the classifier too."""
        self._optimizer.step()


def balanced_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean over the classes present of the mean cross-entropy of their rows.

    Parameters
    ----------
    logits : Tensor, shape (n, k)
    labels : Tensor of int64, shape (n,)

    Examples
    --------
    >>> import torch
    >>> logits = torch.tensor([[0.0, 0.0], [0.0, 0.0], [9.0, 0.0]])
    >>> round(float(balanced_cross_entropy(logits, torch.tensor([0, 0, 1]))), 3)
    4.847
    """
    size = torch.bincount(labels, minlength=logits.shape[1])
    share = 1.0 / (size[labels] * (size > 0).sum()).to(logits.dtype)
    return (share * cross_entropy(logits, labels, reduction="none")).sum()
