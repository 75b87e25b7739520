"""Rotations and mirror images of a whole factory.

The layout is carried over exactly: positions, facings, footprints, lanes and splitter sides, and entities keep their
order. Flows are those of the original under rotation. Under a mirror they may differ a little, because the game itself
is not symmetric: arms drop on the right lane of a belt that runs along them and pick from the left lane first; and a
machine whose fluid connections are not symmetric has its connections elsewhere (a refinery, a pumpjack).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from factorion_cli.factory.entity import Entity, Lanes, Side, Sink, Source
from factorion_cli.factory.factory import Factory, Resource
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.geometry import turn_right
from factorion_cli.prototypes import load_table

Corner = Callable[[int, int, int, int], tuple[int, int]]
"""Where the top-left corner of the rectangle x, y, width, height goes."""

_Endpoint = TypeVar("_Endpoint", Source, Sink)
_OTHER_SIDE: dict[Side | None, Side | None] = {None: None, "left": "right", "right": "left"}
_OTHER_LANES: dict[Lanes, Lanes] = {"both": "both", "left": "right", "right": "left"}


def _moved_machine(factory: Factory, of: tuple[int, int], corner: Corner) -> tuple[int, int]:
    """New top-left tile of the machine that stands at `of`."""
    for entity in factory.entities:
        if (entity.x, entity.y) == of:
            return corner(*of, *size_of(entity.name, entity.direction))
    return corner(*of, 1, 1)


def _moved_endpoint(factory: Factory, endpoint: _Endpoint, corner: Corner, turn: Callable[[int], int]) -> _Endpoint:
    if isinstance(endpoint, Sink) and endpoint.of is not None:
        return replace(endpoint, of=_moved_machine(factory, endpoint.of, corner))
    x, y = corner(endpoint.x, endpoint.y, 1, 1)
    return replace(endpoint, x=x, y=y, direction=turn(endpoint.direction) if endpoint.kind == "belt" else 0)


def _moved_resource(resource: Resource, corner: Corner, swap: bool) -> Resource:
    _, _, width, height = resource.area
    x, y = corner(*resource.area)
    return replace(resource, area=(x, y, height, width) if swap else (x, y, width, height))


def _rotated_entity(entity: Entity, corner: Corner) -> Entity:
    prototype = load_table().entity(entity.name)
    x, y = corner(entity.x, entity.y, *prototype.size(entity.direction))
    return replace(
        entity, x=x, y=y, direction=turn_right(entity.direction) if prototype.rotatable else entity.direction
    )


def _quarter_turn(factory: Factory) -> Factory:
    def corner(x: int, y: int, _width: int, height: int) -> tuple[int, int]:
        return factory.height - y - height, x

    return replace(
        factory,
        width=factory.height,
        height=factory.width,
        entities=tuple(_rotated_entity(entity, corner) for entity in factory.entities),
        sources=tuple(_moved_endpoint(factory, source, corner, turn_right) for source in factory.sources),
        sinks=tuple(_moved_endpoint(factory, sink, corner, turn_right) for sink in factory.sinks),
        resources=tuple(_moved_resource(resource, corner, swap=True) for resource in factory.resources),
    )


def rotate(factory: Factory, quarter_turns: int = 1) -> Factory:
    """The factory turned clockwise, its width and height swapped by odd turns.

    >>> belt = Factory(3, 1, (Entity("transport-belt", 2, 0, direction=4),))
    >>> turned = rotate(belt)
    >>> turned.width, turned.height, turned.entities[0].y, turned.entities[0].direction
    (1, 3, 2, 8)
    """
    for _ in range(quarter_turns % 4):
        factory = _quarter_turn(factory)
    return factory


def _flipped(direction: int) -> int:
    return -direction % 16


def _mirrored_direction(name: str, direction: int) -> int:
    if load_table().entity(name).type == "storage-tank":
        # Its connections lie on one diagonal: the mirror image is the tank turned by a quarter.
        return (4 - direction) % 16
    return _flipped(direction)


def mirror(factory: Factory) -> Factory:
    """The factory with east and west exchanged; lanes and sides, being seen by a traveller, are exchanged too."""

    def corner(x: int, y: int, width: int, _height: int) -> tuple[int, int]:
        return factory.width - x - width, y

    def mirrored(entity: Entity) -> Entity:
        x, y = corner(entity.x, entity.y, *size_of(entity.name, entity.direction))
        return replace(
            entity,
            x=x,
            y=y,
            direction=_mirrored_direction(entity.name, entity.direction),
            input_priority=_OTHER_SIDE[entity.input_priority],
            output_priority=_OTHER_SIDE[entity.output_priority],
        )

    sources = (
        _moved_endpoint(factory, source, corner, lambda direction: -direction % 16) for source in factory.sources
    )
    return replace(
        factory,
        entities=tuple(mirrored(entity) for entity in factory.entities),
        sources=tuple(replace(source, lanes=_OTHER_LANES[source.lanes]) for source in sources),
        sinks=tuple(_moved_endpoint(factory, sink, corner, _flipped) for sink in factory.sinks),
        resources=tuple(_moved_resource(resource, corner, swap=False) for resource in factory.resources),
    )
