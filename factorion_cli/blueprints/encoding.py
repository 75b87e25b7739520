"""A Factory as an exchange string of game 2.0."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from factorion_cli.blueprints.endpoints import TAG, description, endpoint_entities, extra_fields
from factorion_cli.blueprints.exchange import pack
from factorion_cli.blueprints.normalise import VERSION_2_0, insert_plans
from factorion_cli.blueprints.stances import check_overlaps, is_off_grid
from factorion_cli.blueprints.tiling import entity_of
from factorion_cli.errors import BlueprintError
from factorion_cli.factory import Entity, Factory
from factorion_cli.simulation.decisions import CHEST_TYPES

_MAX_ICONS = 4


def encode(factory: Factory, label: str = "", validate: bool = False) -> str:
    """The exchange string of a factory; reading it back gives an equal Factory, endpoints included.

    Args:
        factory: entities must be vanilla and must not overlap.
        label: what the game shows; the factory's id when empty.
        validate: also import the print with draftsman (about 1,500 entities per second).

    Raises:
        BlueprintError: entities or endpoints overlap, or draftsman refuses the print.
        DataError: an entity is not vanilla.
    """
    return _packed({"blueprint": blueprint_json(factory, label)}, validate)


def encode_book(factories: Iterable[Factory], label: str = "", validate: bool = False) -> str:
    """The exchange string of a book with one blueprint per factory, in order; see `encode`."""
    pages = [{"index": index, "blueprint": blueprint_json(factory)} for index, factory in enumerate(factories)]
    book = {
        "item": "blueprint-book", "label": label, "blueprints": pages, "active_index": 0, "version": VERSION_2_0,
    }  # fmt: skip
    return _packed({"blueprint_book": book}, validate)


def _packed(document: dict[str, Any], validate: bool) -> str:
    if validate:
        check_with_draftsman(document)
    return pack(document)


def check_with_draftsman(document: Mapping[str, Any]) -> None:
    """Import a document of 2.0 with draftsman; raises BlueprintError with what it does not accept."""
    from draftsman.blueprintable import Blueprint, BlueprintBook

    kind = BlueprintBook if "blueprint_book" in document else Blueprint
    try:
        # Its warnings are about what is wise (a module that a recipe does not take), not about what can be imported.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # draftsman changes what it is given.
            kind.from_dict(json.loads(json.dumps(document)))
    except Exception as error:  # its errors share no base
        raise BlueprintError(f"draftsman refuses the blueprint: {error}") from error


def blueprint_json(factory: Factory, label: str = "") -> dict[str, Any]:
    """The JSON under a string's `blueprint` key."""
    endpoints = endpoint_entities(factory)
    standing = [*factory.entities, *(entity for entity, _ in endpoints)]
    check_overlaps(factory.id, standing)
    offset = min((e.x for e in standing), default=0), min((e.y for e in standing), default=0)
    rows = [_entity_json(entity) for entity in factory.entities]
    rows += [_placed(entity) | values for entity, values in endpoints]
    for number, row in enumerate(rows, start=1):
        row["entity_number"] = number
    return {
        "item": "blueprint",
        "label": label or factory.id,
        "description": description(factory, offset),
        "icons": _icons(factory),
        "entities": rows,
        "version": VERSION_2_0,
    }


def _icons(factory: Factory) -> list[dict[str, Any]]:
    """Up to four of its entities, the most telling (those with a recipe) first."""
    ranked = sorted(factory.entities, key=lambda entity: entity.recipe is None)
    names = list(dict.fromkeys(entity.name for entity in ranked))[:_MAX_ICONS] or ["transport-belt"]
    return [{"signal": {"name": name}, "index": index} for index, name in enumerate(names, start=1)]


def _placed(entity: Entity) -> dict[str, Any]:
    width, height = entity.size
    row: dict[str, Any] = {
        "entity_number": 0,
        "name": entity.name,
        "position": {"x": entity.x + width / 2, "y": entity.y + height / 2},
    }
    if entity.direction:
        row["direction"] = entity.direction
    return row


def _entity_json(entity: Entity) -> dict[str, Any]:
    row = _placed(entity) | _settings(entity)
    extra = extra_fields(entity, entity_of(row, entity.x, entity.y))
    if extra or is_off_grid(entity.prototype, entity.direction):
        row["tags"] = {TAG: {"entity": extra}}
    return row


def _settings(entity: Entity) -> dict[str, Any]:
    """The entity's settings in the game's fields; only those that its kind has."""
    kind, row = entity.prototype.type, dict[str, Any]()
    if entity.underground_type and kind in ("underground-belt", "loader", "loader-1x1"):
        row["type"] = entity.underground_type
    if entity.recipe and kind in ("assembling-machine", "rocket-silo"):
        row["recipe"] = entity.recipe
    if kind == "inserter" and entity.filters:
        row["use_filters"] = True
        row["filters"] = [
            {"index": index, "name": name, "quality": "normal", "comparator": "="}
            for index, name in enumerate(entity.filters, start=1)
        ]
    if kind == "inserter" and entity.stack_size:
        row["override_stack_size"] = min(entity.stack_size, 255)
    if kind in CHEST_TYPES and entity.bar is not None:
        row["bar"] = max(0, entity.bar)
    if kind == "splitter":
        row |= {key: side for key in ("input_priority", "output_priority") if (side := getattr(entity, key))}
        if entity.filter:
            row["filter"] = {"name": entity.filter}
    if entity.modules:
        row["items"] = insert_plans(entity.name, entity.modules)
    if entity.quality != "normal":
        row["quality"] = entity.quality
    return row
