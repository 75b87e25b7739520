"""What is made whole appears at the end, or leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from factorion_cli.datasets.whole import made_whole


def test_files_and_folders_appear_at_the_end(tmp_path: Path) -> None:
    with made_whole(tmp_path / "deep" / "file") as making:
        making.write_text("new")
        assert not (tmp_path / "deep" / "file").exists()
    assert (tmp_path / "deep" / "file").read_text() == "new"
    with made_whole(tmp_path / "folder") as making:
        making.mkdir()
    assert (tmp_path / "folder").is_dir()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["deep", "file", "folder"]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").touch()
    with made_whole(tmp_path / "out") as making:
        making.mkdir()
        (making / "new").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "new"]


def _interrupted(out: Path, is_folder: bool) -> None:
    with made_whole(out) as making:
        making.mkdir() if is_folder else making.write_text("new")
        raise KeyboardInterrupt


@pytest.mark.parametrize("is_folder", [True, False])
def test_an_exception_leaves_what_was_there(tmp_path: Path, is_folder: bool) -> None:
    (tmp_path / "out").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        _interrupted(tmp_path / "out", is_folder)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_text() == "old"
