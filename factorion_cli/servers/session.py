"""The wire to the mod over any transport: numbered requests, each carried out at most once however often it is sent.

    /ff hello {"proto":[3,3],...}      opens a session, or goes on with one after a reconnect
    /ff 17 j {"ops":[["put",{...}]]}   a batch, run in one tick, in order
    /ff 18 s 4 w6                      the compact form of a step
    /ff 19 z eNqrVsovKF...             a long batch: its JSON as zlib and base64
    /ff 20 u 20 2/5 <part>             part of one that is too long for one command even so
    /ff 20 c 20 1f2e3d4c               run what was uploaded; its CRC-32 tells that it came whole

The mod keeps its last replies by number. When a connection breaks, nobody knows whether the request was carried out:
the session connects again, names itself, and sends the same number again; the mod then carries it out, or answers from
memory.
"""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from factorion_cli import __version__
from factorion_cli.errors import ConnectionLostError, RefusedError, ServerError

PROTOCOLS: Final = (3, 3)
"""Lowest and highest version of the wire that this client speaks."""
HEAD_CHARACTERS: Final = 64
"""Kept free in a part of an upload for what stands before its text."""
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 1.0
"""Seconds between attempts to connect again."""

Operation = tuple[str, Mapping[str, Any]]
Result = dict[str, Any]


class Transport(Protocol):
    """What carries commands: `RconClient`, or anything else that connects and answers text with text."""

    @property
    def connected(self) -> bool:
        """Whether a connection stands."""
        ...

    def connect(self) -> None:
        """Make a connection; raises ConnectionLostError when nobody answers."""

    def close(self) -> None:
        """Give the connection up."""

    def command(self, text: str) -> str:
        """The reply to a command; raises ConnectionLostError when the connection broke before it came."""
        ...

    def commands(self, texts: Sequence[str]) -> list[str]:
        """The replies to a few short commands, in order; none of them waits for the reply to the one before."""
        ...


@dataclass(frozen=True, slots=True)
class Hello:
    """What the mod says of itself and its game.

    Attributes:
        mod: version of the mod.
        factorio: version of the game, or the one that is emulated.
        api: "2.0" or "2.1".
        embedded: whether it is the embedded server and not the game itself.
        session: name of the session.
        next: number of the next request.
        tick: game tick when it was said.
        operations: what can be asked for.
        command_characters: longest request that is sent in one command.
    """

    mod: str
    factorio: str
    api: str
    embedded: bool
    session: str
    next: int
    tick: int
    operations: tuple[str, ...]
    command_characters: int


class Session:
    """Requests to one mod over one transport, one at a time; not to be shared by threads.

    A session belongs to one client: when another says hello to the same server, this one ends with an error.

    Args:
        transport: connected or not.
        patience: seconds for which a broken connection is tried again.

    Attributes:
        hello: what the mod said; set by `open`.
        tick: game tick of the last reply.
        reconnects: how often the connection was made again.
    """

    hello: Hello

    def __init__(self, transport: Transport, patience: float = 30.0) -> None:
        self._transport, self._patience = transport, patience
        self._next = 0
        self.tick = self.reconnects = 0

    def open(self) -> Hello:
        """Connect and say hello; raises ServerError when there is no mod or it speaks another protocol."""
        if not self._transport.connected:
            self._transport.connect()
        self._greet(None)
        return self.hello

    def close(self) -> None:
        """Close the connection; the session could still be gone on with."""
        self._transport.close()

    def batch(self, operations: Sequence[Operation], stop: bool = False) -> list[Result]:
        """Carry out operations in one tick, in order.

        Args:
            operations: names with their arguments.
            stop: leave out the rest when one fails.

        Returns:
            For each operation its result, or {"err": {"code": ..., "msg": ...}}.
        """
        payload = json.dumps(
            {"ops": [[name, dict(given)] for name, given in operations], "stop": stop}, separators=_TIGHT
        )
        if self._fits(payload):
            return self.request(f"j {payload}")
        packed = base64.b64encode(zlib.compress(payload.encode(), _LEVEL)).decode()
        return self.request(f"z {packed}") if self._fits(packed) else self._upload(packed)

    def _fits(self, text: str) -> bool:
        return len(text) + HEAD_CHARACTERS <= self.hello.command_characters

    def ask(self, name: str, arguments: Mapping[str, Any] | None = None) -> Result:
        """The result of one operation; raises RefusedError with the mod's reason."""
        (result,) = self.batch([(name, arguments or {})])
        return accepted(name, result)

    def request(self, text: str) -> list[Result]:
        """The results of the next numbered request, given without its number.

        Raises:
            RefusedError: the mod refuses the request as a whole.
            ConnectionLostError: nobody answered for as long as there was patience.
            ServerError: the session is lost, so whether the request was carried out is unknown.
        """
        return self.requests([text])[0]

    def requests(self, texts: Sequence[str]) -> list[list[Result]]:
        """The results of the next few requests, sent together; raises as `request`, when all have been carried out."""
        numbers = range(self._next, self._next + len(texts))
        replies = self._answered([f"/ff {number} {text}" for number, text in zip(numbers, texts, strict=True)])
        for number, reply in zip(numbers, replies, strict=True):
            self._check_number(number, reply)
        self._next += len(texts)
        for reply in replies:
            if (failure := reply.get("err")) is not None:
                raise RefusedError(str(failure.get("code")), str(failure.get("msg")))
        return [list(reply["r"]) for reply in replies]

    def _check_number(self, number: int, reply: Mapping[str, Any]) -> None:
        """Whether it answers this very request; else somebody else talks to the mod."""
        if reply.get("q") != number:
            raise ServerError(
                f"the server answered request {reply.get('q')}, expected {number}: is another client on it?"
            )
        failure = reply.get("err")
        if failure is not None and failure.get("code") in _NOT_COUNTED:
            raise RefusedError(
                failure["code"], f"request {number}: {failure.get('msg')}: another client took the server"
            )

    def _upload(self, text: str) -> list[Result]:
        number, size = self._next, self.hello.command_characters - HEAD_CHARACTERS
        parts = [text[start : start + size] for start in range(0, len(text), size)]
        for index, part in enumerate(parts, start=1):
            (reply,) = self._answered([f"/ff {number} u {number} {index}/{len(parts)} {part}"])
            if "err" in reply:
                raise RefusedError(reply["err"]["code"], f"part {index} of {len(parts)}: {reply['err']['msg']}")
        return self.request(f"c {number} {zlib.crc32(text.encode()):08x}")

    def _answered(self, commands: Sequence[str]) -> list[dict[str, Any]]:
        """The replies to commands, all sent again over a new connection for as long as it takes."""
        for _ in _attempts(self._patience):
            try:
                if not self._transport.connected:
                    self._transport.connect()
                    self.reconnects += 1
                    self._greet(self.hello.session)
                return [self._parsed(text) for text in self._transport.commands(commands)]
            except ConnectionLostError as error:
                self._transport.close()
                last = error
        raise ConnectionLostError(f"{last}; given up after {self._patience:g} s") from last

    def _greet(self, resume: str | None) -> None:
        request: dict[str, Any] = {"proto": PROTOCOLS, "client": __version__}
        if resume is not None:
            request["resume"] = resume
        reply = self._parsed(self._transport.command(f"/ff hello {json.dumps(request, separators=_TIGHT)}"))
        if "err" in reply:
            raise RefusedError(reply["err"]["code"], reply["err"]["msg"])
        hello = _hello_of(reply["r"][0])
        if resume is not None and hello.session != resume:
            raise ServerError(
                f"the server no longer knows session {resume}: it was restarted, or another client took it; "
                "whether the last request was carried out is unknown"
            )
        if resume is None:
            self._next = hello.next
        self.hello = hello

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            reply = reply_in(text)
        except ServerError:
            self._transport.close()
            raise
        self.tick = int(reply["t"])
        return reply


_TIGHT = (",", ":")
_LEVEL = 3
"""Of compression: higher ones take longer and leave hardly less."""
_NOT_COUNTED = ("sequence", "no_session")
"""Refusals that say that the number is none of this session's."""


def reply_in(text: str) -> dict[str, Any]:
    """The mod's reply in what a server answered; raises ServerError when it is none."""
    try:
        reply = json.loads(text)
        int(reply["t"])
    except (ValueError, TypeError, KeyError) as error:
        raise ServerError(
            f"the server answered {text[:120]!r}, which is no reply of the factorion mod: "
            "is the mod installed there (`factorion mod install`)?"
        ) from error
    return dict(reply)


def accepted(name: str, result: Result) -> Result:
    """A result of a batch; raises RefusedError when the operation failed."""
    failure = result.get("err")
    if failure is not None:
        raise RefusedError(failure["code"], f"{name}: {failure['msg']}")
    return result


def _hello_of(told: Mapping[str, Any]) -> Hello:
    return Hello(
        mod=told["mod"],
        factorio=told["factorio"],
        api=told["api"],
        embedded=told["embedded"],
        session=told["session"],
        next=told["next"],
        tick=told["tick"],
        operations=tuple(told["operations"]),
        command_characters=told["limits"]["command"],
    )


def _attempts(seconds: float) -> Iterator[None]:
    """One attempt, and more with growing pauses until the seconds are over."""
    end, pause = time.monotonic() + seconds, FIRST_PAUSE
    yield
    while time.monotonic() < end:
        time.sleep(min(pause, max(end - time.monotonic(), 0.0)))
        pause = min(2 * pause, LONGEST_PAUSE)
        yield
