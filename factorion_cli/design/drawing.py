"""From a board to the entities of a Factory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from factorion_cli.design.kit import Kit
from factorion_cli.design.layout import (
    ARM_KIND,
    ARM_SIDE,
    ARM_TILE,
    ARMS,
    BELT,
    ENTRY,
    EXIT,
    POLES,
    SPLITTERS,
    Record,
)
from factorion_cli.design.plan import Plan
from factorion_cli.factory import Entity, Factory


def draw(factory: Factory, plan: Plan, kit: Kit, problem: Record, state: Record, board: Record) -> Factory:
    """The factory with everything that is on the board."""
    width = factory.width
    machines = _machines(plan, problem, state)
    return factory.adding(*machines, *_belts(kit, width, board), *_arms(kit, width, board), *_poles(kit, width, board))


def _machines(plan: Plan, problem: Record, state: Record) -> Iterator[Entity]:
    for block, group in enumerate(state["group"].tolist()):
        if problem["chests"] <= block and group >= 0:
            made = plan.steps[group]
            yield Entity(made.machine, int(state["x"][block]), int(state["y"][block]), recipe=made.recipe.name)


def _belts(kit: Kit, width: int, board: Record) -> Iterator[Entity]:
    tiles = np.flatnonzero(np.isin(board["kind"], (BELT, ENTRY, EXIT)))
    for tile, kind, side in zip(tiles.tolist(), board["kind"][tiles], board["side"][tiles].tolist(), strict=True):
        x, y, direction = tile % width, tile // width, 4 * side
        if kind == BELT and kit.belt is not None:
            yield Entity(kit.belt, x, y, direction)
        elif kind in (ENTRY, EXIT) and kit.underground is not None:
            yield Entity(kit.underground, x, y, direction, "input" if kind == ENTRY else "output")
    for tile, other, side in board["splitters"][: board["counts"][SPLITTERS]].tolist():
        first = min(tile, other)
        if kit.splitter is not None:
            yield Entity(kit.splitter, first % width, first // width, 4 * side)


def _arms(kit: Kit, width: int, board: Record) -> Iterator[Entity]:
    for row in board["arms"][: board["counts"][ARMS]].tolist():
        name, tile = (kit.arm, kit.long_arm)[row[ARM_KIND]], row[ARM_TILE]
        if name is not None:
            yield Entity(name, tile % width, tile // width, 4 * row[ARM_SIDE])


def _poles(kit: Kit, width: int, board: Record) -> Iterator[Entity]:
    for tile in board["poles"][: board["counts"][POLES]].tolist():
        if kit.pole is not None:
            yield Entity(kit.pole, tile % width, tile // width)
