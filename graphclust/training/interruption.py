"""Ctrl-C and termination, put off until the state of the training is whole."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self


class Interruption:
    """Remember a signal during a training, so that it is acted upon between two epochs.

    In the middle of an epoch some random numbers are drawn and some are not: a state that is
    written there would not go on as it would have gone. A second signal is not put off.

    Parameters
    ----------
    active : bool
        Nothing is changed where it is false, nor outside of the main thread, which alone gets
        signals.
    """

    def __init__(self, active: bool = True) -> None:
        self._active = active and threading.current_thread() is threading.main_thread()
        self._previous: dict[int, Any] = {}
        self._pending: int | None = None

    @property
    def pending(self) -> bool:
        """Whether a signal waits to be acted upon."""
        return self._pending is not None

    def deliver(self, elsewhere: bool = False) -> None:
        """Do what the waiting signal would have done at once, such as ``KeyboardInterrupt``.

        One that waits ``elsewhere``, on another rank, is Ctrl-C here.
        """
        number, self._pending = self._pending, None
        if number is not None:
            self._act(number, None)
        elif elsewhere:
            raise KeyboardInterrupt

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM) if self._active else ():
            # What is ignored, or was set outside of Python, stays as it is.
            if signal.getsignal(number) not in (None, signal.SIG_IGN):
                self._previous[number] = signal.signal(number, self._remember)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        if error is None:
            self.deliver()

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self._pending is not None:
            self._act(number, frame)
        self._pending = number

    def _act(self, number: int, frame: FrameType | None) -> None:
        handler = self._previous[number]
        if callable(handler):
            handler(number, frame)
        else:
            signal.signal(number, handler)
            signal.raise_signal(number)
