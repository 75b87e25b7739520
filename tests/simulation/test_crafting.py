"""Exact crafting figures."""

from fractions import Fraction

import pytest

from factorion_cli.factory import Entity
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.arming import half_turn_ticks
from factorion_cli.simulation.crafting import Effect, Plan, machine_speed, make_plan, module_effect


def _plan(entity: Entity, recipe: str, satisfaction: Fraction = Fraction(1)) -> Plan:
    machine = entity.prototype.machine
    assert machine is not None
    return make_plan(entity, machine, load_table().recipe(recipe), entity.beacons, satisfaction)


def test_a_craft_takes_sixty_times_time_over_speed_ticks_exactly() -> None:
    plan = _plan(Entity("assembling-machine-2"), "iron-gear-wheel")
    assert Fraction(plan.work, plan.rate) == Fraction(60 * 1, 2) / Fraction(3, 4)


def test_partial_power_slows_in_proportion() -> None:
    full = _plan(Entity("assembling-machine-2"), "iron-gear-wheel")
    part = _plan(Entity("assembling-machine-2"), "iron-gear-wheel", Fraction(1, 4))
    assert Fraction(part.work, part.rate) == 4 * Fraction(full.work, full.rate)


def test_eight_beacons_give_the_profiles_share() -> None:
    entity = Entity("assembling-machine-3", beacons=(("speed-module-3", "speed-module-3"),) * 8)
    machine = entity.prototype.machine
    assert machine is not None
    speed = machine_speed(entity, machine, entity.beacons)
    assert speed == Fraction("1.25") * (1 + 8 * Fraction("1.5") * Fraction("0.3535"))


def test_assembling_machine_1_ignores_beacons() -> None:
    entity = Entity("assembling-machine-1", beacons=(("speed-module-3", "speed-module-3"),))
    machine = entity.prototype.machine
    assert machine is not None
    assert machine_speed(entity, machine, entity.beacons) == Fraction(1, 2)


@pytest.mark.parametrize(
    ("machine", "recipe", "limit"),
    [
        ("assembling-machine-1", "iron-gear-wheel", 2 * 3),  # ceil(1.166 x 0.5 / 0.5) + 1 = 3
        ("assembling-machine-1", "automation-science-pack", 1 * 2),
        ("assembling-machine-3", "iron-gear-wheel", 2 * 4),
    ],
)
def test_arms_stop_delivering_at_the_overload_limit(machine: str, recipe: str, limit: int) -> None:
    plan = _plan(Entity(machine), recipe)
    stocked = {part.item: part.limit for part in plan.inputs}
    assert limit in stocked.values()


@pytest.mark.parametrize(
    ("module", "effect", "percent"),
    [
        ("speed-module-3@legendary", "speed", 125),
        ("speed-module-3@legendary", "consumption", 70),
        ("productivity-module@uncommon", "productivity", 5),
        ("productivity-module-3@legendary", "productivity", 25),
        ("productivity-module-3@legendary", "speed", -15),
        ("efficiency-module@uncommon", "consumption", -39),
        ("no-module@epic", "speed", 0),
    ],
)
def test_quality_makes_what_is_good_about_a_module_stronger(module: str, effect: Effect, percent: int) -> None:
    assert module_effect(module, effect) == Fraction(percent, 100)


def test_a_beacon_of_quality_gives_more() -> None:
    machine = Entity("assembling-machine-3", beacons=(("beacon@legendary", "speed-module-3"),))
    plan = _plan(machine, "iron-gear-wheel")
    assert Fraction(plan.work, plan.rate) == Fraction(60, 2) / (Fraction(5, 4) * (1 + Fraction(5, 2) * Fraction(1, 2)))


def test_productivity_counts_where_the_recipe_allows_it() -> None:
    modules = ("productivity-module-3", "productivity-module-3")
    assert _plan(Entity("assembling-machine-2", modules=modules), "iron-gear-wheel").bonus == 1
    assert _plan(Entity("assembling-machine-2", modules=modules), "transport-belt").bonus == 0


CYCLES = {
    "burner-inserter": (76, 58, 48, 40, 30),
    "inserter": (70, 54, 44, 36, 28),
    "long-handed-inserter": (50, 38, 30, 26, 18),
    "fast-inserter": (24, 18, 14, 12, 8),
    "bulk-inserter": (24, 18, 14, 12, 8),
    "stack-inserter": (24, 18, 14, 12, 8),
}
"""Ticks per cycle by quality, measured on 2.0.26 (wiki: Inserters)."""


@pytest.mark.parametrize("name", CYCLES)
def test_arms_turn_in_the_measured_ticks_at_every_quality(name: str) -> None:
    data = load_table().entity(name).inserter
    assert data is not None
    qualities = ("normal", "uncommon", "rare", "epic", "legendary")
    assert tuple(2 * half_turn_ticks(data, quality, Fraction(1)) for quality in qualities) == CYCLES[name]
