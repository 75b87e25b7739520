"""Golden cases and how a result is held against one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from factorion_cli.factory import Factory, factory_from_json
from factorion_cli.simulation import SimulationResult, throughput

GOLDEN = Path(__file__).parents[1] / "golden"
FAMILIES = ("belts", "splitters", "inserters", "lines", "machines", "mining", "power", "fluids", "peer")
BRACKET_SLACK = 0.03
RANGE_SLACK = 0.005
LEAST_TOLERANCE = 1e-3
LANE_TOLERANCE = 0.05


@cache
def cases() -> dict[str, dict[str, Any]]:
    """Every golden case by id."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = {}
    for family in FAMILIES:
        text = (GOLDEN / f"{family}.yaml").read_text(encoding="utf-8")
        found.update({case["id"]: case for case in yaml.load(text, Loader=loader)})
    return found


def factory(case_id: str) -> Factory:
    """The factory of a case."""
    return factory_from_json(cases()[case_id])


@cache
def results() -> dict[str, SimulationResult]:
    """What the simulator says about every case, all in one batch."""
    ids = list(cases())
    return dict(zip(ids, throughput([factory(case_id) for case_id in ids]), strict=True))


def judge(case: dict[str, Any], result: SimulationResult) -> list[str]:
    """What is wrong with a result; empty when it agrees with the case."""
    if result.error is not None:
        return [result.error]
    if case["status"] == "peer":
        return _judge_bracket(case, result)
    return [problem for expected in case["expect"] for problem in _judge_rate(case, expected, result)]


def _judge_bracket(case: dict[str, Any], result: SimulationResult) -> list[str]:
    if "real_total" in case:
        brackets = {"all sinks": (sum(result.rate(sink["id"]) for sink in case["sinks"]), case["real_total"])}
    else:
        brackets = {
            expected["sink"]: (result.rate(expected["sink"], _item(expected)), case["real_range"][expected["sink"]])
            for expected in case["expect"]
            if expected["sink"] in case["real_range"]
        }
    return [
        f"{name}: {rate:.4f}, expected {low} to {high}"
        for name, (rate, (low, high)) in brackets.items()
        if not low * (1 - BRACKET_SLACK) - LEAST_TOLERANCE <= rate <= high * (1 + BRACKET_SLACK) + LEAST_TOLERANCE
    ]


def _item(expected: dict[str, Any]) -> str | None:
    item = expected.get("item", "any")
    return None if item == "any" else item


def _judge_rate(case: dict[str, Any], expected: dict[str, Any], result: SimulationResult) -> list[str]:
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
