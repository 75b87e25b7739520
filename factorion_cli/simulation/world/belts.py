"""The belts of an edited world: only the nodes around an edit are wired anew, only the lines they touch are cut up.

A node's number is twice that of its entity or endpoint, plus one for a splitter's right half. Nodes, parts and lines
are never changed once they are settled, only replaced: that is what lets a snapshot share them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from factorion_cli.factory import Entity
from factorion_cli.factory.geometry import DIRECTIONS, step
from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.simulation.decisions import SPACING
from factorion_cli.simulation.layout import ITEM_BITS, ITEM_MASK
from factorion_cli.simulation.lines import (
    Line,
    LineEnd,
    Part,
    chains,
    connect,
    continuation,
    follow,
    make_line,
    part_id,
    parts_of,
    splitter_lines,
)
from factorion_cli.simulation.ordering import ordered
from factorion_cli.simulation.rows import line_room, line_row, splitter_row
from factorion_cli.simulation.wiring import BeltNode, Input, Table, feeds_into, inputs_of, turn_of, underground_exit
from factorion_cli.simulation.world.tables import Ranking, Tables

Tile = tuple[int, int]
Lying = tuple[int, int]
"""Subtiles after a part's start, and what lies there, as in a SLOT: an item's number and the pieces stacked on it."""

_FAR = 1 << 20
"""Added to coordinates in keys: tiles further out than this are not expected."""

PLACE_KEY_BITS = 48
"""Bits of a `place_key`."""


def pieces_of(slot_item: int) -> tuple[int, int]:
    """The number of the item of a slot and how many pieces lie there."""
    return slot_item & ITEM_MASK, (slot_item >> ITEM_BITS) + 1


def place_key(x: int, y: int, detail: int = 0) -> int:
    """A number that sorts by row, then by column, then by `detail` (0 to 7)."""
    return ((y + _FAR) << 24 | (x + _FAR)) << 3 | detail


class Belts:
    """Nodes, parts and lines over the arrays of `tables`.

    Attributes:
        nodes: by number.
        at: number of the node on each tile.
        parts: by `lines.part_id`.
        lines: by row.
        splitters: row of each, by the number of its left half.
        made: items that lines with a source had put on before they were cut up, by part.
    """

    def __init__(self, tables: Tables, entities: Table[Entity], sink_block: Callable[[int, int], int]) -> None:
        self._tables, self._entities, self._sink_block = tables, entities, sink_block
        self.nodes: dict[int, BeltNode] = {}
        self.at: dict[Tile, int] = {}
        self.parts: dict[int, Part] = {}
        self.lines: dict[int, Line] = {}
        self.splitters: dict[int, int] = {}
        self.made: Counter[int] = Counter()
        self._ranks = Ranking()
        self._keys: dict[int, int] = {}
        self._in_order = True
        self._dirty: set[Tile] = set()
        self._tunnels: list[tuple[Tile, int, int]] = []
        self._loose: set[int] = set()
        self._lifted: dict[int, list[Lying]] = {}

    def copy_for(self, tables: Tables, entities: Table[Entity], sink_block: Callable[[int, int], int]) -> Belts:
        """The same settled belts over other arrays."""
        copied = Belts(tables, entities, sink_block)
        copied.nodes, copied.at, copied.parts = dict(self.nodes), dict(self.at), dict(self.parts)
        copied.lines, copied.splitters, copied.made = dict(self.lines), dict(self.splitters), Counter(self.made)
        copied._ranks, copied._keys, copied._in_order = self._ranks.copy(), dict(self._keys), self._in_order
        return copied

    # Edits

    def add(self, nodes: dict[int, BeltNode]) -> None:
        """Let the nodes of one entity or endpoint in."""
        halves = [number for number, node in nodes.items() if node.kind == "splitter"]
        for number, node in nodes.items():
            self.nodes[number] = node._replace(partner=sum(halves) - number) if halves else node
            self.at[node.x, node.y] = number
            self._touch(node)
        if halves:
            self.splitters[halves[0]] = self._tables.new("splitters")
            self._fill_splitter(halves[0], fresh=True)

    def remove(self, numbers: Iterable[int]) -> Counter[int]:
        """Take nodes out; the items that lay on them, by number."""
        taken: Counter[int] = Counter()
        for number in numbers:
            node = self.nodes[number]
            for part in self._parts_at(number):
                self._cut(self.parts[part].line)
                for _, slot_item in self._lifted.pop(part, ()):
                    item, pieces = pieces_of(slot_item)
                    taken[item] += pieces
                self._loose.discard(part)
                del self.parts[part]
            del self.nodes[number], self.at[node.x, node.y]
            if number in self.splitters:
                self._tables.free("splitters", self.splitters.pop(number))
            self._touch(node)
        return taken

    def turn(self, number: int, node: BeltNode) -> None:
        """Put another node in the place of one on the same tile; what lies on it stays there as far as it fits."""
        self._touch(self.nodes[number])
        for part in self._parts_at(number):
            self._cut(self.parts[part].line)
        self.nodes[number] = node
        self._touch(node)

    def _touch(self, node: BeltNode) -> None:
        self._in_order = False
        self._dirty.add((node.x, node.y))
        if node.kind in ("under-in", "under-out"):
            belt = self._entities[node.entity].prototype.belt
            self._tunnels.append(((node.x, node.y), node.direction, belt.max_distance if belt is not None else 0))

    def _parts_at(self, number: int) -> list[int]:
        return [part for part in range(4 * number, 4 * number + 4) if part in self.parts]

    # Wiring around the edits

    @property
    def is_settled(self) -> bool:
        """Whether nothing was touched since it was last wired."""
        return not self._dirty

    def settle(self) -> tuple[set[Tile], Counter[int]]:
        """Wire what was touched; returns the tiles whose lines are new and the items that found no room."""
        if not self._dirty:
            return set(), Counter()
        near = self._near()
        self._pair(near)
        inputs: dict[int, list[Input]] = {}
        for number in near:
            inputs[number] = inputs_of(self.nodes, self.at, number)
            turn = turn_of(self.nodes[number], inputs[number])
            if turn != self.nodes[number].turn:
                self.nodes[number] = self.nodes[number]._replace(turn=turn)
        targets = near | {ahead for number in near for ahead in self._ahead(number)}
        for number in targets - near:
            inputs[number] = inputs_of(self.nodes, self.at, number)
        # What faces away from a sink looks like fed by it: it is made anew with the rest, so it needs its feeds again.
        for number in {feeder for fed in inputs.values() for feeder, _ in fed} - targets:
            if self.nodes[number].kind == "sink":
                targets.add(number)
                inputs[number] = inputs_of(self.nodes, self.at, number)
        self._connect(near, targets, inputs)
        lost = self._chain()
        tiles = {(self.nodes[part >> 2].x, self.nodes[part >> 2].y) for part in self._loose}
        self._dirty, self._tunnels, self._loose, self._lifted = set(), [], set(), {}
        return tiles, lost

    def _near(self) -> set[int]:
        """Nodes on and beside the touched tiles, and the underground ends that may pair up differently."""
        tiles = set(self._dirty)
        for x, y in self._dirty:
            tiles.update(step(x, y, direction) for direction in DIRECTIONS)
        near = {self.at[tile] for tile in tiles if tile in self.at}
        for (x, y), direction, reach in self._tunnels:
            for distance in range(-reach, reach + 1):
                number = self.at.get(step(x, y, direction, distance))
                if number is not None and self.nodes[number].kind in ("under-in", "under-out"):
                    near.add(number)
        return near

    def _pair(self, near: set[int]) -> None:
        """Pair the underground ends anew; ends that lose or find a partner count as near, too."""
        entrances = [number for number in near if self.nodes[number].kind == "under-in"]
        found = {
            number: underground_exit(self.nodes, self._entities, self.at, self.nodes[number]) for number in entrances
        }
        partner = {exit_: entrance for entrance, exit_ in found.items() if exit_ is not None}
        partner.update({entrance: exit_ for entrance, exit_ in found.items() if exit_ is not None})
        near.update(exit_ for exit_ in found.values() if exit_ is not None)
        near.update(self.nodes[number].partner for number in entrances if self.nodes[number].partner in self.nodes)
        for number in list(near):
            node = self.nodes[number]
            if node.kind not in ("under-in", "under-out"):
                continue
            new = partner.get(number, -1)
            if new < 0 and node.kind == "under-out" and node.partner in self.nodes and node.partner not in found:
                new = node.partner
            if new != node.partner:
                self.nodes[number] = node._replace(partner=new)

    def _ahead(self, number: int) -> list[int]:
        """Where a node's items may go: the node before it, and the other end of a tunnel."""
        node = self.nodes[number]
        ahead = self.at.get(step(node.x, node.y, node.direction))
        if node.kind == "under-in" and node.partner >= 0:
            return [node.partner] if ahead is None else [ahead, node.partner]
        return [] if ahead is None else [ahead]

    def _connect(self, near: set[int], targets: set[int], inputs: dict[int, list[Input]]) -> None:
        """Make the parts of all that may feed or be fed differently, and connect them."""
        fresh = near | {feeder for number in targets for feeder, _ in inputs[number]}
        for number in targets:
            node = self.nodes[number]
            if node.kind == "sink":
                fresh.add(number)
            if node.kind == "under-out" and node.partner >= 0:
                fresh.add(node.partner)
        for number in fresh:
            for part in self._parts_at(number):
                self._cut(self.parts[part].line)
        lengths = {part: self.parts[part].length for part in self._lifted}
        for number in fresh:
            made = parts_of(self.nodes, number)
            self.parts.update(made)
            self._loose.update(made)
        for number in sorted(targets):
            for feed in feeds_into(self.nodes, number, inputs[number]):
                connect(self.parts, self.nodes, feed)
        for part, length in lengths.items():
            self._fit(part, length)
        for number in fresh:
            for part in self._parts_at(number):
                following = continuation(self.parts, self.nodes, self.parts[part])
                if following >= 0 and following not in self._loose:
                    self._cut(self.parts[following].line)

    def _fit(self, part: int, old_length: int) -> None:
        """What lies on a part that became longer or shorter (a belt that now curves) keeps its share of the way."""
        length = self.parts[part].length
        if length != old_length:
            self._lifted[part] = [(place * length // old_length, item) for place, item in self._lifted[part]]

    # Lines

    def items_on(self, row: int) -> list[Lying]:
        """Position and item of everything on a line, front first."""
        record = self._tables.arrays.lines[row]
        head, count, shift = int(record["head"]), int(record["count"]), int(record["shift"])
        slots = self._tables.arrays.slots[head : head + count]
        places = (slots["position"] + shift).tolist()
        return list(zip(places, slots["item"].tolist(), strict=True))

    def lay(self, row: int, lying: list[Lying]) -> None:
        """Let exactly these items lie on a line, front first."""
        arrays = self._tables.arrays
        base = int(arrays.lines["base"][row])
        if lying:
            arrays.slots["position"][base : base + len(lying)] = [place for place, _ in lying]
            arrays.slots["item"][base : base + len(lying)] = [item for _, item in lying]
        self._tables.write("lines", row, {"head": base, "count": len(lying), "shift": 0, "resting": 0})

    def _cut(self, row: int) -> None:
        """Take a line apart; its parts are loose then, and what lay on them is lifted."""
        line = self.lines.pop(row, None)
        if line is None:
            return
        offsets = [self.parts[part].offset for part in line.parts]
        for place, item in self.items_on(row):
            index = max(0, bisect_right(offsets, place) - 1)
            self._lifted.setdefault(line.parts[index], []).append((place - offsets[index], item))
        record = self._tables.arrays.lines[row]
        if line.source_item is not None:
            self.made[line.parts[0]] += int(record["made"])
        self._tables.free_slots(int(record["base"]), int(record["room"]))
        self._tables.free("lines", row)
        self._ranks.drop(self._keys.pop(row))
        self._loose.update(line.parts)

    def _key(self, line: Line) -> int:
        """Lines are walked in the order of their first parts, closed rings last."""
        node = self.nodes[line.parts[0] >> 2]
        ring = line.end is LineEnd.LINE and continuation(self.parts, self.nodes, self.parts[line.parts[-1]]) >= 0
        return place_key(node.x, node.y, line.parts[0] & 3) | (1 << 60 if ring else 0)

    def _chain(self) -> Counter[int]:
        """Merge all loose parts into lines and lay their items back; the items that found no room."""
        parts, nodes = self.parts, self.nodes
        for part in self._loose:
            parts[part] = replace(parts[part])
        order = sorted(self._loose, key=lambda part: place_key(nodes[part >> 2].x, nodes[part >> 2].y, part & 3))
        made: list[tuple[int, Line]] = []
        for chain in chains(parts, nodes, order):
            row = self._tables.new("lines")
            made.append((row, make_line(parts, nodes, chain, row)))
        lost: Counter[int] = Counter()
        for row, line in made:
            follow(parts, line)
            self.lines[row] = line
            self._fill_line(row, line)
            lost += self._lay_back(row, line)
            self._keys[row] = self._key(line)
            self._ranks.put(self._keys[row], row)
        self._follow_again()
        for part in self._loose:
            left = part >> 2 if (part >> 2) in self.splitters else self.nodes[part >> 2].partner
            if left in self.splitters:
                self._fill_splitter(left)
        return lost

    def _fill_line(self, row: int, line: Line) -> None:
        tables = self._tables
        if line.source_item is not None:
            tables.number(line.source_item)
        room = line_room(line)
        taken = self._sink_block(line.sink, line.lane) if line.end is LineEnd.SINK else -1
        tables.write("lines", row, line_row(line, tables.ids, tables.slots(room), line.next_line, taken))

    def _lay_back(self, row: int, line: Line) -> Counter[int]:
        """Put items back where they lay; where a line became shorter they move up behind each other."""
        lost: Counter[int] = Counter()
        lying: list[Lying] = []
        limit = line.length - 1
        for part in reversed(line.parts):
            offset = self.parts[part].offset
            for place, item in self._lifted.get(part, ()):
                limit = min(limit, offset + place)
                if limit < 0:
                    which, pieces = pieces_of(item)
                    lost[which] += pieces
                    continue
                lying.append((limit, item))
                limit -= SPACING
        self.lay(row, lying)
        return lost

    def _follow_again(self) -> None:
        """Lines that stayed whole but go on to lines that are new learn their numbers."""
        for number in {part >> 2 for part in self._loose}:
            feeders = [feeder for feeder, _ in inputs_of(self.nodes, self.at, number)]
            if self.nodes[number].kind == "under-out" and self.nodes[number].partner >= 0:
                feeders.append(self.nodes[number].partner)
            for part in (part for feeder in feeders for part in self._parts_at(feeder) if part not in self._loose):
                last = self.parts[part]
                if last.end is LineEnd.LINE and last.next_part in self._loose:
                    line = replace(self.lines[last.line])
                    follow(self.parts, line)
                    self.lines[last.line] = line
                    values = {"next_line": line.next_line, "entry": line.entry, "resting": 0}
                    self._tables.write("lines", last.line, values)

    def _fill_splitter(self, left: int, fresh: bool = False) -> None:
        """Write a splitter's lines; its preferences and settings only when it is new."""
        row, node = self.splitters[left], self.nodes[left]
        if fresh:
            entity = self._entities[node.entity]
            if entity.filter is not None:
                self._tables.number(entity.filter)
            self._tables.write("splitters", row, splitter_row(entity, self._tables.ids, [[0] * 4] * 2))
            return
        self._tables.write("splitters", row, {"lines": splitter_lines(self.parts, node, left).lines})

    # What a run needs, and what it left

    def order(self) -> None:
        """Bring the steps of a tick in order: one walk over all lines, if any was edited since the last."""
        if self._in_order:
            return
        arrays = self._tables.arrays
        switches = np.asarray([self.splitters[left] for left in sorted(self.splitters)], np.int32)
        roots = self._ranks.in_order()
        steps = ordered(arrays.lines, arrays.splitters, [(roots, switches)])
        arrays.first_step[1] = len(roots) + len(switches)
        self._tables.replace(steps=steps)
        self._in_order = True

    def rows_in_order(self) -> list[int]:
        """Rows of all lines in canonical order."""
        rows: list[int] = self._ranks.in_order().tolist()
        return rows

    def lanes_of(self, number: int) -> tuple[list[Lying], list[Lying]]:
        """What lies on each lane of a node, front first; positions from where a traveller enters the node."""
        lanes: tuple[list[Lying], list[Lying]] = ([], [])
        for lane in (LEFT, RIGHT):
            start = 0
            for part in (part_id(number, lane), number * 4 + 2 + lane):
                if part in self.parts:
                    found = self.parts[part]
                    here = [(place - found.offset + start, item) for place, item in self.items_on(found.line)
                            if 0 <= place - found.offset < found.length]  # fmt: skip
                    lanes[lane][:0] = here
                    start += found.length
        return lanes

    def place_of(self, number: int, lane: int) -> tuple[int, int, int]:
        """Row, offset and length of the part in which a node receives items of a lane."""
        part = self.parts[part_id(number, lane)]
        return part.line, part.offset, part.length

    def made_by(self, number: int, lane: int) -> int:
        """Items that a source has put on a lane so far."""
        part = self.parts[part_id(number, lane)]
        record = self._tables.arrays.lines[part.line]
        return self.made[part_id(number, lane)] + int(record["made"])
