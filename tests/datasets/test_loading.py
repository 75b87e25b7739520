"""The loader draws every task once an epoch, in an order that the seed decides, and goes on where it was left."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from factorion_cli.datasets import DatasetInfo, read_tasks
from factorion_cli.datasets.loading import TaskBatch, TaskLoader
from factorion_cli.environments import Action, entity_for, exact_match
from factorion_cli.environments.observation import hand_counts
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.factory.symmetry import mirror, rotate
from factorion_cli.factory.tensor import to_tensor
from factorion_cli.factory.vocabulary import default_vocabulary
from tests.datasets.conftest import line_tasks, write_dataset


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Belts of 1 to 40 tiles in row groups of 50 tasks."""
    tasks = [task for length in range(1, 41) for task in line_tasks(length, family="one")]
    return write_dataset(tmp_path_factory.mktemp("lines") / "ds", tasks, rows_per_shard=50).path


SPLIT = "train"


def _rows(batches: list[TaskBatch]) -> list[int]:
    return torch.cat([batch.row for batch in batches]).tolist()


def _same(one: TaskBatch, other: TaskBatch) -> bool:
    names = TaskBatch.__dataclass_fields__
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in names)


def test_batches_hold_what_the_tasks_say(lines: Path) -> None:
    tasks, vocabulary = read_tasks(lines, SPLIT), default_vocabulary()
    loader = TaskLoader(lines, SPLIT, batch_size=64, symmetries="invariant", seed=3)
    batch = next(iter(loader))
    assert len(batch) == 64
    assert set(batch.symmetry.tolist()) == set(range(8))
    for place in range(64):
        task, symmetry = tasks[int(batch.row[place])], int(batch.symmetry[place])
        start, reference = (
            rotate(mirror(factory) if symmetry >= 4 else factory, symmetry % 4)
            for factory in (task.start, task.reference)
        )
        np.testing.assert_array_equal(batch.grid[place], to_tensor(start, *loader.size))
        np.testing.assert_array_equal(batch.hand[place], hand_counts(task.hand))
        action = Action.from_row(batch.target[place, 0].tolist(), loader.size[1])
        missing = [reference.entities[index] for index in task.missing]
        assert exact_match([entity_for(action, vocabulary)], missing, vocabulary)
        assert batch.value[place] == pytest.approx(task.throughput_left)


def test_only_symmetries_that_leave_a_task_alone_are_drawn(tmp_path: Path) -> None:
    tasks = line_tasks(30, family="one")
    handed = [replace(task, id=f"{task.id}h", profile=replace(task.profile, symmetries=4)) for task in tasks]
    path = write_dataset(tmp_path / "ds", [*tasks, *handed]).path
    (batch,) = TaskLoader(path, SPLIT, symmetries="invariant")
    assert set(batch.symmetry[batch.row < 30].tolist()) == set(range(8))
    assert set(batch.symmetry[batch.row >= 30].tolist()) == set(range(4))
    (batch,) = TaskLoader(path, SPLIT, symmetries="rotations")
    assert set(batch.symmetry.tolist()) == set(range(4))


def test_every_task_comes_once_an_epoch_in_another_order(lines: Path) -> None:
    loader = TaskLoader(lines, SPLIT, batch_size=64, buffer=200, seed=1)
    epochs = [_rows(list(loader)) for _ in range(2)]
    assert len(loader) == -(-820 // 64)
    for rows in epochs:
        assert sorted(rows) == list(range(820))
    assert epochs[0] != epochs[1]
    assert max(abs(place - row) for place, row in enumerate(epochs[0])) > 400


def test_without_shuffling_the_order_is_that_of_the_files(lines: Path) -> None:
    assert _rows(list(TaskLoader(lines, SPLIT, shuffle=False, buffer=60))) == list(range(820))


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_batches_do_not_depend_on_the_workers(lines: Path, workers: int) -> None:
    first = list(TaskLoader(lines, SPLIT, batch_size=50, buffer=120, seed=5, symmetries="rotations"))
    other = list(TaskLoader(lines, SPLIT, batch_size=50, buffer=120, seed=5, symmetries="rotations", workers=workers))
    assert all(map(_same, first, other))
    assert len(first) == len(other)


@pytest.mark.parametrize("taken", [0, 1, 7, 13, 20])
def test_a_loaded_state_goes_on_with_the_same_bits(lines: Path, taken: int) -> None:
    def loader() -> TaskLoader:
        return TaskLoader(lines, SPLIT, batch_size=64, buffer=200, seed=2, symmetries="invariant")

    def endless(source: TaskLoader):
        while True:
            yield from source

    whole = endless(loader())
    expected = [next(whole) for _ in range(30)]
    interrupted = loader()
    stream = endless(interrupted)
    for _ in range(taken):
        next(stream)
    state = json.loads(json.dumps(interrupted.state_dict()))
    resumed = loader()
    resumed.load_state_dict(state)
    rest = endless(resumed)
    assert all(_same(batch, next(rest)) for batch in expected[taken:])


def test_a_state_of_other_settings_is_refused(lines: Path) -> None:
    state = TaskLoader(lines, SPLIT, seed=1).state_dict()
    with pytest.raises(DatasetError, match="resume with the same dataset and settings"):
        TaskLoader(lines, SPLIT, seed=2).load_state_dict(state)


@pytest.mark.parametrize("world_size", [2, 3, 8])
def test_ranks_share_the_tasks_evenly_without_overlap(lines: Path, world_size: int) -> None:
    loaders = [TaskLoader(lines, SPLIT, batch_size=16, rank=rank, world_size=world_size) for rank in range(world_size)]
    assert len({len(loader) for loader in loaders}) == 1
    shares = [_rows(list(loader)) for loader in loaders]
    rows = [row for share in shares for row in share]
    assert len(set(rows)) == len(rows)
    assert len(rows) >= 0.75 * 820


_RANK = """
import sys
import torch.distributed as distributed
from factorion_cli.datasets.loading import TaskLoader
distributed.init_process_group("gloo", init_method=sys.argv[1], rank=int(sys.argv[2]), world_size=2)
print([row for batch in TaskLoader(sys.argv[3], batch_size=16) for row in batch.row.tolist()])
distributed.destroy_process_group()
"""


def test_ranks_are_those_of_torch_distributed(lines: Path, tmp_path: Path) -> None:
    meeting = f"file://{tmp_path / 'meeting'}"
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", _RANK, meeting, str(rank), str(lines)], stdout=subprocess.PIPE, text=True
        )
        for rank in range(2)
    ]
    found = [json.loads(process.communicate(timeout=120)[0]) for process in ranks]
    expected = [TaskLoader(lines, SPLIT, batch_size=16, rank=rank, world_size=2) for rank in range(2)]
    assert found == [_rows(list(loader)) for loader in expected]


def test_processes_of_a_dataloader_give_the_same_batches(lines: Path) -> None:
    loader = TaskLoader(lines, SPLIT, batch_size=100, seed=4)
    processes = DataLoader(loader, batch_size=None, num_workers=2, multiprocessing_context="forkserver")
    assert all(map(_same, list(processes), list(loader)))


def test_conditions_and_size_choose_the_tasks(lines: Path) -> None:
    loader = TaskLoader(lines, SPLIT, size=(4, 12), where=["throughput_reference>1", "n_missing=1"])
    assert loader.tasks == sum(range(1, 11))
    assert loader.too_large == 820 - loader.tasks
    assert loader.size == (4, 12)
    assert sum(len(batch) for batch in loader) == loader.tasks


def test_an_iteration_that_was_left_goes_on(lines: Path) -> None:
    loader = TaskLoader(lines, SPLIT, batch_size=64)
    first = next(iter(loader))
    rest = list(loader)
    assert sorted(_rows([first, *rest])) == list(range(820))
    loader.set_epoch(0)
    assert _same(next(iter(loader)), first)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"where": ["level=5"]}, DatasetError, "none of the 820 tasks .* fits: wanted level=5"),
        ({"size": (1, 2)}, DatasetError, "fits: wanted at most 2 x 1 tiles"),
        ({"split": "test"}, DatasetError, "no tasks in throughput/test"),
        ({"batch_size": 0}, UsageError, "batch_size is 0, expected 1 or more"),
        ({"symmetries": "some"}, UsageError, "expected one of none, rotations, invariant"),
        ({"size": (8, 9), "symmetries": "invariant"}, UsageError, "expected a square"),
        ({"rank": 2, "world_size": 2}, UsageError, "rank is 2 of world_size 2"),
    ],
)
def test_what_cannot_be_loaded_says_why(lines: Path, options: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        TaskLoader(lines, **options)


def test_a_shard_that_breaks_while_reading_is_named(tmp_path: Path) -> None:
    info = write_dataset(tmp_path / "ds", line_tasks(30, family="one"))
    loader = TaskLoader(info.path, SPLIT, batch_size=4)
    shard = DatasetInfo.load(info.path).shards[0]
    (info.path / shard.path).write_bytes(b"PAR1")
    with pytest.raises(DatasetError, match=r"part-00000-of-00001\.parquet cannot be read"):
        next(iter(loader))
