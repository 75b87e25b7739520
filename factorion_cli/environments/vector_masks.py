"""The legal choices in many states at once, head by head: `masks.ActionMasks` as arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from factorion_cli.arrays import GridArray, LongArray, MaskArray
from factorion_cli.environments import kernels
from factorion_cli.environments.task_table import placement_rules
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.simulation.running import share_out


class VectorMasks:
    """Masks of N states; each method gives one row per state.

    Args:
        grids: (N, C, H, W) int16.
        hands: (N, n_entities) int16 counts.
        threads: that share the states; None: one per core.
    """

    def __init__(self, grids: GridArray, hands: GridArray, threads: int | None = None) -> None:
        self._grids, self._hands, self._threads = grids, hands, threads
        self._rules = placement_rules(default_vocabulary())

    def __len__(self) -> int:
        return len(self._grids)

    def _filled(self, columns: int, job: Callable[[MaskArray, int, int], None]) -> MaskArray:
        masks = np.zeros((len(self), columns), np.bool_)
        share_out(len(self), self._threads, lambda first, end: job(masks, first, end))
        return masks

    def entity(self) -> MaskArray:
        """(N, n_entities) bool: what is in the hand and fits somewhere; 0, "done", is always legal."""
        return self._filled(
            self._hands.shape[1],
            lambda masks, *share: kernels.entity_masks(self._grids, self._hands, self._rules, masks, *share),
        )

    def tile(self, entities: LongArray) -> MaskArray:
        """(N, H * W) bool: tiles at which the entity chosen in each state (N,) fits; tile 0 alone for "done"."""
        return self._filled(
            self._grids.shape[2] * self._grids.shape[3],
            lambda masks, *share: kernels.tile_masks(self._grids, entities, self._rules, masks, *share),
        )

    def direction(self, entities: LongArray, tiles: LongArray) -> MaskArray:
        """(N, 4) bool: quarter turns in which the entity fits at the tile chosen; north for "done"."""
        return self._filled(
            4,
            lambda masks, *share: kernels.direction_masks(self._grids, entities, tiles, self._rules, masks, *share),
        )

    def variant(self, entities: LongArray) -> MaskArray:
        """(N, 3) bool: 1 or 2 for undergrounds, 0 for everything else."""
        return self._rules.variants[entities]

    def content(self, entities: LongArray) -> MaskArray:
        """(N, n_contents) bool: what the entity can be set to."""
        return self._rules.contents[entities]

    def sample(self, rng: np.random.Generator) -> LongArray:
        """(N, 5) a legal action of each state, each head drawn evenly under its mask given those before."""
        entity = _drawn(self.entity(), rng)
        tile = _drawn(self.tile(entity), rng)
        direction = _drawn(self.direction(entity, tile), rng)
        heads = entity, tile, direction, _drawn(self.variant(entity), rng), _drawn(self.content(entity), rng)
        return np.stack(heads, axis=1)


def _drawn(masks: MaskArray, rng: np.random.Generator) -> LongArray:
    """(N,) one of the columns set in each row."""
    chosen = np.zeros(len(masks), np.int64)
    kernels.draw(masks, rng.random(len(masks)), chosen)
    return chosen
