"""The factories on which two engines are compared: known cases, mined tasks and random factories."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TypeVar

import yaml

from factorion_cli.blueprints import Print, as_factory, read_prints
from factorion_cli.blueprints.keys import design_key
from factorion_cli.errors import FactorionError
from factorion_cli.factory import Factory, factory_from_json
from factorion_cli.factory.files import factory_to_json, parse_factories
from factorion_cli.scheduling import local_pool
from factorion_cli.tasks import MiningSettings, Provenance, mine
from tests.factories import random_factory

T = TypeVar("T")

MINING = MiningSettings(
    removals={"one": 1}, redundant_per_window=0, structural_per_window=0, max_windows=3, equivalents=False
)
"""One task of each window is enough to know that it works; the complete factory is what is compared."""


def truth_cases(folder: Path) -> list[Factory]:
    """Every case with sinks and without fluids in pipes."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem == "fluids":
            continue
        cases = [case for case in yaml.load(path.read_text(encoding="utf-8"), Loader=loader) if case.get("sinks")]
        found += [replace(factory_from_json(case), id=f"{path.stem}/{case['id']}") for case in cases]
    return found


def mined_tasks(corpus: Path, count: int, store: Path, processes: int) -> list[Factory]:
    """Complete factories of `count` tasks from designs in random order; kept in `store`, since mining is slow."""
    if store.exists():
        kept = parse_factories(store.read_text(encoding="utf-8"), str(store))
        if len(kept) >= count:
            return kept[:count]
    designs = _designs(corpus)
    Random(0).shuffle(designs)
    found: dict[str, Factory] = {}
    with local_pool(processes) as pool:
        run: Callable[..., object] = map if pool is None else pool.map
        for batch in range(0, len(designs), 200):
            chunk = designs[batch : batch + 200]
            for factories in run(_working, chunk):  # type: ignore[attr-defined]
                found.update((content_key(factory), factory) for factory in factories)
            print(f"  mined {len(found)} of {count} factories from {batch + len(chunk)} designs", flush=True)  # noqa: T201
            if len(found) >= count:
                break
    store.parent.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps(factory_to_json(factory)) for factory in found.values()]
    store.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return list(found.values())[:count]


def _designs(corpus: Path) -> list[tuple[Factory, str]]:
    """Distinct designs of a folder of blueprints, each with where it stands."""
    distinct: dict[str, tuple[Factory, str]] = {}
    for found in read_prints(corpus):
        factory = as_factory(found) if isinstance(found, Print) and not found.modded else None
        if isinstance(factory, Factory) and len(factory.entities) > 1:
            distinct.setdefault(design_key(factory), (factory, found.source))
    return list(distinct.values())


def _working(design: tuple[Factory, str]) -> list[Factory]:
    """The windows of one design that became throughput tasks."""
    try:
        tasks = mine(design[0], Provenance(design[1]), MINING).tasks
    except FactorionError:
        return []
    return [replace(task.reference, metadata={"source": design[1]}) for task in tasks if task.kind == "throughput"]


def random_factories(first: int, last: int) -> list[Factory]:
    """Those of the seeds from `first` up to (not including) `last`."""
    return [random_factory(seed) for seed in range(first, last)]


def content_key(factory: Factory) -> str:
    """Hash of everything that decides the rates of a factory."""
    raw = factory_to_json(replace(factory, id="", metadata={}))
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:24]


def batches(things: Sequence[T], size: int) -> list[Sequence[T]]:
    """Pieces of at most `size` things."""
    return [things[first : first + size] for first in range(0, len(things), size)]
