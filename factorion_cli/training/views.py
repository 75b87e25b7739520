"""A factory as arrays in each of the eight symmetries of the square.

`factory.symmetry` does the same to whole factories; this is the same on arrays, fifty times faster, since training asks
for tens of thousands of views. A test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from factorion_cli.arrays import GridArray, LongArray
from factorion_cli.environments.action import action_for
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.factory.footprints import cover
from factorion_cli.factory.tensor import to_tensor
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.prototypes import load_table

ENTITY, X, Y, WIDTH, HEIGHT, QUARTER, VARIANT, CONTENT, TURNING = range(9)
"""Columns of `View.rows`."""
FIXED, TURNS, TURNS_ON_DIAGONAL = range(3)
"""Values of TURNING: keeps its direction, turns with the factory, or does and is symmetric about a diagonal."""
N_SYMMETRIES = 8

_BELT_ENDPOINTS = (
    grid_tensor.BELT_SOURCE,
    grid_tensor.LEFT_SOURCE,
    grid_tensor.RIGHT_SOURCE,
    grid_tensor.TWO_SOURCES,
    grid_tensor.BELT_SINK,
)
_OTHER_SIDE = np.array([0, 2, 1])
_MIRRORED_VARIANTS = np.array(
    [0, 1, 2, *(3 + 3 * _OTHER_SIDE[code // 3] + _OTHER_SIDE[code % 3] for code in range(9))], np.int16
)
"""By variant code: splitter sides change places."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One factory in one symmetry; E entities in the order of the factory.

    Attributes:
        grid: int16 (C, H, W).
        rows: int64 (E, 9): entity id, x, y, width, height, quarter turn, variant and content of each, and how it turns.
    """

    grid: GridArray
    rows: LongArray

    @classmethod
    def of(cls, factory: Factory) -> View:
        """The factory as it stands; raises DataError for a name that the vocabulary does not have."""
        rows = np.array([_row(entity) for entity in factory.entities], np.int64).reshape(-1, 9)
        return cls(to_tensor(factory), rows)

    def in_symmetry(self, symmetry: int) -> View:
        """Turned clockwise by `symmetry % 4` quarters, mirrored before (east and west exchanged) from 4 on."""
        view = self._mirrored() if symmetry >= 4 else self
        for _ in range(symmetry % 4):
            view = view._turned()
        return view if view is self else view._redrawn()

    def _mirrored(self) -> View:
        grid, rows = self.grid[:, :, ::-1].copy(), self.rows.copy()
        rows[:, X] = grid.shape[2] - rows[:, X] - rows[:, WIDTH]
        turning = rows[:, TURNING]
        rows[:, QUARTER] = np.where(turning == FIXED, rows[:, QUARTER], (turning // 2 - rows[:, QUARTER]) % 4)
        grid[grid_tensor.VARIANT] = _MIRRORED_VARIANTS[grid[grid_tensor.VARIANT]]
        direction, endpoint = grid[grid_tensor.DIRECTION], grid[grid_tensor.ENDPOINT]
        belts = np.isin(endpoint, _BELT_ENDPOINTS)
        direction[belts] = 1 + (1 - direction[belts]) % 4
        lanes = (endpoint == grid_tensor.LEFT_SOURCE) | (endpoint == grid_tensor.RIGHT_SOURCE)
        endpoint[lanes] = grid_tensor.LEFT_SOURCE + grid_tensor.RIGHT_SOURCE - endpoint[lanes]
        two = endpoint == grid_tensor.TWO_SOURCES
        item, right = grid[grid_tensor.ITEM], grid[grid_tensor.ITEM_RIGHT]
        item[two], right[two] = right[two], item[two]
        return View(grid, rows)

    def _turned(self) -> View:
        grid, rows = np.rot90(self.grid, -1, axes=(1, 2)).copy(), self.rows.copy()
        rows[:, X] = self.grid.shape[1] - self.rows[:, Y] - self.rows[:, HEIGHT]
        rows[:, Y] = self.rows[:, X]
        rows[:, WIDTH], rows[:, HEIGHT] = self.rows[:, HEIGHT], self.rows[:, WIDTH]
        rows[:, QUARTER] = np.where(rows[:, TURNING] == FIXED, rows[:, QUARTER], (rows[:, QUARTER] + 1) % 4)
        direction = grid[grid_tensor.DIRECTION]
        belts = np.isin(grid[grid_tensor.ENDPOINT], _BELT_ENDPOINTS)
        direction[belts] = 1 + direction[belts] % 4
        return View(grid, rows)

    def _redrawn(self) -> View:
        """Parts and directions of the entities written anew from the rows."""
        owner, x, y, part = cover(self.rows[:, [X, Y, WIDTH, HEIGHT]])
        self.grid[grid_tensor.PART, y, x] = 1 + part
        self.grid[grid_tensor.DIRECTION, y, x] = 1 + self.rows[owner, QUARTER]
        return self


def faces_north_always(entity: Entity) -> bool:
    """Whether the entity works the same whichever way it faces, so that one direction is as good as another."""
    prototype = entity.prototype
    if prototype.machine is None or prototype.width != prototype.height:
        return False
    return entity.recipe is None or not load_table().recipe(entity.recipe).has_fluid


def _row(entity: Entity) -> tuple[int, ...]:
    action = action_for(entity, default_vocabulary())
    width, height = entity.size
    if not entity.prototype.rotatable or faces_north_always(entity):
        turning = FIXED
    else:
        # The connections of a tank lie on one diagonal, see `factory.symmetry`.
        turning = TURNS_ON_DIAGONAL if entity.prototype.type == "storage-tank" else TURNS
    quarter = entity.direction // 4
    return (
        action.entity_id,
        entity.x,
        entity.y,
        width,
        height,
        quarter,
        action.variant,
        action.content_id,
        turning,
    )
