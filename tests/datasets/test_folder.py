"""A dataset folder appears whole or not at all, and never in place of something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.datasets.folder import check_output, folder_under_construction
from factorion_cli.errors import UsageError


def test_finished_folder_takes_its_name(tmp_path: Path) -> None:
    with folder_under_construction(tmp_path / "deep" / "ds", overwrite=False) as folder:
        (folder / "manifest.json").write_text("{}")
        assert not (tmp_path / "deep" / "ds").exists()
    assert (tmp_path / "deep" / "ds" / "manifest.json").is_file()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["ds"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_interrupted_build_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def build() -> None:
        with folder_under_construction(tmp_path / "ds", overwrite=False) as folder:
            (folder / "part").write_text("half")
            raise error

    with pytest.raises(error):
        build()
    assert list(tmp_path.iterdir()) == []


def test_interrupted_overwrite_keeps_the_old(tmp_path: Path) -> None:
    (tmp_path / "ds").mkdir()
    (tmp_path / "ds" / "manifest.json").write_text("old")
    with pytest.raises(KeyboardInterrupt), folder_under_construction(tmp_path / "ds", overwrite=True):
        raise KeyboardInterrupt
    assert (tmp_path / "ds" / "manifest.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["ds"]


def test_overwrite_replaces_a_dataset_only(tmp_path: Path) -> None:
    out = tmp_path / "ds"
    out.mkdir()
    check_output(out, overwrite=False)  # an empty folder may be filled
    (out / "manifest.json").write_text("old")
    with pytest.raises(UsageError, match="--overwrite"):
        check_output(out, overwrite=False)
    with folder_under_construction(out, overwrite=True) as folder:
        (folder / "manifest.json").write_text("new")
    assert (out / "manifest.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["ds"]


def test_foreign_folder_and_file_are_refused_whatever_the_options(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(UsageError, match="holds no dataset"):
        check_output(tmp_path / "thesis", overwrite=True)
    with pytest.raises(UsageError, match="is a file"):
        check_output(tmp_path / "thesis" / "chapter.txt", overwrite=True)
