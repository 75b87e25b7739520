"""Pieces of a design that fit a window, its margin for endpoints included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from factorion_cli.factory import Entity, Factory
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.endpoints import MARGIN

MIN_ENTITIES = 8
"""Pieces with fewer entities are scraps."""


def cut_windows(factory: Factory, window: int = 32, min_entities: int = MIN_ENTITIES) -> list[Factory]:
    """The whole design if it fits, else pieces of it.

    A design of separate parts is cut between them first; a part that is still too large is cut by a grid whose cells
    overlap by half, and of each cell the entities that lie wholly inside are kept. Belts that are cut become open ends.

    Args:
        factory: entities only. Unknown (modded) entities are left out.
        window: side in tiles that a piece and its margin may take up.
        min_entities: pieces with fewer are dropped; a whole design that fits is kept however small it is.

    Returns:
        Entities moved so that each piece's bounding box starts at 0, 0; no two pieces alike. `metadata["window"]` is
        the place (x, y) in the design that a piece was cut from; absent for a whole design.
    """
    content = window - 2 * MARGIN
    known = load_table().entities
    entities = tuple(entity for entity in factory.entities if entity.name in known)
    if not entities:
        return []
    if factory.width <= content and factory.height <= content:
        return [replace(factory, entities=entities)]
    pieces: dict[tuple[Entity, ...], Factory] = {}
    for part in _pieces(entities, content):
        if len(part) >= min_entities:
            piece = _trimmed(factory, part)
            pieces.setdefault(tuple(sorted(piece.entities, key=_order)), piece)
    return list(pieces.values())


def _pieces(entities: tuple[Entity, ...], content: int) -> Iterator[tuple[Entity, ...]]:
    for part in _parts(entities):
        left, top, right, bottom = _bounds(part)
        if right - left <= content and bottom - top <= content:
            yield part
            continue
        stride = max(1, content // 2)
        for y in _starts(top, bottom, content, stride):
            for x in _starts(left, right, content, stride):
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


def _bounds(entities: Iterable[Entity]) -> tuple[int, int, int, int]:
    boxes = [(entity.x, entity.y, *entity.size) for entity in entities]
    return (
        min(x for x, _, _, _ in boxes),
        min(y for _, y, _, _ in boxes),
        max(x + width for x, _, width, _ in boxes),
        max(y + height for _, y, _, height in boxes),
    )


def _parts(entities: tuple[Entity, ...]) -> list[tuple[Entity, ...]]:
    """Groups of entities with at least two empty tiles (or an underground belt's gap) between them."""
    at = {tile: index for index, entity in enumerate(entities) for tile in entity.tiles()}
    group = list(range(len(entities)))

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = group[index]
        return index

    for index, entity in enumerate(entities):
        for tile in _neighbourhood(entity):
            if tile in at:
                first, second = sorted((root(index), root(at[tile])))
                group[second] = first
    parts: dict[int, list[Entity]] = {}
    for index, entity in enumerate(entities):
        parts.setdefault(root(index), []).append(entity)
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
    left, top, right, bottom = _bounds(part)
    return replace(
        factory,
        width=right - left,
        height=bottom - top,
        entities=tuple(replace(entity, x=entity.x - left, y=entity.y - top) for entity in part),
        metadata={**factory.metadata, "window": [left, top]},
    )


def _order(entity: Entity) -> tuple[int, int, str]:
    return entity.y, entity.x, entity.name
