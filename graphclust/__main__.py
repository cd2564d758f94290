"""``python -m graphclust`` is the command line."""

import sys

from graphclust.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
