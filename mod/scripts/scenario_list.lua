-- The scenarios, as data. `size` is in tiles; `seconds` are of game time; `decisions` are per second.
--
-- A patch of ore is a disc: {item, radius, amount on each tile}. A goal is one of
--   {kind = "reach", count}        so many waypoints come close to, in order
--   {kind = "items", items}        so many of each item in the inventory
--   {kind = "built", name, count}  so many entities of a name placed by the agent's force

local TINY, SMALL = 64, 128

local ABUNDANT_IRON = { { "iron-ore", 8, 2000 } }
local ALL_ORES = { { "iron-ore", 6, 800 }, { "copper-ore", 6, 800 }, { "coal", 5, 800 }, { "stone", 5, 800 } }
local BUILDING_KIT = {
  ["transport-belt"] = 100, inserter = 20, ["assembling-machine-1"] = 5, ["stone-furnace"] = 10,
  ["burner-mining-drill"] = 5, coal = 100, ["small-electric-pole"] = 20, ["wooden-chest"] = 5,
}
local DRILLS_AND_FURNACES = {
  ["burner-mining-drill"] = 2, ["stone-furnace"] = 2, ["transport-belt"] = 20, ["burner-inserter"] = 4, coal = 50,
}

return {
  movement_training = { size = TINY, ores = {}, kit = {}, seconds = 300, decisions = 10,
    goal = { kind = "reach", count = 5 } },
  movement_basic = { size = SMALL, ores = {}, kit = {}, seconds = 300, decisions = 10,
    goal = { kind = "reach", count = 1 } },
  mining_training = { size = TINY, ores = ABUNDANT_IRON, kit = {}, seconds = 600, decisions = 5,
    goal = { kind = "items", items = { ["iron-ore"] = 100 } } },
  mining_efficiency = { size = SMALL, ores = ABUNDANT_IRON, kit = { ["burner-mining-drill"] = 5, coal = 200 },
    seconds = 600, decisions = 5, goal = { kind = "items", items = { ["iron-ore"] = 1000 } } },
  iron_rush = { size = SMALL, ores = ABUNDANT_IRON, kit = { ["burner-mining-drill"] = 10, coal = 200 },
    seconds = 300, decisions = 5, goal = { kind = "items", items = { ["iron-ore"] = 1000 } } },
  construction_training = { size = TINY, ores = {}, kit = BUILDING_KIT, seconds = 900, decisions = 5,
    goal = { kind = "built", name = "assembling-machine-1", count = 5 } },
  construction_speed = { size = TINY, ores = {}, kit = BUILDING_KIT, seconds = 900, decisions = 5,
    goal = { kind = "built", name = "transport-belt", count = 100 } },
  smelter_challenge = { size = SMALL, ores = ALL_ORES, kit = { ["burner-mining-drill"] = 4, coal = 100 }, seconds = 600,
    decisions = 5, goal = { kind = "built", name = "stone-furnace", count = 10 } },
  survival_basic = { size = SMALL, ores = ALL_ORES, kit = {}, seconds = 300, decisions = 5,
    goal = { kind = "items", items = { ["iron-ore"] = 200, ["copper-ore"] = 100, coal = 50 } } },
  automation_intro = { size = SMALL, ores = ALL_ORES, kit = DRILLS_AND_FURNACES, seconds = 600, decisions = 5,
    goal = { kind = "items", items = { ["iron-plate"] = 100 } } },
}
