-- What a mod registers: handlers of events, commands and remote interfaces. Functions never leave Lua.

local function make(host, objects, defines)
  local events = {
    handlers = {}, nth_tick = {}, commands = {}, interfaces = {}, metatables = {}, metatable_names = {},
    on_init = nil, on_load = nil, on_configuration_changed = nil, loading = true,
  }
  local natives = { LuaBootstrap = {}, LuaCommandProcessor = {}, LuaRemote = {} }
  local script = natives.LuaBootstrap

  local function expect_loading(name)
    if not events.loading then
      error(name .. " can only be called while control.lua loads", 3)
    end
  end

  function script.on_init(handler) expect_loading("on_init") events.on_init = handler end
  function script.on_load(handler) expect_loading("on_load") events.on_load = handler end
  function script.on_configuration_changed(handler)
    expect_loading("on_configuration_changed")
    events.on_configuration_changed = handler
  end

  -- Filters that the game would apply before it calls: those on the kind and name of the entity.
  local CHECKS = {
    type = function(entity, filter) return entity.type == filter.type end,
    name = function(entity, filter) return entity.name == filter.name end,
  }

  local function check_filters(filters)
    for _, filter in ipairs(filters or {}) do
      if not CHECKS[filter.filter] or filter.invert or filter.mode == "and" then
        error("the embedded server has no event filter " .. tostring(filter.filter) .. " of this form", 4)
      end
    end
  end

  local function passes(entry, event)
    local entity = event.entity or event.source
    if not entry.filters or #entry.filters == 0 or not entity then
      return true
    end
    for _, filter in ipairs(entry.filters) do
      if CHECKS[filter.filter](entity, filter) then
        return true
      end
    end
    return false
  end

  local function register(event, handler, filters)
    local id = host.event_id(event)
    if not id then
      error("unknown event: " .. tostring(event), 4)
    end
    check_filters(filters)
    events.handlers[id] = handler and { handler = handler, filters = filters } or nil
    host.listen(id, handler ~= nil)
  end

  function script.on_event(event, handler, filters)
    if type(event) == "table" and not objects.is_object(event) then
      if filters then
        error("filters can only be given for one event at a time", 3)
      end
      for _, one in ipairs(event) do
        register(one, handler)
      end
    else
      register(event, handler, filters)
    end
  end

  function script.get_event_handler(event)
    local entry = events.handlers[host.event_id(event)]
    return entry and entry.handler
  end

  local function set_nth_tick(ticks, handler)
    if ticks == nil then
      events.nth_tick = {}
    else
      events.nth_tick[ticks] = handler
    end
    local any = next(events.nth_tick) ~= nil
    host.listen("nth_tick", any)
  end

  function script.on_nth_tick(ticks, handler)
    if type(ticks) ~= "table" then
      ticks = { ticks }
    end
    if #ticks == 0 then
      set_nth_tick(nil)
    end
    for _, each in ipairs(ticks) do
      if each < 1 or each % 1 ~= 0 then
        error("on_nth_tick: expected a whole number of ticks from 1, found " .. tostring(each), 3)
      end
      set_nth_tick(each, handler)
    end
  end

  function script.register_metatable(name, metatable)
    expect_loading("register_metatable")
    events.metatables[name], events.metatable_names[metatable] = metatable, name
  end

  function script.raise_event(event, data)
    local id = host.event_id(event)
    if not id then
      error("unknown event: " .. tostring(event), 3)
    end
    data = data or {}
    data.name, data.tick = id, host.tick()
    events.raise(id, data)
  end

  function script.generate_event_name()
    return host.new_event()
  end

  function natives.LuaCommandProcessor.add_command(name, help, handler)
    if events.commands[name] or not name:match("^[%w_-]+$") then
      error("the command " .. name .. " exists already or has no proper name", 3)
    end
    events.commands[name] = { help = help, handler = handler }
  end

  function natives.LuaCommandProcessor.remove_command(name)
    local found = events.commands[name] ~= nil
    events.commands[name] = nil
    return found
  end

  function natives.LuaRemote.add_interface(name, functions)
    if events.interfaces[name] then
      error("an interface with the name " .. name .. " exists already", 3)
    end
    events.interfaces[name] = functions
  end

  function natives.LuaRemote.remove_interface(name)
    local found = events.interfaces[name] ~= nil
    events.interfaces[name] = nil
    return found
  end

  local function plain(value)
    if type(value) == "function" then
      error("functions cannot be passed through remote.call", 4)
    end
    return value
  end

  function natives.LuaRemote.call(name, method, ...)
    local interface = events.interfaces[name]
    if not interface then
      error("Unknown interface: " .. tostring(name), 3)
    end
    if not interface[method] then
      error("No such function: " .. tostring(name) .. "." .. tostring(method), 3)
    end
    for index = 1, select("#", ...) do
      plain((select(index, ...)))
    end
    return plain(interface[method](...))
  end

  function events.raise(id, event)
    objects.wake()
    local entry = events.handlers[id]
    if entry and passes(entry, event) then
      entry.handler(event)
    end
  end

  local ON_TICK = defines.events.on_tick

  function events.tick(tick)
    objects.wake()
    local entry = events.handlers[ON_TICK]
    if entry then
      entry.handler({ name = ON_TICK, tick = tick })
    end
    if next(events.nth_tick) == nil then
      return
    end
    local due = {}
    for ticks, handler in next, events.nth_tick do
      if tick % ticks == 0 then
        due[#due + 1] = { ticks, handler }
      end
    end
    table.sort(due, function(a, b) return a[1] < b[1] end)
    for _, each in ipairs(due) do
      each[2]({ tick = tick, nth_tick = each[1] })
    end
  end

  return events, natives
end

return make
