"""The figures of a dataset: what its card and `factorion dataset show` print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from factorion_cli.arrays import AnyArray
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.reader import read_columns
from factorion_cli.datasets.schema import CONFIGS, DEMONSTRATIONS, column_table
from factorion_cli.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa

QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
COUNTED = ("category", "level", "removal", "redundant", "licence")
MEASURED = (
    *("n_missing", "width", "height", "throughput_reference", "throughput_left", "utilisation", "power_kw", "raw_cost"),
    "confidence",
)
UNITS = {name: unit for name, _, unit, _, _ in column_table()}
_COLUMNS = (*COUNTED, *MEASURED, "missing_kinds", "family", "design", "source", "game_version", "author", "bottleneck")
_DIGITS = 3
_SIZE_EDGES = tuple(float(tiles) for tiles in range(0, 132, 4))
_RATE_EDGES = tuple(round(2.0 ** (power / 2), 6) for power in range(-14, 23))


@dataclass(frozen=True, slots=True)
class SplitFigures:
    """Counts of one config and split."""

    config: str
    split: str
    tasks: int
    families: int
    designs: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """`counts[i]` tasks lie from `edges[i]` on and below `edges[i + 1]`."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConfigFigures:
    """What one config holds over all its splits.

    Attributes:
        config: "throughput" or "structural".
        counts: tasks by value, most first (levels in their order), for each of COUNTED, missing_kind, bottleneck (where
            there is one) and game_version (major and minor). A task with several missing entities counts once for each
            of their kinds.
        quantiles: minimum, quartiles and maximum of each of MEASURED, in the units of the columns.
        sizes: the longer side of the factories, in tiles.
        throughputs: of the references, in items per second; the bins grow by half an octave.
    """

    config: str
    counts: Mapping[str, Mapping[str, int]]
    quantiles: Mapping[str, Sequence[float]]
    sizes: Histogram
    throughputs: Histogram


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """What one file gave, with the licences and authors that it states."""

    source: str
    designs: int
    tasks: int
    licences: tuple[str, ...]
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatasetFigures:
    """All figures of a dataset, in a fixed order; `sources` has the file with most tasks first."""

    splits: tuple[SplitFigures, ...]
    configs: tuple[ConfigFigures, ...]
    families: int
    designs: int
    sources: tuple[SourceFigures, ...]
    demonstrations: int

    def to_json(self) -> dict[str, Any]:
        """The mapping that `--json` prints."""
        return asdict(self)


def dataset_figures(info: DatasetInfo) -> DatasetFigures:
    """Count what the Parquet shards hold; raises DatasetError for a dataset without any task or with a bad shard."""
    import pyarrow as pa

    parts = {
        (config, split): read_columns(info.path, split, _COLUMNS, config)
        for config in CONFIGS
        for split in info.splits(config)
    }
    if not parts:
        raise DatasetError(f"{info.path} holds no task")
    whole = pa.concat_tables(parts.values())
    by_config = {config: [table for (found, _), table in parts.items() if found == config] for config in CONFIGS}
    return DatasetFigures(
        splits=tuple(
            SplitFigures(config, split, table.num_rows, distinct(table, "family"), distinct(table, "design"))
            for (config, split), table in parts.items()
        ),
        configs=tuple(
            _config_figures(config, pa.concat_tables(tables)) for config, tables in by_config.items() if tables
        ),
        families=distinct(whole, "family"),
        designs=distinct(whole, "design"),
        sources=_source_figures(whole),
        demonstrations=info.rows(DEMONSTRATIONS),
    )


def with_unit(name: str) -> str:
    """A column's name for people, such as "power, kW"."""
    unit = UNITS[name]
    words = name.removesuffix(f"_{unit.lower()}").replace("_", " ")
    return f"{words}, {unit}" if unit else words


def distinct(table: pa.Table, name: str) -> int:
    """How many different values a column has."""
    import pyarrow.compute as pc

    return int(pc.count_distinct(table.column(name)).as_py())


def _config_figures(config: str, table: pa.Table) -> ConfigFigures:
    import pyarrow.compute as pc

    counts = {name: counted(table.column(name)) for name in COUNTED}
    counts["missing_kind"] = _counted_kinds(table.column("missing_kinds"))
    limits = pc.filter(table.column("bottleneck"), pc.not_equal(table.column("bottleneck"), ""))
    if len(limits):
        counts["bottleneck"] = counted(limits)
    short = pc.replace_substring_regex(table.column("game_version"), r"^([^.]*\.[^.]*)\..*$", r"\1")
    counts["game_version"] = counted(short)
    measured = {name: table.column(name).to_numpy() for name in MEASURED}
    longest = np.maximum(measured["width"], measured["height"])
    return ConfigFigures(
        config,
        counts,
        quantiles={name: _quantiles(values) for name, values in measured.items()},
        sizes=_histogram(longest, _SIZE_EDGES),
        throughputs=_histogram(measured["throughput_reference"], _RATE_EDGES),
    )


def counted(column: pa.ChunkedArray) -> dict[str, int]:
    """How often each value stands in a column: numbers in their order, words most first."""
    pairs = [(pair["values"], pair["counts"]) for pair in column.value_counts().to_pylist()]
    pairs.sort(key=lambda pair: pair[0] if isinstance(pair[0], int) else (-pair[1], pair[0]))
    return {_word(value): count for value, count in pairs}


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _counted_kinds(column: pa.ChunkedArray) -> dict[str, int]:
    """Tasks by kind: a kind counts once in a task."""
    import pyarrow as pa

    lists = column.combine_chunks()
    pairs = pa.table({"task": lists.value_parent_indices(), "kind": lists.flatten()})
    return counted(pairs.group_by(["task", "kind"]).aggregate([]).column("kind"))


def _quantiles(values: AnyArray) -> list[float]:
    """Minimum, quartiles and maximum, rounded; empty for an empty column."""
    return [round(float(value), _DIGITS) for value in np.quantile(values, QUANTILES)] if len(values) else []


def _histogram(values: AnyArray, edges: Sequence[float]) -> Histogram:
    """Bins that hold something and those between them; values beyond the edges count in the outermost bins."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    used = np.flatnonzero(counts)
    if not len(used):
        return Histogram((), ())
    first, last = int(used[0]), int(used[-1])
    return Histogram(tuple(edges[first : last + 2]), tuple(counts[first : last + 1].tolist()))


def _source_figures(table: pa.Table) -> tuple[SourceFigures, ...]:
    """By file: the place in a book, after the #, is left out."""
    import pyarrow.compute as pc

    files = pc.list_element(pc.split_pattern(table.column("source"), "#", max_splits=1), 0)
    groups = table.select(["design", "licence", "author"]).append_column("file", files).group_by("file")
    words = [("licence", "distinct"), ("author", "distinct")]
    found = groups.aggregate([("design", "count_distinct"), ("design", "count"), *words]).to_pylist()
    sources = [
        SourceFigures(
            row["file"],
            row["design_count_distinct"],
            row["design_count"],
            tuple(sorted(row["licence_distinct"])),
            tuple(sorted(filter(None, row["author_distinct"]))),
        )
        for row in found
    ]
    return tuple(sorted(sources, key=lambda source: (-source.tasks, source.source)))
