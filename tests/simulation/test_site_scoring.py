"""What is put together from the rows of a site and of pieces is scored as if it had been read as a factory."""

from dataclasses import replace

import numpy as np
import pytest

from factorion_cli.factory import Entity, Factory, Power, Sink, Source
from factorion_cli.factory.placement import check, legal_directions
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import throughput
from factorion_cli.simulation.batch import FactoryBatch
from factorion_cli.simulation.site_scoring import SiteScorer, States
from factorion_cli.simulation.sites import Sites
from tests.factories.generator import random_factory


def put(sites: Sites, starts: list[Factory], added: list[tuple[Entity, ...]]) -> States:
    """Each start with what was added to it."""
    placed = np.zeros((len(starts), max(1, *map(len, added)), 3), np.int32)
    for row, start, entities in zip(placed, starts, added, strict=True):
        for place, entity in enumerate(entities):
            row[place] = sites.piece(entity, start) + entity.direction // 4, entity.x, entity.y
    counts = np.array([len(entities) for entities in added])
    return States(np.array([sites.site(start) for start in starts]), placed, counts)


def scores(sites: Sites, starts: list[Factory], added: list[tuple[Entity, ...]]) -> list[float | None]:
    """By the rows; None where they do not say."""
    states = put(sites, starts, added)
    found = SiteScorer().score(sites.tables(), states, np.arange(len(starts)))
    return [None if alone else float(rate) for rate, alone in zip(found.rates, found.apart, strict=True)]


def read_whole(starts: list[Factory], added: list[tuple[Entity, ...]]) -> list[float | None]:
    results = throughput([start.adding(*more) for start, more in zip(starts, added, strict=True)], "rates", threads=1)
    return [None if result.error is not None else result.throughput for result in results]


def score(start: Factory, *added: Entity) -> float | None:
    (found,) = scores(Sites(), [start], [added])
    if found is not None:
        assert [found] == read_whole([start], [added])
    return found


def gears(*more: Entity, power: Power | None = None) -> Factory:
    """Plates by belt and arm into an assembler, gears by arm into a chest, with room around."""
    entities = (
        Entity("transport-belt", 1, 3, 4),
        Entity("inserter", 2, 3, 12),
        Entity("assembling-machine-2", 3, 2, recipe="iron-gear-wheel"),
        Entity("inserter", 6, 3, 12),
    )
    source, sink = Source("S", "belt", 0, 3, "iron-plate", 4), Sink("K", "chest", 7, 3, "iron-gear-wheel")
    return Factory(14, 12, (*entities, *more), (source,), (sink,), power=power or Power())


def test_random_factories_taken_apart_and_put_together_again():
    sites, starts, added = Sites(), list[Factory](), list[tuple[Entity, ...]]()
    for seed in range(150):
        whole, rng = random_factory(seed), np.random.default_rng(seed)
        count = min(len(whole.entities), int(rng.integers(6)))
        gone = rng.permutation(len(whole.entities))[:count].tolist()
        starts.append(whole.without(gone))
        added.append(tuple(whole.entities[index] for index in gone))
    found, expected = scores(sites, starts, added), read_whole(starts, added)
    known = [index for index, rate in enumerate(found) if rate is not None]
    assert [found[index] for index in known] == [expected[index] for index in known]
    assert len(known) > 75
    assert sum((found[index] or 0) > 0 for index in known) > 20


def test_poles_that_are_put_down_give_power():
    start = gears(power=Power("poles"))
    pole = Entity("medium-electric-pole", 4, 5)
    assert score(start) == 0
    assert score(start, pole) == score(gears())


def test_what_furnaces_make_of_what_others_bring_can_turn_up():
    start = Factory(
        10,
        3,
        (Entity("inserter", 1, 1, 12), Entity("inserter", 4, 1, 12), Entity("inserter", 8, 1, 12)),
        (Source("S", "chest", 0, 1, "iron-ore"),),
        (Sink("K", "chest", 9, 1, "steel-plate"),),
    )
    furnaces = Entity("stone-furnace", 2, 0, fuel="unlimited"), Entity("electric-furnace", 5, 0)
    assert (score(start, *furnaces) or 0) > 0
    assert score(start, furnaces[1]) == 0


@pytest.mark.parametrize(
    ("start", "added"),
    [
        (gears(), Entity("beacon", 3, 6, modules=("speed-module-3",))),
        (gears(Entity("beacon", 3, 6, modules=("speed-module-3",))), Entity("assembling-machine-2", 9, 6)),
        (gears(), Entity("lab", 8, 8)),
        (gears(), Entity("pipe", 8, 8)),
        (gears(), Entity("electric-mining-drill", 8, 8)),
        (gears(), Entity("assembling-machine-2", 3, 5, recipe="electric-engine-unit")),
        (gears(power=Power("network")), Entity("transport-belt", 9, 9)),
    ],
    ids=["beacon", "machine by a beacon", "lab", "pipe", "drill", "fluids side by side", "network"],
)
def test_what_acts_on_other_rows_is_left_to_who_reads_factories(start: Factory, added: Entity):
    assert score(start, added) is None


def test_fluids_away_from_other_boxes_change_no_row():
    start = gears(Entity("beacon", 3, 6, modules=("speed-module-3",)))
    assert score(start, Entity("fast-inserter", 9, 9), Entity("wooden-chest", 9, 8)) is not None
    assert score(gears(), Entity("assembling-machine-2", 9, 8, recipe="electric-engine-unit")) is not None


def test_no_room_for_all_at_once_changes_nothing():
    from factorion_cli.simulation import site_scoring

    sites, starts = Sites(), [random_factory(seed) for seed in range(60)]
    nothing: list[tuple[Entity, ...]] = [()] * len(starts)
    whole = scores(sites, starts, nothing)
    before, site_scoring.ROOM = site_scoring.ROOM, 1
    try:
        assert scores(sites, starts, nothing) == whole
    finally:
        site_scoring.ROOM = before


def astray(starts: list[Factory], gone: list[list[Entity]], rng: np.random.Generator) -> list[tuple[Entity, ...]]:
    """What is gone from each factory put back, or somewhere else in it where there is room."""
    added = list[tuple[Entity, ...]]()
    for start, entities in zip(starts, gone, strict=True):
        now = start
        for entity in entities:
            x, y, turn = (int(rng.integers(end)) for end in (start.width, start.height, 4))
            turned = replace(entity, x=x, y=y, direction=4 * turn if entity.direction else 0)
            turned = entity if rng.random() < 0.5 else turned
            if not check(now, turned):
                now = now.adding(turned)
        added.append(now.entities[len(start.entities) :])
    return added


def test_a_glance_at_what_was_put_down_tells_what_the_engine_finds():
    starts, gone, rng = list[Factory](), list[list[Entity]](), np.random.default_rng(5)
    for seed in range(150):
        whole = random_factory(seed)
        out = rng.permutation(len(whole.entities))[: int(rng.integers(1, 4))].tolist()
        starts += [whole.without(out)] * 4
        gone += [[whole.entities[index] for index in out]] * 4
    sites = Sites()
    states = put(sites, starts, astray(starts, gone, rng))
    everything, scorer, alike = np.arange(len(starts)), SiteScorer(), np.zeros(len(starts), bool)
    scorer.judge(sites.tables(), states, everything, alike, 0, len(starts))
    alone = scorer.score(sites.tables(), states._replace(counts=0 * states.counts), everything)
    whole = scorer.score(sites.tables(), states, everything)
    for one in ("rates", "least"):
        np.testing.assert_array_equal(getattr(alone, one)[alike], getattr(whole, one)[alike])
    passes = sites.tables().sites.sites["passes"][states.sites] == 1
    assert (alike & (alone.rates > 0)).sum() > 20
    assert (~passes & (whole.rates > 0)).sum() > 20
    assert (~passes & (whole.rates == 0) & alike & (states.counts > 0)).sum() > 20


def test_a_piece_that_is_turned_is_what_it_would_be_read_as():
    sites, seen = Sites(), set[str]()
    for name, prototype in load_table().entities.items():
        turns = legal_directions(name)
        filters = ("iron-plate",) if prototype.inserter is not None else ()
        recipe = "iron-gear-wheel" if prototype.type == "assembling-machine" else None
        for turn, direction in enumerate(turns):
            entity = Entity(name, 0, 0, direction, recipe=recipe, filters=filters)
            alone = Factory(*entity.size, (entity,))
            first, pieces = sites.piece(entity, alone), sites.tables().pieces
            if pieces.pieces[first]["rows"] == 0:
                break
            (read,) = FactoryBatch.from_factories([alone]).rows[:1]
            for field in ("x", "y", "width", "height", "direction", "kind", "filters", "trait", "outlet_x", "outlet_y"):
                np.testing.assert_array_equal(pieces.rows[first + turn][field], read[field], err_msg=f"{name} {field}")
            seen.add(prototype.type)
    assert {"inserter", "loader", "splitter", "underground-belt", "assembling-machine"} <= seen


def test_what_comes_again_in_any_order_is_remembered():
    whole = gears()
    start, (belt, arm, *_) = whole.without([0, 1]), whole.entities
    sites, scorer = Sites(), SiteScorer()
    states = put(sites, [start] * 3, [(belt, arm), (arm, belt), (belt, replace(arm, x=3, y=5))])
    states = states._replace(sites=states.sites[[0, 0, 0]])
    tables, (first,) = sites.tables(), scorer.score(sites.tables(), states, np.array([0])).rates
    assert first > 0
    # Without its rows no site delivers anything.
    empty = tables.sites.sites.copy()
    empty["end"] = empty["first"]
    bare = tables._replace(sites=tables.sites._replace(sites=empty))
    assert scorer.score(bare, states, np.arange(3)).rates.tolist() == [first, first, 0]
    assert SiteScorer().score(bare, states, np.arange(3)).rates.tolist() == [0, 0, 0]
