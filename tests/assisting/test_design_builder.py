"""The expert builds a whole factory where a player has set nothing but a source and a sink."""

from __future__ import annotations

import pytest

from factorion_cli.assisting import Assistant, Counter, DesignBuilder, Pace
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.resident import ResidentTransport
from tests.mod.client import Client
from tests.mod.test_assistant import LEFT, Person

SIDE = 9
EXPERT = DesignBuilder(seconds=2.0)


@pytest.fixture
def person():
    """A player who has marked a square with a source of plates and a sink for gears in its second row."""
    person = Person(Client())
    person.mark(left=LEFT, width=SIDE, height=SIDE)
    person.place("factorion-source-transport-belt", 0)
    person.place("factorion-sink-transport-belt", SIDE - 1)
    return person


@pytest.fixture
def live(person):
    with LiveServer(ResidentTransport(person.server)) as live:
        live.pause()
        yield live


def _answer(live):
    (outcome,) = Assistant(Counter(live), EXPERT, Pace(0, 1200, 1800)).answers(forever=False)
    return outcome


def _want(person, item):
    """Set what is wanted at the sink, as a player does."""
    things = person.server.game.things.values()
    sink = next(thing.id for thing in things if thing.name == "factorion-sink-transport-belt")
    person.server.thing_of(person.player).body.selected = sink
    person.player.cursor = (item, 1)
    person.press("factorion-item")


def test_a_factory_of_gears_is_built_and_delivers_what_was_expected(person, live):
    _want(person, "iron-gear-wheel")
    person.press("factorion-ask")
    outcome = _answer(live)
    assert (outcome.reason, outcome.refused) == ("", ())
    assert outcome.measured["iron-gear-wheel"] == pytest.approx(outcome.expected, rel=0.03)
    assert outcome.expected > 0.3


@pytest.mark.parametrize(("item", "words"), [(None, "say what is wanted at each sink"), ("plastic-bar", "plastic-bar")])
def test_why_nothing_is_built_is_told_to_the_player(person, live, item, words):
    if item:
        _want(person, item)
    person.press("factorion-ask")
    assert words in _answer(live).reason
    assert words in person.heard
