"""The lines of a recording: events in JSON, numbered, each with a CRC-32 that goes on from the line before.

{"a":0,"d":4,"k":"move","n":5,"t":15,"x":34.2265625,"y":32,"c":"65a6c8a6"}

The mod writes them (mod/scripts/journal.lua); here they are only checked and read. docs/record.md lists the kinds.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from factorion_cli.errors import DataError

FORMAT: Final = 1
"""Version of the events, as the first of them states it."""
CHAIN_START: Final = "00000000"
"""What the first line's check goes on from."""
_LINE = re.compile(r'(\{.+),"c":"([0-9a-f]{8})"\}')


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        number: its place in the recording, from 1.
        tick: game tick in which it happened.
        kind: "built", "move" and so on.
        told: all that the mod says of it, number, tick and kind included.
    """

    number: int
    tick: int
    kind: str
    told: Mapping[str, Any]

    @property
    def actor(self) -> int | None:
        """0 for the agent, a player's index, None for what nobody did."""
        actor = self.told.get("a")
        return None if actor is None else int(actor)


@dataclass(slots=True)
class Chain:
    """The place in a recording up to which lines were checked.

    Attributes:
        next: number of the line that comes next.
        check: check of the line before it.
    """

    next: int = 1
    check: str = CHAIN_START

    def follow(self, line: str) -> Event:
        """The event of the line that comes next.

        Raises:
            DataError: it is damaged, doubled, or lines before it are missing.
        """
        match = _LINE.fullmatch(line)
        body = match[1] + "}" if match else ""
        if not match or f"{zlib.crc32((self.check + body).encode()):08x}" != match[2]:
            raise DataError(f"event {self.next} is damaged, or is not the one that comes next: {line[:80]!r}")
        event = _event(body)
        if event.number != self.next:
            raise DataError(f"event {self.next} is missing: found {event.number}")
        self.next, self.check = self.next + 1, match[2]
        return event

    def copy(self) -> Chain:
        """The same place, to go on from apart."""
        return Chain(self.next, self.check)


def read_lines(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a whole recording's lines; raises DataError at the first that does not follow."""
    chain = Chain()
    for line in lines:
        yield chain.follow(line)


def _event(text: str) -> Event:
    try:
        told = json.loads(text)
        return Event(int(told["n"]), int(told["t"]), str(told["k"]), told)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"this is no event of a recording: {text[:80]!r}") from error
