"""Near-copies are found among thousands, the most similar first."""

from __future__ import annotations

import numpy as np

from factorion_cli.arrays import AnyArray
from factorion_cli.blueprints.likeness import ABSENT, HASHES
from factorion_cli.blueprints.near_copies import NearCopies


def random_signatures(count: int, seed: int = 0) -> AnyArray:
    return np.random.default_rng(seed).integers(0, ABSENT, (count, 2, HASHES)).astype(np.uint16)


def changed(signature: AnyArray, hashes: int, seed: int) -> AnyArray:
    """The signature with this many hashes of both kinds replaced."""
    places = np.random.default_rng(seed).permutation(HASHES)[:hashes]
    copy = signature.copy()
    copy[:, places] ^= 1
    return copy


def test_every_member_finds_itself_and_strangers_find_nothing() -> None:
    index, members = NearCopies(), random_signatures(5000)
    assert [index.add(member) for member in members] == list(range(5000))
    assert all(index.near(member).tolist() == [number] for number, member in enumerate(members))
    assert all(len(index.near(stranger)) == 0 for stranger in random_signatures(100, seed=1))


def test_the_most_similar_comes_first_and_equals_in_the_order_added() -> None:
    index, (base,) = NearCopies(), random_signatures(1)
    for hashes in (30, 10, 0, 10, 0):
        index.add(changed(base, hashes, seed=hashes))
    assert index.near(base).tolist() == [2, 4, 1, 3, 0]


def test_half_the_hashes_are_not_enough() -> None:
    index, (base,) = NearCopies(), random_signatures(1)
    for seed in range(20):
        index.add(changed(base, HASHES // 2, seed))
    assert len(index.near(base)) == 0


def test_either_kind_of_hashes_is_enough() -> None:
    index, (base, other) = NearCopies(), random_signatures(2)
    index.add(np.stack([base[0], other[1]]))
    index.add(np.stack([other[0], base[1]]))
    index.add(np.stack([other[0], other[1]]))
    assert index.near(base).tolist() == [0, 1]


def test_absent_hashes_are_like_nothing() -> None:
    index, (base,) = NearCopies(), random_signatures(1)
    bare = np.full_like(base, ABSENT)
    index.add(bare)
    index.add(np.stack([base[0], bare[1]]))
    assert index.near(bare).tolist() == []
    assert index.near(np.stack([base[0], bare[1]])).tolist() == [1]
