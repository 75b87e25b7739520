"""Mining drills made ready for the kernels: what lies under them, how fast they mine it, where they put it.

A drill is a machine whose plan is the resource of the tile that it is on. It goes through its tiles in turn, row by
row as it faces, one mining each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, lcm

from factorion_cli.errors import SimulationError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.factory import Resource
from factorion_cli.factory.geometry import STEP, opposite, turn_right
from factorion_cli.prototypes import RESOURCES, DrillData, ResourcePrototype
from factorion_cli.simulation import belt_rules, crafting, decisions
from factorion_cli.simulation.arming import NOWHERE, ON_BELT, drop_point
from factorion_cli.simulation.crafting import MICRO, Plan, PlannedInput, PlannedOutput
from factorion_cli.simulation.layout import MAX_OUTPUTS
from factorion_cli.simulation.lines import Part
from factorion_cli.simulation.research import belt_stack_of
from factorion_cli.simulation.wiring import BeltNode, Spot, Table, outlet, turn_code

ENDLESS = -1
"""Amount of a deposit that never runs out."""

Tile = tuple[int, int]
Kind = tuple[str, Fraction]
"""A resource and its yield (1 for all but fluid fields)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a drill mines.

    Attributes:
        plans: one for each kind of resource, all with the same outputs; () when there is nothing to mine.
        tiles: numbers of its deposits in the order in which it goes through them.
        kinds: for each of them, the number of its plan.
        belt_stack: pieces that it lays on one place of a belt; it waits until it has them.
    """

    plans: tuple[Plan, ...] = ()
    tiles: tuple[int, ...] = ()
    kinds: tuple[int, ...] = ()
    belt_stack: int = 1


@dataclass(slots=True)
class DrillSpec:
    """A drill: number `machine` of the factory's machines; its target as for arms, `drain` per mining."""

    machine: int
    ground: Ground
    drain: int
    target_kind: int = NOWHERE
    target: int = -1
    drop_line: int = -1
    drop_position: int = 0


@dataclass(slots=True)
class Deposits:
    """Every resource tile of a factory that a drill reaches, in `decisions.DRAIN_UNIT`ths of a piece, or ENDLESS."""

    amounts: list[int] = field(default_factory=list)
    at: dict[Tile, int] = field(default_factory=dict)

    def number(self, tile: Tile, amount: int | None) -> int:
        """The deposit on a tile; drills that reach the same tile share it."""
        if tile not in self.at:
            self.at[tile] = len(self.amounts)
            self.amounts.append(ENDLESS if amount is None else max(0, amount) * decisions.DRAIN_UNIT)
        return self.at[tile]


def mined_tiles(entity: Entity, drill: DrillData) -> list[Tile]:
    """Tiles whose middle, where resources stand, lies within the drill's radius; row by row as the drill faces north.

    A drill that is turned goes through them turned with it: so it mines the same of the same field, turned.
    """

    def reached(start: int, length: int) -> range:
        first = start + length / 2 - 0.5
        return range(ceil(first - drill.radius), floor(first + drill.radius) + 1)

    width, height = entity.size
    across, down = STEP[turn_right(entity.direction)], STEP[opposite(entity.direction)]

    def place(tile: Tile) -> Tile:
        x, y = tile
        return x * down[0] + y * down[1], x * across[0] + y * across[1]

    return sorted(((x, y) for y in reached(entity.y, height) for x in reached(entity.x, width)), key=place)


def _resource_at(factory: Factory, tile: Tile) -> Resource | None:
    """The first resource of the factory that lies on a tile."""
    for resource in factory.resources:
        x, y, width, height = resource.area
        if x <= tile[0] < x + width and y <= tile[1] < y + height:
            return resource
    return None


def _prototype(factory: Factory, name: str) -> ResourcePrototype:
    found = RESOURCES.get(name)
    if found is None:
        raise SimulationError(
            f"{factory.id}: no vanilla resource is called {name!r}; expected one of {', '.join(RESOURCES)}"
        )
    return found


def _under(factory: Factory, entity: Entity, drill: DrillData) -> list[tuple[Tile, Resource]]:
    """What the drill can mine, tile by tile; of more kinds than a plan has outputs the rarest are left out."""
    found = [
        (tile, resource)
        for tile in mined_tiles(entity, drill)
        for resource in (_resource_at(factory, tile),)
        if resource is not None and _prototype(factory, resource.name).category in drill.categories
    ]
    kinds = Counter(_kind(resource) for _, resource in found)
    kept = sorted(kinds, key=lambda kind: (-kinds[kind], kind))[:MAX_OUTPUTS]
    return [(tile, resource) for tile, resource in found if _kind(resource) in kept]


def _kind(resource: Resource) -> Kind:
    share = crafting.exact(resource.yield_share) if RESOURCES[resource.name].is_fluid else Fraction(1)
    return resource.name, share


@lru_cache(maxsize=1024)
def _plans(speed: Fraction, productivity: Fraction, kinds: tuple[Kind, ...], belt_stack: int) -> tuple[Plan, ...]:
    """A plan for each kind of resource, mined at `speed` seconds per second."""
    resources = [RESOURCES[name] for name, _ in kinds]
    products = sorted({resource.product for resource in resources})
    ticks = [60 * crafting.exact(resource.mining_time) / speed for resource in resources]
    # One rate for all, so that what is left over of one mining counts in full towards the next of another kind.
    rate = lcm(*(time.denominator for time in ticks))
    return tuple(
        Plan(
            recipe=resource.name,
            work=int(time * rate),
            rate=rate,
            bonus=productivity.numerator,
            bonus_full=productivity.denominator,
            inputs=_inputs(resource),
            outputs=tuple(_output(resource, product, share, belt_stack) for product in products),
        )
        for resource, time, (_, share) in zip(resources, ticks, kinds, strict=True)
    )


def _inputs(resource: ResourcePrototype) -> tuple[PlannedInput, ...]:
    if resource.required_fluid is None:
        return ()
    return (PlannedInput(resource.required_fluid, resource.required_amount, resource.required_amount, fluid=True),)


def _output(resource: ResourcePrototype, product: str, share: Fraction, belt_stack: int) -> PlannedOutput:
    micro = floor(resource.amount * share * MICRO) if product == resource.product else 0
    room = decisions.PUMPJACK_HOLDS if resource.is_fluid else max(decisions.DRILL_HOLDS, belt_stack + 1)
    return PlannedOutput(product, micro, micro, room, resource.is_fluid)


def survey(
    factory: Factory, entity: Entity, beacons: tuple[tuple[str, ...], ...], share: Fraction, deposits: Deposits
) -> Ground:
    """What a drill finds under it and how it mines that at this share of its power."""
    drill = entity.prototype.drill
    assert drill is not None
    under = _under(factory, entity, drill)
    if not under or share <= 0:
        return Ground()
    effects = crafting.effects_on(entity, beacons, drill.uses_modules, drill.uses_beacons)
    research = crafting.exact(factory.research.get("mining_productivity", 0))
    productivity = effects.productivity + crafting.exact(drill.base_productivity) + research
    speed = crafting.exact(drill.mining_speed) * crafting.speed_factor(effects) * share
    kinds = tuple(sorted({_kind(resource) for _, resource in under}))
    belt_stack = belt_stack_of(entity.name, factory.research)
    return Ground(
        _plans(speed, productivity, kinds, belt_stack),
        tuple(deposits.number(tile, _amount(resource)) for tile, resource in under),
        tuple(kinds.index(_kind(resource)) for _, resource in under),
        belt_stack,
    )


def _amount(resource: Resource) -> int | None:
    return None if RESOURCES[resource.name].infinite else resource.amount


def _lane(node: BeltNode, point: tuple[float, float]) -> int:
    """The lane of a belt that is nearest to an outlet."""
    aside = point[0] - node.x - 0.5, point[1] - node.y - 0.5
    return belt_rules.outlet_lane(node.direction, turn_code(node), *aside)


def make_drill(
    entity: Entity,
    machine: int,
    ground: Ground,
    drop: Spot | None,
    nodes: Table[BeltNode],
    parts: Mapping[int, Part],
    ends: Mapping[Spot, tuple[int, int]],
) -> DrillSpec:
    """A drill over its ground; `drop` is what lies at its outlet, `ends` says which machine or chest a spot is."""
    drill = entity.prototype.drill
    assert drill is not None
    sixths = decisions.DRAIN_SIXTHS.get(entity.quality, 6)
    spec = DrillSpec(machine, ground, decisions.DRAIN_UNIT * drill.drain_percent * sixths // 600)
    if drop is not None and drop.kind == "belt":
        node = nodes[drop.index]
        spec.target_kind = ON_BELT
        spec.drop_line, spec.drop_position = drop_point(parts, node, drop.index, _lane(node, outlet(entity)))
    elif drop is not None:
        spec.target_kind, spec.target = ends[drop]
    return spec
