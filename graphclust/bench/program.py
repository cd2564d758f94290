"""What every program of this room does with its lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable

from graphclust.errors import GraphclustError


def tell(parser: argparse.ArgumentParser, lines: Callable[[], Iterable[str]]) -> int:
    """Write lines to standard output, each when it is there, and return the exit status.

    What cannot be used is one line on standard error, and ends the program with 2.
    """
    try:
        for line in lines():
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    except GraphclustError as error:
        parser.exit(2, f"{parser.prog}: error: {error}\n")
    return 0
