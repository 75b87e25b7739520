"""The simulate verb: output, exit codes, and bad input beside good."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from factorion_cli.cli.app import app
from factorion_cli.factory import write_factories
from tests.simulation.judging import cases, factory, judge
from tests.simulation.judging import results as golden

IDS = ("line-gear-am1", "belt-straight-yellow", "line-furnace-stone")


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "lines.yaml"
    write_factories(path, [factory(case_id) for case_id in IDS])
    return path


def test_json_is_one_list_with_an_object_per_factory_in_input_order(lines: Path) -> None:
    result = CliRunner().invoke(app, ["simulate", str(lines), "--json"])
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [row["id"] for row in rows] == list(IDS)
    keys = {"id", "sinks", "wanted", "limits", "metrics", "machines", "bottleneck", "not_simulated", "error"}
    assert all(set(row) == keys for row in rows)
    assert rows[1]["sinks"]["K5_0"]["iron-plate"] == {"left": pytest.approx(7.5), "right": pytest.approx(7.5)}
    assert rows[0]["sinks"]["K6_1"]["iron-gear-wheel"] == pytest.approx(3 / 7, rel=0.02)


def test_the_table_names_sinks_machines_and_the_bottleneck(lines: Path) -> None:
    result = CliRunner().invoke(app, ["simulate", str(lines)])
    assert result.exit_code == 0
    for text in ("iron-gear-wheel", "K6_1", "100.0%", "bottleneck: stone-furnace at (2,0) works 100 % of the time"):
        assert text in result.stdout


def test_standard_input_is_read(lines: Path) -> None:
    result = CliRunner().invoke(app, ["simulate", "-", "--json"], input=lines.read_text(encoding="utf-8"))
    assert [row["id"] for row in json.loads(result.stdout)] == list(IDS)


def test_a_blueprint_string_gets_endpoints_and_a_rate() -> None:
    from factorion_cli.blueprints import encode
    from factorion_cli.factory import Entity, Factory

    belts = Factory(4, 1, tuple(Entity("transport-belt", x, 0, 4) for x in range(4)))
    result = CliRunner().invoke(app, ["simulate", encode(belts, label="belt"), "--json"])
    assert result.exit_code == 0
    (row,) = json.loads(result.stdout)
    assert row["error"] is None
    assert sum(row["sinks"]["sink-0"][item]["left"] for item in row["sinks"]["sink-0"]) == pytest.approx(7.5)


def test_a_factory_that_cannot_be_simulated_does_not_stop_the_others(tmp_path: Path) -> None:
    text = (
        "- {id: broken, size: [3, 1], entities: [{name: no-such-belt, x: 0, y: 0}],"
        " sources: [{id: S, kind: chest, x: 1, y: 0, item: coal}]}\n"
        "- {id: fine, size: [1, 1], entities: []}\n"
    )
    path = tmp_path / "two.yaml"
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["simulate", str(path), "--json"])
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert "no-such-belt" in rows[0]["error"]
    assert len(rows) == 2


def test_a_path_at_which_nothing_is_exits_2() -> None:
    from factorion_cli.cli.app import main

    with pytest.raises(SystemExit) as stopped:
        _call(main, ["factorion", "simulate", "/no/such/file.yaml"])
    assert stopped.value.code == 2


def test_a_window_that_measures_nothing_exits_2(lines: Path) -> None:
    from factorion_cli.cli.app import main

    with pytest.raises(SystemExit) as stopped:
        _call(main, ["factorion", "simulate", str(lines), "--measure-ticks", "0"])
    assert stopped.value.code == 2


def _call(main: object, arguments: list[str]) -> None:
    import sys
    from unittest.mock import patch

    assert callable(main)
    with patch.object(sys, "argv", arguments):
        main()


def test_the_printed_json_can_be_judged(lines: Path) -> None:
    rows = json.loads(CliRunner().invoke(app, ["simulate", str(lines), "--json"]).stdout)
    assert [row["sinks"] for row in rows] == [golden()[case_id].to_json()["sinks"] for case_id in IDS]
    assert all(judge(cases()[case_id], golden()[case_id]) == [] for case_id in IDS)
