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
    assert all(set(row) == keys | {"period_ticks", "counts"} for row in rows)
    assert rows[1]["sinks"]["K5_0"]["iron-plate"] == {"left": pytest.approx(7.5), "right": pytest.approx(7.5)}
    assert rows[0]["sinks"]["K6_1"]["iron-gear-wheel"] == pytest.approx(3 / 7, rel=0.02)


def test_the_table_names_sinks_machines_and_the_bottleneck(lines: Path) -> None:
    result = CliRunner().invoke(app, ["simulate", str(lines)])
    assert result.exit_code == 0
    for text in (
        "iron-gear-wheel",
        "K6_1",
        "repeats itself every 8 ticks",
        "100.0%",
        "bottleneck: stone-furnace at (2,0) works 100 % of the time",
    ):
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


def _invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["simulate", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_explanations_name_the_root(tmp_path: Path) -> None:
    path = tmp_path / "gear.yaml"
    write_factories(path, [factory("line-gear-am1")])
    code, out, _ = _invoke(str(path), "--explain")
    assert code == 0
    assert "idle: assembling-machine-1 at (2,0) waits for iron-plate (" in out
    assert "inserter at (1,1) moves all it can" in out
    code, out, _ = _invoke(str(path), "--explain", "--json")
    (row,) = json.loads(out)
    assert row["explanations"][0]["steps"][-1].startswith("inserter at (1,1) moves all it can")
    assert {arm["waits_for"] for arm in row["arms"]} == {None, "items"}
    assert row["belts"] == []


def test_one_factory_is_drawn_into_the_file_that_was_named(tmp_path: Path) -> None:
    path = tmp_path / "gear.yaml"
    write_factories(path, [factory("line-gear-am1")])
    flow, belts = tmp_path / "out" / "flow.svg", tmp_path / "belts.png"
    code, _, err = _invoke(str(path), "--plot", str(flow), "--heat-map", str(belts))
    assert code == 0
    assert "iron-gear-wheel" in flow.read_text(encoding="utf-8")
    assert belts.read_bytes().startswith(b"\x89PNG")
    assert str(flow) in err


def test_several_factories_are_drawn_into_a_folder_each_under_its_name(lines: Path, tmp_path: Path) -> None:
    code, _, _ = _invoke(str(lines), "--plot", str(tmp_path / "all"), "--heat-map", str(tmp_path / "all"))
    assert code == 0
    endings = ("-belts.png", "-flow.png")
    assert {path.name for path in (tmp_path / "all").iterdir()} == {f"{name}{end}" for name in IDS for end in endings}


@pytest.mark.parametrize("out", ["one.png", "picture.gif"])
def test_pictures_that_cannot_be_written_are_refused_before_anything_runs(
    lines: Path, tmp_path: Path, out: str
) -> None:
    from factorion_cli.errors import UsageError

    with pytest.raises(UsageError, match="a folder"):
        CliRunner().invoke(app, ["simulate", str(lines), "--plot", str(tmp_path / out)], catch_exceptions=False)
    assert not (tmp_path / out).exists()


def test_names_with_brackets_are_printed_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text('{id: "[/b]", size: [2, 1], sinks: [{id: "[red]", kind: chest, x: 0, y: 0}]}', encoding="utf-8")
    code, out, _ = _invoke(str(path))
    assert code == 0
    assert "[/b]" in out
    assert "[red]" in out


def test_threads_change_nothing(lines: Path) -> None:
    assert _invoke(str(lines), "--json", "--threads", "1") == _invoke(str(lines), "--json", "--threads", "2")


def test_an_interrupt_ends_a_long_run_at_once_with_130(tmp_path: Path) -> None:
    import signal
    import subprocess
    import sys
    import time

    golden()  # compiled: what is interrupted is the run
    path = tmp_path / "long.jsonl"
    write_factories(path, [factory("line-smelter-12-stone-furnace")] * 3000)
    start = "from factorion_cli.cli.app import main; main()"
    command = [sys.executable, "-c", start, "simulate", str(path), "--threads", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err


def test_a_factory_that_would_take_minutes_is_refused_until_it_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from factorion_cli.cli import simulate as verb

    monkeypatch.setattr(verb, "MOST_ENTITIES", 2)
    path = tmp_path / "gear.yaml"
    write_factories(path, [factory("line-gear-am1")])
    (row,) = json.loads(_invoke(str(path), "--json")[1])
    assert row["error"] == "holds 3 entities, more than 2: give --large if that is meant"
    (row,) = json.loads(_invoke(str(path), "--json", "--large")[1])
    assert row["error"] is None


def test_stories_from_an_engine_that_does_not_tell_them_are_refused(lines: Path) -> None:
    from factorion_cli.errors import UsageError

    with pytest.raises(UsageError, match="use --engine ticks"):
        CliRunner().invoke(app, ["simulate", str(lines), "--engine", "flow", "--explain"], catch_exceptions=False)


def test_the_flow_engine_gives_the_rates_of_the_ticks_and_no_bottleneck(lines: Path) -> None:
    result = CliRunner().invoke(app, ["simulate", str(lines), "--engine", "flow", "--json"])
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [row["id"] for row in rows] == list(IDS)
    assert [row["error"] for row in rows] == [None] * len(IDS)
    assert rows[1]["sinks"]["K5_0"]["iron-plate"] == {"left": pytest.approx(7.5), "right": pytest.approx(7.5)}
    assert rows[0]["sinks"]["K6_1"]["iron-gear-wheel"] == pytest.approx(3 / 7, rel=0.03)
    assert rows[0]["bottleneck"] is None
