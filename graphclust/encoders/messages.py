"""What nodes send to their neighbours in a layer."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Messages:
    """What nodes send in a layer.

    Attributes
    ----------
    parts : tuple of Tensor
        A row a node in each of them.
    as_they_are : bool
        Whether they are the nodes' input, not yet mapped: then the sum over neighbours is.
    """

    parts: tuple[Tensor, ...]
    as_they_are: bool = False

    def rows(self, start: int, stop: int) -> Messages:
        """Return those of consecutive nodes."""
        return Messages(tuple(part[start:stop] for part in self.parts), self.as_they_are)
