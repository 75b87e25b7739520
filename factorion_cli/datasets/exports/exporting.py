"""One door to all forms; what is written appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from factorion_cli.datasets.exports.hdf5 import export_hdf5
from factorion_cli.datasets.exports.minari import export_minari
from factorion_cli.datasets.exports.npz import export_numpy
from factorion_cli.datasets.exports.parts import dense_parts
from factorion_cli.datasets.filters import Condition
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.schema import CONFIGS, SPLITS
from factorion_cli.errors import UsageError

EXPORT_FORMS = ("hdf5", "numpy", "minari")


def export_dataset(
    info: DatasetInfo,
    form: str,
    out: Path,
    configs: Sequence[str] = CONFIGS,
    splits: Sequence[str] = SPLITS,
    conditions: Sequence[Condition] = (),
    *,
    name: str = "tasks",
) -> list[str]:
    """Write the tasks that fit as `out`: a file for "hdf5", a folder for "numpy" and "minari".

    Returns:
        The files written, or for "minari" the ids to load.

    Raises:
        UsageError: no such form, or something stands at `out`.
        DatasetError: nothing fits, or a shard is damaged; nothing is written then.
    """
    if form not in EXPORT_FORMS:
        raise UsageError(f"format is {form!r}, expected one of {', '.join(EXPORT_FORMS)}")
    if out.exists():
        raise UsageError(f"{out} exists: choose another name for -o, or remove it first")
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    building = out.absolute().with_name(f".{out.absolute().name}.building-{os.getpid()}")
    try:
        if form == "minari":
            building.mkdir()
            written = export_minari(info, building, name, configs, splits, conditions)
        else:
            dense = dense_parts(info, configs, splits, conditions)
            if form == "hdf5":
                export_hdf5(info, dense, building)
                written = [str(out)]
            else:
                building.mkdir()
                written = [str(out / path.name) for path in export_numpy(info, dense, building)]
        building.rename(out)
    finally:
        if building.is_dir():
            shutil.rmtree(building)
        building.unlink(missing_ok=True)
    return written
