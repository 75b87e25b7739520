"""Pictures of what became of a task: as given, as the policy left it, and the reference, side by side."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from factorion_cli.environments.action import action_for
from factorion_cli.evaluation.html import TaskPicture
from factorion_cli.evaluation.outcome import TaskOutcome
from factorion_cli.evaluation.slices import missing_kinds
from factorion_cli.factory import Entity
from factorion_cli.factory.render import render_png
from factorion_cli.factory.vocabulary import default_vocabulary

if TYPE_CHECKING:
    from PIL import Image

_PANEL_PIXELS = 420
"""Wanted width or height of a panel, whichever is larger."""
_LEAST_SCALE, _MOST_SCALE = 12, 40
_GAP = 10


def right_and_wrong(outcome: TaskOutcome) -> tuple[list[Entity], list[Entity]]:
    """What the policy placed, parted into what belongs there, as far as an action can say, and what does not."""
    vocabulary = default_vocabulary()
    left = Counter(action_for(entity, vocabulary) for entity in outcome.task.removed)
    right, wrong = [], []
    for entity in outcome.rollout.placed:
        action = action_for(entity, vocabulary)
        if left[action] > 0:
            left[action] -= 1
            right.append(entity)
        else:
            wrong.append(entity)
    return right, wrong


def choose(outcomes: Sequence[TaskOutcome], count: int) -> list[TaskOutcome]:
    """Up to `count` outcomes to show: each kind of missing entity in turn, a family again only when all were shown."""
    fresh: list[TaskOutcome] = []
    repeated: list[TaskOutcome] = []
    families: set[str] = set()
    for outcome in outcomes:
        (repeated if outcome.task.family in families else fresh).append(outcome)
        families.add(outcome.task.family)
    queues: dict[tuple[str, ...], list[TaskOutcome]] = {}
    for outcome in (*fresh, *repeated):
        queues.setdefault(missing_kinds(outcome.task), []).append(outcome)
    rounds = zip_longest(*(queues[kinds] for kinds in sorted(queues)))
    in_turn = [outcome for turn in rounds for outcome in turn if outcome is not None]
    return in_turn[:count]


def picture(outcome: TaskOutcome) -> bytes:
    """PNG bytes of the panels: start (missing outlined), end (green right, red wrong), reference.

    Where the builder chooses freely nothing is right or wrong by itself, and a task may have no reference.
    """
    task = outcome.task
    right, wrong = ([], []) if task.allowed else right_and_wrong(outcome)
    longest = max(task.reference.width, task.reference.height) + 1
    scale = max(_LEAST_SCALE, min(_MOST_SCALE, _PANEL_PIXELS // longest))
    ending = "solved" if outcome.success else "failed"
    missing = () if task.allowed else task.removed
    panels = [
        render_png(task.start, missing=missing, scale=scale, title="task" if task.allowed else "missing"),
        render_png(outcome.rollout.final, added=right, wrong=wrong, scale=scale, title=ending),
    ]
    if task.missing or not task.allowed:
        panels.append(render_png(task.reference, scale=scale, title="reference"))
    return _side_by_side(panels)


def _side_by_side(panels: Sequence[bytes]) -> bytes:
    from PIL import Image

    images: list[Image.Image] = [Image.open(io.BytesIO(panel)).convert("RGB") for panel in panels]
    width = sum(image.width for image in images) + _GAP * (len(images) - 1)
    sheet = Image.new("RGB", (width, max(image.height for image in images)), "white")
    x = 0
    for image in images:
        sheet.paste(image, (x, 0))
        x += image.width + _GAP
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    return stream.getvalue()


def task_pictures(outcomes: Sequence[TaskOutcome], count: int) -> Iterator[TaskPicture]:
    """Pictures of up to `count` failed and as many solved tasks."""
    for success in (False, True):
        for outcome in choose([found for found in outcomes if found.success is success], count):
            yield TaskPicture(outcome, picture(outcome))
