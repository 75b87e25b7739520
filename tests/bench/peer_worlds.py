"""The peer's world tensors as Factories.

A world is (W, H, C) int64: entity, direction (1 to 4 from north clockwise), item or recipe, underground state,
footprint, power. An entity fills all its tiles; arms face the way they drop; its bulk inserter marks a sink and its
stack inserter a source, both belt tiles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.geometry import opposite
from factorion_cli.prototypes import load_table

ENTITY, DIRECTION, ITEM, MISC = range(4)
SOURCE, SINK = "stack-inserter", "bulk-inserter"
_UNDERGROUND = {0: None, 1: "input", 2: "output"}


def game_names(items: Mapping[str, str]) -> dict[int, str]:
    """The peer's ids with the game's names: hyphens for underscores."""
    return {int(number): name.replace("_", "-") for number, name in items.items()}


def _tiles(world: LongArray, names: Mapping[int, str]) -> Iterator[tuple[str, int, int, int, LongArray]]:
    """Name, tile and direction of everything that stands there, each once: its first tile row by row is its corner."""
    seen = np.zeros(world.shape[:2], np.bool_)
    for y in range(world.shape[1]):
        for x in range(world.shape[0]):
            tile = world[x, y]
            if tile[ENTITY] == 0 or seen[x, y]:
                continue
            name = names[int(tile[ENTITY])]
            direction = 4 * max(0, int(tile[DIRECTION]) - 1)
            if name not in (SOURCE, SINK):
                width, height = size_of(name, direction)
                seen[x : x + width, y : y + height] = True
            yield name, x, y, direction, tile


def to_factory(world: LongArray, names: Mapping[int, str], factory_id: str = "peer") -> Factory:
    """One world; everything electric needs a pole, as it does there."""
    entities, sources, sinks = [], [], []
    for name, x, y, direction, tile in _tiles(world, names):
        item = names.get(int(tile[ITEM]))
        if name == SOURCE:
            sources.append(Source(f"S{x}_{y}", "belt", x, y, item or "", direction))
        elif name == SINK:
            sinks.append(Sink(f"K{x}_{y}", "belt", x, y, item, direction))
        else:
            entities.append(_entity(name, x, y, direction, item, int(tile[MISC])))
    width, height = world.shape[:2]
    return Factory(width, height, tuple(entities), tuple(sources), tuple(sinks), factory_id, Power("poles"))


def _entity(name: str, x: int, y: int, direction: int, item: str | None, misc: int) -> Entity:
    prototype = load_table().entity(name)
    options: dict[str, Any] = {}
    if prototype.inserter is not None:
        direction = opposite(direction)
        options["filters"] = (item,) if item else ()
    elif prototype.machine is not None:
        recipe = load_table().recipes.get(item or "")
        direction, options["recipe"] = 0, item
        options["fluid"] = "unlimited" if recipe is not None and recipe.has_fluid else None
    elif prototype.pole is not None:
        direction = 0
    elif prototype.type == "underground-belt":
        options["underground_type"] = _UNDERGROUND[misc]
    return Entity(name, x, y, direction, **options)
