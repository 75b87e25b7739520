import json

import pytest
from typer.testing import CliRunner

from factorion_cli.cli.app import app
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.split import split_of
from factorion_cli.datasets.teaching import write_demonstrations
from factorion_cli.environments import builtin_tasks
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.tasks.solutions import Solution, family_of
from factorion_cli.training.data import DataPart, TrainingData
from factorion_cli.training.examples import ExamplePool
from tests.tasks.marker_lines import line_task, straight

TINY = [
    *("--config", "network.channels=12", "--config", "network.heads=3", "--config", "network.hidden=24"),
    *("--config", "network.blocks_in=1", "--config", "network.blocks_middle=1", "--config", "network.blocks_out=1"),
    *("--config", "network.attention_blocks=1", "--config", "rollouts=0", "--batch-size", "4", "--threads", "1"),
]


def _run(*arguments):
    return CliRunner().invoke(app, ["train-bc", *map(str, arguments)])


def _training_data(validation):
    return TrainingData((DataPart(ExamplePool.of(builtin_tasks())),), tuple(validation), (), (), {"path": "built in"})


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    data = _training_data(builtin_tasks())
    monkeypatch.setattr(TrainingData, "read", lambda datasets, most_building: data)
    return tmp_path / "ds"


def test_prints_the_validation_and_writes_a_run(tmp_path, dataset):
    result = _run(dataset, "-o", tmp_path / "run", "--steps", 3, *TINY, "--json")
    assert result.exit_code == 0, result.output
    assert set(json.loads(result.stdout)["validation"]) >= {"exact", "tile", "accuracy/all"}
    assert (tmp_path / "run" / "best").is_file()
    assert json.loads((tmp_path / "run" / "config.json").read_text())["max_minutes"] is None


def test_a_table_is_the_default_output(tmp_path, dataset):
    result = _run(dataset, "-o", tmp_path / "run", "--steps", 2, *TINY)
    assert result.exit_code == 0
    assert "exact" in result.stdout


def test_without_tasks_to_validate_on_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(TrainingData, "read", lambda datasets, most_building: _training_data([]))
    result = _run(tmp_path / "ds", "-o", tmp_path / "run", "--steps", 1, *TINY)
    assert result.exit_code == 0
    assert "the validation split has no tasks" in result.stdout


def test_a_policy_to_begin_with_sets_the_sizes(tmp_path, dataset):
    assert _run(dataset, "-o", tmp_path / "run", "--steps", 1, *TINY).exit_code == 0
    again = ["-o", tmp_path / "again", "--init-from", tmp_path / "run", "--steps", 1, "--config", "rollouts=0"]
    assert _run(dataset, *again).exit_code == 0
    assert json.loads((tmp_path / "again" / "config.json").read_text())["network"]["channels"] == 12
    grown = ["-o", tmp_path / "grown", "--init-from", tmp_path / "run", "--steps", 1, *TINY]
    assert _run(dataset, *grown, "--config", "network.attention_half=2").exit_code == 0
    shrunk = _run(dataset, *grown, "--config", "network.guided=false")
    assert "repeat its sizes" in str(shrunk.exception)
    result = _run(dataset, *again, "--config", "network.channels=24")
    assert isinstance(result.exception, UsageError)
    assert "leave network.* out" in str(result.exception)


def test_building_orders_are_cloned_validated_and_evaluated(tmp_path):
    short = [line_task("short", item, width) for item in ("coal", "stone") for width in range(5, 9)]
    long = [line_task("long", "iron-ore", width) for width in range(20, 60)]
    train = next(task for task in short if split_of(family_of(task)) == "train")
    validation = next(task for task in long if split_of(family_of(task)) == "validation")
    solutions = [Solution(train, straight(train)), Solution(validation, straight(validation))]
    write_demonstrations(solutions, tmp_path / "ds", 0, {"tasks": ["tests"]})
    result = _run(tmp_path / "ds", "-o", tmp_path / "run", "--steps", 2, *TINY, "--config", "rollouts=2", "--json")
    assert result.exit_code == 0, result.output
    assert set(json.loads(result.stdout)["validation"]) >= {"built", "loss"}
    arguments = ["eval", tmp_path / "run", "markers:depth-0?count=2&size=6", "--threads", "1", "--json"]
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["about"]["tasks"] == "markers:depth-0?count=2&size=6"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--steps", 2, "--config", "stepz=3"], UsageError),
        (["--deterministic"], UsageError),
        (["--resume", "--steps", 2], UsageError),
        (["--steps", 2], DatasetError),
        (["--steps", 2, "--data", "ds=0.5"], UsageError),
        (["--steps", 2, "--data", "ds=0.5", "--data", "ds/=1"], UsageError),
    ],
)
def test_what_cannot_be_run_is_an_error_of_usage_or_data(tmp_path, arguments, error):
    result = _run(tmp_path / "nowhere", "-o", tmp_path / "run", *arguments)
    assert isinstance(result.exception, error)
    assert error.exit_code == 2
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("wrong", ["ds", "ds=", "ds=0", "ds=-1", "ds=much", "=1", "ds=nan"])
def test_a_weight_that_is_none_is_named(tmp_path, wrong):
    result = _run("-o", tmp_path / "run", "--data", wrong)
    assert isinstance(result.exception, UsageError)
    assert repr(wrong) in str(result.exception)


def test_an_existing_run_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "last").write_text("checkpoints/1\n")
    result = _run(tmp_path / "nowhere", "-o", tmp_path / "run", "--steps", 2)
    assert isinstance(result.exception, UsageError)
    assert "--resume continues it" in str(result.exception)


def test_a_dataset_of_nothing_is_an_error(tmp_path):
    with pytest.raises(DatasetError):
        TrainingData.read({tmp_path: 1.0})
    with pytest.raises(DatasetError):
        DatasetInfo.load(tmp_path)


def test_where_weights_and_biases_is_wanted_but_not_there_nothing_is_begun(tmp_path, dataset, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = _run(dataset, "-o", tmp_path / "run", "--steps", 2, "--track", "--wandb-project-name", "mine", *TINY)
    assert isinstance(result.exception, UsageError)
    assert "factorion-cli[tracking]" in str(result.exception)
    assert not (tmp_path / "run").exists()
