"""What a hostile or broken client sends to the mod over TCP: refused by a code, and the server lives."""

from __future__ import annotations

import json
import random

import pytest

from factorion_cli.errors import ServerError
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.rcon import RconClient, RconServer
from factorion_cli.servers.rcon.connection import MOST_COMMAND_BYTES
from tests.servers.conftest import PASSWORD

INJECTIONS = (
    "]==] game.speed = 77 --[==[",
    '"); game.speed = 77 --',
    "' .. (function() game.speed = 77 end)() .. '",
    "%s%n%d%q",
    "\\0\\u0000",
    "[color=red]__1__ {}",
    "../../etc/passwd",
    "x" * 3000,
    "\N{BOMB}" * 50,
    "",
)
STRINGS = {
    "surface": {"name": "", "width": 3, "height": 3},
    "put": {"surface": "", "id": "", "name": "", "x": 0, "y": 0, "type": "", "recipe": "", "quality": "", "fuel": ""},
    "undo": {"surface": "", "id": ""},
    "remove": {"surface": "", "x": 0, "y": 0},
    "clear": {"surface": ""},
    "measure": {"surface": "", "warmup": 1, "ticks": 1},
    "result": {"surface": ""},
    "digest": {"surface": ""},
    "statistics": {"surface": ""},
    "scenario": {"name": ""},
    "record": {"action": "", "id": ""},
    "join": {"player": ""},
    "act": {"kind": "", "name": "", "recipe": "", "item": "", "to": "", "type": "", "x": 0, "y": 0},
}
BOMBS = (
    "[" * 200_000,
    '{"a":' * 100_000,
    "[" * 100_000 + "]" * 100_000,
    '{"ops":[' + ",".join(['["observe",{"since":1e999}]'] * 10) + "]}",
    '{"ops":[["step",{"ticks":1e308}]]}',
    '{"ops":[["step",{"ticks":-1}]]}',
    '{"ops":[["surface",{"name":"a","width":1e9,"height":1e9}]]}',
    '{"ops":[["measure",{"warmup":9007199254740993,"ticks":1}]]}',
    '{"ops":{"a":1}}',
    '{"ops":[[{}]]}',
    '{"ops":[1,null,"x"]}',
    '{"ops":' + "9" * 100_000 + "}",
    '"' + "\\ud800" * 1000 + '"',
)


@pytest.fixture
def client(served: RconServer, live: LiveServer):
    with RconClient("127.0.0.1", served.port, PASSWORD, 20) as made:
        yield made


def speed(live: LiveServer) -> float:
    return float(live.session.ask("time", {"paused": True})["speed"])


@pytest.mark.parametrize("operation", STRINGS)
@pytest.mark.parametrize("surface", ["fixed", "hostile"])
def test_no_string_argument_is_ever_run(live: LiveServer, operation: str, surface: str):
    live.clean()
    live.surface("lab", 4, 4)
    before = live.digest("lab")
    for hostile in INJECTIONS:
        arguments = {key: hostile if value == "" else value for key, value in STRINGS[operation].items()}
        if surface == "fixed" and "surface" in arguments:
            arguments["surface"] = "lab"
        (result,) = live.session.batch([(operation, arguments)])
        assert result.get("err", {}).get("code") != "internal", (hostile, result)
    assert speed(live) == 1.0
    assert live.digest("lab") == before


@pytest.mark.parametrize("bomb", BOMBS, ids=[bomb[:30] for bomb in BOMBS])
def test_json_bombs_are_refused_and_the_game_goes_on(live: LiveServer, client: RconClient, bomb: str):
    number = live.session._next
    reply = json.loads(client.command(f"/ff {number} j {bomb}"))
    refused = reply.get("err") or [result["err"] for result in reply["r"]]
    assert refused, reply
    live.session._next = number + 1
    assert speed(live) == 1.0


def test_events_that_nobody_recorded_are_refused_and_the_game_goes_on(live: LiveServer):
    rng = random.Random(1)
    kinds = ("actor", "move", "items", "built", "removed", "rotated", "recipe", "settings", "transfer", "ore", "took")
    kinds += ("spilled", "dropped", "gone", "operation", "")
    values = {
        "a": (0, 1, -1, "0", None),
        "x": (32.5, 0, 1e300, "x", None),
        "y": (32.5, 0, None),
        "d": (0, 4, 99, -1, None),
        "name": ("wooden-chest", "inserter", "iron-ore", "enact", "put", "warp-drive", "", *INJECTIONS, None),
        "items": ({"coal": 1}, {"coal": 1e300}, {"warp": 1}, {"coal": "x"}, [1, 2], "coal", None),
        "item": ("coal", "warp", None),
        "count": (1, -1, 0.5, 1e300, None),
        "left": (0, -1, 7, None),
        "recipe": ("pipe", "warp", None),
        "settings": (
            {"filters": ["coal"], "bar": 3},
            {"filters": ["coal", 3]},
            {"bar": -1},
            {"input_priority": "up"},
            [],
            None,
        ),
        "request": ({}, {"events": []}, {"x": 1}, [], None),
        "type": ("input", "up", None),
        "quality": ("normal", "warp", None),
        "lab": ("scenario", "none", None),
    }
    live.scenario("construction_training")
    done = 0
    for _ in range(1500):
        event = {key: found[0] for key, found in values.items()} | {"k": rng.choice(kinds), "n": 1, "t": 1}
        for key in rng.sample(sorted(values), rng.randrange(4)):
            event[key] = rng.choice(values[key])  # the first of each is a good one
        told = {key: value for key, value in event.items() if value is not None}
        (result,) = live.session.batch([("enact", {"events": [told]})])
        assert result.get("err", {}).get("code") != "internal", (told, result)
        done += "err" not in result
        if result.get("err", {}).get("code") == "no_agent":
            live.scenario("construction_training")
    assert done > 100
    live.clean()
    assert speed(live) == 1.0


def test_ten_megabytes_are_refused_before_they_are_read(client: RconClient, live: LiveServer):
    with pytest.raises(ServerError):
        client.command("/ff 1 j " + "x" * 10 * 2**20)
    assert MOST_COMMAND_BYTES < 10 * 2**20
    live.session.ask("mode")


def test_noise_in_the_wire_s_own_form_never_breaks_the_mod(client: RconClient, live: LiveServer):
    rng = random.Random(0)
    pieces = [
        "1",
        "-1",
        "999999999999999999999",
        "hello",
        "j",
        "u",
        "c",
        "s",
        "p",
        "e",
        "record",
        '{"action":"off"}',
        "{",
        "}",
        "[",
        '"ops"',
        "1/0",
        "0/0",
    ]
    pieces += ["w99", "deadbeef", "\n", "\t", "\x7f", "é", "%q", "nan", "1e999", '{"proto":[3,3]}', '{"proto":"x"}']
    for _ in range(500):
        text = " ".join(rng.choices(pieces, k=rng.randrange(1, 7)))
        if text.startswith("hello"):
            continue  # a greeting is heard: it would end the session of this test
        reply = json.loads(client.command(f"/ff {text}"))
        assert reply.get("err", {}).get("code") != "internal", (text, reply)
    with LiveServer(client) as fresh:
        fresh.session.ask("mode")
