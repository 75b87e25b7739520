"""Frozen records for the prototypes: one class per kind of thing, units in the names.

Every field comes from the game's prototype of the same name (base and space-age 2.1.20, equal in 2.0 unless
`docs/formats.md` says otherwise); the table is made by `factorion_cli.prototypes.extract`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BeltData:
    """What belts, undergrounds, splitters and loaders have in common.

    `speed_subtiles` is 1/256 tile per tick. `max_distance` is in tiles from entrance to exit (undergrounds only,
    else 0): an entrance at x reaches an exit at x + max_distance.
    """

    speed_subtiles: int
    max_distance: int = 0


@dataclass(frozen=True, slots=True)
class InserterData:
    """An arm. Vectors are tiles from its centre when `direction` is north (it picks up to the north).

    `rotation_speed` is turns per tick; `base_hand` is the hand without research.
    """

    rotation_speed: float
    pickup: tuple[float, float]
    drop: tuple[float, float]
    bulk: bool
    base_hand: int
    filter_count: int
    burner: bool

    @property
    def reach(self) -> int:
        """Tiles from the arm to where it picks up and drops: 1, or 2 for long-handed."""
        return round(abs(self.pickup[1]))


@dataclass(frozen=True, slots=True)
class MachineData:
    """A crafting machine: assembler, furnace, chemical plant, refinery and so on.

    `crafting_speed` is crafts' seconds per second; `power_w` watts at full work without drain.
    """

    crafting_speed: float
    categories: tuple[str, ...]
    module_slots: int
    power_w: float
    burner: bool
    furnace: bool
    uses_modules: bool
    uses_beacons: bool
    base_productivity: float = 0.0
    fluid_boxes: int = 0


@dataclass(frozen=True, slots=True)
class PoleData:
    """An electric pole: half the side of its square supply area and its wire reach, in tiles."""

    supply_area_distance: float
    wire_reach: float


@dataclass(frozen=True, slots=True)
class BeaconData:
    """A beacon: `profile[n - 1]` scales each of n beacons on one machine."""

    supply_area_distance: float
    effectivity: float
    effectivity_per_quality: float
    module_slots: int
    profile: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DrillData:
    """A mining drill: mining speed per second, radius in tiles and where it drops from its centre, facing north.

    `drain_percent` is how much of a resource's amount one mining takes away (50 for big drills).
    """

    mining_speed: float
    radius: float
    categories: tuple[str, ...]
    module_slots: int
    drop: tuple[float, float]
    burner: bool
    drain_percent: int = 100
    uses_modules: bool = True
    uses_beacons: bool = True
    base_productivity: float = 0.0


@dataclass(frozen=True, slots=True)
class LabData:
    """A lab: `drain_percent` is how much of a science pack's life a unit of research takes (50 for biolabs)."""

    researching_speed: float
    inputs: tuple[str, ...]
    module_slots: int
    drain_percent: int = 100
    uses_modules: bool = True
    uses_beacons: bool = True
    base_productivity: float = 0.0


@dataclass(frozen=True, slots=True)
class SiloData:
    """What a rocket silo has beyond its crafting: parts of a rocket, and the watts it draws more while it launches."""

    rocket_parts: int
    active_power_w: float


@dataclass(frozen=True, slots=True)
class EnergyData:
    """What an entity runs on, and how much of it.

    Attributes:
        source: "electric", "burner", "heat" or "void" (needs nothing).
        power_w: watts at full work, drain not included; for arms while they swing. 0 for what produces or stores.
        drain_w: watts drawn always: the prototype's, or a thirtieth of a crafting machine's power (wiki: Electric).
        priority: the prototype's usage_priority, "" unless electric.
        fuel_categories: what a burner takes.
        effectivity: share of a fuel's energy that comes out.
        buffer_j: joules that it stores (accumulators).
        input_w: most watts that go in (accumulators).
        output_w: most watts that come out (accumulators).
    """

    source: str
    power_w: float = 0.0
    drain_w: float = 0.0
    priority: str = ""
    fuel_categories: tuple[str, ...] = ()
    effectivity: float = 1.0
    buffer_j: float = 0.0
    input_w: float = 0.0
    output_w: float = 0.0


@dataclass(frozen=True, slots=True)
class PipeConnection:
    """Where a fluid box meets the next: from the tile at `position` one step towards `direction`, facing north.

    Attributes:
        position: tiles from the entity's centre to the centre of the tile inside it.
        direction: 0, 4, 8 or 12.
        flow: "input", "output" or "input-output".
        underground: tiles to the farthest partner of a pipe-to-ground's far side, else 0.
        categories: connections join only if they share one; a pipe has "default".
        positions: positions facing north, east, south and west where the prototype lists them (pumpjacks).
    """

    position: tuple[float, float]
    direction: int
    flow: str = "input-output"
    underground: int = 0
    categories: tuple[str, ...] = ("default",)
    positions: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class FluidBox:
    """Room for one fluid. `role` is "input", "output" or "none" (it just holds: pipes, tanks, pumps)."""

    role: str
    volume: int
    connections: tuple[PipeConnection, ...]
    filter: str | None = None
    minimum_temperature: float | None = None


@dataclass(frozen=True, slots=True)
class PumpData:
    """A pump or offshore pump: units per tick."""

    units_per_tick: float


@dataclass(frozen=True, slots=True)
class BoilerData:
    """A boiler or heat exchanger: heats what it takes in to `target_temperature` degrees."""

    power_w: float
    target_temperature: float


@dataclass(frozen=True, slots=True)
class GeneratorData:
    """A steam engine, turbine or burner generator; `max_power_w` is given, or follows from the fluid (0)."""

    units_per_tick: float = 0.0
    maximum_temperature: float = 0.0
    effectivity: float = 1.0
    max_power_w: float = 0.0


@dataclass(frozen=True, slots=True)
class SolarData:
    """A solar panel: watts in full light."""

    power_w: float


@dataclass(frozen=True, slots=True)
class ReactorData:
    """A reactor or heating tower: watts of heat, and the bonus per working neighbour (1: +100 %)."""

    power_w: float
    neighbour_bonus: float


@dataclass(frozen=True, slots=True)
class HeatData:
    """A heat buffer: joules per degree, highest degree, the degree from which it works, watts to each neighbour.

    `connections` are as for pipes: (position from the centre, direction), facing north.
    """

    specific_heat_j: float
    max_temperature: float
    min_working_temperature: float
    max_transfer_w: float
    connections: tuple[tuple[tuple[float, float], int], ...]


@dataclass(frozen=True, slots=True)
class EntityPrototype:
    """A placeable entity. `width` and `height` are whole tiles facing north; east and west swap them.

    `collision_box` is (left, top, right, bottom) in tiles around the centre. `layers` are its collision layers;
    `rotatable` says whether its direction changes anything in the game.
    """

    name: str
    type: str
    width: int
    height: int
    collision_box: tuple[float, float, float, float]
    layers: frozenset[str]
    rotatable: bool
    electric: bool
    slots: int = 0
    belt: BeltData | None = None
    inserter: InserterData | None = None
    machine: MachineData | None = None
    pole: PoleData | None = None
    beacon: BeaconData | None = None
    drill: DrillData | None = None
    lab: LabData | None = None
    silo: SiloData | None = None
    energy: EnergyData | None = None
    pump: PumpData | None = None
    boiler: BoilerData | None = None
    generator: GeneratorData | None = None
    solar: SolarData | None = None
    reactor: ReactorData | None = None
    heat: HeatData | None = None
    fluid_boxes: tuple[FluidBox, ...] = ()

    @property
    def heats(self) -> bool:
        """Whether it makes heat, or steam from it: boilers, heat exchangers, reactors, heating towers."""
        return self.boiler is not None or self.reactor is not None

    def size(self, direction: int) -> tuple[int, int]:
        """Width and height in tiles when facing `direction` (0, 4, 8 or 12)."""
        return (self.height, self.width) if direction % 8 == 4 else (self.width, self.height)


@dataclass(frozen=True, slots=True)
class ModuleEffects:
    """Relative effects of one normal-quality module, each 0.1 for 10 %."""

    category: str
    tier: int
    speed: float = 0.0
    productivity: float = 0.0
    consumption: float = 0.0
    pollution: float = 0.0
    quality: float = 0.0


@dataclass(frozen=True, slots=True)
class ItemPrototype:
    """An item: `stack_size` per chest slot, `fuel_j` joules when burnt (0: no fuel), which leaves `burnt_result`."""

    name: str
    stack_size: int
    fuel_j: float = 0.0
    fuel_categories: tuple[str, ...] = ()
    place_result: str | None = None
    burnt_result: str | None = None
    module: ModuleEffects | None = None


@dataclass(frozen=True, slots=True)
class FluidPrototype:
    """A fluid: joules that warm one unit by one degree, degrees it has unless heated, joules when burnt."""

    name: str
    default_temperature: float
    heat_capacity_j: float
    fuel_j: float = 0.0


@dataclass(frozen=True, slots=True)
class RecipeAmount:
    """One ingredient or product: pieces of an item, or units of a fluid.

    `probability` is the chance of a product. `catalyst` is the share of a product that productivity ignores.
    `fluid_box` is the number (from 1) of the box among the machine's input or output boxes that the recipe asks for, 0
    where it leaves that to the order; `buffer` how many crafts' worth the box is enlarged to hold (2 where the recipe
    says nothing); `temperature` the degrees of a fluid product, or that a fluid ingredient must have.
    """

    name: str
    amount: float
    fluid: bool = False
    probability: float = 1.0
    catalyst: float = 0.0
    fluid_box: int = 0
    buffer: int = 2
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe: `time_s` seconds at crafting speed 1."""

    name: str
    time_s: float
    categories: tuple[str, ...]
    ingredients: tuple[RecipeAmount, ...]
    products: tuple[RecipeAmount, ...]
    productivity: bool

    @property
    def has_fluid(self) -> bool:
        """Whether any ingredient or product is a fluid."""
        return any(part.fluid for part in (*self.ingredients, *self.products))
