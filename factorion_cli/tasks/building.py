"""Tasks from markers as a builder meets them: the endpoints, and as much as wanted of whatever may be built."""

from __future__ import annotations

from dataclasses import replace

from factorion_cli.tasks.markers import TASK_KEY, MarkerTask, allowed_in
from factorion_cli.tasks.profile import Profile
from factorion_cli.tasks.solutions import family_of
from factorion_cli.tasks.task import LEVEL_FROM_MARKERS, MissingEntityTask, Provenance

PROVENANCE = Provenance("markers", licence="MIT", game_version="2.0")


def to_build(task: MarkerTask) -> MissingEntityTask:
    """A task of level 5 without a reference: throughput counts as a share of its bound."""
    return MissingEntityTask(
        id=task.id,
        kind="throughput",
        level=LEVEL_FROM_MARKERS,
        reference=task.to_factory(),
        missing=(),
        throughput_reference=task.bound,
        throughput_start=0.0,
        family=family_of(task),
        design="",
        provenance=PROVENANCE,
        removal="all",
        allowed=task.allowed,
        profile=Profile(category=f"depth-{task.depth}"),
    )


def freed(task: MissingEntityTask) -> MissingEntityTask:
    """A design's task of level 5 with free choice of what its markers allow; every other task as it is."""
    if task.level != LEVEL_FROM_MARKERS or TASK_KEY not in task.reference.metadata:
        return task
    return replace(task, allowed=allowed_in(task.reference.metadata))
