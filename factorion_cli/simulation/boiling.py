"""Boilers as machines: water into steam, as fast as their power allows."""

from __future__ import annotations

from functools import lru_cache

from factorion_cli.prototypes import load_table
from factorion_cli.simulation import decisions
from factorion_cli.simulation.crafting import MICRO, Plan, PlannedInput, PlannedOutput, exact, quality_factor

STEAM_PER_WATER = 10
"""1 water becomes 10 steam (2.0: facts water_to_steam)."""

_ROUNDS_HELD = 2
"""Water that a boiler takes in ahead, in units; what flows past stays in the pipes."""


@lru_cache(maxsize=64)
def plan_for(name: str, quality: str = "normal") -> Plan:
    """What a boiler does at full power: one unit of water at a time.

    A unit of steam takes its heat capacity (200 J a degree) times the degrees above 15: 30 kJ in a boiler, which makes
    60 a second of 1.8 MW.
    """
    prototype = load_table().entity(name)
    assert prototype.boiler is not None
    steam = load_table().fluids["steam"]
    joules = exact(steam.heat_capacity_j) * (exact(prototype.boiler.target_temperature) - decisions.BASE_DEGREES)
    ticks = 60 * STEAM_PER_WATER * joules / (exact(prototype.boiler.power_w) * quality_factor(quality))
    volume = max(box.volume for box in prototype.fluid_boxes if box.role == "output")
    return Plan(
        recipe="steam",
        work=ticks.numerator,
        rate=ticks.denominator,
        bonus=0,
        bonus_full=1,
        inputs=(PlannedInput("water", 1, _ROUNDS_HELD, True),),
        outputs=(PlannedOutput("steam", STEAM_PER_WATER * MICRO, 0, volume, True),),
    )


def steam_degrees(name: str) -> float:
    """Degrees of the steam that a boiler gives."""
    boiler = load_table().entity(name).boiler
    assert boiler is not None
    return boiler.target_temperature
