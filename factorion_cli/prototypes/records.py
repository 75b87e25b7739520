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
    """A mining drill: mining speed per second, radius in tiles and where it drops from its centre, facing north."""

    mining_speed: float
    radius: float
    categories: tuple[str, ...]
    module_slots: int
    drop: tuple[float, float]
    burner: bool


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
    """An item: `stack_size` per chest slot, `fuel_j` joules when burnt (0: no fuel)."""

    name: str
    stack_size: int
    fuel_j: float = 0.0
    fuel_categories: tuple[str, ...] = ()
    place_result: str | None = None
    module: ModuleEffects | None = None


@dataclass(frozen=True, slots=True)
class RecipeAmount:
    """One ingredient or product: pieces of an item, or units of a fluid.

    `probability` is the chance of a product. `catalyst` is the share of a product that productivity ignores.
    """

    name: str
    amount: float
    fluid: bool = False
    probability: float = 1.0
    catalyst: float = 0.0


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
