"""Seeds and threads: what has to be fixed for two runs to give the same bits."""

from __future__ import annotations

import os

import torch


def prepare_torch(seed: int, threads: int | None, *, deterministic: bool) -> int:
    """Seed torch and fix its threads; returns how many it uses.

    Sums are added up in another order with another number of threads, so `deterministic` runs are equal only at equal
    threads; run.json records them.
    """
    count = threads or os.cpu_count() or 1
    torch.set_num_threads(count)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(deterministic)
    return count
