"""A player asks, a policy builds through the mod, the game measures, and all of it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from factorion_cli.assisting import Assistant, Counter, Pace, PolicyBuilder
from factorion_cli.environments import DONE, ActionMasks, action_for
from factorion_cli.errors import ServerError
from factorion_cli.factory import Entity
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.baselines import NoopPolicy
from factorion_cli.servers.hosting import rcon_server
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.resident import ResidentTransport
from tests.mod.client import Client
from tests.mod.test_assistant import Person

AT_ONCE = Pace(per_second=0, warmup=120, ticks=600)
BELT = "transport-belt"


@dataclass
class Script:
    """Places entities in order, as far as it is let."""

    entities: tuple[Entity, ...]

    def act(self, observation, masks: ActionMasks, rng: np.random.Generator):
        """The next one that is legal."""
        vocabulary = default_vocabulary()
        actions = [action_for(entity, vocabulary) for entity in self.entities]
        return next((action for action in actions if masks.legal(action)), DONE)


@pytest.fixture(params=["2.0", "2.1"])
def person(request):
    """A player with belts and arms who has marked a region between a source of plates and a sink."""
    person = Person(Client(version=request.param), transport_belt=8, inserter=2, wooden_chest=1)
    person.mark()
    person.place("factorion-source-transport-belt", 1)
    person.place("factorion-sink-transport-belt", 5)
    return person


@pytest.fixture
def live(person):
    """The assistant's connection to the same game; its time stands, so that measuring takes no wall time."""
    with LiveServer(ResidentTransport(person.server)) as live:
        live.pause()
        yield live


def _assistant(live, *entities, policy=None):
    return Assistant(Counter(live), PolicyBuilder(policy or Script(entities)), AT_ONCE)


def _row(*columns):
    return [Entity(BELT, x, 1, 4) for x in columns]


def test_a_request_is_built_measured_and_taken_back(person, live):
    person.press("factorion-ask")
    before = _digest(live, "1")
    waste = Entity("wooden-chest", 7, 0)
    (outcome,) = _assistant(live, *_row(2, 3, 4), waste, Entity(BELT, 7, 2)).answers(forever=False)
    assert (outcome.placed, outcome.refused, outcome.reason) == (3, (), "")
    assert outcome.expected == pytest.approx(15, rel=0.01)
    assert outcome.measured == {"iron-plate": pytest.approx(15, rel=0.01)}
    assert person.items() == {BELT: 5, "inserter": 2, "wooden-chest": 1}
    live.step(60)
    assert person.caption == ["factorion.measured", 3, "[item=iron-plate] 15.00/s"]
    person.press("factorion-undo")
    person.mark()
    person.press("factorion-ask")
    assert person.items() == {BELT: 8, "inserter": 2, "wooden-chest": 1}
    assert _digest(live, "2") == before


def _digest(live, request):
    """A fingerprint of the surface that a request is on, with all inventories."""
    return live.session.ask("digest", {"request": request})["digest"]


def test_what_leads_nowhere_is_not_built(person, live):
    person.press("factorion-ask")
    (outcome,) = _assistant(live, *_row(2, 3)).answers(forever=False)
    assert outcome.placed == 0
    assert "no way found" in outcome.reason
    assert "no way found" in person.heard
    assert person.items()[BELT] == 8
    assert list(_assistant(live).answers(forever=False)) == []


def test_a_policy_that_gives_up_leaves_the_region_as_it_is(person, live):
    person.press("factorion-ask")
    (outcome,) = _assistant(live, policy=NoopPolicy()).answers(forever=False)
    assert "no way found" in outcome.reason


def test_what_works_already_is_left_alone(person, live):
    for x in (2, 3, 4):
        person.place(BELT, x)
    person.press("factorion-ask")
    (outcome,) = _assistant(live, Entity(BELT, 7, 0)).answers(forever=False)
    assert outcome.reason == "no way found to deliver more (15.00/s already)"


def test_nothing_is_proposed_for_blocked_tiles(person, live):
    person.server.command('/sc game.surfaces[1].set_tiles{{name="water",position={23,31}}}')
    person.press("factorion-ask")
    site = Counter(live).begin(Counter(live).open()[0])
    assert (3, 1) in site.blocked
    (outcome,) = _assistant(live, *_row(2, 3, 4)).answers(forever=False)
    assert "no way found" in outcome.reason


@pytest.mark.parametrize(
    ("lacks", "words"), [("sink", "at least one source and one sink"), ("hand", "carry what may be built")]
)
def test_what_is_lacking_is_said_to_the_player(person, live, lacks, words):
    if lacks == "sink":
        person.mark(width=4)
    else:
        person.server.thing_of(person.player).body.inventory.stacks[:] = [None] * 80
    person.press("factorion-ask")
    (outcome,) = _assistant(live, *_row(2)).answers(forever=False)
    assert words in outcome.reason
    assert words in person.heard


def test_requests_are_answered_in_order(person, live):
    for _ in range(2):
        person.mark()
        person.press("factorion-ask")
    answered = list(_assistant(live, *_row(2, 3, 4)).answers(forever=False))
    assert [outcome.request.id for outcome in answered] == ["1", "2"]
    assert answered[1].reason == "no way found to deliver more (15.00/s already)"


class _Interrupted(Script):
    """Decides what to do, and then the player or the user comes in between."""

    def __init__(self, entities, act):
        super().__init__(entities)
        self.interrupt = act

    def act(self, observation, masks, rng):
        self.interrupt()
        return super().act(observation, masks, rng)


def test_a_request_that_is_taken_back_meanwhile_is_let_go(person, live):
    person.press("factorion-ask")
    policy = _Interrupted(tuple(_row(2, 3, 4)), lambda: person.press("factorion-undo"))
    (outcome,) = _assistant(live, policy=policy).answers(forever=False)
    assert outcome.reason == "taken back by the player"
    assert person.items()[BELT] == 8


def test_an_interrupted_client_takes_back_what_it_has_placed(person, live, monkeypatch):
    person.press("factorion-ask")
    counter = Counter(live)
    put = counter.put

    def interrupted(request, entities, first):
        if first == 2:
            raise KeyboardInterrupt
        return put(request, entities, first)

    monkeypatch.setattr(counter, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(Assistant(counter, PolicyBuilder(Script(tuple(_row(2, 3, 4)))), AT_ONCE).answers(forever=False))
    assert person.items()[BELT] == 8
    (outcome,) = _assistant(live, *_row(2, 3, 4)).answers(forever=False)
    assert outcome.placed == 3


def test_a_mod_without_requests_is_named(person, live):
    live.session.hello = replace(live.session.hello, operations=("build",))
    with pytest.raises(ServerError, match="knows no requests"):
        Counter(live)


def test_over_tcp_the_game_goes_on_while_it_is_measured(person):
    person.press("factorion-ask")
    person.server.game.speed = 100
    with (
        rcon_server(person.server, "secret").running() as served,
        LiveServer.connect("127.0.0.1", served.port, "secret") as live,
    ):
        assistant = Assistant(Counter(live), PolicyBuilder(Script(tuple(_row(2, 3, 4)))), Pace(100, 300, 600))
        (outcome,) = assistant.answers(forever=False)
    assert outcome.measured == {"iron-plate": pytest.approx(15, rel=0.01)}
