"""The card lets `load_dataset` open the folder as it is."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from factorion_cli.datasets import DatasetInfo, TaskWriter
from factorion_cli.datasets.card import write_card
from factorion_cli.datasets.figures import dataset_figures
from factorion_cli.datasets.manifest import count_rows
from factorion_cli.datasets.report import BuildReport
from factorion_cli.datasets.schema import demonstrations_schema
from factorion_cli.tasks.task import Provenance
from tests.datasets.conftest import line_tasks, write_dataset

_LOAD = """
import sys
from datasets import get_dataset_config_names, load_dataset
for config in get_dataset_config_names(sys.argv[1]):
    for split, rows in load_dataset(sys.argv[1], config).items():
        print(config, split, len(rows), rows[0].get("id") or rows[0]["alternatives"])
"""


def _card(info: DatasetInfo) -> str:
    write_card(info, dataset_figures(info), BuildReport(files=1, blueprints=40))
    return (info.path / "README.md").read_text()


def _load(directory: Path, cache: Path) -> list[str]:
    """What Hugging Face datasets sees, in a process of its own: it sets up logging and signal handlers globally."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(cache), "HF_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(directory)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_load_dataset_opens_every_config_and_split(small_dataset: DatasetInfo, tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    _card(small_dataset)
    seen = {tuple(line.split()[:3]) for line in _load(small_dataset.path, tmp_path / "cache")}
    counts = small_dataset.counts
    assert seen == {(config, split, str(rows)) for config in counts for split, rows in counts[config].items()}


def test_load_dataset_opens_demonstrations(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    (tmp_path / "ds").mkdir()
    row = {"task": "throughput-2-0", "family": "one", "order": [0], "alternatives": [[1, 2]]}
    with TaskWriter(tmp_path / "ds") as writer:
        writer.write("train", line_tasks(2, family="one"))
        writer.append("demonstrations", "train", pa.Table.from_pylist([row], schema=demonstrations_schema()))
    info = replace(write_dataset(tmp_path / "empty", []), path=tmp_path / "ds", shards=writer.shards)
    info = replace(info, counts=count_rows(info.shards))
    info.save()
    assert "### demonstrations" in _card(info)
    assert "demonstrations train 1 [[1, 2]]" in _load(info.path, tmp_path / "cache")


def test_load_dataset_copes_with_missing_splits(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    info = write_dataset(tmp_path / "ds", line_tasks(3, family="one"))
    _card(info)
    assert [line.split()[2] for line in _load(info.path, tmp_path / "cache")] == ["3"]


def test_card_has_figures_columns_and_a_licence(small_dataset: DatasetInfo) -> None:
    text = _card(small_dataset)
    front = yaml.safe_load(text.split("---")[1])
    assert front["license"] == "other"
    assert [config["config_name"] for config in front["configs"]] == ["throughput", "structural"]
    assert f"| throughput | train | {small_dataset.rows('throughput', 'train')} |" in text
    assert "| `throughput_reference` | `double` | items/s |" in text
    assert "### structural: tasks by category" in text
    assert "| `lines.txt` | 40 | 820 | unknown |  |" in text
    assert small_dataset.fingerprint in text


def test_card_shows_plots_and_tasks(small_dataset: DatasetInfo) -> None:
    text = _card(small_dataset)
    shown = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert len(shown) == 7
    assert all((small_dataset.path / path).read_bytes().startswith(b"\x89PNG") for path in shown)
    assert "belts: put back transport-belt; 15.00 items/s" in text


def test_names_of_strangers_stay_in_their_cells(tmp_path: Path) -> None:
    wild = Provenance("a|b.txt#0", author="one\ntwo | three", licence="MIT")
    info = write_dataset(tmp_path / "ds", [replace(task, provenance=wild) for task in line_tasks(2, family="one")])
    assert "| `a\\|b.txt` | 1 | 2 | MIT | one two \\| three |" in _card(info)


def test_sources_are_listed_one_by_one(small_dataset: DatasetInfo) -> None:
    _card(small_dataset)
    with (small_dataset.path / "sources.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 40
    assert {row["source"]: int(row["tasks"]) for row in rows}["lines.txt#7"] == 7
    assert rows[0]["game_version"] == "2.0.28"


def test_card_of_the_same_dataset_is_the_same(small_dataset: DatasetInfo) -> None:
    def files() -> dict[str, bytes]:
        _card(small_dataset)
        return {path.name: path.read_bytes() for path in small_dataset.path.rglob("*") if path.is_file()}

    assert files() == files()
