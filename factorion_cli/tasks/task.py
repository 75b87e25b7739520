"""The missing-entity task: a working factory with entities taken out, to be put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from factorion_cli.factory import Entity, Factory

TaskKind = Literal["throughput", "structural"]


@dataclass(frozen=True, slots=True)
class MissingEntityTask:
    """One task and where it comes from.

    Attributes:
        id: unique within a dataset, stable for the same input and seed.
        kind: "throughput" tasks are scored by the simulator; "structural" ones by exact match.
        level: 3 for one entity missing, 4 for several.
        reference: the complete factory.
        missing: indices into `reference.entities` of what was taken out, ascending.
        throughput_reference: items per second of the complete factory; 0 for structural tasks.
        throughput_start: items per second of what is left.
        family: all tasks of one design and its rotations, mirrors and near-copies share it.
        design: content hash of the design that it was cut from.
        category: what the design does: belts, balancer, smelting, circuits, science, mall, production or other.
        source: file (and place in the book) that it came from.
        licence: licence of the source, "unknown" where none is stated.
        game_version: game version written in the blueprint, such as "1.1.110".
    """

    id: str
    kind: TaskKind
    level: int
    reference: Factory
    missing: tuple[int, ...]
    throughput_reference: float
    throughput_start: float
    family: str
    design: str
    category: str
    source: str
    licence: str = "unknown"
    game_version: str = "unknown"

    @property
    def start(self) -> Factory:
        """The factory as the builder finds it."""
        return self.reference.without(self.missing)

    @property
    def removed(self) -> tuple[Entity, ...]:
        """The entities that were taken out, in reference order."""
        return tuple(self.reference.entities[index] for index in self.missing)

    @property
    def hand(self) -> tuple[str, ...]:
        """Names of the entities that the builder holds: one for each that is missing, sorted."""
        return tuple(sorted(entity.name for entity in self.removed))
