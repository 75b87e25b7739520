"""A client of Source RCON that knows Factorio's ways: one reply packet per command, however large."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from types import TracebackType

from factorion_cli.errors import ConnectionLostError, ServerError
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

MOST_REPLY_BYTES = 256 * 2**20
"""A reply that claims to be larger is taken for garbage."""
LEAST_READ, MOST_READ = 2**16, 2**20
"""Bytes that are asked of the line at once."""
_LARGEST_ID = 2**31 - 1


class RconClient:
    """One connection, one command at a time; use it as a context manager or call `close`.

    After any error the connection is closed and `connected` is False; `connect` makes a new one. Whether the command
    that failed was carried out is then unknown: `servers.session` settles that by sequence numbers.

    Args:
        host: name or address.
        port: TCP port.
        password: as the server was started with.
        timeout: seconds to wait for connecting and for each reply. A saving server does not answer, so 30 at least
            for real ones.
    """

    def __init__(self, host: str, port: int, password: str, timeout: float = 30.0) -> None:
        self.host, self.port = host, port
        self._password, self._timeout = password, timeout
        self._socket: socket.socket | None = None
        self._received = bytearray()
        self._id = 0

    def __enter__(self) -> RconClient:
        if not self.connected:
            self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether a connection stands, as far as this side knows."""
        return self._socket is not None

    def connect(self) -> None:
        """Connect and authenticate; raises ServerError when nobody listens or the password is refused."""
        self.close()
        try:
            self._socket = socket.create_connection((self.host, self.port), self._timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise ConnectionLostError(
                f"nobody answers at {self.host}:{self.port} ({error}): start a server with `factorion serve`, "
                "or check address and port"
            ) from error
        (answer,) = self._exchange(AUTH, [self._password])
        if answer.type != AUTH_RESPONSE:
            self.close()
            raise ServerError(f"{self.host}:{self.port} does not speak RCON: it answered with type {answer.type}")
        if answer.id == REFUSED_ID:
            self.close()
            raise ServerError(f"{self.host}:{self.port} refuses the password")

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._received.clear()

    def command(self, text: str) -> str:
        """Send one command and wait for its reply; raises ServerError when either fails."""
        return self.commands([text])[0]

    def commands(self, texts: Sequence[str]) -> list[str]:
        """Send a few short commands at once and wait for their replies, which come in order.

        Longer ones may be overtaken in the game, and many could fill the line while nobody reads the replies.
        """
        answers = self._exchange(COMMAND, texts)
        first = self._id - len(texts) + 1
        for number, answer in enumerate(answers, start=first):
            if answer.type != REPLY or answer.id != number:
                self.close()
                raise ServerError(
                    f"{self.host}:{self.port} answered with id {answer.id} and type {answer.type}, "
                    f"expected id {number} and type {REPLY}"
                )
        return [answer.body.removesuffix("\n") for answer in answers]

    def _exchange(self, kind: int, texts: Sequence[str]) -> list[Packet]:
        if self._socket is None:
            raise ConnectionLostError(f"there is no connection to {self.host}:{self.port}: connect first")
        if self._id + len(texts) > _LARGEST_ID:
            self._id = 0
        packets = [Packet(self._id + place, kind, text) for place, text in enumerate(texts, start=1)]
        self._id += len(texts)
        try:
            self._socket.sendall(b"".join(packet.to_bytes() for packet in packets))
            return [self._answer() for _ in packets]
        except TimeoutError as error:
            self.close()
            raise ConnectionLostError(f"{self.host}:{self.port} did not answer within {self._timeout:g} s") from error
        except OSError as error:
            self.close()
            raise ConnectionLostError(f"the connection to {self.host}:{self.port} broke: {error}") from error
        except BaseException:
            self.close()  # interrupted half-way, the next reply would be taken for this one's
            raise

    def _answer(self) -> Packet:
        size = size_of(self._read(SIZE_BYTES))
        if not LEAST_SIZE <= size <= MOST_REPLY_BYTES:
            raise ServerError(f"{self.host}:{self.port} announces a reply of {size} bytes, which is no RCON")
        return parse(self._read(size))

    def _read(self, count: int) -> bytes:
        """So many bytes; what comes with them is kept for the next reading."""
        assert self._socket is not None
        received = self._received
        while len(received) < count:
            part = self._socket.recv(min(max(count - len(received), LEAST_READ), MOST_READ))
            if not part:
                raise ConnectionResetError("the server closed it")
            received += part
        read = bytes(received[:count])
        del received[:count]
        return read
