"""Tasks on disk: their schema, shards, splits, cards, readers and the build from blueprints."""

from factorion_cli.datasets.manifest import DatasetInfo, Shard
from factorion_cli.datasets.reader import iter_tasks, read_columns, read_tasks
from factorion_cli.datasets.schema import CONFIGS, SCHEMA_VERSION, SPLITS, tasks_schema
from factorion_cli.datasets.split import split_of
from factorion_cli.datasets.validation import damaged_files, wrong_rows
from factorion_cli.datasets.writer import TaskWriter

__all__ = [
    "CONFIGS",
    "SCHEMA_VERSION",
    "SPLITS",
    "DatasetInfo",
    "Shard",
    "TaskWriter",
    "damaged_files",
    "iter_tasks",
    "read_columns",
    "read_tasks",
    "split_of",
    "tasks_schema",
    "wrong_rows",
]
