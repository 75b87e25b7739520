"""Datasets made of datasets: those tasks that fit some conditions, or those of several datasets together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from factorion_cli import __version__
from factorion_cli.datasets.card import write_card
from factorion_cli.datasets.figures import counted, dataset_figures
from factorion_cli.datasets.filters import Condition
from factorion_cli.datasets.leaks import leak_check
from factorion_cli.datasets.manifest import DatasetInfo, content_fingerprint, count_rows
from factorion_cli.datasets.reader import iter_tables
from factorion_cli.datasets.roster import ROSTER_NAME, RosterEntry, load_roster, save_roster
from factorion_cli.datasets.schema import CONFIGS, DEMONSTRATIONS, SPLITS
from factorion_cli.datasets.whole import made_whole
from factorion_cli.datasets.workspace import check_output
from factorion_cli.datasets.writer import TaskWriter
from factorion_cli.errors import DatasetError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

Tell = Callable[[int], None]
_IDENTITY = ("kind", "entities", "endpoints", "missing", "spare")
"""Columns that make two tasks the same to a builder; `factory` instead of the packed ones where those are empty."""


def filter_dataset(
    directory: Path,
    out: Path,
    conditions: Sequence[Condition],
    configs: Sequence[str] = CONFIGS,
    splits: Sequence[str] = SPLITS,
    *,
    overwrite: bool = False,
    tell: Tell = lambda _: None,
) -> DatasetInfo:
    """Write the tasks that fit, with their demonstrations, as a dataset of its own; splits and order stay.

    `tell` is called with the number of rows written so far.

    Raises:
        DatasetError: no dataset there, a damaged shard, or no task that fits (nothing is written then).
        UsageError: `out` is taken.
    """
    info = DatasetInfo.load(directory)
    check_output(out, overwrite)
    made = {"made_by": "filter", "from": info.fingerprint, "where": [str(condition) for condition in conditions]}
    made |= {"configs": list(configs), "splits": list(splits)}

    def rows() -> Iterator[tuple[str, str, pa.Table]]:
        kept: dict[str, str] = {}
        for config in configs:
            for split in splits:
                for table in _tables(info, config, split, conditions):
                    kept.update((name, name) for name in table.column("id").to_pylist())
                    yield config, split, table
        for split in splits:
            yield from _demonstrations(info, split, kept)

    return _write(out, [info], made, rows(), tell)


@dataclass(slots=True)
class MergeReport:
    """What a merge did.

    Attributes:
        repeated: tasks left out because an earlier dataset has the same one.
        renamed: tasks that got another id, because an earlier dataset has another task of that id.
    """

    repeated: int = 0
    renamed: int = 0


@dataclass(slots=True)
class _Merging:
    report: MergeReport
    digests: set[bytes] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def fresh(self, table: pa.Table) -> tuple[pa.Table, dict[str, str]]:
        """The rows that no earlier dataset has, under ids of their own, and the new ids by the old ones."""
        names: dict[str, str] = {}
        kept: list[int] = []
        for row, (name, digest) in enumerate(zip(table.column("id").to_pylist(), _digests(table), strict=True)):
            if digest in self.digests:
                self.report.repeated += 1
                continue
            self.digests.add(digest)
            names[name] = self._own_id(name)
            kept.append(row)
        fresh = table.take(np.array(kept, np.int64))
        return _with_column(fresh, "id", [names[name] for name in fresh.column("id").to_pylist()]), names

    def _own_id(self, name: str) -> str:
        own, number = name, 1
        while own in self.ids:
            number += 1
            own = f"{name}.{number}"
        self.report.renamed += own != name
        self.ids.add(own)
        return own


def merge_datasets(
    directories: Sequence[Path],
    out: Path,
    *,
    allow_leaks: bool = False,
    overwrite: bool = False,
    tell: Tell = lambda _: None,
) -> tuple[DatasetInfo, MergeReport]:
    """Write the tasks of all datasets as one, each in its split; a task that several have is kept once.

    Args:
        directories: at least two datasets of one vocabulary.
        out: the folder to make.
        allow_leaks: merge even where a design, or a near-copy of it, is in different splits of two datasets.
        overwrite: replace a dataset that stands at `out`.
        tell: is called with the number of rows written so far.

    Raises:
        DatasetError: no dataset there, another vocabulary, or a leak (named with the command that shows all).
        UsageError: fewer than two datasets, or `out` is taken.
    """
    if len(directories) < 2:
        raise UsageError("give two datasets or more to merge")
    infos = [DatasetInfo.load(directory) for directory in directories]
    check_output(out, overwrite)
    _check_vocabularies(infos)
    if not allow_leaks:
        _check_leaks(infos)
    made = {"made_by": "merge", "from": [info.fingerprint for info in infos], "allow_leaks": allow_leaks}
    merging = _Merging(MergeReport())

    def rows() -> Iterator[tuple[str, str, pa.Table]]:
        for info in infos:
            names: dict[str, str] = {}
            for config in CONFIGS:
                for split in SPLITS:
                    for table in _tables(info, config, split):
                        fresh, renamed = merging.fresh(table)
                        names |= renamed
                        yield config, split, fresh
            for split in SPLITS:
                yield from _demonstrations(info, split, names)

    return _write(out, infos, made, rows(), tell), merging.report


def _check_vocabularies(infos: Sequence[DatasetInfo]) -> None:
    for info in infos[1:]:
        if info.vocabulary != infos[0].vocabulary:
            raise DatasetError(
                f"{info.path} has the vocabulary of game {info.game_version}, {infos[0].path} that of "
                f"{infos[0].game_version}: build both with one version of factorion"
            )


def _check_leaks(infos: Sequence[DatasetInfo]) -> None:
    """Refuse datasets of which one is tested on what another is trained on, or nearly."""
    for first, second in combinations(infos, 2):
        leaks = [overlap for overlap in leak_check(first.path, second.path) if overlap.is_leak]
        if leaks:
            pieces = sum(overlap.pieces.total() for overlap in leaks)
            one, other, _ = leaks[0].examples[0]
            raise DatasetError(
                f"{pieces} references of {second.path} are like some of {first.path} in another split, such as "
                f"{other} ({leaks[0].second}) and {one} ({leaks[0].first}). `factorion dataset leak-check {first.path} "
                f"{second.path}` shows more; --allow-leaks merges nevertheless"
            )


def _tables(info: DatasetInfo, config: str, split: str, conditions: Sequence[Condition] = ()) -> Iterator[pa.Table]:
    if info.shards_of(config, split):
        yield from iter_tables(info.path, split, config, conditions=conditions)


def _demonstrations(info: DatasetInfo, split: str, names: Mapping[str, str]) -> Iterator[tuple[str, str, pa.Table]]:
    """The demonstrations of tasks that were kept, under their new names."""
    for table in _tables(info, DEMONSTRATIONS, split):
        tasks = table.column("task").to_pylist()
        kept = [row for row, name in enumerate(tasks) if name in names]
        if kept:
            yield DEMONSTRATIONS, split, _with_column(table.take(kept), "task", [names[tasks[row]] for row in kept])


def _with_column(table: pa.Table, name: str, values: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(place), pa.array(values, pa.string()))


def _digests(table: pa.Table) -> Iterator[bytes]:
    """What tells the tasks of a table apart."""
    columns = [table.column(name).to_pylist() for name in ("factory", *_IDENTITY)]
    for factory, kind, entities, endpoints, missing, spare in zip(*columns, strict=True):
        reference = entities + endpoints if entities else factory.encode()
        yield hashlib.blake2b(f"{kind}{missing}{spare}".encode() + reference, digest_size=16).digest()


def _write(
    out: Path,
    origins: Sequence[DatasetInfo],
    made: Mapping[str, Any],
    rows: Iterable[tuple[str, str, pa.Table]],
    tell: Tell,
) -> DatasetInfo:
    """A dataset folder of finished rows; what is not in them is as in the first origin."""
    designs: dict[str, Counter[str]] = {}
    written = 0
    with made_whole(out) as folder:
        folder.mkdir()
        with TaskWriter(folder) as writer:
            for config, split, table in rows:
                if table.num_rows:
                    writer.append(config, split, table)
                    _count_designs(designs, config, table)
                    written += table.num_rows
                    tell(written)
        info = DatasetInfo(
            path=folder,
            shards=writer.shards,
            counts=count_rows(writer.shards),
            seed=origins[0].seed,
            settings=made,
            vocabulary=origins[0].vocabulary,
            game_version=origins[0].game_version,
            tool_version=__version__,
            fingerprint=content_fingerprint(writer.shards),
        )
        if not info.rows():
            raise DatasetError(f"no task is left, so nothing was written: {made}")
        info.save()
        save_roster(folder, _roster(origins, designs))
        write_card(info, dataset_figures(info))
    return DatasetInfo.load(out)


def _count_designs(designs: dict[str, Counter[str]], config: str, table: pa.Table) -> None:
    """Count the tasks of each design by config; demonstrations name no design."""
    if config in CONFIGS:
        for design, count in counted(table.column("design")).items():
            designs.setdefault(design, Counter())[config] += count


def _roster(origins: Sequence[DatasetInfo], designs: Mapping[str, Counter[str]]) -> Iterator[RosterEntry]:
    """The designs that have rows, as their first dataset has them; which of their tasks were kept is not known here."""
    seen: set[str] = set()
    for info in origins:
        for entry in load_roster(info.path) if (info.path / ROSTER_NAME).is_file() else ():
            if entry.design in designs and entry.design not in seen:
                seen.add(entry.design)
                kept = designs[entry.design]
                yield replace(
                    entry, rows=(), throughput=kept["throughput"], structural=kept["structural"], demonstrations=0
                )
