"""The missing-entity task: a working factory with entities taken out, to be put back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from factorion_cli.factory import Entity, Factory
from factorion_cli.tasks.profile import Profile

TaskKind = Literal["throughput", "structural"]
Removal = Literal["none", "one", "several", "cluster", "path", "kind", "all"]
REMOVALS: tuple[Removal, ...] = ("none", "one", "several", "cluster", "path", "kind", "all")
"""How the missing entities were chosen; `removal` says what each means."""

LEVEL_KEEP, LEVEL_IMPROVE, LEVEL_ONE_MISSING, LEVEL_SEVERAL_MISSING, LEVEL_FROM_MARKERS = 1, 2, 3, 4, 5
LEVELS = {
    LEVEL_KEEP: "keep: nothing is missing, and what the builder holds must not break what works",
    LEVEL_IMPROVE: "improve: a part is missing, and the factory delivers less without it",
    LEVEL_ONE_MISSING: "one entity missing",
    LEVEL_SEVERAL_MISSING: "several entities missing",
    LEVEL_FROM_MARKERS: "only the endpoints are there",
}
PLAYED = "played"
"""Key in the metadata of a factory whose entities stand in the order in which somebody built them."""
MENDING_LEVELS = (LEVEL_ONE_MISSING, LEVEL_SEVERAL_MISSING)
"""The levels that clones are trained and scored on unless somebody asks for others."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a design comes from, as its source says it; "" for what it does not say.

    Attributes:
        source: file (and place in the book).
        title: what its author called it.
        licence: "unknown" where none is stated.
        game_version: game version written in the blueprint, such as "1.1.110".
        author: who made it.
        url: where it was published.
    """

    source: str
    title: str = ""
    licence: str = "unknown"
    game_version: str = "unknown"
    author: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class MissingEntityTask:
    """One task and where it comes from.

    Attributes:
        id: unique within a dataset, stable for the same input and seed.
        kind: "throughput" tasks are scored by the simulator; "structural" ones by exact match.
        level: 1 to 5, see LEVELS.
        reference: the complete factory.
        missing: indices into `reference.entities` of what was taken out, ascending.
        throughput_reference: items per second of the complete factory; 0 for structural tasks.
        throughput_start: items per second of what is left.
        family: all tasks of one design and its rotations, mirrors and near-copies share it.
        design: content hash of the design that it was cut from.
        provenance: where the design comes from.
        removal: how `missing` was chosen, one of REMOVALS.
        spare: names of entities in the builder's hand beyond those that are missing, sorted.
        allowed: names of entities of which the builder has as many as he wants, sorted, instead of what is missing. He
            is done as soon as every sink gets what it wants.
        redundant: it delivers as much without what is missing: solved as it stands, kept out of success scores.
        equivalents: placements near the missing entity found to be as good, its own included; 0 where not counted.
        profile: what the reference does.
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
    provenance: Provenance
    removal: Removal = "one"
    spare: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    redundant: bool = False
    equivalents: int = 0
    profile: Profile = field(default_factory=Profile)

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
        """Names of the entities that the builder holds: one for each that is missing, and the spare ones, sorted.

        Of what there is without end, one each.
        """
        return self.allowed or tuple(sorted([*(entity.name for entity in self.removed), *self.spare]))

    @property
    def most_steps(self) -> int:
        """Actions that the builder may take: as many as there are tiles where he has things without end."""
        return self.reference.width * self.reference.height if self.allowed else step_limit(len(self.hand))

    @property
    def category(self) -> str:
        """What the design does."""
        return self.profile.category

    @property
    def throughput_left(self) -> float:
        """Share of the reference's throughput that the start delivers; 0 for structural tasks."""
        return self.throughput_start / self.throughput_reference if self.throughput_reference > 0 else 0.0


def step_limit(n_held: int) -> int:
    """Actions that a builder may take on a task that begins with so many entities in the hand."""
    return 2 * n_held + 2
