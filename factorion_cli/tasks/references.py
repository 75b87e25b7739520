"""The factories that tasks are made from: pieces of a design with endpoints, measured once each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from factorion_cli import simulation
from factorion_cli.blueprints.keys import design_key
from factorion_cli.factory import Factory
from factorion_cli.simulation import SimulationResult
from factorion_cli.tasks.assumptions import assume
from factorion_cli.tasks.endpoints import infer_endpoints
from factorion_cli.tasks.profile import Profile, profile_of
from factorion_cli.tasks.settings import MiningSettings
from factorion_cli.tasks.task import PLAYED
from factorion_cli.tasks.windows import cut_windows


@dataclass(frozen=True, slots=True)
class Reference:
    """A piece of a design, complete; `problem` says why nothing arrives at its sinks, None where something does."""

    number: int
    factory: Factory
    profile: Profile
    problem: str | None


def references(
    design: Factory, label: str, settings: MiningSettings, rng: np.random.Generator, skipped: Counter[str]
) -> list[Reference]:
    """Every piece of a design, or as many as the settings allow, with what it does.

    Args:
        design: entities; endpoints only where its author gave some.
        label: what its author called it.
        settings: window, limits, and how long to simulate.
        rng: chooses where there are more pieces than wanted.
        skipped: counts by reason of what is left out.
    """
    factories = [
        piece if piece.sources or piece.sinks else infer_endpoints(piece)
        for piece in _pieces(design, settings, rng, skipped)
    ]
    key = design_key(design)
    return [
        _reference(number, replace(factory, id=f"{key[:12]}-{number}"), result, label)
        for number, (factory, result) in enumerate(zip(factories, measure(factories, settings), strict=True))
    ]


def rates(factories: Sequence[Factory], settings: MiningSettings) -> list[float]:
    """Items per second of each; 0 where the simulator cannot answer or there is nothing to measure."""
    return [_rate(result) for result in measure(factories, settings, sinks_only=True)]


def measure(
    factories: Sequence[Factory], settings: MiningSettings, sinks_only: bool = False
) -> list[SimulationResult | None]:
    """What the simulator says of each (or of its sinks), in the time that the settings give; None without sinks."""
    results: list[SimulationResult | None] = [None] * len(factories)
    runnable = [index for index, factory in enumerate(factories) if factory.sinks]
    measured = simulation.throughput(
        [factories[index] for index in runnable],
        warmup_ticks=settings.warmup_ticks,
        measure_ticks=settings.measure_ticks,
        sinks_only=sinks_only,
        threads=1,  # designs are mined side by side
    )
    for index, result in zip(runnable, measured, strict=True):
        results[index] = result
    return results


def _rate(result: SimulationResult | None) -> float:
    return 0.0 if result is None or result.error is not None else float(result.throughput)


def _pieces(
    design: Factory, settings: MiningSettings, rng: np.random.Generator, skipped: Counter[str]
) -> list[Factory]:
    """Pieces of the design, without endpoints unless its author gave it some."""
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


def _reference(number: int, factory: Factory, result: SimulationResult | None, label: str) -> Reference:
    problem = _of_mods(factory) or (None if _rate(result) > 0 else _why_idle(factory))
    profile = profile_of(factory, result or SimulationResult(factory.id), label)
    # Every row of a dataset stores its reference, so only what readers need stays with it.
    kept = {
        key: factory.metadata[key] for key in ("window", "endpoints", "problems", PLAYED) if key in factory.metadata
    }
    metadata = {"label": label, **kept} | ({"structural": problem} if problem is not None else {})
    return Reference(number, replace(factory, metadata=metadata), profile, problem)


def _of_mods(factory: Factory) -> str | None:
    """That something of mods stands in a piece, so that what the rest does by itself says nothing; None where not."""
    left, top = factory.metadata.get("window", (0, 0))
    names = {
        name
        for name, x, y in factory.metadata.get("modded_at", ())
        if left <= x < left + factory.width and top <= y < top + factory.height
    }
    return "holds entities or recipes of mods" if names else None


def _why_idle(factory: Factory) -> str:
    problems = factory.metadata.get("problems", ())
    if "recipe missing" in problems:
        return "recipe missing"
    if not factory.sinks:
        return "nothing leaves" if factory.sources else "nothing enters or leaves"
    if problems:
        return "an ingredient has no way in"
    return "zero throughput" if factory.sources or factory.resources else "nothing enters"
