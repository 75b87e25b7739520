"""The design verb: what it writes, prints and answers, with the real designer."""

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from factorion_cli.blueprints import Print, as_factory, read_prints
from factorion_cli.cli.app import app
from factorion_cli.datasets import DatasetInfo, damaged_files, wrong_rows
from factorion_cli.datasets.schema import DEMONSTRATIONS
from factorion_cli.factory import Factory, Sink, Source, factory_to_json, read_factories, write_factories
from factorion_cli.factory.geometry import EAST
from factorion_cli.tasks.markers import marker_task
from tests.bench.design_checks import problems


def carry(name: str, **task: Any) -> Factory:
    """Iron plates from the left to the right edge."""
    source, sink = Source("S0", "belt", 0, 2, "iron-plate", EAST), Sink("K0", "belt", 8, 3, "iron-plate", EAST)
    return Factory(
        9, 6, (), (source,), (sink,), id=name, metadata={"title": name, "task": {"allowed": "basic", **task}}
    )


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """One task with a way, one that a wall cuts off."""
    path = tmp_path / "tasks.yaml"
    write_factories(path, [carry("open"), carry("walled", blocked=[[4, 0, 4, 6]])])
    return path


def run(*arguments: object, code: int = 0, text: str | None = None) -> Any:
    result = CliRunner().invoke(app, ["design", *map(str, arguments), "--workers", "1"], input=text)
    assert result.exit_code == code, result.output
    return result


def test_designs_have_the_tasks_ids_and_what_fails_says_why(tasks: Path, tmp_path: Path) -> None:
    out = tmp_path / "designs.json"
    run(tasks, "-o", out, "--first", "--time-limit", 1)
    opened, walled = read_factories(out)
    assert (opened.id, walled.id) == ("open", "walled")
    assert opened.metadata["title"] == "open"
    assert opened.metadata["design"]["throughput"] == pytest.approx(15.0)
    assert opened.metadata["design"]["share_of_bound"] == pytest.approx(1.0)
    assert problems([marker_task(carry("open"))], [opened]) == [[]]
    assert "unsolved" not in opened.metadata
    assert walled.metadata["unsolved"]
    assert walled.entities == ()


@pytest.mark.parametrize("name", ["designs.jsonl", "designs.yaml"])
def test_every_kind_of_factory_file_holds_the_same(tasks: Path, tmp_path: Path, name: str) -> None:
    run(tasks, "-o", tmp_path / name, "--first", "--time-limit", 1)
    assert [factory.id for factory in read_factories(tmp_path / name)] == ["open", "walled"]


def test_blueprints_and_pictures_of_what_was_found(tasks: Path, tmp_path: Path) -> None:
    strings, folder = tmp_path / "strings.txt", tmp_path / "pictures"
    result = run(tasks, "-o", strings, "-o", folder, "--first", "--time-limit", 1)
    (found,) = read_prints(strings)
    assert isinstance(found, Print)
    factory = as_factory(found)
    assert isinstance(factory, Factory)
    assert len(factory.sources) == len(factory.sinks) == 1
    assert [path.name for path in folder.iterdir()] == ["open.png"]
    assert f"wrote {strings}" in result.stderr


def test_json_has_an_object_per_design(tasks: Path) -> None:
    rows = json.loads(run(tasks, "--first", "--time-limit", 1, "--json").stdout)
    assert [(row["id"], row["solved"], row["depth"]) for row in rows] == [("open", True, 0), ("walled", False, 0)]
    assert 0 < rows[0]["entities"] <= rows[0]["footprint"]
    assert rows[0]["cost"] > rows[0]["entities"]
    assert rows[1]["seconds_to_first"] is None


def test_the_table_shows_figures_and_reasons(tasks: Path) -> None:
    shown = run(tasks, "--first", "--time-limit", 1).stdout
    assert "15.000" in shown
    assert "100%" in shown
    assert "walled" in shown


def test_nothing_solved_is_a_failure(tmp_path: Path) -> None:
    write_factories(tmp_path / "walled.json", [carry("walled", blocked=[[4, 0, 4, 6]])])
    run(tmp_path / "walled.json", "--time-limit", 0.5, code=1)


def test_tasks_come_from_standard_input_and_by_name() -> None:
    text = json.dumps(factory_to_json(carry("piped")))
    rows = json.loads(run("-", "markers:depth-0?count=2&seed=4", "--first", "--json", text=text).stdout)
    assert [row["id"] for row in rows] == ["piped", "depth-0-11-4-0", "depth-0-11-4-1"]


def test_the_same_seed_gives_the_same_designs(tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt"):
        run("markers:depth-1?count=3", "--first", "-o", tmp_path / name)
    assert (tmp_path / "one.txt").read_text() == (tmp_path / "two.txt").read_text()
    run("markers:depth-1?count=3", "--first", "--seed", 1, "-o", tmp_path / "other.txt")
    assert (tmp_path / "one.txt").read_text() != (tmp_path / "other.txt").read_text()


def test_many_are_summed_up_by_depth() -> None:
    shown = run("markers:depth-0?count=60&size=6", "--first", "--time-limit", 1).stdout
    assert "medians of those that are solved" in shown
    assert "depth-0-6-0-0" not in shown


def test_a_task_that_is_none_costs_only_itself(tmp_path: Path) -> None:
    raw = [factory_to_json(carry("good")), factory_to_json(carry("bad", blocked=[[0, 0, 99, 1]])), {"size": [1]}]
    path = tmp_path / "mixed.json"
    path.write_text(json.dumps(raw))
    result = run(path, "--first", "--json")
    assert [row["id"] for row in json.loads(result.stdout)] == ["good"]
    assert "skipped bad: task blocks [0, 0, 99, 1]" in result.stderr
    assert result.stderr.count("skipped") == 2


def test_several_designs_of_a_task_have_names_of_their_own(tasks: Path) -> None:
    rows = json.loads(run(tasks, "--first", "--time-limit", 1, "--per-task", 2, "--seed", 5, "--json").stdout)
    assert [row["id"] for row in rows] == ["open-5", "open-6", "walled-5", "walled-6"]


def test_the_game_measures_what_was_promised(tasks: Path) -> None:
    rows = json.loads(run(tasks, "--first", "--time-limit", 1, "--server", "embedded", "--json").stdout)
    assert rows[0]["in_game"]["K0"] == pytest.approx(rows[0]["throughput"], rel=0.02)
    assert rows[1]["in_game"] is None


def test_demonstrations_are_a_dataset(tmp_path: Path) -> None:
    folder = tmp_path / "ds"
    run("markers:depth-1?count=6&seed=1", "--first", "--per-task", 2, "--demonstrations", folder)
    info = DatasetInfo.load(folder)
    assert info.rows() == info.rows(DEMONSTRATIONS) >= 6
    assert damaged_files(info) + wrong_rows(info) == []
    assert info.settings["tasks"] == ["markers:depth-1?count=6&seed=1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["markers:maze"], "no generated tasks are called 'maze'"),
        (["markers:depth-1", "--objective", "beauty"], "--objective is 'beauty'"),
        (["markers:depth-1", "-o", "designs.exe"], "expected a file in .json"),
        (["markers:depth-1", "-o", "one.png"], "one picture for 100 designs"),
        (["markers:depth-1", "-o", "nowhere/designs.json"], "there is no folder"),
        (["markers:depth-0?count=1", "--first", "--server", "rcon://nobody"], "the server is 'rcon://nobody'"),
    ],
)
def test_what_cannot_be_done_is_said_before_it_is_begun(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["design", *arguments])
    assert result.exception is not None
    assert message in str(result.exception)


def test_no_task_at_all_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text(json.dumps({"size": [3, 3]}))
    result = CliRunner().invoke(app, ["design", str(tmp_path / "none.json")])
    assert "there is nothing to design" in str(result.exception)


def interrupted(seconds: float, *arguments: object) -> str:
    """What stderr says when Ctrl-C comes after so many seconds of a search that would take ten minutes."""
    alarm = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    alarm.start()
    result = CliRunner().invoke(app, ["design", *map(str, arguments), "--time-limit", "600"])
    alarm.cancel()
    assert result.exit_code == 130, result.output
    return result.stderr


def test_ctrl_c_keeps_the_best_so_far(tasks: Path, tmp_path: Path) -> None:
    out = tmp_path / "designs.jsonl"
    run(tasks, "--first", "--time-limit", 1)  # compiled or loaded, so that seconds are enough
    assert "interrupted: 1 of 2 designs were begun" in interrupted(3, tasks, "-o", out, "--workers", 1)
    (found,) = read_factories(out)
    assert found.metadata["design"]["throughput"] == pytest.approx(15.0)


def test_ctrl_c_reaches_workers(tasks: Path, tmp_path: Path) -> None:
    out = tmp_path / "designs.jsonl"
    interrupted(5, tasks, "-o", out, "--workers", 2)
    found = read_factories(out)
    assert [factory.id for factory in found] == ["open", "walled"]
    assert all({"design", "unsolved"} & set(factory.metadata) for factory in found)


def test_a_policy_may_begin_and_the_search_goes_on(tmp_path: Path) -> None:
    import torch

    from factorion_cli.factory.vocabulary import default_vocabulary
    from factorion_cli.policies.checkpoints import save_policy
    from factorion_cli.policies.network import NetworkConfig, PolicyNetwork

    torch.manual_seed(0)
    small = NetworkConfig(8, blocks_in=1, blocks_middle=1, blocks_out=1, attention_blocks=1, heads=2, hidden=16)
    save_policy(tmp_path / "policy", PolicyNetwork(default_vocabulary(), small))
    task, out = tmp_path / "task.yaml", tmp_path / "designs.json"
    write_factories(task, [carry("open", blocked=[[0, 0, 9, 2], [0, 4, 9, 2]])])
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # two that wait for each other are slow beside other tests
    run(task, "-o", out, "--first", "--time-limit", 1, "--policy", tmp_path / "policy", "--samples", 2)
    torch.set_num_threads(before)
    (opened,) = read_factories(out)
    assert opened.metadata["design"]["throughput"] == pytest.approx(15.0)
