"""Samples are drawn by their seed, from what fits alone."""

from __future__ import annotations

from factorion_cli.datasets import CONFIGS, DatasetInfo, read_tasks
from factorion_cli.datasets.filters import parse_conditions
from factorion_cli.datasets.sampling import sample_tasks


def _ids(sample: list) -> list[str]:
    return [task.id for _, task in sample]


def test_a_sample_follows_its_seed(small_dataset: DatasetInfo) -> None:
    one, same, other = (sample_tasks(small_dataset, 12, seed) for seed in (1, 1, 2))
    assert len(set(_ids(one))) == 12
    assert _ids(one) == _ids(same) != _ids(other)


def test_sampled_tasks_are_those_of_their_split(small_dataset: DatasetInfo) -> None:
    for split, task in sample_tasks(small_dataset, 30, 3):
        assert task in read_tasks(small_dataset.path, split, task.kind)


def test_all_tasks_come_when_there_are_no_more(small_dataset: DatasetInfo) -> None:
    sample = sample_tasks(small_dataset, 10_000, 0, ["throughput"], ["train"])
    assert _ids(sample) == [task.id for task in read_tasks(small_dataset.path, "train")]


def test_without_a_seed_the_sample_is_spread(small_dataset: DatasetInfo) -> None:
    sample = sample_tasks(small_dataset, 20, None)
    assert {task.kind for _, task in sample} == set(CONFIGS)
    assert len({task.family for _, task in sample}) > 8


def test_only_what_fits_is_drawn(small_dataset: DatasetInfo) -> None:
    sample = sample_tasks(small_dataset, 500, 0, conditions=parse_conditions(["width=9"]))
    assert {task.reference.width for _, task in sample} == {9}
    assert len(sample) == 7
    assert sample_tasks(small_dataset, 5, 0, conditions=parse_conditions(["width>99"])) == []
