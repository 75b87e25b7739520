"""The world of an environment or a server: a factory that is built, changed and run, tick by tick."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from factorion_cli.errors import FactoryError, PlacementError, UsageError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.factory import Power, Resource
from factorion_cli.factory.placement import legal_directions
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.world import electricity, ground, handling
from factorion_cli.simulation.world.digests import digest_of
from factorion_cli.simulation.world.reading import craft_of, given, made, names, state_of, taken, taken_by_lane
from factorion_cli.simulation.world.saving import load, save
from factorion_cli.simulation.world.site import Site, Thing, name_of, tiles_of
from factorion_cli.simulation.world.states import ArmState, State

Items = Mapping[str, int]
"""Numbers of items by name."""
SETTINGS = frozenset(
    ("recipe", "stack_size", "filters", "filter", "input_priority", "output_priority", "modules", "bar", "fuel")
)
"""Fields of an entity that `World.configure` changes."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world at one moment; it never changes, and any world of the same size may be restored to it.

    Attributes:
        tick: ticks that the world had run.
        digest: the world's digest at that moment.
    """

    tick: int
    digest: str
    _site: Site

    def to_bytes(self) -> bytes:
        """The snapshot to be kept in a file; `from_bytes` reads it on any machine."""
        return save(self._site)

    @classmethod
    def from_bytes(cls, data: bytes) -> Snapshot:
        """A snapshot that was kept.

        Raises:
            DataError: the bytes are damaged, of another version, or no snapshot.
        """
        site = load(data)
        return cls(site.tick, digest_of(site), site)


class World:
    """A factory that is edited while it runs.

    Edits cost the same in a small world and in a large one: only what stands around them is looked at again. (Pipes,
    and everything under `power: network`, are the exception: an edit of theirs makes all of them anew.) What an edit
    makes stale is derived when the world is next run or read, so that many edits in a row share that work. The first
    tick after an edit of belts walks over all lines once, which takes about as long as a few ticks.

    A world built by edits in any order runs as the same factory does under `throughput`.

    Example:
        >>> from factorion_cli.factory import Entity, Sink, Source
        >>> world = World(width=5, height=1)
        >>> ore = world.add_source(Source("in", "belt", 0, 0, "iron-ore", direction=4))
        >>> belts = [world.add(Entity("transport-belt", x, 0, direction=4)) for x in (1, 2, 3)]
        >>> out = world.add_sink(Sink("out", "belt", 4, 0, direction=4))
        >>> world.step(600)
        >>> before = world.snapshot()
        >>> world.step(600)
        >>> world.rates(since=before)
        {'out': {'iron-ore': 15.0}}
        >>> world.remove(belts[1])
        {'iron-ore': 8}
    """

    def __init__(self, factory: Factory | None = None, *, width: int = 0, height: int = 0) -> None:
        """A world with a factory in it, or an empty one of this size in tiles.

        Ids are the places of the factory's entities in `factory.entities`, then its sources, then its sinks; things
        that are added later get further ones.

        Raises:
            FactorionError: what cannot be simulated, as `throughput` would say.
        """
        if factory is None:
            if width < 1 or height < 1:
                raise UsageError(f"a world of {width} x {height} tiles has no room; give a factory or a size")
            factory = Factory(width, height)
        self._site = Site(factory)
        things: list[Thing] = [*factory.entities, *factory.sources, *factory.sinks]
        for thing in things:
            self._put(thing)

    def _put(self, thing: Thing) -> int:
        number = self._site.next_id
        self._site.put(number, thing)
        self._site.next_id += 1
        return number

    def _thing(self, number: int) -> Thing:
        thing = self._site.things.get(number)
        if thing is None:
            raise UsageError(f"nothing in this world has the id {number}; `world.ids` lists what stands there")
        return thing

    def _entity(self, number: int, verb: str) -> Entity:
        thing = self._thing(number)
        if not isinstance(thing, Entity):
            raise UsageError(f"{name_of(thing)} cannot {verb}: remove it and add another endpoint")
        return thing

    def _named(self, items: Counter[int]) -> dict[str, int]:
        known = names(self._site)
        return dict(sorted((known[item], count) for item, count in items.items() if count > 0))

    # Edits

    def add(self, entity: Entity) -> int:
        """Place an entity; returns its id.

        Raises:
            PlacementError: it would stand on something, leave the world or face a way that it cannot.
            FactoryError: a recipe that it cannot make.
            DataError: no vanilla entity has that name.
        """
        self._check(entity)
        return self._put(entity)

    def _check(self, entity: Entity) -> None:
        width, height = entity.size
        base = self._site.base
        self._check_direction(entity, entity.direction)
        if not (0 <= entity.x <= base.width - width and 0 <= entity.y <= base.height - height):
            raise PlacementError(
                f"{name_of(entity)} covers {width} x {height} tiles and leaves the world of "
                f"{base.width} x {base.height}; place it further inside"
            )
        self._check_recipe(entity, entity.recipe)

    @staticmethod
    def _check_direction(entity: Entity, direction: int) -> None:
        legal = legal_directions(entity.name)
        if direction not in legal:
            raise PlacementError(f"{name_of(entity)} cannot face direction {direction}; expected one of {legal}")

    @staticmethod
    def _check_recipe(entity: Entity, recipe: str | None) -> None:
        if recipe is None:
            return
        known = [found.name for found in load_table().recipes_for(entity.name)]
        if recipe not in known:
            some = ", ".join(known[:5]) + (", ..." if len(known) > 5 else "")
            raise FactoryError(
                f"{name_of(entity)} cannot make {recipe!r}; expected one of {some or 'no recipe at all'}"
            )

    def add_source(self, source: Source) -> int:
        """Place a source; returns its id. Two belt sources may share a tile, each with its own lane."""
        return self._add_endpoint(source)

    def add_sink(self, sink: Sink) -> int:
        """Place a sink; returns its id."""
        return self._add_endpoint(sink)

    def _add_endpoint(self, endpoint: Source | Sink) -> int:
        base = self._site.base
        if endpoint.id in self._site.endpoints:
            raise FactoryError(f"this world has an endpoint {endpoint.id!r} already; give the new one another id")
        if not all(0 <= x < base.width and 0 <= y < base.height for x, y in tiles_of(endpoint)):
            raise PlacementError(f"{name_of(endpoint)} leaves the world of {base.width} x {base.height}")
        return self._put(endpoint)

    def remove(self, number: int) -> dict[str, int]:
        """Take a thing away; returns what was in it or lay on it (and what finds no room now that it is gone).

        A craft under way gives its ingredients back.
        """
        self._thing(number)
        site = self._site
        site.settle()
        before = Counter(site.spilled)
        taken = site.take_away(number)
        site.settle()
        lost = site.spilled - before
        site.spilled = before
        return self._named(taken + lost)

    def discard(self, number: int) -> None:
        """Take a thing away with all that is in it: as `remove`, but many in a row share the work of wiring the rest.

        What finds no room now that it is gone is counted among what is `spilled`.
        """
        self._thing(number)
        self._site.take_away(number)

    def rotate(self, number: int, direction: int) -> dict[str, int]:
        """Let an entity face another way; returns what found no room on it.

        Raises:
            PlacementError: it cannot face that way, or would stand on something.
        """
        site, entity = self._site, self._entity(number, "turn")
        self._check_direction(entity, direction)
        turned = replace(entity, direction=direction)
        for tile in tiles_of(turned):
            for other in site.on.get(tile, ()):
                if other != number:
                    raise PlacementError(f"{name_of(entity)} cannot turn: {name_of(site.things[other])} is in the way")
        self._check(turned)
        site.settle()
        before = Counter(site.spilled)
        taken = site.turn(number, turned)
        site.settle()
        lost = site.spilled - before
        site.spilled = before
        return self._named(taken + lost)

    def set_recipe(self, number: int, recipe: str | None) -> dict[str, int]:
        """Let a machine make something else; returns what was in it.

        Raises:
            FactoryError: it cannot make that.
        """
        entity = self._entity(number, "make anything")
        if entity.prototype.machine is None:
            raise FactoryError(f"{name_of(entity)} has no recipes; expected a crafting machine")
        self._check_recipe(entity, recipe)
        self._site.settle()
        taken = self._site.take_away(number)
        self._site.put(number, replace(entity, recipe=recipe))
        return self._named(taken)

    def configure(self, number: int, **settings: Any) -> dict[str, int]:
        """Change how an entity is set (filters, modules, priorities and so on; not its place, direction or name).

        What it holds stays there as far as there is room for it; returns the rest. A craft under way begins anew.

        Raises:
            UsageError: something else than a setting.
            FactoryError: a recipe that it cannot make.
        """
        entity = self._entity(number, "be set")
        unknown = set(settings) - SETTINGS
        if unknown:
            raise UsageError(f"{name_of(entity)} cannot be set to another {', '.join(sorted(unknown))}")
        if "recipe" in settings:
            self._check_recipe(entity, settings["recipe"])
        self._site.settle()
        taken = self._named(self._site.take_away(number))
        self._site.put(number, replace(entity, **settings))
        self._site.settle()
        for item, count in taken.items():
            if not isinstance(self.state(number), ArmState):
                taken[item] = count - handling.insert_items(self._site, number, item, count)
        return {item: count for item, count in taken.items() if count > 0}

    def supply(self, power: Power) -> None:
        """Let power come from everywhere (`unlimited`) or from the poles that stand there (`poles`), from now on.

        Raises:
            UsageError: another mode, or the world was made with one.
        """
        electricity.supply(self._site, power)

    def is_powered(self, number: int) -> bool:
        """Whether an entity has the power that it needs: in reach of a pole, where poles count, or not electric."""
        return self._site.powered(self._entity(number, "be powered"))

    def lay(self, resources: Iterable[Resource]) -> None:
        """Let exactly these resources lie in the ground, also where drills have mined."""
        ground.lay(self._site, resources)

    def ore_left(self, x: int, y: int) -> int | None:
        """Pieces that drills have left on a tile; None when no drill reaches it, or what lies there is endless."""
        self._site.settle()
        return ground.left(self._site, (x, y))

    def exhausted(self) -> list[tuple[int, int]]:
        """Tiles in reach of drills where nothing is left to mine."""
        self._site.settle()
        return ground.exhausted(self._site)

    # Running

    def step(self, ticks: int = 1) -> None:
        """Run for so many ticks (60 per second of game time)."""
        if ticks < 0:
            raise UsageError(f"a world cannot run {ticks} ticks; expected 0 or more")
        if ticks:
            self._site.run(ticks)

    @property
    def tick(self) -> int:
        """Ticks that this world has run."""
        return self._site.tick

    # Reading

    @property
    def factory(self) -> Factory:
        """The factory as it stands now: its entities, sources and sinks in the order of their ids."""
        return self._site.factory()

    @property
    def ids(self) -> dict[int, Entity | Source | Sink]:
        """Everything that stands in the world, by id."""
        return dict(self._site.things)

    def get(self, number: int) -> Entity | Source | Sink:
        """What has this id; UsageError when nothing does."""
        return self._thing(number)

    def at(self, x: int, y: int) -> tuple[int, ...]:
        """Ids of what stands on a tile: none, one, or two sources that share it."""
        return self._site.on.get((x, y), ())

    def state(self, number: int) -> State:
        """What can be seen of a thing: see `simulation.world.states`."""
        self._thing(number)
        self._site.settle()
        return state_of(self._site, number)

    def craft(self, number: int) -> tuple[str | None, float]:
        """The recipe of a machine and the share of its craft that is done: of its state, the part that is cheap.

        Raises:
            UsageError: it is no machine.
        """
        self._site.settle()
        if number not in self._site.stations.machines:
            raise UsageError(f"{name_of(self._thing(number))} is no machine")
        return craft_of(self._site, number)

    def taken(self, number: int, lane: int = 0) -> dict[str, int]:
        """Items that a lane of a belt sink (0 left, 1 right) or a chest sink (lane 0) has taken so far.

        Raises:
            UsageError: no such sink.
        """
        if lane >= len(self._site.sink_blocks.get(number, ())):
            raise UsageError(f"{name_of(self._thing(number))} is no sink with a lane {lane}")
        self._site.settle()
        return taken_by_lane(self._site, number, lane)

    def made(self, number: int) -> dict[str, int]:
        """Items and units of fluids that a machine or drill has made so far, whole ones; nothing for other things."""
        self._thing(number)
        self._site.settle()
        return made(self._site, number)

    @property
    def spilled(self) -> dict[str, int]:
        """Items that found no room where belts became shorter or met anew, when nothing was removed to return them."""
        self._site.settle()
        return self._named(self._site.spilled)

    def counts(self) -> dict[str, dict[str, int]]:
        """Items that each source has given and each sink has taken so far, by id of the endpoint."""
        self._site.settle()
        found: dict[str, dict[str, int]] = {}
        for number, thing in sorted(self._site.things.items()):
            if not isinstance(thing, Entity):
                found[thing.id] = given(self._site, number) if isinstance(thing, Source) else taken(self._site, number)
        return found

    def rates(self, since: Snapshot) -> dict[str, dict[str, float]]:
        """Items per second into each sink since a snapshot, counted whole: see `throughput` for exact rates."""
        if self.tick <= since.tick:
            raise UsageError(f"the snapshot is of tick {since.tick} and the world at {self.tick}; step first")
        seconds = (self.tick - since.tick) / 60
        rates: dict[str, dict[str, float]] = {}
        for number, thing in sorted(self._site.things.items()):
            if isinstance(thing, Sink):
                old = taken(since._site, number) if number in since._site.things else {}
                new = taken(self._site, number)
                rates[thing.id] = {item: (count - old.get(item, 0)) / seconds for item, count in new.items()}
        return rates

    # Hands

    def insert(self, number: int, item: str, count: int = 1) -> int:
        """Put items into a chest or machine or onto a belt, as a player would; returns how many found room."""
        self._thing(number)
        self._site.settle()
        return handling.insert_items(self._site, number, item, count)

    def take(self, number: int, item: str, count: int = 1) -> int:
        """Take items out of a chest, machine, hand or from a belt; returns how many were there."""
        self._thing(number)
        self._site.settle()
        return handling.take_items(self._site, number, item, count)

    # Keeping

    def snapshot(self) -> Snapshot:
        """The world as it is now, to be restored as often as wanted."""
        site = self._site.copy()
        return Snapshot(site.tick, digest_of(site), site)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back (or over) to a snapshot: the world runs on from there to the same bits."""
        self._site = snapshot._site.copy()

    def digest(self) -> str:
        """A hash of all that decides the world's future.

        Worlds with the same things and the same state have the same digest whatever edits led there, on every machine;
        what is only counted (rates, waits) is left out.
        """
        self._site.settle()
        return digest_of(self._site)
