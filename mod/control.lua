local agent = require("scripts.agent")
local assistant = require("scripts.assistant")
local building = require("scripts.building")
local endpoints = require("scripts.endpoints")
local journal = require("scripts.journal")
local labs = require("scripts.labs")
local local_map = require("scripts.local_map")
local measurement = require("scripts.measurement")
local people = require("scripts.people")
local recorder = require("scripts.recorder")
local picker = require("scripts.picker")
local registry = require("scripts.registry")
local wire = require("scripts.wire")
require("scripts.actions")
require("scripts.cleaning")
require("scripts.digest")
require("scripts.enacting")
local scenarios = require("scripts.scenarios")
require("scripts.stepping")

local function init()
  registry.init()
  labs.init()
  agent.init()
  wire.init()
  assistant.init()
  picker.init()
  journal.init()
  recorder.init()
end

script.on_init(init)
script.on_configuration_changed(init)
wire.listen()
assistant.listen()
picker.listen()
people.listen()

-- Each event takes its own filter list; only belts and infinity chests can be endpoints. What players build is
-- recorded, too, whatever it is.
local FILTERS = { { filter = "type", type = "transport-belt" }, { filter = "type", type = "infinity-container" } }
local BUILT = {
  "on_robot_built_entity", "on_space_platform_built_entity",
  "script_raised_built", "script_raised_revive",
}
for _, name in ipairs(BUILT) do
  script.on_event(defines.events[name], function(event)
    registry.built(event.entity, event.tags)
  end, FILTERS)
end
script.on_event(defines.events.on_built_entity, function(event)
  registry.built(event.entity, event.tags)
  people.built(event)
end)
script.on_event(defines.events.on_entity_cloned, function(event)
  registry.copied(event.source, event.destination)
end, FILTERS)
script.on_event(defines.events.on_entity_settings_pasted, function(event)
  registry.pasted(event.source, event.destination)
  people.pasted(event)
end)

script.on_event(defines.events.on_resource_depleted, function(event)
  local_map.depleted(event.entity)
end)

-- What moved in the tick before is counted before a measurement begins or ends.
script.on_event(defines.events.on_tick, function(event)
  endpoints.update_all()
  measurement.update(event.tick)
  assistant.update(event.tick)
  building.update(event.tick)
  agent.update(event.tick)
  scenarios.update()
  people.update()
  recorder.update(event.tick)
end)

script.on_event(defines.events.on_object_destroyed, function(event)
  recorder.destroyed(event.registration_number)
end)

remote.add_interface("factorion", {
  -- What every sink has taken since the last reset.
  counts = registry.counts,
  reset = registry.reset,
  -- Choose what a source gives: one item, or another one for the right lane of a belt.
  set_items = registry.set_items,
  version = function() return script.active_mods[script.mod_name] end,
})
