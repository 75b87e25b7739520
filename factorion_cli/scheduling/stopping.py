"""Ctrl-C as a wish to stop: work that is under way hears of it, in this process and in its workers, and ends well."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType


@dataclass(frozen=True, slots=True)
class Stop:
    """Whether the work is to stop; small enough to travel with a job.

    Attributes:
        flag: a file that is there once it is.
    """

    flag: Path

    @property
    def is_wanted(self) -> bool:
        """Whether somebody asked for it."""
        return self.flag.exists()

    def ask(self) -> None:
        """Ask for it."""
        self.flag.touch()


@contextmanager
def stop_on_interrupt(*, insists: bool = True) -> Iterator[Stop]:
    """A Stop that the first Ctrl-C inside the block asks for; a second one interrupts as usual.

    Without `insists` further ones change nothing: torchrun passes on what the terminal has sent already.

    Workers of a local pool leave Ctrl-C to their parent, so they learn of it by the Stop alone. Outside of the main
    thread Ctrl-C cannot be taken over, and nobody asks.
    """
    with tempfile.TemporaryDirectory(prefix="factorion-") as folder:
        stop = Stop(Path(folder) / "stop")
        if threading.current_thread() is not threading.main_thread():
            yield stop
            return

        def heard(number: int, frame: FrameType | None) -> None:
            if stop.is_wanted and insists:
                signal.default_int_handler(number, frame)
            stop.ask()

        before = signal.signal(signal.SIGINT, heard)
        try:
            yield stop
        finally:
            signal.signal(signal.SIGINT, before)
