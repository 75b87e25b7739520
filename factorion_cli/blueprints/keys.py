"""Names for designs by their content: equal however they were moved, and, canonically, however they were turned.

Endpoints are no part of a key: they are inferred from the design. Positions count from the entities' bounding box, and
the order of entities does not matter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy as np

from factorion_cli.arrays import AnyArray, LongArray
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.files import entity_to_json
from factorion_cli.prototypes import EntityPrototype, load_table

SYMMETRIES = tuple((turns, mirrored) for mirrored in (False, True) for turns in range(4))
"""The eight symmetries of the square: mirror east and west first if so, then turn clockwise by quarters."""

_SETTINGS = tuple(field.name for field in fields(Entity) if field.name not in ("x", "y", "direction"))
_settings = attrgetter(*_SETTINGS)
_OTHER = {None: None, "left": "right", "right": "left"}


def class_of(prototype: EntityPrototype) -> str:
    """What an entity is, whatever its tier: an inserter by its reach, a crafting machine by its name less the number.

    >>> [class_of(load_table().entity(name)) for name in ("express-splitter", "steel-chest", "assembling-machine-2")]
    ['splitter 2x1', 'container 1x1', 'assembling-machine 3x3']
    """
    size = f"{prototype.width}x{prototype.height}"
    if prototype.inserter is not None:
        return f"inserter {prototype.inserter.reach}"
    if prototype.type == "assembling-machine":
        return f"{prototype.name.removesuffix('-1').removesuffix('-2').removesuffix('-3')} {size}"
    return f"{'container' if 'container' in prototype.type else prototype.type} {size}"


@dataclass(frozen=True, slots=True)
class Layout:
    """The entities of a factory as arrays, all (N,) int64 but `content`.

    `content` is (N, 2) uint64: a hash of all else about the entity, as it stands and mirrored. `turns` is 1 for what
    turning changes; `tank` 1 for storage tanks, whose mirror image is a turned one.
    """

    x: LongArray
    y: LongArray
    width: LongArray
    height: LongArray
    direction: LongArray
    turns: LongArray
    tank: LongArray
    content: AnyArray

    def transformed(self, turns: int, mirrored: bool) -> Layout:
        """The layout under one of `SYMMETRIES`; only differences between positions keep their meaning."""
        x, y, width, height, direction = self.x, self.y, self.width, self.height, self.direction
        content = self.content
        if mirrored:
            x, content = -x - width, content[:, ::-1]
            direction = np.where(self.tank == 1, 4 - direction, -direction)
        for _ in range(turns):
            x, y, width, height, direction = -y - height, x, height, width, direction + 4
        direction = direction % 16 * self.turns
        return Layout(x, y, width, height, direction, self.turns, self.tank, content)

    def digest(self) -> str:
        """sha256 of the entities in an order of their own, positions counted from the bounding box."""
        if not len(self.x):
            return hashlib.sha256(b"").hexdigest()
        content = np.ascontiguousarray(self.content[:, 0]).view(np.int64)
        rows = np.stack([self.y - self.y.min(), self.x - self.x.min(), self.direction, content])
        return hashlib.sha256(rows[:, np.lexsort(rows[::-1])].T.astype("<i8").tobytes()).hexdigest()


def _exact(entity: Entity) -> str:
    # Fields at their default are left out, so a new field of Entity does not change the keys of what lacks it.
    return json.dumps(entity_to_json(entity), sort_keys=True)


def _coarse(entity: Entity) -> str:
    return f"{class_of(entity.prototype)} {entity.underground_type} {entity.input_priority} {entity.output_priority}"


@lru_cache(maxsize=65536)
def _content(entity: Entity, describe: Callable[[Entity], str]) -> tuple[int, int]:
    """Hashes of an entity without its place, as it stands and mirrored."""
    image = replace(
        entity,
        input_priority=_OTHER[entity.input_priority],  # type: ignore[arg-type]
        output_priority=_OTHER[entity.output_priority],  # type: ignore[arg-type]
    )
    first, second = (hashlib.sha256(describe(part).encode()).digest()[:8] for part in (entity, image))
    return int.from_bytes(first, "little"), int.from_bytes(second, "little")


def _turns(prototype: EntityPrototype, coarse: bool) -> bool:
    # The first assembler cannot turn and its successors can, which only fluids tell: no difference to the coarse eye.
    square_machine = prototype.machine is not None and prototype.width == prototype.height
    return prototype.rotatable and not (coarse and square_machine)


def layout(factory: Factory, coarse: bool = False) -> Layout:
    """The arrays of a factory's entities; `coarse` leaves tiers, recipes, filters and modules out of `content`."""
    describe = _coarse if coarse else _exact
    # Entities of one kind differ only in where they stand, so all else is worked out once for each kind.
    kinds: dict[tuple[Any, ...], int] = {}
    rows = [(e.x, e.y, e.direction, kinds.setdefault(_settings(e), len(kinds))) for e in factory.entities]
    x, y, direction, kind = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    models = [Entity(**dict(zip(_SETTINGS, values, strict=True))) for values in kinds]
    prototypes = [load_table().entity(model.name) for model in models]
    size = np.array([(prototype.width, prototype.height) for prototype in prototypes], dtype=np.int64).reshape(-1, 2)
    lying = direction % 8 == 4
    content = np.array([_content(model, describe) for model in models], dtype=np.uint64).reshape(-1, 2)
    return Layout(
        x=x,
        y=y,
        width=np.where(lying, size[kind, 1], size[kind, 0]),
        height=np.where(lying, size[kind, 0], size[kind, 1]),
        direction=direction,
        turns=np.array([_turns(prototype, coarse) for prototype in prototypes], dtype=np.int64)[kind],
        tank=np.array([prototype.type == "storage-tank" for prototype in prototypes], dtype=np.int64)[kind],
        content=content[kind],
    )


def design_key(factory: Factory) -> str:
    """64 hexadecimal digits that two factories share when their entities are equal up to moving and order."""
    return layout(factory).digest()


def canonical_key(factory: Factory, coarse: bool = False) -> str:
    """As `design_key`, but also equal for turned and mirrored designs.

    `coarse` also makes those equal that differ only in tiers (of belts, inserters of one reach, machines, chests),
    recipes, filters, modules and qualities.
    """
    arrays = layout(factory, coarse)
    return min(arrays.transformed(*symmetry).digest() for symmetry in SYMMETRIES)
