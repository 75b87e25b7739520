"""Families: designs that are rotations, mirror images or near-copies of one another.

A design is seen as the multiset of its 3x3 windows of tiles around every covered tile, each window taken in the least
of its eight symmetric forms, without tiers, recipes and settings. Two designs are of one family when the Jaccard
similarity of these multisets is at least 0.6, or when a chain of such pairs joins them. MinHash with banding finds the
candidates, and every candidate is then compared exactly; nothing is random and the order of the input does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from factorion_cli.arrays import AnyArray, LongArray
from factorion_cli.blueprints.keys import SYMMETRIES, class_of, layout
from factorion_cli.factory import Factory
from factorion_cli.factory.footprints import cover
from factorion_cli.prototypes import load_table

SIMILARITY = 0.6
BANDS, ROWS = 32, 4
"""A pair at similarity 0.6 becomes a candidate with probability 1 - (1 - 0.6^4)^32 = 0.988, at 0.7 with 0.9998."""

_OFFSETS = tuple((dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
_FACINGS = 5


def _mixed(values: AnyArray) -> AnyArray:
    """splitmix64's finaliser: uint64 in, well spread uint64 out."""
    values = np.asarray(values + np.uint64(0x9E3779B97F4A7C15))
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: AnyArray = values ^ (values >> np.uint64(31))
    return mixed


_PERMUTATIONS = _mixed(np.arange(2 * BANDS * ROWS, dtype=np.uint64)).reshape(2, -1, 1)
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
    ids = _class_ids()
    kinds = np.array([ids[entity.name, entity.underground_type] for entity in factory.entities], dtype=np.int64)
    # The mirror image of a tank is a turned one; for likeness its facing does not matter.
    turns = arrays.turns * (1 - arrays.tank)
    facings = [(arrays.transformed(*symmetry).direction // 4 + 1) * turns for symmetry in SYMMETRIES]
    codes = kinds * _FACINGS + np.stack(facings)
    tiles = cover(np.stack([arrays.x, arrays.y, arrays.width, arrays.height], axis=1))
    return tiles.x, tiles.y, codes[:, tiles.owner]


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


def tokens(factory: Factory) -> AnyArray:
    """Sorted distinct (K,) uint64: one for each window and each of its counted ranks, so that copies count too."""
    kinds, counts = np.unique(windows(factory), return_counts=True)
    repeats = np.searchsorted(_counted(), counts, side="right")
    ranks = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return np.unique(_mixed(np.repeat(kinds, repeats) ^ _mixed(ranks.astype(np.uint64))))


def similarity(a: AnyArray, b: AnyArray) -> float:
    """Jaccard similarity of two token sets; 1 for two empty ones."""
    if not len(a) and not len(b):
        return 1.0
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)


def _signature(token_set: AnyArray) -> AnyArray:
    """(BANDS, ROWS) uint64: the least of each permutation."""
    signature = np.full(BANDS * ROWS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(token_set), 4096):
        part = token_set[start : start + 4096] * _MULTIPLIERS + _ADDENDS
        # Low bits of a product depend on low bits only, so the order is taken after mixing high into low.
        signature = np.minimum(signature, (part ^ (part >> np.uint64(32))).min(axis=1))
    return signature.reshape(BANDS, ROWS)


def _candidates(signatures: Sequence[AnyArray]) -> Iterator[tuple[int, int]]:
    """Pairs (i, j) with i < j that are equal in at least one band; some come more than once."""
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = {}
        for index, signature in enumerate(signatures):
            buckets.setdefault(signature[band].tobytes(), []).append(index)
        for members in buckets.values():
            for place, second in enumerate(members):
                yield from ((first, second) for first in members[:place])


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index


def assign_families(factories: Sequence[Factory]) -> list[str]:
    """The family of each factory: the least `design_key` in it.

    Deterministic, and independent of the order of the input; adding designs can join families that were apart. About
    4,000 blueprints of real books take some 20 seconds.
    """
    by_key: dict[str, Factory] = {}
    keys = [layout(factory).digest() for factory in factories]
    for key, factory in zip(keys, factories, strict=True):
        by_key.setdefault(key, factory)
    names = sorted(by_key)
    token_sets = [tokens(by_key[name]) for name in names]
    parents = list(range(len(names)))
    refused: set[tuple[int, int]] = set()
    for first, second in _candidates([_signature(token_set) for token_set in token_sets]):
        a, b = _root(parents, first), _root(parents, second)
        if a == b or (first, second) in refused:
            continue
        if similarity(token_sets[first], token_sets[second]) >= SIMILARITY:
            parents[max(a, b)] = min(a, b)
        else:
            refused.add((first, second))
    family = {name: names[_root(parents, index)] for index, name in enumerate(names)}
    return [family[key] for key in keys]
