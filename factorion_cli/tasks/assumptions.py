"""What a blueprint does not say and every task assumes: fuel and fluids are there, poles decide who has power.

Burner machines and arms never run out of fuel, and fluid ingredients are always there while fluid products always
drain; pipes and fuel lines are then scenery. Electric entities need a pole's area only in designs that power all of
theirs, so that a cell cut out of a base is not dark.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

from factorion_cli.factory import Entity, Factory, Power
from factorion_cli.prototypes import load_table


def assume(entity: Entity) -> Entity:
    """The entity with unlimited fuel and fluids where it uses them.

    >>> assume(Entity("stone-furnace")).fuel, assume(Entity("electric-furnace")).fuel
    ('unlimited', None)
    """
    prototype = entity.prototype
    burner = any(part is not None and part.burner for part in (prototype.machine, prototype.inserter, prototype.drill))
    recipe = load_table().recipes.get(entity.recipe) if entity.recipe is not None else None
    fuel = "unlimited" if burner else entity.fuel
    fluid = "unlimited" if recipe is not None and recipe.has_fluid else entity.fluid
    return replace(entity, fuel=fuel, fluid=fluid) if (fuel, fluid) != (entity.fuel, entity.fluid) else entity


def assumed_power(factory: Factory) -> Power:
    """Power from poles when every electric entity that the simulator runs stands in a pole's area, else unlimited."""
    supplied: set[tuple[int, int]] = set()
    for entity in factory.entities:
        pole = entity.prototype.pole
        if pole is not None:
            width, height = entity.size
            x, y = entity.x + width / 2, entity.y + height / 2
            reach = pole.supply_area_distance
            supplied.update(
                (tile_x, tile_y)
                for tile_x in range(floor(x - reach), ceil(x + reach))
                for tile_y in range(floor(y - reach), ceil(y + reach))
            )
    consumers = [entity for entity in factory.entities if _consumes(entity)]
    powered = consumers and all(any(tile in supplied for tile in entity.tiles()) for entity in consumers)
    return Power("poles" if powered else "unlimited")


def _consumes(entity: Entity) -> bool:
    prototype = entity.prototype
    return prototype.electric and (prototype.machine is not None or prototype.inserter is not None)
