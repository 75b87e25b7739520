from dataclasses import replace

import numpy as np
import pytest

from factorion_cli.environments.action import DONE, entity_for, exact_match
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.missing_entity import MissingEntityEnv
from factorion_cli.environments.observation import observe
from factorion_cli.errors import DatasetError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.baselines import NoopPolicy, OraclePolicy, RandomPolicy, TaskPolicy
from factorion_cli.policies.prior import fit_prior
from factorion_cli.tasks.task import MissingEntityTask
from tests.evaluation.small_tasks import LINE_RATE, gears, line, small_tasks, task

VOCABULARY = default_vocabulary()


def act(policy, wanted: MissingEntityTask, seed: int = 0, window: tuple[int, int] | None = None):
    start = wanted.start
    masks = ActionMasks(start, wanted.hand, window)
    return policy.act(observe(start, wanted.hand, 1, window), masks, np.random.default_rng(seed)), masks


def turned(factory: Factory, name: str) -> Factory:
    """The line heading south instead of east."""
    entities = tuple(replace(entity, x=entity.y, y=entity.x, direction=8) for entity in factory.entities)
    sources = tuple(replace(end, x=end.y, y=end.x, direction=8) for end in factory.sources)
    sinks = tuple(replace(end, x=end.y, y=end.x, direction=8) for end in factory.sinks)
    return Factory(factory.height, factory.width, entities, sources, sinks, name)


def test_noop_is_done_at_once():
    assert act(NoopPolicy(), small_tasks()[0])[0] is DONE


@pytest.mark.parametrize("wanted", small_tasks(), ids=lambda wanted: wanted.id)
def test_random_actions_are_legal_and_use_the_hand(wanted):
    for seed in range(20):
        action, masks = act(RandomPolicy(), wanted, seed, window=(16, 20))
        assert not action.done
        assert masks.legal(action)


def test_random_draws_every_free_tile_and_direction():
    wanted = small_tasks()[0]
    actions = {act(RandomPolicy(), wanted, seed)[0] for seed in range(1500)}
    free = wanted.start.width * wanted.start.height - len(wanted.start.entities) - 2
    assert len({(action.x, action.y, action.direction) for action in actions}) == 4 * free


def test_random_is_done_only_when_nothing_fits():
    full = Factory(2, 1, (Entity("transport-belt", 0, 0, 4), Entity("transport-belt", 1, 0, 4)))
    start = replace(full, entities=full.entities)
    masks = ActionMasks(start, ["transport-belt"])
    assert RandomPolicy().act(observe(start, ["transport-belt"]), masks, np.random.default_rng(0)) is DONE


def test_the_oracle_puts_everything_back_then_is_done():
    wanted = small_tasks()[2]
    policy = OraclePolicy().for_task(wanted)
    environment = MissingEntityEnv([wanted])
    rng = np.random.default_rng(0)
    observation, _ = environment.reset()
    placed = []
    while not (action := policy.act(observation, environment.masks, rng)).done:
        placed.append(entity_for(action, VOCABULARY))
    assert exact_match(placed, wanted.removed, VOCABULARY)
    assert isinstance(OraclePolicy(), TaskPolicy)
    assert not isinstance(RandomPolicy(), TaskPolicy)


def test_the_prior_closes_a_gap_in_a_line_that_it_has_not_seen():
    train = [
        task(line(length=length), (index,), LINE_RATE, f"{length}-{index}") for length in (5, 7) for index in range(5)
    ]
    wanted = task(line("unseen", 11), (6,), LINE_RATE, "unseen")
    action, _ = act(fit_prior(train), wanted, window=(16, 16))
    assert exact_match([entity_for(action, VOCABULARY)], wanted.removed, VOCABULARY)


def test_the_prior_sees_neighbours_relative_to_the_direction():
    train = [task(line(length=7), (index,), LINE_RATE, f"east-{index}") for index in range(1, 6)]
    train.append(task(turned(line(length=9), "south"), (1,), LINE_RATE, "south-1"))
    wanted = task(turned(line(length=9), "unseen"), (5,), LINE_RATE, "unseen")
    action, _ = act(fit_prior(train), wanted)
    assert (action.x, action.y, action.direction) == (1, 6, 8)


def test_the_prior_sets_a_machine_to_its_most_frequent_recipe():
    machine = task(gears(), (4,), 1.0, "machine")
    action, masks = act(fit_prior([machine, machine]), machine)
    assert VOCABULARY.recipe_name(action.content_id) == "iron-gear-wheel"
    assert masks.legal(action)


def test_the_prior_finds_a_legal_place_for_what_it_never_saw():
    policy = fit_prior(small_tasks()[:2])
    for wanted in small_tasks()[3:]:
        action, masks = act(policy, wanted)
        assert masks.legal(action)
        assert not action.done


def test_the_prior_chooses_between_entrance_and_exit():
    entities = (
        Entity("transport-belt", 1, 0, 4),
        Entity("underground-belt", 2, 0, 4, "input"),
        Entity("underground-belt", 5, 0, 4, "output"),
        Entity("transport-belt", 6, 0, 4),
    )
    tunnel = replace(line("tunnel"), height=1, entities=entities, sources=(), sinks=())
    tasks = [task(tunnel, (index,), 1.0, f"tunnel-{index}") for index in (1, 2)]
    policy = fit_prior(tasks)
    for wanted, variant in zip(tasks, (1, 2), strict=True):
        action, _ = act(policy, wanted)
        assert (action.x, action.direction, action.variant) == (wanted.removed[0].x, 4, variant)


def test_the_prior_is_the_same_in_a_larger_window():
    policy = fit_prior(small_tasks())
    for wanted in small_tasks():
        assert act(policy, wanted)[0] == act(policy, wanted, window=(32, 32))[0]


def test_many_tasks_are_thinned_out_evenly():
    tasks = [task(line(length=5), (index % 5,), 1.0, str(index)) for index in range(10)]
    thin, whole = fit_prior(tasks, limit=5), fit_prior(tasks[::2])
    assert {key: table.tolist() for key, table in thin.ratios.items()} == {
        key: table.tolist() for key, table in whole.ratios.items()
    }


def test_a_prior_of_nothing_is_refused():
    with pytest.raises(DatasetError, match="at least one task"):
        fit_prior([])
