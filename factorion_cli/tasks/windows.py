"""Pieces of a design that fit a window, its margin for endpoints included.

A design that fits stays whole. A larger one is cut where nothing is lost, between its separate parts; a part that is
still too large becomes production cells (`cells`), each around a cluster of machines that hang together (`clusters`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from factorion_cli.factory import Entity, Factory
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.cells import Ways, cut_cell, ways_of
from factorion_cli.tasks.clusters import Clusters, Groups, box_of
from factorion_cli.tasks.endpoints import MARGIN
from factorion_cli.tasks.layout import BELT_TYPES, Layout, analyse

MOVING_TYPES = BELT_TYPES | {"inserter", "mining-drill"}
MIN_ENTITIES = 8
"""Pieces with fewer entities are scraps."""


def cut_windows(factory: Factory, window: int = 32, min_entities: int = MIN_ENTITIES) -> list[Factory]:
    """The whole design if it fits, else pieces of it that make sense on their own.

    Args:
        factory: entities only. Unknown (modded) entities are left out.
        window: side in tiles that a piece and its margin may take up.
        min_entities: pieces with fewer are dropped; a whole design that fits is kept however small it is.

    Returns:
        Entities moved so that each piece's bounding box starts at 0, 0; no two pieces alike. `metadata["window"]` is
        the place (x, y) in the design that a piece was cut from; absent for a whole design. Belts that are cut become
        open ends.
    """
    content = window - 2 * MARGIN
    known = load_table().entities
    entities = tuple(entity for entity in factory.entities if entity.name in known)
    if not entities or content < 1:
        return []
    if factory.width <= content and factory.height <= content:
        return [replace(factory, entities=entities)]
    pieces: dict[tuple[Entity, ...], Factory] = {}
    for part in _pieces(replace(factory, entities=entities), content):
        if len(part) >= min_entities:
            piece = _trimmed(factory, part)
            pieces.setdefault(tuple(sorted(piece.entities, key=_order)), piece)
    return list(pieces.values())


def _pieces(factory: Factory, content: int) -> Iterator[tuple[Entity, ...]]:
    entities = factory.entities
    whole: tuple[Layout, Ways] | None = None
    for part in _parts(entities):
        members = tuple(entities[index] for index in part)
        left, top, right, bottom = box_of(members)
        if right - left <= content and bottom - top <= content:
            yield members
        elif any(entity.prototype.type in MOVING_TYPES for entity in members):
            if whole is None:
                layout = analyse(replace(factory, sources=(), sinks=()))
                whole = layout, ways_of(layout)
            layout, ways = whole
            among, clusters = frozenset(part), Clusters(layout, part, content)
            for cluster in clusters:
                cell, joined = cut_cell(layout, ways, among, cluster, content)
                clusters.release(set(cluster) - set(joined))
                yield tuple(entities[index] for index in cell)
        else:
            yield from _squares(members, content)


def _squares(part: tuple[Entity, ...], content: int) -> Iterator[tuple[Entity, ...]]:
    """What lies wholly inside the squares of a grid: for what moves nothing, such as fields of solar panels."""
    left, top, right, bottom = box_of(part)
    for y in _starts(top, bottom, content, content):
        for x in _starts(left, right, content, content):
            inside = tuple(entity for entity in part if _inside(entity, x, y, content))
            if inside:
                yield inside


def _starts(low: int, high: int, content: int, stride: int) -> list[int]:
    """Where the cells of a grid begin along one axis; the last one ends with the design."""
    last = max(low, high - content)
    return [*range(low, last, stride), last]


def _inside(entity: Entity, x: int, y: int, content: int) -> bool:
    width, height = entity.size
    return x <= entity.x and y <= entity.y and entity.x + width <= x + content and entity.y + height <= y + content


def _parts(entities: tuple[Entity, ...]) -> list[tuple[int, ...]]:
    """Groups of entities with at least two empty tiles (or an underground belt's gap) between them."""
    at = {tile: index for index, entity in enumerate(entities) for tile in entity.tiles()}
    groups = Groups(len(entities))
    for index, entity in enumerate(entities):
        for tile in _neighbourhood(entity):
            if tile in at:
                groups.join(index, at[tile])
    parts: dict[int, list[int]] = {}
    for index in range(len(entities)):
        parts.setdefault(groups.root(index), []).append(index)
    return [tuple(part) for part in parts.values()]


def _neighbourhood(entity: Entity) -> Iterator[tuple[int, int]]:
    """Tiles at most two away, or as far as an underground belt reaches along its axis."""
    width, height = entity.size
    for y in range(entity.y - 2, entity.y + height + 2):
        for x in range(entity.x - 2, entity.x + width + 2):
            yield x, y
    belt = entity.prototype.belt
    if belt is not None:
        for distance in range(3, belt.max_distance + 1):
            if entity.direction % 8 == 0:
                yield entity.x, entity.y - distance
                yield entity.x, entity.y + distance
            else:
                yield entity.x - distance, entity.y
                yield entity.x + distance, entity.y


def _trimmed(factory: Factory, part: tuple[Entity, ...]) -> Factory:
    left, top, right, bottom = box_of(part)
    return replace(
        factory,
        width=right - left,
        height=bottom - top,
        entities=tuple(replace(entity, x=entity.x - left, y=entity.y - top) for entity in part),
        metadata={**factory.metadata, "window": [left, top]},
    )


def _order(entity: Entity) -> tuple[int, int, str]:
    return entity.y, entity.x, entity.name
