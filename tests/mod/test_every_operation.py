"""Each operation succeeds and each error is raised at least once, whichever way goes what the game leaves open."""

from __future__ import annotations

import base64
import json
import math
import re
import shutil
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.embedded.values import Position, Ref
from factorion_cli.servers.modding import mod_folder
from tests.mod.client import Client, RefusedError
from tests.mod.conftest import VARIANTS

KINDS = {
    **VARIANTS,
    "2.0-one-shot-walking": {"version": "2.0", "latched_walking": False},
    "2.1-latched-walking-reversed-pairs": {"version": "2.1", "latched_walking": True, "reversed_pairs": True},
    "2.0-segmented": {"version": "2.0", "segmented": True},
    "2.1-segmented-reversed-pairs": {"version": "2.1", "segmented": True, "reversed_pairs": True},
}
MIDDLE = 32
"""Middle of the tiny scenarios, where the character starts."""
NEAR = {"x": MIDDLE + 2, "y": MIDDLE}
CHEST = {"name": "wooden-chest", "x": 3, "y": 3}

SOURCES = [path.read_text(encoding="utf-8") for path in sorted((mod_folder() / "scripts").glob("*.lua"))]
CODES = {code for text in SOURCES for code in re.findall(r'(?:fail\(|code = )"(\w+)"', text)}
KINDS_OF_ACTION = {
    kind
    for text in SOURCES
    for table in re.findall(r"actions\.kinds = \{(.*?)\n\}", text, re.DOTALL)
    for kind in re.findall(r"(\w+) = ", table)
}


@pytest.fixture(scope="module", params=KINDS.values(), ids=KINDS)
def shared(request):
    """One client of each kind for the whole module: starting a server takes longer than the tests."""
    return Client(**request.param)


def _lab(client: Client) -> Client:
    client.ask("surface", name="a", width=9, height=9)
    return client


def _builder(client: Client) -> Client:
    """A character with a kit in the middle of nothing, by the rules of the game."""
    client.ask("clean")
    client.ask("scenario", name="construction_training")
    return client


def _fast(client: Client, **entity: Any) -> None:
    client.ask("mode", honest=False)
    client.act("place", **entity)
    client.ask("mode", honest=True)


def _console(client: Client, lua: str) -> None:
    """Run Lua as an administrator would; what it prints would be an error."""
    assert client.server.command(f"/sc {lua}") == ""


def _here(client: Client) -> dict[str, float]:
    return dict(client.observe()["player"]["position"])


# Operations


def _surface(client):
    assert client.ask("surface", name="a", width=9, height=9)["surface"] == "factorion-a"


def _build(client):
    factory = {"size": [9, 9], "entities": [CHEST], "sinks": [{"id": "k", "kind": "chest", "x": 0, "y": 0}]}
    assert _lab(client).ask("build", factory=factory) == {"built": 1, "failed": {}}


def _put(client):
    assert _lab(client).ask("put", id="1", **CHEST)["placed"] == "wooden-chest"


def _undo(client):
    _put(client)
    assert client.ask("undo", id="1") == {"removed": True}


def _remove(client):
    _put(client)
    assert client.ask("remove", x=3, y=3) == {"removed": ["wooden-chest"]}


def _clear(client):
    empty = _lab(client).ask("digest", surface="a")
    _put(client)
    client.ask("clear", surface="a")
    assert client.ask("digest", surface="a") == empty


def _clean(client):
    _put(client)
    assert client.ask("clean") == {"digest": "00000000"}


def _measure(client):
    _build(client)
    client.ask("time", paused=True)
    told = client.ask("measure", warmup=5, ticks=10)
    assert told["to"] - told["from"] == 10
    client.server.tick(20)


def _result(client):
    _measure(client)
    assert client.ask("result")["done"] is True


def _step(client):
    client.ask("time", paused=True)
    before = client.say("0 x")["t"]
    assert client.ask("step", ticks=7)["to"] == before + 7
    client.server.tick(9)
    assert client.say("0 x")["t"] == before + 7


def _poll(client):
    _step(client)
    assert client.ask("poll") == {"done": True, "left": 0}


def _time(client):
    assert client.ask("time", paused=False, speed=2) == {"paused": False, "speed": 2}
    assert client.ask("time", paused=True, speed=1) == {"paused": True, "speed": 1}


def _scenario(client):
    assert client.ask("scenario", name="mining_training", seed=2)["size"] == 64


def _reset(client):
    first = client.ask("scenario", name="mining_training", seed=2)["digest"]
    assert client.ask("reset", seed=2)["digest"] == first


def _goal(client):
    assert _builder(client).ask("goal")["progress"] == 0


def _observe(client):
    assert _builder(client).ask("observe")["full"] is True


def _entities(client):
    _put(client)
    (found,) = client.ask("entities", surface="a", area=[[0, 0], [9, 9]])["entities"]
    assert found["name"] == "wooden-chest"


def _statistics(client):
    assert set(_lab(client).ask("statistics", surface="a")) == {"made", "used"}


def _digest(client):
    _put(client)
    # Beside the chest stand the pole and the source without bodies that power what is put.
    assert re.fullmatch(r"[0-9a-f]{8}-3", client.ask("digest", surface="a")["digest"])


def _act(client):
    assert _builder(client).act("stop") == {}


def _mode(client):
    assert client.ask("mode", honest=False)["honest"] is False
    assert client.ask("mode", honest=True)["honest"] is True


def _asked(client):
    """The id of a request of a player who has marked a region and pressed the key."""
    server = client.server
    player = next(iter(server.game.players.values()), None) or server.join()
    area = {"left_top": Position(4.1, 4.1), "right_bottom": Position(9.9, 6.9)}
    told = {"player_index": player.index, "item": "factorion-region", "area": area, "surface": Ref("LuaSurface", 1)}
    server.raise_event("on_player_selected_area", told)
    server.raise_event("factorion-ask", {"player_index": player.index})
    return client.ask("requests")["requests"][-1]["id"]


def _requests(client):
    number = _asked(client)
    assert client.ask("requests")["requests"][-1]["width"] == 6
    client.ask("tell", request=number, text="no", close=True)


def _begin(client):
    told = client.ask("begin", request=_asked(client))
    assert told["factory"]["size"] == [6, 3]


def _tell(client):
    number = _asked(client)
    assert client.ask("tell", request=number, text="no way", close=True) == {}
    assert number not in [each["id"] for each in client.ask("requests")["requests"]]


def _record(client):
    assert client.ask("record", action="on", id="abc")["on"] is True
    _builder(client).act("walk", direction=4)
    lines = client.say("e abc 1 00000000")["r"][0]["lines"]
    kinds = [json.loads(line)["k"] for line in lines]
    told = ["start", "clean", "scenario", "act"]
    assert [kind for kind in kinds if kind in told] == told
    assert client.ask("record", action="off")["on"] is False


def _join(client):
    server = client.server
    player = next(iter(server.game.players.values()), None) or server.join()
    _builder(client)
    assert client.ask("join", player=player.name) == {"player": player.name, "index": player.index}
    assert _refused(client, "act", kind="stop") == "no_agent"


def _enact(client):
    event = {"k": "built", "n": 1, "t": 0, "a": 0, "name": "wooden-chest", "x": MIDDLE + 2.5, "y": MIDDLE + 0.5, "d": 0}
    assert _builder(client).ask("enact", events=[event]) == {"done": 1}
    assert client.act("mine", **NEAR) == {"mining": "wooden-chest"}


OPERATIONS: dict[str, Callable[[Client], None]] = {
    "surface": _surface, "build": _build, "put": _put, "undo": _undo, "remove": _remove, "clear": _clear,
    "clean": _clean, "measure": _measure, "result": _result, "step": _step, "poll": _poll, "time": _time,
    "scenario": _scenario, "reset": _reset, "goal": _goal, "observe": _observe, "entities": _entities,
    "statistics": _statistics, "digest": _digest, "act": _act, "mode": _mode,
    "requests": _requests, "begin": _begin, "tell": _tell,
    "record": _record, "enact": _enact, "join": _join,
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_does_what_it_says(shared, name):
    OPERATIONS[name](shared)


def test_no_operation_is_left_out(shared):
    assert set(OPERATIONS) == set(shared.hello["operations"])


# Actions


def _walk(client):
    x = _here(client)["x"]
    client.act("walk", direction=4)
    client.step(10)
    client.act("stop")
    assert _here(client)["x"] > x + 1


def _mine(client):
    _fast(client, name="stone-furnace", **NEAR)
    held = client.observe()["inventory"].get("stone-furnace", 0)
    assert client.act("mine", **NEAR) == {"mining": "stone-furnace"}
    client.step(60)
    assert client.observe()["inventory"]["stone-furnace"] == held + 1


def _take(client):
    where = _here(client)
    stack = '{name="iron-plate",count=3}'
    _console(
        client,
        f'game.surfaces["factorion-scenario"].spill_item_stack{{position={{{where["x"]},{where["y"]}}},stack={stack}}}',
    )
    assert client.act("take")["taken"]["iron-plate"] >= 1
    assert client.observe()["inventory"]["iron-plate"] >= 1


def _place(client):
    assert client.act("place", name="wooden-chest", **NEAR)["placed"] == "wooden-chest"


def _rotate(client):
    client.act("place", name="transport-belt", direction=0, **NEAR)
    assert client.act("rotate", **NEAR) == {"rotated": True, "direction": 4}


def _recipe(client):
    client.act("place", name="assembling-machine-1", **NEAR)
    assert client.act("recipe", recipe="pipe", **NEAR) == {"recipe": "pipe"}


def _transfer(client):
    _place(client)
    assert client.act("transfer", item="coal", count=5, **NEAR) == {"moved": 5}
    assert client.act("transfer", item="coal", count=2, to="self", **NEAR) == {"moved": 2}


def _craft(client):
    _place(client)
    _console(
        client,
        'game.surfaces["factorion-scenario"].find_entities_filtered{name="wooden-chest"}[1]'
        '.insert{name="iron-plate",count=10}',
    )
    client.act("transfer", item="iron-plate", count=10, to="self", **NEAR)
    before = client.observe()["inventory"]
    assert client.act("craft", recipe="iron-gear-wheel", count=2) == {"crafting": 2}
    client.step(10)
    assert "iron-gear-wheel" not in client.observe()["inventory"]
    client.step(60)  # 0.5 s each
    after = client.observe()["inventory"]
    assert after["iron-gear-wheel"] == 2
    assert before["iron-plate"] - after["iron-plate"] == 4


def _compound(client):
    parts = [{"kind": "place", "name": "wooden-chest", **NEAR}, {"kind": "walk", "direction": 8}]
    told = client.act("compound", parts=parts)["parts"]
    assert told[0]["placed"] == "wooden-chest"
    assert "err" not in told[1]


def _stop(client):
    client.act("walk", direction=4)
    client.act("stop")
    assert client.observe()["player"]["activity"] == "idle"


ACTIONS: dict[str, Callable[[Client], None]] = {
    "walk": _walk, "mine": _mine, "take": _take, "place": _place, "rotate": _rotate, "recipe": _recipe,
    "transfer": _transfer, "craft": _craft, "compound": _compound, "stop": _stop,
}  # fmt: skip


@pytest.mark.parametrize("kind", ACTIONS)
def test_each_action_does_what_it_says(shared, kind):
    ACTIONS[kind](_builder(shared))


def test_no_action_is_left_out():
    assert set(ACTIONS) == KINDS_OF_ACTION


# Errors


def _refused(client: Client, operation: str, **arguments: Any) -> str:
    with pytest.raises(RefusedError) as refused:
        client.ask(operation, **arguments)
    return refused.value.code


def _code(reply: dict[str, Any]) -> str:
    return str(reply["err"]["code"])


def _not_minable(client):
    _builder(client).act("place", name="wooden-chest", **NEAR)
    _console(
        client,
        'game.surfaces["factorion-scenario"].find_entities_filtered{name="wooden-chest"}[1].minable_flag = false',
    )
    return _refused(client, "act", kind="mine", **NEAR)


def _blocked(client):
    _put(client)
    return _refused(client, "put", id="2", **CHEST)


def _cannot_place(client):
    _place(_builder(client))
    return _refused(client, "act", kind="place", name="wooden-chest", **NEAR)


def _unbuildable(client):
    factory = {"size": [9, 9], "entities": [{**CHEST, "fluid": "water"}]}
    return _lab(client).ask("build", factory=factory)["failed"][0]["code"]


def _incomplete(client):
    client.say("0 u part 1/2 x")
    return _code(client.send("c part 0"))


def _damaged(client):
    client.say("0 u bad 1/1 {}")
    return _code(client.send("c bad 12345678"))


def _too_long(client):
    if client.server.segmented:
        client = Client()  # 16 MiB in pieces of 100 bytes would take 160,000 updates
    return _code(client.say("0 u long 1/1 " + "x" * (16 * 1024 * 1024 + 1)))


def _sequence(client):
    return _code(client.say(f"{client.next + 5} p"))


def _no_session(client):
    fresh = EmbeddedServer(mod_folder(), client.server.api.version)
    return _code(json.loads(fresh.command("/ff 1 p")))


def _no_agent(client):
    client.ask("clean")
    return _refused(client, "observe")


def _no_scenario(client):
    client.ask("clean")
    return _refused(client, "goal")


def _not_building(client):
    return _refused(client, "put", id="1", request=_asked(client), **CHEST)


def _no_measurement(client):
    return _refused(_lab(client), "result")


def _recorded(client: Client, question: str) -> str:
    """The code that a question beside the session is refused with while one event is recorded and acknowledged."""
    client.ask("record", action="off")
    client.ask("record", action="on", id="abc")
    first = client.say("e abc 1 00000000")["r"][0]["lines"][0]
    client.say(f"e abc 2 {first[-10:-2]}")
    code = _code(client.say(question))
    client.ask("record", action="off")
    return code


def _diverged(client):
    event = {"k": "removed", "n": 1, "t": 0, "a": 0, "name": "wooden-chest", "x": 1.5, "y": 1.5}
    return _refused(_builder(client), "enact", events=[event])


ERRORS: dict[str, Callable[[Client], str]] = {
    "bad_argument": lambda client: _refused(client, "step", ticks="many"),
    "bad_json": lambda client: _code(client.send("j nonsense")),
    "bad_request": lambda client: _code(client.say("nonsense")),
    "blocked": _blocked,
    "cannot_place": _cannot_place,
    "damaged": _damaged,
    "diverged": _diverged,
    "forked": lambda client: _recorded(client, "e abc 2 12345678"),
    "gone": lambda client: _recorded(client, "e abc 1 00000000"),
    "incomplete": _incomplete,
    "insufficient_items": lambda client: _refused(_builder(client), "act", kind="place", name="lab", **NEAR),
    "no_agent": _no_agent,
    "no_measurement": _no_measurement,
    "no_request": lambda client: _refused(client, "begin", request="none"),
    "no_player": lambda client: _refused(_builder(client), "join", player="nobody"),
    "no_recording": lambda client: _recorded(client, "e other 1 00000000"),
    "no_scenario": _no_scenario,
    "no_session": _no_session,
    "no_surface": lambda client: _refused(client, "clear", surface="none"),
    "no_upload": lambda client: _code(client.send("c none 0")),
    "not_minable": _not_minable,
    "not_building": _not_building,
    "nothing_there": lambda client: _refused(_builder(client), "act", kind="rotate", **NEAR),
    "out_of_reach": lambda client: _refused(_builder(client), "act", kind="place", name="wooden-chest", x=1, y=1),
    "protocol": lambda client: _code(client.say('hello {"proto":[4,5]}')),
    "recording": lambda client: _recorded(client, 'record {"action":"on","id":"other"}'),
    "sequence": _sequence,
    "too_long": _too_long,
    "unbuildable": _unbuildable,
    "unknown_entity": lambda client: _refused(_lab(client), "put", **{**CHEST, "id": "1", "name": "warp-drive"}),
    "unknown_item": lambda client: _refused(_lab(client), "put", id="1", modules=["soup"], **CHEST),
    "unknown_operation": lambda client: _refused(client, "fly"),
    "unknown_recipe": lambda client: _refused(_builder(client), "act", kind="craft", recipe="soup"),
    "unknown_scenario": lambda client: _refused(client, "scenario", name="winter"),
}


@pytest.mark.parametrize("code", ERRORS)
def test_each_error_is_told_by_its_code(shared, code):
    assert ERRORS[code](shared) == code


def test_no_error_is_left_out():
    assert {*ERRORS, "internal"} == CODES


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a_defect_of_the_mod_is_an_internal_error_and_is_logged(tmp_path, version):
    folder = shutil.copytree(mod_folder(), tmp_path / "mod")
    with (folder / "control.lua").open("a", encoding="utf-8") as script:
        script.write('require("scripts.operations").add("defect", {}, function() return nothing.here end)\n')
    server = EmbeddedServer(folder, version)
    server.command('/ff hello {"proto":[3,3]}')
    (told,) = json.loads(server.command('/ff 1 j {"ops":[["defect",{}]]}'))["r"]
    assert told["err"]["code"] == "internal"
    assert any("defect failed" in line for line in server.said)
    assert json.loads(server.command("/ff 2 p"))["ok"] == 1


def test_an_upload_that_is_committed_runs(shared):
    text = base64.b64encode(zlib.compress(b'{"ops":[["mode",{}]]}')).decode()
    shared.say(f"0 u whole 1/1 {text}")
    assert math.isfinite(shared.send(f"c whole {zlib.crc32(text.encode()):08x}")["r"][0]["fast"])
