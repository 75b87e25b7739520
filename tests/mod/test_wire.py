"""The wire: sessions, numbers that run once, batches, uploads, and what is refused."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.modding import mod_folder
from tests.mod.client import Client, RefusedError


def _packed(document):
    return base64.b64encode(zlib.compress(json.dumps(document).encode())).decode()


def _code(reply):
    return reply["err"]["code"]


def test_hello_says_who_answers(client):
    assert client.hello["proto"] == 3
    assert client.hello["api"] == client.server.api.version
    assert client.hello["next"] == 1
    assert {"build", "observe", "act", "measure"} <= set(client.hello["operations"])


def test_a_client_of_another_protocol_is_told(plain):
    reply = plain.say('hello {"proto":[1,2]}')
    assert _code(reply) == "protocol"
    assert "speaks protocol 3" in reply["err"]["msg"]


def test_requests_before_hello_are_refused():
    server = EmbeddedServer(mod_folder())
    assert _code(json.loads(server.command("/ff 1 p"))) == "no_session"


def test_a_repeated_request_gets_its_reply_and_is_not_run_again(plain):
    plain.ask("time", paused=False)
    first = plain.say('2 j {"ops":[["scenario",{"name":"mining_training"}]]}')
    plain.server.tick(5)
    assert plain.say('2 j {"ops":[["scenario",{"name":"mining_training"}]]}') == first
    assert plain.say("3 p")["t"] == first["t"] + 5


def test_a_gap_in_the_numbers_is_named(plain):
    reply = plain.say("7 p")
    assert _code(reply) == "sequence"
    assert reply["err"]["expected"] == 1


def test_replies_older_than_sixteen_are_forgotten(plain):
    for _ in range(17):
        plain.send("p")
    assert plain.say("2 p")["ok"] == 1
    assert _code(plain.say("1 p")) == "sequence"


def test_hello_resumes_the_session_that_is_open(plain):
    plain.send("p")
    resumed = plain.say("hello " + json.dumps({"proto": [3, 3], "resume": plain.hello["session"]}))["r"][0]
    assert (resumed["session"], resumed["next"]) == (plain.hello["session"], 2)
    fresh = plain.say('hello {"proto":[3,3],"resume":"another"}')["r"][0]
    assert fresh["session"] != plain.hello["session"]
    assert fresh["next"] == 3  # the next number of the session before is never used


def test_the_session_survives_save_and_load(client):
    first = client.say('1 j {"ops":[["surface",{"name":"a","width":5,"height":5}]]}')
    client.restart()
    assert client.say('1 j {"ops":[["surface",{"name":"a","width":5,"height":5}]]}') == first
    assert client.say("2 p")["ok"] == 1


def test_a_batch_runs_in_order_and_stops_where_it_should(plain):
    bad, good = ("undo", {"id": "x", "surface": "none"}), ("mode", {})
    assert ["err" in result for result in plain.batch(good, bad, good)] == [False, True, False]
    assert ["err" in result for result in plain.batch(good, bad, good, stop=True)] == [False, True]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_request"),
        ("p", "bad_request"),
        ("-1 p", "bad_request"),
        ("99999999999999999999 p", "bad_request"),
        ("hello nonsense", "bad_json"),
        ("hello {}", "bad_argument"),
        ("hello [1]", "bad_argument"),
        ('hello {"proto":["a","b"]}', "bad_argument"),
    ],
)
def test_payloads_that_are_no_request(plain, text, code):
    assert _code(plain.say(text)) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x", "bad_request"),
        ("j nonsense", "bad_json"),
        ("j [[[[", "bad_json"),
        ('j {"op":[]}', "bad_argument"),
        ('j {"ops":7}', "bad_argument"),
        ("s", "bad_request"),
        ("s 0", "bad_argument"),
        ("c a zz", "no_upload"),
        ("z nonsense", "damaged"),
        ("z " + _packed({"ops": []})[:-8], "damaged"),
        ("z " + _packed([[7]]), "bad_argument"),
        ("u nonsense", "bad_request"),
        ("u a 3/2 x", "bad_request"),
    ],
)
def test_requests_that_cannot_be_run(plain, text, code):
    assert _code(plain.send(text)) == code


@pytest.mark.parametrize(
    ("operation", "code", "words"),
    [
        (("fly", {}), "unknown_operation", '"fly"'),
        ((7, {}), "unknown_operation", "7"),
        (("step", {"ticks": "many"}), "bad_argument", "ticks must be of kind integer, found a string"),
        (("step", {"ticks": 1.5}), "bad_argument", "found a number"),
        (("step", {}), "bad_argument", 'needs the argument "ticks"'),
        (("step", {"ticks": 1, "speed": 2}), "bad_argument", 'knows no argument "speed"'),
        (("surface", {"name": "x" * 300, "width": 1, "height": 1}), "bad_argument", "name must be of kind string"),
        (("surface", {"name": "a b", "width": 1, "height": 1}), "bad_argument", "letters, digits"),
        (("surface", {"name": "a", "width": 0, "height": 1}), "bad_argument", "expected 1 to 2000"),
        (("put", {"id": "1", "name": "wooden-chest", "x": 0, "y": 0}), "no_surface", "operation surface"),
        (("result", {"surface": "a"}), "no_surface", "operation surface"),
        (("act", {"kind": "stop"}), "no_agent", "load a scenario"),
        (("reset", {}), "no_scenario", "no scenario"),
        (("scenario", {"name": "winter"}), "unknown_scenario", "expected one of automation_intro"),
        (("time", {"paused": False, "speed": 0}), "bad_argument", "speed must be 0.01"),
    ],
)
def test_operations_that_cannot_be_done_say_why(plain, operation, code, words):
    (result,) = plain.batch(operation)
    assert result["err"]["code"] == code
    assert words in result["err"]["msg"]


def test_an_operation_that_is_no_pair_is_refused(plain):
    reply = plain.send('j {"ops":[5]}')
    assert reply["r"][0]["err"]["code"] == "bad_request"


def _parts(text, size):
    return [text[start : start + size] for start in range(0, len(text), size)]


def test_long_requests_come_in_parts_in_any_order(client):
    text = _packed({"ops": [["surface", {"name": "a", "width": 9, "height": 9}], ["mode", {"honest": False}]]})
    parts = _parts(text, 10)
    for index in reversed(range(len(parts))):
        reply = client.say(f"0 u up {index + 1}/{len(parts)} {parts[index]}")
        assert reply["r"][0]["of"] == len(parts)
    again = client.say(f"0 u up 1/{len(parts)} {parts[0]}")
    assert again["r"][0]["have"] == len(parts)
    results = client.send(f"c up {zlib.crc32(text.encode()):08x}")["r"]
    assert results[1]["honest"] is False
    assert _code(client.send("c up 0")) == "no_upload"


def test_a_long_batch_may_come_compressed(client):
    results = client.send("z " + _packed({"ops": [["mode", {"honest": False}], ["undo", {"id": "é" * 90}]]}))["r"]
    assert results[0]["honest"] is False
    assert results[1]["err"]["code"] == "no_surface"


def test_an_upload_that_lacks_a_part_or_is_damaged_is_refused(plain):
    plain.say("0 u a 1/2 {}")
    assert _code(plain.send("c a 0")) == "incomplete"
    plain.say("0 u b 1/1 {}")
    assert _code(plain.send("c b 12345678")) == "damaged"


def test_reordered_segments_do_no_harm():
    client = Client(segmented=True)
    text = _packed({"ops": [["surface", {"name": "lab", "width": 9, "height": 9}]]})
    tickets = [
        client.server.submit(f"/ff 0 u a {index + 1}/2 {part}" + " " * 60 * (1 - index))
        for index, part in enumerate(_parts(text, (len(text) + 1) // 2))
    ]
    while None in [client.server.reply(ticket) for ticket in tickets[:1]]:
        client.server.update()
    long = client.server.submit(f'/ff 1 j {{"ops":[["mode",{{}}]]}}{" " * 80}')
    short = client.server.submit("/ff 2 p")
    assert _code(json.loads(client.server.reply(short))) == "sequence"
    while (reply := client.server.reply(long)) is None:
        client.server.update()
    assert json.loads(reply)["ok"] == 1
    assert client.say("2 p")["ok"] == 1


INJECTIONS = ['"]]) game.tick_paused=true --', "'; game = nil --", "%s%d%n", "\\u0000\\u0001", "]==]", "${x}", "nil"]


@pytest.mark.parametrize("text", INJECTIONS)
def test_strings_are_never_run(plain, text):
    plain.ask("surface", name="a", width=5, height=5)
    for operation in (
        ("surface", {"name": text, "width": 5, "height": 5}),
        ("put", {"id": text, "name": text, "x": 0, "y": 0}),
        ("undo", {"id": text}),
        ("scenario", {"name": text}),
        ("act", {"kind": text}),
        (text, {}),
    ):
        (result,) = plain.batch(operation)
        assert result.get("err", {}).get("code") != "internal"
    assert not plain.server.game.tick_paused
    assert plain.send("p")["ok"] == 1


def test_players_may_not_use_the_command(plain):
    player = plain.server.join()
    plain.server._lua.command("ff", "1 p", plain.server.game.tick, player.index)
    assert len(player.printed) == 1
    assert plain.say("1 p")["ok"] == 1


def test_refusals_carry_their_code(plain):
    with pytest.raises(RefusedError, match="no_surface"):
        plain.ask("clear", surface="none")
