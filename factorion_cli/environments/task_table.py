"""Tasks as arrays: what a vector environment needs to begin one without looking at its Factory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import IntArray, LongArray, MaskArray
from factorion_cli.environments.action import action_for
from factorion_cli.environments.kernels.ground import survey, words
from factorion_cli.environments.kernels.stepping import HELD_PIECES, N_HELD, N_PLACED
from factorion_cli.environments.observation import shown
from factorion_cli.environments.piece_book import PieceBook
from factorion_cli.environments.terms import Floats, cost_of
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.tensor import variant_code
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.task import MissingEntityTask


class TaskArrays(NamedTuple):
    """T tasks, as the kernels read them.

    Attributes:
        pairs: int32, which pairs of cells of the (C, H, W) start are not zero, task after task (`Standing.pairs`).
        values: int32, what stands in them.
        first_pair: (T + 1,) where those of each task begin.
        free: (T, H, words) int64, where there is room at the start.
        held: (sum of held, N_HELD) int32 what is in the hand: entity id, the tile that it stood on, what comes along
            with it (recipe of a furnace, filter, splitter's variant), whether its setting is no choice, and where its
            pieces begin.
        costs: (sum of held,) float64 raw items in each.
        first_held: (T + 1,) where those of each task begin.
        wanted: (sum of removed, N_PLACED) int32 entity, x, y, -, quarter turn, variant and content that put back each
            of what was taken out.
        first_wanted: (T + 1,) where those of each task begin.
        limits: (T,) int32 steps allowed.
        most: (T,) int32 how much may be put down, at least 1.
        endless: (T,) bool, whether what is put down stays in the hand as well.
    """

    pairs: IntArray
    values: IntArray
    first_pair: LongArray
    free: LongArray
    held: IntArray
    costs: Floats
    first_held: LongArray
    wanted: IntArray
    first_wanted: LongArray
    limits: IntArray
    most: IntArray
    endless: MaskArray


@dataclass(frozen=True, slots=True, eq=False)
class TaskTable:
    """Tasks and their arrays.

    Attributes:
        starts: what stands there at first, by task.
        held: what is in the hand then, of what there is without end one each, by task.
        arrays: the rows.
    """

    starts: tuple[Factory, ...]
    held: tuple[tuple[Entity, ...], ...]
    arrays: TaskArrays

    @classmethod
    def of(cls, tasks: Sequence[MissingEntityTask], window: tuple[int, int], book: PieceBook) -> TaskTable:
        """The tasks as arrays; raises DataError for a name that the vocabulary does not have."""
        starts, held = tuple(task.start for task in tasks), tuple(map(held_at_start, tasks))
        pairs, values, free = _starts(starts, window)
        arrays = TaskArrays(
            pairs=np.concatenate(pairs),
            values=np.concatenate(values),
            first_pair=np.cumsum([0, *map(len, pairs)]),
            free=free,
            held=np.concatenate([_held(*each, book) for each in zip(held, starts, strict=True)]),
            costs=np.array([_cost(entity.name, entity.modules) for hand in held for entity in hand]),
            first_held=np.cumsum([0, *map(len, held)]),
            wanted=np.concatenate([_wanted(task.removed) for task in tasks]),
            first_wanted=np.cumsum([0, *(len(task.missing) for task in tasks)]),
            limits=np.array([task.most_steps for task in tasks], np.int32),
            most=np.array([task.most_steps if task.allowed else max(1, len(task.hand)) for task in tasks], np.int32),
            endless=np.array([bool(task.allowed) for task in tasks]),
        )
        return cls(starts, held, arrays)


@cache
def _cost(name: str, modules: tuple[str, ...]) -> float:
    return cost_of(Entity(name, modules=modules))


def held_at_start(task: MissingEntityTask) -> tuple[Entity, ...]:
    """The entities in the builder's hand."""
    if task.allowed:
        return tuple(map(Entity, task.allowed))
    return (*task.removed, *map(Entity, task.spare))


def _starts(starts: Sequence[Factory], window: tuple[int, int]) -> tuple[list[IntArray], list[IntArray], LongArray]:
    """`pairs` and `values` of each task, and `free`."""
    free = np.zeros((len(starts), window[0], words(window[1])), np.int64)
    pairs, values = list[IntArray](), list[IntArray]()
    for number, start in enumerate(starts):
        grid = shown(start, *window)
        survey(grid[None], free[number : number + 1], 0, 1)
        both = grid.reshape(-1).view(np.int32)
        pairs.append(np.flatnonzero(both).astype(np.int32))
        values.append(both[pairs[-1]])
    return pairs, values, free


def _held(held: Sequence[Entity], start: Factory, book: PieceBook) -> IntArray:
    vocabulary = default_vocabulary()
    rows = np.zeros((len(held), N_HELD), np.int32)
    for row, entity in zip(rows, held, strict=True):
        machine = entity.prototype.machine
        recipe = vocabulary.recipe_id(entity.recipe) if entity.recipe else 0
        splitter = entity.input_priority is not None or entity.output_priority is not None
        variant = variant_code(entity) if splitter else 0
        keeps = machine is not None and machine.furnace
        item = entity.filters[0] if keeps and entity.filters else entity.filter
        row[:HELD_PIECES] = (
            vocabulary.entity_id(entity.name), entity.x, entity.y, recipe, vocabulary.item_id(item), variant, keeps
        )  # fmt: skip
        row[HELD_PIECES] = book.kind(entity, start)
    return rows


def _wanted(removed: Sequence[Entity]) -> IntArray:
    rows = np.zeros((len(removed), N_PLACED), np.int32)
    for row, entity in zip(rows, removed, strict=True):
        action = action_for(entity, default_vocabulary())
        row[:] = action.entity_id, action.x, action.y, 0, action.direction // 4, action.variant, action.content_id
    return rows
