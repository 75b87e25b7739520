"""The action: one entity from the hand put down, or "done"; as a record and as a row of integers.

An action is decided in this order, each choice bounding the next (`masks.ActionMasks`): entity, tile, direction,
variant, content. The row that Gymnasium sees is `(entity, tile, direction, variant, content)`, int64:

    entity     0 is "done", else an entity id of the vocabulary
    tile       y * window_width + x of the entity's top-left tile
    direction  0 north, 1 east, 2 south, 3 west (quarter turns)
    variant    0 none, 1 underground input, 2 underground output
    content    0 none, 1..n_recipes-1 a recipe id, n_recipes + item_id - 1 an item as a filter
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.errors import DataError
from factorion_cli.factory import Entity
from factorion_cli.factory.vocabulary import Vocabulary
from factorion_cli.prototypes import load_table

VARIANTS: tuple[str | None, ...] = (None, "input", "output")
UNDERGROUND_TYPES = frozenset({"underground-belt", "loader", "loader-1x1", "linked-belt"})
"""Entity types that are either an input or an output."""


@dataclass(frozen=True, slots=True)
class Action:
    """Put one entity down, or say that nothing more is to be done.

    Attributes:
        done: end the episode; every other field is then ignored.
        entity_id: id of the entity in the vocabulary; 0 only when done.
        x: left tile.
        y: top tile.
        direction: 0, 4, 8 or 12.
        content_id: 0 none, a recipe id, or n_recipes + item_id - 1 for an item filter.
        variant: 0 none, 1 underground input, 2 underground output.
    """

    done: bool = False
    entity_id: int = 0
    x: int = 0
    y: int = 0
    direction: int = 0
    content_id: int = 0
    variant: int = 0

    def to_row(self, window_width: int) -> LongArray:
        """The (5,) int64 row of this action in a window `window_width` tiles wide."""
        if self.done:
            return np.zeros(5, np.int64)
        tile = self.y * window_width + self.x
        return np.array([self.entity_id, tile, self.direction // 4, self.variant, self.content_id], np.int64)

    @classmethod
    def from_row(cls, row: Sequence[int] | LongArray, window_width: int) -> Action:
        """The action that a row of five integers means."""
        entity_id, tile, quarter_turns, variant, content_id = (int(value) for value in row)
        if entity_id == 0:
            return DONE
        y, x = divmod(tile, window_width)
        return cls(False, entity_id, x, y, 4 * quarter_turns, content_id, variant)


DONE = Action(done=True)
"""The action that ends an episode."""


def n_contents(vocabulary: Vocabulary) -> int:
    """How many content ids there are: none, every recipe, every item."""
    return vocabulary.n_contents


def content_id(entity: Entity, vocabulary: Vocabulary) -> int:
    """The content id that says what an entity is set to: its recipe, or an inserter's first filter, or 0."""
    prototype = entity.prototype
    if prototype.machine is not None:
        # A furnace takes whatever it is fed: its recipe is not a choice.
        return 0 if prototype.machine.furnace or entity.recipe is None else vocabulary.recipe_id(entity.recipe)
    if prototype.inserter is not None and entity.filters:
        return vocabulary.n_recipes + vocabulary.item_id(entity.filters[0]) - 1
    return 0


def action_for(entity: Entity, vocabulary: Vocabulary) -> Action:
    """The action that puts `entity` down; the inverse of `entity_for` for what an action can say."""
    variant = VARIANTS.index(entity.underground_type) if entity.prototype.type in UNDERGROUND_TYPES else 0
    return Action(
        entity_id=vocabulary.entity_id(entity.name),
        x=entity.x,
        y=entity.y,
        direction=entity.direction if entity.prototype.rotatable else 0,
        content_id=content_id(entity, vocabulary),
        variant=variant,
    )


def _with_content(entity: Entity, content: int, vocabulary: Vocabulary) -> Entity:
    if content == 0:
        return replace(entity, recipe=None, filters=())
    if content < vocabulary.n_recipes:
        return replace(entity, recipe=vocabulary.recipe_name(content), filters=())
    item = str(vocabulary.item_name(content - vocabulary.n_recipes + 1))
    # An arm that carried this filter among others keeps them all: an action can only name the first.
    filters = entity.filters if entity.filters[:1] == (item,) else (item,)
    return replace(entity, recipe=None, filters=filters)


def entity_for(action: Action, vocabulary: Vocabulary, held: Entity | None = None) -> Entity:
    """The entity that an action puts down.

    What an action cannot say (modules, quality, hand size, splitter priorities, fuel) comes along from `held`, the
    entity in the builder's hand, as it does with an entity that was picked up in the game.

    Raises:
        DataError: the action is "done", or `held` has another name.
    """
    if action.done:
        raise DataError('"done" puts nothing down; expected an action with an entity')
    name = vocabulary.entity_name(action.entity_id)
    if name is None:
        raise DataError("the action names no entity; expected an entity id above 0")
    if held is not None and held.name != name:
        raise DataError(f"the action puts down {name!r} but the hand holds {held.name!r}")
    furnace = (machine := load_table().entity(name).machine) is not None and machine.furnace
    base = held if held is not None else Entity(name)
    moved = replace(
        base,
        x=action.x,
        y=action.y,
        direction=action.direction,
        underground_type=VARIANTS[action.variant],  # type: ignore[arg-type]
    )
    return moved if furnace else _with_content(moved, action.content_id, vocabulary)


def same_choice(one: Entity, other: Entity, vocabulary: Vocabulary) -> bool:
    """Whether two entities are the same as far as an action can say."""
    return one.name == other.name and action_for(one, vocabulary) == action_for(other, vocabulary)


def exact_match(placed: Iterable[Entity], removed: Iterable[Entity], vocabulary: Vocabulary) -> bool:
    """Whether what was put down is what was taken out, in any order, as far as an action can say."""

    def key(action: Action) -> tuple[int, ...]:
        return (action.entity_id, action.x, action.y, action.direction, action.content_id, action.variant)

    put = sorted(key(action_for(entity, vocabulary)) for entity in placed)
    taken = sorted(key(action_for(entity, vocabulary)) for entity in removed)
    return put == taken
