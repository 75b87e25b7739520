import numpy as np
import pytest
import torch

from factorion_cli.environments import ActionMasks, builtin_tasks, observe
from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.distribution import log_probability_of_any, masked_log_probabilities
from factorion_cli.policies.network import SIZES_BEFORE, NetworkConfig, PolicyNetwork
from factorion_cli.policies.network_policy import NetworkPolicy

VOCABULARY = default_vocabulary()
SMALL = NetworkConfig(channels=12, blocks_in=1, blocks_middle=1, blocks_out=1, attention_blocks=1, heads=3, hidden=24)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = PolicyNetwork(VOCABULARY, SMALL)
    # Blocks start as the identity; give them something to do.
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return network.eval()


def _state(task, window=None):
    seen = observe(task.start, task.hand, 1, window)
    return torch.from_numpy(seen["grid"])[None], torch.from_numpy(seen["hand"])[None]


def test_the_default_network_has_fewer_than_five_million_weights():
    assert sum(weight.numel() for weight in PolicyNetwork(VOCABULARY).parameters()) < 5_000_000


@pytest.mark.parametrize("window", [(11, 11), (16, 16), (24, 32)])
def test_any_window_size_works(network, window):
    grid, hand = _state(builtin_tasks()[0], window)
    with torch.inference_mode():
        encoding = network.encode(grid, hand)
        entity = torch.tensor([VOCABULARY.entity_id("transport-belt")])
        assert network.tile_logits(encoding, torch.tensor([0]), entity).shape == (1, window[0] * window[1])
        assert network.entity_logits(encoding).shape == (1, VOCABULARY.n_entities)
        assert network.value(encoding).shape == (1,)


def test_what_lies_outside_the_factory_changes_nothing(network):
    task = builtin_tasks()[4]
    entity = torch.tensor([VOCABULARY.entity_id("assembling-machine-2")])
    values = []
    with torch.inference_mode():
        for window in ((6, 6), (13, 20)):
            encoding = network.encode(*_state(task, window))
            tiles = network.tile_logits(encoding, torch.tensor([0]), entity).view(window)[
                :4, :4
            ]  # where three by three tiles fit
            values.append((tiles, network.value(encoding), encoding.whole))
    for one, other in zip(*values, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_recipes_that_fit_are_told_apart_from_those_that_do_not(network):
    belt_in = builtin_tasks()[4].reference
    grid = torch.from_numpy(observe(belt_in, [])["grid"])[None].long()
    relations = network.recipe_relations(grid)[0][0]
    gear, cable = VOCABULARY.recipe_id("iron-gear-wheel"), VOCABULARY.recipe_id("copper-cable")
    # It is here, wanted by the sink, and all of its ingredients come from sources.
    assert relations[gear, 1] == 1
    assert relations[gear, 0] > 0
    assert relations[gear, 4] == 1
    assert relations[cable, [0, 1, 2, 4]].sum() == 0


def test_impossible_sizes_are_refused():
    with pytest.raises(UsageError, match="channels is 30 and heads 6"):
        NetworkConfig(channels=30)
    with pytest.raises(UsageError, match="ask what is carried"):
        NetworkConfig(carried=False)


def test_a_network_that_grows_decides_as_before(network):
    old_sizes = {name: size for name, size in SMALL.to_json().items() if name not in SIZES_BEFORE}
    old = PolicyNetwork(VOCABULARY, NetworkConfig.from_json(old_sizes)).eval()
    grown = PolicyNetwork(VOCABULARY, SMALL).eval()
    missing, unexpected = grown.load_state_dict(old.state_dict(), strict=False)
    assert missing
    assert not unexpected
    grid = torch.from_numpy(observe(builtin_tasks()[4].start, [])["grid"])[None]
    hand = torch.ones(1, VOCABULARY.n_entities)
    before, after = old.encode(grid, hand), grown.encode(grid, hand)
    assert torch.allclose(before.tiles, after.tiles, atol=1e-6)
    assert torch.allclose(before.whole, after.whole, atol=1e-6)


def test_what_leads_out_of_a_factory_looks_the_same_in_a_larger_window(network):
    leads_out = Factory(4, 4, (Entity("transport-belt", 3, 1, 4), Entity("inserter", 0, 3, 12)))
    tight, roomy = (
        network.encode(
            torch.from_numpy(observe(leads_out, [], 0, window)["grid"])[None], torch.ones(1, len(network.sizes))
        )
        for window in ((4, 4), (8, 9))
    )
    assert torch.allclose(tight.facing, roomy.facing[:, :, :4, :4], atol=1e-6)
    assert torch.allclose(tight.tiles, roomy.tiles[..., :4, :4], atol=1e-5)


def test_masked_probabilities_sum_to_one_over_the_legal():
    logits = torch.tensor([[5.0, 1.0, 1.0, -3.0]])
    legal = torch.tensor([[False, True, True, False]])
    assert masked_log_probabilities(logits, legal).exp().tolist() == [[0.0, 0.5, 0.5, 0.0]]
    right = torch.tensor([[False, True, True, False]])
    assert log_probability_of_any(logits, legal, right).item() == pytest.approx(0.0, abs=1e-6)


def test_every_action_is_legal_and_the_same_alone_or_in_a_batch(network):
    policy = NetworkPolicy(network, batch_size=2)
    tasks = builtin_tasks()
    observations = [observe(task.start, task.hand, 1, (9, 12)) for task in tasks]
    masks = [ActionMasks(task.start, task.hand, (9, 12)) for task in tasks]
    rng = np.random.default_rng(0)
    together = policy.act_batch(observations, masks, rng)
    assert all(mask.legal(action) and not action.done for mask, action in zip(masks, together, strict=True))
    assert together == [policy.act(seen, mask, rng) for seen, mask in zip(observations, masks, strict=True)]


def test_the_window_does_not_change_the_decision(network):
    policy, task, rng = NetworkPolicy(network), builtin_tasks()[3], np.random.default_rng(0)
    actions = [
        policy.act(observe(task.start, task.hand, 1, window), ActionMasks(task.start, task.hand, window), rng)
        for window in ((2, 5), (16, 16), (32, 40))
    ]
    assert actions[0] == actions[1] == actions[2]


def test_nothing_in_hand_or_nowhere_to_put_it_is_done(network):
    policy, rng = NetworkPolicy(network), np.random.default_rng(0)
    full = Factory(1, 1, (Entity("wooden-chest", 0, 0),))
    for factory, hand in ((Factory(4, 4), []), (full, ["wooden-chest"])):
        assert policy.act(observe(factory, hand), ActionMasks(factory, hand), rng).done
