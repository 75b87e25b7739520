"""The layout of a dataset folder and its manifest.

DIR/
  README.md        the card: configs for `load_dataset`, figures, how it was made
  manifest.json    version, seed, settings, vocabulary; rows, bytes and sha256 of every shard
  report.json      what was read, kept and skipped, and why
  skipped.jsonl    every string or blueprint that gave nothing, with its reason
  designs.parquet  every design with its family, by which later builds keep families where they are
  data/<config>/<split>/part-00000-of-00012.parquet
  tasks.h5         the dense form, where it was asked for
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from factorion_cli import __version__
from factorion_cli.datasets.schema import ALL_CONFIGS, CONFIGS, SCHEMA_VERSION, SPLITS
from factorion_cli.errors import DatasetError
from factorion_cli.factory.vocabulary import default_vocabulary

FORMAT_NAME = "factorion-tasks"
MANIFEST_NAME = "manifest.json"
DENSE_NAME = "tasks.h5"


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of rows. `path` is relative to the dataset folder, with forward slashes; `sha256` is hexadecimal."""

    path: str
    config: str
    split: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What the manifest of a dataset says.

    Attributes:
        path: the dataset folder.
        shards: every Parquet file, sorted by path; empty when only the dense form was written.
        counts: rows by config, then split; splits without rows are left out.
        seed: the seed that the tasks were drawn with.
        settings: the options that shaped the rows.
        vocabulary: entity, item and recipe names in id order, as `Vocabulary.to_json` gives them.
        game_version: version of the prototype table.
        tool_version: version of factorion that wrote it.
        fingerprint: sha256 over the configs, splits and hashes of all files of rows; names the content.
        dense: the HDF5 file, if there is one (its `config` and `split` are "all").
        schema_version: SCHEMA_VERSION at the time of writing.
    """

    path: Path
    shards: tuple[Shard, ...]
    counts: Mapping[str, Mapping[str, int]]
    seed: int
    settings: Mapping[str, Any]
    vocabulary: Any
    game_version: str
    tool_version: str
    fingerprint: str
    dense: Shard | None = None
    schema_version: int = field(default=SCHEMA_VERSION)

    def rows(self, config: str | None = None, split: str | None = None) -> int:
        """Number of rows in a config and split; None: tasks in all of them, demonstrations not counted."""
        return sum(
            rows
            for found, splits in self.counts.items()
            for part, rows in splits.items()
            if (found in CONFIGS if config is None else found == config) and split in (None, part)
        )

    def splits(self, config: str) -> tuple[str, ...]:
        """Splits of a config that have rows, in the order train, validation, test."""
        return tuple(split for split in SPLITS if self.rows(config, split))

    def shards_of(self, config: str, split: str) -> tuple[Shard, ...]:
        """The Parquet files of one config and split, in order."""
        return tuple(shard for shard in self.shards if (shard.config, shard.split) == (config, split))

    @classmethod
    def load(cls, directory: Path | str) -> DatasetInfo:
        """Read the manifest of a dataset folder; raises DatasetError when it is not one, or of another version."""
        raw = _read_manifest(Path(directory))
        try:
            return cls(
                path=Path(directory),
                shards=tuple(Shard(**shard) for shard in raw["shards"]),
                counts=raw["counts"],
                seed=raw["seed"],
                settings=raw["settings"],
                vocabulary=raw["vocabulary"],
                game_version=raw["game_version"],
                tool_version=raw["tool_version"],
                fingerprint=raw["fingerprint"],
                dense=Shard(**raw["dense"]) if raw.get("dense") else None,
            )
        except (KeyError, TypeError) as error:
            raise DatasetError(
                f"{Path(directory) / MANIFEST_NAME} is damaged: {error}; build the dataset again"
            ) from error

    def save(self) -> None:
        """Write the manifest into the folder."""
        raw = {
            "format": FORMAT_NAME,
            "schema_version": self.schema_version,
            "tool_version": self.tool_version,
            "game_version": self.game_version,
            "fingerprint": self.fingerprint,
            "seed": self.seed,
            "settings": dict(self.settings),
            "counts": {config: dict(splits) for config, splits in self.counts.items()},
            "shards": [asdict(shard) for shard in self.shards],
            "dense": asdict(self.dense) if self.dense else None,
            "vocabulary": self.vocabulary,
        }
        (self.path / MANIFEST_NAME).write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def fresh_info(folder: Path, shards: Sequence[Shard], seed: int, settings: Mapping[str, Any]) -> DatasetInfo:
    """The manifest of a dataset that this version has just written, in the ids of its own vocabulary."""
    vocabulary = default_vocabulary()
    return DatasetInfo(
        path=folder,
        shards=tuple(shards),
        counts=count_rows(shards),
        seed=seed,
        settings=settings,
        vocabulary=vocabulary.to_json(),
        game_version=vocabulary.game_version,
        tool_version=__version__,
        fingerprint=content_fingerprint(shards),
    )


def _read_manifest(directory: Path) -> dict[str, Any]:
    path = directory / MANIFEST_NAME
    if not directory.is_dir():
        raise DatasetError(
            f"there is no dataset at {directory}: make one with `factorion build-dataset INPUT -o {directory}`"
        )
    if not path.is_file():
        raise DatasetError(
            f"{directory} has no {MANIFEST_NAME}, so it is no dataset of factorion (or an unfinished one)"
        )
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read: {error}; build the dataset again") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT_NAME:
        raise DatasetError(f"{path} is not the manifest of a dataset of tasks (expected format {FORMAT_NAME!r})")
    if raw.get("schema_version") != SCHEMA_VERSION:
        raise DatasetError(
            f"{directory} has schema version {raw.get('schema_version')}, this factorion reads {SCHEMA_VERSION}: "
            "build it again with `factorion build-dataset`, or install the factorion that wrote it "
            f"({raw.get('tool_version', 'unknown')})"
        )
    return raw


def check_part(config: str, split: str) -> None:
    """Raise DatasetError for a config or split that no dataset has."""
    if config not in ALL_CONFIGS:
        raise DatasetError(f"no config is called {config!r}, expected one of {', '.join(ALL_CONFIGS)}")
    if split not in SPLITS:
        raise DatasetError(f"no split is called {split!r}, expected one of {', '.join(SPLITS)}")


def file_sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe_file(root: Path, path: Path, config: str, split: str, rows: int) -> Shard:
    """The Shard entry of a finished file below `root`."""
    return Shard(
        path=path.relative_to(root).as_posix(),
        config=config,
        split=split,
        rows=rows,
        bytes=path.stat().st_size,
        sha256=file_sha256(path),
    )


def content_fingerprint(files: Sequence[Shard]) -> str:
    """One sha256 that names the content of all files of rows, in the order of their paths."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda shard: shard.path):
        digest.update(f"{file.config}/{file.split} {file.rows} {file.sha256}\n".encode())
    return digest.hexdigest()


def count_rows(shards: Sequence[Shard]) -> dict[str, dict[str, int]]:
    """Rows by config, then split, in the fixed order of both."""
    counts: dict[str, dict[str, int]] = {}
    for config in ALL_CONFIGS:
        for split in SPLITS:
            rows = sum(shard.rows for shard in shards if (shard.config, shard.split) == (config, split))
            if rows:
                counts.setdefault(config, {})[split] = rows
    return counts
