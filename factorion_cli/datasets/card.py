"""The card of a dataset: README.md with pictures, whose front matter tells `load_dataset` where each split is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from factorion_cli.datasets.figures import DatasetFigures, with_unit
from factorion_cli.datasets.filters import parse_conditions
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.pictures import draw_tasks, title
from factorion_cli.datasets.plots import overview_png
from factorion_cli.datasets.provenance import SOURCES_NAME, write_sources
from factorion_cli.datasets.report import BuildReport
from factorion_cli.datasets.sampling import sample_tasks
from factorion_cli.datasets.schema import ALL_CONFIGS, CONFIGS, DEMONSTRATIONS, column_table
from factorion_cli.tasks.task import MissingEntityTask

CARD_NAME = "README.md"
PICTURES_NAME = "pictures"
_SHOWN_VALUES, _SHOWN_TASKS = 25, 6
_PICTURE_PIXELS = 400

_ABOUT = """\
Tasks for learning to build [Factorio](https://factorio.com) factories. Each row is a factory with something to do to
it: mostly, to put back the entities that were taken out (`missing`) and lie in the builder's `hand`. `throughput` tasks
are scored by simulation (items per second into the sinks), `structural` tasks by exact match. A row keeps the complete
reference factory as JSON; the start is the reference less its `missing` entities. `demonstrations` say in which order a
builder would put them back.
"""
_HOW = """\
Made by `factorion build-dataset` from blueprint strings: read, brought to the names of game 2.0, exact copies dropped,
near-copies grouped into families, cut into windows with their sources and sinks inferred, entities taken out by the
seed. A family goes to train (80 %), validation (10 %) or test (10 %) by the hash of its name. The same input, seed and
version give the same bytes.
"""
_HOW_DERIVED = {
    "design": (
        "Made by `factorion design --demonstrations`: tasks from markers, solved by the expert; all that it built is\n"
        "missing. The designs of one task, and near-copies of them, are one family.\n"
    ),
    "filter": "Made by `factorion dataset filter`: tasks of another dataset that fit conditions, in their splits.\n",
    "merge": "Made by `factorion dataset merge`: tasks of several datasets in their splits, equal ones kept once.\n",
}


def write_card(info: DatasetInfo, figures: DatasetFigures, report: BuildReport | None = None) -> None:
    """Write README.md with its pictures and `sources.csv` into the dataset folder; the same arguments, the same bytes.

    Without Parquet shards there is nothing to draw tasks from and to list sources of.
    """
    folder = info.path / PICTURES_NAME
    folder.mkdir(exist_ok=True)
    (folder / "overview.png").write_bytes(overview_png(figures))
    tasks = sample_tasks(info, _SHOWN_TASKS, None, conditions=parse_conditions(["n_missing>0"]))
    pictures = draw_tasks(tasks, folder, _PICTURE_PIXELS)
    if info.shards:
        write_sources(info)
    parts = [_front_matter(info, figures), _title(info), _ABOUT, _overview(figures), _loading(info)]
    parts += [_shown_tasks([task for _, task in tasks], pictures), _figures(figures), _licence(figures)]
    parts += [_sources(info, figures), _how_made(info), _read_and_skipped(report) if report else "", _columns(info)]
    (info.path / CARD_NAME).write_text("\n".join(part for part in parts if part), encoding="utf-8")


def _front_matter(info: DatasetInfo, figures: DatasetFigures) -> str:
    lines = ["---", "pretty_name: Factorio missing-entity tasks", f"license: {_licence_tag(figures)}"]
    lines += ["tags:", "- factorio", "- imitation-learning", "- reinforcement-learning"]
    if info.shards:
        lines.append("configs:")
    first = True
    for config in ALL_CONFIGS:
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


def _overview(figures: DatasetFigures) -> str:
    totals = f"{figures.families:,} families, {figures.designs:,} designs, {len(figures.sources):,} source files"
    demonstrations = f", {figures.demonstrations:,} demonstrations" if figures.demonstrations else ""
    return f"![Sizes, throughput, categories and levels]({PICTURES_NAME}/overview.png)\n\n{totals}{demonstrations}.\n"


def _shown_tasks(tasks: Sequence[MissingEntityTask], pictures: Sequence[Path]) -> str:
    """A few tasks with a line each; what is missing is outlined in the pictures."""
    if not tasks:
        return ""
    parts = ["## Some of its tasks\n", "What is missing is outlined.\n"]
    for task, path in zip(tasks, pictures, strict=True):
        parts.append(f"![{task.id}]({PICTURES_NAME}/{path.name})\n\n{title(task)}\n")
    return "\n".join(parts)


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
    # Names come from strangers: a line break or a bar would end the row or the cell.
    cells = [[" ".join(str(cell).split()).replace("|", "\\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in cells), ""])


def _figures(figures: DatasetFigures) -> str:
    splits = [(part.config, part.split, part.tasks, part.families, part.designs) for part in figures.splits]
    header = ("config", "split", "tasks", "families", "designs")
    parts = ["## Figures\n", "Families never straddle a split.\n", _table(header, splits)]
    for config in figures.configs:
        for name, counts in config.counts.items():
            heading = f"### {config.config}: tasks by {name.replace('_', ' ')}\n"
            parts += [heading, _table((name, "tasks"), _most(counts))]
        rows = [(with_unit(name), *values) for name, values in config.quantiles.items()]
        quantiles = ("", "minimum", "25 %", "median", "75 %", "maximum")
        parts += [f"### {config.config}: sizes and rates\n", _table(quantiles, rows)]
    return "\n".join(parts)


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    rows = list(counts.items())
    if len(rows) <= _SHOWN_VALUES:
        return rows
    rest = rows[_SHOWN_VALUES:]
    return [*rows[:_SHOWN_VALUES], (f"{len(rest)} more", sum(count for _, count in rest))]


def _how_made(info: DatasetInfo) -> str:
    rows = [("factorion", info.tool_version), ("game data", info.game_version), ("seed", info.seed)]
    rows += [(name.replace("_", " "), _setting(value)) for name, value in info.settings.items()]
    rows += [("schema version", info.schema_version), ("fingerprint", f"`{info.fingerprint}`")]
    how = _HOW_DERIVED.get(str(info.settings.get("made_by")), _HOW)
    return f"## How it was made\n\n{how}\n{_table(('setting', 'value'), rows)}"


def _setting(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "any"
    return "all" if value is None else str(value)


def _read_and_skipped(report: BuildReport) -> str:
    rows = [("files read", report.files), ("blueprints in them", report.blueprints), ("usable", report.usable)]
    rows += [("distinct designs", report.designs), ("designs with tasks", report.mined)]
    skips = [(stage, kind, count) for stage, kinds in report.skipped.items() for kind, count in kinds.items()]
    parts = ["## What was read and skipped\n", _table(("", "count"), rows)]
    if skips:
        parts += ["Each is named with its reason in `skipped.jsonl`.\n", _table(("stage", "why", "count"), skips)]
    return "\n".join(parts)


def _columns(info: DatasetInfo) -> str:
    parts = ["## Columns\n"]
    for config in (CONFIGS[0], DEMONSTRATIONS) if info.rows(DEMONSTRATIONS) else (CONFIGS[0],):
        rows = [(f"`{name}`", f"`{kind}`", *rest) for name, kind, *rest in column_table(config)]
        parts += [f"### {config if config == DEMONSTRATIONS else 'tasks'}\n"] if info.rows(DEMONSTRATIONS) else []
        parts.append(_table(("column", "type", "unit", "shape", "meaning"), rows))
    return "\n".join(parts)


def _licence(figures: DatasetFigures) -> str:
    designs: dict[str, int] = {}
    for source in figures.sources:
        for licence in source.licences:
            designs[licence] = designs.get(licence, 0) + 1
    tasks = _licences(figures)
    rows = [(name, tasks[name], designs[name]) for name in sorted(tasks, key=lambda name: (-tasks[name], name))]
    text = "Every row names its source and licence; the rows are derived from those sources and keep their licences.\n"
    return f"## Licence\n\n{text}\n{_table(('licence', 'tasks', 'source files'), rows)}"


def _sources(info: DatasetInfo, figures: DatasetFigures) -> str:
    rows: list[tuple[Any, ...]] = [
        (f"`{source.source}`", source.designs, source.tasks, ", ".join(source.licences), _few(source.authors))
        for source in figures.sources[:_SHOWN_VALUES]
    ]
    rest = figures.sources[_SHOWN_VALUES:]
    if rest:
        rows.append((f"{len(rest)} more", "", sum(source.tasks for source in rest), "", ""))
    listed = f"`{SOURCES_NAME}` lists every design's source, title, author and address.\n\n" if info.shards else ""
    return f"## Sources\n\n{listed}{_table(('file', 'designs', 'tasks', 'licence', 'author'), rows)}"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
