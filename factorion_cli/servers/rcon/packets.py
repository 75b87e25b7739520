"""Packets of Source RCON.

    int32 size of the rest | int32 id | int32 type | body, UTF-8 without NUL | NUL NUL        all little-endian

Factorio answers each command with one packet of any size: there is no split at 4,096 bytes and no packet that ends a
reply. An authentication is answered by one packet with the same id, or -1 when the password is wrong.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from factorion_cli.errors import ServerError

AUTH: Final = 3
AUTH_RESPONSE: Final = 2
COMMAND: Final = 2
"""The same number as AUTH_RESPONSE: which is meant follows from the direction."""
REPLY: Final = 0
REFUSED_ID: Final = -1

_HEAD = struct.Struct("<iii")
_SIZE = struct.Struct("<i")
SIZE_BYTES = _SIZE.size
LEAST_SIZE = 10
"""Id, type and the two NULs."""


class Packet(NamedTuple):
    """One packet; `id` is chosen by the client and comes back in the reply."""

    id: int
    type: int
    body: str

    def to_bytes(self) -> bytes:
        """The packet as it travels; raises ServerError for a body that cannot."""
        if "\0" in self.body:
            raise ServerError("an RCON text holds a NUL, which ends it on the way: leave it out")
        raw = self.body.encode()
        return _HEAD.pack(len(raw) + LEAST_SIZE, self.id, self.type) + raw + b"\0\0"


def size_of(raw: bytes | bytearray) -> int:
    """The size that the first four bytes of a packet tell."""
    size: int = _SIZE.unpack_from(raw)[0]
    return size


def parse(rest: bytes) -> Packet:
    """The packet whose bytes after the size are `rest`.

    Raises:
        ServerError: too short, without its two NULs, with a NUL inside, or not UTF-8.
    """
    if len(rest) < LEAST_SIZE or rest[-2:] != b"\0\0":
        raise ServerError(f"malformed RCON packet of {len(rest)} bytes: expected id, type, text and two NULs")
    number, kind = struct.unpack_from("<ii", rest)
    body = rest[8:-2]
    if b"\0" in body:
        raise ServerError("the text of an RCON packet holds a NUL")
    try:
        return Packet(number, kind, body.decode())
    except UnicodeDecodeError as error:
        raise ServerError(f"the text of an RCON packet is no UTF-8: {error}") from error
