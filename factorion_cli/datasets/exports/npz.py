"""The numpy form: one `<config>-<split>.npz` per part with the arrays of `parts`, and `about.json` beside them."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from factorion_cli.datasets.exports.parts import TEXT, DensePart
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.schema import SCHEMA_VERSION
from factorion_cli.factory.tensor import CHANNELS

ABOUT_NAME = "about.json"
_LEVEL = 3
_COPIED_AT_ONCE = 1 << 20


def export_numpy(info: DatasetInfo, parts: Sequence[DensePart], folder: Path) -> list[Path]:
    """Write the parts into a folder, a batch in memory at a time; the files of arrays, in order.

    A `/` in the name of an array is a `_` here: `target_entity`.
    """
    paths = []
    for part in parts:
        paths.append(folder / f"{part.config}-{part.split}.npz")
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            _write_part(part, paths[-1], Path(scratch))
    about = {
        "schema_version": SCHEMA_VERSION,
        "fingerprint": info.fingerprint,
        "channels": CHANNELS,
        "arrays": {_name(spec.name): {"unit": spec.unit, "meaning": spec.meaning} for spec in parts[0].specs},
        "vocabulary": info.vocabulary,
    }
    (folder / ABOUT_NAME).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return paths


def _name(name: str) -> str:
    return name.replace("/", "_")


def _write_part(part: DensePart, path: Path, scratch: Path) -> None:
    numbers = {
        spec.name: np.lib.format.open_memmap(
            scratch / f"{_name(spec.name)}.npy", mode="w+", dtype=spec.dtype, shape=(part.count, *spec.shape)
        )
        for spec in part.specs
        if spec.dtype != TEXT
    }
    texts: dict[str, list[str]] = {spec.name: [] for spec in part.specs if spec.dtype == TEXT}
    start = 0
    for batch in part.batches():
        stop = start + len(batch["grid"])
        for name, array in numbers.items():
            array[start:stop] = batch[name]
        for name, values in texts.items():
            values += batch[name]
        start = stop
    for array in numbers.values():
        array.flush()
    for name, values in texts.items():
        np.save(scratch / f"{name}.npy", np.array(values, dtype=np.str_))
    _zip(path, [scratch / f"{_name(spec.name)}.npy" for spec in part.specs])


def _zip(path: Path, members: Sequence[Path]) -> None:
    """An .npz is a zip of .npy files; with the date left at its default the bytes are always the same."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for member in members:
            with member.open("rb") as source, archive.open(member.name, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, _COPIED_AT_ONCE)
