"""Mining designs for tasks: the work of one job, which any process can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from factorion_cli.blueprints.keys import canonical_key
from factorion_cli.datasets.designs import Design
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.errors import FactorionError
from factorion_cli.tasks import MiningSettings, Provenance, mine
from factorion_cli.tasks.settings import REMOVALS_PER_WINDOW
from factorion_cli.tasks.task import MissingEntityTask


@dataclass(frozen=True, slots=True)
class MiningJob:
    """A few designs to mine, small enough to travel to another process."""

    designs: tuple[Design, ...]
    settings: BuildSettings


@dataclass(frozen=True, slots=True)
class Yield:
    """What one design gave.

    Attributes:
        design: where it came from.
        tasks: with the family, source and licence of the design.
        windows: for each task the canonical content of its window, equal for turned, mirrored and re-tiered copies.
        dropped: windows and removals that became no task, by reason.
        failure: what went wrong, when nothing could be mined at all.
    """

    design: Design
    tasks: tuple[MissingEntityTask, ...] = ()
    windows: tuple[str, ...] = ()
    dropped: Mapping[str, int] | None = None
    failure: str | None = None


def mine_job(job: MiningJob) -> list[Yield]:
    """Mine every design of a job, in order, on one thread; a design that fails costs only itself."""
    with _one_thread():
        return [_mine_one(design, job.settings) for design in job.designs]


def _mine_one(design: Design, settings: BuildSettings) -> Yield:
    provenance = Provenance(design.source, design.label, settings.licence, design.game_version)
    options = MiningSettings(
        window=settings.window,
        removals={**REMOVALS_PER_WINDOW, "one": settings.per_window},
        max_windows=settings.max_windows,
        seed=settings.seed,
    )
    try:
        mined = mine(design.factory, provenance, options)
    except FactorionError as error:
        return Yield(design, failure=str(error))
    except Exception as error:  # a fault in one design of ten thousand must not cost the others; the report names it
        return Yield(design, failure=f"internal error: {type(error).__name__}: {error}")
    tasks = tuple(replace(task, family=design.family, design=design.key) for task in mined.tasks)
    return Yield(design, tasks, _windows(tasks), mined.skipped)


def _windows(tasks: tuple[MissingEntityTask, ...]) -> tuple[str, ...]:
    """The canonical content of each task's window; tasks of one window share the object."""
    keys: dict[int, str] = {}
    for task in tasks:
        if id(task.reference) not in keys:
            keys[id(task.reference)] = canonical_key(task.reference, coarse=True)
    return tuple(keys[id(task.reference)] for task in tasks)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep the simulator to one thread: jobs are what runs side by side here."""
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)
