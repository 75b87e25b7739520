"""What the game would let stand where.

The rule is by whole tiles: two entities collide when they share one, and endpoints of kind belt and chest take their
tile. That is the game's own rule for everything logistic; it is coarser for rails, their signals and vehicles, whose
collision boxes do not follow the tiles, so of those it may refuse what the game allows.
"""

from __future__ import annotations

import numpy as np

from factorion_cli.arrays import MaskArray
from factorion_cli.errors import PlacementError
from factorion_cli.factory.entity import Entity
from factorion_cli.factory.factory import Factory
from factorion_cli.factory.footprints import cover, rectangles, size_of, standing_endpoints
from factorion_cli.factory.geometry import DIRECTION_NAMES, DIRECTIONS, NORTH
from factorion_cli.prototypes import load_table


def occupied_tiles(factory: Factory) -> MaskArray:
    """(height, width) bool: tiles under an entity or an endpoint; what lies outside the rectangle is left out."""
    occupied = np.zeros((factory.height, factory.width), dtype=np.bool_)
    tiles = cover(rectangles(factory))
    inside = (tiles.x >= 0) & (tiles.y >= 0) & (tiles.x < factory.width) & (tiles.y < factory.height)
    occupied[tiles.y[inside], tiles.x[inside]] = True
    return occupied


def legal_directions(name: str) -> tuple[int, ...]:
    """Directions that an entity can face; north alone when turning it changes nothing.

    >>> legal_directions("inserter"), legal_directions("wooden-chest")
    ((0, 4, 8, 12), (0,))
    """
    return DIRECTIONS if load_table().entity(name).rotatable else (NORTH,)


def legal_tiles(occupied: MaskArray, name: str, direction: int) -> MaskArray:
    """Top-left tiles at which an entity could be placed.

    Args:
        occupied: (H, W) bool, see `occupied_tiles`; padding counts as occupied.
        name: entity, whose footprint facing `direction` is looked up.
        direction: 0, 4, 8 or 12.

    Returns:
        (H, W) bool: the footprint with its top-left corner here is free and inside.
    """
    width, height = size_of(name, direction)
    rows, columns = occupied.shape
    legal = np.zeros_like(occupied)
    if rows < height or columns < width:
        return legal
    # The footprint is a rectangle, so looking along x and then along y is enough: width + height passes.
    blocked = occupied[:, : columns - width + 1].copy()
    for dx in range(1, width):
        blocked |= occupied[:, dx : columns - width + 1 + dx]
    column_blocked = blocked[: rows - height + 1].copy()
    for dy in range(1, height):
        column_blocked |= blocked[dy : rows - height + 1 + dy]
    legal[: rows - height + 1, : columns - width + 1] = ~column_blocked
    return legal


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _collision(factory: Factory, rectangle: tuple[int, int, int, int]) -> str | None:
    for other in factory.entities:
        if _overlap(rectangle, (other.x, other.y, *size_of(other.name, other.direction))):
            return f"{other.name} at {other.x},{other.y}"
    for endpoint in standing_endpoints(factory):
        if _overlap(rectangle, (endpoint.x, endpoint.y, 1, 1)):
            return f"endpoint {endpoint.id} at {endpoint.x},{endpoint.y}"
    return None


def check(factory: Factory, entity: Entity) -> str | None:
    """Why the game would refuse `entity` there, or None when it would not."""
    if entity.name not in load_table().entities:
        return f"no vanilla entity is called {entity.name!r}"
    if entity.direction not in legal_directions(entity.name):
        facing = DIRECTION_NAMES.get(entity.direction, f"direction {entity.direction}")
        return f"{entity.name} cannot face {facing}"
    width, height = size_of(entity.name, entity.direction)
    if not (0 <= entity.x <= factory.width - width and 0 <= entity.y <= factory.height - height):
        return (
            f"{entity.name} at {entity.x},{entity.y} covers {width} x {height} tiles "
            f"and leaves the factory's {factory.width} x {factory.height}"
        )
    other = _collision(factory, (entity.x, entity.y, width, height))
    return f"{entity.name} at {entity.x},{entity.y} collides with {other}" if other else None


def place(factory: Factory, entity: Entity) -> Factory:
    """The factory with `entity` at the end; raises PlacementError with the reason of `check`."""
    reason = check(factory, entity)
    if reason is not None:
        raise PlacementError(f"{factory.id}: {reason}")
    return factory.adding(entity)
