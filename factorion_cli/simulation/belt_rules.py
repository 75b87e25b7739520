"""The rules of one belt tile and its neighbours, on plain numbers: read by `wiring`, compiled into the flow engine.

Directions are sixteenths (0 north, 4 east, 8 south, 12 west), lanes 0 (left) and 1 (right) as seen by a traveller.
Sources: facts of the wiki's belt pages and the connectivity facts named at each rule.
"""

from __future__ import annotations

from factorion_cli.simulation import decisions

LEFT, RIGHT = 0, 1

BELT, UNDER_IN, UNDER_OUT, SPLITTER, SOURCE, SINK = range(6)
"""Kinds of belt-like tiles: a belt, the two ends of an underground, half a splitter, and the endpoints."""

NOWHERE, BEHIND, FROM_LEFT, FROM_RIGHT = range(4)
"""Where items that go on to a tile come from, seen by a traveller on it."""


LEAST_ASIDE = 0.01
"""Tiles off the middle of a belt from which an outlet counts as lying over one of its lanes."""


def meets(feeder_kind: int, heading: int, kind: int, direction: int) -> int:
    """How items that leave a `feeder_kind` tile towards `heading` enter the `kind` tile before it, or NOWHERE."""
    if feeder_kind == UNDER_IN or heading == (direction + 8) % 16:
        return NOWHERE
    # Endpoints never feed each other: items must pass something built (connectivity facts source_sink_connections).
    if feeder_kind >= SOURCE and kind >= SOURCE:
        return NOWHERE
    if heading == direction:
        return NOWHERE if kind == UNDER_OUT else BEHIND
    # An exit beside an exit does not connect (connectivity facts underground_belt_to_other-11, -24, -26, -75).
    if kind == SPLITTER or (kind == UNDER_OUT and feeder_kind == UNDER_OUT):
        return NOWHERE
    return FROM_LEFT if heading == (direction + 4) % 16 else FROM_RIGHT


def curves(kind: int, behind: bool, left: bool, right: bool) -> bool:
    """Whether a tile with these inputs is a curve: fed by one side only, nothing from behind, no hood."""
    return kind in (BELT, SINK) and not behind and left != right


def late_lane(side: int) -> int:
    """The lane of a side feeder that enters further along the tile: the one on the far side of its travel."""
    return LEFT if side == FROM_LEFT else RIGHT


def side_entry(kind: int, late: bool) -> int:
    """Subtiles after the tile's start at which a side feeder's early or late lane enters; -1 when a hood blocks it."""
    if kind == UNDER_IN and late:
        return -1
    entry = decisions.SIDELOAD_LATE_POSITION if late else decisions.SIDELOAD_EARLY_POSITION
    if kind == UNDER_OUT:
        return entry - decisions.HALF_TILE_LENGTH if late else -1
    return entry


def drop_lane(direction: int, turn: int, heading: int) -> int:
    """The lane on which an arm that drops towards `heading` lets go; `turn` is the side that feeds a curve.

    Across a belt it is the far lane, along it the right one, on a curve the far side (facts: drop_lane).
    """
    across = direction
    if direction % 8 == heading % 8:
        if turn == NOWHERE:
            return RIGHT
        # A curve fed from its right turns right: it comes from the left of where it goes.
        across = (direction + (12 if turn == FROM_RIGHT else 4)) % 16
    return LEFT if heading == (across + 12) % 16 else RIGHT


def first_lane(direction: int, turn: int, pickup: int) -> int:
    """The lane that an arm that picks up towards `pickup` tries first: the near or the left one (pick_preference)."""
    if turn != NOWHERE or direction % 8 == pickup % 8:
        return LEFT
    return LEFT if (direction + 12) % 16 == (pickup + 8) % 16 else RIGHT


def outlet_lane(direction: int, turn: int, right: float, below: float) -> int:
    """The lane of a belt nearest to a drill's outlet, `right` and `below` of the tile's middle; the right one in doubt.

    (facts: mining.output; in the middle, where no lane is nearer, as arms along a belt do.)
    """
    aside = 0.0
    heading = direction
    for _ in range(1 if turn == NOWHERE else 2):
        if heading % 8 == 0:
            aside += right if heading == 0 else -right
        else:
            aside += below if heading == 4 else -below
        # A curve lies over the lanes of the way it comes from, too.
        heading = (direction + (12 if turn == FROM_RIGHT else 4)) % 16
    return LEFT if aside < -LEAST_ASIDE else RIGHT
