"""A task and its plan as the arrays of the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from factorion_cli.design.kit import Kit
from factorion_cli.design.layout import (
    CHEST_SPEED,
    FREE,
    MOST_BLOCKS,
    MOST_ENDS,
    MOST_INPUTS,
    SINK,
    SIZE_CLASSES,
    SOURCE,
    SPLIT,
    WALL,
    ByteArray,
    Record,
    blank,
    problem_type,
    size_class,
)
from factorion_cli.design.plan import Plan, UnsolvableError
from factorion_cli.factory import Entity, Factory, Sink, Source
from factorion_cli.factory.footprints import standing_endpoints
from factorion_cli.factory.geometry import DIRECTIONS, step
from factorion_cli.prototypes import load_table
from factorion_cli.tasks.bounds import arm_rate, lane_rate
from factorion_cli.tasks.markers import MarkerTask

MIX = (20, 26, 8, 6, 22, 18, 12, 8, 4, 4)
"""How often machines are moved, nudged, swapped, shifted together, urgencies and prices changed; machines added,
dropped, repeated in a row, mirrored."""


def make_problem(
    task: MarkerTask, plan: Plan, kit: Kit, cost_weight: float, enough: float, mix: Sequence[int] = MIX
) -> Record:
    """The arrays of a task.

    Args:
        task: the task.
        plan: its recipes.
        kit: what it is built from.
        cost_weight: what a tile used counts against throughput, in units.
        enough: throughput beyond which more counts nothing, in units.
        mix: how often each change of a state is drawn.
    """
    factory = task.factory
    numbers = {item: number for number, item in enumerate(plan.items)}
    ends: list[Source | Sink] = [*factory.sources, *factory.sinks]
    chests = [end for end in ends if end.kind == "chest"]
    if len(plan.steps) + len(chests) > MOST_BLOCKS:
        raise UnsolvableError(f"needs {len(plan.steps)} kinds of machines; at most {MOST_BLOCKS} can be planned")
    belts = _sources(factory, numbers)
    sinks = [sink for sink in factory.sinks if sink.kind == "belt"]
    made = {step.item for step in plan.steps} | {end.item for end in chests if isinstance(end, Source)}
    covered, poles = _standing_power(task)
    tiles = factory.width * factory.height
    room = size_class(tiles)
    if not room or max(len(belts), len(sinks), len(poles)) > MOST_ENDS:
        raise UnsolvableError(
            f"{factory.width} x {factory.height} tiles with {len(belts)} sources, {len(sinks)} sinks and {len(poles)} "
            f"poles; there is room for {max(SIZE_CLASSES)} tiles and {MOST_ENDS} of each"
        )
    fields = {
        "width": factory.width,
        "height": factory.height,
        "tiles": tiles,
        "groups": len(plan.steps) + len(chests),
        "chests": len(chests),
        "sources": len(belts),
        "sinks": len(sinks),
        "poles": len(poles),
        "ground": _ground(task),
        "covered": covered,
        "span": _standing_spans(factory),
        **_groups(plan, chests, numbers),
        "fixed": [(len(plan.steps) + number, end.x, end.y) for number, end in enumerate(chests)],
        "source_tile": [end.y * factory.width + end.x for end, _items in belts],
        "source_side": [end.direction // 4 for end, _items in belts],
        "source_items": [items for _end, items in belts],
        "sink_tile": [end.y * factory.width + end.x for end in sinks],
        "sink_side": [end.direction // 4 for end in sinks],
        "sink_item": [numbers[end.item] for end in sinks if end.item is not None],
        "sink_from_belt": [end.item not in made for end in sinks],
        "arm_rate": [arm_rate(Entity(arm), factory) if arm else 0.0 for arm in (kit.arm, kit.long_arm)],
        "belts": kit.belt is not None,
        "underground": kit.underground_reach,
        "splitters": kit.splitter is not None,
        "powered": factory.power.mode == "poles",
        "pole_area": kit.pole_area,
        "pole_reach": kit.pole_reach,
        "pole_tile": poles,
        "mix": mix,
        "lane_rate": min((lane_rate(sink.belt) for sink in sinks), default=0.0),
        "unit_rate": unit_rate(task, plan),
        "most_rate": max(task.bound / len(factory.sinks), 1e-9),
        "cost_weight": cost_weight,
        "enough": enough,
    }
    return _filled(blank(problem_type(room)), fields)


def _filled(problem: Record, fields: Mapping[str, Any]) -> Record:
    """The record with these fields; arrays may be shorter than there is room for."""
    for name, value in fields.items():
        if not np.ndim(value):
            problem[name] = value
        elif np.size(value):
            problem[name][tuple(slice(length) for length in np.shape(value))] = value
    return problem


def unit_rate(task: MarkerTask, plan: Plan) -> float:
    """Items per second of one fully fed machine of the first sink's recipe; of a lane where nothing is crafted."""
    wanted = task.factory.sinks[0].item
    found = [step.speed * step.products for step in plan.steps if step.item == wanted]
    return found[0] if found else lane_rate(task.factory.sinks[0].belt)


def _sources(factory: Factory, numbers: dict[str, int]) -> list[tuple[Source, int]]:
    """Belt sources, those of one tile together, with the bit sets of their items."""
    found = dict[tuple[int, int], tuple[Source, int]]()
    for source in factory.sources:
        if source.kind == "belt":
            _end, items = found.get((source.x, source.y), (source, 0))
            found[source.x, source.y] = (source, items | 1 << numbers[source.item])
    return list(found.values())


def _groups(plan: Plan, chests: Sequence[Source | Sink], numbers: dict[str, int]) -> dict[str, np.ndarray]:
    """Machines by recipe, then chests: a source is a group that makes its item, a sink one that uses it up."""
    count = len(plan.steps) + len(chests)
    size = np.ones((max(1, count), 2), np.int64)
    item = np.full(count, -1, np.int64)
    inputs, amounts = np.full((max(1, count), MOST_INPUTS), -1, np.int64), np.zeros((max(1, count), MOST_INPUTS))
    yields, speed, need = np.ones(count), np.full(count, CHEST_SPEED), np.zeros(count)
    for number, made in enumerate(plan.steps):
        prototype = load_table().entity(made.machine)
        size[number] = prototype.width, prototype.height
        item[number], yields[number], speed[number] = numbers[made.item], made.products, made.speed
        need[number] = made.crafts
        for place, part in enumerate(made.recipe.ingredients):
            inputs[number, place], amounts[number, place] = numbers[part.name], part.amount
    for number, end in enumerate(chests, len(plan.steps)):
        if isinstance(end, Source):
            item[number] = numbers[end.item]
        elif end.item is not None:
            inputs[number, 0], amounts[number, 0], need[number] = numbers[end.item], 1.0, 1.0
    return {
        "group_size": size,
        "group_item": item,
        "group_yield": yields,
        "group_speed": speed,
        "group_inputs": inputs,
        "group_amounts": amounts,
        "group_need": need,
    }


def _ground(task: MarkerTask) -> ByteArray:
    """What stands there already: walls, but for belts, into which no other may lead."""
    factory = task.factory
    ground = np.full((factory.height, factory.width), FREE, np.int8)
    for x, y in task.blocked:
        ground[y, x] = WALL
    for entity in factory.entities:
        front = step(entity.x, entity.y, entity.direction)
        if entity.prototype.belt is not None and 0 <= front[0] < factory.width and 0 <= front[1] < factory.height:
            ground[front[1], front[0]] = WALL
    for entity in factory.entities:
        for x, y in entity.tiles():
            ground[y, x] = SPLIT if entity.prototype.belt is not None else WALL
    for end in standing_endpoints(factory):
        belt = SOURCE if isinstance(end, Source) else SINK
        ground[end.y, end.x] = belt if end.kind == "belt" else WALL
    return ground.ravel()


def _standing_spans(factory: Factory) -> ByteArray:
    """(2, N) tiles over which undergrounds that stand there could reach, vertically and horizontally."""
    spans = np.zeros((2, factory.height, factory.width), np.int8)
    for entity in factory.entities:
        belt = entity.prototype.belt
        if belt is None or entity.underground_type is None:
            continue
        for direction in DIRECTIONS:
            if direction % 8 != entity.direction % 8:
                continue
            for steps in range(belt.max_distance + 1):
                x, y = step(entity.x, entity.y, direction, steps)
                if 0 <= x < factory.width and 0 <= y < factory.height:
                    spans[direction % 8 // 4, y, x] = 1
    return spans.reshape(2, -1)


def _standing_power(task: MarkerTask) -> tuple[ByteArray, list[int]]:
    """Tiles to which poles that stand there give power, and the poles' tiles."""
    factory = task.factory
    covered, tiles = np.zeros((factory.height, factory.width), np.int8), []
    for entity in factory.entities:
        pole = entity.prototype.pole
        if pole is None:
            continue
        width, height = entity.size
        x, y, area = entity.x + width / 2, entity.y + height / 2, pole.supply_area_distance
        covered[max(0, round(y - area)) : round(y + area), max(0, round(x - area)) : round(x + area)] = 1
        tiles.append(entity.y * factory.width + entity.x)
    return covered.ravel(), tiles
