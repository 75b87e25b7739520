"""The Parquet schema of missing-entity tasks and demonstrations, and the two conversions between a row and a task.

One row is one whole task. The reference factory is stored as the JSON of a Factory file, so a row can be read without
any table of ids; the start is the reference less `missing`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from factorion_cli.errors import DataError, DatasetError, FactorionError
from factorion_cli.factory import Factory, factory_from_json, factory_to_json
from factorion_cli.factory.tensor import endpoint_rows, entity_rows
from factorion_cli.tasks.profile import Profile
from factorion_cli.tasks.task import MissingEntityTask, Provenance

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 2
CONFIGS = ("throughput", "structural")
"""Those that hold tasks."""
DEMONSTRATIONS = "demonstrations"
ALL_CONFIGS = (*CONFIGS, DEMONSTRATIONS)
SPLITS = ("train", "validation", "test")

_COLUMNS: tuple[tuple[str, str, str, str, str], ...] = (
    # name, Arrow type, unit, shape, meaning
    ("id", "string", "", "", "unique within the dataset"),
    ("kind", "string", "", "", "throughput: scored by the simulator; structural: scored by exact match"),
    ("level", "int8", "", "", "1 keep, 2 improve, 3 one entity missing, 4 several missing, 5 only the endpoints"),
    ("removal", "string", "", "", "how the missing were chosen: none, one, several, cluster, path, kind or all"),
    ("n_missing", "int16", "entities", "", "how many entities are missing"),
    ("width", "int16", "tiles", "", "width of the factory"),
    ("height", "int16", "tiles", "", "height of the factory"),
    ("factory", "string", "", "", "the complete reference factory: JSON of a Factory file, version 1"),
    (
        "entities",
        "binary",
        "",
        "(n, 9)",
        "its entities, little-endian int16: see `factory.tensor.entity_rows`",
    ),
    (
        "endpoints",
        "binary",
        "",
        "(k, 7)",
        "the reference's sources and sinks, little-endian int16: see `factory.tensor.endpoint_rows`",
    ),
    ("missing", "list<int32>", "", "(n_missing,)", "indices into the factory's entities, ascending"),
    ("spare", "list<string>", "", "", "names of entities in the builder's hand beyond the missing ones, sorted"),
    ("hand", "list<string>", "", "", "names of all that the builder holds, sorted: the missing and the spare ones"),
    ("missing_kinds", "list<string>", "", "(n_missing,)", "prototype type of each missing entity, as in `missing`"),
    ("throughput_reference", "double", "items/s", "", "into all sinks of the reference; 0 for structural tasks"),
    ("throughput_start", "double", "items/s", "", "into all sinks of the start; 0 for structural tasks"),
    (
        "throughput_left",
        "double",
        "",
        "",
        "share of the reference's throughput that the start delivers; above 1 where less is more",
    ),
    ("redundant", "bool", "", "", "solved as it stands: kept out of success scores"),
    (
        "equivalents",
        "int16",
        "placements",
        "",
        "placements as good as what was taken out, itself included; 0: not counted",
    ),
    ("family", "string", "", "", "shared by a design, its rotations, mirrors and near-copies"),
    ("design", "string", "", "", "content hash of the design that the task was cut from"),
    ("category", "string", "", "", "what the reference does"),
    ("inputs", "list<string>", "", "", "items of its sources, sorted"),
    ("outputs", "list<string>", "", "", "items that arrived at its sinks, sorted"),
    ("utilisation", "double", "", "", "mean share of the time that its machines work, 0 to 1"),
    ("bottleneck", "string", "", "", "what limits the reference; empty when nothing does"),
    ("power_kw", "double", "kW", "", "electric power that it draws while it runs"),
    ("raw_cost", "double", "items", "", "raw items that building it takes"),
    ("confidence", "double", "", "", "least confidence of its inferred endpoints, 0 to 1; 1 where they were given"),
    ("symmetries", "int8", "", "", "8: its rotations and mirror images work as it does; 4: its rotations alone"),
    ("source", "string", "", "", "file, and place in the book, that the design came from"),
    ("title", "string", "", "", "what its author called it"),
    ("author", "string", "", "", "who made it"),
    ("url", "string", "", "", "where it was published"),
    ("licence", "string", "", "", "licence of the source; unknown where none is stated"),
    ("game_version", "string", "", "", "game version written in the blueprint"),
)
_DEMONSTRATION_COLUMNS: tuple[tuple[str, str, str, str, str], ...] = (
    ("task", "string", "", "", "id of the task that is solved"),
    ("order", "list<int32>", "", "(n_missing,)", "indices of the missing entities as a builder would put them back"),
    (
        "alternatives",
        "list<list<int32>>",
        "",
        "(n_missing, *)",
        "for each step, the other missing entities that would have been as good a next one",
    ),
    ("family", "string", "", "", "family of the task"),
)


def column_table(config: str = CONFIGS[0]) -> list[tuple[str, str, str, str, str]]:
    """(name, Arrow type, unit, shape, meaning) of every column of a config, for cards and documentation."""
    return list(_DEMONSTRATION_COLUMNS if config == DEMONSTRATIONS else _COLUMNS)


def schema_of(config: str) -> pa.Schema:
    """The Arrow schema of a config: that of tasks, or of demonstrations."""
    return demonstrations_schema() if config == DEMONSTRATIONS else tasks_schema()


@cache
def tasks_schema() -> pa.Schema:
    """The Arrow schema of tasks, with unit, shape and meaning in each field's metadata."""
    return _schema(_COLUMNS)


@cache
def demonstrations_schema() -> pa.Schema:
    """The Arrow schema of demonstrations: one row is one order in which a task's missing entities are put back."""
    return _schema(_DEMONSTRATION_COLUMNS)


def _schema(columns: Iterable[tuple[str, str, str, str, str]]) -> pa.Schema:
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "binary": pa.binary(),
        "bool": pa.bool_(),
        "int8": pa.int8(),
        "int16": pa.int16(),
        "double": pa.float64(),
        "list<int32>": pa.list_(pa.int32()),
        "list<list<int32>>": pa.list_(pa.list_(pa.int32())),
        "list<string>": pa.list_(pa.string()),
    }
    fields = []
    for name, arrow_type, unit, shape, meaning in columns:
        notes = {"description": meaning} | ({"unit": unit} if unit else {}) | ({"shape": shape} if shape else {})
        fields.append(pa.field(name, types[arrow_type], nullable=False, metadata=notes))
    return pa.schema(fields, metadata={"factorion": json.dumps({"schema_version": SCHEMA_VERSION})})


class FactoryText:
    """Factories as JSON text and packed entities; consecutive tasks share a reference, so the latest one is kept."""

    def __init__(self) -> None:
        self._factory: Factory | None = None
        self._columns: dict[str, Any] = {}

    def columns(self, factory: Factory) -> dict[str, Any]:
        """The columns `factory` (compact JSON), `entities` and `endpoints`."""
        if factory is not self._factory:
            text = json.dumps(factory_to_json(factory), separators=(",", ":"))
            self._columns = {"factory": text} | pack_rows(factory)
            self._factory = factory
        return self._columns


def pack_rows(factory: Factory) -> dict[str, bytes]:
    """The columns `entities` and `endpoints`; both empty when a name has no id in the vocabulary."""
    try:
        rows = {"entities": entity_rows(factory), "endpoints": endpoint_rows(factory)}
    except DataError:
        return {"entities": b"", "endpoints": b""}
    return {name: values.astype("<i2").tobytes() for name, values in rows.items()}


def task_to_row(task: MissingEntityTask, text: FactoryText) -> dict[str, Any]:
    """One row of the schema."""
    row = {name: getattr(task, name) for name in _TASK_FIELDS}
    row |= {name: getattr(task.profile, name) for name in _PROFILE_FIELDS}
    row |= {name: getattr(task.provenance, name) for name in _PROVENANCE_FIELDS}
    row |= text.columns(task.reference)
    return row | {
        "n_missing": len(task.missing),
        "width": task.reference.width,
        "height": task.reference.height,
        "hand": task.hand,
        "missing_kinds": [entity.prototype.type for entity in task.removed],
        "throughput_left": task.throughput_left,
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


_TASK_FIELDS = (
    *("id", "kind", "level", "removal", "missing", "spare", "throughput_reference", "throughput_start"),
    *("redundant", "equivalents", "family", "design"),
)
_PROFILE_FIELDS = (
    *("category", "inputs", "outputs", "utilisation", "bottleneck", "power_kw", "raw_cost", "confidence", "symmetries"),
)
_PROVENANCE_FIELDS = ("source", "title", "author", "url", "licence", "game_version")
TASK_COLUMNS = ("factory", *_TASK_FIELDS, *_PROFILE_FIELDS, *_PROVENANCE_FIELDS)
"""The columns that a task is made from; the others are derived, for people, queries and loaders."""


def rows_to_tasks(columns: Mapping[str, Sequence[Any]], factories: FactoryCache, where: str) -> list[MissingEntityTask]:
    """Tasks from the columns of TASK_COLUMNS, all of one length; raises DatasetError naming the row's id."""
    rows = zip(*(columns[name] for name in TASK_COLUMNS), strict=True)
    return [_task(dict(zip(TASK_COLUMNS, values, strict=True)), factories, where) for values in rows]


def _task(row: dict[str, Any], factories: FactoryCache, where: str) -> MissingEntityTask:
    reference = factories.parse(row["factory"], f"{where}, task {row['id']}")
    missing = tuple(row["missing"])
    if missing and not 0 <= missing[0] <= missing[-1] < len(reference.entities):
        raise DatasetError(
            f"{where}, task {row['id']}: missing {missing} reaches beyond its {len(reference.entities)} entities"
        )
    facts = {name: row[name] for name in _PROFILE_FIELDS}
    facts |= {name: tuple(facts[name]) for name in ("inputs", "outputs")}
    fields = {name: row[name] for name in _TASK_FIELDS} | {"missing": missing, "spare": tuple(row["spare"])}
    return MissingEntityTask(
        reference=reference,
        profile=Profile(throughput=row["throughput_reference"], **facts),
        provenance=Provenance(**{name: row[name] for name in _PROVENANCE_FIELDS}),
        **fields,
    )
