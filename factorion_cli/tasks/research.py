"""What labs take: blueprints do not say which science packs, so it follows from what can bring them.

Packs that filters name come first, then those that are made inside; the lanes that are left bring the first of the
others, in the order in which the game unlocks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from factorion_cli.prototypes import Recipe, RecipeAmount
from factorion_cli.tasks.flows import NOTHING, Place, trace
from factorion_cli.tasks.layout import Layout

RESEARCH = "research"
"""Stands for a lab's recipe."""

UNIT_SECONDS = 60
"""As the simulator has it for labs of which no technology is known."""


def is_lab(layout: Layout, index: int) -> bool:
    """Whether it uses up science packs."""
    return layout.prototype(index).lab is not None


def research(packs: Iterable[str]) -> Recipe:
    """A lab's work with one of each of some packs, as a recipe without products."""
    ingredients = tuple(RecipeAmount(pack, 1) for pack in packs)
    return Recipe(RESEARCH, UNIT_SECONDS, (RESEARCH,), ingredients, (), productivity=False)


def packs_for(
    layout: Layout, recipes: Mapping[int, Recipe | None], ores: Mapping[int, str], starts: Iterable[tuple[Place, ...]]
) -> tuple[str, ...]:
    """The packs that the labs of a design get.

    Args:
        layout: the design.
        recipes: what its machines make.
        ores: what its drills mine.
        starts: the places that each way in fills.
    """
    labs = [index for index in range(len(layout.factory.entities)) if is_lab(layout, index)]
    known = {pack: None for lab in labs for pack in getattr(layout.prototype(lab).lab, "inputs", ())}
    flows = trace(layout, {**recipes, **dict.fromkeys(labs, research(known))}, ores=ores)
    served = [delivery for delivery in flows.deliveries if delivery.machine in labs]
    places = {place for delivery in served for place in delivery.places}
    named = NOTHING.union(*(delivery.arm.filters for delivery in served))
    made = NOTHING.union(*(flows.carries.get(place, NOTHING) for place in places))
    lanes = sum(not places.isdisjoint(flows.reach((place,))) for start in starts for place in start)
    others = [pack for pack in known if pack not in named | made]
    wanted = named | made | set(others[: max(0, lanes - len(named - made))])
    return tuple(pack for pack in known if pack in wanted)
