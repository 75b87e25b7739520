import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.errors import FactoryError
from factorion_cli.factory import (
    Entity,
    Factory,
    Power,
    Resource,
    Sink,
    Source,
    factory_from_json,
    factory_to_json,
    parse_factories,
    read_factories,
    write_factories,
)
from tests.strategies import factories

SMALL = {"id": "small", "size": [3, 2], "entities": [{"name": "transport-belt", "x": 1, "y": 0, "dir": 4}]}


@settings(max_examples=60, deadline=None)
@given(factories())
def test_mapping_gives_back_the_same_factory(factory: Factory) -> None:
    assert factory_from_json(json.loads(json.dumps(factory_to_json(factory)))) == factory


@settings(max_examples=20, deadline=None)
@given(first=factories(max_side=6), second=factories(max_side=6))
def test_every_file_form_gives_back_the_same_factories(tmp_path_factory, first: Factory, second: Factory) -> None:
    folder = tmp_path_factory.mktemp("files")
    for suffix in ("yaml", "json", "jsonl"):
        path = folder / f"two.{suffix}"
        write_factories(path, [first, second])
        assert read_factories(path) == [first, second]
    assert {path.name for path in folder.iterdir()} == {"two.yaml", "two.json", "two.jsonl"}


def test_every_field_of_a_schematic_factory_survives() -> None:
    factory = Factory(
        4,
        4,
        (
            Entity("boiler", count=2, fuel="coal", quality="rare"),
            Entity("storage-tank", level=0.5),
            Entity("solar-panel", working=True, light=0.7),
            Entity("steam-turbine", steam_temperature=165),
            Entity("chemical-plant", fluid="unlimited", unlimited_io=True, beacons=(("speed-module",), ())),
        ),
        power=Power("network"),
        resources=(Resource("iron-ore", (0, 0, 4, 4), 1000), Resource("crude-oil", (1, 1, 1, 1), yield_share=2.5)),
        research={"mining-productivity": 0.2},
    )
    assert factory_from_json(factory_to_json(factory)) == factory


def test_further_keys_travel_along_as_metadata() -> None:
    factory = factory_from_json(SMALL | {"title": "a small one", "expect": [{"sink": "K", "rate": 15}]})
    assert factory.metadata == {"title": "a small one", "expect": [{"sink": "K", "rate": 15}]}
    assert factory_to_json(factory)["title"] == "a small one"


def test_defaults_are_left_out() -> None:
    assert factory_to_json(factory_from_json(SMALL))["entities"] == SMALL["entities"]


def test_one_factory_a_list_and_lines_are_read_alike() -> None:
    text = json.dumps(SMALL)
    single = parse_factories(text, "one")
    assert len(single) == 1
    assert parse_factories(f"[{text}, {text}]", "list") == single * 2
    assert parse_factories(f"{text}\n{text}\n", "lines") == single * 2
    assert (
        parse_factories("id: small\nsize: [3, 2]\nentities:\n- {name: transport-belt, x: 1, y: 0, dir: 4}\n", "y")
        == single
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": [3]}, "small: size is [3], expected 2 whole numbers"),
        ({"version": 7}, "version is 7, this factorion reads 1"),
        ({"entities": [{"x": 1}]}, "small, entity 0: has no name"),
        ({"entities": ["belt"]}, "entity 0: found str, expected a mapping"),
        ({"entities": [{"name": "inserter", "dir": 3}]}, "entity 0 (inserter): dir is 3, expected one of 0, 4, 8, 12"),
        ({"entities": [{"name": "inserter", "colour": "red"}]}, "has an unknown key 'colour'"),
        ({"entities": [{"name": "inserter", "x": "1"}]}, "x is '1', expected a whole number"),
        ({"sources": [{"id": "S", "kind": "belt"}]}, "source: has no item"),
        (
            {"sources": [{"id": "S", "kind": "pipe", "item": "coal", "x": 0, "y": 0}]},
            "kind is 'pipe', expected one of belt, chest",
        ),
        ({"sources": [{"id": "S", "kind": "belt", "item": "coal", "x": 0, "y": 0, "lanes": "up"}]}, "lanes is 'up'"),
        ({"sinks": [{"id": "K", "kind": "belt", "speed": 1}]}, "sink: has an unknown key 'speed'"),
        ({"entities": [{"name": "inserter", "filters": "coal"}]}, "filters is 'coal', expected a list"),
        ({"entities": [{"name": "storage-tank", "level": 3}]}, "level is 3, expected 0 to 1"),
        ({"entities": 5}, "entities is 5, expected a list"),
        ({"sinks": [{"id": "K", "kind": "output"}]}, "of is None, expected 2 whole numbers"),
        ({"research": {"speed": "fast"}}, "research speed is 'fast', expected a number"),
        ({"power": {"mode": "satisfaction", "value": 2}}, "power value is 2, expected 0 to 1"),
        ({"power": {"mode": "solar"}}, "power mode is 'solar'"),
        ({"resources": [{"name": "coal"}]}, "a resource needs a name and an area"),
    ],
)
def test_errors_name_the_thing_and_what_was_expected(change: dict, message: str) -> None:
    with pytest.raises(FactoryError) as error:
        factory_from_json(SMALL | change)
    assert message in str(error.value)
    assert "docs/formats.md" in str(error.value)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 20),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)


@settings(max_examples=150, deadline=None)
@given(factories(max_side=6, max_entities=3), st.data())
def test_one_wrong_value_gives_a_factory_or_a_factory_error(factory: Factory, data: st.DataObject) -> None:
    place: Any = json.loads(json.dumps(factory_to_json(factory)))
    whole = place
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            place[key] = data.draw(JUNK)
            break
        place = inner
    try:
        again = factory_from_json(whole)
    except FactoryError:
        return
    assert factory_from_json(json.loads(json.dumps(factory_to_json(again)))) == again


def test_unreadable_files_are_factory_errors(tmp_path: Path) -> None:
    with pytest.raises(FactoryError, match="cannot read"):
        read_factories(tmp_path / "missing.yaml")
    (tmp_path / "broken.json").write_text("{broken: [")
    with pytest.raises(FactoryError, match="neither JSON nor YAML"):
        read_factories(tmp_path / "broken.json")
    (tmp_path / "broken.yaml").write_text("a: [1")
    with pytest.raises(FactoryError, match="is not YAML"):
        read_factories(tmp_path / "broken.yaml")


def test_endpoints_keep_every_field() -> None:
    factory = Factory(
        3,
        3,
        sources=(
            Source("S", "belt", 0, 0, "coal", 8, "left", "turbo-transport-belt"),
            Source("C", "chest", 1, 0, "coal"),
        ),
        sinks=(Sink("K", "belt", 2, 2, None, 12), Sink("P", "output", item="coal", of=(1, 1))),
    )
    assert factory_from_json(factory_to_json(factory)) == factory
