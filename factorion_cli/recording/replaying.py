"""Whole recordings replayed, take by take, on a server by its address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from factorion_cli.recording.events import Event
from factorion_cli.recording.replay import Observer, Stretch, replay, stretches
from factorion_cli.recording.takes import Take
from factorion_cli.servers.addresses import EMBEDDED, connected
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.resident import ResidentTransport
from factorion_cli.servers.serving import EmbeddedOptions


@dataclass(frozen=True, slots=True)
class TakeResult:
    """What came of replaying a stretch of a take.

    Attributes:
        take: folder of the take.
        scenario: that it was played in; None when the take has none, and cannot be replayed.
        seed: of the scenario.
        events: how many were done.
        ticks: length.
        checks: digests that were compared.
        difference: the first one, None when all agree.
        digest: of the world at the last check.
    """

    take: str
    scenario: str | None = None
    seed: int = 0
    events: int = 0
    ticks: int = 0
    checks: int = 0
    difference: str | None = None
    digest: str | None = None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def replay_takes(
    takes: Sequence[Take],
    server: str = EMBEDDED,
    password_file: Path | None = None,
    told: Callable[[int], None] = lambda _: None,
    observer: Callable[[Take, Stretch], Observer] | None = None,
) -> Iterator[TakeResult]:
    """Replay each stretch of each take.

    Args:
        takes: to be replayed, in order.
        server: an address; the embedded server emulates the version that was recorded.
        password_file: as for `servers.addresses.connected`.
        told: called with how many events are done.
        observer: makes one for each stretch.

    Raises:
        DataError: a take is damaged before its end.
        ServerError: nobody answers there.
    """
    done = 0
    for take in takes:
        events = list(take)
        found = False
        with _server(server, password_file, events) as live:
            for stretch in stretches(events):
                found = True
                for so_far in replay(live, stretch, observer(take, stretch) if observer else None):
                    told(done + so_far.events)
                done += so_far.events
                yield TakeResult(
                    take.folder.name, so_far.scenario, so_far.seed, so_far.events, so_far.ticks, so_far.checks,
                    so_far.difference, so_far.digest,
                )  # fmt: skip
        if not found:
            yield TakeResult(take.folder.name)


@contextmanager
def _server(address: str, password_file: Path | None, events: Sequence[Event]) -> Iterator[LiveServer]:
    if address != EMBEDDED:
        with connected(address, password_file) as live:
            yield live
        return
    game = str(events[0].told.get("factorio", "2.0")) if events else "2.0"
    version = ".".join(game.split(".")[:2])
    with LiveServer(ResidentTransport(EmbeddedOptions(version).start())) as live:
        yield live
