"""Seeds, threads and devices: what has to be fixed for two runs to give the same bits."""

from __future__ import annotations

import os

import torch

from factorion_cli.errors import UsageError


def prepare_torch(seed: int, threads: int | None, *, deterministic: bool) -> int:
    """Seed torch and fix its threads; returns how many it uses: unless told, the cores shared by torchrun's processes.

    Sums are added up in another order with another number of threads, so `deterministic` runs are equal only at equal
    threads; run.json records them.
    """
    count = threads or max(1, (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    torch.set_num_threads(count)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(deterministic)
    return count


def choose_device(name: str, *, deterministic: bool, number: int = 0) -> torch.device:
    """The device to train on.

    Args:
        name: "cpu", "cuda", or "auto": a GPU if there is one and bits need not be the same.
        deterministic: whether they need to.
        number: of the GPU on this machine.

    Raises:
        UsageError: a GPU is wanted and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        built = f"torch {torch.__version__} " + ("finds none" if torch.version.cuda else "was built without CUDA")
        raise UsageError(
            f"device is cuda, but there is no GPU to use: {built}; take --device cpu, or see `factorion doctor`"
        )
    if name == "cuda" or (name == "auto" and torch.cuda.is_available() and not deterministic):
        return torch.device("cuda", number)
    return torch.device("cpu")
