"""What players do on a server, recorded by the game's events and replayed."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.recording.events import Event
from factorion_cli.recording.recorder import Recorder, RecorderOptions
from factorion_cli.recording.replaying import replay_takes
from factorion_cli.recording.takes import Take, takes_in
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.embedded.person import Person
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.modding import mod_folder
from factorion_cli.servers.resident import ResidentTransport

VARIANTS = {"2.0": {"version": "2.0"}, "2.1-reversed-pairs": {"version": "2.1", "reversed_pairs": True}}


def played(folder: Path, **options: object) -> Take:
    """A person joins a scenario and builds, sets, feeds, crafts, turns, mines and walks."""
    server = EmbeddedServer(mod_folder(), **options)
    transport = ResidentTransport(server)
    recorder = Recorder(transport, RecorderOptions(folder, every=200))
    person = Person(server, "ann")
    recorder.begin()
    live = LiveServer(transport)
    live.scenario("construction_training")
    live.session.ask("join", {"player": "ann"})
    server.tick(5)
    smelt(person, server)
    assemble(person, server)
    person.walk(12, 40)
    server.tick(200)
    recorder.run(lambda: True)
    (take,) = takes_in(folder)
    return take


def smelt(person: Person, server: EmbeddedServer) -> None:
    person.hold("wooden-chest", 2)
    person.build(36, 32)
    person.hold("inserter", 3)
    person.build(37, 32, 12)
    person.rotate(37, 32)
    person.rotate(37, 32, reverse=True)
    person.hold("assembling-machine-1", 2)
    person.build(38, 31)
    person.hold("stone-furnace", 1)
    person.build(30, 30)
    person.put_away()
    person.open(30, 30)
    assert person.put("coal", 5) == 5
    server.tick(3)
    person.close()


def assemble(person: Person, server: EmbeddedServer) -> None:
    # Nobody sees where these come from: they are in the inventory when the recording looks next.
    body = person.character.body
    assert body is not None
    body.inventory.insert("iron-plate", 60)
    body.inventory.insert("iron-ore", 9)
    server.raise_event("on_player_main_inventory_changed", {"player_index": person.player.index})
    server.tick(2)
    person.open(38, 31)
    person.choose_recipe("iron-gear-wheel")
    server.tick(1)
    person.close()
    person.open(36, 32)
    assert person.put("iron-plate", 20) == 20
    person.close()
    person.hold("iron-plate", 3)
    person.drop_into(38, 32)
    person.put_away()
    person.craft("iron-gear-wheel", 2)
    person.open(30, 30)
    assert person.put("iron-ore", 9) == 9
    person.close()
    server.tick(500)
    person.grab(30, 30)
    person.mine(30, 30, 60)
    server.tick(1)


@pytest.fixture(scope="module", params=VARIANTS.values(), ids=VARIANTS)
def take(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Take:
    return played(tmp_path_factory.mktemp("people") / "ann", **request.param)


def only(take: Take, kind: str) -> list[Event]:
    return [event for event in take if event.kind == kind and event.actor == 1]


def test_a_player_who_joins_a_scenario_takes_the_agents_place(take: Take):
    before, joined = only(take, "actor")
    assert before.told["surface"] == "nauvis"
    assert joined.told["lab"] == "scenario"
    assert joined.told["player"] == "ann"
    assert joined.told["items"]["inserter"] == 20
    (gone,) = (event for event in take if event.kind == "gone")
    assert gone.actor == 0


def test_each_deed_is_an_event(take: Take):
    assert [event.told["name"] for event in only(take, "built")] == [
        *("wooden-chest", "inserter", "assembling-machine-1", "stone-furnace")
    ]
    assert [event.told["d"] for event in only(take, "rotated")] == [0, 12]
    assert [event.told["recipe"] for event in only(take, "recipe")] == ["iron-gear-wheel"]
    assert [event.told["name"] for event in only(take, "removed")] == ["stone-furnace"]
    assert [(e.told["recipe"], e.told["count"]) for e in only(take, "craft")] == [("iron-gear-wheel", 2)]
    assert sum(event.told["count"] for event in only(take, "crafted")) == 2
    moved = [(event.told["name"], event.told["items"]) for event in only(take, "transfer")]
    assert moved == [
        ("stone-furnace", {"coal": 5}), ("wooden-chest", {"iron-plate": 20}),
        ("assembling-machine-1", {"iron-plate": 1}), ("stone-furnace", {"iron-ore": 9}),
        ("stone-furnace", {"iron-plate": -2}),
    ]  # fmt: skip


def test_what_a_player_did_replays_to_the_same_digests(take: Take):
    results = [result for result in replay_takes([take]) if result.scenario]
    assert [result.difference for result in results] == [None]
    assert results[0].checks > 4


def test_ore_mined_by_a_player_is_counted(tmp_path: Path):
    server = EmbeddedServer(mod_folder())
    transport = ResidentTransport(server)
    recorder = Recorder(transport, RecorderOptions(tmp_path / "ore", every=100))
    person = Person(server)
    recorder.begin()
    live = LiveServer(transport)
    live.scenario("mining_training", 1)
    live.session.ask("join", {"player": "player"})
    field = live.session.ask("entities", {"surface": "scenario", "area": [[0, 0], [64, 64]]})["entities"][0]
    x, y = int(field["position"]["x"]), int(field["position"]["y"])
    server.game.move(person.character, x + 0.5, y + 1.5)
    person.mine(x, y, 400)
    server.tick(5)
    recorder.run(lambda: True)
    (take,) = takes_in(tmp_path / "ore")
    left = [event.told["left"] for event in only(take, "ore")]
    assert left == [field["amount"] - 1, field["amount"] - 2, field["amount"] - 3]
    (result,) = replay_takes([take])
    assert result.difference is None


def test_settings_of_an_open_window_are_compared(tmp_path: Path):
    server = EmbeddedServer(mod_folder())
    transport = ResidentTransport(server)
    recorder = Recorder(transport, RecorderOptions(tmp_path / "set", every=100))
    person = Person(server)
    recorder.begin()
    live = LiveServer(transport)
    live.scenario("construction_training")
    live.session.ask("join", {"player": "player"})
    for item, x in (("inserter", 34), ("wooden-chest", 36)):
        person.hold(item, 1)
        person.build(x, 34)
    entity = 'game.surfaces["factorion-scenario"].find_entities_filtered{position={%f,34.5}}[1]'
    for x, lua in ((34, ".set_filter(1, {name='coal'})"), (36, ".get_inventory(defines.inventory.chest).set_bar(4)")):
        person.open(x, 34)
        assert transport.command("/sc " + entity % (x + 0.5) + lua) == ""
        server.tick(2)
        person.close()
    server.tick(2)
    recorder.run(lambda: True)
    (take,) = takes_in(tmp_path / "set")
    assert [event.told["settings"] for event in only(take, "settings")] == [{"filters": ["coal"]}, {"bar": 3}]
    (result,) = replay_takes([take])
    assert result.difference is None
