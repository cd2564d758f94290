"""The four families: four ways in which encoder and head take turns, over one loop."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.component import Component
from graphclust.encoders.variational import Variational
from graphclust.graphs import Graph
from graphclust.heads.gaussian_mixture import GaussianMixture
from graphclust.objectives import Objective
from graphclust.training.loop import train
from graphclust.training.network import Network
from graphclust.training.optimisation import Optimisation
from graphclust.training.run import Run


class Strategy(Component, kind="strategy"):
    """Base of the strategies."""

    def run(
        self,
        network: Network,
        graph: Graph,
        objective: Objective | None,
        optimisation: Optimisation,
        run: Run,
    ) -> None:
        """Train a built network on a prepared graph; afterwards ``network.infer`` works."""
        raise NotImplementedError


class Multistage(Strategy, name="multistage"):
    """Train the encoder, then fit the head to the finished embedding."""

    def run(
        self,
        network: Network,
        graph: Graph,
        objective: Objective | None,
        optimisation: Optimisation,
        run: Run,
    ) -> None:
        """Train if there is an objective; fit the transforms after, then the head."""
        if objective is not None:
            train(network, graph, objective, optimisation, run)
        fit_head(network, graph, run)


class Iterative(Strategy, name="iterative"):
    """Alternate: the head gives targets, the targets train the encoder.

    Parameters
    ----------
    every : int
        Epochs between two fits of the head.
    soft : bool
        Whether the targets are memberships (n, k) rather than labels (n,).
    pretrain : Objective, optional
        Trained first, without targets.
    pretrain_optimisation : Optimisation, optional
        How; the main one's settings by default.
    """

    def __init__(
        self,
        every: int = 10,
        soft: bool = False,
        pretrain: Objective | None = None,
        pretrain_optimisation: Optimisation | None = None,
    ) -> None:
        self.every, self.soft = every, soft
        self.pretrain, self.pretrain_optimisation = pretrain, pretrain_optimisation

    def run(
        self,
        network: Network,
        graph: Graph,
        objective: Objective | None,
        optimisation: Optimisation,
        run: Run,
    ) -> None:
        """Alternate, then fit the head a last time."""
        assert objective is not None
        _pretrain(self, network, graph, optimisation, run)

        def refresh(epoch: int) -> None:
            if epoch % self.every == 0:
                z = fit_head(network, graph, run)
                targets = network.head(z) if self.soft else network.head.predict(z)
                network.targets = targets.detach()
                network.train()

        train(network, graph, objective, optimisation, run, before_epoch=refresh)
        fit_head(network, graph, run)


class Simultaneous(Strategy, name="simultaneous"):
    """Descend one loss through encoder and head together.

    Parameters
    ----------
    pretrain : Objective, optional
        Trains the encoder first.
    pretrain_optimisation : Optimisation, optional
        How; the main one's settings by default.
    """

    def __init__(
        self,
        pretrain: Objective | None = None,
        pretrain_optimisation: Optimisation | None = None,
    ) -> None:
        self.pretrain, self.pretrain_optimisation = pretrain, pretrain_optimisation

    def run(
        self,
        network: Network,
        graph: Graph,
        objective: Objective | None,
        optimisation: Optimisation,
        run: Run,
    ) -> None:
        """Pretrain if asked, place the head, then train both."""
        assert objective is not None
        _pretrain(self, network, graph, optimisation, run)
        self.place(network, graph, run)
        train(network, graph, objective, optimisation, run)

    def place(self, network: Network, graph: Graph, run: Run) -> None:
        """Place the head on the embedding as it stands."""
        network.head.start(network.embed(graph), graph, run.generator)


class Generative(Simultaneous, name="generative"):
    """Train a density whose components are the clusters.

    The encoder is pretrained as a plain variational auto-encoder, the mixture is placed by
    expectation maximisation on its embedding (the head's ``start``), and the bound with the
    mixture as its prior is descended through both.
    """

    @torch.no_grad()
    def place(self, network: Network, graph: Graph, run: Run) -> None:
        """Place the mixture on the means, then make it as wide as the draws around them.

        Placed on the means alone it is far too narrow a prior for the draws, and on small graphs
        the first steps of so steep a bound empty all components but one.
        """
        super().place(network, graph, run)
        encoder, head = network.encoder, network.head
        if isinstance(encoder, Variational) and isinstance(head, GaussianMixture):
            assert graph.x is not None
            posterior = encoder.posterior(graph.x, graph.adj, None)
            head.widen(posterior.mean, posterior.log_variance.exp())


def fit_head(network: Network, graph: Graph, run: Run) -> Tensor:
    """Fit the transforms after the encoder and the head; return the embedding they saw."""
    z = network.embed(graph, fit_after=run.generator)
    network.head.fit(z, graph, run.generator)
    return z


def _pretrain(
    strategy: Iterative | Simultaneous,
    network: Network,
    graph: Graph,
    optimisation: Optimisation,
    run: Run,
) -> None:
    if strategy.pretrain is not None:
        how = strategy.pretrain_optimisation or optimisation
        train(network, graph, strategy.pretrain, how, run, title="pretrain")
