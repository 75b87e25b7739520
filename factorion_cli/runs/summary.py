"""What a run comes to: how far it came, its best checkpoint, where its time went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from factorion_cli.runs.reading import Row, Run

TIME_PARTS = ("data", "environment", "forward", "backward", "validation", "other")
_SCORES = ("validation/success", "validation/built", "validation/normalised_throughput", "validation/loss")
_CURVES = (
    "validation/success",
    "validation/built",
    "validation/normalised_throughput",
    "validation/loss",
    "train/loss",
    "charts/success",
    "success/level-3",
    "success/level-4",
    "success/level-5",
    "charts/episodic_return",
    "losses/anchor_kl",
    "losses/explained_variance",
)
"""What is drawn of a run unless somebody asks for other metrics, the first few that it has."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One metric over a run's steps.

    Attributes:
        run: name of the run.
        metric: its key.
        steps: in order.
        values: of the metric, at these steps.
    """

    run: str
    metric: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in figures.

    Attributes:
        made_by: the verb, or its algorithm where it has several; "?" where settings are lost.
        updates: made until the last checkpoint.
        step: of its last line; actions where a policy acts, updates otherwise.
        minutes: wall-clock minutes over all sessions; None where it does not say.
        best: what its best checkpoint scored in validation, by metric.
        time_shares: shares of the wall clock by TIME_PARTS, 1 together; empty where it does not say.
        latest: the last value of every metric.
    """

    made_by: str
    updates: int
    step: int
    minutes: float | None
    best: Mapping[str, float]
    time_shares: Mapping[str, float]
    latest: Mapping[str, float]

    @property
    def headline(self) -> tuple[str, float] | None:
        """The first of the usual scores of its best checkpoint."""
        return next(((name, self.best[name]) for name in _SCORES if name in self.best), None)


def summarise(run: Run) -> Summary:
    """Sum up a run."""
    latest: dict[str, float] = {}
    for row in run.rows:
        latest |= row
    step = int(latest.pop("step", 0))
    minutes = run.last.minutes if run.last else latest.get("train/minutes")
    return Summary(
        made_by=_made_by(run),
        updates=run.last.update if run.last else 0,
        step=step,
        minutes=minutes,
        best=_scores_of_best(run),
        time_shares=_time_shares(run.rows, None if minutes is None else 60 * minutes),
        latest=latest,
    )


def curve(run: Run, metric: str) -> Curve:
    """One metric; without any steps where the run does not have it."""
    known = [(int(row["step"]), row[metric]) for row in run.rows if metric in row]
    return Curve(run.name, metric, tuple(step for step, _ in known), tuple(value for _, value in known))


def metrics_to_draw(runs: Sequence[Run], most: int) -> list[str]:
    """The usual metrics of which one of these runs has a curve, and failing these any, `most` of them at most."""
    counts: dict[str, int] = {}
    for run in runs:
        for row in run.rows:
            for key in row:
                counts[key] = counts.get(key, 0) + 1
    drawable = [key for key, count in counts.items() if count > 1 and key != "step"]
    usual = [key for key in _CURVES if key in drawable]
    return (usual or drawable)[:most]


def settings_that_differ(runs: Sequence[Run]) -> dict[str, list[object]]:
    """By name, the value in each run, of settings that are not the same in all; None where a run has none such."""
    names = sorted({name for run in runs for name in run.settings})
    values = {name: [run.settings.get(name) for run in runs] for name in names}
    return {name: found for name, found in values.items() if any(value != found[0] for value in found)}


def _made_by(run: Run) -> str:
    if "total_timesteps" in run.settings:
        algorithm = run.settings.get("algo", "ppo")
        return "train-ppo" if algorithm == "ppo" else str(algorithm)
    return "train-bc" if run.settings else "?"


def _scores_of_best(run: Run) -> dict[str, float]:
    if run.best is None:
        return {}
    found: dict[str, float] = {}
    for row in run.rows:
        if row["step"] == run.best.step:
            found |= {key: value for key, value in row.items() if key.startswith("validation/")}
    return found


def _time_shares(rows: Sequence[Row], seconds: float | None) -> dict[str, float]:
    """Shares of the wall clock; what no line accounts for, such as checkpoints and reading data, is something else."""
    spent = dict.fromkeys(TIME_PARTS, 0.0)
    for row in rows:
        for part in TIME_PARTS:
            spent[part] += row.get(f"time/{part}", 0.0) * row.get("time/seconds", 0.0)
        spent["validation"] += row.get("time/validation_seconds", 0.0)
    accounted = sum(spent.values())
    if accounted <= 0:
        return {}
    spent["other"] += max(0.0, (seconds or 0.0) - accounted)
    whole = sum(spent.values())
    return {part: found / whole for part, found in spent.items()}
