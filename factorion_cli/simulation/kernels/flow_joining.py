"""From sites and the pieces put on them to the rows of a batch (`sites`), and from its rates to throughputs."""

from factorion_cli.simulation.flow_layout import FREE, MARGIN
from factorion_cli.simulation.kernels.compiled import entry, helper
from factorion_cli.simulation.kernels.site_judging import PIECE_NUMBER, PIECE_X, PIECE_Y, is_apart
from factorion_cli.simulation.sites import BOXED, WET

CELLS, ROWS, NODES, ELEMENTS, HANDS, FLOWS, POOLS = range(7)
"""Places in the sizes that a batch needs, as in `flow_layout.Needs`."""


@helper
def _place(row, piece, x, y):
    """Let a row stand with its entity's top-left tile there."""
    row.x += x
    row.y += y
    if piece.outlet:
        row.outlet_x += x
        row.outlet_y += y


@helper
def _place_in_order(kind, x, y):
    """Rows go by line, column and kind."""
    return (y << 32) + (x << 8) + kind


@helper
def _sort(pieces, piece_rows, placed, count, order):
    """Write to `order` (2, K) the places in order of what was put down, and which of it that is; how many have rows."""
    places, numbers = order
    made = 0
    for p in range(count):
        number = placed[p, PIECE_NUMBER]
        if pieces[number].rows == 0:
            continue
        row = piece_rows[number]
        place = _place_in_order(row.kind, row.x + placed[p, PIECE_X], row.y + placed[p, PIECE_Y])
        hole = made
        while hole > 0 and places[hole - 1] > place:
            places[hole], numbers[hole] = places[hole - 1], numbers[hole - 1]
            hole -= 1
        places[hole], numbers[hole] = place, p
        made += 1
    return made


@helper
def _add_rows(site, site_arrays, piece_arrays, placed, count, order, rows, at):
    """Write the rows of a site and of what was put on it, in order; the end of them."""
    made = _sort(piece_arrays.pieces, piece_arrays.rows, placed, count, order)
    places, numbers = order
    r = site.first
    for k in range(made):
        while r < site.end:
            row = site_arrays.rows[r]
            if _place_in_order(row.kind, row.x, row.y) > places[k]:
                break
            rows[at] = row
            r, at = r + 1, at + 1
        p = numbers[k]
        number = placed[p, PIECE_NUMBER]
        row = rows[at]
        rows[at] = piece_arrays.rows[number]
        _place(row, piece_arrays.pieces[number], placed[p, PIECE_X], placed[p, PIECE_Y])
        at += 1
    while r < site.end:
        rows[at] = site_arrays.rows[r]
        r, at = r + 1, at + 1
    return at


@helper
def _touch(one, x, y, other, other_x, other_y):
    """Whether two rows, moved by x, y each, stand side by side."""
    across, down = one.x + x - other.x - other_x, one.y + y - other.y - other_y
    return -one.width <= across <= other.width and -one.height <= down <= other.height


@helper
def _is_wet(marks, other):
    """Whether two things have boxes for fluids, and one of them uses them."""
    return marks & other & BOXED != 0 and (marks | other) & WET != 0


@helper
def _meets_fluid(site, site_arrays, piece_arrays, placed, count):
    """Whether a piece with boxes for fluids stands beside another thing that has some, and one of them uses them."""
    pieces, piece_rows, _ = piece_arrays
    for p in range(count):
        number, x, y = placed[p, PIECE_NUMBER], placed[p, PIECE_X], placed[p, PIECE_Y]
        marks, row = pieces[number].marks, piece_rows[number]
        if marks & BOXED == 0:
            continue
        for r in range(site.first, site.end):
            if _is_wet(marks, site_arrays.marks[r]) and _touch(row, x, y, site_arrays.rows[r], 0, 0):
                return True
        for q in range(p):
            beside = placed[q, PIECE_NUMBER]
            other_x, other_y = placed[q, PIECE_X], placed[q, PIECE_Y]
            if _is_wet(marks, pieces[beside].marks) and _touch(row, x, y, piece_rows[beside], other_x, other_y):
                return True
    return False


@helper
def _add_item(items, first, end, item):
    """Enter an item into the sorted ones from `first` up to `end`; their new end."""
    place = end
    while place > first and items[place - 1] > item:
        place -= 1
    if place > first and items[place - 1] == item:
        return end
    for k in range(end - place):
        items[end - k] = items[end - k - 1]
    items[place] = item
    return end + 1


@helper
def _smelt(items, first, end, choice, stock):
    """Enter what a furnace makes of the items; their new end. What comes in on the way is looked at as well."""
    plans, choices, _ = stock
    k = first
    while k < end:
        plan = choices[choice + items[k]]
        k += 1
        if plan >= 0:
            for i in range(plans[plan].outputs):
                grown = _add_item(items, first, end, plans[plan].out_item[i])
                if grown > end:
                    end, k = grown, first
    return end


@helper
def _add_items(site, site_arrays, piece_arrays, placed, count, stock, items, first):
    """Write the items that can turn up, sorted; their end."""
    end = first
    for k in range(site.first_item, site.end_item):
        items[end] = site_arrays.items[k]
        end += 1
    smelts = False
    for p in range(count):
        piece = piece_arrays.pieces[placed[p, PIECE_NUMBER]]
        for k in range(piece.first_item, piece.end_item):
            end = _add_item(items, first, end, piece_arrays.items[k])
        smelts = smelts or piece.choice >= 0
    before = first + site.end_item - site.first_item
    while smelts or end > before:
        smelts, before = False, end
        for c in range(site.first_choice, site.end_choice):
            end = _smelt(items, first, end, site_arrays.choices[c], stock)
        for p in range(count):
            choice = piece_arrays.pieces[placed[p, PIECE_NUMBER]].choice
            if choice >= 0:
                end = _smelt(items, first, end, choice, stock)
    return end


@helper
def _measure(rows, span):
    """Set the rectangle that holds the rows."""
    left, top, right, bottom = 1 << 30, 1 << 30, -(1 << 30), -(1 << 30)
    for r in range(span.first, span.end):
        row = rows[r]
        left, top = min(left, row.x), min(top, row.y)
        right, bottom = max(right, row.x + row.width), max(bottom, row.y + row.height)
    if span.first == span.end:
        left, top, right, bottom = 0, 0, 0, 0
    span.x, span.y, span.width, span.height = left, top, right - left, bottom - top


@helper
def _count_room(span, site, pieces, placed, count, needs):
    """How much room the engine needs at most for one factory."""
    span.nodes, span.elements, span.hands = site.nodes, site.elements, site.hands
    for p in range(count):
        piece = pieces[placed[p, PIECE_NUMBER]]
        span.nodes += piece.nodes
        span.elements += piece.elements
        span.hands += piece.hands
    needs[CELLS] = max(needs[CELLS], (span.width + 2 * MARGIN) * (span.height + 2 * MARGIN))
    needs[ROWS] = max(needs[ROWS], span.end - span.first)
    needs[NODES] = max(needs[NODES], span.nodes)
    needs[ELEMENTS] = max(needs[ELEMENTS], span.elements)
    needs[HANDS] = max(needs[HANDS], span.hands)
    needs[FLOWS] = max(needs[FLOWS], (span.elements + 2 * span.hands + 1) * max(span.items, 1))


@entry
def join(site_arrays, piece_arrays, stock, states, asked, batch, order, apart, needs, first, last):
    """Make the rows of the states `asked[first:last]`; the number of the first that found no more room, or `last`.

    `site_arrays` and `piece_arrays` are as `Sites` has them, `stock` its plans, its choices and how many items there
    are; `states` is (N,) the site of each, (N, K, 3 or more) what was put on it (piece, x, y) and (N,) how many that
    is; `asked` (M,) are numbers of states; `order` (2, K) is for sorting. Written are `batch` (rows, spans, items and
    rates, those of `asked[first]` first), `apart` (M,), set for those that cannot be put together, whose spans are
    empty, and `needs` (7,), the room that any of them needs (`flow_layout.Needs`).
    """
    site_of, placed, n_placed = states
    rows, spans, items, rates = batch
    row, item, rate = 0, 0, 0
    for j in range(first, last):
        i = asked[j]
        site, count = site_arrays.sites[site_of[i]], n_placed[i]
        span = spans[j - first]
        span.first = span.end = row
        span.sinks = span.items = span.poles = span.pools = span.first_link = span.end_link = 0
        span.rates, span.item_base = rate, item
        apart[j] = is_apart(site, piece_arrays.pieces, placed[i], count)
        if not apart[j]:
            # As many items may turn up as there are.
            if row + site.end - site.first + count > len(rows) or item + stock[2] > len(items):
                return j
            apart[j] = _meets_fluid(site, site_arrays, piece_arrays, placed[i], count)
        if apart[j]:
            _measure(rows, span)
            continue
        span.end = _add_rows(site, site_arrays, piece_arrays, placed[i], count, order, rows, row)
        _measure(rows, span)
        end = _add_items(site, site_arrays, piece_arrays, placed[i], count, stock, items, item)
        span.items, span.sinks, span.poles = end - item, site.sinks, site.poles
        size = 2 * span.sinks * span.items
        if rate + size > len(rates):
            return j
        for k in range(rate, rate + size):
            rates[k] = 0.0
        _count_room(span, site, piece_arrays.pieces, placed[i], count, needs)
        row, item, rate = span.end, end, rate + size
    return last


@entry
def throughputs(site_arrays, site_of, asked, batch, rounds, found, least, apart, first, last):
    """(M,) items per second into all sinks, and into the one that gets least; arguments are as for `join`.

    Of a sink that wants an item only that counts.

    `apart` is set where `rounds` (of the batch) says that there is no steady state.
    """
    _, spans, items, rates = batch
    for j in range(first, last):
        if apart[j]:
            continue
        site, span = site_arrays.sites[site_of[asked[j]]], spans[j - first]
        if rounds[j - first] == 0:
            apart[j] = True
            continue
        whole, least[j] = 0.0, FREE
        for sink in range(span.sinks):
            own, want = 0.0, site_arrays.wants[site.first_want + sink]
            for k in range(span.items):
                if want == -1 or want == items[span.item_base + k]:
                    base = span.rates + 2 * sink * span.items + k
                    own += rates[base] + rates[base + span.items]
            whole += own
            least[j] = min(least[j], own)
        found[j] = whole
