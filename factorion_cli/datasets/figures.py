"""The figures of a dataset: what its card and `factorion dataset show` print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.reader import read_columns
from factorion_cli.datasets.schema import CONFIGS, SPLITS

QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
_COUNTED = ("category", "level", "n_missing", "licence")
_MEASURED = ("width", "height", "throughput_reference")
_COLUMNS = (*_COUNTED, *_MEASURED, "missing_kinds", "family", "design", "source", "game_version")


@dataclass(frozen=True, slots=True)
class SplitFigures:
    """Counts of one config and split."""

    config: str
    split: str
    tasks: int
    families: int
    designs: int


@dataclass(frozen=True, slots=True)
class ConfigFigures:
    """What one config holds over all its splits.

    Attributes:
        config: "throughput" or "structural".
        counts: tasks by value, most first, for each of category, level, n_missing, missing_kind, licence and
            game_version (major and minor). A task with several missing entities counts once for each of their kinds.
        quantiles: minimum, quartiles and maximum of width and height (tiles) and throughput_reference (items/s).
    """

    config: str
    counts: Mapping[str, Mapping[str, int]]
    quantiles: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class DatasetFigures:
    """All figures of a dataset, in a fixed order."""

    splits: tuple[SplitFigures, ...]
    configs: tuple[ConfigFigures, ...]
    families: int
    designs: int
    sources: int

    def to_json(self) -> dict[str, Any]:
        """The mapping that `--json` prints."""
        return asdict(self)


def dataset_figures(info: DatasetInfo) -> DatasetFigures:
    """Count what the Parquet shards hold; raises DatasetError for a dataset without any task or with a bad shard."""
    splits: list[SplitFigures] = []
    configs: list[ConfigFigures] = []
    families: set[str] = set()
    designs: set[str] = set()
    sources: set[str] = set()
    for config in CONFIGS:
        parts = {split: _columns(info, config, split) for split in SPLITS if info.rows(config, split)}
        for split, part in parts.items():
            families.update(part["family"])
            designs.update(part["design"])
            sources.update(part["source"])
            splits.append(_split_figures(config, split, part))
        if parts:
            configs.append(_config_figures(config, parts.values()))
    return DatasetFigures(tuple(splits), tuple(configs), len(families), len(designs), len(sources))


def _columns(info: DatasetInfo, config: str, split: str) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = read_columns(info.path, split, _COLUMNS, config).to_pydict()
    return columns


def _split_figures(config: str, split: str, part: Mapping[str, list[Any]]) -> SplitFigures:
    return SplitFigures(config, split, len(part["family"]), len(set(part["family"])), len(set(part["design"])))


def _config_figures(config: str, parts: Iterable[Mapping[str, list[Any]]]) -> ConfigFigures:
    merged: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for part in parts:
        for name in _COLUMNS:
            merged[name].extend(part[name])
    counts = {name: _counted(merged[name]) for name in _COUNTED}
    counts["missing_kind"] = _counted(kind for kinds in merged["missing_kinds"] for kind in set(kinds))
    counts["game_version"] = _counted(".".join(version.split(".")[:2]) for version in merged["game_version"])
    quantiles = {name: [round(float(q), 3) for q in np.quantile(merged[name], QUANTILES)] for name in _MEASURED}
    return ConfigFigures(config, counts, quantiles)


def _counted(values: Iterable[Any]) -> dict[str, int]:
    counter = Counter(str(value) for value in values)
    return dict(sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])))
