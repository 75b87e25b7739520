"""A production cell cut out of a design: a cluster with its arms, the belts that serve it, and what it needs around.

Belts are kept upstream of what the cluster takes and downstream of what it gives, as far as the square reaches; leads
that do nothing but come and go are cut two tiles outside the cluster, where they become open ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from factorion_cli.factory import Entity
from factorion_cli.simulation.compiling import beacon_reaches
from factorion_cli.tasks.clusters import Box, Groups, Hub, is_hub
from factorion_cli.tasks.layout import Arm, Layout

LEAD = 2
"""Tiles of belt that a cut leaves before the first and after the last thing that a cell does."""

PIPE_TYPES = frozenset({"pipe", "pipe-to-ground", "storage-tank", "pump"})
_ITEM_TYPES = frozenset(
    {"transport-belt", "underground-belt", "splitter", "inserter", "container", "logistic-container", "loader"}
)


@dataclass(frozen=True, slots=True)
class Ways:
    """What stands before and after every belt, chest and arm of a design, over which things move.

    Attributes:
        before, after: by entity.
        arms: by their own entity.
        arms_at: those that take from an entity or give to it.
        drops: of drills, what they give to.
    """

    before: Mapping[int, tuple[int, ...]]
    after: Mapping[int, tuple[int, ...]]
    arms: Mapping[int, Arm]
    arms_at: Mapping[int, tuple[Arm, ...]]
    drops: Mapping[int, int | None]


def ways_of(layout: Layout) -> Ways:
    """The ways of a design, machines aside."""
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    arms_at: dict[int, list[Arm]] = {}

    def connect(first: int, second: int) -> None:
        after.setdefault(first, []).append(second)
        before.setdefault(second, []).append(first)

    for index, links in layout.links.items():
        for link in links:
            connect(index, link.target)
    for arm in layout.arms:
        for end in (arm.pickup, arm.drop):
            if end is not None:
                arms_at.setdefault(end, []).append(arm)
        if arm.pickup is not None and arm.drop is not None and not _serves_machine(layout, arm):
            connect(arm.pickup, arm.entity)
            connect(arm.entity, arm.drop)
    return Ways(
        {index: tuple(found) for index, found in before.items()},
        {index: tuple(found) for index, found in after.items()},
        {arm.entity: arm for arm in layout.arms},
        {index: tuple(found) for index, found in arms_at.items()},
        {drill.entity: drill.drop for drill in layout.drills},
    )


def _serves_machine(layout: Layout, arm: Arm) -> bool:
    return any(end is not None and is_hub(layout.entity(end)) for end in (arm.pickup, arm.drop))


def cut_cell(
    layout: Layout, ways: Ways, members: frozenset[int], cluster: Sequence[Hub], side: int
) -> tuple[list[int], tuple[Hub, ...]]:
    """The cell around the first hub of a cluster, with those of the others that it is joined to within the square.

    Args:
        layout: the whole design.
        ways: its ways.
        members: what the cell may be made of.
        cluster: hubs that fit the square together.
        side: of the square that the cell has to fit.

    Returns:
        Indices of its entities, ascending, and its hubs.
    """
    while True:
        cell = _cut(layout, ways, members, cluster, side)
        joined = _joined(layout, ways, cell, cluster)
        if len(joined) == len(cluster):
            return sorted(cell), tuple(cluster)
        cluster = joined


def _joined(layout: Layout, ways: Ways, cell: set[int], cluster: Sequence[Hub]) -> tuple[Hub, ...]:
    """The hubs that the cell's belts, arms and chests join to the first, and its direct partners."""
    number = {index: number for number, index in enumerate(sorted(cell))}
    groups = Groups(len(number))
    for index in cell:
        arm = ways.arms.get(index)
        joined = {link.target for link in layout.links.get(index, ())} | {ways.drops.get(index)}
        joined |= {arm.pickup, arm.drop} if arm is not None else set()
        for other in cell.intersection(joined):
            groups.join(number[index], number[other])
    root = groups.root(number[cluster[0].entity])
    return tuple(hub for hub in cluster if groups.root(number[hub.entity]) == root)


def _cut(layout: Layout, ways: Ways, members: frozenset[int], cluster: Sequence[Hub], side: int) -> set[int]:
    box = _hull(hub.box for hub in cluster)
    square = _square(box, side)
    within = _within(layout, members, square)
    core = (box[0] - LEAD, box[1] - LEAD, box[2] + LEAD, box[3] + LEAD)
    hubs = {hub.entity for hub in cluster}
    arms = [arm for hub in sorted(hubs) for arm in ways.arms_at.get(hub, ()) if arm.entity in within]
    taken_from = {arm.pickup for arm in arms if arm.drop in hubs} | hubs
    given_to = {arm.drop for arm in arms if arm.pickup in hubs} | hubs
    given_to |= {ways.drops[hub] for hub in hubs & ways.drops.keys()}
    moving = _reach(taken_from, ways.before, within, layout) | _reach(given_to, ways.after, within, layout)
    kept = _without_leads(layout, ways, moving, core, hubs) | hubs | {arm.entity for arm in arms}
    return kept | _surroundings(layout, ways, within, kept, hubs, box, core)


def _within(layout: Layout, members: frozenset[int], square: Box) -> set[int]:
    """Members that lie wholly in a square, found by its tiles: designs are larger than squares."""
    tiles = ((x, y) for y in range(square[1], square[3]) for x in range(square[0], square[2]))
    found = {layout.at[tile] for tile in tiles if tile in layout.at} & members
    return {index for index in found if _lies_in(layout.entity(index), square)}


def _hull(boxes: Iterable[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _square(box: Box, side: int) -> Box:
    """The square around the middle of a box."""
    left = box[0] - (side - (box[2] - box[0])) // 2
    top = box[1] - (side - (box[3] - box[1])) // 2
    return left, top, left + side, top + side


def _lies_in(entity: Entity, box: Box) -> bool:
    width, height = entity.size
    return box[0] <= entity.x and box[1] <= entity.y and entity.x + width <= box[2] and entity.y + height <= box[3]


def _reach(
    start: Iterable[int | None], ways: Mapping[int, tuple[int, ...]], within: set[int], layout: Layout
) -> set[int]:
    """Everything within that lies that way, machines aside."""
    found = {index for index in start if index is not None and index in within and not is_hub(layout.entity(index))}
    waiting = list(found)
    while waiting:
        for index in ways.get(waiting.pop(), ()):
            if index in within and index not in found:
                found.add(index)
                waiting.append(index)
    return found


def _without_leads(layout: Layout, ways: Ways, moving: set[int], core: Box, hubs: set[int]) -> set[int]:
    """What moves things, less the ends outside the core that only lead there or away from it."""
    kept = set(moving)
    waiting = [index for index in sorted(moving) if not _lies_in(layout.entity(index), core)]
    while waiting:
        index = waiting.pop()
        if index not in kept or index in hubs or _lies_in(layout.entity(index), core):
            continue
        near = [kept.intersection(side.get(index, ())) for side in (ways.before, ways.after)]
        if all(near) or _completes_underground(layout, index, near[0] | near[1], core):
            continue
        kept.remove(index)
        waiting += sorted(near[0] | near[1])
    return kept


def _completes_underground(layout: Layout, index: int, near: Iterable[int], core: Box) -> bool:
    """Whether it is the far end of an underground that begins or ends in the core."""
    if layout.prototype(index).type != "underground-belt":
        return False
    other = {"input": "output", "output": "input"}.get(layout.entity(index).underground_type or "")
    return any(
        layout.prototype(end).type == "underground-belt"
        and layout.entity(end).underground_type == other
        and _lies_in(layout.entity(end), core)
        for end in near
    )


def _surroundings(
    layout: Layout, ways: Ways, within: set[int], kept: set[int], hubs: set[int], box: Box, core: Box
) -> set[int]:
    """Beacons, poles and pipes that serve the cell, and what stands between its parts but takes and gives no items."""
    machines = [layout.entity(index) for index in sorted(hubs)]
    electric = {tile for index in kept if layout.prototype(index).electric for tile in layout.entity(index).tiles()}
    found: set[int] = set()
    for index in within - kept:
        entity, prototype = layout.entity(index), layout.prototype(index)
        if prototype.beacon is not None:
            serves = any(beacon_reaches(entity, machine) for machine in machines)
        elif prototype.pole is not None:
            serves = _supplies(entity, prototype.pole.supply_area_distance, electric)
        else:
            idle = prototype.type not in _ITEM_TYPES and prototype.type not in PIPE_TYPES and index not in ways.arms_at
            serves = idle and _lies_in(entity, box)
        if serves:
            found.add(index)
    return found | _pipes(layout, within, hubs, core)


def _supplies(pole: Entity, reach: float, electric: set[tuple[int, int]]) -> bool:
    width, height = pole.size
    left, top = int(pole.x + width / 2 - reach), int(pole.y + height / 2 - reach)
    side = int(2 * reach)
    return any((x, y) in electric for y in range(top, top + side) for x in range(left, left + side))


def _pipes(layout: Layout, within: set[int], hubs: set[int], core: Box) -> set[int]:
    """Pipes, tanks and pumps in the core that touch the machines, or each other."""
    able = {
        index for index in within if layout.prototype(index).type in PIPE_TYPES and _lies_in(layout.entity(index), core)
    }
    found: set[int] = set()
    waiting = [index for index in sorted(hubs) if layout.prototype(index).fluid_boxes]
    while waiting:
        entity = layout.entity(waiting.pop())
        width, height = entity.size
        around = [(x, y) for x in range(entity.x, entity.x + width) for y in (entity.y - 1, entity.y + height)]
        around += [(x, y) for y in range(entity.y, entity.y + height) for x in (entity.x - 1, entity.x + width)]
        for tile in around:
            index = layout.at.get(tile)
            if index is not None and index in able and index not in found:
                found.add(index)
                waiting.append(index)
    return found
