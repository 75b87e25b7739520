"""Where things enter and leave, and which things."""

from __future__ import annotations

import pytest

from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.geometry import EAST, NORTH, SOUTH, WEST
from factorion_cli.factory.placement import occupied_tiles
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


def test_endpoints_say_why_they_are_there():
    factory = infer_endpoints(designs.gear_cell())
    reasons = {mark["id"]: mark["reason"] for mark in factory.metadata["endpoints"]}
    assert reasons == {
        "source-0": "open end of the transport-belt at 1,1",
        "sink-0": "open end of the transport-belt at 5,7",
    }


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
    factory = infer_endpoints(designs.smelter_column(label))
    assert brought(factory) == {(1, 0, "both", ore)}
    assert taken(factory) == {(6, 7, plate)}


def test_burners_never_run_out_of_fuel():
    factory = infer_endpoints(designs.smelter_column())
    assert {entity.fuel for entity in factory.entities if entity.name == "stone-furnace"} == {"unlimited"}


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
