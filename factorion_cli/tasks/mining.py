"""From a design to its tasks: windows, endpoints, reference throughput, and what is missed when it is gone.

A window becomes throughput tasks when the simulator measures something at its sinks; each missing entity must cost at
least 1 % of that, or a builder could not tell that it is missing. The other windows become a few structural tasks.
Random choices depend on the seed and the design alone, so the order of designs and the number of workers do not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from factorion_cli import simulation
from factorion_cli.factory import Factory, factory_to_json
from factorion_cli.tasks.assumptions import assume
from factorion_cli.tasks.categories import category
from factorion_cli.tasks.endpoints import infer_endpoints
from factorion_cli.tasks.removal import take_out_one, take_out_several
from factorion_cli.tasks.task import MissingEntityTask, TaskKind
from factorion_cli.tasks.windows import cut_windows

TICKS_PER_SECOND = 60
LEVEL_ONE_MISSING = 3
LEVEL_SEVERAL_MISSING = 4


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
        warmup_ticks: simulated before measuring.
        measure_ticks: measured.
        patience: a window that delivers nothing in time is measured again with both times this many times as long.
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
    patience: int = 4
    least_loss: float = 0.01
    least_items: float = 2.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a design comes from, as tasks keep it."""

    source: str
    label: str = ""
    licence: str = "unknown"
    game_version: str = "unknown"


@dataclass(frozen=True, slots=True)
class MinedDesign:
    """What came out of one design.

    Attributes:
        design: its key.
        tasks: throughput tasks first by window, then by the order of removal.
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
    number: int
    factory: Factory
    rate: float
    scale: int
    problem: str | None


def content_key(factory: Factory) -> str:
    """Hash of the entities and endpoints, whatever their order and whatever the factory is called."""
    raw = factory_to_json(replace(factory, id="", metadata={}, entities=tuple(sorted(factory.entities, key=repr))))
    return sha256(repr(raw).encode()).hexdigest()


def mine(design: Factory, origin: Origin, settings: MiningSettings) -> MinedDesign:
    """Every task of one design; never raises for a design that cannot be simulated."""
    key = content_key(design)
    rng = np.random.default_rng(np.random.SeedSequence([settings.seed, int(key[:16], 16)]))
    skipped: Counter[str] = Counter()
    pieces = _pieces(design, settings, rng, skipped)
    windows = _measured(pieces, settings)
    tasks: list[MissingEntityTask] = []
    candidates: list[tuple[_Window, int, tuple[int, ...]]] = []
    for window in windows:
        if window.rate > 0:
            candidates += _removals(window, settings, rng)
        else:
            skipped[window.problem or "zero throughput"] += 1
            tasks += _structural(window, key, origin, settings, rng)
    tasks += _throughput_tasks(candidates, key, origin, settings, skipped)
    tasks.sort(key=lambda task: task.kind != "throughput")
    working = sum(window.rate > 0 for window in windows)
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


def _measured(pieces: Sequence[Factory], settings: MiningSettings) -> list[_Window]:
    """Endpoints and reference throughput.

    Three attempts, each for what delivered nothing before: as it stands; given more time; with the lines fed too that
    only pass through.
    """
    given = [bool(piece.sources or piece.sinks) for piece in pieces]
    factories = [
        piece if has_endpoints else infer_endpoints(piece) for piece, has_endpoints in zip(pieces, given, strict=True)
    ]
    rates = _rates(factories, settings)
    scales = [1] * len(pieces)
    idle = [index for index, rate in enumerate(rates) if rate == 0]
    for index, rate in zip(idle, _rates([factories[i] for i in idle], settings, settings.patience), strict=True):
        rates[index], scales[index] = rate, settings.patience if rate > 0 else 1
    retried = {
        index: factory
        for index in idle
        if rates[index] == 0 and not given[index]
        if (factory := infer_endpoints(pieces[index], through_lines=True)).sinks != factories[index].sinks
    }
    for (index, factory), rate in zip(retried.items(), _rates(list(retried.values()), settings), strict=True):
        factories[index], rates[index] = factory, rate
    return [
        _Window(number, factory, rate, scale, None if rate > 0 else _why_idle(factory))
        for number, (factory, rate, scale) in enumerate(zip(factories, rates, scales, strict=True))
    ]


def _rates(factories: Sequence[Factory], settings: MiningSettings, scale: int = 1) -> list[float]:
    """Items per second of each; 0 where the simulator cannot answer or there is nothing to measure."""
    rates = [0.0] * len(factories)
    runnable = [index for index, factory in enumerate(factories) if factory.sources and factory.sinks]
    results = simulation.throughput(
        [factories[index] for index in runnable],
        warmup_ticks=settings.warmup_ticks * scale,
        measure_ticks=settings.measure_ticks * scale,
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


def _removals(
    window: _Window, settings: MiningSettings, rng: np.random.Generator
) -> Iterator[tuple[_Window, int, tuple[int, ...]]]:
    for missing in take_out_one(window.factory, settings.per_window, rng):
        yield window, LEVEL_ONE_MISSING, missing
    for missing in take_out_several(window.factory, settings.several_per_window, rng):
        yield window, LEVEL_SEVERAL_MISSING, missing


def _throughput_tasks(
    candidates: Sequence[tuple[_Window, int, tuple[int, ...]]],
    key: str,
    origin: Origin,
    settings: MiningSettings,
    skipped: Counter[str],
) -> list[MissingEntityTask]:
    starts: dict[int, float] = {}
    for scale in (1, settings.patience):
        numbers = [number for number, (window, _, _) in enumerate(candidates) if window.scale == scale]
        lacking = [candidates[number][0].factory.without(candidates[number][2]) for number in numbers]
        starts.update(zip(numbers, _rates(lacking, settings, scale), strict=True))
    tasks = []
    for number, (window, level, missing) in enumerate(candidates):
        if _is_missed(window, starts[number], settings):
            tasks.append(_task("throughput", window, level, missing, number, starts[number], key, origin))
        else:
            skipped["redundant"] += 1
    return tasks


def _is_missed(window: _Window, start: float, settings: MiningSettings) -> bool:
    items_lost = (window.rate - start) * settings.measure_ticks * window.scale / TICKS_PER_SECOND
    return items_lost >= settings.least_items and window.rate - start > window.rate * settings.least_loss


def _structural(
    window: _Window, key: str, origin: Origin, settings: MiningSettings, rng: np.random.Generator
) -> list[MissingEntityTask]:
    reason = window.problem or "zero throughput"
    factory = replace(window.factory, metadata={**window.factory.metadata, "structural": reason})
    window = replace(window, factory=factory)
    removals = take_out_one(factory, settings.structural_per_window, rng)
    return [
        _task("structural", window, LEVEL_ONE_MISSING, missing, number, 0.0, key, origin)
        for number, missing in enumerate(removals)
    ]


def _task(
    kind: TaskKind,
    window: _Window,
    level: int,
    missing: tuple[int, ...],
    number: int,
    start: float,
    key: str,
    origin: Origin,
) -> MissingEntityTask:
    kept = {name: window.factory.metadata[name] for name in ("window", "structural") if name in window.factory.metadata}
    reference = replace(window.factory, id=f"{key[:12]}-{window.number}", metadata={"label": origin.label, **kept})
    return MissingEntityTask(
        id=f"{key[:12]}-{window.number}-{level}-{number}",
        kind=kind,
        level=level,
        reference=reference,
        missing=missing,
        throughput_reference=window.rate,
        throughput_start=start,
        family=key,
        design=key,
        category=category(reference, origin.label),
        source=origin.source,
        licence=origin.licence,
        game_version=origin.game_version,
    )
