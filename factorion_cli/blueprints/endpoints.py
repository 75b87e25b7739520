"""What a blueprint of ours carries beyond the game's own fields, so that the whole Factory comes back from its string.

The game keeps an entity's `tags` and a print's `description` through copying, so they hold it:

    description                 a line `factorion {...}`: id, size, offset of the bounding box, power and so on
    tags.factorion.sources      endpoints that this entity stands for, each with its `index` in the Factory
    tags.factorion.sinks
    tags.factorion.entity       fields of an entity that the game does not have

A belt endpoint is a belt of its tier, a chest endpoint an infinity chest, so that the print works in a sandbox too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from factorion_cli.errors import BlueprintError, FactoryError
from factorion_cli.factory import Entity, Factory, Sink, Source, factory_from_json, factory_to_json
from factorion_cli.factory.files import entity_from_json, entity_to_json

TAG = "factorion"
CHEST = "infinity-chest"
_FILE_KEYS = {"direction": "dir", "underground_type": "type"}
_BLOCK_KEYS = ("id", "size", "power", "research", "resources")


@dataclass(slots=True)
class Marks:
    """The marks of one print, gathered while its entities are read."""

    offset: tuple[int, int] = (0, 0)
    block: dict[str, Any] | None = None
    sources: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    sinks: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def take_endpoints(self, raw: Mapping[str, Any], x: int, y: int) -> bool:
        """Note the endpoints that an entity at tile (x, y) stands for; False when it is an ordinary entity."""
        tag = _tag(raw)
        found = False
        for key, kept in (("sources", self.sources), ("sinks", self.sinks)):
            for mark in tag.get(key, ()):
                found = True
                place = {"x": x, "y": y}
                if mark.get("kind") == "belt":
                    place |= {"dir": raw.get("direction", 0), "belt": raw["name"]}
                kept.append((mark.get("index", len(kept)), {k: v for k, v in mark.items() if k != "index"} | place))
        return found

    def footprints(self) -> list[Entity]:
        """One 1x1 entity for each tile with an endpoint, for bounds and overlaps."""
        tiles = {(end["x"], end["y"]) for _, end in (*self.sources, *self.sinks)}
        return [Entity(CHEST, x, y) for x, y in sorted(tiles)]

    def complete(self, factory: Factory) -> Factory:
        """The factory with its endpoints and with what the description says; never smaller than what stands in it."""
        if self.block is None and not self.sources and not self.sinks:
            return factory
        block = self.block or {}
        ends = {"sources": _in_order(self.sources), "sinks": _in_order([*self.sinks, *block.get("outputs", ())])}
        try:
            kept = {key: block[key] for key in _BLOCK_KEYS if key in block}
            read = factory_from_json({"id": factory.id, "size": [factory.width, factory.height]} | kept | ends)
        except (FactoryError, TypeError, ValueError) as error:
            raise BlueprintError(f"{factory.id}: its factorion marks are damaged: {error}") from error
        width, height = max(read.width, factory.width), max(read.height, factory.height)
        return replace(read, width=width, height=height, entities=factory.entities, metadata=factory.metadata)


def _in_order(marks: list[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [values for _, values in sorted(marks, key=lambda mark: mark[0])]


def _tag(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    tags = raw.get("tags")
    tag = tags.get(TAG) if isinstance(tags, dict) else None
    return tag if isinstance(tag, dict) else {}


def _line(blueprint: Mapping[str, Any]) -> str | None:
    lines = str(blueprint.get("description", "")).splitlines()
    return next((line for line in lines if line.startswith(f"{TAG} {{")), None)


def is_marked(blueprint: Mapping[str, Any]) -> bool:
    """Whether a print is one of ours, which may be without a single entity."""
    return _line(blueprint) is not None


def read_marks(blueprint: Mapping[str, Any]) -> Marks:
    """The marks in a print's description; a print of anybody else has none."""
    line = _line(blueprint)
    if line is None:
        return Marks()
    try:
        block = json.loads(line.removeprefix(TAG))
        x, y = block.get("offset", (0, 0))
        return Marks(offset=(int(x), int(y)), block=block)
    except (TypeError, ValueError) as error:
        raise BlueprintError(f"the factorion line in the description is damaged: {error}") from error


def is_kept(raw: Mapping[str, Any]) -> bool:
    """Whether an entity is one of ours that stands on the grid whatever its kind."""
    return "entity" in _tag(raw)


def with_extra_fields(entity: Entity, raw: Mapping[str, Any]) -> Entity:
    """The entity with the fields that the game does not have."""
    extra = _tag(raw).get("entity")
    return entity_from_json(entity_to_json(entity) | extra) if extra else entity


def extra_fields(entity: Entity, without: Entity) -> dict[str, Any]:
    """What `with_extra_fields` needs to make `entity` of `without`; empty when they are equal."""
    differing = [f.name for f in fields(Entity) if getattr(entity, f.name) != getattr(without, f.name)]
    written = entity_to_json(entity)
    keys = [(name, _FILE_KEYS.get(name, name)) for name in differing]
    return {key: written.get(key, _plain(getattr(entity, name))) for name, key in keys}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def description(factory: Factory, offset: tuple[int, int]) -> str:
    """The line for the description of a print of `factory`, whose bounding box starts at tile `offset`."""
    written = factory_to_json(factory)
    block = {key: written[key] for key in _BLOCK_KEYS if key in written}
    outputs = [[index, sink] for index, sink in enumerate(written["sinks"]) if sink["kind"] == "output"]
    if outputs:
        block["outputs"] = outputs
    return f"{TAG} {json.dumps(block | {'offset': list(offset)}, separators=(',', ':'))}"


def endpoint_entities(factory: Factory) -> list[tuple[Entity, dict[str, Any]]]:
    """(entity, its JSON beyond name and position) for each tile with endpoints, sources first.

    Raises:
        BlueprintError: endpoints of different make on one tile.
    """
    tiles: dict[tuple[int, int], list[tuple[int, Source | Sink]]] = {}
    numbered: list[tuple[int, Source | Sink]] = [*enumerate(factory.sources), *enumerate(factory.sinks)]
    for index, end in numbered:
        if end.kind != "output":
            tiles.setdefault((end.x, end.y), []).append((index, end))
    return [_endpoint_entity(factory.id, ends) for ends in tiles.values()]


def _endpoint_entity(where: str, ends: list[tuple[int, Source | Sink]]) -> tuple[Entity, dict[str, Any]]:
    first = ends[0][1]
    for _, end in ends:
        if (end.kind, end.direction, end.belt) != (first.kind, first.direction, first.belt):
            raise BlueprintError(f"{where}: endpoints {first.id} and {end.id} cannot share the tile {end.x},{end.y}")
    tag: dict[str, list[dict[str, Any]]] = {}
    for index, end in ends:
        mark = {"index": index, "id": end.id, "kind": end.kind}
        if end.item is not None:
            mark["item"] = end.item
        if isinstance(end, Source) and end.kind == "belt":
            mark["lanes"] = end.lanes
        if end.kind == "chest":
            mark |= {"dir": end.direction, "belt": end.belt} | ({"lanes": end.lanes} if isinstance(end, Source) else {})
        tag.setdefault("sources" if isinstance(end, Source) else "sinks", []).append(mark)
    values: dict[str, Any] = {"tags": {TAG: tag}}
    if first.kind == "belt":
        return Entity(first.belt, first.x, first.y, first.direction), values
    supplied = first.item if isinstance(first, Source) else None
    values["infinity_settings"] = _infinity_settings(supplied)
    return Entity(CHEST, first.x, first.y), values


def _infinity_settings(item: str | None) -> dict[str, Any]:
    """A chest that always holds `item`, or, for None, one that swallows everything."""
    if item is None:
        return {"remove_unfiltered_items": True}
    return {
        "remove_unfiltered_items": False,
        "filters": [{"index": 1, "name": item, "count": 1000, "mode": "at-least"}],
    }
