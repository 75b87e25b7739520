"""Training by several processes at once, as `torchrun` starts them: each takes its part of every batch.

    torchrun --nproc-per-node 2 -m factorion_cli train-bc ds -o runs/first

Gradients are averaged by hand, all in one message: the network is asked head by head, which DistributedDataParallel's
wrapping of `forward` does not fit, and a few million weights leave little to overlap.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from factorion_cli.errors import UsageError


@dataclass(frozen=True, slots=True)
class Ranks:
    """The processes that train together; of one alone, everything below does nothing.

    Attributes:
        rank: number of this process.
        size: how many they are.
        local: number of this process on its machine.
    """

    rank: int = 0
    size: int = 1
    local: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    @property
    def part(self) -> slice:
        """Which examples of a batch are this process's."""
        return slice(self.rank, None, self.size)

    def agreed(self, *values: float) -> tuple[float, ...]:
        """What the first process says, whatever the others would have said."""
        if self.size == 1:
            return values
        said = torch.tensor(values, dtype=torch.float64)
        dist.broadcast(said, 0)
        return tuple(said.tolist())

    def mean(self, values: Tensor) -> Tensor:
        """The mean over all processes."""
        if self.size == 1:
            return values
        total = values.clone()
        dist.all_reduce(total)
        return total / self.size

    def average_gradients(self, weights: Iterable[Tensor]) -> None:
        """Give every process the mean of all gradients; who has none for a weight counts as zero."""
        if self.size == 1:
            return
        learnt = [weight for weight in weights if weight.requires_grad]
        parts = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in learnt]
        whole = self.mean(torch.cat([part.flatten() for part in parts]))
        means = torch.split(whole, [weight.numel() for weight in learnt])
        for weight, part in zip(learnt, means, strict=True):
            weight.grad = part.view_as(weight)

    def wait(self) -> None:
        """Go on when all have come here."""
        if self.size > 1:
            dist.barrier()


ALONE = Ranks()


@contextmanager
def joined(device: str = "cpu") -> Iterator[Ranks]:
    """The processes that `torchrun` started, ready to talk; ALONE without it.

    Args:
        device: what they train on, "cuda" or "cpu": GPUs talk by nccl, processors by gloo.

    Raises:
        UsageError: what torchrun says in the environment makes no sense.
    """
    size = _number("WORLD_SIZE", 1)
    if size == 1:
        yield ALONE
        return
    dist.init_process_group("cpu:gloo,cuda:nccl" if device == "cuda" else "gloo")
    try:
        yield Ranks(_number("RANK", 0), size, _number("LOCAL_RANK", 0))
    finally:
        dist.destroy_process_group()


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdecimal():
        raise UsageError(f"the environment says {name}={text!r}, expected a number; is this process from torchrun?")
    return int(text)
