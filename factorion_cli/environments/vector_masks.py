"""The legal choices in many states at once, head by head: `masks.ActionMasks` as arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property

import numpy as np

from factorion_cli.arrays import GridArray, IntArray, LongArray, MaskArray
from factorion_cli.environments.kernels import choosing
from factorion_cli.environments.kernels.ground import survey, words
from factorion_cli.environments.rules import content_options, placement_rules
from factorion_cli.simulation.running import Crew


class VectorMasks:
    """Masks of N states; each method gives one row per state.

    Args:
        grids: (N, C, H, W) int16.
        hands: (N, n_entities) int16 counts.
        crew: who shares the states; None: a thread per core.
        free: (N, H, words) int64, where there is room (`kernels.ground`), if that is known.
    """

    def __init__(
        self, grids: GridArray, hands: GridArray, crew: Crew | None = None, free: LongArray | None = None
    ) -> None:
        self._hands, self._crew = hands, crew or _everyone()
        self._height, self._width = grids.shape[2:]
        self._rules = placement_rules()
        self._free = self._surveyed(grids) if free is None else free

    def __len__(self) -> int:
        return len(self._hands)

    def _surveyed(self, grids: GridArray) -> LongArray:
        free = np.zeros((len(grids), self._height, words(self._width)), np.int64)
        self._crew.share_out(len(grids), lambda first, end: survey(grids, free, first, end))
        return free

    def _filled(self, columns: int, job: Callable[[MaskArray, int, int], None]) -> MaskArray:
        masks = np.empty((len(self), columns), np.bool_)
        self._crew.share_out(len(self), lambda first, end: job(masks, first, end))
        return masks

    def entity(self) -> MaskArray:
        """(N, n_entities) bool: what is in the hand and fits somewhere; 0, "done", is always legal."""
        return self._entities[0]

    @cached_property
    def _entities(self) -> tuple[MaskArray, IntArray, IntArray]:
        """`entity`, and the same as lists: (N, n_entities), of which the first (N,) count."""
        legal, counts = np.empty(self._hands.shape, np.int32), np.empty(len(self), np.int32)
        masks = self._filled(
            self._hands.shape[1],
            lambda masks, *share: choosing.entity_masks(
                self._free, self._hands, self._rules, masks, legal, counts, *share
            ),
        )
        return masks, legal, counts

    def tile(self, entities: LongArray) -> MaskArray:
        """(N, H * W) bool: tiles at which the entity chosen in each state (N,) fits; tile 0 alone for "done"."""
        return self._filled(
            self._height * self._width,
            lambda masks, *share: choosing.tile_masks(self._free, entities, self._rules, self._width, masks, *share),
        )

    def direction(self, entities: LongArray, tiles: LongArray) -> MaskArray:
        """(N, 4) bool: quarter turns in which the entity fits at the tile chosen; north for "done"."""
        chosen = entities, tiles
        return self._filled(
            4,
            lambda masks, *share: choosing.direction_masks(
                self._free, *chosen, self._rules, self._width, masks, *share
            ),
        )

    def variant(self, entities: LongArray) -> MaskArray:
        """(N, 3) bool: 1 or 2 for undergrounds, 0 for everything else."""
        return self._rules.variants[entities]

    def content(self, entities: LongArray) -> MaskArray:
        """(N, n_contents) bool: what the entity can be set to."""
        return self._rules.contents[entities]

    def sample(self, rng: np.random.Generator) -> LongArray:
        """(N, 5) a legal action of each state, each head drawn evenly under its mask given those before."""
        options, chances, actions = content_options(), rng.random((len(self), 5)), np.empty((len(self), 5), np.int64)
        legal = *self._entities[1:], self._rules, (options.contents, options.first), self._width
        self._crew.share_out(
            len(self), lambda first, end: choosing.draw(self._free, *legal, chances, actions, first, end)
        )
        return actions


@cache
def _everyone() -> Crew:
    """A thread per core, for whoever brings no crew."""
    return Crew()
