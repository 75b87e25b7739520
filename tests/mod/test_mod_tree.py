"""The mod's files, as far as they can be checked without the game."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

MOD = Path(__file__).resolve().parents[2] / "mod"
SCRIPTS = sorted(MOD.rglob("*.lua"))
BELTS = ("transport-belt", "fast-transport-belt", "express-transport-belt")
NAMES = {f"factorion-{role}-{kind}" for role in ("source", "sink") for kind in (*BELTS, "infinity-chest")}


def test_info_names_the_mod_and_the_versions_that_it_needs():
    info = json.loads((MOD / "info.json").read_text(encoding="utf-8"))
    assert info["name"] == "factorion"
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])
    assert info["factorio_version"] == "2.0"
    assert info["dependencies"] == ["base >= 2.0.61"]


@pytest.mark.parametrize("section", ["entity-name", "item-name"])
def test_every_endpoint_has_an_english_name(section):
    locale = configparser.ConfigParser(delimiters=("=",))
    locale.read(MOD / "locale" / "en" / "factorion.cfg", encoding="utf-8")
    assert set(locale[section]) == NAMES


def test_every_module_that_is_required_is_there():
    for script in SCRIPTS:
        for module in re.findall(r'require\("([\w.]+)"\)', script.read_text(encoding="utf-8")):
            assert (MOD / f"{module.replace('.', '/')}.lua").is_file(), f"{script.name} requires {module}"


@pytest.mark.skipif(shutil.which("luac5.2") is None, reason="needs luac5.2")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.relative_to(MOD).as_posix())
def test_every_script_compiles(script):
    subprocess.run(["luac5.2", "-p", str(script)], check=True)
