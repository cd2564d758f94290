"""``python -m graphclust`` is the command line."""

import sys

from graphclust.cli.main import main

if __name__ == "__main__":
    status = main()
    if "graphclust.ranks" in sys.modules:
        from graphclust.ranks import end

        end(status)
    sys.exit(status)
