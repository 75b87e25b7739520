"""What can be seen of a thing in a world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LaneItems = tuple[tuple[str, int, int], ...]
"""What lies on a lane, front first: name, position in subtiles (1/256 tile) from where a traveller enters the tile, and
how many pieces are stacked there (one, unless research lets belts stack)."""


@dataclass(frozen=True, slots=True)
class BeltState:
    """A belt, one end of an underground with its half of the tunnel, a belt endpoint, or half a splitter.

    Attributes:
        left: what lies on the left lane, front first.
        right: what lies on the right lane.
        other: for a splitter, its right half (this is its left one).
    """

    left: LaneItems
    right: LaneItems
    other: BeltState | None = None


@dataclass(frozen=True, slots=True)
class MachineState:
    """A crafting machine, drill or boiler.

    Attributes:
        recipe: what it makes (for a furnace what it smelts now), or None.
        crafting: whether a craft is under way.
        progress: share of the craft that is done, 0 to 1.
        waits_for: why it did not work in the last tick: an item or fluid, "output", "power", "fuel", "fluid" or
            "recipe"; None while it works, and before the first tick.
        ingredients: what arms have brought (fluids in units), the craft under way left out.
        products: what waits to be taken.
        fuel: fuel items in it.
        crafts: crafts that it has finished.
    """

    recipe: str | None
    crafting: bool
    progress: float
    waits_for: str | None
    ingredients: Mapping[str, float]
    products: Mapping[str, float]
    fuel: Mapping[str, int]
    crafts: int


@dataclass(frozen=True, slots=True)
class ChestState:
    """A chest and what is in it."""

    items: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ArmState:
    """An inserter.

    Attributes:
        phase: "picking", "swinging out", "dropping" or "swinging back".
        timer: ticks until the swing ends.
        held: number of items in its hand.
        item: what they are, or None.
        moved: items that it has let go of so far.
    """

    phase: str
    timer: int
    held: int
    item: str | None
    moved: int


@dataclass(frozen=True, slots=True)
class FluidState:
    """A pipe, tank or the like: the segment that its first box belongs to, in units."""

    fluid: str | None
    amount: float
    capacity: float


@dataclass(frozen=True, slots=True)
class EndpointState:
    """A source or sink.

    Attributes:
        items: what it gave or took in all, by name.
        belt: what lies on it, for belt endpoints.
    """

    items: Mapping[str, int]
    belt: BeltState | None = None


@dataclass(frozen=True, slots=True)
class InertState:
    """Something that only stands there: a pole, a beacon, or what is not simulated."""


State = BeltState | MachineState | ChestState | ArmState | FluidState | EndpointState | InertState
