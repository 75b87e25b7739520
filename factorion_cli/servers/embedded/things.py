"""What stands or walks on a surface, and the records of forces, players and inventories that no World keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from factorion_cli.factory.entity import UndergroundType
from factorion_cli.prototypes import load_table

Tile = tuple[int, int]
CHARACTER_SLOTS = 80
"""Slots of a character's main inventory (data.raw.character.character.inventory_size, base 2.0)."""


@dataclass(slots=True)
class Slots:
    """An inventory of stacks, as characters have it: name and count in each slot, or None."""

    stacks: list[tuple[str, int] | None]

    @classmethod
    def empty(cls, size: int) -> Slots:
        """An inventory of `size` empty slots."""
        return cls([None] * size)

    def contents(self) -> dict[str, int]:
        """Items by name."""
        found: dict[str, int] = {}
        for stack in self.stacks:
            if stack is not None:
                found[stack[0]] = found.get(stack[0], 0) + stack[1]
        return found

    def insert(self, name: str, count: int) -> int:
        """Put items in, into stacks that are begun first; returns how many found room."""
        most, left = stack_size(name), count
        for begun in (True, False):
            for index, stack in enumerate(self.stacks):
                held = stack[1] if stack is not None and stack[0] == name else 0
                if left and (held > 0 if begun else stack is None):
                    part = min(left, most - held)
                    if part > 0:
                        self.stacks[index] = (name, held + part)
                        left -= part
        return count - left

    def room_for(self, name: str) -> int:
        """How many more pieces of an item fit."""
        most = stack_size(name)
        return sum(most if s is None else most - s[1] if s[0] == name else 0 for s in self.stacks)

    def remove(self, name: str, count: int) -> int:
        """Take items out, from the last stacks first; returns how many were there."""
        left = count
        for index in range(len(self.stacks) - 1, -1, -1):
            stack = self.stacks[index]
            if stack is not None and stack[0] == name and left:
                part = min(left, stack[1])
                self.stacks[index] = (name, stack[1] - part) if stack[1] > part else None
                left -= part
        return count - left


def stack_size(name: str) -> int:
    """Pieces of an item in a slot; 50 for items of mods, as the mod's copies of belts and chests have."""
    item = load_table().items.get(name)
    return item.stack_size if item is not None else 50


@dataclass(slots=True)
class Craft:
    """An entry of a crafting queue; `prerequisite` marks what is made for a later entry."""

    recipe: str
    count: int
    prerequisite: bool = False


@dataclass(slots=True)
class Body:
    """What a character does and carries.

    Attributes:
        walking: direction it walks in (0, 2 ... 14), or None.
        mining: whether it mines what it has selected.
        selected: id of the selected thing, or None.
        progress: share of the mining that is done.
        crafting: ticks that the craft under way has had.
        pool: what was taken for the queue, and what was made for its later entries.
    """

    inventory: Slots
    walking: int | None = None
    facing: int = 0
    mining: bool = False
    selected: int | None = None
    progress: float = 0.0
    queue: list[Craft] = field(default_factory=list)
    crafting: float = 0.0
    pool: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Endpoint:
    """What the mod's source or sink entity is to the World.

    A lane of a source belongs to the World's Source once the mod has put an item on it; from then on the World keeps it
    full. What a sink has taken and the mod has not cleared yet is what lies on it for the mod; `cleared` counts by
    lane and item ("0 coal").
    """

    role: str
    kind: str
    items: dict[str, str] = field(default_factory=dict)
    cleared: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Thing:
    """An entity of the game.

    Attributes:
        id: its handle, never used again.
        name: prototype name, perhaps the mod's own.
        base: the vanilla prototype that it is a copy of; itself for vanilla.
        type: prototype type.
        surface: index of its surface.
        x: centre in game coordinates.
        y: centre in game coordinates.
        direction: 0 to 15; for inserters the side they pick up from, as in the World.
        unit_number: ascending number, None for what has none (resources).
        world: ids in the surface's World; empty for what it does not hold.
        amount: of a resource.
        crafts: of a machine, as last counted in the statistics; `made` is what it had made then.
        stack: what an item on the ground is.
        used_filters: whether an inserter was told to filter.
        bodiless: whether it collides with nothing and is in no World (prototypes of the mod without collision layers).
    """

    id: int
    name: str
    base: str
    type: str
    surface: int
    x: float
    y: float
    direction: int = 0
    force: str = "player"
    unit_number: int | None = None
    world: tuple[int, ...] = ()
    amount: int = 0
    health: float = 100.0
    underground_type: UndergroundType | None = None
    player: int | None = None
    tags: Any = None
    minable: bool = True
    crafts: int = 0
    made: dict[str, int] = field(default_factory=dict)
    quality: str = "normal"
    stack: tuple[str, int] | None = None
    bodiless: bool = False
    used_filters: bool = False
    body: Body | None = None
    endpoint: Endpoint | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in tiles as it stands."""
        return (1, 1) if self.body is not None else size_of(self.base, self.direction)

    @property
    def corner(self) -> Tile:
        """Its top-left tile in game coordinates."""
        width, height = self.size
        return round(self.x - width / 2), round(self.y - height / 2)

    def tiles(self) -> list[Tile]:
        """Tiles under it; the one that a character stands on."""
        if self.body is not None:
            return [(int(self.x // 1), int(self.y // 1))]
        return tiles_under(self.base, self.x, self.y, self.direction)


def size_of(base: str, direction: int) -> tuple[int, int]:
    """(width, height) in tiles of an entity that faces so."""
    prototype = load_table().entities.get(base)
    return (1, 1) if prototype is None else prototype.size(direction)


def tiles_under(base: str, x: float, y: float, direction: int) -> list[Tile]:
    """Tiles under an entity whose centre is (x, y), row by row."""
    width, height = size_of(base, direction)
    left, top = round(x - width / 2), round(y - height / 2)
    return [(tx, ty) for ty in range(top, top + height) for tx in range(left, left + width)]


@dataclass(slots=True)
class Force:
    """A force: what is researched, which recipes it may use, what it has made."""

    name: str
    index: int
    researched: set[str] = field(default_factory=set)
    disabled_recipes: set[str] = field(default_factory=set)
    made: dict[tuple[int, str], int] = field(default_factory=dict)
    used: dict[tuple[int, str], int] = field(default_factory=dict)


@dataclass(slots=True)
class Drawing:
    """What a mod has drawn on a surface: a "rectangle" or a "text", whose text may be a localised string."""

    id: int
    kind: str
    surface: int
    text: Any = ""


@dataclass(slots=True)
class Widget:
    """An element of a player's screen; `chosen` is the item of a choose-elem-button."""

    id: int
    kind: str
    player: int
    parent: int | None
    chosen: str | None = None


@dataclass(slots=True)
class Player:
    """A connected player; `thing` is the id of its character."""

    index: int
    name: str
    thing: int
    admin: bool = True
    cursor: tuple[str, int] | None = None
    printed: list[str] = field(default_factory=list)
