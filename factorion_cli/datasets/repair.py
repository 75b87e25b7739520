"""Making the damaged files of a finished dataset again, exactly those and exactly as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from factorion_cli import __version__
from factorion_cli.datasets.assembly import kept_rows, parts_of
from factorion_cli.datasets.designs import Place, Sieve
from factorion_cli.datasets.families import Families, as_signature
from factorion_cli.datasets.manifest import MANIFEST_NAME, DatasetInfo, Shard
from factorion_cli.datasets.report import BuildReport
from factorion_cli.datasets.roster import RosterEntry, load_roster
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.datasets.stages import Stages, Tell
from factorion_cli.datasets.validation import damage
from factorion_cli.datasets.workspace import workspace
from factorion_cli.datasets.writer import TaskWriter
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.factory.vocabulary import default_vocabulary

if TYPE_CHECKING:
    import pyarrow as pa


def is_finished(out: Path) -> bool:
    """Whether a finished dataset stands there."""
    return (out / MANIFEST_NAME).is_file()


def repair_dataset(
    inputs: Sequence[str], out: Path, settings: BuildSettings, executor: Executor | None, tell: Tell
) -> tuple[DatasetInfo, BuildReport]:
    """Make every damaged or missing file of rows of a dataset again; no other file is touched.

    Only the designs that a damaged shard was made from are mined. Args as for `build_dataset`.

    Raises:
        UsageError: the dataset was made with other settings or by another version.
        DatasetError: the inputs do not give the same bytes any more, or too much is damaged.
    """
    info = DatasetInfo.load(out)
    _check_made_so(info, settings)
    broken = [shard for shard in info.shards if damage(out / shard.path, shard)]
    if broken:
        with workspace(out, {"repair_of": info.fingerprint}, resume=True, overwrite=False) as work:
            stages = Stages(work, settings, executor, tell)
            places = _places(inputs, load_roster(out), stages)
            for shard in broken:
                made = _made_again(work.dataset, info, shard, places, stages)
                _put_in_place(made, out, shard)
            work.remove()
    if info.dense is not None and damage(out / info.dense.path, info.dense):
        _make_dense_again(info, info.dense)
    return info, BuildReport.load(out)


def _check_made_so(info: DatasetInfo, settings: BuildSettings) -> None:
    now = settings.recorded() | {"seed": settings.seed, "tool_version": __version__}
    now["game_version"] = default_vocabulary().game_version
    before = dict(info.settings) | {"seed": info.seed, "tool_version": info.tool_version}
    before["game_version"] = info.game_version
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            raise UsageError(
                f"{info.path} was made with {name.replace('_', '-')} {before.get(name)}, now it is {now.get(name)}: "
                "give the options of then to repair it, or --overwrite to make another one"
            )


def _places(inputs: Sequence[str], roster: Sequence[RosterEntry], stages: Stages) -> list[tuple[RosterEntry, Place]]:
    """Each design of the dataset with where it stands in the inputs."""
    families = Families()
    for entry in roster:
        families.pin(entry.design, entry.family, as_signature(entry.signature))
    report = BuildReport()
    found = {place.key: place for place in stages.read(inputs, Sieve(families, report, stages.settings.limit), report)}
    gone = [entry.source for entry in roster if entry.design not in found]
    if gone:
        raise DatasetError(
            f"{len(gone)} designs of the dataset are not in the inputs any more, such as {gone[0]}: give the inputs "
            "that it was made from, or build it again with --overwrite"
        )
    return [(entry, found[entry.design]) for entry in roster]


def _made_again(
    folder: Path, info: DatasetInfo, shard: Shard, places: Sequence[tuple[RosterEntry, Place]], stages: Stages
) -> Path:
    """The file of a shard, made in a folder of its own."""
    before = sum(other.rows for other in info.shards_of(shard.config, shard.split) if other.path < shard.path)
    chosen: list[tuple[RosterEntry, Place]] = []
    skipped = position = 0
    for entry, place in places:
        rows = getattr(entry, shard.config) if entry.split == shard.split else 0
        if rows and position < before + shard.rows and position + rows > before:
            skipped = skipped if chosen else before - position
            chosen.append((entry, place))
        position += rows
    with TaskWriter(folder) as writer:
        for rows_again in _rows_again(chosen, shard, stages, skipped):
            writer.append(shard.config, shard.split, rows_again)
    return folder / writer.shards[0].path


def _rows_again(
    chosen: Sequence[tuple[RosterEntry, Place]], shard: Shard, stages: Stages, skipped: int
) -> Iterator[pa.Table]:
    """The rows of a shard: those of the chosen designs without the first few, which are of the shard before it."""
    left, done = shard.rows, 0
    for path, designs in stages.mine([place for _, place in chosen]):
        kept = kept_rows(path, [entry.rows for entry, _ in chosen[done : done + designs]])
        done += designs
        for config, _, rows in parts_of(kept):
            if config == shard.config:
                wanted = rows.slice(skipped, left)
                skipped, left = max(0, skipped - rows.num_rows), left - wanted.num_rows
                yield wanted


def _put_in_place(made: Path, out: Path, shard: Shard) -> None:
    problem = damage(made, shard)
    if problem:
        raise DatasetError(
            f"{shard.path} cannot be made again as it was: the inputs have changed since ({problem}); give the inputs "
            "of then, or build it again with --overwrite"
        )
    (out / shard.path).parent.mkdir(parents=True, exist_ok=True)
    os.replace(made, out / shard.path)  # noqa: PTH105 - says that what stands there goes


def _make_dense_again(info: DatasetInfo, dense: Shard) -> None:
    from factorion_cli.datasets.exports import write_dense

    if not info.shards:
        raise DatasetError(
            f"{dense.path} is damaged and the only form that there is: build the dataset again with --overwrite"
        )
    (info.path / dense.path).unlink(missing_ok=True)
    write_dense(info.path)
    if damage(info.path / dense.path, dense):
        raise DatasetError(f"{dense.path} cannot be made again as it was: build the dataset again with --overwrite")
