"""Whether a dataset is what its manifest says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from factorion_cli.datasets.manifest import DatasetInfo, Shard, file_sha256
from factorion_cli.datasets.reader import group_tables, iter_tables
from factorion_cli.datasets.schema import (
    ALL_CONFIGS,
    DEMONSTRATIONS,
    FactoryCache,
    FactoryText,
    rows_to_tasks,
    task_to_row,
    tasks_schema,
)
from factorion_cli.errors import DatasetError
from factorion_cli.factory.vocabulary import default_vocabulary

_PACKED = ("entities", "endpoints")
_DERIVED = ("n_missing", "width", "height", "hand", "missing_kinds", "throughput_left")
"""Columns that follow from the others; _PACKED do so by the vocabulary."""


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


def wrong_rows(info: DatasetInfo, tell: Callable[[int], None] = lambda _: None) -> list[str]:
    """What is wrong with the rows: a row that is no task or is packed wrong, an id twice, a family in two splits,
    a demonstration that solves nothing, counts.

    `tell` is called with the number of tasks checked so far.
    """
    if not info.shards:
        return []
    seen = _Seen(tell)
    problems: list[str] = []
    for config in ALL_CONFIGS:
        check = _wrong_demonstrations if config == DEMONSTRATIONS else _wrong_tasks
        for split in info.splits(config):
            try:
                problems += check(info, config, split, seen)
            except DatasetError as error:
                problems.append(str(error))
    return problems


@dataclass(slots=True)
class _Seen:
    """What the rows so far hold: the missing of each task by its id, and the split of each family."""

    tell: Callable[[int], None]
    missing: dict[str, tuple[int, ...]] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)


def _wrong_tasks(info: DatasetInfo, config: str, split: str, seen: _Seen) -> Iterator[str]:
    rows = 0
    text, factories, names = FactoryText(), FactoryCache(), tasks_schema().names
    # Ids of another vocabulary cannot be made here.
    derived = (*_DERIVED, *_PACKED) if info.vocabulary == default_vocabulary().to_json() else _DERIVED
    for shard, _, table in group_tables(info, split, config, names):
        columns = {name: table.column(name).to_pylist() for name in names}
        for row, task in enumerate(rows_to_tasks(columns, factories, shard.path)):
            if task.id in seen.missing:
                yield f"{config}/{split}: the id {task.id} stands twice"
            seen.missing[task.id] = task.missing
            seen.tell(len(seen.missing))
            if seen.home.setdefault(task.family, split) != split:
                yield f"family {task.family} is in {seen.home[task.family]} and in {split}"
            made = task_to_row(task, text)
            wrong = [name for name in derived if _plain(made[name]) != columns[name][row]]
            if wrong:
                yield f"{config}/{split}: task {task.id} is not what its factory says in {', '.join(wrong)}"
        rows += table.num_rows
    if rows != info.rows(config, split):
        yield f"{config}/{split}: {rows} rows, the manifest says {info.rows(config, split)}"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _wrong_demonstrations(info: DatasetInfo, config: str, split: str, seen: _Seen) -> Iterator[str]:
    rows = 0
    for table in iter_tables(info.path, split, config):
        for row in table.to_pylist():
            missing = seen.missing.get(row["task"])
            if missing is None:
                yield f"{config}/{split}: there is no task {row['task']} to demonstrate"
            elif not _solves(row["order"], row["alternatives"], missing):
                yield f"{config}/{split}: task {row['task']} lacks {missing}, its demonstration places {row['order']}"
        rows += table.num_rows
    if rows != info.rows(config, split):
        yield f"{config}/{split}: {rows} rows, the manifest says {info.rows(config, split)}"


def _solves(order: list[int], alternatives: list[list[int]], missing: tuple[int, ...]) -> bool:
    """Whether all that is missing is placed once, and each alternative is of what is placed later."""
    return (
        sorted(order) == list(missing)
        and len(alternatives) == len(order)
        and all(set(others) <= set(order[step + 1 :]) for step, others in enumerate(alternatives))
    )
