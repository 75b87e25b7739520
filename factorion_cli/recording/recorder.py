"""Recording from a server: its events are asked for beside whoever plays, and are on the disk before it forgets them.

The server keeps events until they are acknowledged by their number, and they are acknowledged once they are on the
disk. So a recorder that is killed loses nothing when it goes on, and a server that is killed takes what was not asked
for yet: what happened in the last POLL seconds.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from factorion_cli.errors import ConnectionLostError, RefusedError, ServerError
from factorion_cli.recording.takes import Take, TakeHead, TakeWriter, new_take, takes_in
from factorion_cli.servers.session import Transport, reply_in

POLL: Final = 0.25
"""Seconds between two questions for events."""
PAUSE: Final = 0.5
"""Seconds between attempts to connect again."""
_STATUS: Final = 'record {"action":"status"}'
_OTHER_GAME: Final = ("no_recording", "forked")
"""Refusals that say that the server is not the game of the take any more: it was started anew or went back."""


@dataclass(slots=True)
class Progress:
    """How far a recording is.

    Attributes:
        events: how many are on the disk, in the take under way.
        tick: game tick of the last one.
        kinds: how many of each kind, over all takes that were recorded now.
        takes: folders of the takes that were written to now.
    """

    events: int = 0
    tick: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    takes: list[Path] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RecorderOptions:
    """What is recorded, and how.

    Attributes:
        folder: of the recording; a take that is there and not ended is gone on with.
        server: address, for the take's head.
        skill: of who plays.
        every: ticks between digests of the world; None: as the mod does by itself.
        patience: seconds for which a lost server is waited for.
    """

    folder: Path
    server: str = ""
    skill: str | None = None
    every: int | None = None
    patience: float = 60.0


class Recorder:
    """Records from one server into one folder; `run` does it all.

    Args:
        transport: to the server; other clients may play on it.
        options: where to and how.
    """

    def __init__(self, transport: Transport, options: RecorderOptions) -> None:
        self._transport, self._options = transport, options
        self.progress = Progress()

    def run(self, stop: Callable[[], bool], told: Callable[[Progress], None] = lambda _: None) -> Progress:
        """Record until `stop` says so or somebody else ends it on the server.

        Args:
            stop: asked a few times a second.
            told: called after each look at the server.

        Raises:
            RefusedError: the server records for somebody else.
            ConnectionLostError: nobody answers any more; what was recorded is safe.
        """
        take = self._unfinished()
        while not self._record(take or self._new_take(), stop, told):
            take = None
        return self.progress

    def begin(self) -> None:
        """Let the server note what happens from now on, before `run` asks for it."""
        take = self._unfinished() or self._new_take()
        self._switch("on", take.head.id)

    def _record(self, take: Take, stop: Callable[[], bool], told: Callable[[Progress], None]) -> bool:
        """Whether the recording ended; False when the game became another one."""
        with TakeWriter(take) as writer:
            recording = take.head.id
            if writer.chain.next == 1:
                self._switch("on", recording)
            self.progress.takes.append(take.folder)
            is_stopping = False
            while True:
                try:
                    is_over = self._take(writer, recording)
                except RefusedError as error:
                    if error.code in _OTHER_GAME:
                        self._leave(recording)
                        return is_stopping
                    raise
                told(self.progress)
                if is_over:
                    return True
                if not is_stopping and stop():
                    self._switch("off", recording)
                    is_stopping = True
                elif not is_stopping:
                    time.sleep(POLL)

    def _take(self, writer: TakeWriter, recording: str) -> bool:
        """Bring what is new to the disk; whether the recording is at its end."""
        while True:
            told = self._ask(f"e {recording} {writer.chain.next} {writer.chain.check}")
            for event in writer.append(list(told["lines"])):
                self.progress.events, self.progress.tick = event.number, event.tick
                self.progress.kinds[event.kind] = self.progress.kinds.get(event.kind, 0) + 1
            if writer.chain.next >= told["next"]:
                return not told["on"]

    def _unfinished(self) -> Take | None:
        """The last take, if it is not ended and its game still runs."""
        if not any(self._options.folder.glob("take-*")):
            return None
        take = takes_in(self._options.folder)[-1]
        last = take.last()
        if last is not None and last.kind == "end":
            return None
        if last is None:
            return take
        chain = take.repaired()
        try:
            self._ask(f"e {take.head.id} {chain.next} {chain.check}")
        except RefusedError as error:
            if error.code not in _OTHER_GAME:
                raise
            self._leave(take.head.id)
            return None
        return take

    def _new_take(self) -> Take:
        head = TakeHead(secrets.token_hex(3), self._options.server, self._options.skill)
        return new_take(self._options.folder, head)

    def _leave(self, recording: str) -> None:
        """End a recording of ours that the server would otherwise go on with, after it went back to a save."""
        told = self._ask(_STATUS)
        if told["on"] and told.get("id") == recording:
            self._switch("off", recording)

    def _switch(self, action: str, recording: str) -> None:
        request: dict[str, Any] = {"action": action, "id": recording}
        if self._options.every is not None and action == "on":
            request["every"] = self._options.every
        self._ask("record " + json.dumps(request, separators=(",", ":")))

    def _ask(self, text: str) -> Mapping[str, Any]:
        """The answer to a question that may be asked again over a new connection."""
        end = time.monotonic() + self._options.patience
        while True:
            try:
                if not self._transport.connected:
                    self._transport.connect()
                return ask(self._transport, text)
            except ConnectionLostError:
                self._transport.close()
                if time.monotonic() > end:
                    raise
                time.sleep(PAUSE)


def ask(transport: Transport, text: str) -> Mapping[str, Any]:
    """The answer to a question beside the session; raises RefusedError with the mod's reason."""
    reply = reply_in(transport.command(f"/ff {text}"))
    if "err" in reply:
        raise RefusedError(reply["err"]["code"], reply["err"]["msg"])
    if not reply.get("r"):
        raise ServerError("the server's mod cannot record: install the mod of this version (`factorion mod install`)")
    return dict(reply["r"][0])


def server_status(transport: Transport) -> Mapping[str, Any]:
    """What a server records: on, id, first (not acknowledged yet) and next event, file."""
    return ask(transport, _STATUS)


def stop_recording(transport: Transport) -> Mapping[str, Any]:
    """End whatever a server records; what it was, and whether it was on."""
    before = server_status(transport)
    if before["on"]:
        ask(transport, 'record {"action":"off"}')
    return before
