"""The arrays that the search works on: what is asked, the board on which it builds, what it varies, its working memory.

Tiles are numbers y * width + x; directions are quarters (0 north, 1 east, 2 south, 3 west); items are numbers of the
plan. Blocks are what arms reach into: machines, which the search moves, and chests, which stay. Lines are belts that
carry the same items from end to end.

Each of the four is one record with arrays of fixed size in it, so that a kernel is handed four pointers instead of
sixty arrays, which makes compiling and calling several times cheaper. Of arrays by tile the first width x height places
are used.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
ByteArray = NDArray[np.int8]
Record = Any
"""One record (np.void) of a dtype below: fields by name."""

MOST_INPUTS = 8
"""Ingredients of one recipe."""
MOST_BLOCKS = 40
MOST_LINES = 64
MOST_ARMS = 400
MOST_POLES = 120
MOST_SPLITTERS = 32
MOST_GROUPS = 48
MOST_ENDS = 64
"""Sources, or sinks, or poles that stand already."""
MOST_STARTS = 4000
SIZE_CLASSES = (64 * 64, 256 * 256)
"""Tiles for which there is room; the kernels are compiled once for each class that is used."""

FREE, WALL, BLOCK, BELT, ENTRY, EXIT, SPLIT, SOURCE, SINK, ARM, POLE = range(11)
"""What is on a tile. From BELT to SINK items travel; ENTRY and EXIT are the ends of an underground."""

ARM_TILE, ARM_SIDE, ARM_KIND, ARM_FROM_BLOCK, ARM_FROM_LINE, ARM_TO_BLOCK, ARM_TO_LINE, ARM_ITEM = range(8)
"""Columns of `Board.arms`; the side is the one it picks up from."""

ARMS, POLES, LINES, SPLITTERS, FAILED, DARK, BELTS = range(7)
"""Places in `Board.counts`: how many there are; requirements that failed; consumers without power."""

MOVE, NUDGE, SWAP, SHIFT, URGE, REPRICE, ADD, DROP, ROW, MIRROR = range(10)
"""Changes of a state, places in the problem's `mix`: how often each is drawn; from ADD on only where all works."""

OUT = MOST_INPUTS
"""Requirement of a block beside its ingredients: that its product goes somewhere."""
REQUIREMENTS = MOST_INPUTS + 1

CHEST_SPEED = 1e9
"""Crafts per second of chests, which are blocks whose groups have one ingredient or one product."""

NO_ROOM = 1e9
"""How bad a state is whose machines find no room."""

NOBODY = 9999
"""In `Board.kept`: no line may lie there."""

ANY_WAY, FORCED = -1, 4
"""How the last tile of a line may leave: any way, or FORCED + d only towards d; else as a belt entered towards it."""


MOST_REQUIREMENTS = MOST_BLOCKS * REQUIREMENTS + MOST_ENDS

_WORD, _BYTE, _REAL = np.int64, np.int8, np.float64


def _dtype(fields: dict[str, tuple[Any, ...]]) -> np.dtype[np.void]:
    """Fields by name, each as (type, length, ...)."""
    return np.dtype([(name, kind, tuple(shape)) for name, (kind, *shape) in fields.items()], align=True)


@cache
def problem_type(tiles: int) -> np.dtype[np.void]:
    """What is asked; nothing of it changes during a search.

    width, height, tiles; groups, chests, sources, sinks, poles: how many there are.
    ground: FREE, WALL, SOURCE or SINK; SPLIT for belts that stand already. covered: 1 where poles that stand give
    power. span: by axis (0 vertical), where undergrounds that stand may reach. pole_tile: poles that stand.
    group_*: size in tiles (width, height), item made (-1: none), pieces per craft, crafts per second of one machine,
    ingredients (-1: none) with pieces per craft, crafts per second needed for one item per second into every sink.
    fixed: group, x and y of chests, which are the first blocks.
    source_*, sink_*: tile, side, items (bit set) or item; sink_from_belt: no machine makes the item.
    arm_rate: items per second of the plain and the long-handed arm, 0: not allowed. belts, splitters: whether allowed;
    underground: tiles from entry to exit at most, 0: not allowed. powered: whether poles must be laid; pole_area:
    tiles that one covers beside its own, to each side; pole_reach: tiles, centre to centre.
    mix: how often each change of a state is drawn. lane_rate: items per second on one lane into a sink.
    unit_rate: items per second that count as 1. most_rate: bound on items per second into a sink. cost_weight: what a
    tile used counts. enough: rate in units beyond which more is worth nothing.
    """
    words = "width height tiles groups chests sources sinks poles belts underground splitters powered pole_area"
    return _dtype(
        {
            **dict.fromkeys(words.split(), (_WORD,)),
            **dict.fromkeys(("pole_reach", "lane_rate", "unit_rate", "most_rate", "cost_weight", "enough"), (_REAL,)),
            "mix": (_WORD, 10),
            "arm_rate": (_REAL, 2),
            "ground": (_BYTE, tiles),
            "covered": (_BYTE, tiles),
            "span": (_BYTE, 2, tiles),
            "pole_tile": (_WORD, MOST_ENDS),
            "group_size": (_WORD, MOST_GROUPS, 2),
            "group_item": (_WORD, MOST_GROUPS),
            "group_yield": (_REAL, MOST_GROUPS),
            "group_speed": (_REAL, MOST_GROUPS),
            "group_inputs": (_WORD, MOST_GROUPS, MOST_INPUTS),
            "group_amounts": (_REAL, MOST_GROUPS, MOST_INPUTS),
            "group_need": (_REAL, MOST_GROUPS),
            "fixed": (_WORD, MOST_BLOCKS, 3),
            "source_tile": (_WORD, MOST_ENDS),
            "source_side": (_WORD, MOST_ENDS),
            "source_items": (_WORD, MOST_ENDS),
            "sink_tile": (_WORD, MOST_ENDS),
            "sink_side": (_WORD, MOST_ENDS),
            "sink_item": (_WORD, MOST_ENDS),
            "sink_from_belt": (_WORD, MOST_ENDS),
        }
    )


@cache
def state_type(tiles: int) -> np.dtype[np.void]:
    """What the search varies; `build` makes a board of it, always the same one.

    group (-1: no block), x, y: of each block. urgency: of each requirement; the least are met first. price: what it
    costs to use a tile. dive: what each tile between the ends of an underground costs.
    """
    return _dtype(
        {
            "group": (_WORD, MOST_BLOCKS),
            "x": (_WORD, MOST_BLOCKS),
            "y": (_WORD, MOST_BLOCKS),
            "urgency": (_REAL, MOST_REQUIREMENTS),
            "price": (_WORD, tiles),
            "dive": (_WORD,),
        }
    )


@cache
def board_type(tiles: int) -> np.dtype[np.void]:
    """A layout under construction.

    By tile: kind; owner, a block or line; side, where a belt leads; kept, 0 where any line may lie, line + 1 where only
    that one may, whose end leads here, or NOBODY; span, undergrounds below, by axis (0 vertical); covered, power.
    splitters: tile on the line, the other tile, side. failed: requirements that could not be met.
    By line: items (bit set), last tile, how that may leave, whether it may be extended, and SOURCE, SINK or BELT.
    in_rate, out_rate: items per second that arms can bring to a block (by ingredient), or take from it.
    """
    return _dtype(
        {
            "counts": (_WORD, 8),
            "kind": (_BYTE, tiles),
            "covered": (_BYTE, tiles),
            "span": (_BYTE, 2, tiles),
            "owner": (_WORD, tiles),
            "side": (_WORD, tiles),
            "kept": (_WORD, tiles),
            "arms": (_WORD, MOST_ARMS, 8),
            "poles": (_WORD, MOST_POLES),
            "splitters": (_WORD, MOST_SPLITTERS, 3),
            "line_items": (_WORD, MOST_LINES),
            "line_end": (_WORD, MOST_LINES),
            "line_way": (_WORD, MOST_LINES),
            "line_open": (_WORD, MOST_LINES),
            "line_kind": (_WORD, MOST_LINES),
            "in_rate": (_REAL, MOST_BLOCKS, MOST_INPUTS),
            "out_rate": (_REAL, MOST_BLOCKS),
            "failed": (_WORD, MOST_REQUIREMENTS),
        }
    )


@cache
def scratch_type(tiles: int) -> np.dtype[np.void]:
    """Working memory.

    By routing state (tile, side it was entered towards, whether it is an exit): cost, seen (a stamp), parent (-1: a
    start), origin (number of the start). starts: kind, block or line, candidate, tile. goal: by tile, the arm that
    could take from there. aim: where a way is to lead to, and what a tile towards it costs at a guess. path: states
    from start to goal; mark: a stamp by tile.
    """
    states = tiles * 8
    return _dtype(
        {
            "stamp": (_WORD, 2),
            "aim": (_WORD, 4),
            "cost": (_WORD, states),
            "seen": (_WORD, states),
            "parent": (_WORD, states),
            "origin": (_WORD, states),
            "heap": (_WORD, states * 12),
            "goal": (_WORD, tiles),
            "goal_seen": (_WORD, tiles),
            "starts": (_WORD, MOST_STARTS + 16, 4),
            "path": (_WORD, tiles),
            "mark": (_WORD, tiles),
            "order": (_WORD, MOST_REQUIREMENTS),
            "votes": (_WORD, tiles),
            "rate": (_REAL, MOST_GROUPS),
        }
    )


def blank(kind: np.dtype[np.void]) -> Record:
    """One record of a type, all zero."""
    return np.zeros(1, kind)[0]


def size_class(tiles: int) -> int:
    """The least size class with room for so many tiles, or 0."""
    return next((room for room in SIZE_CLASSES if room >= tiles), 0)
