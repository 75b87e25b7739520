"""What research changes: the numbers under a factory's `research`, named as the game's own (LuaForce) names them."""

from __future__ import annotations

from collections.abc import Mapping

from factorion_cli.errors import SimulationError
from factorion_cli.factory import Entity, Factory
from factorion_cli.simulation import decisions

BONUSES = {
    "mining_productivity": "share that drills make more (mining_drill_productivity_bonus), 0.2 for two levels",
    "inserter_stack_size_bonus": "items more in the hand of an arm that is neither bulk nor stack",
    "bulk_inserter_capacity_bonus": "items beyond one in the hand of a bulk arm, beyond five in that of a stack arm",
    "belt_stack_size_bonus": "pieces more than one that stack arms and big drills lay on one place of a belt, up to 3",
    "laboratory_speed_modifier": "share that labs are faster",
    "research_unit_seconds": "seconds of one unit of what labs research",
}
"""Every number that the simulator knows, and what it means."""

MOST_BONUS = 10_000
"""Largest number that research may hold: endless levels of mining productivity stay far below."""


def check_research(factory: Factory) -> None:
    """Raise SimulationError for a number that means nothing here or is below zero."""
    for name, value in factory.research.items():
        if name not in BONUSES:
            raise SimulationError(f"{factory.id}: research {name!r} is unknown; expected one of {', '.join(BONUSES)}")
        if not 0 <= value <= MOST_BONUS or (value == 0 and name == "research_unit_seconds"):
            raise SimulationError(f"{factory.id}: research {name} is {value!r}, expected 0 to {MOST_BONUS}")


def hand_of(entity: Entity, research: Mapping[str, float]) -> int:
    """How many items an arm holds: its own `stack_size`, or what its prototype and research give it."""
    data = entity.prototype.inserter
    assert data is not None
    if entity.stack_size:
        return entity.stack_size
    if not data.bulk:
        return data.base_hand + int(research.get("inserter_stack_size_bonus", 0))
    # The table's hand of bulk arms has the one item in it that the technology which unlocks them gives.
    return max(data.base_hand, data.base_hand - 1 + int(research.get("bulk_inserter_capacity_bonus", 0)))


def belt_stack_of(name: str, research: Mapping[str, float]) -> int:
    """How many pieces an arm or drill lays on one place of a belt."""
    if name not in decisions.STACKING:
        return 1
    return min(decisions.MOST_STACKED, 1 + int(research.get("belt_stack_size_bonus", decisions.BELT_STACK_BONUS)))
