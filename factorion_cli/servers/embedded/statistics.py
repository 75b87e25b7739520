"""Production statistics: what machines of a force have made and used, counted when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from factorion_cli.factory import Entity
from factorion_cli.prototypes import load_table
from factorion_cli.servers.embedded.surface import Surface
from factorion_cli.servers.embedded.things import Thing
from factorion_cli.simulation.world import MachineState

if TYPE_CHECKING:
    from factorion_cli.servers.embedded.game import Game


def note_work(game: Game, surface: Surface, thing: Thing) -> None:
    """Add what a machine has made and used since it was last looked at to its force's statistics."""
    if not thing.world or not _works(thing.base) or not isinstance(surface.world.get(thing.world[0]), Entity):
        return
    state, force = surface.world.state(thing.world[0]), game.forces[thing.force]
    if not isinstance(state, MachineState):
        return
    made = surface.world.made(thing.world[0])
    for name, count in made.items():
        _add(force.made, surface.index, name, count - thing.made.get(name, 0))
    table, done = load_table(), state.crafts - thing.crafts
    if done > 0 and state.recipe is not None and state.recipe in table.recipes:
        for part in table.recipes[state.recipe].ingredients:
            _add(force.used, surface.index, part.name, part.amount * done)
    thing.made, thing.crafts = made, state.crafts


def forget_work(thing: Thing) -> None:
    """The World counts from nought again: the thing was taken out and put back."""
    thing.made, thing.crafts = {}, 0


def _add(counts: dict[tuple[int, str], int], surface: int, name: str, amount: float) -> None:
    if amount:
        counts[surface, name] = counts.get((surface, name), 0) + int(amount)


def bring_up_to_date(game: Game, surface: Surface) -> None:
    """Count what all machines of a surface have done."""
    for number in list(surface.members):
        note_work(game, surface, game.things[number])


def _works(name: str) -> bool:
    """Whether a prototype makes or mines anything."""
    prototype = load_table().entities.get(name)
    return prototype is not None and (prototype.machine is not None or prototype.drill is not None)
