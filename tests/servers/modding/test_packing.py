"""The mod as the game loads it: one zip for each version, and its place among other mods."""

from __future__ import annotations

import json
import zipfile

import pytest

from factorion_cli.errors import DataError, UsageError
from factorion_cli.servers.modding import install, installed_version, mod_files, mod_folder, mod_info, pack, packed

MOD = mod_folder()
STEM = f"factorion_{mod_info(MOD).version}"


@pytest.mark.parametrize(("factorio", "base"), [("2.0", "base >= 2.0.61"), ("2.1", "base >= 2.1.7")])
def test_each_version_gets_a_zip_that_names_it(tmp_path, factorio, base):
    paths = pack(MOD, tmp_path)
    assert tmp_path / factorio / f"{STEM}.zip" in paths
    with zipfile.ZipFile(tmp_path / factorio / f"{STEM}.zip") as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {STEM}
        assert {name.split("/", 1)[1] for name in archive.namelist()} == {p.as_posix() for p in mod_files(MOD)}
        info = json.loads(archive.read(f"{STEM}/info.json"))
    assert (info["factorio_version"], info["dependencies"]) == (factorio, [base])


def test_settings_of_tools_are_not_packed():
    assert (MOD / ".luacheckrc").is_file()
    assert not [path for path in mod_files(MOD) if path.name.startswith(".")]


def test_the_same_mod_packs_to_the_same_bytes():
    assert packed(MOD, "2.0") == packed(MOD, "2.0")


def test_other_versions_of_the_game_are_refused():
    with pytest.raises(UsageError, match=r"2\.0 and 2\.1, not for '1\.1'"):
        packed(MOD, "1.1")


@pytest.fixture
def mods(tmp_path):
    folder = tmp_path / "game" / "mods"
    folder.mkdir(parents=True)
    return folder


def test_install_takes_the_version_from_the_log_of_the_game(mods):
    (mods.parent / "factorio-current.log").write_text("   0.000 2026-01-01; Factorio 2.1.9 (build 1, linux64)\n")
    assert installed_version(mods) == "2.1"
    with zipfile.ZipFile(install(MOD, mods)) as archive:
        assert json.loads(archive.read(f"{STEM}/info.json"))["factorio_version"] == "2.1"


def test_install_replaces_older_versions_and_enables_the_mod(mods):
    (mods / "factorion_0.0.1.zip").write_bytes(b"old")
    (mods / "other_0.0.1.zip").write_bytes(b"kept")
    listed = [{"name": "base", "enabled": True}, {"name": "factorion", "enabled": False}]
    (mods / "mod-list.json").write_text(json.dumps({"mods": listed}))
    install(MOD, mods, "2.0")
    assert {path.name for path in mods.iterdir()} == {f"{STEM}.zip", "other_0.0.1.zip", "mod-list.json"}
    assert json.loads((mods / "mod-list.json").read_text())["mods"][1] == {"name": "factorion", "enabled": True}


def test_install_asks_for_the_version_where_nothing_tells_it(mods):
    with pytest.raises(UsageError, match=r"--factorio 2\.0 or 2\.1"):
        install(MOD, mods)


def test_install_does_not_hide_a_folder_of_the_mod(mods):
    (mods / "factorion").mkdir()
    with pytest.raises(DataError, match="remove it first"):
        install(MOD, mods, "2.0")


def test_install_names_the_option_where_there_is_no_game(tmp_path):
    with pytest.raises(UsageError, match="--mods"):
        install(MOD, tmp_path / "nothing" / "mods", "2.0")
