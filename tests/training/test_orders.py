"""Building orders as examples: the state is what stands so far, right is what may come next."""

from collections.abc import Iterator

import numpy as np
import pytest

from factorion_cli.datasets import DatasetInfo, read_tasks
from factorion_cli.datasets.reader import iter_tables
from factorion_cli.datasets.schema import DEMONSTRATIONS
from factorion_cli.datasets.teaching import write_demonstrations
from factorion_cli.design.batch import Effort, design_all
from factorion_cli.environments.action import Action, entity_for
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import observe
from factorion_cli.factory.symmetry import mirror, rotate
from factorion_cli.factory.tensor import PART
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.tasks.building import freed
from factorion_cli.tasks.demonstrations import stage_of
from factorion_cli.tasks.marker_suites import suite
from factorion_cli.tasks.solutions import Solution
from factorion_cli.training.batch import Batch
from factorion_cli.training.mixture import Mixture
from factorion_cli.training.orders import BuildingOrders, OrderSource

VOCABULARY = default_vocabulary()
LEVEL = 5


@pytest.fixture(scope="module")
def designs(tmp_path_factory: pytest.TempPathFactory) -> DatasetInfo:
    """Designs of a few small tasks with their building orders, all in one split or another."""
    tasks = suite("markers:depth-1?count=4&size=9&seed=3")
    solved = [one for one in design_all(tasks, Effort(5.0, "throughput", 0, True, 2)) if one.design.factory]
    solutions = [Solution(one.design.task, one.design.factory, one.seed) for one in solved if one.design.factory]
    folder = tmp_path_factory.mktemp("designs") / "ds"
    return write_demonstrations(solutions, folder, 0, {"tasks": ["tests"]}).info


@pytest.fixture(scope="module")
def orders(designs: DatasetInfo) -> BuildingOrders:
    found = BuildingOrders.read(designs, designs.splits(DEMONSTRATIONS)[0], LEVEL)
    assert found is not None
    return found


def _demonstrated(designs: DatasetInfo) -> Iterator[tuple]:
    split = designs.splits(DEMONSTRATIONS)[0]
    tasks = {task.id: freed(task) for task in read_tasks(designs.path, split)}
    for table in iter_tables(designs.path, split, DEMONSTRATIONS):
        for row in table.to_pylist():
            yield tasks[row["task"]], row["order"], row["alternatives"]


def _answers(batch: Batch, width: int) -> set:
    rows = zip(batch.entity, batch.tile, batch.direction, batch.variant, batch.content, strict=True)
    actions = [Action.from_row([int(value) for value in row], width) for row in rows]
    return {entity_for(action, VOCABULARY) for action in actions}


@pytest.mark.parametrize("symmetry", range(8))
def test_the_state_is_what_was_built_so_far_in_that_symmetry(designs, orders, symmetry):
    for number, (task, order, _) in enumerate(_demonstrated(designs)):
        for cut in (0, len(order) // 2, len(order) - 1):
            batch = orders.batch(*(np.array([value]) for value in (number, cut, symmetry)))
            whole = mirror(task.reference) if symmetry >= 4 else task.reference
            whole = rotate(whole, symmetry % 4)
            state = whole.without(order[cut:])
            seen = observe(state, task.hand)
            assert np.array_equal(batch.grid[0].numpy(), seen["grid"])
            assert np.array_equal(batch.hand[0].numpy(), seen["hand"])
            assert whole.entities[order[cut]] in _answers(batch, whole.width)
            masks = ActionMasks(state, task.hand)
            for question, entity in enumerate(batch.entity.tolist()):
                group = batch.group[question]
                fits = masks.placements(str(VOCABULARY.entity_name(entity)))
                assert np.array_equal(batch.fits[group].numpy(), fits.reshape(4, -1))
                assert batch.fits[group, batch.direction[question], batch.tile[question]]


def test_what_waits_for_nothing_in_the_same_stage_is_right_too(designs, orders):
    for number, (task, order, alternatives) in enumerate(_demonstrated(designs)):
        machines = [index for index in order if task.reference.entities[index].prototype.machine]
        batch = orders.batch(np.array([number]), np.array([0]), np.array([0]))
        assert _answers(batch, task.reference.width) == {task.reference.entities[index] for index in machines}
        assert set(machines) <= {order[0], *alternatives[0]}
        assert batch.asked[0].nonzero().flatten().tolist() == sorted(set(batch.entity.tolist()))


def _built(batch, task):
    """Stages of what stands in the first state, by the tiles where something of the reference stands."""
    grid = batch.grid[0].numpy()
    return [
        (index, stage_of(entity))
        for index, entity in enumerate(task.reference.entities)
        if grid[PART, entity.y, entity.x] and index in task.missing
    ]


def test_an_order_drawn_anew_goes_stage_by_stage_and_nothing_before_what_it_waited_for(designs, orders):
    rng = np.random.default_rng(0)
    reached = set()
    for number, (task, order, _) in enumerate(_demonstrated(designs)):
        waited = {index: orders.before[orders.first[number] + step] for step, index in enumerate(order)}
        for cut in range(len(order)):
            keys = rng.random((1, len(order)))
            batch = orders.batch(np.array([number]), np.array([cut]), np.array([0]), keys)
            built = _built(batch, task)
            standing = {index for index, _ in built}
            reached.add((number, frozenset(standing)))
            assert len(standing) == cut
            assert all(waited[index] < 0 or order[waited[index]] in standing for index in standing)
            (stage,) = {stage_of(entity) for entity in _answers(batch, task.reference.width)}
            assert all(of <= stage for _, of in built)
            assert {index for index in order if stage_of(task.reference.entities[index]) < stage} <= standing
    demonstrated = {
        (number, frozenset(order[:cut]))
        for number, (_, order, _) in enumerate(_demonstrated(designs))
        for cut in range(len(order))
    }
    assert len(reached - demonstrated) > len(reached) / 4


def test_machines_are_asked_for_as_often_as_belts_in_half_of_the_states(orders):
    chances = orders.chances()
    drawn = np.searchsorted(chances, np.random.default_rng(0).random(20_000) * chances[-1], side="right")
    shares = np.bincount(orders.stage[drawn], minlength=4) / 20_000
    steps = np.bincount(orders.stage, minlength=4) / len(orders.stage)
    assert shares == pytest.approx((steps + 0.25) / 2, abs=0.06)
    assert chances[-1] == pytest.approx(len(orders))


def test_the_builder_holds_what_the_task_allows_without_end(designs, orders):
    task, order, _ = next(_demonstrated(designs))
    early, late = (orders.batch(np.array([0]), np.array([cut]), np.array([0])).hand for cut in (0, len(order) - 1))
    assert early.equal(late)
    assert {VOCABULARY.entity_name(number) for number in early[0].nonzero().flatten().tolist()} == set(task.allowed)


def test_batches_depend_on_the_seed_and_their_number_alone(orders):
    def grids(seed, numbers):
        source = OrderSource(orders, 4, seed)
        return [source.batch(number).grid for number in numbers]

    for one, other in zip(grids(3, [0, 5, 17]), reversed(grids(3, [17, 5, 0])), strict=True):
        assert one.equal(other)
    assert not all(one.equal(other) for one, other in zip(grids(3, range(4)), grids(4, range(4)), strict=True))


def test_a_level_without_demonstrations_has_no_orders(designs):
    assert BuildingOrders.read(designs, designs.splits(DEMONSTRATIONS)[0], 4) is None


def test_sources_are_drawn_by_weight():
    class Named:
        def __init__(self, name):
            self.name = name

        def batch(self, number):
            return self.name

    mixture = Mixture([(Named("often"), 3.0), (Named("seldom"), 1.0)], seed=0)
    drawn = [mixture.batch(number) for number in range(2000)]
    assert drawn == [mixture.batch(number) for number in range(2000)]
    assert 0.7 < drawn.count("often") / 2000 < 0.8
