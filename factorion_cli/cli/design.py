"""`factorion design`: factories from nothing but sources and sinks.

factorion design circuits.yaml -o circuits.json
factorion design circuits.yaml -o string.txt -o circuits.png --time-limit 30 --objective balanced
factorion design "markers:depth-2?count=1000&seed=3" -o designs.jsonl --first
factorion design "markers:depth-1?count=100000" --first --demonstrations ds
factorion design "markers:depth-2?count=100" --policy runs/builder --samples 32
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from factorion_cli.design.batch import Designed, Effort, Propose
    from factorion_cli.factory import Factory
    from factorion_cli.tasks.marker_suites import Suite
    from factorion_cli.tasks.markers import MarkerTask

OBJECTIVES = ("throughput", "cost", "balanced")
_TEMPERATURE = 0.5
"""Of what a policy proposes: close to what it finds most probable."""
NOTHING_SOLVED, INTERRUPTED = 1, 130


def design(
    tasks: Annotated[
        list[str],
        typer.Argument(metavar="TASK...", help='Factory files with markers, -, or generated: "markers:depth-2".'),
    ],
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "-o", "--out", help="A .json, .jsonl or .yaml file, .txt (blueprints), .png, .svg, or a folder of PNGs."
        ),
    ] = None,
    time_limit: Annotated[float, typer.Option(help="Seconds of one core for each design.", min=0.01)] = 5.0,
    objective: Annotated[str, typer.Option(help=f"What to improve: {', '.join(OBJECTIVES)}.")] = "throughput",
    enough: Annotated[
        float | None,
        typer.Option(help="No more than so many fully fed machines of what is wanted would make.", min=0.01),
    ] = None,
    first: Annotated[bool, typer.Option("--first", help="Take the first design that works.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the search.", min=0)] = 0,
    per_task: Annotated[int, typer.Option(help="Designs of each task, by the seeds from --seed on.", min=1)] = 1,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Begin with what this policy builds: a run, or builder (bundled)."),
    ] = None,
    samples: Annotated[int, typer.Option(help="Ways that the policy tries for each task.", min=1)] = 16,
    workers: Annotated[int | None, typer.Option(help="Processes; default: all cores.", min=1)] = None,
    demonstrations: Annotated[
        Path | None, typer.Option(help="Also write tasks and building orders as a dataset into this folder.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Build and measure them in a game: embedded, pool or rcon://HOST:PORT.")
    ] = None,
    password_file: Annotated[Path | None, typer.Option(help="Holds the password of an rcon:// server.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list with an object per design.")] = False,
) -> None:
    """Build a factory between given sources and sinks, as good as the time allows."""
    from factorion_cli.cli.design_files import check_places, write_designs
    from factorion_cli.cli.design_report import Row, print_rows
    from factorion_cli.design.batch import Effort, design_all
    from factorion_cli.errors import UsageError
    from factorion_cli.scheduling import available_cores, scheduler, stop_on_interrupt

    if objective not in OBJECTIVES:
        raise UsageError(f"--objective is {objective!r}, expected one of {', '.join(OBJECTIVES)}")
    given = _read(tasks)
    total = per_task * sum(map(len, given))
    check_places(out or [], demonstrations, total)
    in_window = demonstrations is not None
    effort = Effort(time_limit, objective, seed, first, per_task, enough, in_window)  # type: ignore[arg-type]  # checked above
    rows: list[Row] = []
    kept: list[Designed] = []

    def found() -> Iterator[Designed]:
        every = (task for some in given for task in some)
        for designed in design_all(every, effort, executor, stop, propose):
            rows.append(Row.of(designed))
            if out or server:
                kept.append(designed)
            tell(len(rows), sum(row.solved for row in rows))
            yield designed

    propose = None if policy is None else _proposing(policy, samples, seed)
    processes = min(workers or available_cores(), total)
    with stop_on_interrupt() as stop, scheduler("local", processes) as executor, _progress_bar(total) as tell:
        if demonstrations is not None:
            _demonstrate(found(), demonstrations, effort, tasks, executor)
        else:
            for _ in found():
                pass
        is_stopped = stop.is_wanted
    for path in write_designs(out or [], kept, rows):
        typer.echo(f"wrote {path}", err=True)
    if server is not None:
        from factorion_cli.cli.design_server import measure_in_game

        measure_in_game(kept, rows, server, password_file)
    print_rows(rows, as_json)
    if is_stopped:
        typer.echo(f"interrupted: {len(rows):,} of {total:,} designs were begun, each as good as it got", err=True)
        raise typer.Exit(INTERRUPTED)
    if not any(row.solved for row in rows):
        raise typer.Exit(NOTHING_SOLVED)


def _proposing(run: Path, samples: int, seed: int) -> Propose:
    """The best of the ways that a policy tries for each task."""
    import numpy as np

    from factorion_cli.policies.checkpoints import load_policy
    from factorion_cli.policies.search import SearchPolicy
    from factorion_cli.tasks.building import to_build

    search = SearchPolicy(load_policy(run), samples, temperature=_TEMPERATURE, prune=True)

    def propose(tasks: Sequence[MarkerTask]) -> list[list[Factory]]:
        rngs = [np.random.default_rng([seed, zlib.crc32(task.id.encode())]) for task in tasks]
        return [[found.factory] for found in search.search([to_build(task) for task in tasks], rngs)]

    return propose


def _read(names: Sequence[str]) -> list[Suite | list[MarkerTask]]:
    """The tasks of every argument; what is no task is named on stderr and left out."""
    from factorion_cli.errors import DataError
    from factorion_cli.tasks.marker_suites import is_suite, suite

    given: list[Suite | list[MarkerTask]] = [suite(name) if is_suite(name) else list(_in(name)) for name in names]
    if not any(map(len, given)):
        raise DataError(
            "there is nothing to design: no input holds a factory with a source and a sink (see docs/design.md)"
        )
    return given


def _in(name: str) -> Iterator[MarkerTask]:
    from factorion_cli.blueprints import Unreadable, read_factories_any
    from factorion_cli.errors import FactoryError
    from factorion_cli.tasks.markers import marker_task

    for factory in read_factories_any(name):
        if isinstance(factory, Unreadable):
            typer.echo(f"skipped {factory.source}: {factory.reason}", err=True)
            continue
        try:
            yield marker_task(factory)
        except FactoryError as error:
            typer.echo(f"skipped {error}", err=True)


def _demonstrate(
    found: Iterable[Designed], folder: Path, effort: Effort, tasks: Sequence[str], executor: Executor | None
) -> None:
    from factorion_cli.datasets.teaching import write_demonstrations
    from factorion_cli.tasks.solutions import Solution

    solutions = (
        Solution(designed.design.task, designed.design.factory, designed.seed, designed.design.result)
        for designed in found
        if designed.design.factory is not None
    )
    taught = write_demonstrations(solutions, folder, effort.seed, {"tasks": list(tasks), **asdict(effort)}, executor)
    left_out = "".join(f"; {count:,} left out: {reason}" for reason, count in taught.dropped.items())
    typer.echo(f"wrote {taught.info.rows():,} tasks with demonstrations to {folder}{left_out}", err=True)


@contextmanager
def _progress_bar(total: int) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, of designs done and solved, while that is a terminal; silent otherwise."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("designing"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as bar:
        row = bar.add_task("", total=total, note="")
        yield lambda done, solved: bar.update(row, completed=done, note=f"{solved:,} solved")
