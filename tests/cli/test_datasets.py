"""`factorion build-dataset` and `factorion dataset`: exit codes, what goes where, and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from factorion_cli.blueprints import encode
from factorion_cli.blueprints.exchange import decode
from factorion_cli.cli.app import main
from factorion_cli.datasets import DatasetInfo
from factorion_cli.factory import Entity, Factory


@pytest.fixture(scope="module")
def strings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("strings") / "lines.txt"
    lines = [Factory(n, 1, tuple(Entity("transport-belt", x, 0, 4) for x in range(n))) for n in (4, 7)]
    path.write_text("\n".join(map(encode, lines)))
    return path


@pytest.fixture(scope="module")
def dataset(strings: Path) -> Path:
    out = strings.parent / "ds"
    assert run("build-dataset", str(strings), "-o", str(out), "--workers", "1") == 0
    return out


def run(*arguments: str) -> int:
    """The exit code of the command, run in this process."""
    before = sys.argv
    sys.argv = ["factorion", *arguments]
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    finally:
        sys.argv = before
    return 0


def test_build_prints_its_report_and_nothing_on_stderr(
    strings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build-dataset", str(strings), "-o", str(tmp_path / "ds"), "--workers", "1") == 0
    printed = capsys.readouterr()
    assert "distinct designs" in printed.out
    assert str(tmp_path / "ds") in printed.out
    assert printed.err == ""


def test_build_prints_json(strings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build-dataset", str(strings), "-o", str(tmp_path / "ds"), "--workers", "1", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["kept"]["designs"] == 2
    assert report["fingerprint"] == DatasetInfo.load(tmp_path / "ds").fingerprint


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{tmp}/nowhere", "-o", "{tmp}/ds"), "nowhere does not exist"),
        (("{tmp}/empty", "-o", "{tmp}/ds"), "no task came out of"),
        (("{strings}", "-o", "{dataset}"), "already holds a dataset: add --overwrite"),
        (("{strings}", "-o", "{strings}"), "is a file, expected a folder"),
        (("{strings}", "-o", "{tmp}/ds", "--format", "csv"), "format is 'csv'"),
        (("{strings}", "-o", "{tmp}/ds", "--workers", "0"), "workers is 0"),
        (("{strings}", "-o", "{tmp}/ds", "--window", "1"), "window is 1"),
    ],
)
def test_what_cannot_be_built_exits_2_and_says_why(
    arguments: tuple[str, ...],
    message: str,
    strings: Path,
    dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty").mkdir()
    capsys.readouterr()
    places = {"tmp": tmp_path, "strings": strings, "dataset": dataset}
    assert run("build-dataset", *(argument.format(**places) for argument in arguments)) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_show_prints_figures_and_draws_tasks(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("dataset", "show", str(dataset), "--render", "2", "-o", str(tmp_path / "pictures")) == 0
    printed = capsys.readouterr().out
    assert "transport-belt" in printed
    pictures = sorted((tmp_path / "pictures").iterdir())
    assert len(pictures) == 2
    assert all(path.read_bytes().startswith(b"\x89PNG") and str(path) in printed for path in pictures)


def test_show_prints_json(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("dataset", "show", str(dataset), "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert sum(part["tasks"] for part in figures["splits"]) == DatasetInfo.load(dataset).rows()


def test_validate_passes_a_good_dataset_and_names_a_damaged_shard(
    strings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build-dataset", str(strings), "-o", str(tmp_path / "ds"), "--workers", "1") == 0
    capsys.readouterr()
    assert run("dataset", "validate", str(tmp_path / "ds")) == 0
    assert "all as the manifest says" in capsys.readouterr().out
    shard = DatasetInfo.load(tmp_path / "ds").shards[0]
    with (tmp_path / "ds" / shard.path).open("ab") as stream:
        stream.write(b"!")
    assert run("dataset", "validate", str(tmp_path / "ds")) == 2
    assert shard.path in capsys.readouterr().err


def test_stats_group_what_fits(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    plot = tmp_path / "plot.png"
    assert run("dataset", "stats", str(dataset), "level=3", "--by", "level", "--json", "--plot", str(plot)) == 0
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    assert group["value"] == "3"
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert run("dataset", "stats", str(dataset)) == 0
    assert "belts" in capsys.readouterr().out


def test_sample_writes_pictures_and_strings(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    out = tmp_path / "sample"
    assert run("dataset", "sample", str(dataset), "n_missing=1", "-n", "2", "-o", str(out), "--json") == 0
    tasks = json.loads(capsys.readouterr().out)
    assert [len(task["hand"]) for task in tasks] == [1, 1]
    texts = sorted(out.glob("*.txt"))
    assert [path.with_suffix(".png").exists() for path in texts] == [True, True]
    start, reference = (decode(string) for string in texts[0].read_text().split())
    assert len(json.dumps(start)) < len(json.dumps(reference))
    assert run("dataset", "sample", str(dataset), "width>99") == 2
    assert "no task of" in capsys.readouterr().err


def test_filter_merge_and_export_make_what_they_say(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few, rest, both = (str(tmp_path / name) for name in ("few", "rest", "both"))
    capsys.readouterr()
    assert run("dataset", "filter", str(dataset), "level=3", "-o", few) == 0
    assert run("dataset", "filter", str(dataset), "level!=3", "-o", rest) == 0
    capsys.readouterr()
    assert run("dataset", "merge", few, rest, "-o", both, "--json") == 0
    merged = json.loads(capsys.readouterr().out)
    info = DatasetInfo.load(dataset)
    assert {config: merged["counts"][config] for config in info.counts} == info.counts
    for form, name in (("hdf5", "all.h5"), ("numpy", "arrays"), ("minari", "episodes")):
        assert run("dataset", "export", both, "--format", form, "-o", str(tmp_path / name), "--json") == 0
        assert json.loads(capsys.readouterr().out)["written"]
        assert (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("stats", "{dataset}", "--by", "colour"), "no column to group by is called 'colour'"),
        (("stats", "{dataset}", "--split", "dev"), "--split is 'dev', expected one of train"),
        (("sample", "{dataset}", "-n", "0"), "count is 0"),
        (("filter", "{dataset}", "level", "-o", "{tmp}/out"), "'level' is no condition"),
        (("filter", "{dataset}", "level=9", "-o", "{tmp}/out"), "no task is left"),
        (("merge", "{dataset}", "-o", "{tmp}/out"), "two datasets or more"),
        (("export", "{dataset}", "--format", "csv", "-o", "{tmp}/out"), "expected one of hdf5, numpy, minari"),
        (("export", "{dataset}", "width>99", "-o", "{tmp}/out"), "no task to export"),
        (("export", "{dataset}", "-o", "{dataset}"), "exists: choose another name"),
    ],
)
def test_what_cannot_be_made_exits_2_and_leaves_nothing(
    arguments: tuple[str, ...], message: str, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run("dataset", *(argument.format(tmp=tmp_path, dataset=dataset) for argument in arguments)) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["show", "stats", "sample", "validate"])
def test_folder_that_is_no_dataset_exits_2(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dataset", verb, str(tmp_path)) == 2
    assert "has no manifest.json" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_build_exits_so_and_leaves_no_dataset(
    strings: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    command = [sys.executable, "-c", "from factorion_cli.cli.app import main; main()"]
    arguments = ["build-dataset", str(strings), "-o", str(tmp_path / "ds"), "--workers", "2"]
    process = subprocess.Popen([*command, *arguments], stderr=subprocess.PIPE, start_new_session=True, text=True)
    deadline = time.monotonic() + 60
    while not any(tmp_path.iterdir()):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.terminate()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in errors
    # What was read until then may stay, for --resume.
    assert {path.name for path in tmp_path.iterdir()} <= {"ds.building"}
