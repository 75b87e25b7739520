"""How alike two designs are: by what stands around each tile, and, for small ones, by how their entities lie.

A design is seen as two multisets of patterns, without tiers, recipes and settings, each pattern in the least of its
eight symmetric forms:

- its 3x3 windows of tiles around every covered tile: what designs of any size share, however much longer one is;
- if it has up to 64 entities, all pairs of them with the offset between: an edit in a small design changes most of its
  windows, but few of its pairs.

Two designs are near-copies when the Jaccard similarity of either is at least 0.6, as estimated from 128 MinHash values
each (standard error 0.04). Nothing is random.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from factorion_cli.arrays import AnyArray, LongArray
from factorion_cli.blueprints.keys import SYMMETRIES, Layout, class_of, layout
from factorion_cli.factory import Factory
from factorion_cli.factory.footprints import cover
from factorion_cli.prototypes import load_table

SIMILARITY = 0.6
HASHES = 128
MOST_PAIRED = 64
"""Entities of the largest design that is also compared by pairs; beyond, an edit leaves most windows as they are."""

ABSENT = np.iinfo(np.uint16).max
"""What every hash is of a design without patterns of a kind."""

_OFFSETS = tuple((dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
_FACINGS = 5
_FAR = 1 << 24
"""Beyond any offset between two entities, in half tiles."""


def _mixed(values: AnyArray) -> AnyArray:
    """splitmix64's finaliser: uint64 in, well spread uint64 out."""
    values = np.asarray(values + np.uint64(0x9E3779B97F4A7C15))
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: AnyArray = values ^ (values >> np.uint64(31))
    return mixed


_PERMUTATIONS = _mixed(np.arange(2 * HASHES, dtype=np.uint64)).reshape(2, -1, 1)
_MULTIPLIERS, _ADDENDS = _PERMUTATIONS[0] | np.uint64(1), _PERMUTATIONS[1]


@lru_cache(maxsize=1)
def _class_ids() -> dict[tuple[str, str | None], int]:
    """Number from 1 of every (entity name, underground type): equal for what `class_of` takes for the same."""
    table = load_table().entities
    kinds = (None, "input", "output")
    classes = sorted({(class_of(prototype), str(kind)) for prototype in table.values() for kind in kinds})
    numbers = {key: number for number, key in enumerate(classes, start=1)}
    return {(name, kind): numbers[class_of(part), str(kind)] for name, part in table.items() for kind in kinds}


def _window_orders() -> list[list[int]]:
    """For each symmetry, where each of the nine offsets goes."""
    orders = []
    for turns, mirrored in SYMMETRIES:
        order = []
        for dx, dy in _OFFSETS:
            x, y = (-dx if mirrored else dx), dy
            for _ in range(turns):
                x, y = -y, x
            order.append(_OFFSETS.index((x, y)))
        orders.append(order)
    return orders


@lru_cache(maxsize=1)
def _window_hashes() -> AnyArray:
    """(9, codes) uint64: what a tile of this code at this place of a window adds to the window's hash."""
    codes = (max(_class_ids().values()) + 1) * _FACINGS
    return _mixed(np.arange(9 * codes, dtype=np.uint64)).reshape(9, codes)


def _tile_codes(factory: Factory) -> tuple[LongArray, LongArray, LongArray]:
    """(x, y, codes): covered tiles (T,) and their (8, T) codes under each symmetry: class, and facing if it turns."""
    arrays = layout(factory, coarse=True)
    facings = [_facings(arrays, arrays.transformed(*symmetry)) for symmetry in SYMMETRIES]
    codes = _kinds(factory) * _FACINGS + np.stack(facings)
    tiles = cover(np.stack([arrays.x, arrays.y, arrays.width, arrays.height], axis=1))
    return tiles.x, tiles.y, codes[:, tiles.owner]


def _kinds(factory: Factory) -> LongArray:
    ids = _class_ids()
    return np.array([ids[entity.name, entity.underground_type] for entity in factory.entities], dtype=np.int64)


def _facings(arrays: Layout, image: Layout) -> LongArray:
    """0 for what looks the same however it is turned, else 1 to 4."""
    # The mirror image of a tank is a turned one; for likeness its facing does not matter.
    return (image.direction // 4 + 1) * arrays.turns * (1 - arrays.tank)


def windows(factory: Factory) -> AnyArray:
    """(T,) uint64: for every covered tile the hash of its 3x3 window, equal under the eight symmetries."""
    if not factory.entities:
        return np.empty(0, dtype=np.uint64)
    x, y, codes = _tile_codes(factory)
    # A free column on either side keeps neighbours of the border from meeting the next row.
    stride = int(x.max() - x.min()) + 3
    places = (y - y.min() + 1) * stride + (x - x.min() + 1)
    order = np.argsort(places)
    places, codes = places[order], np.concatenate([codes[:, order], np.zeros((8, 1), dtype=np.int64)], axis=1)
    neighbours = [_found(places, places + dy * stride + dx) for dx, dy in _OFFSETS]
    table = _window_hashes()
    forms = [
        sum(table[order[k], codes[symmetry][neighbours[k]]] for k in range(9))
        for symmetry, order in enumerate(_window_orders())
    ]
    return np.asarray(np.min(np.stack(forms), axis=0))


def _found(places: LongArray, wanted: LongArray) -> LongArray:
    """Positions of `wanted` in the sorted `places`; len(places) for what is not there."""
    positions = np.searchsorted(places, wanted)
    there = places[np.minimum(positions, len(places) - 1)] == wanted
    return np.where(there, positions, len(places))


@lru_cache(maxsize=1)
def _counted() -> LongArray:
    """Ranks at which the next copy of a window counts: all up to 8, then every 1.25 times as many."""
    ranks = list(range(1, 9))
    while ranks[-1] < 10_000_000:
        ranks.append(ranks[-1] * 5 // 4)
    return np.array(ranks, dtype=np.int64)


def window_tokens(factory: Factory) -> AnyArray:
    """Sorted distinct (K,) uint64: one for each window and each of its counted ranks, so that copies count too."""
    return _ranked(windows(factory))


def pair_tokens(factory: Factory) -> AnyArray:
    """As `window_tokens` for pairs of entities; empty for a design of one entity or more than MOST_PAIRED."""
    if not 2 <= len(factory.entities) <= MOST_PAIRED:
        return np.empty(0, dtype=np.uint64)
    arrays = layout(factory, coarse=True)
    kinds = _kinds(factory)
    first, second = np.triu_indices(len(kinds), 1)
    forms = []
    for symmetry in SYMMETRIES:
        image = arrays.transformed(*symmetry)
        looks = _mixed((kinds * _FACINGS + _facings(arrays, image)).astype(np.uint64))
        x, y = 2 * image.x + image.width, 2 * image.y + image.height
        for a, b in ((first, second), (second, first)):
            offset = _mixed(((x[b] - x[a]) * _FAR + (y[b] - y[a])).astype(np.uint64))
            forms.append(_mixed(looks[a] + np.uint64(3) * looks[b] + offset))
    return _ranked(np.min(np.stack(forms), axis=0))


def _ranked(patterns: AnyArray) -> AnyArray:
    kinds, counts = np.unique(patterns, return_counts=True)
    repeats = np.searchsorted(_counted(), counts, side="right")
    ranks = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return np.unique(_mixed(np.repeat(kinds, repeats) ^ _mixed(ranks.astype(np.uint64))))


def similarity(a: AnyArray, b: AnyArray) -> float:
    """Jaccard similarity of two token sets; 1 for two empty ones."""
    if not len(a) and not len(b):
        return 1.0
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)


def signature(factory: Factory) -> AnyArray:
    """(2, HASHES) uint16: MinHash values of its windows and of its pairs, all ABSENT where there are none."""
    return np.stack([_least(window_tokens(factory)), _least(pair_tokens(factory))])


def _least(token_set: AnyArray) -> AnyArray:
    """(HASHES,) uint16: of the least value under each permutation, the bits that are not small because it is least."""
    least = np.full(HASHES, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(token_set), 4096):
        part = token_set[start : start + 4096] * _MULTIPLIERS + _ADDENDS
        # Low bits of a product depend on low bits only, so the order is taken after mixing high into low.
        least = np.minimum(least, (part ^ (part >> np.uint64(32))).min(axis=1))
    return least.astype(np.uint16)
