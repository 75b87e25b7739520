"""Reference factories prepared for cloning: as tensors in all eight symmetries, with what can be taken out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from factorion_cli.environments.action import action_for
from factorion_cli.environments.masks import content_mask, variant_mask
from factorion_cli.errors import DataError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.removal import eligible
from factorion_cli.tasks.task import LEVEL_IMPROVE, MENDING_LEVELS, MissingEntityTask
from factorion_cli.training.views import N_SYMMETRIES, View, faces_north_always

CLONED_LEVELS = (LEVEL_IMPROVE, *MENDING_LEVELS)
"""Levels whose answer is known: what keeps a factory whole or builds one from nothing is no matter of copying."""


@dataclass(slots=True, eq=False)
class Reference:
    """A complete factory and what may be taken out of it.

    Attributes:
        factory: as the dataset holds it.
        removable: entity indices by kind, as tasks are made.
        symmetries: 8 where its mirror images work as it does, else 4.
        views: those made so far, by symmetry.
    """

    factory: Factory
    removable: Mapping[str, tuple[int, ...]]
    symmetries: int = N_SYMMETRIES
    views: dict[int, View] = field(default_factory=dict)

    @classmethod
    def of(cls, factory: Factory, symmetries: int = N_SYMMETRIES) -> Reference:
        """Prepare a factory; what an action cannot put back legally is not removable."""
        factory = factory.with_entities(map(_settled, factory.entities))
        found = {
            kind: tuple(index for index in indices if _restorable(factory.entities[index]))
            for kind, indices in eligible(factory).items()
        }
        return cls(factory, {kind: indices for kind, indices in found.items() if indices}, symmetries)

    def view(self, symmetry: int) -> View:
        """The factory turned by `symmetry % 4` quarters, mirrored before from 4 on; made once."""
        if symmetry not in self.views:
            plain = self.view(0) if symmetry else View.of(self.factory)
            self.views[symmetry] = plain.in_symmetry(symmetry)
        return self.views[symmetry]


@dataclass(frozen=True, slots=True, eq=False)
class KnownRemoval:
    """A task of the dataset: what is missing from which reference, and what its start is worth."""

    reference: int
    missing: tuple[int, ...]
    value: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ExamplePool:
    """Everything that examples are drawn from.

    Attributes:
        references: factories with a throughput.
        structural: factories without.
        removals: the tasks of the dataset, on `references`.
    """

    references: tuple[Reference, ...]
    structural: tuple[Reference, ...]
    removals: tuple[KnownRemoval, ...]

    @classmethod
    def of(cls, tasks: Sequence[MissingEntityTask], structural: Sequence[MissingEntityTask] = ()) -> ExamplePool:
        """The pool of a split; references that cannot be used are left out."""
        references, numbers = _distinct(tasks)
        removals = []
        for task in tasks:
            number = numbers[task.reference.id]
            if number is None or task.redundant or task.level not in CLONED_LEVELS:
                continue
            allowed = {index for indices in references[number].removable.values() for index in indices}
            if allowed.issuperset(task.missing):
                value = task.throughput_start / task.throughput_reference if task.throughput_reference > 0 else None
                removals.append(KnownRemoval(number, task.missing, value))
        return cls(tuple(references), tuple(_distinct(structural)[0]), tuple(removals))


def _distinct(tasks: Sequence[MissingEntityTask]) -> tuple[list[Reference], dict[str, int | None]]:
    """Distinct references in order of appearance, and their numbers by the factory's id; None for unusable ones."""
    references: list[Reference] = []
    numbers: dict[str, int | None] = {}
    for task in tasks:
        if task.reference.id in numbers:
            continue
        reference = _usable(task.reference, task.profile.symmetries)
        numbers[task.reference.id] = None if reference is None else len(references)
        if reference is not None:
            references.append(reference)
    return references, numbers


def _usable(factory: Factory, symmetries: int) -> Reference | None:
    """The factory prepared, or None when nothing can be taken out or a name in it is not in the vocabulary."""
    try:
        reference = Reference.of(factory, symmetries)
        reference.view(0)
    except DataError:
        # Such as the parameters of a parametrised blueprint: one broken factory must not cost the others.
        return None
    return reference if reference.removable else None


def _settled(entity: Entity) -> Entity:
    """North, for what works the same whichever way it faces: one answer instead of four."""
    return replace(entity, direction=0) if entity.direction and faces_north_always(entity) else entity


def _restorable(entity: Entity) -> bool:
    action = action_for(entity, default_vocabulary())
    return bool(variant_mask(entity.name)[action.variant] and content_mask(entity.name)[action.content_id])
