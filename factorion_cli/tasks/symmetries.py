"""Under which of the eight symmetries of the square a factory works as before.

Turning a factory changes nothing in the game. Mirroring it exchanges the lanes of every belt, and some rules prefer a
lane by its side: an arm that works along a belt drops on the right lane and takes from the left one first. A machine
whose fluid connections are not symmetric has them elsewhere. (A splitter's first item goes right, too, but its
preference alternates, so no rate depends on it.)
"""

from __future__ import annotations

from factorion_cli.factory import Entity, Factory
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.layout import Arm, Layout, analyse

ALL_SYMMETRIES, ROTATIONS = 8, 4


def invariant_symmetries(factory: Factory) -> int:
    """8 where mirror images work as the factory does, else 4: the rotations alone.

    They are numbered as in training: 0 to 3 quarter turns, from 4 on the same after `factory.symmetry.mirror`.
    """
    if any(map(_piped, factory.entities)):
        return ROTATIONS
    layout = analyse(factory)
    return ROTATIONS if any(_along(layout, arm) for arm in layout.arms) else ALL_SYMMETRIES


def _piped(entity: Entity) -> bool:
    """Whether the entity works by fluids that come through its connections."""
    if entity.recipe is None or entity.fluid == "unlimited":
        return False
    recipe = load_table().recipes.get(entity.recipe)
    return recipe is not None and recipe.has_fluid


def _along(layout: Layout, arm: Arm) -> bool:
    """Whether the arm takes from or gives to a belt that runs the way the arm points."""
    direction = layout.entity(arm.entity).direction
    ends = (end for end in (arm.pickup, arm.drop) if end is not None and layout.is_belt(end))
    return any(layout.entity(end).direction % 8 == direction % 8 for end in ends)
