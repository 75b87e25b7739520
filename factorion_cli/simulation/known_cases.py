"""Known cases: factories whose rates the game or its prototypes give, and how a result is held against one.

A known case is a Factory file with the further keys `expect`, a list of `{sink, item, rate, tol_rel, tol_abs, lanes,
at_least}` (or `metric` in place of `sink`), and `status`; `range`, `real_range` and `real_total` give brackets instead.
`tests/golden/` has those that this project is held to, each with its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import factorion_cli
from factorion_cli.errors import DataError, FactoryError
from factorion_cli.factory import Factory, read_factories
from factorion_cli.simulation.result import SimulationResult

FAMILIES = ("belts", "splitters", "inserters", "lines", "machines", "mining", "power", "fluids", "peer")
BRACKET_SLACK = 0.03
RANGE_SLACK = 0.005
LEAST_TOLERANCE = 1e-3
LANE_TOLERANCE = 0.05


def golden_folder() -> Path:
    """The folder of the known cases: inside the installed package, among the tests in a checkout."""
    package = Path(factorion_cli.__file__).parent
    for folder in (package / "golden", package.parent / "tests" / "golden"):
        if folder.is_dir():
            return folder
    raise DataError("this installation of factorion is without its known cases; install it again, or name files")


def known_cases() -> Iterator[Factory]:
    """Every known case of this project, family by family."""
    for family in FAMILIES:
        yield from read_factories(golden_folder() / f"{family}.yaml")


def judge(case: Factory, result: SimulationResult, metrics: bool = True) -> list[str]:
    """What is wrong with a result; empty when it agrees with the case, or the case expects nothing.

    Args:
        case: what it was measured of, with its expectations in `metadata`.
        result: what was measured.
        metrics: whether the result has metrics, so that those are judged, too.

    Raises:
        FactoryError: the expectations are malformed.
    """
    if result.error is not None:
        return [result.error]
    try:
        if case.metadata.get("status") == "peer":
            return _judge_bracket(case.metadata, result)
        expected = [each for each in case.metadata.get("expect", ()) if metrics or "sink" in each]
        return [problem for each in expected for problem in _judge_rate(case.metadata, each, result)]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise FactoryError(
            f"{case.id}: its key `expect` cannot be understood ({error!r}); see known_cases.py"
        ) from error


def _judge_bracket(case: Mapping[str, Any], result: SimulationResult) -> list[str]:
    if "real_total" in case:
        brackets = {"all sinks": (sum(result.rate(sink) for sink in result.sinks), case["real_total"])}
    else:
        real = case.get("real_range", {})
        brackets = {
            expected["sink"]: (result.rate(expected["sink"], _item(expected)), real[expected["sink"]])
            for expected in case["expect"]
            if expected["sink"] in real
        }
    return [
        f"{name}: {rate:.4f}, expected {low} to {high}"
        for name, (rate, (low, high)) in brackets.items()
        if not low * (1 - BRACKET_SLACK) - LEAST_TOLERANCE <= rate <= high * (1 + BRACKET_SLACK) + LEAST_TOLERANCE
    ]


def _item(expected: Mapping[str, Any]) -> str | None:
    item: str = expected.get("item", "any")
    return None if item == "any" else item


def _judge_rate(case: Mapping[str, Any], expected: Mapping[str, Any], result: SimulationResult) -> list[str]:
    sink, item, rate = expected.get("sink", expected.get("metric")), _item(expected), expected["rate"]
    found = result.rate(sink, item) if "sink" in expected else result.metrics[sink]
    tolerance = max(expected.get("tol_abs", 0.0), expected["tol_rel"] * abs(rate), LEAST_TOLERANCE)
    low, high = rate - tolerance, rate + tolerance
    if "range" in case:
        low, high = case["range"][0] * (1 - RANGE_SLACK), case["range"][1] * (1 + RANGE_SLACK)
    good = found >= low if expected.get("at_least") else low <= found <= high
    problems = [] if good else [f"{sink} {item or 'any'}: {found:.4f}, expected {rate}"]
    for lane, wanted in (expected.get("lanes") or {}).items():
        got = _lane_rate(result, sink, item, lane)
        if abs(got - wanted) > max(tolerance, LANE_TOLERANCE):
            problems.append(f"{sink} {item or 'any'} on the {lane} lane: {got:.4f}, expected {wanted}")
    return problems


def _lane_rate(result: SimulationResult, sink: str, item: str | None, lane: str) -> float:
    rates = result.sinks.get(sink, {})
    return sum(
        rate[lane] for name, rate in rates.items() if item in (None, name) and not isinstance(rate, (int, float))
    )
