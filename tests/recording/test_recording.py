"""Recording from a server, whatever breaks on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from factorion_cli.errors import ConnectionLostError, RefusedError
from factorion_cli.recording import recorder as recorder_module
from factorion_cli.recording.recorder import Recorder, RecorderOptions, ask, server_status, stop_recording
from factorion_cli.recording.takes import takes_in
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.modding import mod_folder
from factorion_cli.servers.resident import ResidentTransport


class KilledError(BaseException):
    """The recorder's process ends here."""


class DeadlyTransport:
    """Kills the recorder in one of some questions, before it is sent or before its answer is read."""

    connected = True

    def __init__(self, inner: ResidentTransport, rng: np.random.Generator) -> None:
        self._inner, self._rng = inner, rng

    def connect(self) -> None: ...

    def close(self) -> None: ...

    def command(self, text: str) -> str:
        if self._rng.random() < 0.3:
            raise KilledError
        reply = self._inner.command(text)
        if self._rng.random() < 0.3:
            raise KilledError
        return reply


def walk_about(live: LiveServer, times: int) -> None:
    for step in range(times):
        live.act("walk", direction=2 * (step % 8))
        live.step(3)


def test_a_recorder_killed_at_random_moments_loses_and_doubles_nothing(
    transport: ResidentTransport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recorder_module, "POLL", 0.0)
    rng, live = np.random.default_rng(5), LiveServer(transport)
    live.pause()
    Recorder(transport, RecorderOptions(tmp_path)).begin()
    live.scenario("movement_training")
    acts, kills = 0, 60

    def never() -> bool:
        nonlocal acts
        walk_about(live, 3)
        acts += 3
        return False

    for _ in range(kills):
        with pytest.raises(KilledError):
            Recorder(DeadlyTransport(transport, rng), RecorderOptions(tmp_path)).run(never)
        segments = sorted(tmp_path.glob("take-*/*.jsonl"))
        if segments and rng.random() < 0.5:
            with segments[-1].open("ab") as file:
                file.write(b'{"a":0,"k":"act"')  # its last write was cut off
    Recorder(transport, RecorderOptions(tmp_path)).run(lambda: True)
    (take,) = takes_in(tmp_path)
    assert sum(event.kind == "act" for event in take) == acts > kills
    assert take.last().kind == "end"


def test_a_server_that_went_back_to_a_save_begins_a_new_take(tmp_path: Path):
    server = EmbeddedServer(mod_folder())
    transport = ResidentTransport(server)
    recorder = Recorder(transport, RecorderOptions(tmp_path))
    recorder.begin()
    live = LiveServer(transport)
    live.pause()
    live.scenario("movement_training")
    saved = server.save()
    walk_about(live, 5)
    stops = iter([False, True])

    def stop() -> bool:
        if next(stops):
            return True
        transport._server = EmbeddedServer.load(saved, mod_folder())
        again = LiveServer(transport)
        again.act("walk", direction=4)
        again.step(9)
        return False

    recorder.run(stop)
    first, second = takes_in(tmp_path)
    assert sum(event.kind == "act" for event in first) == 5
    assert [event.kind for event in second][:2] == ["start", "actor"]
    assert list(second)[-1].kind == "end"
    assert first.head.id != second.head.id


def test_a_recording_of_somebody_else_is_not_disturbed(transport: ResidentTransport, tmp_path: Path):
    Recorder(transport, RecorderOptions(tmp_path / "one")).begin()
    with pytest.raises(RefusedError, match="is under way: stop it first"):
        Recorder(transport, RecorderOptions(tmp_path / "other")).run(lambda: True)
    assert server_status(transport)["on"]
    assert stop_recording(transport)["on"]
    assert not server_status(transport)["on"]
    Recorder(transport, RecorderOptions(tmp_path / "other")).run(lambda: True)


def test_a_recording_ended_on_the_server_ends_here(transport: ResidentTransport, tmp_path: Path):
    recorder = Recorder(transport, RecorderOptions(tmp_path))
    recorder.run(lambda: bool(stop_recording(transport)) and False)
    assert takes_in(tmp_path)[0].last().kind == "end"


def test_a_lost_server_is_given_up_after_a_while_with_all_kept(transport: ResidentTransport, tmp_path: Path):
    class LostTransport(ResidentTransport):
        def command(self, text: str) -> str:
            if text.startswith("/ff e ") and " 1 " not in text:
                raise ConnectionLostError("it is gone")
            return super().command(text)

    lost = LostTransport(transport._server)
    with pytest.raises(ConnectionLostError, match="it is gone"):
        Recorder(lost, RecorderOptions(tmp_path, patience=0.0)).run(lambda: False)
    assert [event.kind for event in takes_in(tmp_path)[0]] == ["start"]


def test_the_server_writes_the_same_lines_to_a_file_of_its_own(transport: ResidentTransport, tmp_path: Path):
    recorder = Recorder(transport, RecorderOptions(tmp_path))
    recorder.begin()
    live = LiveServer(transport)
    live.pause()
    live.scenario("movement_training")
    walk_about(live, 30)
    recorder.run(lambda: True)
    (written,) = (content for name, content in transport._server.files.items() if name.endswith(".jsonl"))
    fetched = b"".join(path.read_bytes() for path in takes_in(tmp_path)[0].segments())
    assert written == fetched
    (tmp_path / "by-server.jsonl").write_bytes(written)
    assert [e.told for e in takes_in(tmp_path / "by-server.jsonl")[0]] == [e.told for e in takes_in(tmp_path)[0]]


def test_events_that_were_acknowledged_are_only_in_the_servers_file(transport: ResidentTransport):
    ask(transport, 'record {"action":"on","id":"abc"}')
    told = ask(transport, "e abc 1 00000000")
    assert told["next"] == 2
    ask(transport, f"e abc 2 {told['lines'][0][-10:-2]}")
    with pytest.raises(RefusedError, match=r"factorion/abc\.jsonl has them \(gone\)"):
        ask(transport, "e abc 1 00000000")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("e abc", "bad_request"),
        ("e abc 1 zz", "bad_request"),
        ("e other 1 00000000", "no_recording"),
        ("e abc 9 00000000", "forked"),
        ('record {"action":"sing"}', "bad_argument"),
        ('record {"action":"on"}', "bad_argument"),
        ('record {"action":"on","id":"../x"}', "bad_argument"),
        ('record {"action":"on","id":"abcd"}', "recording"),
        ('record {"action":"on","id":"abc","every":0}', None),
        ("record nonsense", "bad_json"),
    ],
)
def test_bad_questions_are_refused(transport: ResidentTransport, text: str, code: str | None):
    ask(transport, 'record {"action":"on","id":"abc"}')
    if code is None:
        assert ask(transport, text)["id"] == "abc"  # it is on already: nothing is changed
        return
    with pytest.raises(RefusedError) as refused:
        ask(transport, text)
    assert refused.value.code == code
