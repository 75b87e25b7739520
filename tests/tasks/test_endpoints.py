"""Where things enter and leave, and which things."""

from __future__ import annotations

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST
from factorion_cli.factory.placement import occupied_tiles
from factorion_cli.simulation import throughput
from factorion_cli.tasks import infer_endpoints
from tests.tasks import designs


def brought(factory: Factory) -> set[tuple[int, int, str, str]]:
    return {(source.x, source.y, source.lanes, source.item) for source in factory.sources}


def taken(factory: Factory) -> set[tuple[int, int, str | None]]:
    return {(sink.x, sink.y, sink.item) for sink in factory.sinks}


def test_gear_cell_gets_iron_at_the_head_and_gives_gears_at_the_tail():
    factory = infer_endpoints(designs.gear_cell())
    assert brought(factory) == {(0, 1, "both", "iron-plate")}
    assert taken(factory) == {(6, 7, "iron-gear-wheel")}


def test_the_rectangle_grows_by_one_tile_and_the_design_moves_with_it():
    before = designs.gear_cell()
    after = infer_endpoints(before)
    assert (after.width, after.height) == (before.width + 2, before.height + 2)
    assert [(e.name, e.x - 1, e.y - 1) for e in after.entities] == [(e.name, e.x, e.y) for e in before.entities]


def test_endpoints_say_why_they_are_there_and_how_sure_that_is():
    factory = infer_endpoints(designs.gear_cell())
    assert factory.metadata["endpoints"] == [
        {
            "id": "source-0",
            "reason": "open end of the transport-belt at 1,1: the only way in for iron-plate",
            "confidence": 0.97,
        },
        {
            "id": "sink-0",
            "reason": "open end of the transport-belt at 5,7: product iron-gear-wheel",
            "confidence": 0.97,
        },
    ]


def confidences(factory: Factory) -> list[float]:
    return [mark["confidence"] for mark in factory.metadata["endpoints"]]


def test_what_several_inlets_could_bring_is_less_sure():
    sure, open_ended = (infer_endpoints(made) for made in (designs.gear_cell(), designs.two_belt_cell()))
    assert min(confidences(open_ended)) <= min(confidences(sure))


def test_ore_that_nothing_names_is_less_sure_than_ore_that_the_label_names():
    guessed, named = (infer_endpoints(designs.smelter_column(label, "electric")) for label in ("", "Iron smelting"))
    assert brought(guessed) == brought(named)
    assert min(confidences(guessed)) < 0.8 < min(confidences(named))


def test_endpoint_belts_have_the_tier_and_direction_of_the_line():
    factory = infer_endpoints(designs.design(*designs.line(0, 0, SOUTH, 3, "fast-transport-belt")))
    assert factory.sources == (Source("source-0", "belt", 1, 0, "iron-plate", SOUTH, "both", "fast-transport-belt"),)
    assert factory.sinks == (Sink("sink-0", "belt", 1, 4, "iron-plate", SOUTH, "fast-transport-belt"),)


@pytest.mark.parametrize(
    ("label", "ore", "plate"),
    [
        ("", "iron-ore", "iron-plate"),
        ("Copper smelting", "copper-ore", "copper-plate"),
        ("Stone bricks", "stone", "stone-brick"),
        ("steel", "iron-plate", "steel-plate"),
    ],
)
def test_furnaces_smelt_what_the_label_says(label: str, ore: str, plate: str):
    factory = infer_endpoints(designs.smelter_column(label, "electric"))
    assert brought(factory) == {(1, 0, "both", ore)}
    assert {item for _, _, item in taken(factory)} == {plate}


def fuels(factory: Factory) -> set[str | None]:
    return {entity.fuel for entity in factory.entities if entity.name == "stone-furnace"}


def test_stone_furnaces_on_one_belt_get_ore_on_one_lane_and_coal_on_the_other():
    factory = infer_endpoints(designs.smelter_column())
    assert brought(factory) == {(1, 0, "left", "iron-ore"), (1, 0, "right", "coal")}
    assert fuels(factory) == {None}
    assert throughput([factory])[0].throughput > 0.8


def test_burners_that_no_fuel_can_reach_never_run_out_of_it():
    fed_by_chest = designs.design(
        Entity("wooden-chest", 0, 0),
        Entity("inserter", 1, 0, WEST),
        Entity("stone-furnace", 2, 0),
        Entity("inserter", 4, 0, WEST),
        *designs.line(5, 0, EAST, 2),
    )
    factory = infer_endpoints(fed_by_chest)
    assert {source.item for source in factory.sources} == {"iron-ore"}
    assert fuels(factory) == {"unlimited"}


def drilled(label: str, *after: Entity) -> Factory:
    drills = [Entity("electric-mining-drill", 0, y, EAST) for y in (0, 3)]
    return infer_endpoints(designs.design(*drills, *designs.line(3, 0, SOUTH, 6), *after, label=label))


@pytest.mark.parametrize(("label", "ore"), [("", "iron-ore"), ("Copper mine", "copper-ore"), ("煤矿", "coal")])
def test_drills_stand_on_the_ore_that_the_label_says(label: str, ore: str):
    factory = drilled(label)
    assert {resource.name for resource in factory.resources} == {ore}
    assert factory.sources == ()
    assert taken(factory) == {(4, 7, ore)}
    assert throughput([factory])[0].throughput == pytest.approx(1.0, abs=0.01)


def test_drills_mine_what_the_machines_after_them_use():
    factory = drilled(
        "", Entity("inserter", 4, 5, WEST), Entity("assembling-machine-2", 5, 4, recipe="stone-brick"),
        Entity("inserter", 8, 5, WEST), Entity("stone-furnace", 9, 4), Entity("inserter", 4, 1, WEST),
        Entity("assembling-machine-2", 5, 0, recipe="landfill"), Entity("inserter", 8, 1, WEST),
        Entity("iron-chest", 9, 1),
    )  # fmt: skip
    assert {resource.name for resource in factory.resources} == {"stone"}


def test_a_combinator_that_marks_the_end_of_a_belt_makes_room_for_the_source():
    marked = designs.design(
        Entity("constant-combinator", 0, 0),
        *(Entity(e.name, e.x + 1, e.y, e.direction, recipe=e.recipe) for e in designs.gear_cell().entities),
    )
    factory = infer_endpoints(marked)
    assert brought(factory) == {(1, 1, "both", "iron-plate")}
    assert "constant-combinator" not in {entity.name for entity in factory.entities}


def test_a_belt_that_is_hemmed_in_is_fed_in_place_of_its_first_tile():
    walled = designs.design(
        Entity("big-electric-pole", 0, 0),
        *(Entity(e.name, e.x + 2, e.y, e.direction, recipe=e.recipe) for e in designs.gear_cell().entities),
    )
    factory = infer_endpoints(walled)
    assert brought(factory) == {(3, 1, "both", "iron-plate")}
    assert min(confidences(factory)) < 0.7


def test_a_chest_is_emptied_even_of_what_is_used_inside_too():
    cell = designs.cable_and_circuits().adding(Entity("inserter", 3, 3, NORTH), Entity("iron-chest", 3, 4))
    factory = infer_endpoints(designs.design(*cell.entities))
    assert {sink.item for sink in factory.sinks} == {"electronic-circuit", "copper-cable"}


def test_a_furnace_fed_by_a_furnace_makes_steel():
    factory = infer_endpoints(designs.steel_chain())
    assert brought(factory) == {(1, 0, "both", "iron-ore")}
    assert taken(factory) == {(11, 4, "steel-plate")}


def test_every_open_belt_of_a_balancer_is_an_endpoint():
    factory = infer_endpoints(designs.two_by_two())
    assert brought(factory) == {(0, 1, "both", "iron-plate"), (0, 2, "both", "iron-plate")}
    assert taken(factory) == {(5, 1, "iron-plate"), (4, 2, "iron-plate")}


def test_two_items_share_a_belt_lane_by_lane():
    factory = infer_endpoints(designs.two_item_cell())
    assert brought(factory) == {(0, 1, "left", "copper-cable"), (0, 1, "right", "iron-plate")}


def test_two_belts_bring_one_item_each():
    factory = infer_endpoints(designs.two_belt_cell())
    assert {(lanes, item) for _, _, lanes, item in brought(factory)} == {
        ("both", "copper-cable"),
        ("both", "iron-plate"),
    }


def test_what_is_made_inside_is_not_brought():
    factory = infer_endpoints(designs.cable_and_circuits())
    assert {source.item for source in factory.sources} == {"copper-plate", "iron-plate"}
    assert {sink.item for sink in factory.sinks} == {"electronic-circuit"}


def test_three_items_on_one_belt_are_a_problem_that_is_named():
    cell = designs.two_item_cell()
    machine = Entity("assembling-machine-1", 1, 2, recipe="inserter")
    factory = infer_endpoints(
        cell.with_entities(machine if "assembling" in entity.name else entity for entity in cell.entities)
    )
    assert factory.metadata["problems"] == ["nothing brings iron-plate to the assembling-machine-1"]


def test_an_assembler_without_a_recipe_is_a_problem_that_is_named():
    factory = infer_endpoints(designs.design(Entity("assembling-machine-1", 0, 0)))
    assert factory.metadata["problems"] == ["recipe missing"]


def test_chests_become_endpoints_where_they_stand():
    factory = infer_endpoints(designs.chest_to_chest())
    assert factory.sources == (Source("source-0", "chest", 1, 1, "iron-plate"),)
    assert factory.sinks == (Sink("sink-0", "chest", 3, 1, "iron-plate"),)
    assert [entity.name for entity in factory.entities] == ["inserter"]


def test_a_filter_names_the_item():
    factory = infer_endpoints(designs.chest_to_chest("coal"))
    assert [source.item for source in factory.sources] == ["coal"]


def test_a_splitter_filter_shares_the_belt_with_something_else():
    factory = infer_endpoints(
        designs.design(
            *designs.line(0, 0, EAST, 1),
            Entity("splitter", 1, 0, EAST, filter="coal", output_priority="left"),
            *designs.line(2, 0, EAST, 1),
            *designs.line(2, 1, EAST, 1),
        )
    )
    assert brought(factory) >= {(0, 1, "left", "coal"), (0, 1, "right", "iron-plate")}


def test_an_arm_that_reaches_past_the_edge_meets_a_chest():
    factory = infer_endpoints(
        designs.design(
            Entity("inserter", 0, 1, WEST),
            Entity("assembling-machine-1", 1, 0, recipe="iron-gear-wheel"),
            Entity("inserter", 4, 1, WEST),
        )
    )
    assert factory.sources == (Source("source-0", "chest", 0, 2, "iron-plate"),)
    assert factory.sinks == (Sink("sink-0", "chest", 6, 2, "iron-gear-wheel"),)


def test_undergrounds_without_their_other_end_become_endpoints_where_they_stand():
    factory = infer_endpoints(
        designs.design(
            Entity("underground-belt", 0, 0, EAST, "output"),
            *designs.line(1, 0, EAST, 2),
            Entity("underground-belt", 3, 0, EAST, "input"),
        )
    )
    assert brought(factory) == {(1, 1, "both", "iron-plate")}
    assert taken(factory) == {(4, 1, "iron-plate")}
    assert [entity.name for entity in factory.entities] == ["transport-belt"] * 2


def test_a_belt_that_passes_by_all_machines_is_not_fed():
    passing = designs.gear_cell().adding(*designs.line(0, 8, EAST, 5))
    passing = designs.design(*passing.entities)
    assert len(infer_endpoints(passing).sources) == 1


def test_products_that_are_used_up_inside_get_no_sink():
    factory = infer_endpoints(
        designs.design(
            *designs.line(0, 0, EAST, 4),
            Entity("inserter", 1, 1, NORTH),
            Entity("assembling-machine-1", 0, 2, recipe="iron-gear-wheel"),
            Entity("inserter", 1, 5, NORTH),
            *designs.line(0, 6, EAST, 6),
            Entity("inserter", 4, 5, SOUTH),
            Entity("assembling-machine-1", 3, 2, recipe="transport-belt"),
            Entity("inserter", 5, 1, SOUTH),
            *designs.line(4, 0, EAST, 1),
            Entity("wooden-chest", 5, 0),
            Entity("inserter", 4, 1, NORTH),
        )
    )
    assert taken(factory) == {(6, 1, "transport-belt")}


def test_no_endpoint_stands_on_an_entity():
    for made in (designs.gear_cell(), designs.steel_chain(), designs.two_by_two(), designs.cable_and_circuits()):
        factory = infer_endpoints(made)
        alone = occupied_tiles(Factory(factory.width, factory.height, factory.entities))
        assert not any(alone[endpoint.y, endpoint.x] for endpoint in (*factory.sources, *factory.sinks))


def test_poles_count_when_they_reach_everything():
    assert infer_endpoints(designs.powered_gear_cell()).power.mode == "poles"
    assert infer_endpoints(designs.powered_gear_cell(pole_x=12)).power.mode == "unlimited"


def test_loaders_are_no_open_ends():
    belts = tuple(Entity("transport-belt", x, 1, EAST) for x in (3, 4))
    loader = Entity("loader", 1, 1, EAST, underground_type="output")
    factory = infer_endpoints(Factory(6, 3, (Entity("steel-chest", 0, 1), loader, *belts)))
    assert brought(factory) == set()
    assert {entity.name for entity in factory.entities} == {"steel-chest", "loader", "transport-belt"}


def test_what_a_recipe_takes_of_its_own_product_is_brought():
    loop = infer_endpoints(
        designs.design(
            *designs.line(0, 0, EAST, 6),
            Entity("inserter", 1, 1, NORTH),
            Entity("inserter", 2, 1, SOUTH),
            Entity("centrifuge", 1, 2, recipe="kovarex-enrichment-process"),
        )
    )
    assert {source.item for source in loop.sources} == {"uranium-235", "uranium-238"}


@pytest.mark.parametrize("label", ["24 steel furnaces", "24钢炉", "Stone-furnace array"])
def test_labels_that_name_the_furnace_say_nothing_of_what_it_smelts(label: str):
    assert {sink.item for sink in infer_endpoints(designs.smelter_column(label)).sinks} == {"iron-plate"}


def test_labs_get_packs_by_the_lanes_that_reach_them_and_count_what_they_use():
    labs = designs.design(
        *designs.line(0, 0, SOUTH, 4),
        Entity("inserter", 1, 1, WEST),
        Entity("lab", 2, 0),
        Entity("inserter", 5, 1, WEST),
        Entity("lab", 6, 0),
    )
    factory = infer_endpoints(labs)
    packs = {"automation-science-pack", "logistic-science-pack"}
    assert {source.item for source in factory.sources} == packs
    assert [sink.of for sink in factory.sinks] == [(3, 1), (7, 1)]
    ticks, flow = (throughput([factory], engine=engine)[0] for engine in ("ticks", "rates"))
    # Each lab uses one pack of either kind a minute.
    assert ticks.throughput == pytest.approx(4 / 60, rel=0.01)
    assert flow.rate("sink-0") == pytest.approx(2 / 60, rel=0.01)


def test_a_furnace_on_a_line_of_plates_makes_steel():
    column = designs.smelter_column(tier="electric")
    shared = column.adding(
        Entity("inserter", 1, 9, EAST), *designs.line(0, 9, SOUTH, 4), Entity("inserter", 1, 11, WEST),
        Entity("assembling-machine-1", 2, 10, recipe="iron-gear-wheel"), Entity("inserter", 5, 11, WEST),
        Entity("iron-chest", 6, 11),
    )  # fmt: skip
    factory = infer_endpoints(designs.design(*shared.entities))
    assert {source.item for source in factory.sources if source.kind == "belt"} == {"iron-plate"}
    assert {sink.item for sink in factory.sinks} >= {"steel-plate", "iron-gear-wheel"}


def test_a_belt_that_is_side_loaded_brings_one_item():
    # Both its lanes come to lie on one lane of the line along the assembler.
    design = designs.design(
        *designs.line(0, 1, EAST, 5),
        *designs.line(1, 0, SOUTH, 1),
        Entity("inserter", 3, 2, NORTH),
        Entity("assembling-machine-1", 2, 3, recipe="electronic-circuit"),
        Entity("inserter", 3, 6, NORTH),
        *designs.line(2, 7, EAST, 3),
    )
    factory = infer_endpoints(design)
    assert "problems" not in factory.metadata
    assert len({source.item for source in factory.sources if (source.x, source.y) == (2, 0)}) == 1
    assert {source.item for source in factory.sources} == {"copper-cable", "iron-plate"}


def test_what_cannot_work_anyway_takes_no_lane_from_what_can():
    # The inserter assembler would need three things off the belt that brings the gear assembler its iron.
    row = designs.design(
        *designs.line(0, 0, EAST, 8),
        Entity("inserter", 1, 1, NORTH),
        Entity("assembling-machine-1", 0, 2, recipe="fast-inserter"),
        Entity("inserter", 6, 1, NORTH),
        Entity("assembling-machine-1", 5, 2, recipe="iron-gear-wheel"),
        Entity("inserter", 6, 5, NORTH),
        *designs.line(5, 6, EAST, 3),
    )
    factory = infer_endpoints(row)
    assert "iron-plate" in {source.item for source in factory.sources}
    assert any("fast-inserter" in problem or "inserter" in problem for problem in factory.metadata["problems"])
    assert throughput([factory])[0].throughput > 0.3


def test_the_widest_way_in_brings_ore_rather_than_fuel():
    merged = [*designs.line(0, 0, EAST, 1), *designs.line(0, 1, EAST, 1), Entity("splitter", 1, 0, EAST)]
    furnace = [
        Entity("inserter", 3, 1, NORTH),
        Entity("stone-furnace", 3, 2),
        Entity("inserter", 3, 4, SOUTH),
        Entity("inserter", 5, 2, WEST),
    ]
    lines = [*designs.line(2, 0, EAST, 3), *designs.line(2, 5, EAST, 3), *designs.line(6, 2, EAST, 2)]
    factory = infer_endpoints(designs.design(*merged, *furnace, *lines))
    at = {(source.x, source.y): source.item for source in factory.sources}
    assert (at[0, 1], at[0, 2], at[2, 6]) == ("iron-ore", "iron-ore", "coal")


def test_belts_that_merge_bring_different_items_when_one_belt_has_too_few_lanes():
    merged = designs.design(
        *designs.line(0, 0, EAST, 1),
        *designs.line(0, 1, EAST, 1),
        Entity("splitter", 1, 0, EAST),
        *designs.line(2, 0, EAST, 5),
        Entity("inserter", 4, 1, NORTH),
        Entity("assembling-machine-2", 3, 2, recipe="fast-inserter"),
        Entity("inserter", 4, 5, NORTH),
        *designs.line(3, 6, EAST, 4),
    )
    factory = infer_endpoints(merged)
    assert {source.item for source in factory.sources} == {"inserter", "electronic-circuit", "iron-plate"}
    assert "problems" not in factory.metadata


def test_the_spare_output_of_a_splitter_among_machines_is_no_way_out():
    cell = designs.gear_cell()
    joined = designs.design(*cell.entities, Entity("splitter", 5, 6, EAST), *designs.line(6, 6, EAST, 4))
    assert taken(infer_endpoints(joined)) == {(11, 7, "iron-gear-wheel")}
