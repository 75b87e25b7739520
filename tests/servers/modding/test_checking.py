"""`factorion mod check` names what is wrong, and where."""

from __future__ import annotations

import json
import shutil

import pytest

from factorion_cli.servers.modding import check
from factorion_cli.servers.modding.checking import _luac


def _mod(folder, script, name="control.lua"):
    (folder / "info.json").write_text(json.dumps({"name": "m", "version": "0.0.1"}))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    return folder


def _faults(folder, script, **place):
    """What is found beside the findings of Lua's own tools, which depend on the machine."""
    found = check(_mod(folder, script, **place))
    return [(finding.line, finding.text) for finding in found if not finding.text.startswith(("luac:", "luacheck:"))]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("game.get_player(1).charakter.destroy()", "LuaPlayer has no charakter"),
        ("game.surfaces[1].find_entities_in_area({})", "LuaSurface has no find_entities_in_area"),
        ("game.get_surface('nauvis').create_entity({ nam = 'x' })", "LuaSurface.create_entity takes no argument nam"),
        ("game.surfaces[1].index = 2", "LuaSurface.index is read-only"),
        ("game.surfaces[1]:clear()", "methods are called with a dot: LuaSurface.clear"),
        ("local x = defines.inventory.chests", "defines has no chests here"),
        ("script.on_event(defines.events['on_player_danced'], function() end)", "no event on_player_danced"),
        ("local t = {} ; t.b = t.nowhere", "nowhere is neither of the API nor set anywhere in the mod"),
        ("require('gone')", "requires gone, which the mod does not have"),
        ("local x = = 1", "unexpected symbol near '='"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, line, fault):
    assert _faults(tmp_path, f"\n{line}\n") == [(2, fault)]


def test_locals_keep_the_class_of_what_they_were_set_to(tmp_path):
    script = "local lab = game.create_surface('lab')\nlab.always_day = true\nlab.always_days = true\n"
    assert _faults(tmp_path, script) == [(3, "LuaSurface has no always_days")]


def test_variables_called_entity_are_entities(tmp_path):
    assert _faults(tmp_path, "return function(entity)\n  entity.unit_number = 3\nend\n") == [
        (2, "LuaEntity.unit_number is read-only")
    ]


def test_a_fault_in_one_version_only_names_it(tmp_path):
    script = "return function(entity)\n  entity.minable = false\n  return entity.fluidbox\nend\n"
    assert _faults(tmp_path, script) == [
        (2, "LuaEntity.minable is read-only in 2.1"),
        (3, "LuaEntity has no fluidbox in 2.1"),
    ]


def test_parameters_hide_globals(tmp_path):
    assert _faults(tmp_path, "return function(settings)\n  settings.mine = 1\n  return settings.mine\nend\n") == []


def test_the_data_stage_has_other_names(tmp_path):
    script = "local e = table.deepcopy(data.raw.item['iron-plate'])\ne.anything = 1\ndata:extend({ e })\n"
    assert _faults(tmp_path, script, name="prototypes/more.lua") == []


STORED = "would hold a function, which the game cannot save"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("storage.hooks = function() end", "storage.hooks"),
        ("function storage.run() end", "storage.run"),
        ("local state = storage.agent ; state.done = function() end", "storage.agent.done"),
        ("storage.all = { 1, name = 'x', call = function() return 2, 3 end, last = 4 }", "storage.all.call"),
        ("storage.list = { [7] = function() end }", "storage.list[]"),
        ("storage.jobs[game.tick] = function() end", "storage.jobs[]"),
        ("storage.call = storage.call or function() end", "storage.call"),
        ("local function go() end storage.call = go", "storage.call"),
        ("local m = {} ; function m.go() end storage.all = { call = m.go }", "storage.all.call"),
        ("table.insert(storage.queue, function() end)", "storage.queue[]"),
        ("storage = { call = function() end }", "storage.call"),
    ],
)
def test_a_function_in_storage_is_named(tmp_path, line, place):
    found = [fault for fault in _faults(tmp_path, f"\n{line}\n") if STORED in fault[1]]
    assert found == [(2, f"{place} {STORED}")]


@pytest.mark.parametrize(
    "line",
    [
        "local function go() return 1 end storage.result = go()",
        "storage.numbers = { 1, 2, { a = 3 } }",
        "local names = {} ; names.call = function() end",
        "storage.text = tostring(function() end)",
        "local state = storage.agent ; state = {} ; state.x = 1",
    ],
)
def test_what_functions_return_may_be_stored(tmp_path, line):
    assert [fault for fault in _faults(tmp_path, line) if STORED in fault[1]] == []


@pytest.mark.skipif(shutil.which("luac5.2") is None, reason="Lua's compiler is not installed")
def test_luac_is_asked_where_it_is_installed(tmp_path):
    folder = _mod(tmp_path, "goto nowhere\n")
    assert "visible label" in " ".join(finding.text for finding in check(folder))
    assert [finding.text for finding in _luac(folder, ["control.lua"])] == [
        "luac: no visible label 'nowhere' for <goto> at line 1"
    ]
