from __future__ import annotations

import json
from typing import Any

import pytest

from factorion_cli.servers.embedded import EmbeddedServer
from tests.servers.embedded.conftest import MakeServer

PRELUDE = """/sc local s = game.surfaces[1]
local function make(name, x, y, direction, more)
  local args = {name = name, position = {x, y}, direction = direction or 0, force = "player"}
  for key, value in pairs(more or {}) do args[key] = value end
  return s.create_entity(args)
end
local function at(name) return s.find_entities_filtered{name = name}[1] end
local function show(...) rcon.print(helpers.table_to_json{...}) end
"""


def run(server: EmbeddedServer, text: str) -> Any:
    reply = server.command(PRELUDE + text)
    assert not reply.startswith("Cannot"), reply
    return json.loads(reply) if reply else None


def test_a_drill_mines_the_ore_under_it_until_it_is_gone(server: EmbeddedServer) -> None:
    run(
        server,
        """
    make("iron-ore", 1.5, 1.5, 0, {amount = 3}) make("iron-ore", 2.5, 1.5, 0, {amount = 2})
    make("electric-mining-drill", 1.5, 1.5, defines.direction.east) make("wooden-chest", 3.5, 1.5)
    make("small-electric-pole", 3.5, 2.5)""",
    )
    server.tick(600)
    assert run(
        server, "show(at('wooden-chest').get_item_count('iron-ore'), #s.find_entities_filtered{type='resource'})"
    ) == [5, 0]
    assert run(server, "show(game.forces.player.get_item_production_statistics(s).get_input_count('iron-ore'))") == [5]


def test_hands_and_drills_share_the_ore(server: EmbeddedServer) -> None:
    run(
        server,
        """
    make("iron-ore", 1.5, 1.5, 0, {amount = 10})
    make("electric-mining-drill", 1.5, 1.5, defines.direction.east) make("wooden-chest", 3.5, 1.5)
    make("small-electric-pole", 3.5, 2.5)""",
    )
    server.tick(300)
    mined, left = run(server, "show(at('wooden-chest').get_item_count(), at('iron-ore').amount)")
    assert mined > 0
    assert mined + left in (9, 10)  # one may be in the drill
    run(server, "local c = make('character', 4.5, 3.5) c.mine_entity(at('iron-ore')) c.mine_entity(at('iron-ore'))")
    assert run(server, "show(at('iron-ore').amount)") == [left - 2]
    server.tick(1800)
    assert run(server, "show(at('wooden-chest').get_item_count())") == [8]


def test_poles_power_what_they_reach_and_nothing_else_has_power(server: EmbeddedServer) -> None:
    run(server, "make('inserter', 0.5, 0.5) make('burner-inserter', 0.5, 2.5)")
    told = """local a, b = at("inserter"), at("burner-inserter")
    show(a.is_connected_to_electric_network(), a.electric_network_id == nil, a.energy > 0,
      b.is_connected_to_electric_network())"""
    assert run(server, told) == [False, True, False, False]
    run(server, "make('small-electric-pole', 1.5, 0.5)")
    assert run(server, told) == [True, False, True, False]
    run(server, "at('small-electric-pole').destroy()")
    assert run(server, told) == [False, True, False, False]


@pytest.mark.parametrize("latched", [True, False])
def test_a_character_walks_as_far_as_it_is_told(make_server: MakeServer, latched: bool) -> None:
    server = make_server(latched_walking=latched)
    run(server, "make('character', 0.5, 0.5).walking_state = {walking = true, direction = defines.direction.east}")
    server.tick(20)
    (x,) = run(server, "show(at('character').position.x)")
    assert x == pytest.approx(0.5 + 0.15 * (20 if latched else 1), abs=0.05)


def test_who_mines_does_not_walk_and_gets_the_ore_after_its_time(server: EmbeddedServer) -> None:
    run(
        server,
        """
    local c, ore = make("character", 0.5, 0.5), make("coal", 2.5, 0.5, 0, {amount = 5})
    c.selected = ore
    c.mining_state = {mining = true, position = ore.position}
    c.walking_state = {walking = true, direction = 4}
    rcon.print(helpers.table_to_json(c.walking_state))""".replace(
            "rcon.print(helpers.table_to_json(c.walking_state))", ""
        ),
    )
    server.tick(119)  # a second of mining time at speed 0.5 are 120 ticks
    assert run(server, "show(at('character').get_item_count('coal'), at('character').position.x)") == [0, 0.5]
    server.tick(1)
    assert run(server, "show(at('character').get_item_count('coal'))") == [1]


def test_what_is_out_of_reach_is_never_mined(server: EmbeddedServer) -> None:
    run(
        server,
        """
    local c, ore = make("character", 0.5, 0.5), make("coal", 4.5, 0.5, 0, {amount = 5})
    c.selected = ore c.mining_state = {mining = true, position = ore.position}""",
    )
    server.tick(600)
    assert run(server, "show(at('character').get_item_count(), at('character').mining_state.mining)") == [0, True]


def test_crafting_by_hand_makes_what_is_needed_first(server: EmbeddedServer) -> None:
    text = """
    local c = make("character", 0.5, 0.5)
    c.insert{name = "iron-plate", count = 10} c.insert{name = "copper-plate", count = 3}
    show(c.get_craftable_count("electronic-circuit"), c.begin_crafting{recipe = "electronic-circuit", count = 5})
    """
    assert run(server, text) == [2, 2]
    assert run(server, "show(at('character').get_item_count('iron-plate'), at('character').crafting_queue_size)") == [
        8,
        2,
    ]
    server.tick(30 * 3 + 30 * 2)
    text = "local c = at('character') show(c.get_item_count('electronic-circuit'), c.get_item_count('copper-cable'))"
    assert run(server, text) == [2, 0]


def test_building_needs_free_ground_and_create_entity_snaps_to_the_grid(server: EmbeddedServer) -> None:
    text = """
    local a = make("assembling-machine-1", 1.2, 1.4)
    show(a.position, s.can_place_entity{name = "wooden-chest", position = {2.5, 2.5}},
      s.can_place_entity{name = "wooden-chest", position = {3.5, 2.5}}, make("wooden-chest", 2.5, 2.5) == nil,
      s.can_place_entity{name = "electric-mining-drill", position = {9.5, 9.5}})"""
    assert run(server, text) == [{"x": 1.5, "y": 1.5}, False, True, True, False]


def test_a_machine_is_set_fed_and_emptied(server: EmbeddedServer) -> None:
    run(
        server,
        """
    local a = make("assembling-machine-2", 1.5, 1.5)
    make("small-electric-pole", 3.5, 1.5)
    a.set_recipe("iron-gear-wheel")
    a.get_inventory(defines.inventory.crafter_input).insert{name = "iron-plate", count = 6}
    a.get_module_inventory().insert{name = "speed-module", count = 1}""",
    )
    server.tick(200)
    text = """local a = at("assembling-machine-2")
    local out = a.get_output_inventory()
    show(a.get_recipe().name, a.products_finished, out.get_contents(), out.remove("iron-gear-wheel"), #out,
      a.get_module_inventory().get_item_count("speed-module"), a.get_fuel_inventory() == nil)"""
    gears = [{"name": "iron-gear-wheel", "count": 3, "quality": "normal"}]
    assert run(server, text) == ["iron-gear-wheel", 3, gears, 1, 1, 1, True]
    text = "show(at('assembling-machine-2').set_recipe(nil), at('assembling-machine-2').get_recipe() == nil)"
    assert run(server, text) == [[{"name": "iron-gear-wheel", "count": 2, "quality": "normal"}], True]


def test_settings_of_arms_splitters_and_chests_are_the_worlds(server: EmbeddedServer) -> None:
    text = """
    local i, p, c = make("inserter", 0.5, 0.5), make("splitter", 5, 0.5), make("iron-chest", 9.5, 0.5)
    i.use_filters = true i.set_filter(1, {name = "coal"}) i.inserter_stack_size_override = 1
    p.splitter_filter = {name = "stone"} p.splitter_output_priority = "left"
    c.insert{name = "coal", count = 60}
    c.get_inventory(defines.inventory.chest).set_bar(3)
    show(i.get_filter(1).name.name, i.inserter_stack_size_override, p.splitter_filter.name.name,
      p.splitter_output_priority,
      c.get_inventory(defines.inventory.chest).get_bar(), c.get_item_count("coal"),
      c.insert{name = "coal", count = 99})"""
    assert run(server, text) == ["coal", 1, "stone", "left", 3, 60, 40]


def test_a_turned_belt_and_one_that_is_taken_away(server: EmbeddedServer) -> None:
    text = """
    local b = make("transport-belt", 0.5, 0.5)
    b.insert{name = "coal", count = 1}
    show(b.rotate(), b.direction, b.get_transport_line(1).get_item_count() + b.get_transport_line(2).get_item_count())
    local chest = make("wooden-chest", 5.5, 5.5)
    b.mine{inventory = chest.get_inventory(defines.inventory.chest)}
    rcon.print(chest.get_item_count("coal") .. chest.get_item_count("transport-belt") .. tostring(b.valid))"""
    reply = server.command(PRELUDE + text)
    assert reply == "[true,4,1]\n11false"


def test_items_fall_to_the_ground_and_are_found_there(server: EmbeddedServer) -> None:
    text = """
    s.spill_item_stack{position = {0.5, 0.5}, stack = {name = "coal", count = 3}}
    local found = s.find_entities_filtered{type = "item-entity"}
    local c = make("wooden-chest", 9.5, 9.5)
    show(#found, found[1].stack.name, found[1].stack.count, c.insert(found[1].stack),
      #s.find_entities_filtered{type = "item-entity", invert = true})"""
    assert run(server, text) == [3, "coal", 1, 1, 1]


def test_unit_numbers_rise_and_are_never_used_again(server: EmbeddedServer) -> None:
    text = """
    local a = make("wooden-chest", 0.5, 0.5) local first = a.unit_number a.destroy()
    show(make("wooden-chest", 0.5, 0.5).unit_number > first, make("coal", 3.5, 3.5).unit_number == nil)"""
    assert run(server, text) == [True, True]


def test_destroyed_objects_are_told_once(make_server: MakeServer) -> None:
    server = make_server("""
    script.on_event(defines.events.on_object_destroyed, function(e) storage.seen = e.registration_number end)
    commands.add_command("go", "", function()
      local e = game.surfaces[1].create_entity{name = "wooden-chest", position = {0, 0}, force = "player"}
      local number = script.register_on_object_destroyed(e)
      e.destroy()
      rcon.print(tostring(storage.seen == number))
    end)""")
    assert server.command("/go") == "true"


def test_a_world_saved_in_the_middle_goes_on_as_it_would_have(make_mod) -> None:  # type: ignore[no-untyped-def]
    mod = make_mod()
    server = EmbeddedServer(mod)
    run(
        server,
        """
    for x = 0, 4 do make("iron-ore", 0.5 + x, 1.5, 0, {amount = 40}) end
    make("burner-mining-drill", 1, 1, defines.direction.east).insert{name = "coal", count = 5}
    for x = 2, 9 do make("transport-belt", 0.5 + x, 0.5, 4) end
    local c = make("character", 20.5, 0.5) c.insert{name = "wood", count = 20}
    c.begin_crafting{recipe = "wooden-chest", count = 5}""",
    )
    server.tick(500)
    again = EmbeddedServer.load(server.save(), mod)
    for each in (server, again):
        each.tick(700)
    assert again.save() == server.save()
    assert again.game.surfaces[1].world.digest() == server.game.surfaces[1].world.digest()


def test_what_is_asked_of_an_entity_again_is_what_it_is_by_then(server: EmbeddedServer) -> None:
    run(
        server,
        """belt = make("transport-belt", 1.5, 1.5) under = make("underground-belt", 3.5, 1.5)
    function told(e) show(e.valid, e.valid and {e.direction, e.name, e.unit_number, e.health}) end
    told(belt)""",
    )
    number = next(thing.id for thing in server.game.things.values() if thing.name == "transport-belt")
    assert run(server, "told(belt)")[1][0] == 0
    run(server, "belt.direction = 4")
    assert run(server, "told(belt)")[1][0] == 4
    assert run(server, "told(under)")[1][0] == 0
    run(server, "belt.rotate() under.rotate()")
    assert run(server, "told(belt)")[1][0] == 8
    assert run(server, "told(under)")[1][0] == 8
    server.game.remove(server.game.things[number])
    assert run(server, "told(belt)") == [False, False]
    reply = server.command("/sc rcon.print(belt.direction)")
    assert "LuaEntity API call when LuaEntity was invalid." in reply
