"""What was recorded, played again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from factorion_cli.recording.events import Event
from factorion_cli.recording.replay import Replayed, Stretch, replay, stretches
from factorion_cli.recording.replaying import replay_takes
from factorion_cli.recording.takes import takes_in
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.modding import mod_folder
from factorion_cli.servers.resident import ResidentTransport


@pytest.fixture(scope="module")
def live() -> Iterator[LiveServer]:
    with LiveServer(ResidentTransport(EmbeddedServer(mod_folder(), latched_walking=True))) as server:
        yield server


def stretch_of(folder: Path) -> Stretch:
    (only,) = stretches(takes_in(folder)[0])
    return only


def replayed(live: LiveServer, stretch: Stretch) -> Replayed:
    *_, last = replay(live, stretch)
    return last


def test_a_smelting_line_built_by_hand_replays_to_the_same_digests(recorded: Path):
    (result,) = replay_takes(takes_in(recorded))
    assert result.difference is None
    assert result.checks >= 10
    kinds = {event.kind for event in takes_in(recorded)[0]}
    assert kinds >= {"act", "move", "ore", "items", "built", "rotated", "transfer", "removed", "check", "end"}


@pytest.mark.parametrize("kind", ["built", "transfer", "ore", "rotated", "removed", "items"])
def test_a_deed_that_is_left_out_is_noticed(live: LiveServer, recorded: Path, kind: str):
    stretch = stretch_of(recorded)
    left_out = next(event for event in stretch.events if event.kind == kind)
    shorter = replace(stretch, events=tuple(event for event in stretch.events if event is not left_out))
    assert replayed(live, stretch).difference is None
    assert replayed(live, shorter).difference is not None


def test_a_deed_in_another_tick_is_noticed(live: LiveServer, recorded: Path):
    def later(event: Event) -> Event:
        told = json.loads(json.dumps(dict(event.told)))
        return replace(event, tick=event.tick + 60, told=told) if event.kind == "transfer" else event

    stretch = stretch_of(recorded)
    moved = sorted(map(later, stretch.events[1:]), key=lambda event: event.tick)
    assert replayed(live, replace(stretch, events=(stretch.events[0], *moved))).difference is not None


def test_a_stretch_cut_off_anywhere_still_agrees_with_what_was_checked(live: LiveServer, recorded: Path):
    stretch = stretch_of(recorded)
    for share in (0.6, 0.9):
        cut = replace(stretch, events=stretch.events[: int(share * len(stretch.events))])
        result = replayed(live, cut)
        assert result.difference is None
        assert result.checks > 1
