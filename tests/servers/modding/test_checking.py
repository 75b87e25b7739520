"""`factorion mod check` names what is wrong, and where."""

from __future__ import annotations

import json

import pytest

from factorion_cli.servers.modding import check


def _mod(folder, script, name="control.lua"):
    (folder / "info.json").write_text(json.dumps({"name": "m", "version": "0.0.1"}))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(script)
    return folder


def _faults(folder, script, **place):
    """What is found beside luacheck's findings, which depend on the machine."""
    found = check(_mod(folder, script, **place))
    return [(finding.line, finding.text) for finding in found if not finding.text.startswith("luacheck")]


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
