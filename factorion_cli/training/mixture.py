"""Batches from several places, mixed by weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from factorion_cli.config import BCConfig
from factorion_cli.training.batch import Batch
from factorion_cli.training.batches import BatchSource, Sampling
from factorion_cli.training.data import DataPart
from factorion_cli.training.orders import OrderSource


class Source(Protocol):
    """Endless batches by number."""

    def batch(self, number: int) -> Batch:
        """Batch `number`, from 0; always the same."""
        ...


class Mixture:
    """Batches each from one source, drawn by weight; a function of the seed and their number alone.

    Args:
        sources: with weights, which need not add up to one.
        seed: of the draws.
    """

    def __init__(self, sources: Sequence[tuple[Source, float]], seed: int) -> None:
        self._sources = [source for source, _ in sources]
        weights = np.array([weight for _, weight in sources])
        self._shares = weights / weights.sum()
        self._seed = seed

    def batch(self, number: int) -> Batch:
        """Batch `number`, from 0."""
        rng = np.random.default_rng(np.random.SeedSequence([self._seed, 3, number]))
        return self._sources[int(rng.choice(len(self._sources), p=self._shares))].batch(number)


def batches_of(parts: Sequence[DataPart], config: BCConfig, share: slice = slice(None)) -> Mixture:
    """The batches of all parts, by their weights, less what is not in this process's `share` of each.

    Of a part that has both kinds, `order_share` of the batches are building orders.
    """
    sampling = Sampling(config.task_share, config.several_share, config.together_share, config.structural_share)
    sources: list[tuple[Source, float]] = []
    for number, part in enumerate(parts):
        order_share = 0.0 if part.orders is None else config.order_share if part.pool.references else 1.0
        if order_share < 1:
            source = BatchSource(part.pool, config.batch_size, config.seed, sampling, number, share)
            sources.append((source, part.weight * (1 - order_share)))
        if part.orders is not None and order_share > 0:
            sources.append(
                (OrderSource(part.orders, config.batch_size, config.seed, number, share), part.weight * order_share)
            )
    return Mixture(sources, config.seed)
