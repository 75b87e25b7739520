-- Scenarios: a lab with ore, a character with a kit in its middle, and a goal. Name and seed decide all of it.

local agent = require("scripts.agent")
local digest = require("scripts.digest")
local fail = require("scripts.failure")
local labs = require("scripts.labs")
local list = require("scripts.scenario_list")
local local_map = require("scripts.local_map")
local operations = require("scripts.operations")

local scenarios = {}

local SURFACE = "scenario"
local CLEAR = 6 -- tiles around the middle without ore
local REACHED = 2 -- tiles from a waypoint
local SECOND = 60

-- Numbers 0 to 1 that follow from the seed alone (Park and Miller's generator; the products stay exact in a double).
local function generator(seed)
  local state = (seed * 7919 + 12345) % 2147483646 + 1
  return function()
    state = state * 16807 % 2147483647
    return state / 2147483647
  end
end

-- A tile at some distance from the middle and from the border.
local function somewhere(random, size, margin)
  local middle, far = size / 2, size / 2 - margin - 1
  local angle, distance = 2 * math.pi * random(), CLEAR + margin + random() * math.max(far - CLEAR - margin, 0)
  return { x = math.floor(middle + distance * math.cos(angle)), y = math.floor(middle + distance * math.sin(angle)) }
end

local function lay_patch(surface, place, ore)
  local name, radius, amount = table.unpack(ore)
  for dx = -radius, radius do
    for dy = -radius, radius do
      local position = { x = place.x + dx + 0.5, y = place.y + dy + 0.5 }
      local is_free = surface.count_entities_filtered({ position = position, type = "resource" }) == 0
      if dx * dx + dy * dy <= radius * radius and is_free then
        surface.create_entity({ name = name, position = position, amount = amount })
      end
    end
  end
end

local function waypoints(random, scenario)
  local places = {}
  for index = 1, scenario.goal.kind == "reach" and scenario.goal.count or 0 do
    places[index] = somewhere(random, scenario.size, 2)
  end
  return places
end

local function load(name, seed)
  local scenario = list[name]
  if not scenario then
    local names = {}
    for known in pairs(list) do
      names[#names + 1] = known
    end
    table.sort(names)
    fail("unknown_scenario", "no scenario %q; expected one of %s", name, table.concat(names, ", "))
  end
  local random = generator(seed)
  local lab = labs.make(SURFACE, scenario.size, scenario.size)
  for _, ore in ipairs(scenario.ores) do
    lay_patch(lab.surface, somewhere(random, scenario.size, ore[2]), ore)
  end
  agent.create(lab.surface, { x = scenario.size / 2, y = scenario.size / 2 }, lab.force)
  for item, count in pairs(scenario.kit) do
    agent.inventory().insert({ name = item, count = count })
  end
  agent.inventory().sort_and_merge()
  local_map.forget()
  local places = waypoints(random, scenario)
  storage.scenario = { name = name, seed = seed, start = game.tick, waypoints = places, reached = 0 }
  return {
    name = name, seed = seed, size = scenario.size, seconds = scenario.seconds, decisions = scenario.decisions,
    goal = scenario.goal, waypoints = places, digest = digest.of(lab.surface),
  }
end

local function current()
  local state = storage.scenario
  if not state then
    fail("no_scenario", "no scenario is loaded")
  end
  return state, list[state.name]
end

local PROGRESS = {
  reach = function(state, goal)
    local place = state.waypoints[state.reached + 1]
    if place and agent.distance(place) <= REACHED then
      state.reached = state.reached + 1
    end
    return state.reached / goal.count
  end,
  items = function(_, goal)
    local share, kinds = 0, 0
    for item, count in pairs(goal.items) do
      share = share + math.min(agent.inventory().get_item_count(item) / count, 1)
      kinds = kinds + 1
    end
    return share / kinds
  end,
  built = function(_, goal)
    local character = agent.character()
    local question = { name = goal.name, force = character.force }
    return math.min(character.surface.count_entities_filtered(question) / goal.count, 1)
  end,
}

-- Waypoints are looked at every tick, so that none is missed between two questions.
function scenarios.update()
  local state = storage.scenario
  if not state or #state.waypoints <= state.reached then
    return
  end
  local character = storage.agent.character
  if character and character.valid then
    PROGRESS.reach(state, { count = #state.waypoints })
  end
end

operations.add("scenario", { name = "string", seed = "integer?" }, function(request)
  return load(request.name, request.seed or 0)
end)

operations.add("reset", { seed = "integer?" }, function(request)
  local state = current()
  return load(state.name, request.seed or state.seed)
end)

operations.add("goal", {}, function()
  local state, scenario = current()
  local progress, seconds = PROGRESS[scenario.goal.kind](state, scenario.goal), (game.tick - state.start) / SECOND
  return { progress = progress, done = progress >= 1, seconds = seconds, over = seconds >= scenario.seconds }
end)

return scenarios
