import pytest
import torch

from factorion_cli.environments import observe
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.symmetry import rotate
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.facing import SIDE, FacingConvolution, FacingPatches, FacingTileScore
from factorion_cli.policies.lookup import EntityLookup
from factorion_cli.policies.planes import N_PLANES, Planes

LOOKUP = EntityLookup.of(default_vocabulary())
FACTORY = Factory(
    9,
    8,
    (
        Entity("transport-belt", 2, 3, 4),
        Entity("splitter", 4, 3, 0),
        Entity("underground-belt", 3, 5, 12, "input"),
        Entity("inserter", 5, 5, 8),
        Entity("assembling-machine-2", 6, 0, recipe="iron-gear-wheel"),
        Entity("small-electric-pole", 1, 6),
    ),
)


def _patches(factory, index):
    grid = torch.from_numpy(observe(factory, [])["grid"])[None].long()
    entity = factory.entities[index]
    patches = FacingPatches(torch.from_numpy(LOOKUP.sizes).long())
    number = torch.tensor([default_vocabulary().entity_id(entity.name)])
    tile = torch.tensor([entity.y * factory.width + entity.x])
    return patches(Planes(LOOKUP)(grid), torch.tensor([0]), number, tile)[0]


@pytest.mark.parametrize("quarter", [1, 2, 3])
@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_a_turned_factory_looks_the_same_to_an_entity_turned_with_it(index, quarter):
    before, after = _patches(FACTORY, index), _patches(rotate(FACTORY, quarter), index)
    facing = FACTORY.entities[index].direction // 4
    assert torch.equal(before[facing], after[(facing + quarter) % 4])
    assert before[facing].any()


def test_the_convolution_judges_every_tile_as_its_patch_is_judged():
    torch.manual_seed(0)
    grid = torch.from_numpy(observe(FACTORY, [])["grid"])[None].long()
    planes = Planes(LOOKUP)(grid)
    convolution = FacingConvolution(3)
    everywhere = convolution(planes)[0]  # (4, 3, H, W)
    patches = FacingPatches(torch.from_numpy(LOOKUP.sizes).long())
    belt = torch.tensor([default_vocabulary().entity_id("transport-belt")])
    for x, y in ((0, 0), (3, 4), (8, 7)):
        patch = patches(planes, torch.tensor([0]), belt, torch.tensor([y * 9 + x]))[0]
        torch.testing.assert_close(patch @ convolution.weight.T, everywhere[:, :, y, x], atol=1e-5, rtol=1e-5)
    assert planes.shape[1] == N_PLANES
    assert SIDE % 2 == 1


@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_tile_scores_turn_with_the_factory(index):
    torch.manual_seed(0)
    entity = FACTORY.entities[index]
    number = torch.tensor([default_vocabulary().entity_id(entity.name)])
    score = FacingTileScore(torch.from_numpy(LOOKUP.sizes).long(), 4, 8)
    vector = torch.randn(1, 4)
    values = []
    for quarter in range(4):
        factory = rotate(FACTORY, quarter)
        grid = torch.from_numpy(observe(factory, [])["grid"])[None].long()
        features = score.features(Planes(LOOKUP)(grid))
        turned = factory.entities[index]
        values.append(float(score(features, number, vector).detach()[0, turned.y * factory.width + turned.x]))
    if entity.prototype.width == entity.prototype.height:
        assert values == pytest.approx([values[0]] * 4, abs=1e-5)
