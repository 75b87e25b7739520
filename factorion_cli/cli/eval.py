"""`factorion eval`: a trained run or a baseline in, figures with intervals and an exit code out.

factorion eval runs/first ds
factorion eval runs/first ds --min success=0.7 --min success/belt-in-line=0.9 --junit eval.xml --markdown eval.md
factorion eval prior ds --split validation --config all --limit 200 --report reports/prior
factorion eval runs/builder "markers:depth-1?count=200&seed=9"
factorion eval runs/first ds --server rcon://127.0.0.1:27015
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorion_cli.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from factorion_cli.environments.backend import Backend
    from factorion_cli.evaluation import EvaluationReport, EvaluationSettings, PolicyScore
    from factorion_cli.evaluation.rollouts import AnyPolicy
    from factorion_cli.policies.network import PolicyNetwork
    from factorion_cli.policies.policy import Planner, Policy
    from factorion_cli.tasks.task import MissingEntityTask

MOST_REASONS = 5
"""Reasons why tasks were left out that are told."""
_BASELINES = ("random", "prior", "oracle", "noop")
_BESIDE = ("random", "prior", "oracle")
_FIGURE_WIDTH = 26
"""Characters of `100.0 % [100.0, 100.0]` with its column's borders, and some to spare."""


def eval_(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A run or checkpoint, builder or mender (bundled), or random, prior, oracle, noop."
        ),
    ],
    dataset: Annotated[
        str, typer.Argument(metavar="TASKS", help='A dataset folder, or tasks from markers: "markers:depth-1".')
    ],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    config: Annotated[str, typer.Option(help="throughput, structural or all.")] = "throughput",
    limit: Annotated[int | None, typer.Option(help="Evaluate on N tasks, drawn with the seed.")] = None,
    levels: Annotated[
        list[int] | None, typer.Option("--level", help="Levels of tasks, 1 to 5; repeatable. Default: 3 and 4.")
    ] = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="METRIC=VALUE", help="Gate, such as success=0.8 or success/level-3=0.8."),
    ] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines/--no-baselines", help="Random floor, frequency prior and oracle beside it.")
    ] = True,
    samples: Annotated[
        int | None,
        typer.Option(help="Try N ways drawn by the policy, the first its best guess; the simulator chooses.", min=1),
    ] = None,
    beam: Annotated[
        int | None, typer.Option(help="Try its N most probable sequences instead; the simulator chooses.", min=1)
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(help="With --samples: below 1 they keep closer to what is most probable; default 1.", min=0.01),
    ] = None,
    first: Annotated[
        bool, typer.Option("--first", help="With --samples, from markers: leave a task with the first way that works.")
    ] = False,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="With --samples, from markers: what cuts something off is taken back."),
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.", min=0)] = 0,
    threads: Annotated[int | None, typer.Option(help="Threads of network and simulator; default: all.", min=1)] = None,
    server: Annotated[
        str | None,
        typer.Option(help="Build and measure in a game: rcon://HOST:PORT, pool or embedded. Default: the simulator."),
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="Holds the password of an rcon:// server that was not started by factorion.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a Markdown summary to this file.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a report with pictures to this folder.")] = None,
    pictures: Annotated[int, typer.Option(help="Failed and solved tasks drawn in the report, each.", min=0)] = 6,
) -> None:
    """Score a policy on the tasks of a dataset; exit 1 when a gate fails."""
    import numpy as np

    from factorion_cli.evaluation import evaluate, parse_gate
    from factorion_cli.evaluation.folder import check_target, write_report
    from factorion_cli.evaluation.junit import to_junit
    from factorion_cli.evaluation.markdown import to_markdown
    from factorion_cli.evaluation.report import dump_json, write_text
    from factorion_cli.tasks.task import LEVELS

    started = time.monotonic()
    gates = [parse_gate(text) for text in minimum or ()]
    if unknown := set(levels or ()) - set(LEVELS):
        known = "; ".join(f"{level} {meaning}" for level, meaning in LEVELS.items())
        raise UsageError(f"--level is {min(unknown)}, expected one of {known}")
    if report is not None:
        check_target(report)
    search = _Search(samples, beam, temperature, first, prune)
    search.check(run)
    tasks, settings, about = _tasks(dataset, split, config, levels, limit, seed)
    _set_threads(threads)
    policy, about["checkpoint"] = _policy(run, dataset, search)
    about |= {name: value for name, value in asdict(search).items() if value}
    beside = {name: _policy(name, dataset)[0] for name in _beside(run, dataset)} if baselines else {}
    with _backend(server, password_file, settings) as backend, progress_bar() as progress:
        found = evaluate(
            policy,
            tasks,
            settings,
            np.random.default_rng(seed),
            name=run if run in _BASELINES else Path(run).name,
            baselines=beside,
            gates=gates,
            about=about,
            backend=backend,
            progress=progress,
        )
    if junit is not None:
        write_text(junit, to_junit(found, time.monotonic() - started))
    if markdown is not None:
        write_text(markdown, to_markdown(found))
    written = write_report(found, report, pictures) if report is not None else []
    if as_json:
        typer.echo(dump_json(found), nl=False)
    else:
        _print_report(found)
    _tell_left_out(found)
    _tell_files([path for path in (junit, markdown, *written) if path is not None])
    if not found.passed:
        failed = [gate.message for gate in found.gates if not gate.passed]
        typer.echo("\n".join(f"gate failed: {message}" for message in failed), err=True)
        raise typer.Exit(1)


def _tasks(
    dataset: str, split: str, config: str, levels: Sequence[int] | None, limit: int | None, seed: int
) -> tuple[list[MissingEntityTask], EvaluationSettings, dict[str, Any]]:
    """The tasks to evaluate on, the settings that fit their reference figures, and where they come from."""
    from factorion_cli.datasets import CONFIGS, DatasetInfo, read_tasks
    from factorion_cli.errors import DatasetError
    from factorion_cli.evaluation import EvaluationSettings
    from factorion_cli.evaluation.sampling import sample
    from factorion_cli.tasks.building import freed, to_build
    from factorion_cli.tasks.marker_suites import is_suite, suite
    from factorion_cli.tasks.task import MENDING_LEVELS

    if config not in (*CONFIGS, "all"):
        raise UsageError(f"--config is {config!r}, expected one of {', '.join(CONFIGS)}, all")
    if limit is not None and limit < 1:
        raise UsageError(f"--limit is {limit}, expected 1 or more")
    if is_suite(dataset):
        return (
            sample([to_build(task) for task in suite(dataset)], limit, seed),
            EvaluationSettings(),
            {"tasks": dataset},
        )
    info = DatasetInfo.load(dataset)
    configs = [name for name in CONFIGS if info.rows(name, split)] if config == "all" else [config]
    tasks = [task for name in configs or CONFIGS[:1] for task in read_tasks(dataset, split, name)]
    wanted = sorted(set(levels or MENDING_LEVELS))
    tasks = [freed(task) for task in tasks if task.level in wanted and not task.redundant]
    if not tasks:
        raise DatasetError(
            f"{dataset} has no task of level {' or '.join(map(str, wanted))} in {config}/{split}; "
            f"`factorion dataset show {dataset}` says which it has"
        )
    settings = EvaluationSettings.fitting(info.settings)
    about = {
        "dataset": str(dataset),
        "fingerprint": info.fingerprint[:16],
        "split": split,
        "config": config,
        "seed": seed,
    }
    if levels:
        about["level"] = ", ".join(map(str, wanted))
    return sample(tasks, limit, seed), settings, about


def _set_threads(threads: int | None) -> None:
    if threads is None:
        return
    import numba
    import torch

    torch.set_num_threads(threads)
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))


@dataclass(frozen=True)
class _Search:
    """How a trained policy tries more than its first guess; by default it does not."""

    samples: int | None = None
    beam: int | None = None
    temperature: float | None = None
    first: bool = False
    prune: bool = False

    def check(self, run: str) -> None:
        """Raise UsageError where this makes no sense."""
        if self.samples is not None and self.beam is not None:
            raise UsageError(
                f"--samples {self.samples} and --beam {self.beam} are two ways to search; give one of them"
            )
        if run in _BASELINES and (self.samples is not None or self.beam is not None):
            raise UsageError(f"--samples and --beam are for trained policies; {run} is a baseline and does not search")
        about_samples = {"--first": self.first, "--prune": self.prune, "--temperature": self.temperature is not None}
        if self.samples is None and any(about_samples.values()):
            name = next(name for name, is_asked in about_samples.items() if is_asked)
            raise UsageError(f"{name} is about --samples; say how many ways to try at most, such as --samples 64")

    def policy(self, network: PolicyNetwork) -> Policy | Planner:
        """The policy of a network, searching."""
        from factorion_cli.policies.network_policy import NetworkPolicy
        from factorion_cli.policies.search import SearchPolicy

        if self.samples is None and self.beam is None:
            return NetworkPolicy(network)
        return SearchPolicy(
            network,
            self.samples or 0,
            self.beam or 0,
            temperature=self.temperature or 1.0,
            first=self.first,
            prune=self.prune,
        )


def _policy(run: str, dataset: str, search: _Search | None = None) -> tuple[AnyPolicy, str]:
    """The policy that `run` names, with its search, and the words for where it came from."""
    from factorion_cli.policies.baselines import NoopPolicy, OraclePolicy, RandomPolicy
    from factorion_cli.policies.prior import fit_prior

    match run:
        case "random":
            return RandomPolicy(), "baseline"
        case "oracle":
            return OraclePolicy(), "baseline"
        case "noop":
            return NoopPolicy(), "baseline"
        case "prior":
            return fit_prior(_train_tasks(dataset)), "baseline"
    return _trained(Path(run), search or _Search())


def _train_tasks(dataset: str) -> list[MissingEntityTask]:
    from factorion_cli.datasets import CONFIGS, DatasetInfo, read_tasks

    info = DatasetInfo.load(dataset)
    configs = [name for name in CONFIGS if info.rows(name, "train")]
    # Without any, reading the first config says what the dataset has instead.
    return [task for name in configs or CONFIGS[:1] for task in read_tasks(dataset, "train", name)]


def _beside(run: str, dataset: str) -> list[str]:
    """Baselines to show: all but the one under test, and no prior where there is nothing to count."""
    from factorion_cli.datasets import DatasetInfo
    from factorion_cli.tasks.marker_suites import is_suite

    if is_suite(dataset):
        return [name for name in ("random",) if name != run]
    names = [name for name in _BESIDE if name != run]
    if "prior" in names and not DatasetInfo.load(dataset).rows(split="train"):
        typer.echo(f"{dataset} has no train split, so there is no frequency prior beside the policy", err=True)
        names.remove("prior")
    return names


def _trained(path: Path, search: _Search) -> tuple[Policy | Planner, str]:
    from factorion_cli.policies.bundled import BUNDLED
    from factorion_cli.policies.checkpoints import load_policy, policy_folder

    if not path.exists() and str(path) not in BUNDLED:
        raise UsageError(
            f"there is no run at {path}; expected the folder of a `factorion train-bc` run or one of its checkpoints, "
            f"a bundled policy ({', '.join(BUNDLED)}), or one of {', '.join(_BASELINES)}"
        )
    network = load_policy(path)
    folder = f"bundled {path}" if not path.exists() else str(policy_folder(path))
    return search.policy(network), folder


@contextmanager
def _backend(server: str | None, password_file: Path | None, settings: EvaluationSettings) -> Iterator[Backend | None]:
    """A server to build on, emptied in the end; None without one."""
    if server is None:
        if password_file is not None:
            raise UsageError("--password-file is for --server rcon://HOST:PORT")
        yield None
        return
    from factorion_cli.environments.live import LiveBackend
    from factorion_cli.servers.addresses import connected

    with connected(server, password_file) as live:
        live.clean()
        yield LiveBackend(live, settings.warmup_ticks, settings.measure_ticks)
        live.clean()


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr while it is a terminal; silent otherwise."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    console = Console(stderr=True)
    rows: dict[str, TaskID] = {}
    with Progress(console=console, disable=not console.is_terminal) as bar:

        def tell(what: str, done: int, total: int) -> None:
            if what not in rows:
                rows[what] = bar.add_task(what, total=total)
            bar.update(rows[what], completed=done, total=total)

        yield tell


def _print_report(report: EvaluationReport) -> None:
    from rich.console import Console

    from factorion_cli.evaluation.markdown import TABLE_METRICS
    from factorion_cli.evaluation.report import headline_slices

    console = Console()
    scores = list(report.columns())
    if not console.is_terminal:
        # A log has no width: lines are as long as the tables need.
        console = Console(width=max(console.width, 40 + _FIGURE_WIDTH * len(scores)))
    whole = report.policy.slice()
    tried = "".join(
        f", {name} {report.about[name]}" for name in ("samples", "beam", "temperature", "prune") if name in report.about
    )
    title = f"{whole.tasks} tasks of {whole.families} families ({report.about['backend']}{tried}), 95 % intervals"
    console.print(_table(title, [(metric, "all", metric) for metric in TABLE_METRICS], scores))
    rows = [(f"{name} ({report.policy.slice(name).tasks})", name, "success") for name in headline_slices(report)]
    console.print(_table("success by slice (tasks)", rows, scores))
    for gate in report.gates:
        console.print(f"{'pass' if gate.passed else 'FAIL'}  {gate.message}", markup=False, soft_wrap=True)


def _table(title: str, rows: list[tuple[str, str, str]], scores: list[PolicyScore]) -> Table:
    """One row per (label, slice, metric), one column per policy."""
    from rich.table import Table

    from factorion_cli.evaluation.markdown import figure

    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for score in scores:
        table.add_column(score.name, justify="right")
    for label, slice_name, metric in rows:
        table.add_row(label, *(figure(metric, score.estimate(metric, slice_name)) for score in scores))
    return table


def _tell_left_out(report: EvaluationReport) -> None:
    if not report.left_out:
        return
    typer.echo(f"left out {len(report.left_out)} tasks that cannot be built on {report.about['backend']}:", err=True)
    for reason, count in Counter(report.left_out.values()).most_common(MOST_REASONS):
        typer.echo(f"  {count} x {reason}", err=True)


def _tell_files(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"wrote {path}", err=True)
