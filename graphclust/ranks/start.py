"""Which processes share a fit: those of an initialised group, or those that torchrun started."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

import torch
import torch.distributed as dist

from graphclust.errors import LostRankError
from graphclust.ranks.processes import Ranks

# Seconds that a rank waits for another. One may load, or part the graph, for some minutes longer.
TIMEOUT = 600.0
_ALONE: ContextVar[bool] = ContextVar("alone", default=False)
_GIVEN = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def find_ranks(timeout: float = TIMEOUT) -> Ranks | None:
    """Return the processes that share what this one is to do; ``None`` where it is alone.

    A group that is initialised already is taken as it is, with its own timeout. Otherwise, where
    the environment is as torchrun makes it, the default group is initialised: nccl where every
    rank of a machine has a GPU of its own, and gloo.

    Parameters
    ----------
    timeout : float
        Seconds that a rank waits for another before it gives up.

    Raises
    ------
    LostRankError
        If the processes do not find each other.
    """
    if _ALONE.get() or not dist.is_available():
        return None
    if not dist.is_initialized():
        if not _launched():
            return None
        own_gpu = torch.cuda.is_available() and _local("WORLD_SIZE") <= torch.cuda.device_count()
        backend = "cpu:gloo,cuda:nccl" if own_gpu else "gloo"
        if own_gpu:
            torch.cuda.set_device(_local("RANK"))
        try:
            dist.init_process_group(backend, timeout=timedelta(seconds=timeout))
        except (RuntimeError, ValueError) as error:
            raise LostRankError(
                f"the {os.environ['WORLD_SIZE']} processes that were started did not find each "
                f"other within {timeout:g} s ({str(error).splitlines()[0]}): see what the others "
                "say, and whether MASTER_ADDR and MASTER_PORT can be reached from all machines"
            ) from error
        atexit.register(_leave)
    if dist.get_world_size() < 2:
        return None
    return Ranks(dist.get_rank(), dist.get_world_size())


@contextmanager
def alone() -> Iterator[None]:
    """Let this process fit by itself inside, as if there were no others.

    Examples
    --------
    >>> with alone():
    ...     find_ranks() is None
    True
    """
    before = _ALONE.set(True)
    try:
        yield
    finally:
        _ALONE.reset(before)


def end(status: int) -> None:
    """End this process now, with a status, if it is one of several; else do nothing.

    A thread of gloo that lets go of a tensor while Python ends takes the process down with it,
    when all is done and written: torchrun would call that a failure. So Python is not ended.
    """
    if not dist.is_available() or not dist.is_initialized():
        return
    dist.destroy_process_group()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def own_device(device: torch.device) -> torch.device:
    """Return the GPU of a rank where ``device`` is any GPU; several may have the same one."""
    if device.type != "cuda" or device.index is not None:
        return device
    return torch.device("cuda", _local("RANK") % torch.cuda.device_count())


def _launched() -> bool:
    return all(name in os.environ for name in _GIVEN) and int(os.environ["WORLD_SIZE"]) > 1


def _local(what: str) -> int:
    return int(os.environ.get(f"LOCAL_{what}", os.environ.get(what, "0")))


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()
