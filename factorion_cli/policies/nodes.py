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


@dataclass(slots=True, eq=False)
class Node:
    """A state on the way through a task.

    Attributes:
        number: of the task in the search.
        task: whose builder this is.
        factory: what stands.
        hand: the entities left to put down; with free choice of what the task allows none is ever missing.
        steps_left: actions that may still be taken.
        actions: that led here.
        is_over: whether this is an end.
    """

    number: int
    task: MissingEntityTask
    factory: Factory
    hand: tuple[Entity, ...]
    steps_left: int
    actions: tuple[Action, ...] = ()
    is_over: bool = False

    @classmethod
    def start(cls, number: int, task: MissingEntityTask) -> Node:
        """Where the builder of a task begins."""
        hand = () if task.allowed else (*task.removed, *map(Entity, task.spare))
        return cls(number, task, task.start, hand, task.most_steps)

    @property
    def key(self) -> Key:
        """The same for all orders of the same actions."""
        return self.number, frozenset(self.actions)

    def after(self, action: Action) -> Node:
        """The state that a legal action leads to; with free choice, whoever asks has to see whether it works by now."""
        factory, hand = self.factory, list(self.hand)
        if not action.done:
            vocabulary = default_vocabulary()
            name = vocabulary.entity_name(action.entity_id)
            held = None if self.task.allowed else take_from_hand(hand, action, name)
            factory = factory.adding(entity_for(action, vocabulary, held))
        left = self.steps_left - 1
        is_over = action.done or left == 0 or not (hand or self.task.allowed)
        return Node(self.number, self.task, factory, tuple(hand), left, (*self.actions, action), is_over)

    def names(self) -> Iterator[str]:
        """What can be put down."""
        yield from (entity.name for entity in self.hand)
        yield from self.task.allowed

    def may_work(self) -> bool:
        """Whether something stands close enough to a source, and to every sink, to have to do with it.

        Nothing that works is ruled out: undergrounds, splitters and arms reach their neighbours within two tiles.
        """
        taken = {tile for entity in self.factory.entities for tile in entity.tiles()}
        near = [not taken.isdisjoint(_around(end.x, end.y)) for end in self.factory.sources]
        return any(near) and all(not taken.isdisjoint(_around(end.x, end.y)) for end in self.factory.sinks)


def _around(x: int, y: int) -> Iterator[tuple[int, int]]:
    """The tiles in line with a tile, up to two away."""
    for away in (-2, -1, 1, 2):
        yield x + away, y
        yield x, y + away


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
