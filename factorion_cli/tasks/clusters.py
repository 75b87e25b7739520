"""Which machines of a design belong together: clusters that fit a square, grown along arms, chests and belts.

A cluster starts at the first machine, in reading order, that no other has, and takes in what it is connected with:
first what arms hand things to directly or by way of a chest, then what stands along the same belt, then what hangs on
the same network of belts; of equals what makes its box grow least.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from factorion_cli.arrays import IntArray
from factorion_cli.factory import Entity
from factorion_cli.tasks.layout import Layout

Box = tuple[int, int, int, int]
"""Left, top, right and bottom; the last two are the first tile outside."""

TAKEN, HANDED, ALONG, JOINED, APART = range(5)
"""How a hub hangs together with a cluster: part of it, by an arm or a chest, along one belt, over belts, not at all."""


class Groups:
    """Numbers in groups that grow together (union-find)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def root(self, number: int) -> int:
        """The least number of its group."""
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def join(self, first: int, second: int) -> None:
        """Make two groups one."""
        low, high = sorted((self.root(first), self.root(second)))
        self._parent[high] = low


@dataclass(frozen=True, slots=True)
class Hub:
    """Something that clusters are made of: a machine with its arms, or what stands for it in a design of belts.

    `touched` are the belts and chests at its arms, `partners` the other hubs that its arms reach.
    """

    entity: int
    box: Box
    touched: frozenset[int]
    partners: frozenset[int]


def is_hub(entity: Entity) -> bool:
    """Whether it works on items: a crafting machine, a lab or a mining drill."""
    prototype = entity.prototype
    return prototype.machine is not None or prototype.lab is not None or prototype.drill is not None


def box_of(entities: Iterable[Entity]) -> Box:
    """The bounding box of some entities."""
    boxes = [(entity.x, entity.y, *entity.size) for entity in entities]
    return (
        min(x for x, _, _, _ in boxes),
        min(y for _, y, _, _ in boxes),
        max(x + width for x, _, width, _ in boxes),
        max(y + height for _, y, _, height in boxes),
    )


def _hubs(layout: Layout, members: Sequence[int]) -> list[Hub]:
    """The machines that arms or drills serve; without any the splitters and arms; without these the belts."""
    hubs = _machine_hubs(layout, [index for index in members if is_hub(layout.entity(index))])
    if hubs:
        return hubs
    movers = [index for index in members if layout.prototype(index).type in ("splitter", "inserter")]
    arms = {arm.entity: arm for arm in layout.arms}
    for index in movers or [index for index in members if layout.is_belt(index)]:
        arm = arms.get(index)
        ends = {index} if arm is None else {end for end in (arm.pickup, arm.drop) if end is not None}
        box = box_of(layout.entity(end) for end in {index, *ends})
        hubs.append(Hub(index, box, frozenset(ends), _far_ends(layout, index)))
    return hubs


def _far_ends(layout: Layout, index: int) -> frozenset[int]:
    """The exit of an underground entrance."""
    if layout.entity(index).underground_type != "input":
        return frozenset()
    return frozenset(link.target for link in layout.links.get(index, ()))


def _machine_hubs(layout: Layout, machines: Sequence[int]) -> list[Hub]:
    boxes = {index: [box_of([layout.entity(index)])] for index in machines}
    ends: dict[int, set[int]] = {index: set() for index in machines}
    for arm in layout.arms:
        own = box_of([layout.entity(arm.entity)])
        for hub, end, tile in ((arm.pickup, arm.drop, arm.drop_tile), (arm.drop, arm.pickup, arm.pickup_tile)):
            if hub is not None and hub in ends:
                boxes[hub] += [own, (*tile, tile[0] + 1, tile[1] + 1)]
                ends[hub].update(() if end is None else (end,))
    for drill in layout.drills:
        if drill.entity in ends and drill.drop is not None:
            ends[drill.entity].add(drill.drop)
            ends.get(drill.drop, set()).add(drill.entity)
    return [
        Hub(
            index,
            _around(boxes[index]),
            frozenset(end for end in ends[index] if layout.is_belt(end) or layout.is_chest(end)),
            frozenset(end for end in ends[index] if end in boxes),
        )
        for index in machines
        if ends[index]
    ]


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


Tie = tuple[int, str, int]
"""Something that hubs share: how it ties them, what it is, and its number."""


class Clusters:
    """Clusters of the hubs among some entities, found one after the other.

    Every hub is in one cluster; those that arms join to another one directly may come along in several. Hubs are kept
    as arrays, so that a cluster of dozens among thousands is found quickly.
    """

    def __init__(self, layout: Layout, members: Iterable[int], side: int) -> None:
        """Look for hubs among the entities `members`; a cluster of several leaves a tile of the square's side free
        on each edge, for the belts that lead there.
        """
        found = sorted(_hubs(layout, sorted(members)), key=lambda hub: (hub.box[1], hub.box[0], hub.entity))
        hubs = [hub for hub in found if max(hub.box[2] - hub.box[0], hub.box[3] - hub.box[1]) <= side]
        self.hubs, self.side = tuple(hubs), side - 2
        self.boxes: IntArray = np.array([hub.box for hub in hubs], np.int32).reshape(-1, 4)
        self.free = np.ones(len(hubs), bool)
        # What the last cluster had first, its seed aside.
        self._fresh: list[int] = []
        self._ties = _ties(layout, hubs)
        tied: dict[Tie, list[int]] = {}
        for number, ties in enumerate(self._ties):
            for tie in ties:
                tied.setdefault(tie, []).append(number)
        self._tied = {tie: np.array(numbers) for tie, numbers in tied.items()}

    def __iter__(self) -> Iterator[tuple[Hub, ...]]:
        """Clusters until all hubs have one; the first hub of each is its seed."""
        while self.free.any():
            yield tuple(self.hubs[number] for number in self._grow(int(self.free.argmax())))

    def release(self, hubs: Iterable[Hub]) -> None:
        """Let other clusters have these hubs of the last one; its seed, and what others had before it, stay taken."""
        gone = {hub.entity for hub in hubs}
        for number in self._fresh:
            if self.hubs[number].entity in gone:
                self.free[number] = True

    def _grow(self, seed: int) -> list[int]:
        cluster: list[int] = []
        tier = np.full(len(self.free), APART)
        known: set[Tie] = set()
        box, chosen = self.boxes[seed], seed
        self._fresh = []
        while chosen >= 0:
            cluster.append(chosen)
            if self.free[chosen] and chosen != seed:
                self._fresh.append(chosen)
            box = _union(box, self.boxes[chosen])
            self.free[chosen] = False
            for tie in self._ties[chosen] - known:
                tied = self._tied[tie]
                tier[tied] = np.minimum(tier[tied], tie[0])
            known |= self._ties[chosen]
            tier[cluster] = TAKEN
            chosen = self._next(tier, box)
        return cluster

    def _next(self, tier: IntArray, box: IntArray) -> int:
        """The hub to take in, or -1; partners come along even if another cluster has them."""
        able = np.flatnonzero((tier == HANDED) | (self.free & (tier > HANDED) & (tier < APART)))
        around = _union(box, self.boxes[able])
        size = (around[:, 2:] - around[:, :2]).astype(np.int64)
        fits = (size <= self.side).all(axis=1)
        if not fits.any():
            return -1
        cost = np.where(fits, tier[able] * np.int64(1 << 40) + size.prod(axis=1), np.iinfo(np.int64).max)
        return int(able[cost.argmin()])


def _union(box: IntArray, other: IntArray) -> IntArray:
    low = np.minimum(box[..., :2], other[..., :2])
    return np.concatenate([low, np.maximum(box[..., 2:], other[..., 2:])], axis=-1)


def _ties(layout: Layout, hubs: Sequence[Hub]) -> list[frozenset[Tie]]:
    """What each hub shares with others."""
    runs, networks = _belt_groups(layout)
    partners: dict[int, set[int]] = {hub.entity: set(hub.partners) for hub in hubs}
    for hub in hubs:
        for end in hub.partners:
            partners.get(end, set()).add(hub.entity)
    found = []
    for hub in hubs:
        ties: set[Tie] = {
            (HANDED, f"with {max(hub.entity, end)}", min(hub.entity, end)) for end in partners[hub.entity]
        }
        for end in hub.touched:
            ties.add((JOINED, "network", networks.root(end)))
            ties.add((HANDED, "chest", end) if layout.is_chest(end) else (ALONG, "run", runs.root(end)))
        found.append(frozenset(ties))
    return found


def _belt_groups(layout: Layout) -> tuple[Groups, Groups]:
    """Belts that simply follow each other, and all belts and chests that things can pass between."""
    count = len(layout.factory.entities)
    runs, networks = Groups(count), Groups(count)
    feeders = Counter(link.target for links in layout.links.values() for link in links)
    for index, links in layout.links.items():
        for link in links:
            networks.join(index, link.target)
            if len(links) == 1 and feeders[link.target] == 1:
                runs.join(index, link.target)
    for arm in layout.arms:
        ends = [end for end in (arm.pickup, arm.drop) if end is not None]
        if len(ends) == 2 and all(layout.is_belt(end) or layout.is_chest(end) for end in ends):
            networks.join(*ends)
    return runs, networks
