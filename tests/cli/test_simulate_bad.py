"""Bad factories at the command line: an error that names the thing, or a reading that docs/formats.md states."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from factorion_cli.cli.app import app

BELTS: list[dict[str, Any]] = [{"name": "transport-belt", "x": x, "y": 0, "dir": 4} for x in (1, 2)]
LINE: dict[str, Any] = {
    "version": 1,
    "id": "line",
    "size": [9, 9],
    "entities": BELTS,
    "sources": [{"id": "S", "kind": "belt", "x": 0, "y": 0, "item": "coal", "dir": 4}],
    "sinks": [{"id": "K", "kind": "belt", "x": 3, "y": 0, "dir": 4}],
}
FURNACE = {"name": "stone-furnace", "x": 4, "y": 4, "recipe": "iron-gear-wheel"}
TUNNEL = {"name": "underground-belt", "x": 2, "y": 0, "dir": 4, "type": "input"}


def _row(tmp_path: Path, design: dict[str, Any]) -> dict[str, Any]:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(design), encoding="utf-8")
    result = CliRunner().invoke(app, ["simulate", str(path), "--json"])
    assert result.exit_code == 0
    (row,) = json.loads(result.stdout)
    assert isinstance(row, dict)
    return row


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"entities": [*BELTS, BELTS[0]]}, "transport-belt at 1,0) overlaps transport-belt at 1,0; move one"),
        ({"entities": [{"name": "angels-belt", "x": 4, "y": 4}]}, "is called angels-belt at 4,4"),
        ({"entities": [{**BELTS[0], "x": float("nan")}]}, "x is nan, expected a whole number"),
        ({"size": [0, 0]}, "size is [0, 0], expected numbers from 1"),
    ],
)
def test_an_error_names_what_could_not_stand_so(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    assert message in _row(tmp_path, {**LINE, **change})["error"]


@pytest.mark.parametrize(
    ("change", "rate"),
    [
        ({"entities": [*BELTS, FURNACE]}, 15),
        ({"entities": [BELTS[0], TUNNEL]}, 0),
        (
            {
                "entities": [{**belt, "x": belt["x"] - 40, "y": -7} for belt in BELTS],
                "sources": [{**LINE["sources"][0], "x": -40, "y": -7}],
                "sinks": [{**LINE["sinks"][0], "x": -37, "y": -7}],
            },
            15,
        ),
    ],
)
def test_what_can_be_read_is_simulated(tmp_path: Path, change: dict[str, Any], rate: float) -> None:
    row = _row(tmp_path, {**LINE, **change})
    assert row["error"] is None
    assert sum(sum(lanes.values()) for lanes in row["sinks"]["K"].values()) == pytest.approx(rate)
    assert ("recipe iron-gear-wheel in stone-furnace" in row["not_simulated"]) == (FURNACE in change["entities"])
