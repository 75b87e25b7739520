"""`factorion runs` from the outside, on folders of runs and on one that was really trained."""

import json
import re

import pytest
from PIL import Image

from factorion_cli.runs.charts import COLOURS
from tests.cli.test_train_bc import TINY
from tests.evaluation.conftest import dataset
from tests.runs.folders import write_run

__all__ = ["dataset"]


def test_a_list_names_every_run_and_what_is_wrong_with_it(factorion, tmp_path):
    write_run(tmp_path / "runs" / "whole")
    broken = write_run(tmp_path / "runs" / "broken")
    (broken / "config.json").write_text('{"lr"')
    code, out, err = factorion("runs", "list", tmp_path / "runs")
    assert code == 0
    assert "whole" in out
    assert "validation/success 75.0 %" in out
    assert re.search(r"broken: config.json cannot be read: .*\n", err)
    _, out, _ = factorion("runs", "list", tmp_path / "runs", "--json")
    assert [(row["made_by"], len(row["problems"])) for row in json.loads(out)] == [("?", 1), ("train-bc", 0)]


def test_a_run_is_shown_with_its_times_and_curves(factorion, tmp_path):
    run = write_run(tmp_path / "first")
    code, out, err = factorion("runs", "show", run, "--plot", tmp_path / "curves.png", "--metric", "train/loss")
    assert (code, err) == (0, f"wrote {tmp_path / 'curves.png'}\n")
    assert re.search(r"time: validation +│ 25.0 %", out)
    assert re.search(r"wall time +│ 2.0 min", out)
    assert re.search(r"train/loss\n +1 │", out)
    colours = {colour for _, colour in Image.open(tmp_path / "curves.png").convert("RGB").getcolors(1 << 20)}
    assert tuple(bytes.fromhex(COLOURS[0][1:])) in colours


def test_runs_are_compared_by_settings_and_figures(factorion, tmp_path):
    one, other = write_run(tmp_path / "one", lr=0.1), write_run(tmp_path / "other", lr=0.2)
    page = tmp_path / "page.html"
    code, out, _ = factorion("runs", "compare", one, other, "--html", page)
    assert code == 0
    assert re.search(r"lr +│ 0.1 +│ 0.2", out)
    assert "seed" not in out
    assert page.read_text().count("data:image/png") == 1
    _, out, _ = factorion("runs", "compare", one, other, "--json", "--metric", "validation/loss")
    found = json.loads(out)
    assert found["settings_that_differ"] == {"lr": [0.1, 0.2]}
    assert found["runs"][1]["curves"] == {"validation/loss": {"step": [10], "value": [0.5]}}


def test_in_a_terminal_runs_share_a_plot_in_their_colours(factorion, tmp_path, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    one, other = write_run(tmp_path / "one[1]"), write_run(tmp_path / "other")
    code, out, _ = factorion("runs", "compare", one, other, "--metric", "train/loss")
    assert code == 0
    (title,) = (line for line in out.splitlines() if "train/loss" in line)
    assert "\x1b[36mone[1]" in title
    assert "\x1b[33mother" in title


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["list", "nowhere"], "there is no folder nowhere"),
        (["show", "."], ". is no run: expected a folder written by"),
        (["show", "RUN", "--metric", "loss"], "--metric 'loss' was not logged; there are time/backward"),
        (["show", "RUN", "--plot", "no/such/folder.png"], "cannot write no/such/folder.png"),
        (["compare", "RUN"], "one run cannot be compared"),
        (["show", "RUN", "--html", "page.html", "--tasks", "nowhere"], "there is no dataset at nowhere"),
    ],
)
def test_what_cannot_be_done_says_why(factorion, tmp_path, monkeypatch, arguments, problem):
    write_run(tmp_path / "RUN")
    monkeypatch.chdir(tmp_path)
    code, _, err = factorion("runs", *arguments)
    assert code == 2
    assert problem in err


def test_the_page_of_a_broken_run_goes_without_pictures_of_tasks(factorion, tmp_path, monkeypatch):
    write_run(tmp_path / "RUN")
    monkeypatch.chdir(tmp_path)
    code, _, err = factorion("runs", "show", "RUN", "--html", "page.html")
    assert code == 0
    assert err.startswith("no pictures of tasks, --tasks DIR names some: there is no dataset at ds")
    assert (tmp_path / "page.html").read_text().count("data:image/png") == 1


def test_the_page_of_a_trained_run_has_pictures_of_what_it_builds(factorion, tmp_path, dataset):
    run, page = tmp_path / "run", tmp_path / "page.html"
    assert factorion("train-bc", dataset, "-o", run, "--steps", 3, *TINY, "--config", "log_every=1")[0] == 0
    code, out, err = factorion("runs", "show", run, "--html", page, "--count", 4, "--pictures", 1)
    assert (code, err) == (0, f"wrote {page}\n")
    assert re.search(r"state +│ finished", out)
    text = page.read_text()
    assert "4 tasks of the test split" in text
    assert "Failed tasks" in text
    assert 2 <= text.count("data:image/png") <= 3
    assert not re.search(r'(src|href)="(?!data:)', text)
