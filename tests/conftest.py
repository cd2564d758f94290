"""For all tests."""

from __future__ import annotations

import os
import signal

# Graphs here are tiny: several threads would only wait for one another, and on a busy machine
# for long. Set before torch is imported; the processes that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A process started in the background of a shell ignores Ctrl-C, and so would those it starts: here
# it is what the tests of interruptions send.
signal.signal(signal.SIGINT, signal.default_int_handler)
