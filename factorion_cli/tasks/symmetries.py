"""Under which of the eight symmetries of the square a factory works as before.

Turning a factory changes nothing in the game. Mirroring it exchanges the lanes of every belt, and some rules prefer a
lane by its side: an arm that works along a belt drops on the right lane and takes from the left one first. A machine
whose fluid connections are not symmetric has them elsewhere. (A splitter's first item goes right, too, but its
preference alternates, so no rate depends on it.)
"""

from __future__ import annotations

from collections.abc import Mapping

from factorion_cli.factory import Entity, Factory
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.wiring import reach_of
from factorion_cli.tasks.layout import BELT_TYPES, Tile

ALL_SYMMETRIES, ROTATIONS = 8, 4


def invariant_symmetries(factory: Factory) -> int:
    """8 where mirror images work as the factory does, else 4: the rotations alone.

    They are numbered as in training: 0 to 3 quarter turns, from 4 on the same after `factory.symmetry.mirror`.
    """
    if any(map(_piped, factory.entities)):
        return ROTATIONS
    headings = {
        tile: entity.direction
        for entity in factory.entities
        if entity.prototype.type in BELT_TYPES
        for tile in entity.tiles()
    }
    arms = (entity for entity in factory.entities if entity.prototype.inserter is not None)
    return ROTATIONS if any(_along(headings, arm) for arm in arms) else ALL_SYMMETRIES


def _piped(entity: Entity) -> bool:
    """Whether the entity works by fluids that come through its connections."""
    if entity.recipe is None or entity.fluid == "unlimited":
        return False
    recipe = load_table().recipes.get(entity.recipe)
    return recipe is not None and recipe.has_fluid


def _along(headings: Mapping[Tile, int], arm: Entity) -> bool:
    """Whether the arm takes from or gives to a belt that runs the way the arm points."""
    return any(headings[tile] % 8 == arm.direction % 8 for tile in reach_of(arm) if tile in headings)
