"""What a run's figures say about how it learns: findings with their evidence and what to try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from factorion_cli.runs.reading import Run
from factorion_cli.runs.summary import Curve, Summary, curve

_RISING = ("validation/success", "validation/built", "validation/normalised_throughput")
_LEAST_VALIDATIONS = 4
"""Fewer say nothing about where learning goes."""
_STALE_SHARE = 0.5
"""A best that lies so far back in the steps is old."""
_OVERFITTING = 1.1
"""Validation loss, as a multiple of its lowest, from which on it counts as risen."""
_LOST_SUCCESS = 0.03
"""What a policy may fall below where it started before that counts; the tasks of a validation are few."""
_DEAR_SHARES = {
    "data": (0.2, "making batches waits for one core: fewer --threads for the network, or a larger network"),
    "environment": (0.3, "more --num-envs share each call of the simulator"),
    "validation": (0.3, "raise validate_every, or lower validation_tasks"),
}
_REFUSED = 0.1
"""Share of actions; masked policies are never refused."""
_LEAST_LINES = 10
"""Of training, that are looked at."""
_BLIND_CRITIC = 0.1
"""Share of the variance of returns that a critic should foresee at least."""


def diagnose(run: Run, summary: Summary) -> list[str]:
    """Findings, those about the outcome first."""
    return [*_outcome(run), *_critic(run), *_actions(summary), *_time(summary)]


def _outcome(run: Run) -> Iterator[str]:
    loss, trained = curve(run, "validation/loss"), curve(run, "train/loss")
    if _is_overfitting(loss, trained):
        best = min(range(len(loss.values)), key=loss.values.__getitem__)
        yield (
            f"validation/loss rose from {loss.values[best]:.3g} at step {loss.steps[best]:,} to {loss.values[-1]:.3g} "
            "while train/loss fell: it learns the tasks by heart; more designs, or a smaller network"
        )
    found = next((each for each in (curve(run, name) for name in _RISING) if each.steps), None)
    if found is None or len(found.steps) < _LEAST_VALIDATIONS:
        return
    started_from = found.values[0] if found.steps[0] == 0 else None
    if started_from is not None and found.values[-1] < started_from - _LOST_SUCCESS:
        yield (
            f"{found.metric} fell from {started_from:.3f}, where it started, to {found.values[-1]:.3f}: "
            "a lower learning_rate, a higher kl_coef or a longer critic_warmup hold it"
        )
        return
    best = max(range(len(found.values)), key=found.values.__getitem__)
    since = found.steps[-1] - found.steps[best]
    if since > _STALE_SHARE * (found.steps[-1] - found.steps[0]):
        yield (
            f"{found.metric} has not risen above the {found.values[best]:.3f} of step {found.steps[best]:,} in the "
            f"{since:,} steps since: stop earlier, or try another learning rate"
        )


def _is_overfitting(loss: Curve, trained: Curve) -> bool:
    if len(loss.steps) < _LEAST_VALIDATIONS or loss.values[-1] < _OVERFITTING * min(loss.values):
        return False
    best = loss.steps[loss.values.index(min(loss.values))]
    before = [value for step, value in zip(trained.steps, trained.values, strict=True) if step <= best]
    after = [value for step, value in zip(trained.steps, trained.values, strict=True) if step > best]
    return bool(before and after) and _mean(after[-len(before) :]) < _mean(before[-len(after) :])


def _critic(run: Run) -> Iterator[str]:
    lines = curve(run, "losses/explained_variance").values
    explained = lines[len(lines) // 2 :]  # the first half may be its warm-up
    if len(explained) >= _LEAST_LINES and _mean(explained) < _BLIND_CRITIC:
        yield (
            f"the critic foresees {100 * max(0.0, _mean(explained)):.0f} % of what returns vary by "
            "(losses/explained_variance): a longer critic_warmup, or more num_envs"
        )


def _actions(summary: Summary) -> Iterator[str]:
    refused, valid = summary.latest.get("actions/invalid", 0.0), summary.latest.get("actions/valid", 0.0)
    if refused > _REFUSED * (refused + valid):
        yield f"{100 * refused / (refused + valid):.0f} % of the last actions were refused: a policy without masks?"


def _time(summary: Summary) -> Iterator[str]:
    for part, (most, advice) in _DEAR_SHARES.items():
        share = summary.time_shares.get(part, 0.0)
        if share > most:
            yield f"{100 * share:.0f} % of the time goes into {part}: {advice}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
