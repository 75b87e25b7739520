"""The Parquet schema of missing-entity tasks, and the two conversions between a row and a task.

One row is one whole task. The reference factory is stored as the JSON of a Factory file, so a row can be read without
any table of ids; the start is the reference less `missing`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from factorion_cli.errors import DatasetError, FactorionError
from factorion_cli.factory import Factory, factory_from_json, factory_to_json
from factorion_cli.tasks.task import MissingEntityTask

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 1
CONFIGS = ("throughput", "structural")
SPLITS = ("train", "validation", "test")

_COLUMNS: tuple[tuple[str, str, str, str, str], ...] = (
    # name, Arrow type, unit, shape, meaning
    ("id", "string", "", "", "unique within the dataset"),
    ("kind", "string", "", "", "throughput: scored by the simulator; structural: scored by exact match"),
    ("level", "int8", "", "", "3 for one entity missing, 4 for several"),
    ("n_missing", "int16", "entities", "", "how many entities are missing"),
    ("width", "int16", "tiles", "", "width of the factory"),
    ("height", "int16", "tiles", "", "height of the factory"),
    ("factory", "string", "", "", "the complete reference factory: JSON of a Factory file, version 1"),
    ("missing", "list<int32>", "", "(n_missing,)", "indices into the factory's entities, ascending"),
    ("hand", "list<string>", "", "(n_missing,)", "names of the missing entities, sorted: what the builder holds"),
    ("missing_kinds", "list<string>", "", "(n_missing,)", "prototype type of each missing entity, as in `missing`"),
    ("throughput_reference", "double", "items/s", "", "into all sinks of the reference; 0 for structural tasks"),
    ("throughput_start", "double", "items/s", "", "into all sinks of the start; 0 for structural tasks"),
    ("family", "string", "", "", "shared by a design, its rotations, mirrors and near-copies"),
    ("design", "string", "", "", "content hash of the design that the task was cut from"),
    ("category", "string", "", "", "what the design does"),
    ("source", "string", "", "", "file, and place in the book, that the design came from"),
    ("licence", "string", "", "", "licence of the source; unknown where none is stated"),
    ("game_version", "string", "", "", "game version written in the blueprint"),
)
COLUMN_NAMES = tuple(column[0] for column in _COLUMNS)


def column_table() -> list[tuple[str, str, str, str, str]]:
    """(name, Arrow type, unit, shape, meaning) of every column, for cards and documentation."""
    return list(_COLUMNS)


@cache
def tasks_schema() -> pa.Schema:
    """The Arrow schema, with unit, shape and meaning in each field's metadata."""
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "int8": pa.int8(),
        "int16": pa.int16(),
        "double": pa.float64(),
        "list<int32>": pa.list_(pa.int32()),
        "list<string>": pa.list_(pa.string()),
    }
    fields = []
    for name, arrow_type, unit, shape, meaning in _COLUMNS:
        notes = {"description": meaning} | ({"unit": unit} if unit else {}) | ({"shape": shape} if shape else {})
        fields.append(pa.field(name, types[arrow_type], nullable=False, metadata=notes))
    return pa.schema(fields, metadata={"factorion": json.dumps({"schema_version": SCHEMA_VERSION})})


class FactoryText:
    """Factories as JSON text; consecutive tasks share a reference, so the latest one is kept."""

    def __init__(self) -> None:
        self._factory: Factory | None = None
        self._text = ""

    def dump(self, factory: Factory) -> str:
        """Compact JSON of `factory`."""
        if factory is not self._factory:
            self._text = json.dumps(factory_to_json(factory), separators=(",", ":"))
            self._factory = factory
        return self._text


def task_to_row(task: MissingEntityTask, text: FactoryText) -> dict[str, Any]:
    """One row of the schema."""
    return {
        "id": task.id,
        "kind": task.kind,
        "level": task.level,
        "n_missing": len(task.missing),
        "width": task.reference.width,
        "height": task.reference.height,
        "factory": text.dump(task.reference),
        "missing": list(task.missing),
        "hand": list(task.hand),
        "missing_kinds": [entity.prototype.type for entity in task.removed],
        "throughput_reference": task.throughput_reference,
        "throughput_start": task.throughput_start,
        "family": task.family,
        "design": task.design,
        "category": task.category,
        "source": task.source,
        "licence": task.licence,
        "game_version": task.game_version,
    }


class FactoryCache:
    """Parsed reference factories by their JSON text, forgotten when too many are held.

    Args:
        capacity: how many factories to hold before the cache is emptied.
    """

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._factories: dict[str, Factory] = {}

    def parse(self, text: str, where: str) -> Factory:
        """The factory of `text`; raises DatasetError naming `where` when it is not one."""
        found = self._factories.get(text)
        if found is None:
            try:
                found = factory_from_json(json.loads(text), where)
            except (ValueError, FactorionError) as error:
                raise DatasetError(f"{where}: the reference factory cannot be read: {error}") from error
            if len(self._factories) >= self._capacity:
                self._factories.clear()
            self._factories[text] = found
        return found


TASK_COLUMNS = (
    *("id", "kind", "level", "factory", "missing", "throughput_reference", "throughput_start"),
    *("family", "design", "category", "source", "licence", "game_version"),
)
"""The columns that a task is made from; the others are derived, for people and queries."""


def rows_to_tasks(columns: Mapping[str, Sequence[Any]], factories: FactoryCache, where: str) -> list[MissingEntityTask]:
    """Tasks from the columns of TASK_COLUMNS, all of one length; raises DatasetError naming the row's id."""
    tasks = []
    for values in zip(*(columns[name] for name in TASK_COLUMNS), strict=True):
        fields = dict(zip(TASK_COLUMNS, values, strict=True))
        reference = factories.parse(fields.pop("factory"), f"{where}, task {fields['id']}")
        missing = tuple(fields.pop("missing"))
        if missing and not 0 <= missing[0] <= missing[-1] < len(reference.entities):
            raise DatasetError(
                f"{where}, task {fields['id']}: missing {missing} reaches beyond its {len(reference.entities)} entities"
            )
        tasks.append(MissingEntityTask(reference=reference, missing=missing, **fields))
    return tasks
