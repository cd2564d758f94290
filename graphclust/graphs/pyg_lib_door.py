"""pyg-lib, where it is installed and fits the torch that is."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch


@cache
def pyg_lib() -> Any | None:
    """Return the package ``pyg_lib``, None where it is not installed or does not load.

    One that was built for another torch fails in its own ways, and is as good as none.
    """
    try:
        import pyg_lib as found
    except Exception:
        return None
    return found if hasattr(torch.ops.pyg, "subgraph") else None
