"""Whether a dataset is what its manifest says."""

from __future__ import annotations

from pathlib import Path

from factorion_cli.datasets.manifest import DatasetInfo, Shard, file_sha256
from factorion_cli.datasets.reader import iter_tasks
from factorion_cli.datasets.schema import CONFIGS
from factorion_cli.errors import DatasetError


def damaged_files(info: DatasetInfo) -> list[str]:
    """What is wrong with each file that differs from the manifest, in path order; empty when all is well."""
    files = (*info.shards, *((info.dense,) if info.dense else ()))
    found = (damage(info.path / file.path, file) for file in sorted(files, key=lambda file: file.path))
    return [problem for problem in found if problem]


def damage(path: Path, file: Shard) -> str | None:
    """What is wrong with the file at `path`, which the manifest knows as `file`; None when nothing is."""
    if not path.is_file():
        return f"{file.path}: missing"
    if path.stat().st_size != file.bytes:
        return f"{file.path}: {path.stat().st_size} bytes, the manifest says {file.bytes}"
    if file_sha256(path) != file.sha256:
        return f"{file.path}: its sha256 differs from the manifest's"
    return None


def wrong_rows(info: DatasetInfo) -> list[str]:
    """What is wrong with the rows: counts, an id twice, a family in two splits, a row that is no task."""
    if not info.shards:
        return []
    problems: list[str] = []
    ids: set[str] = set()
    home: dict[str, str] = {}
    for config in CONFIGS:
        for split in info.splits(config):
            try:
                problems += _check_split(info, config, split, ids, home)
            except DatasetError as error:
                problems.append(str(error))
    return problems


def _check_split(info: DatasetInfo, config: str, split: str, ids: set[str], home: dict[str, str]) -> list[str]:
    problems: list[str] = []
    rows = 0
    for rows, task in enumerate(iter_tasks(info.path, split, config), start=1):  # noqa: B007 - the last is the count
        if task.id in ids:
            problems.append(f"{config}/{split}: the id {task.id} stands twice")
        ids.add(task.id)
        if home.setdefault(task.family, split) != split:
            problems.append(f"family {task.family} is in {home[task.family]} and in {split}")
    if rows != info.rows(config, split):
        problems.append(f"{config}/{split}: {rows} rows, the manifest says {info.rows(config, split)}")
    return problems
