"""What the game lets each entity be, as tables by entity id: the rules of `masks` for compiled code."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import IntArray, MaskArray
from factorion_cli.environments.action import n_contents
from factorion_cli.environments.kernels.reaching import ARM, ELSE, HOLDER, LINE, LOADER, SPLITS, UNDERGROUND
from factorion_cli.environments.masks import content_mask, variant_mask
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.placement import legal_directions
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.wiring import LOADER_TYPES, spot_kind


class Rules(NamedTuple):
    """By entity id; row 0, "done", faces north and is set to nothing.

    sizes: (n_entities, 2) int32 width and height facing north; directions: (n_entities, 4) bool; variants:
    (n_entities, 3) bool; contents: (n_entities, n_contents) bool.
    """

    sizes: IntArray
    directions: MaskArray
    variants: MaskArray
    contents: MaskArray


class Options(NamedTuple):
    """The contents that are set in `Rules.contents`, entity by entity.

    contents: (sum of options,) int32; first: (n_entities + 1,) int32 where those of each begin; number: (n_entities,
    n_contents) int32, the place of each among those of its entity, -1 for what is none.
    """

    contents: IntArray
    first: IntArray
    number: IntArray


class Carrying(NamedTuple):
    """By entity id, what it is to items.

    kinds: (n_entities,) int32, one of `kernels.reaching`; reach: (n_entities,) int32 tiles of an underground or an arm;
    sizes: as in `Rules`.
    """

    kinds: IntArray
    reach: IntArray
    sizes: IntArray


@cache
def placement_rules() -> Rules:
    """The rules of `masks` as tables."""
    vocabulary = default_vocabulary()
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


@cache
def content_options() -> Options:
    """What every entity can be set to, as lists."""
    contents = placement_rules().contents
    entity, content = np.nonzero(contents)
    first = np.searchsorted(entity, np.arange(len(contents) + 1)).astype(np.int32)
    number = np.where(contents, np.cumsum(contents, axis=1) - 1, -1).astype(np.int32)
    return Options(content.astype(np.int32), first, number)


_LINES = {"transport-belt": LINE, "underground-belt": UNDERGROUND, "splitter": SPLITS}


@cache
def carrying() -> Carrying:
    """What every entity is to items."""
    vocabulary, table = default_vocabulary(), load_table()
    kinds, reach = (np.zeros(vocabulary.n_entities, np.int32) for _ in range(2))
    for number in range(1, vocabulary.n_entities):
        prototype = table.entities.get(str(vocabulary.entity_name(number)))
        if prototype is None:
            continue
        if prototype.inserter is not None:
            kinds[number], reach[number] = ARM, prototype.inserter.reach
        elif prototype.belt is not None:
            kinds[number] = _LINES.get(prototype.type, LOADER if prototype.type in LOADER_TYPES else ELSE)
            reach[number] = prototype.belt.max_distance
        elif spot_kind(prototype) is not None:
            kinds[number] = HOLDER
    return Carrying(kinds, reach, placement_rules().sizes)
