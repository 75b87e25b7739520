"""How an entity of some name and direction stands on the tiles, and which tiles the entities of a print take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.errors import BlueprintError
from factorion_cli.factory import Entity
from factorion_cli.factory.footprints import cover, size_of
from factorion_cli.prototypes import EntityPrototype, load_table

TWO_ENDED = frozenset({"underground-belt", "loader", "loader-1x1", "linked-belt"})
"""Types of entities that are an input or an output."""

_OFF_GRID_WORDS = ("rail", "wagon")
_OFF_GRID_TYPES = frozenset({"locomotive", "car", "spider-vehicle"})
_MISFIT_TILES = 0.3
"""How far a corner may be from a tile's; the game stores positions in 1/256 tile, and some prints are edited."""


class Stance(NamedTuple):
    """What follows from the name and direction of an entity of a print.

    Attributes:
        prototype: of the entity.
        off_grid: it is outside the tile model.
        facing: the direction that counts: north for what turning does not change.
        width: tiles, as it stands.
        height: tiles, as it stands.
        two_ended: it is an input or an output.
    """

    prototype: EntityPrototype
    off_grid: bool
    facing: int
    width: int
    height: int
    two_ended: bool


@lru_cache(maxsize=4096)
def stance_of(name: str, direction: int) -> Stance | None:
    """The stance of a vanilla entity; None for a modded one."""
    prototype = load_table().entities.get(name)
    if prototype is None:
        return None
    facing = direction if prototype.rotatable and direction % 4 == 0 else 0
    off_grid = is_off_grid(prototype, direction)
    return Stance(prototype, off_grid, facing, *prototype.size(facing), prototype.type in TWO_ENDED)


def is_off_grid(prototype: EntityPrototype, direction: int) -> bool:
    """Whether an entity is outside the tile model: rails and what runs on them, vehicles, diagonals."""
    if prototype.type in _OFF_GRID_TYPES or any(word in prototype.type for word in _OFF_GRID_WORDS):
        return True
    return prototype.rotatable and direction % 4 != 0


def boxes_of(source: str, centres: Sequence[float], stances: Sequence[Stance]) -> LongArray:
    """(N, 4) boxes x, y, width, height in tiles of entities; `source` names their print in errors.

    The whole print is moved by half a tile along an axis where most entities would be between tiles: prints before 1.0
    count from the middle of a tile, so every centre is half a tile away from where 1.0 has it.

    Args:
        source: the print.
        centres: x and y of each entity in turn.
        stances: how each stands.

    Raises:
        BlueprintError: an entity stands between tiles even so.
    """
    size = np.array([[stance.width for stance in stances], [stance.height for stance in stances]], dtype=np.int64).T
    corner = np.array(centres, dtype=np.float64).reshape(-1, 2) - size / 2
    part = corner % 1
    between = ((part > 0.25) & (part < 0.75)).sum(axis=0)
    corner += np.where(2 * between > len(corner), 0.5, 0.0)
    tile = np.round(corner)
    misfit = (np.abs(corner - tile) > _MISFIT_TILES).any(axis=1)
    if misfit.any():
        first = int(misfit.argmax())
        x, y = corner[first].tolist()
        name = stances[first].prototype.name
        raise BlueprintError(f"{source}: {name} stands between tiles, its corner at {x}, {y}")
    return np.hstack([tile.astype(np.int64), size])


def check_overlaps(source: str, entities: Iterable[Entity]) -> LongArray:
    """(N, 4) boxes x, y, width, height of entities that do not overlap; `source` names their factory in errors.

    Raises:
        BlueprintError: two share a tile; both are named.
    """
    standing = list(entities)
    rows = [(entity.x, entity.y, *size_of(entity.name, entity.direction)) for entity in standing]
    boxes = np.array(rows, dtype=np.int64).reshape(-1, 4)
    pair = first_overlap(boxes)
    if pair is not None:
        other, entity = (standing[index] for index in pair)
        raise BlueprintError(
            f"{source}: {entity.name} at {entity.x},{entity.y} overlaps {other.name} at {other.x},{other.y}"
        )
    return boxes


def first_overlap(boxes: LongArray) -> tuple[int, int] | None:
    """The first of N boxes on a tile of one before it, behind that one; None: all stand apart."""
    if not len(boxes):
        return None
    tiles = cover(boxes)
    place = (tiles.y - tiles.y.min()) * (tiles.x.max() - tiles.x.min() + 1) + tiles.x
    order = np.argsort(place, kind="stable")
    shared = place[order[1:]] == place[order[:-1]]
    if not shared.any():
        return None
    before, after = tiles.owner[order[:-1]][shared], tiles.owner[order[1:]][shared]
    first = int(after.argmin())
    return int(before[first]), int(after[first])
