"""Random numbers from one explicit generator, on whatever device it lives.

A fit owns a single ``torch.Generator``; the global random state is never touched.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def make_generator(seed: int | None, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a generator; ``None`` takes its seed from the operating system."""
    generator = torch.Generator(device=device)
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(int(seed))
    return generator


def rand(*shape: int, generator: torch.Generator | None) -> Tensor:
    """Return uniform numbers in [0, 1) on the generator's device."""
    return torch.rand(*shape, generator=generator, device=_device(generator))


def randn(*shape: int, generator: torch.Generator | None) -> Tensor:
    """Return standard normal numbers on the generator's device."""
    return torch.randn(*shape, generator=generator, device=_device(generator))


def randint(high: int, *shape: int, generator: torch.Generator | None) -> Tensor:
    """Return integers in [0, high) on the generator's device."""
    return torch.randint(high, shape, generator=generator, device=_device(generator))


def randperm(n: int, generator: torch.Generator | None) -> Tensor:
    """Return a random order of 0 .. n-1 on the generator's device."""
    return torch.randperm(n, generator=generator, device=_device(generator))


def spawn_seed(generator: torch.Generator) -> int:
    """Draw a 31-bit seed for a library that wants an integer (scikit-learn, scikit-network)."""
    return int(randint(2**31 - 1, 1, generator=generator).item())


def dropout(x: Tensor, p: float, training: bool, generator: torch.Generator | None) -> Tensor:
    """Zero entries with probability ``p`` and scale the rest by 1 / (1 - p)."""
    if not training or p <= 0.0:
        return x
    keep = torch.rand(x.shape, generator=generator, device=_device(generator)).to(x.device) >= p
    return x * keep / (1.0 - p)


def glorot_(weight: Tensor, generator: torch.Generator | None, gain: float = 1.0) -> Tensor:
    """Fill a (fan_in, fan_out) matrix uniformly with Glorot's bound, in place."""
    bound = gain * math.sqrt(6.0 / (weight.shape[-2] + weight.shape[-1]))
    with torch.no_grad():
        return weight.copy_(rand(*weight.shape, generator=generator) * (2 * bound) - bound)


def uniform_(weight: Tensor, bound: float, generator: torch.Generator | None) -> Tensor:
    """Fill uniformly in [-bound, bound), in place."""
    with torch.no_grad():
        return weight.copy_(rand(*weight.shape, generator=generator) * (2 * bound) - bound)


def _device(generator: torch.Generator | None) -> torch.device:
    return torch.device("cpu") if generator is None else generator.device
