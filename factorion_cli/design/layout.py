"""The arrays that the search works on: what is asked, the board on which it builds, what it varies, its working memory.

Tiles are numbers y * width + x; directions are quarters (0 north, 1 east, 2 south, 3 west); items are numbers of the
plan. Blocks are what arms reach into: machines, which the search moves, and chests, which stay. Lines are belts that
carry the same items from end to end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
ByteArray = NDArray[np.int8]
FloatArray = NDArray[np.float64]

MOST_INPUTS = 8
"""Ingredients of one recipe."""
MOST_BLOCKS = 40
MOST_LINES = 64
MOST_ARMS = 400
MOST_POLES = 120
MOST_SPLITTERS = 32

FREE, WALL, BLOCK, BELT, ENTRY, EXIT, SPLIT, SOURCE, SINK, ARM, POLE = range(11)
"""What is on a tile. From BELT to SINK items travel; ENTRY and EXIT are the ends of an underground."""

ARM_TILE, ARM_SIDE, ARM_KIND, ARM_FROM_BLOCK, ARM_FROM_LINE, ARM_TO_BLOCK, ARM_TO_LINE, ARM_ITEM = range(8)
"""Columns of `Board.arms`; the side is the one it picks up from."""

ARMS, POLES, LINES, SPLITTERS, FAILED, DARK, BELTS = range(7)
"""Places in `Board.counts`: how many there are; requirements that failed; consumers without power."""

LIVE, MISSING = 1, 0

OUT = MOST_INPUTS
"""Requirement of a block beside its ingredients: that its product goes somewhere."""
REQUIREMENTS = MOST_INPUTS + 1

CHEST_SPEED = 1e9
"""Crafts per second of chests, which are blocks whose groups have one ingredient or one product."""

NOBODY = 9999
"""In `Board.kept`: no line may lie there."""

ANY_WAY, FORCED = -1, 4
"""How the last tile of a line may leave: any way, or FORCED + d only towards d; else as a belt entered towards it."""


class Problem(NamedTuple):
    """What is asked, in numbers; nothing here changes during a search."""

    width: int
    height: int
    ground: ByteArray  # (N,) FREE, WALL, SOURCE or SINK
    covered: ByteArray  # (N,) 1 where poles that stand already give power
    span: ByteArray  # (2, N) undergrounds that stand already, by axis (0 vertical)
    group_size: IntArray  # (G, 2) width and height in tiles
    group_item: IntArray  # (G,) what it makes, -1: nothing
    group_yield: FloatArray  # (G,) pieces per craft
    group_speed: FloatArray  # (G,) crafts per second of one machine
    group_inputs: IntArray  # (G, MOST_INPUTS) items, -1: none
    group_amounts: FloatArray  # (G, MOST_INPUTS) pieces per craft
    group_need: FloatArray  # (G,) crafts per second for one item per second into every sink
    fixed: IntArray  # (F, 3) chests: group, x, y; the first blocks
    source_tile: IntArray
    source_side: IntArray
    source_items: IntArray  # bit sets
    sink_tile: IntArray
    sink_side: IntArray
    sink_item: IntArray
    sink_from_belt: IntArray  # 1: the item comes from a source, no machine makes it
    arm_rate: FloatArray  # (2,) items per second of the plain and the long-handed arm, 0: not allowed
    belts: int
    underground: int  # tiles from entry to exit at most, 0: not allowed
    splitters: int
    powered: int  # 1: poles must be laid
    pole_area: int  # tiles that it covers beside its own, to each side
    pole_reach: float  # tiles, centre to centre
    pole_tile: IntArray  # poles that stand already
    unit_rate: float  # items per second that count as 1: one machine of the wanted recipe
    most_rate: float  # bound on items per second
    cost_weight: float
    enough: float  # rate (in units) beyond which more is worth nothing


class State(NamedTuple):
    """What the search varies; `build` makes a board of it, always the same one."""

    group: IntArray  # (MOST_BLOCKS,) -1: none
    x: IntArray
    y: IntArray
    urgency: FloatArray  # (MOST_BLOCKS * REQUIREMENTS + sinks,) who is connected first: the lowest
    price: IntArray  # (N,) what it costs to use a tile


class Board(NamedTuple):
    """A layout under construction."""

    kind: ByteArray  # (N,)
    owner: IntArray  # (N,) block or line
    side: IntArray  # (N,) where a belt leads
    kept: IntArray  # (N,) 0: any line may lie here; line + 1: only that one, whose end leads here; NOBODY
    span: ByteArray  # (2, N) undergrounds below, by axis (0 vertical)
    covered: ByteArray  # (N,) power
    arms: IntArray  # (MOST_ARMS, 8)
    poles: IntArray  # (MOST_POLES,)
    splitters: IntArray  # (MOST_SPLITTERS, 3) tile on the line, the other tile, side
    counts: IntArray  # (8,)
    line_items: IntArray  # (MOST_LINES,) bit sets
    line_end: IntArray  # its last tile
    line_way: IntArray  # how that tile may leave
    line_open: IntArray  # 1: it may be extended
    line_kind: IntArray  # SOURCE, SINK or BELT
    in_rate: FloatArray  # (MOST_BLOCKS, MOST_INPUTS) items per second that arms can bring
    out_rate: FloatArray  # (MOST_BLOCKS,)
    failed: IntArray  # (requirements,) those that could not be met


class Scratch(NamedTuple):
    """Working memory."""

    cost: IntArray  # (N * 8,) of a state: tile, side it was entered towards, whether it is an exit
    seen: IntArray  # (N * 8,) stamp
    parent: IntArray  # (N * 8,) state before, -1 - start
    origin: IntArray  # (N * 8,) start number
    heap: IntArray
    goal: IntArray  # (N,) arm candidate that takes from here
    goal_seen: IntArray  # (N,) stamp
    starts: IntArray  # (S, 4) kind, block or line, candidate, tile
    path: IntArray  # (N,) states from start to goal
    mark: IntArray  # (N,) stamp
    stamp: IntArray  # (2,)
    order: IntArray
    votes: IntArray  # (N,)
    rate: FloatArray  # (G,)


def make_state(problem: Problem) -> State:
    """Room for a state; prices are even, and no block stands."""
    tiles = problem.width * problem.height
    requirements = MOST_BLOCKS * REQUIREMENTS + len(problem.sink_tile)
    return State(
        np.full(MOST_BLOCKS, -1, np.int64),
        np.zeros(MOST_BLOCKS, np.int64),
        np.zeros(MOST_BLOCKS, np.int64),
        np.zeros(requirements),
        np.full(tiles, 10, np.int64),
    )


def make_board(problem: Problem) -> Board:
    """Room for a board."""
    tiles = problem.width * problem.height
    return Board(
        np.zeros(tiles, np.int8),
        np.zeros(tiles, np.int64),
        np.zeros(tiles, np.int64),
        np.zeros(tiles, np.int64),
        np.zeros((2, tiles), np.int8),
        np.zeros(tiles, np.int8),
        np.zeros((MOST_ARMS, 8), np.int64),
        np.zeros(MOST_POLES, np.int64),
        np.zeros((MOST_SPLITTERS, 3), np.int64),
        np.zeros(8, np.int64),
        np.zeros(MOST_LINES, np.int64),
        np.zeros(MOST_LINES, np.int64),
        np.zeros(MOST_LINES, np.int64),
        np.zeros(MOST_LINES, np.int64),
        np.zeros(MOST_LINES, np.int64),
        np.zeros((MOST_BLOCKS, MOST_INPUTS)),
        np.zeros(MOST_BLOCKS),
        np.zeros(MOST_BLOCKS * REQUIREMENTS + len(problem.sink_tile), np.int64),
    )


def make_scratch(problem: Problem) -> Scratch:
    """Room to work in."""
    tiles = problem.width * problem.height
    states = tiles * 8
    requirements = MOST_BLOCKS * REQUIREMENTS + len(problem.sink_tile)
    return Scratch(
        np.zeros(states, np.int64),
        np.zeros(states, np.int64),
        np.zeros(states, np.int64),
        np.zeros(states, np.int64),
        np.zeros(states * 12 + 4096, np.int64),
        np.zeros(tiles, np.int64),
        np.zeros(tiles, np.int64),
        np.zeros((4096, 4), np.int64),
        np.zeros(states, np.int64),
        np.zeros(tiles, np.int64),
        np.zeros(2, np.int64),
        np.zeros(requirements, np.int64),
        np.zeros(tiles, np.int64),
        np.zeros(max(1, len(problem.group_item))),
    )
