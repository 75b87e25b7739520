"""Pictures of a dataset's tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from factorion_cli.tasks.task import MissingEntityTask

_LEAST_SCALE, _MOST_SCALE = 8, 32
_SHOWN_NAMES = 3


def draw_tasks(tasks: Iterable[tuple[str, MissingEntityTask]], out: Path, side: int | None = None) -> list[Path]:
    """Draw tasks, each given with its split, as PNG; missing entities are highlighted.

    Args:
        tasks: (split, task) of each.
        out: folder, made when it is not there.
        side: wanted longer side of a picture in pixels; None: 32 pixels a tile.

    Returns:
        The files, named after the split and the task's id.
    """
    from factorion_cli.factory.render import render_png

    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for split, task in tasks:
        path = out / f"{split}-{file_name(task.id)}.png"
        longest = max(task.reference.width, task.reference.height) + 1
        scale = _MOST_SCALE if side is None else max(_LEAST_SCALE, min(_MOST_SCALE, side // longest))
        render_png(task.start, path, missing=task.removed, title=None if side else title(task), scale=scale)
        paths.append(path)
    return paths


def title(task: MissingEntityTask) -> str:
    """What the task is, in a line."""
    rate = f"{task.throughput_reference:.2f} items/s" if task.kind == "throughput" else "structural"
    return f"{task.category}: {'put back' if task.missing else 'keep; in the hand'} {hand_text(task)}; {rate}"


def hand_text(task: MissingEntityTask) -> str:
    """What the builder holds, such as "2 inserter, splitter", the rest as a number."""
    counts = Counter(task.hand).most_common()
    names = [f"{count} {name}" if count > 1 else name for name, count in counts[:_SHOWN_NAMES]]
    rest = sum(count for _, count in counts[_SHOWN_NAMES:])
    return ", ".join([*names, *([f"{rest} more"] if rest else [])]) or "nothing"


def file_name(name: str) -> str:
    """A task's id as the name of a file."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
