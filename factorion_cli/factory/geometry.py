"""Directions, tiles and the symmetries of the square.

x east, y south; tile (x, y) covers [x, x+1) x [y, y+1). Directions are Factorio 2.0's sixteenths.
"""

from __future__ import annotations

NORTH, EAST, SOUTH, WEST = 0, 4, 8, 12
DIRECTIONS = (NORTH, EAST, SOUTH, WEST)
DIRECTION_NAMES = {NORTH: "north", EAST: "east", SOUTH: "south", WEST: "west"}

STEP: dict[int, tuple[int, int]] = {NORTH: (0, -1), EAST: (1, 0), SOUTH: (0, 1), WEST: (-1, 0)}
"""Tile offset of one step in each direction."""


def opposite(direction: int) -> int:
    """The direction half a turn away.

    >>> opposite(EAST) == WEST
    True
    """
    return (direction + 8) % 16


def turn_right(direction: int, quarter_turns: int = 1) -> int:
    """The direction after clockwise quarter turns."""
    return (direction + 4 * quarter_turns) % 16


def step(x: int, y: int, direction: int, tiles: int = 1) -> tuple[int, int]:
    """The tile `tiles` steps from (x, y) in `direction`."""
    dx, dy = STEP[direction]
    return x + dx * tiles, y + dy * tiles
