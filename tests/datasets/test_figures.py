"""Figures count what the shards hold."""

from __future__ import annotations

from factorion_cli.datasets import DatasetInfo
from factorion_cli.datasets.figures import dataset_figures
from factorion_cli.tasks.task import MissingEntityTask


def test_figures_count_tasks_families_and_kinds(
    small_dataset: DatasetInfo, small_tasks: list[MissingEntityTask]
) -> None:
    figures = dataset_figures(small_dataset)
    assert sum(split.tasks for split in figures.splits) == len(small_tasks)
    assert (figures.families, figures.designs, figures.sources) == (40, 40, 40)
    throughput = figures.configs[0]
    assert throughput.counts["missing_kind"] == {"transport-belt": small_dataset.rows("throughput")}
    assert throughput.counts["game_version"] == {"2.0": small_dataset.rows("throughput")}
    assert throughput.quantiles["throughput_reference"] == [15.0] * 5
    assert throughput.quantiles["width"][-1] == 41


def test_figures_become_json(small_dataset: DatasetInfo) -> None:
    assert dataset_figures(small_dataset).to_json()["splits"][0]["config"] == "throughput"
