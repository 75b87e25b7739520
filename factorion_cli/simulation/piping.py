"""Fluids made ready for the kernels: which fluid boxes are joined to one segment, and who takes from it or gives to it.

Everything that just holds fluid (pipes, undergrounds, tanks, and boxes that fluid passes through: boilers' water,
engines, drills) and is joined without a pump is one segment. A crafting machine's box is no part of a segment: it is a
port, as are both ends of a pump. Where two ports face each other a small segment stands between them.

`pipe_up(factory)` finds the segments; `Pipes.segment_at(entity, box)` says which one a box of an entity belongs to or
touches (-1: none). `ports_of(...)` gives a machine its ports: one for each fluid of its plan. A machine that makes
or takes fluids through `MachineSpec.plans` (pumpjacks and drills, too) needs nothing else: the kernel moves fluid
between its stock and the segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import floor

from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.geometry import opposite, step, turn_right
from factorion_cli.prototypes import FluidBox, PipeConnection, Recipe, load_table
from factorion_cli.simulation import decisions
from factorion_cli.simulation.crafting import Plan, exact, quality_factor

MILLI = 1000
"""Fluids are counted in thousandths of a unit."""

Tile = tuple[int, int]
Box = tuple[int, int]
"""An entity (index into the factory's entities) and the number of one of its fluid boxes."""

FLUID_TYPES = frozenset({
    "pipe", "pipe-to-ground", "storage-tank", "infinity-pipe", "pump", "offshore-pump", "boiler", "generator",
    "assembling-machine", "furnace", "mining-drill", "fluid-turret",
})  # fmt: skip
"""Prototype types whose fluid boxes are simulated (turrets only hold and pass on)."""


@dataclass(frozen=True, slots=True)
class End:
    """One connection as it stands: from `tile` towards `direction`."""

    box: Box
    connection: PipeConnection
    tile: Tile
    direction: int
    holds: bool


@dataclass(slots=True)
class Segment:
    """Boxes joined without a pump, and the tiles around them.

    `capacity` and `amount` (what is in it at the start) are thousandths of a unit; `blocked` ones are too long to flow.
    """

    capacity: int = 0
    amount: int = 0
    fluid: str | None = None
    degrees: float | None = None
    blocked: bool = False
    left: int = 1 << 30
    top: int = 1 << 30
    right: int = -(1 << 30)
    bottom: int = -(1 << 30)

    def stretch(self, entity: Entity) -> None:
        """Take in the tiles of an entity."""
        width, height = entity.size
        self.left, self.top = min(self.left, entity.x), min(self.top, entity.y)
        self.right, self.bottom = max(self.right, entity.x + width), max(self.bottom, entity.y + height)
        self.blocked = max(self.right - self.left, self.bottom - self.top) > decisions.PIPELINE_EXTENT


@dataclass(slots=True)
class PortSpec:
    """Slot `slot` of a machine's plan gives `fluid` to (`out`) or takes it from a segment; `degrees` of what it gives.

    `within`: its box is part of the segment, so that no connection lies between.
    """

    machine: int
    slot: int
    out: bool
    segment: int
    fluid: str
    within: bool = False
    degrees: float | None = None


@dataclass(slots=True)
class PumpSpec:
    """Moves `rate` thousandths a tick from a segment (-1: an endless supply of `fluid`) to one (-1: an endless drain).

    `slows`: whether levels below 20 % and above 80 % slow it, as they do pumps; `fluid` is its filter.
    """

    entity: int
    source: int
    target: int
    rate: int
    fluid: str | None = None
    degrees: float | None = None
    slows: bool = False
    powered: bool = True


@dataclass(slots=True)
class Pipes:
    """All segments of a factory, what each box belongs to or touches, and the pumps."""

    segments: list[Segment] = field(default_factory=list)
    of_box: dict[Box, int] = field(default_factory=dict)
    pumps: list[PumpSpec] = field(default_factory=list)

    def segment_at(self, entity: int, box: int) -> int:
        """The segment that an entity's box belongs to or touches, or -1."""
        return self.of_box.get((entity, box), -1)

    @property
    def fluids(self) -> set[str]:
        """Every fluid that the pipes bring in by themselves."""
        named = {segment.fluid for segment in self.segments} | {pump.fluid for pump in self.pumps}
        return {name for name in named if name is not None}


def has_boxes(entity: Entity) -> bool:
    """Whether any of an entity's fluid boxes is simulated."""
    return bool(entity.prototype.fluid_boxes) and entity.prototype.type in FLUID_TYPES


def _turned(position: tuple[float, float], quarter_turns: int) -> tuple[float, float]:
    x, y = position
    for _ in range(quarter_turns):
        x, y = -y, x
    return x, y


def connection_place(entity: Entity, connection: PipeConnection) -> tuple[Tile, int]:
    """The tile inside an entity that a connection leaves from, and the way it faces, as the entity stands."""
    turns = entity.direction // 4
    if connection.positions:
        x, y = connection.positions[turns]
    else:
        x, y = _turned(connection.position, turns)
    width, height = entity.size
    tile = floor(entity.x + width / 2 + x), floor(entity.y + height / 2 + y)
    return tile, turn_right(connection.direction, turns)


def passes(entity: Entity, box: FluidBox) -> bool:
    """Whether a box is part of its segment: it just holds fluid, or lets it pass from one connection to another."""
    if entity.prototype.type in ("pump", "offshore-pump"):
        return False
    open_ends = [part for part in box.connections if part.flow == "input-output"]
    return box.role == "none" or len(open_ends) > 1


def _ends(factory: Factory) -> Iterator[End]:
    order = sorted(range(len(factory.entities)), key=lambda i: (factory.entities[i].y, factory.entities[i].x))
    for index in order:
        entity = factory.entities[index]
        if not has_boxes(entity):
            continue
        for number, box in enumerate(entity.prototype.fluid_boxes):
            holds = passes(entity, box)
            for connection in box.connections:
                tile, direction = connection_place(entity, connection)
                # A pump's two ends are ports of their own: its way in is box 0, its way out box 1.
                is_pump = entity.prototype.type == "pump"
                key = (index, int(connection.flow == "output")) if is_pump else (index, number)
                yield End(key, connection, tile, direction, holds)


def _flows(first: PipeConnection, second: PipeConnection) -> bool:
    """Whether fluid can pass between two connections in any direction."""
    one_gives = first.flow != "input" and second.flow != "output"
    other_gives = second.flow != "input" and first.flow != "output"
    return (one_gives or other_gives) and bool(set(first.categories) & set(second.categories))


def _partner(factory: Factory, end: End, buried: dict[tuple[Tile, int], End]) -> End | None:
    """The nearest underground end ahead; another one on the same axis that does not face this one is in the way."""
    for distance in range(1, end.connection.underground + 1):
        tile = step(*end.tile, end.direction, distance)
        facing = buried.get((tile, opposite(end.direction)))
        if facing is not None:
            return facing if factory.entities[facing.box[0]].name == factory.entities[end.box[0]].name else None
        if (tile, end.direction) in buried:
            return None
    return None


def _joints(factory: Factory, ends: Sequence[End]) -> Iterator[tuple[End, End]]:
    """Pairs of connections that meet, each once, in canonical order."""
    facing: dict[tuple[Tile, int], list[End]] = {}
    buried: dict[tuple[Tile, int], End] = {}
    for end in ends:
        if end.connection.underground:
            buried[end.tile, end.direction] = end
        else:
            facing.setdefault((end.tile, end.direction), []).append(end)
    for end in ends:
        if end.connection.underground:
            partner = _partner(factory, end, buried)
            others = [] if partner is None else [partner]
        else:
            others = facing.get((step(*end.tile, end.direction), opposite(end.direction)), [])
        for other in others:
            # Each pair is met from both sides; from the upper or left one it counts.
            if end.tile < other.tile and _flows(end.connection, other.connection):
                yield end, other


def _root(parent: dict[Box, Box], box: Box) -> Box:
    while parent[box] != box:
        parent[box] = parent[parent[box]]
        box = parent[box]
    return box


def _join(factory: Factory, ends: Sequence[End]) -> Pipes:
    """Segments of the boxes that hold fluid, then the small ones between ports that face each other."""
    pipes, parent = Pipes(), {end.box: end.box for end in ends if end.holds}
    joints = list(_joints(factory, ends))
    for first, second in joints:
        if first.holds and second.holds:
            parent[_root(parent, second.box)] = _root(parent, first.box)
    numbers: dict[Box, int] = {}
    for box in parent:
        root = _root(parent, box)
        if root not in numbers:
            numbers[root] = len(pipes.segments)
            pipes.segments.append(Segment())
        pipes.of_box[box] = numbers[root]
        _hold(pipes.segments[numbers[root]], factory.entities[box[0]], box[1])
    for first, second in joints:
        if first.holds != second.holds:
            holder, port = (first, second) if first.holds else (second, first)
            pipes.of_box[port.box] = pipes.of_box[holder.box]
        elif not first.holds:
            pipes.of_box[first.box] = pipes.of_box[second.box] = len(pipes.segments)
            pipes.segments.append(Segment(decisions.JOINT_VOLUME * MILLI))
    return pipes


def _hold(segment: Segment, entity: Entity, number: int) -> None:
    """A box becomes part of a segment."""
    box = entity.prototype.fluid_boxes[number]
    volume = box.volume * MILLI
    segment.capacity += volume
    segment.stretch(entity)
    if entity.level:
        segment.amount += round(volume * entity.level)
        segment.fluid = segment.fluid or entity.filter or box.filter or decisions.TANK_FLUID


def degrees_of(fluid: str | None, degrees: float | None) -> float:
    """Degrees of a fluid: as given, or what it has by itself."""
    if degrees is not None:
        return degrees
    known = load_table().fluids.get(fluid or "")
    return decisions.BASE_DEGREES if known is None else known.default_temperature


def pump_rate(entity: Entity) -> int:
    """Thousandths of a unit per tick of a pump or offshore pump."""
    assert entity.prototype.pump is not None
    return round(exact(entity.prototype.pump.units_per_tick) * MILLI * quality_factor(entity.quality))


def _pumps(factory: Factory, pipes: Pipes) -> Iterator[PumpSpec]:
    for index, entity in enumerate(factory.entities):
        kind, data = entity.prototype.type, entity.prototype.pump
        if kind == "infinity-pipe" and entity.filter is not None:
            segment = pipes.segment_at(index, 0)
            rate = min(pipes.segments[segment].capacity, decisions.ENDLESS_FLOW * MILLI)
            yield PumpSpec(index, -1, segment, rate, entity.filter)
        elif data is not None:
            rate = pump_rate(entity)
            if kind == "offshore-pump":
                target = pipes.segment_at(index, 0)
                yield PumpSpec(index, -1, target, rate, entity.filter or "water")
            else:
                source, target = pipes.segment_at(index, 0), pipes.segment_at(index, 1)
                yield PumpSpec(index, source, target, rate, entity.filter, slows=True)


def pipe_up(factory: Factory, powered: Sequence[bool]) -> Pipes:
    """The segments and pumps of a laid-out factory; `powered` says which entities can work."""
    ends = list(_ends(factory))
    if not ends:
        return Pipes()
    pipes = _join(factory, ends)
    order = sorted(_pumps(factory, pipes), key=lambda pump: _place(factory.entities[pump.entity]))
    # A pump with an open end moves nothing; only offshore pumps and endless pipes have no source.
    pipes.pumps = [pump for pump in order if pump.target >= 0 and (pump.source >= 0 or not pump.slows)]
    for pump in pipes.pumps:
        pump.powered = powered[pump.entity]
    return pipes


def _place(entity: Entity) -> Tile:
    return entity.y, entity.x


def _boxes_of(entity: Entity, role: str) -> list[int]:
    return [number for number, box in enumerate(entity.prototype.fluid_boxes) if box.role == role]


def box_for(entity: Entity, role: str, order: int, name: str, recipe: Recipe | None) -> int:
    """Number of the box that the fluid number `order` (among the fluids of that role) goes through, or -1.

    The first fluid ingredient goes through the first input box and so on, unless the recipe names the box (prototype
    field fluidbox_index: basic oil processing takes crude oil through the refinery's second input box).
    """
    boxes = _boxes_of(entity, role)
    parts = () if recipe is None else recipe.ingredients if role == "input" else recipe.products
    named = next((part.fluid_box for part in parts if part.fluid and part.name == name), 0)
    place = named - 1 if named else order
    return boxes[place] if place < len(boxes) else -1


def _degrees(entity: Entity, recipe: Recipe | None, name: str) -> float | None:
    """Degrees of a fluid that a machine gives; None: what the fluid has by itself."""
    if entity.prototype.boiler is not None:
        return entity.prototype.boiler.target_temperature
    parts = () if recipe is None else recipe.products
    return next((part.temperature for part in parts if part.name == name), None)


def ports_of(
    pipes: Pipes, entities: Sequence[Entity], index: int, machine: int, plans: Sequence[Plan]
) -> list[PortSpec]:
    """Ports of machine number `machine`, which is the entity `index`, for the fluids of its plans."""
    entity = entities[index]
    ports: dict[tuple[int, bool], PortSpec] = {}
    for plan in plans:
        recipe = load_table().recipes.get(plan.recipe)
        inputs = [(slot, part.item) for slot, part in enumerate(plan.inputs) if part.fluid]
        outputs = [(slot, part.item) for slot, part in enumerate(plan.outputs) if part.fluid]
        for out, fluids in ((False, inputs), (True, outputs)):
            for order, (slot, name) in enumerate(fluids):
                box = box_for(entity, "output" if out else "input", order, name, recipe)
                segment = pipes.segment_at(index, box)
                if segment >= 0:
                    within = passes(entity, entity.prototype.fluid_boxes[box])
                    degrees = _degrees(entity, recipe, name)
                    ports[slot, out] = PortSpec(machine, slot, out, segment, name, within, degrees)
    return list(ports.values())
