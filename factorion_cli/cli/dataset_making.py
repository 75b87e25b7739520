"""The verbs of `factorion dataset` that make something of datasets: filter, merge and export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorion_cli.cli.counting import counter
from factorion_cli.cli.dataset_looking import AsJson, Config, Directory, Split, Where, parts

if TYPE_CHECKING:
    from factorion_cli.datasets import DatasetInfo

_Out = Annotated[Path, typer.Option("-o", "--out", help="Folder to make.", show_default=False)]
_Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the dataset that stands at --out.")]


def filter_(
    directory: Directory,
    out: _Out,
    where: Where = None,
    config: Config = None,
    split: Split = None,
    overwrite: _Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write the tasks that fit all conditions, with their demonstrations, as a dataset of its own."""
    from factorion_cli.datasets.deriving import filter_dataset
    from factorion_cli.datasets.filters import parse_conditions

    conditions = parse_conditions(where or ())
    with counter("writing rows") as tell:
        info = filter_dataset(directory, out, conditions, *parts(config, split), overwrite=overwrite, tell=tell)
    _tell(info, as_json, {})


def merge(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR DIR...", help="Dataset folders, two or more.")],
    out: _Out,
    allow_leaks: Annotated[
        bool, typer.Option("--allow-leaks", help="Merge even what would stand in two splits then.")
    ] = False,
    overwrite: _Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write the tasks of several datasets as one, each in its split; equal tasks are kept once."""
    from factorion_cli.datasets.deriving import merge_datasets

    with counter("writing rows") as tell:
        info, report = merge_datasets(directories, out, allow_leaks=allow_leaks, overwrite=overwrite, tell=tell)
    _tell(info, as_json, {"repeated": report.repeated, "renamed": report.renamed})


def _tell(info: DatasetInfo, as_json: bool, more: dict[str, Any]) -> None:
    if as_json:
        counts = {config: dict(splits) for config, splits in info.counts.items()}
        head = {"path": str(info.path), "fingerprint": info.fingerprint, "counts": counts}
        typer.echo(json.dumps(head | more, indent=1))
        return
    notes = "".join(f", {count:,} {name}" for name, count in more.items() if count)
    typer.echo(f"{info.rows():,} tasks in {info.path}{notes}, fingerprint {info.fingerprint[:16]}")


def export(
    directory: Directory,
    out: Annotated[Path, typer.Option("-o", "--out", help="File (hdf5) or folder to make.", show_default=False)],
    where: Where = None,
    form: Annotated[str, typer.Option("--format", help="hdf5, numpy or minari.")] = "hdf5",
    config: Config = None,
    split: Split = None,
    name: Annotated[str | None, typer.Option(help="Name within Minari; default: that of DIR.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the tasks that fit in another form: arrays as HDF5 or numpy files, or episodes for Minari."""
    from factorion_cli.datasets import DatasetInfo
    from factorion_cli.datasets.exports import export_dataset
    from factorion_cli.datasets.filters import parse_conditions

    info = DatasetInfo.load(directory)
    chosen = (*parts(config, split), parse_conditions(where or ()))
    with counter("exporting tasks") as tell:
        written = export_dataset(info, form, out, *chosen, name=name or directory.resolve().name, tell=tell)
    if as_json:
        typer.echo(json.dumps({"path": str(out), "format": form, "written": written}, indent=1))
        return
    for line in written:
        typer.echo(line)
