"""``graphclust``: parse, run one command, and turn every error into one plain line."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from keyword import iskeyword
from types import FrameType
from typing import Any, NoReturn

from graphclust import __version__
from graphclust.errors import GraphclustError, InputError, nearest

# Each is a module of this package with `add_arguments(parser)`, `run(arguments) -> int`, and
# perhaps an `EXAMPLE` for its help.
COMMANDS = {
    "import": "write an edge list of any size into a store on disk, for fits on it",
    "fit": "cluster a graph's nodes, a table's rows or whole graphs, and write a run folder",
    "predict": "assign nodes or whole graphs with the model of an earlier fit",
    "explain": "tell what the members of each cluster of a run have in common",
    "report": "write report.html, one page that any browser opens, for a run",
    "bench": "fit several methods to several data sets and tabulate the scores",
    "methods": "list the methods, or tell about one",
    "datasets": "list the named data sets, and which are here already",
    "demo": "cluster three small real data sets and write their reports",
}
_FAILED, _INTERRUPTED, _TERMINATED = 2, 130, 143
# What several processes do together, as torchrun starts them.
_SHARED = ("fit", "predict")
# What others call an option.
_ALSO_CALLED = {
    "--k": "--n-clusters",
    "-k": "--n-clusters",
    "--clusters": "--n-clusters",
    "--num-clusters": "--n-clusters",
    "-o": "--out",
    "--output": "--out",
    "--random-state": "--seed",
}


class _Parser(argparse.ArgumentParser):
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:  # type: ignore[override]
        """Refuse what is unknown here, where the command and its options are known."""
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"{self.prog} has no {self._unknown(unknown[0])}")
        return known, unknown

    def _unknown(self, word: str) -> str:
        named = word.partition("=")[0]
        if not named.startswith("-"):
            return f"place for {word!r}: a name with spaces stands in quotes"
        options = [option for option in self._option_string_actions if option[:2] == "--"]
        hint = nearest(_ALSO_CALLED.get(named, named), options, most=1, alike=0.75)
        if not hint and "--set" in options and named[:2] == "--":
            hint = f"; a setting of the method is given as --set {named[2:]}=VALUE"
        return f"option {named}{hint}"

    def error(self, message: str) -> NoReturn:
        fail(f"{message} (see `{self.prog} --help`)")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; imports nothing heavy."""
    parser = _Parser(
        prog="graphclust",
        description="Deep clustering of graphs, and of anything that can be brought in as one.",
        epilog="Example: graphclust fit edges.csv --out runs/mine --report. "
        "`graphclust COMMAND --help` tells the options of a command.",
    )
    parser.add_argument("--version", action="version", version=f"graphclust {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        module = _module(name)
        sub = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=getattr(module, "EXAMPLE", None),
        )
        module.add_arguments(sub)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    0 is success, 2 bad input, 130 Ctrl-C and 143 a termination by the system.
    """
    with warnings.catch_warnings(), _termination_as_interruption():
        warnings.showwarning = _show_warning
        try:
            arguments = build_parser().parse_args(argv)
            if _rank_of()[1] > 1 and arguments.command not in _SHARED:
                raise InputError(
                    f"{arguments.command} runs in one process: start it without torchrun"
                )
            return int(_module(arguments.command).run(arguments) or 0)
        except InputError as error:
            # What is wrong with the input, all ranks find: the first tells.
            return _complain(str(error)) if _rank_of()[0] == 0 else _FAILED
        except GraphclustError as error:
            return _complain(str(error))
        except BrokenPipeError:
            # Whoever read our output has gone (`graphclust methods | head`): nothing left to say.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except OSError as error:
            what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            return _complain(f"{what}; check the path, its permissions and the disk's free space")
        except MemoryError:
            return _complain(
                "the memory does not suffice; try a smaller graph or other settings, or a store "
                "(see `graphclust import --help`)"
            )
        except KeyboardInterrupt as interrupt:
            hint = f"; {interrupt.args[0]}" if interrupt.args else ""
            note(f"interrupted{hint}")
            return _TERMINATED if isinstance(interrupt, Terminated) else _INTERRUPTED


def _module(command: str) -> Any:
    # `import` is a word of Python's own, which no module may be called by.
    return import_module(f"graphclust.cli.{command}{'_' * iskeyword(command)}")


class Terminated(KeyboardInterrupt):
    """The system asked the program to end, which is then as tidy an end as by Ctrl-C."""


@contextmanager
def _termination_as_interruption() -> Iterator[None]:
    def terminate(number: int, frame: FrameType | None) -> NoReturn:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def fail(message: str) -> NoReturn:
    """Print one line and leave with status 2."""
    sys.exit(_complain(message) if _rank_of()[0] == 0 else _FAILED)


def note(message: str) -> None:
    """Tell something on standard error, in one line; of several ranks, the first does."""
    if _rank_of()[0] == 0:
        _tell(message)


def _complain(message: str) -> int:
    _tell(f"error: {message}")
    return _FAILED


def _tell(message: str) -> None:
    print(f"graphclust: {' '.join(message.split())}", file=sys.stderr)


def _rank_of() -> tuple[int, int]:
    """Return which of how many processes this is, as torchrun tells each of them."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def _show_warning(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
    if not issubclass(category, (DeprecationWarning, FutureWarning, PendingDeprecationWarning)):
        note(f"warning: {message}")
