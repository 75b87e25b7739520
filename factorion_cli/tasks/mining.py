"""From a design to its tasks: windows, endpoints, reference throughput, and what is missed when it is gone.

A window becomes throughput tasks when the simulator measures something at its sinks; each missing entity must cost at
least 1 % of that, or a builder could not tell that it is missing. The other windows become a few structural tasks.
Random choices depend on the seed and the design alone, so the order of designs and the number of workers do not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from factorion_cli import simulation
from factorion_cli.blueprints.keys import design_key
from factorion_cli.factory import Factory
from factorion_cli.tasks.assumptions import assume
from factorion_cli.tasks.categories import category
from factorion_cli.tasks.endpoints import infer_endpoints
from factorion_cli.tasks.profile import Profile
from factorion_cli.tasks.removal import take_out_one, take_out_several
from factorion_cli.tasks.task import (
    LEVEL_ONE_MISSING,
    LEVEL_SEVERAL_MISSING,
    MissingEntityTask,
    Provenance,
    TaskKind,
)
from factorion_cli.tasks.windows import cut_windows

TICKS_PER_SECOND = 60


@dataclass(frozen=True, slots=True)
class MiningSettings:
    """How tasks are mined.

    Attributes:
        window: side in tiles of the largest factory, margin included.
        per_window: tasks with one entity missing per working window.
        several_per_window: tasks with two to four missing per working window.
        structural_per_window: tasks per window that does not work, one missing.
        max_windows: windows per design, drawn at random when it has more.
        max_entities: windows with more entities are skipped.
        warmup_ticks: simulated before measuring. Every task is measured alike, so that scores compare.
        measure_ticks: measured.
        least_loss: share of the reference that a missing entity must cost.
        least_items: items that it must cost while measuring, so that no mere shift in time counts as a loss.
        seed: all random choices follow from it and the design.
    """

    window: int = 32
    per_window: int = 8
    several_per_window: int = 2
    structural_per_window: int = 2
    max_windows: int = 8
    max_entities: int = 900
    warmup_ticks: int = 1800
    measure_ticks: int = 1800
    least_loss: float = 0.01
    least_items: float = 2.0
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
    rate: float
    category: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class _Removal:
    window: _Window
    level: int
    missing: tuple[int, ...]


def mine(design: Factory, provenance: Provenance, settings: MiningSettings) -> MinedDesign:
    """Every task of one design; one that cannot be simulated gives structural tasks, never an error."""
    key = design_key(design)
    rng = np.random.default_rng(np.random.SeedSequence([settings.seed, int(key[:16], 16)]))
    skipped: Counter[str] = Counter()
    windows = _measured(_pieces(design, settings, rng, skipped), settings, key, provenance)
    removals: list[_Removal] = []
    structural: list[_Removal] = []
    for window in windows:
        if window.problem is None:
            removals += _removals(window, settings, rng)
        else:
            skipped[window.problem] += 1
            chosen = take_out_one(window.reference, settings.structural_per_window, rng)
            structural += [_Removal(window, LEVEL_ONE_MISSING, missing) for missing in chosen]
    tasks = _throughput_tasks(removals, key, provenance, settings, skipped)
    tasks += [_task("structural", removal, number, 0.0, key, provenance) for number, removal in enumerate(structural)]
    working = sum(window.problem is None for window in windows)
    return MinedDesign(key, tuple(tasks), len(windows), working, dict(sorted(skipped.items())))


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
    return _Window(number, reference, rate, category(reference, provenance.title), problem)


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


def _removals(window: _Window, settings: MiningSettings, rng: np.random.Generator) -> list[_Removal]:
    single = take_out_one(window.reference, settings.per_window, rng)
    several = take_out_several(window.reference, settings.several_per_window, rng)
    return [_Removal(window, LEVEL_ONE_MISSING, missing) for missing in single] + [
        _Removal(window, LEVEL_SEVERAL_MISSING, missing) for missing in several
    ]


def _throughput_tasks(
    removals: Sequence[_Removal], key: str, provenance: Provenance, settings: MiningSettings, skipped: Counter[str]
) -> list[MissingEntityTask]:
    starts = _rates([removal.window.reference.without(removal.missing) for removal in removals], settings)
    tasks = []
    for number, (removal, start) in enumerate(zip(removals, starts, strict=True)):
        if _is_missed(removal.window.rate, start, settings):
            tasks.append(_task("throughput", removal, number, start, key, provenance))
        else:
            skipped["redundant"] += 1
    return tasks


def _is_missed(reference: float, start: float, settings: MiningSettings) -> bool:
    items_lost = (reference - start) * settings.measure_ticks / TICKS_PER_SECOND
    return items_lost >= settings.least_items and reference - start > reference * settings.least_loss


def _task(
    kind: TaskKind, removal: _Removal, number: int, start: float, key: str, provenance: Provenance
) -> MissingEntityTask:
    window = removal.window
    return MissingEntityTask(
        id=f"{key[:12]}-{window.number}-{removal.level}-{number}",
        kind=kind,
        level=removal.level,
        reference=window.reference,
        missing=removal.missing,
        throughput_reference=window.rate,
        throughput_start=start,
        family=key,
        design=key,
        provenance=provenance,
        profile=Profile(window.category, throughput=window.rate),
    )
