"""Transport lines: runs of belt lanes that move as one, made from the wiring.

A part is one lane of one node (a splitter's lane has two: before and after its switch). Parts of equal speed that
simply follow each other are merged into one line, so that a long belt costs as much to move as a short one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from factorion_cli.simulation import decisions
from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.simulation.wiring import BeltNode, Wiring


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
    """All lines of a factory and the order in which a tick moves them.

    `steps` holds line indices and, as -1 - index, splitters; what is downstream comes first, so that a full belt
    moves as one.
    """

    parts: dict[int, Part]
    lines: list[Line] = field(default_factory=list)
    splitters: list[SplitterLines] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)


def part_id(node: int, lane: int) -> int:
    """The part in which a node receives items of a lane."""
    return node * 4 + lane


def output_part_id(node: BeltNode, index: int, lane: int) -> int:
    """The part from which items of a lane leave the node at `index`."""
    return index * 4 + 2 + lane if node.kind == "splitter" else part_id(index, lane)


def _length(nodes: tuple[BeltNode, ...], node: BeltNode, lane: int) -> int:
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


def _parts(wiring: Wiring) -> dict[int, Part]:
    nodes = wiring.nodes
    parts: dict[int, Part] = {}
    for index, node in enumerate(nodes):
        for lane in (LEFT, RIGHT):
            part = Part(index, lane, _length(nodes, node, lane), node.speed, source_item=node.items[lane])
            if node.kind == "sink":
                part.end = LineEnd.SINK
            if node.kind == "splitter":
                part.end = LineEnd.SPLITTER
                parts[index * 4 + 2 + lane] = Part(index, lane, decisions.SPLITTER_OUTPUT_LENGTH, node.speed)
            parts[part_id(index, lane)] = part
    for feed in wiring.feeds:
        part = parts[output_part_id(nodes[feed.node], feed.node, feed.lane)]
        target = parts[part_id(feed.to_node, feed.to_lane)]
        if part.end is LineEnd.SINK:
            continue
        part.next_part, part.entry, part.end = part_id(feed.to_node, feed.to_lane), feed.entry, LineEnd.LINE
        if target.end is LineEnd.SINK:
            # A sink never backs up, so it moves as fast as what feeds it.
            target.speed = max(target.speed, part.speed)
    return dict(sorted(parts.items()))


def _continuation(parts: dict[int, Part], part: Part) -> int:
    """The part that moves on as one line with this one, or -1."""
    if part.end is not LineEnd.LINE or part.entry != 0:
        return -1
    target = parts[part.next_part]
    return part.next_part if target.speed == part.speed and target.source_item is None else -1


def _chains(parts: dict[int, Part]) -> list[list[int]]:
    """Parts in runs that move as one; a closed ring starts at its first part in canonical order."""
    followed = {_continuation(parts, part) for part in parts.values()}
    chains: list[list[int]] = []
    seen: set[int] = set()
    heads = [index for index in parts if index not in followed]
    for start in [*heads, *parts]:
        if start in seen:
            continue
        chain = []
        current = start
        while current >= 0 and current not in seen:
            seen.add(current)
            chain.append(current)
            current = _continuation(parts, parts[current])
        chains.append(chain)
    return chains


def _line(parts: dict[int, Part], nodes: tuple[BeltNode, ...], chain: list[int], index: int) -> Line:
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


def _splitters(wiring: Wiring, parts: dict[int, Part]) -> list[SplitterLines]:
    splitters = []
    for index, node in enumerate(wiring.nodes):
        if node.kind != "splitter" or node.side != 0:
            continue
        halves = (index, node.partner)
        lines = [
            [parts[part_id(half, lane)].line for half in halves] + [parts[half * 4 + 2 + lane].line for half in halves]
            for lane in (LEFT, RIGHT)
        ]
        splitters.append(SplitterLines(node.entity, lines))
    return splitters


def _steps(lines: list[Line], splitters: list[SplitterLines]) -> list[int]:
    """Downstream first; a loop is cut where the walk in canonical order meets it."""
    after: dict[int, list[int]] = {}
    for index, line in enumerate(lines):
        after[index] = [line.next_line] if line.end is LineEnd.LINE else []
    for index, splitter in enumerate(splitters):
        after[-1 - index] = [target for lane in splitter.lines for target in lane[2:]]
        for lane in splitter.lines:
            for source in lane[:2]:
                after[source] = [-1 - index]
    order: list[int] = []
    seen: set[int] = set()
    for root in range(len(lines)):
        stack = [(root, iter(after[root]))] if root not in seen else []
        seen.add(root)
        while stack:
            current, followers = stack[-1]
            follower = next((step for step in followers if step not in seen), None)
            if follower is None:
                order.append(current)
                stack.pop()
            else:
                seen.add(follower)
                stack.append((follower, iter(after[follower])))
    return order


def make_lines(wiring: Wiring) -> LineSet:
    """The transport lines of a factory."""
    parts = _parts(wiring)
    lines = [_line(parts, wiring.nodes, chain, index) for index, chain in enumerate(_chains(parts))]
    for line in lines:
        if line.end is LineEnd.LINE:
            target = parts[parts[line.parts[-1]].next_part]
            line.next_line, line.entry = target.line, target.offset + line.entry
    splitters = _splitters(wiring, parts)
    return LineSet(parts, lines, splitters, _steps(lines, splitters))
