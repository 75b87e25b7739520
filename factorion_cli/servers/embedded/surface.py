"""A surface: its tiles, what is on them, and the World that runs what the simulator knows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from factorion_cli.errors import FactorionError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.entity import Lanes
from factorion_cli.factory.factory import Power, Resource
from factorion_cli.factory.placement import legal_directions
from factorion_cli.prototypes import RESOURCES, load_table
from factorion_cli.servers.embedded.things import Endpoint, Thing, Tile, tiles_under
from factorion_cli.servers.embedded.values import ApiError
from factorion_cli.simulation.world import Snapshot, World

HALF = 4096
"""Tiles from the origin of a surface to the border of what can be built on, a whole number of chunks."""
GRASS, LAB = "grass-1", ("lab-dark-1", "lab-dark-2")
ENDLESS = 2**32 - 1
"""The most that a tile of ore can hold (uint32): taken for ore that never runs out."""
NORMAL_YIELD = 300_000
"""Amount of a field of crude oil whose yield is 100 % (data.raw.resource["crude-oil"].normal)."""
TILES = (GRASS, *LAB, "water")
"""Kinds of tiles of the embedded server's surfaces."""


@dataclass
class Surface:
    """A surface, square, with its origin in the middle.

    The World is run only when it is read or changed: `owed` ticks have passed that it has not run yet, so that
    stretches nobody looks at cost as little as they do without Lua. `edition` counts what came and went: while it is
    the same, the same things stand here.
    """

    index: int
    name: str
    things: dict[int, Thing]
    lab_tiles: bool = False
    always_day: bool = False
    tiles: dict[Tile, str] = field(default_factory=dict)
    on: dict[Tile, tuple[int, ...]] = field(default_factory=dict)
    members: dict[int, None] = field(default_factory=dict)
    of_world: dict[int, int] = field(default_factory=dict)
    ores: dict[Tile, int] = field(default_factory=dict)
    drills: set[int] = field(default_factory=set)
    owed: int = 0
    edition: int = 0

    def __post_init__(self) -> None:
        self._powered: dict[int, bool] = {}
        self._powered_at = -1
        self._world = World(Factory(2 * HALF, 2 * HALF, power=Power("poles")))
        self._stale_ores = False

    @property
    def world(self) -> World:
        """The World, run up to now."""
        if self.owed:
            owed, self.owed = self.owed, 0
            if self._stale_ores:
                self._lay_ores()
            self._world.step(owed)
        return self._world

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a World that was kept."""
        self._world.restore(snapshot)
        self.owed, self._stale_ores, self._powered_at = 0, False, -1
        self._supply()

    # What stands where

    def at(self, tile: Tile) -> list[Thing]:
        """Things on a tile, characters included."""
        return [self.things[number] for number in self.on.get(tile, ())]

    def enter(self, thing: Thing) -> None:
        """Let a thing stand on its tiles."""
        self.members[thing.id] = None
        for tile in thing.tiles():
            self.on[tile] = (*self.on.get(tile, ()), thing.id)
        if _powers_all(thing):
            self._supply()

    def leave(self, thing: Thing) -> None:
        """Take it off its tiles."""
        self.members.pop(thing.id, None)
        for tile in thing.tiles():
            left = tuple(number for number in self.on.get(tile, ()) if number != thing.id)
            if left:
                self.on[tile] = left
            else:
                self.on.pop(tile, None)
        if _powers_all(thing):
            self._supply()

    def _supply(self) -> None:
        """Poles feed what they reach; one without a body feeds everything."""
        everywhere = any(_powers_all(self.things[number]) for number in self.members)
        self.world.supply(Power("unlimited" if everywhere else "poles"))

    def is_powered(self, thing: Thing) -> bool:
        """Whether an electric thing is in reach of a pole; other things need no power."""
        if self._powered_at != self.edition:
            self._powered, self._powered_at = {}, self.edition
        known = self._powered.get(thing.id)
        if known is None:
            known = self._powered[thing.id] = all(self.world.is_powered(number) for number in thing.world)
        return known

    def within(self, left: float, top: float, right: float, bottom: float) -> list[Thing]:
        """Things whose boxes touch an area (bounds exclusive), by id."""
        if (right - left + 2) * (bottom - top + 2) > 4 * len(self.members):
            near = list(self.members)
        else:
            on, found = self.on, set[int]()
            for y in range(int(top // 1) - 1, int(bottom // 1) + 2):
                for x in range(int(left // 1) - 1, int(right // 1) + 2):
                    here = on.get((x, y))
                    if here is not None:
                        found.update(here)
            near = sorted(found)
        return [
            thing for number in near if _touches(thing := self.things[number], left, top, right, bottom)
        ]  # fmt: skip

    def tile_name(self, tile: Tile) -> str:
        """What the ground is there."""
        named = self.tiles.get(tile)
        if named is None:
            named = LAB[(tile[0] + tile[1]) % 2] if self.lab_tiles else GRASS
        return named

    def obstacle(self, base: str, x: float, y: float, direction: int) -> str | None:
        """Why an entity cannot stand there, or None when it can. Resources and characters are no obstacles here."""
        for tile in tiles_under(base, x, y, direction):
            if not (-HALF <= tile[0] < HALF and -HALF <= tile[1] < HALF):
                return "the border"
            if "water" in self.tile_name(tile) and base != "offshore-pump":
                return self.tile_name(tile)
            for other in self.at(tile):
                if other.type not in ("resource", "item-entity", "character") and not other.bodiless:
                    return other.name
        prototype = load_table().entities[base]
        if prototype.drill is not None and not self._ore_under(base, x, y):
            return "no resources"
        return None

    def _ore_under(self, base: str, x: float, y: float) -> bool:
        drill = load_table().entities[base].drill
        assert drill is not None
        reach = self.within(x - drill.radius, y - drill.radius, x + drill.radius, y + drill.radius)
        return any(o.type == "resource" and RESOURCES[o.name].category in drill.categories for o in reach)

    # The World

    def set_ore(self, thing: Thing, amount: int) -> None:
        """Let so much of a resource be left (0: it is gone); the World's drills know before they run again."""
        if not self._stale_ores and self.drills:
            for number in self.ores.values():
                self.amount_of(self.things[number])
        thing.amount = amount
        tile = thing.tiles()[0]
        if amount <= 0:
            self.ores.pop(tile, None)
        else:
            self.ores[tile] = thing.id
        self._stale_ores = True

    def amount_of(self, thing: Thing) -> int:
        """Pieces of a resource that are left, with what drills have taken; 0 when they have taken all."""
        x, y = thing.tiles()[0]
        if not self._stale_ores and RESOURCES[thing.name].infinite is False:
            left = self.world.ore_left(x + HALF, y + HALF)
            thing.amount = thing.amount if left is None else left
        return thing.amount

    def worked_out(self) -> list[Thing]:
        """Resources that drills have mined to the end."""
        if not self.drills:
            return []
        world = self.world
        if self._stale_ores:
            return [ore for number in self.ores.values() if self.amount_of(ore := self.things[number]) <= 0]
        tiles = ((x - HALF, y - HALF) for x, y in world.exhausted())
        found = (self.things[self.ores[tile]] for tile in tiles if tile in self.ores)
        return [ore for ore in found if self.amount_of(ore) <= 0]

    def _lay_ores(self) -> None:
        """Rows of equal tiles become one resource each."""
        rows: list[Resource] = []
        last: tuple[str, int, Tile] | None = None
        for (y, x), number in sorted(((y, x), number) for (x, y), number in self.ores.items()):
            thing = self.things[number]
            if last is not None and last == (thing.name, thing.amount, (x - 1, y)):
                left, top, width, _ = rows[-1].area
                rows[-1] = replace(rows[-1], area=(left, top, width + 1, 1))
            else:
                rows.append(_resource(thing, x + HALF, y + HALF))
            last = (thing.name, thing.amount, (x, y))
        self._stale_ores = False
        self._world.lay(rows)

    def build(self, thing: Thing, recipe: str | None = None, filters: tuple[str, ...] = ()) -> None:
        """Let the World hold a thing, where it can."""
        x, y = self.to_world(thing)
        try:
            if thing.endpoint is not None:
                self._build_endpoint(thing, x, y)
            elif thing.base in load_table().entities and not thing.bodiless:
                thing.world = (self.world.add(self._entity(thing, x, y, recipe, filters)),)
                if load_table().entities[thing.base].drill is not None:
                    self.drills.add(thing.id)
        except FactorionError as error:
            raise ApiError(str(error)) from error
        for number in thing.world:
            self.of_world[number] = thing.id

    def _entity(self, thing: Thing, x: int, y: int, recipe: str | None, filters: tuple[str, ...]) -> Entity:
        return Entity(
            thing.base,
            x,
            y,
            thing.direction if thing.direction in legal_directions(thing.base) else 0,
            underground_type=thing.underground_type,
            recipe=recipe,
            filters=filters,
            quality=thing.quality,
        )

    def to_world(self, thing: Thing) -> Tile:
        """The World's tile of a thing's top-left corner."""
        left, top = thing.corner
        return left + HALF, top + HALF

    def unbuild(self, thing: Thing) -> dict[str, int]:
        """Take a thing out of the World; what was in it."""
        found: dict[str, int] = {}
        for number in thing.world:
            for item, count in self.world.remove(number).items():
                found[item] = found.get(item, 0) + count
        self._forget_world(thing)
        return found

    def discard(self, thing: Thing) -> None:
        """Take a thing out of the World with what is in it."""
        for number in thing.world:
            self.world.discard(number)
        self._forget_world(thing)

    def _forget_world(self, thing: Thing) -> None:
        for number in thing.world:
            self.of_world.pop(number, None)
        thing.world = ()
        self.drills.discard(thing.id)

    def rebuild_endpoint(self, thing: Thing) -> None:
        """Let the World's endpoint follow what the mod made of it."""
        self.discard(thing)
        self.build(thing)

    def _build_endpoint(self, thing: Thing, x: int, y: int) -> None:
        endpoint, name = thing.endpoint, str(thing.id)
        assert endpoint is not None
        if endpoint.role == "sink":
            sink = Sink(name, endpoint.kind, x, y, None, thing.direction, _belt(thing))  # type: ignore[arg-type]
            thing.world = (self.world.add_sink(sink),)
            endpoint.cleared = {}
        elif endpoint.items:
            thing.world = tuple(
                self.world.add_source(
                    Source(f"{name}-{lanes}", endpoint.kind, x, y, item, thing.direction, lanes, _belt(thing))  # type: ignore[arg-type]
                )
                for lanes, item in _lanes(endpoint)
            )
        else:
            thing.world = (self.world.add(Entity(thing.base, x, y, thing.direction)),)


def _powers_all(thing: Thing) -> bool:
    """Whether it is a pole of the mod that covers the whole surface."""
    return thing.bodiless and thing.type == "electric-pole"


def _lanes(endpoint: Endpoint) -> list[tuple[Lanes, str]]:
    left, right = endpoint.items.get("left"), endpoint.items.get("right")
    if (left is not None and left == right) or endpoint.kind == "chest":
        return [("both", left or right or "")]
    lanes: list[tuple[Lanes, str | None]] = [("left", left), ("right", right)]
    return [(lane, item) for lane, item in lanes if item is not None]


def _belt(thing: Thing) -> str:
    return thing.base if thing.type == "transport-belt" else "transport-belt"


def _resource(thing: Thing, x: int, y: int) -> Resource:
    """A tile of it; ENDLESS amounts never run out, and of fields of fluid the amount is the yield."""
    if RESOURCES[thing.name].is_fluid:
        return Resource(thing.name, (x, y, 1, 1), None, thing.amount / NORMAL_YIELD)
    return Resource(thing.name, (x, y, 1, 1), None if thing.amount >= ENDLESS else thing.amount)


def _touches(thing: Thing, left: float, top: float, right: float, bottom: float) -> bool:
    x0, y0, x1, y1 = _OF_BODY if thing.body is not None else _extent(thing.base, thing.direction % 8 == 4)
    x, y = thing.x, thing.y
    return x + x0 < right and left < x + x1 and y + y0 < bottom and top < y + y1


_OF_BODY = (-0.2, -0.2, 0.2, 0.2)


@lru_cache(maxsize=1024)
def _extent(base: str, lies_across: bool) -> tuple[float, float, float, float]:
    """A kind's collision box around its centre."""
    prototype = load_table().entities.get(base)
    if prototype is None:
        return (-0.1, -0.1, 0.1, 0.1)
    left, top, right, bottom = prototype.collision_box
    return (top, left, bottom, right) if lies_across else (left, top, right, bottom)


def box_of(thing: Thing) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a thing's collision box in game coordinates."""
    left, top, right, bottom = _OF_BODY if thing.body is not None else _extent(thing.base, thing.direction % 8 == 4)
    return thing.x + left, thing.y + top, thing.x + right, thing.y + bottom


def box_at(base: str, x: float, y: float, direction: int) -> tuple[float, float, float, float]:
    """The collision box that an entity would have."""
    left, top, right, bottom = _extent(base, direction % 8 == 4)
    return x + left, y + top, x + right, y + bottom
