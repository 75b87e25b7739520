from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.environments import ActionMasks, builtin_tasks, observe
from factorion_cli.factory.symmetry import mirror, rotate
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.training.batches import MOST_MISSING, BatchSource, Example, Sampling, stack
from factorion_cli.training.examples import ExamplePool, Reference
from factorion_cli.training.views import N_SYMMETRIES

VOCABULARY = default_vocabulary()


@settings(max_examples=30, deadline=None)
@given(index=st.integers(0, 4), symmetry=st.integers(0, N_SYMMETRIES - 1))
def test_an_example_is_the_observation_and_the_masks_of_its_start_in_that_symmetry(index, symmetry):
    task = builtin_tasks()[index]
    example = Example(Reference.of(task.reference), symmetry, task.missing, 0.0)
    batch = stack([example])
    turned = rotate(mirror(task.reference) if symmetry >= 4 else task.reference, symmetry % 4)
    start, removed = turned.without(task.missing), turned.entities[task.missing[0]]
    seen = observe(start, [removed.name])
    masks = ActionMasks(start, [removed.name])
    assert np.array_equal(batch.grid[0].numpy(), seen["grid"])
    assert np.array_equal(batch.hand[0].numpy(), seen["hand"])
    assert np.array_equal(batch.fits[0].any(dim=0).numpy(), masks.tile(int(batch.entity[0])))
    assert batch.tile[0] == removed.y * turned.width + removed.x
    assert batch.fits[0, batch.direction[0], batch.tile[0]]
    assert batch.contents[0, batch.content[0]]
    assert batch.variants[0, batch.variant[0]]


def test_every_missing_entity_is_asked_for_and_those_of_its_name_are_right_tiles():
    task = builtin_tasks()[0]
    batch = stack([Example(Reference.of(task.reference), 0, (1, 3), None)])
    assert batch.owner.tolist() == batch.group.tolist() == [0, 0]
    assert batch.first.tolist() == [0]
    assert batch.tile.tolist() == [1 * 8 + 2, 1 * 8 + 4]
    for tiles in batch.tiles:
        assert tiles.nonzero().flatten().tolist() == [1 * 8 + 2, 1 * 8 + 4]
    assert batch.hand.sum() == 2
    assert batch.value.isnan().all()


def test_batches_depend_on_the_seed_and_their_number_alone():
    pool = ExamplePool.of(builtin_tasks())

    def grids(seed, numbers):
        source = BatchSource(pool, 4, seed, Sampling())
        return [source.batch(number).grid for number in numbers]

    for one, other in zip(grids(3, [0, 5, 17]), reversed(grids(3, [17, 5, 0])), strict=True):
        assert torch.equal(one, other)
    assert not all(one.equal(other) for one, other in zip(grids(3, range(4)), grids(4, range(4)), strict=True))


def test_whole_runs_of_belts_are_taken_out_where_asked():
    pool = ExamplePool.of(builtin_tasks()[:1])

    def most_missing(together_share):
        source = BatchSource(pool, 8, 0, Sampling(task_share=0, several_share=1, together_share=together_share))
        return max(int(source.batch(number).hand.sum(dim=1).max()) for number in range(8))

    assert most_missing(0.0) <= MOST_MISSING
    assert most_missing(1.0) == len(builtin_tasks()[0].reference.entities) > MOST_MISSING


def test_padding_lies_outside_the_bounds_and_is_never_legal():
    tasks = builtin_tasks()
    batch = stack([Example(Reference.of(t.reference), 0, t.missing, None) for t in tasks])
    assert batch.grid.shape[2:] == (6, 8)
    outside = batch.grid[:, 9].flatten(1) == 0
    assert outside.any()
    assert not (batch.fits.any(dim=1) & outside).any()


def test_what_masks_would_refuse_is_never_taken_out():
    task = builtin_tasks()[4]
    idle = [replace(e, recipe=None) if e.recipe else e for e in task.reference.entities]
    reference = Reference.of(task.reference.with_entities(idle))
    assert "machine" not in reference.removable
    assert "inserter" in reference.removable


def test_machines_that_do_not_care_face_north_in_every_symmetry():
    reference = Reference.of(builtin_tasks()[4].reference)
    for symmetry in range(N_SYMMETRIES):
        assert reference.view(symmetry).rows[4, 5] == 0
