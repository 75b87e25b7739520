"""The mod's endpoints are the World's: what a sink's lanes hand to Lua is what the simulator counts."""

from __future__ import annotations

import json

import pytest

from factorion_cli.servers.embedded import EmbeddedServer
from tests.servers.embedded.conftest import MakeServer

DATA = """
for _, role in ipairs{"source", "sink"} do
  for kind, vanilla in pairs{["transport-belt"] = "transport-belt", ["infinity-container"] = "infinity-chest"} do
    local copy = table.deepcopy(data.raw[kind][vanilla])
    copy.name = "factorion-" .. role .. "-" .. vanilla
    data:extend{copy}
  end
end
"""
MAKE = """/sc local s = game.surfaces[1]
local function make(name, x)
  return s.create_entity{name = name, position = {x, 0.5}, direction = 4, force = "player"}
end
"""


@pytest.fixture
def line(make_server: MakeServer) -> EmbeddedServer:
    """A source belt, three belts and a sink belt."""
    server = make_server(files={"data": DATA})
    names = ["factorion-source-transport-belt", *["transport-belt"] * 3, "factorion-sink-transport-belt"]
    server.command(MAKE + " ".join(f"make('{name}', {x}.5)" for x, name in enumerate(names)))
    return server


def test_a_lane_of_a_source_is_filled_once_and_stays_full(line: EmbeddedServer) -> None:
    text = """/sc local e = game.surfaces[1].find_entities_filtered{name = "factorion-source-transport-belt"}[1]
    local left = e.get_transport_line(defines.transport_line.left_line)
    local before, put = left.can_insert_at_back(), left.insert_at_back{name = "coal", count = 1}
    rcon.print(tostring(before) .. tostring(put) .. tostring(left.can_insert_at_back()))"""
    assert line.command(text) == "truetruefalse"
    line.tick(1200)
    count = """/sc local e = game.surfaces[1].find_entities_filtered{name = "factorion-sink-transport-belt"}[1]
    local counts = {}
    for index = 1, 2 do
      local lane = e.get_transport_line(index)
      counts[index] = lane.get_item_count("coal")
      lane.clear()
    end
    rcon.print(helpers.table_to_json(counts))"""
    line.command(count)
    line.tick(600)
    assert json.loads(line.command(count)) == [75, 0]  # 7.5 a second on one lane of a yellow belt


def test_a_source_chest_feeds_an_arm_without_end(make_server: MakeServer) -> None:
    server = make_server(files={"data": DATA})
    server.command(
        MAKE
        + """
    make("factorion-source-infinity-chest", 0.5).set_infinity_container_filter(1,
      {index = 1, name = "coal", count = 10, mode = "at-least"})
    s.create_entity{name = "inserter", position = {1.5, 0.5}, direction = 12, force = "player"}
    s.create_entity{name = "small-electric-pole", position = {1.5, 1.5}, force = "player"}
    make("factorion-sink-infinity-chest", 2.5)"""
    )
    server.tick(700)
    text = """/sc local e = game.surfaces[1].find_entities_filtered{name = "factorion-sink-infinity-chest"}[1]
    local inventory = e.get_inventory(defines.inventory.chest)
    local count = inventory.get_item_count("coal")
    inventory.clear()
    rcon.print(count .. " " .. inventory.get_item_count())"""
    assert server.command(text) == "10 0"  # an arm's cycle is 70 ticks


def test_endpoints_survive_a_save(line: EmbeddedServer, make_mod) -> None:  # type: ignore[no-untyped-def]
    line.command("""/sc local e = game.surfaces[1].find_entities_filtered{name = "factorion-source-transport-belt"}[1]
    e.get_transport_line(1).insert_at_back{name = "coal"}""")
    line.tick(300)
    again = EmbeddedServer.load(line.save(), make_mod("", data=DATA))
    for server in (line, again):
        server.tick(300)
    assert again.game.surfaces[1].world.counts() == line.game.surfaces[1].world.counts()
