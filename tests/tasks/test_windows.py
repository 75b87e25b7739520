"""Pieces of designs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.factory import Entity
from factorion_cli.factory.geometry import EAST, WEST
from factorion_cli.tasks import cut_windows
from factorion_cli.tasks.clusters import Clusters
from factorion_cli.tasks.layout import analyse
from tests.tasks import designs


def test_a_design_that_fits_stays_whole():
    cell = designs.gear_cell()
    assert cut_windows(cell, 32) == [cell]


def test_a_window_holds_the_margin_too():
    row = designs.design(*designs.line(0, 0, EAST, 31))
    assert [piece.width for piece in cut_windows(row, 33)] == [31]
    assert all(piece.width <= 30 for piece in cut_windows(row, 32))


def test_separate_parts_are_cut_apart_first():
    left = designs.gear_cell().entities
    right = [Entity(e.name, e.x + 40, e.y, e.direction, recipe=e.recipe) for e in designs.smelter_column().entities]
    pieces = cut_windows(designs.design(*left, *right), 32)
    assert sorted(len(piece.entities) for piece in pieces) == sorted((len(left), len(right)))


def test_equal_pieces_are_kept_once():
    twice = designs.gear_cell().entities + tuple(
        Entity(e.name, e.x + 40, e.y, e.direction, recipe=e.recipe) for e in designs.gear_cell().entities
    )
    assert len(cut_windows(designs.design(*twice), 32)) == 1


def test_undergrounds_hold_a_part_together():
    row = [
        *designs.line(0, 0, EAST, 20, "express-transport-belt"),
        Entity("express-underground-belt", 20, 0, EAST, "input"),
        Entity("express-underground-belt", 29, 0, EAST, "output"),
        *designs.line(30, 0, EAST, 20, "express-transport-belt"),
    ]
    pieces = cut_windows(designs.design(*row), 32)
    assert any({e.underground_type for e in piece.entities} >= {"input", "output"} for piece in pieces)


def test_arms_that_share_a_chest_and_nothing_else_are_each_a_seed_once():
    trios = [
        entity
        for y in range(0, 60, 2)
        for entity in (Entity("inserter", 1, y, WEST), Entity("iron-chest", 2, y), Entity("inserter", 3, y, EAST))
    ]
    layout = analyse(designs.design(*trios))
    clusters = Clusters(layout, range(len(trios)), 14)
    seeds = []
    for cluster in clusters:
        seeds.append(cluster[0].entity)
        assert len(seeds) <= len(clusters.hubs)
        clusters.release(cluster[1:])
    assert len(set(seeds)) == len(seeds)


def test_scraps_are_dropped():
    row = designs.design(*designs.line(0, 0, EAST, 40), *designs.line(0, 60, EAST, 4))
    assert all(len(piece.entities) >= 8 for piece in cut_windows(row, 32))


@settings(max_examples=30, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=120), st.integers(8, 40))
def test_every_piece_fits_and_starts_at_its_corner(tiles: set[tuple[int, int]], window: int):
    scattered = designs.design(*(Entity("transport-belt", x, y) for x, y in sorted(tiles)))
    for piece in cut_windows(scattered, window, min_entities=1):
        assert max(piece.width, piece.height) <= window - 2
        if "window" in piece.metadata:
            assert min(entity.x for entity in piece.entities) == min(entity.y for entity in piece.entities) == 0
            left, top = piece.metadata["window"]
            assert {(entity.x + left, entity.y + top) for entity in piece.entities} <= tiles


def test_unknown_entities_are_left_out():
    modded = designs.gear_cell().adding(Entity("modded-thing", 0, 3))
    assert cut_windows(modded, 32)[0].entities == designs.gear_cell().entities
