"""Figures count what the shards hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from factorion_cli.datasets import DatasetInfo
from factorion_cli.datasets.figures import SourceFigures, dataset_figures
from factorion_cli.datasets.filters import parse_conditions
from factorion_cli.datasets.grouping import grouped_figures
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.tasks.task import MissingEntityTask
from tests.datasets.conftest import line_tasks, write_dataset


def test_figures_count_tasks_families_and_kinds(
    small_dataset: DatasetInfo, small_tasks: list[MissingEntityTask]
) -> None:
    figures = dataset_figures(small_dataset)
    assert sum(split.tasks for split in figures.splits) == len(small_tasks)
    assert (figures.families, figures.designs, figures.demonstrations) == (40, 40, 0)
    assert figures.sources == (SourceFigures("lines.txt", 40, 820, ("unknown",), ()),)
    throughput = figures.configs[0]
    assert throughput.counts["missing_kind"] == {"transport-belt": small_dataset.rows("throughput")}
    assert throughput.counts["game_version"] == {"2.0": small_dataset.rows("throughput")}
    assert throughput.quantiles["throughput_reference"] == [15.0] * 5
    assert throughput.quantiles["width"][-1] == 41
    assert throughput.sizes.edges[0] == 0.0
    assert throughput.sizes.edges[-1] == 44.0
    assert sum(throughput.sizes.counts) == small_dataset.rows("throughput")
    assert throughput.throughputs.counts == (small_dataset.rows("throughput"),)
    assert throughput.throughputs.edges[0] <= 15.0 < throughput.throughputs.edges[1]


def test_a_kind_counts_once_in_a_task_and_levels_stand_in_order(tmp_path: Path) -> None:
    one, *_ = line_tasks(5, family="one")
    several = replace(one, id="several", level=4, missing=(0, 2, 3))
    again = replace(one, id="again", level=4, missing=(1, 2))
    figures = dataset_figures(write_dataset(tmp_path / "ds", [several, again, one]))
    assert figures.configs[0].counts["missing_kind"] == {"transport-belt": 3}
    assert list(figures.configs[0].counts["level"].items()) == [("3", 1), ("4", 2)]


def test_tasks_are_grouped_by_a_column(small_dataset: DatasetInfo) -> None:
    groups = grouped_figures(small_dataset, "family", ["throughput"], conditions=parse_conditions(["width<=9"]))
    assert [(group.value, group.tasks) for group in groups] == [(f"family-{n}", n) for n in (7, 6, 5, 3, 2, 1)]
    assert groups[0].medians["width"] == 9
    assert (groups[0].families, groups[0].designs) == (1, 1)
    with pytest.raises(UsageError, match="no column to group by is called 'hand', expected one of kind, level"):
        grouped_figures(small_dataset, "hand")
    with pytest.raises(DatasetError, match=r"no task of .* fits: wanted width>99"):
        grouped_figures(small_dataset, "level", conditions=parse_conditions(["width>99"]))


def test_figures_become_json(small_dataset: DatasetInfo) -> None:
    assert dataset_figures(small_dataset).to_json()["splits"][0]["config"] == "throughput"
