"""Tasks as arrays: what a vector environment needs to begin one without looking at its Factory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import GridArray, IntArray, LongArray, MaskArray
from factorion_cli.environments.action import action_for, n_contents
from factorion_cli.environments.kernels import N_HELD, N_PLACED
from factorion_cli.environments.masks import content_mask, variant_mask
from factorion_cli.environments.observation import hand_counts
from factorion_cli.factory import Entity
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.placement import legal_directions
from factorion_cli.factory.tensor import to_tensor, variant_code
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.task import MissingEntityTask, step_limit


class Rules(NamedTuple):
    """What the game lets each entity be, by entity id.

    sizes: (n_entities, 2) int32 width and height facing north; directions: (n_entities, 4) bool; variants:
    (n_entities, 3) bool; contents: (n_entities, n_contents) bool.
    """

    sizes: IntArray
    directions: MaskArray
    variants: MaskArray
    contents: MaskArray


@cache
def placement_rules(vocabulary: Vocabulary | None = None) -> Rules:
    """The rules of `masks` as tables; row 0, "done", faces north and is set to nothing."""
    vocabulary = vocabulary or default_vocabulary()
    count = vocabulary.n_entities
    names = [vocabulary.entity_name(number) for number in range(count)]
    known = [(number, name) for number, name in enumerate(names) if name in load_table().entities]
    sizes, directions = np.ones((count, 2), np.int32), np.zeros((count, 4), np.bool_)
    directions[0, 0] = True
    for number, name in known:
        sizes[number] = size_of(str(name), 0)
        directions[number, [direction // 4 for direction in legal_directions(str(name))]] = True
    variants, contents = np.zeros((count, 3), np.bool_), np.zeros((count, n_contents(vocabulary)), np.bool_)
    for number, name in [(0, None), *known]:
        variants[number] = variant_mask(name)
        contents[number] = content_mask(name, vocabulary)
    return Rules(sizes, directions, variants, contents)


@dataclass(frozen=True, slots=True, eq=False)
class TaskTable:
    """T tasks.

    Attributes:
        tasks: what the rows were made from.
        grids: the (C, h, w) starts one after the other, int16, of `shapes` (T, 2).
        first_cell: (T,) where each begins.
        hands: (T, n_entities) int16 counts.
        held: (sum of held, N_HELD) int32 what is in the hand: entity id, the tile that it stood on, what comes along
            with it (recipe of a furnace, filter, splitter's variant), and whether its setting is no choice.
        wanted: (sum of held, N_PLACED) int32 entity, x, y, quarter turn, variant and content that put back each of
            what was taken out; -1 first for what is merely spare.
        first_held: (T + 1,) where those of each task begin.
        limits: (T,) steps allowed.
    """

    tasks: tuple[MissingEntityTask, ...]
    grids: GridArray
    shapes: IntArray
    first_cell: LongArray
    hands: GridArray
    held: IntArray
    wanted: IntArray
    first_held: LongArray
    limits: IntArray

    @classmethod
    def of(cls, tasks: Sequence[MissingEntityTask]) -> TaskTable:
        """The tasks as arrays; raises DataError for a name that the vocabulary does not have."""
        starts = [to_tensor(task.start) for task in tasks]
        cells = np.cumsum([0, *(start.size for start in starts)])
        hands = [[*task.removed, *map(Entity, task.spare)] for task in tasks]
        return cls(
            tasks=tuple(tasks),
            grids=np.concatenate([start.reshape(-1) for start in starts]),
            shapes=np.array([start.shape[1:] for start in starts], np.int32),
            first_cell=cells[:-1],
            hands=np.stack([hand_counts(task.hand) for task in tasks]),
            held=np.concatenate([_held(hand) for hand in hands]),
            wanted=np.concatenate([_wanted(task) for task in tasks]),
            first_held=np.cumsum([0, *map(len, hands)]),
            limits=np.array([step_limit(len(hand)) for hand in hands], np.int32),
        )

    @property
    def most_held(self) -> int:
        """The largest hand."""
        return max(1, int(np.diff(self.first_held).max()))

    def start(self, task: int) -> GridArray:
        """(C, h, w) of a task's start, not to be written to."""
        height, width = self.shapes[task]
        channels = self.grids.size // int((self.shapes[:, 0] * self.shapes[:, 1]).sum())
        base = self.first_cell[task]
        return self.grids[base : base + channels * height * width].reshape(channels, height, width)

    def in_hand(self, task: int, slot: int) -> Entity:
        """What is held in a slot, with all that comes along with it."""
        removed, spare = self.tasks[task].removed, self.tasks[task].spare
        return removed[slot] if slot < len(removed) else Entity(spare[slot - len(removed)])


def _held(hand: Sequence[Entity]) -> IntArray:
    vocabulary = default_vocabulary()
    rows = np.zeros((len(hand), N_HELD), np.int32)
    for row, entity in zip(rows, hand, strict=True):
        machine = entity.prototype.machine
        recipe = vocabulary.recipe_id(entity.recipe) if entity.recipe else 0
        splitter = entity.input_priority is not None or entity.output_priority is not None
        variant = variant_code(entity) if splitter else 0
        keeps = machine is not None and machine.furnace
        item = entity.filters[0] if keeps and entity.filters else entity.filter
        row[:] = vocabulary.entity_id(entity.name), entity.x, entity.y, recipe, vocabulary.item_id(item), variant, keeps
    return rows


def _wanted(task: MissingEntityTask) -> IntArray:
    rows = np.full((len(task.removed) + len(task.spare), N_PLACED), -1, np.int32)
    for row, entity in zip(rows, task.removed, strict=False):
        action = action_for(entity, default_vocabulary())
        row[:] = action.entity_id, action.x, action.y, action.direction // 4, action.variant, action.content_id
    return rows
