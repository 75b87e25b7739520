"""The mod's files, as far as they can be checked without running them."""

from __future__ import annotations

import configparser
import json
import re

import pytest

from factorion_cli.servers.modding import check, mod_folder

MOD = mod_folder()
BELTS = ("transport-belt", "fast-transport-belt", "express-transport-belt", "turbo-transport-belt")
NAMES = {f"factorion-{role}-{kind}" for role in ("source", "sink") for kind in (*BELTS, "infinity-chest")}


def test_info_names_the_mod_and_the_versions_that_it_needs():
    info = json.loads((MOD / "info.json").read_text(encoding="utf-8"))
    assert info["name"] == "factorion"
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])
    assert info["factorio_version"] == "2.0"
    assert info["dependencies"] == ["base >= 2.0.61"]


OTHERS = {"factorion-power-pole", "factorion-power-source", "factorion-region"}


@pytest.fixture
def locale():
    """The English texts by section and key."""
    found = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    found.read(MOD / "locale" / "en" / "factorion.cfg", encoding="utf-8")
    return found


@pytest.mark.parametrize("section", ["entity-name", "item-name"])
def test_every_endpoint_has_an_english_name(locale, section):
    assert set(locale[section]) - OTHERS == NAMES


def test_every_text_that_is_shown_is_there_in_english_and_no_other(locale):
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (MOD / "scripts").glob("*.lua"))
    assert set(re.findall(r'"factorion\.([\w-]+)"', scripts)) == set(locale["factorion"])


def test_every_key_has_an_english_name(locale):
    script = (MOD / "prototypes" / "assistant.lua").read_text(encoding="utf-8")
    keys = set(re.findall(r'key\("([\w-]+)"', script)) | {"factorion-region"}
    assert set(locale["controls"]) == keys
    assert set(locale["shortcut-name"]) == {"factorion-region"}


def test_no_faults_are_found_in_the_mod():
    assert [str(finding) for finding in check(MOD)] == []
