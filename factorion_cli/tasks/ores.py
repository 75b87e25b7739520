"""Ore for the drills of a design: a blueprint says where they stand, not on what."""

from __future__ import annotations

from collections.abc import Mapping

from factorion_cli.factory import Factory, Resource
from factorion_cli.simulation.drilling import mined_tiles


def deposits(factory: Factory, ores: Mapping[int, str]) -> tuple[Resource, ...]:
    """Endless ore under each drill, within the rectangle; drills that stand side by side share one rectangle of it.

    Args:
        factory: the design.
        ores: what each drill mines, by its index.
    """
    areas: dict[str, list[tuple[int, int, int, int]]] = {}
    for index, ore in ores.items():
        drill = factory.entities[index].prototype.drill
        assert drill is not None
        tiles = mined_tiles(factory.entities[index], drill)
        left, top = max(0, min(x for x, _ in tiles)), max(0, min(y for _, y in tiles))
        right = min(factory.width, 1 + max(x for x, _ in tiles))
        bottom = min(factory.height, 1 + max(y for _, y in tiles))
        areas.setdefault(ore, []).append((left, top, right - left, bottom - top))
    if len(areas) == 1:
        areas = {ore: [_around(found)] for ore, found in areas.items()}
    return tuple(Resource(ore, area) for ore in sorted(areas) for area in sorted(set(areas[ore])))


def _around(areas: list[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    left, top = min(area[0] for area in areas), min(area[1] for area in areas)
    right, bottom = max(x + width for x, _, width, _ in areas), max(y + height for _, y, _, height in areas)
    return left, top, right - left, bottom - top
