"""Drawing examples and stacking them into batches of like size.

Batches are a function of the seed and their number alone, so a resumed run sees the same ones and nothing about the
order needs to be stored. Examples are drawn for GROUP batches at a time and sorted by size within the group: a batch is
padded to its largest factory only. Reading a factory is the dear part, so every entity that is missing is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from factorion_cli.arrays import GridArray
from factorion_cli.factory.tensor import ENTITY as ENTITY_CHANNEL
from factorion_cli.factory.tensor import VARIANT
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.removal_ways import take_out
from factorion_cli.tasks.task import Removal
from factorion_cli.training.batch import Batch, assemble
from factorion_cli.training.examples import ExamplePool, Reference
from factorion_cli.training.views import CONTENT, ENTITY, HEIGHT, QUARTER, WIDTH, View, X, Y
from factorion_cli.training.views import VARIANT as VARIANT_COLUMN

GROUP = 16
"""Batches that are drawn and sorted together."""
MOST_MISSING = 4
TILES_PER_MISSING = 100
"""At most MOST_MISSING entities and one for each so many tiles are taken out: a large factory can be asked more."""
WAYS_TOGETHER: tuple[Removal, ...] = ("path", "cluster")
"""Removals of entities that hang together: where one stood says little once its neighbours are gone, too."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What is missing from a reference (each is asked for), and what the state is worth if known."""

    reference: Reference
    symmetry: int
    missing: tuple[int, ...]
    value: float | None


@dataclass(frozen=True, slots=True)
class Sampling:
    """Shares of examples; see `config.BCConfig`."""

    task_share: float = 0.5
    several_share: float = 0.6
    together_share: float = 0.5
    structural_share: float = 0.15


class BatchSource:
    """Endless training batches by number; `part` of each where several processes share them."""

    def __init__(
        self,
        pool: ExamplePool,
        batch_size: int,
        seed: int,
        sampling: Sampling,
        shard: int = 0,
        part: slice = slice(None),
    ) -> None:
        self._pool = pool
        self._batch_size = batch_size
        self._seed = (seed, shard)
        self._sampling = sampling
        self._part = part
        self._group = -1
        self._batches: list[list[Example]] = []

    def batch(self, number: int) -> Batch:
        """Batch `number`, from 0."""
        group, place = divmod(number, GROUP)
        if group != self._group:
            rng = np.random.default_rng(np.random.SeedSequence([*self._seed, group]))
            self._batches, self._group = self._draw_group(rng), group
        return stack(self._batches[place][self._part])

    def _draw_group(self, rng: np.random.Generator) -> list[list[Example]]:
        examples = [self._draw(rng) for _ in range(GROUP * self._batch_size)]
        # Equal sizes in random order, so that not the same examples meet.
        order = sorted(range(len(examples)), key=lambda index: (*_long_and_short(examples[index]), float(rng.random())))
        batches = []
        for start in range(0, len(order), self._batch_size):
            batch = [examples[index] for index in order[start : start + self._batch_size]]
            batches.append(_oriented(batch, wide=bool(rng.integers(2)), rng=rng))
        return [batches[index] for index in rng.permutation(len(batches))]

    def _draw(self, rng: np.random.Generator) -> Example:
        pool, sampling = self._pool, self._sampling
        if pool.structural and rng.random() < sampling.structural_share:
            return self._taken_out_anew(pool.structural, rng)
        if pool.removals and rng.random() < sampling.task_share:
            removal = pool.removals[int(rng.integers(len(pool.removals)))]
            missing = _on_the_way(removal.missing, rng)
            value = removal.value if len(missing) == len(removal.missing) else None
            return Example(pool.references[removal.reference], 0, missing, value)
        return self._taken_out_anew(pool.references, rng)

    def _taken_out_anew(self, references: Sequence[Reference], rng: np.random.Generator) -> Example:
        reference = references[int(rng.integers(len(references)))]
        several = rng.random() < self._sampling.several_share
        together = several and rng.random() < self._sampling.together_share
        if together and (hanging := _hanging_together(reference, rng)):
            return Example(reference, 0, _on_the_way(hanging, rng), None)
        piles = list(reference.removable.values())
        most = MOST_MISSING + reference.factory.width * reference.factory.height // TILES_PER_MISSING
        count = int(rng.integers(2, most, endpoint=True)) if several else 1
        missing: list[int] = []
        for _ in range(count):
            pile = piles[int(rng.integers(len(piles)))]
            index = pile[int(rng.integers(len(pile)))]
            if index not in missing:
                missing.append(index)
        return Example(reference, 0, tuple(missing), None)


def _hanging_together(reference: Reference, rng: np.random.Generator) -> list[int]:
    """A run of belts or a cluster, of which all can be put back by actions; empty where the factory has none."""
    way = WAYS_TOGETHER[int(rng.integers(len(WAYS_TOGETHER)))]
    removable = {index for indices in reference.removable.values() for index in indices}
    return [
        index for taken in take_out(reference.factory, {way: 1}, rng) for index in taken.missing if index in removable
    ]


def _on_the_way(missing: Sequence[int], rng: np.random.Generator) -> tuple[int, ...]:
    """Of several missing entities some may be back already: a state on the way to the solution."""
    left = int(rng.integers(1, len(missing), endpoint=True))
    return tuple(int(index) for index in rng.permutation(missing)[:left])


def _long_and_short(example: Example) -> tuple[int, int]:
    height, width = example.reference.factory.height, example.reference.factory.width
    return max(height, width), min(height, width)


def _oriented(batch: list[Example], *, wide: bool, rng: np.random.Generator) -> list[Example]:
    """The examples in random symmetries, but all wide or all tall, so that they pad each other little."""
    oriented = []
    for example in batch:
        factory = example.reference.factory
        symmetry = int(rng.integers(example.reference.symmetries))
        if factory.width != factory.height and ((factory.width > factory.height) == wide) == bool(symmetry % 2):
            symmetry ^= 1
        oriented.append(Example(example.reference, symmetry, example.missing, example.value))
    return oriented


def _without(view: View, missing: Sequence[int]) -> GridArray:
    """The (C, H, W) grid with the entities at `missing` taken out."""
    grid = view.grid.copy()
    for index in missing:
        row = view.rows[index]
        x, y, width, height = (int(value) for value in row[[X, Y, WIDTH, HEIGHT]])
        # Everything from the entity to its variant; endpoints and bounds are not the builder's.
        grid[ENTITY_CHANNEL : VARIANT + 1, y : y + height, x : x + width] = 0
    return grid


def stack(examples: Sequence[Example]) -> Batch:
    """The examples as one batch, padded to the largest."""
    views = [example.reference.view(example.symmetry) for example in examples]
    gone = [view.rows[list(example.missing)] for view, example in zip(views, examples, strict=True)]
    questions = np.concatenate(gone)
    height = max(view.grid.shape[1] for view in views)
    width = max(view.grid.shape[2] for view in views)
    grid = np.zeros((len(examples), views[0].grid.shape[0], height, width), np.int16)
    hand = np.zeros((len(examples), default_vocabulary().n_entities), np.int16)
    for row, (view, example) in enumerate(zip(views, examples, strict=True)):
        _, rows, columns = view.grid.shape
        grid[row, :, :rows, :columns] = _without(view, example.missing)
        np.add.at(hand[row], gone[row][:, ENTITY], 1)
    tile = questions[:, Y] * width + questions[:, X]
    return assemble(
        grid,
        hand,
        np.array([np.nan if example.value is None else example.value for example in examples]),
        np.repeat(np.arange(len(examples)), [len(rows) for rows in gone]),
        np.stack([questions[:, ENTITY], tile, *questions[:, [QUARTER, VARIANT_COLUMN, CONTENT]].T], axis=1),
    )
