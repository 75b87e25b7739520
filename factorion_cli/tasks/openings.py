"""Where things can enter and leave a design: open belt ends, chests, arms that reach past the edge.

Endpoints stand on free tiles outside the belts that they serve, or in place of what only marks an end (combinators,
lamps, chests that nothing touches); chests, and undergrounds whose other end is missing, are replaced where they stand.
A belt whose end is hemmed in can give up its last tile; that is a last resort.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from factorion_cli.factory import Entity, Factory
from factorion_cli.tasks.flows import Place, drop_places, pickup_places, places_of
from factorion_cli.tasks.layout import CHEST_TYPES, Layout, Opening, Tile, analyse, without_spares
from factorion_cli.tasks.supply import Inlet

PLACEHOLDER = "steel-chest"
"""Stands for the other end of an arm that reaches past the edge, until an endpoint takes its place."""

MARKER_TYPES = frozenset(
    {
        "constant-combinator",
        "decider-combinator",
        "arithmetic-combinator",
        "selector-combinator",
        "lamp",
        "display-panel",
        "wall",
    }
)
"""What authors put in front of a belt's end to say what goes there."""


class Outlet(NamedTuple):
    """A way out of the design: an open belt tail, or a chest (`opening` None) that is only given to."""

    entity: int
    places: tuple[Place, ...]
    opening: Opening | None


@dataclass(frozen=True, slots=True)
class Openings:
    """A design with all its ways in and out.

    Attributes:
        layout: the design; placeholders for the other ends of open arms are its last entities.
        placeholders: those.
        inlets: ways in.
        outlets: ways out.
        last_inlets: belts that could be fed only in place of their first tile.
        last_outlets: belts that could be emptied only in place of their last tile.
    """

    layout: Layout
    placeholders: frozenset[int]
    inlets: tuple[Inlet, ...]
    outlets: tuple[Outlet, ...]
    last_inlets: tuple[Inlet, ...]
    last_outlets: tuple[Outlet, ...]


def find_openings(factory: Factory) -> Openings:
    """Every end of a design that endpoints could serve."""
    bare = analyse(factory)
    open_tiles = _open_arm_tiles(bare)
    layout = analyse(factory.adding(*(Entity(PLACEHOLDER, x, y) for x, y in open_tiles))) if open_tiles else bare
    placeholders = frozenset(range(len(factory.entities), len(layout.factory.entities)))
    ends = _Ends(layout)
    inlet_chests, outlet_chests = _terminal_chests(layout)
    heads = [opening for opening in layout.heads if ends.claim(opening)]
    inlets = [Inlet(opening.entity, places_of(layout, opening.entity), opening) for opening in heads]
    inlets += [Inlet(chest, places_of(layout, chest), None) for chest in inlet_chests]
    # Balancers give their all at every end; where machines work, who joins two belts has one output to spare.
    works = any(_works(layout, index) for index in range(len(layout.factory.entities)))
    open_tails = without_spares(layout.factory, layout.tails) if works else layout.tails
    tails = [opening for opening in open_tails if ends.claim(opening, shared=True)]
    outlets = [Outlet(tail.entity, places_of(layout, tail.entity), tail) for tail in tails]
    outlets += [Outlet(chest, places_of(layout, chest), None) for chest in outlet_chests]
    first = ends.in_place(opening for opening in layout.heads if opening not in heads)
    last = ends.in_place(opening for opening in open_tails if opening not in tails)
    return Openings(
        layout,
        placeholders,
        tuple(inlets),
        tuple(outlets),
        tuple(Inlet(opening.entity, places_of(layout, opening.entity), opening) for opening in first),
        tuple(Outlet(opening.entity, places_of(layout, opening.entity), opening) for opening in last),
    )


class _Ends:
    """Which tiles endpoints may stand on, and which are taken."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.taken: set[Tile] = set()
        touched = {end for arm in layout.arms for end in (arm.pickup, arm.drop)} | {
            drill.drop for drill in layout.drills
        }
        self.markers = {
            index
            for index, entity in enumerate(layout.factory.entities)
            if entity.prototype.type in MARKER_TYPES
            or (entity.prototype.type in CHEST_TYPES and index not in touched and not _beside_loader(layout, entity))
        }

    def claim(self, opening: Opening, shared: bool = False) -> bool:
        """Whether an endpoint may stand there; one tile serves one source. `shared` tails may meet on one sink."""
        tile = (opening.x, opening.y)
        if tile in self.taken or not (self._is_free(tile) or self.layout.at.get(tile) == opening.entity):
            return False
        if not shared:
            self.taken.add(tile)
        return True

    def in_place(self, blocked: Iterable[Opening]) -> list[Opening]:
        """Plain belts among these, as openings on their own tile."""
        found = []
        for opening in blocked:
            entity = self.layout.entity(opening.entity)
            if entity.prototype.type == "transport-belt":
                found.append(opening._replace(x=entity.x, y=entity.y))
        return found

    def _is_free(self, tile: Tile) -> bool:
        return is_free(self.layout, tile) or self.layout.at.get(tile) in self.markers


def is_free(layout: Layout, tile: Tile) -> bool:
    """Whether nothing stands on a tile of the design's rectangle."""
    factory = layout.factory
    return tile not in layout.at and 0 <= tile[0] < factory.width and 0 <= tile[1] < factory.height


def _beside_loader(layout: Layout, chest: Entity) -> bool:
    around = ((chest.x + 1, chest.y), (chest.x - 1, chest.y), (chest.x, chest.y + 1), (chest.x, chest.y - 1))
    near = (layout.at.get(tile) for tile in around)
    return any(index is not None and layout.prototype(index).type.startswith("loader") for index in near)


def _open_arm_tiles(layout: Layout) -> list[Tile]:
    """Free tiles from which an arm feeds a machine, or onto which one unloads a machine."""
    belt_ends = {(opening.x, opening.y) for opening in (*layout.heads, *layout.tails)}
    tiles: set[Tile] = set()
    for arm in layout.arms:
        ends = ((arm.pickup_tile, arm.drop), (arm.drop_tile, arm.pickup))
        for tile, other in ends:
            machine = other is not None and _works(layout, other)
            if machine and is_free(layout, tile) and tile not in belt_ends:
                tiles.add(tile)
    return sorted(tiles, key=lambda tile: (tile[1], tile[0]))


def _terminal_chests(layout: Layout) -> tuple[list[int], list[int]]:
    """Chests that are only taken from, and chests that are only given to."""
    given: set[int] = set()
    taken: set[int] = set()
    for arm in layout.arms:
        moves_on = (arm.drop is not None and _works(layout, arm.drop)) or bool(drop_places(layout, arm))
        comes_from = (arm.pickup is not None and _works(layout, arm.pickup)) or bool(pickup_places(layout, arm))
        if arm.pickup is not None and layout.is_chest(arm.pickup) and moves_on:
            taken.add(arm.pickup)
        if arm.drop is not None and layout.is_chest(arm.drop) and comes_from:
            given.add(arm.drop)
    given |= {drill.drop for drill in layout.drills if drill.drop is not None and layout.is_chest(drill.drop)}
    return sorted(taken - given), sorted(given - taken)


def _works(layout: Layout, index: int) -> bool:
    """Whether it is a crafting machine or a lab."""
    prototype = layout.prototype(index)
    return prototype.machine is not None or prototype.lab is not None


def exits_of(openings: Openings) -> list[Place]:
    """Places at which things leave the design."""
    return [place for outlet in openings.outlets for place in outlet.places]
