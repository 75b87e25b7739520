"""Everything that stands in an edited world, and what an edit makes stale: it is derived again when it is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from factorion_cli.arrays import LongArray
from factorion_cli.errors import PlacementError, SimulationError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.entity import Side
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import decisions, powering
from factorion_cli.simulation.compiling import (
    beacon_modules,
    beacon_reaches,
    is_station,
    make_chest,
    sink_chest,
    source_chest,
)
from factorion_cli.simulation.labs import packs_in_reach
from factorion_cli.simulation.research import check_research
from factorion_cli.simulation.running import Runner, start
from factorion_cli.simulation.wiring import (
    LOADER_TYPES,
    BeltNode,
    Spot,
    entity_nodes,
    outlet_tile,
    sink_node,
    spot_kind,
    wire,
    with_source,
)
from factorion_cli.simulation.world.belts import Belts
from factorion_cli.simulation.world.pipework import Pipework, concerns_pipes
from factorion_cli.simulation.world.stations import Stations, Tile
from factorion_cli.simulation.world.tables import Tables

Thing = Entity | Source | Sink
SIDES: tuple[Side, Side] = ("left", "right")


def tiles_of(thing: Thing) -> list[Tile]:
    """Tiles that a thing covers: none for a sink that only counts what a machine makes."""
    if isinstance(thing, Entity):
        return list(thing.tiles())
    return [] if thing.kind == "output" else [(thing.x, thing.y)]


def reaches(entity: Entity) -> bool:
    """Whether an entity takes from or gives to other tiles."""
    prototype = entity.prototype
    return prototype.inserter is not None or prototype.type in LOADER_TYPES or outlet_tile(entity) is not None


def name_of(thing: Thing) -> str:
    """What a message calls it."""
    if isinstance(thing, Entity):
        return f"{thing.name} at {thing.x},{thing.y}"
    return f"endpoint {thing.id} at {thing.x},{thing.y}"


class Site:
    """A factory as it stands, with the arrays that simulate it.

    Attributes:
        base: the factory without anything on it: its size, power, resources and research.
        things: entities and endpoints by id.
        on: ids of what stands on each tile: one, or two sources with a lane each.
        endpoints: ids of sources and sinks by the names that they carry.
        tick: ticks since the world began.
        spilled: items that found no room after an edit, by number.
        labs: packs that can reach each lab.
        waits_before: (machines, reasons) how long each had waited before the last tick.
    """

    def __init__(self, base: Factory) -> None:
        check_research(base)
        self.base = replace(base, entities=(), sources=(), sinks=())
        self.share = powering.satisfaction(base)
        self.tick = 0
        self.started = False
        self.next_id = 0
        self.things: dict[int, Thing] = {}
        self.on: dict[Tile, tuple[int, ...]] = {}
        self.endpoints: dict[str, int] = {}
        self.sink_blocks: dict[int, tuple[int, ...]] = {}
        self.supplied: Counter[Tile] = Counter()
        self.spilled: Counter[int] = Counter()
        self.waits_before: LongArray | None = None
        self.tables = Tables()
        self.belts = Belts(self.tables, self.things, self.sink_block)  # type: ignore[arg-type]
        self.stations = Stations(self.tables, self.belts, self.base, self.share)
        self.pipework = Pipework()
        self.labs: dict[int, tuple[str, ...]] = {}
        self._stale_machines: set[int] = set()
        self._stale_arms: set[int] = set()
        self._edited = self._lost_loader = self._in_order = False
        self._runner: Runner | None = None

    def copy(self) -> Site:
        """The same site, settled; nothing that either does shows in the other."""
        self.settle()
        copied = Site.__new__(Site)
        copied.base, copied.share, copied.tick, copied.started = self.base, self.share, self.tick, self.started
        copied.next_id, copied.things, copied.on = self.next_id, dict(self.things), dict(self.on)
        copied.endpoints = dict(self.endpoints)
        copied.sink_blocks, copied.supplied = dict(self.sink_blocks), Counter(self.supplied)
        copied.spilled, copied.waits_before = Counter(self.spilled), self.waits_before
        copied.tables = self.tables.copy()
        copied.belts = self.belts.copy_for(copied.tables, copied.things, copied.sink_block)  # type: ignore[arg-type]
        copied.stations = self.stations.copy_for(copied.tables, copied.belts)
        copied.pipework = self.pipework.copy()
        copied.labs = dict(self.labs)
        copied._stale_machines, copied._stale_arms = set(), set()
        copied._edited = copied._lost_loader = copied._in_order = False
        copied._runner = None
        return copied

    # Reading

    def sink_block(self, number: int, lane: int) -> int:
        """Where a sink counts what it takes, lane by lane (chest sinks: lane 0)."""
        first = self.sink_blocks[number][lane]
        return first * self.tables.stride

    def spot_at(self, tile: Tile) -> Spot | None:
        """What an arm finds on a tile."""
        node = self.belts.at.get(tile)
        if node is not None:
            thing = self.things[node >> 1]
            return Spot("belt", node, (thing.x, thing.y) if isinstance(thing, Entity) else tile)
        for number in self.on.get(tile, ()):
            thing = self.things[number]
            if isinstance(thing, Source):
                return Spot("chest-source", number, tile)
            if isinstance(thing, Sink):
                return Spot("chest-sink", number, tile)
            kind = spot_kind(thing.prototype)
            if kind is not None:
                return Spot(kind, number, (thing.x, thing.y))
        return None

    def powered(self, entity: Entity) -> bool:
        """Whether an entity can work: all but electric ones out of every pole's reach."""
        if self.base.power.mode not in ("poles", "network") or not entity.prototype.electric:
            return True
        supplied = self.supplied.get  # a Counter's [] asks a function of Python for each tile that it does not have
        return any(supplied(tile, 0) > 0 for tile in entity.tiles())

    def factory(self) -> Factory:
        """The factory as it stands now, in the order in which things were added."""
        by_kind: dict[type, list[Thing]] = {Entity: [], Source: [], Sink: []}
        for number in sorted(self.things):
            by_kind[type(self.things[number])].append(self.things[number])
        return replace(
            self.base,
            entities=tuple(by_kind[Entity]),  # type: ignore[arg-type]
            sources=tuple(by_kind[Source]),  # type: ignore[arg-type]
            sinks=tuple(by_kind[Sink]),  # type: ignore[arg-type]
        )

    # Putting things there and taking them away

    def put(self, number: int, thing: Thing) -> None:
        """Let a thing stand on free tiles."""
        tiles = tiles_of(thing)
        if isinstance(thing, Entity) and thing.count > 1:
            raise SimulationError(f"{name_of(thing)} stands for {thing.count}: a world needs every one in its place")
        for tile in tiles:
            self._refuse_taken(thing, tile)
        self.things[number] = thing
        if not isinstance(thing, Entity):
            self.endpoints[thing.id] = number
        for tile in tiles:
            self.on[tile] = (*self.on.get(tile, ()), number)
        if isinstance(thing, Entity):
            self._put_entity(number, thing)
        elif isinstance(thing, Source):
            self._put_source(number, thing)
        else:
            self._put_sink(number, thing)
        self._stale_around(tiles)
        self._edited = True

    def _refuse_taken(self, thing: Thing, tile: Tile) -> None:
        for number in self.on.get(tile, ()):
            other = self.things[number]
            both = isinstance(thing, Source) and isinstance(other, Source) and thing.kind == other.kind == "belt"
            if not both:
                raise PlacementError(
                    f"{name_of(thing)} would stand on {name_of(other)}; remove that one (id {number}) first"
                )

    def _stale_around(self, tiles: list[Tile]) -> None:
        for tile in tiles:
            self._stale_arms.update(self.stations.reaching.get(tile, ()))

    def _put_entity(self, number: int, entity: Entity) -> None:
        prototype = entity.prototype
        nodes = entity_nodes(entity, number)
        if nodes:
            self.belts.add({2 * number + node.side: node for node in nodes})
        if prototype.type in decisions.CHEST_TYPES:
            self.stations.add_chest(number, make_chest(entity), -1)
        if is_station(entity):
            self._stale_machines.add(number)
        if prototype.lab is not None:
            self.labs[number] = ()
        if reaches(entity):
            self.stations.add_arm(number, entity)
            self._stale_arms.add(number)
        self._energise(number, entity, 1)
        if concerns_pipes(entity) or self.base.power.mode == "network":
            self.pipework.stale = True

    def energise(self, number: int, entity: Entity) -> None:
        """Look again at what an entity that stands there supplies, and whether it is supplied itself."""
        self._energise(number, entity, 1)
        self._stale_power(number, entity)
        self._edited = True

    def _energise(self, number: int, entity: Entity, change: int) -> None:
        """Count what a pole supplies; what a pole or a beacon reaches has to be looked at again."""
        if entity.prototype.beacon is not None:
            self._stale_machines.update(self._stations_near(entity))
        if entity.prototype.pole is None or self.base.power.mode not in ("poles", "network"):
            return
        left, top, right, bottom = powering.supply_area(entity)
        for tile in ((x, y) for y in range(top, bottom) for x in range(left, right)):
            self.supplied[tile] += change
            for other in self.on.get(tile, ()):
                thing = self.things[other]
                if isinstance(thing, Entity) and other != number:
                    self._stale_power(other, thing)

    def _stale_power(self, number: int, entity: Entity) -> None:
        if is_station(entity):
            self._stale_machines.add(number)
        if number in self.stations.arms:
            self._stale_arms.add(number)
        if entity.prototype.type == "pump":
            self.pipework.stale = True
        if entity.prototype.beacon is not None:
            self._stale_machines.update(self._stations_near(entity))

    def _around(self, entity: Entity, margin: int) -> Iterator[tuple[int, Entity]]:
        """Entities within so many tiles of an entity, each once."""
        width, height = entity.size
        seen: set[int] = set()
        for y in range(entity.y - margin, entity.y + height + margin):
            for x in range(entity.x - margin, entity.x + width + margin):
                for number in self.on.get((x, y), ()):
                    thing = self.things[number]
                    if number not in seen and isinstance(thing, Entity):
                        seen.add(number)
                        yield number, thing

    def _stations_near(self, beacon: Entity) -> list[int]:
        data = beacon.prototype.beacon
        assert data is not None
        near = self._around(beacon, int(data.supply_area_distance))
        return [number for number, entity in near if is_station(entity)]

    def _beacons_on(self, entity: Entity) -> tuple[tuple[str, ...], ...]:
        """Modules of the beacons that reach a machine: those listed with it, or those around it, by place."""
        if entity.beacons:
            return entity.beacons
        data = load_table().entity("beacon").beacon
        margin = int(data.supply_area_distance) if data is not None else 0
        found = [
            other
            for _, other in self._around(entity, margin)
            if other.prototype.beacon is not None
            and other.modules
            and beacon_reaches(other, entity)
            and self.powered(other)
        ]
        return tuple(beacon_modules(beacon) for beacon in sorted(found, key=lambda beacon: (beacon.y, beacon.x)))

    def _put_source(self, number: int, source: Source) -> None:
        self.tables.number(source.item)
        if source.kind == "chest":
            self.stations.add_chest(number, source_chest(source, number), -1)
        else:
            self._source_node((source.x, source.y))

    def _source_node(self, tile: Tile) -> Counter[int]:
        """Make the node of a tile's sources anew; what lay on it."""
        taken: Counter[int] = Counter()
        if tile in self.belts.at:
            taken = self.belts.remove([self.belts.at[tile]])
        node: BeltNode | None = None
        for number in self.on.get(tile, ()):
            source = self.things[number]
            assert isinstance(source, Source)
            node = with_source(node, source, number)
        if node is not None:
            self.belts.add({2 * min(self.on[tile]): node})
        return taken

    def _put_sink(self, number: int, sink: Sink) -> None:
        lanes = {"belt": 2, "chest": 1, "output": 0}[sink.kind]
        self.sink_blocks[number] = tuple(self.tables.block("tallies") // self.tables.stride for _ in range(lanes))
        if sink.kind == "chest":
            self.stations.add_chest(number, sink_chest(number), self.sink_block(number, 0))
        elif sink.kind == "belt":
            self.belts.add({2 * number: sink_node(sink, number)})
        else:
            self._stale_machines.update(other for other in self.on.get(sink.of or (0, 0), ()))
            self._stale_machines &= self.things.keys()

    def take_away(self, number: int) -> Counter[int]:
        """Take a thing away; what was in it or lay on it, by number."""
        thing = self.things[number]
        tiles = tiles_of(thing)
        taken: Counter[int] = Counter()
        if isinstance(thing, Entity):
            taken += self._take_entity(number, thing)
        self._stale_around(tiles)
        for tile in tiles:
            left = tuple(other for other in self.on[tile] if other != number)
            if left:
                self.on[tile] = left
            else:
                del self.on[tile]
        if isinstance(thing, Source):
            taken += self._source_node(tiles[0]) if thing.kind == "belt" else self.stations.remove_chest(number)
        elif isinstance(thing, Sink):
            self._take_sink(number, thing)
        if not isinstance(thing, Entity):
            self.endpoints.pop(thing.id, None)
        del self.things[number]
        self._edited = True
        self._stale_machines.discard(number)
        self._stale_arms.discard(number)
        return taken

    def _take_sink(self, number: int, sink: Sink) -> None:
        if sink.kind == "belt":
            self.belts.remove([2 * number])
        elif sink.kind == "chest":
            self.stations.remove_chest(number)
        for block in self.sink_blocks.pop(number):
            self.tables.free_block("tallies", block * self.tables.stride)

    def _take_entity(self, number: int, entity: Entity) -> Counter[int]:
        self._lost_loader = self._lost_loader or number in self.stations.loaders
        self.labs.pop(number, None)
        nodes = [node for node in (2 * number, 2 * number + 1) if node in self.belts.nodes]
        taken = self.belts.remove(nodes)
        if number in self.stations.chests:
            taken += self.stations.remove_chest(number)
        if reaches(entity):
            taken += self.stations.remove_arm(number, entity)
        if number in self.stations.machines:
            taken += self.stations.remove_machine(number, entity)
        self._energise(number, entity, -1)
        if concerns_pipes(entity) or self.base.power.mode == "network":
            self.pipework.stale = True
        return taken

    def turn(self, number: int, entity: Entity) -> Counter[int]:
        """Let an entity face another way; what cannot stay in it, by number."""
        before = self.things[number]
        assert isinstance(before, Entity)
        if 2 * number in self.belts.nodes and before.size == entity.size == (1, 1):
            self.things[number] = entity
            self.belts.turn(2 * number, entity_nodes(entity, number)[0])
            self._stale_around(tiles_of(entity))
            return Counter()
        if number in self.stations.arms:
            row = self.tables.arrays.arms[self.stations.arms[number]].copy()
            self.take_away(number)
            self.put(number, entity)
            self.tables.arrays.arms[self.stations.arms[number]] = row
            return Counter()
        taken = self.take_away(number)
        self.put(number, entity)
        return taken

    # Running and deriving what is stale

    def look_again(self, numbers: Iterable[int]) -> None:
        """Let these machines be planned again: what they stand on or how they are set has changed."""
        self._stale_machines.update(numbers)

    def run(self, ticks: int) -> None:
        """Advance by so many ticks."""
        self.settle()
        if not self._in_order:
            self.belts.order()
            self.stations.order()
            self._in_order = True
        self.tables.close()
        arrays = self.tables.arrays
        if not self.started:
            start(arrays)
            self.started = True
        if self._runner is None or self._runner.world is not arrays:
            self._runner = Runner(arrays)
        for part in (ticks - 1, 1) if ticks > 1 else (1,):
            self.waits_before = arrays.machines["waits"].copy()
            self._runner.run(part, 1)
        self.tick += ticks

    def settle(self) -> None:
        """Derive again what edits made stale."""
        if self._is_settled:
            return
        self._in_order = False
        touched, lost = self.belts.settle()
        self.spilled += lost
        for tile in touched:
            self._stale_arms.update(self.stations.reaching.get(tile, ()))
        if self.labs and (self._edited or touched):
            self._look_for_packs()
        self._edited = False
        self._equip()
        loads = not self._stale_arms.isdisjoint(self.stations.loaders) or self._lost_loader
        for number in sorted(self._stale_arms - self.stations.loaders):
            entity = self.things[number]
            assert isinstance(entity, Entity)
            self.stations.reach(number, self.things, self.spot_at, self.powered(entity))
        if loads:
            self.stations.load(self.things, self.spot_at)
        self._stale_machines, self._stale_arms, self._lost_loader = set(), set(), False
        if self.pipework.stale:
            self.pipework.rebuild(self.tables, self.stations, self.base, self.things, self._beacons_on)

    @property
    def _is_settled(self) -> bool:
        stale = self._stale_machines or self._stale_arms or self._edited or self._lost_loader or self.pipework.stale
        return not stale and self.belts.is_settled

    def _equip(self) -> None:
        """Plan the stale machines."""
        factory: Factory | None = None
        for number in sorted(self._stale_machines):
            entity = self.things[number]
            if isinstance(entity, Entity) and is_station(entity):
                factory = factory or self._surroundings()
                powered, packs = self.powered(entity), self.labs.get(number, ())
                self.spilled += self.stations.equip(number, entity, factory, self._beacons_on(entity), powered, packs)
                if number in self.stations.drills:
                    self._stale_arms.add(number)

    def _look_for_packs(self) -> None:
        """Find the packs that can reach each lab: that is asked of the whole factory."""
        factory = self.factory()
        numbers = [number for number in sorted(self.things) if isinstance(self.things[number], Entity)]
        for index, packs in packs_in_reach(factory, wire(factory)).items():
            if self.labs[numbers[index]] != packs:
                self.labs[numbers[index]] = packs
                self._stale_machines.add(numbers[index])

    def _surroundings(self) -> Factory:
        """What a drill needs to know: resources, research, and the sinks that count what machines make."""
        sinks = tuple(
            thing for number in self.sink_blocks if isinstance(thing := self.things[number], Sink)
            and thing.kind == "output"
        )  # fmt: skip
        return replace(self.base, sinks=sinks)
