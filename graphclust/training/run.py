"""What belongs to one fit: its generator, its device, its history, its progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from graphclust.errors import InputError
from graphclust.randomness import make_generator
from graphclust.ranks import Ranks, own_device, together
from graphclust.training.batches import Batches
from graphclust.training.checkpoint_file import read_facts


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
    stage : int
        How many trainings have ended.
    identity : dict
        What the fit is of, so that a checkpoint of another one is not taken for its own.
    choices : dict
        What was decided on the way (the number of clusters), for a fit that goes on.
    kept : dict or None
        What the checkpoint that is gone on from says beside its tensors.
    batches : Batches or None
        How trainings are cut into batches; ``None`` takes the whole graph in each step.
    ranks : Ranks or None
        The processes that share the fit. The first alone draws bars and keeps checkpoints, which
        do not depend on how many there are.
    """

    generator: torch.Generator
    device: torch.device
    history: dict[str, list[float]] = field(default_factory=dict)
    progress: bool = False
    checkpoint: Path | None = None
    resume: bool = False
    stage: int = 0
    identity: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] | None = None
    batches: Batches | None = None
    ranks: Ranks | None = None

    @classmethod
    def start(
        cls,
        seed: int | None = None,
        device: str = "auto",
        progress: bool = False,
        checkpoint: Path | None = None,
        resume: bool = False,
        ranks: Ranks | None = None,
    ) -> Run:
        """Make a run from the user's seed and device name.

        Without a seed, a run that goes on takes that of the run which was interrupted, and other
        ranks take that of the first.

        Raises
        ------
        InputError
            If the device is not to be had, or the checkpoint cannot be read.
        """
        place = choose_device(device)
        kept = _kept(checkpoint, ranks) if resume and checkpoint is not None else None
        if seed is None and kept is not None:
            seed = kept["identity"].get("seed")
        if ranks is not None:
            place, progress = own_device(place), progress and ranks.first
            drawn = make_generator(seed).initial_seed() if seed is None else seed
            seed = int(ranks.bytes_of_first(str(drawn).encode()))
        generator = make_generator(seed, place)
        out = cls(generator, place, {}, progress, checkpoint, resume, kept=kept, ranks=ranks)
        out.identity["seed"] = generator.initial_seed()
        if kept is not None:
            out.choices.update(kept["choices"])
        return out

    def identify(self, **parts: Any) -> None:
        """Say what the fit is of, in JSON values by name.

        Raises
        ------
        InputError
            If the fit is to go on from a checkpoint of another one.
        """
        self.identity.update(parts)
        if self.kept is None:
            return
        before = self.kept["identity"]
        for name, value in json.loads(json.dumps(self.identity)).items():
            if before.get(name) != value:
                raise InputError(
                    f"the checkpoint in {self.checkpoint} is of another fit: its {name} "
                    f"{_difference(before.get(name), value)}. Give what was given then, or begin "
                    "without --resume"
                )

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


def _kept(checkpoint: Path, ranks: Ranks | None) -> dict[str, Any] | None:
    """Return the facts of a checkpoint, on all ranks those that the first one reads."""
    if ranks is None:
        return read_facts(checkpoint)
    read = together(ranks, lambda: read_facts(checkpoint) if ranks.first else None)
    told = ranks.bytes_of_first(json.dumps(read).encode())
    facts: dict[str, Any] | None = json.loads(told)
    return facts


def _difference(before: Any, now: Any) -> str:
    short = isinstance(now, (int, str)) and len(str(now)) < 20
    return f"was {before}, not {now}" if short else "differs"
