"""What belongs to one fit: its generator, its device, its history, its progress."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch

from graphclust.errors import InputError
from graphclust.randomness import make_generator


@dataclass
class Run:
    """One fit's own things; passed along, never global.

    Attributes
    ----------
    generator : torch.Generator
        The only source of randomness of the fit.
    device : torch.device
        Where it computes.
    history : dict of str to list of float
        One value an epoch for every loss term, by name; ``"loss"`` is their weighted sum.
    progress : bool
        Whether a bar is drawn on standard error.
    checkpoint : Path or None
        Folder that keeps the state of an interrupted training.
    resume : bool
        Whether to go on from what ``checkpoint`` holds.
    """

    generator: torch.Generator
    device: torch.device
    history: dict[str, list[float]] = field(default_factory=dict)
    progress: bool = False
    checkpoint: Path | None = None
    resume: bool = False
    stage: int = 0

    @classmethod
    def start(
        cls,
        seed: int | None = None,
        device: str = "auto",
        progress: bool = False,
        checkpoint: Path | None = None,
        resume: bool = False,
    ) -> Run:
        """Make a run from the user's seed and device name."""
        place = choose_device(device)
        return cls(make_generator(seed, place), place, {}, progress, checkpoint, resume)

    def record(self, values: dict[str, float]) -> None:
        """Append one epoch's values to the history."""
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)

    def bar(self, epochs: Iterable[int], title: str, total: int) -> Iterator[int]:
        """Yield the epochs, drawing a bar on standard error if progress is wanted."""
        if not self.progress:
            yield from epochs
            return
        from tqdm import tqdm

        with tqdm(epochs, desc=title, total=total, file=sys.stderr, leave=False) as bar:
            for epoch in bar:
                yield epoch
                latest = {name: f"{v[-1]:.4g}" for name, v in self.history.items() if v}
                bar.set_postfix(latest, refresh=False)


def choose_device(name: str) -> torch.device:
    """Return the device of that name; ``"auto"`` is CUDA where there is one.

    Raises
    ------
    InputError
        If the name is unknown, or CUDA is asked for and absent.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"device={name!r} is not one of auto, cpu, cuda") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise InputError(
            f"device={name!r} was asked for, but torch sees no CUDA GPU; use cpu or auto"
        )
    return device
