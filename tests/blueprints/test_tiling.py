import pytest

from factorion_cli.blueprints import to_factory
from factorion_cli.blueprints.inputs import as_factory
from factorion_cli.blueprints.records import Unreadable
from factorion_cli.errors import BlueprintError
from factorion_cli.factory import Entity, Factory
from tests.blueprints.handmade import V0_16, V1_1, V2_0, blueprint, entity, only_print


def factory(*entities, version=V2_0) -> Factory:
    return to_factory(only_print(blueprint(*entities, version=version)))


def test_entities_get_their_top_left_tile_and_the_factory_starts_at_zero() -> None:
    found = factory(
        entity("assembling-machine-1", -1001.5, 2000.5, recipe="iron-gear-wheel"),
        entity("splitter", -998.5, 2002, direction=4),
        entity("inserter", -999.5, 2000.5, direction=12),
    )
    assert (found.width, found.height) == (5, 4)
    assert found.entities == (
        Entity("assembling-machine-1", 0, 0, recipe="iron-gear-wheel"),
        Entity("splitter", 4, 2, 4),
        Entity("inserter", 3, 1, 12),
    )


def test_prints_of_0_1x_are_moved_by_half_a_tile_as_one() -> None:
    parts = (
        ("transport-belt", 0.5, 0.5),
        ("splitter", 2, 0.5),
        ("assembling-machine-1", 4.5, 2.5),
        ("steel-furnace", 8, 2),
    )
    right = factory(*(entity(name, x, y) for name, x, y in parts), version=V1_1)
    moved = factory(*(entity(name, x - 0.5, y - 0.5) for name, x, y in parts), version=V0_16)
    assert moved.entities == right.entities
    assert moved.entities[3] == Entity("steel-furnace", 7, 1)


def test_half_a_tile_is_told_for_each_axis() -> None:
    found = factory(entity("inserter", 1, 0.5), entity("inserter", 2, 0.5))
    assert [(part.x, part.y) for part in found.entities] == [(0, 0), (1, 0)]


def test_an_entity_between_tiles_is_named() -> None:
    with pytest.raises(BlueprintError, match=r"string#0: steel-chest stands between tiles"):
        factory(entity("inserter", 0.5, 0.5), entity("inserter", 1.5, 0.5), entity("steel-chest", 3, 0.5))


def test_overlapping_entities_are_both_named_and_twins_are_one() -> None:
    pair = (entity("inserter", 0.5, 0.5, direction=4), entity("steel-chest", 0.5, 0.5))
    with pytest.raises(BlueprintError, match="steel-chest at 0,0 overlaps inserter at 0,0"):
        factory(*pair)
    failure = as_factory(only_print(blueprint(*pair)))
    assert isinstance(failure, Unreadable)
    assert failure.kind == "untileable"
    assert len(factory(pair[0], pair[0]).entities) == 1


def test_rails_vehicles_and_diagonals_are_kept_outside_the_tiles() -> None:
    found = factory(
        entity("straight-rail", 1, 1),
        entity("straight-rail", 1, 1, direction=2),
        entity("curved-rail", 5, 2.7),
        entity("rail-signal", 3.5, 0.5, direction=3),
        entity("locomotive", 1.2, 3.4, orientation=0.25),
        entity("train-stop", 3, 5),
        entity("gate", 9.5, 5.5),
        version=V1_1,
    )
    assert [part.name for part in found.entities] == ["train-stop", "gate"]
    assert found.metadata["off_grid"] == {
        "legacy-curved-rail": 1,
        "legacy-straight-rail": 2,
        "locomotive": 1,
        "rail-signal": 1,
    }


def test_a_print_of_rails_only_is_an_empty_factory() -> None:
    found = factory(entity("straight-rail", 1, 1))
    assert (found.width, found.height, found.entities) == (0, 0, ())


def test_settings_reach_the_entities() -> None:
    slots = (("speed-module", 1), ("productivity-module", 0))
    modules = [{"id": {"name": name}, "items": {"in_inventory": [{"stack": slot}]}} for name, slot in slots]
    found = factory(
        entity("underground-belt", 0.5, 0.5, direction=4),
        entity("underground-belt", 3.5, 0.5, direction=4, type="output"),
        entity("splitter", 4.5, 1, direction=4, filter={"name": "coal"}, output_priority="left"),
        entity("fast-inserter", 0.5, 1.5, use_filters=True, filters=[{"index": 1, "name": "coal"}]),
        entity("bulk-inserter", 1.5, 1.5, override_stack_size=1),
        entity("bulk-inserter", 2.5, 1.5, override_stack_size=9),
        entity("assembling-machine-3", 1.5, 4.5, recipe="pipe", items=modules, quality="rare"),
    )
    assert found.entities == (
        Entity("underground-belt", 0, 0, 4, underground_type="input"),
        Entity("underground-belt", 3, 0, 4, underground_type="output"),
        Entity("splitter", 4, 0, 4, filter="coal", output_priority="left"),
        Entity("fast-inserter", 0, 1, filters=("coal",)),
        Entity("bulk-inserter", 1, 1, stack_size=1),
        Entity("bulk-inserter", 2, 1),
        Entity("assembling-machine-3", 0, 3, recipe="pipe", quality="rare",
               modules=("productivity-module", "speed-module")),
    )  # fmt: skip


def test_what_the_model_lacks_is_counted_in_the_metadata() -> None:
    found = factory(
        entity("inserter", 0.5, 0.5, use_filters=True, filters=[{"name": "coal"}], filter_mode="blacklist"),
        entity("chemical-plant", 2.5, 1.5, mirror=True, recipe="parameter-1"),
        entity("assembling-machine-2", 6.5, 1.5, recipe="pipe", recipe_quality="rare"),
    )
    assert found.entities[0].filters == ()
    assert found.metadata["ignored"] == {"blacklist filter": 1, "mirrored machine": 1, "recipe quality": 1}
    assert found.metadata["unknown_recipes"] == {"parameter-1": 1}


def test_filters_of_unknown_items_are_counted_and_left_out() -> None:
    filters = [{"name": "parameter-0"}, {"name": "coal"}]
    found = factory(
        entity("inserter", 0.5, 0.5, use_filters=True, filters=filters),
        entity("splitter", 2, 0.5, filter={"name": "modded-ore"}, output_priority="left"),
    )
    assert [part.filters for part in found.entities] == [("coal",), ()]
    assert found.entities[1].filter is None
    assert found.metadata["ignored"] == {"unknown filter": 2}


def test_turning_what_cannot_turn_changes_nothing() -> None:
    assert factory(entity("steel-chest", 0.5, 0.5, direction=4)).entities[0].direction == 0
