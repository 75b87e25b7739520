"""Transport lines: runs of belt lanes that move as one, made from the wiring.

A part is one lane of one node (a splitter's lane has two: before and after its switch). Parts of equal speed that
simply follow each other are merged into one line, so that a long belt costs as much to move as a short one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from factorion_cli.simulation import decisions
from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.simulation.wiring import BeltNode, Feed, Table, Wiring


class LineEnd(IntEnum):
    """What is at the end of a line."""

    CLOSED = 0
    LINE = 1
    SINK = 2
    SPLITTER = 3


@dataclass(slots=True)
class Part:
    """One lane of one node; `next_part` and `entry` say where its items go on."""

    node: int
    lane: int
    length: int
    speed: int
    next_part: int = -1
    entry: int = 0
    end: LineEnd = LineEnd.CLOSED
    source_item: str | None = None
    line: int = -1
    offset: int = 0


@dataclass(slots=True)
class Line:
    """Merged parts: `next_line` is entered `entry` subtiles after its start."""

    parts: list[int]
    length: int
    speed: int
    end: LineEnd
    next_line: int = -1
    entry: int = 0
    source_item: str | None = None
    source_node: int = -1
    lane: int = 0
    sink: int = -1


@dataclass(slots=True)
class SplitterLines:
    """Lines of one splitter, indexed [lane][in left, in right, out left, out right]."""

    entity: int
    lines: list[list[int]]


@dataclass(slots=True)
class LineSet:
    """All lines of a factory."""

    parts: dict[int, Part]
    lines: list[Line] = field(default_factory=list)
    splitters: list[SplitterLines] = field(default_factory=list)


def part_id(node: int, lane: int) -> int:
    """The part in which a node receives items of a lane."""
    return node * 4 + lane


def output_part_id(node: BeltNode, index: int, lane: int) -> int:
    """The part from which items of a lane leave the node at `index`."""
    return index * 4 + 2 + lane if node.kind == "splitter" else part_id(index, lane)


def _length(nodes: Table[BeltNode], node: BeltNode, lane: int) -> int:
    if node.kind == "under-out":
        return decisions.HALF_TILE_LENGTH
    if node.kind == "under-in":
        if node.partner < 0:
            return decisions.HALF_TILE_LENGTH
        exit_node = nodes[node.partner]
        distance = abs(exit_node.x - node.x) + abs(exit_node.y - node.y)
        return decisions.HALF_TILE_LENGTH + distance * decisions.STRAIGHT_LENGTH
    if node.kind == "splitter":
        return decisions.SPLITTER_INPUT_LENGTH
    if node.turn is None:
        return decisions.STRAIGHT_LENGTH
    inner = LEFT if node.turn == "left" else RIGHT
    return decisions.CURVE_INNER_LENGTH if lane == inner else decisions.CURVE_OUTER_LENGTH


def parts_of(nodes: Table[BeltNode], index: int) -> dict[int, Part]:
    """The parts of one node, not connected yet."""
    node = nodes[index]
    parts: dict[int, Part] = {}
    for lane in (LEFT, RIGHT):
        part = Part(index, lane, _length(nodes, node, lane), node.speed, source_item=node.items[lane])
        if node.kind == "sink":
            part.end = LineEnd.SINK
        if node.kind == "splitter":
            part.end = LineEnd.SPLITTER
            parts[index * 4 + 2 + lane] = Part(index, lane, decisions.SPLITTER_OUTPUT_LENGTH, node.speed)
        parts[part_id(index, lane)] = part
    return parts


def connect(parts: Mapping[int, Part], nodes: Table[BeltNode], feed: Feed) -> None:
    """Let a part go on where the feed says."""
    part = parts[output_part_id(nodes[feed.node], feed.node, feed.lane)]
    target = parts[part_id(feed.to_node, feed.to_lane)]
    if part.end is LineEnd.SINK:
        return
    part.next_part, part.entry, part.end = part_id(feed.to_node, feed.to_lane), feed.entry, LineEnd.LINE
    if target.end is LineEnd.SINK:
        # A sink never backs up, so it moves as fast as what feeds it.
        target.speed = max(target.speed, part.speed)


def _parts(wiring: Wiring) -> dict[int, Part]:
    parts: dict[int, Part] = {}
    for index in range(len(wiring.nodes)):
        parts.update(parts_of(wiring.nodes, index))
    for feed in wiring.feeds:
        connect(parts, wiring.nodes, feed)
    return dict(sorted(parts.items()))


def continuation(parts: Mapping[int, Part], nodes: Table[BeltNode], part: Part) -> int:
    """The part that moves on as one line with this one, or -1.

    Lines end at the borders of squares of `LINE_SQUARE` tiles, which bounds how much an edit of a world may touch.
    """
    if part.end is not LineEnd.LINE or part.entry != 0:
        return -1
    target = parts[part.next_part]
    if target.speed != part.speed or target.source_item is not None:
        return -1
    return part.next_part if _square(nodes[part.node]) == _square(nodes[target.node]) else -1


def _square(node: BeltNode) -> tuple[int, int]:
    return node.x // decisions.LINE_SQUARE, node.y // decisions.LINE_SQUARE


def chains(parts: Mapping[int, Part], nodes: Table[BeltNode], among: Iterable[int]) -> list[list[int]]:
    """Those parts in runs that move as one; a closed ring starts at the first of its parts as they are given."""
    following = {index: continuation(parts, nodes, parts[index]) for index in among}
    followed = set(following.values())
    found: list[list[int]] = []
    seen: set[int] = set()
    heads = [index for index in following if index not in followed]
    for start in [*heads, *following]:
        if start in seen:
            continue
        chain = []
        current = start
        while current >= 0 and current not in seen:
            seen.add(current)
            chain.append(current)
            current = following[current]
        found.append(chain)
    return found


def make_line(parts: Mapping[int, Part], nodes: Table[BeltNode], chain: list[int], index: int) -> Line:
    """The line of a chain; its parts learn where they lie on it."""
    offset = 0
    for part_index in chain:
        parts[part_index].line, parts[part_index].offset = index, offset
        offset += parts[part_index].length
    first, last = parts[chain[0]], parts[chain[-1]]
    line = Line(chain, offset, first.speed, last.end, lane=last.lane, entry=last.entry)
    if first.source_item is not None:
        line.source_item, line.source_node = first.source_item, first.node
    if last.end is LineEnd.SINK:
        line.sink = nodes[last.node].sink
    return line


def follow(parts: Mapping[int, Part], line: Line) -> None:
    """Let a line know where its items go on, once all lines are made."""
    if line.end is LineEnd.LINE:
        last = parts[line.parts[-1]]
        target = parts[last.next_part]
        line.next_line, line.entry = target.line, target.offset + last.entry


def splitter_lines(parts: Mapping[int, Part], node: BeltNode, index: int) -> SplitterLines:
    """The lines of the splitter whose left half is the node at `index`."""
    halves = (index, node.partner)
    lines = [
        [parts[part_id(half, lane)].line for half in halves] + [parts[half * 4 + 2 + lane].line for half in halves]
        for lane in (LEFT, RIGHT)
    ]
    return SplitterLines(node.entity, lines)


def make_lines(wiring: Wiring) -> LineSet:
    """The transport lines of a factory."""
    nodes, parts = wiring.nodes, _parts(wiring)
    lines = [make_line(parts, nodes, chain, index) for index, chain in enumerate(chains(parts, nodes, parts))]
    for line in lines:
        follow(parts, line)
    splitters = [
        splitter_lines(parts, node, index)
        for index, node in enumerate(nodes)
        if node.kind == "splitter" and node.side == 0
    ]
    return LineSet(parts, lines, splitters)
