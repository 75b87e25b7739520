"""Brings the JSON of a blueprint from any version to the form of game 2.0, without looking at more than one print.

What stays is what a Factory needs and the game would accept: name, position, direction, underground type, recipe,
qualities, filters, priorities, modules, chest settings, mirroring and tags. Wires, circuit conditions, logistic
requests, schedules, tiles and icons are dropped: nothing in the model uses them, and they are what most often cannot
be converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from factorion_cli.blueprints.renames import (
    FILTERED,
    MODERN,
    Version,
    entity_name,
    item_name,
    recipe_name,
    version_of,
)
from factorion_cli.factory.modules import NORMAL, module_parts, with_quality
from factorion_cli.prototypes import load_table

VERSION_2_0 = 2 << 48
_MODULE_INVENTORY = {"mining-drill": 2, "furnace": 4, "assembling-machine": 4, "rocket-silo": 4, "lab": 3, "beacon": 1}
_COPIED = ("bar", "tags", "infinity_settings", "override_stack_size", "mirror", "use_filters", "filter_mode")
_MAX_POSITION = 2_000_000
"""Tiles; the game's map ends at half of it."""
_MAX_NAME = 200
"""Characters of a prototype's name; the game takes no longer one."""
_NUMBERS = frozenset({int, float})
_SIDES = ("left", "right")
_WITHOUT_SETTINGS = frozenset({"entity_number", "name", "position", "direction", "connections", "neighbours"})
"""Fields of an entity that has nothing to convert but its name and direction; most have no others."""


class Normalised(NamedTuple):
    """A blueprint in the form of 2.0, the version that wrote it as text, and how many entities were damaged."""

    blueprint: dict[str, Any]
    version: str
    dropped: int


def normalised(blueprint: Mapping[str, Any]) -> Normalised:
    """The form of 2.0 of what stands under the `blueprint` key of a document.

    Entities without a name or with a position that is no pair of numbers are left out and counted; all are numbered
    anew by order.
    """
    version, version_text = version_of(blueprint.get("version"))
    raw_entities = [entity for entity in _list(blueprint.get("entities")) if isinstance(entity, dict)]
    if version == (0, 0):
        version = _guessed_version(blueprint, raw_entities)
    entities = [entity for raw in raw_entities if (entity := _entity(raw, version)) is not None]
    for number, entity in enumerate(entities, start=1):
        entity["entity_number"] = number
    result: dict[str, Any] = {"item": "blueprint", "version": VERSION_2_0, "entities": entities}
    for key in ("label", "description"):
        if isinstance(blueprint.get(key), str):
            result[key] = blueprint[key]
    if blueprint.get("parameters"):
        result["parameters"] = blueprint["parameters"]
    return Normalised(result, version_text, len(_list(blueprint.get("entities"))) - len(entities))


def _list(value: Any) -> list[Any]:
    """A JSON list; Lua writes an empty one, and sometimes a sparse one, as an object."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _guessed_version(blueprint: Mapping[str, Any], entities: Iterable[Mapping[str, Any]]) -> Version:
    """2.0 or older, told from directions: belts never faced 2 or 6 in 2.0, nor above 7 before it."""
    if "wires" in blueprint:
        return MODERN
    directions = {entity.get("direction", 0) for entity in entities if "rail" not in str(entity.get("name"))}
    if any(isinstance(direction, int) and direction > 7 for direction in directions):
        return MODERN
    return (1, 1) if directions & {2, 6} else MODERN


def _entity(raw: Mapping[str, Any], version: Version) -> dict[str, Any] | None:
    old_name, position = raw.get("name"), _position(raw.get("position"))
    if not isinstance(old_name, str) or position is None or len(old_name) > _MAX_NAME:
        return None
    name = entity_name(old_name, version)
    entity: dict[str, Any] = {"entity_number": 0, "name": name, "position": position}
    if "direction" in raw and (direction := _direction(raw["direction"], version)):
        entity["direction"] = direction
    if not _WITHOUT_SETTINGS.issuperset(raw):
        _add_settings(entity, raw, version, old_name)
    return entity


def _add_settings(entity: dict[str, Any], raw: Mapping[str, Any], version: Version, old_name: str) -> None:
    entity |= {key: raw[key] for key in _COPIED if raw.get(key) is not None}
    if raw.get("type") in ("input", "output"):
        entity["type"] = raw["type"]
    for key in ("input_priority", "output_priority"):
        if raw.get(key) in _SIDES:
            entity[key] = raw[key]
    _add_recipe(entity, raw, version)
    _add_filters(entity, raw, version, old_name)
    if raw.get("items") and (modules := _modules(raw["items"], version)):
        entity["items"] = insert_plans(entity["name"], modules)
    if isinstance(raw.get("quality"), str) and raw["quality"] != "normal":
        entity["quality"] = raw["quality"]


def _position(raw: Any) -> dict[str, float] | None:
    if isinstance(raw, list) and len(raw) == 2:
        raw = {"x": raw[0], "y": raw[1]}
    if not isinstance(raw, dict):
        return None
    x, y = raw.get("x"), raw.get("y")
    if type(x) not in _NUMBERS or type(y) not in _NUMBERS:
        return None
    # NaN is not within any bounds.
    if not (-_MAX_POSITION <= x <= _MAX_POSITION and -_MAX_POSITION <= y <= _MAX_POSITION):  # type: ignore[operator]
        return None
    return raw if len(raw) == 2 else {"x": x, "y": y}  # type: ignore[dict-item]


def _direction(raw: Any, version: Version) -> int:
    if not isinstance(raw, (int, float)):
        return 0
    return int(raw) * (1 if version >= MODERN else 2) % 16


def _add_recipe(entity: dict[str, Any], raw: Mapping[str, Any], version: Version) -> None:
    recipe = _name(raw.get("recipe"))
    if recipe:
        entity["recipe"] = recipe_name(recipe, version)
        if isinstance(raw.get("recipe_quality"), str):
            entity["recipe_quality"] = raw["recipe_quality"]


def _name(raw: Any) -> str | None:
    """The name in `"iron-plate"` or `{"name": "iron-plate", ...}`."""
    if isinstance(raw, dict):
        raw = raw.get("name")
    return raw if isinstance(raw, str) and raw else None


def _add_filters(entity: dict[str, Any], raw: Mapping[str, Any], version: Version, old_name: str) -> None:
    if "filter" in raw and (splitter_filter := _name(raw["filter"])):
        entity["filter"] = {"name": item_name(splitter_filter, version)}
    filters = _filters(raw["filters"], version) if "filters" in raw else []
    if not filters:
        entity.pop("use_filters", None)
        return
    entity["filters"] = filters
    # Before 2.0 what had filters used them; 2.0 has a switch that is off when the key is missing.
    if old_name in FILTERED or version < MODERN:
        entity["use_filters"] = True


def _filters(raw: Any, version: Version) -> list[dict[str, Any]]:
    """Filters of 2.0's form; nameless ones (2.0 writes them for "any item of this quality") are left out."""
    names = [(index, _name(part)) for index, part in enumerate(_list(raw), start=1)]
    return [
        {"index": index, "name": item_name(name, version), "quality": "normal", "comparator": "="}
        for index, name in names
        if name is not None
    ]


def _modules(raw: Any, version: Version) -> list[str]:
    """Modules among the item requests of any version, one name each, in slot order where the print tells it.

    Up to 0.16: `[{"item", "count"}]`; 0.17 to 1.1: `{name: count}`; 2.0: insert plans
    `[{"id": {"name"}, "items": {"in_inventory": [{"inventory", "stack", "count"}]}}]`.
    """
    if isinstance(raw, dict):
        slots = [(0, str(name), count) for name, count in raw.items()]
    else:
        slots = [slot for plan in _list(raw) if isinstance(plan, dict) for slot in _plan_slots(plan)]
    known = load_table().items
    modules: list[str] = []
    for _, module, count in sorted(slots, key=lambda slot: slot[0]):
        name, quality = module_parts(module)
        renamed = item_name(name, version)
        item = known.get(renamed)
        if item is not None and item.module is not None and isinstance(count, (int, float)):
            modules += [with_quality(renamed, quality)] * min(int(count), 64)
    return modules


def _plan_slots(plan: Mapping[str, Any]) -> list[tuple[int, str, Any]]:
    """(slot, item, count) of one item request; the item with its quality."""
    if "item" in plan:
        return [(0, str(plan["item"]), plan.get("count", 1))]
    name, items = _name(plan.get("id")), plan.get("items")
    stacks = _list(items.get("in_inventory")) if isinstance(items, dict) else []
    if name is None:
        return []
    quality = plan["id"].get("quality") if isinstance(plan["id"], dict) else None
    module = with_quality(name, quality if isinstance(quality, str) else NORMAL)
    return [(int(stack.get("stack", 0)), module, stack.get("count", 1)) for stack in stacks if isinstance(stack, dict)]


def insert_plans(name: str, modules: Iterable[str]) -> list[dict[str, Any]]:
    """Item requests of 2.0's form that put `modules` into the module slots of an entity, in order."""
    prototype = load_table().entities.get(name)
    inventory = _MODULE_INVENTORY.get(prototype.type if prototype else "", 4)
    plans: dict[str, list[dict[str, int]]] = {}
    for slot, module in enumerate(modules):
        plans.setdefault(module, []).append({"inventory": inventory, "stack": slot})
    return [{"id": _module_id(module), "items": {"in_inventory": slots}} for module, slots in plans.items()]


def _module_id(module: str) -> dict[str, str]:
    name, quality = module_parts(module)
    return {"name": name} if quality == NORMAL else {"name": name, "quality": quality}
