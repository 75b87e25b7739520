"""Which tasks to evaluate on when not on all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from factorion_cli.tasks.task import MissingEntityTask


def sample(tasks: Sequence[MissingEntityTask], limit: int | None, seed: int) -> list[MissingEntityTask]:
    """Up to `limit` tasks, kept in their order.

    Files are sorted by design, so the first N tasks would be of a few designs only: they are drawn instead.
    """
    if limit is None or limit >= len(tasks):
        return list(tasks)
    chosen = np.random.default_rng([seed, len(tasks)]).choice(len(tasks), size=limit, replace=False)
    return [tasks[index] for index in sorted(chosen.tolist())]
