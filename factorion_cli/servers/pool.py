"""Servers that clients share: a lease is one client's alone, and nobody finds what another has left.

    pool = ServerPool()
    with pool.lease(timeout=60) as live:
        live.build(factory)

A lease is a lock that the system drops when its client ends, however it ends. A server is emptied when it is leased and
when it is returned, and a digest of its contents says that it is empty.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from factorion_cli.errors import ServerError
from factorion_cli.servers.fleet import start_embedded
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.records import ServerRecord, lock, records, servers_folder, stop

EMPTY = "00000000"
"""What the mod's operation `clean` answers on a server without anything built."""
PAUSE = 0.02
"""Seconds between two looks for a free server."""


class ServerPool:
    """The servers that `factorion servers up` started, lent to one client at a time.

    Args:
        timeout: seconds for each reply of a server.
    """

    def __init__(self, timeout: float = 30.0) -> None:
        self._timeout = timeout

    @contextmanager
    def lease(self, timeout: float = 60.0, extra: bool = False) -> Iterator[LiveServer]:
        """A server that is empty and nobody else's until the block is left.

        A server that cannot be emptied is stopped, so that nobody else gets it.

        Args:
            timeout: seconds to wait for a free one.
            extra: when all are leased, start an embedded server for this lease only, which ends with it.

        Raises:
            ServerError: no server runs, or none became free in time.
        """
        held = self._free() if extra else self._wait(timeout)
        if held is None:
            with self._temporary() as live:
                yield live
            return
        record, lease = held
        with lease, self._connected(record) as live:
            yield live
            self._empty(record, live)

    def _wait(self, timeout: float) -> tuple[ServerRecord, IO[str]]:
        end = time.monotonic() + timeout
        while True:
            held = self._free()
            if held is not None:
                return held
            count = len(_shared())
            if not count:
                raise ServerError("no server runs: start some with `factorion servers up -n 4`")
            if time.monotonic() >= end:
                raise ServerError(
                    f"no idle server: all {count} were leased for {timeout:g} s; start more, or ask for an extra one"
                )
            time.sleep(PAUSE)

    @staticmethod
    def _free() -> tuple[ServerRecord, IO[str]] | None:
        for record in _shared():
            lease = lock(servers_folder() / f"{record.name}.lease")
            if lease is not None:
                return record, lease
        return None

    @contextmanager
    def _temporary(self) -> Iterator[LiveServer]:
        started, tie = start_embedded(1, is_temporary=True)
        assert tie is not None
        with tie, LiveServer.connect(started[0].host, started[0].port, started[0].password, self._timeout) as live:
            yield live

    @contextmanager
    def _connected(self, record: ServerRecord) -> Iterator[LiveServer]:
        with LiveServer.connect(record.host, record.port, record.password, self._timeout) as live:
            self._empty(record, live)  # its last client may have died
            yield live

    @staticmethod
    def _empty(record: ServerRecord, live: LiveServer) -> None:
        try:
            found = live.clean()
            if found != EMPTY:
                raise ServerError(f"{record.name} is not empty after cleaning (digest {found}); it was stopped")
        except ServerError:
            stop([record])
            raise


def _shared() -> list[ServerRecord]:
    return [record for record in records() if not record.is_temporary]
