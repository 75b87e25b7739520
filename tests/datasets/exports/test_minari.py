"""Minari opens the export, and its episodes are what the environment itself would record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from factorion_cli.datasets import DatasetInfo, TaskWriter, read_tasks
from factorion_cli.datasets.exports import export_minari
from factorion_cli.datasets.manifest import count_rows
from factorion_cli.datasets.schema import demonstrations_schema
from factorion_cli.environments import MissingEntityEnv
from factorion_cli.errors import DatasetError
from factorion_cli.tasks.task import MissingEntityTask
from tests.datasets.conftest import line_tasks, write_dataset

minari = pytest.importorskip("minari")


@pytest.fixture
def solved(tmp_path: Path) -> DatasetInfo:
    """Lines: one belt missing, three missing with an order, none missing but an arm in the hand; one structural."""
    one, *_ = line_tasks(5, family="one")
    several = replace(one, id="several", level=4, missing=(0, 2, 3), throughput_start=3.75)
    keep = replace(one, id="keep", level=1, missing=(), spare=("inserter",), throughput_start=15.0)
    exact = replace(line_tasks(6, "structural", family="one")[0], missing=(1, 2))
    info = write_dataset(tmp_path / "ds", [])
    order = {"task": "several", "family": "one", "order": [3, 0, 2], "alternatives": [[], [2], []]}
    with TaskWriter(info.path) as writer:
        writer.write("train", [one, several, keep, exact])
        writer.append("demonstrations", "train", pa.Table.from_pylist([order], schema=demonstrations_schema()))
    info = replace(info, shards=writer.shards, counts=count_rows(writer.shards))
    info.save()
    return info


def _load(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> minari.MinariDataset:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(folder))
    return minari.load_dataset(name)


def _replayed(task: MissingEntityTask, side: int, actions: np.ndarray) -> tuple[dict[str, np.ndarray], list[float]]:
    env = MissingEntityEnv([task], window=(side, side))
    observation, _ = env.reset(seed=0)
    seen, rewards = [observation], []
    for place, action in enumerate(actions):
        observation, reward, terminated, truncated, _ = env.step(action)
        assert terminated == (place == len(actions) - 1)
        assert not truncated
        assert env.invalid_actions == 0
        seen.append(observation)
        rewards.append(reward)
    return {name: np.stack([state[name] for state in seen]) for name in observation}, rewards


def test_episodes_are_what_the_environment_would_record(
    solved: DatasetInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = export_minari(solved, tmp_path / "minari", "my set")
    assert ids == ["factorion/my-set/throughput-train-v0", "factorion/my-set/structural-train-v0"]
    for name, config in zip(ids, ("throughput", "structural"), strict=True):
        dataset = _load(tmp_path / "minari", name, monkeypatch)
        tasks = read_tasks(solved.path, "train", config)
        assert dataset.total_episodes == len(tasks)
        assert dataset.total_steps == sum(len(task.missing) or 1 for task in tasks)
        for episode, task in zip(dataset.iterate_episodes(), tasks, strict=True):
            side = episode.observations["grid"].shape[-1]
            seen, rewards = _replayed(task, side, episode.actions)
            for key, values in seen.items():
                np.testing.assert_array_equal(episode.observations[key], values)
            np.testing.assert_allclose(episode.rewards, rewards, atol=1e-6)
            assert episode.terminations.tolist() == [False] * (len(episode) - 1) + [True]


def test_recorded_orders_are_followed(solved: DatasetInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (name,) = export_minari(solved, tmp_path / "minari", "ds", configs=["throughput"])
    episode = _load(tmp_path / "minari", name, monkeypatch)[1]
    assert episode.actions[:, 1].tolist() == [4, 1, 3]  # tiles: a line of belts begins at 1


def test_the_environment_can_be_recovered(solved: DatasetInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (name,) = export_minari(solved, tmp_path / "minari", "ds", configs=["throughput"])
    dataset = _load(tmp_path / "minari", name, monkeypatch)
    env = dataset.recover_environment()
    assert dataset.observation_space == env.observation_space
    assert dataset.action_space == env.action_space
    assert minari.list_local_datasets()[name]["total_episodes"] == 3


def test_nothing_to_export_is_said(solved: DatasetInfo, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no task to export"):
        export_minari(solved, tmp_path / "minari", "ds", splits=["test"])
