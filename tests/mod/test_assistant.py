"""Help in the game: a player marks a region and presses a key; a client builds, measures and takes back."""

from __future__ import annotations

import pytest

from factorion_cli.factory import factory_from_json
from factorion_cli.servers.embedded.values import Position, Ref
from tests.mod.client import RefusedError

WIDTH, HEIGHT = 8, 3
LEFT, TOP = 20, 30
KEYS = {"input_name": "", "cursor_position": Position(0.0, 0.0)}


class Person:
    """A connected player with some things in the inventory, who can do what a person does."""

    def __init__(self, client, **items):
        self.client, self.server = client, client.server
        self.player = self.server.join("ada", position=(LEFT - 4.5, TOP + 0.5))
        slots = self.server.thing_of(self.player).body.inventory
        for name, count in items.items():
            slots.insert(name.replace("_", "-"), count)

    def mark(self, left=LEFT, top=TOP, width=WIDTH, height=HEIGHT, surface=1, item="factorion-region"):
        """Drag the tool over a region, not quite from corner to corner."""
        corners = {
            "left_top": Position(left + 0.2, top + 0.3),
            "right_bottom": Position(left + width - 0.4, top + height - 0.1),
        }
        told = {"player_index": self.player.index, "item": item, "area": corners, "surface": Ref("LuaSurface", surface)}
        self.server.raise_event("on_player_selected_area", told)

    def press(self, key):
        """Press one of the mod's keys."""
        self.server.raise_event(key, {**KEYS, "player_index": self.player.index, "input_name": key})

    def place(self, name, x, direction=4):
        """Place an entity by hand into the middle row of the region."""
        text = f'name="{name}",position={{{LEFT + x + 0.5},{TOP + 1.5}}},direction={direction},force="player"'
        assert self.server.command(f"/sc game.surfaces[1].create_entity{{{text},raise_built=true}}") == ""

    def items(self):
        """What is in the inventory."""
        return self.server.thing_of(self.player).body.inventory.contents()

    @property
    def heard(self):
        """The last message."""
        return self.player.printed[-1]

    @property
    def caption(self):
        """The text above the region."""
        (text,) = [each.text for each in self.server.game.drawings.values() if each.kind == "text"]
        return text


@pytest.fixture
def person(client):
    """A player who has marked a region with a source of plates and a sink, four tiles apart."""
    person = Person(client, transport_belt=3, inserter=1)
    person.mark()
    person.place("factorion-source-transport-belt", 1)
    person.place("factorion-sink-transport-belt", 5)
    return person


@pytest.fixture
def request_id(person):
    """The player's request."""
    person.press("factorion-ask")
    (told,) = person.client.ask("requests")["requests"]
    return told["id"]


def _belts(client, request, *columns):
    for x in columns:
        client.ask("put", request=request, id=str(x), name="transport-belt", x=x, y=1, direction=4)


def test_a_request_tells_the_region_what_stands_there_and_what_is_at_hand(person, request_id):
    told = person.client.ask("begin", request=request_id)
    assert told["hand"] == {"transport-belt": 3, "inserter": 1}
    factory = factory_from_json(told["factory"])
    assert (factory.width, factory.height) == (WIDTH, HEIGHT)
    assert factory.entities == ()
    (source,), (sink,) = factory.sources, factory.sinks
    assert (source.kind, source.x, source.y, source.item, source.direction) == ("belt", 1, 1, "iron-plate", 4)
    assert (sink.kind, sink.x, sink.y, sink.item) == ("belt", 5, 1, None)


def test_what_is_built_is_paid_measured_and_shown(person, request_id):
    client = person.client
    client.ask("begin", request=request_id)
    assert person.caption == ["factorion.thinking"]
    _belts(client, request_id, 2, 3, 4)
    assert person.caption == ["factorion.building", 3]
    assert person.items() == {"inserter": 1}
    client.ask("time", paused=True)
    client.ask("measure", request=request_id, warmup=120, ticks=600)
    client.server.tick(400)
    assert person.caption[0] == "factorion.measuring"
    client.server.tick(400)
    sinks = client.ask("result", request=request_id)["sinks"]
    assert sum(sum(dict(lane).values()) for sink in sinks.values() for lane in sink["rates"].values()) == (
        pytest.approx(15, rel=0.01)
    )
    client.server.tick(30)
    client.ask("time", paused=False)
    client.server.tick(31)
    assert person.caption == ["factorion.measured", 3, "[item=iron-plate] 15.00/s"]
    assert "15.00/s" in person.heard
    assert client.ask("requests")["requests"] == {}


def _ask_again(person):
    person.mark()
    person.press("factorion-ask")
    return person.client.ask("requests")["requests"][-1]["id"]


@pytest.mark.parametrize("by", ["key", "client"])
def test_taking_a_request_back_leaves_everything_as_it_was(person, request_id, by):
    client = person.client
    client.ask("begin", request=request_id)
    before = client.ask("digest", request=request_id)
    _belts(client, request_id, 2, 3)
    client.ask("put", request=request_id, id="free", name="wooden-chest", x=7, y=0)
    assert client.ask("digest", request=request_id) != before
    if by == "key":
        person.press("factorion-undo")
        assert person.heard == str(["factorion.undone", request_id, 3])
    else:
        assert client.ask("undo", request=request_id) == {"removed": 3}
    assert client.ask("digest", request=_ask_again(person)) == before
    assert person.items() == {"transport-belt": 3, "inserter": 1}


def test_what_the_player_does_not_have_is_free_and_never_given_back(person, request_id):
    client = person.client
    client.ask("begin", request=request_id)
    client.ask("put", request=request_id, id="1", name="wooden-chest", x=7, y=0)
    client.ask("undo", request=request_id)
    assert "wooden-chest" not in person.items()


def test_what_the_player_has_mined_is_not_given_back_twice(person, request_id):
    client = person.client
    client.ask("begin", request=request_id)
    _belts(client, request_id, 2)
    entity = 'game.surfaces[1].find_entities_filtered{name="transport-belt"}[1]'
    assert client.server.command(f"/sc game.get_player(1).mine_entity({entity})") == ""
    assert person.items()["transport-belt"] == 3
    assert client.ask("undo", request=request_id) == {"removed": 0}
    assert person.items()["transport-belt"] == 3


def test_a_client_that_takes_a_request_up_again_starts_from_nothing(person, request_id):
    client = person.client
    client.ask("begin", request=request_id)
    _belts(client, request_id, 2, 3)
    client.restart()
    (told,) = client.ask("requests")["requests"]
    assert (told["id"], told["state"]) == (request_id, "building")
    assert "entities" not in client.ask("begin", request=request_id)["factory"]


def test_a_key_that_is_pressed_meanwhile_stops_the_client(person, request_id):
    client = person.client
    client.ask("begin", request=request_id)
    person.press("factorion-undo")
    with pytest.raises(RefusedError, match="no_request"):
        _belts(client, request_id, 2)


@pytest.mark.parametrize(
    ("name", "x", "y", "words"),
    [
        ("transport-belt", 1, 1, "factorion-source-transport-belt"),
        ("transport-belt", WIDTH, 1, "border"),
        ("assembling-machine-1", 6, 0, "border"),
        ("transport-belt", -1, 0, "border"),
    ],
)
def test_nothing_is_built_over_others_or_beyond_the_region(person, request_id, name, x, y, words):
    person.client.ask("begin", request=request_id)
    with pytest.raises(RefusedError, match=f"blocked.*{words}"):
        person.client.ask("put", request=request_id, id="1", name=name, x=x, y=y)


def test_what_stands_in_the_region_keeps_its_settings_and_what_reaches_in_blocks(plain):
    person = Person(plain)
    surface = (
        "local s = game.surfaces[1] local function put(t) t.force = t.force or 'player' return s.create_entity(t) end"
    )
    built = f"""/sc {surface}
    put{{name="assembling-machine-1",position={{{LEFT + 1.5},{TOP + 1.5}}}}}.set_recipe("iron-gear-wheel")
    put{{name="underground-belt",position={{{LEFT + 3.5},{TOP + 0.5}}},direction=4,type="output"}}
    put{{name="small-electric-pole",position={{{LEFT + 3.5},{TOP + 1.5}}}}}
    put{{name="assembling-machine-1",position={{{LEFT + WIDTH + 0.5},{TOP + 1.5}}}}}
    put{{name="wooden-chest",position={{{LEFT + 5.5},{TOP + 0.5}}},force="neutral"}}
    s.create_entity{{name="iron-ore",position={{{LEFT + 4.5},{TOP + 2.5}}},amount=70}}
    s.set_tiles{{{{name="water",position={{{LEFT + 4},{TOP + 1}}}}}}}"""
    assert plain.server.command(built) == ""
    person.mark()
    person.press("factorion-ask")
    told = plain.ask("begin", request="1")["factory"]
    factory = factory_from_json(told)
    machine, underground, pole = sorted(factory.entities, key=lambda entity: (entity.name, entity.x))[:1] + [
        next(e for e in factory.entities if e.name == name) for name in ("underground-belt", "small-electric-pole")
    ]
    assert (machine.x, machine.y, machine.recipe) == (0, 0, "iron-gear-wheel")
    assert (underground.x, underground.y, underground.underground_type) == (3, 0, "output")
    assert (pole.x, factory.power.mode) == (3, "poles")
    assert [(each.name, each.area, each.amount) for each in factory.resources] == [("iron-ore", (4, 2, 1, 1), 70)]
    assert sorted(told["task"]["blocked"]) == [[4, 1, 1, 1], [5, 0, 1, 1], [7, 0, 1, 3]]


def test_filters_and_the_items_of_chests_are_told_by_name(client):
    person = Person(client)
    arm = f'{{name="inserter",position={{{LEFT + 2.5},{TOP + 1.5}}},direction=12,force="player"}}'
    splitter = f'{{name="splitter",position={{{LEFT + 5},{TOP + 0.5}}},direction=0,force="player"}}'
    text = f"""/sc local s = game.surfaces[1] local arm, splitter = s.create_entity{arm}, s.create_entity{splitter}
    arm.use_filters = true arm.set_filter(1, {{name = "coal"}})
    splitter.splitter_filter = {{name = "stone"}} splitter.splitter_output_priority = "left" """
    assert client.server.command(text) == ""
    person.place("factorion-source-infinity-chest", 1, 0)
    person.mark()
    person.press("factorion-ask")
    factory = factory_from_json(client.ask("begin", request="1")["factory"])
    assert [(entity.filters, entity.filter) for entity in factory.entities] == [(("coal",), None), ((), "stone")]
    assert factory.entities[1].output_priority == "left"
    assert [(source.kind, source.item) for source in factory.sources] == [("chest", "iron-plate")]


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ({"width": 101}, "region-too-large"),
        ({"height": 500}, "region-too-large"),
        ({"surface": 2}, "region-in-lab"),
    ],
)
def test_regions_that_cannot_be_are_refused_in_words(plain, mark, words):
    plain.ask("surface", name="a", width=5, height=5)
    person = Person(plain)
    person.mark(**mark)
    assert words in person.heard
    person.press("factorion-ask")
    assert "no-region" in person.heard


def test_other_tools_mark_nothing(plain):
    person = Person(plain)
    person.mark(item="blueprint")
    person.press("factorion-ask")
    assert "no-region" in person.heard


def test_keys_without_anything_to_do_say_so(plain):
    person = Person(plain)
    person.press("factorion-undo")
    assert "nothing-to-undo" in person.heard
    person.press("factorion-item")
    assert "no-endpoint" in person.heard


def _point_at(person, name):
    """Let the mouse rest on an entity."""
    things = person.server.game.things.values()
    person.server.thing_of(person.player).body.selected = next(thing.id for thing in things if thing.name == name)


def _endpoints(person):
    """The region's sources and sinks, as a client is told."""
    person.press("factorion-ask")
    told = person.client.ask("begin", request=person.client.ask("requests")["requests"][-1]["id"])["factory"]
    return told["sources"], told["sinks"]


def test_the_item_in_the_hand_is_set_at_the_endpoint_under_it(person):
    _point_at(person, "factorion-sink-transport-belt")
    person.player.cursor = ("iron-gear-wheel", 1)
    person.press("factorion-item")
    assert "item-set" in person.heard
    (sink,) = _endpoints(person)[1]
    assert sink["item"] == "iron-gear-wheel"


def _choose(person, place, item):
    """Choose an item in a window's button, counted from 0."""
    game = person.server.game
    button = [widget for widget in game.widgets.values() if widget.kind == "choose-elem-button"][place]
    button.chosen = item
    told = {"player_index": person.player.index, "element": Ref("LuaGuiElement", button.id)}
    person.server.raise_event("on_gui_elem_changed", told)


def test_items_are_chosen_in_a_window_for_each_lane(person):
    _point_at(person, "factorion-source-transport-belt")
    person.press("factorion-item")
    _choose(person, 0, "coal")
    _choose(person, 1, "stone")
    person.press("factorion-item")
    assert [widget.kind for widget in person.server.game.widgets.values()] == ["screen"]
    sources, _ = _endpoints(person)
    assert sorted((source["lanes"], source["item"]) for source in sources) == [("left", "coal"), ("right", "stone")]


def test_a_lane_may_be_left_empty(person):
    _point_at(person, "factorion-source-transport-belt")
    person.press("factorion-item")
    _choose(person, 1, None)
    ((source,), _) = _endpoints(person)
    assert (source["lanes"], source["item"]) == ("left", "iron-plate")


def test_a_window_survives_saving(person):
    _point_at(person, "factorion-sink-transport-belt")
    person.press("factorion-item")
    person.client.restart()
    person.server = person.client.server
    _choose(person, 0, "coal")
    assert _endpoints(person)[1][0]["item"] == "coal"


def test_a_window_closes_when_its_source_is_gone(person):
    _point_at(person, "factorion-source-transport-belt")
    person.press("factorion-item")
    entity = 'game.surfaces[1].find_entities_filtered{name="factorion-source-transport-belt"}[1]'
    assert person.server.command(f"/sc {entity}.destroy()") == ""
    _choose(person, 0, "coal")
    assert [widget.kind for widget in person.server.game.widgets.values()] == ["screen"]


def test_a_marked_region_is_framed_until_its_request_is_over(person, request_id):
    server, client = person.server, person.client
    assert sorted(each.kind for each in server.game.drawings.values()) == ["rectangle", "text"]
    client.ask("begin", request=request_id)
    client.ask("tell", request=request_id, text="no way from here to there", close=True)
    assert "no way from here to there" in person.heard
    assert [each.kind for each in server.game.drawings.values()] == ["text"]
    person.press("factorion-undo")
    assert server.game.drawings == {}


def test_closed_requests_are_forgotten_after_fifty(plain):
    person = Person(plain)
    for index in range(1, 53):
        person.mark()
        person.press("factorion-ask")
        plain.ask("tell", request=str(index), text="no", close=True)
    assert len([each for each in plain.server.game.drawings.values() if each.kind == "text"]) == 50
    with pytest.raises(RefusedError, match="no_request"):
        plain.ask("tell", request="1", text="still there?")
