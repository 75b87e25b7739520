import pytest

from factorion_cli.blueprints.normalise import normalised
from factorion_cli.blueprints.renames import RENAMES, entity_name, item_name, recipe_name, version_of
from factorion_cli.prototypes import load_table
from tests.blueprints.handmade import V0_16, V1_1, V2_0, blueprint, entity


def one(raw, version=V1_1):
    (found,) = normalised(blueprint(raw, version=version)["blueprint"]).blueprint["entities"]
    return found


def test_directions_of_older_games_are_doubled_and_those_of_2_0_kept() -> None:
    assert one(entity("transport-belt", 0.5, 0.5, direction=6))["direction"] == 12
    assert one(entity("transport-belt", 0.5, 0.5, direction=12), V2_0)["direction"] == 12


@pytest.mark.parametrize(("directions", "expected"), [((2, 0), 4), ((4, 12), 4), ((4, 0), 4)])
def test_a_print_without_version_is_dated_by_its_directions(directions, expected) -> None:
    belts = [entity("transport-belt", x + 0.5, 0.5, direction=value) for x, value in enumerate(directions)]
    found = normalised(blueprint(*belts, version=None)["blueprint"])
    assert found.blueprint["entities"][0]["direction"] == expected
    assert found.version == "unknown"


@pytest.mark.parametrize("kind", sorted(RENAMES))
def test_every_rename_ends_at_a_vanilla_name(kind: str) -> None:
    table = load_table()
    known = table.entities.keys() | table.items.keys() | table.recipes.keys()
    assert {new for new in RENAMES[kind].values() if new not in known} == set()


@pytest.mark.parametrize(
    ("old", "version", "new"),
    [
        ("stack-inserter", (1, 1), "bulk-inserter"),
        ("stack-inserter", (2, 0), "stack-inserter"),
        ("filter-inserter", (1, 1), "fast-inserter"),
        ("stack-filter-inserter", (0, 17), "bulk-inserter"),
        ("logistic-chest-requester", (1, 1), "requester-chest"),
        ("straight-rail", (1, 1), "legacy-straight-rail"),
        ("straight-rail", (2, 0), "straight-rail"),
        ("curved-rail", (1, 1), "legacy-curved-rail"),
        ("basic-transport-belt", (0, 12), "transport-belt"),
        ("basic-transport-belt", (1, 1), "basic-transport-belt"),
        ("somebody-elses-belt", (1, 1), "somebody-elses-belt"),
    ],
)
def test_entities_are_renamed_as_their_version_meant_them(old: str, version, new: str) -> None:
    assert entity_name(old, version) == new


def test_items_and_recipes_are_renamed() -> None:
    assert item_name("effectivity-module-2", (1, 1)) == "efficiency-module-2"
    assert item_name("straight-rail", (1, 1)) == "rail"
    assert recipe_name("science-pack-1", (0, 16)) == "automation-science-pack"
    assert recipe_name("high-tech-science-pack", (0, 16)) == "utility-science-pack"
    assert recipe_name("fill-water-barrel", (1, 1)) == "water-barrel"
    assert recipe_name("empty-barrel", (1, 1)) == "barrel"
    assert recipe_name("logistic-chest-storage", (1, 1)) == "storage-chest"
    assert recipe_name("molten-iron", (2, 0)) == "iron-ore-melting"
    assert recipe_name("iron-gear-wheel", (2, 0)) == "iron-gear-wheel"
    assert recipe_name("fusion-reactor-equipment", (1, 1)) == "fission-reactor-equipment"
    assert recipe_name("fusion-reactor-equipment", (2, 0)) == "fusion-reactor-equipment"
    assert recipe_name("wood-processing", (2, 0)) == "tree-seed"


@pytest.mark.parametrize("packed", [None, 0, -5, True, "2.0"])
def test_a_version_that_says_nothing_is_unknown(packed) -> None:
    assert version_of(packed) == ((0, 0), "unknown")


def test_a_filter_inserter_becomes_a_fast_one_whose_filters_are_on() -> None:
    found = one(entity("filter-inserter", 0.5, 0.5, filters=[{"index": 1, "name": "science-pack-1"}]))
    assert found["name"] == "fast-inserter"
    assert found["use_filters"] is True
    assert [part["name"] for part in found["filters"]] == ["automation-science-pack"]


def test_filters_of_2_0_keep_their_switch_and_lose_nameless_ones() -> None:
    filters = [{"index": 1, "quality": "rare", "comparator": "="}, {"index": 2, "name": "coal", "quality": "normal"}]
    off = one(entity("inserter", 0.5, 0.5, filters=filters), V2_0)
    assert "use_filters" not in off
    assert [(part["index"], part["name"]) for part in off["filters"]] == [(2, "coal")]
    assert one(entity("inserter", 0.5, 0.5, filters=filters, use_filters=True), V2_0)["use_filters"] is True
    assert "use_filters" not in one(entity("inserter", 0.5, 0.5, filters=[], use_filters=True), V2_0)


@pytest.mark.parametrize("written", ["iron-plate", {"name": "iron-plate", "quality": "normal", "comparator": "="}])
def test_a_splitter_filter_is_read_in_both_forms(written) -> None:
    found = one(entity("splitter", 1, 0.5, filter=written, output_priority="left", input_priority="none"))
    assert found["filter"] == {"name": "iron-plate"}
    assert found["output_priority"] == "left"
    assert "input_priority" not in found


@pytest.mark.parametrize(
    "items",
    [
        {"effectivity-module": 2, "coal": 5},
        [{"item": "effectivity-module", "count": 2}, {"item": "coal", "count": 1}],
        [
            {"id": {"name": "efficiency-module"}, "items": {"in_inventory": [
                {"inventory": 4, "stack": 0}, {"inventory": 4, "stack": 1, "count": 1}]}},
            {"id": {"name": "coal"}, "items": {"in_inventory": [{"inventory": 1, "stack": 0, "count": 5}]}},
        ],
    ],
)  # fmt: skip
def test_modules_are_read_in_the_three_forms_of_item_requests(items) -> None:
    found = one(entity("assembling-machine-2", 1.5, 1.5, items=items))
    assert found["items"] == [
        {
            "id": {"name": "efficiency-module"},
            "items": {"in_inventory": [{"inventory": 4, "stack": 0}, {"inventory": 4, "stack": 1}]},
        }
    ]


def test_damaged_entities_are_counted_and_the_rest_numbered() -> None:
    raw = [
        {"name": "inserter", "position": {"x": 0.5, "y": 0.5}},
        {"name": "inserter"},
        {"position": {"x": 0, "y": 0}},
        {"name": "inserter", "position": {"x": float("nan"), "y": 0}},
        "not an entity",
        {"name": "inserter", "position": [1.5, 0.5]},
    ]
    found = normalised({"entities": raw, "version": V1_1})
    assert [part["entity_number"] for part in found.blueprint["entities"]] == [1, 2]
    assert found.dropped == 4


def test_wires_circuits_and_requests_are_dropped() -> None:
    raw = entity("inserter", 0.5, 0.5, connections={"1": {"red": [{"entity_id": "7"}]}}, control_behavior={"x": 1},
                 neighbours=["a"], request_filters=[{"index": 1}])  # fmt: skip
    assert set(one(raw)) == {"entity_number", "name", "position"}


def test_entities_written_as_an_object_are_read() -> None:
    found = normalised({"entities": {"1": entity("inserter", 0.5, 0.5)}, "version": V0_16})
    assert len(found.blueprint["entities"]) == 1
