"""Why machines are idle: each story ends at its root."""

import pytest

from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity, Factory, Power, Resource, Sink, Source
from factorion_cli.simulation import throughput
from factorion_cli.simulation.explaining import Explanation, explain
from tests.simulation.judging import factory, results

PLATES = Source("plates", "belt", 0, 0, "iron-plate", 4)
BELTS = tuple(Entity("transport-belt", x, 0, 4) for x in range(1, 8))
FEED = Entity("inserter", 2, 1, 0)
GEARS = Entity("assembling-machine-3", 1, 2, recipe="iron-gear-wheel")
OUT = Entity("inserter", 2, 5, 0)
OUT_BELTS = tuple(Entity("transport-belt", x, 6, 4) for x in range(2, 7))


def _design(*entities: Entity, sources: tuple[Source, ...] = (PLATES,), sinks: tuple[Sink, ...] = ()) -> Factory:
    return Factory(14, 12, entities, sources, sinks, id="design")


def _story(design: Factory, machine: int = 0) -> Explanation:
    (result,) = throughput([design], details=True)
    assert result.error is None
    return explain(design, result)[machine]


def test_an_arm_that_is_too_slow_is_the_root() -> None:
    story = _story(_design(*BELTS, FEED, GEARS, OUT, sinks=(Sink("K", "chest", 2, 6),)))
    assert story.waits_for == "iron-plate"
    assert story.steps == ("inserter at (2,1) moves all it can (0.938/s)",)
    assert story.text.startswith("assembling-machine-3 at (1,2) waits for iron-plate (")


def test_a_belt_that_ends_is_the_root_of_a_full_machine() -> None:
    story = _story(_design(*BELTS, FEED, GEARS, OUT, *OUT_BELTS))
    assert story.waits_for == "output"
    assert story.idle == pytest.approx(1, abs=0.01)
    assert story.steps == ("inserter at (2,5) finds no room on the belt at (2,6)", "the belt ends at (6,6)")


def test_an_arm_without_fuel_is_the_root() -> None:
    burner = Entity("burner-inserter", FEED.x, FEED.y, FEED.direction)
    story = _story(_design(*BELTS, burner, GEARS, OUT, sinks=(Sink("K", "chest", 2, 6),)))
    assert (story.waits_for, story.steps) == ("iron-plate", ("burner-inserter at (2,1) has no fuel",))


def test_products_that_no_arm_takes_are_the_root() -> None:
    assert _story(_design(*BELTS, FEED, GEARS)).steps == ("no arm takes its products away",)


def test_an_arm_that_is_not_there_is_the_root() -> None:
    assert _story(_design(GEARS, OUT, sinks=(Sink("K", "chest", 2, 6),))).steps == ("no arm brings iron-plate",)


def test_a_source_that_gives_all_it_can_is_the_root() -> None:
    arms = tuple(Entity("bulk-inserter", x, 1, 0, stack_size=12) for x in (1, 2, 3))
    cables = Entity("assembling-machine-3", 1, 2, recipe="iron-gear-wheel", modules=("speed-module-3",) * 4)
    out = tuple(Entity("bulk-inserter", x, 5, 0, stack_size=12) for x in (1, 2, 3))
    sinks = tuple(Sink(f"K{x}", "chest", x, 6) for x in (1, 2, 3))
    one_lane = Source("plates", "belt", 0, 0, "iron-plate", 4, "left")
    story = _story(_design(*BELTS[:3], *arms, cables, *out, sources=(one_lane,), sinks=sinks))
    assert story.waits_for == "iron-plate"
    assert story.steps[-1] == "source plates delivers all it can (7.5/s)"
    assert "finds too little on the belt" in story.steps[0]


def test_the_story_goes_through_the_machine_before_to_what_holds_that_one_back() -> None:
    design = _design(
        *BELTS,
        Entity("assembling-machine-1", 1, 2, recipe="copper-cable"),
        Entity("fast-inserter", 4, 3, 12),
        Entity("assembling-machine-1", 5, 2, recipe="electronic-circuit"),
        Entity("inserter", 6, 1, 0),
        Entity("inserter", 6, 5, 0),
        Entity("burner-inserter", 2, 5, 8, fuel="unlimited"),
        sources=(PLATES, Source("copper", "chest", 2, 6, "copper-plate")),
        sinks=(Sink("K", "chest", 6, 6),),
    )
    story = _story(design, 1)
    assert story.waits_for == "copper-cable"
    assert story.steps[0] == "assembling-machine-1 at (1,2) waits for copper-plate"
    assert story.steps[1].startswith("burner-inserter at (2,5) moves all it can (0.")


def test_a_machine_before_that_always_works_is_the_root() -> None:
    design = _design(
        *BELTS,
        Entity("assembling-machine-1", 1, 2, recipe="copper-cable"),
        Entity("fast-inserter", 4, 3, 12),
        Entity("assembling-machine-3", 5, 2, recipe="electronic-circuit"),
        Entity("fast-inserter", 6, 1, 0),
        Entity("inserter", 6, 5, 0),
        Entity("fast-inserter", 2, 5, 8),
        sources=(PLATES, Source("copper", "chest", 2, 6, "copper-plate")),
        sinks=(Sink("K", "chest", 6, 6),),
    )
    (story,) = (story for story in [_story(design)] if story.waits_for == "copper-cable")
    assert story.steps == ("assembling-machine-1 at (1,2) works all the time",)


def test_a_belt_full_of_something_else_is_the_root() -> None:
    copper = Source("copper", "belt", 0, 0, "copper-plate", 4)
    arm = Entity("inserter", 7, 1, 8)
    plates = Source("plates", "chest", 7, 2, "iron-plate")
    story = _story(_design(*BELTS, FEED, GEARS, arm, sources=(copper, plates)))
    assert story.steps[-1] == "nothing that an arm there reaches holds iron-plate"


def test_an_item_that_is_kept_back_by_others_is_named() -> None:
    copper = Source("copper", "belt", 0, 0, "copper-plate", 4)
    arm = Entity("inserter", 1, 1, 8)
    plates = Source("plates", "chest", 1, 2, "iron-plate")
    gears = Entity("assembling-machine-3", 4, 2, recipe="iron-gear-wheel")
    story = _story(_design(*BELTS, Entity("inserter", 5, 1, 0), gears, arm, sources=(copper, plates)))
    assert story.steps == (
        "inserter at (5,1) finds none on the belt at (5,0)",
        "the belt at (5,0) stands still, full of copper-plate",
    )


def test_machines_without_power_fuel_or_recipe_say_so() -> None:
    idle = _design(Entity("assembling-machine-1", 0, 1), Entity("stone-furnace", 4, 1, recipe="iron-plate"))
    (result,) = throughput([idle], details=True)
    texts = [story.text for story in explain(idle, result)]
    assert texts[0] == "assembling-machine-1 at (0,1) has no recipe (100 % of the time): none is set that it can make"
    assert texts[1].startswith("stone-furnace at (4,1) ")
    dark = Factory(3, 3, (GEARS,), id="dark", power=Power("poles"))
    (result,) = throughput([dark], details=True)
    assert explain(dark, result)[0].steps == ("no power reaches it",)


def test_a_furnace_without_ore_tells_where_the_ore_is_lost() -> None:
    story = _story(_design(Entity("electric-furnace", 1, 2)))
    assert story.text == "electric-furnace at (1,2) has nothing to smelt (100 % of the time): no arm brings anything"


def test_arms_that_hand_things_round_in_a_circle_end_the_story() -> None:
    chests = (Entity("iron-chest", 1, 4), Entity("iron-chest", 3, 4))
    there, back = Entity("inserter", 2, 4, 12), Entity("long-handed-inserter", 3, 6, 0)
    further = (Entity("iron-chest", 3, 8), Entity("inserter", 2, 8, 4), Entity("iron-chest", 1, 8))
    up = (Entity("long-handed-inserter", 1, 6, 8), Entity("inserter", 1, 3, 8))
    machine = Entity("assembling-machine-1", 1, 0, recipe="iron-gear-wheel")
    story = _story(_design(machine, *chests, there, back, *further, *up, sources=()))
    assert story.waits_for == "iron-plate"
    assert story.steps[-1] == "and so on, each for the next"


def test_a_drill_tells_who_does_not_take_its_ore() -> None:
    belts = tuple(Entity("transport-belt", x, 3, 4) for x in range(6))
    furnace = (
        Entity("inserter", 6, 3, 12),
        Entity("stone-furnace", 7, 2, fuel="unlimited"),
        Entity("inserter", 9, 3, 12),
    )
    drills = (Entity("electric-mining-drill", 0, 0, 8), Entity("electric-mining-drill", 3, 0, 8))
    ore = Resource("iron-ore", (0, 0, 6, 3))
    design = Factory(14, 6, (*drills, *belts, *furnace), (), (Sink("K", "chest", 10, 3),), resources=(ore,))
    story = _story(design)
    assert story.waits_for == "output"
    assert story.steps[0] == "electric-mining-drill at (0,0) finds no room on the belt at (1,3)"
    assert story.steps[-1] == "stone-furnace at (7,2) takes no more: it works all the time"
    (result,) = throughput([design], details=True)
    assert [belt.rate for belt in result.belts or ()] == pytest.approx([0, *[0.3125] * 5], rel=0.03)


def test_working_machines_are_not_explained() -> None:
    design = factory("line-furnace-stone")
    assert explain(design, throughput([design], details=True)[0]) == ()


def test_a_result_without_details_cannot_be_explained() -> None:
    with pytest.raises(UsageError, match="details=True"):
        explain(factory("line-gear-am1"), results()["line-gear-am1"])


@pytest.mark.parametrize("case_id", ["line-circuit-am2-3arms", "line-wrong-item", "line-science-am1", "line-gear-am1"])
def test_every_idle_machine_gets_a_story(case_id: str) -> None:
    design = factory(case_id)
    (result,) = throughput([design], details=True)
    told = {story.entity for story in explain(design, result)}
    assert told == {machine.entity for machine in result.machines if machine.utilisation < 0.98 and machine.waits_for}
