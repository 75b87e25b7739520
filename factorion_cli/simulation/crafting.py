"""What a machine does with a recipe, in exact integers: speed, modules, beacons, productivity and limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from math import ceil, floor
from typing import Literal, NamedTuple

from factorion_cli.factory import Entity
from factorion_cli.factory.modules import module_parts
from factorion_cli.prototypes import MachineData, Recipe, RecipeAmount, load_table
from factorion_cli.simulation import decisions

MICRO = 1_000_000
"""Products are counted in millionths, so that chances such as 0.007 come out exact in the long run."""


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """An ingredient: pieces per craft and the stock at which arms stop delivering."""

    item: str
    amount: int
    limit: int
    fluid: bool


@dataclass(frozen=True, slots=True)
class PlannedOutput:
    """A product in millionths per craft, what a full bar adds, and the stock at which the machine stops."""

    item: str
    micro: int
    bonus_micro: int
    capacity: int
    fluid: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """One recipe in one machine.

    A craft is done when `rate` per tick has added up to `work`; the bar of `bonus_full` fills by `bonus` per craft.
    """

    recipe: str
    work: int
    rate: int
    bonus: int
    bonus_full: int
    inputs: tuple[PlannedInput, ...]
    outputs: tuple[PlannedOutput, ...]


def exact(value: float) -> Fraction:
    """The decimal that was written in the prototype, not its binary neighbour."""
    return Fraction(repr(value))


Beacons = tuple[tuple[str, ...], ...]
"""The modules of each beacon that reaches a machine; one of quality names itself first (`beacon@rare`)."""

Effect = Literal["speed", "productivity", "consumption"]


class Effects(NamedTuple):
    """What modules and beacons add, each as a share of 1."""

    speed: Fraction = Fraction(0)
    productivity: Fraction = Fraction(0)


def _module_effects(modules: tuple[str, ...]) -> Effects:
    """Summed effects of modules."""
    speed = sum((module_effect(module, "speed") for module in modules), Fraction(0))
    return Effects(speed, sum((module_effect(module, "productivity") for module in modules), Fraction(0)))


@lru_cache(maxsize=1024)
def module_effect(module: str, effect: Effect) -> Fraction:
    """One effect of a module; quality makes what is good about it stronger, in whole per cents (facts: modules)."""
    name, quality = module_parts(module)
    item = load_table().items.get(name)
    if item is None or item.module is None:
        return Fraction(0)
    value = exact(getattr(item.module, effect))
    if (value > 0) == (effect == "consumption"):
        return value
    percent = abs(value) * quality_factor(quality) * 100
    return Fraction(floor(percent), 100) * (1 if value > 0 else -1)


def beacon_strength(beacons: Beacons, modules: tuple[str, ...]) -> Fraction:
    """What one of the beacons that reach a machine multiplies its modules' effects by (wiki: Beacon).

    1.5, and 0.2 more per level of its quality, x profile[n - 1] for n beacons.
    """
    beacon = load_table().entity("beacon").beacon
    assert beacon is not None
    qualities = [quality for name, quality in map(module_parts, modules) if name == "beacon"]
    level = decisions.QUALITY_LEVELS.get(qualities[0], 0) if qualities else 0
    effectivity = exact(beacon.effectivity) + level * exact(beacon.effectivity_per_quality)
    return effectivity * exact(beacon.profile[min(len(beacons), len(beacon.profile)) - 1])


def _beacon_speed(beacons: tuple[tuple[str, ...], ...]) -> Fraction:
    """What all beacons together add to a machine's speed."""
    given = (_module_effects(modules).speed * beacon_strength(beacons, modules) for modules in beacons)
    return sum(given, Fraction(0))


def effects_on(entity: Entity, beacons: tuple[tuple[str, ...], ...], uses_modules: bool, uses_beacons: bool) -> Effects:
    """Effects of the modules in an entity and of the beacons that reach it (beacons give no productivity)."""
    own = _module_effects(entity.modules) if uses_modules else Effects()
    return Effects(own.speed + (_beacon_speed(beacons) if uses_beacons else 0), own.productivity)


def speed_factor(effects: Effects) -> Fraction:
    """What speed effects multiply a base speed by."""
    return max(Fraction(decisions.MINIMUM_SPEED_PERCENT, 100), 1 + effects.speed)


def quality_factor(quality: str) -> Fraction:
    """Speed factor of a quality: 1 + 0.3 x level."""
    return 1 + Fraction(3, 10) * decisions.QUALITY_LEVELS.get(quality, 0)


def machine_speed(entity: Entity, machine: MachineData, beacons: tuple[tuple[str, ...], ...]) -> Fraction:
    """Crafting speed with quality, modules and beacons."""
    effects = effects_on(entity, beacons, machine.uses_modules, machine.uses_beacons)
    return exact(machine.crafting_speed) * quality_factor(entity.quality) * speed_factor(effects)


def _productivity(entity: Entity, machine: MachineData, recipe: Recipe) -> Fraction:
    modules = (
        _module_effects(entity.modules).productivity if machine.uses_modules and recipe.productivity else Fraction(0)
    )
    return min(Fraction(decisions.MAXIMUM_PRODUCTIVITY), modules + exact(machine.base_productivity))


def overload_of(speed: Fraction, time: Fraction) -> int:
    """Crafts' worth of ingredients at which arms stop delivering (facts: insertion_limits)."""
    factor = Fraction(decisions.OVERLOAD_FACTOR_NUMERATOR, decisions.OVERLOAD_FACTOR_DENOMINATOR)
    multiplier = ceil(factor * speed / time) + 1
    return max(decisions.OVERLOAD_MINIMUM, min(decisions.OVERLOAD_MAXIMUM, multiplier))


def _crafts_held(part: RecipeAmount, overload: int) -> int:
    """Crafts' worth of an ingredient that a machine holds; recipes enlarge boxes of fluids (fluidbox_multiplier)."""
    return max(overload, part.buffer) if part.fluid else overload


def _output(part: RecipeAmount, overload: int, furnace: bool) -> PlannedOutput:
    expected = exact(part.amount) * exact(part.probability)
    eligible = (exact(part.amount) - exact(part.catalyst)) * exact(part.probability)
    item = load_table().items.get(part.name)
    stack = item.stack_size if item is not None else 1
    amount = ceil(part.amount)
    # Measured boxes of 2.0 hold as many crafts as arms may deliver (r/factorio 1ilmehv: 2 x 500 molten iron).
    capacity = overload * amount if part.fluid else stack if furnace else min(stack, overload * amount)
    return PlannedOutput(
        part.name, floor(expected * MICRO), max(0, floor(eligible * MICRO)), max(capacity, amount), part.fluid
    )


def make_plan(
    entity: Entity, machine: MachineData, recipe: Recipe, beacons: tuple[tuple[str, ...], ...], satisfaction: Fraction
) -> Plan:
    """How the machine crafts the recipe at this share of its power."""
    speed, time = machine_speed(entity, machine, beacons), exact(recipe.time_s)
    overload = overload_of(speed, time)
    ticks = 60 * time / (speed * satisfaction) if satisfaction > 0 else Fraction(1)
    bonus = _productivity(entity, machine, recipe)
    outputs = tuple(_output(part, overload, machine.furnace) for part in recipe.products)
    if entity.prototype.silo is not None:
        # Parts of a rocket leave as a fluid that drains does: whole rockets are launched, nothing waits (decisions).
        outputs = tuple(replace(output, fluid=True) for output in outputs)
    inputs = tuple(
        PlannedInput(part.name, ceil(part.amount), ceil(part.amount) * _crafts_held(part, overload), part.fluid)
        for part in recipe.ingredients
    )
    return Plan(
        recipe=recipe.name,
        work=ticks.numerator,
        rate=ticks.denominator if satisfaction > 0 else 0,
        bonus=bonus.numerator,
        bonus_full=bonus.denominator,
        inputs=inputs,
        outputs=outputs,
    )


@lru_cache(maxsize=4096)
def times(plan: Plan, work: int) -> Plan:
    """The plan with so many times the work: machines that run at a share of their speed count in parts of it."""
    return replace(plan, work=plan.work * work)


def plans_for(entity: Entity, beacons: tuple[tuple[str, ...], ...], satisfaction: Fraction) -> tuple[Plan, ...]:
    """Plans of a machine: of its recipe, or of everything that a furnace without one may smelt; () for neither."""
    return _plans(entity.name, entity.recipe, entity.modules, entity.quality, beacons, satisfaction)


@cache
def _recipes_for(name: str) -> tuple[Recipe, ...]:
    return load_table().recipes_for(name)


@lru_cache(maxsize=4096)
def _plans(
    name: str,
    recipe: str | None,
    modules: tuple[str, ...],
    quality: str,
    beacons: tuple[tuple[str, ...], ...],
    satisfaction: Fraction,
) -> tuple[Plan, ...]:
    # Machines of a factory are mostly alike, so their exact arithmetic is done once.
    entity = Entity(name, modules=modules, quality=quality)
    machine = entity.prototype.machine
    assert machine is not None
    recipes: list[Recipe] = []
    if recipe is None and entity.prototype.silo is not None:
        recipe = decisions.SILO_RECIPE
    if recipe is not None:
        recipes = [found for found in _recipes_for(name) if found.name == recipe]
    elif machine.furnace:
        recipes = [found for found in _recipes_for(name) if len(found.ingredients) == 1]
    return tuple(make_plan(entity, machine, found, beacons, satisfaction) for found in recipes)
