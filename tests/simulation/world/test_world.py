"""What edits of a running world do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from factorion_cli.errors import DataError, FactoryError, PlacementError, SimulationError, UsageError
from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.simulation import World, throughput
from factorion_cli.simulation.world import ArmState, BeltState, ChestState, EndpointState, FluidState, MachineState

EAST, SOUTH, WEST = 4, 8, 12


def belt_line(length: int = 6) -> tuple[World, list[int]]:
    """A source, belts going east and a sink."""
    world = World(width=length + 2, height=3)
    world.add_source(Source("in", "belt", 0, 1, "iron-ore", direction=EAST))
    belts = [world.add(Entity("transport-belt", x, 1, EAST)) for x in range(1, length + 1)]
    world.add_sink(Sink("out", "belt", length + 1, 1, direction=EAST))
    return world, belts


def smelter() -> tuple[World, dict[str, int]]:
    """A furnace between two arms and two chests, ore and coal in the first one."""
    world = World(width=9, height=3)
    ids = {
        "chest": world.add(Entity("wooden-chest", 0, 1)),
        "loading": world.add(Entity("inserter", 1, 1, WEST)),
        "furnace": world.add(Entity("stone-furnace", 2, 1)),
        "unloading": world.add(Entity("inserter", 4, 1, WEST)),
        "plates": world.add(Entity("iron-chest", 5, 1)),
    }
    assert world.insert(ids["chest"], "iron-ore", 40) == 40
    assert world.insert(ids["chest"], "coal", 4) == 4
    return world, ids


def held(world: World) -> Counter[str]:
    """Every item that lies somewhere in the world."""
    found: Counter[str] = Counter()
    for number in world.ids:
        state = world.state(number)
        if isinstance(state, EndpointState):
            state = state.belt
        if isinstance(state, BeltState):
            halves = [state] if state.other is None else [state, state.other]
            for half in halves:
                for item, _, pieces in (*half.left, *half.right):
                    found[item] += pieces
        elif isinstance(state, ChestState):
            found.update(state.items)
        elif isinstance(state, ArmState) and state.item is not None:
            found[state.item] += state.held
        elif isinstance(state, MachineState):
            found.update({name: int(count) for name, count in (*state.ingredients.items(), *state.products.items())})
            found.update(state.fuel)
    return found


def test_an_edited_belt_carries_what_a_built_one_does() -> None:
    world, belts = belt_line()
    world.step(300)
    world.remove(belts[2])
    world.step(300)
    middle = world.add(Entity("transport-belt", 3, 1, EAST))
    world.step(600)
    before = world.snapshot()
    world.step(600)
    assert world.rates(since=before) == {"out": {"iron-ore": 15.0}}
    assert world.ids[middle] == Entity("transport-belt", 3, 1, EAST)


def test_items_stay_at_their_places_when_a_belt_further_on_is_edited() -> None:
    world, belts = belt_line(12)
    world.step(77)
    before = world.state(belts[1])
    world.remove(belts[9])
    assert world.state(belts[1]) == before
    assert isinstance(before, BeltState)
    assert before.left


def test_what_is_removed_is_returned_and_nothing_is_lost() -> None:
    world, belts = belt_line()
    world.step(200)
    before = held(world)
    returned = world.remove(belts[3])
    assert returned == {"iron-ore": 8}
    assert held(world) + Counter(returned) == before


def test_a_removed_machine_gives_back_the_craft_under_way() -> None:
    world, ids = smelter()
    world.step(400)
    state = world.state(ids["furnace"])
    assert isinstance(state, MachineState)
    assert state.crafting
    returned = world.remove(ids["furnace"])
    assert returned["iron-ore"] == state.ingredients.get("iron-ore", 0) + 1
    world.step(100)
    arm = world.state(ids["loading"])
    assert isinstance(arm, ArmState)


def test_what_is_left_when_things_are_discarded_runs_as_if_they_were_removed_one_by_one() -> None:
    left: list[dict[str, dict[str, float]]] = []
    for take in (World.remove, World.discard):
        world, belts = belt_line()
        arm = world.add(Entity("inserter", 3, 2, SOUTH))
        chest = world.add(Entity("wooden-chest", 3, 0))
        world.step(300)
        for number in (belts[1], arm, belts[2], chest, belts[4]):
            take(world, number)
        for x in (2, 3, 5):
            world.add(Entity("transport-belt", x, 1, EAST))
        world.step(301)
        before = world.snapshot()
        world.step(600)
        left.append(world.rates(since=before))
        assert len(world.ids) == 8
    assert left[0] == left[1] == {"out": {"iron-ore": 15.0}}


def test_items_are_what_came_in_whatever_is_edited() -> None:
    world, ids = smelter()
    world.step(1200)
    returned = Counter(world.remove(ids["unloading"]))
    world.step(60)
    returned += Counter(world.remove(ids["furnace"]))
    there = held(world) + returned
    assert there["iron-ore"] + there["iron-plate"] == 40
    assert there["iron-plate"] >= 4


def test_a_furnace_says_why_it_waits() -> None:
    world, ids = smelter()
    world.take(ids["chest"], "coal", 4)
    world.step(200)
    state = world.state(ids["furnace"])
    assert isinstance(state, MachineState)
    assert (state.recipe, state.waits_for) == ("iron-plate", "fuel")
    world.insert(ids["furnace"], "coal", 1)
    world.step(30)
    state = world.state(ids["furnace"])
    assert isinstance(state, MachineState)
    assert state.waits_for is None
    assert 0 < state.progress < 1


def test_turning_a_belt_keeps_what_lies_on_it() -> None:
    world, belts = belt_line()
    world.step(300)
    before = held(world)
    lost = world.rotate(belts[5], SOUTH)
    assert held(world) + Counter(lost) == before
    world.rotate(belts[5], EAST)
    world.step(600)
    mark = world.snapshot()
    world.step(600)
    assert world.rates(since=mark)["out"] == {"iron-ore": 15.0}


def test_a_belt_that_becomes_a_curve_pushes_back_what_does_not_fit() -> None:
    world = World(width=4, height=4)
    source = world.add_source(Source("in", "belt", 1, 0, "coal", direction=SOUTH))
    turned = world.add(Entity("transport-belt", 1, 1, SOUTH))
    world.step(200)
    world.remove(source)
    assert held(world)["coal"] == 8
    before = world.add(Entity("transport-belt", 0, 1, EAST))
    found = []
    for number in (turned, before):
        state = world.state(number)
        assert isinstance(state, BeltState)
        found.append((len(state.left), len(state.right)))
    assert found == [(4, 2), (0, 2)]


def test_what_finds_no_room_in_a_shorter_tunnel_is_spilled() -> None:
    world = World(width=8, height=1)
    entrance = world.add(Entity("underground-belt", 1, 0, EAST, underground_type="input"))
    world.add(Entity("underground-belt", 5, 0, EAST, underground_type="output"))
    source = world.add_source(Source("in", "belt", 0, 0, "coal", direction=EAST))
    world.step(600)
    world.remove(source)
    before = held(world)["coal"]
    world.add(Entity("underground-belt", 3, 0, EAST, underground_type="output"))
    state = world.state(entrance)
    assert isinstance(state, BeltState)
    assert held(world)["coal"] + world.spilled["coal"] == before
    assert world.spilled["coal"] >= 16


def test_an_underground_pairs_anew_when_another_stands_in_between() -> None:
    world = World(width=8, height=1)
    world.add_source(Source("in", "belt", 0, 0, "iron-ore", direction=EAST))
    world.add(Entity("underground-belt", 1, 0, EAST, underground_type="input"))
    world.add(Entity("underground-belt", 5, 0, EAST, underground_type="output"))
    world.add_sink(Sink("out", "belt", 6, 0, direction=EAST))
    world.step(400)
    assert world.counts()["out"]
    between = world.add(Entity("underground-belt", 3, 0, EAST, underground_type="output"))
    world.step(200)
    count = world.counts()["out"]
    world.step(200)
    assert world.counts()["out"] == count
    world.remove(between)
    world.step(400)
    assert world.counts()["out"]["iron-ore"] > count["iron-ore"]


def test_another_recipe_gives_back_what_the_machine_held() -> None:
    world = World(width=9, height=3)
    machine = world.add(Entity("assembling-machine-1", 1, 0, recipe="iron-gear-wheel"))
    world.insert(machine, "iron-plate", 5)
    world.step(1)
    assert world.set_recipe(machine, "copper-cable") == {"iron-plate": 5}
    world.insert(machine, "copper-plate", 1)
    world.step(120)
    state = world.state(machine)
    assert isinstance(state, MachineState)
    assert (state.recipe, dict(state.products)) == ("copper-cable", {"copper-cable": 2})


def test_power_reaches_as_far_as_the_poles_that_stand_there() -> None:
    world = World(Factory(9, 9, power=Power("poles")))
    machine = world.add(Entity("assembling-machine-1", 3, 3, recipe="iron-gear-wheel"))
    world.insert(machine, "iron-plate", 40)
    world.step(60)
    state = world.state(machine)
    assert isinstance(state, MachineState)
    assert state.waits_for == "power"
    pole = world.add(Entity("small-electric-pole", 2, 2))
    world.step(60)
    assert not isinstance(world.state(pole), MachineState)
    state = world.state(machine)
    assert isinstance(state, MachineState)
    assert state.waits_for is None
    world.remove(pole)
    world.step(1)
    state = world.state(machine)
    assert isinstance(state, MachineState)
    assert state.waits_for == "power"


def test_a_beacon_speeds_up_the_machines_around_it_and_no_more_when_it_is_gone() -> None:
    world = World(width=12, height=12)
    machine = world.add(Entity("assembling-machine-3", 0, 0, recipe="iron-gear-wheel", unlimited_io=True))
    beacon = world.add(Entity("beacon", 4, 4, modules=("speed-module-3", "speed-module-3")))
    plain = throughput([replace(world.factory, entities=world.factory.entities[:1])])[0].machines[0]
    fast = throughput([world.factory])[0].machines[0]
    made = []
    for _ in range(2):
        before = world.state(machine)
        world.step(600)
        after = world.state(machine)
        assert isinstance(before, MachineState)
        assert isinstance(after, MachineState)
        made.append(after.crafts - before.crafts)
        if beacon in world.ids:
            world.remove(beacon)
    assert made[0] == pytest.approx(10 * fast.rates["iron-gear-wheel"], abs=1)
    assert made[1] == pytest.approx(10 * plain.rates["iron-gear-wheel"], abs=1)


def test_a_tank_keeps_its_fluid_when_a_pipe_is_added() -> None:
    world = World(width=12, height=6)
    tank = world.add(Entity("storage-tank", 0, 0, level=0.5))
    before = world.state(tank)
    assert isinstance(before, FluidState)
    world.add(Entity("pipe", 3, 2))
    after = world.state(tank)
    assert isinstance(after, FluidState)
    assert after.amount == pytest.approx(before.amount)
    assert after.capacity > before.capacity


def test_snapshots_are_not_touched_by_what_happens_later() -> None:
    world, belts = belt_line()
    world.step(100)
    kept = world.snapshot()
    digests = []
    for _ in range(2):
        world.remove(belts[2])
        world.step(50)
        world.add(Entity("transport-belt", 3, 1, EAST))
        world.step(333)
        digests.append(world.digest())
        world.restore(kept)
        assert (world.tick, world.digest()) == (100, kept.digest)
    assert digests[0] == digests[1]


def test_the_digest_tells_states_apart() -> None:
    world, belts = belt_line()
    world.step(100)
    before = world.digest()
    assert world.take(belts[0], "iron-ore", 1) == 1
    assert world.digest() != before


def test_the_factory_of_a_world_is_what_was_put_there() -> None:
    world, belts = belt_line(3)
    world.remove(belts[1])
    world.rotate(belts[2], SOUTH)
    assert world.factory.entities == (Entity("transport-belt", 1, 1, EAST), Entity("transport-belt", 3, 1, SOUTH))
    assert [source.id for source in world.factory.sources] == ["in"]


def test_chests_hold_as_much_as_they_have_slots_for() -> None:
    world = World(width=1, height=1)
    chest = world.add(Entity("wooden-chest", 0, 0))
    assert world.insert(chest, "iron-plate", 5000) == 1600
    assert world.insert(chest, "coal", 1) == 0
    assert world.take(chest, "iron-plate", 101) == 101
    assert world.insert(chest, "coal", 100) == 50


@pytest.mark.parametrize(
    ("entity", "error", "message"),
    [
        (Entity("transport-belt", 1, 1), PlacementError, "transport-belt at 1,1"),
        (Entity("transport-belt", 99, 0), PlacementError, "leaves the world of 8 x 3"),
        (Entity("wooden-chest", 0, 0, 4), PlacementError, "cannot face direction 4"),
        (Entity("assembling-machine-1", 0, 0, recipe="iron-plate"), FactoryError, "cannot make 'iron-plate'"),
        (Entity("no-such-thing", 0, 0), DataError, "no-such-thing"),
    ],
)
def test_what_cannot_stand_is_refused_and_named(entity: Entity, error: type[Exception], message: str) -> None:
    world, _ = belt_line()
    before = world.factory
    if message.startswith("cannot make"):
        world = World(width=8, height=8)
        before = world.factory
    with pytest.raises(error, match=message):
        world.add(entity)
    assert world.factory == before


def test_mistakes_are_named_with_the_next_step() -> None:
    world, belts = belt_line()
    with pytest.raises(UsageError, match=r"id 99; `world\.ids` lists"):
        world.remove(99)
    with pytest.raises(FactoryError, match="has no recipes"):
        world.set_recipe(belts[0], "iron-plate")
    with pytest.raises(FactoryError, match="'out' already"):
        world.add_sink(Sink("out", "chest", 0, 0))
    with pytest.raises(PlacementError, match="remove that one"):
        world.add_sink(Sink("other", "belt", 1, 1))
    with pytest.raises(UsageError, match="expected 0 or more"):
        world.step(-1)
    with pytest.raises(UsageError, match="give a factory or a size"):
        World()
    with pytest.raises(SimulationError, match="every one in its place"):
        World(Factory(9, 9, (Entity("solar-panel", 0, 0, count=5),)))


def test_a_burner_inserter_is_fuelled_by_hand_with_a_stack_at_most():
    world = World(width=9, height=3)
    chest = world.add(Entity("wooden-chest", 0, 1))
    arm, other = world.add(Entity("burner-inserter", 1, 1, WEST)), world.add(Entity("inserter", 6, 1, WEST))
    world.add(Entity("wooden-chest", 2, 1))
    world.insert(chest, "iron-plate", 20)
    world.step(1500)
    assert world.state(arm) == ArmState("picking", 0, 0, None, 7)  # what it had to begin with is burnt
    assert world.insert(arm, "iron-plate", 1) == 0
    assert world.insert(other, "coal", 1) == 0
    assert world.insert(arm, "coal", 60) == 50
    assert world.insert(arm, "coal", 1) == 0
    assert world.take(arm, "coal", 60) == 50
    assert world.insert(arm, "coal", 1) == 1
    world.step(1500)
    assert world.state(arm) == ArmState("picking", 0, 0, None, 20)
