"""95 % intervals: Wilson's for proportions, a bootstrap over families for means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from factorion_cli.errors import DataError

Z_95 = 1.959963984540054
"""97.5 % point of the normal distribution."""

DEFAULT_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes:
        value: the point estimate.
        low: lower end of the interval.
        high: upper end of the interval.
        n: how many tasks it rests on.
    """

    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, float | int]:
        """The object written to JSON reports."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def wilson(successes: int, n: int) -> Estimate:
    """Wilson's score interval of a proportion; unlike the normal one it stays inside [0, 1] and works at 0 and n.

    >>> estimate = wilson(8, 10)
    >>> round(estimate.low, 4), round(estimate.high, 4)
    (0.4902, 0.9433)
    """
    if n <= 0 or not 0 <= successes <= n:
        raise DataError(f"cannot take {successes} of {n} as a proportion: expected 0 <= successes <= n and n > 0")
    share = successes / n
    scale = 1 + Z_95**2 / n
    centre = (share + Z_95**2 / (2 * n)) / scale
    half = Z_95 / scale * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n * n))
    # At the ends the formula is exact only up to rounding.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Estimate(share, low, high, n)


def clustered_mean(
    values: Sequence[float], clusters: Sequence[str], rng: np.random.Generator, resamples: int = DEFAULT_RESAMPLES
) -> Estimate:
    """The mean with a percentile bootstrap that resamples whole clusters.

    Tasks of one family stand or fall together, so drawing single tasks would make the interval too narrow.

    Args:
        values: one figure per task.
        clusters: the family of each task.
        rng: where the resamples come from.
        resamples: how many.
    """
    if not values or len(values) != len(clusters):
        raise DataError(
            f"a mean needs as many clusters as values and at least one, found {len(clusters)}/{len(values)}"
        )
    mean = math.fsum(values) / len(values)
    # Sorted names: the interval must not depend on the order of the tasks.
    names = {name: index for index, name in enumerate(sorted(set(clusters)))}
    order = sorted(range(len(values)), key=lambda task: (clusters[task], values[task]))
    cluster = np.array([names[clusters[task]] for task in order])
    sums = np.bincount(cluster, weights=np.array([values[task] for task in order]), minlength=len(names))
    sizes = np.bincount(cluster, minlength=len(names))
    drawn = rng.integers(len(names), size=(resamples, len(names)))  # (resamples, clusters)
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Estimate(mean, min(float(low), mean), max(float(high), mean), len(values))
