import numpy as np
import pytest

from factorion_cli.environments import action_for
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.symmetry import mirror, rotate
from factorion_cli.factory.tensor import to_tensor
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.training.examples import Reference
from factorion_cli.training.views import N_SYMMETRIES, TURNING

FACTORY = Factory(
    14,
    9,
    (
        Entity("splitter", 2, 1, 0, input_priority="left", output_priority="right"),
        Entity("splitter", 5, 1, 4, output_priority="left", filter="coal"),
        Entity("underground-belt", 0, 4, 12, "output"),
        Entity("oil-refinery", 7, 0, 4, recipe="basic-oil-processing"),
        Entity("assembling-machine-2", 1, 5, recipe="iron-gear-wheel"),
        Entity("storage-tank", 5, 5, 4),
        Entity("fast-inserter", 4, 3, 8, filters=("coal",)),
        Entity("small-electric-pole", 13, 8),
    ),
    (
        Source("a", "belt", 9, 6, "coal", 4, "left"),
        Source("b", "belt", 9, 6, "stone", 4, "right"),
        Source("c", "belt", 10, 8, "iron-plate", 12, "right", "fast-transport-belt"),
        Source("d", "chest", 12, 6, "coal"),
    ),
    (Sink("e", "belt", 12, 0, "coal", 8), Sink("f", "chest", 13, 4)),
)


@pytest.mark.parametrize("symmetry", range(N_SYMMETRIES))
def test_a_view_is_the_tensor_and_the_entities_of_the_factory_in_that_symmetry(symmetry):
    factory = rotate(mirror(FACTORY) if symmetry >= 4 else FACTORY, symmetry % 4)
    view = Reference.of(FACTORY).view(symmetry)
    expected = to_tensor(factory)
    # The gear assembler works the same whichever way it faces and is kept facing north.
    gears = factory.entities[4]
    expected[2, gears.y : gears.y + 3, gears.x : gears.x + 3] = 1
    assert np.array_equal(view.grid, expected)
    for entity, row in zip(factory.entities, view.rows.tolist(), strict=True):
        action = action_for(entity, default_vocabulary())
        quarter = 0 if entity is gears else entity.direction // 4
        variant, content = action.variant, action.content_id
        placed = [action.entity_id, entity.x, entity.y, *entity.size, quarter, variant, content]
        assert row[:TURNING] == placed
