"""The same answer for the same seed on a GPU, too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# With workspaces of fixed size cuBLAS keeps the order of its sums; torch looks for the variable.
_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG", ":4096:8"


@contextmanager
def same_bits(device: torch.device) -> Iterator[None]:
    """Let torch compute in a fixed order on a GPU; what the process has set is put back after.

    Our own kernels add in a fixed order anyway. Torch's sums over an index add atomically on a
    GPU unless it is told not to: then the same seed gives other bits, and now and then other
    labels. On a CPU nothing is to be done.
    """
    if device.type != "cuda":
        yield
        return
    os.environ.setdefault(*_WORKSPACE)
    mode, memory = torch.get_deterministic_debug_mode(), torch.utils.deterministic
    filled = memory.fill_uninitialized_memory  # type: ignore[attr-defined]
    # What knows no fixed order is warned of rather than refused: a user's encoder may hold it.
    torch.set_deterministic_debug_mode(max(mode, 1))
    memory.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        memory.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
