"""Factory <-> (C, H, W) int16 tensor, the form that networks see.

Derived, never the truth: modules, quality, hands, further filters, power and metadata are not in it. Everything that a
channel carries comes back from `from_tensor`; docs/formats.md (Tensors) has the table.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from factorion_cli.arrays import GridArray, LongArray
from factorion_cli.errors import FactoryError
from factorion_cli.factory.entity import Entity, Side, Sink, Source
from factorion_cli.factory.factory import Factory
from factorion_cli.factory.footprints import cover, size_of, standing_endpoints
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.prototypes import load_table

CHANNELS: tuple[str, ...] = (
    "entity",
    "part",
    "direction",
    "recipe",
    "filter",
    "variant",
    "endpoint",
    "item",
    "item_right",
    "bounds",
)
ENTITY, PART, DIRECTION, RECIPE, FILTER, VARIANT, ENDPOINT, ITEM, ITEM_RIGHT, BOUNDS = range(len(CHANNELS))

CHEST_ENDPOINT = "infinity-chest"
"""Entity that stands for chest endpoints in the entity channel."""

BELT_SOURCE, LEFT_SOURCE, RIGHT_SOURCE, TWO_SOURCES, CHEST_SOURCE, BELT_SINK, CHEST_SINK = range(1, 8)
_SOURCE_CODES = {"both": BELT_SOURCE, "left": LEFT_SOURCE, "right": RIGHT_SOURCE}
_LANES: dict[int, Any] = {code: lanes for lanes, code in _SOURCE_CODES.items()}

_SIDES: tuple[Side | None, ...] = (None, "left", "right")
_SIDE_CODES = {None: 0, "left": 1, "right": 2}
_UNDERGROUND_CODES = {None: 0, "input": 1, "output": 2}
_FIRST_SPLITTER_CODE = 3


@lru_cache(maxsize=4096)
def _standing(name: str, direction: int) -> tuple[int, int, int, int]:
    """(width, height, entity id, direction code) of an entity as it stands."""
    return (*size_of(name, direction), default_vocabulary().entity_id(name), 1 + direction // 4)


def variant_code(entity: Entity) -> int:
    """What the variant channel says of an entity: the end of an underground, the priorities of a splitter."""
    if entity.input_priority is None and entity.output_priority is None:
        return _UNDERGROUND_CODES[entity.underground_type]
    return _FIRST_SPLITTER_CODE + 3 * _SIDE_CODES[entity.input_priority] + _SIDE_CODES[entity.output_priority]


def entity_rows(factory: Factory) -> LongArray:
    """(M, 9) int64: x, y, width, height in tiles, then the channels entity, direction, recipe, filter, variant.

    Raises DataError for a name that is not in the vocabulary (modded).
    """
    vocabulary = default_vocabulary()
    rows = [
        (
            entity.x,
            entity.y,
            *_standing(entity.name, entity.direction),
            vocabulary.recipe_id(entity.recipe) if entity.recipe else 0,
            vocabulary.item_id(entity.filters[0] if entity.filters else entity.filter),
            variant_code(entity),
        )
        for entity in factory.entities
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 9)


def _check_inside(factory: Factory, x: LongArray, y: LongArray, owner: LongArray) -> None:
    outside = (x < 0) | (y < 0) | (x >= factory.width) | (y >= factory.height)
    if outside.any():
        entity = factory.entities[int(owner[int(outside.argmax())])]
        raise FactoryError(
            f"{factory.id}: {entity.name} at {entity.x},{entity.y} reaches outside the factory's "
            f"{factory.width} x {factory.height} tiles, so it has no tensor"
        )


def _draw_entities(tensor: GridArray, factory: Factory) -> None:
    rows = entity_rows(factory)
    owner, x, y, part = cover(rows[:, :4])
    _check_inside(factory, x, y, owner)
    tensor[PART, y, x] = 1 + part
    tensor[[[ENTITY], [DIRECTION], [RECIPE], [FILTER], [VARIANT]], y, x] = rows[owner, 4:].T


def _endpoint_code(endpoint: Source | Sink) -> int:
    if isinstance(endpoint, Source):
        return CHEST_SOURCE if endpoint.kind == "chest" else _SOURCE_CODES[endpoint.lanes]
    return BELT_SINK if endpoint.kind == "belt" else CHEST_SINK


def endpoint_rows(factory: Factory) -> LongArray:
    """(K, 7) int64: x, y in tiles, then the channels entity, direction, endpoint, item and item_right.

    Two sources that feed one belt tile, a lane each, share a row.

    Raises DataError for a name that is not in the vocabulary (modded).
    """
    vocabulary = default_vocabulary()
    rows: dict[tuple[int, int], tuple[int, ...]] = {}
    for endpoint in standing_endpoints(factory):
        place = endpoint.x, endpoint.y
        name = endpoint.belt if endpoint.kind == "belt" else CHEST_ENDPOINT
        look = (*place, vocabulary.entity_id(name), 1 + endpoint.direction // 4)
        code, item = _endpoint_code(endpoint), vocabulary.item_id(endpoint.item)
        before = rows.get(place, (0,) * 7)
        if {before[4], code} == {LEFT_SOURCE, RIGHT_SOURCE}:
            lanes = (before[5], item) if code == RIGHT_SOURCE else (item, before[5])
            rows[place] = (*look, TWO_SOURCES, *lanes)
        else:
            rows[place] = (*look, code, item, 0)
    return np.array(list(rows.values()), dtype=np.int64).reshape(-1, 7)


def _draw_endpoints(tensor: GridArray, factory: Factory) -> None:
    for endpoint in standing_endpoints(factory):
        if not (0 <= endpoint.x < factory.width and 0 <= endpoint.y < factory.height):
            raise FactoryError(f"{factory.id}: endpoint {endpoint.id} stands outside the factory, so it has no tensor")
    x, y, entity, direction, endpoints, item, right = endpoint_rows(factory).T
    tensor[PART, y, x] = 1
    channels = [[ENTITY], [DIRECTION], [ENDPOINT], [ITEM], [ITEM_RIGHT]]
    tensor[channels, y, x] = np.stack([entity, direction, endpoints, item, right])


def to_tensor(factory: Factory, height: int | None = None, width: int | None = None) -> GridArray:
    """The factory as (len(CHANNELS), height, width) int16, zero padded to the right and below.

    Args:
        factory: entities and endpoints must lie inside its rectangle and not overlap.
        height: rows of the result, the factory's own when None.
        width: columns of the result.

    Raises:
        FactoryError: something stands outside, or the factory is larger than the wanted size.
        DataError: a name is not in the vocabulary (modded).
    """
    rows, columns = height or factory.height, width or factory.width
    if rows < factory.height or columns < factory.width:
        raise FactoryError(
            f"{factory.id} is {factory.width} x {factory.height} tiles, too large for a tensor of {columns} x {rows}"
        )
    tensor = np.zeros((len(CHANNELS), rows, columns), dtype=np.int16)
    tensor[BOUNDS, : factory.height, : factory.width] = 1
    if factory.entities:
        _draw_entities(tensor, factory)
    _draw_endpoints(tensor, factory)
    return tensor


def _entity_at(tile: list[int], x: int, y: int, vocabulary: Vocabulary) -> Entity:
    name = vocabulary.entity_name(tile[ENTITY])
    if name is None:
        raise FactoryError(f"the tensor has a part but no entity at {x},{y}")
    item = vocabulary.item_name(tile[FILTER])
    kind = load_table().entity(name).type
    splitter = divmod(tile[VARIANT] - _FIRST_SPLITTER_CODE, 3) if tile[VARIANT] >= _FIRST_SPLITTER_CODE else (0, 0)
    return Entity(
        name,
        x,
        y,
        direction=4 * (tile[DIRECTION] - 1),
        underground_type={1: "input", 2: "output"}.get(tile[VARIANT]),  # type: ignore[arg-type]
        recipe=vocabulary.recipe_name(tile[RECIPE]),
        filters=(item,) if item and kind != "splitter" else (),
        filter=item if kind == "splitter" else None,
        input_priority=_SIDES[splitter[0]],
        output_priority=_SIDES[splitter[1]],
    )


def _sources_at(tile: list[int], x: int, y: int, vocabulary: Vocabulary) -> list[Source]:
    code, direction, belt = tile[ENDPOINT], 4 * (tile[DIRECTION] - 1), vocabulary.entity_name(tile[ENTITY]) or ""
    item, right = vocabulary.item_name(tile[ITEM]) or "", vocabulary.item_name(tile[ITEM_RIGHT]) or ""
    if code == CHEST_SOURCE:
        return [Source(f"S{x}_{y}", "chest", x, y, item, direction)]
    if code == TWO_SOURCES:
        return [
            Source(f"S{x}_{y}_left", "belt", x, y, item, direction, "left", belt),
            Source(f"S{x}_{y}_right", "belt", x, y, right, direction, "right", belt),
        ]
    return [Source(f"S{x}_{y}", "belt", x, y, item, direction, _LANES[code], belt)]


def _sink_at(tile: list[int], x: int, y: int, vocabulary: Vocabulary) -> Sink:
    item, direction = vocabulary.item_name(tile[ITEM]), 4 * (tile[DIRECTION] - 1)
    if tile[ENDPOINT] == CHEST_SINK:
        return Sink(f"K{x}_{y}", "chest", x, y, item, direction)
    return Sink(f"K{x}_{y}", "belt", x, y, item, direction, vocabulary.entity_name(tile[ENTITY]) or "")


def from_tensor(tensor: GridArray, width: int | None = None, height: int | None = None) -> Factory:
    """The factory that a (len(CHANNELS), H, W) int16 tensor shows, entities and endpoints row by row.

    Endpoints are named after their tile: `S3_0` a source, `K3_0` a sink. Without `width` and `height` the `bounds`
    channel says how large the factory is. Raises FactoryError for a tensor of another shape.
    """
    if tensor.ndim != 3 or tensor.shape[0] != len(CHANNELS):
        raise FactoryError(f"the tensor has shape {tensor.shape}, expected ({len(CHANNELS)}, height, width)")
    inside = tensor[BOUNDS] > 0
    vocabulary = default_vocabulary()
    entities: list[Entity] = []
    sources: list[Source] = []
    sinks: list[Sink] = []
    for y, x in np.argwhere(tensor[PART] == 1).tolist():
        tile = tensor[:, y, x].tolist()
        if tile[ENDPOINT] == 0:
            entities.append(_entity_at(tile, x, y, vocabulary))
        elif tile[ENDPOINT] in (BELT_SINK, CHEST_SINK):
            sinks.append(_sink_at(tile, x, y, vocabulary))
        else:
            sources.extend(_sources_at(tile, x, y, vocabulary))
    return Factory(
        width=width if width is not None else int(inside.any(axis=0).sum()),
        height=height if height is not None else int(inside.any(axis=1).sum()),
        entities=tuple(entities),
        sources=tuple(sources),
        sinks=tuple(sinks),
    )
