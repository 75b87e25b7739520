"""An RCON server before anything that answers commands.

Commands of all connections are carried out one after the other, in one thread, since a game has one state.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from factorion_cli.errors import ServerError, UsageError
from factorion_cli.servers.rcon.connection import Connection

MOST_CONNECTIONS = 128
"""As in the game since 1.1.54."""
LEAST_PASSWORD = 16
"""Characters that a password needs where others than this machine can connect: it gives full control."""

Answer = Callable[[str], str]
Background = Callable[[], float]


class RconServer:
    """Serves `answer` at an address.

    Args:
        answer: takes a command and returns what is printed; called in the server's own thread, never twice at a time.
            What it raises is printed to the client, and the server goes on.
        password: asked of every connection.
        host: address to bind; anything but loopback demands a strong password.
        port: TCP port, 0 for any free one (see `port` once it runs).
        background: called after each command, in the same thread, and again after the seconds that it returns or
            earlier. A game runs its ticks here.

    Raises:
        UsageError: an empty password, or a weak one at an address that others can reach.
    """

    def __init__(
        self,
        answer: Answer,
        password: str,
        host: str = "127.0.0.1",
        port: int = 0,
        background: Background | None = None,
    ) -> None:
        if not password:
            raise UsageError("an RCON server needs a password")
        if not is_loopback(host) and len(password) < LEAST_PASSWORD:
            raise UsageError(
                f"{host} can be reached from other machines and the password gives full control: "
                f"expected {LEAST_PASSWORD} characters or more, found {len(password)}"
            )
        self.host, self.port = host, port
        self._answer, self._password, self._background = answer, password.encode(), background
        self._connections: set[Connection] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._ended = False

    @contextmanager
    def running(self) -> Iterator[RconServer]:
        """Serve in a thread until the block is left; raises ServerError when the port is taken."""
        loop, started, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
        failure: list[BaseException] = []

        def serve() -> None:
            try:
                loop.run_until_complete(self.serve(started.set, stop))
            except BaseException as error:  # the thread's end is told to the one who waits for its start
                failure.append(error)
            finally:
                started.set()
                loop.close()

        thread = threading.Thread(target=serve, name=f"rcon-{self.port}", daemon=True)
        thread.start()
        started.wait()
        if failure:
            raise failure[0]
        try:
            yield self
        finally:
            with suppress(RuntimeError):  # the loop is closed when serving failed meanwhile
                loop.call_soon_threadsafe(stop.set)
            thread.join()
        if failure:
            raise failure[0]

    async def serve(self, started: Callable[[], None], stop: asyncio.Event) -> None:
        """Serve until `stop` is set, in a loop of its own; `started` is called once the port is open."""
        self._loop = asyncio.get_running_loop()
        self._broken: asyncio.Future[None] = self._loop.create_future()
        try:
            server = await self._loop.create_server(lambda: Connection(self), self.host, self.port)
        except OSError as error:
            raise ServerError(
                f"cannot listen at {self.host}:{self.port} ({error.strerror}): choose another port, or 0 for any"
            ) from error
        self.port = server.sockets[0].getsockname()[1]
        started()
        self.pass_time()
        stopped: asyncio.Future[Any] = asyncio.create_task(stop.wait())
        await asyncio.wait({stopped, self._broken}, return_when=asyncio.FIRST_COMPLETED)
        self._ended = True
        server.close()
        stopped.cancel()
        # What was being accepted when the end came is let in and closed, so that no socket is left behind.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        for connection in self._connections:
            connection.abort()
        while self._connections:
            await asyncio.sleep(0)
        await server.wait_closed()
        if self._broken.done():
            self._broken.result()  # a game that broke down says why

    # What connections ask (see Desk)

    def enter(self, connection: Connection) -> bool:
        """Whether there is room for another client."""
        self._connections.add(connection)
        return len(self._connections) <= MOST_CONNECTIONS and not self._ended

    def leave(self, connection: Connection) -> None:
        """A client is gone."""
        self._connections.discard(connection)

    def is_password(self, text: str) -> bool:
        """Whether it is the server's."""
        return hmac.compare_digest(text.encode(), self._password)

    def reply(self, command: str) -> str:
        """What a command printed."""
        try:
            return _sendable(self._answer(command))
        except Exception as error:  # one command must not end the server for everybody
            return _sendable(f"Cannot execute command. Error: {error}")

    def pass_time(self) -> bool:
        """Run the game for a while: what it was asked for happens before the next command, if that is here yet."""
        if self._background is None or self._ended:
            return True
        try:
            pause = self._background()
        except Exception as error:
            self._ended = True
            self._broken.set_exception(error)
            return True
        self._wake(max(pause, 0.0))
        return pause > 0

    def _wake(self, pause: float) -> None:
        """Run the game again after so many seconds, or earlier: an alarm that is set already is left as it is."""
        due = self._loop.time() + pause
        if self._alarm is not None:
            if self._alarm.when() <= due:
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_at(due, self._on_alarm)

    def _on_alarm(self) -> None:
        self._alarm = None
        self.pass_time()


def _sendable(reply: str) -> str:
    """A reply without NULs and bytes that are no UTF-8 (they come as surrogates): a game's Lua may print both."""
    if not reply.isascii():
        reply = reply.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return reply.replace("\0", "\N{REPLACEMENT CHARACTER}")


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to an address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
