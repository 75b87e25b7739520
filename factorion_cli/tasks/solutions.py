"""Designs of from-markers tasks as tasks of level 5: everything that was built is missing, and is to be put back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from factorion_cli.blueprints.keys import design_key
from factorion_cli.factory import Factory, factory_to_json
from factorion_cli.simulation import SimulationResult
from factorion_cli.tasks.markers import TASK_KEY, MarkerTask
from factorion_cli.tasks.profile import profile_of
from factorion_cli.tasks.references import measure, rates
from factorion_cli.tasks.settings import MiningSettings
from factorion_cli.tasks.task import LEVEL_FROM_MARKERS, MissingEntityTask, Provenance


@dataclass(frozen=True, slots=True)
class Solution:
    """A factory that solves a from-markers task.

    Attributes:
        task: the task.
        factory: what solves it.
        number: tells the solutions of one task apart.
        result: what the tick engine says of the factory, measured as the dataset's references are; None: not known.
    """

    task: MarkerTask
    factory: Factory
    number: int = 0
    result: SimulationResult | None = None


def family_of(task: MarkerTask) -> str:
    """A name that all designs of the same markers on the same ground share, whatever the task is called."""
    factory = replace(task.to_factory(), id="", metadata={})
    content = json.dumps([factory_to_json(factory), sorted(task.blocked)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def solved_tasks(
    solutions: Sequence[Solution], settings: MiningSettings, provenance: Provenance
) -> list[MissingEntityTask | None]:
    """A task of level 5 for each solution; None where nothing new was built, or nothing arrives in the window.

    Args:
        solutions: whose factories begin with, or hold, the entities that stood there before.
        settings: how long to simulate; what is slower than that is not measured.
        provenance: of the tasks.
    """
    references = [_reference(solution) for solution in solutions]
    results = _results(solutions, references, settings)
    # Endpoints alone move nothing, so only what has something in it is measured.
    built = {id(solution.task): solution.task.factory for solution in solutions if solution.task.factory.entities}
    starts = dict(zip(built, rates(list(built.values()), settings), strict=True))
    rows = zip(solutions, references, results, strict=True)
    return [
        _task(solution, reference, result, starts.get(id(solution.task), 0.0), provenance)
        for solution, reference, result in rows
    ]


def _results(
    solutions: Sequence[Solution], references: Sequence[Factory], settings: MiningSettings
) -> list[SimulationResult | None]:
    """What is known of each already, or is measured now."""
    pairs = zip(solutions, references, strict=True)
    fresh = iter(measure([reference for solution, reference in pairs if solution.result is None], settings))
    return [next(fresh) if solution.result is None else solution.result for solution in solutions]


def _reference(solution: Solution) -> Factory:
    """The design as every row of a dataset keeps it: with what readers need of its metadata, and no more."""
    metadata = {TASK_KEY: solution.task.to_factory().metadata[TASK_KEY]}
    return replace(solution.factory, id=f"{solution.task.id}-{solution.number}", metadata=metadata)


def _task(
    solution: Solution,
    reference: Factory,
    result: SimulationResult | None,
    start: float,
    provenance: Provenance,
) -> MissingEntityTask | None:
    stood = set(solution.task.factory.entities)
    missing = tuple(index for index, entity in enumerate(reference.entities) if entity not in stood)
    if not missing or result is None or result.error is not None or not result.throughput > 0:
        return None
    return MissingEntityTask(
        id=reference.id,
        kind="throughput",
        level=LEVEL_FROM_MARKERS,
        reference=reference,
        missing=missing,
        throughput_reference=float(result.throughput),
        throughput_start=start,
        family=family_of(solution.task),
        design=design_key(reference),
        provenance=provenance,
        removal="all",
        profile=profile_of(reference, result),
    )
