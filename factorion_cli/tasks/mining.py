"""From a design to its tasks: windows, endpoints, reference throughput, and what is missed when it is gone.

A window becomes throughput tasks when the simulator measures something at its sinks. What can go without costing 1 % of
that is redundant: a builder could not tell that it is missing. The other windows become a few structural tasks. Random
choices depend on the seed and the design alone, so the order of designs and the number of workers do not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

import numpy as np

from factorion_cli import simulation
from factorion_cli.blueprints.keys import design_key
from factorion_cli.factory import Factory
from factorion_cli.tasks.assumptions import assume
from factorion_cli.tasks.categories import category
from factorion_cli.tasks.endpoints import infer_endpoints
from factorion_cli.tasks.equivalents import count_equivalents
from factorion_cli.tasks.profile import Profile
from factorion_cli.tasks.removal import take_out_one
from factorion_cli.tasks.removal_ways import TakenOut, take_out
from factorion_cli.tasks.task import (
    LEVEL_FROM_MARKERS,
    LEVEL_IMPROVE,
    LEVEL_KEEP,
    LEVEL_ONE_MISSING,
    LEVEL_SEVERAL_MISSING,
    MissingEntityTask,
    Provenance,
    Removal,
    TaskKind,
)
from factorion_cli.tasks.windows import cut_windows

TICKS_PER_SECOND = 60
WORKS_STILL = 0.25
"""A factory that delivers this share without a connected part is one to improve, not one to mend."""

REMOVALS_PER_WINDOW: Mapping[Removal, int] = MappingProxyType(
    {"none": 1, "one": 8, "several": 2, "cluster": 1, "path": 1, "kind": 1, "all": 1}
)
"""Tasks of a working window by how they are taken out, unless a build says otherwise."""


@dataclass(frozen=True, slots=True)
class MiningSettings:
    """How tasks are mined.

    Attributes:
        window: side in tiles of the largest factory, margin included.
        removals: most tasks per working window, by the way that their entities are chosen.
        redundant_per_window: of the removals that cost nothing, how many are kept, marked as redundant.
        structural_per_window: tasks per window that does not work, one missing.
        max_windows: windows per design, drawn at random when it has more.
        max_entities: windows with more entities are skipped.
        warmup_ticks: simulated before measuring. Every task is measured alike, so that scores compare.
        measure_ticks: measured.
        least_loss: share of the reference that a missing entity must cost.
        least_items: items that it must cost while measuring, so that no mere shift in time counts as a loss.
        equivalents: whether to count the placements that do as well as the one taken out.
        seed: all random choices follow from it and the design.
    """

    window: int = 32
    removals: Mapping[Removal, int] = field(default_factory=lambda: REMOVALS_PER_WINDOW)
    redundant_per_window: int = 1
    structural_per_window: int = 2
    max_windows: int = 8
    max_entities: int = 900
    warmup_ticks: int = 1800
    measure_ticks: int = 1800
    least_loss: float = 0.01
    least_items: float = 2.0
    equivalents: bool = True
    seed: int = 0


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
class _Window:
    """A piece with its endpoints, as tasks refer to it; `problem` says why its rate is 0."""

    number: int
    reference: Factory
    profile: Profile
    problem: str | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A removal with what the simulator says of it: items per second of what is left."""

    window: _Window
    taken: TakenOut
    start: float
    redundant: bool


def mine(design: Factory, provenance: Provenance, settings: MiningSettings) -> MinedDesign:
    """Every task of one design; one that cannot be simulated gives structural tasks, never an error."""
    key = design_key(design)
    rng = np.random.default_rng(np.random.SeedSequence([settings.seed, int(key[:16], 16)]))
    skipped: Counter[str] = Counter()
    windows = _measured(_pieces(design, settings, rng, skipped), settings, key, provenance)
    working = [window for window in windows if window.problem is None]
    candidates = _candidates(working, settings, rng, skipped)
    tasks = _numbered("throughput", candidates, key, provenance)
    if settings.equivalents:
        tasks = _with_equivalents(tasks)
    structural = []
    for window in windows:
        if window.problem is not None:
            skipped[window.problem] += 1
            chosen = take_out_one(window.reference, settings.structural_per_window, rng)
            structural += [_Candidate(window, TakenOut("one", missing), 0.0, False) for missing in chosen]
    tasks += _numbered("structural", structural, key, provenance)
    return MinedDesign(key, tuple(tasks), len(windows), len(working), dict(sorted(skipped.items())))


def _pieces(
    design: Factory, settings: MiningSettings, rng: np.random.Generator, skipped: Counter[str]
) -> list[Factory]:
    """Windows of the design, without endpoints unless its author gave it some."""
    if design.sources or design.sinks:
        fits = design.width <= settings.window and design.height <= settings.window
        if not fits:
            skipped["endpoints given and larger than the window"] += 1
        return [design.with_entities(map(assume, design.entities))] if fits else []
    pieces = []
    for piece in cut_windows(design, settings.window):
        if len(piece.entities) > settings.max_entities:
            skipped["too many entities"] += 1
        else:
            pieces.append(piece)
    if len(pieces) > settings.max_windows:
        skipped["windows beyond the limit"] += len(pieces) - settings.max_windows
        chosen = sorted(rng.choice(len(pieces), settings.max_windows, replace=False))
        pieces = [pieces[index] for index in chosen]
    return pieces


def _measured(pieces: Sequence[Factory], settings: MiningSettings, key: str, provenance: Provenance) -> list[_Window]:
    """Endpoints and reference throughput; what delivers nothing is tried again with its passing lines fed too."""
    given = [bool(piece.sources or piece.sinks) for piece in pieces]
    factories = [
        piece if has_endpoints else infer_endpoints(piece) for piece, has_endpoints in zip(pieces, given, strict=True)
    ]
    rates = _rates(factories, settings)
    retried = {
        index: factory
        for index, rate in enumerate(rates)
        if rate == 0 and not given[index]
        if (factory := infer_endpoints(pieces[index], through_lines=True)).sinks != factories[index].sinks
    }
    for (index, factory), rate in zip(retried.items(), _rates(list(retried.values()), settings), strict=True):
        factories[index], rates[index] = factory, rate
    return [
        _window(number, factory, rate, key, provenance)
        for number, (factory, rate) in enumerate(zip(factories, rates, strict=True))
    ]


def _window(number: int, factory: Factory, rate: float, key: str, provenance: Provenance) -> _Window:
    problem = None if rate > 0 else _why_idle(factory)
    # Every row of a dataset stores its reference, so only what readers need stays with it.
    metadata: dict[str, Any] = {"label": provenance.title}
    if "window" in factory.metadata:
        metadata["window"] = factory.metadata["window"]
    if problem is not None:
        metadata["structural"] = problem
    reference = replace(factory, id=f"{key[:12]}-{number}", metadata=metadata)
    profile = Profile(category(reference, provenance.title), throughput=rate)
    return _Window(number, reference, profile, problem)


def _rates(factories: Sequence[Factory], settings: MiningSettings) -> list[float]:
    """Items per second of each; 0 where the simulator cannot answer or there is nothing to measure."""
    rates = [0.0] * len(factories)
    runnable = [index for index, factory in enumerate(factories) if factory.sources and factory.sinks]
    results = simulation.throughput(
        [factories[index] for index in runnable],
        warmup_ticks=settings.warmup_ticks,
        measure_ticks=settings.measure_ticks,
    )
    for index, result in zip(runnable, results, strict=True):
        rates[index] = 0.0 if result.error is not None else float(result.throughput)
    return rates


def _why_idle(factory: Factory) -> str:
    if not factory.sources and not factory.sinks:
        return "nothing enters or leaves"
    if not factory.sources:
        return "nothing enters"
    if not factory.sinks:
        return "nothing leaves"
    problems = factory.metadata.get("problems", ())
    for word in ("recipe missing", "nothing brings"):
        if any(word in problem for problem in problems):
            return word if word == "recipe missing" else "an ingredient has no way in"
    return "zero throughput"


def _candidates(
    windows: Sequence[_Window], settings: MiningSettings, rng: np.random.Generator, skipped: Counter[str]
) -> list[_Candidate]:
    """Removals that are missed, and a few of those that are not; the rest is counted in `skipped`."""
    drawn = [(window, taken) for window in windows for taken in take_out(window.reference, settings.removals, rng)]
    starts = _rates([window.reference.without(taken.missing) for window, taken in drawn], settings)
    kept: list[_Candidate] = []
    redundant: Counter[int] = Counter()
    for (window, taken), start in zip(drawn, starts, strict=True):
        spare = bool(taken.missing) and not _is_missed(window.profile.throughput, start, settings)
        redundant[window.number] += spare
        if redundant[window.number] > settings.redundant_per_window and spare:
            skipped["redundant"] += 1
        else:
            kept.append(_Candidate(window, taken, start, spare))
    return kept


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
        reference=window.reference,
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
