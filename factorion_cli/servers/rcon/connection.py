"""One client's connection to an RCON server: what comes in is cut into packets, and each is answered in turn.

Written against asyncio's transports and not its streams: a command then costs the loop one callback, and the replies
to commands that came together leave together.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from factorion_cli.errors import ServerError
from factorion_cli.servers.rcon.packets import (
    AUTH,
    AUTH_RESPONSE,
    COMMAND,
    LEAST_SIZE,
    REFUSED_ID,
    REPLY,
    SIZE_BYTES,
    Packet,
    parse,
    size_of,
)

MOST_COMMAND_BYTES = 4 * 2**20
"""Larger commands are refused before they are read."""
SECONDS_TO_AUTHENTICATE = 10.0
MOST_AT_ONCE = 16
"""Commands of one client that are carried out before others have their turn."""


class Desk(Protocol):
    """What stands behind all connections."""

    def enter(self, connection: Connection) -> bool:
        """Whether there is room for another client."""
        ...

    def leave(self, connection: Connection) -> None:
        """A client is gone."""

    def is_password(self, text: str) -> bool:
        """Whether a client may come in with this."""
        ...

    def reply(self, command: str) -> str:
        """Carry out a command; what it printed, fit to be sent."""
        ...

    def pass_time(self) -> bool:
        """Let the game run what it was asked for; False when it wants more time before the next command."""
        ...


class Connection(asyncio.Protocol):
    """Answers one client; reading rests while it waits for its turn or takes its replies too slowly."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._is_known = self._is_over = self._is_full = False

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, if there is room; it has some seconds to authenticate."""
        self._transport = cast("asyncio.Transport", transport)
        self._deadline = self._loop.call_later(SECONDS_TO_AUTHENTICATE, self.abort)
        if not self._desk.enter(self):
            self.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the client; that it goes away is no matter of the server's."""
        self._deadline.cancel()
        self._desk.leave(self)

    def data_received(self, data: bytes) -> None:
        """Answer what is whole now."""
        self._received += data
        self._go_on()

    def pause_writing(self) -> None:
        """The client does not take its replies."""
        self._is_full = True

    def resume_writing(self) -> None:
        """It has taken them."""
        self._is_full = False
        self._loop.call_soon(self._go_on)

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    # Packets

    def _go_on(self) -> None:
        """Carry out what has come in whole, as far as it is this client's turn, and write the replies."""
        if self._transport.is_closing():
            return
        replies, has_turn, done = bytearray(), True, 0
        while has_turn and done < MOST_AT_ONCE and (reply := self._answer_next()) is not None:
            replies += reply.to_bytes()
            has_turn, done = not self._is_over and self._desk.pass_time(), done + 1
        if replies:
            self._transport.write(replies)
        if self._is_over:
            self._transport.close()
        elif self._is_full or not has_turn or done == MOST_AT_ONCE:
            self._rest()
        else:
            self._transport.resume_reading()

    def _rest(self) -> None:
        """Read nothing more until it is this client's turn again."""
        self._transport.pause_reading()
        if not self._is_full:
            self._loop.call_soon(self._go_on)

    def _answer_next(self) -> Packet | None:
        """The reply to the next packet; None when it is not whole yet, or when nothing is to be said."""
        if len(self._received) < SIZE_BYTES:
            return None
        size = size_of(self._received)
        if not LEAST_SIZE <= size <= MOST_COMMAND_BYTES + LEAST_SIZE:
            return self._refuse(f"a packet of {size} bytes is refused, at most {MOST_COMMAND_BYTES}")
        end = SIZE_BYTES + size
        if len(self._received) < end:
            return None
        rest = bytes(self._received[SIZE_BYTES:end])
        del self._received[:end]
        try:
            packet = parse(rest)
        except ServerError as error:
            return self._refuse(str(error))
        return self._command(packet) if self._is_known else self._authenticate(packet)

    def _refuse(self, reason: str) -> Packet:
        self._is_over = True
        return Packet(REFUSED_ID, REPLY, reason)

    def _authenticate(self, packet: Packet) -> Packet | None:
        self._is_known = packet.type == AUTH and self._desk.is_password(packet.body)
        self._is_over = not self._is_known
        if packet.type != AUTH:
            return None
        self._deadline.cancel()
        return Packet(packet.id if self._is_known else REFUSED_ID, AUTH_RESPONSE, "")

    def _command(self, packet: Packet) -> Packet:
        if packet.type != COMMAND:
            return Packet(packet.id, REPLY, f"packets of type {packet.type} are not understood, expected {COMMAND}")
        return Packet(packet.id, REPLY, self._desk.reply(packet.body))
