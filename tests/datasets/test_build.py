"""The whole build: blueprint strings in, the same bytes out whoever works on them, and no leak between splits."""

from __future__ import annotations

import json
import os
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path

import pytest

from factorion_cli.blueprints import decode, encode, encode_book
from factorion_cli.blueprints.exchange import pack
from factorion_cli.datasets import CONFIGS, DatasetInfo, damaged_files, read_tasks, split_of, wrong_rows
from factorion_cli.datasets.build import Progress, build_dataset
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.factory import Entity, Factory

SETTINGS = BuildSettings(window=16, per_window=3)


def bare_line(length: int) -> Factory:
    """A belt without endpoints, which the build has to infer."""
    entities = tuple(Entity("transport-belt", x, 0, 4) for x in range(length))
    return Factory(width=length, height=1, entities=entities, id=f"line-{length}")


def smelter(furnaces: int) -> Factory:
    """A column of furnaces between a belt of ore and a belt of plates."""
    entities: list[Entity] = []
    for place in range(furnaces):
        y = 2 * place
        entities += [Entity("transport-belt", 0, y + step, 8) for step in (0, 1)]
        entities.append(Entity("inserter", 1, y, 12))
        entities.append(Entity("stone-furnace", 2, y))
        entities.append(Entity("inserter", 4, y, 12))
        entities += [Entity("transport-belt", 5, y + step, 8) for step in (0, 1)]
    return Factory(width=6, height=2 * furnaces, entities=tuple(entities), id=f"smelter-{furnaces}")


@pytest.fixture(scope="module")
def prints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of strings: good ones in a file and a book, a copy, a damaged and an empty one."""
    folder = tmp_path_factory.mktemp("prints")
    (folder / "lines.txt").write_text("\n".join(encode(bare_line(length)) for length in (3, 6, 9)))
    (folder / "book.txt").write_text(encode_book([smelter(1), smelter(3), bare_line(6)]))
    (folder / "damaged.txt").write_text(encode(smelter(2))[:-20])
    (folder / "notes.md").write_text("nothing to see here")
    return folder


@pytest.fixture(scope="module")
def built(prints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "ds"
    build_dataset([str(prints)], out, SETTINGS)
    return out


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_dataset_is_whole_and_no_family_straddles_a_split(built: Path) -> None:
    info = DatasetInfo.load(built)
    assert damaged_files(info) == []
    assert wrong_rows(info) == []
    assert info.rows("throughput") > 0
    for config in CONFIGS:
        for split in info.splits(config):
            assert {split_of(task.family) for task in read_tasks(built, split, config)} == {split}


def test_every_task_that_counts_loses_throughput_and_names_its_source(built: Path) -> None:
    info = DatasetInfo.load(built)
    tasks = [task for split in info.splits("throughput") for task in read_tasks(built, split)]
    counted = [task for task in tasks if task.missing and not task.redundant]
    assert counted
    assert all(task.throughput_start < task.throughput_reference for task in counted)
    assert {task.provenance.source.partition("#")[0] for task in tasks} <= {"lines.txt", "book.txt"}
    assert len({task.id for task in tasks}) == len(tasks)


def test_report_names_what_was_not_used(built: Path) -> None:
    report = json.loads((built / "report.json").read_text())
    assert report["read"] == {"files": 4, "blueprints": 6}
    assert report["kept"]["designs"] == 5
    skips = [json.loads(line) for line in (built / "skipped.jsonl").read_text().splitlines()]
    by_source = {skip["source"].partition("#")[0]: skip for skip in skips if skip["stage"] == "read"}
    assert by_source["damaged.txt"]["kind"] == "damaged"
    assert by_source["notes.md"]["kind"] == "no-string"
    assert [skip["stage"] for skip in skips if skip["source"] == "lines.txt#1"] == ["duplicate"]


def test_designs_do_not_disturb_one_another(built: Path, prints: Path, tmp_path: Path) -> None:
    """A design gives the same tasks alone as among others."""
    build_dataset([str(prints / "book.txt")], tmp_path / "ds", SETTINGS)
    alone, among = DatasetInfo.load(tmp_path / "ds"), DatasetInfo.load(built)
    ids = {task.id for split in among.splits("throughput") for task in read_tasks(built, split)}
    tasks = [task for split in alone.splits("throughput") for task in read_tasks(tmp_path / "ds", split)]
    assert {task.id for task in tasks} <= ids


def test_other_seed_gives_other_removals(built: Path, prints: Path, tmp_path: Path) -> None:
    info, _ = build_dataset([str(prints)], tmp_path / "ds", BuildSettings(window=16, per_window=3, seed=1))
    assert info.fingerprint != DatasetInfo.load(built).fingerprint


def test_cap_per_design_and_limit_hold(prints: Path, tmp_path: Path) -> None:
    settings = BuildSettings(window=16, per_design=1, limit=2, licence="MIT")
    info, report = build_dataset([str(prints)], tmp_path / "ds", settings)
    tasks = [task for split in info.splits("throughput") for task in read_tasks(tmp_path / "ds", split)]
    assert report.designs == 2
    assert len({task.design for task in tasks}) == len(tasks)
    assert {task.provenance.licence for task in tasks} == {"MIT"}


def test_dense_form_alone_leaves_no_parquet(prints: Path, tmp_path: Path) -> None:
    settings = BuildSettings(window=16, per_window=1, form="hdf5")
    info, _ = build_dataset([str(prints / "lines.txt")], tmp_path / "ds", settings)
    assert sorted(path.name for path in (tmp_path / "ds").iterdir()) == [
        "README.md", "designs.parquet", "manifest.json", "pictures", "report.json", "skipped.jsonl", "tasks.h5",
    ]  # fmt: skip
    assert DatasetInfo.load(tmp_path / "ds") == info
    with pytest.raises(DatasetError, match="only the dense form"):
        read_tasks(tmp_path / "ds", info.splits("throughput")[0])


def test_progress_ends_with_every_design(prints: Path, tmp_path: Path) -> None:
    heard: list[Progress] = []
    build_dataset([str(prints / "lines.txt")], tmp_path / "ds", SETTINGS, tell=heard.append)
    assert list(dict.fromkeys(progress.stage for progress in heard)) == ["read", "mine", "write"]
    assert (heard[-1].done, heard[-1].total) == (3, 3)
    assert heard[-1].tasks > 0


def test_input_without_tasks_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no blueprint here")
    with pytest.raises(DatasetError, match=r"no task came out of .*notes\.txt.*1 no-string"):
        build_dataset([str(tmp_path / "notes.txt")], tmp_path / "ds", SETTINGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt"]


def test_missing_input_is_named_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        build_dataset([str(tmp_path / "nowhere")], tmp_path / "ds", SETTINGS)


class _Interrupted(Executor):
    """An executor whose first job ends with Ctrl-C."""

    def submit(self, *args: object, **kwargs: object) -> Future:  # type: ignore[override, type-arg]
        future: Future[object] = Future()
        future.set_exception(KeyboardInterrupt())
        return future


def test_interrupted_build_leaves_nothing_behind(prints: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        build_dataset([str(prints)], tmp_path / "ds", SETTINGS, _Interrupted())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value"), [("window", 3), ("per_window", 0), ("seed", -1), ("form", "csv"), ("mods", "maybe")]
)
def test_settings_out_of_range_are_refused_by_name(option: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"{'format' if option == 'form' else option.replace('_', '-')} is"):
        BuildSettings(**{option: value})  # type: ignore[arg-type]


@pytest.mark.corpus
@pytest.mark.skipif("FACTORION_CORPUS" not in os.environ, reason="FACTORION_CORPUS names no folder of real blueprints")
def test_real_blueprints_build_into_a_sound_dataset(tmp_path: Path) -> None:
    settings = BuildSettings(per_window=2, max_windows=2, limit=60)
    info, report = build_dataset([os.environ["FACTORION_CORPUS"]], tmp_path / "ds", settings)
    assert wrong_rows(info) == []
    assert report.designs == 60
    assert not [skip for skip in report.skips if skip.kind == "failed"]


def test_prints_with_mods_are_skipped_kept_as_structure_or_stripped(tmp_path: Path) -> None:
    document = decode(encode(smelter(2)))
    document["blueprint"]["entities"].append({"name": "bob-pipe", "position": {"x": 1.5, "y": 0.5}})
    (tmp_path / "modded.txt").write_text(pack(document))
    kinds = {}
    for mods in ("keep", "strip"):
        info, _ = build_dataset([str(tmp_path / "modded.txt")], tmp_path / mods, replace(SETTINGS, mods=mods))
        kinds[mods] = {config: info.rows(config) for config in ("throughput", "structural")}
    with pytest.raises(DatasetError, match="1 modded"):
        build_dataset([str(tmp_path / "modded.txt")], tmp_path / "skip", SETTINGS)
    assert kinds["keep"]["throughput"] == 0 < kinds["keep"]["structural"]
    assert kinds["strip"]["throughput"] > 0


def test_sources_make_up_the_test_split(prints: Path, tmp_path: Path) -> None:
    info, _ = build_dataset([str(prints)], tmp_path / "ds", replace(SETTINGS, test_sources=("book.txt#*",)))
    found = {
        (split, task.provenance.source) for split in info.splits("throughput") for task in read_tasks(info.path, split)
    }
    assert {"test"} == {split for split, source in found if "book.txt" in source}
    assert "test" not in {split for split, source in found if "lines.txt" in source}
