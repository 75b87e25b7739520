"""Which actions are legal: each head's mask, given what the heads before it chose.

Legal is what `factory.placement.check` allows, where the task blocks no tile, of entities that are in the hand, set to
something they can be set to. The masks allow exactly that: every legal action passes all five, every other one fails at
least one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache, cached_property

import numpy as np

from factorion_cli.arrays import MaskArray
from factorion_cli.environments.action import UNDERGROUND_TYPES, Action, n_contents
from factorion_cli.errors import FactoryError
from factorion_cli.factory import Factory
from factorion_cli.factory.placement import legal_directions, legal_tiles, occupied_tiles
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.markers import blocked_in


@cache
def _directions(name: str) -> MaskArray:
    """(4,) bool: quarter turns that an entity can face."""
    mask = np.zeros(4, np.bool_)
    mask[[direction // 4 for direction in legal_directions(name)]] = True
    mask.flags.writeable = False
    return mask


@cache
def variant_mask(name: str | None) -> MaskArray:
    """(3,) bool: an underground is an input or an output, everything else is neither."""
    underground = name is not None and load_table().entity(name).type in UNDERGROUND_TYPES
    mask = np.array([not underground, underground, underground])
    mask.flags.writeable = False
    return mask


def _allow_contents(mask: MaskArray, name: str, vocabulary: Vocabulary) -> None:
    prototype = load_table().entity(name)
    if prototype.inserter is not None and prototype.inserter.filter_count:
        mask[vocabulary.n_recipes :] = True
    if prototype.machine is None or prototype.machine.furnace:
        return
    recipes = [vocabulary.recipe_id(recipe.name) for recipe in load_table().recipes_for(name)]
    mask[recipes] = True
    # A machine without a recipe does nothing, so "none" is only for those that have none to choose.
    mask[0] = not recipes


@cache
def content_mask(name: str | None, vocabulary: Vocabulary | None = None) -> MaskArray:
    """(n_contents,) bool: recipes that a machine can craft, any item or none for an arm, none for all else."""
    vocabulary = vocabulary or default_vocabulary()
    mask = np.zeros(n_contents(vocabulary), np.bool_)
    mask[0] = True
    if name is not None:
        _allow_contents(mask, name, vocabulary)
    mask.flags.writeable = False
    return mask


class ActionMasks:
    """The legal choices in one state, head by head.

    Args:
        factory: what stands so far.
        hand: names of the entities that may still be put down.
        window: (height, width) of the tile index; the factory's own size when None.
    """

    def __init__(
        self,
        factory: Factory,
        hand: Iterable[str],
        window: tuple[int, int] | None = None,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.factory = factory
        self.hand = Counter(hand)
        self.window = window or (factory.height, factory.width)
        self.vocabulary = vocabulary or default_vocabulary()
        if self.window[0] < factory.height or self.window[1] < factory.width:
            raise FactoryError(
                f"{factory.id} is {factory.width} x {factory.height} tiles, larger than the window's "
                f"{self.window[1]} x {self.window[0]}; choose a larger window"
            )
        self._tiles: dict[str, MaskArray] = {}

    @cached_property
    def occupied(self) -> MaskArray:
        """(H, W) bool over the window; tiles that its task blocks and those beyond the factory count as occupied."""
        occupied = np.ones(self.window, np.bool_)
        occupied[: self.factory.height, : self.factory.width] = occupied_tiles(self.factory)
        for x, y in blocked_in(self.factory.metadata):
            occupied[y, x] = True
        return occupied

    def placements(self, name: str) -> MaskArray:
        """(4, H, W) bool: top-left tiles at which an entity fits, by quarter turns; all False where it cannot face."""
        if name not in self._tiles:
            fits = np.zeros((4, *self.window), np.bool_)
            for direction in legal_directions(name):
                fits[direction // 4] = legal_tiles(self.occupied, name, direction)
            self._tiles[name] = fits
        return self._tiles[name]

    def entity(self) -> MaskArray:
        """(n_entities,) bool: what is in the hand and fits somewhere; 0, "done", is always legal."""
        mask = np.zeros(self.vocabulary.n_entities, np.bool_)
        mask[0] = True
        for name, count in self.hand.items():
            mask[self.vocabulary.entity_id(name)] = count > 0 and bool(self.placements(name).any())
        return mask

    def tile(self, entity_id: int) -> MaskArray:
        """(H * W,) bool: tiles y * W + x at which the entity fits facing some way; tile 0 alone for "done"."""
        name = self.vocabulary.entity_name(entity_id)
        if name is None:
            mask = np.zeros(self.window[0] * self.window[1], np.bool_)
            mask[0] = True
            return mask
        return self.placements(name).any(axis=0).reshape(-1)

    def direction(self, entity_id: int, tile: int) -> MaskArray:
        """(4,) bool: quarter turns in which the entity fits with its top-left corner at `tile`; north for "done"."""
        name = self.vocabulary.entity_name(entity_id)
        if name is None:
            return np.array([True, False, False, False])
        y, x = divmod(tile, self.window[1])
        return self.placements(name)[:, y, x] & _directions(name)

    def variant(self, entity_id: int) -> MaskArray:
        """(3,) bool: 1 or 2 for undergrounds, 0 for everything else."""
        return variant_mask(self.vocabulary.entity_name(entity_id))

    def content(self, entity_id: int) -> MaskArray:
        """(n_contents,) bool: what the entity can be set to; see `content_mask`."""
        return content_mask(self.vocabulary.entity_name(entity_id), self.vocabulary)

    def legal(self, action: Action) -> bool:
        """Whether the game would let the builder do this now."""
        if action.done:
            return True
        height, width = self.window
        in_range = (
            0 < action.entity_id < self.vocabulary.n_entities
            and 0 <= action.x < width
            and 0 <= action.y < height
            and action.direction in (0, 4, 8, 12)
            and 0 <= action.variant < 3
            and 0 <= action.content_id < n_contents(self.vocabulary)
        )
        return (
            in_range
            and self.hand[str(self.vocabulary.entity_name(action.entity_id))] > 0
            and bool(self.direction(action.entity_id, action.y * width + action.x)[action.direction // 4])
            and bool(self.variant(action.entity_id)[action.variant])
            and bool(self.content(action.entity_id)[action.content_id])
        )
