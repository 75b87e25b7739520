"""From the rows of a factory to its belt-like tiles: what feeds each of them, and from where.

The rules of a tile are those of `belt_rules`, compiled; `wiring.py` reads the same ones for the tick engine.
"""

from factorion_cli.simulation import belt_rules
from factorion_cli.simulation.batch import CHEST_SINK, MACHINE
from factorion_cli.simulation.belt_rules import BEHIND, FROM_LEFT, NOWHERE, SINK, SPLITTER, UNDER_IN, UNDER_OUT
from factorion_cli.simulation.flow_layout import MARGIN, NODES
from factorion_cli.simulation.kernels.compiled import helper

meets = helper(belt_rules.meets)
curves = helper(belt_rules.curves)


@helper
def forward(direction, stride):
    """Cells from a tile to the next one in a direction."""
    if direction == 0:
        return -stride
    if direction == 4:
        return 1
    return stride if direction == 8 else -1


@helper
def lights(pole, x, y, row):
    """Whether a row touches the supply area of a pole that stands there."""
    # Doubled coordinates keep half tiles whole.
    x, y = 2 * x + pole.width, 2 * y + pole.height
    across = 2 * row.x < x + pole.reach and 2 * (row.x + row.width) > x - pole.reach
    return across and 2 * row.y < y + pole.reach and 2 * (row.y + row.height) > y - pole.reach


@helper
def _add_node(w, n, row, r, cell, side):
    node = w.nodes[n]
    node.kind, node.cell, node.direction, node.row = row.kind, cell, row.direction, r
    node.speed, node.side, node.partner, node.turn, node.marked = row.speed, side, -1, NOWHERE, 0
    node.behind, node.left, node.right = -1, -1, -1
    w.grid[cell] = n + 1


@helper
def stamp(rows, span, s, w):
    """Give every belt tile a node; mark what other rows cover, as -1 - row."""
    stride = span.width + 2 * MARGIN
    n = 0
    for r in range(span.first, span.end):
        row = rows[r]
        cell = (row.y - span.y + MARGIN) * stride + row.x - span.x + MARGIN
        if row.kind <= SINK:
            if row.kind == SPLITTER:
                other = cell + (1 if row.direction % 8 == 0 else stride)
                # In travel direction the left half is the western one going north, the northern one going east.
                turned = row.direction >= 8
                _add_node(w, n, row, r, other if turned else cell, 0)
                _add_node(w, n + 1, row, r, cell if turned else other, 1)
                w.nodes[n].partner, w.nodes[n + 1].partner = n + 1, n
                n += 2
            else:
                _add_node(w, n, row, r, cell, 0)
                n += 1
        elif MACHINE <= row.kind <= CHEST_SINK:
            for y in range(row.height):
                for x in range(row.width):
                    w.grid[cell + y * stride + x] = -1 - r
    s.counts[NODES] = n


@helper
def clear(rows, span, s, w):
    """Empty the grid for the next factory."""
    stride = span.width + 2 * MARGIN
    for n in range(s.counts[NODES]):
        w.grid[w.nodes[n].cell] = 0
    for r in range(span.first, span.end):
        row = rows[r]
        if MACHINE <= row.kind <= CHEST_SINK:
            cell = (row.y - span.y + MARGIN) * stride + row.x - span.x + MARGIN
            for y in range(row.height):
                for x in range(row.width):
                    w.grid[cell + y * stride + x] = 0


@helper
def _pair(rows, span, w, n):
    """The nearest exit ahead of an entrance; any other end of the same tier and axis in between takes its place."""
    node = w.nodes[n]
    row = rows[node.row]
    ahead = forward(node.direction, span.width + 2 * MARGIN)
    most = row.y - span.y
    if node.direction == 4:
        most = span.x + span.width - 1 - row.x
    elif node.direction == 8:
        most = span.y + span.height - 1 - row.y
    elif node.direction == 12:
        most = row.x - span.x
    for distance in range(1, min(most, row.reach) + 1):
        found = w.grid[node.cell + distance * ahead] - 1
        if found < 0 or (w.nodes[found].kind != UNDER_IN and w.nodes[found].kind != UNDER_OUT):
            continue
        other = w.nodes[found]
        if rows[other.row].tier != row.tier or other.direction % 8 != node.direction % 8:
            continue
        if other.kind == UNDER_OUT and other.direction == node.direction:
            node.partner = found
            other.partner = n
        return


@helper
def join(rows, span, s, w):
    """Find for each node what feeds it from where, and which belts are curves."""
    stride = span.width + 2 * MARGIN
    count = s.counts[NODES]
    for n in range(count):
        node = w.nodes[n]
        if node.kind == UNDER_IN:
            _pair(rows, span, w, n)
            continue
        ahead = w.grid[node.cell + forward(node.direction, stride)] - 1
        if ahead < 0:
            continue
        target = w.nodes[ahead]
        where = meets(node.kind, node.direction, target.kind, target.direction)
        if where == BEHIND:
            target.behind = n
        elif where == FROM_LEFT:
            target.left = n
        elif where != NOWHERE:
            target.right = n
    for n in range(count):
        node = w.nodes[n]
        if curves(node.kind, node.behind >= 0, node.left >= 0, node.right >= 0):
            node.turn = FROM_LEFT if node.left >= 0 else FROM_LEFT + 1


@helper
def way_out(nodes, n, lane):
    """The vertex by which items of a lane leave a node."""
    return 4 * n + lane + (2 if nodes[n].kind == SPLITTER else 0)


@helper
def straight_feeder(node):
    """The node whose lanes go straight on into this one, or -1."""
    if node.kind == UNDER_OUT and node.partner >= 0:
        return node.partner
    if node.behind >= 0 or node.turn == NOWHERE:
        return node.behind
    return max(node.left, node.right)
