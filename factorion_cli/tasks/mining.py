"""From a design to its tasks: windows, endpoints, reference throughput, and what is missed when it is gone.

A window becomes throughput tasks when the simulator measures something at its sinks. What can go without costing 1 % of
that is redundant: a builder could not tell that it is missing. The other windows become a few structural tasks. Random
choices depend on the seed and the design alone, so the order of designs and the number of workers do not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from factorion_cli.blueprints.keys import design_key
from factorion_cli.factory import Factory
from factorion_cli.simulation.arrivals import arrivals_of
from factorion_cli.tasks.equivalents import count_equivalents
from factorion_cli.tasks.references import Reference, rates, references
from factorion_cli.tasks.removal import take_out_one
from factorion_cli.tasks.removal_ways import TakenOut, take_out
from factorion_cli.tasks.settings import MiningSettings
from factorion_cli.tasks.task import (
    LEVEL_FROM_MARKERS,
    LEVEL_IMPROVE,
    LEVEL_KEEP,
    LEVEL_ONE_MISSING,
    LEVEL_SEVERAL_MISSING,
    MissingEntityTask,
    Provenance,
    TaskKind,
)

TICKS_PER_SECOND = 60
WORKS_STILL = 0.25
"""A factory that delivers this share without a connected part is one to improve, not one to mend."""


@dataclass(frozen=True, slots=True)
class MinedDesign:
    """What came out of one design.

    Attributes:
        design: its key.
        tasks: throughput tasks first, then structural ones, each by window and in the order of removal.
        windows: windows looked at.
        working: windows with a throughput above zero.
        skipped: counts by reason: of windows ("zero throughput" and so on) and of removals ("redundant").
    """

    design: str
    tasks: tuple[MissingEntityTask, ...]
    windows: int
    working: int
    skipped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A removal with what the simulator says of it: items per second of what is left."""

    window: Reference
    taken: TakenOut
    start: float
    redundant: bool


def mine(design: Factory, provenance: Provenance, settings: MiningSettings) -> MinedDesign:
    """Every task of one design; one that cannot be simulated gives structural tasks, never an error."""
    key = design_key(design)
    rng = np.random.default_rng(np.random.SeedSequence([settings.seed, int(key[:16], 16)]))
    skipped: Counter[str] = Counter()
    windows = references(design, provenance.title, settings, rng, skipped)
    working = [window for window in windows if window.problem is None]
    candidates = _candidates(working, settings, rng, skipped)
    tasks = _numbered("throughput", candidates, key, provenance)
    if settings.equivalents:
        tasks = _with_equivalents(tasks)
    structural = []
    for window in windows:
        if window.problem is not None:
            skipped[window.problem] += 1
            chosen = take_out_one(window.factory, settings.structural_per_window, rng)
            structural += [_Candidate(window, TakenOut("one", missing), 0.0, False) for missing in chosen]
    tasks += _numbered("structural", structural, key, provenance)
    return MinedDesign(key, tuple(tasks), len(windows), len(working), dict(sorted(skipped.items())))


def _candidates(
    windows: Sequence[Reference], settings: MiningSettings, rng: np.random.Generator, skipped: Counter[str]
) -> list[_Candidate]:
    """Removals that are missed, and a few of those that are not; the rest is counted in `skipped`."""
    drawn = [(window, taken) for window in windows for taken in take_out(window.factory, settings.removals, rng)]
    starts = _starts(windows, drawn, settings)
    kept: list[_Candidate] = []
    unmissed: Counter[int] = Counter()
    for (window, taken), start in zip(drawn, starts, strict=True):
        redundant = bool(taken.missing) and not _is_missed(window.profile.throughput, start, settings)
        unmissed[window.number] += redundant
        if redundant and unmissed[window.number] > settings.redundant_per_window:
            skipped["redundant"] += 1
        else:
            kept.append(_Candidate(window, taken, start, redundant))
    return kept


def _starts(
    windows: Sequence[Reference], drawn: Sequence[tuple[Reference, TakenOut]], settings: MiningSettings
) -> list[float]:
    """Items per second of what is left after each removal; only what may deliver anything is simulated."""
    routes = {window.number: arrivals_of(window.factory) for window in windows}
    starts = [window.profile.throughput if not taken.missing else 0.0 for window, taken in drawn]
    delivering = [
        place
        for place, (window, taken) in enumerate(drawn)
        if taken.missing and ((route := routes[window.number]) is None or route.possible(taken.missing))
    ]
    left = [window.factory.without(taken.missing) for window, taken in (drawn[place] for place in delivering)]
    for place, rate in zip(delivering, rates(left, settings), strict=True):
        starts[place] = rate
    return starts


def _is_missed(reference: float, start: float, settings: MiningSettings) -> bool:
    items_lost = (reference - start) * settings.measure_ticks / TICKS_PER_SECOND
    return items_lost >= settings.least_items and reference - start > reference * settings.least_loss


def _level(candidate: _Candidate) -> int:
    removal, reference = candidate.taken.removal, candidate.window.profile.throughput
    if removal == "none":
        return LEVEL_KEEP
    if removal == "all":
        return LEVEL_FROM_MARKERS
    if len(candidate.taken.missing) == 1:
        return LEVEL_ONE_MISSING
    still_works = reference > 0 and candidate.start >= WORKS_STILL * reference
    return LEVEL_IMPROVE if still_works and removal != "several" else LEVEL_SEVERAL_MISSING


def _numbered(
    kind: TaskKind, candidates: Sequence[_Candidate], key: str, provenance: Provenance
) -> list[MissingEntityTask]:
    return [_task(kind, candidate, number, key, provenance) for number, candidate in enumerate(candidates)]


def _task(kind: TaskKind, candidate: _Candidate, number: int, key: str, provenance: Provenance) -> MissingEntityTask:
    window, level = candidate.window, _level(candidate)
    return MissingEntityTask(
        id=f"{key[:12]}-{window.number}-{level}-{number}",
        kind=kind,
        level=level,
        reference=window.factory,
        missing=candidate.taken.missing,
        throughput_reference=window.profile.throughput,
        throughput_start=candidate.start,
        family=key,
        design=key,
        provenance=provenance,
        removal=candidate.taken.removal,
        spare=candidate.taken.spare,
        redundant=candidate.redundant,
        profile=window.profile,
    )


def _with_equivalents(tasks: Sequence[MissingEntityTask]) -> list[MissingEntityTask]:
    """The tasks with `equivalents` counted where one entity is missing, window by window."""
    counted: dict[str, int] = {}
    for _, group in groupby(tasks, key=lambda task: task.reference.id):
        single = [task for task in group if task.level == LEVEL_ONE_MISSING]
        if single:
            missing = [task.missing[0] for task in single]
            counts = count_equivalents(single[0].reference, missing)
            counted |= {task.id: count for task, count in zip(single, counts, strict=True)}
    return [replace(task, equivalents=counted.get(task.id, 0)) for task in tasks]
