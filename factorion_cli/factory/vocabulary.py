"""The names behind the integer ids inside arrays.

Ids are positions in the prototype table's sorted order, shifted by one so that 0 means "none". They are only valid
together with the vocabulary that gave them, so datasets and checkpoints store it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from factorion_cli.errors import DataError
from factorion_cli.prototypes import load_table


def _ids(names: Iterable[str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(names, start=1)}


def _id(table: Mapping[str, int], name: str | None, kind: str, version: str) -> int:
    if name is None:
        return 0
    found = table.get(name)
    if found is None:
        raise DataError(f"no {kind} of the vocabulary (game {version}) is called {name!r}; is it from a mod?")
    return found


def _name(names: tuple[str, ...], number: int, kind: str) -> str | None:
    if not 0 <= number <= len(names):
        raise DataError(f"{kind} id is {number}, expected 0 to {len(names)}: is the array from another vocabulary?")
    return names[number - 1] if number else None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of entities, recipes and items in table order; id 0 is none, id n is the n-th name.

    >>> vocabulary = default_vocabulary()
    >>> vocabulary.item_name(vocabulary.item_id("iron-plate"))
    'iron-plate'
    >>> vocabulary.entity_id(None), vocabulary.entity_name(0)
    (0, None)
    """

    game_version: str
    entities: tuple[str, ...]
    recipes: tuple[str, ...]
    items: tuple[str, ...]
    _entity_ids: dict[str, int] = field(init=False, repr=False, compare=False)
    _recipe_ids: dict[str, int] = field(init=False, repr=False, compare=False)
    _item_ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_entity_ids", _ids(self.entities))
        object.__setattr__(self, "_recipe_ids", _ids(self.recipes))
        object.__setattr__(self, "_item_ids", _ids(self.items))

    @property
    def n_entities(self) -> int:
        """Entity ids, 0 included: ids are below it."""
        return len(self.entities) + 1

    @property
    def n_recipes(self) -> int:
        """Recipe ids, 0 included."""
        return len(self.recipes) + 1

    @property
    def n_items(self) -> int:
        """Item ids, 0 included."""
        return len(self.items) + 1

    @property
    def n_contents(self) -> int:
        """What an entity can be set to: 0 nothing, then every recipe by its id, then every item (an arm's filter)."""
        return self.n_recipes + self.n_items - 1

    def entity_id(self, name: str | None) -> int:
        """Id of an entity, 0 for None; raises DataError for an unknown name."""
        return _id(self._entity_ids, name, "entity", self.game_version)

    def recipe_id(self, name: str | None) -> int:
        """Id of a recipe, 0 for None; raises DataError for an unknown name."""
        return _id(self._recipe_ids, name, "recipe", self.game_version)

    def item_id(self, name: str | None) -> int:
        """Id of an item, 0 for None; raises DataError for an unknown name."""
        return _id(self._item_ids, name, "item", self.game_version)

    def entity_name(self, number: int) -> str | None:
        """Name behind an entity id, None for 0; raises DataError outside the vocabulary."""
        return _name(self.entities, number, "entity")

    def recipe_name(self, number: int) -> str | None:
        """Name behind a recipe id, None for 0; raises DataError outside the vocabulary."""
        return _name(self.recipes, number, "recipe")

    def item_name(self, number: int) -> str | None:
        """Name behind an item id, None for 0; raises DataError outside the vocabulary."""
        return _name(self.items, number, "item")

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change with any name or its place."""
        text = json.dumps(self.to_json(), separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """The mapping that is stored beside arrays."""
        return {
            "game_version": self.game_version,
            "entities": list(self.entities),
            "recipes": list(self.recipes),
            "items": list(self.items),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Vocabulary:
        """The vocabulary of a stored mapping; raises DataError when a list is missing."""
        missing = sorted({"game_version", "entities", "recipes", "items"} - set(raw))
        if missing:
            raise DataError(f"the stored vocabulary has no {missing[0]!r}; write the dataset or checkpoint again")
        return cls(str(raw["game_version"]), tuple(raw["entities"]), tuple(raw["recipes"]), tuple(raw["items"]))


@cache
def default_vocabulary() -> Vocabulary:
    """The vocabulary of the committed prototype table."""
    table = load_table()
    return Vocabulary(table.game_version, tuple(table.entities), tuple(table.recipes), tuple(table.items))
