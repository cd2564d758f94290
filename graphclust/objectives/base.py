"""What an objective is: one number to be minimised, from what a step can offer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import torch
from torch import Tensor, nn

from graphclust.adam import Adam
from graphclust.component import Component
from graphclust.objectives.step import Step

Split = Literal["edge", "node", "global"]
InBatches = Literal["refused", "mean", "totals", "consistent", "published"]
Level = Literal["nodes", "graphs", "both"]
OnRanks = Literal["refused", "mean", "whole"]


@dataclass(frozen=True)
class Dims:
    """The sizes that an objective may build parameters for."""

    n_nodes: int
    in_channels: int
    out_channels: int
    n_clusters: int
    # Of the nodes' embedding, where that is pooled into one of graphs.
    inner_channels: int | None = None

    @property
    def node_channels(self) -> int:
        """Width of the nodes' embedding."""
        return self.out_channels if self.inner_channels is None else self.inner_channels


class Objective(Component, nn.Module, kind="objective"):
    """Base of the objectives.

    An objective asks the :class:`Step` for what it needs (``z``, ``posterior``, ``s``,
    ``view(...)``, ``corrupted``, ``targets``); what nobody asks for is never computed. Objectives
    add up and scale: ``Modularity() + 0.5 * Collapse()``.

    Attributes
    ----------
    split : "edge", "node" or "global"
        How the objective splits over mini-batches and ranks: a sum over edges, a sum over nodes,
        or neither.
    in_batches : "refused", "mean", "totals", "consistent" or "published"
        Whether its value and gradient on a batch of nodes are unbiased estimates of those on the
        whole graph: as a mean over the rows of ``step.z``, ``s`` or ``posterior`` (and of what
        depends on the weights alone), or because it reads memberships through ``step.totals()``
        only. ``"consistent"`` estimates tend to them as batches grow, since what they are a
        function of is unbiased, but the function is not linear: its docstring says by how much
        they are off. ``"published"`` is no such estimate, but the form that its paper gives for
        batches. What does not say so is refused in batches.
    on_ranks : "refused", "mean" or "whole"
        How several processes, each with some of the nodes, get its value and gradient on the
        whole graph: by averaging what each finds, since it is a mean over the rows of ``step.z``
        or ``s`` (and of what depends on the weights alone); or as it is, since what it reads of
        other nodes it reads through ``step.totals()`` and ``step.mean(...)``.
    needs_head : bool
        Whether it reads ``step.s`` and so trains the head.
    level : "nodes", "graphs" or "both"
        Whether it is about the nodes of one graph, about graphs, or reads embeddings and
        memberships alone, whatever they are of.
    """

    split: ClassVar[Split] = "node"
    in_batches: ClassVar[InBatches] = "refused"
    on_ranks: ClassVar[OnRanks] = "refused"
    needs_head: ClassVar[bool] = False
    level: ClassVar[Level] = "nodes"

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make parameters (projectors, discriminators, decoders); none by default."""
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss, a scalar."""
        raise NotImplementedError

    def before_step(self, step: Step) -> None:
        """Run before the loss of each step: an adversary updates itself here."""

    def after_step(self, step: Step) -> None:
        """Run after each update of the weights: a moving average follows here."""

    def main_parameters(self) -> Iterator[nn.Parameter]:
        """Yield the parameters that the one optimiser updates."""
        return (p for p in self.parameters() if p.requires_grad)

    def optimizers(self) -> list[Adam]:
        """Return optimisers of the objective's own, so that checkpoints hold their state."""
        return []

    def terms(self) -> list[tuple[str, float, Objective]]:
        """Return the named, weighted terms that are added up."""
        return [(self.name, 1.0, self)]

    def __add__(self, other: Objective) -> Sum:
        return Sum.of(self, other)

    def __mul__(self, weight: float) -> Sum:
        return Sum([float(weight)], [self])

    __rmul__ = __mul__


class Sum(Objective, name="sum"):
    """A weighted sum of objectives; written ``a + 0.5 * b`` rather than by name."""

    def __init__(self, weights: Sequence[float], objectives: Sequence[Objective]) -> None:
        super().__init__()
        self.weights = [float(w) for w in weights]
        self.objectives = nn.ModuleList(objectives)

    @classmethod
    def of(cls, *parts: Objective) -> Sum:
        """Return the sum of the parts, sums among them flattened."""
        weights: list[float] = []
        objectives: list[Objective] = []
        for part in parts:
            for _, weight, term in part.terms():
                weights.append(weight)
                objectives.append(term)
        return cls(weights, objectives)

    def get_params(self, deep: bool = False) -> dict[str, Any]:
        """Return the weights and the objectives, as plain lists."""
        return {"weights": list(self.weights), "objectives": list(self.objectives)}

    @property
    def needs_head(self) -> bool:  # type: ignore[override]
        """Whether any term reads the memberships."""
        return any(o.needs_head for o in self._parts())

    def terms(self) -> list[tuple[str, float, Objective]]:
        """Return the terms; a name that comes twice is numbered."""
        out: list[tuple[str, float, Objective]] = []
        seen: dict[str, int] = {}
        for weight, part in zip(self.weights, self._parts(), strict=True):
            seen[part.name] = seen.get(part.name, 0) + 1
            name = part.name if seen[part.name] == 1 else f"{part.name}_{seen[part.name]}"
            out.append((name, weight, part))
        return out

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Build every term."""
        for part in self._parts():
            part.build(dims, generator)
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the weighted sum."""
        parts = [weight * part(step) for _, weight, part in self.terms()]
        return torch.stack(parts).sum()

    def before_step(self, step: Step) -> None:
        """Pass on to every term."""
        for part in self._parts():
            part.before_step(step)

    def after_step(self, step: Step) -> None:
        """Pass on to every term."""
        for part in self._parts():
            part.after_step(step)

    def main_parameters(self) -> Iterator[nn.Parameter]:
        """Yield every term's parameters."""
        for part in self._parts():
            yield from part.main_parameters()

    def optimizers(self) -> list[Adam]:
        """Return every term's own optimisers."""
        return [o for part in self._parts() for o in part.optimizers()]

    def _parts(self) -> list[Objective]:
        return list(self.objectives)  # type: ignore[arg-type]
