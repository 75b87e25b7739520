"""`factorion eval` from the outside: exit codes, stdout, stderr and files. The oracle and no-op need no simulator."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from factorion_cli.factory.factory import Power
from tests.evaluation.conftest import dataset, write_tasks
from tests.evaluation.small_tasks import small_tasks

__all__ = ["dataset"]


def test_a_passed_gate_exits_0_and_prints_the_figures(factorion, dataset):
    code, out, err = factorion("eval", "oracle", dataset, "--no-baselines", "--min", "success=1")
    assert (code, err) == (0, "")
    assert "5 tasks of 3 families (simulator), 95 % intervals" in out
    assert "100.0 % [56.6, 100.0]" in out
    assert "pass  success 1.000" in out


def test_a_failed_gate_exits_1_and_says_which(factorion, dataset):
    code, out, err = factorion(
        "eval", "noop", dataset, "--no-baselines", "--min", "success/level-3=0.5", "--min", "success=0"
    )
    assert code == 1
    assert "FAIL  success/level-3" in out
    assert err == "gate failed: success/level-3 0.000 [0.000, 0.490] (n=4) is below 0.5\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["eval", "oracle", "nowhere"], "there is no dataset at nowhere"),
        (["eval", "runs/none", "DATASET"], "there is no run at runs/none; expected the folder of a"),
        (["eval", "oracle", "DATASET", "--split", "validation"], "no tasks in throughput/validation"),
        (["eval", "oracle", "DATASET", "--split", "tset"], "no split is called 'tset'"),
        (["eval", "oracle", "DATASET", "--config", "both"], "--config is 'both'"),
        (["eval", "oracle", "DATASET", "--level", "6"], "--level is 6"),
        (["eval", "oracle", "DATASET", "--level", "5"], "has no task of level 5"),
        (["eval", "oracle", "DATASET", "--min", "sucess=1"], "no metric is called 'sucess'"),
        (["eval", "oracle", "DATASET", "--min", "success/belts=1"], "these tasks have all, kind-throughput"),
        (["eval", "oracle", "DATASET", "--limit", "0"], "--limit is 0"),
        (["eval", "oracle", "DATASET", "--samples", "4"], "oracle is a baseline and does not search"),
        (["eval", "runs/none", "DATASET", "--samples", "4", "--beam", "2"], "are two ways to search"),
        (["eval", "runs/none", "DATASET", "--first"], "--first is about --samples"),
        (["eval", "runs/none", "DATASET", "--prune"], "--prune is about --samples"),
        (["eval", "runs/none", "DATASET", "--temperature", "0.5"], "--temperature is about --samples"),
    ],
)
def test_what_cannot_be_run_exits_2_with_a_message(factorion, dataset, arguments, problem):
    code, out, err = factorion(*(dataset if argument == "DATASET" else argument for argument in arguments))
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert problem in err


def test_an_empty_dataset_exits_2(factorion, tmp_path):
    code, _, err = factorion("eval", "oracle", write_tasks(tmp_path / "empty", {}))
    assert code == 2
    assert "it has no rows at all" in err


def test_a_folder_without_a_policy_exits_2(factorion, dataset, tmp_path):
    code, _, err = factorion("eval", tmp_path, dataset)
    assert code == 2
    assert "holds no policy" in err


def test_json_goes_to_stdout_alone_and_is_the_same_each_time(factorion, dataset):
    arguments = ("eval", "oracle", dataset, "--json", "--no-baselines", "--config", "all", "--seed", "3")
    code, out, err = factorion(*arguments)
    data = json.loads(out)
    assert (code, err) == (0, "")
    assert data["about"]["split"] == "test"
    assert data["settings"]["warmup_ticks"] == 600
    assert data["scores"]["oracle"]["kind-structural"]["tasks"] == 1
    assert len(data["tasks"]) == 6
    assert factorion(*arguments)[1] == out


def test_a_level_and_a_limit_choose_tasks(factorion, dataset):
    _, out, _ = factorion("eval", "oracle", dataset, "--json", "--no-baselines", "--level", "4")
    assert [task["id"] for task in json.loads(out)["tasks"]] == ["line-two-belts"]
    _, out, _ = factorion("eval", "oracle", dataset, "--json", "--no-baselines", "--limit", "2")
    assert len(json.loads(out)["tasks"]) == 2


def test_files_are_written_also_when_a_gate_fails(factorion, dataset, tmp_path):
    code, _, err = factorion(
        *("eval", "noop", dataset, "--no-baselines", "--min", "success=0.5"),
        *("--junit", tmp_path / "ci" / "eval.xml", "--markdown", tmp_path / "eval.md"),
        *("--report", tmp_path / "report", "--pictures", 1),
    )
    assert code == 1
    suite = ElementTree.parse(tmp_path / "ci" / "eval.xml").getroot().find("testsuite")
    assert suite.get("failures") == "1"
    assert "**Gates failed.**" in (tmp_path / "eval.md").read_text()
    assert (tmp_path / "report" / "report.html").is_file()
    assert err.count("wrote ") == 6


def test_without_a_train_split_there_is_no_prior_beside(factorion, tmp_path):
    from tests.evaluation.small_tasks import small_tasks

    only_test = write_tasks(tmp_path / "only-test", {"test": small_tasks()[:1]})
    code, _, err = factorion("eval", "prior", only_test, "--no-baselines")
    assert code == 2
    assert "no tasks in throughput/train" in err


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    """A run whose policy knows nothing."""
    import torch

    from factorion_cli.factory.vocabulary import default_vocabulary
    from factorion_cli.policies.checkpoints import save_policy
    from factorion_cli.policies.network import NetworkConfig, PolicyNetwork

    torch.manual_seed(0)
    small = NetworkConfig(8, blocks_in=1, blocks_middle=1, blocks_out=1, attention_blocks=1, heads=2, hidden=16)
    run = tmp_path_factory.mktemp("runs") / "untrained"
    save_policy(run / "checkpoints" / "00000001" / "policy", PolicyNetwork(default_vocabulary(), small))
    (run / "best").write_text("checkpoints/00000001\n")
    return run


def test_a_saved_network_is_scored_beside_the_baselines(factorion, dataset, untrained):
    code, out, err = factorion("eval", untrained, dataset, "--json", "--threads", 1)
    data = json.loads(out)
    assert (code, err) == (0, "")
    assert list(data["scores"]) == ["untrained", "random", "prior", "oracle"]
    assert data["about"]["checkpoint"] == str(untrained / "checkpoints" / "00000001" / "policy")
    assert data["scores"]["untrained"]["all"]["invalid_actions"]["value"] == 0.0


def test_a_search_is_said_and_does_no_worse(factorion, dataset, untrained):
    asked = ("eval", untrained, dataset, "--threads", 1, "--no-baselines")
    _, out, _ = factorion(*asked, "--json")
    _, searched, _ = factorion(*asked, "--samples", 200, "--json")
    plain, found = (json.loads(text) for text in (out, searched))
    assert found["about"]["samples"] == 200
    worth = [data["scores"]["untrained"]["all"]["normalised_throughput"]["value"] for data in (plain, found)]
    assert worth[1] > worth[0]
    _, out, _ = factorion(*asked, "--beam", 2)
    assert "(simulator, beam 2)" in out


@pytest.mark.parametrize("policy", ["oracle", "random"])
def test_a_server_gives_every_task_the_success_that_the_simulator_gives(factorion, dataset, policy):
    asked = ("eval", policy, dataset, "--config", "all", "--no-baselines", "--json")
    here, there = (json.loads(factorion(*asked, *where)[1]) for where in ((), ("--server", "embedded")))
    assert [report["about"]["backend"] for report in (here, there)] == ["simulator", "embedded server 2.0.75"]
    assert there["left_out"] == {}
    for one, other in zip(here["tasks"], there["tasks"], strict=True):
        for key in ("id", "success", "exact_match", "steps", "invalid_actions", "ending"):
            assert one[key] == other[key]


def test_tasks_that_a_server_cannot_build_are_left_out_and_told(factorion, tmp_path):
    fine = small_tasks()[0]
    odd = replace(fine, id="odd", reference=replace(fine.reference, power=Power("satisfaction", 0.5)))
    root = write_tasks(tmp_path / "odd", {"test": [fine, odd]})
    code, out, err = factorion("eval", "oracle", root, "--no-baselines", "--server", "embedded")
    assert code == 0
    assert "1 tasks of 1 families (embedded server 2.0.75)" in out
    assert "left out 1 tasks that cannot be built on embedded server 2.0.75:\n  1 x power: power of mode" in err


def test_a_password_without_a_server_is_refused(factorion, dataset, tmp_path):
    code, _, err = factorion("eval", "oracle", dataset, "--password-file", tmp_path / "secret")
    assert code == 2
    assert "--password-file is for --server rcon://HOST:PORT" in err
