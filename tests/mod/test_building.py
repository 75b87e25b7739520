"""Factories on lab surfaces: built as their files say, and measured as the simulator reckons."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.factory import Entity, Factory, Resource, Sink, Source, read_factories
from factorion_cli.simulation import throughput
from tests.mod.client import RefusedError

GEARS = next(iter(read_factories(Path(__file__).parents[2] / "docs" / "examples" / "gears.yaml")))


def _row(*entities, **more):
    return Factory(12, 5, tuple(entities), **more)


def test_a_factory_gives_what_the_simulator_says(client):
    assert client.build(GEARS) == {"built": len(GEARS.entities), "failed": {}}
    rate = client.rates(warmup=600, ticks=1800)["gears"]["iron-gear-wheel"]
    expected = throughput([GEARS])[0].rate("gears", "iron-gear-wheel")
    assert rate == pytest.approx(expected, rel=0.01)


def test_lanes_are_told_apart(plain):
    belts = [Entity("transport-belt", x, 0, 4) for x in (1, 2)]
    ends = {
        "sources": (
            Source("l", "belt", 0, 0, "coal", 4, lanes="left"),
            Source("r", "belt", 0, 0, "stone", 4, lanes="right"),
        ),
        "sinks": (Sink("k", "belt", 3, 0, direction=4),),
    }
    assert plain.build(_row(*belts, **ends))["failed"] == {}
    rates = plain.rates(warmup=120, ticks=600)["k"]
    assert rates == {"coal": pytest.approx(7.5, rel=0.001), "stone": pytest.approx(7.5, rel=0.001)}


def test_chests_are_endpoints_too(plain):
    ends = {"sources": (Source("in", "chest", 0, 0, "coal"),), "sinks": (Sink("out", "chest", 2, 0),)}
    factory = _row(Entity("inserter", 1, 0, 12), **ends)
    assert plain.build(factory)["failed"] == {}
    expected = throughput([factory])[0].rate("out", "coal")
    assert plain.rates(warmup=120, ticks=1200)["out"]["coal"] == pytest.approx(expected, rel=0.01)


def test_products_of_a_machine_are_counted_by_a_sink_of_kind_output(plain):
    factory = _row(
        Entity("inserter", 1, 1, 12),
        Entity("assembling-machine-2", 2, 0, recipe="iron-gear-wheel"),
        Entity("inserter", 5, 1, 12),
        sources=(Source("in", "chest", 0, 1, "iron-plate"),),
        sinks=(Sink("made", "output", of=(2, 0)), Sink("out", "chest", 6, 1)),
    )
    assert plain.build(factory)["failed"] == {}
    rates = plain.rates(warmup=600, ticks=2400)
    expected = throughput([factory])[0].rate("made", "iron-gear-wheel")
    assert rates["made"]["iron-gear-wheel"] == pytest.approx(expected, rel=0.03)


def test_settings_of_entities_arrive(plain):
    factory = _row(
        Entity("inserter", 0, 0, 12, stack_size=2, filters=("coal", "stone")),
        Entity("splitter", 2, 0, 0, filter="coal", output_priority="left", input_priority="right"),
        Entity("assembling-machine-2", 5, 0, recipe="iron-gear-wheel", modules=("speed-module",)),
        Entity("wooden-chest", 0, 2, bar=3),
        Entity("underground-belt", 2, 2, 4, underground_type="output"),
        Entity("stone-furnace", 9, 0, recipe="iron-plate", fuel="unlimited"),
        Entity("burner-mining-drill", 4, 3, 4, fuel="coal"),
        resources=(Resource("iron-ore", (4, 3, 2, 2), 50),),
    )
    assert plain.build(factory) == {"built": 7, "failed": {}}
    surface = next(s for s in plain.server.game.surfaces.values() if s.name == "factorion-a")
    built = {(e.name, e.x - 4096, e.y - 4096): e for e in surface.world.factory.entities}
    arm, splitter, machine, chest, underground, furnace, drill = (built[e.name, e.x, e.y] for e in factory.entities)
    assert (arm.stack_size, arm.filters, arm.direction) == (2, ("coal", "stone"), 12)
    assert (splitter.filter, splitter.output_priority, splitter.input_priority) == ("coal", "left", "right")
    assert (machine.recipe, machine.modules) == ("iron-gear-wheel", ("speed-module",))
    assert chest.bar == 3
    assert underground.underground_type == "output"
    assert furnace.direction == 0
    assert drill.direction == 4


@pytest.mark.parametrize(
    ("entity", "code", "words"),
    [
        (Entity("warp-drive", 0, 0), "unknown_entity", "warp-drive"),
        (Entity("assembling-machine-1", 0, 0, recipe="soup"), "unknown_recipe", "soup"),
        (Entity("inserter", 0, 0, filters=("soup",)), "unknown_item", "soup"),
        (Entity("inserter", 0, 0, modules=("speed-module",)), "bad_argument", "takes no module"),
        (Entity("wooden-chest", 0, 0, recipe="iron-plate"), "bad_argument", "has no recipe"),
        (Entity("inserter", 0, 0, bar=1), "bad_argument", "has no bar"),
        (Entity("chemical-plant", 0, 0, fluid="unlimited"), "unbuildable", "fluid"),
        (Entity("inserter", 0, 0, count=2), "unbuildable", "schematic"),
        (Entity("electric-mining-drill", 0, 0), "blocked", "rules of the game"),
    ],
)
def test_what_cannot_be_built_is_named_and_the_rest_is_built(plain, entity, code, words):
    told = plain.build(_row(entity, Entity("wooden-chest", 9, 4)))
    assert told["built"] == 1
    (failure,) = told["failed"]
    assert (failure["what"], failure["code"]) == ("entity 0", code)
    assert words in failure["msg"]


def test_unbuildable_power_and_research_are_named(plain):
    told = plain.ask("surface", name="a", width=3, height=3) and plain.ask(
        "build", factory={"size": [3, 3], "power": {"mode": "network"}, "research": {"luck": 3}}
    )
    assert [(f["what"], f["code"]) for f in told["failed"]] == [("research", "unbuildable"), ("power", "unbuildable")]


def test_building_again_replaces_what_stood_there(plain):
    plain.build(GEARS)
    first = plain.ask("digest", surface="a")
    plain.build(_row(Entity("wooden-chest", 0, 0)))
    plain.build(GEARS)
    assert plain.ask("digest", surface="a") == first


def test_surfaces_are_apart(plain):
    plain.build(GEARS, "one")
    plain.build(_row(Entity("wooden-chest", 0, 0)), "two")
    assert plain.rates(warmup=600, ticks=600, name="one")["gears"]["iron-gear-wheel"] > 1
    assert plain.rates(warmup=1, ticks=10, name="two") == {}


def test_turbo_belts_carry_sixty_a_second(plain):
    ends = {
        "sources": (Source("in", "belt", 0, 0, "coal", 4, belt="turbo-transport-belt"),),
        "sinks": (Sink("out", "belt", 2, 0, direction=4, belt="turbo-transport-belt"),),
    }
    assert plain.build(_row(Entity("turbo-transport-belt", 1, 0, 4), **ends))["failed"] == {}
    assert plain.rates(warmup=120, ticks=600)["out"]["coal"] == pytest.approx(60, rel=0.01)


def test_fuel_that_is_unlimited_is_topped_up(plain):
    factory = _row(
        Entity("inserter", 1, 0, 12),
        Entity("stone-furnace", 2, 0, fuel="unlimited"),
        Entity("inserter", 4, 0, 12),
        sources=(Source("in", "chest", 0, 0, "iron-ore"),),
        sinks=(Sink("out", "chest", 5, 0),),
    )
    assert plain.build(factory)["failed"] == {}
    assert plain.rates(warmup=6000, ticks=6000)["out"]["iron-plate"] == pytest.approx(0.3125, rel=0.01)


@pytest.fixture
def lab(client):
    client.ask("surface", name="a", width=20, height=20)
    return client


def test_a_put_with_the_same_id_places_nothing_more(lab):
    first = lab.ask("put", id="1", name="wooden-chest", x=3, y=3)
    assert first["placed"] == "wooden-chest"
    assert lab.ask("put", id="1", name="wooden-chest", x=3, y=3) == {"placed": "wooden-chest", "again": True}


def test_a_blocked_put_names_what_is_in_the_way(lab):
    lab.ask("put", id="1", name="assembling-machine-1", x=3, y=3, recipe="iron-gear-wheel")
    with pytest.raises(RefusedError, match=r"blocked.*by assembling-machine-1"):
        lab.ask("put", id="2", name="inserter", x=5, y=5, direction=4)


def test_undo_and_remove_take_away(lab):
    lab.ask("put", id="1", name="wooden-chest", x=3, y=3)
    assert lab.ask("undo", id="1") == {"removed": True}
    assert lab.ask("undo", id="1") == {"removed": False}
    lab.ask("put", id="1", name="transport-belt", x=3, y=3, direction=4)
    assert lab.ask("remove", x=3, y=3) == {"removed": ["transport-belt"]}
    assert lab.ask("remove", x=3, y=3) == {"removed": {}}


def test_a_measurement_goes_on_after_save_and_load(client):
    client.build(GEARS)
    client.ask("time", paused=True)
    client.ask("measure", surface="a", warmup=600, ticks=1200)
    client.server.tick(900)
    client.restart()
    assert client.ask("result")["done"] is False
    client.server.tick(901)
    rates = client.ask("result")["sinks"]["gears"]["rates"]
    total = sum(dict(lane).get("iron-gear-wheel", 0) for lane in rates.values())
    assert total == pytest.approx(1.326, rel=0.02)


def test_results_need_a_measurement(plain):
    plain.ask("surface", name="a", width=3, height=3)
    with pytest.raises(RefusedError, match="no_measurement"):
        plain.ask("result")
    with pytest.raises(RefusedError, match="at most"):
        plain.ask("measure", warmup=0, ticks=5)
