"""States on the way to the end of a task, as a search goes through them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from factorion_cli.arrays import GridArray, LongArray
from factorion_cli.environments.action import Action, entity_for
from factorion_cli.environments.missing_entity import take_from_hand
from factorion_cli.environments.observation import observe
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.task import MissingEntityTask

Key = tuple[int, frozenset[Action]]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A state on the way: which task, what stands, what is still held, and the actions that led here."""

    task: int
    factory: Factory
    hand: tuple[Entity, ...]
    actions: tuple[Action, ...] = ()
    is_over: bool = False

    @classmethod
    def start(cls, number: int, task: MissingEntityTask) -> Node:
        """Where the builder of a task begins."""
        return cls(number, task.start, (*task.removed, *map(Entity, task.spare)))

    @property
    def key(self) -> Key:
        """The same for all orders of the same actions."""
        return self.task, frozenset(self.actions)

    def after(self, action: Action) -> Node:
        """The state that a legal action leads to."""
        actions = (*self.actions, action)
        if action.done:
            return Node(self.task, self.factory, self.hand, actions, True)
        vocabulary, hand = default_vocabulary(), list(self.hand)
        held = take_from_hand(hand, action, vocabulary.entity_name(action.entity_id))
        factory = self.factory.adding(entity_for(action, vocabulary, held))
        return Node(self.task, factory, tuple(hand), actions, not hand)

    def names(self) -> Iterator[str]:
        """What is held."""
        return (entity.name for entity in self.hand)


def distinct(nodes: Iterable[Node]) -> tuple[list[Node], LongArray]:
    """The different ones in order of appearance, and int64 (N,) which of them each given one is."""
    places: dict[Key, int] = {}
    kept: list[Node] = []
    owner = []
    for node in nodes:
        place = places.setdefault(node.key, len(kept))
        if place == len(kept):
            kept.append(node)
        owner.append(place)
    return kept, np.array(owner, np.int64)


def arrays(nodes: Sequence[Node], window: tuple[int, int]) -> tuple[GridArray, GridArray]:
    """The states as int16 (N, C, *window) grids and (N, n_entities) hands."""
    seen = [observe(node.factory, node.names(), window=window) for node in nodes]
    return np.stack([one["grid"] for one in seen]), np.stack([one["hand"] for one in seen])
