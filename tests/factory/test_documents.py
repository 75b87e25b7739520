"""Files that nobody vouches for: whatever is in them, reading ends soon and says what is wrong."""

import time

import pytest

from factorion_cli.errors import FactoryError
from factorion_cli.factory import parse_factories

LADDER = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12)
)
NESTED = 100_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file is empty"),
        (" \n\n", "file is empty"),
        ("null", "found nothing, expected a mapping"),
        ("5", "found int, expected a mapping"),
        ('{"size": [1, 1], "entities": [{"na', "neither JSON nor YAML"),
        ("size: [1, 1]\nentities:\n- {na", "is not YAML"),
        ('{"size": [1, 1]}\n{"size": [1', "line 2 is neither JSON nor YAML"),
        ('{"size": [1,1], "entities": ' + "[" * NESTED + "]" * NESTED + "}", "nested more than 500 levels deep"),
        ("size: [1,1]\nentities: " + "[" * NESTED + "]" * NESTED, "nested more than 500 levels deep"),
        ("[" * NESTED, "nested more than 500 levels deep"),
        ("size: [1,1]\nentities:\n" + "- " * NESTED + "x", "nested more than 500 levels deep"),
        ("? " * NESTED + "x", "nested more than 500 levels deep"),
        (LADDER + "size: [2,2]\n", "grows to more than 20,000,000 values by its aliases"),
        ("&a {size: [2,2], me: *a}", "holds a value that contains itself"),
        ("size: [2,2]\nentities: &e [*e]\n", "holds a value that contains itself"),
        ("size: !!python/object/apply:os.system [echo]", "is not YAML"),
        ("? [1, 2]\n: 5\nsize: [1, 1]", "is not YAML"),
        ("size: [1, 1]\n---\nsize: [2, 2]\n", "is not YAML"),
        ('{"size": [1, 1], "entities": [{"name": "pipe", "x": ' + "9" * 5000 + "}]}", "neither JSON nor YAML"),
        ("{size: [1, 1], entities: [{name: pipe, x: 0x" + "f" * 9000 + "}]}", "x is a number of thousands of digits"),
        ('{"size": [NaN, 1]}', "size is [nan, 1], expected 2 whole numbers"),
        ("{size: [.inf, 1]}", "size is [inf, 1], expected 2 whole numbers"),
        ("{size: [0, 0]}", "size is [0, 0], expected numbers from 1 to 1000000"),
        ("{size: [-3, 2]}", "size is [-3, 2], expected numbers from 1 to 1000000"),
        ("{size: [1, 1000000000]}", "expected numbers from 1 to 1000000"),
        ("{id: [1, 2], size: [1, 1]}", "its id is [1, 2], expected a name"),
        ('{"id": "\\ud800", "size": [1, 1]}', "expected a name"),
        ("{size: [1, 1], entities: [{name: pipe, x: 99999999999999999999}]}", "expected -1000000 to 1000000"),
        ("{size: [1, 1], entities: [{name: inserter, stack_size: -4}]}", "stack_size is -4, expected 1 to 255"),
        ("{size: [1, 1], entities: [{name: inserter, stack_size: 99999999999}]}", "expected 1 to 255"),
        ("{size: [1, 1], entities: [{name: boiler, count: 0}]}", "count is 0, expected 1 to 100000"),
        ("{size: [1, 1], entities: [{name: boiler, steam_temperature: .inf}]}", "expected 0 to 10000 degrees"),
        ("{size: [1, 1], entities: [{name: lab, modules: [" + "x, " * 99 + "]}]}", "modules has 99 names, expected 32"),
        (
            "{size: [1, 1], entities: [{name: lab, beacons: [" + "[], " * 999 + "]}]}",
            "999 beacons, expected 256 at most",
        ),
        ("{size: [1, 1], research: {speed: .nan}}", "research speed is nan, expected a number from 0"),
        ("{size: [1, 1], research: {speed: .inf}}", "research speed is inf, expected a number from 0"),
        ("{size: [1, 1], power: {mode: satisfaction, value: .nan}}", "power value is nan, expected 0 to 1"),
        (
            "{size: [1, 1], resources: [{name: coal, area: [0, 0, -9, 9]}]}",
            "expected a width and a height of 0 or more",
        ),
        ("{size: [1, 1], resources: [{name: coal, area: [0, 0, 9, 9], amount: -9}]}", "amount is -9"),
        ("{size: [1, 1], resources: [{name: coal, area: [0, 0, 9, 9], amount: 9999999999999999}]}", "or unlimited"),
        ("{size: [1, 1], sources: [{id: S, kind: chest, x: 0, y: 0, item: coal, 5: 6, foo: 3}]}", "unknown key 5"),
    ],
)
def test_what_is_wrong_is_said_soon(text: str, message: str) -> None:
    begun = time.monotonic()
    with pytest.raises(FactoryError) as error:
        parse_factories(text, "file")
    assert message in str(error.value)
    assert len(str(error.value)) < 1000
    # Generous: some of these took for ever, or the interpreter with them, before they were refused.
    assert time.monotonic() - begun < 5


def test_anchors_that_stay_small_are_read() -> None:
    text = "base: &b {name: transport-belt, dir: 4}\nsize: [4, 1]\nentities:\n- {<<: *b, x: 1}\n- {<<: *b, x: 2}\n"
    (factory,) = parse_factories(text, "file")
    assert [entity.x for entity in factory.entities] == [1, 2]
    assert {entity.direction for entity in factory.entities} == {4}


def test_a_deep_value_that_is_not_too_deep_is_kept_as_metadata() -> None:
    (factory,) = parse_factories('{"size": [1, 1], "about": ' + "[" * 400 + "]" * 400 + "}", "file")
    assert "about" in factory.metadata
