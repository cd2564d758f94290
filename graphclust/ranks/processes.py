"""What processes that share a fit say to one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from graphclust.errors import LostRankError


@dataclass(frozen=True)
class Ranks:
    """The processes of torch.distributed's default group, seen from one of them.

    Everything here is done by all ranks at the same time, in the same order; a rank that ends or
    does not answer in time is an error on the others.

    Attributes
    ----------
    rank : int
        Which of them this one is; the first, 0, is the one that writes.
    size : int
        How many they are.
    """

    rank: int
    size: int

    @property
    def first(self) -> bool:
        """Whether this is the rank that writes."""
        return self.rank == 0

    def sum(self, x: Tensor) -> Tensor:
        """Return the sum over the ranks of a tensor of the same shape on each."""
        out = self._carried(x.detach()).clone()
        with self._answered():
            dist.all_reduce(out)
        return out.to(x.device)

    def any(self, here: bool) -> bool:
        """Return whether something holds on some rank."""
        return bool(self.sum(torch.tensor([float(here)]))[0] > 0)

    def exchange(self, x: Tensor, given: Sequence[int], taken: Sequence[int]) -> Tensor:
        """Give each rank some rows and take some from each, in the ranks' order.

        Parameters
        ----------
        x : Tensor, shape (sum(given), ...)
        given, taken : sequence of int
            How many rows go to each rank, and come from each.

        Returns
        -------
        Tensor, shape (sum(taken), ...)
        """
        rows = self._carried(x.detach().contiguous())
        out = rows.new_empty(sum(taken), *rows.shape[1:])
        with self._answered():
            dist.all_to_all_single(out, rows, list(taken), list(given))
        return out.to(x.device)

    def gather(self, own: Tensor, sizes: Sequence[int]) -> Tensor:
        """Return the rows of all ranks, one rank's under the other's, on each of them.

        Cost: every rank receives all rows; memory O(sum(sizes)) rows.
        """
        rows = self._carried(own.detach().contiguous())
        out = rows.new_empty(sum(sizes), *rows.shape[1:])
        with self._answered():
            for rank, part in enumerate(torch.split(out, list(sizes))):
                if rank == self.rank:
                    part.copy_(rows)
                if part.numel():
                    dist.broadcast(part, rank)
        return out.to(own.device)

    def of_rank(self, x: Tensor, rank: int = 0) -> Tensor:
        """Return one rank's tensor; the others give one of its shape and type."""
        out = self._carried(x.detach().contiguous()).clone()
        with self._answered():
            dist.broadcast(out, rank)
        return out.to(x.device)

    def same(self, tensors: Iterable[Tensor]) -> None:
        """Give all ranks the first one's numbers, in place."""
        with torch.no_grad():
            for tensor in tensors:
                tensor.copy_(self.of_rank(tensor))

    def bytes_of_first(self, data: bytes) -> bytes:
        """Return the first rank's bytes; what the others give is not read."""
        length = int(self.of_rank(torch.tensor([len(data)])))
        packed = _packed(data if self.first else bytes(length), length)
        return _unpacked(self.of_rank(packed), length)

    def texts(self, text: str) -> list[str]:
        """Return what every rank says."""
        data = text.encode()
        own = torch.tensor([len(data)])
        lengths = self.gather(own, [1] * self.size).tolist()
        said = self.gather(_packed(data, len(data)), lengths)
        return [
            _unpacked(part, length).decode()
            for part, length in zip(torch.split(said, lengths), lengths, strict=True)
        ]

    def wait(self) -> None:
        """Go on when all ranks have come here."""
        self.any(False)

    # -- inside ------------------------------------------------------------------------------

    def _carried(self, x: Tensor) -> Tensor:
        """Return a tensor where the group can exchange it."""
        ways = str(dist.get_backend_config())
        if x.is_cuda and "nccl" not in ways:
            return x.cpu()  # gloo's exchanges are the CPU's: ranks that share a GPU meet there
        return x.cuda() if not x.is_cuda and "gloo" not in ways and "nccl" in ways else x

    @contextmanager
    def _answered(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            cause = str(error).strip().splitlines()[0] if str(error).strip() else type(error)
            raise LostRankError(
                f"rank {self.rank} of {self.size} has lost touch with the others ({cause}): one of "
                "them ended, or did not answer within the timeout. What it said itself tells why; "
                "then start all of them again, with --resume (resume=True) from a checkpoint"
            ) from error


def _packed(data: bytes, length: int) -> Tensor:
    if not length:
        return torch.empty(0, dtype=torch.uint8)
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


def _unpacked(data: Tensor, length: int) -> bytes:
    return data[:length].cpu().numpy().tobytes()
