"""Questions about what the game's objects do: characters without players, JSON, errors, texts, surfaces."""

from __future__ import annotations

from factorion_cli.doctor.calibration.bench import CHARACTER, MARK, SCENARIO, Answer, Bench, milliseconds
from factorion_cli.doctor.calibration.wire import STEP
from factorion_cli.errors import ServerError

TICKS = 20
PLATES = 4
GEAR_TICKS = 60
"""More than a gear takes by hand: 0.5 s (recipe iron-gear-wheel, base 2.0)."""
MANY = 500
"""Entities on a surface that is cleared."""

JSON = {
    "{}": "{}",
    "{1, 2}": "[1,2]",
    "{[1] = 1, [3] = 3}": '{"1":1,"3":3}',
    "{0.1, 2^53}": "[0.1,9007199254740992]",
}
"""Lua tables with the JSON that helpers.table_to_json is taken to make of them."""
ERRORS = {
    "game.nowhere": "LuaGameScript doesn't contain key nowhere.",
    "(function() game.tick = 1 end)()": "LuaGameScript::tick is read only.",
    f"{CHARACTER}.crafting_progress": "Entity is not",
}
"""Lua that raises, with what the embedded server says then."""


def walking(bench: Bench) -> Answer:
    """6: whether one write of walking_state keeps a character without player walking. The mod writes every tick."""
    live = bench.live
    live.scenario(SCENARIO)
    live.pause()
    start = _x(bench)
    bench.lua(f'{CHARACTER}.walking_state = {{walking = true, direction = 4}} rcon.print("{MARK}")')
    live.step(TICKS)
    once = (_x(bench) - start) / STEP
    start = _x(bench)
    live.step(TICKS, walk=4)
    always = (_x(bench) - start) / STEP
    found = f"written once: {once:.1f} steps in {TICKS} ticks; by the mod in every tick: {always:.1f}"
    relied = f"{TICKS} steps of {STEP} tiles when written in every tick"
    return Answer(6, "Does a character without player walk?", found, relied, abs(always - TICKS) <= 1)


def crafting(bench: Bench) -> Answer:
    """6: whether a character without player crafts in game time."""
    live = bench.live
    live.scenario(SCENARIO)
    live.pause()
    bench.lua(f'{CHARACTER}.insert{{name = "iron-plate", count = {PLATES}}} rcon.print("{MARK}")')
    live.act("craft", recipe="iron-gear-wheel")
    live.step(GEAR_TICKS)
    made = int(dict(live.observe()["inventory"]).get("iron-gear-wheel", 0))
    question = f"Does a character without player craft a gear in {GEAR_TICKS} ticks?"
    return Answer(6, question, f"{made} made", "1 made", made == 1)


def mining(bench: Bench) -> Answer:
    """6: whether mining, once begun, goes on without a player."""
    live = bench.live
    live.scenario("mining_training")
    live.pause()
    live.session.ask("mode", {"honest": False})
    ores = live.session.ask("entities", {"area": [[0, 0], [64, 64]]})["entities"]
    ore = next(entity["position"] for entity in ores if entity["type"] == "resource")
    live.act("walk", position={"x": ore["x"] + 1, "y": ore["y"]})
    live.session.ask("mode", {"honest": True})
    before = _held(bench)
    live.act("mine", x=int(ore["x"]), y=int(ore["y"]), count=2)
    live.step(400)
    mined = _held(bench) - before
    question = "Does a character without player go on mining?"
    return Answer(6, question, f"{mined} pieces in 400 ticks", "2 pieces", mined == 2)


def item_counts(bench: Bench) -> Answer:
    """7: which forms get_item_count takes."""
    bench.live.scenario(SCENARIO)
    inventory = f"{CHARACTER}.get_inventory(defines.inventory.character_main).get_item_count"
    forms = ('("transport-belt")', '({name = "transport-belt", quality = "normal"})', "()")
    found = {form: bench.value(inventory + form) for form in forms}
    told = ", ".join(f"{form} {count}" for form, count in found.items())
    agrees = found[forms[0]] == found[forms[1]] and found[forms[0]].partition(".")[0].isdigit()
    return Answer(7, "Which forms does get_item_count take?", told, "a name, or name and quality", agrees)


def json_forms(bench: Bench) -> Answer:
    """8: what table_to_json makes of empty and sparse tables and of numbers."""
    found = {table: bench.value(f"helpers.table_to_json({table})") for table in JSON}
    odd = {table: bench.value(f"helpers.table_to_json({table})") for table in ("{1/0}", "{0/0}")}
    told = "; ".join(f"{table} -> {text}" for table, text in {**found, **odd}.items())
    relied = "; ".join(f"{table} -> {text}" for table, text in JSON.items())
    return Answer(8, "What does table_to_json make of odd tables?", told, relied, found == JSON)


def error_texts(bench: Bench) -> Answer:
    """9: the words of errors, which nothing relies on; and that there are errors at all, which the mod does rely on."""
    found = {text: bench.value(text) for text in ERRORS}
    told = "; ".join(f"{text}: {error}" for text, error in found.items())
    raised = all(error != "nil" for error in found.values())
    return Answer(9, "What do unknown members and wrong kinds raise?", told, "an error each", raised)


def texts(bench: Bench) -> Answer:
    """10: what rcon.print does with a zero byte and with what is not UTF-8; the mod prints neither."""
    told = []
    for name, text in (("a zero byte", '"a\\0b"'), ("a byte 255", '"a\\255b"')):
        printed = f'rcon.print("{MARK}" .. {text})'
        try:
            told.append(f"{name}: {bench.lua(printed)!r}")
        except ServerError as error:
            told.append(f"{name}: {error}")
    return Answer(10, "What does rcon.print do with odd bytes?", "; ".join(told))


def surfaces(bench: Bench) -> Answer:
    """11: how long it takes to empty, to remove and to copy a surface, and to start the game."""
    live = bench.live
    live.surface("calibration", 100, 100)
    belt = "{name = 'transport-belt', position = {i % 50, math.floor(i / 50)}, force = 'player'}"
    make = f"for i = 0, {MANY - 1} do s.create_entity{belt} end"
    bench.lua(f'local s = game.get_surface("factorion-calibration") {make} rcon.print("{MARK}")')
    copy = "game.surfaces[1].clone_area{source_area={{0,0},{9,9}}, destination_area={{20,0},{29,9}}}"
    taken = {
        f"clear with {MANY} belts": milliseconds(lambda: live.session.ask("clear", {"surface": "calibration"})),
        "delete_surface": milliseconds(lambda: bench.value('game.delete_surface("factorion-calibration")')),
    }
    told = ", ".join(f"{name} {time:.1f} ms" for name, time in taken.items())
    cloned = bench.value(copy)
    told += f", clone_area {'works' if cloned == 'nil' else cloned}"
    start = f", start of the game {bench.start_seconds:.1f} s" if bench.start_seconds is not None else ""
    return Answer(11, "How long does the work on surfaces take?", told + start)


def destroyed_while_paused(bench: Bench) -> Answer:
    """13: when on_object_destroyed is raised in a game that stands. Not asked where something listens already."""
    question = "Is on_object_destroyed raised while the game is paused?"
    event = "defines.events.on_object_destroyed"
    if bench.value(f"script.get_event_handler({event})") != "nil":
        return Answer(13, question, "not asked: something listens to it in the console's own Lua")
    bench.live.pause()
    bench.lua(
        f"storage.gone = nil script.on_event({event}, function() storage.gone = game.tick end) "
        "local e = game.surfaces[1].create_entity{name='wooden-chest', position={5, 5}, force='player'} "
        f'script.register_on_object_destroyed(e) e.destroy() rcon.print("{MARK}")'
    )
    paused = bench.value("storage.gone")
    bench.live.step(2)
    stepped = bench.value("storage.gone")
    bench.lua(f'script.on_event({event}, nil) rcon.print("{MARK}")')
    when = "at once" if paused != "nil" else "with the next ticks" if stepped != "nil" else "not within two ticks"
    return Answer(13, question, when)


def _held(bench: Bench) -> int:
    return sum(int(count) for count in dict(bench.live.observe()["inventory"]).values())


def _x(bench: Bench) -> float:
    return float(bench.live.observe()["player"]["position"]["x"])
