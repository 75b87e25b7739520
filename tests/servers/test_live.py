"""A factory built, measured and changed over TCP, and time moved by exactly what was asked."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from factorion_cli.errors import ConnectionLostError, RefusedError, ServerError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.hosting import rcon_server
from factorion_cli.servers.live import LiveServer, Placement
from factorion_cli.servers.rcon import RconClient
from tests.servers.conftest import PASSWORD

LINE = Factory(
    5,
    1,
    tuple(Entity("transport-belt", x, 0, 4) for x in (1, 2, 3)),
    sources=(Source("in", "belt", 0, 0, "iron-plate", 4),),
    sinks=(Sink("out", "belt", 4, 0, direction=4),),
)


def test_a_belt_carries_fifteen_plates_a_second_over_the_wire(live: LiveServer):
    assert live.build(LINE) == []
    measured = live.measure(warmup=300, ticks=600)
    assert measured["out"].rates == pytest.approx({"iron-plate": 15.0}, rel=0.01)
    assert set(measured["out"].by_lane) == {"left", "right"}


def test_steps_pass_exactly_as_many_ticks_as_asked(live: LiveServer):
    live.pause()
    live.session.ask("mode")
    before = live.session.tick
    for ticks in (1, 7, 500):
        live.step(ticks)
    assert live.session.tick == before + 508


def test_placements_are_placed_or_refused_one_by_one(live: LiveServer):
    live.surface("lab", 8, 8)
    wanted = [
        Placement("a", "transport-belt", 0, 0, 4),
        Placement("b", "no-such-thing", 1, 0),
        Placement("c", "assembling-machine-1", 0, 0),
        Placement("d", "assembling-machine-1", 3, 3, more={"recipe": "iron-gear-wheel"}),
    ]
    placed = live.put(wanted)
    assert [each.is_placed for each in placed] == [True, False, False, True]
    assert placed[1].code == "unknown_entity"
    assert "no-such-thing" in (placed[1].reason or "")
    assert live.undo("a")
    assert not live.undo("a")
    assert live.put([wanted[2]])[0].is_placed


def test_a_surface_made_again_has_the_digest_of_a_fresh_one(live: LiveServer):
    live.surface("lab", 8, 8)
    clean = live.digest("lab")
    live.put([Placement("a", "transport-belt", 0, 0, 4)])
    assert live.digest("lab") != clean
    live.surface("lab", 8, 8)
    assert live.digest("lab") == clean


def test_time_runs_by_itself_until_it_is_stopped(live: LiveServer):
    live.resume(speed=50.0)
    live.session.ask("mode")
    before = live.session.tick
    while live.session.tick < before + 20:
        live.session.ask("mode")
    live.pause()
    stopped = live.session.tick
    live.session.ask("mode")
    assert live.session.tick == stopped


def test_what_is_not_there_is_refused_by_name(live: LiveServer):
    with pytest.raises(RefusedError, match="nowhere"):
        live.digest("nowhere")


def test_a_mod_that_fails_in_a_tick_ends_the_server(tmp_path: Path):
    (tmp_path / "info.json").write_text('{"name": "bad", "version": "1.0.0", "factorio_version": "2.0"}')
    (tmp_path / "control.lua").write_text(
        "script.on_event(defines.events.on_tick, function(event) if event.tick > 20 then error('broken here') end end)"
    )
    with pytest.raises(ServerError, match="broken here"):
        ask_until_it_ends(EmbeddedServer(tmp_path))


def ask_until_it_ends(game: EmbeddedServer) -> None:
    with (
        rcon_server(game, PASSWORD).running() as server,
        RconClient("127.0.0.1", server.port, PASSWORD, 5) as client,
        suppress(ConnectionLostError),
    ):
        while client.command("/time"):
            pass
