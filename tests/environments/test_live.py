"""The environment on a server: the same rewards as in the simulator, with what is placed placed in the game."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from factorion_cli.environments import MissingEntityEnv, action_for, builtin_tasks
from factorion_cli.environments.live import LiveBackend
from factorion_cli.errors import UnbuildableError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.factory import Power
from factorion_cli.servers.addresses import connected
from factorion_cli.servers.live import LiveServer


@pytest.fixture(scope="module")
def live() -> Iterator[LiveServer]:
    with connected("embedded") as server:
        yield server


@pytest.fixture
def backend(live: LiveServer) -> Iterator[LiveBackend]:
    yield LiveBackend(live)
    live.clean()


def _play(env: MissingEntityEnv, task: str, actions: list[np.ndarray]) -> list[tuple]:
    seen = [env.reset(options={"task": task})]
    return [*seen, *(env.step(action) for action in actions)]


@pytest.mark.parametrize("task", [task.id for task in builtin_tasks()])
@pytest.mark.parametrize("turned", [False, True])
def test_an_episode_is_the_same_as_in_the_simulator(backend: LiveBackend, task: str, turned: bool):
    here, there = MissingEntityEnv(dense=True), MissingEntityEnv(dense=True, backend=backend)
    wanted = next(each for each in here.tasks if each.id == task).removed[0]
    action = action_for(wanted, here.vocabulary)
    row = replace(action, direction=(action.direction + 4 * turned) % 16).to_row(here.window[1])
    one, other = _play(here, task, [row]), _play(there, task, [row])
    for ours, theirs in zip(one, other, strict=True):
        assert all(np.array_equal(ours[0][key], theirs[0][key]) for key in ours[0])
    assert other[1][1] == pytest.approx(one[1][1], abs=0.005)
    assert other[1][2:4] == one[1][2:4]
    assert (other[1][4]["invalid_actions"], other[1][4].get("success")) == (
        one[1][4]["invalid_actions"],
        one[1][4].get("success"),
    )
    there.close()


def test_what_is_placed_stands_in_the_game(backend: LiveBackend, live: LiveServer):
    plot = backend.open(Factory(4, 4))
    assert backend.put(plot, Entity("transport-belt", 1, 1, 4)) is None
    (name,) = {
        e["name"] for e in live.session.ask("entities", {"surface": plot.name, "area": [[0, 0], [4, 4]]})["entities"]
    }
    assert name == "transport-belt"
    assert plot.factory.entities == (Entity("transport-belt", 1, 1, 4),)


def test_what_the_game_refuses_changes_nothing_and_says_why(backend: LiveBackend):
    plot = backend.open(Factory(4, 4, (Entity("transport-belt", 1, 1),)))
    assert "blocked by transport-belt" in (backend.put(plot, Entity("stone-furnace", 0, 0)) or "")
    assert len(plot.factory.entities) == 1


def test_settings_come_along(backend: LiveBackend):
    plot = backend.open(Factory(8, 4))
    for entity in (
        Entity("inserter", 0, 0, 12, stack_size=1, filters=("coal",)),
        Entity("splitter", 2, 0, filter="coal", output_priority="left", input_priority="right"),
        Entity("wooden-chest", 5, 0, bar=3),
        Entity("underground-belt", 6, 0, 4, underground_type="output"),
    ):
        assert backend.put(plot, entity) is None


def test_a_plot_that_was_measured_is_measured_as_if_newly_built(backend: LiveBackend):
    task = builtin_tasks()[0]
    plots = [backend.open(task.reference), backend.open(task.start)]
    whole, broken = (result.throughput for result in backend.measure(plots))
    assert (whole, broken) == (pytest.approx(15, rel=0.01), 0)
    assert backend.put(plots[1], task.removed[0]) is None
    assert backend.measure(plots[1:])[0].throughput == pytest.approx(whole, rel=0.001)


def test_a_missing_pole_is_missing_in_the_game_too(backend: LiveBackend):
    task = next(task for task in builtin_tasks() if task.id == "builtin-unload")
    pole = Entity("small-electric-pole", 0, 1)
    dark = replace(task.reference, power=Power("poles"))
    plot = backend.open(dark)
    assert backend.measure([plot])[0].throughput == 0
    assert backend.put(plot, pole) is None
    assert backend.measure([plot])[0].throughput == pytest.approx(task.throughput_reference, rel=0.01)


def test_what_cannot_be_built_is_named(backend: LiveBackend):
    with pytest.raises(UnbuildableError, match="power of mode") as found:
        backend.open(Factory(4, 4, power=Power("network"), id="grid"))
    assert found.value.reasons[0].startswith("power: ")
