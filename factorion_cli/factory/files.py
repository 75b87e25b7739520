"""Factory files: YAML or JSON, one factory or a list of them, or JSON lines.

The form is written down field by field in docs/formats.md. `version` is 1; a file without it is read as 1.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from factorion_cli.errors import FactoryError
from factorion_cli.factory.documents import documents
from factorion_cli.factory.entity import Entity, Sink, Source
from factorion_cli.factory.factory import Factory, Power, Resource
from factorion_cli.factory.geometry import DIRECTIONS

FORMAT_VERSION = 1

MOST_YIELD = 1000.0
"""Highest richness of a fluid field in a file: far above any in the game, and finite."""

MOST_TILES = 1_000_000
"""Largest size and farthest position in a file: the game's map is two million tiles wide, from -1 to 1 million."""

MOST_AMOUNT = 10**12
"""Largest amount of a resource tile in a file: a thousand times what the game can hold."""

_RANGES = {
    "x": (-MOST_TILES, MOST_TILES),
    "y": (-MOST_TILES, MOST_TILES),
    # The game keeps a hand in a byte.
    "stack_size": (1, 255),
    "count": (1, 100_000),
    "bar": (0, 65_535),
}
MOST_DEGREES, MOST_RESEARCH = 10_000, 10_000
MOST_MODULES, MOST_BEACONS = 32, 256

_ENTITY_DEFAULTS = Entity(name="")
_ENTITY_KEYS = {"direction": "dir", "underground_type": "type"}
_ENTITY_FIELDS = tuple(field for field in Entity.__dataclass_fields__)
_CHOICES: dict[str, tuple[Any, ...]] = {
    "underground_type": (None, "input", "output"),
    "input_priority": (None, "left", "right"),
    "output_priority": (None, "left", "right"),
    "direction": DIRECTIONS,
    "lanes": ("both", "left", "right"),
    "fluid": (None, "unlimited"),
}
_TEXTS = {"name", "id", "item", "belt", "recipe", "filter", "quality", "fuel"}
_OPTIONAL = {"stack_size", "bar", "item", "recipe", "filter", "fuel"}
_FACTORY_KEYS = {"version", "id", "size", "entities", "sources", "sinks", "power", "resources", "research"}


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def _fail(where: str, problem: str) -> NoReturn:
    raise FactoryError(f"{where}: {problem} (see docs/formats.md, Factory files)")


def _is_share(value: Any) -> bool:
    return _is_number(value, 0, 1)


def _shown(value: Any) -> str:
    """A value as a message shows it: as it would be written, cut where it is long."""
    try:
        return _SHORT.repr(value)
    except ValueError:
        return "a number of thousands of digits"


def _is_number(value: Any, low: float, high: float) -> bool:
    # Neither infinite nor not a number: those are between no bounds.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def _is_text(value: Any) -> bool:
    """Whether a value is a text that can be written and printed: half of a surrogate pair cannot."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _checked(where: str, field: str, value: Any) -> Any:
    """The value, if it is one that the field may have."""
    key = _ENTITY_KEYS.get(field, field)
    if field in _CHOICES:
        # By type too: 0 is no False, and a list can be no choice.
        if not any(type(value) is type(choice) and value == choice for choice in _CHOICES[field]):
            expected = ", ".join(str(choice) for choice in _CHOICES[field] if choice is not None)
            _fail(where, f"{key} is {_shown(value)}, expected one of {expected}")
    elif field in _RANGES:
        low, high = _RANGES[field]
        if type(value) is not int and not (value is None and field in _OPTIONAL):
            _fail(where, f"{key} is {_shown(value)}, expected a whole number")
        if value is not None and not low <= value <= high:
            _fail(where, f"{key} is {_shown(value)}, expected {low} to {high}")
    elif field in _TEXTS and not _is_text(value) and not (value is None and field in _OPTIONAL):
        _fail(where, f"{key} is {_shown(value)}, expected a name")
    elif field in ("level", "light") and value is not None and not _is_share(value):
        _fail(where, f"{key} is {_shown(value)}, expected 0 to 1")
    elif field in ("unlimited_io", "working") and not isinstance(value, bool):
        _fail(where, f"{key} is {_shown(value)}, expected true or false")
    elif field == "steam_temperature" and not (value is None or _is_number(value, 0, MOST_DEGREES)):
        _fail(where, f"{key} is {_shown(value)}, expected 0 to {MOST_DEGREES} degrees")
    return value


def _mapping(where: str, raw: Any) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        found = "nothing" if raw is None else type(raw).__name__
        _fail(where, f"found {found}, expected a mapping")
    return dict(raw)


def _list(where: str, key: str, raw: Any) -> list[Any]:
    """The list under a key; nothing there is an empty one."""
    if not isinstance(raw, (list, tuple, type(None))):
        _fail(where, f"{key} is {_shown(raw)}, expected a list")
    return list(raw or ())


def _names(where: str, key: str, raw: Any) -> tuple[str, ...]:
    names = _list(where, key, raw)
    if not all(_is_text(name) for name in names):
        _fail(where, f"{key} is {_shown(raw)}, expected a list of names")
    if len(names) > MOST_MODULES:
        _fail(where, f"{key} has {len(names)} names, expected {MOST_MODULES} at most")
    return tuple(names)


def _whole_numbers(where: str, key: str, raw: Any, count: int, low: int = -MOST_TILES) -> tuple[int, ...]:
    numbers = _list(where, key, raw)
    if len(numbers) != count or not all(type(number) is int for number in numbers):
        _fail(where, f"{key} is {_shown(raw)}, expected {count} whole numbers")
    if not all(low <= number <= MOST_TILES for number in numbers):
        _fail(where, f"{key} is {_shown(raw)}, expected numbers from {low} to {MOST_TILES}")
    return tuple(numbers)


def entity_from_json(raw: Any, where: str = "entity") -> Entity:
    """An Entity from its mapping; raises FactoryError naming the field that is wrong."""
    values = _mapping(where, raw)
    if not _is_text(values.get("name")):
        _fail(where, "has no name")
    where = f"{where} ({values['name']})"
    fields: dict[str, Any] = {}
    for field in _ENTITY_FIELDS:
        key = _ENTITY_KEYS.get(field, field)
        if key in values:
            fields[field] = _checked(where, field, values.pop(key))
    if values:
        _fail(where, f"has an unknown key {_shown(next(iter(values)))}")
    for field in ("filters", "modules"):
        if field in fields:
            fields[field] = _names(where, field, fields[field])
    if "beacons" in fields:
        if len(_list(where, "beacons", fields["beacons"])) > MOST_BEACONS:
            _fail(where, f"there are {len(fields['beacons'])} beacons, expected {MOST_BEACONS} at most")
        fields["beacons"] = tuple(
            _names(where, "beacons", modules) for modules in _list(where, "beacons", fields["beacons"])
        )
    return Entity(**fields)


def entity_to_json(entity: Entity) -> dict[str, Any]:
    """The mapping of an Entity, fields at their default left out."""
    result: dict[str, Any] = {"name": entity.name, "x": entity.x, "y": entity.y}
    for field in _ENTITY_FIELDS:
        value = getattr(entity, field)
        if field in result or value == getattr(_ENTITY_DEFAULTS, field):
            continue
        if isinstance(value, tuple):
            value = [list(part) if isinstance(part, tuple) else part for part in value]
        result[_ENTITY_KEYS.get(field, field)] = value
    return result


def _endpoint(kind: type[Source] | type[Sink], raw: Any, where: str) -> Any:
    values = _mapping(where, raw)
    if "dir" in values:
        values["direction"] = values.pop("dir")
    required = {"id", "kind", "item", "x", "y"} if kind is Source else {"id", "kind"}
    missing = sorted(key for key in required if values.get(key) is None)
    if missing:
        _fail(where, f"has no {missing[0]}")
    unknown = sorted(set(values) - set(kind.__dataclass_fields__), key=str)
    if unknown:
        _fail(where, f"has an unknown key {_shown(unknown[0])}")
    kinds = ("belt", "chest") if kind is Source else ("belt", "chest", "output")
    if values["kind"] not in kinds:
        _fail(where, f"kind is {_shown(values['kind'])}, expected one of {', '.join(kinds)}")
    for field, value in values.items():
        _checked(f"{where} ({values['id']})", field, value)
    if values["kind"] == "output" or values.get("of") is not None:
        values["of"] = _whole_numbers(f"{where} ({values['id']})", "of", values.get("of"), 2)
    return kind(**values)


def _endpoint_to_json(endpoint: Source | Sink) -> dict[str, Any]:
    result: dict[str, Any] = {"id": endpoint.id, "kind": endpoint.kind}
    if endpoint.kind == "output":
        assert isinstance(endpoint, Sink)
        assert endpoint.of is not None
        result["of"] = list(endpoint.of)
    else:
        result |= {"x": endpoint.x, "y": endpoint.y}
    if endpoint.kind == "belt":
        result |= {"dir": endpoint.direction, "belt": endpoint.belt}
        if isinstance(endpoint, Source):
            result["lanes"] = endpoint.lanes
    if endpoint.item is not None:
        result["item"] = endpoint.item
    return result


def _power(raw: Any, where: str) -> Power:
    values = _mapping(where, raw)
    mode = values.get("mode")
    if mode not in ("unlimited", "poles", "satisfaction", "network"):
        _fail(where, f"power mode is {_shown(mode)}, expected unlimited, poles, satisfaction or network")
    value = values.get("value", 1.0)
    if not _is_share(value):
        _fail(where, f"power value is {_shown(value)}, expected 0 to 1")
    return Power(mode, float(value))


def _resource(raw: Any, where: str) -> Resource:
    values = _mapping(where, raw)
    if not _is_text(values.get("name")) or "area" not in values:
        _fail(where, "a resource needs a name and an area [x, y, width, height]")
    x, y, width, height = _whole_numbers(where, "area", values["area"], 4)
    if min(width, height) < 0:
        _fail(where, f"area is {_shown(values['area'])}, expected a width and a height of 0 or more")
    amount = values.get("amount")
    if amount in (None, "unlimited"):
        amount = None
    elif type(amount) is not int or not 0 <= amount <= MOST_AMOUNT:
        _fail(where, f"amount is {_shown(amount)}, expected a whole number from 0 to {MOST_AMOUNT} or unlimited")
    share = values.get("yield", 1.0)
    if not _is_number(share, 0, MOST_YIELD):
        _fail(where, f"yield is {_shown(share)}, expected 0 to {MOST_YIELD:g} (1 is 100 %)")
    return Resource(values["name"], (x, y, width, height), amount, float(share))


def _research(raw: Any, where: str) -> dict[str, float]:
    research = _mapping(where, raw or {})
    for name, value in research.items():
        if not _is_number(value, 0, MOST_RESEARCH):
            _fail(where, f"research {name} is {_shown(value)}, expected a number from 0 to {MOST_RESEARCH}")
    return research


def factory_from_json(raw: Any, where: str = "factory") -> Factory:
    """A Factory from its mapping; raises FactoryError naming the entity and field that are wrong."""
    values = _mapping(where, raw)
    where = values.get("id", where)
    if not _is_text(where):
        _fail("a factory", f"its id is {_shown(where)}, expected a name")
    version = values.get("version", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        _fail(where, f"version is {_shown(version)}, this factorion reads {FORMAT_VERSION}")
    if "size" not in values:
        _fail(where, "has no size, expected [width, height] in tiles")
    width, height = _whole_numbers(where, "size", values["size"], 2, low=1)
    rows = {key: _list(where, key, values.get(key)) for key in ("entities", "sources", "sinks", "resources")}
    return Factory(
        width=width,
        height=height,
        entities=tuple(entity_from_json(raw, f"{where}, entity {index}") for index, raw in enumerate(rows["entities"])),
        sources=tuple(_endpoint(Source, source, f"{where}, source") for source in rows["sources"]),
        sinks=tuple(_endpoint(Sink, sink, f"{where}, sink") for sink in rows["sinks"]),
        id=where,
        power=_power(values.get("power", {"mode": "unlimited"}), where),
        resources=tuple(_resource(resource, where) for resource in rows["resources"]),
        research=_research(values.get("research"), where),
        metadata={key: value for key, value in values.items() if key not in _FACTORY_KEYS},
    )


def factory_to_json(factory: Factory) -> dict[str, Any]:
    """The mapping of a Factory; `factory_from_json` gives the same Factory back."""
    power: dict[str, Any] = {"mode": factory.power.mode}
    if factory.power.mode == "satisfaction":
        power["value"] = factory.power.value
    result: dict[str, Any] = {
        "version": FORMAT_VERSION,
        "id": factory.id,
        "size": [factory.width, factory.height],
        "entities": [entity_to_json(entity) for entity in factory.entities],
        "sources": [_endpoint_to_json(source) for source in factory.sources],
        "sinks": [_endpoint_to_json(sink) for sink in factory.sinks],
        "power": power,
    }
    if factory.resources:
        result["resources"] = [_resource_to_json(resource) for resource in factory.resources]
    if factory.research:
        result["research"] = dict(factory.research)
    return result | dict(factory.metadata)


def _resource_to_json(resource: Resource) -> dict[str, Any]:
    result: dict[str, Any] = {
        "name": resource.name,
        "area": list(resource.area),
        "amount": "unlimited" if resource.amount is None else resource.amount,
    }
    if resource.yield_share != 1:
        result["yield"] = resource.yield_share
    return result


def parse_factories(text: str, where: str) -> list[Factory]:
    """Every factory in the text of a YAML, JSON or JSON-lines file; `where` names it in errors."""
    return [
        factory_from_json(raw, where if single else f"{where}, factory {index}")
        for single, index, raw in documents(text, where)
    ]


def each_factory(text: str, where: str) -> Iterator[Factory | FactoryError]:
    """As `parse_factories`, but a factory that is malformed costs only itself: its error stands in its place."""
    for single, index, raw in documents(text, where):
        try:
            yield factory_from_json(raw, where if single else f"{where}, factory {index}")
        except FactoryError as error:
            yield error


def read_factories(path: Path) -> list[Factory]:
    """Every factory in a file; raises FactoryError when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FactoryError(f"cannot read {path}: {error}") from error
    return parse_factories(text, str(path))


def write_factories(path: Path, factories: Iterable[Factory]) -> None:
    """Write a list of factories as YAML (`.yaml`, `.yml`), JSON lines (`.jsonl`) or JSON, whole or not at all."""
    rows = [factory_to_json(factory) for factory in factories]
    if path.suffix in (".yaml", ".yml"):
        import yaml

        text = yaml.safe_dump(rows, sort_keys=False, width=160)
    elif path.suffix == ".jsonl":
        text = "".join(json.dumps(row) + "\n" for row in rows)
    else:
        text = json.dumps(rows, indent=1) + "\n"
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
