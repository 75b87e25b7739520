import pytest
import torch

from factorion_cli.environments import observe
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.symmetry import rotate
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.facing import FacingPatches
from factorion_cli.policies.lookup import EntityLookup
from factorion_cli.policies.planes import Planes

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
