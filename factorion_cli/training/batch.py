"""A batch for cloning: states, and questions about what is to be put down next in each."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from factorion_cli.arrays import FloatArray, GridArray, LongArray, MaskArray
from factorion_cli.environments.rules import placement_rules
from factorion_cli.factory.tensor import BOUNDS, PART

ENTITY, TILE, DIRECTION, VARIANT, CONTENT = range(5)
"""Columns of an action's row, see `environments.action`."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """B states of at most H x W tiles and T questions about them in G groups, as torch tensors.

    Attributes:
        grid: int16 (B, C, H, W).
        hand: int16 (B, n_entities) counts.
        value: float32 (B,) normalised throughput of the state, NaN where it is not known.
        asked: float32 (B, n_entities) how often each entity is asked for; those may come next.
        each: bool (B,) whether each of several right answers is to be drawn alike, or any of them will do.
        owner: int64 (T,) the state that a question is about.
        group: int64 (T,) questions about the same state and entity share a group, numbered from 0 to G.
        first: int64 (G,) the first question of each group.
        entity: int64 (T,) the entity asked for.
        tile: int64 (T,) its top-left tile, y * W + x.
        tiles: bool (G, H * W) tiles of all that are asked for under that name: each is a right answer.
        fits: bool (G, 4, H * W) where the entity asked for could stand, by quarter turn.
        direction: int64 (T,) quarter turns.
        variant: int64 (T,).
        variants: bool (T, 3) legal ones.
        content: int64 (T,).
        contents: bool (T, n_contents) legal ones.
    """

    grid: Tensor
    hand: Tensor
    value: Tensor
    asked: Tensor
    each: Tensor
    owner: Tensor
    group: Tensor
    first: Tensor
    entity: Tensor
    tile: Tensor
    tiles: Tensor
    fits: Tensor
    direction: Tensor
    variant: Tensor
    variants: Tensor
    content: Tensor
    contents: Tensor

    def __len__(self) -> int:
        return len(self.grid)

    @property
    def counts(self) -> Tensor:
        """(3,) how many states, questions and known values there are."""
        counts = len(self.grid), len(self.entity), int((~self.value.isnan()).sum())
        return torch.tensor(counts, dtype=torch.float64, device=self.grid.device)

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        return Batch(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))


def assemble(
    grid: GridArray, hand: GridArray, value: FloatArray, owner: LongArray, actions: LongArray, *, each: bool = False
) -> Batch:
    """The batch of these states and questions.

    Args:
        grid: (B, C, H, W) the states, padded with zeros.
        hand: (B, n_entities) what is held in each.
        value: (B,) what each is worth, NaN where that is not known.
        owner: (T,) the state of each question, ascending.
        actions: (T, 5) right answers, rows of `environments.action` in the window of the grid; each is asked for.
        each: see `Batch`.
    """
    rules = placement_rules()
    count, n_entities = hand.shape
    entity, tile = actions[:, ENTITY], actions[:, TILE]
    pairs, first, group = np.unique(owner * n_entities + entity, return_index=True, return_inverse=True)
    tiles = np.zeros((len(pairs), grid.shape[2] * grid.shape[3]), np.bool_)
    tiles[group, tile] = True
    asked = np.zeros((count, n_entities), np.float32)
    np.add.at(asked, (owner, entity), 1)
    arrays = {
        "grid": grid,
        "hand": hand,
        "value": value.astype(np.float32),
        "asked": asked,
        "each": np.full(count, each),
        "owner": owner,
        "group": group,
        "first": first,
        "entity": entity,
        "tile": tile,
        "tiles": tiles,
        "fits": _fits(grid, pairs // n_entities, pairs % n_entities).reshape(len(pairs), 4, -1),
        "direction": actions[:, DIRECTION],
        "variant": actions[:, VARIANT],
        "variants": rules.variants[entity],
        "content": actions[:, CONTENT],
        "contents": rules.contents[entity],
    }
    return Batch(**{name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()})


def _fits(grid: GridArray, owner: LongArray, entity: LongArray) -> MaskArray:
    """(G, 4, H, W): where each entity could stand in its state, by quarter turn; as `environments.masks`."""
    rules = placement_rules()
    count, _, height, width = grid.shape
    # Occupied tiles above and left of each corner: what a rectangle holds is a sum of four of these.
    before = np.zeros((count, height + 1, width + 1), np.int32)
    before[:, 1:, 1:] = ((grid[:, PART] > 0) | (grid[:, BOUNDS] == 0)).cumsum(axis=1, dtype=np.int32).cumsum(axis=2)
    fits = np.zeros((len(entity), 4, height, width), np.bool_)
    for turn in range(4):
        sizes = rules.sizes[entity] if turn % 2 == 0 else rules.sizes[entity][:, ::-1]
        for wide, tall in np.unique(sizes, axis=0).tolist():
            which = np.flatnonzero((sizes == (wide, tall)).all(axis=1) & rules.directions[entity, turn])
            if wide > width or tall > height or not len(which):
                continue
            sums = before[owner[which]]
            inside = sums[:, tall:, wide:] - sums[:, :-tall, wide:] - sums[:, tall:, :-wide] + sums[:, :-tall, :-wide]
            fits[which, turn, : height - tall + 1, : width - wide + 1] = inside == 0
    return fits
