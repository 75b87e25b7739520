"""The card of a dataset: README.md whose front matter tells `load_dataset` where each split is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from factorion_cli.datasets.figures import QUANTILES, DatasetFigures
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.report import BuildReport
from factorion_cli.datasets.schema import CONFIGS, column_table

CARD_NAME = "README.md"
_SHOWN_VALUES = 25

_ABOUT = """\
Tasks for learning to build [Factorio](https://factorio.com) factories. Each row is a working factory from which one or
more entities were taken out (`missing`); the task is to put them back. `throughput` tasks are scored by simulation
(items per second into the sinks), `structural` tasks by exact match. A row keeps the complete reference factory as
JSON; the start is the reference less its `missing` entities.
"""
_HOW = """\
Made by `factorion build-dataset` from blueprint strings: read, brought to the names of game 2.0, exact copies dropped,
near-copies grouped into families, cut into windows with their sources and sinks inferred, entities taken out by the
seed. A family goes to train (80 %), validation (10 %) or test (10 %) by the hash of its name. The same input, seed and
version give the same bytes.
"""


def write_card(info: DatasetInfo, figures: DatasetFigures, report: BuildReport) -> None:
    """Write README.md into the dataset folder; it depends on nothing but the arguments."""
    parts = [_front_matter(info, figures), _title(info), _ABOUT, _loading(info), _figures(figures)]
    parts += [_how_made(info), _read_and_skipped(report), _columns(), _licence(figures)]
    (info.path / CARD_NAME).write_text("\n".join(parts), encoding="utf-8")


def _front_matter(info: DatasetInfo, figures: DatasetFigures) -> str:
    lines = ["---", "pretty_name: Factorio missing-entity tasks", f"license: {_licence_tag(figures)}"]
    lines += ["tags:", "- factorio", "- imitation-learning", "- reinforcement-learning"]
    if info.shards:
        lines.append("configs:")
    first = True
    for config in CONFIGS:
        if not info.splits(config) or not info.shards:
            continue
        lines.append(f"- config_name: {config}")
        lines += ["  default: true"] if first else []
        first = False
        lines.append("  data_files:")
        for split in info.splits(config):
            lines += [f"  - split: {split}", f"    path: data/{config}/{split}/*.parquet"]
    return "\n".join([*lines, "---", ""])


def _licences(figures: DatasetFigures) -> dict[str, int]:
    licences: dict[str, int] = {}
    for config in figures.configs:
        for licence, rows in config.counts["licence"].items():
            licences[licence] = licences.get(licence, 0) + rows
    return licences


def _licence_tag(figures: DatasetFigures) -> str:
    """The one licence of all rows as Hugging Face spells it, or "other" when they differ or none is stated."""
    licences = list(_licences(figures))
    if len(licences) != 1 or licences[0] == "unknown" or not re.fullmatch(r"[A-Za-z0-9.-]+", licences[0]):
        return "other"
    return licences[0].lower()


def _title(info: DatasetInfo) -> str:
    return f"# {info.rows():,} missing-entity tasks\n"


def _loading(info: DatasetInfo) -> str:
    config = next((config for config in CONFIGS if info.splits(config)), CONFIGS[0])
    split = next(iter(info.splits(config)), "train")
    lines = ["## Loading", "", "```python"]
    if info.shards:
        lines += [
            "from datasets import load_dataset",
            "",
            f'rows = load_dataset("DIR", "{config}", split="{split}")',
            "",
        ]
        lines += ["from factorion_cli.datasets import read_tasks", ""]
        lines += [f'tasks = read_tasks("DIR", "{split}", config="{config}")']
    else:
        lines += ["import h5py", "", f'grid = h5py.File("DIR/tasks.h5")["{config}/{split}/grid"]']
    return "\n".join([*lines, "```", ""])


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in cells), ""])


def _figures(figures: DatasetFigures) -> str:
    totals = f"{figures.families:,} families, {figures.designs:,} designs, {figures.sources:,} sources. "
    totals += "Families never straddle a split.\n"
    splits = [(part.config, part.split, part.tasks, part.families, part.designs) for part in figures.splits]
    parts = ["## Figures\n", totals, _table(("config", "split", "tasks", "families", "designs"), splits)]
    for config in figures.configs:
        for name, counts in config.counts.items():
            parts += [
                f"### {config.config}: tasks by {name.replace('_', ' ')}\n",
                _table((name, "tasks"), _most(counts)),
            ]
        header = ("", *("minimum", "25 %", "median", "75 %", "maximum"))
        assert len(header) == 1 + len(QUANTILES)
        rows = [(_with_unit(name), *values) for name, values in config.quantiles.items()]
        parts += [f"### {config.config}: sizes and rates\n", _table(header, rows)]
    return "\n".join(parts)


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    rows = list(counts.items())
    if len(rows) <= _SHOWN_VALUES:
        return rows
    rest = rows[_SHOWN_VALUES:]
    return [*rows[:_SHOWN_VALUES], (f"{len(rest)} more", sum(count for _, count in rest))]


def _with_unit(name: str) -> str:
    return f"{name} (items/s)" if name.startswith("throughput") else f"{name} (tiles)"


def _how_made(info: DatasetInfo) -> str:
    rows = [("factorion", info.tool_version), ("game data", info.game_version), ("seed", info.seed)]
    rows += [(name.replace("_", " "), "all" if value is None else value) for name, value in info.settings.items()]
    rows += [("schema version", info.schema_version), ("fingerprint", f"`{info.fingerprint}`")]
    return f"## How it was made\n\n{_HOW}\n{_table(('setting', 'value'), rows)}"


def _read_and_skipped(report: BuildReport) -> str:
    rows = [("files read", report.files), ("blueprints in them", report.blueprints), ("usable", report.usable)]
    rows += [("distinct designs", report.designs), ("designs with tasks", report.mined)]
    skips = [(stage, kind, count) for stage, kinds in report.skipped.items() for kind, count in kinds.items()]
    parts = ["## What was read and skipped\n", _table(("", "count"), rows)]
    if skips:
        parts += ["Each is named with its reason in `skipped.jsonl`.\n", _table(("stage", "why", "count"), skips)]
    return "\n".join(parts)


def _columns() -> str:
    rows = [(f"`{name}`", f"`{kind}`", unit, shape, meaning) for name, kind, unit, shape, meaning in column_table()]
    return f"## Columns\n\n{_table(('column', 'type', 'unit', 'shape', 'meaning'), rows)}"


def _licence(figures: DatasetFigures) -> str:
    rows = sorted(_licences(figures).items(), key=lambda pair: (-pair[1], pair[0]))
    text = "Every row names its source and licence; the rows are derived from those sources and keep their licences.\n"
    return f"## Licence\n\n{text}\n{_table(('licence', 'tasks'), rows)}"
