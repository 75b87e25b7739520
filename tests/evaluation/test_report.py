import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from factorion_cli.environments.backend import SimulatorBackend
from factorion_cli.errors import UsageError
from factorion_cli.evaluation import EvaluationSettings, evaluate, parse_gate
from factorion_cli.evaluation.folder import check_target, write_report
from factorion_cli.evaluation.html import describe
from factorion_cli.evaluation.markdown import to_markdown
from factorion_cli.evaluation.pictures import choose, picture, right_and_wrong
from factorion_cli.evaluation.sampling import sample
from factorion_cli.policies.baselines import NoopPolicy, OraclePolicy, RandomPolicy
from tests.evaluation.small_tasks import measure, small_tasks
from tests.evaluation.test_evaluate import Scripted, placing

FEW = EvaluationSettings(resamples=20)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def report():
    return evaluate(
        RandomPolicy(),
        small_tasks(),
        FEW,
        np.random.default_rng(1),
        name="random",
        baselines={"oracle": OraclePolicy(), "noop": NoopPolicy()},
        gates=[parse_gate("success=0.9")],
        about={"split": "test"},
        backend=SimulatorBackend(measure),
    )


def test_json_states_its_version_scores_and_every_task(report):
    data = json.loads(json.dumps(report.to_json()))
    assert (data["schema_version"], data["policy"], data["passed"]) == (2, "random", False)
    assert list(data["scores"]) == ["random", "oracle", "noop"]
    success = data["scores"]["oracle"]["belt-in-line"]["success"]
    assert (success["value"], success["n"]) == (1.0, 2)
    assert [task["id"] for task in data["tasks"]] == [task.id for task in small_tasks()]
    assert data["tasks"][0]["slices"][0] == "all"
    assert "tasks" not in report.to_json(tasks=False)


def test_markdown_shows_the_verdict_and_a_column_for_each_policy(report):
    text = to_markdown(report)
    assert text.startswith("## factorion eval: random, success ")
    assert "**Gates failed.**" in text
    assert "| metric | random | oracle | noop |" in text
    assert "| success |" in text
    assert "100.0 % [56.6, 100.0]" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {5, 6}


def test_slices_that_hold_every_task_are_not_repeated(report):
    assert "kind-throughput" not in to_markdown(report)


def test_the_folder_holds_a_page_that_needs_no_other_file(report, tmp_path):
    written = write_report(report, tmp_path / "report", pictures=1)
    assert [path.name for path in written[:3]] == ["report.html", "report.json", "success.png"]
    assert all(path.is_file() for path in written)
    pictures = sorted((tmp_path / "report" / "pictures").iterdir())
    assert pictures == sorted(written[3:])
    assert all(path.read_bytes().startswith(PNG) for path in (*pictures, written[2]))
    page = written[0].read_text()
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == len(pictures) + 1
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not list(tmp_path.glob(".*"))


def test_an_earlier_report_is_replaced_and_nothing_else_is(report, tmp_path):
    write_report(report, tmp_path / "report", pictures=2)
    write_report(report, tmp_path / "report", pictures=0)
    assert not list((tmp_path / "report" / "pictures").iterdir())
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("keep me")
    with pytest.raises(UsageError, match="holds other files"):
        write_report(report, tmp_path / "notes")
    with pytest.raises(UsageError, match="is a file"):
        check_target(tmp_path / "notes" / "mine.txt")


def test_the_same_report_gives_the_same_bytes(report, tmp_path):
    one, two = write_report(report, tmp_path / "one", 1), write_report(report, tmp_path / "two", 1)
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_pictures_are_of_each_missing_kind_in_turn_and_of_new_families_first(report):
    chosen = choose(report.policy.outcomes, 4)
    assert [outcome.task.id for outcome in chosen] == ["line-belt", "gears-arm", "gears-machine", "long-belt"]
    assert len(choose(report.policy.outcomes, 99)) == 5


def test_what_was_placed_is_parted_into_right_and_wrong():
    wanted = small_tasks()[2]
    first, second = wanted.removed
    policy = Scripted([placing(first), placing(second, direction=0)])
    (outcome,) = evaluate(policy, [wanted], FEW, backend=SimulatorBackend(measure)).policy.outcomes
    right, wrong = right_and_wrong(outcome)
    assert (right, [entity.direction for entity in wrong]) == ([first], [0])


def test_where_the_builder_chooses_freely_nothing_is_wrong_by_itself():
    given = small_tasks()[0]
    free = replace(given, level=5, missing=(), allowed=("inserter", "transport-belt"))
    pictures = {}
    for one in (given, free):
        (outcome,) = evaluate(NoopPolicy(), [one], FEW, backend=SimulatorBackend(measure)).policy.outcomes
        pictures[one.level] = Image.open(io.BytesIO(picture(outcome))).size, describe(outcome)
    # No reference is drawn where there is none.
    assert pictures[5][0][0] < 0.7 * pictures[given.level][0][0]
    assert "in hand 1 transport-belt" in pictures[given.level][1]
    assert "free choice of inserter, transport-belt" in pictures[5][1]
    assert "15.00 at most" in pictures[5][1]


def test_a_sample_is_drawn_by_the_seed_and_keeps_the_order():
    tasks = small_tasks() * 4
    assert sample(tasks, None, 0) == sample(tasks, 20, 0) == tasks
    drawn = sample(list(range(100)), 10, 0)
    assert drawn == sorted(drawn) == sample(list(range(100)), 10, 0) != sample(list(range(100)), 10, 1)
    assert len(set(drawn)) == 10
