from __future__ import annotations

import pytest

from factorion_cli.errors import UsageError
from factorion_cli.servers.api import VERSIONS, load_api


@pytest.mark.parametrize("version", VERSIONS)
def test_every_class_has_the_members_of_its_ancestors(version: str) -> None:
    classes = load_api(version).classes
    assert classes["LuaEntity"].attributes["walking_state"].writable
    assert not classes["LuaEntity"].attributes["name"].writable
    assert classes["LuaSurface"].methods["create_entity"].required == {"name", "position"}
    assert classes["LuaEntity"].methods["set_recipe"].subclasses == {"AssemblingMachine"}


def test_what_only_one_version_has() -> None:
    old, new = load_api("2.0"), load_api("2.1")
    assert "fluidbox" in old.classes["LuaEntity"].attributes
    assert "fluidbox" not in new.classes["LuaEntity"].attributes
    assert "mining_progress" in new.classes["LuaControl"].attributes
    assert "mining_progress" not in old.classes["LuaControl"].attributes
    assert "assembling_machine_input" not in new.defines["inventory"]


@pytest.mark.parametrize("version", VERSIONS)
def test_defines_are_the_games_where_it_promises_them_and_distinct_elsewhere(version: str) -> None:
    defines = load_api(version).defines
    assert (defines["direction"]["east"], defines["direction"]["northwest"]) == (4, 14)
    assert defines["transport_line"]["left_line"] == 1
    for name in ("events", "inventory", "entity_status", "build_check_type"):
        assert len(set(defines[name].values())) == len(defines[name])


def test_values_of_events_differ_between_the_versions() -> None:
    assert load_api("2.0").defines["events"]["on_tick"] != load_api("2.1").defines["events"]["on_tick"]


def test_another_version_is_refused() -> None:
    with pytest.raises(UsageError, match=r"expected one of 2\.0, 2\.1"):
        load_api("1.1")
