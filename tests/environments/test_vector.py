"""The vector environment is n single ones, bit by bit."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from factorion_cli.environments import MISSING_ENTITY, ImprovementReward, MissingEntityEnv, action_for, builtin_tasks
from factorion_cli.environments.backend import SimulatorBackend, measure_by_flow
from factorion_cli.environments.vector import MissingEntityVectorEnv
from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.tasks.building import to_build
from factorion_cli.tasks.markers import marker_task
from factorion_cli.tasks.task import MissingEntityTask, Provenance
from tests.tasks.marker_lines import line_task

N = 6
ALL_TERMS = {
    "throughput": 0.5,
    "improvement": 0.7,
    "cost": 0.3,
    "entities_placed": -0.2,
    "connected": 0.11,
    "distance": 0.13,
}
BLOCKED = {"task": {"blocked": [[3, 0, 1, 1], [4, 3, 2, 1]], "allowed": ["transport-belt", "inserter"]}}


def _task(number: int, reference: Factory, missing: tuple[int, ...], **more) -> MissingEntityTask:
    return MissingEntityTask(
        id=f"task-{number}",
        kind=more.pop("kind", "throughput"),
        level=4,
        reference=reference,
        missing=missing,
        throughput_reference=7.5,
        throughput_start=0.0,
        family=f"family-{number}",
        design="",
        provenance=Provenance("test"),
        **more,
    )


def _line(*entities: Entity) -> Factory:
    """A belt of iron ore from west to east that passes by whatever is given."""
    belts = [Entity("transport-belt", x, 2, 4) for x in range(1, 8)]
    source, sink = Source("S", "belt", 0, 2, "iron-ore", 4), Sink("K", "belt", 8, 2, "iron-ore", 4)
    return Factory(9, 6, (*belts, *entities), (source,), (sink,))


def _tasks() -> list[MissingEntityTask]:
    arms = _line(
        Entity("fast-inserter", 2, 3, 0, filters=("iron-ore", "copper-ore")),
        Entity("fast-inserter", 4, 3, 0, filters=("copper-ore",)),
        Entity("assembling-machine-2", 5, 3, recipe="iron-gear-wheel", modules=("speed-module",)),
    )
    passing = _line(Entity("underground-belt", 1, 4, 4, "input"), Entity("underground-belt", 5, 4, 4, "output"))
    split = Entity("splitter", 3, 4, 4, output_priority="left", filter="iron-ore")
    furnace = Entity("stone-furnace", 6, 4, recipe="iron-plate")
    return [
        *builtin_tasks(),
        _task(1, arms, (0, 7, 8, 9)),
        _task(2, passing, (3, 7, 8), spare=("inserter",)),
        _task(3, _line(split, furnace), (1, 7, 8), kind="structural"),
        _task(4, _line(), (), spare=("transport-belt", "inserter")),
        replace(_task(5, _line(), (2, 3)), level=3),
        to_build(line_task("free", width=6)),
        to_build(marker_task(line_task("blocked", metadata=BLOCKED).to_factory())),
    ]


def _right(task: MissingEntityTask, step: int) -> Entity | None:
    """Something that helps."""
    if task.allowed:
        return Entity("transport-belt", 1 + step % (task.reference.width - 2), 2, 4)
    return task.removed[step % len(task.removed)] if task.removed else None


def _pair(dense: bool, terms: dict[str, float] | None = None) -> tuple[MissingEntityVectorEnv, SyncVectorEnv]:
    tasks = _tasks()
    many = MissingEntityVectorEnv(tasks, N, window=(12, 20), dense=dense, terms=terms, threads=2)
    alone = SyncVectorEnv(
        [
            lambda: MissingEntityEnv(
                tasks,
                window=(12, 20),
                reward=ImprovementReward(),
                backend=SimulatorBackend(measure_by_flow),
                dense=dense,
                terms=terms,
            )
        ]
        * N,
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
    return many, alone


def _equal(one: object, other: object, where: str) -> None:
    if isinstance(one, dict):
        assert isinstance(other, dict)
        assert set(one) == set(other), where
        for key in one:
            _equal(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, tuple) or (isinstance(one, np.ndarray) and one.dtype == object):
        for index, (ours, theirs) in enumerate(zip(one, other, strict=True)):  # type: ignore[call-overload]
            _equal(ours, theirs, f"{where}[{index}]")
    else:
        np.testing.assert_array_equal(one, other, err_msg=where)


def _actions(env: MissingEntityVectorEnv, rng: np.random.Generator, step: int) -> np.ndarray:
    """Legal ones, now and then the right ones, and now and then any."""
    actions = env.masks.sample(rng)
    actions[rng.random(N) < 0.1, 0] = 0
    wild = rng.random(N) < 0.15
    actions[wild] = np.stack([env.single_action_space.sample() for _ in range(N)])[wild]
    for number in np.flatnonzero(rng.random(N) < 0.4):
        task = env.tasks[env.task_numbers[number]]
        right = _right(task, step)
        if right is not None:
            actions[number] = action_for(right, env.vocabulary).to_row(env.window[1])
    return actions


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("terms", [None, ALL_TERMS], ids=["improvement", "all terms"])
def test_equals_single_environments_bit_by_bit(dense: bool, terms: dict[str, float] | None):
    many, alone = _pair(dense, terms)
    rng = np.random.default_rng(3)
    many.single_action_space.seed(4)
    _equal(many.reset(seed=11), alone.reset(seed=11), "reset")
    ended = 0
    for step in range(200):
        actions = _actions(many, rng, step)
        ours, theirs = many.step(actions), alone.step(actions)
        for name, one, other in zip(
            ("observation", "reward", "terminated", "truncated", "info"), ours, theirs, strict=True
        ):
            _equal(one, other, f"step {step} {name}")
        ended += int((ours[2] | ours[3]).sum())
    assert ended > N


def test_masks_equal_those_of_single_environments():
    many, alone = _pair(dense=False)
    rng = np.random.default_rng(5)
    many.reset(seed=2)
    alone.reset(seed=2)
    for step in range(60):
        masks = many.masks
        entities = np.array([rng.choice(np.flatnonzero(row)) for row in masks.entity()])
        tiles = np.array([rng.choice(np.flatnonzero(row)) for row in masks.tile(entities)])
        for number, env in enumerate(alone.envs):
            single, entity = env.unwrapped.masks, int(entities[number])
            np.testing.assert_array_equal(masks.entity()[number], single.entity())
            np.testing.assert_array_equal(masks.tile(entities)[number], single.tile(entity))
            np.testing.assert_array_equal(
                masks.direction(entities, tiles)[number], single.direction(entity, int(tiles[number]))
            )
            np.testing.assert_array_equal(masks.variant(entities)[number], single.variant(entity))
            np.testing.assert_array_equal(masks.content(entities)[number], single.content(entity))
        actions = _actions(many, rng, step)
        many.step(actions)
        alone.step(actions)


def test_threads_change_nothing():
    runs = []
    for threads in (1, 2):
        env = MissingEntityVectorEnv(_tasks(), 40, threads=threads)
        env.reset(seed=0)
        rng = np.random.default_rng(1)
        runs.append([env.step(env.masks.sample(rng)) for _ in range(20)])
    for one, other in zip(*runs, strict=True):
        _equal(one, other, "step")


def test_gymnasium_makes_it_for_make_vec():
    env = gymnasium.make_vec(MISSING_ENTITY, num_envs=3, vectorization_mode="vector_entry_point")
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP


def test_resets_choose_tasks_by_number_or_name():
    env = MissingEntityVectorEnv(_tasks(), 3)
    env.reset(options={"tasks": [2, "task-4", 0]})
    assert env.tasks[int(env.task_numbers[1])].id == "task-4"
    with pytest.raises(UsageError, match="no task is called 'nothing'"):
        env.reset(options={"task": "nothing"})
    with pytest.raises(UsageError, match="2 tasks for 3 environments"):
        env.reset(options={"tasks": [1, 2]})


def test_what_is_restored_elsewhere_goes_on_as_where_it_was_saved():
    tasks = [*_tasks(), to_build(line_task("line", metadata=BLOCKED))]
    env = MissingEntityVectorEnv(tasks, 2 * len(tasks), threads=1, dense=True, terms=ALL_TERMS)
    env.reset(seed=0, options={"tasks": [*range(len(tasks)), *reversed(range(len(tasks)))]})
    rng, origins = np.random.default_rng(3), np.arange(len(tasks))
    env.step(env.masks.sample(rng))
    env.restore(origins + len(tasks), env.saved(origins))
    for _ in range(6):
        actions = env.masks.sample(rng)
        actions[len(tasks) :] = actions[: len(tasks)]
        observation, rewards, terminated, truncated, _ = env.step(actions)
        same = ~(terminated | truncated)[origins]  # a new episode is each environment's own
        for part in (*observation.values(), rewards, terminated):
            np.testing.assert_array_equal(part[origins][same], part[origins + len(tasks)][same])
        env.restore(origins + len(tasks), env.saved(origins))


def test_actions_of_another_shape_are_refused():
    env = MissingEntityVectorEnv(_tasks(), 3)
    env.reset(seed=0)
    with pytest.raises(UsageError, match=r"expected \(3, 5\)"):
        env.step(np.zeros((2, 5), np.int64))
