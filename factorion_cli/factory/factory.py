"""The Factory: entities on a rectangle with its endpoints. Everything else is derived from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from factorion_cli.factory.entity import Entity, Sink, Source

PowerMode = Literal["unlimited", "poles", "satisfaction", "network"]


@dataclass(frozen=True, slots=True)
class Power:
    """How electric entities are fed.

    mode "unlimited": all run at full speed; "poles": only those that a pole's area touches; "satisfaction": all run at
    `value` (0 to 1) of full speed; "network": generators and consumers are simulated.
    """

    mode: PowerMode = "unlimited"
    value: float = 1.0


@dataclass(frozen=True, slots=True)
class Resource:
    """Ore (or a fluid field) on every tile of a rectangle.

    Attributes:
        name: prototype name.
        area: (x, y, width, height) in tiles.
        amount: pieces on each tile; None: endless.
        yield_share: richness of a field of fluid that never runs out (crude oil): 1 is 100 %.
    """

    name: str
    area: tuple[int, int, int, int]
    amount: int | None = None
    yield_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Factory:
    """Entities on a `width` x `height` rectangle, with sources and sinks.

    Immutable: `with_entities`, `without` and `adding` return changed copies. Entities keep their order; indices into
    `entities` are how tasks name what they take out. `metadata` holds every further key of the file it came from
    (title, status, expected rates and so on) and travels along untouched.
    """

    width: int
    height: int
    entities: tuple[Entity, ...] = ()
    sources: tuple[Source, ...] = ()
    sinks: tuple[Sink, ...] = ()
    id: str = "factory"
    power: Power = Power()
    resources: tuple[Resource, ...] = ()
    research: Mapping[str, float] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def with_entities(self, entities: Iterable[Entity]) -> Factory:
        """The same factory with other entities."""
        return replace(self, entities=tuple(entities))

    def without(self, indices: Iterable[int]) -> Factory:
        """The factory less the entities at these indices of `entities`."""
        gone = set(indices)
        return self.with_entities(entity for index, entity in enumerate(self.entities) if index not in gone)

    def adding(self, *entities: Entity) -> Factory:
        """The factory with more entities at the end; nothing is checked (see `factory.placement`)."""
        return self.with_entities((*self.entities, *entities))
