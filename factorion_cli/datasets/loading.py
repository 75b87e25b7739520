"""Batches of a dataset's tasks as torch tensors: shuffled, drawn by several threads, resumed exactly, sharded by rank.

    loader = TaskLoader("ds", size=(16, 16), where=["level=3"], batch_size=512, seed=1)
    for epoch in range(10):
        for batch in loader:
            loss = ...                        # batch.grid, batch.hand, batch.target, batch.value
            save(loader.state_dict())         # load_state_dict() goes on with the next batch, bit for bit

Which tasks are in batch n of an epoch follows from the seed, the epoch and n alone: not from the number of workers or
from what was read before. Row groups are shuffled, then the rows of each buffer of row groups. Under `torchrun` every
rank takes its own row groups, and all ranks the same number of batches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from factorion_cli.arrays import LongArray
from factorion_cli.datasets.epoch_plan import EpochPlan, Group, find_groups
from factorion_cli.datasets.filters import parse_conditions
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.packed import (
    PACKED_COLUMNS,
    SHARED_COLUMNS,
    Drawing,
    PackedTasks,
    action_rows,
    joined,
)
from factorion_cli.datasets.reader import open_shard
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.factory.vocabulary import Vocabulary

Symmetries = Literal["none", "rotations", "invariant"]
_N_SYMMETRIES = {"none": 1, "rotations": 4, "invariant": 8}
_BATCHES_AHEAD = 2  # for each worker

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class TaskBatch:
    """B tasks on H x W tiles with at most M entities missing.

    Attributes:
        grid: int16 (B, C, H, W) the starts; channels as in `factory.tensor.CHANNELS`.
        hand: int16 (B, n_entities) how many of each entity id the builder holds.
        target: int64 (B, M, 5) what is missing as actions: entity, tile y * W + x, quarter turn, variant and content
            (see `environments.action`); entity 0 is padding.
        n_missing: int64 (B,) how many of M are meant.
        value: float32 (B,) the start's share of the reference's throughput; NaN for structural tasks.
        row: int64 (B,) number of the task within its config and split, in file order.
        symmetry: int64 (B,) how each was turned: clockwise by `symmetry % 4` quarters, mirrored before from 4 on.
    """

    grid: Tensor
    hand: Tensor
    target: Tensor
    n_missing: Tensor
    value: Tensor
    row: Tensor
    symmetry: Tensor

    def __len__(self) -> int:
        return len(self.grid)

    def to(self, device: torch.device | str) -> TaskBatch:
        """The same on another device."""
        return TaskBatch(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))


class TaskLoader(IterableDataset[TaskBatch]):
    """Iterates over the batches of one epoch after the other; see the module.

    An iteration that was left early goes on where it was left; `set_epoch` starts one anew. With one rank the last
    batch of an epoch may be smaller; with several, rows that would make the ranks uneven wait for another epoch.

    As the data set of a `torch.utils.data.DataLoader(loader, batch_size=None, num_workers=n)` the same batches come in
    the same order from processes; call `set_epoch` before each epoch then, since processes work on copies.

    Args:
        directory: a dataset folder.
        split: "train", "validation" or "test".
        config: "throughput" or "structural".
        batch_size: tasks per batch.
        size: (H, W) of the grids; larger tasks are left out, and counted in `too_large`. None: the largest task's.
        where: conditions that choose tasks, such as "level=3" (see `filters`).
        shuffle: False keeps the order of the files.
        seed: of all shuffling and turning.
        symmetries: turn each task at random: "rotations" leave every rate as it is; "invariant" adds the mirror images
            of those tasks whose rules they leave alone (column `symmetries`).
        buffer: tasks that are shuffled among each other, at least; more mixes better and takes more memory.
        workers: threads that read and draw; 0: none beside the caller's.
        rank: of this process; None: asked of torch.distributed, 0 where that is not running.
        world_size: number of ranks, likewise.

    Raises:
        DatasetError: no dataset, a damaged shard, or no task that fits.
        UsageError: a wrong condition or number.
    """

    def __init__(
        self,
        directory: Path | str,
        split: str = "train",
        *,
        config: str = "throughput",
        batch_size: int = 256,
        size: tuple[int, int] | None = None,
        where: Sequence[str] = (),
        shuffle: bool = True,
        seed: int = 0,
        symmetries: Symmetries = "none",
        buffer: int = 16_384,
        workers: int = 2,
        rank: int | None = None,
        world_size: int | None = None,
    ) -> None:
        super().__init__()
        _check_numbers(batch_size=(batch_size, 1), buffer=(buffer, 1), workers=(workers, 0), seed=(seed, 0))
        if symmetries not in _N_SYMMETRIES:
            raise UsageError(f"symmetries is {symmetries!r}, expected one of {', '.join(_N_SYMMETRIES)}")
        if size is not None and size[0] != size[1] and symmetries != "none":
            raise UsageError(
                f"size is {size[0]} x {size[1]}, expected a square: with symmetries tasks lie on their side"
            )
        info = DatasetInfo.load(directory)
        self.vocabulary = Vocabulary.from_json(info.vocabulary)
        """Names behind the ids of all batches."""
        found = find_groups(info, split, config, parse_conditions(where), size)
        if not found.groups:
            wanted = [*where, *([f"at most {size[1]} x {size[0]} tiles"] if size else [])]
            raise DatasetError(
                f"none of the {found.seen} tasks of {info.path}, {config}/{split}, fits: wanted {', '.join(wanted)}"
            )
        self._path, self._groups = info.path, found.groups
        self.size = size or _room(found.largest, symmetries)
        """(H, W) of the grids."""
        self.most_missing, self.too_large = found.most_missing, found.too_large
        self._batch_size, self._buffer, self._workers = batch_size, buffer, workers
        self._shuffle, self._seed, self._n_symmetries = shuffle, seed, _N_SYMMETRIES[symmetries]
        self._rank, self._world_size = _place(rank, world_size)
        self._epoch = self._next = 0
        # What decides the batches: a state is only good for a loader that agrees.
        self._about = {
            "fingerprint": info.fingerprint,
            "part": [config, split, *sorted(where)],
            "size": list(self.size),
            "order": [batch_size, shuffle, seed, symmetries, buffer],
            "rank": [self._rank, self._world_size],
        }

    @property
    def tasks(self) -> int:
        """How many tasks an epoch of all ranks draws from."""
        return sum(len(group.rows) for group in self._groups)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._plan(self._epoch))

    def set_epoch(self, epoch: int) -> None:
        """Go to the first batch of an epoch."""
        self._epoch, self._next = epoch, 0

    def state_dict(self) -> dict[str, Any]:
        """Where the next batch stands, as JSON can hold it."""
        return {"epoch": self._epoch, "batch": self._next} | self._about

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go to where a state was taken; raises DatasetError when it is of other data or settings."""
        for name, value in self._about.items():
            if state.get(name) != value:
                raise DatasetError(
                    f"the state of the loader has {name} {state.get(name)}, this loader {value}: "
                    "resume with the same dataset and settings"
                )
        self._epoch, self._next = int(state["epoch"]), int(state["batch"])

    def __iter__(self) -> Iterator[TaskBatch]:
        epoch, plan, process = self._epoch, self._plan(self._epoch), get_worker_info()
        # A process of a DataLoader draws every n-th batch: it is asked for them turn by turn.
        skipped, step = (0, 1) if process is None else (process.id, process.num_workers)
        numbers = range(self._next + skipped, len(plan), step)
        batches = self._drawn(epoch, plan, numbers, 0 if process else self._workers)
        with closing(batches):
            for number, batch in zip(numbers, batches, strict=True):
                self._epoch, self._next = (epoch, number + 1) if number + 1 < len(plan) else (epoch + 1, 0)
                yield batch

    def _plan(self, epoch: int) -> EpochPlan:
        return EpochPlan(
            self._groups,
            self._batch_size,
            self._buffer,
            seed=(self._seed, epoch) if self._shuffle else None,
            rank=self._rank,
            world_size=self._world_size,
        )

    def _drawn(self, epoch: int, plan: EpochPlan, numbers: range, workers: int) -> Generator[TaskBatch, None, None]:
        """Batches of an epoch in order; each worker draws some ahead of the one that is wanted."""
        pool = ThreadPoolExecutor(workers, thread_name_prefix="task-loader") if workers else None
        buffers = _Buffers(self._path, plan, pool)
        waiting: deque[Future[TaskBatch]] = deque()
        try:
            for number in numbers:
                parts = [(buffers.get(buffer), places) for buffer, places in plan.batch(number)]
                waiting.append(_submit(pool, self._draw, epoch, number, parts))
                if len(waiting) > _BATCHES_AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            if pool is not None:
                pool.shutdown(cancel_futures=True)

    def _draw(self, epoch: int, number: int, parts: Sequence[tuple[Future[_Buffer], LongArray]]) -> TaskBatch:
        """A batch, from the places of its tasks in buffers; turned by a stream of its own."""
        rng = np.random.default_rng(np.random.SeedSequence([self._seed, epoch, self._rank, number]))
        used = [(buffer.result(), places) for buffer, places in parts]
        turns = [
            rng.integers(np.minimum(buffer.tasks.symmetries[places], self._n_symmetries)) for buffer, places in used
        ]
        drawings = [
            buffer.tasks.draw(places, *self.size, self.most_missing, self.vocabulary, turned)
            for (buffer, places), turned in zip(used, turns, strict=True)
        ]
        drawing = drawings[0]
        if len(drawings) > 1:
            drawing = Drawing(*(np.concatenate(arrays) for arrays in zip(*drawings, strict=True)))
        actions = action_rows(drawing.target, self.size[1], self.vocabulary)
        return TaskBatch(
            grid=torch.from_numpy(drawing.grid),
            hand=torch.from_numpy(drawing.hand),
            target=torch.from_numpy(actions),
            n_missing=torch.from_numpy((actions[:, :, 0] > 0).sum(axis=1)),
            value=torch.from_numpy(np.concatenate([buffer.tasks.value[places] for buffer, places in used])),
            row=torch.from_numpy(np.concatenate([buffer.rows[places] for buffer, places in used])),
            symmetry=torch.from_numpy(np.concatenate(turns)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Buffer:
    """Tasks that are shuffled among each other, and the number of each within its config and split."""

    tasks: PackedTasks
    rows: LongArray

    @classmethod
    def read(cls, path: Path, units: Sequence[Group]) -> _Buffer:
        parts = []
        for unit in units:
            with open_shard(path / unit.path, SHARED_COLUMNS) as file:
                table = file.read_row_group(unit.number, columns=list(PACKED_COLUMNS), use_threads=False)
            parts.append(PackedTasks.of(table if len(unit.rows) == table.num_rows else table.take(unit.rows)))
        return cls(joined(parts), np.concatenate([unit.first + unit.rows for unit in units]))


class _Buffers:
    """The buffers in use, each read once; with a pool the next one is read ahead."""

    def __init__(self, path: Path, plan: EpochPlan, pool: ThreadPoolExecutor | None) -> None:
        self._path, self._plan, self._pool = path, plan, pool
        self._read: dict[int, Future[_Buffer]] = {}

    def get(self, number: int) -> Future[_Buffer]:
        """Buffer `number`; numbers only rise, so those well before it are forgotten."""
        self._read.pop(number - 2, None)
        last = number + (self._pool is not None)
        for wanted in range(number, min(last + 1, len(self._plan.buffers))):
            if wanted not in self._read:
                self._read[wanted] = _submit(self._pool, _Buffer.read, self._path, self._plan.buffers[wanted])
        return self._read[number]


def _submit(pool: ThreadPoolExecutor | None, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """The work's future; without a pool it is done at once."""
    if pool is not None:
        return pool.submit(work, *args, **kwargs)
    future: Future[T] = Future()
    future.set_result(work(*args, **kwargs))
    return future


def _room(largest: tuple[int, int], symmetries: Symmetries) -> tuple[int, int]:
    """The (H, W) that holds the largest task, also when it lies on its side."""
    return largest if symmetries == "none" else (max(largest), max(largest))


def _place(rank: int | None, world_size: int | None) -> tuple[int, int]:
    """(rank, number of ranks), as given or as torch.distributed says."""
    if rank is None and world_size is None:
        distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
        return (torch.distributed.get_rank(), torch.distributed.get_world_size()) if distributed else (0, 1)
    if rank is None or world_size is None or not 0 <= rank < world_size:
        raise UsageError(f"rank is {rank} of world_size {world_size}: give both, the rank below the size, or neither")
    return rank, world_size


def _check_numbers(**numbers: tuple[int, int]) -> None:
    for name, (number, least) in numbers.items():
        if number < least:
            raise UsageError(f"{name} is {number}, expected {least} or more")
