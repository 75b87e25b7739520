"""Golden cases and what the simulator says about them."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from factorion_cli.factory import Factory, factory_from_json
from factorion_cli.simulation import SimulationResult, known_cases, throughput
from factorion_cli.simulation.known_cases import FAMILIES

GOLDEN = known_cases.golden_folder()


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
    return known_cases.judge(factory_from_json(case), result)
