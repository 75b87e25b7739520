"""What was seen before each deed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from factorion_cli.recording.events import Event
from factorion_cli.recording.replaying import replay_takes
from factorion_cli.recording.steps import MAP_SHAPE, actions_of, writing_steps
from factorion_cli.recording.takes import takes_in
from tests.recording.test_people import played


def event(kind: str, actor: int = 1, **told: object) -> Event:
    return Event(1, 1, kind, {"k": kind, "a": actor, **told})


FURNACE = {"name": "stone-furnace", "x": 31, "y": 41}


@pytest.mark.parametrize(
    ("deed", "actions"),
    [
        (
            event("built", d=4, **FURNACE),
            [{"kind": "place", "name": "stone-furnace", "x": 30, "y": 40, "direction": 4}],
        ),
        (event("removed", **FURNACE), [{"kind": "mine", "x": 30, "y": 40, "count": 1}]),
        (event("ore", name="coal", x=3.5, y=4.5, left=9), [{"kind": "mine", "x": 3, "y": 4, "count": 1}]),
        (event("rotated", d=4, reverse=True, **FURNACE), [{"kind": "rotate", "x": 30, "y": 40, "reverse": True}]),
        (event("craft", recipe="pipe", count=2), [{"kind": "craft", "recipe": "pipe", "count": 2}]),
        (event("move", x=1, y=1, d=6), [{"kind": "walk", "direction": 6}]),
        (event("move", x=1, y=1), [{"kind": "stop"}]),
        (
            event("transfer", items={"coal": 5, "iron-plate": -2}, **FURNACE),
            [
                {"kind": "transfer", "x": 30, "y": 40, "item": "coal", "count": 5},
                {"kind": "transfer", "x": 30, "y": 40, "item": "iron-plate", "count": 2, "to": "self"},
            ],
        ),
        (event("items", items={"coal": 1}), []),
        (event("act", actor=0, request={"kind": "stop"}), [{"kind": "stop"}]),
        (event("act", actor=0, request={"kind": "compound", "parts": []}), []),
        (event("built", actor=0, d=4, **FURNACE), []),
    ],
)
def test_deeds_are_actions_of_the_wire(deed: Event, actions: list[dict[str, object]]):
    assert actions_of(deed) == actions


def rows_of(folder: Path, out: Path) -> list[dict[str, object]]:
    with writing_steps(out) as steps:
        results = list(replay_takes(takes_in(folder), observer=steps))
    assert [result.difference for result in results if result.scenario] == [None]
    return list(pq.read_table(out).to_pylist())


def test_each_act_of_the_agent_is_a_step_with_what_was_seen(recorded: Path, tmp_path: Path):
    rows = rows_of(recorded, tmp_path / "steps.parquet")
    acts = [event.told["request"] for event in takes_in(recorded)[0] if event.kind == "act"]
    assert [json.loads(str(row["action"])) for row in rows] == acts
    assert [row["step"] for row in rows] == list(range(len(rows)))
    assert {row["code"] for row in rows} == {""}
    placed = [row for row in rows if json.loads(str(row["action"]))["kind"] == "place"]
    held = [json.loads(str(row["inventory"])) for row in placed]
    assert held[0]["burner-mining-drill"] == 2
    assert held[1]["burner-mining-drill"] == 1
    for row in placed:
        grid = np.frombuffer(row["map"], np.uint8).reshape(MAP_SHAPE)  # type: ignore[call-overload]
        assert grid.any()
    seen = [each["name"] for each in json.loads(str(placed[1]["entities"]))]
    assert "burner-mining-drill" in seen


def test_deeds_of_a_player_are_steps_as_that_player_saw_them(tmp_path: Path):
    take = played(tmp_path / "ann", version="2.0")
    rows = rows_of(take.folder.parent, tmp_path / "steps.parquet")
    actions = [json.loads(str(row["action"])) for row in rows]
    assert [action["name"] for action in actions if action["kind"] == "place"][:2] == ["wooden-chest", "inserter"]
    assert [action["kind"] for action in actions][-2:] == ["walk", "stop"]
    assert {row["actor"] for row in rows} == {1}
    inventory = json.loads(str(rows[0]["inventory"]))
    assert inventory["inserter"] == 20


def test_a_file_that_fails_is_not_there(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), writing_steps(tmp_path / "steps.parquet"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
