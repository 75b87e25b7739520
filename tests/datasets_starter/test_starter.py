"""The bundled starter set: made anew, read back, and run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from factorion_cli.blueprints import Print, decode, read_prints, to_factory
from factorion_cli.factory import Factory, Sink, Source
from factorion_cli.factory.placement import check
from factorion_cli.factory.symmetry import rotate
from factorion_cli.prototypes import load_table
from factorion_cli.simulation import throughput
from factorion_cli.tasks import infer_endpoints

STARTER = Path(__file__).resolve().parents[2] / "datasets" / "starter"
WARMUP_TICKS, MEASURE_TICKS = 3600, 3600


@pytest.fixture(scope="module")
def make_starter() -> ModuleType:
    """The recipe of the set, which is a script and no package."""
    sys.path.insert(0, str(STARTER))
    try:
        import make_starter
    finally:
        sys.path.remove(str(STARTER))
    return make_starter


@pytest.fixture(scope="module")
def designs(make_starter):
    return make_starter.all_designs()


@pytest.fixture(scope="module")
def prints() -> dict[str, Print]:
    found = list(read_prints(STARTER / "blueprints"))
    assert all(isinstance(found_print, Print) for found_print in found)
    return {found_print.label: found_print for found_print in found}


def test_the_committed_books_hold_what_the_recipe_makes(make_starter, designs):
    for category, book in make_starter.books(designs).items():
        committed = (STARTER / "blueprints" / f"{category}.txt").read_text(encoding="utf-8")
        assert decode(committed) == decode(book), f"{category}.txt is stale: run make_starter.py"


def test_the_card_has_the_figures_of_the_recipe(make_starter, designs):
    text = (STARTER / "README.md").read_text(encoding="utf-8")
    assert make_starter.card(designs, text) == text


def test_there_are_at_least_sixty_distinct_designs(designs):
    shapes = {frozenset(_upright(design.blueprint).entities) for design in designs}
    assert len(shapes) == len(designs) >= 60
    assert len({design.label for design in designs}) == len(designs)


def _upright(factory: Factory) -> Factory:
    """One of the four rotations of a factory, the same one whichever of them is given."""
    return min(
        (rotate(factory, turns) for turns in range(4)), key=lambda turned: repr(sorted(map(repr, turned.entities)))
    )


def test_every_design_comes_back_from_its_string(designs, prints):
    for design in designs:
        assert to_factory(prints[design.label]).entities == design.blueprint.entities, design.label


def test_the_game_would_let_every_entity_stand(designs):
    for design in designs:
        standing = Factory(design.blueprint.width, design.blueprint.height)
        for entity in design.blueprint.entities:
            assert check(standing, entity) is None, f"{design.label}: {check(standing, entity)}"
            standing = standing.adding(entity)


def test_every_pole_reaches_another_one(designs):
    for design in designs:
        poles = [entity for entity in design.blueprint.entities if entity.prototype.pole]
        joined = poles[:1]
        for pole in poles[1:]:
            reach = pole.prototype.pole.wire_reach
            assert any((pole.x - p.x) ** 2 + (pole.y - p.y) ** 2 <= reach**2 for p in joined), design.label
            joined.append(pole)


def _place(end: Source | Sink) -> tuple[str, int, int, int]:
    return end.kind, end.x, end.y, end.direction if end.kind == "belt" else 0


def _inferred(design) -> Factory:
    return infer_endpoints(replace(design.blueprint, metadata={"label": design.label}))


def test_endpoints_are_inferred_where_they_are_meant(designs):
    for design in designs:
        factory = _inferred(design)
        meant = {_place(source) for source in design.factory.sources}
        found = {_place(source) for source in factory.sources}
        assert meant == found, design.label
        assert {_place(sink) for sink in factory.sinks} == {_place(sink) for sink in design.factory.sinks}, design.label
        assert "problems" not in factory.metadata, design.label


def test_products_are_inferred_as_they_are_meant(designs):
    for design in designs:
        if any(entity.prototype.machine for entity in design.blueprint.entities):
            found = {(sink.x, sink.y): sink.item for sink in _inferred(design).sinks}
            assert found == {(sink.x, sink.y): sink.item for sink in design.factory.sinks}, design.label


def _cycle_ticks(design) -> float:
    """Ticks of the slowest craft; 60 without machines."""
    table = load_table()
    slowest = 60.0
    for entity in design.blueprint.entities:
        machine = entity.prototype.machine
        if machine is not None:
            # A furnace's recipe is not written; steel takes longest.
            recipe = table.recipe(entity.recipe or "steel-plate")
            slowest = max(slowest, recipe.time_s * 60 / machine.crafting_speed)
    return slowest


def _window_ticks(design) -> int:
    """Long enough for the rate to be known: eight crafts of the slowest machine, and a minute at least."""
    return max(MEASURE_TICKS, round(8 * _cycle_ticks(design)))


def _slack(design) -> float:
    """Items per second: the tolerance of the reckoning, and two crafts more or less in the measured time."""
    made = max(
        (
            load_table().recipe(entity.recipe).products[0].amount
            for entity in design.blueprint.entities
            if entity.recipe
        ),
        default=1,
    )
    return design.tolerance * design.rate + 2 * made * 60 / _window_ticks(design)


def _rates(designs, factories) -> list[float]:
    """Items per second of each factory, measured for as long as its design needs."""
    windows = [_window_ticks(design) for design in designs]
    rates = [0.0] * len(designs)
    for window in sorted(set(windows)):
        group = [index for index, other in enumerate(windows) if other == window]
        results = throughput([factories[index] for index in group], "ticks", WARMUP_TICKS, window)
        for index, result in zip(group, results, strict=True):
            assert result.error is None
            rates[index] = result.throughput
    return rates


def test_every_design_delivers_what_its_ratios_promise(designs):
    rates = _rates(designs, [design.factory for design in designs])
    assert not [
        (design.label, rate, design.rate)
        for design, rate in zip(designs, rates, strict=True)
        if rate == 0 or abs(rate - design.rate) > _slack(design)
    ]


def test_every_design_delivers_with_inferred_endpoints(designs):
    rates = _rates(designs, [_inferred(design) for design in designs])
    assert not [
        (design.label, rate, design.rate)
        for design, rate in zip(designs, rates, strict=True)
        if rate == 0 or rate < design.rate - _slack(design)
    ]
