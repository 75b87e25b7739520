"""docs/schema/factory.schema.json says what the code reads and writes.

The few keywords that the schema uses are checked by the small validator here; one that it does not know fails.
"""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from factorion_cli.errors import FactoryError
from factorion_cli.factory import Entity, Factory, Sink, Source, factory_from_json, factory_to_json
from tests.strategies import factories

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "factory.schema.json").read_text(encoding="utf-8"))
TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
COMMENTS = {"$schema", "$defs", "title", "description", "default"}


def has_type(value: Any, wanted: str | list[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names)


def valid(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a JSON value satisfies a schema."""
    return all(check(value, schema, keyword) for keyword in schema if keyword not in COMMENTS)


def check(value: Any, schema: dict[str, Any], keyword: str) -> bool:
    wanted = schema[keyword]
    match keyword:
        case "$ref":
            return valid(value, SCHEMA["$defs"][wanted.removeprefix("#/$defs/")])
        case "type":
            return has_type(value, wanted)
        case "enum":
            return value in wanted
        case "const":
            return bool(value == wanted)
        case "oneOf":
            return sum(valid(value, option) for option in wanted) == 1
        case "anyOf":
            return any(valid(value, option) for option in wanted)
        case "minimum":
            return bool(value >= wanted)
        case "maximum":
            return bool(value <= wanted)
        case "required":
            return all(key in value for key in wanted)
        case "items":
            return value is None or all(valid(part, wanted) for part in value)
        case "minItems":
            return value is None or len(value) >= wanted
        case "maxItems":
            return value is None or len(value) <= wanted
        case "properties":
            return all(valid(value[key], part) for key, part in wanted.items() if key in value)
        case "additionalProperties":
            others = [part for key, part in (value or {}).items() if key not in schema.get("properties", {})]
            return not others if wanted is False else all(valid(part, wanted) for part in others)
    raise NotImplementedError(f"the test's validator does not know {keyword!r}")


@settings(max_examples=50, deadline=None)
@given(factories())
def test_what_the_code_writes_satisfies_the_schema(factory: Factory) -> None:
    written = json.loads(json.dumps(factory_to_json(factory)))
    assert valid(written, SCHEMA)
    assert valid([written, written], SCHEMA)


@pytest.mark.parametrize(("record", "kind"), [("entity", Entity), ("source", Source), ("sink", Sink)])
def test_schema_lists_exactly_the_fields_of_the_code(record: str, kind: type) -> None:
    renamed = {"direction": "dir", "underground_type": "type"}
    names = {renamed.get(field.name, field.name) for field in fields(kind)}
    assert set(SCHEMA["$defs"][record]["properties"]) == names


def test_defaults_of_the_schema_are_those_of_the_code() -> None:
    entity = factory_from_json({"size": [1, 1], "entities": [{"name": "pipe"}]}).entities[0]
    keys = {"dir": "direction", "type": "underground_type"}
    for key, schema in SCHEMA["$defs"]["entity"]["properties"].items():
        if "default" in schema:
            value = getattr(entity, keys.get(key, key))
            assert (list(value) if isinstance(value, tuple) else value) == schema["default"]


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"size": [1]},
        {"size": ["1", 1]},
        {"size": [0, 1]},
        {"entities": [{"name": "pipe", "x": 2_000_000}]},
        {"entities": [{"name": "inserter", "stack_size": 0}]},
        {"entities": [{"name": "boiler", "count": -1}]},
        {"entities": [{"name": "boiler", "steam_temperature": 1e9}]},
        {"entities": [{"name": "lab", "modules": ["speed-module"] * 33}]},
        {"research": {"mining_productivity": -1}},
        {"resources": [{"name": "coal", "area": [0, 0, 1, 1], "amount": -1}]},
        {"entities": [{"x": 0}]},
        {"entities": [{"name": "pipe", "dir": 2}]},
        {"entities": [{"name": "pipe", "hat": 1}]},
        {"entities": [{"name": "pipe", "x": 1.5}]},
        {"entities": [{"name": "splitter", "input_priority": "up"}]},
        {"sources": [{"id": "S", "kind": "belt", "x": 0, "y": 0}]},
        {"sources": [{"id": "S", "kind": "output", "x": 0, "y": 0, "item": "coal"}]},
        {"sinks": [{"id": "K", "kind": "hole"}]},
        {"power": {"mode": "solar"}},
        {"resources": [{"name": "coal", "area": [0, 0]}]},
    ],
)
def test_schema_and_code_refuse_the_same(change: dict[str, Any]) -> None:
    raw = {"id": "x", "size": [4, 4]} | change
    assert not valid(raw, SCHEMA)
    with pytest.raises(FactoryError):
        factory_from_json(raw)
