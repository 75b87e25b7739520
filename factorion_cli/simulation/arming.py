"""Arms made ready for the kernels: where they meet belts, their hands and the ticks of their half turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

import numpy as np

from factorion_cli.factory import Entity
from factorion_cli.factory.geometry import opposite
from factorion_cli.prototypes import InserterData
from factorion_cli.simulation import belt_rules, decisions
from factorion_cli.simulation.crafting import quality_factor
from factorion_cli.simulation.lines import Part, output_part_id, part_id
from factorion_cli.simulation.research import belt_stack_of, hand_of
from factorion_cli.simulation.wiring import Arm, BeltNode, Spot, Table, drop_lane, turn_code

NOWHERE, ON_BELT, IN_CHEST, IN_MACHINE = 0, 1, 2, 3
"""Kinds of ends of an arm."""


@dataclass(slots=True)
class LaneWindow:
    """Where an arm meets a line: from `low` up to (not including) `high`."""

    line: int
    low: int
    high: int


@dataclass(slots=True)
class ArmSpec:
    """An inserter: where it picks up and drops, its hand, the ticks of its half turns, the category of its fuel.

    Of two arms the one of lower `precedence` acts first in a tick.
    """

    entity: int
    hand: int
    waits_for_full: bool
    out_ticks: int
    back_ticks: int
    filters: tuple[str, ...]
    powered: bool
    networked: bool = False
    source_kind: int = NOWHERE
    source: int = -1
    windows: list[LaneWindow] = field(default_factory=list)
    target_kind: int = NOWHERE
    target: int = -1
    drop_line: int = -1
    drop_position: int = 0
    fuel: str | None = None
    belt_stack: int = 1
    precedence: int = 0


@lru_cache(maxsize=1024)
def half_turn_ticks(data: InserterData, quality: str, share: Fraction) -> int:
    """Ticks of half a turn: the arm acts when no more than one step is left (wiki, measured on 2.0.26).

    The game keeps the speed as a 32-bit float; that decides where 0.5 / speed is whole (0.02 turns: 25, 0.05: 9, 0.1:
    4).
    """
    speed = float(np.float32(data.rotation_speed * float(quality_factor(quality)) * float(share)))
    return max(1, ceil(0.5 / speed) - 1)


@lru_cache(maxsize=1024)
def catch_ticks(data: InserterData, quality: str, share: Fraction) -> int:
    """Ticks saved on each way because an arm meets an item of a moving belt before the tile's middle."""
    speed = data.rotation_speed * float(quality_factor(quality)) * float(share)
    # The same stretch of belt is a smaller angle for a longer arm: 1.23 tiles to the far lane, 2.23 if long-handed.
    turns = decisions.CATCH_TURNS * (1.23 / (data.reach + 0.23))
    return max(0, floor(turns / speed) - 1)


def _window(parts: Mapping[int, Part], node: BeltNode, index: int, lane: int) -> LaneWindow:
    # Whatever way an item came into a splitter, it passes the outgoing part of the half that it leaves by.
    part = parts[output_part_id(node, index, lane)]
    length = min(part.length, decisions.HALF_TILE_LENGTH) if node.kind.startswith("under") else part.length
    middle = length // 2
    low, high = max(0, middle - decisions.PICK_REACH), min(length, middle + decisions.PICK_REACH)
    return LaneWindow(part.line, part.offset + low, part.offset + high)


def _pick_lanes(node: BeltNode, direction: int) -> tuple[int, int]:
    """Lanes in the order in which an arm that picks up towards `direction` tries them."""
    first = belt_rules.first_lane(node.direction, turn_code(node), direction)
    return first, 1 - first


def drop_point(parts: Mapping[int, Part], node: BeltNode, index: int, lane: int) -> tuple[int, int]:
    """Line and position at which something that lets go over a node's lane drops."""
    part = parts[part_id(index, lane)]
    length = min(part.length, decisions.HALF_TILE_LENGTH) if node.kind.startswith("under") else part.length
    # A second item may land a spacing behind the first, so the first goes no nearer to the start than that.
    position = min(max(length // 2, decisions.SPACING + part.speed), length - 1)
    return part.line, part.offset + position


def make_arm(
    entity: Entity,
    arm: Arm,
    nodes: Table[BeltNode],
    parts: Mapping[int, Part],
    ends: Mapping[Spot, tuple[int, int]],
    share: Fraction,
    powered: bool,
    research: Mapping[str, float],
) -> ArmSpec:
    """One arm; `ends` says which machine or chest a spot is, `share` how much of full power electric ones get."""
    data = entity.prototype.inserter
    assert data is not None
    share = share if entity.prototype.electric else Fraction(1)
    half = half_turn_ticks(data, entity.quality, share) if share > 0 else 1
    spec = ArmSpec(
        entity=arm.entity,
        hand=hand_of(entity, research),
        belt_stack=belt_stack_of(entity.name, research),
        waits_for_full=entity.name in decisions.FULL_HAND_ARMS,
        out_ticks=half,
        back_ticks=half,
        filters=entity.filters,
        powered=powered and share > 0,
    )
    energy = entity.prototype.energy
    if energy is not None and energy.source == "burner" and entity.fuel != "unlimited":
        spec.fuel = energy.fuel_categories[0]
    if arm.pickup is not None and arm.pickup.kind == "belt":
        node = nodes[arm.pickup.index]
        spec.source_kind = ON_BELT
        lanes = _pick_lanes(node, entity.direction)
        spec.windows = [_window(parts, node, arm.pickup.index, lane) for lane in lanes]
        if share > 0:
            spec.out_ticks = spec.back_ticks = max(1, half - catch_ticks(data, entity.quality, share))
    elif arm.pickup is not None:
        spec.source_kind, spec.source = ends[arm.pickup]
    if arm.drop is not None and arm.drop.kind == "belt":
        node = nodes[arm.drop.index]
        lane = drop_lane(node, opposite(entity.direction))
        spec.target_kind = ON_BELT
        spec.drop_line, spec.drop_position = drop_point(parts, node, arm.drop.index, lane)
    elif arm.drop is not None:
        spec.target_kind, spec.target = ends[arm.drop]
    return spec
