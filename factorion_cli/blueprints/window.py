"""A stream of any length, seen through the part of it that is in memory."""

from __future__ import annotations

from typing import BinaryIO

from factorion_cli.blueprints.limits import BLOCK_BYTES, MAX_JSON_BYTES


class Window:
    """What is in memory of a stream; all positions are counted from the stream's beginning.

    Attributes:
        start: what stands before it is let go.
        end: what stands behind it is not read yet.
        ended: nothing follows `end`.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._base, self._data = 0, b""  # what is let go is cut off when the next block is read, not each time
        self.start, self.end, self.ended = 0, 0, False
        self.more()

    def more(self) -> None:
        """Read on: a block, or as much again as is there already, so that growing stays linear."""
        held = self._data[self.start - self._base :]
        wanted = max(BLOCK_BYTES, len(held))
        read = self._stream.read(wanted)
        self._base, self._data = self.start, held + read
        self.end += len(read)
        self.ended = len(read) < wanted

    def fill(self) -> bool:
        """Read to the end of the stream; False when that is beyond what is taken as one document."""
        while not self.ended and self.end - self.start <= MAX_JSON_BYTES:
            self.more()
        return self.ended and self.end - self.start <= MAX_JSON_BYTES

    def drop(self, end: int) -> None:
        """Let go of what stands before `end`."""
        self.start = end

    def part(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`."""
        return self._data[start - self._base : end - self._base]

    def held(self) -> bytes:
        """All that is in memory."""
        return self._data[self.start - self._base :]

    def buffer(self) -> tuple[bytes, int]:
        """The bytes as they lie in memory, for searching without a copy, and the position of their first."""
        return self._data, self._base
