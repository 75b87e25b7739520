"""An RCON server before anything that answers commands: it authenticates, frames and refuses what is hostile.

Commands of all connections are carried out one after the other, in one thread, since a game has one state.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from factorion_cli.errors import ServerError, UsageError
from factorion_cli.servers.rcon.packets import (
    AUTH,
    AUTH_RESPONSE,
    COMMAND,
    LEAST_SIZE,
    REFUSED_ID,
    REPLY,
    Packet,
    parse,
    size_of,
)

MOST_COMMAND_BYTES = 4 * 2**20
"""Larger commands are refused before they are read."""
MOST_CONNECTIONS = 128
"""As in the game since 1.1.54."""
SECONDS_TO_AUTHENTICATE = 10.0
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
        background: called after each command, in the same thread, and again after the seconds that it returns. A game
            runs its ticks here.

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
        self._connections: set[asyncio.Task[None]] = set()
        self._asked, self._ended = asyncio.Event(), False

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
        try:
            server = await asyncio.start_server(self._connected, self.host, self.port)
        except OSError as error:
            raise ServerError(
                f"cannot listen at {self.host}:{self.port} ({error.strerror}): choose another port, or 0 for any"
            ) from error
        self.port = server.sockets[0].getsockname()[1]
        started()
        game = asyncio.create_task(self._run_background()) if self._background else None
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({stopped, game} if game else {stopped}, return_when=asyncio.FIRST_COMPLETED)
        server.close()
        self._ended = True
        for task in filter(None, (game, stopped)):
            task.cancel()
        # What was being accepted when the end came is let in and closed, so that no socket is left behind.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for connection in self._connections:
                connection.cancel()
            await asyncio.wait(others)
        await server.wait_closed()
        if game is not None and game.done() and not game.cancelled():
            game.result()  # a game that broke down says why

    async def _run_background(self) -> None:
        assert self._background is not None
        loop = asyncio.get_running_loop()
        while True:
            self._asked.clear()
            pause = self._background()
            if pause <= 0:
                await asyncio.sleep(0)
                continue
            alarm = loop.call_later(pause, self._asked.set)
            await self._asked.wait()
            alarm.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            has_room = len(self._connections) <= MOST_CONNECTIONS and not self._ended
            if has_room and await self._authenticated(reader, writer):
                while packet := await _read(reader, writer):
                    await self._carry_out(packet, writer)
        except (OSError, EOFError, TimeoutError, asyncio.CancelledError):
            pass  # a client that goes away is no matter of the server's
        finally:
            self._connections.discard(connection)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _authenticated(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        packet = await asyncio.wait_for(_read(reader, writer), SECONDS_TO_AUTHENTICATE)
        if packet is None or packet.type != AUTH:
            return False
        right = hmac.compare_digest(packet.body.encode(), self._password)
        await _send(writer, Packet(packet.id if right else REFUSED_ID, AUTH_RESPONSE, ""))
        return right

    async def _carry_out(self, packet: Packet, writer: asyncio.StreamWriter) -> None:
        if packet.type != COMMAND:
            reply = f"packets of type {packet.type} are not understood, expected {COMMAND}"
        else:
            try:
                reply = self._answer(packet.body)
            except Exception as error:  # one command must not end the server for everybody
                reply = f"Cannot execute command. Error: {error}"
            self._asked.set()
        await _send(writer, Packet(packet.id, REPLY, _sendable(reply)))
        await asyncio.sleep(0)  # a game that was asked for ticks runs them before the next command, if that is here yet


def _sendable(reply: str) -> str:
    """A reply without NULs and bytes that are no UTF-8 (they come as surrogates): a game's Lua may print both."""
    text = reply.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Packet | None:
    """The next packet; None when the connection cannot go on, after the client was told why."""
    size = size_of(await reader.readexactly(4))
    if not LEAST_SIZE <= size <= MOST_COMMAND_BYTES + LEAST_SIZE:
        reason = f"a packet of {size} bytes is refused, at most {MOST_COMMAND_BYTES}"
        await _send(writer, Packet(REFUSED_ID, REPLY, reason))
        return None
    rest = await reader.readexactly(size)
    try:
        return parse(rest)
    except ServerError as error:
        await _send(writer, Packet(REFUSED_ID, REPLY, str(error)))
        return None


async def _send(writer: asyncio.StreamWriter, packet: Packet) -> None:
    writer.write(packet.to_bytes())
    await writer.drain()


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to an address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
