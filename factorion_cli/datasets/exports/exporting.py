"""One door to all forms; what is written appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from factorion_cli.datasets.exports.hdf5 import export_hdf5
from factorion_cli.datasets.exports.minari import export_minari
from factorion_cli.datasets.exports.npz import export_numpy
from factorion_cli.datasets.exports.parts import dense_parts
from factorion_cli.datasets.filters import Condition
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.schema import CONFIGS, SPLITS
from factorion_cli.datasets.whole import made_whole
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
    tell: Callable[[int], None] = lambda _: None,
) -> list[str]:
    """Write the tasks that fit as `out`: a file for "hdf5", a folder for "numpy" and "minari".

    `tell` is called with the number of tasks (for "minari", of episodes) written so far.

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
    with made_whole(out) as making:
        if form == "minari":
            making.mkdir()
            return export_minari(info, making, name, configs, splits, conditions, tell)
        parts = dense_parts(info, configs, splits, conditions, tell)
        if form == "hdf5":
            export_hdf5(info, parts, making)
            return [str(out)]
        making.mkdir()
        return [str(out / path.name) for path in export_numpy(info, parts, making)]
