"""Tasks as flat arrays, straight from Parquet's columns, and their tensors: no JSON and no Factory in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from factorion_cli.arrays import AnyArray, FloatArray, GridArray, LongArray, MaskArray
from factorion_cli.datasets.kernels import FIXED, TURNS, TURNS_ON_DIAGONAL, draw_tasks
from factorion_cli.factory.tensor import CHANNELS
from factorion_cli.factory.vocabulary import Vocabulary
from factorion_cli.prototypes import load_table

if TYPE_CHECKING:
    import pyarrow as pa

PACKED_COLUMNS = (
    *("entities", "endpoints", "missing", "spare", "width", "height", "kind", "throughput_left", "symmetries"),
)
"""What PackedTasks are made from."""
SHARED_COLUMNS = ("entities", "endpoints")
"""Those that all tasks of one reference share: read them as dictionaries."""
TARGET_FIELDS = ("entity", "x", "y", "quarter", "recipe", "filter", "variant")
ACTION_FIELDS = ("entity", "tile", "direction", "variant", "content")
_UNDERGROUND_VARIANTS = 2  # higher ones are a splitter's priorities, which stay with the entity in the hand
_ENTITY_FIELDS, _ENDPOINT_FIELDS = 9, 7


class Drawing(NamedTuple):
    """B tasks as arrays.

    Attributes:
        grid: (B, C, H, W) int16: the starts, as `factory.tensor.to_tensor` draws them.
        hand: (B, n_entities) int16: how many of each entity id the builder holds.
        target: (B, M, 7) int16: TARGET_FIELDS of what is missing in reference order, 0 beyond.
    """

    grid: GridArray
    hand: GridArray
    target: GridArray


@dataclass(frozen=True, slots=True, eq=False)
class PackedTasks:
    """N tasks on R distinct sets of entities and Q of endpoints.

    Attributes:
        size: (N, 2) int64 width and height, tiles.
        value: (N,) float32 share of the reference's throughput that the start delivers; NaN for structural tasks.
        symmetries: (N,) int64 how many of the eight leave its rules alone, see `tasks.symmetries`.
        entity_code: (N,) int64 which reference a task has.
        entity_first: (R + 1,) int64 where the entities of each reference begin.
        entities: (E, 9) int16 rows of `factory.tensor.entity_rows`.
        endpoint_code: (N,) int64.
        endpoint_first: (Q + 1,) int64.
        endpoints: (K, 7) int16 rows of `factory.tensor.endpoint_rows`.
        missing_first: (N + 1,) int64 where the missing of each task begin.
        missing: (S,) int64 indices within a reference, ascending in each task.
        spare: names beyond the missing ones in the hand of the few tasks that have such, by task.
    """

    size: LongArray
    value: FloatArray
    symmetries: LongArray
    entity_code: LongArray
    entity_first: LongArray
    entities: GridArray
    endpoint_code: LongArray
    endpoint_first: LongArray
    endpoints: GridArray
    missing_first: LongArray
    missing: LongArray
    spare: dict[int, list[str]]

    def __len__(self) -> int:
        return len(self.size)

    @classmethod
    def of(cls, table: pa.Table) -> PackedTasks:
        """The tasks of a table with PACKED_COLUMNS."""
        structural = _numpy(table, "kind") == "structural"
        entity_code, entity_first, entities = _packed_rows(table.column("entities"), _ENTITY_FIELDS)
        endpoint_code, endpoint_first, endpoints = _packed_rows(table.column("endpoints"), _ENDPOINT_FIELDS)
        missing_first, missing = _lists(table.column("missing"))
        spare_first, _ = _lists(table.column("spare"))
        spare = table.column("spare")
        return cls(
            size=np.stack([_numpy(table, "width"), _numpy(table, "height")], axis=1).astype(np.int64),
            value=np.where(structural, np.nan, _numpy(table, "throughput_left")).astype(np.float32),
            symmetries=_numpy(table, "symmetries").astype(np.int64),
            entity_code=entity_code,
            entity_first=entity_first,
            entities=entities,
            endpoint_code=endpoint_code,
            endpoint_first=endpoint_first,
            endpoints=endpoints,
            missing_first=missing_first,
            missing=missing.astype(np.int64),
            spare={int(row): spare[int(row)].as_py() for row in np.flatnonzero(np.diff(spare_first))},
        )

    def with_missing(self, rows: LongArray, missing: Sequence[Sequence[int]]) -> PackedTasks:
        """Tasks on the references of `rows`, each with its own entities missing (ascending) and nothing spare."""
        counts = np.array([len(indices) for indices in missing], np.int64)
        return self.without(rows, counts, np.array([index for indices in missing for index in indices], np.int64))

    def without(self, rows: LongArray, counts: LongArray, missing: LongArray) -> PackedTasks:
        """The same of flat arrays: `counts` (N,) entities are missing of each, and `missing` are all of these."""
        return PackedTasks(
            size=self.size[rows],
            value=np.full(len(rows), np.nan, np.float32),
            symmetries=self.symmetries[rows],
            entity_code=self.entity_code[rows],
            entity_first=self.entity_first,
            entities=self.entities,
            endpoint_code=self.endpoint_code[rows],
            endpoint_first=self.endpoint_first,
            endpoints=self.endpoints,
            missing_first=starts(counts),
            missing=missing,
            spare={},
        )

    def draw(
        self,
        picks: LongArray,
        height: int,
        width: int,
        most_missing: int,
        vocabulary: Vocabulary,
        symmetries: LongArray | None = None,
    ) -> Drawing:
        """The tasks `picks` as tensors of `height` x `width` tiles with room for `most_missing` targets.

        Args:
            picks: (B,) numbers of tasks. What does not fit is cut off; callers choose what fits.
            height: rows of the grid.
            width: columns of the grid.
            most_missing: M of the targets; the hand counts all.
            vocabulary: of the dataset.
            symmetries: (B,) 0 to 7, see `kernels.draw_tasks`; None: all as they stand.
        """
        drawing = Drawing(
            np.zeros((len(picks), len(CHANNELS), height, width), np.int16),
            np.zeros((len(picks), vocabulary.n_entities), np.int16),
            np.zeros((len(picks), most_missing, len(TARGET_FIELDS)), np.int16),
        )
        draw_tasks(
            picks,
            np.zeros(len(picks), np.int64) if symmetries is None else symmetries,
            self.size,
            self.entity_code,
            self.entity_first,
            self.entities,
            self.endpoint_code,
            self.endpoint_first,
            self.endpoints,
            self.missing_first,
            self.missing,
            turning(vocabulary),
            *drawing,
        )
        if self.spare:
            self._add_spare(drawing.hand, picks, vocabulary)
        return drawing

    def _add_spare(self, hand: GridArray, picks: LongArray, vocabulary: Vocabulary) -> None:
        for row, task in enumerate(picks.tolist()):
            for name in self.spare.get(task, ()):
                hand[row, vocabulary.entity_id(name)] += 1


def joined(parts: Sequence[PackedTasks]) -> PackedTasks:
    """The tasks of all parts, in order."""
    if len(parts) == 1:
        return parts[0]
    before = starts(np.array([len(part) for part in parts]))
    entity_code, entity_first, entities = _joined_rows([(p.entity_code, p.entity_first, p.entities) for p in parts])
    endpoint_code, endpoint_first, endpoints = _joined_rows(
        [(p.endpoint_code, p.endpoint_first, p.endpoints) for p in parts]
    )
    return PackedTasks(
        size=np.concatenate([part.size for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        symmetries=np.concatenate([part.symmetries for part in parts]),
        entity_code=entity_code,
        entity_first=entity_first,
        entities=entities,
        endpoint_code=endpoint_code,
        endpoint_first=endpoint_first,
        endpoints=endpoints,
        missing_first=_joined_starts([part.missing_first for part in parts]),
        missing=np.concatenate([part.missing for part in parts]),
        spare={
            int(start) + row: names
            for start, part in zip(before, parts, strict=False)
            for row, names in part.spare.items()
        },
    )


def action_rows(target: GridArray, width: int, vocabulary: Vocabulary) -> LongArray:
    """(B, M, 5) int64 ACTION_FIELDS of targets: the rows of `environments.action` in a window `width` tiles wide.

    Entity 0 marks what is only padding. The content is 0, a recipe id, or n_recipes + item id - 1 of an arm's filter.
    """
    entity, x, y, quarter, recipe, filter_, variant = np.moveaxis(target.astype(np.int64), 2, 0)
    crafts, grabs = _settable(vocabulary)
    content = np.where(crafts[entity], recipe, 0)
    content = np.where(grabs[entity] & (filter_ > 0), vocabulary.n_recipes + filter_ - 1, content)
    direction = np.where(turning(vocabulary)[entity] == FIXED, 0, quarter)
    variant = np.where(variant > _UNDERGROUND_VARIANTS, 0, variant)
    return np.stack([entity, y * width + x, direction, variant, content], axis=2)


@cache
def _settable(vocabulary: Vocabulary) -> tuple[MaskArray, MaskArray]:
    """Two (n_entities,) bool: what is set to a recipe (furnaces take what they are fed), and what to a filter."""
    crafts, grabs = np.zeros((2, vocabulary.n_entities), np.bool_)
    for number, name in enumerate(vocabulary.entities, start=1):
        prototype = load_table().entities.get(name)
        if prototype is not None:
            crafts[number] = prototype.machine is not None and not prototype.machine.furnace
            grabs[number] = prototype.inserter is not None
    return crafts, grabs


@cache
def turning(vocabulary: Vocabulary) -> LongArray:
    """(n_entities,) how each entity id of a vocabulary turns with its factory, see `kernels`."""
    return np.array([FIXED, *map(_turning, vocabulary.entities)], np.int64)


def _turning(name: str) -> int:
    prototype = load_table().entities.get(name)
    if prototype is None or not prototype.rotatable:
        return FIXED
    return TURNS_ON_DIAGONAL if prototype.type == "storage-tank" else TURNS


def _numpy(table: pa.Table, name: str) -> AnyArray:
    array: AnyArray = table.column(name).to_numpy()
    return array


def starts(counts: LongArray) -> LongArray:
    """(n + 1,) int64: where each of n runs begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def _joined_starts(parts: Sequence[LongArray]) -> LongArray:
    return starts(np.concatenate([np.diff(part) for part in parts]))


def _joined_rows(
    parts: Sequence[tuple[LongArray, LongArray, GridArray]],
) -> tuple[LongArray, LongArray, GridArray]:
    before = starts(np.array([len(first) - 1 for _, first, _ in parts]))
    codes = np.concatenate([code + start for (code, _, _), start in zip(parts, before, strict=False)])
    return codes, _joined_starts([first for _, first, _ in parts]), np.concatenate([rows for _, _, rows in parts])


def _packed_rows(column: Any, fields: int) -> tuple[LongArray, LongArray, GridArray]:
    """(codes, where each distinct set of rows begins, all rows) of a column of packed int16 rows."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    values = array.dictionary
    offsets, data = _offsets(values), values.buffers()[2]
    rows = np.frombuffer(data, "<i2") if data is not None else np.zeros(0, np.int16)
    rows = rows[offsets[0] // 2 : offsets[-1] // 2].astype(np.int16, copy=False)
    first = (offsets - offsets[0]) // (2 * fields)
    return array.indices.to_numpy().astype(np.int64), first, rows.reshape(-1, fields)


def _lists(column: Any) -> tuple[LongArray, AnyArray]:
    """(where each list begins, all values) of a list column."""
    array = column.combine_chunks()
    offsets = _offsets(array)
    values = array.values.slice(offsets[0], offsets[-1] - offsets[0])
    return offsets - offsets[0], values.to_numpy(zero_copy_only=False)


def _offsets(array: Any) -> LongArray:
    """(n + 1,) int64 offsets of a binary or list array, which may be a slice of a longer one."""
    offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    return offsets.astype(np.int64)
