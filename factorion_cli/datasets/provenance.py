"""Where the tasks of a dataset come from: a table with one line per design's source."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.reader import read_columns
from factorion_cli.datasets.schema import CONFIGS

if TYPE_CHECKING:
    import pyarrow as pa

SOURCES_NAME = "sources.csv"
_COLUMNS = ("source", "title", "author", "url", "licence", "game_version")


def write_sources(info: DatasetInfo) -> Path:
    """Write `sources.csv` into the dataset: source, title, author, url, licence, game version and number of tasks."""
    table = _sources(info)
    path = info.path / SOURCES_NAME
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow((*_COLUMNS, "tasks"))
        rows = zip(*(table.column(name).to_pylist() for name in (*_COLUMNS, "source_count")), strict=True)
        writer.writerows(sorted(rows))
    return path


def _sources(info: DatasetInfo) -> pa.Table:
    import pyarrow as pa

    parts = [read_columns(info.path, split, _COLUMNS, config) for config in CONFIGS for split in info.splits(config)]
    return pa.concat_tables(parts).group_by(list(_COLUMNS)).aggregate([("source", "count")])
