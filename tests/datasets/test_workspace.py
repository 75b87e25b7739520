"""A dataset folder appears whole or not at all, never in place of something else; what is done is not done again."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factorion_cli.datasets.workspace import Workspace, building_folder, check_output, finish_swap, workspace
from factorion_cli.errors import DatasetError, UsageError

RECIPE: dict[str, Any] = {"window": 32, "seed": 0}


@dataclass(frozen=True)
class Square:
    """A job that notes that it ran."""

    number: int
    ran: list[int]

    def content(self) -> bytes:
        return str(self.number).encode()


def square(job: Square) -> bytes:
    job.ran.append(job.number)
    stream = io.BytesIO()
    pq.write_table(pa.table({"square": [job.number**2]}), stream)
    return stream.getvalue()


def squares(work: Workspace, numbers: list[int]) -> tuple[list[tuple[str, int]], list[int]]:
    """(tag, result) of each job, and which were run."""
    ran: list[int] = []
    jobs = ((f"tag {number}", Square(number, ran)) for number in numbers)
    found = [(tag, pq.read_table(path)["square"][0].as_py()) for tag, path in work.results("read", square, jobs, None)]
    return found, ran


def begin(out: Path, *, resume: bool = False, overwrite: bool = False, recipe: dict[str, Any] = RECIPE) -> Any:
    return workspace(out, recipe, resume=resume, overwrite=overwrite)


def interrupted(
    out: Path, numbers: list[int], error: type[BaseException] = KeyboardInterrupt, *, overwrite: bool = False
) -> None:
    """Begin a build that an error ends after some jobs."""

    def build() -> None:
        with begin(out, overwrite=overwrite) as work:
            squares(work, numbers)
            raise error

    with pytest.raises(error):
        build()


def test_finished_dataset_takes_its_name(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "ds"
    with begin(out) as work:
        (work.dataset / "manifest.json").write_text("{}")
        assert not out.exists()
        work.finish(overwrite=False)
    assert (out / "manifest.json").is_file()
    assert [path.name for path in out.parent.iterdir()] == ["ds"]


def test_results_are_kept_and_not_made_again(tmp_path: Path) -> None:
    interrupted(tmp_path / "ds", [1, 2, 5])
    with begin(tmp_path / "ds", resume=True) as work:
        found, ran = squares(work, [1, 3, 2, 4, 5])
    assert found == [(f"tag {number}", number**2) for number in (1, 3, 2, 4, 5)]
    assert ran == [3, 4]


def test_result_that_was_cut_off_is_made_again(tmp_path: Path) -> None:
    interrupted(tmp_path / "ds", [1, 2])
    cut = sorted(building_folder(tmp_path / "ds").glob("read-*"))[0]
    cut.write_bytes(cut.read_bytes()[:-10])
    with begin(tmp_path / "ds", resume=True) as work:
        found, ran = squares(work, [1, 2])
    assert [value for _, value in found] == [1, 4]
    assert len(ran) == 1


def test_interrupt_before_the_first_result_leaves_nothing(tmp_path: Path) -> None:
    interrupted(tmp_path / "ds", [])
    assert list(tmp_path.iterdir()) == []


def test_input_that_cannot_be_used_leaves_nothing(tmp_path: Path) -> None:
    interrupted(tmp_path / "ds", [1], DatasetError)
    assert list(tmp_path.iterdir()) == []


def test_unfinished_build_is_in_the_way_unless_one_says_what_to_do(tmp_path: Path) -> None:
    interrupted(tmp_path / "ds", [1])
    with pytest.raises(UsageError, match=r"ds\.building holds an unfinished build: add --resume .* or --overwrite"):
        begin(tmp_path / "ds").__enter__()
    with begin(tmp_path / "ds", overwrite=True) as work:
        assert squares(work, [1])[1] == [1]


def test_other_options_cannot_go_on_with_a_build(tmp_path: Path) -> None:
    interrupted(tmp_path / "ds", [1])
    with pytest.raises(UsageError, match="begun with window 32, now it is 16"):
        begin(tmp_path / "ds", resume=True, recipe={"window": 16, "seed": 0}).__enter__()


def test_two_processes_cannot_build_the_same(tmp_path: Path) -> None:
    with begin(tmp_path / "ds"), pytest.raises(UsageError, match="another process is building"):
        begin(tmp_path / "ds", resume=True).__enter__()


def test_foreign_folder_of_that_name_is_left_alone(tmp_path: Path) -> None:
    thesis = building_folder(tmp_path / "ds")
    thesis.mkdir()
    (thesis / "chapter.txt").write_text("years of work")
    with pytest.raises(UsageError, match="is in the way"):
        begin(tmp_path / "ds", overwrite=True).__enter__()
    assert (thesis / "chapter.txt").is_file()


def test_interrupted_overwrite_keeps_the_old(tmp_path: Path) -> None:
    (tmp_path / "ds").mkdir()
    (tmp_path / "ds" / "manifest.json").write_text("old")
    interrupted(tmp_path / "ds", [1], overwrite=True)
    assert (tmp_path / "ds" / "manifest.json").read_text() == "old"


@pytest.mark.parametrize("moved", ["nothing", "old", "both"])
def test_swap_that_was_killed_half_way_is_completed(tmp_path: Path, moved: str) -> None:
    out = tmp_path / "ds"
    root = building_folder(out)
    (root / "dataset").mkdir(parents=True)
    (root / "dataset" / "manifest.json").write_text("new")
    (root / "recipe.json").write_text(json.dumps(RECIPE))
    (root / "finished").touch()
    out.mkdir()
    (out / "manifest.json").write_text("old")
    if moved != "nothing":
        out.rename(root / "old")
    if moved == "both":
        (root / "dataset").rename(out)
    finish_swap(out)
    assert (out / "manifest.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["ds"]


def test_overwrite_replaces_a_dataset_only(tmp_path: Path) -> None:
    out = tmp_path / "ds"
    out.mkdir()
    check_output(out, overwrite=False)  # an empty folder may be filled
    (out / "manifest.json").write_text("old")
    with pytest.raises(UsageError, match="--overwrite"):
        check_output(out, overwrite=False)
    with begin(out, overwrite=True) as work:
        (work.dataset / "manifest.json").write_text("new")
        work.finish(overwrite=True)
    assert (out / "manifest.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["ds"]


def test_foreign_folder_and_file_are_refused_whatever_the_options(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(UsageError, match="holds no dataset"):
        check_output(tmp_path / "thesis", overwrite=True)
    with pytest.raises(UsageError, match="is a file"):
        check_output(tmp_path / "thesis" / "chapter.txt", overwrite=True)
