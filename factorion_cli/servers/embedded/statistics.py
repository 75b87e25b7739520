"""Production statistics: what machines of a force have made and used, counted when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from factorion_cli.factory import Entity
from factorion_cli.prototypes import RESOURCES, load_table
from factorion_cli.servers.embedded.surface import Surface
from factorion_cli.servers.embedded.things import Force, Thing
from factorion_cli.simulation.world import MachineState

if TYPE_CHECKING:
    from factorion_cli.servers.embedded.game import Game


def note_work(game: Game, surface: Surface, thing: Thing) -> None:
    """Add the crafts of a machine since it was last looked at to its force's statistics."""
    for number in thing.world:
        if not isinstance(surface.world.ids.get(number), Entity):
            continue
        state = surface.world.state(number)
        if isinstance(state, MachineState):
            done = state.crafts - thing.crafts
            thing.crafts = state.crafts
            if done > 0 and state.recipe is not None:
                _note(game.forces[thing.force], surface.index, state.recipe, done)


def _note(force: Force, surface: int, recipe: str, crafts: int) -> None:
    table = load_table()
    if recipe in table.recipes:
        for part in table.recipes[recipe].products:
            _add(force.made, surface, part.name, part.amount * part.probability * crafts)
        for part in table.recipes[recipe].ingredients:
            _add(force.used, surface, part.name, part.amount * crafts)
    elif recipe in RESOURCES:
        _add(force.made, surface, RESOURCES[recipe].product, RESOURCES[recipe].amount * crafts)


def _add(counts: dict[tuple[int, str], int], surface: int, name: str, amount: float) -> None:
    counts[surface, name] = counts.get((surface, name), 0) + int(amount)


def bring_up_to_date(game: Game, surface: Surface) -> None:
    """Count what all machines of a surface have done."""
    for number in list(surface.members):
        thing = game.things[number]
        prototype = load_table().entities.get(thing.base)
        if prototype is not None and (prototype.machine is not None or prototype.drill is not None):
            note_work(game, surface, thing)
