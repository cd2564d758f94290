"""For all tests."""

from __future__ import annotations

import os

# Graphs here are tiny: several threads would only wait for one another, and on a busy machine
# for long. Set before torch is imported; the processes that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")
